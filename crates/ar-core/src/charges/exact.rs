//! Exact sums of interest: fractions of minor units in 128 bits, rounded once at the end (INV-46).

use std::fmt;

use crate::values::{Rounding, div_round};

/// A fraction of minor units. Checked: an operation that leaves 128 bits gives `None`.
///
/// ```
/// use ar_core::Rounding;
/// use ar_core::charges::Exact;
/// let a = Exact::new(1, 3).unwrap();
/// let b = Exact::new(1, 6).unwrap();
/// assert_eq!(a.plus(b), Exact::new(1, 2));
/// assert_eq!(a.plus(b).unwrap().round(Rounding::HalfAwayFromZero), Some(1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Exact {
    numerator: i128,
    denominator: i128,
}

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// A fraction in lowest terms; `None` unless the denominator is greater than zero.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator <= 0 || numerator == i128::MIN {
            return None;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).ok()?;
        Some(Self {
            numerator: numerator.checked_div(divisor)?,
            denominator: denominator.checked_div(divisor)?,
        })
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let divisor =
            i128::try_from(gcd(self.denominator.unsigned_abs(), other.denominator.unsigned_abs())).ok()?;
        let (own, its) = (self.denominator.checked_div(divisor)?, other.denominator.checked_div(divisor)?);
        let numerator = self.numerator.checked_mul(its)?.checked_add(other.numerator.checked_mul(own)?)?;
        Self::new(numerator, own.checked_mul(other.denominator)?)
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { numerator: other.numerator.checked_neg()?, ..other })
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Whole minor units: the one rounding of interest.
    #[must_use]
    pub fn round(self, rounding: Rounding) -> Option<i64> {
        i64::try_from(div_round(self.numerator, self.denominator, rounding)?).ok()
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a
}
