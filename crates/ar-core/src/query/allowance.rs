//! The allowance of a day: the aging of the day through a provision matrix (INV-47).
//!
//! Invariant: the exposure is exactly what the aging has in its buckets. Credits and everything on the
//! suspense account are neither allowed for nor set against what is. An item that was assessed by
//! itself leaves its bucket with all that is open on it.

use serde::Serialize;

use super::{
    Aging, AgingBy, AgingItem, AgingTotals, AsOf, Basis, Buckets, QueryError, View, aging, aging_by_item,
};
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
    check_rows(&by.matrix, &by.aging.buckets)?;
    // Items are only asked for where some leave their bucket.
    let Aging { as_of, known, basis, currencies: aged } = match by.assessed.is_empty() {
        true => aging(view, as_of, &by.aging)?,
        false => aging_by_item(view, as_of, &by.aging)?,
    };
    let mut found = 0_usize;
    let mut currencies = Vec::with_capacity(aged.len());
    for totals in &aged {
        let leaving = leaving(totals, &by.assessed, &|_| true)?;
        found = found.saturating_add(leaving.len());
        let buckets: Vec<(String, i64)> =
            totals.buckets.iter().map(|bucket| (bucket.label.clone(), bucket.amount.minor())).collect();
        let open = exposures(totals.currency, &buckets, &leaving, by.matrix.is_flat())?;
        let assessed: Vec<AssessedExposure> = leaving.into_iter().map(|(_, own)| own).collect();
        currencies.push(by.matrix.allowance(totals.currency, &open, &assessed, by.rounding)?);
    }
    if found != by.assessed.len() {
        return Err(not_found(&aged, &by.assessed).into());
    }
    Ok(Allowances { as_of, known, basis, currencies })
}

/// Every row of the matrix is a bucket; that every bucket has a row is seen when it is used.
pub(crate) fn check_rows(matrix: &Matrix, buckets: &Buckets) -> Result<(), AllowanceInvalid> {
    let labels: Vec<String> = (0..buckets.count()).map(|bucket| buckets.label(bucket)).collect();
    let stray = matrix.losses.iter().find(|loss| loss.bucket != ALL && !labels.contains(&loss.bucket));
    match stray {
        Some(loss) => Err(AllowanceInvalid::NoBucket { bucket: loss.bucket.clone() }),
        None => Ok(()),
    }
}

/// The assessed items of one currency that stand on these accounts, each with its bucket.
pub(super) fn leaving<E>(
    totals: &AgingTotals,
    assessed: &[(ItemId, Money)],
    mine: &impl Fn(&AccountId) -> bool,
) -> Result<Vec<(String, AssessedExposure)>, QueryError<E>> {
    let items = totals.items.as_deref().unwrap_or_default();
    let mut leaving = Vec::new();
    for (id, allowance) in assessed {
        let found = items.iter().find(|item| item.item == *id && is_receivable(item) && mine(&item.account));
        let Some(item) = found else { continue };
        let exposure = Money::new(item.open.minor(), totals.currency);
        let exposure = exposure.map_err(|_| QueryError::OutOfRange("a bucket"))?;
        let own = AssessedExposure { item: id.clone(), exposure, allowance: *allowance };
        leaving.push((item.bucket.clone(), own));
    }
    Ok(leaving)
}

/// What stays in each bucket of one currency when the assessed items have left it; in all of them
/// together under a flat matrix.
pub(super) fn exposures<E>(
    currency: Currency,
    buckets: &[(String, i64)],
    leaving: &[(String, AssessedExposure)],
    flat: bool,
) -> Result<Vec<BucketExposure>, QueryError<E>> {
    let out = || QueryError::OutOfRange("a bucket");
    let mut open: Vec<(String, i64)> = Vec::with_capacity(buckets.len());
    for (label, minor) in buckets {
        let gone = leaving.iter().filter(|(bucket, _)| bucket == label);
        let gone = gone.fold(0_i64, |sum, (_, own)| sum.saturating_add(own.exposure.minor()));
        let rest = minor.checked_sub(gone).ok_or_else(out)?;
        match open.first_mut() {
            Some((_, sum)) if flat => *sum = sum.checked_add(rest).ok_or_else(out)?,
            _ if flat => open.push((ALL.to_owned(), rest)),
            _ => open.push((label.clone(), rest)),
        }
    }
    let mut exposures = Vec::with_capacity(open.len());
    for (bucket, minor) in open {
        let amount = Money::new(minor, currency).map_err(|_| out())?;
        exposures.push(BucketExposure { bucket, amount });
    }
    Ok(exposures)
}

/// Whether an item stands in a bucket; credits and suspense have the last column.
fn is_receivable(item: &AgingItem) -> bool {
    item.bucket != "unapplied"
}

/// The first assessed item that is nowhere open.
pub(super) fn not_found(aged: &[AgingTotals], assessed: &[(ItemId, Money)]) -> AllowanceInvalid {
    let open = |id: &ItemId| {
        let mut items = aged.iter().filter_map(|totals| totals.items.as_deref()).flatten();
        items.any(|item| item.item == *id && is_receivable(item))
    };
    match assessed.iter().find(|(id, _)| !open(id)) {
        Some((item, _)) => AllowanceInvalid::NotOpen { item: item.clone() },
        None => AllowanceInvalid::OutOfRange("an allowance"),
    }
}
