//! Reading the objects of a case strictly: every key is taken by someone who knows it, and the
//! first one that nobody took makes the case unsupported, with that key as the reason.

use std::collections::BTreeMap;

use ar_core::{Date, Decimal, Rounding, div_round};
use serde_json::Value;

/// Why a case is not played to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// It uses a word that is not known here, or that the library cannot do.
    Unsupported(String),
    /// The store or a query failed where nothing could have been refused.
    Broken(String),
}

/// The answer of everything that reads or plays a case.
pub type Read<T> = Result<T, Halt>;

/// A word that is not supported.
pub fn unsupported<T>(word: impl Into<String>) -> Read<T> {
    Err(Halt::Unsupported(word.into()))
}

/// A step that cannot be told to the library because of what an earlier one came to: the case
/// fails there, since every word of it is known.
pub fn follows<T>(problem: impl Into<String>) -> Read<T> {
    Err(Halt::Broken(problem.into()))
}

/// An object whose keys are taken one by one.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    what: String,
    rest: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Fields<'a> {
    /// The keys of an object.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(what: impl Into<String>, value: &'a Value) -> Read<Self> {
        let what = what.into();
        match value.as_object() {
            Some(map) => Ok(Self { what, rest: map.iter().map(|(k, v)| (k.as_str(), v)).collect() }),
            None => unsupported(format!("{what} that is no object")),
        }
    }

    /// What it is called in a reason.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Whether a key is there and was not taken.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.rest.contains_key(key)
    }

    /// The keys that nobody took yet.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.rest.keys().map(|key| (*key).to_owned()).collect()
    }

    /// Takes a key.
    pub fn take(&mut self, key: &str) -> Option<&'a Value> {
        self.rest.remove(key)
    }

    /// Takes a text or a number as text; `null` counts as absent.
    ///
    /// # Errors
    /// When it is something else.
    pub fn text(&mut self, key: &str) -> Read<Option<String>> {
        match self.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => plain(value).map(Some).ok_or_else(|| self.shape(key)),
        }
    }

    /// Takes a text that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn need(&mut self, key: &str) -> Read<String> {
        let absent = Halt::Unsupported(format!("{} without {key}", self.what));
        self.text(key)?.ok_or(absent)
    }

    /// Takes a date.
    ///
    /// # Errors
    /// When it is none.
    pub fn date(&mut self, key: &str) -> Read<Option<Date>> {
        self.text(key)?.map(|text| date(&text)).transpose()
    }

    /// Takes a small whole number.
    ///
    /// # Errors
    /// When it is none.
    pub fn count(&mut self, key: &str) -> Read<Option<u16>> {
        let shape = self.shape(key);
        self.text(key)?.map(|text| text.parse().map_err(|_| shape)).transpose()
    }

    /// Takes a yes or no.
    ///
    /// # Errors
    /// When it is something else.
    pub fn flag(&mut self, key: &str) -> Read<Option<bool>> {
        match self.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.shape(key)),
        }
    }

    /// Takes a list.
    ///
    /// # Errors
    /// When it is none.
    pub fn list(&mut self, key: &str) -> Read<Option<&'a [Value]>> {
        match self.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(self.shape(key)),
        }
    }

    /// Takes one text or a list of texts.
    ///
    /// # Errors
    /// When it is something else.
    pub fn names(&mut self, key: &str) -> Read<Vec<String>> {
        let shape = self.shape(key);
        match self.take(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(|v| plain(v).ok_or_else(|| shape.clone())).collect(),
            Some(value) => Ok(vec![plain(value).ok_or(shape)?]),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// The first key that nobody took.
    pub fn finish(self) -> Read<()> {
        match self.rest.keys().next() {
            None => Ok(()),
            Some(key) => unsupported(format!("{}.{key}", self.what)),
        }
    }

    fn shape(&self, key: &str) -> Halt {
        Halt::Unsupported(format!("{}.{key} in this form", self.what))
    }
}

/// Takes a word of which only some positions are known.
///
/// # Errors
/// Any other position.
pub fn only(fields: &mut Fields<'_>, key: &str, known: &[&str]) -> Read<()> {
    let what = format!("{}.{key}", fields.what());
    match fields.text(key)? {
        Some(word) if !known.contains(&word.as_str()) => unsupported(format!("{what}={word}")),
        _ => Ok(()),
    }
}

/// Takes a switch that can only be off.
///
/// # Errors
/// When it is on.
pub fn off(fields: &mut Fields<'_>, key: &str) -> Read<()> {
    let what = format!("{}.{key}", fields.what());
    match fields.flag(key)? {
        Some(true) => unsupported(what),
        _ => Ok(()),
    }
}

/// A text, or a number as text.
#[must_use]
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A date.
///
/// # Errors
/// When it is none, or lies outside the business range.
pub fn date(text: &str) -> Read<Date> {
    Date::parse(text).map_err(|_| Halt::Unsupported(format!("date {text}")))
}

/// A decimal.
///
/// # Errors
/// When it is none, or has more digits than the library keeps.
pub fn decimal(text: &str) -> Read<Decimal> {
    Decimal::parse(text).map_err(|_| Halt::Unsupported(format!("decimal {text}")))
}

/// `numerator × factor / denominator` to 12 decimals, as text.
#[must_use]
pub fn quotient(numerator: Decimal, factor: i32, denominator: Decimal) -> Option<String> {
    const SCALE: u32 = 12;
    let lift = 10_i128.checked_pow(SCALE)?;
    let scaled = i128::from(numerator.mantissa())
        .checked_mul(i128::from(factor))?
        .checked_mul(10_i128.checked_pow(u32::from(denominator.scale()))?)?
        .checked_mul(lift)?;
    let divisor =
        i128::from(denominator.mantissa()).checked_mul(10_i128.checked_pow(u32::from(numerator.scale()))?)?;
    let value = div_round(scaled, divisor, Rounding::HalfAwayFromZero)?;
    let (whole, fraction) = (value.checked_div(lift)?, value.checked_rem(lift)?.unsigned_abs());
    let sign = if value < 0 && whole == 0 { "-" } else { "" };
    let digits = format!("{sign}{whole}.{fraction:012}");
    let short = digits.trim_end_matches('0').trim_end_matches('.');
    Some(short.to_owned())
}
