//! Business days: calendar dates between 1990-01-01 and 2100-12-31 (INV-24, INV-41).
//!
//! A date has no time and no zone. Only the strict form `YYYY-MM-DD` is read, and every step is
//! checked: nothing here panics or leaves the range.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use super::{INPUT_LENGTH_MAX, ValueError, excerpt, from_json_text};

/// A calendar date in the business range.
///
/// ```
/// use ar_core::Date;
/// let due = Date::parse("2024-01-31")?;
/// assert_eq!(due.add_months(1)?.to_string(), "2024-02-29");
/// assert_eq!(due.days_until(Date::parse("2024-03-01")?), 30);
/// assert_eq!(Date::parse("2026-2-3").unwrap_err().code(), "date.syntax");
/// assert_eq!(Date::parse("2026-02-30").unwrap_err().code(), "date.invalid");
/// assert_eq!(Date::parse("1989-12-31").unwrap_err().code(), "date.out_of_range");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(NaiveDate);

impl Date {
    /// 1990-01-01, the first day of the business range.
    pub const MIN: Self = Self(match NaiveDate::from_ymd_opt(1990, 1, 1) {
        Some(day) => day,
        None => NaiveDate::MIN,
    });
    /// 2100-12-31, the last day of the business range.
    pub const MAX: Self = Self(match NaiveDate::from_ymd_opt(2100, 12, 31) {
        Some(day) => day,
        None => NaiveDate::MAX,
    });

    /// A date from its parts.
    ///
    /// # Errors
    /// `date.out_of_range` outside 1990 to 2100, `date.invalid` for a day that does not exist.
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self, ValueError> {
        let text = || format!("{year:04}-{month:02}-{day:02}");
        if !(1990..=2100).contains(&year) {
            return Err(ValueError::DateOutOfRange(text()));
        }
        NaiveDate::from_ymd_opt(year, month, day).map(Self).ok_or_else(|| ValueError::DateInvalid(text()))
    }

    /// Reads exactly `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `input.too_long`, `date.syntax`, `date.invalid`, `date.out_of_range`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if text.len() > INPUT_LENGTH_MAX {
            return Err(ValueError::TooLong { length: text.len(), max: INPUT_LENGTH_MAX });
        }
        let syntax = || ValueError::DateSyntax(excerpt(text));
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(syntax());
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u32, |n, b| {
                let digit = b.is_ascii_digit().then(|| u32::from(b.saturating_sub(b'0')))?;
                n.checked_mul(10)?.checked_add(digit)
            })
        };
        let year = number(&[*y1, *y2, *y3, *y4]).and_then(|y| i32::try_from(y).ok()).ok_or_else(syntax)?;
        let month = number(&[*m1, *m2]).ok_or_else(syntax)?;
        let day = number(&[*d1, *d2]).ok_or_else(syntax)?;
        if year == 0 {
            return Err(ValueError::DateInvalid(excerpt(text)));
        }
        Self::new(year, month, day)
    }

    /// Days since 1970-01-01, for columns and keys.
    #[must_use]
    pub fn day_number(self) -> i32 {
        self.0.to_epoch_days()
    }

    /// The date of a day number.
    ///
    /// # Errors
    /// `date.out_of_range` outside the business range.
    pub fn from_day_number(days: i32) -> Result<Self, ValueError> {
        let date =
            NaiveDate::from_epoch_days(days).ok_or_else(|| ValueError::DateOutOfRange(days.to_string()))?;
        Self::new(date.year(), date.month(), date.day())
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u32 {
        self.0.day()
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        self.0.weekday()
    }

    /// The date `days` later (or earlier, when negative).
    ///
    /// # Errors
    /// `date.out_of_range`.
    pub fn add_days(self, days: i32) -> Result<Self, ValueError> {
        let number = self.day_number().checked_add(days);
        number
            .ok_or_else(|| ValueError::DateOutOfRange(format!("{self} and {days} days")))
            .and_then(Self::from_day_number)
    }

    /// The same day of a month `months` later, or that month's last day. Always computed from
    /// this anchor: 31 January and two months is 31 March.
    ///
    /// # Errors
    /// `date.out_of_range`.
    pub fn add_months(self, months: i32) -> Result<Self, ValueError> {
        let first = self.month_shifted(months)?;
        let last = first.end_of_month();
        Self::new(first.year(), first.month(), self.day().min(last.day()))
    }

    /// A day of the month `months` later; a day beyond its end is its last day.
    ///
    /// # Errors
    /// `date.out_of_range`; `date.invalid` for day 0.
    pub fn day_of_month(self, months: i32, day: u32) -> Result<Self, ValueError> {
        let first = self.month_shifted(months)?;
        Self::new(first.year(), first.month(), day.min(first.end_of_month().day()))
    }

    /// The last day of this month.
    #[must_use]
    pub fn end_of_month(self) -> Self {
        (28..=31)
            .rev()
            .find_map(|day| NaiveDate::from_ymd_opt(self.year(), self.month(), day))
            .map_or(self, Self)
    }

    /// The first day of the month `months` later.
    fn month_shifted(self, months: i32) -> Result<Self, ValueError> {
        let out = || ValueError::DateOutOfRange(format!("{self} and {months} months"));
        let month0 = i32::try_from(self.0.month0()).map_err(|_| out())?;
        let total = self
            .year()
            .checked_mul(12)
            .and_then(|m| m.checked_add(month0))
            .and_then(|m| m.checked_add(months))
            .ok_or_else(out)?;
        let month = u32::try_from(total.rem_euclid(12)).map_err(|_| out())?.saturating_add(1);
        Self::new(total.div_euclid(12), month, 1).map_err(|_| out())
    }

    /// Days from this date to another; negative when the other is earlier.
    #[must_use]
    pub fn days_until(self, other: Self) -> i32 {
        other.day_number().saturating_sub(self.day_number())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.year(), self.month(), self.day());
        if f.width().is_some() {
            f.pad(&format!("{year:04}-{month:02}-{day:02}"))
        } else {
            write!(f, "{year:04}-{month:02}-{day:02}")
        }
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_json_text(deserializer, "a date", Self::parse)
    }
}

/// A span of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
}

impl DateRange {
    /// Whether a day lies in the span.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}
