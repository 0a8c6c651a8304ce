//! The comparison with a general ledger: what is planted is found, what is only in another order is
//! not a difference.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(missing_docs, clippy::unwrap_used)]

use ar_core::query::{GlFinding, GlLine, reconcile_balances, reconcile_journal};
use ar_core::{Currency, Date, GlCode};
use proptest::prelude::*;

fn line(reference: u8, code: u8, day: u8, minor: i64) -> GlLine {
    GlLine {
        reference: reference.to_string(),
        code: GlCode::parse(&format!("1{code}")).unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        date: Date::parse("2026-01-01").unwrap().add_days(i32::from(day)).unwrap(),
        minor,
    }
}

/// Journals whose postings differ in reference, so that a planted difference is one difference.
fn journal() -> impl Strategy<Value = Vec<GlLine>> {
    let lines = proptest::collection::vec((0..4_u8, 0..28_u8, 1..1_000_i64), 1..30);
    lines.prop_map(|lines| {
        let numbered = (0_u8..).zip(lines);
        numbered.map(|(n, (code, day, minor))| line(n, code, day, minor)).collect()
    })
}

proptest! {
    #[test]
    fn inv_11_a_journal_agrees_with_itself_in_any_order_and_with_its_lines_summed(
        lines in journal(),
        seed in any::<u64>(),
    ) {
        let mut other = lines.clone();
        // Some order that the seed gives, and every line cut in two.
        other.sort_by_key(|line| line.minor.wrapping_mul(seed as i64 | 1));
        let halves: Vec<GlLine> = other.iter().flat_map(|line| {
            let part = line.minor / 2;
            [GlLine { minor: part, ..line.clone() }, GlLine { minor: line.minor - part, ..line.clone() }]
        }).collect();
        let found = reconcile_journal(&lines, &halves);
        prop_assert!(found.agrees(), "{:?}", found.findings);
    }

    #[test]
    fn inv_11_every_planted_difference_is_found_and_no_other(
        lines in journal(),
        place in any::<prop::sample::Index>(),
        kind in 0..5_u8,
    ) {
        let at = place.index(lines.len());
        let mine = lines[at].clone();
        let mut theirs = lines.clone();
        let expected = match kind {
            0 => {
                theirs.remove(at);
                GlFinding::NotExported(mine)
            }
            1 => {
                let hand = line(200, 0, 5, 77);
                theirs.push(hand.clone());
                GlFinding::ByHand(hand)
            }
            _ => {
                let changed = match kind {
                    2 => GlLine { minor: mine.minor + 1, ..mine.clone() },
                    3 => GlLine { date: mine.date.add_days(1).unwrap(), ..mine.clone() },
                    _ => GlLine { code: GlCode::parse("9999").unwrap(), ..mine.clone() },
                };
                theirs[at] = changed.clone();
                GlFinding::Altered { ours: mine, theirs: changed }
            }
        };
        theirs.reverse();
        let found = reconcile_journal(&lines, &theirs);
        prop_assert!(!found.agrees());
        prop_assert_eq!(&found.findings, &[expected]);
        // The accounts tell it as well: one difference stands on one of them.
        let told: usize = found.accounts.iter().map(|of| of.not_exported + of.by_hand + of.altered).sum();
        prop_assert_eq!(told, 1);
    }

    #[test]
    fn inv_11_balances_differ_where_a_cent_does(lines in journal(), place in any::<prop::sample::Index>()) {
        let balances: Vec<_> =
            lines.iter().map(|line| (line.code.clone(), line.currency, i128::from(line.minor))).collect();
        prop_assert!(reconcile_balances(&balances, &balances).agrees());
        let mut other = balances.clone();
        other[place.index(balances.len())].2 += 1;
        let found = reconcile_balances(&balances, &other);
        prop_assert_eq!(found.accounts.iter().filter(|of| !of.agrees()).count(), 1);
    }
}
