//! The file's schema: one ordered list of migrations. A newer schema is refused, not guessed at
//! (INV-58).

use std::path::Path;

use ar_core::values::BookId;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::error::failure;
use crate::failure::OpenError;

/// `ARLG`: what SQLite files of this program carry in their header.
const APPLICATION_ID: i32 = 0x4152_4C47;

/// Every migration with its version, in order. A released one is never changed.
const MIGRATIONS: &[(i64, &str)] = &[(1, include_str!("schema.sql"))];

/// The version table itself, made before the first migration.
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY) STRICT;";

/// The newest schema this program knows.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.iter().map(|(version, _)| *version).max().unwrap_or(0)
}

/// How a connection is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It writes, and may make the file.
    Writer {
        /// Whether a missing file is made.
        create: bool,
    },
    /// It only reads.
    Reader,
}

/// How long a connection waits for another process.
pub(crate) const BUSY: std::time::Duration = std::time::Duration::from_secs(5);

/// A connection with the settings that durability and safety rest on.
pub(crate) fn connect(path: &Path, role: Role) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
        | match role {
            Role::Reader => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Role::Writer { create: true } => {
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
            }
            Role::Writer { create: false } => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
    let open = || -> rusqlite::Result<Connection> {
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(BUSY)?;
        conn.set_prepared_statement_cache_capacity(128);
        conn.execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON;
             PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;",
        )?;
        Ok(conn)
    };
    open().map_err(|e| not_a_book(path, &e).unwrap_or_else(|| OpenError::Failed(failure(&e))))
}

/// A file that is no database at all is named so, not reported as damage.
fn not_a_book(path: &Path, error: &rusqlite::Error) -> Option<OpenError> {
    let problem = match error.sqlite_error_code()? {
        rusqlite::ErrorCode::NotADatabase => "it is no SQLite file",
        rusqlite::ErrorCode::CannotOpen if path.is_dir() => "it is a directory",
        _ => return None,
    };
    Some(OpenError::NotABook { path: path.display().to_string(), problem: problem.to_owned() })
}

/// Brings the file to the newest schema and gives the book it holds. `book` is written into a new
/// file; `None` takes the book that is there.
pub(crate) fn prepare(
    conn: &mut Connection,
    path: &Path,
    book: Option<&BookId>,
) -> Result<BookId, OpenError> {
    let fail = |e: rusqlite::Error| not_a_book(path, &e).unwrap_or_else(|| OpenError::Failed(failure(&e)));
    let wrong =
        |problem: &str| OpenError::NotABook { path: path.display().to_string(), problem: problem.to_owned() };
    let (application, version) = header(conn).map_err(fail)?;
    let tables: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fail)?;
    if application != APPLICATION_ID && (application != 0 || tables > 0) {
        return Err(wrong("the file belongs to another program"));
    }
    if version > newest() {
        return Err(OpenError::SchemaTooNew { found: version, known: newest() });
    }
    if tables == 0 && book.is_none() {
        return Err(wrong("the file is empty"));
    }
    conn.pragma_update(None, "journal_mode", "WAL").map_err(fail)?;
    migrate(conn, book).map_err(fail)?;
    // Another process may have migrated further in the meantime.
    let (_, version) = header(conn).map_err(fail)?;
    if version > newest() {
        return Err(OpenError::SchemaTooNew { found: version, known: newest() });
    }
    let held: String =
        conn.query_row("SELECT name FROM book WHERE id = 1", [], |row| row.get(0)).map_err(fail)?;
    let held_id = BookId::parse(&held).map_err(|e| wrong(&e.to_string()))?;
    match book {
        Some(asked) if *asked != held_id => Err(OpenError::BookMismatch { asked: asked.to_string(), held }),
        _ => Ok(held_id),
    }
}

fn header(conn: &Connection) -> rusqlite::Result<(i32, i64)> {
    let application = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok((application, conn.pragma_query_value(None, "user_version", |row| row.get(0))?))
}

/// Runs the migrations that are missing, all in one transaction: an interrupted one leaves the
/// file as it was.
fn migrate(conn: &mut Connection, book: Option<&BookId>) -> rusqlite::Result<()> {
    let (_, version) = header(conn)?;
    if version == newest() {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (_, version) = header(&tx)?;
    if version > newest() {
        return Ok(());
    }
    tx.execute_batch(VERSIONS)?;
    for (migration, sql) in MIGRATIONS.iter().filter(|(migration, _)| *migration > version) {
        tx.execute_batch(sql)?;
        tx.execute("INSERT INTO migration (version) VALUES (?1)", params![migration])?;
    }
    let there: Option<i64> = tx.query_row("SELECT id FROM book", [], |row| row.get(0)).optional()?;
    if let (None, Some(book)) = (there, book) {
        let empty: &[u8] = &[];
        tx.execute(
            "INSERT INTO book (id, name, position, frontier) VALUES (1, ?1, 0, ?2)",
            params![book.as_str(), empty],
        )?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", newest())?;
    tx.commit()
}
