//! Accounts receivable as a pure function: values, rules, events and queries.
//!
//! ```text
//! command ──► decide ──► events ──► changes ──► a store commits ──► queries
//! ```
//!
//! [`decide`] is the one function behind every write; it reads the book through [`Facts`] and
//! returns events. [`changes`] turns an event into rows. Nothing here reads a clock, draws
//! randomness, does I/O or panics on input.

pub mod account;
pub mod agreement;
pub mod allocation;
pub mod approval;
pub mod book;
pub mod change;
mod changes;
pub mod charges;
pub mod command;
pub mod credit;
pub mod cutover;
pub mod debit;
mod decide;
pub mod document;
pub mod event;
mod explain;
pub mod facts;
pub mod fx;
pub mod journal;
pub mod kept;
pub mod netting;
pub mod payment;
pub mod period;
pub mod provision;
pub mod query;
pub mod record;
mod rejection;
pub mod rows;
mod shape;
pub mod terms;
pub mod tree;
pub mod values;
pub mod what_if;
pub mod wire;
pub mod withholding;

pub use change::Change;
pub use changes::changes;
pub use command::{Command, Envelope};
pub use decide::{Decision, Halt, Warning, decide, first_ask};
pub use event::Event;
pub use explain::Explanation;
pub use facts::{Facts, Missing, Need};
pub use record::{Position, Record};
pub use rejection::{RefusalForm, Rejection};
pub use values::*;
