//! Sums, products and splits are exact, rounded once at a named point, or refused (INV-02 to INV-04).

use super::*;

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
    assert_eq!(split(10_000, &[1, 1, 1]).unwrap(), [3_334, 3_333, 3_333]);
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
