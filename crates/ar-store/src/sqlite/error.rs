//! What SQLite's errors mean to a caller: come again, or stop (INV-55, INV-70).

use rusqlite::ErrorCode;

use crate::failure::{Corruption, Failure, Unavailable};

/// The kind of failure behind an error.
pub(crate) fn failure(error: &rusqlite::Error) -> Failure {
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Unavailable::Busy { detail }.into(),
        Some(ErrorCode::DiskFull) => Unavailable::StorageFull { detail }.into(),
        Some(ErrorCode::ConstraintViolation) => {
            Failure::Corrupt(Corruption { invariant: invariant(&detail).into(), position: None, detail })
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Failure::Corrupt(Corruption::new("INV-60", None, detail))
        }
        Some(_) => Unavailable::StorageIo { detail }.into(),
        // Not from the database: a stored row that is not what its table holds.
        None => Failure::Corrupt(Corruption::new("INV-14", None, detail)),
    }
}

/// The invariant that a constraint keeps, as its name or its message says.
fn invariant(message: &str) -> String {
    if let Some(at) = message.find("INV-")
        && let Some(number) = message.get(at..at.saturating_add(6))
    {
        return number.to_owned();
    }
    let unique = [("log.", "INV-48"), ("document.", "INV-18"), ("link.", "INV-13")];
    let known = unique.iter().find(|(table, _)| message.contains(table));
    known.map_or("INV-14", |(_, number)| number).to_owned()
}

/// A stored value that does not read as what it should be.
pub(crate) fn unreadable(column: usize, problem: impl std::fmt::Display) -> rusqlite::Error {
    let problem: Box<dyn std::error::Error + Send + Sync> = problem.to_string().into();
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, problem)
}

#[cfg(test)]
#[allow(missing_docs)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn code(sqlite: i32, message: &str) -> (&'static str, Option<String>) {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(sqlite), Some(message.to_owned()));
        let failure = failure(&error);
        let invariant = match &failure {
            Failure::Corrupt(corruption) => Some(corruption.invariant.to_string()),
            _ => None,
        };
        (failure.code(), invariant)
    }

    #[test]
    fn inv_55_what_passes_by_is_unavailable_and_what_does_not_is_corrupt() {
        assert_eq!(code(ffi::SQLITE_BUSY, ""), ("store.busy", None));
        assert_eq!(code(ffi::SQLITE_BUSY_SNAPSHOT, ""), ("store.busy", None));
        assert_eq!(code(ffi::SQLITE_LOCKED, ""), ("store.busy", None));
        assert_eq!(code(ffi::SQLITE_FULL, ""), ("storage.full", None));
        assert_eq!(code(ffi::SQLITE_IOERR_WRITE, ""), ("storage.io", None));
        assert_eq!(code(ffi::SQLITE_READONLY, ""), ("storage.io", None));
        let corrupt = |invariant: &str| ("book.corrupt", Some(invariant.to_owned()));
        assert_eq!(code(ffi::SQLITE_CORRUPT, ""), corrupt("INV-60"));
        let check = "CHECK constraint failed: INV-26";
        assert_eq!(code(ffi::SQLITE_CONSTRAINT_CHECK, check), corrupt("INV-26"));
        let key = "UNIQUE constraint failed: log.command";
        assert_eq!(code(ffi::SQLITE_CONSTRAINT_UNIQUE, key), corrupt("INV-48"));
        let number = "UNIQUE constraint failed: document.number";
        assert_eq!(code(ffi::SQLITE_CONSTRAINT_UNIQUE, number), corrupt("INV-18"));
    }
}
