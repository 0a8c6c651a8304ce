//! Instants as the caller recorded them: UTC, to the microsecond, one spelling.

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use super::{Date, INPUT_LENGTH_MAX, ValueError, excerpt, from_json_text};

/// An instant in UTC. It comes from the caller and is a claim: the log's position alone is order.
///
/// ```
/// use ar_core::Timestamp;
/// let at = Timestamp::parse("2026-01-31T23:59:59Z")?;
/// assert_eq!(at.to_string(), "2026-01-31T23:59:59Z");
/// assert_eq!(Timestamp::parse("2026-01-31T23:59:60Z").unwrap_err().code(), "timestamp.syntax");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Reads `YYYY-MM-DDTHH:MM:SSZ` with up to six decimals of a second. A leap second (`:60`) is
    /// refused: a caller that has one writes the second before.
    ///
    /// # Errors
    /// `timestamp.syntax` or the codes of [`Date::parse`].
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let syntax = || ValueError::TimestampSyntax(excerpt(text));
        if text.len() > INPUT_LENGTH_MAX {
            return Err(ValueError::TooLong { length: text.len(), max: INPUT_LENGTH_MAX });
        }
        let (day, time) = text.split_once('T').ok_or_else(syntax)?;
        Date::parse(day)?;
        let time = time.strip_suffix('Z').ok_or_else(syntax)?;
        let (seconds, fraction) = match time.split_once('.') {
            Some((seconds, fraction)) => (seconds, Some(fraction)),
            None => (time, None),
        };
        let shape = |i: usize, b: u8| if i == 2 || i == 5 { b == b':' } else { b.is_ascii_digit() };
        let plain = seconds.len() == 8 && seconds.bytes().enumerate().all(|(i, b)| shape(i, b));
        let fine =
            fraction.is_none_or(|f| (1..=6).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit()));
        if !plain || !fine || seconds.ends_with("60") {
            return Err(syntax());
        }
        DateTime::parse_from_rfc3339(text).map(|at| Self(at.with_timezone(&Utc))).map_err(|_| syntax())
    }

    /// From microseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// `date.out_of_range` outside the business range.
    pub fn from_micros(micros: i64) -> Result<Self, ValueError> {
        let out = || ValueError::DateOutOfRange(micros.to_string());
        let at = DateTime::from_timestamp_micros(micros).ok_or_else(out)?;
        Date::new(at.year(), at.month(), at.day())?;
        Ok(Self(at))
    }

    /// The calendar date in UTC.
    ///
    /// # Errors
    /// `date.out_of_range` cannot happen for a parsed value; it is passed on all the same.
    pub fn date(self) -> Result<Date, ValueError> {
        Date::new(self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = &self.0;
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            t.year(),
            t.month(),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )?;
        let micros = t.nanosecond().checked_div(1000).unwrap_or(0);
        if micros > 0 {
            let digits = format!("{micros:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_json_text(deserializer, "an instant", Self::parse)
    }
}
