//! A fixed story in which everything happens that a control needs: discounts, an undo, a backdated
//! settlement that must be refused, a return, refunds, memos, a closed period, stale changes and
//! repeated commands.
//!
//! The chance stories of [`crate::steps`] look for what nobody thought of; this one makes sure that
//! every broken variant has its opportunity.

use ar_core::values::*;

use crate::act::{Act, Area, Deed, How, Invoice, Line, Number, Part, Payment, Profile, Target, Terms};
use crate::wire::instant;
use crate::world::{Because, base, day, id, money, prologue};

pub(crate) fn eur(minor: i64) -> Money {
    money(minor, base())
}

/// An invoice in base currency with lines of minor units and the percent of their tax.
#[must_use]
pub fn invoice(account: &str, number: Number, on: i32, terms: Option<Terms>, lines: &[(i64, u8)]) -> Act {
    Act::Invoice(Invoice {
        account: id(account),
        number,
        currency: base(),
        rate: None,
        date: day(on),
        accounting: None,
        terms,
        lines: lines
            .iter()
            .map(|(minor, tax)| Line { amount: eur(*minor), tax: *tax, freight: false })
            .collect(),
        po_number: false,
        order: None,
        invoice: None,
        counts: (true, true),
        vouched: false,
    })
}

/// A payment in base currency, applied to these items as far as it goes.
#[must_use]
pub fn pay(payment: &str, account: &str, minor: i64, on: i32, to: &[&str]) -> Act {
    let how = (!to.is_empty()).then(|| targets(to, None));
    Act::Pay(Payment {
        payment: id(payment),
        account: Some(id(account)),
        amount: eur(minor),
        rate: None,
        date: day(on),
        accounting: None,
        value: None,
        on_account: false,
        order: None,
        how,
    })
}

pub(crate) fn targets(items: &[&str], minor: Option<i64>) -> How {
    let target = |item: &&str| Target {
        item: id(item),
        amount: minor.map(eur),
        discount: true,
        grant: None,
        withheld: None,
    };
    How::Explicit(items.iter().map(target).collect())
}

pub(crate) fn allocate(credit: &str, on: Option<i32>, item: &str, minor: Option<i64>) -> Act {
    Act::Allocate { credit: id(credit), date: on.map(day), how: targets(&[item], minor) }
}

pub(crate) fn undo(link: &str, on: i32) -> Act {
    Act::Undo { link: id(link), date: day(on) }
}

fn series() -> Number {
    Number::Series(id("INV"))
}

/// A number given by hand.
#[must_use]
pub fn given(number: &str) -> Number {
    Number::Given(id(number))
}

fn amend(version: u32, po_required: bool) -> Act {
    Act::Amend { account: id("C-1"), version, profile: Profile { parent: None, po_required } }
}

pub(crate) fn credit(number: &str, of: &str, on: i32, part: Part, apply: bool) -> Act {
    Act::CreditInvoice {
        account: id("C-0"),
        number: given(number),
        date: day(on),
        accounting: None,
        invoice: id(of),
        part,
        apply,
    }
}

fn acts() -> Vec<(&'static str, Act)> {
    let discounts = Terms {
        days: 30,
        before: vec![],
        discounts: vec![(2, 10, 3), (1, 20, 0)],
        shared: false,
        name: None,
    };
    let two_parts = Terms { days: 60, before: vec![(30, 10)], discounts: vec![], shared: false, name: None };
    let refund = |refund: &str, from: &str, minor: i64, on: i32| Act::RequestRefund {
        refund: id(refund),
        credit: id(from),
        amount: eur(minor),
        date: day(on),
    };
    vec![
        ("i1", invoice("C-0", series(), 0, Some(discounts), &[(10_000, 19), (5_000, 0)])),
        ("i2", invoice("C-0", series(), 2, Some(two_parts.clone()), &[(10_000, 0)])),
        ("i3", invoice("C-0", given("D-3"), 2, Some(two_parts), &[(4_000, 7), (1, 0)])),
        ("i3-number-again", invoice("C-0", given("D-3"), 3, None, &[(100, 0)])),
        ("i4-out-of-order", invoice("C-1", series(), 1, None, &[(100, 0)])),
        ("i5", invoice("C-1", series(), 4, None, &[(2_500, 0)])),
        ("deliver-i1", Act::Deliver { document: id("INV-2026-00001"), date: day(5) }),
        // 2 % of 169.00 is 3.38; its undo and a second settlement follow.
        ("p1", pay("P-1", "C-0", 16_562, 5, &["INV-2026-00001"])),
        ("p1-again", allocate("P-1", None, "INV-2026-00002", Some(1_000))),
        ("u1", undo("p1.0", 12)),
        ("u1-again", undo("p1.0", 13)),
        ("a1", allocate("P-1", Some(14), "INV-2026-00001", None)),
        // Settled from the 10th to the 20th; what is dated the 5th must not be taken twice.
        ("p2", pay("P-2", "C-0", 3_000, 3, &[])),
        ("p3", pay("P-3", "C-0", 3_000, 3, &[])),
        ("a2", allocate("P-2", Some(10), "INV-2026-00002", Some(3_000))),
        ("u2", undo("a2.0", 20)),
        ("a3-backdated", allocate("P-3", Some(5), "INV-2026-00002", Some(3_000))),
        ("a4-backdated", allocate("P-2", Some(5), "D-3", Some(1_200))),
        ("a5", allocate("P-3", Some(21), "INV-2026-00002", Some(3_000))),
        ("a6-item-settled", allocate("P-2", Some(22), "INV-2026-00002", Some(100))),
        ("a7-credit-spent", allocate("P-3", Some(22), "D-3", Some(100))),
        // A cheque that settles, bounces, and is partly refunded before.
        ("p4", pay("P-4", "C-1", 4_000, 6, &["INV-2026-00003"])),
        ("r1", refund("R-1", "P-4", 500, 7)),
        ("r1-too-much", refund("R-2", "P-4", 1_500, 7)),
        ("r1-paid", Act::PayRefund { refund: id("R-1"), date: day(8) }),
        ("r1-paid-again", Act::PayRefund { refund: id("R-1"), date: day(9) }),
        ("r3", refund("R-3", "P-4", 100, 9)),
        ("r3-voided", Act::VoidRefund { refund: id("R-3"), date: day(10) }),
        ("p4-back", Act::Reverse { payment: id("P-4"), date: day(38), returned: true, fee: Some(eur(350)) }),
        ("p4-back-again", Act::Reverse { payment: id("P-4"), date: day(39), returned: true, fee: None }),
        // Memos up to the invoice and not beyond.
        ("m1", credit("M-1", "D-3", 15, Part::Line(1, Some(eur(1_500))), true)),
        ("m2", credit("M-2", "D-3", 16, Part::Whole, true)),
        ("m3-beyond", credit("M-3", "D-3", 17, Part::Line(1, Some(eur(3_000))), false)),
        (
            "w1",
            Act::WriteOff {
                item: id("INV-2026-00002#2"),
                amount: Some(eur(100)),
                date: day(25),
                because: Because::Common,
            },
        ),
        ("w1-undone", undo("w1.0", 26)),
        (
            "w2",
            Act::WriteOff {
                item: id("INV-2026-00002#2"),
                amount: Some(eur(250)),
                date: day(35),
                because: Because::Common,
            },
        ),
        (
            "t1",
            Act::Transfer {
                transfer: id("T-1"),
                credit: id("P-2"),
                to: id("C-1"),
                amount: Some(eur(700)),
                date: day(24),
            },
        ),
        ("v1", invoice("C-1", given("D-9"), 20, None, &[(900, 0)])),
        ("v1-void", Act::Void { document: id("D-9"), date: day(21) }),
        ("v1-void-again", Act::Void { document: id("D-9"), date: day(22) }),
        // Master data against versions.
        ("c1", amend(1, true)),
        ("c1-stale", amend(1, false)),
        ("c2", amend(2, false)),
        ("hold", Act::Hold { account: id("C-1"), date: day(20) }),
        (
            "order-held",
            Act::Order {
                order: id("O-1"),
                account: id("C-1"),
                date: day(21),
                amount: eur(1_000),
                delivered: false,
                vouched: false,
            },
        ),
        // A month is closed; what is dated into it is refused, a late undo moves out of it.
        ("close", Act::Periods { from: day(31), to: Date::MAX }),
        ("i8-late", invoice("C-1", given("D-8"), 10, None, &[(100, 0)])),
        ("u3-late", undo("a5.0", 28)),
        // The next month is closed softly: one person is admitted, and everybody is kept out of it
        // once it is closed hard.
        ("d-february", Act::DefinePeriod { period: id("2026-02"), start: day(31), end: day(58) }),
        (
            "c-soft",
            Act::ClosePeriod {
                period: id("2026-02"),
                soft: Some(([Area::Billing].into(), [id("clerk-1")].into())),
            },
        ),
        ("i9@1", invoice("C-1", given("D-20"), 40, None, &[(700, 0)])),
        ("i10@2", invoice("C-1", given("D-21"), 41, None, &[(800, 0)])),
        ("p9-soft@2", pay("P-20", "C-1", 700, 42, &["D-20"])),
        ("c-hard", Act::ClosePeriod { period: id("2026-02"), soft: None }),
        ("i11@1", invoice("C-1", given("D-22"), 43, None, &[(900, 0)])),
        ("r-february", Act::ReopenPeriod { period: id("2026-02") }),
        ("i12@1", invoice("C-1", given("D-23"), 43, None, &[(900, 0)])),
    ]
}

/// The story, from the opening of accounts to the last act.
#[must_use]
pub fn script() -> Vec<Deed> {
    let mut deeds = prologue();
    for (n, (key, act)) in acts().into_iter().enumerate() {
        let at = instant(1_000 + n as i64);
        // A key may name its clerk.
        let named = key.rsplit_once('@').and_then(|(_, clerk)| clerk.parse().ok());
        let clerk = named.unwrap_or(n % 3);
        deeds.push(Deed { key: id(key), actor: id(&format!("clerk-{clerk}")), at, act });
    }
    deeds
}

/// Commands of the story that are sent a second time at its end, as they were.
#[must_use]
pub fn repeated() -> Vec<Deed> {
    let again = ["w2", "p3", "a5", "p4-back"];
    script().into_iter().filter(|deed| again.contains(&deed.key.as_str())).collect()
}
