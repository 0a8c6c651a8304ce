//! The façade an application uses.

use std::path::Path;

use ar_core::values::BookId;
use ar_core::{Envelope, Position};

use crate::failure::{BatchFailure, Failure};
use crate::memory::Memory;
use crate::receipt::{Head, Page, Preview, Receipt};
use crate::store::Store;
use crate::verify::Verdict;

/// A book over a store. Cheap to share behind an `Arc`; every method takes `&self`.
#[derive(Debug)]
pub struct Ledger<S> {
    store: S,
}

impl Ledger<Memory> {
    /// A book that lives as long as the process.
    #[must_use]
    pub fn memory(book: BookId) -> Self {
        Self::new(Memory::new(book))
    }
}

#[cfg(feature = "sqlite")]
impl Ledger<crate::Sqlite> {
    /// A book in one SQLite file, made when it does not exist.
    ///
    /// # Errors
    /// [`crate::OpenError`].
    pub fn open_sqlite(path: impl AsRef<Path>, book: BookId) -> Result<Self, crate::OpenError> {
        crate::Sqlite::open(path.as_ref(), book).map(Self::new)
    }

    /// The book of an existing SQLite file, under the name it has there.
    ///
    /// # Errors
    /// [`crate::OpenError`].
    pub fn open_sqlite_existing(path: impl AsRef<Path>) -> Result<Self, crate::OpenError> {
        crate::Sqlite::open_existing(path.as_ref()).map(Self::new)
    }

    /// Executes one command on this thread: for programs without an async runtime. The receipt comes
    /// after the commit is durable; what other callers await goes into the same commit.
    ///
    /// ```
    /// # use ar_core::{Envelope, book::OpenBook, command::Command, values::*};
    /// # let folder = tempfile::tempdir()?;
    /// # let command = Envelope {
    /// #     book: BookId::parse("main")?, id: CommandId::parse("open")?, actor: ActorId::parse("me")?,
    /// #     at: Timestamp::parse("2026-01-01T00:00:00Z")?,
    /// #     command: Command::OpenBook(OpenBook { base: Currency::parse("EUR")?, settings: vec![] }),
    /// # };
    /// let ledger = ar_store::Ledger::open_sqlite(folder.path().join("book.db"), BookId::parse("main")?)?;
    /// let receipt = ledger.execute_blocking(command)?;
    /// assert_eq!(receipt.positions.first, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Failure`].
    pub fn execute_blocking(&self, command: Envelope) -> Result<Receipt, Failure> {
        let mut answers = self.store.execute_each_blocking(vec![command]);
        answers.pop().unwrap_or(Err(Failure::Unavailable(crate::Unavailable::Closed)))
    }

    /// [`Ledger::execute_each`] on this thread.
    pub fn execute_each_blocking(&self, commands: Vec<Envelope>) -> Vec<Result<Receipt, Failure>> {
        self.store.execute_each_blocking(commands)
    }

    /// [`Ledger::execute_all`] on this thread.
    ///
    /// # Errors
    /// [`BatchFailure`] names the command that failed; nothing was done.
    pub fn execute_all_blocking(&self, commands: Vec<Envelope>) -> Result<Vec<Receipt>, BatchFailure> {
        self.store.execute_all_blocking(commands)
    }
}

impl<S: Store> Ledger<S> {
    /// A ledger over a store.
    pub const fn new(store: S) -> Self {
        Self { store }
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The book.
    pub fn book(&self) -> &BookId {
        self.store.book()
    }

    /// Executes one command. The receipt comes after the commit is durable.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn execute(&self, command: Envelope) -> Result<Receipt, Failure> {
        let mut answers = self.store.execute_each(vec![command]).await;
        answers.pop().unwrap_or(Err(Failure::Unavailable(crate::Unavailable::Closed)))
    }

    /// Executes commands in order, all or none (INV-50).
    ///
    /// # Errors
    /// [`BatchFailure`] names the command that failed; nothing was done.
    pub async fn execute_all(&self, commands: Vec<Envelope>) -> Result<Vec<Receipt>, BatchFailure> {
        self.store.execute_all(commands).await
    }

    /// Executes commands in order, each by itself: one refusal does not stop the rest. They share
    /// commits where possible.
    pub async fn execute_each(&self, commands: Vec<Envelope>) -> Vec<Result<Receipt, Failure>> {
        self.store.execute_each(commands).await
    }

    /// What a command would come to: the same answer, nothing written.
    ///
    /// # Errors
    /// [`Failure`], as the command itself would meet it.
    pub async fn preview(&self, command: Envelope) -> Result<Preview, Failure> {
        self.store.preview(command).await
    }

    /// What commands would come to one after another, each on what those before it did: the same
    /// answers, nothing written. A refused one does not stop the rest. To see what another policy
    /// makes of a run, put the settings first and compare with the run without them
    /// ([`ar_core::what_if::Outcome`]). While it runs, nobody else writes to the book.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] and [`Failure::Corrupt`] for the whole; a refusal is the answer to its
    /// command.
    pub async fn trial(&self, commands: Vec<Envelope>) -> Result<Vec<Result<Preview, Failure>>, Failure> {
        self.store.trial(commands).await
    }

    /// Hands one snapshot of the book to a query.
    ///
    /// # Errors
    /// [`Failure::Unavailable`].
    pub async fn read<T, F>(&self, query: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&S::View) -> T + Send + 'static,
    {
        self.store.read(query).await
    }

    /// At most `limit` records after a position, in order: what an outbox, a read model or a
    /// webhook needs.
    ///
    /// # Errors
    /// [`Failure::Unavailable`].
    pub async fn events(&self, after: Position, limit: usize) -> Result<Page, Failure> {
        self.store.events(after, limit).await
    }

    /// The head of the log: hand it out, and whoever holds it can check that nothing before it
    /// changed.
    ///
    /// # Errors
    /// [`Failure::Unavailable`].
    pub async fn head(&self) -> Result<Head, Failure> {
        self.store.head().await
    }

    /// Replays the log, compares every row and names the first difference.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]; what is wrong with the book is in the verdict.
    pub async fn verify(&self) -> Result<Verdict, Failure> {
        self.store.verify().await
    }

    /// Copies the book to a new file while others write.
    ///
    /// # Errors
    /// [`Failure::Unavailable`].
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), Failure> {
        self.store.backup(to.as_ref()).await
    }
}
