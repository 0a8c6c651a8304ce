//! The SQLite store: one file, one writer with group commit, readers on snapshots of their own.
//!
//! `synchronous=FULL` over a write-ahead log: what was acknowledged survives the loss of power.
//! STRICT tables, CHECK constraints and append-only triggers hold even against other programs.
//! Several processes may open one file; each notices what the others wrote.

mod check;
mod codes;
mod desk;
mod error;
mod fetch;
mod hot;
mod pipe;
mod readers;
mod rows;
mod schema;
mod turn;
mod view;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use ar_core::values::BookId;
use ar_core::{Envelope, Halt, Position};
use futures_channel::oneshot;

use crate::failure::{BatchFailure, Failure, OpenError, Unavailable};
use crate::gathered::Gathered;
use crate::receipt::{Head, Page, Preview, Receipt};
use crate::store::Store;
use crate::verify::Verdict;
use desk::{Desk, Job, batch_answer, one_receipt};
use fetch::Fetch;
use readers::Readers;
use schema::{Role, connect, prepare};
pub use view::SqliteView;
use writer::{Stopped, Unit, Writer};

/// A book in one SQLite file.
pub struct Sqlite {
    book: BookId,
    path: PathBuf,
    readers: Readers,
    desk: Arc<Desk>,
    writer: Option<JoinHandle<()>>,
    stopped: Stopped,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").field("book", &self.book).field("path", &self.path).finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Opens a book, making the file when it does not exist and bringing it to the newest schema.
    ///
    /// # Errors
    /// [`OpenError`]: `schema.too_new`, `file.not_a_book`, `book.mismatch`, or why the storage
    /// does not answer.
    pub fn open(path: &Path, book: BookId) -> Result<Self, OpenError> {
        Self::start(path, Some(book), true)
    }

    /// Opens the book of an existing file under the name it has there.
    ///
    /// # Errors
    /// [`OpenError`]; `file.missing` when there is no such file.
    pub fn open_existing(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing { path: path.display().to_string() });
        }
        Self::start(path, None, false)
    }

    fn start(path: &Path, book: Option<BookId>, create: bool) -> Result<Self, OpenError> {
        let mut conn = connect(path, Role::Writer { create })?;
        let book = prepare(&mut conn, path, book.as_ref())?;
        let stopped: Stopped = Arc::new(Mutex::new(None));
        let desk = Arc::new(Desk::new(Writer::new(conn, book.clone(), Arc::clone(&stopped))));
        let thread = {
            let desk = Arc::clone(&desk);
            std::thread::Builder::new().name("arledger-writer".to_owned()).spawn(move || desk.run())
        };
        let thread = thread.map_err(|e| {
            OpenError::Failed(
                Unavailable::StorageIo { detail: format!("no thread for the writer: {e}") }.into(),
            )
        })?;
        Ok(Self {
            book,
            path: path.to_owned(),
            readers: Readers::new(path),
            desk,
            writer: Some(thread),
            stopped,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Executes commands as [`Store::execute_each`] does, on this thread: for programs without an
    /// async runtime. What other callers await goes into the same commit.
    pub fn execute_each_blocking(&self, commands: Vec<Envelope>) -> Vec<Result<Receipt, Failure>> {
        let count = commands.len();
        match self.desk.now(commands.into_iter().map(Unit::One).collect()) {
            Ok(answers) => answers.into_iter().map(one_receipt).collect(),
            Err(_) => (0..count).map(|_| Err(Unavailable::Closed.into())).collect(),
        }
    }

    /// Executes commands as [`Store::execute_all`] does, on this thread.
    ///
    /// # Errors
    /// [`BatchFailure`] names the command that failed; nothing was done.
    pub fn execute_all_blocking(&self, commands: Vec<Envelope>) -> Result<Vec<Receipt>, BatchFailure> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = commands.iter().map(|command| command.id.clone()).collect();
        let answer = match self.desk.now(vec![Unit::All(commands)]) {
            Ok(mut answers) => answers.pop().unwrap_or(Err((0, Unavailable::Closed.into()))),
            Err(failure) => Err((0, failure)),
        };
        batch_answer(answer, |n| ids.get(n).cloned())
    }
}

impl Drop for Sqlite {
    /// Finishes what is queued.
    fn drop(&mut self) {
        self.desk.close();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Store for Sqlite {
    type View = SqliteView;

    fn book(&self) -> &BookId {
        &self.book
    }

    async fn execute_each(&self, commands: Vec<Envelope>) -> Vec<Result<Receipt, Failure>> {
        let count = commands.len();
        let (to, answer) = oneshot::channel();
        let sent = self.desk.leave(Job::Each(commands, to));
        let closed = || (0..count).map(|_| Err(Unavailable::Closed.into())).collect();
        match sent {
            Ok(()) => answer.await.unwrap_or_else(|_| closed()),
            Err(_) => closed(),
        }
    }

    async fn execute_all(&self, commands: Vec<Envelope>) -> Result<Vec<Receipt>, BatchFailure> {
        let Some(first) = commands.first().map(|command| command.id.clone()) else { return Ok(Vec::new()) };
        let (to, answer) = oneshot::channel();
        let closed = || BatchFailure { index: 0, command: first, failure: Unavailable::Closed.into() };
        match self.desk.leave(Job::All(commands, to)) {
            Ok(()) => answer.await.unwrap_or_else(|_| Err(closed())),
            Err(_) => Err(closed()),
        }
    }

    async fn preview(&self, command: Envelope) -> Result<Preview, Failure> {
        let book = self.book.clone();
        self.readers.run(move |view| preview(&book, &view.fetch(), command)).await
    }

    async fn trial(&self, commands: Vec<Envelope>) -> Result<Vec<Result<Preview, Failure>>, Failure> {
        let desk = Arc::clone(&self.desk);
        self.readers.run(move |_| desk.trial(&commands)).await
    }

    async fn read<T, F>(&self, query: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&SqliteView) -> T + Send + 'static,
    {
        self.readers.run(move |view| Ok(query(view))).await
    }

    async fn events(&self, after: Position, limit: usize) -> Result<Page, Failure> {
        self.readers.run(move |view| view.page(after, limit)).await
    }

    async fn head(&self) -> Result<Head, Failure> {
        self.readers.run(SqliteView::log_head).await
    }

    async fn verify(&self) -> Result<Verdict, Failure> {
        let book = self.book.clone();
        let verdict = self.readers.run(move |view| check::verify(&book, view)).await?;
        if let Verdict::Broken(corruption) = &verdict {
            let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
            stopped.get_or_insert_with(|| corruption.clone());
        }
        Ok(verdict)
    }

    async fn backup(&self, to: &Path) -> Result<(), Failure> {
        let to = to.to_owned();
        self.readers.run(move |view| view.backup(&to)).await
    }
}

fn preview(book: &BookId, fetch: &Fetch<'_>, command: Envelope) -> Result<Preview, Failure> {
    let mut facts = Gathered::new();
    match turn::decide(book, &mut facts, fetch, &command, u64::MAX)? {
        Ok(decision) => Ok(Preview {
            command: command.id,
            positions: None,
            warnings: decision.warnings,
            events: decision.events,
        }),
        Err(Halt::Replayed { first, count }) => {
            Ok(Preview::of(Receipt::of(command.id, first, fetch.records(first, count)?, true)))
        }
        Err(halt) => Err(crate::memory::halted(halt)),
    }
}
