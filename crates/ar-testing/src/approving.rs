//! A fixed story of proposals, for the invariants of approval.

use ar_core::Event;

use crate::act::{Act, Deed};
use crate::rows::Rows;
use crate::script::{eur, given, invoice, pay, undo};
use crate::wire::instant;
use crate::world::{Approvals, Because, World, day, id};

/// Write-offs and refunds of up to 10.00 alone, 15.00 a month, and five days to decide.
#[must_use]
pub fn world() -> World {
    let approvals = Approvals {
        acts: 0b101,
        limit: 1_000,
        cumulative: Some(1_500),
        months: 1,
        one_approver: false,
        days: 5,
    };
    World { approvals: Some(approvals), ..World::plain() }
}

fn write_off(item: &str, minor: i64, on: i32) -> Act {
    Act::WriteOff { item: id(item), amount: Some(eur(minor)), date: day(on), because: Because::Common }
}

/// The digest that [`as_shown`] replaces.
const SHOWN: &str = "shown";

fn approve(proposal: &str, digest: &str) -> Act {
    Act::Approve { proposal: id(proposal), digest: digest.to_owned() }
}

/// Proposals that are approved, approved by their makers, unseen, late, twice, and after a change.
#[must_use]
pub fn story() -> Vec<Deed> {
    let refund = |refund: &str, minor: i64| Act::RequestRefund {
        refund: id(refund),
        credit: id("P-1"),
        amount: eur(minor),
        date: day(6),
    };
    let unseen = "0".repeat(64);
    let acts: Vec<(&str, usize, Act)> = vec![
        ("i1", 0, invoice("C-0", given("D-1"), 0, None, &[(10_000, 0)])),
        ("i2", 0, invoice("C-0", given("D-2"), 0, None, &[(10_000, 0)])),
        ("w1", 0, write_off("D-1", 1_000, 5)),
        // 15.01 in January.
        ("w2", 0, write_off("D-1", 501, 6)),
        ("w3", 0, write_off("D-2", 1_001, 40)),
        ("a3-own", 0, approve("w3", SHOWN)),
        ("a3-unseen", 1, approve("w3", &unseen)),
        ("a2", 1, approve("w2", SHOWN)),
        ("r2-decided", 1, Act::Reject { proposal: id("w2") }),
        ("a3", 1, approve("w3", SHOWN)),
        ("w1-undone", 0, undo("w1.0", 7)),
        ("w4", 0, write_off("D-1", 999, 8)),
        ("w5", 0, write_off("D-1", 1, 9)),
        ("w6", 0, write_off("D-2", 2_000, 41)),
        ("a6-late", 1, approve("w6", SHOWN)),
        ("x6", 0, Act::Withdraw { proposal: id("w6") }),
        ("p1", 0, pay("P-1", "C-1", 5_000, 5, &[])),
        ("f1", 0, refund("R-1", 3_000)),
        ("f2", 0, refund("R-2", 1_001)),
        ("b2", 1, approve("f2", SHOWN)),
        ("b1-void", 1, approve("f1", SHOWN)),
        ("b1-rejected", 2, Act::Reject { proposal: id("f1") }),
        ("b1-withdrawn", 0, Act::Withdraw { proposal: id("f1") }),
    ];
    let deed = |(n, (key, clerk, act)): (usize, (&str, usize, Act))| {
        let late = if key.ends_with("late") { 10 * 86_400 } else { 0 };
        Deed { key: id(key), actor: id(&format!("clerk-{clerk}")), at: instant(1_000 + n as i64 + late), act }
    };
    acts.into_iter().enumerate().map(deed).collect()
}

/// A deed that approves what was shown names the digest of the proposal on record.
#[must_use]
pub fn as_shown(deed: &Deed, rows: &Rows) -> Deed {
    let mut deed = deed.clone();
    if let Act::Approve { proposal, digest } = &mut deed.act
        && digest == SHOWN
    {
        let made = rows.records.iter().find_map(|record| match &record.event {
            Event::Proposed(e) if e.content.proposal == *proposal => Some(e.digest.to_string()),
            _ => None,
        });
        *digest = made.unwrap_or_else(|| "0".repeat(64));
    }
    deed
}
