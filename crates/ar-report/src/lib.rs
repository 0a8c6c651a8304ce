//! Reports: query results as text tables, bar charts, CSV, JSON and plain-text journals.
//!
//! Nothing here computes a figure: a report shows what a query found, in one of its forms. Every
//! table has the same content in every form; only people's form groups thousands.

mod cell;
mod chart;
mod journal;
mod table;

pub use cell::{Cell, inert};
pub use chart::{Bar, BarStyle, bars};
pub use journal::{Entry, beancount, hledger, journal_table};
pub use table::{Column, Form, Table, ruled, write_json};
