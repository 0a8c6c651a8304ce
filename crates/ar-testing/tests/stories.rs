//! Short stories that once went wrong, and what an undo leaves behind.

use std::cell::Cell;

use ar_core::document::Side;
use ar_core::rows::{ItemRow, TotalsRow};
use ar_core::values::*;
use ar_store::Memory;
use ar_testing::act::{Act, Deed, How, Target};
use ar_testing::books::{Books, Fault};
use ar_testing::checks::{Checked, Violation, broken};
use ar_testing::kept::Kept;
use ar_testing::lockstep::{Lockstep, play};
use ar_testing::rows::Rows;
use ar_testing::steps::{DocPick, HowPick, Size, Step, TermsPick, Worth, story};
use ar_testing::subject::{Report, Subject};
use ar_testing::wire::instant;
use ar_testing::world::{BOOK, World, id};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn books() -> Vec<Box<dyn Subject>> {
    vec![Box::new(Books::honest()), Box::new(Kept::new("memory", Memory::new(id(BOOK))))]
}

fn told(steps: &[Step]) -> Lockstep {
    play(&World::plain(), steps, books())
        .unwrap_or_else(|(place, violation)| panic!("step {place}: {violation}"))
}

fn invoice(account: u8, day: u8, lines: &[(Worth, u8)]) -> DocPick {
    DocPick {
        account,
        series: false,
        same_number: false,
        currency: 0,
        rate: None,
        day,
        accounting: None,
        terms: TermsPick::Default,
        lines: lines.iter().map(|(worth, tax)| (*worth, *tax, false)).collect(),
        po_number: false,
        order: None,
        counts: (true, true),
        vouched: false,
    }
}

fn payment(account: u8, worth: Worth, day: u8, how: Option<HowPick>) -> Step {
    Step::Pay {
        account: Some(account),
        like: None,
        worth,
        currency: 0,
        rate: None,
        day,
        accounting: None,
        value: None,
        on_account: false,
        order: None,
        how,
    }
}

#[test]
fn inv_52_a_payment_that_was_taken_back_does_not_raise_the_exposure_before_it() {
    told(&[
        payment(3, Worth::Plain(1), 2, None),
        Step::SetLimit { account: 3, stale: false, limit: Some(5) },
        Step::Reverse { payment: 0, day: 2, returned: false, fee: false },
        Step::Invoice(invoice(3, 0, &[(Worth::Odd(50), 0)])),
    ]);
}

#[test]
fn inv_23_a_line_beside_a_deduction_is_not_credited_beyond_the_whole_invoice() {
    let lockstep = told(&[
        Step::Invoice(invoice(1, 3, &[(Worth::Less(25), 0), (Worth::Odd(1_674), 19)])),
        Step::CreditInvoice {
            invoice: 0,
            wrong_account: false,
            series: true,
            day: 5,
            line: Some((1, Size::Rest)),
            apply: true,
        },
    ]);
    assert_eq!(lockstep.codes.get("credit.exceeds_invoice"), Some(&1));
}

#[test]
fn inv_26_a_memo_dated_while_its_invoice_was_settled_takes_only_what_is_open_then() {
    told(&[
        Step::Invoice(invoice(1, 3, &[(Worth::Plain(10), 0)])),
        payment(1, Worth::Plain(10), 4, Some(HowPick::To(vec![(0, Size::Rest, false)]))),
        Step::Reverse { payment: 0, day: 30, returned: true, fee: false },
        Step::CreditInvoice {
            invoice: 0,
            wrong_account: false,
            series: true,
            day: 10,
            line: None,
            apply: true,
        },
    ]);
}

#[test]
fn inv_25_a_return_waits_for_the_day_on_which_a_voided_refund_came_back() {
    let lockstep = told(&[
        payment(1, Worth::Plain(9), 24, None),
        Step::RequestRefund { credit: 0, size: Size::Whole, day: 30 },
        Step::VoidRefund { refund: 0, day: 64 },
        Step::Reverse { payment: 0, day: 32, returned: false, fee: false },
        Step::Reverse { payment: 0, day: 64, returned: false, fee: false },
    ]);
    assert_eq!((lockstep.counts[0], lockstep.counts[1]), (8 + 4, 1));
}

#[test]
fn inv_26_what_was_settled_and_reopened_is_not_settled_again_in_between() {
    // 10.00 settled on the 10th, reopened on the 20th; another 10.00 dated the 5th is refused, dated
    // the 20th it is fine.
    let all = || HowPick::To(vec![(0, Size::Rest, false)]);
    let lockstep = told(&[
        Step::Invoice(invoice(1, 1, &[(Worth::Plain(10), 0)])),
        payment(1, Worth::Plain(10), 2, None),
        payment(1, Worth::Plain(10), 2, None),
        Step::Allocate { credit: 1, day: Some(10), how: all() },
        Step::Undo { link: 0, day: 20 },
        Step::Allocate { credit: 0, day: Some(5), how: all() },
        Step::Allocate { credit: 0, day: Some(20), how: all() },
    ]);
    assert_eq!(lockstep.counts[1], 1, "{:?}", lockstep.codes);
}

/// What an undo must restore: everything that is open, aged and booked, what accounts owe, and what
/// stands on the two items themselves but the mark of the undo.
type State = (Report, Vec<TotalsRow>, Vec<ItemRow>);

fn state(rows: &Rows) -> State {
    let figures = |row: &TotalsRow| TotalsRow { latest_credit: None, ..row.clone() };
    let item = |row: &ItemRow| ItemRow { reinstated: None, late: false, ..row.clone() };
    (
        Report::of(rows, Date::MAX),
        rows.totals.values().map(figures).collect(),
        rows.items.values().map(item).collect(),
    )
}

/// A credit and a debit that could meet.
fn pair(rows: &Rows) -> Option<(ItemId, ItemId)> {
    let open = |side: Side| rows.items.values().filter(move |item| item.side == side && item.open > 0);
    open(Side::Credit).find_map(|credit| {
        let meets = |debit: &&ItemRow| {
            debit.account == credit.account
                && debit.currency == credit.currency
                && debit.base_original.is_some() == credit.base_original.is_some()
        };
        open(Side::Debit).find(meets).map(|debit| (credit.item.clone(), debit.item.clone()))
    })
}

/// Allocates a pair and takes it back, on the last day of all. Returns whether there was a pair.
fn round_trip(lockstep: &mut Lockstep) -> Result<bool, Violation> {
    let rows = |lockstep: &Lockstep| lockstep.subjects[0].rows().expect("plain maps show their rows");
    let before = rows(lockstep);
    let Some((credit, debit)) = pair(&before) else { return Ok(false) };
    let deed = |key: &str, act: Act| Deed { key: id(key), actor: id("clerk-0"), at: instant(9_999), act };
    let target = Target { item: debit, amount: None, discount: true, grant: None, withheld: None };
    let open_to = lockstep.model.open_to;
    let date = Some(open_to);
    lockstep.deed(&deed("there", Act::Allocate { credit, date, how: How::Explicit(vec![target]) }))?;
    lockstep.deed(&deed("back", Act::Undo { link: id("there.0"), date: open_to }))?;
    let after = rows(lockstep);
    if after.records.len() < before.records.len() + 2 {
        // The last open day lies before one of the two: then nothing met.
        return Ok(false);
    }
    if state(&before) != state(&after) {
        return broken("INV-29", format!("{:?} became {:?}", state(&before), state(&after)));
    }
    Ok(true)
}

#[test]
fn inv_29_allocating_and_undoing_restores_everything_from_any_state() {
    let met = Cell::new(0);
    let config = Config { cases: 128, failure_persistence: None, ..Config::default() };
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, seed).run(&story(30), |(world, steps)| {
        let played = play(&world, &steps, books()).map_err(|(_, violation)| violation);
        let trip = played.and_then(|mut lockstep| round_trip(&mut lockstep));
        met.set(
            met.get() + usize::from(trip.map_err(|violation| TestCaseError::fail(violation.to_string()))?),
        );
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(met.get() >= 10, "only {} of 128 stories had a pair to settle", met.get());
}

/// The round trip on a book that is broken, without the comparisons of the lock-step.
fn broken_trip(fault: Fault) -> Checked {
    let steps = [
        Step::Invoice(DocPick { terms: TermsPick::Discounts, ..invoice(1, 1, &[(Worth::Plain(10), 0)]) }),
        payment(1, Worth::Odd(980), 2, None),
    ];
    let mut books = Books::broken(fault);
    let lockstep = told(&steps);
    for bytes in lockstep.subjects[0].log() {
        books.adopt(ar_core::Record::decode(&bytes).expect("a record"));
    }
    let before = state(books.kept());
    let (credit, debit) = pair(books.kept()).expect("a pair");
    let deed = |key: &str, act: Act| Deed { key: id(key), actor: id("clerk-0"), at: instant(9_999), act };
    let how = How::Explicit(vec![Target {
        item: debit,
        amount: None,
        discount: true,
        grant: None,
        withheld: None,
    }]);
    let day = ar_testing::world::day(5);
    for deed in [
        deed("there", Act::Allocate { credit, date: Some(day), how }),
        deed("back", Act::Undo { link: id("there.0"), date: day }),
    ] {
        books.execute(&ar_testing::wire::envelope(&deed));
    }
    if state(books.kept()) == before { Ok(()) } else { broken("INV-29", "something stays behind") }
}

#[test]
fn inv_29_an_undo_that_keeps_the_discount_or_the_paid_flag_is_caught() {
    assert_eq!(broken_trip(Fault::ReportsOnlyToday), Ok(()), "a fault that has nothing to do with it");
    for fault in [Fault::DiscountStays, Fault::PaidFlagSurvives] {
        let found = broken_trip(fault).map_err(|violation| violation.invariant);
        assert_eq!(found, Err("INV-29"), "{fault:?}");
    }
}
