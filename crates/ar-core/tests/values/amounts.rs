//! Amounts and currencies: reading and printing never change a value (INV-01).

use super::*;

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
