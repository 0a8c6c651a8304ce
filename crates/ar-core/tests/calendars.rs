//! The built-in calendars against published dates, and calendars of the book's own (INV-24).
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use ar_core::book::{BookConfig, Calendar, DayName, Setting};
use ar_core::*;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn id(text: &str) -> CalendarId {
    CalendarId::parse(text).unwrap()
}

fn book() -> BookConfig {
    BookConfig::standard(Currency::parse("EUR").unwrap())
}

fn weekday(day: Date) -> bool {
    DayName::of(day) < DayName::Saturday
}

/// The free days of a calendar in a year that are no weekend days.
fn free_weekdays(calendar: &str, year: i32) -> Vec<String> {
    let book = book();
    let calendar = book.calendar(&id(calendar)).unwrap();
    let first = Date::new(year, 1, 1).unwrap();
    (0..366)
        .filter_map(|n| first.add_days(n).ok())
        .filter(|day| day.year() == year && weekday(*day) && !calendar.is_business_day(*day))
        .map(|day| format!("{:02}-{:02}", day.month(), day.day()))
        .collect()
}

#[test]
fn target2_is_closed_on_the_days_the_central_bank_published() {
    let published = [
        (2000, "04-21 04-24 05-01 12-25 12-26"),
        (2001, "01-01 04-13 04-16 05-01 12-25 12-26 12-31"),
        (2008, "01-01 03-21 03-24 05-01 12-25 12-26"),
        (2023, "04-07 04-10 05-01 12-25 12-26"),
        (2024, "01-01 03-29 04-01 05-01 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-01 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-01 12-25"),
    ];
    for (year, days) in published {
        assert_eq!(free_weekdays("TARGET2", year).join(" "), days, "{year}");
    }
}

#[test]
fn the_federal_reserve_banks_are_closed_on_the_days_they_published() {
    let published = [
        // 19 June 2021, 25 December 2021 and 1 January 2022 were Saturdays: open the Friday before.
        (2021, "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25"),
        (2022, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"),
        (2023, "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-23 12-25"),
        (2024, "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25"),
        (2025, "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25"),
        // 4 July 2026 is a Saturday.
        (2026, "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25"),
    ];
    for (year, days) in published {
        assert_eq!(free_weekdays("US-FED", year).join(" "), days, "{year}");
    }
    let book = book();
    let fed = book.calendar(&id("US-FED")).unwrap();
    assert!(fed.is_business_day(date("2026-07-03")), "not moved to the Friday");
    assert!(fed.is_business_day(date("2020-06-19")), "before the law");
}

#[test]
fn inv_24_control_a_calendar_that_moves_saturdays_to_fridays_differs_from_what_was_published() {
    let moved = |year| {
        let mut days: BTreeSet<String> = free_weekdays("US-FED", year).into_iter().collect();
        let independence = Date::new(year, 7, 4).unwrap();
        if DayName::of(independence) == DayName::Saturday {
            days.insert("07-03".to_owned());
        }
        days
    };
    let ours: BTreeSet<String> = free_weekdays("US-FED", 2026).into_iter().collect();
    assert_ne!(moved(2026), ours);
}

/// Easter Sundays by the table of golden numbers and full moons, a computation other than ours.
fn easter_by_lilius(year: i32) -> (u32, u32) {
    let golden = year % 19 + 1;
    let century = year / 100 + 1;
    let skipped = 3 * century / 4 - 12;
    let lunar = (8 * century + 5) / 25 - 5;
    let sunday = 5 * year / 4 - skipped - 10;
    let mut epact = (11 * golden + 20 + lunar - skipped).rem_euclid(30);
    if (epact == 25 && golden > 11) || epact == 24 {
        epact += 1;
    }
    let mut moon = 44 - epact;
    if moon < 21 {
        moon += 30;
    }
    let day = moon + 7 - (sunday + moon) % 7;
    let day = u32::try_from(day).unwrap();
    if day > 31 { (4, day - 31) } else { (3, day) }
}

#[test]
fn easter_agrees_with_another_computation_in_every_year() {
    let book = book();
    let target = book.calendar(&id("TARGET2")).unwrap();
    for year in 2000..=2100 {
        let (month, day) = easter_by_lilius(year);
        let easter = Date::new(year, month, day).unwrap();
        assert_eq!(DayName::of(easter), DayName::Sunday);
        assert!(!target.is_business_day(easter.add_days(-2).unwrap()), "Good Friday {year}");
        assert!(!target.is_business_day(easter.add_days(1).unwrap()), "Easter Monday {year}");
        assert!(target.is_business_day(easter.add_days(-3).unwrap()), "Maundy Thursday {year}");
    }
    assert_eq!(easter_by_lilius(2024), (3, 31));
    assert_eq!(easter_by_lilius(2038), (4, 25));
}

#[test]
fn a_calendar_of_the_book_has_its_own_weekend_and_goes_before_a_built_in_one() {
    let mut book = book();
    let json = r#"{"weekend": ["friday", "saturday"], "holidays": ["2024-04-10"]}"#;
    let gulf: Calendar = serde_json::from_str(json).unwrap();
    book.set(&Setting::Calendar { id: id("GULF"), calendar: gulf });
    let gulf = book.calendar(&id("GULF")).unwrap();
    assert!(gulf.is_business_day(date("2024-04-07")), "a Sunday");
    assert!(!gulf.is_business_day(date("2024-04-05")), "a Friday");
    assert!(!gulf.is_business_day(date("2024-04-10")));
    assert_eq!(gulf.on_or_after(date("2024-04-05")).unwrap(), date("2024-04-07"));
    assert_eq!(gulf.on_or_before(date("2024-04-10")).unwrap(), date("2024-04-09"));

    book.set(&Setting::Calendar { id: id("TARGET2"), calendar: Calendar::default() });
    assert!(book.calendar(&id("TARGET2")).unwrap().is_business_day(date("2024-03-29")));
    assert_eq!(book.calendar(&id("NONE")).unwrap_err().code(), "calendar.unknown");
}

#[test]
fn a_calendar_without_business_days_or_of_absurd_size_is_refused() {
    let json = r#"{"weekend": ["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]}"#;
    let never: Calendar = serde_json::from_str(json).unwrap();
    assert_eq!(never.check().unwrap_err().code(), "setting.invalid");
    let holidays = (0..5_001).map(|n| Date::MIN.add_days(n).unwrap()).collect();
    assert_eq!(Calendar { holidays, ..Calendar::default() }.check().unwrap_err().code(), "input.too_many");
    assert!(serde_json::from_str::<Calendar>(r#"{"weekend": ["Sunday"]}"#).is_err());
}

#[test]
fn a_search_at_the_end_of_the_range_is_refused_not_wrapped() {
    let book = book();
    let target = book.calendar(&id("TARGET2")).unwrap();
    assert_eq!(target.on_or_before(Date::MIN).unwrap_err().code(), "date.out_of_range");
    assert_eq!(target.on_or_after(Date::MAX).unwrap(), Date::MAX, "31 December 2100 is a Friday");
}
