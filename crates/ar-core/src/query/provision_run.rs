//! From the question to the run: the commands that bring the allowance of a day to what its pools ask for,
//! and whether the figures of a run are those of its own position (INV-47).
//!
//! Invariant: the figures of a run are those of [`super::allowance_by_pools`] over all accounts, at the
//! day and the position that it names.

use std::collections::BTreeSet;

use super::{
    AgingBy, AsOf, Buckets, PooledAllowances, PooledBy, PooledCurrency, QueryError, Scope, View,
    allowance_by_pools,
};
use crate::provision::{AllowanceProvided, AssessedFigure, BucketFigure, Provide, ProvidedPool};
use crate::values::*;

/// The commands that provide for a day, one for each currency in which something is open or allowed for.
/// All accounts are asked for, and fractions are rounded as the book rounds, whatever `by` says of that.
///
/// # Errors
/// As [`super::allowance_by_pools`].
pub fn provision_run<V: View>(
    view: &V,
    as_of: AsOf,
    by: &PooledBy,
) -> Result<Vec<Provide>, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let rounding = view.config().map_err(QueryError::Store)?.map(|config| config.policies.rounding);
    let aging = AgingBy { scope: Scope::All, ..by.aging.clone() };
    let by = PooledBy { aging, rounding: rounding.unwrap_or_default(), ..by.clone() };
    let found = allowance_by_pools(view, as_of, &by)?;
    let moved = view.allowance_moves(as_of.known).map_err(QueryError::Store)?;
    let moved: BTreeSet<Currency> = moved.iter().map(|by| by.currency).collect();
    let due = |of: &&PooledCurrency| of.exposure.minor() != 0 || moved.contains(&of.currency);
    Ok(found.currencies.iter().filter(due).map(|of| command(&found, of, &by)).collect())
}

fn command(found: &PooledAllowances, of: &PooledCurrency, by: &PooledBy) -> Provide {
    let pools = of.pools.iter().zip(&by.pools).map(|(told, pool)| ProvidedPool {
        name: Some(pool.name.clone()),
        accounts: pool.accounts.clone(),
        matrix: pool.matrix.clone(),
        exposures: told
            .allowance
            .buckets
            .iter()
            .filter(|row| row.exposure.minor() != 0)
            .map(|row| BucketFigure { bucket: row.bucket.clone(), amount: row.exposure })
            .collect(),
        assessed: told
            .allowance
            .assessed
            .iter()
            .map(|one| AssessedFigure {
                item: one.item.clone(),
                exposure: one.exposure,
                allowance: one.allowance,
            })
            .collect(),
    });
    Provide {
        currency: of.currency,
        date: found.as_of,
        known: found.known,
        basis: found.basis,
        edges: Some(by.aging.buckets.edges().to_vec()),
        pools: pools.collect(),
    }
}

/// Whether a run names the figures that the book says of its day as known at its position. What was
/// recorded afterwards does not count.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn provided_as_known<V: View>(view: &V, run: &AllowanceProvided) -> Result<bool, QueryError<V::Error>> {
    let Some(by) = asked_again(run) else { return Ok(false) };
    let as_of = AsOf { effective: run.date, known: run.known };
    let found = match allowance_by_pools(view, as_of, &by) {
        Ok(found) => found,
        // Pools or items that the question refuses are not what it would have told.
        Err(QueryError::Allowance(_)) => return Ok(false),
        Err(other) => return Err(other),
    };
    let Some(of) = found.currencies.iter().find(|of| of.currency == run.currency) else {
        return Ok(run.exposure.minor() == 0);
    };
    let told = command(&found, of, &by);
    let same = |(one, other): (&ProvidedPool, &ProvidedPool)| {
        figures(one) == figures(other) && one.assessed == other.assessed
    };
    Ok(told.pools.len() == run.pools.len() && told.pools.iter().zip(&run.pools).all(same))
}

/// The question that a run answers; nothing where its edges are none.
fn asked_again(run: &AllowanceProvided) -> Option<PooledBy> {
    let buckets = match &run.edges {
        Some(edges) => Buckets::new(edges).ok()?,
        None => Buckets::default(),
    };
    let mut pools = Vec::with_capacity(run.pools.len());
    let mut assessed = Vec::new();
    for pool in &run.pools {
        pools.push(pool.pool().ok()?);
        for one in &pool.assessed {
            assessed.push((one.item.clone(), one.allowance.in_currency(run.currency).ok()?));
        }
    }
    let aging = AgingBy { buckets, basis: run.basis, scope: Scope::All };
    Some(PooledBy { aging, pools, assessed, rounding: Rounding::default() })
}

/// What is open by bucket, without what is nothing.
fn figures(pool: &ProvidedPool) -> BTreeSet<(&str, i64)> {
    let open = pool.exposures.iter().filter(|row| row.amount.minor() != 0);
    open.map(|row| (row.bucket.as_str(), row.amount.minor())).collect()
}
