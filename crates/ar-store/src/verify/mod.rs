//! Verification: the log is replayed from its first byte and every stored row is compared with
//! what it comes to (INV-09 to INV-14, INV-16, INV-48, INV-60).
//!
//! The first difference is named by invariant and position. Nothing is ever repaired here.

mod balance;
mod compare;

use std::borrow::Cow;
use std::collections::BTreeMap;

use ar_core::account::VaultEntry;
use ar_core::record::leaf;
use ar_core::tree::Frontier;
use ar_core::values::{BookId, CommandId, SubjectId, Text};
use ar_core::{Change, Event, Position, Record};
use serde::{Serialize, Serializer};

use crate::failure::Corruption;
use crate::receipt::{Head, LogEntry};
use crate::tables::Tables;

pub(crate) use compare::Rows;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every record and every row is as the log says.
    Sound(Head),
    /// The first thing that is not.
    Broken(Corruption),
}

impl Verdict {
    /// Whether the book is sound.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        matches!(self, Self::Sound(_))
    }
}

impl From<Result<Head, Corruption>> for Verdict {
    fn from(found: Result<Head, Corruption>) -> Self {
        match found {
            Ok(head) => Self::Sound(head),
            Err(corruption) => Self::Broken(corruption),
        }
    }
}

impl Serialize for Verdict {
    /// `{"ok": true, "events": n, "head": "hex"}`, or `ok: false` with `invariant`, `position`
    /// and `detail`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Form<'a> {
            Sound { ok: bool, events: Position, head: String },
            Broken { ok: bool, invariant: &'a Cow<'static, str>, position: Option<Position>, detail: &'a str },
        }
        let form = match self {
            Self::Sound(head) => Form::Sound { ok: true, events: head.size, head: head.hex() },
            Self::Broken(c) => {
                Form::Broken { ok: false, invariant: &c.invariant, position: c.position, detail: &c.detail }
            }
        };
        form.serialize(serializer)
    }
}

/// A log being replayed into fresh tables.
#[derive(Debug)]
pub struct Replay {
    book: BookId,
    tables: Tables,
    frontier: Frontier,
    buffer: Vec<Change>,
    /// The command whose events are not all there yet.
    open: Option<(CommandId, ar_core::record::PayloadDigest, (u16, u16))>,
    /// Digests of persons' data that events name.
    parties: BTreeMap<(SubjectId, Text), Position>,
}

impl Replay {
    /// Nothing replayed yet.
    #[must_use]
    pub fn new(book: &BookId) -> Self {
        Self {
            book: book.clone(),
            tables: Tables::new(),
            frontier: Frontier::new(),
            buffer: Vec::new(),
            open: None,
            parties: BTreeMap::new(),
        }
    }

    /// Replays the next entry.
    ///
    /// # Errors
    /// The corruption it shows.
    pub fn push(&mut self, entry: &LogEntry) -> Result<(), Corruption> {
        let at = |invariant, detail: String| Corruption::new(invariant, Some(entry.position), detail);
        let next = self.frontier.size().saturating_add(1);
        if entry.position != next {
            return Err(at("INV-16", format!("position {next} is missing")));
        }
        if leaf(&entry.bytes) != entry.leaf {
            return Err(at(
                "INV-60",
                "the stored bytes and their leaf hash do not belong together".to_owned(),
            ));
        }
        let record = Record::decode_strict(&entry.bytes).map_err(|e| at("INV-12", e.to_string()))?;
        self.check_sequence(&record).map_err(|detail| at("INV-16", detail))?;
        self.check_posting(&record).map_err(|detail| at("INV-09", detail))?;
        if let Event::AccountChanged(e) = &record.event
            && let Some(party) = &e.account.party
        {
            self.parties.entry((party.subject.clone(), party.digest.clone())).or_insert(entry.position);
        }
        self.tables.append_stored(&record, &entry.bytes, entry.leaf, &mut self.buffer)?;
        self.tables.commit()?;
        self.frontier.push(entry.leaf);
        Ok(())
    }

    /// The head over what was replayed.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { size: self.frontier.size(), root: self.frontier.root() }
    }

    /// The rows that the log comes to.
    #[must_use]
    pub const fn tables(&self) -> &Tables {
        &self.tables
    }

    /// One command's events follow each other, numbered from 1 to their count, under one key and
    /// one digest, and belong to this book.
    fn check_sequence(&mut self, record: &Record) -> Result<(), String> {
        if record.book != self.book {
            return Err(format!("the record belongs to book {}", record.book));
        }
        let (n, of) = record.part;
        let expected = match self.open.take() {
            None => n == 1,
            Some((command, digest, (before, all))) => {
                command == record.command
                    && digest == record.digest
                    && all == of
                    && before.checked_add(1) == Some(n)
            }
        };
        if !expected || n == 0 || n > of {
            return Err(format!("event {n} of {of} of command {} does not follow", record.command));
        }
        if n < of {
            self.open = Some((record.command.clone(), record.digest, record.part));
        }
        Ok(())
    }

    fn check_posting(&self, record: &Record) -> Result<(), String> {
        let base = match (&self.tables.config, &record.event) {
            (_, Event::BookOpened(e)) => e.base,
            (Some(config), _) => config.base,
            (None, _) => return Err("the book was not opened before".to_owned()),
        };
        match record.event.posting() {
            Some((_, currency, lines)) => ar_core::journal::check_balanced(currency, base, lines),
            None => Ok(()),
        }
    }

    /// What holds over the whole book once the log is at its end.
    ///
    /// # Errors
    /// A corruption.
    pub fn finish(&self) -> Result<(), Corruption> {
        if let Some((command, _, (n, of))) = &self.open {
            let detail = format!("command {command} ends after event {n} of {of}");
            return Err(Corruption::new("INV-50", Some(self.frontier.size()), detail));
        }
        balance::check(&self.tables)
    }

    /// Whether persons' data beside the log is what the events name. Erased data is not there and
    /// breaks nothing (INV-66).
    ///
    /// # Errors
    /// A corruption.
    pub fn check_vault(&self, entry: &VaultEntry) -> Result<(), Corruption> {
        let key = (entry.subject.clone(), entry.digest.clone());
        let position = self.parties.get(&key).copied();
        let broken = |detail: String| Err(Corruption::new("INV-66", position, detail));
        if position.is_none() {
            return broken(format!("no event names the stored data of subject {}", entry.subject));
        }
        let account = ar_core::AccountId::parse(entry.subject.as_str());
        let sealed = account.and_then(|account| entry.party.sealed(&account));
        match sealed {
            Ok((party, _)) if party.digest == entry.digest && party.subject == entry.subject => Ok(()),
            _ => broken(format!("the stored data of subject {} is not what the event names", entry.subject)),
        }
    }
}
