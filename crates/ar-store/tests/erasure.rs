//! INV-66: a person's data stands beside the log and nowhere in it, so taking it away changes no
//! record, no head and no figure. The command that erases is not built: the row is taken away here by
//! hand, as that command will have to do it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ar_core::account::Party;
use ar_core::query::{AgingBy, AsOf, View as _, aging, trial_balance};
use ar_core::{AccountId, Date, Envelope, SubjectId, Text};
use ar_store::{Ledger, Sqlite, Verdict};
use common::*;
use rusqlite::Connection;
use serde_json::json;

/// What nobody may find once it is erased.
const PERSONAL: [&str; 5] =
    ["Erika Mustermann", "Heidestrasse 17", "erika@example.org", "DE89370400440532013000", "DE136695976"];

fn person() -> serde_json::Value {
    json!({
        "salt": "00112233445566778899aabbccddeeff", "subject": "S-7", "name": PERSONAL[0], "tax_id": PERSONAL[4],
        "addresses": [{"purpose": "billing", "lines": [PERSONAL[1], "51147 Köln"], "country": "DE"}],
        "contacts": [{"purpose": "billing", "name": PERSONAL[0], "email": PERSONAL[2]}],
        "banks": [{"holder": PERSONAL[0], "number": PERSONAL[3]}],
    })
}

/// The story with a person behind the first account.
fn commands() -> Vec<Envelope> {
    let mut all = story();
    let open = json!({"open_account": {"account": "C-1", "date": "2026-01-01", "party": person()}});
    all[1] = envelope("acc-C-1", open);
    all
}

fn told() -> (tempfile::TempDir, PathBuf, Ledger<Sqlite>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    let ledger = Ledger::open_sqlite(&path, book()).unwrap();
    for command in commands() {
        run(&ledger, command).unwrap();
    }
    (folder, path, ledger)
}

/// INV-66: no personal value is in any of these bytes.
fn nobody_in<'a>(bytes: impl IntoIterator<Item = &'a [u8]>) -> Result<(), String> {
    for part in bytes {
        let holds = |value: &&&str| part.windows(value.len()).any(|window| window == value.as_bytes());
        if let Some(value) = PERSONAL.iter().find(holds) {
            return Err(format!("INV-66: {value:?} is still there"));
        }
    }
    Ok(())
}

/// Everything that an erasure may not change: log, head, and figures.
fn evidence(ledger: &Ledger<Sqlite>) -> (Vec<Vec<u8>>, String, String) {
    let figures = pollster::block_on(ledger.read(|view| {
        let as_of = AsOf::head(view, Date::parse("2026-12-31").unwrap());
        let aging = aging(view, as_of, &AgingBy::default()).unwrap();
        format!("{aging:?} {:?}", trial_balance(view, as_of).unwrap())
    }));
    (log(ledger), pollster::block_on(ledger.head()).unwrap().hex(), figures.unwrap())
}

fn known_persons(ledger: &Ledger<Sqlite>) -> usize {
    let subjects = BTreeSet::from([SubjectId::parse("S-7").unwrap()]);
    pollster::block_on(ledger.read(move |view| view.parties(&subjects).unwrap().len())).unwrap()
}

/// Files of the book as they are on the disk.
fn bytes_on_disk(path: &Path) -> Vec<Vec<u8>> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    vec![std::fs::read(path).unwrap(), std::fs::read(wal).unwrap_or_default()]
}

fn parts(bytes: &[Vec<u8>]) -> impl Iterator<Item = &[u8]> {
    bytes.iter().map(Vec::as_slice)
}

#[test]
fn inv_66_no_record_holds_personal_data_and_a_log_of_whole_commands_is_caught() {
    let (_folder, _path, ledger) = told();
    assert_eq!(nobody_in(parts(&log(&ledger))), Ok(()));
    // A log that keeps what was asked instead of what follows from it.
    let careless: Vec<Vec<u8>> =
        commands().iter().map(|command| serde_json::to_vec(command).unwrap()).collect();
    let found = nobody_in(parts(&careless)).expect_err("a log of commands goes unnoticed");
    assert!(found.starts_with("INV-66"), "{found}");
}

/// INV-66: who knows every personal value and tries the salts that careless programs use cannot tell
/// whose digest it is.
fn cannot_be_guessed(digest: &Text, known: &Party) -> Result<(), String> {
    let account = AccountId::parse("C-1").unwrap();
    let guesses = ["0", "f", "01234567"].map(|salt| salt.repeat(32 / salt.len()));
    let guessed = |salt: &String| {
        let party = Party { salt: Text::parse(salt).unwrap(), ..known.clone() };
        party.sealed(&account).is_ok_and(|(named, _)| named.digest == *digest)
    };
    if guesses.iter().any(guessed) { Err(format!("INV-66: {digest} was guessed")) } else { Ok(()) }
}

#[test]
fn inv_66_the_digest_in_the_log_is_salted_and_one_salt_for_everybody_is_caught() {
    let party: Party = serde_json::from_value(person()).unwrap();
    let account = AccountId::parse("C-1").unwrap();
    let (named, _) = party.sealed(&account).unwrap();
    let (_folder, _path, ledger) = told();
    let in_log = |digest: &str| log(&ledger).iter().any(|r| String::from_utf8_lossy(r).contains(digest));
    assert!(in_log(named.digest.as_str()), "the log names the person by the digest");
    assert_eq!(cannot_be_guessed(&named.digest, &party), Ok(()));
    for short in ["", "00", "no salt at all, but long enough for one"] {
        let party = Party { salt: Text::parse(short).unwrap(), ..party.clone() };
        assert!(party.sealed(&account).is_err(), "{short:?} is taken for a salt");
    }
    let same = Party { salt: Text::parse(&"0".repeat(32)).unwrap(), ..party.clone() };
    let found = cannot_be_guessed(&same.sealed(&account).unwrap().0.digest, &party);
    assert!(found.is_err_and(|why| why.starts_with("INV-66")), "one salt for everybody");
}

#[test]
fn inv_66_taking_a_persons_data_away_changes_no_record_and_no_figure() {
    let (_folder, path, ledger) = told();
    let before = evidence(&ledger);
    assert_eq!(known_persons(&ledger), 1);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA secure_delete = ON; DELETE FROM vault WHERE subject = 'S-7'").unwrap();
    assert_eq!(evidence(&ledger), before);
    assert_eq!(known_persons(&ledger), 0);
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
    // Old pages stay in the write-ahead log until a checkpoint has emptied it: this search would find
    // a book that forgets the row alone.
    let found =
        nobody_in(parts(&bytes_on_disk(&path))).expect_err("what is left in the files goes unnoticed");
    assert!(found.starts_with("INV-66"), "{found}");
    drop(ledger);
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    assert_eq!(nobody_in(parts(&bytes_on_disk(&path))), Ok(()));
    let ledger = Ledger::open_sqlite_existing(&path).unwrap();
    assert_eq!(evidence(&ledger), before);
    run(&ledger, invoice("later", "C-1", "INV-9", "1.00", "2026-01-30")).unwrap();
    assert!(verify(&ledger).is_ok());
}

#[test]
fn inv_66_an_erasure_that_reaches_into_the_log_is_caught() {
    let (_folder, path, ledger) = told();
    let before = evidence(&ledger);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "DROP TRIGGER log_update;
         UPDATE log SET bytes = CAST(replace(bytes, '\"subject\":\"S-7\"', '\"subject\":\"S-0\"') AS BLOB);",
    )
    .unwrap();
    assert_ne!(evidence(&ledger), before);
    let verdict = verify(&ledger);
    assert!(matches!(verdict, Verdict::Broken(_)), "{verdict:?}");
}

#[test]
fn inv_66_stored_data_of_a_person_that_no_event_names_is_caught() {
    let (_folder, path, ledger) = told();
    let conn = Connection::open(&path).unwrap();
    assert_eq!(conn.execute("UPDATE vault SET party = replace(party, 'Heide', 'Weide')", []).unwrap(), 1);
    let Verdict::Broken(found) = verify(&ledger) else { panic!("changed personal data goes unnoticed") };
    assert_eq!(found.invariant, "INV-66");
}
