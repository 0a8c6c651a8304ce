//! The memory store: the tables behind a lock. The reference for every other store.

use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ar_core::values::BookId;
use ar_core::{Change, Envelope, Halt, Position, Record};

use crate::engine::{corruption, judge, recordable};
use crate::failure::{BatchFailure, Corruption, Failure, Unavailable};
use crate::receipt::{Head, Page, Preview, Receipt};
use crate::store::Store;
use crate::tables::Tables;
use crate::verify::{Replay, Verdict};

/// A book that lives as long as the process.
#[derive(Debug)]
pub struct Memory {
    book: BookId,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    tables: Tables,
    /// What stopped the book.
    stopped: Option<Corruption>,
    buffer: Vec<Change>,
}

impl Memory {
    /// An empty book.
    #[must_use]
    pub fn new(book: BookId) -> Self {
        let state = State { tables: Tables::new(), stopped: None, buffer: Vec::new() };
        Self { book, state: RwLock::new(state) }
    }

    /// Executes one command at once, without a future: for tools and benches on one thread.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn execute_now(&self, command: &Envelope) -> Result<Receipt, Failure> {
        self.write().execute(&self.book, command)
    }

    fn read_state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn execute(&mut self, book: &BookId, command: &Envelope) -> Result<Receipt, Failure> {
        let mark = self.tables.mark();
        let done = self.append(book, command).and_then(|receipt| {
            self.tables.commit()?;
            Ok(receipt)
        });
        if done.is_err() {
            self.tables.rollback(mark);
        }
        self.stop_on(done)
    }

    /// Decides a command and appends what follows; nothing is committed yet.
    fn append(&mut self, book: &BookId, command: &Envelope) -> Result<Receipt, Failure> {
        if let Some(stopped) = &self.stopped {
            return Err(Failure::Corrupt(stopped.clone()));
        }
        let decision = match judge(book, &self.tables, command) {
            Ok(decision) => recordable(decision)?,
            Err(Halt::Replayed { first, count }) => {
                let records = self.tables.log().records(first, count)?;
                return Ok(Receipt::of(command.id.clone(), first, records, true));
            }
            Err(halt) => return Err(halted(halt)),
        };
        let (records, vault) = decision.records(command);
        let first = self.tables.log().last().saturating_add(1);
        for record in &records {
            self.tables.append(record, &mut self.buffer)?;
        }
        for entry in vault {
            self.tables.keep(entry);
        }
        Ok(Receipt::of(command.id.clone(), first, records, false))
    }

    fn execute_all(&mut self, book: &BookId, commands: &[Envelope]) -> Result<Vec<Receipt>, BatchFailure> {
        let mark = self.tables.mark();
        let mut receipts = Vec::with_capacity(commands.len());
        let mut failed = None;
        for (index, command) in commands.iter().enumerate() {
            match self.append(book, command) {
                Ok(receipt) => receipts.push(receipt),
                Err(failure) => {
                    failed = Some((index, command, failure));
                    break;
                }
            }
        }
        if failed.is_none()
            && let Err(corruption) = self.tables.commit()
            && let Some(command) = commands.first()
        {
            failed = Some((0, command, Failure::Corrupt(corruption)));
        }
        let Some((index, command, failure)) = failed else { return Ok(receipts) };
        self.tables.rollback(mark);
        let failure = self.stop_on::<()>(Err(failure.clone())).err().unwrap_or(failure);
        Err(BatchFailure { index, command: command.id.clone(), failure })
    }

    /// Plays commands and takes all of them back.
    fn trial(
        &mut self,
        book: &BookId,
        commands: &[Envelope],
    ) -> Result<Vec<Result<Preview, Failure>>, Failure> {
        let mark = self.tables.mark();
        let mut answers = Vec::with_capacity(commands.len());
        let mut stopped = None;
        for command in commands {
            match self.append(book, command) {
                Ok(receipt) => answers.push(Ok(Preview::of(receipt))),
                Err(Failure::Refused(rejection)) => answers.push(Err(Failure::Refused(rejection))),
                Err(failure) => {
                    stopped = Some(failure);
                    break;
                }
            }
        }
        self.tables.rollback(mark);
        match stopped {
            None => Ok(answers),
            Some(failure) => self.stop_on(Err(failure)),
        }
    }

    /// A corruption stops the book: writes are refused from now on, reads are kept (INV-70).
    fn stop_on<T>(&mut self, done: Result<T, Failure>) -> Result<T, Failure> {
        if let Err(Failure::Corrupt(corruption)) = &done {
            self.stopped.get_or_insert_with(|| corruption.clone());
        }
        done
    }

    fn preview(&self, book: &BookId, command: &Envelope) -> Result<Preview, Failure> {
        match judge(book, &self.tables, command) {
            Ok(decision) => Ok(Preview {
                command: command.id.clone(),
                positions: None,
                warnings: decision.warnings,
                events: decision.events,
            }),
            Err(Halt::Replayed { first, count }) => {
                let records = self.tables.log().records(first, count)?;
                Ok(Preview::of(Receipt::of(command.id.clone(), first, records, true)))
            }
            Err(halt) => Err(halted(halt)),
        }
    }
}

/// What a halt is to the caller of a store that has every fact at hand.
pub(crate) fn halted(halt: Halt) -> Failure {
    match halt {
        Halt::Refused(rejection) => Failure::Refused(rejection),
        Halt::Corrupt { invariant, detail } => Failure::Corrupt(corruption(invariant, detail)),
        Halt::Missing(missing) => {
            Failure::corrupt("INV-68", format!("facts are missing for ever: {:?}", missing.needs))
        }
        Halt::Replayed { first, .. } => {
            Failure::corrupt("INV-48", format!("a replay of {first} was not looked up"))
        }
    }
}

impl crate::tables::Log {
    /// The records of one command.
    pub(crate) fn records(&self, first: Position, count: u16) -> Result<Vec<Record>, Failure> {
        let positions = (first..).take(usize::from(count));
        let records = positions.map(|at| match self.record(at) {
            Ok(Some(record)) => Ok(record),
            Ok(None) => Err(Failure::corrupt("INV-16", format!("no record at position {at}"))),
            Err(e) => Err(Failure::Corrupt(Corruption::new("INV-12", Some(at), e.to_string()))),
        });
        records.collect()
    }
}

impl Store for Memory {
    type View = Tables;

    fn book(&self) -> &BookId {
        &self.book
    }

    async fn execute_each(&self, commands: Vec<Envelope>) -> Vec<Result<Receipt, Failure>> {
        commands.iter().map(|command| self.execute_now(command)).collect()
    }

    async fn execute_all(&self, commands: Vec<Envelope>) -> Result<Vec<Receipt>, BatchFailure> {
        self.write().execute_all(&self.book, &commands)
    }

    async fn preview(&self, command: Envelope) -> Result<Preview, Failure> {
        self.read_state().preview(&self.book, &command)
    }

    async fn trial(&self, commands: Vec<Envelope>) -> Result<Vec<Result<Preview, Failure>>, Failure> {
        self.write().trial(&self.book, &commands)
    }

    async fn read<T, F>(&self, query: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Tables) -> T + Send + 'static,
    {
        Ok(query(&self.read_state().tables))
    }

    async fn events(&self, after: Position, limit: usize) -> Result<Page, Failure> {
        let state = self.read_state();
        let log = state.tables.log();
        Ok(Page { entries: log.entries(after).take(limit).collect(), last: log.last() })
    }

    async fn head(&self) -> Result<Head, Failure> {
        Ok(self.read_state().tables.log().head())
    }

    async fn verify(&self) -> Result<Verdict, Failure> {
        let found = {
            let state = self.read_state();
            let log = state.tables.log();
            let mut replay = Replay::new(&self.book);
            let folded = log.entries(0).try_for_each(|entry| replay.push(&entry));
            folded.and_then(|()| replay.compare_tables(&state.tables)).map(|()| replay.head())
        };
        if let Err(corruption) = &found {
            self.write().stopped.get_or_insert_with(|| corruption.clone());
        }
        Ok(Verdict::from(found))
    }

    async fn backup(&self, _to: &Path) -> Result<(), Failure> {
        let detail = "a book in memory has no file; export its log instead".to_owned();
        Err(Failure::Unavailable(Unavailable::StorageIo { detail }))
    }
}
