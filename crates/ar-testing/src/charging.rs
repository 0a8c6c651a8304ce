//! A fixed story of late debts, for the invariants of finance charges.

use crate::act::{Act, Deed};
use crate::script::{allocate, eur, given, invoice, pay, undo};
use crate::wire::instant;
use crate::world::{base, day, id};

fn assess(account: &str, fees: bool, through: i32) -> Act {
    let (through, account) = (day(through), id(account));
    Act::Assess { account, fees, currency: base(), through, date: through }
}

fn waive(item: &str, minor: Option<i64>, on: i32) -> Act {
    Act::Waive { item: id(item), amount: minor.map(eur), date: day(on) }
}

fn void(document: &str, on: i32) -> Act {
    Act::Void { document: id(document), date: day(on) }
}

/// Debts that are charged, paid late, paid earlier than it was known, waived and charged again.
#[must_use]
pub fn story() -> Vec<Deed> {
    let acts: Vec<(&str, Act)> = vec![
        ("i1", invoice("C-0", given("L-1"), 0, None, &[(100_000, 0)])),
        ("i2", invoice("C-0", given("L-2"), 1, None, &[(50_000, 0)])),
        ("i3", invoice("C-1", given("L-3"), 0, None, &[(900, 0)])),
        ("f0-nothing", assess("C-0", false, 30)),
        // Thirty days late at two rates.
        ("f1", assess("C-0", true, 60)),
        ("f1-again", assess("C-0", true, 60)),
        // Known later: half was paid ten days after it was due.
        ("p1", pay("P-1", "C-0", 50_000, 40, &["L-1"])),
        ("f2", assess("C-0", false, 61)),
        ("v1-covered", void("FC-2026-00001", 61)),
        ("v2", void("CM-2026-00001", 61)),
        ("v3", void("FC-2026-00002", 61)),
        ("v1", void("FC-2026-00001", 61)),
        ("f3", assess("C-0", true, 75)),
        ("w1", waive("FC-2026-00003", Some(101), 76)),
        ("w1-undone", undo("w1.0", 77)),
        ("w2", waive("FC-2026-00003", None, 78)),
        ("w2-again", waive("FC-2026-00003", None, 78)),
        ("w3-no-charge", waive("L-2", None, 78)),
        // Paid in time after all; what was waived is not credited again.
        ("p2", pay("P-2", "C-0", 50_000, 20, &["L-2"])),
        ("f4", assess("C-0", false, 80)),
        // Paid late and closed before anything was charged.
        ("p3", pay("P-3", "C-1", 900, 50, &[])),
        ("a3", allocate("P-3", None, "L-3", None)),
        ("f5", assess("C-1", true, 80)),
        ("f5-again", assess("C-1", true, 81)),
        ("a3-undone", undo("a3.0", 85)),
        ("f6", assess("C-1", false, 90)),
    ];
    let deed = |(n, (key, act)): (usize, (&str, Act))| Deed {
        key: id(key),
        actor: id("clerk-0"),
        at: instant(1_000 + n as i64),
        act,
    };
    acts.into_iter().enumerate().map(deed).collect()
}
