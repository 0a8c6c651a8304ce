//! Tax in the model: what falls due with the document, what with payment, and what memos take back,
//! by looking at every document and every settlement.

use std::collections::BTreeMap;

use super::document::portion;
use super::{Document, Item, Kind, Model};
use crate::world::ON_PAYMENT;
use ar_core::values::*;

/// What of a settlement counts as paid of its document, and what tax falls due with it.
pub(super) type Due = (i64, i64);

impl Model {
    /// Tax of a document that waits for payment, memos aside.
    pub(super) fn waiting(document: &Document) -> i64 {
        if document.kind == Kind::CreditMemo {
            0
        } else {
            document.taxes.get(&ON_PAYMENT).copied().unwrap_or(0)
        }
    }

    /// Whether an item's document has tax that waits for payment.
    pub(super) fn waits(&self, item: &Item) -> bool {
        self.document(item.id.document()).is_some_and(|document| Self::waiting(document) != 0)
    }

    /// What was paid of a document, and the tax that fell due with it.
    pub(super) fn paid_of(&self, document: &DocumentId) -> Due {
        let live = self.links.iter().filter(|link| link.undone.is_none());
        let mine = live.filter(|link| self.stands_for(link).is_some_and(|item| item.document() == document));
        mine.fold((0, 0), |(paid, due), link| (paid + link.paid.0, due + link.paid.1))
    }

    /// The debit that a settlement is about: that of the claim, when it recovers one.
    fn stands_for<'a>(&'a self, link: &'a super::Link) -> Option<&'a ItemId> {
        link.debit.as_ref().map(|(item, _)| item).or_else(|| self.claim_of(link))
    }

    /// What memos and write-offs took off a document before its tax fell due: of the total, and of the
    /// tax.
    pub(super) fn off_of(&self, document: &DocumentId) -> (i64, i64) {
        let memos = self.documents.iter().filter(|d| d.invoice.as_ref() == Some(document) && !d.ended);
        let live = self.links.iter().filter(|link| link.undone.is_none());
        let mine = live.filter(|link| self.stands_for(link).is_some_and(|item| item.document() == document));
        let all = memos.map(|memo| memo.off).chain(mine.map(|link| link.off));
        all.fold((0, 0), |(total, tax), off| (total + off.0, tax + off.1))
    }

    fn worth(document: &Document) -> i64 {
        let nets: i64 = document.lines.iter().map(|(net, ..)| net).sum();
        nets + document.taxes.values().sum::<i64>() + document.coins
    }

    /// What falls due when a credit settles so much of an item.
    pub(super) fn falls_due(&self, credit: &Item, item: &Item, settled: i64) -> Due {
        let Some(document) = self.document(item.id.document()) else { return (0, 0) };
        let waiting = Self::waiting(document);
        if waiting == 0 || !item.debit {
            return (0, 0);
        }
        let memo = self
            .document(credit.id.document())
            .filter(|memo| memo.kind == Kind::CreditMemo && memo.invoice.as_ref() == Some(&document.id));
        let paid = match memo {
            None => settled,
            Some(memo) => match memo.taxes.get(&ON_PAYMENT).copied().unwrap_or(0) {
                0 => 0,
                tax => portion(settled, tax - memo.off.1, tax),
            },
        };
        (paid, self.due_once(document, paid, self.off_of(&document.id)))
    }

    /// What falls due once so much more is paid, and so much in all is taken off the total and the tax.
    pub(super) fn due_once(&self, document: &Document, paid: i64, (off, off_tax): (i64, i64)) -> i64 {
        let (before, fell_due) = self.paid_of(&document.id);
        let (total, tax) = (Self::worth(document) - off, Self::waiting(document) - off_tax);
        let should = if before + paid >= total { tax } else { portion(tax, before + paid, total) };
        let (least, most) = (0.min(tax - fell_due), 0.max(tax - fell_due));
        (should - fell_due).clamp(least, most)
    }

    /// What a memo takes off the total and off the tax that waits, when it credits so much.
    pub(super) fn takes_off(&self, invoice: &Document, taxes: &BTreeMap<u8, i64>, total: i64) -> (i64, i64) {
        let waiting = Self::waiting(invoice);
        if waiting == 0 {
            return (0, 0);
        }
        let wanted = taxes.get(&ON_PAYMENT).copied().unwrap_or(0);
        let rest = waiting - self.paid_of(&invoice.id).1 - self.off_of(&invoice.id).1;
        let tax = wanted.clamp(0.min(rest), 0.max(rest));
        (if wanted == 0 { total } else { portion(total, tax, wanted) }, tax)
    }

    /// Whether the invoice of a memo was paid beyond what the memo left of it.
    pub(super) fn relied_on(&self, memo: &Document) -> bool {
        let invoice = memo.invoice.as_ref().and_then(|invoice| self.document(invoice));
        let Some(invoice) = invoice.filter(|_| memo.kind == Kind::CreditMemo && memo.off != (0, 0)) else {
            return false;
        };
        self.paid_of(&invoice.id).0 > Self::worth(invoice) - self.off_of(&invoice.id).0
    }

    /// Balances of tax that fell due and of tax that waits for payment, by currency, on a day; credits
    /// negative.
    #[must_use]
    pub fn taxes(&self, day: Date) -> BTreeMap<(&'static str, Currency), i128> {
        let mut all: BTreeMap<(&'static str, Currency), i128> = BTreeMap::new();
        let mut add =
            |role, currency, minor: i64| *all.entry((role, currency)).or_default() += i128::from(minor);
        let there = |d: &&Document| d.date <= day && d.voided.is_none_or(|voided| voided > day);
        for document in self.documents.iter().filter(there) {
            let tax: i64 = document.taxes.values().sum();
            let (sign, waits) = match document.kind {
                Kind::CreditMemo => (1, document.off.1),
                _ => (-1, Self::waiting(document)),
            };
            add("deferred_tax", document.currency, sign * waits);
            add("tax", document.currency, sign * (tax - waits));
        }
        for link in self.links.iter().filter(|link| link.counts_on(day)) {
            let Some(item) = link.debit.as_ref().and_then(|(item, _)| self.item(item)) else { continue };
            add("deferred_tax", item.currency, link.paid.1);
            add("tax", item.currency, -link.paid.1);
            for (percent, tax) in &link.relief {
                let role = if *percent == crate::world::ON_PAYMENT { "deferred_tax" } else { "tax" };
                add(role, item.currency, *tax);
            }
        }
        for link in self.links.iter().filter(|link| link.recovers.is_some() && link.counts_on(day)) {
            let Some(claim) = self.claim_of(link).and_then(|item| self.item(item)) else { continue };
            add("tax", claim.currency, -link.relief.values().sum::<i64>());
        }
        all.retain(|_, sum| *sum != 0);
        all
    }
}

/// `minor × percent / 100`, half away from zero.
pub(super) fn share(minor: i64, percent: u8) -> i64 {
    let product = i128::from(minor) * i128::from(percent);
    let half = if product < 0 { -50 } else { 50 };
    ((product + half) / 100) as i64
}
