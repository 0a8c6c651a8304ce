//! Decimals: quantities, unit prices, percents and rates; whatever is not an amount (INV-02,
//! INV-06).
//!
//! A decimal is a 64-bit mantissa of at most 18 digits and at most 12 decimals, kept without
//! trailing zeros, so equal values have one encoding and every product of two fits 128 bits
//! exactly. There is no arithmetic here that rounds in silence: a decimal meets an amount only at
//! a rounding point of [`super::Money`].

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use super::{INPUT_LENGTH_MAX, Rounding, ValueError, div_round, excerpt, from_json_text};

/// Largest mantissa: 18 digits.
const MANTISSA_MAX: i64 = 999_999_999_999_999_999;
/// Most decimals.
const SCALE_MAX: usize = 12;

/// An exact decimal of at most 18 significant digits.
///
/// ```
/// use ar_core::Decimal;
/// assert_eq!(Decimal::parse("1.50")?, Decimal::parse("1.5")?);
/// assert_eq!(Decimal::parse("1.50")?.to_string(), "1.5");
/// assert_eq!(Decimal::parse("-0")?.to_string(), "0");
/// assert_eq!(Decimal::parse("1e5").unwrap_err().code(), "decimal.syntax");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };
    /// One.
    pub const ONE: Self = Self { mantissa: 1, scale: 0 };

    /// Reads `-?\d+(\.\d+)?` of at most 18 significant digits and, trailing zeros aside, 12
    /// decimals.
    ///
    /// # Errors
    /// `input.too_long` beyond 32 bytes, `decimal.syntax`, `decimal.out_of_range`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if text.len() > INPUT_LENGTH_MAX {
            return Err(ValueError::TooLong { length: text.len(), max: INPUT_LENGTH_MAX });
        }
        let syntax = || ValueError::DecimalSyntax(excerpt(text));
        let range = || ValueError::DecimalOutOfRange(excerpt(text));
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(syntax()),
            Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
            None => (digits, ""),
        };
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(syntax());
        }
        if fraction.len() > SCALE_MAX {
            return Err(range());
        }
        let mut mantissa: i64 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let value = i64::from(digit.saturating_sub(b'0'));
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|m| m.checked_add(value))
                .filter(|m| *m <= MANTISSA_MAX)
                .ok_or_else(range)?;
        }
        let scale = u8::try_from(fraction.len()).map_err(|_| range())?;
        Ok(Self { mantissa: if negative { mantissa.saturating_neg() } else { mantissa }, scale })
    }

    /// A whole number.
    #[must_use]
    pub fn whole(value: i32) -> Self {
        Self { mantissa: i64::from(value), scale: 0 }
    }

    /// All digits as a whole number; the value is `mantissa / 10^scale`.
    #[must_use]
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// Number of decimals.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Whether it is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Whether it is less than zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// `value × self / divisor`, exact in 128 bits and rounded once.
    #[must_use]
    pub fn times(self, value: i128, divisor: i128, rounding: Rounding) -> Option<i128> {
        let product = value.checked_mul(i128::from(self.mantissa))?;
        let scale = 10_i128.checked_pow(u32::from(self.scale))?;
        div_round(product, divisor.checked_mul(scale)?, rounding)
    }

    /// The sum, or `None` when it needs more digits than are kept.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let lift = |d: Self| {
            let factor = 10_i64.checked_pow(u32::from(scale.checked_sub(d.scale)?))?;
            d.mantissa.checked_mul(factor)
        };
        let mantissa = lift(self)?.checked_add(lift(other)?)?;
        (mantissa.unsigned_abs() <= MANTISSA_MAX.unsigned_abs()).then(|| Self { mantissa, scale }.canonical())
    }

    fn canonical(mut self) -> Self {
        while self.scale > 0 && self.mantissa.checked_rem(10) == Some(0) {
            self.mantissa = self.mantissa.checked_div(10).unwrap_or(0);
            self.scale = self.scale.saturating_sub(1);
        }
        self
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    /// By value. 18 digits lifted by 12 decimals fit 128 bits.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let lift =
            |d: &Self, by: u8| i128::from(d.mantissa).saturating_mul(10_i128.saturating_pow(u32::from(by)));
        lift(self, other.scale).cmp(&lift(other, self.scale))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs();
        let unit = 10_u64.saturating_pow(u32::from(self.scale));
        let (whole, fraction) =
            (digits.checked_div(unit).unwrap_or(digits), digits.checked_rem(unit).unwrap_or(0));
        let sign = if self.mantissa < 0 { "-" } else { "" };
        if self.scale == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{fraction:0width$}", width = usize::from(self.scale))
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_json_text(deserializer, "a decimal", Self::parse)
    }
}

/// A percentage from 0 to 100, like `"2.5"`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Percent(Decimal);

impl Percent {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Reads a decimal between 0 and 100.
    ///
    /// # Errors
    /// As [`Decimal::parse`], and `percent.out_of_range`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let decimal = Decimal::parse(text)?;
        if decimal.is_negative() || decimal > Decimal::whole(100) {
            return Err(ValueError::PercentOutOfRange(excerpt(text)));
        }
        Ok(Self(decimal))
    }

    /// The number before the percent sign.
    #[must_use]
    pub const fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

/// An exchange rate: units of the target (base) currency for one unit of the other. Always
/// greater than zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rate(Decimal);

impl Rate {
    /// One for one: the rate of a currency to itself.
    pub const ONE: Self = Self(Decimal::ONE);

    /// Reads a decimal greater than zero.
    ///
    /// # Errors
    /// As [`Decimal::parse`], and `rate.out_of_band` for zero and negative values.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let decimal = Decimal::parse(text)?;
        if decimal.is_zero() || decimal.is_negative() {
            return Err(ValueError::RateOutOfRange(excerpt(text)));
        }
        Ok(Self(decimal))
    }

    /// The number.
    #[must_use]
    pub const fn decimal(self) -> Decimal {
        self.0
    }
}

macro_rules! decimal_newtype {
    ($name:ident, $what:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                from_json_text(deserializer, $what, Self::parse)
            }
        }
    };
}
decimal_newtype!(Percent, "a percent");
decimal_newtype!(Rate, "a rate");

/// The rate given with a document in a foreign currency: a decimal, or the word `unconverted` for
/// a document that keeps no base amount although a rate may be on record. What settles an
/// unconverted item must be unconverted itself.
///
/// ```
/// use ar_core::values::{GivenRate, Rate};
/// assert_eq!(serde_json::from_str::<GivenRate>("\"unconverted\"").unwrap(), GivenRate::Unconverted);
/// let rate = Rate::parse("0.75").unwrap();
/// assert_eq!(serde_json::to_string(&GivenRate::At(rate)).unwrap(), "\"0.75\"");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenRate {
    /// Base units per unit.
    At(Rate),
    /// No base amount; only under the policy `unconverted`.
    Unconverted,
}

impl From<Rate> for GivenRate {
    fn from(rate: Rate) -> Self {
        Self::At(rate)
    }
}

impl Serialize for GivenRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(rate) => rate.serialize(serializer),
            Self::Unconverted => serializer.serialize_str(UNCONVERTED),
        }
    }
}

impl<'de> Deserialize<'de> for GivenRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_json_text(deserializer, "a rate", |text| match text {
            UNCONVERTED => Ok(Self::Unconverted),
            text => Rate::parse(text).map(Self::At),
        })
    }
}

/// How a document without base amount is asked for.
const UNCONVERTED: &str = "unconverted";
