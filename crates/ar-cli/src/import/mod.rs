//! Import: CSV files through a mapping into commands of the ledger.
//!
//! Here is only reading: formats, shapes and control totals. Every business rule is the ledger's.

mod fields;
pub mod formats;
pub mod gl;
pub mod mapping;
pub mod plan;
pub mod problem;
pub mod reader;
