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
