//! Tie-out (INV-11): the open items of every customer, currency and control role are the balance of
//! the control account, in the item's currency and in base currency, on a day.

use std::collections::BTreeMap;

use ar_core::journal::Role;
use ar_core::{AccountId, Currency, Date};

/// An open item on a day, credits negative.
#[derive(Clone, Debug)]
pub struct Item {
    pub role: Role,
    pub account: AccountId,
    pub currency: Currency,
    pub original: i64,
    pub open: i64,
    pub base: Option<i64>,
}

/// A journal line.
#[derive(Clone, Debug)]
pub struct Line {
    pub date: Date,
    pub role: Role,
    pub currency: Currency,
    pub account: Option<AccountId>,
    pub minor: i64,
    pub base: Option<i64>,
}

/// Compares items open on a day with the control lines up to it.
///
/// # Errors
/// What does not tie out, or which item is outside its original amount.
pub fn tie_out(on: Date, items: &[Item], lines: &[Line]) -> Result<(), String> {
    let mut sums: BTreeMap<(Role, Currency, &AccountId), (i64, i64)> = BTreeMap::new();
    for item in items {
        let (low, high) = (item.original.min(0), item.original.max(0));
        if item.open < low || item.open > high {
            return Err(format!("INV-26 on {on}: {item:?}"));
        }
        let sum = sums.entry((item.role, item.currency, &item.account)).or_default();
        sum.0 += item.open;
        sum.1 += item.base.unwrap_or(0);
    }
    let mut all = BTreeMap::new();
    for line in lines.iter().filter(|line| line.date <= on) {
        let total: &mut (i64, i64) = all.entry(line.currency).or_default();
        total.0 += line.minor;
        total.1 += line.base.unwrap_or(0);
        match (&line.account, line.role.is_control()) {
            (Some(account), true) => {
                let sum = sums.entry((line.role, line.currency, account)).or_default();
                sum.0 -= line.minor;
                sum.1 -= line.base.unwrap_or(0);
            }
            (None, false) => {}
            _ => return Err(format!("INV-11: a control line has an account and no other has: {line:?}")),
        }
    }
    if let Some((currency, total)) = all.iter().find(|(_, total)| **total != (0, 0)) {
        return Err(format!("INV-10 on {on}: all lines in {currency} come to {total:?}"));
    }
    match sums.iter().find(|(_, sum)| **sum != (0, 0)) {
        None => Ok(()),
        Some((key, sum)) => Err(format!("INV-11 on {on}: {key:?} differs by {sum:?}")),
    }
}
