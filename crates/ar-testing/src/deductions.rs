//! A fixed story of deductions that count for no credit limit: charged back, paid, taken back, given up,
//! moved to another account, agreed by instalments, always with a limit to show the difference.

use crate::act::{Act, Deed, Invoice, Limit, Profile, Schedule};
use crate::script::{eur, given, invoice, pay, undo};
use crate::wire::instant;
use crate::world::{Because, World, day, id};

/// The book of the story: what goes beyond a limit is refused.
#[must_use]
pub const fn world() -> World {
    World { block_invoices: true, ..World::plain() }
}

/// What is claimed and counts for no limit.
const NO_CREDIT: (bool, bool) = (false, true);

fn claim(account: &str, number: &str, on: i32, minor: i64, counts: (bool, bool)) -> Act {
    match invoice(account, given(number), on, None, &[(minor, 0)]) {
        Act::Invoice(plain) => Act::Invoice(Invoice { counts, ..plain }),
        other => other,
    }
}

fn moved(
    item: &str,
    to: Option<&str>,
    as_id: &str,
    minor: Option<i64>,
    on: i32,
    counts: (bool, bool),
) -> Act {
    Act::MoveDebit {
        document: id(as_id),
        item: id(item),
        to: to.map(id),
        amount: minor.map(eur),
        date: day(on),
        due: None,
        counts,
    }
}

fn write_off(item: &str, minor: i64, on: i32) -> Act {
    Act::WriteOff { item: id(item), amount: Some(eur(minor)), date: day(on), because: Because::Common }
}

fn plan(as_id: &str, items: &[&str], on: i32) -> Act {
    let schedule = Schedule { start: day(on), months: 1, each: None, count: 2, default_after: Some(5) };
    Act::Plan { plan: id(as_id), items: items.iter().map(|item| id(item)).collect(), date: day(on), schedule }
}

fn limit(account: &str, version: u32, minor: i64) -> Act {
    Act::SetLimit { account: id(account), version, limit: Limit::Amount(eur(minor)) }
}

fn parent(account: &str, version: u32, parent: Option<&str>) -> Act {
    let profile = Profile { parent: parent.map(id), po_required: false };
    Act::Amend { account: id(account), version, profile }
}

/// The story. C-2 may owe 300.00, and so may C-0 with C-3 from the second part on.
#[must_use]
pub fn story() -> Vec<Deed> {
    let full = (true, true);
    let acts: Vec<(&str, Act)> = vec![
        ("i1", claim("C-2", "D-1", 0, 25_000, full)),
        ("i2-beyond", claim("C-2", "D-2", 1, 10_000, full)),
        // 150.00 in dispute leave 100.00 of exposure.
        ("c1", moved("D-1", None, "V-1", Some(15_000), 2, NO_CREDIT)),
        // Before the deduction the whole invoice counted.
        ("i2-before", claim("C-2", "D-3", 1, 5_001, full)),
        ("i2", claim("C-2", "D-2", 2, 10_000, full)),
        ("r1", claim("C-2", "R-1", 3, 50_000, (false, false))),
        ("p1", pay("P-1", "C-2", 5_000, 3, &["V-1"])),
        ("i4-beyond", claim("C-2", "D-4", 4, 10_001, full)),
        // The debt is back, and does not count; the payment is, and does.
        ("u1", undo("p1.0", 5)),
        ("i5", claim("C-2", "D-5", 5, 15_000, full)),
        ("i6-beyond", claim("C-2", "D-6", 5, 1, full)),
        ("w1", write_off("V-1", 2_000, 6)),
        ("w1-undone", undo("w1.0", 7)),
        ("w2", write_off("V-1", 1_000, 7)),
        ("i7-beyond", claim("C-2", "D-7", 7, 1, full)),
        // A deduction of a deduction counts as its own reason says.
        ("c2", moved("V-1", None, "V-2", Some(4_000), 8, (true, false))),
        // What was issued for a reason is void as a whole, and what it was counted for with it.
        ("r1-void", Act::Void { document: id("R-1"), date: day(9) }),
        // Another account, and a group with a limit.
        ("g1", limit("C-0", 1, 30_000)),
        ("t1", moved("V-1", Some("C-3"), "T-1", Some(9_000), 10, full)),
        ("i8", claim("C-3", "D-8", 10, 30_000, full)),
        ("i9-beyond", claim("C-3", "D-9", 10, 1, full)),
        // Instalments count where anything in them does.
        ("a1", plan("A-1", &["T-1", "D-8"], 11)),
        ("i10-beyond", claim("C-0", "D-10", 11, 1, full)),
        ("p2", pay("P-2", "C-3", 20_000, 12, &["A-1"])),
        ("t2", moved("V-1", Some("C-3"), "T-2", None, 12, full)),
        // Out of the group with all figures, and back.
        ("m1", parent("C-3", 1, None)),
        ("i11", claim("C-0", "D-11", 12, 30_000, full)),
        ("m2", parent("C-3", 2, Some("C-0"))),
    ];
    let deed = |(n, (key, act)): (usize, (&str, Act))| Deed {
        key: id(key),
        actor: id("clerk-0"),
        at: instant(1_000 + n as i64),
        act,
    };
    acts.into_iter().enumerate().map(deed).collect()
}
