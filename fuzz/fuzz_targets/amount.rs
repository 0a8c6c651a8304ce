//! Amounts: what is accepted reads back as the same and never leaves its range (INV-01, INV-06,
//! INV-68).
#![no_main]

use ar_core::{AMOUNT_MINOR_MAX, Amount, Currency, INPUT_LENGTH_MAX, Rounding, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(amount) = Amount::parse(text) else { return };
    assert!(text.len() <= INPUT_LENGTH_MAX);
    assert!(amount.minor().abs() <= AMOUNT_MINOR_MAX);
    let written = amount.to_string();
    assert_eq!(Amount::parse(&written), Ok(amount));
    assert!(amount.minor() != 0 || !written.starts_with('-'));
    for code in ["JPY", "EUR", "KWD", "CLF"] {
        let currency = Currency::parse(code).expect("a currency");
        let Ok(money) = amount.in_currency(currency) else { continue };
        assert_eq!(money.amount().exponent(), currency.exponent());
        assert_eq!(money.amount().in_currency(currency), Ok(money));
        let parts = split(money.minor(), &[1, 2, 3]).expect("three weights");
        assert_eq!(parts.iter().sum::<i64>(), money.minor());
        let third = money.proportion(1, 3, Rounding::HalfEven).expect("a third fits");
        assert!((third.minor() * 3 - money.minor()).abs() <= 2);
    }
});
