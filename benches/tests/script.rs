//! The reference of the SQLite bench does the work that it is compared for: the book that the raw script
//! wrote is one that the library finds sound, row by row (INV-14).
#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs)]

use ar_benches::{Lean, Script, Work, book_id, records_after};
use ar_core::record::Record;
use ar_store::{Ledger, Verdict};

/// What the library says of a book that the script wrote, after a change to the records it was given.
fn verdict(change: impl Fn(&mut Vec<Vec<Record>>)) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let ledger = Ledger::open_sqlite(path("subject.db"), book_id()).unwrap();
    let mut work = Work::new(3);
    for answer in pollster::block_on(ledger.execute_each(work.setup())) {
        answer.expect("setting up is accepted");
    }
    pollster::block_on(ledger.backup(path("script.db"))).unwrap();
    let (mut script, mut lean) = (Script::over(&path("script.db")), Lean::new(&path("lean.db")));
    let mut position = pollster::block_on(ledger.head()).unwrap().size;
    let commands = work.chunk(20);
    for answer in ledger.execute_each_blocking(commands.clone()) {
        answer.expect("everyday work is accepted");
    }
    let mut records = records_after(&ledger, &mut position);
    change(&mut records);
    let pairs = || commands.iter().zip(records.iter().map(Vec::as_slice));
    script.commit(pairs());
    lean.commit(pairs());
    drop(script);
    let written = Ledger::open_sqlite(path("script.db"), book_id()).unwrap();
    pollster::block_on(written.verify()).unwrap()
}

#[test]
fn inv_14_the_raw_script_writes_the_rows_of_the_store() {
    let found = verdict(|_| ());
    assert!(found.is_ok(), "{found:?}");
}

#[test]
fn inv_14_a_script_that_leaves_a_settlement_out_is_caught() {
    let found = verdict(|records| {
        let settled = records.iter_mut().find(|command| command.len() > 1).expect("a payment that settles");
        settled.truncate(1);
    });
    assert!(!found.is_ok());
}
