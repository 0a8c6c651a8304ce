//! Dates and instants: one spelling, and every step stays in the business range or is refused
//! (INV-24, INV-41).
#![no_main]

use ar_core::{Date, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, i32)| {
    let (text, step) = input;
    if let Ok(at) = Timestamp::parse(text) {
        assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        at.date().expect("an instant has a date");
    }
    let Ok(date) = Date::parse(text) else { return };
    assert_eq!(date.to_string(), text);
    assert_eq!(Date::from_day_number(date.day_number()), Ok(date));
    assert!(date.end_of_month() >= date);
    if let Ok(later) = date.add_days(step) {
        assert_eq!(date.days_until(later), step);
    }
    if let Ok(month) = date.add_months(step) {
        assert!(month.day() <= date.day());
        assert!((Date::MIN..=Date::MAX).contains(&month));
    }
});
