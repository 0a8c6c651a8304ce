//! Accounting periods: the span of open days (INV-38).

use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;
use crate::values::Date;

/// The open days of a book, both ends included. Closing a month moves `open_from` to the first
/// day of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Periods {
    /// First open day; everything before it is closed.
    pub open_from: Date,
    /// Last open day; nothing is posted after it.
    pub open_to: Date,
}

impl Periods {
    /// Every day of the business range.
    #[must_use]
    pub const fn all() -> Self {
        Self { open_from: Date::MIN, open_to: Date::MAX }
    }

    /// Whether a day is open.
    ///
    /// # Errors
    /// `period.closed` with the next open day, `period.not_open` with the last one.
    pub fn check(&self, date: Date) -> Result<(), Rejection> {
        if date < self.open_from {
            return Err(Rejection::PeriodClosed { date, next_open: self.open_from });
        }
        if date > self.open_to {
            return Err(Rejection::PeriodNotOpen { date, last_open: self.open_to });
        }
        Ok(())
    }

    /// The day itself or, when it is closed, the first open day.
    ///
    /// # Errors
    /// `period.not_open`.
    pub fn first_open(&self, date: Date) -> Result<Date, Rejection> {
        let date = date.max(self.open_from);
        self.check(date)?;
        Ok(date)
    }
}
