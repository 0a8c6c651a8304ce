//! Currencies of ISO 4217 with their exponents (INV-01, INV-03).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use super::{Date, ValueError, excerpt, from_json_text};

/// A currency of ISO 4217 that knows how many decimals it has.
///
/// ```
/// use ar_core::Currency;
/// assert_eq!(Currency::parse("JPY")?.exponent(), 0);
/// assert_eq!(Currency::parse("KWD")?.exponent(), 3);
/// assert_eq!(Currency::parse("usd").unwrap_err().code(), "currency.unknown");
/// assert_eq!(Currency::parse("XXX").unwrap_err().code(), "currency.unknown");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// Currencies that left circulation in the business range and are still in the list of codes, with
/// their last day as legal tender. Those that left the list are unknown.
/// Source: ISO 4217 amendments 176 (HRK), 180 (BGN) and the list of withdrawn codes.
const LAST_DAY: [([u8; 3], i32, u32, u32); 5] = [
    (*b"BGN", 2026, 1, 31),
    (*b"CUC", 2021, 6, 30),
    (*b"HRK", 2023, 1, 14),
    (*b"SLL", 2024, 3, 31),
    (*b"ZWL", 2024, 8, 31),
];

impl Currency {
    /// Reads a code of three capitals.
    ///
    /// # Errors
    /// [`ValueError::CurrencyUnknown`] for anything that is not a currency money can be held in:
    /// wrong case, symbols, metals, test codes and "no currency".
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let unknown = || ValueError::CurrencyUnknown(excerpt(text));
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| unknown())?;
        if !code.iter().all(u8::is_ascii_uppercase) {
            return Err(unknown());
        }
        let iso = iso_currency::Currency::from_code(text).ok_or_else(unknown)?;
        let exponent = iso.exponent().and_then(|e| u8::try_from(e).ok()).ok_or_else(unknown)?;
        Ok(Self { code, exponent })
    }

    /// Number of decimals: 0, 2, 3 or 4.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.exponent
    }

    /// The three-letter code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("")
    }

    /// Whether the currency was legal tender on a day.
    #[must_use]
    pub fn active_on(self, day: Date) -> bool {
        LAST_DAY
            .iter()
            .find(|(code, ..)| *code == self.code)
            .and_then(|(_, y, m, d)| Date::new(*y, *m, *d).ok())
            .is_none_or(|last| day <= last)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_json_text(deserializer, "a currency", Self::parse)
    }
}
