//! Why a command has no receipt, in three kinds that a caller treats differently: *refused* needs
//! other input, *unavailable* wants the same command again, *corrupt* means the book is stopped
//! (INV-55, INV-69, INV-70).

use std::borrow::Cow;

use ar_core::values::CommandId;
use ar_core::{Position, Rejection};
use serde::Serialize;

/// Why a command has no receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The command is refused; the book is unchanged. Sending it again gives the same answer.
    #[error(transparent)]
    Refused(Box<Rejection>),
    /// The store could not answer now. The outcome is unknown; the same command under the same id
    /// finds it out and does it if it is not done (INV-54).
    #[error(transparent)]
    Unavailable(Unavailable),
    /// The book contradicts itself. Writes are refused from now on, reads are kept.
    #[error(transparent)]
    Corrupt(Corruption),
}

impl Failure {
    /// The stable code: the rejection's own, the kind of unavailability, or `book.corrupt`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(rejection) => rejection.code(),
            Self::Unavailable(reason) => reason.code(),
            Self::Corrupt(_) => "book.corrupt",
        }
    }

    /// The rejection, when it is one.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Refused(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// A corruption found outside a known record.
    pub(crate) fn corrupt(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self::Corrupt(Corruption::new(invariant, None, detail))
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(Box::new(rejection))
    }
}

impl From<Corruption> for Failure {
    fn from(corruption: Corruption) -> Self {
        Self::Corrupt(corruption)
    }
}

/// Why a store cannot answer now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// `store.busy`: another process held the book longer than this one waits.
    #[error("another process is writing to the book ({detail}); send the same command again")]
    Busy {
        /// What the database said.
        detail: String,
    },
    /// `storage.full`.
    #[error("the disk is full ({detail}); free space and send the same command again")]
    StorageFull {
        /// What the database said.
        detail: String,
    },
    /// `storage.io`.
    #[error("reading or writing the book failed ({detail}); check the disk and send the same command again")]
    StorageIo {
        /// What the database said.
        detail: String,
    },
    /// `store.closed`: the store was shut down before it answered.
    #[error("the store was closed before it answered; open it and send the same command again")]
    Closed,
}

impl Unavailable {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "store.busy",
            Self::StorageFull { .. } => "storage.full",
            Self::StorageIo { .. } => "storage.io",
            Self::Closed => "store.closed",
        }
    }
}

impl From<Unavailable> for Failure {
    fn from(reason: Unavailable) -> Self {
        Self::Unavailable(reason)
    }
}

/// A broken invariant: which, where, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{invariant} does not hold{}: {detail}; the book takes no more commands, run verify and restore from a backup", at(.position))]
pub struct Corruption {
    /// The invariant's number, like `INV-14`.
    pub invariant: Cow<'static, str>,
    /// The record at which it shows, where one can be named.
    pub position: Option<Position>,
    /// What was found.
    pub detail: String,
}

fn at(position: &Option<Position>) -> String {
    position.map(|p| format!(" at position {p}")).unwrap_or_default()
}

impl Corruption {
    /// A broken invariant.
    pub fn new(invariant: &'static str, position: Option<Position>, detail: impl Into<String>) -> Self {
        Self { invariant: Cow::Borrowed(invariant), position, detail: detail.into() }
    }
}

/// The failure of one command of an atomic batch: nothing of the batch was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("command {} of the batch ({command}): {failure}; nothing of the batch was done", .index.saturating_add(1))]
pub struct BatchFailure {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Its id.
    pub command: CommandId,
    /// What happened to it.
    pub failure: Failure,
}

/// Why a book could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// `schema.too_new`: a newer program wrote it. It is refused, not guessed at (INV-58).
    #[error("the file has schema {found} and this program knows up to {known}; use the newer program")]
    SchemaTooNew {
        /// The file's schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// `file.not_a_book`.
    #[error("{path} is not a book of this program: {problem}; check the path")]
    NotABook {
        /// The file.
        path: String,
        /// What it is instead.
        problem: String,
    },
    /// `book.mismatch`.
    #[error("the file holds book {held}, not {asked}; open it under its own name")]
    BookMismatch {
        /// The book asked for.
        asked: String,
        /// The book in the file.
        held: String,
    },
    /// `file.missing`.
    #[error("{path} does not exist; create the book first")]
    Missing {
        /// The file.
        path: String,
    },
    /// The store cannot answer now.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl OpenError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SchemaTooNew { .. } => "schema.too_new",
            Self::NotABook { .. } => "file.not_a_book",
            Self::BookMismatch { .. } => "book.mismatch",
            Self::Missing { .. } => "file.missing",
            Self::Failed(failure) => failure.code(),
        }
    }
}
