//! Day counts: which fraction of a year lies between two dates (INV-46).
//!
//! A fraction is counted from one anchor, the day that interest runs from: between `a` and `b` lies
//! what lies up to `b` less what lies up to `a`. So every rule is additive over any split, also
//! 30/360, whose own formula is not.

use serde::{Deserialize, Serialize};

use crate::values::Date;

/// A rule that turns two dates into a fraction of a year. Sources: ISDA 2006 Definitions, section
/// 4.16 (<https://www.isda.org/2008/12/22/30-360-day-count-conventions/>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DayCount {
    /// Calendar days over 365, in leap years too.
    #[default]
    Actual365,
    /// Calendar days over 360.
    Actual360,
    /// Calendar days over the length of the year they lie in (ISDA 4.16 b). A day belongs to the
    /// year in which it begins.
    ActualActual,
    /// Months of 30 days over 360, as US bonds count: the end of February counts as a 30th where
    /// interest runs from it.
    Thirty360Us,
    /// Months of 30 days over 360, bond basis (ISDA 4.16 f).
    Thirty360,
    /// Months of 30 days over 360, Eurobond basis: every 31st is a 30th (ISDA 4.16 g).
    ThirtyE360,
}

impl DayCount {
    /// Days from the first date to the second, apart for years of 365 and of 366 days; the second is
    /// nothing but for [`DayCount::ActualActual`].
    ///
    /// ```
    /// use ar_core::Date;
    /// use ar_core::charges::DayCount;
    /// let day = |text| Date::parse(text).unwrap();
    /// assert_eq!(DayCount::ActualActual.days(day("2003-11-01"), day("2004-05-01")), [61, 121]);
    /// assert_eq!(DayCount::ThirtyE360.days(day("2006-08-31"), day("2007-02-28")), [178, 0]);
    /// ```
    #[must_use]
    pub fn days(self, from: Date, to: Date) -> [i64; 2] {
        match self {
            Self::Actual365 | Self::Actual360 => [i64::from(from.days_until(to)), 0],
            Self::ActualActual => by_length(from, to),
            Self::Thirty360Us | Self::Thirty360 | Self::ThirtyE360 => [self.of_thirty(from, to), 0],
        }
    }

    /// What a year is divided into, for ordinary and for leap years.
    #[must_use]
    pub const fn year(self) -> [u32; 2] {
        match self {
            Self::Actual365 => [365, 365],
            Self::ActualActual => [365, 366],
            Self::Actual360 | Self::Thirty360Us | Self::Thirty360 | Self::ThirtyE360 => [360, 360],
        }
    }

    fn of_thirty(self, from: Date, to: Date) -> i64 {
        let (mut first, mut last) = (i64::from(from.day()), i64::from(to.day()));
        match self {
            Self::ThirtyE360 => (first, last) = (first.min(30), last.min(30)),
            rule => {
                if rule == Self::Thirty360Us && is_end_of_february(from) {
                    if is_end_of_february(to) {
                        last = 30;
                    }
                    first = 30;
                }
                if first >= 30 {
                    (first, last) = (30, last.min(30));
                }
            }
        }
        let months =
            |date: Date| i64::from(date.year()).saturating_mul(12).saturating_add(i64::from(date.month()));
        let whole = months(to).saturating_sub(months(from)).saturating_mul(30);
        whole.saturating_add(last).saturating_sub(first)
    }
}

fn is_end_of_february(date: Date) -> bool {
    date.month() == 2 && date == date.end_of_month()
}

fn is_leap(year: i32) -> bool {
    Date::new(year, 2, 29).is_ok()
}

/// Calendar days apart for ordinary and leap years.
fn by_length(from: Date, to: Date) -> [i64; 2] {
    if to < from {
        return by_length(to, from).map(i64::saturating_neg);
    }
    let mut sums = [0_i64; 2];
    let mut at = from;
    for year in from.year()..=to.year() {
        // The range ends in 2100, whose last year has no next.
        let next = Date::new(year.saturating_add(1), 1, 1).unwrap_or(to).min(to);
        let days = i64::from(at.days_until(next));
        let sum = if is_leap(year) { &mut sums[1] } else { &mut sums[0] };
        *sum = sum.saturating_add(days);
        at = next;
    }
    sums
}
