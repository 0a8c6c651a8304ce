//! Queries: pure folds over rows, each in force on a date as recorded up to a position (INV-39).
//!
//! A query takes a [`View`] and an [`AsOf`], reads bounded sets of rows, and returns a result that
//! names both. Documents with a later accounting date are out, settlements dated later do not
//! count, a settlement undone later counts until the day of its undo, and what was recorded after
//! the known position does not exist. Totals are by currency, never across currencies.

mod buckets;
mod columns;
mod day;
mod dictionary;
mod line_columns;
mod touched;
mod view;

pub use buckets::{Buckets, BucketsInvalid, EDGES_MAX};
pub use columns::{Cause, Columns, ColumnsError, Items, Movements, Parts};
pub use day::Day;
pub use dictionary::Dictionary;
pub use line_columns::{LineColumns, LineView};
pub use touched::{Touched, touched};
pub use view::{AsOf, PAGE_MAX, QueryError, Scope, View};
