//! Decimals, percents and rates: equal values have one spelling, products never overflow
//! (INV-02, INV-06).
#![no_main]

use ar_core::{Currency, Decimal, Money, Percent, Rate, Rounding};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let Ok(one) = Decimal::parse(texts.0) else { return };
    let written = one.to_string();
    assert_eq!(Decimal::parse(&written), Ok(one));
    assert_eq!(Decimal::parse(&written).unwrap().to_string(), written);
    assert_eq!(Percent::parse(texts.0).is_ok(), one >= Decimal::ZERO && one <= Decimal::whole(100));
    assert_eq!(Rate::parse(texts.0).is_ok(), one > Decimal::ZERO);
    let Ok(other) = Decimal::parse(texts.1) else { return };
    assert_eq!(one.cmp(&other), other.cmp(&one).reverse());
    assert_eq!(one == other, one.cmp(&other).is_eq());
    assert_eq!(one.checked_add(other), other.checked_add(one));
    let euro = Currency::parse("EUR").expect("a currency");
    let line = Money::extended(one, other, euro, Rounding::HalfAwayFromZero);
    assert_eq!(line, Money::extended(other, one, euro, Rounding::HalfAwayFromZero));
});
