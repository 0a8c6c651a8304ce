//! Money: a count of minor units in one currency (INV-01, INV-02, INV-03).

use std::fmt;

use super::{AMOUNT_MINOR_MAX, Amount, Currency, Decimal, Percent, Rate, Rounding, ValueError, div_round};

/// An exact amount: a signed count of the currency's minor unit, at most 10^15 either way.
///
/// There is no `+`: two currencies never meet in one sum, and nothing overflows silently.
///
/// ```
/// use ar_core::{Amount, Currency};
/// let eur = Currency::parse("EUR")?;
/// let a = Amount::parse("100.00")?.in_currency(eur)?;
/// let b = Amount::parse("0.01")?.in_currency(eur)?;
/// assert_eq!(a.checked_add(b).unwrap().to_string(), "100.01 EUR");
/// let usd = Amount::parse("1.00")?.in_currency(Currency::parse("USD")?)?;
/// assert_eq!(a.checked_add(usd), None);
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of `minor` units.
    ///
    /// # Errors
    /// `amount.out_of_range` beyond 10^15 minor units.
    pub const fn new(minor: i64, currency: Currency) -> Result<Self, ValueError> {
        if minor > AMOUNT_MINOR_MAX || minor < -AMOUNT_MINOR_MAX {
            return Err(ValueError::AmountOutOfRange);
        }
        Ok(Self { minor, currency })
    }

    /// An amount of `minor` units, cut to the range: for figures that are shown or compared, where
    /// cutting keeps the order, never for one that is booked.
    #[must_use]
    pub const fn clamped(minor: i64, currency: Currency) -> Self {
        let minor = if minor > AMOUNT_MINOR_MAX {
            AMOUNT_MINOR_MAX
        } else if minor < -AMOUNT_MINOR_MAX {
            -AMOUNT_MINOR_MAX
        } else {
            minor
        };
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The count of minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount without its currency, with exactly the currency's decimals.
    #[must_use]
    pub const fn amount(self) -> Amount {
        Amount::from_minor(self.minor, self.currency.exponent())
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is greater than zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether it is less than zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum of two amounts of one currency; `None` for two currencies or out of range.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Self::new(self.minor.checked_add(other.minor)?, self.currency).ok()
    }

    /// The difference of two amounts of one currency; `None` for two currencies or out of range.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Self::new(self.minor.checked_sub(other.minor)?, self.currency).ok()
    }

    /// The amount with the other sign. Total: the range is symmetric.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { minor: self.minor.saturating_neg(), currency: self.currency }
    }

    /// The lesser of two amounts of one currency; `None` for two currencies.
    #[must_use]
    pub fn checked_min(self, other: Self) -> Option<Self> {
        (self.currency == other.currency).then_some(if self.minor <= other.minor { self } else { other })
    }

    /// A percentage of the amount, rounded once. A named rounding point.
    #[must_use]
    pub fn percent(self, percent: Percent, rounding: Rounding) -> Option<Self> {
        let minor = percent.decimal().times(i128::from(self.minor), 100, rounding)?;
        Self::new(i64::try_from(minor).ok()?, self.currency).ok()
    }

    /// `quantity × unit price`, rounded once to the minor unit. A named rounding point: the
    /// product is exact in 128 bits before it.
    ///
    /// ```
    /// use ar_core::{Currency, Decimal, Money, Rounding};
    /// let eur = Currency::parse("EUR")?;
    /// let line = Money::extended(Decimal::parse("3")?, Decimal::parse("0.333")?, eur, Rounding::default());
    /// assert_eq!(line.unwrap().to_string(), "1.00 EUR");
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    #[must_use]
    pub fn extended(
        quantity: Decimal,
        price: Decimal,
        currency: Currency,
        rounding: Rounding,
    ) -> Option<Self> {
        let product = i128::from(quantity.mantissa()).checked_mul(i128::from(price.mantissa()))?;
        let scale = u32::from(quantity.scale()).checked_add(u32::from(price.scale()))?;
        let exponent = u32::from(currency.exponent());
        let minor = if scale >= exponent {
            div_round(product, 10_i128.checked_pow(scale.checked_sub(exponent)?)?, rounding)?
        } else {
            product.checked_mul(10_i128.checked_pow(exponent.checked_sub(scale)?)?)?
        };
        Self::new(i64::try_from(minor).ok()?, currency).ok()
    }

    /// The amount in another currency at a rate of `target per unit of self`, rounded once.
    /// A named rounding point.
    #[must_use]
    pub fn converted(self, rate: Rate, target: Currency, rounding: Rounding) -> Option<Self> {
        let up = 10_i128.checked_pow(u32::from(target.exponent()))?;
        let down = 10_i128.checked_pow(u32::from(self.currency.exponent()))?;
        let minor = rate.decimal().times(i128::from(self.minor).checked_mul(up)?, down, rounding)?;
        Self::new(i64::try_from(minor).ok()?, target).ok()
    }

    /// The amount in another currency at a rate of `self per unit of target`, rounded once: the way
    /// back from base currency. A named rounding point.
    #[must_use]
    pub fn converted_back(self, rate: Rate, target: Currency, rounding: Rounding) -> Option<Self> {
        let rate = rate.decimal();
        let up = u32::from(target.exponent()).checked_add(u32::from(rate.scale()))?;
        let numerator = i128::from(self.minor).checked_mul(10_i128.checked_pow(up)?)?;
        let down = 10_i128.checked_pow(u32::from(self.currency.exponent()))?;
        let denominator = i128::from(rate.mantissa()).checked_mul(down)?;
        Self::new(i64::try_from(div_round(numerator, denominator, rounding)?).ok()?, target).ok()
    }

    /// `self × part / whole`, rounded once. A named rounding point; `None` when `whole` is zero.
    #[must_use]
    pub fn proportion(self, part: i64, whole: i64, rounding: Rounding) -> Option<Self> {
        let product = i128::from(self.minor).checked_mul(i128::from(part))?;
        let minor = div_round(product, i128::from(whole), rounding)?;
        Self::new(i64::try_from(minor).ok()?, self.currency).ok()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Money {
    /// `"100.00 EUR"`: for refusals and explanations, where an amount stands alone.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::from_json_text(deserializer, "an amount with its currency", |text| {
            let (amount, currency) =
                text.split_once(' ').ok_or_else(|| ValueError::AmountSyntax(super::excerpt(text)))?;
            Amount::parse(amount)?.in_currency(Currency::parse(currency)?)
        })
    }
}
