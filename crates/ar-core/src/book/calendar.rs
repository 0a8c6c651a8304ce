//! Business-day calendars: which days a due date may fall on (INV-24).
//!
//! A calendar is a value of the book's settings, or one of two that every book has and that follow
//! from rules for every year of the business range.

use chrono::Weekday;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::BookConfig;
use crate::rejection::Rejection;
use crate::values::*;

/// Names of calendars every book has: the settlement days of TARGET2 and of the US Federal Reserve
/// Banks. A calendar of the book with the same name goes before them.
pub const BUILT_IN_CALENDARS: [&str; 2] = ["TARGET2", "US-FED"];

/// Most holidays in one calendar.
pub const HOLIDAYS_MAX: usize = 5_000;

/// Most days looked at for a business day. A calendar with a longer run of free days is refused
/// where it matters.
const SEARCH_DAYS_MAX: i32 = 60;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayName {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl DayName {
    /// The day of the week of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        match date.weekday() {
            Weekday::Mon => Self::Monday,
            Weekday::Tue => Self::Tuesday,
            Weekday::Wed => Self::Wednesday,
            Weekday::Thu => Self::Thursday,
            Weekday::Fri => Self::Friday,
            Weekday::Sat => Self::Saturday,
            Weekday::Sun => Self::Sunday,
        }
    }
}

/// A business-day calendar: which days of the week are free, and which dates beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Free days of the week; absent means Saturday and Sunday.
    #[serde(default = "saturday_and_sunday")]
    pub weekend: BTreeSet<DayName>,
    /// Holidays beside them.
    #[serde(default)]
    pub holidays: BTreeSet<Date>,
}

fn saturday_and_sunday() -> BTreeSet<DayName> {
    BTreeSet::from([DayName::Saturday, DayName::Sunday])
}

impl Default for Calendar {
    fn default() -> Self {
        Self { weekend: saturday_and_sunday(), holidays: BTreeSet::new() }
    }
}

impl Calendar {
    /// Checks that the calendar has business days at all and is of reasonable size.
    ///
    /// # Errors
    /// `setting.invalid`, `input.too_many`.
    pub fn check(&self) -> Result<(), Rejection> {
        if self.weekend.len() >= 7 {
            return Err(Rejection::SettingInvalid {
                setting: "calendar",
                problem: "every day of the week is free; leave at least one business day".to_owned(),
            });
        }
        if self.holidays.len() > HOLIDAYS_MAX {
            return Err(Rejection::TooManyEntries {
                what: "holidays",
                given: self.holidays.len(),
                max: HOLIDAYS_MAX,
            });
        }
        Ok(())
    }
}

/// A calendar as it is asked: one of the book's or one that every book has.
#[derive(Clone, Copy, Debug)]
pub enum CalendarRef<'a> {
    /// A calendar of the book's settings.
    Custom(&'a Calendar),
    /// TARGET2: euro settlement.
    Target2,
    /// The US Federal Reserve Banks.
    UsFed,
}

impl BookConfig {
    /// The calendar of a name: the book's own first, then the built-in ones.
    ///
    /// ```
    /// use ar_core::book::BookConfig;
    /// use ar_core::{CalendarId, Currency, Date};
    /// let book = BookConfig::standard(Currency::parse("EUR")?);
    /// let calendar = book.calendar(&CalendarId::parse("TARGET2")?).unwrap();
    /// assert!(!calendar.is_business_day(Date::parse("2024-03-29")?), "Good Friday");
    /// assert!(calendar.is_business_day(Date::parse("2024-04-02")?));
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// `calendar.unknown`.
    pub fn calendar(&self, id: &CalendarId) -> Result<CalendarRef<'_>, Rejection> {
        if let Some(calendar) = self.calendars.get(id) {
            return Ok(CalendarRef::Custom(calendar));
        }
        match id.as_str() {
            "TARGET2" => Ok(CalendarRef::Target2),
            "US-FED" => Ok(CalendarRef::UsFed),
            _ => Err(Rejection::CalendarUnknown { calendar: id.clone() }),
        }
    }
}

impl CalendarRef<'_> {
    /// Whether a day is neither a weekend day nor a holiday.
    #[must_use]
    pub fn is_business_day(self, date: Date) -> bool {
        let weekday = DayName::of(date);
        match self {
            Self::Custom(calendar) => {
                !calendar.weekend.contains(&weekday) && !calendar.holidays.contains(&date)
            }
            Self::Target2 => weekday < DayName::Saturday && !is_target2_holiday(date),
            Self::UsFed => weekday < DayName::Saturday && !is_fed_holiday(date, weekday),
        }
    }

    /// The day itself or the next business day.
    ///
    /// # Errors
    /// `setting.invalid` when none lies within 60 days, `date.out_of_range`.
    pub fn on_or_after(self, date: Date) -> Result<Date, Rejection> {
        self.search(date, 1)
    }

    /// The day itself or the business day before it.
    ///
    /// # Errors
    /// `setting.invalid` when none lies within 60 days, `date.out_of_range`.
    pub fn on_or_before(self, date: Date) -> Result<Date, Rejection> {
        self.search(date, -1)
    }

    fn search(self, date: Date, step: i32) -> Result<Date, Rejection> {
        for distance in 0..=SEARCH_DAYS_MAX {
            let day = date
                .add_days(distance.saturating_mul(step))
                .map_err(|e| Rejection::value("business day", &e))?;
            if self.is_business_day(day) {
                return Ok(day);
            }
        }
        Err(Rejection::SettingInvalid {
            setting: "calendar",
            problem: format!("no business day within {SEARCH_DAYS_MAX} days of {date}; correct the holidays"),
        })
    }
}

/// Closing days of TARGET and TARGET2. The set of six has been in force since 2000; before it only
/// New Year's Day and Christmas Day were free. The last days of 1999 and 2001 were closed for the
/// change of the millennium and of the cash.
fn is_target2_holiday(date: Date) -> bool {
    let full = date.year() >= 2000;
    match (date.month(), date.day()) {
        (1, 1) | (12, 25) => true,
        (5, 1) | (12, 26) => full,
        (12, 31) => matches!(date.year(), 1998 | 1999 | 2001),
        _ => full && matches!(days_from_easter(date), Some(-2 | 1)),
    }
}

/// Holidays of the Federal Reserve Banks. One that falls on a Sunday is kept on Monday; one that
/// falls on a Saturday is not moved: the banks are open on the Friday before.
fn is_fed_holiday(date: Date, weekday: DayName) -> bool {
    let nth = match (date.month(), weekday, date.day()) {
        (1 | 2, DayName::Monday, 15..=21) => true, // Martin Luther King, Presidents
        (5, DayName::Monday, 25..=31) => true,     // Memorial Day
        (9, DayName::Monday, 1..=7) => true,       // Labor Day
        (10, DayName::Monday, 8..=14) => true,     // Columbus Day
        (11, DayName::Thursday, 22..=28) => true,  // Thanksgiving
        _ => false,
    };
    let moved = || weekday == DayName::Monday && date.add_days(-1).is_ok_and(is_fixed_fed_holiday);
    nth || is_fixed_fed_holiday(date) || moved()
}

fn is_fixed_fed_holiday(date: Date) -> bool {
    match (date.month(), date.day()) {
        (1, 1) | (7, 4) | (11, 11) | (12, 25) => true,
        // Juneteenth: law since June 2021; that year's 19th was a Saturday.
        (6, 19) => date.year() >= 2021,
        _ => false,
    }
}

/// Days from Easter Sunday of the date's year.
fn days_from_easter(date: Date) -> Option<i32> {
    Some(easter(date.year())?.days_until(date))
}

/// Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher. Its
/// letters are kept so that it can be compared with the literature; every intermediate value is
/// below 700 for the years of the business range.
fn easter(year: i32) -> Option<Date> {
    let a = year.checked_rem(19)?;
    let (b, c) = (year.checked_div(100)?, year.checked_rem(100)?);
    let (d, e) = (b.checked_div(4)?, b.checked_rem(4)?);
    let f = b.checked_add(8)?.checked_div(25)?;
    let g = b.checked_sub(f)?.checked_add(1)?.checked_div(3)?;
    let golden = a.checked_mul(19)?.checked_add(b)?.checked_add(15)?;
    let h = golden.checked_sub(d)?.checked_sub(g)?.checked_rem(30)?;
    let (i, k) = (c.checked_div(4)?, c.checked_rem(4)?);
    let sunday = e.checked_add(i)?.checked_mul(2)?.checked_add(32)?;
    let l = sunday.checked_sub(h)?.checked_sub(k)?.checked_rem(7)?;
    let late = h.checked_mul(11)?.checked_add(a)?.checked_add(l.checked_mul(22)?)?;
    let m = late.checked_div(451)?;
    let n = h.checked_add(l)?.checked_add(114)?.checked_sub(m.checked_mul(7)?)?;
    let month = u32::try_from(n.checked_div(31)?).ok()?;
    let day = u32::try_from(n.checked_rem(31)?.checked_add(1)?).ok()?;
    Date::new(year, month, day).ok()
}
