//! INV-47 on a fixed story: what is lost of what reached each bucket is as by hand on every day, and rows
//! that are really wrong tell another history.
#![allow(missing_docs)]

use ar_core::allocation::LinkKind;
use ar_store::Memory;
use ar_testing::act::{Act, Deed, Schedule};
use ar_testing::books::Books;
use ar_testing::kept::Kept;
use ar_testing::losing::{asked, history};
use ar_testing::rows::Rows;
use ar_testing::script::{given, invoice, pay};
use ar_testing::subject::{Subject, decoded};
use ar_testing::wire::{envelope, instant, opening};
use ar_testing::world::{BOOK, Because, World, day, id, prologue};

/// Paid late, given up and undone, given up and recovered, deducted and given up, paid and returned, put
/// into a plan, voided.
fn story() -> Vec<Deed> {
    let off = |item: &str, on: i32| Act::WriteOff {
        item: id(item),
        amount: None,
        date: day(on),
        because: Because::Common,
    };
    let schedule = Schedule { start: day(70), months: 1, each: None, count: 2, default_after: None };
    let acts = [
        invoice("C-0", given("L-1"), 3, None, &[(10_000, 0)]),
        invoice("C-0", given("L-2"), 4, None, &[(20_000, 0)]),
        invoice("C-0", given("L-3"), 5, None, &[(40_000, 0)]),
        invoice("C-0", given("L-4"), 6, None, &[(80_000, 0)]),
        invoice("C-0", given("L-5"), 7, None, &[(160_000, 0)]),
        invoice("C-0", given("L-6"), 8, None, &[(320_000, 0)]),
        pay("P-1", "C-0", 10_000, 33, &["L-1"]),
        off("L-2", 45),
        Act::Undo { link: id("a7.0"), date: day(50) },
        off("L-3", 60),
        pay("P-3", "C-0", 15_000, 65, &[]),
        Act::Recover { write_off: id("a9.0"), credit: id("P-3"), amount: None, date: day(66) },
        pay("P-4", "C-0", 80_000, 20, &["L-4"]),
        Act::Reverse { payment: id("P-4"), date: day(44), returned: true, fee: None },
        Act::Plan { plan: id("PL-1"), items: vec![id("L-5")], date: day(62), schedule },
        off("PL-1", 80),
        Act::Void { document: id("L-6"), date: day(40) },
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

/// The first day on which a store tells another history than the rows.
fn differs(kept: &Kept<Memory>, rows: &Rows) -> Option<i32> {
    (0..130).find(|on| {
        let by = &asked()[0];
        kept.history(by, day(*on), u64::MAX).expect("amounts are small") != history(rows, by, day(*on))
    })
}

#[test]
fn inv_47_what_was_lost_of_what_reached_a_bucket_is_as_by_hand_on_every_day() {
    let (kept, rows) = played();
    assert_eq!(differs(&kept, &rows), None);
    let told = kept.history(&asked()[0], day(120), u64::MAX).unwrap();
    assert_eq!(told["EUR"], "[5, 0, 1, 3] 180000 false", "{told:?}");
    assert!(told["EUR 1-7"].starts_with("4 [300000, "), "{told:?}");
}

#[test]
fn inv_47_an_undone_write_off_a_day_too_many_a_forgotten_recovery_and_a_debt_cut_in_two_are_caught() {
    type Tamper = fn(&mut Rows);
    let tampers: [(&str, Tamper); 6] = [
        ("an undone write-off counts", |rows| {
            let off = |link: &&mut ar_core::rows::LinkRow| link.kind == LinkKind::WriteOff;
            rows.links.values_mut().filter(off).for_each(|link| link.undone = None);
        }),
        ("a payment counts a day later", |rows| {
            let link = rows.links.values_mut().find(|link| link.kind == LinkKind::Allocation);
            let link = link.expect("P-1 was applied");
            link.date = link.date.add_days(1).expect("in range");
        }),
        ("a debt ages from a day earlier", |rows| {
            let row = rows.items.get_mut(&id("L-1")).expect("it was issued");
            row.due = row.due.add_days(-1).expect("in range");
        }),
        ("a recovery is forgotten", |rows| {
            rows.links.retain(|_, link| link.kind != LinkKind::Recovery);
        }),
        ("a plan is a debt of its own", |rows| rows.records.clear()),
        ("what was voided was owed", |rows| {
            rows.links.retain(|_, link| link.kind != LinkKind::Void);
        }),
    ];
    let (kept, rows) = played();
    for (what, tamper) in tampers {
        let mut wrong = rows.clone();
        tamper(&mut wrong);
        assert!(differs(&kept, &wrong).is_some(), "{what}, and goes unnoticed");
    }
}
