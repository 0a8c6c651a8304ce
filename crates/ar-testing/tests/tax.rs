//! Tax that falls due with payment, in step with the model; and a book that forgets to take it back.

use ar_testing::act::{Act, Deed, Part};
use ar_testing::books::{Books, Fault};
use ar_testing::checks::Violation;
use ar_testing::playing::in_step;
use ar_testing::script::{given, invoice, pay};
use ar_testing::wire::instant;
use ar_testing::world::{MIXED, ON_PAYMENT, World, day, id};

fn story() -> Vec<Deed> {
    let undo = |link: &str, on: i32| Act::Undo { link: id(link), date: day(on) };
    let credit = |number: &str, of: &str, on: i32| Act::CreditInvoice {
        account: id("C-0"),
        number: given(number),
        date: day(on),
        accounting: None,
        invoice: id(of),
        part: Part::Whole,
        apply: true,
    };
    let acts = [
        ("i1", invoice("C-0", given("A"), 0, None, &[(10_000, MIXED), (3_333, ON_PAYMENT)])),
        ("p1", pay("P-1", "C-0", 4_000, 2, &["A"])),
        ("p2", pay("P-2", "C-0", 2_345, 3, &["A"])),
        ("u1", undo("p1.0", 5)),
        ("p3", pay("P-3", "C-0", 13_555, 6, &["A"])),
        ("i2", invoice("C-0", given("B"), 4, None, &[(9_999, ON_PAYMENT)])),
        ("p4", pay("P-4", "C-0", 5_000, 5, &["B"])),
        ("c1", credit("CM-B", "B", 6)),
        ("u2", undo("p4.0", 7)),
    ];
    let deed = |(n, (key, act)): (usize, (&str, Act))| Deed {
        key: id(key),
        actor: id("clerk-0"),
        at: instant(n as i64),
        act,
    };
    acts.into_iter().enumerate().map(deed).collect()
}

/// Every act of the story is accepted.
fn accepted(books: Books) -> Result<(), Violation> {
    let lockstep = in_step(&World::plain(), story(), books)?;
    assert_eq!(lockstep.counts[1], 0, "every act is accepted");
    Ok(())
}

#[test]
fn inv_29_tax_falls_due_with_payment_and_an_undo_takes_back_what_its_link_made_due() {
    accepted(Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
}

#[test]
fn inv_29_control_tax_that_stays_due_after_an_undo_is_caught() {
    let found = accepted(Books::broken(Fault::KeepsTaxDue)).err().map(|violation| violation.invariant);
    assert_eq!(found, Some("INV-29"));
}
