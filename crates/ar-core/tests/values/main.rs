//! Amounts, decimals, currencies, splits and rounding (INV-01 to INV-04, INV-06, INV-07).
//!
//! Every check is a function of the thing checked, so that it runs on the real one and on broken
//! variants, which it must catch.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_arithmetic)]
#![allow(clippy::print_stderr, reason = "a failing property shows its counterexample")]

mod amounts;
mod arithmetic;
mod encoding;
mod grammar;

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
