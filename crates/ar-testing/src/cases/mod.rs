//! Worked cases of other systems, told in neutral words, played on the library.
//!
//! A case has switches (`policy`), `steps` and figures (`expect`). Each word of the vocabulary has
//! one small function that maps it onto a command, a setting or a query:
//!
//! - [`source`]: files and folders of cases.
//! - [`fields`]: objects are read strictly; a key that nobody takes makes the case unsupported.
//! - [`tags`]: currencies; [`policy`], [`terms`], [`taxes`], [`columns`]: the switches.
//! - [`steps`]: the verbs; [`refusals`]: what a refusal is called.
//! - [`expect`]: the figures.
//! - [`book`], [`play`]: one case under way on one store; [`run`]: on every store.
//! - [`provision`]: allowances for bad debt.
//! - [`values`]: ids and amounts.
//! - [`report`]: counts and tables.
//!
//! Invariant: a case passes only when every step was done or refused as told and every expectation
//! was compared. What cannot be mapped is reported with its word, never skipped.

pub mod book;
mod charges;
pub mod columns;
pub mod expect;
pub mod fields;
pub mod play;
pub mod policy;
pub mod provision;
mod rates;
pub mod refusals;
pub mod report;
pub mod run;
pub mod source;
pub mod steps;
pub mod tags;
pub mod taxes;
pub mod terms;
pub mod values;
