//! The one writer: takes whatever is queued, commits it in one transaction, and only then answers
//! (INV-48 to INV-51, INV-55).
//!
//! A refused command writes nothing. A write that fails takes the whole group back and runs its
//! commands one by one, so that one command's trouble is its own. What was at hand is forgotten on
//! every rollback.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ar_core::change::TotalsDelta;
use ar_core::facts::Missing;
use ar_core::rows::LineRow;
use ar_core::tree::Frontier;
use ar_core::values::BookId;
use ar_core::{Change, Decision, Envelope, Halt, Need, Position, first_ask};
use futures_channel::oneshot;
use rusqlite::{Connection, params};

use super::codes::{position, sql};
use super::error::failure;
use super::fetch::Fetch;
use super::write::Write;
use crate::engine::{Sealed, corruption, judge};
use crate::failure::{BatchFailure, Corruption, Failure, Unavailable};
use crate::gathered::Gathered;
use crate::receipt::Receipt;

/// What stopped the book, seen by writer and readers.
pub(crate) type Stopped = Arc<Mutex<Option<Corruption>>>;

/// Work for the writer.
pub(crate) enum Job {
    /// Commands that stand each for itself.
    Each(Vec<Envelope>, oneshot::Sender<Vec<Result<Receipt, Failure>>>),
    /// Commands that stand together.
    All(Vec<Envelope>, oneshot::Sender<Result<Vec<Receipt>, BatchFailure>>),
}

/// Most commands in one commit, unless one batch has more.
const GROUP_MAX: usize = 4_096;
/// Rows at hand at most, between groups.
const ROWS_MAX: usize = 100_000;
/// Smallest group whose records are encoded on a thread beside the writer.
const PIPED_MIN: usize = 32;
/// Times a group is tried while another process holds the book.
const TRIES: u32 = 4;
/// Times a decision is asked again; each time something new was fetched for it.
const ROUNDS_MAX: usize = 20_000;

/// Commands that are done or not done together.
#[allow(clippy::large_enum_variant, reason = "single commands are the rule; a box would cost each of them")]
pub(super) enum Unit {
    One(Envelope),
    All(Vec<Envelope>),
}

impl Unit {
    fn commands(&self) -> &[Envelope] {
        match self {
            Self::One(command) => std::slice::from_ref(command),
            Self::All(commands) => commands,
        }
    }
}

/// The answer to a unit: its receipts, or which of its commands failed and how.
pub(super) type Answer = Result<Vec<Receipt>, (usize, Failure)>;

/// Serves jobs until the store is dropped.
pub(crate) fn run(conn: &Connection, book: BookId, jobs: &Receiver<Job>, stopped: &Stopped) {
    let mut writer = Writer {
        conn,
        book,
        cache: Gathered::new(),
        write: Write::new(conn),
        head: None,
        stopped: Arc::clone(stopped),
        changes: Vec::new(),
        totals: Vec::new(),
        lines: Vec::new(),
    };
    while let Ok(first) = jobs.recv() {
        let mut queued = vec![first];
        let mut commands = queued.first().map_or(0, Job::len);
        while commands < GROUP_MAX
            && let Ok(next) = jobs.try_recv()
        {
            commands = commands.saturating_add(next.len());
            queued.push(next);
        }
        writer.serve(queued);
    }
}

impl Job {
    fn len(&self) -> usize {
        match self {
            Self::Each(commands, _) | Self::All(commands, _) => commands.len(),
        }
    }
}

pub(super) struct Writer<'c> {
    conn: &'c Connection,
    book: BookId,
    cache: Gathered,
    write: Write<'c>,
    /// The log as the rows at hand know it.
    head: Option<Frontier>,
    stopped: Stopped,
    changes: Vec<Change>,
    totals: Vec<TotalsDelta>,
    /// Journal lines of one event.
    lines: Vec<LineRow>,
}

/// What deciding a command came to.
pub(super) enum Decided {
    /// Something to write.
    New(Decision),
    /// Refused, or done before.
    Done(Result<Receipt, Failure>),
    /// It rests on a record that is not in the log yet.
    Later(Missing),
}

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

fn lost() -> Failure {
    Failure::corrupt("INV-16", "the head was lost")
}

impl Writer<'_> {
    /// Does the jobs and answers each, after the commit.
    fn serve(&mut self, jobs: Vec<Job>) {
        enum Reply {
            Each(usize, oneshot::Sender<Vec<Result<Receipt, Failure>>>),
            All(oneshot::Sender<Result<Vec<Receipt>, BatchFailure>>),
        }
        let mut units = Vec::new();
        let mut replies = Vec::new();
        for job in jobs {
            match job {
                Job::Each(commands, to) => {
                    replies.push(Reply::Each(commands.len(), to));
                    units.extend(commands.into_iter().map(Unit::One));
                }
                Job::All(commands, to) => {
                    replies.push(Reply::All(to));
                    units.push(Unit::All(commands));
                }
            }
        }
        let answers = self.group(&units);
        let mut done = units.iter().zip(answers);
        for reply in replies {
            // A caller that is gone finds its answer by sending the command again.
            match reply {
                Reply::Each(count, to) => {
                    let answers = done.by_ref().take(count).map(|(_, answer)| one_receipt(answer));
                    let _ = to.send(answers.collect());
                }
                Reply::All(to) => {
                    if let Some((unit, answer)) = done.next() {
                        let _ = to.send(batch_answer(unit, answer));
                    }
                }
            }
        }
        if self.cache.len() > ROWS_MAX {
            self.cache.clear();
        }
        self.write.bound_memory();
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
        let done = self.transaction(units);
        if done.is_err() {
            self.forget();
            if !self.conn.is_autocommit() {
                let _ = self.conn.execute_batch("ROLLBACK");
            }
        }
        done
    }

    fn forget(&mut self) {
        self.totals.clear();
        self.lines.clear();
        self.cache.clear();
        self.write.clear();
        self.head = None;
    }

    fn transaction(&mut self, units: &[Unit]) -> Result<Vec<Answer>, Broken> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let before = self.read_head()?;
        let answers =
            if units.len() < PIPED_MIN { self.one_by_one(units)? } else { super::pipe::piped(self, units)? };
        self.write.flush()?;
        let (size, bytes) = match &self.head {
            Some(head) => (head.size(), head.to_bytes()),
            None => return Err(Broken(lost())),
        };
        if size != before {
            let moved = self
                .conn
                .prepare_cached(
                    "UPDATE book SET position = ?1, frontier = ?2 WHERE id = 1 AND position = ?3",
                )?
                .execute(params![sql(size), bytes, sql(before)])?;
            if moved != 1 {
                return Err(Broken(Unavailable::Busy { detail: "the head moved".to_owned() }.into()));
            }
        }
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(answers)
    }

    fn one_by_one(&mut self, units: &[Unit]) -> Result<Vec<Answer>, Broken> {
        let mut answers = Vec::with_capacity(units.len());
        for unit in units {
            answers.push(match unit {
                Unit::One(command) => self.command(command)?.map(|r| vec![r]).map_err(|f| (0, f)),
                Unit::All(commands) => self.batch(commands)?,
            });
        }
        Ok(answers)
    }

    /// The head in this transaction. When another process moved it, nothing at hand holds.
    fn read_head(&mut self) -> Result<Position, Broken> {
        let stored: i64 = self
            .conn
            .prepare_cached("SELECT position FROM book WHERE id = 1")?
            .query_row([], |row| row.get(0))?;
        let stored = position(stored);
        if self.head.as_ref().is_none_or(|head| head.size() != stored) {
            self.forget();
            let bytes: Vec<u8> =
                self.conn.query_row("SELECT frontier FROM book WHERE id = 1", [], |row| row.get(0))?;
            let head = Frontier::from_bytes(stored, &bytes).ok_or_else(|| {
                Failure::Corrupt(Corruption::new(
                    "INV-60",
                    Some(stored),
                    "the stored frontier is no tree of this size",
                ))
            })?;
            self.head = Some(head);
        }
        Ok(stored)
    }

    /// A batch is taken back alone when one of its commands fails.
    pub(super) fn batch(&mut self, commands: &[Envelope]) -> Result<Answer, Broken> {
        self.write.flush()?;
        self.conn.prepare_cached("SAVEPOINT batch")?.execute([])?;
        let head = self.head.clone();
        let mut receipts = Vec::with_capacity(commands.len());
        for (n, command) in commands.iter().enumerate() {
            match self.command(command)? {
                Ok(receipt) => receipts.push(receipt),
                Err(failed) => {
                    self.conn.prepare_cached("ROLLBACK TO batch")?.execute([])?;
                    self.conn.prepare_cached("RELEASE batch")?.execute([])?;
                    self.forget();
                    self.head = head;
                    return Ok(Err((n, failed)));
                }
            }
        }
        self.conn.prepare_cached("RELEASE batch")?.execute([])?;
        Ok(Ok(receipts))
    }

    /// One command: decided on facts that are fetched as it asks for them, then written. A refusal
    /// is an answer; anything else that fails breaks the group.
    fn command(&mut self, command: &Envelope) -> Result<Result<Receipt, Failure>, Broken> {
        let decision = match self.decided(command)? {
            Decided::New(decision) => decision,
            Decided::Done(answer) => return Ok(answer),
            Decided::Later(missing) => {
                let detail = format!("facts are missing for ever: {:?}", missing.needs);
                return Err(Broken(Failure::corrupt("INV-68", detail)));
            }
        };
        let first = self.size()?.saturating_add(1);
        self.rows(first, &decision)?;
        Ok(Ok(self.log(command, Sealed::of(decision, command)?)?))
    }

    /// What a command comes to.
    pub(super) fn decided(&mut self, command: &Envelope) -> Result<Decided, Broken> {
        let fetch = Fetch::new(self.conn);
        let logged = self.size()?;
        Ok(match decide(&self.book, &mut self.cache, &fetch, command, logged)? {
            Ok(decision) => Decided::New(decision),
            Err(Halt::Replayed { first, count }) => {
                let records = fetch.records(first, count)?;
                Decided::Done(Ok(Receipt::of(command.id.clone(), first, records, true)))
            }
            Err(Halt::Refused(rejection)) => Decided::Done(Err(Failure::Refused(rejection))),
            Err(Halt::Corrupt { invariant, detail }) => {
                return Err(Broken(corruption(invariant, detail).into()));
            }
            Err(Halt::Missing(missing)) => Decided::Later(missing),
        })
    }

    /// Records in the log.
    pub(super) fn size(&self) -> Result<Position, Broken> {
        Ok(self.head.as_ref().ok_or_else(lost)?.size())
    }

    /// Writes the rows that a decision makes, all but its records.
    pub(super) fn rows(&mut self, first: Position, decision: &Decision) -> Result<(), Broken> {
        for (at, event) in (first..).zip(&decision.events) {
            let mut changes = std::mem::take(&mut self.changes);
            changes.clear();
            ar_core::changes(at, event, &mut changes);
            for change in changes.drain(..) {
                self.fetch_moved(&change)?;
                match change {
                    Change::Line(row) => {
                        self.lines.push(*row);
                        continue;
                    }
                    Change::Totals(ref delta) => self.add_totals(delta)?,
                    ref change => self.write.change(at, change, &self.cache)?,
                }
                self.cache.apply(at, change).map_err(Failure::from)?;
            }
            self.changes = changes;
            self.write.lines(&self.lines)?;
            self.lines.clear();
            for delta in self.totals.drain(..) {
                let at_hand = self.cache.has_totals(&delta.owner);
                self.write.totals(&delta, at_hand)?;
            }
            self.write.touched(at, event)?;
        }
        for entry in &decision.vault {
            self.write.vault(entry)?;
        }
        Ok(())
    }

    /// Writes the records of a decision at the end of the log.
    pub(super) fn log(&mut self, command: &Envelope, sealed: Sealed) -> Result<Receipt, Broken> {
        let first = self.size()?.saturating_add(1);
        for (at, one) in (first..).zip(&sealed.records) {
            let key = (one.record.part.0 == 1).then_some(&one.record.command);
            self.write.record(at, key, &one.bytes, &one.leaf)?;
            self.head.as_mut().ok_or_else(lost)?.push(one.leaf);
        }
        Ok(Receipt::of(command.id.clone(), first, sealed.into_records(), false))
    }

    /// Figures that one event moves more than once are written once.
    fn add_totals(&mut self, delta: &TotalsDelta) -> Result<(), Broken> {
        let same = |other: &&mut TotalsDelta| other.owner == delta.owner && other.currency == delta.currency;
        let Some(sum) = self.totals.iter_mut().find(same) else {
            self.totals.push(delta.clone());
            return Ok(());
        };
        let add = |a: i64, b: i64| {
            a.checked_add(b)
                .ok_or_else(|| Failure::corrupt("INV-02", "the figures of one event leave their range"))
        };
        sum.debit = add(sum.debit, delta.debit)?;
        sum.credit = add(sum.credit, delta.credit)?;
        sum.orders = add(sum.orders, delta.orders)?;
        sum.credit_date = sum.credit_date.max(delta.credit_date);
        Ok(())
    }

    /// Rows whose change is computed from what they were.
    fn fetch_moved(&mut self, change: &Change) -> Result<(), Broken> {
        let need = match change {
            Change::ItemMoved(delta) if self.cache.item_row(&delta.item).is_none() => {
                Need::Item(delta.item.clone())
            }
            Change::Setting { .. } => Need::Book,
            Change::RefundState { refund, .. } => Need::Refund(refund.clone()),
            _ => return Ok(()),
        };
        if !self.cache.has(&need) || matches!(change, Change::ItemMoved(_)) {
            let fact = Fetch::new(self.conn).fact(&need)?;
            self.cache.insert(need, fact);
        }
        Ok(())
    }
}

/// Decides with facts fetched on demand: at most one fetch per need. `logged` is where the log ends;
/// a record beyond it stays missing.
pub(crate) fn decide(
    book: &BookId,
    cache: &mut Gathered,
    fetch: &Fetch<'_>,
    command: &Envelope,
    logged: Position,
) -> Result<Result<Decision, Halt>, Failure> {
    cache.next_command();
    let mut needs = first_ask(command);
    for _ in 0..ROUNDS_MAX {
        let mut fetched = false;
        for need in needs {
            if matches!(need, Need::Record(at) if at > logged) {
                return Ok(Err(Halt::Missing(need.into())));
            }
            if !cache.has(&need) {
                let fact = fetch.fact(&need)?;
                cache.insert(need, fact);
                fetched = true;
            }
        }
        match judge(book, cache, command) {
            Err(Halt::Missing(missing)) if fetched || missing.needs.iter().any(|need| !cache.has(need)) => {
                needs = missing.needs;
            }
            other => return Ok(other),
        }
    }
    Err(Failure::corrupt("INV-68", format!("command {} asks for facts without end", command.id)))
}

fn one_receipt(answer: Answer) -> Result<Receipt, Failure> {
    match answer {
        Ok(receipts) => receipts.into_iter().next().ok_or(Failure::Unavailable(Unavailable::Closed)),
        Err((_, failure)) => Err(failure),
    }
}

/// The answer to a batch. One without commands is done.
fn batch_answer(unit: &Unit, answer: Answer) -> Result<Vec<Receipt>, BatchFailure> {
    let (index, failure) = match answer {
        Ok(receipts) => return Ok(receipts),
        Err(failed) => failed,
    };
    match unit.commands().get(index) {
        Some(command) => Err(BatchFailure { index, command: command.id.clone(), failure }),
        None => Ok(Vec::new()),
    }
}
