//! Records: the stored form of an event, its canonical bytes and its leaf hash (INV-06, INV-12,
//! INV-60).
//!
//! The bytes are JSON in struct field order without spaces, under a version. They contain neither
//! position nor predecessor; the leaf covers the bytes (RFC 6962, section 2.1: SHA-256 over a zero
//! byte and the bytes).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::command::Envelope;
use crate::decide::Warning;
use crate::event::Event;
use crate::values::*;

/// The version of the stored form that this program writes.
pub const RECORD_VERSION: u16 = 1;

/// Place in the log, from 1. Position alone is order.
pub type Position = u64;

/// An event with everything an auditor wants to know about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of this form.
    pub v: u16,
    /// The book.
    pub book: BookId,
    /// The key of the command it follows from.
    pub command: CommandId,
    /// First 128 bits of the SHA-256 of the command's canonical JSON: the same key with other
    /// content is refused by it.
    pub digest: PayloadDigest,
    /// Which event of the command, from 1, and of how many.
    pub part: (u16, u16),
    /// Who asked.
    pub actor: ActorId,
    /// When, by the caller's clock.
    pub at: Timestamp,
    /// What the caller was warned of, on the first record of a command: a replayed answer is the
    /// same answer, and an auditor sees that it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// What happened.
    pub event: Event,
}

/// 128 bits of a SHA-256, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PayloadDigest([u8; 16]);

impl PayloadDigest {
    /// The digest of a command's canonical JSON.
    #[must_use]
    pub fn of(envelope: &Envelope) -> Self {
        let mut bytes = Vec::with_capacity(512);
        // A command is made of maps with text keys, numbers and text: it always encodes.
        let _ = serde_json::to_writer(&mut bytes, &(&envelope.actor, &envelope.command));
        let full: [u8; 32] = Sha256::digest(&bytes).into();
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(full) {
            *to = from;
        }
        Self(short)
    }
}

impl Serialize for PayloadDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0_u8; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            if let [high, low] = pair {
                *high = hex_digit(byte >> 4);
                *low = hex_digit(byte & 15);
            }
        }
        serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for PayloadDigest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let invalid = || serde::de::Error::custom("a digest is 32 hexadecimal digits");
        if text.len() != 32 {
            return Err(invalid());
        }
        let mut short = [0; 16];
        for (to, pair) in short.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return Err(invalid()) };
            let high = hex_value(*high).ok_or_else(invalid)?;
            let low = hex_value(*low).ok_or_else(invalid)?;
            *to = (high << 4) | low;
        }
        Ok(Self(short))
    }
}

const fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0'.saturating_add(nibble) } else { b'a'.saturating_add(nibble.saturating_sub(10)) }
}

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.saturating_sub(b'0')),
        b'a'..=b'f' => Some(digit.saturating_sub(b'a').saturating_add(10)),
        _ => None,
    }
}

/// Lower-case hexadecimal text.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [char::from(hex_digit(b >> 4)), char::from(hex_digit(b & 15))]).collect()
}

/// SHA-256 of a value's canonical JSON, in hexadecimal.
pub(crate) fn sha256_hex<T: Serialize>(value: &T) -> String {
    let digest: [u8; 32] = Sha256::digest(serde_json::to_vec(value).unwrap_or_default()).into();
    hex(&digest)
}

/// A leaf hash of the log's tree.
pub type Leaf = [u8; 32];

/// The leaf of stored bytes: SHA-256 over a zero byte and the bytes (RFC 6962, section 2.1).
#[must_use]
pub fn leaf(bytes: &[u8]) -> Leaf {
    let mut hasher = Sha256::new();
    hasher.update([0_u8]);
    hasher.update(bytes);
    hasher.finalize().into()
}

/// Why stored bytes are not a record. Never the caller's fault: the book is corrupt or newer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes do not decode.
    #[error("the stored record does not decode: {0}")]
    Undecodable(String),
    /// The bytes decode but are not the canonical encoding of what they say.
    #[error("the stored record is not in canonical form")]
    NotCanonical,
    /// A newer program wrote it.
    #[error("the stored record has version {0}; this program reads up to {RECORD_VERSION}")]
    TooNew(u16),
}

impl Record {
    /// The canonical bytes.
    ///
    /// # Errors
    /// [`RecordError::Undecodable`] never happens for a record made by `decide`; it is passed on.
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        let mut bytes = Vec::with_capacity(768);
        self.encode_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Appends the canonical bytes to others: a log in memory needs no copy.
    ///
    /// # Errors
    /// As [`Record::encode`]; what was appended so far stays.
    pub fn encode_into(&self, bytes: &mut Vec<u8>) -> Result<(), RecordError> {
        serde_json::to_writer(bytes, self).map_err(|e| RecordError::Undecodable(e.to_string()))
    }

    /// Reads stored bytes.
    ///
    /// # Errors
    /// [`RecordError::Undecodable`], [`RecordError::TooNew`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let record: Self =
            serde_json::from_slice(bytes).map_err(|e| RecordError::Undecodable(e.to_string()))?;
        if record.v > RECORD_VERSION {
            return Err(RecordError::TooNew(record.v));
        }
        Ok(record)
    }

    /// Reads stored bytes and proves that they are the one encoding of what they say.
    ///
    /// # Errors
    /// Those of [`Record::decode`], and [`RecordError::NotCanonical`].
    pub fn decode_strict(bytes: &[u8]) -> Result<Self, RecordError> {
        let record = Self::decode(bytes)?;
        if record.encode()? != bytes {
            return Err(RecordError::NotCanonical);
        }
        Ok(record)
    }
}
