//! Values: the small exact types everything else is made of.
//!
//! Invariants INV-01 to INV-08: an amount is a whole count of minor units with a currency; every
//! step is exact or happens at a named rounding point; equal values have one encoding.

mod amount;
mod attributes;
mod currency;
mod date;
mod decimal;
mod ids;
mod money;
mod rounding;
mod split;
mod text;
mod timestamp;

pub use amount::{AMOUNT_MINOR_MAX, Amount, INPUT_LENGTH_MAX};
pub use attributes::{ATTRIBUTES_MAX, Attributes};
pub use currency::Currency;
pub use date::{Date, DateRange};
pub use decimal::{Decimal, GivenRate, Percent, Rate};
pub use ids::{
    AccountId, ActorId, BankId, BookId, CalendarId, CertificateId, ChargePolicyId, CommandId, DocumentId,
    GlCode, ItemId, LinkId, OrderId, PeriodId, PromiseId, RateTableId, ReasonCode, RefundId, SeriesId,
    SubjectId, TaxCode, TermsId,
};
pub use money::Money;
pub use rounding::{Rounding, div_round};
pub use split::split;
pub use text::Text;
pub use timestamp::Timestamp;

/// Why a text or a number is not a value.
///
/// The code is one of [`crate::Rejection`]'s; `ValueError` becomes the rejection of the same code
/// once the field it stood in is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The text does not follow the amount grammar.
    #[error(
        "{0:?} is not an amount; write digits with an optional minus sign and a decimal point, like \"100.00\""
    )]
    AmountSyntax(String),
    /// An amount came as a JSON number.
    #[error("an amount is text, never a JSON number; write \"{0}\" in quotes")]
    AmountMustBeString(String),
    /// The amount has more decimals than its currency.
    #[error("{text} has more decimals than {currency} has ({max})")]
    AmountTooManyDecimals {
        /// The amount as given.
        text: String,
        /// The currency it was given in.
        currency: Currency,
        /// Decimals of the currency.
        max: u8,
    },
    /// The amount, or the result of a calculation, is beyond 10^15 minor units.
    #[error("the amount is out of range; an amount is at most 10^15 minor units")]
    AmountOutOfRange,
    /// The text is longer than any value of its kind can be.
    #[error("the value has {length} bytes; at most {max} are read")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The text does not follow the grammar of quantities, prices, percents and rates.
    #[error("{0:?} is not a decimal; write digits with an optional minus sign and a decimal point")]
    DecimalSyntax(String),
    /// A decimal has more digits than are kept exactly.
    #[error("{0} has too many digits; at most 18 significant digits and 12 decimals are kept exactly")]
    DecimalOutOfRange(String),
    /// A percent below 0 or above 100 where that has no meaning.
    #[error("{0} is not a percent between 0 and 100")]
    PercentOutOfRange(String),
    /// A rate that is zero or negative.
    #[error("{0} is not an exchange rate; a rate is greater than zero")]
    RateOutOfRange(String),
    /// The code is not an ISO 4217 currency that money can be held in.
    #[error("{0:?} is not a currency; use an ISO 4217 code in capitals, like \"EUR\"")]
    CurrencyUnknown(String),
    /// The date is not written `YYYY-MM-DD`.
    #[error("{0:?} is not a date; write YYYY-MM-DD")]
    DateSyntax(String),
    /// The date does not exist in the calendar.
    #[error("{0} does not exist in the calendar")]
    DateInvalid(String),
    /// The date is outside 1990-01-01 to 2100-12-31.
    #[error("{0} is outside the business range 1990-01-01 to 2100-12-31")]
    DateOutOfRange(String),
    /// The instant is not written in UTC as RFC 3339.
    #[error("{0:?} is not an instant; write YYYY-MM-DDTHH:MM:SSZ")]
    TimestampSyntax(String),
    /// An identifier is empty, too long or has a character that is not allowed.
    #[error("{text:?} is not an id; use 1 to {max} printable ASCII characters without space, #, \" and \\")]
    IdInvalid {
        /// The text as given, cut to 80 characters.
        text: String,
        /// Characters allowed.
        max: usize,
    },
    /// A free text is longer than allowed.
    #[error("the text has {length} characters; at most {max} are kept")]
    TextTooLong {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        max: usize,
    },
    /// Attributes beyond their number or length.
    #[error("at most {max} attributes are kept")]
    TooManyAttributes {
        /// Attributes allowed.
        max: usize,
    },
}

impl ValueError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AmountSyntax(_) => "amount.syntax",
            Self::AmountMustBeString(_) => "amount.must_be_string",
            Self::AmountTooManyDecimals { .. } => "amount.too_many_decimals",
            Self::AmountOutOfRange => "amount.out_of_range",
            Self::TooLong { .. } => "input.too_long",
            Self::DecimalSyntax(_) => "decimal.syntax",
            Self::DecimalOutOfRange(_) => "decimal.out_of_range",
            Self::PercentOutOfRange(_) => "percent.out_of_range",
            Self::RateOutOfRange(_) => "rate.out_of_band",
            Self::CurrencyUnknown(_) => "currency.unknown",
            Self::DateSyntax(_) => "date.syntax",
            Self::DateInvalid(_) => "date.invalid",
            Self::DateOutOfRange(_) => "date.out_of_range",
            Self::TimestampSyntax(_) => "timestamp.syntax",
            Self::IdInvalid { .. } => "id.invalid",
            Self::TextTooLong { .. } => "text.too_long",
            Self::TooManyAttributes { .. } => "attributes.too_many",
        }
    }
}

/// Cuts a text that is echoed in an error, at a character boundary.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Reads `T` from a JSON string through `parse`, keeping the error's code at the front of the
/// message so that the JSON boundary can give it back (see [`crate::wire`]).
pub(crate) fn from_json_text<'de, D, T>(
    deserializer: D,
    what: &'static str,
    parse: fn(&str) -> Result<T, ValueError>,
) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
{
    struct TextVisitor<T> {
        what: &'static str,
        parse: fn(&str) -> Result<T, ValueError>,
    }
    impl<T> serde::de::Visitor<'_> for TextVisitor<T> {
        type Value = T;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{} as text", self.what)
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            (self.parse)(text).map_err(|e| E::custom(format_args!("[{}] {e}", e.code())))
        }
    }
    deserializer.deserialize_str(TextVisitor { what, parse })
}
