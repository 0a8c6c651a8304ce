//! From a command to what a store has to write: the same steps for every store.

use ar_core::record::{Leaf, leaf};
use ar_core::values::BookId;
use ar_core::{Decision, Envelope, Facts, Halt, Record, Rejection, decide};

use crate::failure::{Corruption, Failure};

/// Decides a command for the book a store holds.
///
/// # Errors
/// `book.mismatch` for another book's command, else whatever [`decide`] says.
pub fn judge<F: Facts>(book: &BookId, facts: &F, envelope: &Envelope) -> Result<Decision, Halt> {
    if envelope.book != *book {
        return Err(Rejection::BookMismatch { asked: envelope.book.clone(), held: book.clone() }.into());
    }
    decide(facts, envelope)
}

/// A decision in the form it is stored in.
pub(crate) struct Sealed {
    pub(crate) records: Vec<SealedRecord>,
}

/// A record with its bytes and its leaf.
pub(crate) struct SealedRecord {
    pub(crate) record: Record,
    pub(crate) bytes: Vec<u8>,
    pub(crate) leaf: Leaf,
}

impl Sealed {
    /// Encodes a decision.
    pub(crate) fn of(decision: Decision, envelope: &Envelope) -> Result<Self, Failure> {
        let (records, _) = recordable(decision)?.records(envelope);
        let mut sealed = Vec::with_capacity(records.len());
        for record in records {
            let bytes = record.encode().map_err(|e| Failure::corrupt("INV-06", e.to_string()))?;
            let leaf = leaf(&bytes);
            sealed.push(SealedRecord { record, bytes, leaf });
        }
        Ok(Self { records: sealed })
    }

    /// The records alone, for the receipt.
    pub(crate) fn into_records(self) -> Vec<Record> {
        self.records.into_iter().map(|sealed| sealed.record).collect()
    }
}

/// A decision has at least one event, and no more than a record can number.
pub(crate) fn recordable(decision: Decision) -> Result<Decision, Failure> {
    let events = decision.events.len();
    if events == 0 || events > usize::from(u16::MAX) {
        return Err(Failure::corrupt("INV-16", format!("a decision of {events} events cannot be recorded")));
    }
    Ok(decision)
}

/// A broken check of the law on itself.
pub(crate) fn corruption(invariant: &'static str, detail: String) -> Corruption {
    Corruption::new(invariant, None, detail)
}
