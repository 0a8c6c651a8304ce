//! Business-day calendars.
use crate::values::*;
use serde::{Deserialize, Serialize};
/// A business-day calendar: which days of the week are free, and which holidays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Holidays beside weekends.
    pub holidays: std::collections::BTreeSet<Date>,
}
/// Names of calendars every book has.
pub const BUILT_IN_CALENDARS: [&str; 2] = ["TARGET2", "US-FED"];
