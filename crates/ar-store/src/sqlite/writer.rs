//! The one writer: commits what it is handed in one transaction, and only then answers (INV-48 to
//! INV-51, INV-55).
//!
//! A write that fails takes the whole group back and runs its commands one by one, so that one
//! command's trouble is its own. What was at hand is forgotten on every rollback.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ar_core::Envelope;
use ar_core::tree::Frontier;
use ar_core::values::BookId;
use rusqlite::Connection;

use super::error::failure;
use super::turn::Turn;
use super::write::Numbers;
use crate::failure::{Corruption, Failure, Unavailable};
use crate::gathered::Gathered;
use crate::receipt::{Preview, Receipt};

/// What stopped the book, seen by writer and readers.
pub(crate) type Stopped = Arc<Mutex<Option<Corruption>>>;

/// Rows at hand at most, between groups.
const ROWS_MAX: usize = 100_000;
/// Times a group is tried while another process holds the book.
const TRIES: u32 = 4;

/// Commands that are done or not done together.
#[allow(clippy::large_enum_variant, reason = "single commands are the rule; a box would cost each of them")]
pub(super) enum Unit {
    One(Envelope),
    All(Vec<Envelope>),
}

impl Unit {
    pub(super) fn commands(&self) -> &[Envelope] {
        match self {
            Self::One(command) => std::slice::from_ref(command),
            Self::All(commands) => commands,
        }
    }
}

/// The answer to a unit: its receipts, or which of its commands failed and how.
pub(super) type Answer = Result<Vec<Receipt>, (usize, Failure)>;

/// A group that cannot go on: everything in it was rolled back.
pub(super) struct Broken(pub(super) Failure);

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl From<rusqlite::Error> for Broken {
    fn from(error: rusqlite::Error) -> Self {
        Self(failure(&error))
    }
}

/// What the writer knows of the file between two transactions.
#[derive(Default)]
pub(super) struct Known {
    pub(super) cache: Gathered,
    pub(super) numbers: Numbers,
    /// The log as the rows at hand know it.
    pub(super) head: Option<Frontier>,
}

impl Known {
    pub(super) fn forget(&mut self) {
        self.cache.clear();
        self.numbers.clear();
        self.head = None;
    }
}

pub(super) struct Writer {
    conn: Connection,
    book: BookId,
    known: Known,
    stopped: Stopped,
}

impl Writer {
    pub(super) fn new(conn: Connection, book: BookId, stopped: Stopped) -> Self {
        Self { conn, book, known: Known::default(), stopped }
    }

    /// Does the units in order and commits them; one answer each, in their order.
    pub(super) fn serve(&mut self, units: &[Unit]) -> Vec<Answer> {
        let answers = self.group(units);
        if self.known.cache.len() > ROWS_MAX {
            self.known.cache.clear();
        }
        self.known.numbers.bound();
        answers
    }

    /// One commit for all units, or each by itself where that fails.
    fn group(&mut self, units: &[Unit]) -> Vec<Answer> {
        match self.persistently(units) {
            Ok(answers) => answers,
            Err(Broken(failure)) if units.len() == 1 => vec![Err((0, failure))],
            Err(_) => units
                .iter()
                .flat_map(|unit| match self.persistently(std::slice::from_ref(unit)) {
                    Ok(answers) => answers,
                    Err(Broken(failure)) => vec![Err((0, failure))],
                })
                .collect(),
        }
    }

    /// Plays commands in a transaction that is never committed.
    pub(super) fn trial(&mut self, commands: &[Envelope]) -> Result<Vec<Result<Preview, Failure>>, Failure> {
        if let Some(stopped) = self.stopped() {
            return Err(stopped.into());
        }
        let done = Turn::new(&self.conn, &self.book, &mut self.known).trial(commands);
        // What is at hand tells of rows that were taken back.
        self.known.forget();
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK").map_err(|error| failure(&error))?;
        }
        if let Err(Broken(Failure::Corrupt(corruption))) = &done {
            self.stop(corruption);
        }
        done.map_err(|Broken(failure)| failure)
    }

    /// Tries again, whole, while another process is in the way, within a bound.
    fn persistently(&mut self, units: &[Unit]) -> Result<Vec<Answer>, Broken> {
        for n in 1..=TRIES {
            match self.attempt(units) {
                Err(Broken(Failure::Unavailable(Unavailable::Busy { .. }))) if n < TRIES => {
                    std::thread::sleep(Duration::from_millis(u64::from(n).saturating_mul(20)));
                }
                Err(Broken(Failure::Corrupt(corruption))) if units.len() == 1 => {
                    self.stop(&corruption);
                    return Err(Broken(Failure::Corrupt(corruption)));
                }
                other => return other,
            }
        }
        Err(Broken(Unavailable::Closed.into()))
    }

    fn stop(&self, corruption: &Corruption) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.get_or_insert_with(|| corruption.clone());
    }

    fn stopped(&self) -> Option<Corruption> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn attempt(&mut self, units: &[Unit]) -> Result<Vec<Answer>, Broken> {
        if let Some(stopped) = self.stopped() {
            return Ok(units.iter().map(|_| Err((0, stopped.clone().into()))).collect());
        }
        let done = Turn::new(&self.conn, &self.book, &mut self.known).transaction(units);
        if done.is_err() {
            self.known.forget();
            if !self.conn.is_autocommit() {
                let _ = self.conn.execute_batch("ROLLBACK");
            }
        }
        done
    }
}
