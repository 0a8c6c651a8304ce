//! INV-22 on a fixed story: promises and plans stand on every day as they are counted by hand from the
//! rows, and rows that are really wrong do not.
#![allow(missing_docs)]

use ar_core::agreement::{Agreed, AgreementId};
use ar_store::Memory;
use ar_testing::act::{Act, Deed, Schedule};
use ar_testing::agreeing::Agree;
use ar_testing::books::Books;
use ar_testing::kept::Kept;
use ar_testing::rows::Rows;
use ar_testing::script::{given, invoice, pay};
use ar_testing::subject::{Report, Subject, decoded};
use ar_testing::wire::{envelope, instant, opening};
use ar_testing::world::{BOOK, World, day, id, prologue};

fn promise(promise: &str, item: &str, on: i32, by: i32) -> Act {
    let (promise, item) = (id(promise), id(item));
    Act::Agree(Agree::Promise { promise, item, amount: None, date: day(on), by: day(by) })
}

/// A promise that is kept until the payment comes back, one that is withdrawn, and a plan that falls into
/// default, is cured and called in.
fn story() -> Vec<Deed> {
    let schedule = Schedule { start: day(40), months: 1, each: None, count: 3, default_after: Some(5) };
    let acts = [
        invoice("C-0", given("L-1"), 0, None, &[(10_000, 0)]),
        invoice("C-0", given("L-2"), 0, None, &[(30_000, 0)]),
        promise("PR-1", "L-1", 1, 10),
        promise("PR-2", "L-1", 2, 20),
        pay("P-1", "C-0", 10_000, 10, &["L-1"]),
        Act::Reverse { payment: id("P-1"), date: day(15), returned: true, fee: None },
        Act::Agree(Agree::Withdraw { promise: id("PR-2"), date: day(18) }),
        Act::Plan { plan: id("PL-1"), items: vec![id("L-2")], date: day(30), schedule },
        pay("P-2", "C-0", 10_000, 50, &["PL-1"]),
        Act::Agree(Agree::Accelerate { plan: id("PL-1"), document: id("AC-1"), date: day(90) }),
    ];
    let deed = |(n, act): (usize, Act)| Deed {
        key: id(&format!("a{n}")),
        actor: id("clerk-0"),
        at: instant(1_000 + n as i64),
        act,
    };
    acts.into_iter().enumerate().map(deed).collect()
}

fn played() -> (Kept<Memory>, Rows) {
    let mut kept = Kept::new("memory", Memory::new(id(BOOK)));
    let mut books = Books::honest();
    let all = [opening(&World::plain())].into_iter();
    for command in all.chain(prologue().into_iter().chain(story()).map(|deed| envelope(&deed))) {
        let (one, other) = (kept.execute(&command), books.execute(&command));
        assert_eq!(one.code(), None, "{one:?}");
        assert_eq!(other.code(), None, "{other:?}");
    }
    let records = decoded(&kept.log()).unwrap_or_else(|violation| panic!("{violation}"));
    (kept, Rows::of(&records))
}

/// The first day on which a store tells another standing than the rows.
fn differs(kept: &Kept<Memory>, rows: &Rows) -> Option<i32> {
    (0..120).find(|on| {
        let told = kept.report(day(*on), u64::MAX).expect("amounts are small").agreements;
        told != Report::of(rows, day(*on)).agreements
    })
}

#[test]
fn inv_22_promises_and_plans_stand_as_what_was_paid_says_on_every_day() {
    let (kept, rows) = played();
    assert_eq!(differs(&kept, &rows), None);
    let told = |on: i32, what: &str| kept.report(day(on), u64::MAX).unwrap().agreements.get(what).cloned();
    let promise = |on| told(on, "promise PR-1").unwrap_or_default();
    assert_eq!([promise(9), promise(10)], ["Open 0", "Kept 10000"]);
    assert_eq!([promise(14), promise(15)], ["Kept 10000", "Broken 0"]);
    assert_eq!(told(0, "promise PR-1"), None, "not before it was made");
    assert_eq!(told(18, "promise PR-2").as_deref(), Some("Withdrawn 0"));
    let plan = |on| told(on, "plan PL-1").unwrap_or_default();
    for (on, state) in [(40, "Current"), (41, "Late"), (45, "Late"), (46, "Default"), (50, "Current")] {
        assert!(plan(on).starts_with(&format!("({state}, ")), "day {on}: {}", plan(on));
    }
    assert!(plan(90).starts_with("(Accelerated, 0, 0, "), "{}", plan(90));
}

#[test]
fn inv_22_a_promise_moved_by_a_day_an_undo_forgotten_and_a_plan_with_another_term_are_caught() {
    type Tamper = fn(&mut Rows);
    let tampers: [(&str, Tamper); 4] = [
        ("a promise is to be kept a day earlier", |rows| {
            let promise = AgreementId::Promise(id("PR-1"));
            let row = rows.agreements.get_mut(&promise).expect("it was made");
            if let Agreed::Pay { by, .. } = &mut row.agreed {
                *by = day(9);
            }
        }),
        ("an undo is forgotten", |rows| rows.links.values_mut().for_each(|link| link.undone = None)),
        ("a withdrawal is forgotten", |rows| {
            rows.agreements.values_mut().for_each(|row| row.ended = None);
        }),
        ("a plan is in default a day later", |rows| {
            let plan = AgreementId::Plan(id("PL-1"));
            let row = rows.agreements.get_mut(&plan).expect("it was made");
            row.agreed = Agreed::Instalments { default_after: Some(6) };
        }),
    ];
    let (kept, rows) = played();
    for (what, tamper) in tampers {
        let mut wrong = rows.clone();
        tamper(&mut wrong);
        assert!(differs(&kept, &wrong).is_some(), "{what}, and goes unnoticed");
    }
}
