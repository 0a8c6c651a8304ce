//! Why the program stops, and the exit code that says so.

use std::fmt;
use std::io;
use std::process::ExitCode;

use ar_core::query::QueryError;
use ar_store::{Failure, OpenError};

use crate::import::problem::Problem;

/// Why the program stops before it is done.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The input was refused: exit code 1.
    Refused(String),
    /// Refused, and everything that is to be said about it was said.
    Said,
    /// The command line asks for something that does not go together: exit code 2.
    Usage(String),
    /// The book contradicts itself: exit code 3.
    Corrupt(String),
    /// The book or a file could not be read or written: exit code 4.
    Unavailable(String),
    /// Whoever read the output went away; nothing is wrong.
    ReaderGone,
}

impl Stop {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::ReaderGone => 0,
            Self::Refused(_) | Self::Said => 1,
            Self::Usage(_) => 2,
            Self::Corrupt(_) => 3,
            Self::Unavailable(_) => 4,
        })
    }

    /// A file that could not be read or written.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::Unavailable(format!("{}: {error}", path.display()))
    }

    /// A file that was refused.
    pub(crate) fn problem(path: &std::path::Path, problem: &Problem) -> Self {
        Self::Refused(format!("{}: {problem}", path.display()))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(text) | Self::Usage(text) | Self::Corrupt(text) | Self::Unavailable(text) => {
                f.write_str(text)
            }
            Self::Said | Self::ReaderGone => Ok(()),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        let text = format!("[{}] {failure}", failure.code());
        match failure {
            Failure::Refused(_) => Self::Refused(text),
            Failure::Unavailable(_) => Self::Unavailable(text),
            Failure::Corrupt(_) => Self::Corrupt(text),
        }
    }
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Failed(failure) => failure.into(),
            other => Self::Unavailable(format!("[{}] {other}", other.code())),
        }
    }
}

impl<E: Into<Stop>> From<QueryError<E>> for Stop {
    fn from(error: QueryError<E>) -> Self {
        match error {
            QueryError::Store(failure) => failure.into(),
            QueryError::Buckets(reason) => Self::Usage(reason.to_string()),
            QueryError::Period { from, to } => {
                Self::Usage(format!("the period ends on {to}, before it begins on {from}"))
            }
            QueryError::Account(account) => {
                Self::Refused(format!("[query.account] there is no account {account}"))
            }
            QueryError::Page(n) => Self::Usage(format!("a page of {n} rows cannot be asked for")),
            QueryError::Cursor(at) => Self::Usage(format!("there is no page after {at}")),
            QueryError::OutOfRange(what) => {
                Self::Refused(format!("[query.out_of_range] the total of {what} does not fit an amount"))
            }
            QueryError::Allowance(invalid) => Self::Refused(invalid.to_string()),
            QueryError::Reason(reason) => {
                Self::Refused(format!("[query.reason] there is no reason {reason} in this book"))
            }
            _ => Self::Refused("the question has no answer".to_owned()),
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        Self::Unavailable(format!("writing the output failed: {error}"))
    }
}

impl From<ar_core::ValueError> for Stop {
    fn from(error: ar_core::ValueError) -> Self {
        Self::Refused(format!("[{}] {error}", error.code()))
    }
}
