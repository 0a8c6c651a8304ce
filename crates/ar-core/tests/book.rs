//! Opening and configuring a book, recording rates.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake;

use std::collections::BTreeMap;

use ar_core::allocation::Rule;
use ar_core::book::*;
use ar_core::journal::Role;
use ar_core::terms::{Adjust, Convention, Terms};
use ar_core::{Command, Date, Event, Percent, Rate};
use fake::*;

fn open(base: &str, settings: Vec<Setting>) -> Command {
    Command::OpenBook(OpenBook { base: currency(base), settings })
}

fn tax(code: &str, percent: &str, kind: TaxKind) -> Setting {
    Setting::Tax(Tax::of(id(code), Percent::parse(percent).unwrap(), kind))
}

fn series(name: &str, prefix: &str, year: YearPrefix, width: u8, first: u32) -> Setting {
    Setting::Series(Series { id: id(name), prefix: id(prefix), year, width, first, chronological: true })
}

fn nothing_changed(events: &[Event]) -> bool {
    matches!(events, [Event::NothingChanged { .. }])
}

#[test]
fn opening_a_book_records_every_setting_in_force() {
    let mut fake = Fake::default();
    let events = fake.run(open("EUR", vec![tax("S19", "19", TaxKind::Standard)])).unwrap();
    let [Event::BookOpened(opened)] = events.as_slice() else { panic!("{events:?}") };
    let mut expected = BookConfig::standard(currency("EUR"));
    expected.set(&tax("S19", "19", TaxKind::Standard));
    assert_eq!(opened.settings, expected.settings());
    assert_eq!(fake.config, Some(expected));
}

#[test]
fn opening_again_changes_nothing_unless_it_asks_for_something_else() {
    let settings = vec![tax("S19", "19", TaxKind::Standard)];
    let mut fake = Fake::open(settings.clone());
    assert!(nothing_changed(&fake.run(open("EUR", settings.clone())).unwrap()));
    let reason = Setting::Reason(Reason {
        code: id("DAMAGE"),
        text: text("damaged goods"),
        customer_codes: vec![],
        owner: None,
        valid_days: None,
        tax_relief: false,
        counts_for_credit: true,
        counts_for_dunning: true,
        against_allowance: false,
    });
    fake.run(Command::Configure(reason.clone())).unwrap();
    assert!(nothing_changed(&fake.run(open("EUR", settings)).unwrap()), "a set-up script runs twice");
    assert!(nothing_changed(&fake.run(Command::Configure(reason)).unwrap()));
    assert_eq!(fake.refused(open("USD", vec![])), "book.exists");
    assert_eq!(fake.refused(open("EUR", vec![tax("S7", "7", TaxKind::Standard)])), "book.exists");
}

#[test]
fn a_setting_given_twice_at_opening_is_refused() {
    let twice = vec![tax("S19", "19", TaxKind::Standard), tax("S19", "16", TaxKind::Standard)];
    assert_eq!(Fake::default().refused(open("EUR", twice)), "setting.invalid");
}

#[test]
fn settings_refer_to_each_other_in_any_order_at_opening() {
    let adjust = Adjust { calendar: id("OURS"), convention: Convention::Following };
    let terms = Terms { adjust: Some(adjust), ..Terms::net(30) };
    let settings = vec![
        Setting::Terms { id: id("N30"), terms },
        Setting::Calendar { id: id("OURS"), calendar: Calendar::default() },
    ];
    Fake::open(settings.clone());
    assert_eq!(Fake::default().refused(open("EUR", settings[..1].to_vec())), "calendar.unknown");
}

#[test]
fn configuring_counts_versions() {
    let mut fake = Fake::open(vec![]);
    for n in 1_u32..=3 {
        fake.run(Command::Configure(tax(&format!("T{n}"), "19", TaxKind::Standard))).unwrap();
        assert_eq!(fake.config.as_ref().unwrap().version, n + 1);
    }
}

/// Settings that are refused, each for one reason.
fn bad_settings() -> Vec<(Setting, &'static str)> {
    let policies = |change: fn(&mut Policies)| {
        let mut policies = Policies::default();
        change(&mut policies);
        Setting::Policies(Box::new(policies))
    };
    let periods = Periods { open_from: date("2024-02-01"), open_to: date("2024-01-31") };
    let mut no_tax = Chart::standard();
    no_tax.rules.retain(|rule| rule.role != Role::Tax);
    let mut shared_control = Chart::standard();
    let receivable = shared_control.rules[0].code.clone();
    shared_control.rules[4].code = receivable;
    let mut twice = Chart::standard();
    twice.rules.push(ChartRule { code: id("1201"), ..twice.rules[0].clone() });
    vec![
        (Setting::Periods(periods), "setting.invalid"),
        (Setting::Chart(no_tax), "chart.no_account"),
        (Setting::Chart(shared_control), "setting.invalid"),
        (Setting::Chart(twice), "setting.invalid"),
        (tax("EX", "19", TaxKind::Exempt), "setting.invalid"),
        (tax("RC", "0.1", TaxKind::ReverseCharge), "setting.invalid"),
        (series("X", "X-", YearPrefix::None, 0, 1), "setting.invalid"),
        (series("X", "X-", YearPrefix::None, 13, 1), "setting.invalid"),
        (series("X", "X-", YearPrefix::None, 3, 1_000), "setting.invalid"),
        (series("X", "X-", YearPrefix::None, 3, 0), "setting.invalid"),
        (series("X", "INV-", YearPrefix::Year, 5, 1), "setting.invalid"),
        (series("X", "INV-2026-", YearPrefix::None, 5, 1), "setting.invalid"),
        (Setting::Terms { id: id("X"), terms: Terms::net(3_651) }, "terms.out_of_range"),
        (policies(|p| p.default_terms = Terms::net(3_651)), "terms.out_of_range"),
        (policies(|p| p.rate_age_days_max = 3_651), "setting.invalid"),
        (policies(|p| p.attended = vec![Rule::References; 2]), "setting.invalid"),
        (policies(|p| p.unattended = vec![Rule::References; 17]), "input.too_many"),
        (policies(|p| p.under_tolerance = Some(tolerance("JPY", "0.5"))), "amount.too_many_decimals"),
        (policies(|p| p.over_tolerance = Some(tolerance("EUR", "-0.01"))), "setting.invalid"),
    ]
}

fn tolerance(code: &str, limit: &str) -> Tolerance {
    Tolerance { amounts: BTreeMap::from([(currency(code), amount(limit))]), percent: None, pooled: false }
}

#[test]
fn a_bad_setting_is_refused_at_opening_and_later() {
    for (setting, code) in bad_settings() {
        assert_eq!(Fake::default().refused(open("EUR", vec![setting.clone()])), code, "{setting:?}");
        assert_eq!(Fake::open(vec![]).refused(Command::Configure(setting.clone())), code, "{setting:?}");
    }
}

#[test]
fn what_issued_documents_rely_on_does_not_change_under_them() {
    let mut fake = Fake::open(vec![tax("S19", "19", TaxKind::Standard)]);
    for changed in [
        tax("S19", "16", TaxKind::Standard),
        tax("S19", "0", TaxKind::Exempt),
        series("INV", "RE-", YearPrefix::Year, 5, 1),
        series("INV", "INV-", YearPrefix::None, 5, 1),
        series("INV", "INV-", YearPrefix::Year, 6, 1),
        series("INV", "INV-", YearPrefix::Year, 5, 2),
    ] {
        assert_eq!(fake.refused(Command::Configure(changed)), "master.in_use");
    }
    let Setting::Series(kept) = series("INV", "INV-", YearPrefix::Year, 5, 1) else { panic!() };
    fake.run(Command::Configure(Setting::Series(Series { chronological: false, ..kept }))).unwrap();
    fake.run(Command::Configure(series("RE", "RE-", YearPrefix::Year, 5, 1))).unwrap();
}

#[test]
fn inv_18_two_series_that_may_give_one_number_are_refused_and_others_are_not() {
    let mut fake = Fake::open(vec![series("A", "A", YearPrefix::None, 6, 1)]);
    let cases = [
        (series("B", "A", YearPrefix::None, 6, 1), false),
        (series("B", "A1", YearPrefix::None, 5, 1), false),
        (series("B", "A", YearPrefix::None, 5, 1), true),
        (series("B", "AB", YearPrefix::None, 5, 1), true),
        (series("B", "A-", YearPrefix::None, 5, 1), true),
    ];
    // Control: comparing prefixes alone would let 100000 of A and 00000 of A1 both be A100000.
    let prefixes_differ = |(setting, _): &(Setting, bool)| matches!(setting, Setting::Series(series) if series.prefix.as_str() != "A");
    assert!(cases.iter().any(|case| prefixes_differ(case) && !case.1));
    for (n, (setting, fine)) in cases.into_iter().enumerate() {
        let Setting::Series(series) = setting else { panic!() };
        let setting = Setting::Series(Series { id: id(&format!("B{n}")), ..series });
        assert_eq!(fake.run(Command::Configure(setting.clone())).is_ok(), fine, "{setting:?}");
    }
}

fn rate(code: &str, day: &str, rate: &str) -> Command {
    let (date, rate) = (Date::parse(day).unwrap(), Rate::parse(rate).unwrap());
    Command::RecordRate(RecordRate { currency: currency(code), date, rate, source: text("ECB") })
}

#[test]
fn rates_are_recorded_once_and_inside_the_band() {
    let band = Policies { rate_band: Some(Percent::parse("5").unwrap()), ..Policies::default() };
    let mut fake = Fake::open(vec![Setting::Policies(Box::new(band))]);
    fake.run(rate("USD", "2024-01-02", "0.90")).unwrap();
    assert!(nothing_changed(&fake.run(rate("USD", "2024-01-02", "0.9")).unwrap()));
    fake.run(rate("USD", "2024-01-03", "0.945")).unwrap();
    assert_eq!(fake.refused(rate("USD", "2024-01-03", "0.89")), "rate.out_of_band");
    assert_eq!(fake.refused(rate("USD", "2024-01-04", "1.11")), "rate.out_of_band", "inverted");
    fake.run(rate("USD", "2024-01-04", "0.99225")).unwrap();
    assert_eq!(fake.refused(rate("USD", "2024-01-05", "1.04186251")), "rate.out_of_band");
    fake.run(rate("USD", "2024-01-05", "1.0418625")).unwrap();
    assert_eq!(fake.refused(rate("EUR", "2024-01-02", "1")), "setting.invalid");
    assert_eq!(fake.refused(rate("HRK", "2024-01-02", "0.13")), "currency.not_active_on_date");
}

#[test]
fn what_a_reason_counts_for_is_told_only_where_it_does_not_and_nothing_else_is_read() {
    let read = |fields: &str| {
        let text = format!(r#"{{"code":"DAMAGE","text":"goods damaged"{fields}}}"#);
        serde_json::from_str::<Reason>(&text).map(|reason| (reason.clone(), text))
    };
    let (plain, text) = read("").unwrap();
    assert!(plain.counts_for_credit && plain.counts_for_dunning);
    assert_eq!(serde_json::to_string(&plain).unwrap(), text);
    let (told, _) = read(r#","counts_for_credit":true,"counts_for_dunning":true"#).unwrap();
    assert_eq!(told, plain, "what is so by default may be said, and is not kept");
    let (partly, text) = read(r#","counts_for_credit":false"#).unwrap();
    assert_eq!(partly.counts(), Counts { credit: false, dunning: true });
    assert_eq!(serde_json::to_string(&partly).unwrap(), text);
    let wrong = [
        r#","counts_for_credit":"no""#,
        r#","counts_for_credit":0"#,
        r#","counts_for_dunning":null"#,
        r#","counts_in_credit":false"#,
        r#","counts_for_credit":false,"counts_for_credit":true"#,
    ];
    for fields in wrong {
        assert!(read(fields).is_err(), "{fields}");
    }
}
