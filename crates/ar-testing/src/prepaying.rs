//! A fixed story of payments for an order: refused, kept, applied by rules and by hand, undone, refunded,
//! moved, converted and taken back, always beside debts that are not the order's.

use crate::act::{Act, Deed, How, Invoice, Payment, Rule, Rules, Schedule, Terms};
use crate::script::{allocate, eur, given, invoice, pay, undo};
use crate::wire::instant;
use crate::world::{currency, day, id, money};
use ar_core::values::*;

fn order(name: &str, account: &str, worth: Money) -> Act {
    Act::Order {
        order: id(name),
        account: id(account),
        date: day(0),
        amount: worth,
        delivered: false,
        vouched: false,
    }
}

/// A payment for an order.
fn prepay(payment: &str, account: Option<&str>, minor: i64, of: &str, how: Option<How>) -> Act {
    match pay(payment, "C-1", minor, 1, &[]) {
        Act::Pay(plain) => Act::Pay(Payment { account: account.map(id), order: Some(id(of)), how, ..plain }),
        other => other,
    }
}

fn bill(account: &str, number: &str, of: Option<&str>, on: i32, minor: i64, terms: Option<Terms>) -> Act {
    match invoice(account, given(number), on, terms, &[(minor, 0)]) {
        Act::Invoice(plain) => Act::Invoice(Invoice { order: of.map(id), ..plain }),
        other => other,
    }
}

fn by_rules(rules: &[Rule], named: &[&str]) -> How {
    let references = named.iter().map(|name| id(name)).collect();
    How::Rules(Rules { references, rules: rules.to_vec(), attended: true })
}

fn applied(credit: &str, how: How) -> Act {
    Act::Allocate { credit: id(credit), date: None, how }
}

const OLDEST: Rule = Rule::Oldest { partial: true };

/// What is refused: an order that nobody reported, another customer's, one in another currency, and an
/// order of somebody who is not known.
fn refused() -> Vec<(&'static str, Act)> {
    vec![
        ("o1", order("O-1", "C-1", eur(100_000))),
        ("o2", order("O-2", "C-0", eur(100_000))),
        ("o3", order("O-3", "C-1", money(100_000, currency(1)))),
        ("x1-unknown", prepay("X-1", Some("C-1"), 30_000, "O-9", None)),
        ("x2-account", prepay("X-1", Some("C-1"), 30_000, "O-2", None)),
        ("x3-currency", prepay("X-1", Some("C-1"), 30_000, "O-3", None)),
        ("x4-nobody", prepay("X-1", None, 30_000, "O-1", None)),
    ]
}

/// What rules make of it: nothing of another debt, be it exactly the amount, all there is, or named.
fn kept() -> Vec<(&'static str, Act)> {
    let parts = Terms { days: 60, before: vec![(30, 10)], discounts: vec![], shared: false, name: None };
    let all = [Rule::References, Rule::ExactItem, Rule::ExactTotal, Rule::Combination { most: 2 }, OLDEST];
    vec![
        ("i1", bill("C-1", "D-1", None, 1, 30_000, None)),
        ("p1", prepay("P-1", Some("C-1"), 30_000, "O-1", Some(by_rules(&all, &["D-1"])))),
        ("r1-nothing", applied("P-1", by_rules(&all, &["D-1"]))),
        ("r2-nothing", applied("P-1", by_rules(&[Rule::ProRata, Rule::ChargesFirst], &[]))),
        ("i2", bill("C-1", "D-2", Some("O-1"), 2, 80_000, Some(parts))),
        // D-1 is due before the second part; the first part is 240.00.
        ("r3", applied("P-1", by_rules(&[OLDEST], &[]))),
        ("r3-undone", undo("r3.0", 3)),
        ("r3-undone-too", undo("r3.1", 3)),
        ("i3", bill("C-1", "D-3", Some("O-1"), 3, 30_000, None)),
        ("r4", applied("P-1", by_rules(&[Rule::ExactItem], &[]))),
        ("r4-undone", undo("r4.0", 4)),
        ("r5-nothing", applied("P-1", by_rules(&[Rule::ExactTotal], &[]))),
        ("p2", prepay("P-2", Some("C-1"), 110_000, "O-1", Some(by_rules(&[Rule::ExactTotal], &[])))),
        ("p2-back", Act::Reverse { payment: id("P-2"), date: day(5), returned: true, fee: None }),
    ]
}

/// What happens to it beside: refunded in part, moved, converted, agreed by instalments, spent by hand,
/// and taken back.
fn moved() -> Vec<(&'static str, Act)> {
    let schedule = Schedule { start: day(40), months: 1, each: None, count: 2, default_after: None };
    let both = vec![id("D-2"), id("D-2#2")];
    vec![
        ("f1", Act::RequestRefund { refund: id("F-1"), credit: id("P-1"), amount: eur(5_000), date: day(6) }),
        ("f1-void", Act::VoidRefund { refund: id("F-1"), date: day(6) }),
        (
            "t1",
            Act::Transfer {
                transfer: id("T-1"),
                credit: id("P-1"),
                to: id("C-0"),
                amount: Some(eur(10_000)),
                date: day(6),
            },
        ),
        ("i4", bill("C-0", "D-4", None, 6, 10_000, None)),
        // On another account it is kept for no order.
        ("r6", applied("T-1", by_rules(&[Rule::ExactItem], &[]))),
        (
            "v1",
            Act::Convert {
                conversion: id("V-1"),
                credit: id("P-1"),
                to: currency(1),
                amount: Some(eur(1_000)),
                gives: None,
                date: day(9),
            },
        ),
        ("a1", Act::Plan { plan: id("A-1"), items: both, date: day(10), schedule }),
        (
            "a2",
            Act::Plan {
                plan: id("A-2"),
                items: vec![id("D-1"), id("D-3")],
                date: day(10),
                schedule: Schedule { start: day(12), months: 1, each: None, count: 1, default_after: None },
            },
        ),
        // Half of A-2 is no debt of the order, and it is due first.
        ("r7", applied("P-1", by_rules(&[OLDEST], &[]))),
        ("r7-undone", undo("r7.0", 11)),
        // A person decides.
        ("e1", allocate("P-1", Some(11), "A-2", Some(5_000))),
        ("p1-back", Act::Reverse { payment: id("P-1"), date: day(12), returned: true, fee: None }),
    ]
}

/// The story.
#[must_use]
pub fn story() -> Vec<Deed> {
    let acts = [refused(), kept(), moved()].concat();
    let deed = |(n, (key, act)): (usize, (&str, Act))| Deed {
        key: id(key),
        actor: id("clerk-0"),
        at: instant(1_000 + n as i64),
        act,
    };
    acts.into_iter().enumerate().map(deed).collect()
}
