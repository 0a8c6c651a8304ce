//! The book a command works on: opened from its file, and the envelopes sent to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ar_core::account::Account;
use ar_core::query::{AsOf, QueryError, View};
use ar_core::values::{AccountId, ActorId, BookId, CommandId, Date, Timestamp};
use ar_core::{Command, Envelope, Position};
use ar_report::Names;
use ar_store::{Failure, Ledger, Sqlite, Store};

use crate::args::When;
use crate::stop::Stop;

/// A book in a SQLite file.
pub(crate) type Book = Ledger<Sqlite>;
/// One snapshot of it.
pub(crate) type Snapshot = <Sqlite as Store>::View;

/// The file named by `--book`.
pub(crate) fn path(book: Option<&PathBuf>) -> Result<&Path, Stop> {
    book.map(PathBuf::as_path).ok_or_else(|| Stop::Usage("name the book: --book FILE".to_owned()))
}

/// Opens an existing book.
pub(crate) fn open(book: Option<&PathBuf>) -> Result<Book, Stop> {
    Ok(Ledger::open_sqlite_existing(path(book)?)?)
}

/// Opens a book, made when it does not exist.
pub(crate) fn create(path: &Path, id: BookId) -> Result<Book, Stop> {
    Ok(Ledger::open_sqlite(path, id)?)
}

/// Asks one snapshot a question.
pub(crate) fn ask<S, T, F, E>(book: &Ledger<S>, question: F) -> Result<T, Stop>
where
    S: Store,
    T: Send + 'static,
    E: Into<Stop> + Send + 'static,
    F: FnOnce(&S::View) -> Result<T, E> + Send + 'static,
{
    pollster::block_on(book.read(question))?.map_err(Into::into)
}

/// The two axes of a question: today and the head of the log unless given.
pub(crate) fn as_of(when: When, view: &impl View) -> Result<AsOf, QueryError<Failure>> {
    let effective = when.as_of.map_or_else(today, Ok).map_err(QueryError::Store)?;
    Ok(AsOf { effective, known: when.known.unwrap_or_else(|| view.head()) })
}

/// The clock. Only the program reads it; the law never does.
#[allow(clippy::disallowed_methods, reason = "the program is where a command's time comes from")]
pub(crate) fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(micros).map_err(|error| ar_core::Rejection::value("clock", &error).into())
}

/// The day in UTC.
pub(crate) fn today() -> Result<Date, Failure> {
    now()?.date().map_err(|error| ar_core::Rejection::value("clock", &error).into())
}

/// Envelopes of one actor for one book at one moment.
pub(crate) struct Sender {
    pub(crate) book: BookId,
    pub(crate) actor: ActorId,
    pub(crate) at: Timestamp,
}

impl Sender {
    pub(crate) fn new(book: &BookId, actor: &ActorId) -> Result<Self, Stop> {
        Ok(Self { book: book.clone(), actor: actor.clone(), at: now()? })
    }

    pub(crate) fn envelope(&self, id: CommandId, command: Command) -> Envelope {
        Envelope { book: self.book.clone(), id, actor: self.actor.clone(), at: self.at, command }
    }
}

/// The names of these accounts, where persons' data is kept and not erased.
pub(crate) fn names<V: View>(
    view: &V,
    known: Position,
    ids: &BTreeSet<AccountId>,
) -> Result<Names, QueryError<V::Error>> {
    let accounts = view.accounts_by_id(known, ids).map_err(QueryError::Store)?;
    let subject = |account: &Account| account.party.as_ref().map(|party| party.subject.clone());
    let subjects: BTreeSet<_> = accounts.iter().filter_map(subject).collect();
    let entries = view.parties(&subjects).map_err(QueryError::Store)?;
    let parties: BTreeMap<_, _> =
        entries.into_iter().map(|entry| (entry.subject, entry.party.name)).collect();
    let named = accounts.iter().filter_map(|account| {
        let name = parties.get(&subject(account)?)?;
        Some((account.id.clone(), name.to_string()))
    });
    Ok(named.collect())
}
