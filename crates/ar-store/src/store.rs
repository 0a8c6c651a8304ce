//! The trait every store implements. Its methods are futures that no runtime has to drive in any
//! special way; a store with a thread of its own answers through a channel.

use std::future::Future;
use std::path::Path;

use ar_core::values::BookId;
use ar_core::{Envelope, Position};

use crate::failure::{BatchFailure, Failure};
use crate::receipt::{Head, Page, Preview, Receipt};
use crate::verify::Verdict;

/// Persistence of one book.
///
/// Dropping a future does not take its command back: the outcome is then unknown, and sending the
/// same command again finds it out (INV-54).
pub trait Store: Send + Sync {
    /// What queries read: one snapshot of the book.
    type View;

    /// The book this store holds.
    fn book(&self) -> &BookId;

    /// Executes commands independently, in order, in one commit where possible. The answer has
    /// one entry per command.
    fn execute_each(
        &self,
        commands: Vec<Envelope>,
    ) -> impl Future<Output = Vec<Result<Receipt, Failure>>> + Send;

    /// Executes commands in order, all or none.
    fn execute_all(
        &self,
        commands: Vec<Envelope>,
    ) -> impl Future<Output = Result<Vec<Receipt>, BatchFailure>> + Send;

    /// What a command would come to. Writes nothing.
    fn preview(&self, command: Envelope) -> impl Future<Output = Result<Preview, Failure>> + Send;

    /// What commands would come to one after another, each on what those before it did. A refused
    /// one leaves nothing and does not stop the rest. Writes nothing; while it runs, nobody else
    /// writes.
    fn trial(
        &self,
        commands: Vec<Envelope>,
    ) -> impl Future<Output = Result<Vec<Result<Preview, Failure>>, Failure>> + Send;

    /// Hands one snapshot to a query.
    fn read<T, F>(&self, query: F) -> impl Future<Output = Result<T, Failure>> + Send
    where
        T: Send + 'static,
        F: FnOnce(&Self::View) -> T + Send + 'static;

    /// A page of the log: at most `limit` records after a position.
    fn events(&self, after: Position, limit: usize) -> impl Future<Output = Result<Page, Failure>> + Send;

    /// The head of the log now.
    fn head(&self) -> impl Future<Output = Result<Head, Failure>> + Send;

    /// Replays the log and compares every row. A book that fails takes no more commands.
    fn verify(&self) -> impl Future<Output = Result<Verdict, Failure>> + Send;

    /// Writes a copy to a new file while others write: an exact prefix of the log with its rows
    /// (INV-59).
    fn backup(&self, to: &Path) -> impl Future<Output = Result<(), Failure>> + Send;
}
