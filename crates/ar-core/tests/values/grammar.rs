//! Decimals, dates, instants and ids: what is read and what is refused.

use super::*;

#[test]
fn decimals_compare_by_value_and_add_without_rounding() {
    assert!(decimal("0.1") < decimal("0.2"));
    assert!(decimal("-1.5") < decimal("-1.25"));
    assert!(decimal("999999999999999999") > decimal("0.000000000001"));
    assert_eq!(decimal("0.1").checked_add(decimal("0.9")).unwrap(), Decimal::ONE);
    assert_eq!(decimal("999999999999999999").checked_add(decimal("0.1")), None, "no lost digits");
    for (text, code) in [
        ("1e5", "decimal.syntax"),
        ("", "decimal.syntax"),
        ("-", "decimal.syntax"),
        ("1.", "decimal.syntax"),
        (".1", "decimal.syntax"),
        ("0.1234567890123", "decimal.out_of_range"),
        ("1234567890123456789", "decimal.out_of_range"),
        ("00000000000000000000000000000000000001", "input.too_long"),
    ] {
        assert_eq!(Decimal::parse(text).unwrap_err().code(), code, "{text}");
    }
    assert_eq!(Percent::parse("100.01").unwrap_err().code(), "percent.out_of_range");
    assert_eq!(Percent::parse("-1").unwrap_err().code(), "percent.out_of_range");
    assert_eq!(Rate::parse("0").unwrap_err().code(), "rate.out_of_band");
    assert_eq!(Rate::parse("-1.1").unwrap_err().code(), "rate.out_of_band");
}

#[test]
fn dates_are_strict_and_in_the_business_range() {
    for (text, code) in [
        ("2026-02-30", "date.invalid"),
        ("2023-02-29", "date.invalid"),
        ("2100-02-29", "date.invalid"),
        ("0000-00-00", "date.invalid"),
        ("2026-13-01", "date.invalid"),
        ("2026-00-10", "date.invalid"),
        ("2026-2-3", "date.syntax"),
        (" 2026-02-03", "date.syntax"),
        ("2026-02-03 ", "date.syntax"),
        ("26-02-03", "date.syntax"),
        ("2026/02/03", "date.syntax"),
        ("+2026-02-3", "date.syntax"),
        ("+12026-02-03", "date.syntax"),
        ("1989-12-31", "date.out_of_range"),
        ("2101-01-01", "date.out_of_range"),
    ] {
        assert_eq!(Date::parse(text).unwrap_err().code(), code, "{text}");
    }
    assert_eq!(Date::parse("2024-02-29").unwrap().to_string(), "2024-02-29");
    assert_eq!(Date::MAX.add_days(1).unwrap_err().code(), "date.out_of_range");
    assert_eq!(Date::MIN.add_days(i32::MIN).unwrap_err().code(), "date.out_of_range");
    assert_eq!(Date::MIN.add_days(2_000_000_000).unwrap_err().code(), "date.out_of_range");
    assert_eq!(Date::MAX.add_months(i32::MAX).unwrap_err().code(), "date.out_of_range");
}

#[test]
fn instants_are_utc_without_leap_seconds() {
    for bad in [
        "2026-01-31T23:59:60Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T10:00:00+01:00",
        "2026-01-31 10:00:00Z",
        "2026-01-31T10:00:00",
        "2026-01-31T10:00:00.1234567Z",
        "2026-01-31T10:00:00.Z",
        "2026-01-31T1:00:00Z",
    ] {
        assert_eq!(Timestamp::parse(bad).unwrap_err().code(), "timestamp.syntax", "{bad}");
    }
    let at = Timestamp::parse("2026-01-31T23:59:59.123456Z").unwrap();
    assert_eq!(at.to_string(), "2026-01-31T23:59:59.123456Z");
    assert_eq!(at.date().unwrap().to_string(), "2026-01-31");
}

#[test]
fn ids_are_short_printable_ascii() {
    for bad in ["", "a b", "a#b", "a\"b", "a\\b", "ä", "a\n", "\u{202e}a", &"x".repeat(65)] {
        assert_eq!(AccountId::parse(bad).unwrap_err().code(), "id.invalid", "{bad:?}");
    }
    for bad in ["INV-1#0", "INV-1#1", "INV-1#02", "INV-1#65536", "INV-1#", "#2", "INV-1#2#3", "INV-1#-2"] {
        assert_eq!(ItemId::parse(bad).unwrap_err().code(), "id.invalid", "{bad}");
    }
    assert_eq!(ItemId::parse("INV-1#65535").unwrap().part(), 65_535);
    let key = serde_json::from_str::<CommandId>("\"a\\u0001b\"").unwrap_err().to_string();
    assert!(key.contains("idempotency.key_invalid"), "{key}");
}
