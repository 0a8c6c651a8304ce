//! INV-47 on a fixed story of runs, write-offs against the allowance and what came back to it: in step with
//! the model, and with books that are really broken.
#![allow(missing_docs)]

use ar_core::query::{AllowanceFigures, AllowanceSpan, View, allowance_roll_forward, provided_as_known};
use ar_core::values::*;
use ar_core::{Command, Event};
use ar_store::{Failure, Ledger, Memory};
use ar_testing::act::{Act, Deed};
use ar_testing::books::{Books, Fault};
use ar_testing::checks::{self, Checked};
use ar_testing::playing::{checked, in_step, played};
use ar_testing::providing::{Provided, plain_run, story};
use ar_testing::script::{given, invoice};
use ar_testing::wire;
use ar_testing::world::{BOOK, World, currency, day, id, prologue};
use pollster::block_on;

fn verdict(fault: Option<Fault>) -> Checked {
    let books = fault.map_or_else(Books::honest, Books::broken);
    checked(&played(&World::plain(), story(), books), checks::allowances_roll_forward)
}

#[test]
fn inv_47_runs_and_what_uses_the_allowance_go_as_the_model_says() {
    let played =
        in_step(&World::plain(), story(), Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let codes: Vec<_> = played.codes.keys().copied().collect();
    assert_eq!(codes, ["allowance.invalid", "allowance.later_run", "rate.missing"]);
}

#[test]
fn inv_47_an_allowance_beyond_rates_times_exposure_or_that_forgets_what_used_it_is_caught() {
    assert_eq!(verdict(None), Ok(()), "the book that works");
    for fault in [Fault::AllowsMore, Fault::UsesStay, Fault::UsesNotRead] {
        let found = verdict(Some(fault)).expect_err(&format!("{fault:?} goes unnoticed"));
        assert_eq!(found.invariant, "INV-47", "{fault:?}: {found}");
    }
}

/// The book of the fixed story.
fn kept() -> Ledger<Memory> {
    let ledger = Ledger::memory(id(BOOK));
    let opening = wire::opening(&World::plain());
    let told = prologue().into_iter().chain(story()).map(|deed| wire::envelope(&deed));
    for envelope in std::iter::once(opening).chain(told) {
        let answer = block_on(ledger.execute(envelope));
        assert!(matches!(answer, Ok(_) | Err(Failure::Refused(_))), "{answer:?}");
    }
    ledger
}

fn rolled(ledger: &Ledger<Memory>, from: Date, to: Date) -> Vec<AllowanceSpan> {
    let read = move |view: &_| allowance_roll_forward(view, (from, to), u64::MAX);
    block_on(ledger.read(read)).expect("the book").expect("the question").currencies
}

fn foots(figures: &AllowanceFigures) -> bool {
    let of = |amount: Amount| amount.minor();
    let added = of(figures.opening) + of(figures.charge) + of(figures.recovered) + of(figures.exchange);
    of(figures.closing) == added - of(figures.release) - of(figures.used)
}

#[test]
fn inv_47_the_roll_forward_foots_and_the_closing_of_a_day_is_the_opening_of_the_next() {
    let ledger = kept();
    let model =
        in_step(&World::plain(), story(), Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let mut moved = 0;
    for n in 0..70 {
        let first = rolled(&ledger, day(0), day(n));
        for span in &first {
            assert!(foots(&span.figures) && span.base.as_ref().is_none_or(foots), "to day {n}: {span:?}");
            let told = model.model.allowed_on(span.currency, day(n));
            assert_eq!(i128::from(span.figures.closing.minor()), told, "{} on day {n}", span.currency);
            moved += usize::from(!span.moves.is_empty());
        }
        for next in rolled(&ledger, day(n + 1), day(n + 1)) {
            let before = first.iter().find(|span| span.currency == next.currency);
            let closing = before.map_or(0, |span| span.figures.closing.minor());
            assert_eq!(next.figures.opening.minor(), closing, "{} on day {}", next.currency, n + 1);
        }
    }
    assert!(moved > 50, "spans with movements: {moved}");
    let dollars = rolled(&ledger, day(0), day(14)).into_iter().find(|span| span.currency == currency(1));
    let base = dollars.and_then(|span| span.base).expect("another currency than the base");
    // 10.00 at 0.9, 5.00 at 0.8, 7.00 used at the 0.9 of the invoice; 8.00 and then 9.93 carried at 0.8.
    let told = [base.charge, base.used, base.exchange, base.closing].map(|amount| amount.to_string());
    assert_eq!(told, ["14.54", "6.30", "-0.30", "7.94"]);
}

#[test]
fn a_roll_forward_that_ends_before_it_begins_is_refused() {
    let ledger = kept();
    let read = move |view: &_| allowance_roll_forward(view, (day(2), day(1)), u64::MAX);
    let refused = block_on(ledger.read(read)).expect("the book").expect_err("a span without days");
    assert_eq!(refused.code(), "query.period");
}

/// An open invoice, and a run that is told what is open on it.
fn provided(minor: i64) -> Ledger<Memory> {
    let ledger = Ledger::memory(id(BOOK));
    let run = Provided { exposures: [minor, 0, 0, 0, 0], percents: [1, 5, 20, 50, 100], ..plain_run(31) };
    let acts = [
        ("i", invoice("C-0", given("A-1"), 2, None, &[(10_000, 0)])),
        ("late", invoice("C-0", given("A-2"), 2, None, &[(500, 0)])),
        ("run", Act::Provide(run)),
        ("later", invoice("C-0", given("A-3"), 2, None, &[(700, 0)])),
    ];
    let deed = |(n, (key, act))| Deed { key: id(key), actor: id("clerk-0"), at: wire::instant(n), act };
    let story = (2_000_i64..).zip(acts).map(deed);
    let told = prologue().into_iter().chain(story).map(|deed| wire::envelope(&deed));
    for mut envelope in std::iter::once(wire::opening(&World::plain())).chain(told) {
        if let Command::Provide(run) = &mut envelope.command {
            run.known = block_on(ledger.head()).expect("the book").size;
        }
        block_on(ledger.execute(envelope)).expect("fine");
    }
    ledger
}

fn stands(ledger: &Ledger<Memory>) -> bool {
    let answer = block_on(ledger.read(|view| {
        let runs = view.allowance_moves(u64::MAX).expect("the book");
        let at = runs.first().expect("a run").position;
        let records = view.records(at - 1, 1).expect("the book");
        match &records[0].1.event {
            Event::AllowanceProvided(run) => provided_as_known(view, run),
            other => panic!("{}", other.name()),
        }
    }));
    answer.expect("the book").expect("the question")
}

#[test]
fn inv_47_a_run_is_asked_again_at_its_own_position_and_figures_that_are_not_the_books_are_seen() {
    assert!(stands(&provided(10_500)), "the invoice entered later does not count");
    assert!(!stands(&provided(10_501)));
    assert!(!stands(&provided(11_200)), "what is known now is not what was known then");
}
