//! Answers: receipts, previews, pages of the log and heads of its tree.
//!
//! A receipt is rebuilt from the stored records when a command is replayed, so the second answer
//! is the first one (INV-48, INV-54).

use ar_core::record::{Leaf, RecordError, hex};
use ar_core::values::CommandId;
use ar_core::{Event, Position, Record, Warning};
use serde::{Deserialize, Serialize};

/// Where the events of one command stand in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Position of the first event.
    pub first: Position,
    /// Number of events, at least 1.
    pub count: u16,
}

/// The answer to an accepted command, given after it is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The command.
    pub command: CommandId,
    /// Where its events stand.
    pub positions: Span,
    /// Whether the command had been done before: everything else is the same then.
    pub replayed: bool,
    /// What the caller should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Receipt {
    /// The receipt of records at a place in the log.
    pub(crate) fn of(command: CommandId, first: Position, records: Vec<Record>, replayed: bool) -> Self {
        let count = u16::try_from(records.len()).unwrap_or(u16::MAX);
        let mut warnings = Vec::new();
        let mut events = Vec::with_capacity(records.len());
        for mut record in records {
            warnings.append(&mut record.warnings);
            events.push(record.event);
        }
        Self { command, positions: Span { first, count }, replayed, warnings, events }
    }
}

/// What a command would come to; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// The command.
    pub command: CommandId,
    /// Where its events stand already, when it was done before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positions: Option<Span>,
    /// What the caller would be warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// What would happen, explanations included.
    pub events: Vec<Event>,
}

impl Preview {
    /// What a receipt would have said, of a command that was played and taken back.
    pub(crate) fn of(receipt: Receipt) -> Self {
        Self {
            command: receipt.command,
            positions: receipt.replayed.then_some(receipt.positions),
            warnings: receipt.warnings,
            events: receipt.events,
        }
    }
}

/// One record of the log as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place.
    pub position: Position,
    /// Its canonical JSON.
    pub bytes: Vec<u8>,
    /// Its leaf hash.
    pub leaf: Leaf,
}

impl LogEntry {
    /// The record.
    ///
    /// # Errors
    /// [`RecordError`] when the bytes are not one.
    pub fn record(&self) -> Result<Record, RecordError> {
        Record::decode(&self.bytes)
    }
}

/// A page of the log in order. The next one begins after the last position in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<LogEntry>,
    /// The last position of the log when the page was read.
    pub last: Position,
}

/// A head of the log: how many records, and the hash that stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The position of the last record.
    pub size: Position,
    /// The RFC 6962 root over all leaves.
    pub root: Leaf,
}

impl Head {
    /// The root in hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.root)
    }
}

impl Serialize for Head {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut form = serializer.serialize_struct("Head", 2)?;
        form.serialize_field("size", &self.size)?;
        form.serialize_field("root", &self.hex())?;
        form.end()
    }
}
