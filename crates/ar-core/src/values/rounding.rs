//! Rounding: the one place where a fraction becomes a whole number (INV-02, INV-07).

use serde::{Deserialize, Serialize};

/// How a value between two whole numbers becomes one of them.
///
/// The default, half away from zero, mirrors negative values: 0.125 becomes 0.13 and -0.125
/// becomes -0.13.
///
/// ```
/// use ar_core::{Rounding, div_round};
/// assert_eq!(div_round(25, 10, Rounding::HalfAwayFromZero), Some(3));
/// assert_eq!(div_round(-25, 10, Rounding::HalfAwayFromZero), Some(-3));
/// assert_eq!(div_round(25, 10, Rounding::HalfEven), Some(2));
/// assert_eq!(div_round(29, 10, Rounding::TowardZero), Some(2));
/// assert_eq!(div_round(1, 0, Rounding::HalfEven), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rounding {
    /// To the nearest; a tie goes away from zero.
    #[default]
    HalfAwayFromZero,
    /// To the nearest; a tie goes to the even neighbour.
    HalfEven,
    /// Cut: toward zero.
    TowardZero,
    /// Away from zero.
    AwayFromZero,
}

/// `numerator / denominator` as a whole number under a named rule.
///
/// `None` when the denominator is zero or the result does not fit.
#[must_use]
pub fn div_round(numerator: i128, denominator: i128, rounding: Rounding) -> Option<i128> {
    let quotient = numerator.checked_div(denominator)?;
    let rest = numerator.checked_rem(denominator)?;
    if rest == 0 {
        return Some(quotient);
    }
    let away = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
    let twice_rest = rest.unsigned_abs().checked_mul(2)?;
    let step = match (rounding, twice_rest.cmp(&denominator.unsigned_abs())) {
        (Rounding::TowardZero, _) => 0,
        (Rounding::AwayFromZero, _) => away,
        (_, std::cmp::Ordering::Less) => 0,
        (_, std::cmp::Ordering::Greater) => away,
        (Rounding::HalfAwayFromZero, std::cmp::Ordering::Equal) => away,
        (Rounding::HalfEven, std::cmp::Ordering::Equal) => {
            if quotient.checked_rem(2)? == 0 {
                0
            } else {
                away
            }
        }
    };
    quotient.checked_add(step)
}
