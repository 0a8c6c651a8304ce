//! Commands on the caller's thread: the same answers, in the same commits as those that others await.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::collections::BTreeSet;

use ar_store::{Failure, Ledger, Sqlite, Unavailable};
use common::*;

fn open() -> (tempfile::TempDir, Ledger<Sqlite>) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open_sqlite(dir.path().join("book.db"), book()).unwrap();
    (dir, ledger)
}

/// A book in which the story was told.
fn told() -> (tempfile::TempDir, Ledger<Sqlite>) {
    let (dir, ledger) = open();
    for command in story() {
        ledger.execute_blocking(command).unwrap();
    }
    (dir, ledger)
}

#[test]
fn inv_56_the_caller_s_thread_gives_the_answers_and_bytes_of_the_writer_s() {
    let ((_a, awaited), (_b, blocking)) = (open(), open());
    let mut commands = story();
    commands.push(allocate("over", "PAY-1", "INV-2", "999.00"));
    commands.push(story()[3].clone());
    commands.push(invoice("i1", "C-1", "INV-1", "101.00", "2026-01-10"));
    for command in commands {
        assert_eq!(run(&awaited, command.clone()), blocking.execute_blocking(command));
    }
    assert_eq!(log(&awaited), log(&blocking));
    assert!(verify(&blocking).is_ok(), "{:?}", verify(&blocking));
}

#[test]
fn inv_50_a_batch_on_the_caller_s_thread_is_done_whole_or_not_at_all() {
    let (_dir, ledger) = told();
    let before = log(&ledger);
    let good = invoice("b1", "C-1", "INV-91", "10.00", "2026-01-20");
    let bad = allocate("b2", "PAY-1", "INV-404", "1.00");
    let failed = ledger.execute_all_blocking(vec![good.clone(), bad.clone()]).unwrap_err();
    assert_eq!((failed.index, &failed.command), (1, &bad.id));
    assert!(matches!(failed.failure, Failure::Refused(_)), "{:?}", failed.failure);
    assert_eq!(log(&ledger), before);
    assert_eq!(ledger.execute_all_blocking(vec![good]).unwrap().len(), 1);
    assert_eq!(ledger.execute_all_blocking(Vec::new()).unwrap(), []);
    // Each by itself, the good ones stand.
    let other = invoice("b3", "C-1", "INV-92", "10.00", "2026-01-20");
    let answers = ledger.execute_each_blocking(vec![bad, other]);
    assert!(answers[0].is_err() && answers[1].is_ok(), "{answers:?}");
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
}

#[test]
fn inv_51_callers_that_wait_in_place_and_callers_that_await_write_one_log() {
    const CALLERS: usize = 6;
    const EACH: usize = 25;
    let (_dir, ledger) = told();
    let began = log(&ledger).len();
    let taken: Vec<u64> = std::thread::scope(|scope| {
        let ledger = &ledger;
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn(move || {
                    let one = |n: usize| {
                        let number = format!("T-{caller}-{n}");
                        invoice(&number, "C-1", &number, "1.00", "2026-01-20")
                    };
                    let answer = |n| match caller % 2 {
                        0 => ledger.execute_blocking(one(n)),
                        _ => run(ledger, one(n)),
                    };
                    (0..EACH).map(|n| answer(n).unwrap().positions.first).collect::<Vec<_>>()
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    // Every command has a place of its own, and none is left out.
    let places: BTreeSet<u64> = taken.iter().copied().collect();
    assert_eq!((taken.len(), places.len()), (CALLERS * EACH, CALLERS * EACH));
    assert_eq!(log(&ledger).len(), began + CALLERS * EACH);
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
}

#[test]
fn inv_55_a_stopped_book_answers_on_the_caller_s_thread_as_everywhere() {
    let (dir, ledger) = told();
    let other = rusqlite::Connection::open(dir.path().join("book.db")).unwrap();
    other.execute_batch("UPDATE totals SET debit = debit + 1").unwrap();
    assert!(!verify(&ledger).is_ok());
    let answer = ledger.execute_blocking(invoice("s1", "C-1", "INV-91", "10.00", "2026-01-20"));
    assert!(matches!(answer, Err(Failure::Corrupt(_))), "{answer:?}");
    assert_ne!(answer.unwrap_err(), Failure::Unavailable(Unavailable::Closed));
}

#[test]
fn inv_14_a_row_without_its_parent_is_refused_at_the_commit_at_the_latest() {
    let (dir, _ledger) = told();
    let other = rusqlite::Connection::open(dir.path().join("book.db")).unwrap();
    other.execute_batch("PRAGMA foreign_keys = ON; BEGIN").unwrap();
    let orphan =
        "INSERT INTO document (number, kind, account, currency, document_date, date, total, parts, position)
                  VALUES ('X-1', 0, ?1, 'EUR', 0, 0, 0, 1, 1)";
    other.execute(orphan, [999_999]).unwrap();
    assert!(other.execute_batch("COMMIT").is_err());
    other.execute_batch("ROLLBACK; BEGIN").unwrap();
    // Negative control: with its parent the row is taken.
    other.execute(orphan, [1]).unwrap();
    other.execute_batch("COMMIT").unwrap();
}
