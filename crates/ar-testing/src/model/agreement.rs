//! Promises and plans called in, in the model.

use super::{Kind, LinkKind, Model, Outcome, Refusal, Why, no};
use crate::act::Area;
use crate::agreeing::Agree;
use ar_core::values::*;
use std::collections::BTreeSet;

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Its id.
    pub id: PromiseId,
    /// The item.
    pub item: ItemId,
    /// How much, in minor units.
    pub minor: i64,
    /// When it was made.
    pub date: Date,
    /// The last day on which paying keeps it.
    pub by: Date,
    /// From when on it no longer holds.
    pub withdrawn: Option<Date>,
}

/// What was agreed about the default of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The plan.
    pub plan: DocumentId,
    /// Days that an instalment may be late.
    pub days: Option<u16>,
    /// When it was called in.
    pub called_in: Option<Date>,
}

impl Model {
    pub(super) fn agreement_act(&mut self, act: &Agree) -> Result<Outcome, Refusal> {
        match act {
            Agree::Promise { promise, item, amount, date, by } => {
                self.promise(promise, item, *amount, (*date, *by))?;
            }
            Agree::Withdraw { promise, date } => {
                let mut why = Why::default();
                let known = self.promises.iter_mut().find(|known| known.id == *promise);
                let Some(known) = known else { return no("promise.unknown") };
                why.when(known.withdrawn.is_some(), "promise.withdrawn");
                why.when(*date < known.date, "date.before_start");
                why.stop()?;
                known.withdrawn = Some(*date);
            }
            Agree::Accelerate { plan, document, date } => self.call_in(plan, document, *date)?,
        }
        Ok(Outcome::default())
    }

    fn promise(
        &mut self,
        promise: &PromiseId,
        id: &ItemId,
        amount: Option<Money>,
        (date, by): (Date, Date),
    ) -> Result<(), Refusal> {
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.when(self.promises.iter().any(|known| known.id == *promise), "promise.exists");
        let item = self.item(id).cloned();
        why.when(item.is_none(), "item.unknown");
        let open = item.as_ref().map_or(0, |item| self.open_in_the_end(item));
        let minor = amount.map_or(open, Money::minor);
        if let Some(item) = &item {
            let credit = !item.debit || item.account.as_str() == super::SUSPENSE;
            why.when(credit || open <= 0, "allocation.item_state");
            why.when(date < item.date || by < date, "date.before_start");
            why.when(minor > open, "promise.exceeds_item");
        }
        why.stop()?;
        self.promises.push(Promise {
            id: promise.clone(),
            item: id.clone(),
            minor,
            date,
            by,
            withdrawn: None,
        });
        Ok(())
    }

    /// All that is open of a plan in default becomes one debit, due on the day.
    fn call_in(&mut self, plan: &DocumentId, document: &DocumentId, date: Date) -> Result<(), Refusal> {
        let mut why = Why::default();
        why.take(self.open_day(Area::Adjustment, date));
        why.take(self.number_free(document));
        let agreed = self.plans.iter().find(|known| known.plan == *plan).cloned();
        let Some(agreed) = agreed else {
            why.when(true, if self.document(plan).is_some() { "document.kind" } else { "document.unknown" });
            return Err(why.0);
        };
        why.when(agreed.called_in.is_some(), "document.state");
        why.when(agreed.days.is_none(), "plan.invalid");
        let of_plan = self.items.iter().filter(|item| item.id.document() == plan);
        let open: Vec<_> = of_plan.filter(|item| self.open_in_the_end(item) > 0).cloned().collect();
        let days = i32::from(agreed.days.unwrap_or(0));
        let late = open.iter().any(|item| item.due.days_until(date) > days);
        why.when(!late, "plan.not_in_default");
        for item in &open {
            let left = self.open_in_the_end(item);
            why.when(date < item.date, "date.before_start");
            why.when(left > self.room(item, date.max(item.date)), "allocation.exceeds_item");
            why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
        }
        why.stop()?;
        let mut minor = 0;
        for item in &open {
            let left = self.open_in_the_end(item);
            minor += left;
            self.push_link(LinkKind::Move, date).debit = Some((item.id.clone(), left));
        }
        let oldest = open.iter().map(|item| item.aged).min().expect("one is late");
        let counts = (open.iter().any(|item| item.counts.0), open.iter().any(|item| item.counts.1));
        let document_date = open.iter().map(|item| item.document_date).min().expect("one is late");
        let mut bills: BTreeSet<_> = open.iter().map(|item| item.order.clone()).collect();
        let order = if bills.len() == 1 { bills.pop_first().flatten() } else { None };
        let first = open.into_iter().min_by_key(|item| (item.due, item.id.clone())).expect("one is late");
        let like = super::Item { date, document_date, tiers: Vec::new(), ..first };
        self.new_debits(document, Kind::Plan, like, vec![(date, oldest, minor, counts, order)]);
        let known = self.plans.iter_mut().find(|known| known.plan == *plan).expect("it was just found");
        known.called_in = Some(date);
        Ok(())
    }
}
