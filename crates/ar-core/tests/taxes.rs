//! Taxes that are no plain percent of the net, discounts on the whole document, and coins (INV-05,
//! INV-08).
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ar_core::book::*;
use ar_core::document::*;
use ar_core::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn tax(code: &str, percent: &str) -> Tax {
    let percent = Percent::parse(percent).unwrap();
    Tax::of(TaxCode::parse(code).unwrap(), percent, TaxKind::Standard)
}

/// Codes of every kind: A and B on the net, G of the gross, U per unit, L per line, C on all before
/// it, S on the one before it.
fn book() -> BookConfig {
    let mut book = BookConfig::standard(eur());
    let price = [(eur(), Decimal::parse("0.125").unwrap())];
    let flat = [(eur(), amount("10.00"))];
    for tax in [
        tax("A", "10"),
        tax("B", "7.5"),
        Tax { method: TaxMethod::PercentOfGross, ..tax("G", "10") },
        Tax { method: TaxMethod::PerUnit(price.into()), ..tax("U", "0") },
        Tax { method: TaxMethod::PerLine(flat.into()), ..tax("L", "0") },
        Tax { on: TaxBase::NetAndTaxes, ..tax("C", "5") },
        Tax { on: TaxBase::TaxBefore, ..tax("S", "5.5") },
    ] {
        assert_eq!(tax.check(), Ok(()));
        book.set(&Setting::Tax(tax));
    }
    book
}

fn line(text: &str, taxes: &[&str]) -> Line {
    let taxes = taxes.iter().map(|t| TaxCode::parse(t).unwrap()).collect();
    Line { amount: Some(amount(text)), taxes, ..Line::default() }
}

fn taxes(content: &Content) -> Vec<String> {
    let shown = |g: &TaxGroup| format!("{} {} on {}", g.code, g.tax, g.base.unwrap_or(g.net));
    content.taxes.iter().map(shown).collect()
}

fn priced(lines: &[Line], mode: TaxMode, book: &BookConfig) -> Content {
    let content = price(lines, mode, eur(), book).unwrap();
    assert!(content.foots());
    content
}

#[test]
fn inv_05_each_kind_of_tax_follows_from_the_line_as_its_code_says() {
    let book = book();
    let of = |codes: &[&str]| taxes(&priced(&[line("200.00", codes)], TaxMode::Exclusive, &book));
    assert_eq!(of(&["G", "L", "A"]), ["A 20.00 on 200.00", "G 22.22 on 200.00", "L 10.00 on 200.00"]);
    assert_eq!(of(&["A", "C"]), ["A 20.00 on 200.00", "C 11.00 on 220.00"]);
    assert_eq!(of(&["A", "S"]), ["A 20.00 on 200.00", "S 1.10 on 20.00"]);
    let units = Line {
        quantity: Some(Decimal::parse("9").unwrap()),
        unit_price: Some(Decimal::ONE),
        ..line("0", &["A", "U"])
    };
    let units = Line { amount: None, ..units };
    let content = priced(&[units], TaxMode::Exclusive, &book);
    assert_eq!(taxes(&content), ["A 0.90 on 9.00", "U 1.13 on 9.00"], "9 x 0.125, rounded once");
}

#[test]
fn inv_05_a_price_that_contains_taxes_of_every_kind_is_taken_apart_exactly() {
    let book = book();
    for codes in [&["A", "C"][..], &["A", "S"], &["G"], &["L", "A"], &["L", "C"], &["A", "B", "C", "S"]] {
        let content = priced(&[line("231.00", codes)], TaxMode::Inclusive, &book);
        assert_eq!(content.total, amount("231.00"), "{codes:?}");
    }
    let shown = |codes: &[&str]| {
        let content = priced(&[line("231.00", codes)], TaxMode::Inclusive, &book);
        (content.net.to_string(), taxes(&content))
    };
    let strings = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let wanted = strings(&["A 20.00 on 200.00", "C 11.00 on 220.00"]);
    assert_eq!(shown(&["A", "C"]), ("200.00".to_owned(), wanted));
    let wanted = strings(&["C 11.00 on 220.00", "L 10.00 on 210.00"]);
    assert_eq!(shown(&["L", "C"]), ("210.00".to_owned(), wanted), "5 % on net and the flat tax");
}

#[test]
fn inv_05_one_named_tax_takes_what_rounding_together_leaves() {
    let mut book = book();
    book.set(&Setting::Tax(tax("A2", "10")));
    let of = |residual: TaxResidual| {
        let mut book = book.clone();
        book.policies.tax_rounding = TaxRounding::Line;
        book.policies.tax_residual = residual;
        taxes(&priced(&[line("1.04", &["A", "A2"])], TaxMode::Exclusive, &book))
    };
    assert_eq!(of(TaxResidual::Each), ["A 0.10 on 1.04", "A2 0.10 on 1.04"]);
    assert_eq!(of(TaxResidual::First), ["A 0.11 on 1.04", "A2 0.10 on 1.04"], "0.208 together is 0.21");
    assert_eq!(of(TaxResidual::Last), ["A 0.10 on 1.04", "A2 0.11 on 1.04"]);
    assert_eq!(of(TaxResidual::Largest), ["A 0.11 on 1.04", "A2 0.10 on 1.04"]);
}

#[test]
fn inv_05_a_discount_on_the_document_is_spread_over_its_lines_before_tax() {
    let book = book();
    let lines = [line("75.00", &["A"]), line("50.00", &["A"]), line("-25.00", &["A"]), line("0.01", &[])];
    let content = |discount| {
        Pricing { lines: &lines, mode: TaxMode::Exclusive, discount: Some(discount), reduced: None }
            .content(eur(), &book)
    };
    let content_of = |discount| content(discount).unwrap();
    let ten = content_of(LineDiscount::Amount(amount("10.00")));
    let nets: Vec<String> = ten.lines.iter().map(|line| line.net.to_string()).collect();
    assert_eq!(nets, ["69.00", "46.00", "-25.00", "0.01"], "what takes something back bears none");
    assert!(ten.foots());
    assert_eq!((ten.discount, ten.total), (Some(amount("10.00")), amount("99.01")));
    let all = content_of(LineDiscount::Percent(Percent::parse("100").unwrap()));
    assert_eq!((all.discount, all.net), (Some(amount("100.01")), amount("0.00")));
    for bad in ["100.02", "-0.01"] {
        let refusal = content(LineDiscount::Amount(amount(bad))).unwrap_err();
        assert_eq!(refusal.code(), "document.discount_invalid", "{refusal}");
    }
}

#[test]
fn what_an_exempt_code_says_is_frozen_on_the_document() {
    let mut book = book();
    let note = Text::parse("Art. 138 Directive 2006/112/EC").unwrap();
    let exempt = Tax { kind: TaxKind::ReverseCharge, note: Some(note.clone()), ..tax("RC", "0") };
    book.set(&Setting::Tax(exempt));
    let content = priced(&[line("5.00", &["RC"])], TaxMode::Exclusive, &book);
    assert_eq!((content.taxes[0].kind, content.taxes[0].note.clone()), (TaxKind::ReverseCharge, Some(note)));
}

#[test]
fn codes_and_lines_that_do_not_fit_are_refused() {
    let usd = Currency::parse("USD").unwrap();
    let refused =
        |taxes: &[&str]| price(&[line("1.00", taxes)], TaxMode::Exclusive, usd, &book()).unwrap_err();
    assert!(refused(&["U"]).to_string().contains("no amount in USD"));
    assert!(refused(&["C", "A"]).to_string().contains("on the taxes before it"));
    let exempt = Tax { kind: TaxKind::Exempt, ..tax("X", "0") };
    for bad in [
        Tax { method: TaxMethod::PercentOfGross, ..tax("X", "100") },
        Tax { method: TaxMethod::PerUnit(Default::default()), ..tax("X", "0") },
        Tax { method: TaxMethod::PerLine([(eur(), amount("-1.00"))].into()), ..tax("X", "0") },
        Tax { method: TaxMethod::PerLine([(eur(), amount("1.00"))].into()), ..tax("X", "1") },
        Tax { method: TaxMethod::PerLine([(eur(), amount("1.00"))].into()), ..exempt },
    ] {
        assert_eq!(bad.check().unwrap_err().code(), "setting.invalid", "{bad:?}");
    }
}

fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    let codes = prop::sample::subsequence(vec!["A", "B", "G", "U", "L", "S", "C"], 0..=4);
    let sum = prop_oneof![9 => 2_000_i64..100_000, 1 => -2_000_i64..0];
    let any = (sum, codes).prop_map(|(minor, mut codes)| {
        // A line that takes something back counts units back, and its net may have the other sign.
        codes.retain(|code| minor >= 0 || !matches!(*code, "U" | "L"));
        // What stands on other taxes needs one before it.
        codes.sort_by_key(|code| matches!(*code, "S" | "C"));
        if codes.first().is_some_and(|code| matches!(*code, "S" | "C")) {
            codes.clear();
        }
        line(&Money::new(minor, eur()).unwrap().amount().to_string(), &codes)
    });
    prop::collection::vec(any, 1..10)
}

#[test]
fn inv_05_any_set_of_taxes_foots_and_prices_that_contain_it_keep_their_total() {
    let modes = prop::sample::select(vec![TaxMode::Exclusive, TaxMode::Inclusive]);
    let methods = prop::sample::select(vec![TaxRounding::Document, TaxRounding::Line]);
    let residuals = prop::sample::select(vec![TaxResidual::Each, TaxResidual::First, TaxResidual::Largest]);
    let config = Config { failure_persistence: None, ..Config::with_cases(2_000) };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let verdict = TestRunner::new_with_rng(config, rng).run(
        &(any_lines(), modes, methods, residuals),
        |(lines, mode, method, residual)| {
            let mut book = book();
            (book.policies.tax_rounding, book.policies.tax_residual) = (method, residual);
            let content = match price(&lines, mode, eur(), &book) {
                Err(refusal) => {
                    prop_assert_eq!(refusal.code(), "document.negative_total");
                    return Ok(());
                }
                Ok(content) => content,
            };
            prop_assert!(content.foots());
            let prices: i64 = lines.iter().filter_map(|line| line.amount).map(Amount::minor).sum();
            if mode == TaxMode::Inclusive {
                prop_assert_eq!(content.total.minor(), prices);
            }
            // Putting the taxes on top of the nets again comes to the same, but for the rounding.
            let nets = content.lines.iter().zip(&lines);
            let nets: Vec<Line> = nets.map(|(b, l)| Line { amount: Some(b.net), ..l.clone() }).collect();
            let again = price(&nets, TaxMode::Exclusive, eur(), &book).unwrap();
            let points = 5 * lines.len() as i64;
            prop_assert!((again.total.minor() - content.total.minor()).abs() <= points);
            if mode == TaxMode::Exclusive {
                prop_assert_eq!(again.total, content.total);
            }
            Ok(())
        },
    );
    assert_eq!(verdict.map_err(|e| e.to_string()), Ok(()));
}

/// A wrong figure must not pass for one that foots.
#[test]
fn inv_05_control_a_tax_or_a_coin_that_is_not_in_the_total_does_not_foot() {
    let content = priced(&[line("9.99", &["A", "C"])], TaxMode::Exclusive, &book());
    let mut wrong = content.clone();
    wrong.taxes[1].tax = amount("0.56");
    assert!(!wrong.foots());
    let wrong = Content { coins: Some(amount("0.01")), ..content };
    assert!(!wrong.foots());
}

#[test]
fn inv_08_coins_are_whole_steps_and_differ_by_less_than_one_step_in_every_mode() {
    let modes =
        [Rounding::HalfAwayFromZero, Rounding::HalfEven, Rounding::TowardZero, Rounding::AwayFromZero];
    let within = |minor: i64, coins: i64, step: i64, mode: Rounding| {
        let half = matches!(mode, Rounding::HalfAwayFromZero | Rounding::HalfEven);
        let off = (coins - minor).abs();
        coins % step == 0 && off < step && (!half || 2 * off <= step)
    };
    for step in ["0.05", "0.10", "0.25", "1.00", "0.03"] {
        for mode in modes {
            let (per, difference) = Default::default();
            let coins = CashRounding { step: amount(step), mode, per, difference };
            assert_eq!(coins.check(eur()), Ok(()));
            let step = coins.step.minor();
            for minor in 0..500 {
                let rounded = coins.rounded(minor, eur()).unwrap();
                assert!(within(minor, rounded, step, mode), "{minor} by {step} {mode:?}: {rounded}");
            }
        }
    }
    // Control: rounding that carries the difference on is seen.
    assert!(!within(4_207, 4_215, 5, Rounding::AwayFromZero));
    assert!(!within(4_207, 4_210, 5, Rounding::HalfAwayFromZero));
}
