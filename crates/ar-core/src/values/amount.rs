//! Amounts as text: the only door through which money enters and leaves (INV-01, INV-06, INV-68).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use super::{Currency, Money, ValueError, excerpt};

/// Longest text that is read as an amount, a decimal or a date, in bytes. Checked before parsing.
pub const INPUT_LENGTH_MAX: usize = 32;

/// Largest amount, in minor units of its currency: 10^15.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// An amount whose currency stands beside it: digits and a number of decimals.
///
/// In commands it is what the caller wrote; [`Amount::in_currency`] turns it into [`Money`] or
/// refuses it, never rounding. In events it has exactly the currency's decimals.
///
/// ```
/// use ar_core::{Amount, Currency};
/// let usd = Currency::parse("USD")?;
/// assert_eq!(Amount::parse("1.5")?.in_currency(usd)?.minor(), 150);
/// assert_eq!(Amount::parse("-0.00")?.to_string(), "0.00");
/// assert_eq!(Amount::parse("12.345")?.in_currency(usd).unwrap_err().code(), "amount.too_many_decimals");
/// for bad in ["1e5", "1_000", "+5", ".5", "5.", "1,234.50", "NaN", ""] {
///     assert_eq!(Amount::parse(bad).unwrap_err().code(), "amount.syntax");
/// }
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    exponent: u8,
}

impl Amount {
    /// An amount of `minor` units with `exponent` decimals.
    pub(crate) const fn from_minor(minor: i64, exponent: u8) -> Self {
        Self { minor, exponent }
    }

    /// Reads digits with an optional minus sign and one to four decimals: `-?\d+(\.\d{1,4})?`.
    ///
    /// # Errors
    /// `input.too_long` beyond 32 bytes (before anything is read), `amount.syntax` for another
    /// grammar, `amount.out_of_range` beyond 10^15 units of the last decimal written.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if text.len() > INPUT_LENGTH_MAX {
            return Err(ValueError::TooLong { length: text.len(), max: INPUT_LENGTH_MAX });
        }
        let syntax = || ValueError::AmountSyntax(excerpt(text));
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(syntax()),
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, ""),
        };
        if whole.is_empty() || fraction.len() > 4 || !all_digits(whole) || !all_digits(fraction) {
            return Err(syntax());
        }
        let mut minor: i64 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let value = i64::from(digit.saturating_sub(b'0'));
            minor = minor
                .checked_mul(10)
                .and_then(|m| m.checked_add(value))
                .filter(|m| *m <= AMOUNT_MINOR_MAX)
                .ok_or(ValueError::AmountOutOfRange)?;
        }
        let exponent = u8::try_from(fraction.len()).map_err(|_| syntax())?;
        Ok(Self { minor: if negative { minor.saturating_neg() } else { minor }, exponent })
    }

    /// The amount in a currency.
    ///
    /// # Errors
    /// `amount.too_many_decimals` when the text had more decimals than the currency,
    /// `amount.out_of_range` beyond 10^15 minor units.
    pub fn in_currency(self, currency: Currency) -> Result<Money, ValueError> {
        let missing = currency.exponent().checked_sub(self.exponent).ok_or_else(|| {
            ValueError::AmountTooManyDecimals { text: self.to_string(), currency, max: currency.exponent() }
        })?;
        let minor = 10_i64
            .checked_pow(u32::from(missing))
            .and_then(|factor| self.minor.checked_mul(factor))
            .ok_or(ValueError::AmountOutOfRange)?;
        Money::new(minor, currency)
    }

    /// The count of units of the last decimal. In an event this is the currency's minor unit.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The amount with the other sign. Total: the range is symmetric.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { minor: self.minor.saturating_neg(), exponent: self.exponent }
    }

    /// How many decimals the text has.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.exponent
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.minor.unsigned_abs();
        let unit = 10_u64.saturating_pow(u32::from(self.exponent));
        let (whole, fraction) =
            (digits.checked_div(unit).unwrap_or(digits), digits.checked_rem(unit).unwrap_or(0));
        let sign = if self.minor < 0 { "-" } else { "" };
        if self.exponent == 0 {
            f.pad(&format!("{sign}{whole}"))
        } else {
            let width = usize::from(self.exponent);
            if f.width().is_some() {
                f.pad(&format!("{sign}{whole}.{fraction:0width$}"))
            } else {
                write!(f, "{sign}{whole}.{fraction:0width$}")
            }
        }
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountVisitor;
        impl<'de> serde::de::Visitor<'de> for AmountVisitor {
            type Value = Amount;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount as text, like \"100.00\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
                Amount::parse(text).map_err(refuse)
            }
            fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Amount, E> {
                Err(refuse(ValueError::AmountMustBeString(v.to_string())))
            }
            fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Amount, E> {
                Err(refuse(ValueError::AmountMustBeString(v.to_string())))
            }
            fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Amount, E> {
                Err(refuse(ValueError::AmountMustBeString(v.to_string())))
            }
            fn visit_bool<E: serde::de::Error>(self, v: bool) -> Result<Amount, E> {
                Err(refuse(ValueError::AmountSyntax(v.to_string())))
            }
            fn visit_unit<E: serde::de::Error>(self) -> Result<Amount, E> {
                Err(refuse(ValueError::AmountSyntax("null".to_owned())))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Amount, A::Error> {
                Err(refuse(ValueError::AmountSyntax("[]".to_owned())))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Amount, A::Error> {
                Err(refuse(ValueError::AmountSyntax("{}".to_owned())))
            }
        }
        fn refuse<E: serde::de::Error>(error: ValueError) -> E {
            E::custom(format_args!("[{}] {error}", error.code()))
        }
        deserializer.deserialize_any(AmountVisitor)
    }
}
