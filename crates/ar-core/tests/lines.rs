//! Pricing of lines: tax foots under both methods and both modes (INV-05, INV-08).
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use ar_core::book::{BookConfig, Setting, Tax, TaxKind, TaxRounding};
use ar_core::document::*;
use ar_core::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Codes and their rates in thousandths of a percent.
const RATES: [(&str, i128); 5] = [("S19", 19_000), ("S7", 7_000), ("NY", 8_875), ("CITY", 4_500), ("EX", 0)];

fn currency() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn code(text: &str) -> TaxCode {
    TaxCode::parse(text).unwrap()
}

fn book(tax_rounding: TaxRounding) -> BookConfig {
    let mut book = BookConfig::standard(currency());
    book.policies.tax_rounding = tax_rounding;
    for (name, rate) in RATES {
        let percent = Percent::parse(&format!("{}.{:03}", rate / 1_000, rate % 1_000)).unwrap();
        let kind = if rate == 0 { TaxKind::Exempt } else { TaxKind::Standard };
        book.set(&Setting::Tax(Tax::of(code(name), percent, kind)));
    }
    book
}

fn line(text: &str, taxes: &[&str]) -> Line {
    Line { amount: Some(amount(text)), taxes: taxes.iter().map(|t| code(t)).collect(), ..Line::default() }
}

fn priced(lines: &[Line], mode: TaxMode, method: TaxRounding) -> Result<Content, Rejection> {
    price(lines, mode, currency(), &book(method))
}

/// `numerator / denominator` (greater than zero) rounded half away from zero, from scratch.
fn nearest(numerator: i128, denominator: i128) -> i128 {
    let size = (numerator.abs() * 2 + denominator) / (denominator * 2);
    if numerator < 0 { -size } else { size }
}

fn rate(code: &TaxCode) -> i128 {
    RATES.iter().find(|(name, _)| *name == code.as_str()).unwrap().1
}

fn minor(amount: Amount) -> i128 {
    i128::from(amount.minor())
}

/// Computes the taxes again from what is stored and compares: by code where prices are without
/// tax, by set of codes where they contain it.
fn recomputes(content: &Content) -> Result<(), String> {
    let mut bases: BTreeMap<Vec<&TaxCode>, Vec<i128>> = BTreeMap::new();
    for line in &content.lines {
        let stored =
            if content.tax_mode == TaxMode::Inclusive { line.gross.ok_or("no gross")? } else { line.net };
        let mut codes: Vec<&TaxCode> = line.taxes.iter().collect();
        codes.sort();
        bases.entry(codes).or_default().push(minor(stored));
    }
    let tax = |base: i128, rate: i128| match content.tax_mode {
        TaxMode::Exclusive => nearest(base * rate, 100_000),
        TaxMode::Inclusive => nearest(base * rate, 100_000 + rate),
    };
    let group = |lines: &[i128], rate: i128| match content.tax_rounding {
        TaxRounding::Document => tax(lines.iter().sum(), rate),
        TaxRounding::Line => lines.iter().map(|line| tax(*line, rate)).sum(),
    };
    let stored: i128 = content.taxes.iter().map(|group| minor(group.tax)).sum();
    if content.tax_mode == TaxMode::Inclusive {
        let again: i128 =
            bases.iter().map(|(codes, lines)| group(lines, codes.iter().map(|c| rate(c)).sum())).sum();
        if again != stored {
            return Err(format!("taxes come to {again}, not {stored}"));
        }
    } else {
        for entry in &content.taxes {
            let members = bases.iter().filter(|(codes, _)| codes.contains(&&entry.code));
            let lines: Vec<i128> = members.flat_map(|(_, lines)| lines.clone()).collect();
            let again = group(&lines, rate(&entry.code));
            if again != minor(entry.tax) {
                return Err(format!("{} comes to {again}, not {}", entry.code, entry.tax));
            }
        }
    }
    if content.foots() { Ok(()) } else { Err("the figures do not add up".to_owned()) }
}

fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    let codes = prop::sample::subsequence(vec!["S19", "S7", "NY", "CITY", "EX"], 0..=3);
    let sum = prop_oneof![9 => 0_i64..100_000, 1 => -3_000_i64..0];
    let by_amount = (sum, codes).prop_map(|(minor, codes)| {
        line(&Money::new(minor, currency()).unwrap().amount().to_string(), &codes)
    });
    let by_price = (1_i64..1_000, 0_i64..99_999, 0_u32..100).prop_map(|(quantity, price, discount)| Line {
        quantity: Some(Decimal::parse(&format!("{}.{}", quantity / 10, quantity % 10)).unwrap()),
        unit_price: Some(Decimal::parse(&format!("{}.{:03}", price / 1_000, price % 1_000)).unwrap()),
        discount: Some(LineDiscount::Percent(Percent::parse(&discount.to_string()).unwrap())),
        taxes: vec![code("S19")],
        ..Line::default()
    });
    prop::collection::vec(prop_oneof![by_amount, by_price], 1..12)
}

type Price = fn(&[Line], TaxMode, TaxRounding) -> Result<Content, Rejection>;

fn foots_under(price: Price) -> Result<(), String> {
    let modes = prop::sample::select(vec![TaxMode::Exclusive, TaxMode::Inclusive]);
    let methods = prop::sample::select(vec![TaxRounding::Document, TaxRounding::Line]);
    let config = Config { failure_persistence: None, ..Config::with_cases(3_000) };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng)
        .run(&(any_lines(), modes, methods), |(lines, mode, method)| {
            let fail = |why: &str| Err(TestCaseError::fail(format!("the property: {why}")));
            match price(&lines, mode, method) {
                Err(refusal) if refusal.code() == "document.negative_total" => Ok(()),
                Err(refusal) => fail(refusal.code()),
                Ok(content) => recomputes(&content).or_else(|why| fail(&why)),
            }
        })
        .map_err(|e| e.to_string())
}

#[test]
fn inv_05_tax_foots_and_recomputes_under_both_modes_and_methods() {
    assert_eq!(foots_under(priced), Ok(()));
}

#[test]
fn inv_05_control_pricing_that_does_not_foot_is_caught() {
    let caught = |verdict: Result<(), String>| verdict.is_err_and(|why| why.contains("the property"));
    // Rounded per line and booked as rounded per document.
    assert!(caught(foots_under(|lines, mode, method| {
        Ok(Content { tax_rounding: method, ..priced(lines, mode, TaxRounding::Line)? })
    })));
    // Every net of an inclusive group rounded by itself.
    assert!(caught(foots_under(|lines, mode, method| {
        let mut content = priced(lines, mode, method)?;
        for line in &mut content.lines {
            if let Some(gross) = line.gross {
                let rate: i128 = line.taxes.iter().map(rate).sum();
                let net = nearest(minor(gross) * 100_000, 100_000 + rate);
                line.net = Money::new(net as i64, currency()).unwrap().amount();
            }
        }
        Ok(content)
    })));
    // A tax group forgotten in the total.
    assert!(caught(foots_under(|lines, mode, method| {
        let content = priced(lines, mode, method)?;
        Ok(Content { total: content.net, ..content })
    })));
}

#[test]
fn inv_05_three_lines_of_33_cents_differ_by_method_and_each_method_foots() {
    let lines = vec![line("0.33", &["S19"]); 3];
    let per_line = priced(&lines, TaxMode::Exclusive, TaxRounding::Line).unwrap();
    let per_group = priced(&lines, TaxMode::Exclusive, TaxRounding::Document).unwrap();
    assert_eq!((per_line.taxes[0].tax, per_line.total), (amount("0.18"), amount("1.17")));
    assert_eq!((per_group.taxes[0].tax, per_group.total), (amount("0.19"), amount("1.18")));
}

#[test]
fn inv_05_prices_that_contain_tax_keep_their_total() {
    let lines = [line("10.00", &["S19"]), line("10.00", &["S19"]), line("10.00", &["S19"])];
    let content = priced(&lines, TaxMode::Inclusive, TaxRounding::Document).unwrap();
    assert_eq!(content.taxes[0].tax, amount("4.79"), "30.00 x 19 / 119 = 4.7899");
    let nets: Vec<String> = content.lines.iter().map(|line| line.net.to_string()).collect();
    assert_eq!(nets, ["8.41", "8.40", "8.40"]);
    assert_eq!((content.net, content.total), (amount("25.21"), amount("30.00")));
    let content = priced(&lines, TaxMode::Inclusive, TaxRounding::Line).unwrap();
    assert_eq!(content.taxes[0].tax, amount("4.80"));
    assert_eq!(content.total, amount("30.00"));
}

#[test]
fn several_codes_on_one_inclusive_line_share_the_tax_by_their_rates() {
    let lines = [line("113.38", &["NY", "CITY"]), line("50.00", &[]), line("-13.38", &["CITY", "NY"])];
    let content = priced(&lines, TaxMode::Inclusive, TaxRounding::Document).unwrap();
    assert_eq!(content.total, amount("150.00"));
    let taxes: Vec<(&str, String)> =
        content.taxes.iter().map(|g| (g.code.as_str(), g.tax.to_string())).collect();
    // 100.00 x 13.375 / 113.375 = 11.797; shared 4.5 to 8.875.
    assert_eq!(taxes, [("CITY", "3.97".to_owned()), ("NY", "7.83".to_owned())]);
    assert_eq!(content.lines[1].net, amount("50.00"));
    assert_eq!(recomputes(&content), Ok(()));
}

#[test]
fn inv_08_the_two_methods_differ_by_at_most_half_a_unit_per_rounding_point() {
    let config = Config { failure_persistence: None, ..Config::with_cases(1_000) };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let lines = prop::collection::vec(
        (0_i64..100_000)
            .prop_map(|minor| line(&Money::new(minor, currency()).unwrap().amount().to_string(), &["S19"])),
        1..40,
    );
    let bound = |difference: i128, points: i128| 2 * difference.abs() <= points;
    let verdict = TestRunner::new_with_rng(config, rng).run(&lines, |lines| {
        let per_line = priced(&lines, TaxMode::Exclusive, TaxRounding::Line).unwrap();
        let per_group = priced(&lines, TaxMode::Exclusive, TaxRounding::Document).unwrap();
        let points = lines.len() as i128 + 1;
        prop_assert!(bound(minor(per_line.total) - minor(per_group.total), points));
        Ok(())
    });
    assert_eq!(verdict.map_err(|e| e.to_string()), Ok(()));
    // Control: cutting instead of rounding loses up to a whole unit a line.
    let cut: i128 = (0..39).map(|_| 5 * 19 / 100).sum::<i128>() - nearest(39 * 5 * 19, 100);
    assert!(!bound(cut, 39), "{cut}");
}

#[test]
fn lines_are_extended_and_discounted_with_one_rounding_each() {
    let by_price = |quantity, price, discount| Line {
        quantity: Some(Decimal::parse(quantity).unwrap()),
        unit_price: Some(Decimal::parse(price).unwrap()),
        discount,
        ..Line::default()
    };
    let percent = |text| Some(LineDiscount::Percent(Percent::parse(text).unwrap()));
    let cases = [
        (by_price("3", "0.335", None), "1.01", None),
        (by_price("3", "0.335", percent("10")), "0.91", Some("0.10")),
        (by_price("-2", "10.00", percent("10")), "-18.00", Some("-2.00")),
        (by_price("0.00000001", "1000000000000", None), "10000.00", None),
        (by_price("0", "99.99", None), "0.00", None),
        (by_price("1", "10", Some(LineDiscount::Amount(amount("10.00")))), "0.00", Some("10.00")),
        (by_price("1", "10", percent("100")), "0.00", Some("10.00")),
    ];
    for (wanted, net, discount) in cases {
        let lines = [wanted, line("100.00", &[])];
        let content = priced(&lines, TaxMode::Exclusive, TaxRounding::Document).unwrap();
        assert_eq!(content.lines[0].net, amount(net));
        assert_eq!(content.lines[0].discount, discount.map(amount));
        assert!(content.foots());
    }
}

#[test]
fn zero_totals_and_negative_lines_have_defined_answers() {
    let zero = priced(&[line("0.00", &["S19"])], TaxMode::Exclusive, TaxRounding::Document).unwrap();
    assert_eq!((zero.total, zero.taxes.len()), (amount("0.00"), 1));
    let rebate = [line("100.00", &["S19"]), line("-10.00", &["S19"])];
    let content = priced(&rebate, TaxMode::Exclusive, TaxRounding::Document).unwrap();
    assert_eq!((content.net, content.total), (amount("90.00"), amount("107.10")));
    let negative = [line("10.00", &["S19"]), line("-10.01", &["S19"])];
    let refusal = priced(&negative, TaxMode::Exclusive, TaxRounding::Document).unwrap_err();
    assert_eq!(refusal.to_string(), "the lines add up to -0.01 EUR; issue a credit memo instead");
    assert_eq!(refusal.code(), "document.negative_total");
}

#[test]
fn bad_lines_are_refused_under_their_number() {
    let good = || line("1.00", &[]);
    let with = |change: fn(&mut Line)| {
        let mut line = good();
        change(&mut line);
        line
    };
    let discounted = |text: &str| Line { discount: Some(LineDiscount::Amount(amount(text))), ..good() };
    let half_price = Line { quantity: Some(Decimal::ONE), ..Line::default() };
    let huge = Decimal::parse("999999999999999999").unwrap();
    let cases = [
        (Line::default(), "document.line_price"),
        (half_price, "document.line_price"),
        (with(|line| line.quantity = Some(Decimal::ONE)), "document.line_price"),
        (line("1.001", &[]), "amount.too_many_decimals"),
        (Line { quantity: Some(huge), unit_price: Some(huge), ..Line::default() }, "amount.out_of_range"),
        (discounted("1.01"), "document.line_invalid"),
        (discounted("-0.01"), "document.line_invalid"),
        (discounted("0.001"), "amount.too_many_decimals"),
        (line("-1.00", &[]), "document.negative_total"),
        (line("1.00", &["NONE"]), "tax.unknown"),
        (line("1.00", &["S19", "S19"]), "document.line_invalid"),
        (line("1.00", &["S19", "S7", "NY", "CITY", "EX"]), "input.too_many"),
    ];
    for (bad, code) in cases {
        let refusal =
            priced(&[line("0.00", &[]), bad], TaxMode::Exclusive, TaxRounding::Document).unwrap_err();
        assert_eq!(refusal.code(), code, "{refusal}");
    }
    let refused =
        |lines: &[Line]| priced(lines, TaxMode::Exclusive, TaxRounding::Document).unwrap_err().code();
    assert_eq!(refused(&[]), "document.empty");
    assert_eq!(refused(&vec![good(); 1_001]), "input.too_many");
    assert_eq!(refused(&[line("10000000000000.00", &["S19"])]), "amount.out_of_range");
    let text = priced(&[Line { discount: None, ..Line::default() }], TaxMode::Exclusive, TaxRounding::Line);
    assert!(text.unwrap_err().to_string().starts_with("line 1 needs either an amount"));
    let thousand = priced(&vec![good(); 1_000], TaxMode::Inclusive, TaxRounding::Document).unwrap();
    assert_eq!(thousand.total, amount("1000.00"));
}
