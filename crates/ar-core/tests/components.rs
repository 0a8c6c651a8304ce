//! What was settled of a document, told for its parts: shares add up, none is beyond its part, and the
//! order of the rule holds (INV-04).

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::default_trait_access)]

use ar_core::document::{BookedLine, Content, LineKind, TaxGroup};
use ar_core::query::{Component, ComponentRule, ComponentShare, by_component, by_line};
use ar_core::{Amount, Percent, TaxCode};
use proptest::prelude::*;

fn amount(minor: i64) -> Amount {
    let sign = if minor < 0 { "-" } else { "" };
    Amount::parse(&format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)).unwrap()
}

fn line(kind: LineKind, minor: i64) -> BookedLine {
    BookedLine::of(kind, amount(minor))
}

/// Goods, tax, freight and charges.
fn content([goods, tax, freight, charges]: [i64; 4]) -> Content {
    let lines =
        vec![line(LineKind::Product, goods), line(LineKind::Freight, freight), line(LineKind::Fee, charges)];
    let percent = Percent::parse("10").unwrap();
    let group = TaxGroup::of(TaxCode::parse("T").unwrap(), percent, amount(goods), amount(tax));
    let net = goods + freight + charges;
    Content::of(lines, vec![group], amount(net), amount(net + tax))
}

fn settled(shares: &[ComponentShare], component: Component) -> i64 {
    shares.iter().find(|share| share.component == component).map_or(0, |share| share.settled.minor())
}

const RULES: [ComponentRule; 3] =
    [ComponentRule::ProrateAll, ComponentRule::LinesThenTax, ComponentRule::LinesWithTax];

#[test]
fn half_of_a_document_is_half_of_each_part_or_the_first_parts() {
    let content = content([10_000, 1_000, 2_000, 500]);
    let told = |rule| {
        let shares = by_component(&content, amount(6_750), rule).unwrap();
        [Component::Lines, Component::Tax, Component::Freight, Component::Charges]
            .map(|c| settled(&shares, c))
    };
    assert_eq!(told(ComponentRule::ProrateAll), [5_000, 500, 1_000, 250]);
    assert_eq!(told(ComponentRule::LinesThenTax), [6_750, 0, 0, 0]);
    assert_eq!(told(ComponentRule::LinesWithTax), [6_136, 614, 0, 0]);
}

#[test]
fn lines_are_settled_in_proportion_or_one_after_the_other() {
    let mut content = content([6_000, 0, 4_000, 0]);
    content.lines.pop();
    let told = |in_order| -> Vec<String> {
        by_line(&content, amount(7_500), in_order).unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(told(false), ["45.00", "30.00"]);
    assert_eq!(told(true), ["60.00", "15.00"]);
}

#[test]
fn a_part_below_zero_and_more_than_there_is_are_not_shared() {
    for rule in RULES {
        assert_eq!(by_component(&content([10_000, 0, -1, 0]), amount(100), rule), None);
        assert_eq!(by_component(&content([10_000, 0, 0, 0]), amount(10_001), rule), None);
    }
    assert_eq!(by_line(&content([10_000, 0, -1, 0]), amount(100), false), None);
}

proptest! {
    #[test]
    fn inv_04_the_shares_of_a_settlement_add_up_and_none_is_beyond_its_part(
        parts in [0_i64..5_000, 0_i64..900, 0_i64..700, 0_i64..300],
        share in 0_i64..=1_000,
    ) {
        let content = content(parts);
        let minor = content.total.minor() * share / 1_000;
        for rule in RULES {
            let shares = by_component(&content, amount(minor), rule).unwrap();
            prop_assert_eq!(shares.iter().map(|s| s.settled.minor()).sum::<i64>(), minor);
            prop_assert!(shares.iter().all(|s| (0..=s.amount.minor()).contains(&s.settled.minor())));
            let lines = settled(&shares, Component::Lines);
            if rule == ComponentRule::LinesThenTax && settled(&shares, Component::Tax) > 0 {
                prop_assert_eq!(lines, parts[0], "tax after the lines");
            }
        }
        let lines = by_line(&content, amount(minor), true).unwrap();
        prop_assert_eq!(lines.iter().map(|line| line.minor()).sum::<i64>(), minor);
    }
}
