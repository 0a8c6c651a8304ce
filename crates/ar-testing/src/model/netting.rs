//! Nettings in the model, and what memos take back of a discount that was taken.

use super::{Item, LinkKind, Model, Refusal, Why};
use crate::act::Area;
use ar_core::values::*;
use std::collections::BTreeSet;

/// What a memo took back of a discount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// The settlement of the memo, by place.
    pub link: usize,
    /// The invoice.
    pub invoice: DocumentId,
    /// How much.
    pub back: i64,
    /// Of how much that was paid.
    pub of: i64,
}

impl Model {
    pub(super) fn net(
        &mut self,
        account: &AccountId,
        items: &[(ItemId, Option<Money>)],
        amount: Option<Money>,
        date: Date,
    ) -> Result<(), Refusal> {
        let mut why = Why::default();
        why.when(items.is_empty(), "document.empty");
        let distinct: BTreeSet<&ItemId> = items.iter().map(|(id, _)| id).collect();
        why.when(distinct.len() < items.len(), "allocation.repeated_item");
        let mut amounts = items.iter().filter_map(|(_, amount)| *amount).chain(amount);
        why.when(amounts.any(|amount| !amount.is_positive()), "amount.not_positive");
        why.take(self.open_day(Area::Settlement, date));
        why.when(self.account(account).is_none(), "account.unknown");
        let found: Vec<Item> = items.iter().filter_map(|(id, _)| self.item(id)).cloned().collect();
        why.when(found.len() < items.len(), "item.unknown");
        why.stop()?;
        let first = found[0].clone();
        for amount in items.iter().filter_map(|(_, amount)| *amount).chain(amount) {
            if let Err(unfit) = amount.amount().in_currency(first.currency) {
                why.when(true, unfit.code());
            }
        }
        let mut left = amount.map_or(i64::MAX, Money::minor);
        let mut takes = Vec::new();
        for ((_, asked), item) in items.iter().zip(&found) {
            let open = self.open_in_the_end(item);
            why.when(item.account != *account, "document.account_mismatch");
            why.when(item.currency != first.currency, "currency.mismatch");
            why.when(item.rate.is_some() != first.rate.is_some(), "rate.missing");
            let unknown = item.account.as_str() == super::SUSPENSE;
            why.when(unknown || item.debit != first.debit || open <= 0, "allocation.item_state");
            let minor = asked.map_or(open, Money::minor).min(left);
            left -= minor;
            if minor > 0 {
                why.when(date < item.date, "date.before_start");
                why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
                why.when(minor > self.room(item, date.max(item.date)), "allocation.exceeds_item");
                takes.push((item.clone(), minor));
            }
        }
        why.when(amount.is_some() && left > 0, "netting.exceeds_open");
        why.stop()?;
        for (item, minor) in takes {
            let paid = self.falls_due(&item, &item, minor);
            let link = self.push_link(LinkKind::Netting, date);
            let side = Some((item.id.clone(), minor));
            if item.debit {
                (link.debit, link.paid) = (side, paid);
            } else {
                link.credit = side;
            }
        }
        Ok(())
    }

    /// Discounts taken on a document and still there.
    fn taken_of(&self, invoice: &DocumentId) -> i64 {
        let mine = self.links.iter().filter(|link| link.undone.is_none());
        let mine = mine.filter(|link| link.debit.as_ref().is_some_and(|(id, _)| id.document() == invoice));
        mine.map(|link| link.discount).sum()
    }

    fn backs_of(&self, invoice: &DocumentId) -> Vec<TakenBack> {
        let live = |back: &&TakenBack| self.links[back.link].undone.is_none() && back.invoice == *invoice;
        self.backs.iter().filter(live).cloned().collect()
    }

    /// What a memo leaves over of an invoice that was paid with a discount credits what was paid.
    pub(super) fn take_discount_back(&mut self, memo: &ItemId, invoice: &DocumentId, day: Date) {
        let items: Vec<Item> =
            self.items.iter().filter(|item| item.debit && item.id.document() == invoice).cloned().collect();
        let rest = self.item(memo).map_or(0, |memo| self.open_in_the_end(memo));
        if !self.world.memo_discounts || rest <= 0 || items.iter().any(|item| self.waits(item)) {
            return;
        }
        let backs = self.backs_of(invoice);
        let taken = self.taken_of(invoice) - backs.iter().map(|back| back.back).sum::<i64>();
        let memos = self.links.iter().filter(|link| link.memo && link.undone.is_none());
        let of_invoice =
            |link: &&super::Link| link.debit.as_ref().is_some_and(|(id, _)| id.document() == invoice);
        let credited: i64 =
            memos.filter(of_invoice).map(|link| link.credit.as_ref().map_or(0, |(_, minor)| *minor)).sum();
        let settled: i64 = items.iter().map(|item| item.original - self.open_in_the_end(item)).sum();
        let paid = settled - credited - backs.iter().map(|back| back.of).sum::<i64>();
        if taken <= 0 || paid <= 0 {
            return;
        }
        let of = rest.min(paid);
        let product = 2 * i128::from(taken) * i128::from(of) + i128::from(paid);
        let back = ((product / (2 * i128::from(paid))) as i64).min(rest);
        if back > 0 {
            let link = self.links.len();
            self.push_link(LinkKind::DiscountReversal, day).credit = Some((memo.clone(), back));
            self.backs.push(TakenBack { link, invoice: invoice.clone(), back, of });
        }
    }

    /// With a discount go the shares of it that memos took back, the latest first, until what is left
    /// of it covers them.
    pub(super) fn without_base(&mut self, undone: &[usize], asked: Date, why: &mut Why) {
        let mut documents = BTreeSet::new();
        for place in undone {
            let link = &self.links[*place];
            documents.extend(
                link.debit.iter().filter(|_| link.discount != 0).map(|(id, _)| id.document().clone()),
            );
        }
        for invoice in documents {
            let taken = self.taken_of(&invoice);
            let mut backs = self.backs_of(&invoice);
            let mut sum: i64 = backs.iter().map(|back| back.back).sum();
            while sum > taken
                && let Some(last) = backs.pop()
            {
                sum -= last.back;
                let on = asked.max(self.links[last.link].date);
                let day = why.take(self.moved_day(&[Area::Settlement], on)).unwrap_or(on);
                for account in self.accounts_of(&self.links[last.link]) {
                    why.take(self.may_open_again(&account));
                }
                self.links[last.link].undone = Some(day);
            }
        }
    }
}
