//! Interest against published worked examples, and its additivity (INV-46). Each figure names where it
//! was published.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use ar_core::charges::*;
use ar_core::*;
use proptest::prelude::*;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn money(text: &str, currency: &str) -> Money {
    Amount::parse(text).unwrap().in_currency(Currency::parse(currency).unwrap()).unwrap()
}

fn percent(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn yearly(rate: &str) -> ChargePolicy {
    ChargePolicy::yearly(ChargePolicyId::parse("P").unwrap(), Rates::Fixed(percent(rate)))
}

fn debt(original: Money, due: &str) -> Debt {
    Debt { original, due: day(due), moves: Vec::new() }
}

/// The interest of a debt up to a day, rounded.
fn charged(debt: &Debt, policy: &ChargePolicy, tables: &RateTables, through: &str) -> String {
    let segments = accrue(debt, policy, tables, None, day(through)).unwrap();
    let minor = exact(&segments).unwrap().round(Rounding::HalfAwayFromZero).unwrap();
    Money::new(minor, debt.original.currency()).unwrap().amount().to_string()
}

fn none() -> RateTables {
    RateTables::new()
}

fn table(id: &str, rates: &[(&str, &str)]) -> RateTables {
    let rate =
        |(from, rate): &(&str, &str)| DatedRate { from: day(from), percent: percent(rate), source: None };
    let id = RateTableId::parse(id).unwrap();
    RateTables::from([(id.clone(), RateTable { id, rates: rates.iter().map(rate).collect() })])
}

fn uk(split: bool) -> ChargePolicy {
    ChargePolicy::uk_act(ChargePolicyId::parse("UK").unwrap(), RateTableId::parse("BOE").unwrap(), split)
}

/// Starts, ends and days by bond basis (30/360) and by Eurobond basis (30E/360): the examples that
/// ISDA published (<https://www.isda.org/2008/12/22/30-360-day-count-conventions/>), as the tests of
/// QuantLib cite them (github.com/lballabio/QuantLib, test-suite/daycounters.cpp).
const ISDA_BOND: [(&str, &str, i64); 20] = [
    ("2006-08-20", "2007-02-20", 180),
    ("2007-02-20", "2007-08-20", 180),
    ("2007-08-20", "2008-02-20", 180),
    ("2008-02-20", "2008-08-20", 180),
    ("2006-08-31", "2007-02-28", 178),
    ("2007-02-28", "2007-08-31", 183),
    ("2007-08-31", "2008-02-29", 179),
    ("2008-02-29", "2008-08-31", 182),
    ("2008-08-31", "2009-02-28", 178),
    ("2009-02-28", "2009-08-31", 183),
    ("2006-01-31", "2006-02-28", 28),
    ("2006-01-30", "2006-02-28", 28),
    ("2006-02-28", "2006-03-03", 5),
    ("2006-02-14", "2006-02-28", 14),
    ("2006-09-30", "2006-10-31", 30),
    ("2006-10-31", "2006-11-28", 28),
    ("2007-08-31", "2008-02-28", 178),
    ("2008-02-28", "2008-08-28", 180),
    ("2008-02-28", "2008-08-30", 182),
    ("2007-02-26", "2008-02-28", 362),
];
const ISDA_EUROBOND: [(&str, &str, i64); 12] = [
    ("2006-08-20", "2007-02-20", 180),
    ("2006-02-28", "2006-08-31", 182),
    ("2006-08-31", "2007-02-28", 178),
    ("2007-02-28", "2007-08-31", 182),
    ("2007-08-31", "2008-02-29", 179),
    ("2008-02-29", "2008-08-31", 181),
    ("2008-08-31", "2009-02-28", 178),
    ("2009-02-28", "2009-08-31", 182),
    ("2009-08-31", "2010-02-28", 178),
    ("2010-02-28", "2010-08-31", 182),
    ("2011-02-28", "2011-08-31", 182),
    ("2011-08-31", "2012-02-29", 179),
];
/// The same source, `testThirty360_USA`: from the end of February counts as from a 30th.
const US: [(&str, &str, i64); 7] = [
    ("2006-08-20", "2007-02-20", 180),
    ("2006-08-31", "2007-02-28", 178),
    ("2007-08-31", "2008-02-29", 179),
    ("2008-02-28", "2008-08-31", 183),
    ("2008-02-28", "2008-08-30", 182),
    ("2008-02-29", "2009-02-28", 360),
    ("2006-02-28", "2006-03-03", 3),
];

#[test]
fn days_of_thirty_are_those_that_isda_and_quantlib_published() {
    let check = |rule: DayCount, examples: &[(&str, &str, i64)]| {
        for (from, to, days) in examples {
            assert_eq!(rule.days(day(from), day(to)), [*days, 0], "{rule:?} {from} {to}");
        }
    };
    check(DayCount::Thirty360, &ISDA_BOND);
    check(DayCount::ThirtyE360, &ISDA_EUROBOND);
    check(DayCount::Thirty360Us, &US);
}

#[test]
fn actual_days_of_ordinary_and_leap_years_are_apart_as_isda_shows() {
    // ISDA, "EMU and market conventions" (1998), as QuantLib's testActualActual cites it: 1 November
    // 2003 to 1 May 2004 is 61/365 + 121/366.
    assert_eq!(DayCount::ActualActual.days(day("2003-11-01"), day("2004-05-01")), [61, 121]);
    // And 1 February 1999 to 1 July 1999 is 150/365, to 1 July 2000 in all 334/365 + 182/366.
    assert_eq!(DayCount::ActualActual.days(day("1999-02-01"), day("1999-07-01")), [150, 0]);
    assert_eq!(DayCount::ActualActual.days(day("1999-02-01"), day("2000-07-01")), [334, 182]);
}

#[test]
fn statutory_interest_comes_to_the_published_figures() {
    let boe = |rate| table("BOE", &[("1990-01-01", rate)]);
    let owed = |amount, due, through, rate| {
        let debt = debt(money(amount, "GBP"), due);
        let fixed = fixed_sum(&debt, &uk(false)).unwrap().unwrap().amount().to_string();
        (charged(&debt, &uk(false), &boe(rate), through), fixed)
    };
    let pounds = |interest: &str, fixed: &str| (interest.to_owned(), fixed.to_owned());
    // https://toolfy.io/blog/statutory-interest-calculator-late-payment-uk: 2,000 at 8 + 5.25 for 45
    // days; it prints 32.66, since it rounds 45/365 to 0.1233 on the way.
    assert_eq!(owed("2000.00", "2024-05-01", "2024-06-15", "5.25"), pounds("32.67", "70.00"));
    // https://www.garfield.law/tools/late-payment-interest-calculator: 5,000 at 12 % for 90 days.
    assert_eq!(owed("5000.00", "2025-01-01", "2025-04-01", "4"), pounds("147.95", "70.00"));
    // https://tools.gera.services/late-payment-interest-calculator: 12,000 at 13 % for 90 days,
    // "about 4.27 a day, roughly 384", and 100.
    assert_eq!(owed("12000.00", "2025-01-01", "2025-04-01", "5"), pounds("384.66", "100.00"));
    // https://support.paidnice.com/en/articles/11600906: 5,000 at 12.25 % for 101 days; it prints
    // 169.68, since it rounds the day to 1.68.
    assert_eq!(owed("5000.00", "2025-01-01", "2025-04-12", "4.25"), pounds("169.49", "70.00"));
    // https://statutory-interest.pages.dev: 1,000 at 8.5 % is 85 a year.
    assert_eq!(owed("1000.00", "2025-01-01", "2026-01-01", "0.5"), pounds("85.00", "70.00"));
}

#[test]
fn day_counts_give_each_its_own_interest() {
    let of = |rule, through| {
        let policy = ChargePolicy { day_count: rule, ..yearly("9") };
        charged(&debt(money("36500.00", "USD"), "2024-07-01"), &policy, &none(), through)
    };
    // 31 days, or a month of 30.
    assert_eq!(of(DayCount::Actual360, "2024-08-01"), "282.88");
    assert_eq!(of(DayCount::Actual365, "2024-08-01"), "279.00");
    assert_eq!(of(DayCount::ActualActual, "2024-08-01"), "278.24");
    assert_eq!(of(DayCount::Thirty360, "2024-08-01"), "273.75");
    assert_eq!(of(DayCount::ThirtyE360, "2024-08-01"), "273.75");
    assert_eq!(of(DayCount::Thirty360Us, "2024-08-01"), "273.75");
}

#[test]
fn the_rate_of_a_debt_follows_the_rule_of_its_statute() {
    let tables = table("BOE", &[("2022-12-31", "3.50"), ("2023-06-30", "5.00"), ("2023-12-31", "5.25")]);
    let rates = |policy: &ChargePolicy, due: &str| -> Vec<String> {
        let segments = accrue(&debt(money("1000.00", "GBP"), due), policy, &tables, None, day("2024-07-15"));
        segments.unwrap().into_iter().filter_map(|s| s.percent).map(|p| p.to_string()).collect()
    };
    // SI 2002/1675, article 4: interest that starts on 1 January takes the rate of 31 December.
    assert_eq!(rates(&uk(false), "2023-12-31"), ["13.25"]);
    assert_eq!(rates(&uk(false), "2023-12-30"), ["13"]);
    assert_eq!(rates(&uk(true), "2023-06-30"), ["13", "13.25"]);
    // Directive 2011/7/EU, article 2(7): the rate of 1 January for the first half-year.
    let id = ChargePolicyId::parse("EU").unwrap();
    let eu = ChargePolicy::eu_directive(id, RateTableId::parse("BOE").unwrap());
    assert_eq!(rates(&eu, "2023-06-29"), ["11.5", "13", "13.25"]);
    let late = debt(money("1.00", "GBP"), "2022-12-30");
    let missing = accrue(&late, &uk(false), &tables, None, day("2023-02-01")).unwrap_err();
    assert_eq!(missing.code(), "charge.rate_missing");
}

#[test]
fn grace_and_the_last_day_are_a_matter_of_policy() {
    let paid =
        Debt { moves: vec![(day("2026-02-10"), -36_500)], ..debt(money("365.00", "EUR"), "2026-01-31") };
    let of = |policy: &ChargePolicy| charged(&paid, policy, &none(), "2026-03-31");
    // One percent a day makes the days legible: 365.00 at 100 % is 1.00 a day.
    assert_eq!(of(&yearly("100")), "10.00");
    assert_eq!(of(&ChargePolicy { last_day: LastDay::Excluded, ..yearly("100") }), "9.00");
    let grace = |days, then| ChargePolicy { grace: Grace { days, then }, ..yearly("100") };
    assert_eq!(of(&grace(5, AfterGrace::FromDue)), "10.00");
    assert_eq!(of(&grace(5, AfterGrace::FromGrace)), "5.00");
    assert_eq!(of(&grace(10, AfterGrace::FromDue)), "0.00");
    let fixed = ChargePolicy {
        currency: Some(Currency::parse("EUR").unwrap()),
        fixed_sums: vec![FixedSum {
            from: Amount::parse("0").unwrap(),
            amount: Amount::parse("40").unwrap(),
        }],
        ..grace(10, AfterGrace::FromDue)
    };
    assert_eq!(fixed_sum(&paid, &fixed).unwrap(), None, "settled within the days of grace");
}

#[test]
fn bands_by_day_and_amount_apply_to_the_day_they_name() {
    let band = |amount: Option<&str>, days, rate| Band {
        amount: amount.map(|text| Amount::parse(text).unwrap()),
        days,
        ..Band::percent(percent(rate))
    };
    let of = |bands: Vec<Band>, mode| ChargePolicy {
        interest: Interest::Rate { per: Per::Year, rates: Rates::Bands { bands, mode } },
        currency: Some(Currency::parse("EUR").unwrap()),
        ..yearly("0")
    };
    let debt = debt(money("3650.00", "EUR"), "2026-01-31");
    // 10.00 a day at 100 %; from day 11 on twice as much.
    let by_day = of(vec![band(None, 0, "100"), band(None, 11, "200")], BandMode::Whole);
    assert_eq!(charged(&debt, &by_day, &none(), "2026-02-12"), "140.00");
    let by_amount = |mode| of(vec![band(None, 0, "100"), band(Some("1825.00"), 0, "200")], mode);
    assert_eq!(charged(&debt, &by_amount(BandMode::Whole), &none(), "2026-02-01"), "20.00");
    assert_eq!(charged(&debt, &by_amount(BandMode::Slices), &none(), "2026-02-01"), "15.00");
    assert!(by_day.check().is_ok() && by_amount(BandMode::Slices).check().is_ok());
}

#[test]
fn inv_46_interest_rounded_by_the_day_would_turn_to_nothing_and_is_seen() {
    // Negative control: 0.4 cent a day. Rounded by the day it never becomes a cent.
    let debt = debt(money("15.00", "EUR"), "2025-12-31");
    let segments = accrue(&debt, &yearly("9.75"), &none(), None, day("2026-12-31")).unwrap();
    assert_eq!(exact(&segments).unwrap().round(Rounding::HalfAwayFromZero), Some(146));
    let by_day: i64 = (0..365)
        .map(|n| {
            let from = day("2025-12-31").add_days(n).unwrap();
            let one = accrue(&debt, &yearly("9.75"), &none(), Some(from), from.add_days(1).unwrap()).unwrap();
            exact(&one).unwrap().round(Rounding::HalfAwayFromZero).unwrap()
        })
        .sum();
    assert_eq!(by_day, 0, "a daily rounding is not what is charged");
}

fn rules() -> impl Strategy<Value = DayCount> {
    prop_oneof![
        Just(DayCount::Actual365),
        Just(DayCount::Actual360),
        Just(DayCount::ActualActual),
        Just(DayCount::Thirty360Us),
        Just(DayCount::Thirty360),
        Just(DayCount::ThirtyE360),
    ]
}

fn rates() -> impl Strategy<Value = (Rates, Per)> {
    let dated = proptest::collection::btree_map(0..900_i32, 0..300_000_i64, 0..4).prop_map(|by_day| {
        let mut rates = vec![DatedRate { from: Date::MIN, percent: percent("7.125"), source: None }];
        rates.extend(by_day.into_iter().map(|(after, rate)| DatedRate {
            from: day("2023-11-01").add_days(after).unwrap(),
            percent: percent(&format!("{}.{:04}", rate / 10_000, rate % 10_000)),
            source: None,
        }));
        Rates::Dated(rates)
    });
    let bands = Rates::Bands {
        bands: vec![
            Band::percent(percent("5")),
            Band { days: 30, ..Band::percent(percent("8.5")) },
            Band { amount: Some(Amount::parse("500").unwrap()), days: 30, ..Band::percent(percent("9")) },
        ],
        mode: BandMode::Slices,
    };
    let reset = prop_oneof![
        Just(Reset::Daily),
        Just(Reset::HalfYear),
        Just(Reset::AtStart),
        Just(Reset::EachHalfYear)
    ];
    let reference = reset.prop_map(|reset| Rates::Reference {
        table: RateTableId::parse("T").unwrap(),
        margin: percent("8"),
        reset,
    });
    let per = prop_oneof![3 => Just(Per::Year), 1 => (1..90_u16).prop_map(Per::Days)];
    (prop_oneof![dated, Just(bands), reference], per)
}

proptest! {
    /// INV-46: interest(a, c) = interest(a, b) + interest(b, c) before rounding, over payments, rate
    /// changes, leap years, every day count, half-years, grace and both kinds of last day.
    #[test]
    fn inv_46_interest_is_additive_over_any_split(
        rule in rules(),
        (rates, per) in rates(),
        due in 0..500_i32,
        moves in proptest::collection::vec((0..700_i32, 1..40_000_i64), 0..5),
        (grace, from_grace, excluded) in (0..20_u16, any::<bool>(), any::<bool>()),
        (split, end) in (0..800_i32, 1..800_i32),
    ) {
        let start = day("2023-11-01");
        let at = |n: i32| start.add_days(n).unwrap();
        let tables = table("T", &[("1990-01-01", "2"), ("2024-01-01", "3.5"), ("2024-09-18", "-0.25"), ("2025-07-01", "4.125")]);
        let policy = ChargePolicy {
            interest: Interest::Rate { per, rates },
            day_count: rule,
            grace: Grace { days: grace, then: if from_grace { AfterGrace::FromGrace } else { AfterGrace::FromDue } },
            last_day: if excluded { LastDay::Excluded } else { LastDay::Included },
            currency: Some(Currency::parse("EUR").unwrap()),
            ..yearly("0")
        };
        prop_assert!(policy.check().is_ok());
        let debt = Debt {
            original: money("1234.56", "EUR"),
            due: at(due),
            moves: moves.iter().map(|(after, minor)| (at(*after), -minor)).collect(),
        };
        let (b, c) = (at(split), at(split + end));
        let sum = |after, through| exact(&accrue(&debt, &policy, &tables, after, through).unwrap()).unwrap();
        let (whole, before, after) = (sum(None, c), sum(None, b), sum(Some(b), c));
        prop_assert_eq!(before.plus(after).unwrap(), whole);
    }

    /// A payment that comes earlier never raises what is owed.
    #[test]
    fn inv_46_an_earlier_payment_costs_no_more(paid in 0..300_i32, sooner in 0..100_i32, minor in 1..100_000_i64) {
        let due = day("2024-01-31");
        let with = |after: i32| Debt { moves: vec![(due.add_days(after).unwrap(), -minor)], ..debt(money("1000.00", "EUR"), "2024-01-31") };
        let owed = |debt: &Debt| {
            let segments = accrue(debt, &yearly("9"), &none(), None, due.add_days(400).unwrap()).unwrap();
            exact(&segments).unwrap().round(Rounding::HalfAwayFromZero).unwrap()
        };
        prop_assert!(owed(&with((paid - sooner).max(0))) <= owed(&with(paid)));
    }
}
