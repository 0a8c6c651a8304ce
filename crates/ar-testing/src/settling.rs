//! A fixed story of settlements: discounts at the edges of their windows, partial settlements at
//! several rates, write-offs and what is tried with them. It gives every broken variant of INV-30,
//! INV-31 and INV-37 its opportunity.

use ar_core::allocation::WriteOff;
use ar_core::values::*;
use ar_core::{Command, Envelope};

use crate::act::{Act, Deed, How, Invoice, Line, Number, Part, Payment, Target, Terms};
use crate::script::{allocate, credit, eur, given, invoice, pay, targets, undo};
use crate::wire::{envelope, instant, opening};
use crate::world::{Because, World, currency, day, id, money, prologue};

/// An invoice in base currency of the first day, with terms.
#[must_use]
pub fn invoice_of(number: &str, minor: i64, terms: Terms) -> Act {
    invoice("C-0", given(number), 0, Some(terms), &[(minor, 0)])
}

/// An invoice of 100.00 with 2 % within ten days.
fn discounted(number: &str) -> Act {
    invoice_of(
        number,
        10_000,
        Terms { days: 30, before: vec![], discounts: vec![(2, 10, 0)], shared: false, name: None },
    )
}

/// The same, where part payments earn their share.
fn shared(number: &str) -> Act {
    invoice_of(
        number,
        10_000,
        Terms { days: 30, before: vec![], discounts: vec![(2, 10, 0)], shared: true, name: None },
    )
}

/// Applies a credit and grants the discount of the terms.
fn granted(credit: &str, item: &str) -> Act {
    let target = Target { item: id(item), amount: None, discount: true, grant: Some(None), withheld: None };
    Act::Allocate { credit: id(credit), date: None, how: How::Explicit(vec![target]) }
}

/// A payment that reached the books on one day and has another value date.
fn valued(payment: &str, minor: i64, on: i32, value: i32, to: &[&str]) -> Act {
    match pay(payment, "C-0", minor, on, to) {
        Act::Pay(plain) => Act::Pay(Payment { value: Some(day(value)), ..plain }),
        other => other,
    }
}

/// A debit memo that raises an invoice by a net amount.
fn raised(number: &str, of: &str, minor: i64) -> Act {
    match invoice("C-0", given(number), 2, None, &[(minor, 19)]) {
        Act::Invoice(plain) => Act::DebitMemo(Invoice { invoice: Some(id(of)), ..plain }),
        other => other,
    }
}

/// Gives up with the tax in it.
fn relieved(item: &str, minor: Option<i64>, on: i32) -> Act {
    Act::WriteOff { item: id(item), amount: minor.map(eur), date: day(on), because: Because::Relief }
}

fn recover(write_off: &str, credit: &str, minor: Option<i64>, on: i32) -> Act {
    Act::Recover { write_off: id(write_off), credit: id(credit), amount: minor.map(eur), date: day(on) }
}

fn write_off(item: &str, minor: Option<i64>, on: i32) -> Act {
    Act::WriteOff { item: id(item), amount: minor.map(eur), date: day(on), because: Because::Common }
}

/// An invoice in the second currency at a rate.
#[must_use]
pub fn foreign_invoice(number: &str, minor: i64, rate: Rate) -> Act {
    Act::Invoice(Invoice {
        account: id("C-0"),
        number: Number::Given(id(number)),
        currency: currency(1),
        rate: Some(rate),
        date: day(0),
        accounting: None,
        terms: None,
        lines: vec![Line { amount: money(minor, currency(1)), tax: 0, freight: false }],
        po_number: false,
        order: None,
        invoice: None,
        counts: (true, true),
        vouched: false,
    })
}

/// A payment in the second currency at a rate, applied as far as it goes.
#[must_use]
pub fn foreign_payment(payment: &str, minor: i64, rate: Rate, on: i32, to: &[&str]) -> Act {
    Act::Pay(Payment {
        payment: id(payment),
        account: Some(id("C-0")),
        amount: money(minor, currency(1)),
        rate: Some(rate),
        date: day(on),
        accounting: None,
        value: None,
        on_account: false,
        order: None,
        how: Some(targets(to, None)),
    })
}

/// A rate that is known to be one.
///
/// # Panics
/// When the text is no rate: a mistake in the story.
#[must_use]
pub fn rate(text: &str) -> Rate {
    Rate::parse(text).expect("a rate")
}

fn acts() -> Vec<(&'static str, Act)> {
    vec![
        ("a1", discounted("A-1")),
        ("a2", discounted("A-2")),
        ("a3", discounted("A-3")),
        ("a4", discounted("A-4")),
        ("a5", discounted("A-5")),
        // The last day, the day after it, and the day before the invoice.
        ("p1", valued("P-1", 9_800, 5, 10, &["A-1"])),
        ("p2", valued("P-2", 9_800, 5, 11, &[])),
        ("p2-late", allocate("P-2", None, "A-2", None)),
        ("p7", valued("P-7", 9_800, 5, -1, &["A-5"])),
        ("u7", undo("p7.0", 6)),
        // 2 % of what a memo leaves.
        ("m3", credit("M-3", "A-3", 2, Part::Line(1, Some(eur(1_000))), true)),
        ("p3", pay("P-3", "C-0", 8_820, 6, &["A-3"])),
        // Granted once; the part paid before comes back, and the rest earns no second discount.
        ("p4", pay("P-4", "C-0", 5_000, 4, &["A-4"])),
        ("p5", pay("P-5", "C-0", 4_800, 5, &["A-4"])),
        ("u4", undo("p4.0", 6)),
        ("p6", pay("P-6", "C-0", 4_900, 8, &["A-4"])),
        // Taken back with its undo, and granted again by the same value date.
        ("u1", undo("p1.0", 12)),
        ("p1-again", allocate("P-1", Some(13), "A-1", None)),
        // A share of a part payment, and a discount granted after the window.
        ("a6", shared("A-6")),
        ("p8", pay("P-8", "C-0", 3_000, 3, &["A-6"])),
        ("p9", pay("P-9", "C-0", 6_800, 20, &[])),
        ("p9-granted", granted("P-9", "A-6")),
        // Parts at several rates, whose shares do not round to the whole.
        ("f1", foreign_invoice("F-1", 10_001, rate("0.9"))),
        ("g1", foreign_payment("G-1", 3_333, rate("0.92"), 3, &["F-1"])),
        ("g2", foreign_payment("G-2", 3_334, rate("0.88"), 4, &["F-1"])),
        ("g3", foreign_payment("G-3", 3_334, rate("0.91"), 5, &["F-1"])),
        ("g2-back", undo("g2.0", 9)),
        ("g2-again", allocate_foreign("G-2", "F-1")),
        // Write-offs: within what is open, beyond it, before a settlement that was taken back.
        ("w", invoice("C-1", given("W-1"), 1, None, &[(10_000, 0)])),
        ("w-paid", pay("Q-1", "C-1", 9_000, 2, &["W-1"])),
        ("w-part", write_off("W-1", Some(400), 20)),
        ("w-beyond", write_off("W-1", Some(2_000), 21)),
        ("w-undone", undo("w-part.0", 25)),
        ("w-rest", write_off("W-1", None, 30)),
        ("x", invoice("C-1", given("W-2"), 1, None, &[(1_000, 0)])),
        ("x-paid", pay("Q-2", "C-1", 1_000, 10, &["W-2"])),
        ("x-back", undo("x-paid.0", 20)),
        ("x-backdated", write_off("W-2", None, 5)),
        ("x-given-up", write_off("W-2", Some(300), 22)),
        // The tax in what is given up, in parts that do not round to the whole, and what comes in of it.
        ("r", invoice("C-0", given("R-1"), 1, None, &[(10_000, 19), (3_333, 7)])),
        ("r-memo", credit("MR-1", "R-1", 5, Part::Line(1, Some(eur(500))), false)),
        ("r-part", relieved("R-1", Some(5_001), 20)),
        ("r-rest", relieved("R-1", None, 21)),
        ("r-cash", pay("Q-3", "C-0", 9_000, 30, &[])),
        ("r-in", recover("r-part.0", "Q-3", Some(1_667), 31)),
        ("r-in-2", recover("r-part.0", "Q-3", None, 32)),
        ("r-in-3", recover("r-part.0", "Q-3", Some(1), 33)),
        ("r-open", undo("r-part.0", 34)),
        ("r-back", undo("r-in.0", 40)),
        ("r-too-early", recover("r-part.0", "Q-3", Some(1_667), 35)),
        ("r-again", recover("r-part.0", "Q-3", Some(1_667), 41)),
        ("r-memo-of-tax", credit("MR-2", "R-1", 42, Part::Whole, false)),
        // An invoice and its debit memo bear their tax together, beside a memo that nobody applied.
        ("s", invoice("C-0", given("R-2"), 1, None, &[(10_000, 19)])),
        ("s-raised", raised("R-3", "R-2", 2_000)),
        ("s-memo", credit("MR-3", "R-2", 5, Part::Line(1, Some(eur(2_000))), false)),
        ("s-part", relieved("R-3", None, 20)),
        ("s-rest", relieved("R-2", None, 21)),
    ]
}

fn allocate_foreign(credit: &str, item: &str) -> Act {
    Act::Allocate { credit: id(credit), date: Some(day(10)), how: targets(&[item], None) }
}

/// The commands that open the book and its accounts, then these acts.
#[must_use]
pub fn told(acts: Vec<(String, Act)>) -> Vec<Envelope> {
    let mut all = vec![opening(&World::plain())];
    all.extend(prologue().iter().map(envelope));
    for (n, (key, act)) in acts.into_iter().enumerate() {
        let at = instant(1_000 + i64::try_from(n).unwrap_or(0));
        all.push(envelope(&Deed { key: id(&key), actor: id("clerk-0"), at, act }));
    }
    all
}

/// The story, from the opening of the book to a write-off for a reason that nobody set up.
#[must_use]
pub fn story() -> Vec<Envelope> {
    let mut all = told(acts().into_iter().map(|(key, act)| (key.to_owned(), act)).collect());
    if let Some(last) = all.last().cloned() {
        let reason = id("NOBODY-KNOWS");
        let command = Command::WriteOff(WriteOff { item: id("W-2"), amount: None, date: day(31), reason });
        all.push(Envelope { id: id("x-why"), command, ..last });
    }
    all
}
