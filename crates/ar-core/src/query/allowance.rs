//! The allowance of a day: the aging of the day through a provision matrix (INV-47).
//!
//! Invariant: the exposure is exactly what the aging has in its buckets. Credits and everything on the
//! suspense account are neither allowed for nor set against what is. An item that was assessed by
//! itself leaves its bucket with all that is open on it.

use serde::Serialize;

use super::{Aging, AgingBy, AgingItem, AgingTotals, AsOf, Basis, QueryError, View, aging, aging_by_item};
use crate::provision::{ALL, Allowance, AllowanceInvalid, AssessedExposure, BucketExposure, Matrix};
use crate::record::Position;
use crate::values::*;

/// How to allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowanceBy {
    /// How what is open is aged.
    pub aging: AgingBy,
    /// What is lost of each bucket.
    pub matrix: Matrix,
    /// Items that were assessed by themselves, with what is allowed for each.
    pub assessed: Vec<(ItemId, Money)>,
    /// How a fraction of a minor unit becomes a whole one.
    pub rounding: Rounding,
}

/// The allowances of a day, by currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Allowances {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// Due date or document date.
    pub basis: Basis,
    /// In the order of currency codes.
    pub currencies: Vec<Allowance>,
}

/// What is to be allowed for on a day, in every currency in which something is or was open.
///
/// # Errors
/// The store's, `query.out_of_range`, and [`QueryError::Allowance`]: a matrix that does not fit the
/// buckets, or an assessed item that has nothing open.
pub fn allowance<V: View>(
    view: &V,
    as_of: AsOf,
    by: &AllowanceBy,
) -> Result<Allowances, QueryError<V::Error>> {
    by.matrix.check()?;
    check_rows(by)?;
    // Items are only asked for where some leave their bucket.
    let Aging { as_of, known, basis, currencies: aged } = match by.assessed.is_empty() {
        true => aging(view, as_of, &by.aging)?,
        false => aging_by_item(view, as_of, &by.aging)?,
    };
    let mut found = 0_usize;
    let mut currencies = Vec::with_capacity(aged.len());
    for totals in &aged {
        let (open, assessed) = exposures(totals, by)?;
        found = found.saturating_add(assessed.len());
        currencies.push(by.matrix.allowance(totals.currency, &open, &assessed, by.rounding)?);
    }
    if found != by.assessed.len() {
        return Err(not_found(&aged, by).into());
    }
    Ok(Allowances { as_of, known, basis, currencies })
}

/// Every row of the matrix is a bucket; that every bucket has a row is seen when it is used.
fn check_rows(by: &AllowanceBy) -> Result<(), AllowanceInvalid> {
    let buckets = &by.aging.buckets;
    let labels: Vec<String> = (0..buckets.count()).map(|bucket| buckets.label(bucket)).collect();
    let stray = by.matrix.losses.iter().find(|loss| loss.bucket != ALL && !labels.contains(&loss.bucket));
    match stray {
        Some(loss) => Err(AllowanceInvalid::NoBucket { bucket: loss.bucket.clone() }),
        None => Ok(()),
    }
}

/// What is open in each bucket of one currency, and what leaves it.
fn exposures<E>(
    totals: &AgingTotals,
    by: &AllowanceBy,
) -> Result<(Vec<BucketExposure>, Vec<AssessedExposure>), QueryError<E>> {
    let currency = totals.currency;
    let out = || QueryError::OutOfRange("a bucket");
    let items = totals.items.as_deref().unwrap_or_default();
    let mut leaving = Vec::new();
    let mut assessed = Vec::new();
    for (id, allowance) in &by.assessed {
        let Some(item) = items.iter().find(|item| item.item == *id && is_receivable(item)) else { continue };
        let exposure = Money::new(item.open.minor(), currency).map_err(|_| out())?;
        leaving.push((item.bucket.as_str(), item.open.minor()));
        assessed.push(AssessedExposure { item: id.clone(), exposure, allowance: *allowance });
    }
    let mut open: Vec<(String, i64)> = Vec::with_capacity(totals.buckets.len());
    for bucket in &totals.buckets {
        let gone = leaving.iter().filter(|(label, _)| *label == bucket.label);
        let gone = gone.fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
        let rest = bucket.amount.minor().checked_sub(gone).ok_or_else(out)?;
        match open.first_mut() {
            Some((_, sum)) if by.matrix.is_flat() => *sum = sum.checked_add(rest).ok_or_else(out)?,
            _ if by.matrix.is_flat() => open.push((ALL.to_owned(), rest)),
            _ => open.push((bucket.label.clone(), rest)),
        }
    }
    let mut exposures = Vec::with_capacity(open.len());
    for (bucket, minor) in open {
        let amount = Money::new(minor, currency).map_err(|_| out())?;
        exposures.push(BucketExposure { bucket, amount });
    }
    Ok((exposures, assessed))
}

/// Whether an item stands in a bucket; credits and suspense have the last column.
fn is_receivable(item: &AgingItem) -> bool {
    item.bucket != "unapplied"
}

/// The first assessed item that is nowhere open.
fn not_found(aged: &[AgingTotals], by: &AllowanceBy) -> AllowanceInvalid {
    let open = |id: &ItemId| {
        let mut items = aged.iter().filter_map(|totals| totals.items.as_deref()).flatten();
        items.any(|item| item.item == *id && is_receivable(item))
    };
    match by.assessed.iter().find(|(id, _)| !open(id)) {
        Some((item, _)) => AllowanceInvalid::NotOpen { item: item.clone() },
        None => AllowanceInvalid::OutOfRange("an allowance"),
    }
}
