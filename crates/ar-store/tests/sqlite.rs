//! The SQLite store: the same answers and bytes as memory, and what only a file has.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::path::PathBuf;

use ar_store::{Failure, Ledger, OpenError, Sqlite};
use common::*;
use rusqlite::Connection;

fn file() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("book.db");
    (dir, path)
}

fn open(path: &PathBuf) -> Ledger<Sqlite> {
    Ledger::open_sqlite(path, book()).unwrap()
}

#[test]
fn inv_56_memory_and_sqlite_give_the_same_answers_and_bytes() {
    let (_dir, path) = file();
    let (memory, sqlite) = (Ledger::memory(book()), open(&path));
    let mut commands = story();
    commands.push(allocate("over", "PAY-1", "INV-2", "999.00"));
    commands.push(story()[3].clone());
    commands.push(invoice("i1", "C-1", "INV-1", "101.00", "2026-01-10"));
    for command in commands {
        assert_eq!(run(&memory, command.clone()), run(&sqlite, command));
    }
    assert_eq!(log(&memory), log(&sqlite));
    assert_eq!(pollster::block_on(memory.head()), pollster::block_on(sqlite.head()));
    assert!(verify(&memory).is_ok(), "{:?}", verify(&memory));
    assert!(verify(&sqlite).is_ok(), "{:?}", verify(&sqlite));
}

#[test]
fn inv_49_a_book_is_whole_after_it_is_opened_again() {
    let (_dir, path) = file();
    let before = {
        let ledger = open(&path);
        tell(&ledger);
        (log(&ledger), pollster::block_on(ledger.head()).unwrap())
    };
    let ledger = Ledger::open_sqlite_existing(&path).unwrap();
    assert_eq!((log(&ledger), pollster::block_on(ledger.head()).unwrap()), before);
    for command in story() {
        assert!(run(&ledger, command).unwrap().replayed);
    }
    run(&ledger, allocate_on("a3", "PAY-1", "INV-2", "20.00", "2026-01-26")).unwrap();
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
}

#[test]
fn inv_50_a_batch_with_a_refused_command_leaves_nothing() {
    let (_dir, path) = file();
    let ledger = open(&path);
    tell(&ledger);
    let before = log(&ledger);
    let mut batch = vec![
        invoice("b1", "C-1", "INV-9", "10.00", "2026-01-26"),
        payment("b2", "C-1", "PAY-9", "10.00", "2026-01-26"),
        allocate("b3", "PAY-9", "INV-9", "10.00"),
        allocate("b5", "PAY-9", "INV-9", "1.00"),
    ];
    let failed = pollster::block_on(ledger.execute_all(batch.clone())).unwrap_err();
    assert_eq!((failed.index, failed.command.as_str()), (3, "b5"));
    assert_eq!(before, log(&ledger));
    batch.pop();
    assert_eq!(pollster::block_on(ledger.execute_all(batch)).unwrap().len(), 3);
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
}

#[test]
fn inv_58_a_newer_schema_a_strange_file_and_another_book_are_refused() {
    let (dir, path) = file();
    drop(open(&path));
    let other = ar_core::BookId::parse("FR-01").unwrap();
    assert_eq!(Ledger::open_sqlite(&path, other).unwrap_err().code(), "book.mismatch");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = Ledger::open_sqlite(&path, book()).unwrap_err();
    assert_eq!(refused, OpenError::SchemaTooNew { found: 99, known: 1 });
    let text = dir.path().join("notes.txt");
    std::fs::write(
        &text,
        "this is a letter, not a ledger, and it is long enough to be read as a header ".repeat(20),
    )
    .unwrap();
    assert_eq!(Ledger::open_sqlite(&text, book()).unwrap_err().code(), "file.not_a_book");
    let foreign = dir.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert_eq!(Ledger::open_sqlite(&foreign, book()).unwrap_err().code(), "file.not_a_book");
    let missing = dir.path().join("missing.db");
    assert_eq!(Ledger::open_sqlite_existing(&missing).unwrap_err().code(), "file.missing");
    assert!(!missing.exists());
}

/// What raw SQL may not do, and the invariant the file answers with.
const ATTACKS: &[(&str, &str)] = &[
    ("UPDATE log SET bytes = x'00' WHERE position = 4", "INV-12"),
    ("DELETE FROM log WHERE position = 10", "INV-12"),
    ("REPLACE INTO log (position, bytes, leaf) VALUES (4, x'00', zeroblob(32))", "INV-16"),
    ("INSERT INTO log (position, bytes, leaf) VALUES (99, x'00', zeroblob(32))", "INV-16"),
    ("UPDATE line SET amount = 1", "INV-12"),
    ("DELETE FROM line", "INV-12"),
    ("REPLACE INTO line SELECT * FROM line", "INV-12"),
    ("UPDATE link SET credit_amount = 1", "INV-12"),
    ("UPDATE link SET undone_date = NULL, undone_position = NULL", "INV-13"),
    ("UPDATE link SET undone_date = 30000, undone_position = 1 WHERE undone_date IS NULL", "INV-13"),
    ("DELETE FROM link", "INV-12"),
    ("UPDATE item SET open = open - 1000000 WHERE side = 1", "INV-25"),
    ("UPDATE item SET open = original + 1 WHERE side = 1", "INV-25"),
    ("UPDATE item SET open = -1 WHERE side = 0", "INV-26"),
    ("UPDATE item SET open = original + 1 WHERE side = 0", "INV-26"),
    ("UPDATE item SET original = 5", "INV-12"),
    ("DELETE FROM item", "INV-12"),
    ("UPDATE document SET total = 1", "INV-21"),
    ("UPDATE document SET number = 'X' || id", "INV-21"),
    ("DELETE FROM document", "INV-12"),
    (
        "INSERT INTO document (number, kind, account, currency, document_date, date, total, parts, position)
         VALUES ('INV-1', 0, 1, 'EUR', 20000, 20000, 1, 1, 1)",
        "INV-18",
    ),
    (
        "INSERT INTO link (code, kind, currency, date, position, credit_item, debit_item, discount, tolerance,
           withholding, memo) SELECT 'x', 0, 'USD', 30000, 9, id, id, 0, 0, 0, 0 FROM item LIMIT 1",
        "INV-03",
    ),
    (
        "INSERT INTO link (code, kind, currency, date, position, credit_amount, debit_amount, discount, tolerance,
           withholding, memo) VALUES ('x', 0, 'EUR', 30000, 9, 98, 100, 0, 0, 0, 0)",
        "INV-28",
    ),
    ("UPDATE totals SET debit = -1", "INV-11"),
];

#[test]
fn inv_12_inv_25_inv_26_raw_sql_meets_triggers_and_constraints() {
    let (_dir, path) = file();
    let ledger = open(&path);
    tell(&ledger);
    let attacker = Connection::open(&path).unwrap();
    for (sql, invariant) in ATTACKS {
        let refused = attacker.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains(invariant), "{sql}: {refused}");
    }
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
    // Without its triggers the same file takes the same attack, so it is they that refuse it.
    attacker.execute_batch("DROP TRIGGER log_update; DROP TRIGGER line_update").unwrap();
    attacker
        .execute("UPDATE line SET amount = amount + 1 WHERE id = (SELECT min(id) FROM line)", [])
        .unwrap();
    assert!(!verify(&ledger).is_ok());
}

fn tampered(sql: &str) -> (String, Option<u64>) {
    let (_dir, path) = file();
    let ledger = open(&path);
    tell(&ledger);
    let attacker = Connection::open(&path).unwrap();
    let triggers: Vec<String> = attacker
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for trigger in triggers {
        attacker.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    assert!(attacker.execute(sql, []).unwrap() > 0, "{sql} did nothing");
    let verdict = serde_json::to_value(verify(&ledger)).unwrap();
    assert_eq!(verdict["ok"], false, "{sql}");
    // INV-70: the book is stopped for writing and goes on being read.
    let refused = run(&ledger, invoice("late", "C-2", "INV-L", "1.00", "2026-01-30")).unwrap_err();
    assert!(matches!(refused, Failure::Corrupt(_)), "{refused}");
    assert_eq!(refused.code(), "book.corrupt");
    assert!(log(&ledger).len() >= 9, "reads are kept");
    (verdict["invariant"].as_str().unwrap().to_owned(), verdict["position"].as_u64())
}

#[test]
fn inv_14_inv_60_inv_70_verify_names_what_was_tampered_with() {
    let cases = [
        (
            "UPDATE log SET bytes = CAST(replace(bytes, 'INV-2', 'INV-8') AS BLOB) WHERE position = 5",
            "INV-60",
            Some(5),
        ),
        ("UPDATE log SET leaf = zeroblob(32) WHERE position = 6", "INV-60", Some(6)),
        ("DELETE FROM log WHERE position = 10", "INV-60", Some(9)),
        ("DELETE FROM log WHERE position = 4", "INV-16", Some(5)),
        ("UPDATE log SET command = 'i9' WHERE position = 4", "INV-14", Some(4)),
        ("UPDATE item SET open = open - 1 WHERE number = 'INV-3'", "INV-14", Some(6)),
        ("UPDATE item SET due = due + 1 WHERE number = 'INV-3'", "INV-14", Some(6)),
        ("UPDATE document SET total = total + 1 WHERE number = 'INV-1'", "INV-14", Some(4)),
        ("UPDATE totals SET debit = debit + 1 WHERE account = 1", "INV-14", None),
        ("UPDATE line SET code = '9999' WHERE id = 4 * 65536", "INV-14", Some(4)),
        ("UPDATE link SET undone_date = undone_date + 1 WHERE undone_date IS NOT NULL", "INV-14", Some(9)),
        ("DELETE FROM link WHERE code = 'a1.0'", "INV-14", None),
        ("DELETE FROM touched WHERE position = 4", "INV-14", None),
        (
            "UPDATE account SET account = replace(account, '2026-01-01', '2026-01-02') WHERE code = 'C-2'",
            "INV-14",
            Some(3),
        ),
        (
            "UPDATE settings SET settings = replace(settings, '\"version\":1', '\"version\":2')",
            "INV-14",
            None,
        ),
        ("UPDATE book SET frontier = zeroblob(length(frontier))", "INV-60", Some(10)),
    ];
    for (sql, invariant, position) in cases {
        assert_eq!(tampered(sql), (invariant.to_owned(), position), "{sql}");
    }
}

#[test]
fn inv_48_two_handles_on_one_file_see_each_others_commands() {
    let (_dir, path) = file();
    let (one, two) = (open(&path), open(&path));
    for (n, command) in story().into_iter().enumerate() {
        let (here, there) = if n % 2 == 0 { (&one, &two) } else { (&two, &one) };
        let first = run(here, command.clone()).unwrap();
        let again = run(there, command).unwrap();
        assert!(again.replayed && !first.replayed);
        assert_eq!((first.events, first.positions), (again.events, again.positions));
    }
    assert_eq!(log(&one), log(&two));
    assert!(verify(&one).is_ok());
}

#[test]
fn inv_51_writers_at_once_come_to_some_serial_order() {
    let (_dir, path) = file();
    let ledger = open(&path);
    tell(&ledger);
    std::thread::scope(|scope| {
        for who in 0..4 {
            let path = &path;
            let ledger = &ledger;
            scope.spawn(move || {
                let own = open(path);
                for n in 0..25 {
                    let command =
                        invoice(&format!("w{who}-{n}"), "C-2", &format!("W{who}-{n}"), "1.00", "2026-01-26");
                    if who == 0 {
                        run(ledger, command).unwrap()
                    } else {
                        run(&own, command).unwrap()
                    };
                }
            });
        }
    });
    assert_eq!(log(&ledger).len(), 110);
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
}

#[test]
fn inv_59_a_backup_taken_while_writing_is_a_prefix() {
    let (dir, path) = file();
    let ledger = open(&path);
    tell(&ledger);
    let copies: Vec<PathBuf> = (0..3).map(|n| dir.path().join(format!("copy{n}.db"))).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..120 {
                run(&ledger, invoice(&format!("b{n}"), "C-1", &format!("B-{n}"), "2.00", "2026-01-27"))
                    .unwrap();
            }
        });
        for copy in &copies {
            std::thread::sleep(std::time::Duration::from_millis(15));
            pollster::block_on(ledger.backup(copy)).unwrap();
        }
    });
    let whole = log(&ledger);
    for copy in &copies {
        let restored = Ledger::open_sqlite_existing(copy).unwrap();
        let part = log(&restored);
        assert!(part.len() >= 10 && whole.starts_with(&part), "{} of {}", part.len(), whole.len());
        assert!(verify(&restored).is_ok());
    }
    let refused = pollster::block_on(ledger.backup(&copies[0])).unwrap_err();
    assert_eq!(refused.code(), "storage.io");
    // A copy of the file without its write-ahead log is no such prefix: it lacks what was acknowledged.
    let naive = dir.path().join("naive.db");
    std::fs::copy(&path, &naive).unwrap();
    let lost = Ledger::open_sqlite_existing(&naive).map(|copy| log(&copy).len()).unwrap_or(0);
    assert!(lost < whole.len(), "{lost}");
}

#[test]
fn inv_69_a_preview_is_the_answer_and_writes_nothing() {
    let (_dir, path) = file();
    let ledger = open(&path);
    tell(&ledger);
    let before = log(&ledger);
    let command = allocate_on("a9", "PAY-1", "INV-2", "20.00", "2026-01-26");
    let preview = pollster::block_on(ledger.preview(command.clone())).unwrap();
    assert_eq!(before, log(&ledger));
    let receipt = run(&ledger, command.clone()).unwrap();
    assert_eq!(preview.events, receipt.events);
    let again = pollster::block_on(ledger.preview(command)).unwrap();
    assert_eq!((again.positions, again.events), (Some(receipt.positions), receipt.events));
    let refused = pollster::block_on(ledger.preview(allocate("a10", "PAY-1", "INV-2", "20.00"))).unwrap_err();
    assert!(refused.rejection().is_some());
}
