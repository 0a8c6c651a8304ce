//! INV-57: images of a SQLite book as a crash leaves them: inside a commit, with a torn tail, inside a
//! checkpoint, inside the making of the file, and again inside the recovery itself. Each opens as what
//! was acknowledged, plus at most the command in flight. Images that lack something are caught.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::path::{Path, PathBuf};

use ar_core::Envelope;
use ar_store::{Ledger, Sqlite};
use common::*;
use rusqlite::Connection;

/// Bytes of a frame in the write-ahead log: its header and a page.
const FRAME: usize = 24 + 4_096;

/// The two files that a crash leaves behind.
#[derive(Clone)]
struct Image {
    file: Vec<u8>,
    wal: Vec<u8>,
}

impl Image {
    /// The files as they are now. Nobody may be writing.
    fn of(path: &Path) -> Self {
        Self { file: std::fs::read(path).unwrap(), wal: std::fs::read(wal_of(path)).unwrap_or_default() }
    }

    /// As if the process had died after so many bytes of the write-ahead log.
    fn cut(&self, length: usize) -> Self {
        Self { file: self.file.clone(), wal: self.wal[..length].to_vec() }
    }

    fn written(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, &self.file).unwrap();
        if !self.wal.is_empty() {
            std::fs::write(wal_of(&path), &self.wal).unwrap();
        }
        path
    }
}

fn wal_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

type Log = Vec<Vec<u8>>;

/// Opens what a crash left. It holds what was acknowledged, plus at most the whole command in flight,
/// is sound, and resolves that command when it is sent again.
fn recovered(path: &Path, acknowledged: &Log, in_flight: Option<(&Envelope, &Log)>) -> Result<(), String> {
    let lost = |what: String| Err(format!("INV-57: {what}"));
    let ledger = match Ledger::open_sqlite(path, book()) {
        Ok(ledger) => ledger,
        Err(error) => return lost(format!("it does not open: {error}")),
    };
    let found: Log = log(&ledger);
    let done = in_flight.filter(|(_, after)| found == **after);
    if found != *acknowledged && done.is_none() {
        return lost(format!("{} records were acknowledged, {} are there", acknowledged.len(), found.len()));
    }
    if !verify(&ledger).is_ok() {
        return lost(format!("{:?}", verify(&ledger)));
    }
    if let Some((command, after)) = in_flight {
        match run(&ledger, command.clone()) {
            Ok(receipt) if receipt.replayed == done.is_some() => {}
            other => return lost(format!("the command in flight comes to {other:?}")),
        }
        let now: Log = log(&ledger);
        if now != *after {
            return lost("the command in flight left other records".to_owned());
        }
    }
    Ok(())
}

/// A book with its image and log after each command of the story. It stays open: closing would put
/// everything into one file.
struct Told {
    folder: tempfile::TempDir,
    path: PathBuf,
    ledger: Ledger<Sqlite>,
    commands: Vec<Envelope>,
    images: Vec<Image>,
    logs: Vec<Log>,
}

fn told() -> Told {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    let ledger = Ledger::open_sqlite(&path, book()).unwrap();
    let commands = story();
    let (mut images, mut logs) = (vec![Image::of(&path)], vec![Vec::new()]);
    for command in &commands {
        run(&ledger, command.clone()).unwrap();
        images.push(Image::of(&path));
        logs.push(log(&ledger));
    }
    Told { folder, path, ledger, commands, images, logs }
}

#[test]
fn inv_57_a_crash_anywhere_in_a_commit_leaves_what_was_acknowledged() {
    let told = told();
    for n in [1, told.commands.len() / 2, told.commands.len() - 1] {
        let (before, after) = (told.images[n].wal.len(), told.images[n + 1].wal.len());
        assert!(before < after && told.images[n].file == told.images[n + 1].file, "a commit appends");
        let middle = before + (after - before) / 2;
        let torn = [before + 1, before + 24, middle, after - FRAME, after - 1];
        for length in torn.into_iter().filter(|length| (before..after).contains(length)) {
            let path = told.images[n + 1].cut(length).written(told.folder.path(), &format!("{n}-{length}"));
            let in_flight = Some((&told.commands[n], &told.logs[n + 1]));
            assert_eq!(recovered(&path, &told.logs[n], in_flight), Ok(()), "{n} at {length}");
        }
        let path = told.images[n + 1].written(told.folder.path(), &format!("{n}-whole"));
        assert_eq!(recovered(&path, &told.logs[n + 1], None), Ok(()), "{n} whole");
        // Written whole, and the answer never reached anybody.
        let path = told.images[n + 1].written(told.folder.path(), &format!("{n}-unanswered"));
        let in_flight = Some((&told.commands[n], &told.logs[n + 1]));
        assert_eq!(recovered(&path, &told.logs[n], in_flight), Ok(()), "{n} unanswered");
    }
}

#[test]
fn inv_57_a_tail_of_anything_behind_the_last_commit_is_left_out() {
    let told = told();
    let (last, log) = (told.images.last().unwrap(), told.logs.last().unwrap());
    let frame = &last.wal[last.wal.len() - FRAME..];
    let half = [&frame[..FRAME / 2], &[0; FRAME / 2][..]].concat();
    for (name, tail) in
        [("zeros", vec![0; FRAME]), ("noise", vec![0xA5; 777]), ("again", frame.to_vec()), ("half", half)]
    {
        let image = Image { file: last.file.clone(), wal: [last.wal.clone(), tail].concat() };
        let path = image.written(told.folder.path(), name);
        assert_eq!(recovered(&path, log, None), Ok(()), "{name}");
    }
}

#[test]
fn inv_57_a_crash_inside_a_checkpoint_loses_nothing() {
    let told = told();
    let (before, log) = (told.images.last().unwrap().clone(), told.logs.last().unwrap());
    let conn = Connection::open(&told.path).unwrap();
    conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
    let after = Image::of(&told.path);
    assert_ne!(before.file, after.file, "pages were copied");
    let pages = after.file.len() / 4_096;
    for done in [1, pages / 3, pages / 2, pages - 1] {
        // So many pages are in the file, and half of one.
        let cut = done * 4_096 + 2_048;
        let mut file = after.file[..cut].to_vec();
        file.extend(before.file.get(cut..).unwrap_or_default());
        let path =
            Image { file, wal: before.wal.clone() }.written(told.folder.path(), &format!("page-{done}"));
        assert_eq!(recovered(&path, log, None), Ok(()), "{done} of {pages} pages");
    }
    drop(told.ledger);
}

#[test]
fn inv_57_a_crash_while_the_file_is_made_leaves_a_file_that_opens() {
    let told = told();
    let made = &told.images[0];
    let frames = made.wal.len() / FRAME;
    let none = Log::new();
    for length in [0, 16, 32, 32 + FRAME / 2, 32 + FRAME, 32 + frames / 2 * FRAME, made.wal.len() - 1] {
        let path = made.cut(length).written(told.folder.path(), &format!("made-{length}"));
        let first = Some((&told.commands[0], &told.logs[1]));
        assert_eq!(recovered(&path, &none, first), Ok(()), "{length} of {}", made.wal.len());
    }
    let empty = Image { file: Vec::new(), wal: Vec::new() }.written(told.folder.path(), "empty");
    assert_eq!(recovered(&empty, &none, Some((&told.commands[0], &told.logs[1]))), Ok(()));
}

#[test]
fn inv_57_a_second_crash_inside_the_recovery_leaves_the_same() {
    let told = told();
    let n = told.commands.len() - 1;
    let length = told.images[n + 1].wal.len() - FRAME / 2;
    let path = told.images[n + 1].cut(length).written(told.folder.path(), "first");
    let ledger = Ledger::open_sqlite(&path, book()).unwrap();
    assert_eq!(log(&ledger).len(), told.logs[n].len());
    // It dies right after it has opened the book, and again while it writes.
    let again = Image::of(&path).written(told.folder.path(), "second");
    assert_eq!(recovered(&again, &told.logs[n], Some((&told.commands[n], &told.logs[n + 1]))), Ok(()));
    run(&ledger, told.commands[n].clone()).unwrap();
    let image = Image::of(&path);
    for back in [1, FRAME / 2, FRAME] {
        let path = image.cut(image.wal.len() - back).written(told.folder.path(), &format!("third-{back}"));
        let in_flight = Some((&told.commands[n], &told.logs[n + 1]));
        assert_eq!(recovered(&path, &told.logs[n], in_flight), Ok(()), "{back} bytes short");
    }
}

#[test]
fn inv_57_an_image_that_lacks_what_was_acknowledged_is_caught() {
    let told = told();
    let (last, log) = (told.images.last().unwrap(), told.logs.last().unwrap());
    let mut flipped = last.clone();
    let place = flipped.wal.len() - 3 * FRAME;
    flipped.wal[place] ^= 1;
    for (name, image) in [
        // A copy of the file alone; an answer before the commit was written; a page that rotted.
        ("alone", last.cut(0)),
        ("early", last.cut(last.wal.len() - 1)),
        ("flipped", flipped),
    ] {
        let path = image.written(told.folder.path(), name);
        let found = recovered(&path, log, None).expect_err(name);
        assert!(found.starts_with("INV-57"), "{name}: {found}");
    }
}
