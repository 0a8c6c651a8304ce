//! Days as columns keep them: two bytes each.

use crate::values::Date;

/// Day number of 1990-01-01, counted from 1970-01-01.
const FIRST: i32 = 7_305;

/// A date as the number of days since 1990-01-01. The business range has 40,542 of them.
///
/// ```
/// use ar_core::{Date, query::Day};
/// let leap = Date::parse("2024-02-29")?;
/// assert_eq!(Day::from(leap).date(), leap);
/// assert!(Day::from(Date::MIN) < Day::from(leap));
/// assert_eq!(Day::from(Date::MAX), Day::MAX);
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(u16);

impl Day {
    /// 2100-12-31.
    pub const MAX: Self = Self(40_541);

    /// Days since 1990-01-01.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> Date {
        Date::from_day_number(FIRST.saturating_add(i32::from(self.0))).unwrap_or(Date::MAX)
    }

    /// The place of this day in a table of days.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Days from this one to another; negative when the other is earlier.
    #[must_use]
    pub fn days_until(self, other: Self) -> i32 {
        i32::from(other.0).saturating_sub(i32::from(self.0))
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(u16::try_from(date.day_number().saturating_sub(FIRST)).unwrap_or(u16::MAX))
    }
}

impl From<Day> for Date {
    fn from(day: Day) -> Self {
        day.date()
    }
}
