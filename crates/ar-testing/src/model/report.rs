//! Reports of the model: aging by looking at every item on the day.

use std::collections::BTreeMap;

use super::Model;
use ar_core::values::*;

/// Upper edges of the buckets, in days overdue; the first bucket is what is not yet due.
pub const EDGES: [i32; 3] = [30, 60, 90];

/// Aging of one currency: five buckets of debits and the credits, negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aging {
    /// Not yet due, 1-30, 31-60, 61-90, 91 and more.
    pub buckets: [i128; 5],
    /// Debit items with something open.
    pub open_items: usize,
    /// Open credits, negative.
    pub unapplied: i128,
}

impl Aging {
    /// Everything together.
    #[must_use]
    pub fn total(&self) -> i128 {
        self.buckets.iter().sum::<i128>() + self.unapplied
    }
}

impl Model {
    /// Aging by due date on a day, by currency.
    #[must_use]
    pub fn aging(&self, day: Date) -> BTreeMap<Currency, Aging> {
        let mut all: BTreeMap<Currency, Aging> = BTreeMap::new();
        for item in &self.items {
            let open = i128::from(self.open_on(item, day));
            if open == 0 {
                continue;
            }
            let row = all.entry(item.currency).or_default();
            if item.debit {
                let late = item.aged.days_until(day);
                let bucket =
                    if late <= 0 { 0 } else { 1 + EDGES.iter().filter(|edge| late > **edge).count() };
                row.buckets[bucket] += open;
                row.open_items += 1;
            } else {
                row.unapplied -= open;
            }
        }
        all
    }

    /// What counts against the limit of each account on a day, apart from its group's: what is open of
    /// debits that count, less what is open of credits, and orders.
    #[must_use]
    pub fn exposures(&self, day: Date) -> BTreeMap<(AccountId, Currency), i128> {
        let mut all: BTreeMap<(AccountId, Currency), i128> = BTreeMap::new();
        let known = |account: &AccountId| account.as_str() != super::SUSPENSE;
        for item in self.items.iter().filter(|item| known(&item.account)) {
            let open = i128::from(self.open_on(item, day));
            let sum = all.entry((item.account.clone(), item.currency)).or_default();
            match (item.debit, item.counts.0) {
                (true, true) => *sum += open,
                (true, false) => {}
                (false, _) => *sum -= open,
            }
        }
        for order in &self.orders {
            let key = (order.account.clone(), order.open.currency());
            *all.entry(key).or_default() += i128::from(order.open.minor());
        }
        all.retain(|_, sum| *sum != 0);
        all
    }

    /// Open amounts by control role and currency on a day: debits positive.
    #[must_use]
    pub fn controls(&self, day: Date) -> BTreeMap<(&'static str, Currency), i128> {
        let mut all = BTreeMap::new();
        for item in &self.items {
            let open = i128::from(self.open_on(item, day));
            let signed = if item.debit { open } else { -open };
            *all.entry((item.control, item.currency)).or_default() += signed;
        }
        all.retain(|_, sum| *sum != 0);
        all
    }
}
