//! Where a book lives: [`Ledger`], the façade an application uses, over a [`Store`].
//!
//! A store decides nothing. It feeds facts to [`ar_core::decide`], persists the changes with the
//! events and the idempotency key in one transaction, and acknowledges after the commit (INV-48 to
//! INV-51). [`Memory`] is the fold itself and the reference for every other store.

mod engine;
mod failure;
pub mod gathered;
mod ledger;
mod memory;
mod receipt;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
pub mod tables;
pub mod verify;

pub use engine::judge;
pub use failure::{BatchFailure, Corruption, Failure, OpenError, Unavailable};
pub use gathered::Gathered;
pub use ledger::Ledger;
pub use memory::Memory;
pub use receipt::{Head, LogEntry, Page, Preview, Receipt, Span};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use store::Store;
pub use tables::Tables;
pub use verify::Verdict;

/// The README's example runs as a test.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
