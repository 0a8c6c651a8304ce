//! Debits that become others in the model: transferred, charged back, rescheduled.

use super::{Document, Item, Kind, LinkKind, Model, Outcome, Refusal, Why, no};
use crate::act::{Act, Area, Schedule};
use ar_core::values::*;
use std::collections::{BTreeMap, BTreeSet};

/// A new item: due date, the day it ages from, minor units, whether it counts for credit and for dunning.
type Part = (Date, Date, i64, (bool, bool), Option<OrderId>);

impl Model {
    pub(super) fn debit_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::MoveDebit { document, item, to, amount, date, due, counts } => {
                self.move_debit(document, item, (to.as_ref(), *counts), (*amount, *date, *due))?;
            }
            Act::Plan { plan, items, date, schedule } => self.plan_debts(plan, items, *date, schedule)?,
            other => unreachable!("{other:?} moves no debit"),
        }
        Ok(Outcome::default())
    }

    fn own_debit(&self, id: &ItemId) -> Result<Item, Refusal> {
        match self.item(id) {
            None => no("item.unknown"),
            Some(item) if !item.debit || item.account.as_str() == super::SUSPENSE => {
                no("allocation.item_state")
            }
            Some(item) if self.open_in_the_end(item) <= 0 || self.waits(item) => no("allocation.item_state"),
            Some(item) if item.kind == Kind::FinanceCharge => no("allocation.item_state"),
            Some(item) => Ok(item.clone()),
        }
    }

    /// Without another account it is a chargeback.
    fn move_debit(
        &mut self,
        document: &DocumentId,
        id: &ItemId,
        (to, counts): (Option<&AccountId>, (bool, bool)),
        (amount, date, due): (Option<Money>, Date, Option<Date>),
    ) -> Result<(), Refusal> {
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Adjustment, date));
        why.take(self.number_free(document));
        let item = why.take(self.own_debit(id));
        if let Some(to) = to {
            why.when(item.as_ref().is_some_and(|item| item.account == *to), "transfer.same_account");
            why.take(self.live_account(to).map(|_| ()));
        }
        let mut minor = 0;
        if let Some(item) = &item {
            minor = amount.map_or_else(|| self.open_in_the_end(item), Money::minor);
            why.when(date < item.date, "date.before_start");
            why.when(minor > self.room(item, date.max(item.date)), "allocation.exceeds_item");
            why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
            let request = crate::world::money(minor, item.currency);
            if let Some(to) = to
                && item.counts.0
                && self.world.block_invoices
                && self.account(to).is_some()
            {
                why.take(self.credit_passes(to, date, request));
            }
        }
        why.stop()?;
        let item = item.expect("nothing offends");
        let kind = if to.is_some() { Kind::Transfer } else { Kind::Chargeback };
        let tiers = if to.is_some() { item.tiers.clone() } else { Vec::new() };
        // A debt that moves to somebody else is due when it was.
        let due = due.filter(|_| to.is_none()).unwrap_or(item.due);
        let account = to.cloned().unwrap_or_else(|| item.account.clone());
        self.push_link(LinkKind::Move, date).debit = Some((id.clone(), minor));
        // A debt that moves counts as it did; a deduction, as its own reason says.
        let counts = if to.is_some() { item.counts } else { counts };
        let order = item.order.clone().filter(|_| to.is_none());
        let parts = vec![(due, item.aged, minor, counts, order)];
        self.new_debits(document, kind, Item { account, date, tiers, ..item }, parts);
        Ok(())
    }

    fn plan_debts(
        &mut self,
        plan: &DocumentId,
        ids: &[ItemId],
        date: Date,
        schedule: &Schedule,
    ) -> Result<(), Refusal> {
        if ids.is_empty() || schedule.months == 0 {
            return no("plan.invalid");
        }
        if schedule.each.is_some_and(|each| !each.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Adjustment, date));
        why.take(self.number_free(plan));
        let mut items: Vec<Item> = Vec::new();
        for (n, id) in ids.iter().enumerate() {
            why.when(ids[..n].contains(id), "allocation.repeated_item");
            items.extend(why.take(self.own_debit(id)));
        }
        if let Some(first) = items.first().cloned() {
            why.when(items.iter().any(|item| item.account != first.account), "plan.invalid");
            why.when(items.iter().any(|item| item.currency != first.currency), "currency.mismatch");
            // What has a figure in base currency and what has none make no plan together.
            why.when(items.iter().any(|item| item.rate.is_some() != first.rate.is_some()), "rate.missing");
        }
        for item in &items {
            why.when(date < item.date, "date.before_start");
            let all = self.open_in_the_end(item);
            why.when(all > self.room(item, date.max(item.date)), "allocation.exceeds_item");
            why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
        }
        let total: i64 = items.iter().map(|item| self.open_in_the_end(item)).sum();
        why.when(total > 1_000_000_000_000_000, "amount.out_of_range");
        let amounts = why.take(amounts(schedule, total)).unwrap_or_default();
        let dates = why.take(dates(schedule, amounts.len())).unwrap_or_default();
        why.when(dates.first().is_some_and(|first| *first < date), "plan.invalid");
        why.stop()?;
        items.sort_by(|a, b| (a.due, a.document_date, &a.id).cmp(&(b.due, b.document_date, &b.id)));
        // Every minor unit goes into the instalments in the order of what is due first.
        let debts: Vec<_> =
            items.iter().map(|i| (i.aged, self.open_in_the_end(i), i.counts, i.order.clone())).collect();
        let mut parts: Vec<Part> = Vec::new();
        let mut before = 0;
        for (due, minor) in dates.into_iter().zip(amounts) {
            let (from, to) = (before, before + minor);
            let mut start = 0;
            let mut oldest = Date::MAX;
            let mut counts = (false, false);
            let mut bills = BTreeSet::new();
            for (aged, open, counted, order) in &debts {
                if start < to && start + open > from {
                    oldest = oldest.min(*aged);
                    bills.insert(order.clone());
                    counts = (counts.0 || counted.0, counts.1 || counted.1);
                }
                start += open;
            }
            // It is of an order when all that is in it is.
            let order = if bills.len() == 1 { bills.pop_first().flatten() } else { None };
            parts.push((due, oldest, minor, counts, order));
            before = to;
        }
        for item in &items {
            let minor = self.open_in_the_end(item);
            self.push_link(LinkKind::Move, date).debit = Some((item.id.clone(), minor));
        }
        self.plans.push(super::Agreed { plan: plan.clone(), days: schedule.default_after, called_in: None });
        let document_date = items.iter().map(|item| item.document_date).min().expect("an item");
        let first = items.swap_remove(0);
        self.new_debits(plan, Kind::Plan, Item { date, document_date, tiers: Vec::new(), ..first }, parts);
        Ok(())
    }

    /// A document with debits like `like`.
    pub(super) fn new_debits(&mut self, document: &DocumentId, kind: Kind, like: Item, parts: Vec<Part>) {
        self.documents.push(Document {
            id: document.clone(),
            kind,
            account: like.account.clone(),
            currency: like.currency,
            document_date: like.document_date,
            date: like.date,
            lines: Vec::new(),
            taxes: BTreeMap::new(),
            coins: 0,
            off: (0, 0),
            voided: None,
            invoice: None,
            order: None,
            rate: like.rate,
            ended: false,
            delivered: false,
        });
        for (n, (due, aged, minor, counts, order)) in parts.into_iter().enumerate() {
            self.items.push(Item {
                id: ItemId::new(document.clone(), n as u16 + 1),
                kind,
                due,
                aged,
                original: minor,
                value: like.document_date,
                terms: None,
                revalued_on: None,
                counts,
                order,
                ..like.clone()
            });
        }
    }
}

/// Equal amounts and the rest, or equal shares.
fn amounts(schedule: &Schedule, total: i64) -> Result<Vec<i64>, Refusal> {
    match schedule.each {
        Some(each) => {
            let whole = total / each.minor();
            if whole + i64::from(total % each.minor() != 0) > 120 {
                return no("plan.invalid");
            }
            let mut all = vec![each.minor(); usize::try_from(whole).unwrap_or(0)];
            all.extend((total % each.minor() != 0).then_some(total % each.minor()));
            Ok(all)
        }
        None => {
            let count = i64::from(schedule.count);
            if count < 1 || count > total.min(120) {
                return no("plan.invalid");
            }
            // The last one takes what does not divide, unless nothing would be left for it.
            let nearest = (2 * total + count) / (2 * count);
            let each = if nearest * (count - 1) < total { nearest } else { total / count };
            let rest = total - each * (count - 1);
            Ok((1..count).map(|_| each).chain([rest]).collect())
        }
    }
}

fn dates(schedule: &Schedule, count: usize) -> Result<Vec<Date>, Refusal> {
    let at = |n: usize| {
        let months = i32::from(schedule.months) * n as i32;
        schedule.start.add_months(months).or_else(|_| no("date.out_of_range"))
    };
    (0..count).map(at).collect()
}
