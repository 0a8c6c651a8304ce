//! One transaction of the writer: commands are decided on what is at hand and in the file, and
//! their rows and records written.
//!
//! A refused command writes nothing (INV-68); a batch is taken back alone.

use ar_core::change::TotalsDelta;
use ar_core::facts::Missing;
use ar_core::rows::LineRow;
use ar_core::tree::Frontier;
use ar_core::values::BookId;
use ar_core::{Change, Decision, Envelope, Halt, Need, Position, first_ask};
use rusqlite::{Connection, params};

use super::codes::{position, sql};
use super::fetch::Fetch;
use super::write::Write;
use super::writer::{Answer, Broken, Known, Unit};
use crate::engine::{Sealed, corruption, judge};
use crate::failure::{Corruption, Failure, Unavailable};
use crate::gathered::Gathered;
use crate::receipt::{Preview, Receipt};

/// Smallest group whose records are encoded on a thread beside the writer.
const PIPED_MIN: usize = 32;
/// Times a decision is asked again; each time something new was fetched for it.
const ROUNDS_MAX: usize = 20_000;

pub(super) struct Turn<'c> {
    conn: &'c Connection,
    book: &'c BookId,
    cache: &'c mut Gathered,
    head: &'c mut Option<Frontier>,
    write: Write<'c>,
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

fn lost() -> Failure {
    Failure::corrupt("INV-16", "the head was lost")
}

impl<'c> Turn<'c> {
    pub(super) fn new(conn: &'c Connection, book: &'c BookId, known: &'c mut Known) -> Self {
        Self {
            conn,
            book,
            cache: &mut known.cache,
            head: &mut known.head,
            write: Write::new(conn, &mut known.numbers),
            changes: Vec::new(),
            totals: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Nothing at hand holds any more.
    fn forget(&mut self) {
        self.totals.clear();
        self.lines.clear();
        self.cache.clear();
        self.write.clear();
        *self.head = None;
    }

    /// Does all units in one transaction.
    pub(super) fn transaction(&mut self, units: &[Unit]) -> Result<Vec<Answer>, Broken> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let before = self.read_head()?;
        let answers =
            if units.len() < PIPED_MIN { self.one_by_one(units)? } else { super::pipe::piped(self, units)? };
        self.write.flush()?;
        let (size, bytes) = match &*self.head {
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

    /// Plays commands one after another in a transaction that the caller takes back.
    pub(super) fn trial(&mut self, commands: &[Envelope]) -> Result<Vec<Result<Preview, Failure>>, Broken> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        self.read_head()?;
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            answers.push(self.command(command)?.map(Preview::of));
        }
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
            *self.head = Some(head);
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
                    *self.head = head;
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
        Ok(match decide(self.book, self.cache, &fetch, command, logged)? {
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
                    ref change => self.write.change(at, change, self.cache)?,
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
        sum.uncounted = add(sum.uncounted, delta.uncounted)?;
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
            Change::Setting { .. } | Change::Period(_) => Need::Book,
            Change::RefundState { refund, .. } => Need::Refund(refund.clone()),
            Change::WithholdingMoved { link, .. } => Need::Withholding(link.clone()),
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
