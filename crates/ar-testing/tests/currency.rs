//! INV-03, INV-13, INV-29 and INV-31 on foreign currency: conversions, revaluations and settlements on
//! past days, each with books that are really broken.

use ar_core::Envelope;
use ar_testing::act::{Act, How, Payment, Target};
use ar_testing::books::{Books, Fault};
use ar_testing::checks::{self, Check};
use ar_testing::playing::checked;
use ar_testing::settling::{foreign_invoice, foreign_payment, rate, told};
use ar_testing::subject::Subject;
use ar_testing::world::{base, currency, day, id, money};

fn recorded(text: &str, on: i32) -> Act {
    Act::Rate { currency: currency(1), date: day(on), rate: rate(text) }
}

fn revalue(items: &[&str], on: i32, reverse_on: Option<i32>) -> Act {
    Act::Revalue {
        account: id("C-0"),
        currency: currency(1),
        date: day(on),
        items: items.iter().map(|item| id(item)).collect(),
        reverse_on: reverse_on.map(day),
    }
}

fn undo(link: &str, on: i32) -> Act {
    Act::Undo { link: id(link), date: day(on) }
}

fn apply(credit: &str, item: &str, on: i32) -> Act {
    let target = Target { item: id(item), amount: None, discount: true, grant: None, withheld: None };
    Act::Allocate { credit: id(credit), date: Some(day(on)), how: How::Explicit(vec![target]) }
}

fn unapplied(act: Act) -> Act {
    match act {
        Act::Pay(payment) => Act::Pay(Payment { how: None, ..payment }),
        other => other,
    }
}

/// A month of foreign currency.
fn story() -> Vec<Envelope> {
    let convert = |conversion: &str, minor: i64, on: i32| Act::Convert {
        conversion: id(conversion),
        credit: id("G-3"),
        to: base(),
        amount: Some(money(minor, currency(1))),
        gives: None,
        date: day(on),
    };
    let acts = vec![
        ("f", foreign_invoice("F", 10_001, rate("0.9"))),
        ("r10", recorded("0.95", 10)),
        ("v10", revalue(&["F"], 10, None)),
        ("g1", foreign_payment("G-1", 3_333, rate("0.92"), 12, &["F"])),
        ("u1", undo("g1.0", 13)),
        ("g1-again", apply("G-1", "F", 14)),
        ("r20", recorded("0.88", 20)),
        ("v20", revalue(&["F"], 20, Some(21))),
        ("g2", foreign_payment("G-2", 6_668, rate("0.91"), 25, &["F"])),
        // Converted at a loss, undone, and converted again.
        ("g3", unapplied(foreign_payment("G-3", 5_000, rate("0.9"), 11, &[]))),
        ("x1", convert("X-1", 2_000, 12)),
        ("ux1", undo("x1.0", 13)),
        ("x2", convert("X-2", 5_000, 13)),
        // 0.10 at 0.05: settled on the 10th, reopened on the 20th, and settled again before the 10th.
        ("d", foreign_invoice("D", 10, rate("0.5"))),
        ("h1", foreign_payment("H-1", 5, rate("0.5"), 10, &["D"])),
        ("uh1", undo("h1.0", 20)),
        ("h2", foreign_payment("H-2", 5, rate("0.5"), 5, &["D"])),
    ];
    told(acts.into_iter().map(|(key, act)| (key.to_owned(), act)).collect())
}

fn played(mut books: Books) -> Books {
    for envelope in story() {
        books.execute(&envelope);
    }
    books
}

fn caught(check: Check, number: &str, faults: &[Fault]) {
    assert_eq!(checked(&played(Books::honest()), check), Ok(()), "the book that works");
    for fault in faults {
        let found = checked(&played(Books::broken(*fault)), check);
        let found = found.expect_err(&format!("{fault:?} goes unnoticed"));
        assert_eq!(found.invariant, number, "{fault:?}: {found}");
    }
}

#[test]
fn inv_31_a_month_of_foreign_currency_leaves_nothing_behind() {
    let mut books = Books::honest();
    for envelope in story() {
        assert_eq!(books.execute(&envelope).code(), None, "{envelope:?}");
    }
    for (number, check) in checks::ALL {
        assert_eq!(checked(&books, *check), Ok(()), "{number}");
    }
    let item = |of: &str| &books.kept().items[&id(of)];
    assert_eq!((item("F").open, item("F").base_open, item("F").revalued), (0, Some(0), 0));
    assert_eq!((item("X-2").open, item("G-3").open), (4_750, 0), "50.00 at 0.95");
    assert_eq!((item("D").open, item("D").base_open), (5, Some(3)), "0.02 went before the 10th");
}

#[test]
fn inv_03_a_conversion_that_is_not_what_is_on_record_is_caught() {
    caught(checks::conversions_are_on_record, "INV-03", &[Fault::GivesMore, Fault::LeavesOnClearing]);
}

#[test]
fn inv_09_inv_13_a_conversion_that_is_undone_on_another_account_is_caught() {
    caught(checks::reversals_are_exact_and_once, "INV-13", &[Fault::UndoesElsewhere]);
}

#[test]
fn inv_29_an_undo_that_forgets_what_was_unrealised_is_caught() {
    caught(checks::undo_is_the_inverse, "INV-29", &[Fault::RestoresWithoutUnrealised]);
}

#[test]
fn inv_31_what_stays_unrealised_or_is_left_on_a_past_day_is_caught() {
    caught(checks::nothing_unrealised_is_left, "INV-31", &[Fault::ForgetsUnrealised, Fault::LeavesResidue]);
}
