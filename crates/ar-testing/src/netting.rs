//! A fixed story of nettings in both directions, and of memos for what was paid with a discount.

use crate::act::{Act, Deed, Part, Terms};
use crate::script::{credit, eur, given, invoice, pay, undo};
use crate::wire::instant;
use crate::world::{World, day, id};

/// The book of the story: memos take back their share of a discount.
#[must_use]
pub const fn world() -> World {
    World { memo_discounts: true, ..World::plain() }
}

fn net(items: &[(&str, Option<i64>)], amount: Option<i64>, on: i32) -> Act {
    Act::Net {
        account: id("C-0"),
        items: items.iter().map(|(item, minor)| (id(item), minor.map(eur))).collect(),
        amount: amount.map(eur),
        date: day(on),
    }
}

fn discounted(number: &str) -> Act {
    let terms = Terms { days: 30, before: vec![], discounts: vec![(2, 10, 0)], shared: false, name: None };
    invoice("C-0", given(number), 0, Some(terms), &[(6_000, 0), (4_000, 0)])
}

/// The story.
#[must_use]
pub fn story() -> Vec<Deed> {
    let acts: Vec<(&str, Act)> = vec![
        ("i1", invoice("C-0", given("N-1"), 0, None, &[(15_000, 0)])),
        ("i2", invoice("C-0", given("N-2"), 1, None, &[(5_000, 5)])),
        ("n1-much", net(&[("N-1", None)], Some(15_001), 3)),
        ("n1", net(&[("N-1", None), ("N-2", None)], Some(16_000), 3)),
        ("n1-gone", net(&[("N-1", None)], None, 4)),
        ("n1-undone", undo("n1.0", 5)),
        ("n2", net(&[("N-1", Some(7_000))], None, 5)),
        ("p1", pay("P-1", "C-0", 9_000, 5, &["N-1"])),
        ("n3", net(&[("P-1", Some(600))], None, 6)),
        ("n3-mixed", net(&[("P-1", None), ("N-2", None)], None, 6)),
        ("r1", Act::Reverse { payment: id("P-1"), date: day(7), returned: true, fee: None }),
        // Memos for goods that were paid with a discount.
        ("i3", discounted("D-1")),
        ("p3", pay("P-3", "C-0", 9_800, 4, &["D-1"])),
        ("m1", credit("M-1", "D-1", 6, Part::Line(1, Some(eur(2_500))), true)),
        ("m2", credit("M-2", "D-1", 7, Part::Whole, true)),
        ("m1-undone", undo("m1.0", 8)),
        ("r3", Act::Reverse { payment: id("P-3"), date: day(9), returned: true, fee: None }),
        ("i4", discounted("D-2")),
        ("p4", pay("P-4", "C-0", 9_800, 4, &["D-2"])),
        ("m4", credit("M-4", "D-2", 6, Part::Line(1, None), true)),
        ("m5", credit("M-5", "D-2", 6, Part::Line(2, None), true)),
    ];
    let deed = |(n, (key, act)): (usize, (&str, Act))| Deed {
        key: id(key),
        actor: id("clerk-0"),
        at: instant(1_000 + n as i64),
        act,
    };
    acts.into_iter().enumerate().map(deed).collect()
}
