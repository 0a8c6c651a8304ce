//! Which days a statement of movements covers when nobody says: a month back, or the month before.

use crate::values::{Date, ValueError};

/// How the days of a statement are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementBasis {
    /// From one month before the day of the statement to that day. Where the month before has no such
    /// day, from its last.
    Days,
    /// The whole month before that of the statement.
    Months,
}

impl StatementBasis {
    /// First and last day of a statement made on a day.
    ///
    /// ```
    /// use ar_core::Date;
    /// use ar_core::query::StatementBasis;
    /// let on = Date::parse("2024-03-31")?;
    /// let (from, to) = StatementBasis::Days.period(on)?;
    /// assert_eq!((from.to_string(), to.to_string()), ("2024-02-29".into(), "2024-03-31".into()));
    /// let (from, to) = StatementBasis::Months.period(on)?;
    /// assert_eq!((from.to_string(), to.to_string()), ("2024-02-01".into(), "2024-02-29".into()));
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// `date.out_of_range` in the first month of the business range.
    pub fn period(self, on: Date) -> Result<(Date, Date), ValueError> {
        let back = on.add_months(-1)?;
        match self {
            Self::Days => Ok((back, on)),
            Self::Months => Ok((Date::new(back.year(), back.month(), 1)?, back.end_of_month())),
        }
    }
}
