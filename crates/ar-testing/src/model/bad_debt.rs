//! Bad debt in the model: what is given up, the tax in it, and what comes in of it after all.

use std::collections::BTreeMap;

use super::document::portion;
use super::{Document, Item, Kind, Link, LinkKind, Model, Outcome, Refusal, Why, no};
use crate::act::{Act, Area};
use crate::world::{Because, ON_PAYMENT};
use ar_core::values::*;

impl Model {
    pub(super) fn bad_debt_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::WriteOff { item, amount, date, because } => {
                self.write_off(item, *amount, *date, *because)?
            }
            Act::WriteOffSmall { .. } => self.write_off_small(act)?,
            Act::Recover { write_off, credit, amount, date } => {
                self.recover(write_off, credit, *amount, *date)?;
            }
            other => unreachable!("{other:?} is no act of bad debt"),
        }
        Ok(Outcome::default())
    }

    fn write_off(
        &mut self,
        id: &ItemId,
        amount: Option<Money>,
        date: Date,
        because: Because,
    ) -> Result<(), Refusal> {
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Adjustment, date));
        let item = self.item(id).cloned();
        why.when(item.is_none(), "item.unknown");
        let mut minor = 0;
        if let Some(item) = &item {
            why.when(date < item.date, "date.before_start");
            why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
            minor = amount.map_or_else(|| self.open_in_the_end(item), Money::minor);
            let exceeds = minor <= 0 || minor > self.room(item, date.max(item.date));
            why.when(exceeds, "write_off.exceeds_item");
            // A credit is the customer's; what is left of one is kept where a small excess is.
            let open = self.open_in_the_end(item);
            let small = item.account.as_str() != super::SUSPENSE
                && self.world.excess.is_some_and(|most| open <= most);
            why.when(open == 0 || !(item.debit || small), "allocation.item_state");
        }
        why.stop()?;
        let item = item.expect("nothing offends");
        let tax = if because.relief() && item.debit { self.tax_in(&item, minor) } else { None };
        let link = self.push_link(LinkKind::WriteOff, date);
        let side = Some((id.clone(), minor));
        link.allowed = because.allowed() && item.debit;
        if item.debit {
            link.debit = side
        } else {
            link.credit = side
        }
        if let Some((relief, off, paid)) = tax {
            (link.relieves, link.relief, link.off, link.paid) = (true, relief, off, paid);
        }
        Ok(())
    }

    fn write_off_small(&mut self, act: &Act) -> Result<(), Refusal> {
        let Act::WriteOffSmall { account, most, due_to, date, items, because } = act else {
            unreachable!("small rests");
        };
        if !most.is_positive() || *items == Some(0) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Adjustment, *date));
        why.when(self.account(account).is_none(), "account.unknown");
        // Whatever is not as it will be for ever from the day on is left alone.
        let settled_later = |item: &Item| {
            let touched = self.links.iter().filter(|link| link.taken_from(&item.id) != 0);
            touched.filter_map(|link| link.undone).any(|day| day > *date)
        };
        let mut found: Vec<(i64, Item)> = self
            .items
            .iter()
            .filter(|item| item.debit && item.account == *account && item.currency == most.currency())
            .filter(|item| item.date <= *date && due_to.is_none_or(|day| item.due <= day))
            .filter(|item| item.revalued_on.is_none_or(|day| day <= *date) && !settled_later(item))
            .map(|item| (self.open_in_the_end(item), item.clone()))
            .filter(|(open, _)| *open > 0 && *open <= most.minor())
            .collect();
        found.sort_by(|(a, x), (b, y)| {
            (a, x.due, x.document_date, &x.id).cmp(&(b, y.due, y.document_date, &y.id))
        });
        found.truncate(items.map_or(200, usize::from));
        why.when(found.is_empty(), "write_off.nothing_small");
        why.stop()?;
        for (_, item) in found {
            self.write_off(&item.id, None, *date, *because)?;
        }
        Ok(())
    }

    /// What a write-off takes back of its document's taxes, by percent; what it takes off a document
    /// whose tax waits for payment, and what falls due because nothing else is to be paid.
    #[allow(clippy::type_complexity, reason = "three figures of one write-off")]
    fn tax_in(&self, item: &Item, minor: i64) -> Option<(BTreeMap<u8, i64>, (i64, i64), (i64, i64))> {
        let document = self.document(item.id.document())?;
        let bears_tax = document.taxes.values().any(|tax| *tax != 0);
        if !matches!(document.kind, Kind::Invoice | Kind::DebitMemo) || !bears_tax {
            return None;
        }
        let before: Vec<&Link> = self.given_up_of(&document.id).collect();
        let so_far = minor + before.iter().map(|link| link.taken_from_debit()).sum::<i64>();
        let billed: i64 = document.lines.iter().map(|(net, ..)| net).sum();
        let billed = billed + document.taxes.values().sum::<i64>() + document.coins;
        let total = self.left_of(document).min(billed);
        let (_, due) = self.paid_of(&document.id);
        let (off, off_tax) = self.off_of(&document.id);
        let waiting = Self::waiting(document);
        let mut relief = BTreeMap::new();
        for (percent, tax) in document.taxes.iter().filter(|(_, tax)| **tax != 0) {
            let own = self.tax_borne(document, *percent);
            let taken: i64 = before.iter().filter_map(|link| link.relief.get(percent)).sum();
            let should = if so_far >= total { own } else { portion(own, so_far, total) };
            let mut now = within(should - taken, within(own - taken, *tax));
            if *percent == ON_PAYMENT {
                now = within(now, waiting - due - off_tax);
            }
            if now != 0 {
                relief.insert(*percent, now);
            }
        }
        if waiting == 0 {
            return Some((relief, (0, 0), (0, 0)));
        }
        let given = relief.get(&ON_PAYMENT).copied().unwrap_or(0);
        let due_now = self.due_once(document, 0, (off + minor, off_tax + given));
        Some((relief, (minor, given), (0, due_now)))
    }

    /// What of a tax a document bears, beside what its invoice and the memos of that took back.
    fn tax_borne(&self, document: &Document, percent: u8) -> i64 {
        let tax = document.taxes.get(&percent).copied().unwrap_or(0);
        let root = document.invoice.as_ref().filter(|_| document.kind == Kind::DebitMemo);
        if root.is_some() && tax <= 0 {
            return tax;
        }
        let root = root.unwrap_or(&document.id);
        let of_root = self.document(root).and_then(|root| root.taxes.get(&percent)).copied().unwrap_or(0);
        let left = of_root - self.memos_tax(root, percent) - self.relieved_with_memos(root, percent);
        within(left + self.relieved(&document.id, percent), tax)
    }

    /// Tax that write-offs of an invoice and of its debit memos took back, less what is owed again.
    pub(super) fn relieved_with_memos(&self, invoice: &DocumentId, percent: u8) -> i64 {
        let memos = self.documents.iter().filter(|memo| memo.invoice.as_ref() == Some(invoice));
        let memos = memos.filter(|memo| memo.kind == Kind::DebitMemo).map(|memo| &memo.id);
        memos.chain([invoice]).map(|id| self.relieved(id, percent)).sum()
    }

    /// Write-offs of a document with relief that are in force.
    fn given_up_of<'a>(&'a self, document: &'a DocumentId) -> impl Iterator<Item = &'a Link> {
        let mine =
            move |link: &&Link| link.debit.as_ref().is_some_and(|(item, _)| item.document() == document);
        self.links.iter().filter(|link| link.relieves && link.undone.is_none()).filter(mine)
    }

    /// Recoveries in force of one write-off.
    fn recoveries_of(&self, place: usize) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.recovers == Some(place) && link.undone.is_none())
    }

    /// Tax that write-offs of an invoice took back and recoveries did not give again.
    pub(super) fn relieved(&self, invoice: &DocumentId, percent: u8) -> i64 {
        let tax = |link: &Link| link.relief.get(&percent).copied().unwrap_or(0);
        let taken: i64 = self.given_up_of(invoice).map(tax).sum();
        let back = self.links.iter().filter(|link| link.undone.is_none() && link.recovers.is_some());
        let back = back.filter(|link| self.claim_of(link).is_some_and(|claim| claim.document() == invoice));
        taken - back.map(tax).sum::<i64>()
    }

    /// The item that a recovery is of.
    pub(super) fn claim_of(&self, link: &Link) -> Option<&ItemId> {
        let of = self.links.get(link.recovers?)?;
        of.debit.as_ref().map(|(item, _)| item)
    }

    /// A write-off comes back only when nothing counts as recovered of it on the day or later.
    pub(super) fn nothing_recovered(&self, place: usize, day: Date) -> Result<(), Refusal> {
        let mine = || self.links.iter().filter(|link| link.recovers == Some(place));
        if mine().any(|link| link.undone.is_none()) {
            return no("write_off.recovered");
        }
        if mine().any(|link| link.undone.is_some_and(|undone| undone > day)) {
            return no("date.before_start");
        }
        Ok(())
    }

    fn recover(
        &mut self,
        write_off: &LinkId,
        credit: &ItemId,
        amount: Option<Money>,
        date: Date,
    ) -> Result<(), Refusal> {
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Settlement, date));
        let place = self.links.iter().position(|link| link.id.as_ref() == Some(write_off));
        why.when(place.is_none(), "link.unknown");
        let credit = why.take(self.own_credit(credit)).cloned();
        if let Some(credit) = &credit {
            why.when(credit.control == "receivable", "allocation.item_state");
            why.when(date < credit.date, "date.before_start");
            why.when(credit.revalued_on.is_some_and(|on| date < on), "revaluation.later");
        }
        let mut minor = amount.map_or(0, Money::minor);
        if let Some(place) = place {
            let link = &self.links[place];
            let claim = link.debit.clone().filter(|_| link.kind == LinkKind::WriteOff);
            why.when(claim.is_none() || link.undone.is_some(), "recovery.not_written_off");
            why.when(date < link.date, "date.before_start");
            if let (Some((claim, given_up)), Some(credit)) = (claim, &credit) {
                let claim = self.item(&claim).expect("it was given up");
                let left = given_up - self.most_recovered(place, date);
                minor = amount.map_or_else(|| left.min(self.open_in_the_end(credit)), Money::minor);
                why.when(left <= 0 || minor > left, "recovery.exceeds_write_off");
                why.when(minor > self.room(credit, date.max(credit.date)), "allocation.exceeds_payment");
                why.when(claim.currency != credit.currency, "currency.mismatch");
                why.when(claim.rate.is_some() != credit.rate.is_some(), "rate.missing");
                let parent = self.account(&claim.account).and_then(|account| account.profile.parent.clone());
                let pays = claim.account == credit.account || parent.as_ref() == Some(&credit.account);
                why.when(!pays, "allocation.account_mismatch");
            }
        }
        why.stop()?;
        let (Some(place), Some(credit)) = (place, credit) else { unreachable!("nothing offends") };
        let given_up = self.links[place].clone();
        let whole = given_up.taken_from_debit();
        let recovered =
            minor + self.recoveries_of(place).map(|link| link.taken_from(&link_credit(link))).sum::<i64>();
        let mut relief = BTreeMap::new();
        for (percent, tax) in &given_up.relief {
            let back: i64 = self.recoveries_of(place).filter_map(|link| link.relief.get(percent)).sum();
            let should = if recovered >= whole { *tax } else { portion(*tax, recovered, whole) };
            let now = within(should - back, tax - back);
            if now != 0 {
                relief.insert(*percent, now);
            }
        }
        let waits = given_up.off.0 != 0;
        let due = relief.get(&ON_PAYMENT).copied().unwrap_or(0);
        let link = self.push_link(LinkKind::Recovery, date);
        link.credit = Some((credit.id, minor));
        link.recovers = Some(place);
        link.allowed = given_up.allowed;
        link.relief = relief;
        if waits {
            (link.paid, link.off) = ((minor, due), (-minor, -due));
        }
        Ok(())
    }

    /// The most that is recovered of a write-off on a day or any later one.
    fn most_recovered(&self, place: usize, from: Date) -> i64 {
        let mine = || self.links.iter().filter(|link| link.recovers == Some(place));
        let on = |day: Date| -> i64 {
            mine().filter(|link| link.counts_on(day)).map(|link| link.taken_from(&link_credit(link))).sum()
        };
        self.dates().into_iter().filter(|day| *day > from).chain([from]).map(on).max().unwrap_or(0)
    }

    /// Tax of one percent that memos credited of an invoice; debit memos raise it.
    fn memos_tax(&self, invoice: &DocumentId, percent: u8) -> i64 {
        let memos = self.documents.iter().filter(|d| d.invoice.as_ref() == Some(invoice) && !d.ended);
        let signed = |memo: &Document| {
            let tax = memo.taxes.get(&percent).copied().unwrap_or(0);
            if memo.kind == Kind::CreditMemo { tax } else { -tax }
        };
        memos.map(signed).sum()
    }
}

fn link_credit(link: &Link) -> ItemId {
    link.credit.as_ref().map(|(item, _)| item.clone()).expect("a recovery takes from a credit")
}

impl Link {
    /// What left its debit.
    fn taken_from_debit(&self) -> i64 {
        self.debit.as_ref().map_or(0, |(_, minor)| *minor)
    }
}

/// An amount between nothing and another, whichever side of nothing that is on.
fn within(minor: i64, most: i64) -> i64 {
    minor.clamp(most.min(0), most.max(0))
}
