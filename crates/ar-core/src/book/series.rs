//! Number series: numbers that are issued once, in order, without gaps where the law asks
//! (INV-18, INV-19, INV-20).

use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;
use crate::rows::SeriesRow;
use crate::values::*;

/// A series of document numbers, like `INV-2026-00001`.
///
/// The book itself counts: a number is taken in the transaction that issues its document, so a
/// failed attempt consumes nothing and a gapless series has no gap at any committed state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// The series' own name.
    pub id: SeriesId,
    /// Text before the counter, like `INV-`.
    pub prefix: SeriesId,
    /// Whether the year of the document date stands before the counter and restarts it.
    pub year: YearPrefix,
    /// Digits of the counter, filled with zeros: 1 to 12.
    pub width: u8,
    /// The first counter.
    pub first: u32,
    /// Whether document dates must not step back within the series.
    pub chronological: bool,
}

/// Whether the year is part of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YearPrefix {
    /// One counter for all years.
    None,
    /// The year of the document date and a dash; the counter starts anew each year.
    Year,
}

/// A number taken from a series, and the row it leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextNumber {
    /// The document's number.
    pub number: DocumentId,
    /// The counter's new state.
    pub row: SeriesRow,
}

impl Series {
    /// The series a new book has: invoices, credit memos, debit memos and finance charges.
    #[must_use]
    pub fn standard() -> Vec<Self> {
        ["INV", "CM", "DM", "FC"]
            .into_iter()
            .filter_map(|name| {
                Some(Self {
                    id: SeriesId::parse(name).ok()?,
                    prefix: SeriesId::parse(&format!("{name}-")).ok()?,
                    year: YearPrefix::Year,
                    width: 5,
                    first: 1,
                    chronological: true,
                })
            })
            .collect()
    }

    /// The counter a document date falls under: its year, or 0 for one counter.
    #[must_use]
    pub fn counter_year(&self, document_date: Date) -> i32 {
        match self.year {
            YearPrefix::None => 0,
            YearPrefix::Year => document_date.year(),
        }
    }

    /// Takes the next number.
    ///
    /// # Errors
    /// `series.chronology` when the date steps back in a chronological series,
    /// `series.exhausted`, or `id.invalid` when the number is too long to be an id.
    pub fn next(&self, row: Option<&SeriesRow>, document_date: Date) -> Result<NextNumber, Rejection> {
        if let Some(row) = row
            && self.chronological
            && document_date < row.last_date
        {
            return Err(Rejection::SeriesChronology {
                series: self.id.clone(),
                date: document_date,
                last: row.last_date,
            });
        }
        let exhausted = || Rejection::SeriesExhausted { series: self.id.clone() };
        let counter = match row {
            None => self.first,
            Some(row) => row.last.checked_add(1).ok_or_else(exhausted)?,
        };
        let width = usize::from(self.width);
        let digits = format!("{counter:0width$}");
        if digits.len() > width {
            return Err(exhausted());
        }
        let year = self.counter_year(document_date);
        let text = match self.year {
            YearPrefix::None => format!("{}{digits}", self.prefix),
            YearPrefix::Year => format!("{}{year}-{digits}", self.prefix),
        };
        let number = DocumentId::parse(&text).map_err(|e| Rejection::value("number", &e))?;
        let last_date = row.map_or(document_date, |r| r.last_date.max(document_date));
        Ok(NextNumber { number, row: SeriesRow { series: self.id.clone(), year, last: counter, last_date } })
    }
}
