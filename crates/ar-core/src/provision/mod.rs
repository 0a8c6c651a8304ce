//! Allowance for bad debt by a provision matrix: a loss percent for each aging bucket, and amounts of
//! their own for items that were assessed one by one (INV-47).
//!
//! Invariant: every receivable is allowed for once, in its bucket or by itself; the rows add up to the
//! total; and no allowance is below zero or above what it is for. Everything here is arithmetic over
//! given figures: [`crate::query::allowance`] takes them from a book.

mod flow;
mod invalid;
mod movement;
mod pool;
mod provide;

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::values::*;

pub use flow::flow_rate;
pub use invalid::AllowanceInvalid;
pub use movement::{AllowanceMovement, EntryAccount, EntryLine};
pub use pool::{POOLS_MAX, Pool, PoolKey, check_pools, pool_of};
pub(crate) use provide::decide_provide;
pub use provide::{AllowanceProvided, AssessedFigure, BucketFigure, PROVIDED_MAX, Provide, ProvidedPool};

/// The label of the one bucket of a matrix that does not tell ages apart.
pub const ALL: &str = "all";
/// Decimals to which every percent is lifted: as many as one may have.
const PERCENT_DECIMALS: u32 = 12;
/// Decimals that an overlay may have.
const OVERLAY_DECIMALS: u32 = 4;
/// Largest overlay.
const OVERLAY_MAX: i32 = 100;
/// What exact allowances are counted in: parts of a minor unit (a percent of 12 decimals times an
/// overlay of 4). Every sum over the rows of a matrix fits 128 bits.
const PARTS: i128 = 1_000_000_000_000_000_000;

/// A provision matrix.
///
/// ```
/// use ar_core::provision::Matrix;
/// let matrix: Matrix = serde_json::from_str(
///     r#"{"losses":[{"bucket":"current","percent":"0.3"},{"bucket":"1+","percent":"2"}],"overlay":"1.1"}"#,
/// ).unwrap();
/// assert!(matrix.check().is_ok());
/// let doubled: Matrix = serde_json::from_str(
///     r#"{"losses":[{"bucket":"all","percent":"1"},{"bucket":"all","percent":"2"}]}"#,
/// ).unwrap();
/// assert_eq!(doubled.check().unwrap_err().code(), "allowance.matrix");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// One row for each bucket of the aging it is for, or the one row [`ALL`].
    pub losses: Vec<Loss>,
    /// What the percents are multiplied by for what is expected to differ from the past; 1 where it is
    /// not given. A percent never rises above 100 by it.
    #[serde(default = "one")]
    pub overlay: Decimal,
    /// Where a fraction of a minor unit becomes a whole one.
    #[serde(default)]
    pub round: RoundOn,
}

/// The loss that is expected of one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// The label of the bucket: `current`, `1-30`, `91+`; or [`ALL`].
    pub bucket: String,
    /// The percent of what is open.
    pub percent: Percent,
}

/// Where an allowance is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundOn {
    /// Each bucket by itself; the total is their sum.
    #[default]
    Bucket,
    /// The total of all buckets once; the buckets get whole units that add up to it, by the largest
    /// remainder.
    Total,
}

/// What is open in one bucket, without credits and without what was assessed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketExposure {
    /// The label.
    pub bucket: String,
    /// What is open; not negative.
    pub amount: Money,
}

/// An item that was assessed by itself: it leaves its bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessedExposure {
    /// The item.
    pub item: ItemId,
    /// What is open on it.
    pub exposure: Money,
    /// What is allowed for it.
    pub allowance: Money,
}

/// An allowance in one currency, with everything that it was computed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Allowance {
    /// The currency.
    pub currency: Currency,
    /// The overlay.
    pub overlay: Decimal,
    /// Where it was rounded.
    pub round: RoundOn,
    /// The rows of the matrix in its order.
    pub buckets: Vec<BucketAllowance>,
    /// The items that were assessed by themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assessed: Vec<AssessedAllowance>,
    /// What is open: buckets and assessed items.
    pub exposure: Amount,
    /// What is allowed for: buckets and assessed items.
    pub total: Amount,
}

/// One row of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BucketAllowance {
    /// The label.
    pub bucket: String,
    /// What is open.
    pub exposure: Amount,
    /// The percent of the matrix, before the overlay.
    pub percent: Percent,
    /// What is allowed for.
    pub allowance: Amount,
}

/// One item that was assessed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssessedAllowance {
    /// The item.
    pub item: ItemId,
    /// What is open.
    pub exposure: Amount,
    /// What is allowed for.
    pub allowance: Amount,
}

fn one() -> Decimal {
    Decimal::ONE
}

impl Matrix {
    /// One percent for everything, whatever its age.
    #[must_use]
    pub fn flat(percent: Percent) -> Self {
        let losses = vec![Loss { bucket: ALL.to_owned(), percent }];
        Self { losses, overlay: Decimal::ONE, round: RoundOn::Bucket }
    }

    /// Whether it does not tell ages apart.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.losses.iter().any(|loss| loss.bucket == ALL)
    }

    /// Checks that every bucket stands in it once, [`ALL`] alone, and that the overlay is from 0 to 100
    /// with at most four decimals.
    ///
    /// # Errors
    /// `allowance.matrix`.
    pub fn check(&self) -> Result<(), AllowanceInvalid> {
        let wrong = |problem: String| Err(AllowanceInvalid::Matrix(problem));
        if self.losses.is_empty() {
            return wrong("has no row; give a percent for each bucket, or for all".to_owned());
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.losses.iter().find(|loss| !seen.insert(&loss.bucket)) {
            return wrong(format!("has two percents for {}; give one", twice.bucket));
        }
        if self.is_flat() && self.losses.len() > 1 {
            return wrong(format!("has a percent for {ALL} beside others; give one or the other"));
        }
        let overlay = self.overlay;
        if overlay.is_negative() || overlay > Decimal::whole(OVERLAY_MAX) {
            return wrong(format!("has an overlay of {overlay}; give one from 0 to {OVERLAY_MAX}"));
        }
        if u32::from(overlay.scale()) > OVERLAY_DECIMALS {
            return wrong(format!("has an overlay of {overlay}; give at most {OVERLAY_DECIMALS} decimals"));
        }
        Ok(())
    }

    /// The allowance for what is open: for each bucket `exposure x percent x overlay`, at most the
    /// exposure, rounded where the matrix says; and what is allowed for the assessed items.
    ///
    /// ```
    /// use ar_core::provision::{BucketExposure, Matrix};
    /// use ar_core::{Currency, Money, Percent, Rounding};
    /// let usd = Currency::parse("USD")?;
    /// let open = [BucketExposure { bucket: "all".into(), amount: Money::new(10_000_000, usd)? }];
    /// let found = Matrix::flat(Percent::parse("6")?).allowance(usd, &open, &[], Rounding::default());
    /// assert_eq!(found.unwrap().total.to_string(), "6000.00");
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// [`AllowanceInvalid`]: what contradicts itself, an exposure without a percent or the reverse, an
    /// assessed item with more than is open on it.
    pub fn allowance(
        &self,
        currency: Currency,
        buckets: &[BucketExposure],
        assessed: &[AssessedExposure],
        rounding: Rounding,
    ) -> Result<Allowance, AllowanceInvalid> {
        self.check()?;
        check_assessed(currency, assessed)?;
        let open = self.in_order(currency, buckets)?;
        let exact: Vec<i128> =
            self.losses.iter().zip(&open).map(|(loss, open)| self.exact(loss.percent, *open)).collect();
        let whole = match self.round {
            RoundOn::Bucket => exact.iter().map(|parts| div_round(*parts, PARTS, rounding)).collect(),
            RoundOn::Total => by_largest_remainder(&exact, rounding),
        };
        let whole = whole.ok_or(AllowanceInvalid::OutOfRange("an allowance"))?;
        let money = |minor: i128, what| amount(minor, currency, what);
        let mut rows = Vec::with_capacity(open.len());
        for ((loss, open), minor) in self.losses.iter().zip(&open).zip(&whole) {
            rows.push(BucketAllowance {
                bucket: loss.bucket.clone(),
                exposure: money(i128::from(*open), "a bucket")?,
                percent: loss.percent,
                allowance: money(*minor, "an allowance")?,
            });
        }
        let own =
            |pick: fn(&AssessedExposure) -> Money| sum(assessed.iter().map(|a| i128::from(pick(a).minor())));
        let exposure = sum(open.iter().map(|minor| i128::from(*minor))).saturating_add(own(|a| a.exposure));
        let total = sum(whole.iter().copied()).saturating_add(own(|a| a.allowance));
        Ok(Allowance {
            currency,
            overlay: self.overlay,
            round: self.round,
            buckets: rows,
            assessed: assessed.iter().map(row_of).collect(),
            exposure: money(exposure, "an exposure")?,
            total: money(total, "an allowance")?,
        })
    }

    /// What is open by row of the matrix. A row without an exposure has nothing open; an exposure
    /// without a row is refused.
    fn in_order(&self, currency: Currency, given: &[BucketExposure]) -> Result<Vec<i64>, AllowanceInvalid> {
        let mut open = vec![0_i64; self.losses.len()];
        for BucketExposure { bucket, amount } in given {
            if amount.currency() != currency || amount.is_negative() {
                return Err(AllowanceInvalid::Exposure { what: bucket.clone(), given: *amount });
            }
            let place = self.losses.iter().position(|loss| loss.bucket == *bucket);
            let Some(row) = place.and_then(|place| open.get_mut(place)) else {
                return Err(AllowanceInvalid::NoPercent { bucket: bucket.clone() });
            };
            *row = row.checked_add(amount.minor()).ok_or(AllowanceInvalid::OutOfRange("a bucket"))?;
        }
        match open.iter().any(|minor| *minor > AMOUNT_MINOR_MAX) {
            true => Err(AllowanceInvalid::OutOfRange("a bucket")),
            false => Ok(open),
        }
    }

    /// `open x percent x overlay` in parts of a minor unit, at most all that is open.
    fn exact(&self, percent: Percent, open: i64) -> i128 {
        let lifted = |value: Decimal, decimals: u32| {
            let lift = decimals.saturating_sub(u32::from(value.scale()));
            i128::from(value.mantissa()).saturating_mul(10_i128.saturating_pow(lift))
        };
        let percent = lifted(percent.decimal(), PERCENT_DECIMALS);
        let rate = percent.saturating_mul(lifted(self.overlay, OVERLAY_DECIMALS));
        i128::from(open).saturating_mul(rate.min(PARTS))
    }
}

/// Checks the items that were assessed by themselves.
fn check_assessed(currency: Currency, assessed: &[AssessedExposure]) -> Result<(), AllowanceInvalid> {
    let mut seen = BTreeSet::new();
    for AssessedExposure { item, exposure, allowance } in assessed {
        if !seen.insert(item) {
            return Err(AllowanceInvalid::Twice { item: item.clone() });
        }
        if exposure.currency() != currency || exposure.is_negative() {
            return Err(AllowanceInvalid::Exposure { what: item.to_string(), given: *exposure });
        }
        let too_much = allowance.minor() > exposure.minor();
        if allowance.currency() != currency || allowance.is_negative() || too_much {
            let (given, open) = (*allowance, *exposure);
            return Err(AllowanceInvalid::ItemAmount { item: item.clone(), given, open });
        }
    }
    Ok(())
}

/// Rounds the sum once and gives every row its whole units; the units that are left go to the rows of
/// the largest remainders, the earlier row first. A row with no remainder gets none, so that no row
/// rises above what is open.
fn by_largest_remainder(exact: &[i128], rounding: Rounding) -> Option<Vec<i128>> {
    let total = div_round(sum(exact.iter().copied()), PARTS, rounding)?;
    let mut whole = exact.iter().map(|parts| parts.checked_div(PARTS)).collect::<Option<Vec<i128>>>()?;
    let mut rests: Vec<(std::cmp::Reverse<i128>, usize)> = Vec::with_capacity(exact.len());
    for (place, parts) in exact.iter().enumerate() {
        rests.push((std::cmp::Reverse(parts.checked_rem(PARTS)?), place));
    }
    rests.sort_unstable();
    let left = usize::try_from(total.checked_sub(sum(whole.iter().copied()))?).ok()?;
    for (_, place) in rests.into_iter().take(left) {
        let row = whole.get_mut(place)?;
        *row = row.checked_add(1)?;
    }
    Some(whole)
}

fn row_of(assessed: &AssessedExposure) -> AssessedAllowance {
    AssessedAllowance {
        item: assessed.item.clone(),
        exposure: assessed.exposure.amount(),
        allowance: assessed.allowance.amount(),
    }
}

fn sum(minors: impl Iterator<Item = i128>) -> i128 {
    minors.fold(0, i128::saturating_add)
}

fn amount(minor: i128, currency: Currency, what: &'static str) -> Result<Amount, AllowanceInvalid> {
    let out = || AllowanceInvalid::OutOfRange(what);
    let minor = i64::try_from(minor).map_err(|_| out())?;
    Money::new(minor, currency).map(Money::amount).map_err(|_| out())
}
