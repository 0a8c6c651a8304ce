//! The allowance of a day by pools: each account's receivables through the matrix of its pool (INV-47).
//!
//! Invariant: every receivable stands in exactly one pool or by itself, and the pools of a currency add
//! up to its total.

use serde::Serialize;
use std::collections::BTreeMap;

use super::allowance::{check_rows, exposures, leaving, not_found};
use super::view::PAGE_MAX;
use super::{
    Aging, AgingAccount, AgingBy, AgingTotals, AsOf, Basis, QueryError, View, aging_by_account, aging_by_item,
};
use crate::provision::{Allowance, AllowanceInvalid, AssessedExposure, Pool, PoolKey, check_pools, pool_of};
use crate::record::Position;
use crate::values::*;

/// How to allow by pools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PooledBy {
    /// How what is open is aged.
    pub aging: AgingBy,
    /// The pools; the last one holds every account that fits no other.
    pub pools: Vec<Pool>,
    /// Items that were assessed by themselves, with what is allowed for each.
    pub assessed: Vec<(ItemId, Money)>,
    /// How a fraction of a minor unit becomes a whole one.
    pub rounding: Rounding,
}

/// The allowances of a day, by currency and pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PooledAllowances {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// From which date days are counted.
    pub basis: Basis,
    /// In the order of currency codes.
    pub currencies: Vec<PooledCurrency>,
}

/// All pools in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PooledCurrency {
    /// The currency.
    pub currency: Currency,
    /// Every pool in the order given, with nothing open too.
    pub pools: Vec<PooledAllowance>,
    /// What is open in all of them.
    pub exposure: Amount,
    /// What is allowed for in all of them.
    pub total: Amount,
}

/// One pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PooledAllowance {
    /// What it is called.
    pub pool: Text,
    /// Which accounts are in it; absent for the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<PoolKey>,
    /// What is allowed for, with what it was computed from.
    pub allowance: Allowance,
}

/// What is to be allowed for on a day by pools, in every currency in which something is or was open. An
/// account is in the pool of its attributes as they are known at the position.
///
/// # Errors
/// The store's, `query.out_of_range`, and [`QueryError::Allowance`]: pools that leave accounts out, a matrix
/// that does not fit the buckets, or an assessed item that has nothing open.
pub fn allowance_by_pools<V: View>(
    view: &V,
    as_of: AsOf,
    by: &PooledBy,
) -> Result<PooledAllowances, QueryError<V::Error>> {
    check_pools(&by.pools)?;
    by.pools.iter().try_for_each(|pool| check_rows(&pool.matrix, &by.aging.buckets))?;
    let as_of = as_of.within(view);
    let of_account = pools_of(view, as_of, by)?;
    let Aging { as_of: day, known, basis, currencies: aged } = aging_by_account(view, as_of, &by.aging)?;
    // Items are only asked for where some leave their bucket.
    let items = match by.assessed.is_empty() {
        true => Vec::new(),
        false => aging_by_item(view, as_of, &by.aging)?.currencies,
    };
    let last = by.pools.len().saturating_sub(1);
    let place = |account: &AccountId| of_account.get(account).copied().unwrap_or(last);
    let mut found = 0_usize;
    let mut currencies = Vec::with_capacity(aged.len());
    for totals in &aged {
        let of_items = items.iter().find(|of_items| of_items.currency == totals.currency);
        let mut all = Vec::with_capacity(by.pools.len());
        for (number, pool) in by.pools.iter().enumerate() {
            let mine = |account: &AccountId| place(account) == number;
            let leaving = match of_items {
                Some(of_items) => leaving(of_items, &by.assessed, &mine)?,
                None => Vec::new(),
            };
            found = found.saturating_add(leaving.len());
            let sums = sums(totals, by, &mine)?;
            let open = exposures(totals.currency, &sums, &leaving, pool.matrix.is_flat())?;
            let assessed: Vec<AssessedExposure> = leaving.into_iter().map(|(_, own)| own).collect();
            let allowance = pool.matrix.allowance(totals.currency, &open, &assessed, by.rounding)?;
            let (pool, accounts) = (pool.name.clone(), pool.accounts.clone());
            all.push(PooledAllowance { pool, accounts, allowance });
        }
        currencies.push(together(totals.currency, all)?);
    }
    if found != by.assessed.len() {
        return Err(not_found(&items, &by.assessed).into());
    }
    Ok(PooledAllowances { as_of: day, known, basis, currencies })
}

/// The pools of the accounts that are not in the last one.
fn pools_of<V: View>(
    view: &V,
    as_of: AsOf,
    by: &PooledBy,
) -> Result<BTreeMap<AccountId, usize>, QueryError<V::Error>> {
    let mut pools = BTreeMap::new();
    let last = by.pools.len().saturating_sub(1);
    if last == 0 {
        return Ok(pools);
    }
    let mut after = None;
    loop {
        let rows = view.accounts(as_of.known, after.as_ref(), PAGE_MAX).map_err(QueryError::Store)?;
        let Some(end) = rows.last() else { return Ok(pools) };
        after = Some(end.id.clone());
        for row in rows {
            let pool = pool_of(&by.pools, &row.profile.attributes);
            if pool != last {
                pools.insert(row.id, pool);
            }
        }
    }
}

/// What is open in each bucket on the accounts of one pool.
fn sums<E>(
    totals: &AgingTotals,
    by: &PooledBy,
    mine: &impl Fn(&AccountId) -> bool,
) -> Result<Vec<(String, i64)>, QueryError<E>> {
    let buckets = &by.aging.buckets;
    let mut sums: Vec<(String, i64)> =
        (0..buckets.count()).map(|bucket| (buckets.label(bucket), 0)).collect();
    for AgingAccount { buckets, .. } in totals.accounts.iter().flatten().filter(|line| mine(&line.account)) {
        for ((_, sum), bucket) in sums.iter_mut().zip(buckets) {
            *sum = sum.checked_add(bucket.amount.minor()).ok_or(QueryError::OutOfRange("a bucket"))?;
        }
    }
    Ok(sums)
}

/// All pools of one currency.
fn together<E>(currency: Currency, pools: Vec<PooledAllowance>) -> Result<PooledCurrency, QueryError<E>> {
    let sum = |pick: fn(&Allowance) -> Amount| {
        let minors = pools.iter().map(|pool| pick(&pool.allowance).minor());
        let sum = minors.fold(0_i128, |sum, minor| sum.saturating_add(i128::from(minor)));
        let minor = i64::try_from(sum).map_err(|_| AllowanceInvalid::OutOfRange("an allowance"))?;
        let money = Money::new(minor, currency).map_err(|_| AllowanceInvalid::OutOfRange("an allowance"))?;
        Ok::<Amount, AllowanceInvalid>(money.amount())
    };
    let (exposure, total) = (sum(|allowance| allowance.exposure)?, sum(|allowance| allowance.total)?);
    Ok(PooledCurrency { currency, pools, exposure, total })
}
