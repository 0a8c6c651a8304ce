//! The log in memory: bytes one after the other, their leaves, and where each key stands.

use std::collections::HashMap;

use ar_core::record::{Leaf, RecordError, leaf};
use ar_core::tree::Frontier;
use ar_core::values::CommandId;
use ar_core::{Position, Record};

use crate::receipt::{Head, LogEntry};

/// The append-only record of a book.
#[derive(Debug, Default)]
pub struct Log {
    bytes: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
    leaves: Vec<Leaf>,
    keys: HashMap<CommandId, Position>,
    /// Covers committed records only.
    frontier: Frontier,
}

impl Log {
    /// The position of the last record.
    #[must_use]
    pub fn last(&self) -> Position {
        position(self.ends.len())
    }

    /// The head over all committed records.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { size: self.frontier.size(), root: self.frontier.root() }
    }

    /// The stored bytes at a position.
    #[must_use]
    pub fn bytes(&self, at: Position) -> Option<&[u8]> {
        let index = place(at)?;
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..end)
    }

    /// The leaf at a position.
    #[must_use]
    pub fn leaf(&self, at: Position) -> Option<Leaf> {
        self.leaves.get(place(at)?).copied()
    }

    /// The record at a position, `None` when there is none.
    ///
    /// # Errors
    /// [`RecordError`] when the bytes are not a record.
    pub fn record(&self, at: Position) -> Result<Option<Record>, RecordError> {
        self.bytes(at).map(Record::decode).transpose()
    }

    /// Where the events of a key begin.
    #[must_use]
    pub fn key(&self, id: &CommandId) -> Option<Position> {
        self.keys.get(id).copied()
    }

    /// How many keys are bound.
    pub(crate) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Entries after a position.
    pub fn entries(&self, after: Position) -> impl Iterator<Item = LogEntry> + '_ {
        (after.saturating_add(1)..=self.last()).map_while(|at| {
            Some(LogEntry { position: at, bytes: self.bytes(at)?.to_vec(), leaf: self.leaf(at)? })
        })
    }

    pub(super) fn push(&mut self, bytes: &[u8], leaf: Leaf) {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        self.leaves.push(leaf);
    }

    /// Appends a record in its canonical bytes.
    pub(super) fn encode(&mut self, record: &Record) -> Result<(), RecordError> {
        let start = self.bytes.len();
        if let Err(error) = record.encode_into(&mut self.bytes) {
            self.bytes.truncate(start);
            return Err(error);
        }
        self.ends.push(self.bytes.len());
        self.leaves.push(leaf(self.bytes.get(start..).unwrap_or_default()));
        Ok(())
    }

    /// Binds a key; `false` when it is bound already.
    pub(super) fn bind(&mut self, id: CommandId, at: Position) -> bool {
        self.keys.insert(id, at).is_none()
    }

    pub(super) fn pop(&mut self) {
        self.ends.pop();
        self.leaves.pop();
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    pub(super) fn unbind(&mut self, id: &CommandId) {
        self.keys.remove(id);
    }

    pub(super) fn commit(&mut self) {
        let from = place(self.frontier.size().saturating_add(1)).unwrap_or(0);
        for leaf in self.leaves.get(from..).unwrap_or_default() {
            self.frontier.push(*leaf);
        }
    }
}

fn position(len: usize) -> Position {
    Position::try_from(len).unwrap_or(Position::MAX)
}

fn place(at: Position) -> Option<usize> {
    usize::try_from(at.checked_sub(1)?).ok()
}
