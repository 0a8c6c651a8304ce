//! Loss rates by flow: what was finally lost of all that ever reached a bucket (INV-47).
//!
//! Invariant: a rate lies from 0 to 100 percent and is rounded once. Everything here is arithmetic over
//! given figures: [`crate::query::loss_rates`] takes them from a book.

use super::{AllowanceInvalid, Loss, Matrix, RoundOn};
use crate::values::*;

/// Decimals of a rate: as many as a percent may have.
const RATE_DECIMALS: usize = 12;
/// One percent in units of the last decimal.
const RATE_ONE: i128 = 1_000_000_000_000;

/// The percent that was lost of what reached a bucket, with 12 decimals, half away from zero; nothing
/// where nothing reached it. What was lost counts up to what reached it.
///
/// ```
/// use ar_core::provision::flow_rate;
/// // 100 sold, 50 past due, 23 past 30 days, 8 past 60, 2 past 90 and lost.
/// let rates = [100, 50, 23, 8, 2].map(|reached| flow_rate(2, reached).to_string());
/// assert_eq!(rates, ["2", "4", "8.695652173913", "25", "100"]);
/// assert!(flow_rate(0, 0).is_zero());
/// ```
#[must_use]
pub fn flow_rate(lost: i64, reached: i64) -> Percent {
    let lost = i128::from(lost.clamp(0, reached.max(0)));
    let parts = lost.saturating_mul(100).saturating_mul(RATE_ONE);
    // Nothing reached it: there is no quotient.
    let Some(parts) = div_round(parts, i128::from(reached), Rounding::HalfAwayFromZero) else {
        return Percent::ZERO;
    };
    let whole = parts.checked_div(RATE_ONE).unwrap_or(0);
    let rest = parts.checked_rem(RATE_ONE).unwrap_or(0);
    // From 0 to 100 with 12 decimals: a percent always reads it.
    Percent::parse(&format!("{whole}.{rest:0width$}", width = RATE_DECIMALS)).unwrap_or(Percent::ZERO)
}

impl Matrix {
    /// A matrix of rates, by label of the bucket, with what is expected to differ from the past.
    ///
    /// ```
    /// use ar_core::provision::{Matrix, RoundOn, flow_rate};
    /// let history = [("current", 100), ("1-30", 50), ("31+", 8)];
    /// let rates = history.map(|(bucket, reached)| (bucket.to_owned(), flow_rate(2, reached)));
    /// let matrix = Matrix::of_rates(rates, ar_core::Decimal::parse("1.1")?, RoundOn::Bucket).unwrap();
    /// assert_eq!(matrix.losses[2].percent.to_string(), "25");
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// `allowance.matrix`: no rate, a bucket twice, or an overlay out of range.
    pub fn of_rates(
        rates: impl IntoIterator<Item = (String, Percent)>,
        overlay: Decimal,
        round: RoundOn,
    ) -> Result<Self, AllowanceInvalid> {
        let losses = rates.into_iter().map(|(bucket, percent)| Loss { bucket, percent }).collect();
        let matrix = Self { losses, overlay, round };
        matrix.check().map(|()| matrix)
    }
}
