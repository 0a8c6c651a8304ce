//! One encoding per value and one rounding rule (INV-06, INV-07).

use super::*;

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
    let instant = |text: &str| Timestamp::parse(text).unwrap().to_string();
    assert_eq!(instant("2026-01-31T10:00:00.5Z"), instant("2026-01-31T10:00:00.500Z"));
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
