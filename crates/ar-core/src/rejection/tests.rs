//! The codes of values and the one form of a refusal.

use super::*;

/// One of each; the match does not compile when a variant is added and not listed.
fn every_value_error() -> Vec<ValueError> {
    let text = String::new;
    let all = vec![
        ValueError::AmountSyntax(text()),
        ValueError::AmountMustBeString(text()),
        ValueError::AmountTooManyDecimals { text: text(), currency: Currency::parse("EUR").unwrap(), max: 2 },
        ValueError::AmountOutOfRange,
        ValueError::TooLong { length: 1, max: 1 },
        ValueError::DecimalSyntax(text()),
        ValueError::DecimalOutOfRange(text()),
        ValueError::PercentOutOfRange(text()),
        ValueError::RateOutOfRange(text()),
        ValueError::CurrencyUnknown(text()),
        ValueError::DateSyntax(text()),
        ValueError::DateInvalid(text()),
        ValueError::DateOutOfRange(text()),
        ValueError::TimestampSyntax(text()),
        ValueError::IdInvalid { text: text(), max: 1 },
        ValueError::TextTooLong { length: 1, max: 1 },
        ValueError::TooManyAttributes { max: 1 },
    ];
    for error in &all {
        match error {
            ValueError::AmountSyntax(_)
            | ValueError::AmountMustBeString(_)
            | ValueError::AmountTooManyDecimals { .. }
            | ValueError::AmountOutOfRange
            | ValueError::TooLong { .. }
            | ValueError::DecimalSyntax(_)
            | ValueError::DecimalOutOfRange(_)
            | ValueError::PercentOutOfRange(_)
            | ValueError::RateOutOfRange(_)
            | ValueError::CurrencyUnknown(_)
            | ValueError::DateSyntax(_)
            | ValueError::DateInvalid(_)
            | ValueError::DateOutOfRange(_)
            | ValueError::TimestampSyntax(_)
            | ValueError::IdInvalid { .. }
            | ValueError::TextTooLong { .. }
            | ValueError::TooManyAttributes { .. } => {}
        }
    }
    all
}

#[test]
fn the_table_of_value_codes_has_every_code_a_value_can_give_and_the_keys_own() {
    let mut given: Vec<&str> = every_value_error().iter().map(ValueError::code).collect();
    given.push("idempotency.key_invalid");
    given.sort_unstable();
    let listed: Vec<&str> = Rejection::VALUE_CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(given, listed);
}

#[test]
fn a_refusal_has_one_json_form() {
    let item = ItemId::parse("INV-1").unwrap();
    let amount = Amount::parse("0.00").unwrap();
    let form = Rejection::AllocationNotPositive { item, amount }.form();
    assert_eq!(
        serde_json::to_string(&form).unwrap(),
        r#"{"code":"allocation.not_positive","message":"0.00 for INV-1 is not greater than zero; to take an allocation back, undo it","facts":{"amount":"0.00","item":"INV-1"}}"#
    );
}
