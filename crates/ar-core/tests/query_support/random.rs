//! Random books that keep the law (no item over-settled on any date), and the naive answer to
//! what was open: straight from rows, with no columns.

use proptest::prelude::*;

use super::{Book, Extra, day, usd};
use ar_core::allocation::LinkKind;
use ar_core::document::{DocumentKind, Side};
use ar_core::payment::SUSPENSE;
use ar_core::query::AsOf;
use ar_core::rows::{ItemRow, LinkRow};
use ar_core::{Currency, Date, ItemId, LinkId};

/// One step of a random book. Numbers pick among what is possible.
#[derive(Clone, Debug)]
pub enum Step {
    Invoice { account: u8, on: i32, due: i32, minor: i64, cad: bool },
    CreditMemo { account: u8, on: i32, minor: i64 },
    Payment { account: u8, on: i32, minor: i64 },
    Allocate { credit: usize, debit: usize, later: i32, part: i64, discount: i64 },
    Undo { link: usize, later: i32 },
    WriteOff { debit: usize, later: i32, minor: i64 },
    Identify { credit: usize, later: i32, account: u8 },
}

/// First day of random books; the last is 120 days later.
pub const START: &str = "2024-01-15";

pub fn on(offset: i32) -> Date {
    day(START).add_days(offset).unwrap()
}

pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_u8..4, 0..90, -5..60, 1_i64..50_000, prop::bool::weighted(0.2))
            .prop_map(|(account, on, due, minor, cad)| Step::Invoice { account, on, due, minor, cad }),
        1 => (0_u8..4, 0..90, 1_i64..20_000)
            .prop_map(|(account, on, minor)| Step::CreditMemo { account, on, minor }),
        3 => (0_u8..5, 0..90, 1_i64..60_000)
            .prop_map(|(account, on, minor)| Step::Payment { account, on, minor }),
        5 => (0_usize..50, 0_usize..50, 0..20, 1_i64..60_000, 0_i64..300)
            .prop_map(|(credit, debit, later, part, discount)| {
                Step::Allocate { credit, debit, later, part, discount }
            }),
        2 => (0_usize..50, 0..20).prop_map(|(link, later)| Step::Undo { link, later }),
        1 => (0_usize..50, 0..20, 1_i64..5_000)
            .prop_map(|(debit, later, minor)| Step::WriteOff { debit, later, minor }),
        1 => (0_usize..50, 0..20, 0_u8..4)
            .prop_map(|(credit, later, account)| Step::Identify { credit, later, account }),
    ];
    prop::collection::vec(step, 1..most)
}

/// Plays steps; one that has nothing to work on, or no room, does nothing.
pub fn play(steps: &[Step]) -> Book {
    let mut book = Book::default();
    for name in ["A", "B", "C", "D"] {
        book.open(name, START, |_| {});
    }
    for step in steps {
        play_one(&mut book, step);
    }
    book
}

fn play_one(book: &mut Book, step: &Step) {
    let name = |n: u8| ["A", "B", "C", "D", SUSPENSE][usize::from(n)];
    let number = book.records.len();
    match step {
        Step::Invoice { account, on: offset, due, minor, cad } => {
            let currency = if *cad { Currency::parse("CAD").unwrap() } else { usd() };
            let (id, date, due) = (format!("I-{number}"), on(*offset), on(*offset + *due));
            let (date, due) = (date.to_string(), due.to_string());
            book.issue(DocumentKind::Invoice, &id, name(*account), &date, currency, &[(&due, *minor)]);
        }
        Step::CreditMemo { account, on: offset, minor } => {
            let (id, date) = (format!("M-{number}"), on(*offset).to_string());
            book.issue(DocumentKind::CreditMemo, &id, name(*account), &date, usd(), &[(&date, *minor)]);
        }
        Step::Payment { account, on: offset, minor } => {
            book.payment(&format!("P-{number}"), name(*account), &on(*offset).to_string(), *minor);
        }
        Step::Allocate { credit, debit, later, part, discount } => {
            let Some(credit) = pick(book, Side::Credit, *credit) else { return };
            let Some(debit) = pick(book, Side::Debit, *debit) else { return };
            if credit.currency != debit.currency || credit.account.as_str() == SUSPENSE {
                return;
            }
            let date = credit.date.max(debit.date).add_days(*later).unwrap();
            let (left, owed) = (room(book, &credit.item, date), room(book, &debit.item, date));
            let minor = (*part).min(left).min(owed);
            if minor > 0 {
                let extra = Extra { discount: (*discount).min(owed - minor), ..Extra::default() };
                book.allocate(
                    &credit.item.to_string(),
                    &debit.item.to_string(),
                    &date.to_string(),
                    minor,
                    extra,
                );
            }
        }
        Step::Undo { link, later } => {
            let live: Vec<(LinkId, Date)> = book
                .links
                .values()
                .filter(|row| row.undone.is_none() && row.kind == LinkKind::Allocation)
                .map(|row| (row.link.clone(), row.date))
                .collect();
            if let Some((link, date)) = live.get(link % live.len().max(1)) {
                book.undo(link, &date.add_days(*later).unwrap().to_string());
            }
        }
        Step::Identify { credit, later, account } => {
            let Some(credit) = pick(book, Side::Credit, *credit) else { return };
            let date = credit.date.add_days(*later).unwrap();
            if credit.account.as_str() == SUSPENSE && room(book, &credit.item, date) == credit.original {
                book.identify(&credit.item.to_string(), name(*account), &date.to_string());
            }
        }
        Step::WriteOff { debit, later, minor } => {
            let Some(debit) = pick(book, Side::Debit, *debit) else { return };
            let date = debit.date.add_days(*later).unwrap();
            let minor = (*minor).min(room(book, &debit.item, date));
            if minor > 0 {
                book.write_off(&debit.item.to_string(), &date.to_string(), minor);
            }
        }
    }
}

fn pick(book: &Book, side: Side, number: usize) -> Option<ItemRow> {
    let all: Vec<&ItemRow> = book.items.values().filter(|row| row.side == side).collect();
    all.get(number % all.len().max(1)).map(|row| (*row).clone())
}

/// What can leave an item from a date on without over-settling it on any later day.
fn room(book: &Book, of: &ItemId, from: Date) -> i64 {
    let head = book.records.len() as u64;
    let touches =
        |row: &&LinkRow| [&row.credit, &row.debit].into_iter().flatten().any(|side| side.item == *of);
    let moved = book.links.values().filter(touches);
    let days = moved.flat_map(|row| [Some(row.date), row.undone.map(|(date, _)| date)]).flatten();
    let days = days.filter(|day| *day > from).chain([from]);
    days.map(|day| naive_open(book, of, AsOf { effective: day, known: head })).min().unwrap_or(0)
}

/// What is open on an item, positive, straight from rows.
pub fn naive_open(book: &Book, of: &ItemId, as_of: AsOf) -> i64 {
    let row = &book.items[of];
    if row.date > as_of.effective || row.position > as_of.known {
        return 0;
    }
    let counts = |date: Date, position: u64| date <= as_of.effective && position <= as_of.known;
    let settled = book.links.values().filter(|link| counts(link.date, link.position));
    let live = settled.filter(|link| link.undone.is_none_or(|(date, position)| !counts(date, position)));
    let sides = live.flat_map(|link| [&link.credit, &link.debit].into_iter().flatten());
    let taken: i64 = sides.filter(|side| side.item == *of).map(|side| side.amount).sum();
    row.original - taken
}
