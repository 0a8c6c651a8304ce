//! Figures of an account or a group, and the one definition of how far a list of open items is
//! read: the same for every store.

use ar_core::rows::{ItemRow, Owner, TotalsRow};
use ar_core::values::{Currency, Date};

/// A totals row without its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) currency: Currency,
    pub(crate) debit: i64,
    pub(crate) uncounted: i64,
    pub(crate) credit: i64,
    pub(crate) orders: i64,
    pub(crate) latest_credit: Option<Date>,
}

impl Figures {
    pub(crate) const fn empty(currency: Currency) -> Self {
        Self { currency, debit: 0, uncounted: 0, credit: 0, orders: 0, latest_credit: None }
    }

    /// The figures after a change; `None` when one leaves its range or drops below zero, or when more
    /// is left out of exposure than is owed.
    pub(crate) fn moved(self, delta: &ar_core::change::TotalsDelta) -> Option<Self> {
        let step = |now: i64, by: i64| now.checked_add(by).filter(|after| *after >= 0);
        let debit = step(self.debit, delta.debit)?;
        Some(Self {
            currency: self.currency,
            debit,
            uncounted: step(self.uncounted, delta.uncounted).filter(|after| *after <= debit)?,
            credit: step(self.credit, delta.credit)?,
            orders: step(self.orders, delta.orders)?,
            latest_credit: self.latest_credit.max(delta.credit_date),
        })
    }

    pub(crate) fn row(&self, owner: &Owner) -> TotalsRow {
        TotalsRow {
            owner: owner.clone(),
            currency: self.currency,
            debit: self.debit,
            uncounted: self.uncounted,
            credit: self.credit,
            orders: self.orders,
            latest_credit: self.latest_credit,
        }
    }

    pub(crate) const fn of_row(row: &TotalsRow) -> Self {
        Self {
            currency: row.currency,
            debit: row.debit,
            uncounted: row.uncounted,
            credit: row.credit,
            orders: row.orders,
            latest_credit: row.latest_credit,
        }
    }
}

/// Takes items in order until their open amounts reach `cover` (all when it is `None`), at most
/// `limit`.
pub(crate) fn covering<E>(
    items: impl Iterator<Item = Result<ItemRow, E>>,
    cover: Option<i64>,
    limit: usize,
) -> Result<Vec<ItemRow>, E> {
    let mut taken = Vec::new();
    let mut sum = 0_i64;
    for item in items {
        if taken.len() >= limit || cover.is_some_and(|cover| sum >= cover) {
            break;
        }
        let item = item?;
        sum = sum.saturating_add(item.open);
        taken.push(item);
    }
    Ok(taken)
}
