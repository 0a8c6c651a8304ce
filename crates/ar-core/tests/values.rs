//! Amounts, decimals, currencies, splits and rounding (INV-01 to INV-04, INV-06, INV-07).
//!
//! Every check is a function of the thing checked, so that it runs on the real one and on broken
//! variants, which it must catch.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_arithmetic)]

use ar_core::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Nothing, or the smallest counterexample found.
type Verdict = Result<(), String>;

/// Runs a property on the same 2,000 random cases every time.
fn holds<S: Strategy>(strategy: &S, check: impl Fn(S::Value) -> bool) -> Verdict {
    let config = Config { failure_persistence: None, ..Config::with_cases(2_000) };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let fails = |value| if check(value) { Ok(()) } else { Err(TestCaseError::fail("the property")) };
    TestRunner::new_with_rng(config, rng).run(strategy, fails).map_err(|e| e.to_string())
}

fn proven(verdict: Verdict) -> bool {
    if let Err(counterexample) = &verdict {
        eprintln!("{counterexample}");
    }
    verdict.is_ok()
}

/// A broken variant must be caught by the property and not by a panic on its way there.
fn caught(verdict: Verdict) -> bool {
    verdict.is_err_and(|counterexample| counterexample.contains("the property"))
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn money(text: &str, code: &str) -> Money {
    Amount::parse(text).unwrap().in_currency(currency(code)).unwrap()
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

/// Exponents of ISO 4217, list one.
const EXPONENTS: [(u8, &str); 5] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (2, "AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF INR MXN NOK NZD PLN SEK SGD THB TRY USD ZAR"),
    (
        2,
        "ALL AMD ARS BAM BGN COP CRC EGP HRK IDR ILS IRR KES MGA MRU MYR NGN PEN PHP RON RUB SAR TWD UAH XCD XCG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

#[test]
fn inv_01_every_currency_has_the_exponent_of_iso_4217() {
    for (exponent, codes) in EXPONENTS {
        for code in codes.split(' ') {
            assert_eq!(currency(code).exponent(), exponent, "{code}");
        }
    }
}

#[test]
fn codes_that_are_no_money_are_unknown() {
    for bad in
        ["usd", "Usd", "US$", "US", "USDX", "", "XXX", "XTS", "XAU", "XAG", "XDR", "DEM", "ÜSD", "\0\0\0"]
    {
        assert_eq!(Currency::parse(bad).unwrap_err().code(), "currency.unknown", "{bad:?}");
    }
}

#[test]
fn a_currency_that_left_circulation_is_inactive_from_the_next_day() {
    let day = |text| Date::parse(text).unwrap();
    for (code, last, next) in [
        ("HRK", "2023-01-14", "2023-01-15"),
        ("BGN", "2026-01-31", "2026-02-01"),
        ("CUC", "2021-06-30", "2021-07-01"),
        ("SLL", "2024-03-31", "2024-04-01"),
        ("ZWL", "2024-08-31", "2024-09-01"),
    ] {
        assert!(currency(code).active_on(day(last)), "{code}");
        assert!(!currency(code).active_on(day(next)), "{code}");
    }
    assert!(currency("EUR").active_on(Date::MAX));
}

/// A way to read an amount: minor units, or the code it is refused with.
type Reader = fn(&str, Currency) -> Result<i64, &'static str>;

fn ours(text: &str, currency: Currency) -> Result<i64, &'static str> {
    Amount::parse(text).and_then(|a| a.in_currency(currency)).map(Money::minor).map_err(|e| e.code())
}

/// Texts of digits with 0 to 6 decimals, in a currency of each exponent.
fn amount_texts() -> impl Strategy<Value = (bool, String, String, &'static str)> {
    let code = prop::sample::select(vec!["JPY", "USD", "KWD", "CLF"]);
    (any::<bool>(), "[0-9]{1,12}", "[0-9]{0,6}", code)
}

/// The value is the one written, digit by digit, or it is refused.
fn never_changes_a_value(read: Reader) -> Verdict {
    holds(&amount_texts(), |(negative, whole, fraction, code)| {
        let currency = currency(code);
        let sign = if negative { "-" } else { "" };
        let dot = if fraction.is_empty() { "" } else { "." };
        let text = format!("{sign}{whole}{dot}{fraction}");
        let exponent = usize::from(currency.exponent());
        let written: i128 = format!("{whole}{fraction}").parse().unwrap();
        let expected = if fraction.len() > 4 {
            Err("amount.syntax")
        } else if written > 1_000_000_000_000_000 {
            Err("amount.out_of_range")
        } else if fraction.len() > exponent {
            Err("amount.too_many_decimals")
        } else {
            let digits: i128 = format!("{whole}{fraction:0<exponent$}").parse().unwrap();
            let minor = if negative { -digits } else { digits };
            if digits > 1_000_000_000_000_000 { Err("amount.out_of_range") } else { Ok(minor as i64) }
        };
        read(&text, currency) == expected
    })
}

#[test]
fn inv_01_reading_an_amount_never_changes_its_value() {
    assert!(proven(never_changes_a_value(ours)));
}

#[test]
fn inv_01_control_readers_that_round_cut_or_go_through_floats_are_caught() {
    fn rounding(text: &str, currency: Currency) -> Result<i64, &'static str> {
        ours(text, currency).or_else(|code| {
            if code != "amount.too_many_decimals" {
                return Err(code);
            }
            let unit = 10_f64.powi(i32::from(currency.exponent()));
            Ok((text.parse::<f64>().unwrap() * unit).round() as i64)
        })
    }
    fn cutting(text: &str, currency: Currency) -> Result<i64, &'static str> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let kept: String = fraction.chars().take(usize::from(currency.exponent())).collect();
        if kept.is_empty() { ours(whole, currency) } else { ours(&format!("{whole}.{kept}"), currency) }
    }
    fn floating(text: &str, currency: Currency) -> Result<i64, &'static str> {
        let exact = ours(text, currency)?;
        let unit = 10_f64.powi(i32::from(currency.exponent()));
        let float = (text.parse::<f64>().unwrap() * unit) as i64;
        Ok(if exact == 0 { 0 } else { float })
    }
    assert!(caught(never_changes_a_value(rounding)));
    assert!(caught(never_changes_a_value(cutting)));
    assert!(caught(never_changes_a_value(floating)));
}

#[test]
fn inv_01_printing_and_reading_again_is_the_identity() {
    let any_money =
        (-AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX, prop::sample::select(vec!["JPY", "USD", "KWD", "CLF"]));
    assert!(proven(holds(&any_money, |(minor, code)| {
        let money = Money::new(minor, currency(code)).unwrap();
        let text = money.amount().to_string();
        let json = serde_json::to_string(&money.amount()).unwrap();
        Amount::parse(&text).unwrap().in_currency(currency(code)) == Ok(money)
            && serde_json::from_str::<Amount>(&json).unwrap() == money.amount()
            && serde_json::from_value::<Money>(serde_json::to_value(money).unwrap()).unwrap() == money
    })));
    for minor in [AMOUNT_MINOR_MAX, -AMOUNT_MINOR_MAX, 0, 1, -1] {
        for code in ["JPY", "USD", "KWD", "CLF"] {
            let money = Money::new(minor, currency(code)).unwrap();
            let text = money.amount().to_string();
            assert_eq!(ours(&text, currency(code)), Ok(minor), "{text} {code}");
        }
    }
}

#[test]
fn amounts_outside_the_grammar_are_refused_before_they_are_read() {
    let cases = [
        ("12.345", "EUR", "amount.too_many_decimals"),
        ("0.5", "JPY", "amount.too_many_decimals"),
        ("1e5", "EUR", "amount.syntax"),
        ("1_000", "EUR", "amount.syntax"),
        ("+5", "EUR", "amount.syntax"),
        (".5", "EUR", "amount.syntax"),
        ("5.", "EUR", "amount.syntax"),
        ("-", "EUR", "amount.syntax"),
        ("--5", "EUR", "amount.syntax"),
        ("1.2.3", "EUR", "amount.syntax"),
        ("1 000", "EUR", "amount.syntax"),
        (" 1", "EUR", "amount.syntax"),
        ("1\n", "EUR", "amount.syntax"),
        ("1,234.50", "EUR", "amount.syntax"),
        ("1.234,50", "EUR", "amount.syntax"),
        ("٣", "EUR", "amount.syntax"),
        ("NaN", "EUR", "amount.syntax"),
        ("Infinity", "EUR", "amount.syntax"),
        ("", "EUR", "amount.syntax"),
        ("123456789012345678901234567890", "EUR", "amount.out_of_range"),
        ("10000000000000.01", "EUR", "amount.out_of_range"),
        ("1000000000000001", "JPY", "amount.out_of_range"),
    ];
    for (text, code, refusal) in cases {
        assert_eq!(ours(text, currency(code)), Err(refusal), "{text}");
    }
    assert_eq!(ours("10000000000000.00", currency("EUR")), Ok(AMOUNT_MINOR_MAX));
    assert_eq!(ours("1000000000000000", currency("JPY")), Ok(AMOUNT_MINOR_MAX));
    assert_eq!(ours(&"1_".repeat(40_000), currency("EUR")), Err("input.too_long"));
    assert_eq!(ours(&"0".repeat(20_000), currency("EUR")), Err("input.too_long"));
}

#[test]
fn an_amount_in_json_is_text() {
    for (json, code) in [
        ("0.1", "amount.must_be_string"),
        ("9007199254740993", "amount.must_be_string"),
        ("-1", "amount.must_be_string"),
        ("null", "amount.syntax"),
        ("true", "amount.syntax"),
        ("[]", "amount.syntax"),
        ("{}", "amount.syntax"),
    ] {
        let error = serde_json::from_str::<Amount>(json).unwrap_err().to_string();
        assert!(error.contains(code), "{json}: {error}");
    }
}

/// An operation on two amounts of one currency.
type Sum = fn(Money, Money) -> Option<Money>;

fn pairs() -> impl Strategy<Value = (i64, i64)> {
    let edge = prop_oneof![
        Just(AMOUNT_MINOR_MAX),
        Just(-AMOUNT_MINOR_MAX),
        Just(AMOUNT_MINOR_MAX - 1),
        Just(0_i64),
        Just(1),
        Just(-1),
        -AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX
    ];
    (edge.clone(), edge)
}

fn adds_exactly_or_not_at_all(add: Sum) -> Verdict {
    holds(&pairs(), |(a, b)| {
        let eur = currency("EUR");
        let exact = i128::from(a) + i128::from(b);
        let expected = (exact.abs() <= i128::from(AMOUNT_MINOR_MAX)).then_some(exact);
        let found = add(Money::new(a, eur).unwrap(), Money::new(b, eur).unwrap());
        found.map(|m| i128::from(m.minor())) == expected
    })
}

#[test]
fn inv_02_a_sum_is_exact_or_refused() {
    assert!(proven(adds_exactly_or_not_at_all(Money::checked_add)));
    assert!(proven(adds_exactly_or_not_at_all(|a, b| a.checked_sub(b.negated()))));
}

#[test]
fn inv_02_control_a_saturating_sum_is_caught() {
    assert!(caught(adds_exactly_or_not_at_all(|a, b| {
        let sum = (a.minor() + b.minor()).clamp(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX);
        Money::new(sum, a.currency()).ok()
    })));
}

/// `numerator / denominator` (greater than zero) rounded half away from zero, from scratch.
fn nearest(numerator: i128, denominator: i128) -> i128 {
    let size = numerator.abs();
    let whole = size / denominator;
    let rest = size % denominator;
    let size = if rest >= denominator - rest { whole + 1 } else { whole };
    if numerator < 0 { -size } else { size }
}

fn in_range(minor: i128) -> Option<i64> {
    (minor.abs() <= i128::from(AMOUNT_MINOR_MAX)).then_some(minor as i64)
}

fn decimal_of(mantissa: i64, scale: u32) -> Decimal {
    let sign = if mantissa < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let dot = if scale == 0 { "" } else { "." };
    decimal(&format!("{sign}{whole}{dot}{fraction}"))
}

type Extend = fn(Decimal, Decimal, Currency) -> Option<Money>;

/// Quantities and prices up to the limits of both.
fn extends_exactly(extend: Extend) -> Verdict {
    let mantissa = prop_oneof![
        -1_000_i64..1_000,
        -1_000_000_000..1_000_000_000_i64,
        Just(999_999_999_999_999_999),
        -999_999_999_999_999_999..=999_999_999_999_999_999_i64
    ];
    let number = (mantissa, 0_u32..=12);
    let code = prop::sample::select(vec!["JPY", "USD", "KWD", "CLF"]);
    holds(&(number.clone(), number, code), |((q, q_scale), (p, p_scale), code)| {
        let exact = i128::from(q) * i128::from(p);
        let exponent = u32::from(currency(code).exponent());
        let minor = match (q_scale + p_scale).checked_sub(exponent) {
            Some(down) => Some(nearest(exact, 10_i128.pow(down))),
            // What does not fit 128 bits is far out of range.
            None => exact.checked_mul(10_i128.pow(exponent - q_scale - p_scale)),
        };
        let expected = minor.and_then(in_range);
        let found = extend(decimal_of(q, q_scale), decimal_of(p, p_scale), currency(code));
        found.map(Money::minor) == expected
    })
}

#[test]
fn inv_02_quantity_times_price_is_exact_up_to_its_one_rounding_point() {
    assert!(proven(extends_exactly(|q, p, c| Money::extended(q, p, c, Rounding::HalfAwayFromZero))));
    let tiny = Money::extended(
        decimal("0.00000001"),
        decimal("1000000000000"),
        currency("EUR"),
        Rounding::default(),
    );
    assert_eq!(tiny.unwrap(), money("10000.00", "EUR"));
    let limit = decimal("999999999999999999");
    assert_eq!(Money::extended(limit, limit, currency("JPY"), Rounding::default()), None);
}

#[test]
fn inv_02_control_a_product_rounded_twice_or_wrapped_is_caught() {
    assert!(caught(extends_exactly(|q, p, c| {
        let price = Money::extended(Decimal::ONE, p, c, Rounding::HalfAwayFromZero)?;
        let minor = q.times(i128::from(price.minor()), 1, Rounding::HalfAwayFromZero)?;
        Money::new(i64::try_from(minor).ok()?, c).ok()
    })));
    assert!(caught(extends_exactly(|q, p, c| {
        let product = q.mantissa().wrapping_mul(p.mantissa());
        let scale = i32::from(q.scale()) + i32::from(p.scale()) - i32::from(c.exponent());
        let minor = if scale >= 0 { product / 10_i64.checked_pow(scale as u32)? } else { return None };
        Money::new(minor, c).ok()
    })));
}

#[test]
fn inv_02_percents_conversions_and_shares_are_exact_up_to_their_one_rounding_point() {
    let minor = || -AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX;
    assert!(proven(holds(&(minor(), 0_i64..=100_000_000), |(value, percent)| {
        let amount = Money::new(value, currency("EUR")).unwrap();
        let percent = Percent::parse(&decimal_of(percent, 6).to_string()).unwrap();
        let scale = 10_i128.pow(u32::from(percent.decimal().scale()));
        let exact = i128::from(value) * i128::from(percent.decimal().mantissa());
        amount.percent(percent, Rounding::default()).map(Money::minor)
            == in_range(nearest(exact, scale * 100))
    })));
    assert!(proven(holds(&(minor(), 1_i64..=999_999_999_999), |(value, rate)| {
        let amount = Money::new(value, currency("JPY")).unwrap();
        let rate = Rate::parse(&decimal_of(rate, 9).to_string()).unwrap();
        let scale = 10_i128.pow(u32::from(rate.decimal().scale()));
        let exact = i128::from(value) * i128::from(rate.decimal().mantissa()) * 1000;
        let found = amount.converted(rate, currency("KWD"), Rounding::default());
        found.map(Money::minor) == in_range(nearest(exact, scale))
    })));
    assert!(proven(holds(
        &(minor(), 0_i64..=AMOUNT_MINOR_MAX, 1_i64..=AMOUNT_MINOR_MAX),
        |(value, part, whole)| {
            let amount = Money::new(value, currency("EUR")).unwrap();
            let exact = i128::from(value) * i128::from(part);
            let found = amount.proportion(part, whole, Rounding::default());
            found.map(Money::minor) == in_range(nearest(exact, i128::from(whole)))
        }
    )));
    assert_eq!(money("1.00", "EUR").proportion(1, 0, Rounding::default()), None);
}

fn keeps_currencies_apart(add: Sum) -> Verdict {
    let codes = || prop::sample::select(vec!["EUR", "USD", "JPY", "KWD"]);
    holds(&(codes(), codes(), 0_i64..100_000), |(a, b, minor)| {
        let (a, b) = (Money::new(minor, currency(a)).unwrap(), Money::new(minor, currency(b)).unwrap());
        add(a, b).is_some() == (a.currency() == b.currency())
    })
}

#[test]
fn inv_03_two_currencies_never_meet_in_one_sum() {
    assert!(proven(keeps_currencies_apart(Money::checked_add)));
    assert!(proven(keeps_currencies_apart(Money::checked_sub)));
    assert!(proven(keeps_currencies_apart(Money::checked_min)));
    assert_ne!(money("100", "JPY"), money("1.00", "USD"), "10000 and 100 of what?");
}

#[test]
fn inv_03_control_adding_bare_counts_is_caught() {
    assert!(caught(keeps_currencies_apart(|a, b| Money::new(a.minor() + b.minor(), a.currency()).ok())));
}

/// A way to split.
type Split = fn(i64, &[u64]) -> Option<Vec<i64>>;

fn totals_and_weights() -> impl Strategy<Value = (i64, Vec<u64>)> {
    let weight = prop_oneof![Just(0_u64), Just(1), 1_u64..100, 1_u64..=u64::from(u32::MAX)];
    let total = prop_oneof![-20_i64..20, -AMOUNT_MINOR_MAX..=AMOUNT_MINOR_MAX];
    (total, prop::collection::vec(weight, 1..12))
}

fn splits_soundly(split: Split) -> Verdict {
    holds(&totals_and_weights(), |(total, weights)| {
        let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        let Some(parts) = split(total, &weights) else { return sum == 0 && total != 0 };
        let fair = parts.iter().zip(&weights).all(|(part, weight)| {
            let distance = i128::from(*part) * sum - i128::from(total) * i128::from(*weight);
            sum == 0 || distance.abs() < sum
        });
        let signs = parts.iter().all(|part| *part == 0 || (*part < 0) == (total < 0));
        let mut reversed: Vec<u64> = weights.clone();
        reversed.reverse();
        let mut again = split(total, &reversed).unwrap();
        again.reverse();
        // Equal weights may swap a unit between them; what each weight gets in all does not depend
        // on order.
        let sorted = |parts: &[i64]| {
            let mut pairs: Vec<_> = weights.iter().zip(parts.to_vec()).collect();
            pairs.sort();
            pairs
        };
        parts.len() == weights.len()
            && parts.iter().sum::<i64>() == total
            && fair
            && signs
            && sorted(&parts) == sorted(&again)
    })
}

#[test]
fn inv_04_parts_sum_to_the_total() {
    assert!(proven(splits_soundly(|total, weights| split(total, weights).ok())));
    assert_eq!(split(100_00, &[1, 1, 1]).unwrap(), [3_334, 3_333, 3_333]);
    assert_eq!(split(2, &[1, 1, 1, 1]).unwrap(), [1, 1, 0, 0]);
    assert_eq!(split(-2, &[1, 1, 1, 1]).unwrap(), [-1, -1, 0, 0]);
    assert_eq!(split(0, &[0, 0]).unwrap(), [0, 0]);
    assert_eq!(split(0, &[]).unwrap(), [0_i64; 0]);
    assert_eq!(split(1, &[]).unwrap_err().code(), "amount.out_of_range");
    assert_eq!(split(i64::MAX, &[u64::MAX, u64::MAX]).unwrap().iter().sum::<i64>(), i64::MAX);
    assert_eq!(split(i64::MIN, &[1]).unwrap_err().code(), "amount.out_of_range");
}

#[test]
fn inv_04_control_splits_that_lose_hoard_or_depend_on_order_are_caught() {
    fn floor(total: i64, weights: &[u64]) -> Option<Vec<i64>> {
        let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        if sum == 0 {
            return (total == 0).then(|| vec![0; weights.len()]);
        }
        Some(weights.iter().map(|w| (i128::from(total) * i128::from(*w) / sum) as i64).collect())
    }
    fn last_takes_rest(total: i64, weights: &[u64]) -> Option<Vec<i64>> {
        let mut parts = floor(total, weights)?;
        let rest = total - parts.iter().sum::<i64>();
        *parts.last_mut()? += rest;
        Some(parts)
    }
    fn first_come(total: i64, weights: &[u64]) -> Option<Vec<i64>> {
        let mut parts = floor(total, weights)?;
        let rest = total - parts.iter().sum::<i64>();
        let takers = parts.iter_mut().zip(weights).filter(|(_, w)| **w > 0);
        for (part, _) in takers.take(rest.unsigned_abs() as usize) {
            *part += rest.signum();
        }
        Some(parts)
    }
    assert!(caught(splits_soundly(floor)));
    assert!(caught(splits_soundly(last_takes_rest)));
    assert!(caught(splits_soundly(first_come)));
}

/// Texts of one value in many spellings.
fn spellings() -> impl Strategy<Value = (String, String)> {
    let text = || "-?[0-9]{1,4}(\\.[0-9]{1,4})?";
    prop_oneof![
        (text(), text()),
        ("-?[0-9]{1,4}(\\.[0-9]{1,2})?", "0{0,2}").prop_map(|(text, zeros)| {
            let dot = if text.contains('.') || zeros.is_empty() { "" } else { "." };
            (format!("{text}{dot}{zeros}"), text)
        })
    ]
}

/// Equal values have equal bytes, and only they; what was written reads back as itself.
fn one_encoding<T: PartialEq + serde::Serialize + serde::de::DeserializeOwned>(
    parse: fn(&str) -> T,
) -> Verdict {
    holds(&spellings(), |(a, b)| {
        let number = |text: &str| text.parse::<f64>().unwrap();
        let bytes = |text: &str| serde_json::to_vec(&parse(text)).unwrap();
        let back: T = serde_json::from_slice(&bytes(&a)).unwrap();
        let same_value = number(&a) == number(&b);
        same_value == (bytes(&a) == bytes(&b))
            && same_value == (parse(&a) == parse(&b))
            && serde_json::to_vec(&back).unwrap() == bytes(&a)
    })
}

#[test]
fn inv_06_equal_values_have_one_encoding() {
    assert!(proven(one_encoding::<Decimal>(|text| Decimal::parse(text).unwrap())));
    assert!(proven(one_encoding::<Money>(|text| money(text, "CLF"))));
    assert_eq!(money("-0.00", "EUR").amount().to_string(), "0.00");
    assert_eq!(money("1.5", "USD"), money("1.50", "USD"));
    assert_eq!(serde_json::to_string(&decimal("-0.0")).unwrap(), "\"0\"");
    for (a, b) in [("2026-01-31T10:00:00.5Z", "2026-01-31T10:00:00.500Z")] {
        assert_eq!(Timestamp::parse(a).unwrap().to_string(), Timestamp::parse(b).unwrap().to_string());
    }
    assert_eq!(Text::parse("Mu\u{308}ller").unwrap(), Text::parse("Müller").unwrap());
    assert_eq!(Text::parse("ACME\u{ad}\u{e0041}\u{200d}").unwrap(), Text::parse("ACME").unwrap());
}

#[test]
fn inv_06_control_a_value_that_keeps_its_spelling_is_caught() {
    #[derive(PartialEq, serde::Serialize, serde::Deserialize)]
    struct Verbatim(String);
    assert!(caught(one_encoding::<Verbatim>(|text| Verbatim(text.to_owned()))));
    assert!(caught(one_encoding::<Amount>(|text| Amount::parse(text).unwrap())), "before it has a currency");
}

/// Every rule on every fraction of small denominators, from the definition.
fn rounds_as_defined(divide: fn(i128, i128, Rounding) -> Option<i128>) -> bool {
    let expected = |n: i128, d: i128, rounding: Rounding| {
        let floor = n.div_euclid(d);
        let candidates = if n.rem_euclid(d) == 0 { [floor; 2] } else { [floor, floor + 1] };
        let [toward, away] = if n < 0 { [candidates[1], candidates[0]] } else { candidates };
        let distance = |candidate: i128| (candidate * d - n).abs();
        match (rounding, distance(toward).cmp(&distance(away))) {
            (Rounding::TowardZero, _) => toward,
            (Rounding::AwayFromZero, _) => away,
            (_, std::cmp::Ordering::Less) => toward,
            (_, std::cmp::Ordering::Greater) => away,
            (Rounding::HalfEven, _) => {
                if toward % 2 == 0 {
                    toward
                } else {
                    away
                }
            }
            _ => away,
        }
    };
    let rules =
        [Rounding::HalfAwayFromZero, Rounding::HalfEven, Rounding::TowardZero, Rounding::AwayFromZero];
    rules
        .into_iter()
        .all(|rule| (1..=12).all(|d| (-60..=60).all(|n| divide(n, d, rule) == Some(expected(n, d, rule)))))
}

#[test]
fn inv_07_every_rule_rounds_every_tie_as_its_name_says() {
    assert!(rounds_as_defined(div_round));
    assert_eq!(div_round(5, -2, Rounding::default()), Some(-3), "a negative denominator mirrors too");
    assert_eq!(div_round(i128::MIN, -1, Rounding::default()), None);
    let half =
        |text: &str| Money::extended(Decimal::ONE, decimal(text), currency("EUR"), Rounding::default());
    assert_eq!(half("0.125").unwrap(), money("0.13", "EUR"));
    assert_eq!(half("-0.125").unwrap(), money("-0.13", "EUR"));
    assert_eq!(half("1.999").unwrap(), money("2.00", "EUR"));
}

#[test]
fn inv_07_control_another_default_or_a_cut_is_caught() {
    assert!(!rounds_as_defined(|n, d, rule| div_round(
        n,
        d,
        match rule {
            Rounding::HalfAwayFromZero => Rounding::HalfEven,
            other => other,
        }
    )));
    assert!(!rounds_as_defined(|n, d, _| n.checked_div(d)));
    // Adding a half and cutting down rounds negative ties the wrong way.
    assert!(!rounds_as_defined(|n, d, rule| match rule {
        Rounding::HalfAwayFromZero => Some((2 * n + d).div_euclid(2 * d)),
        _ => div_round(n, d, rule),
    }));
}

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
