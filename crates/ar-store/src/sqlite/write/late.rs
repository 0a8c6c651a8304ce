//! Rows that nothing reads before the transaction ends: figures at hand and the index of accounts that
//! records are about. They are gathered and written once, before the commit.

use std::collections::HashMap;

use ar_core::change::TotalsDelta;
use ar_core::query::{Touched, touched};
use ar_core::rows::Owner;
use ar_core::values::{Currency, Date};
use ar_core::{Event, Position};
use rusqlite::types::ToSql;
use rusqlite::{params, params_from_iter};

use super::{Done, Write};
use crate::failure::Failure;
use crate::sqlite::codes::sql;
use crate::sqlite::hot::{Hot, MANY};

/// What waits for the end of the transaction.
#[derive(Default)]
pub(super) struct Late {
    totals: HashMap<Place, Moved>,
    touched: Vec<[i64; 2]>,
}

/// Whose figures: account, whether those of its group, currency.
type Place = (i64, i64, Currency);
/// Debit, what of it is left out of exposure, credit, orders, and the latest day of a credit.
type Moved = (i64, i64, i64, i64, Option<i32>);

impl Write<'_> {
    /// Writes what was left for the end of the transaction.
    pub(crate) fn flush(&mut self) -> Done {
        let mut late = std::mem::take(&mut self.late);
        for (place, figures) in late.totals.drain() {
            self.move_totals(place, figures)?;
        }
        // In order of account: neighbours in the table.
        late.touched.sort_unstable();
        let mut many = late.touched.chunks_exact(MANY);
        for rows in &mut many {
            self.hot.run(Hot::ManyTouched, params_from_iter(rows.iter().flatten()))?;
        }
        for row in many.remainder() {
            self.hot.run(Hot::Touched, *row)?;
        }
        late.touched.clear();
        self.late = late;
        Ok(())
    }

    /// Moves figures, which begin at nothing: now, or at the end of the transaction when nothing
    /// reads them from the file before.
    pub(crate) fn totals(&mut self, delta: &TotalsDelta, late: bool) -> Done {
        let (id, of_group) = match &delta.owner {
            Owner::Account(id) => (id, 0),
            Owner::Group(id) => (id, 1),
        };
        let place = (self.account(id)?, of_group, delta.currency);
        let day = delta.credit_date.map(Date::day_number);
        let moved = (delta.debit, delta.uncounted, delta.credit, delta.orders, day);
        if !late {
            return self.move_totals(place, moved);
        }
        let sum = self.late.totals.entry(place).or_default();
        let add = |a: i64, b: i64| a.checked_add(b);
        let out = || Failure::corrupt("INV-02", format!("the figures of {id} leave their range"));
        sum.0 = add(sum.0, moved.0).ok_or_else(out)?;
        sum.1 = add(sum.1, moved.1).ok_or_else(out)?;
        sum.2 = add(sum.2, moved.2).ok_or_else(out)?;
        sum.3 = add(sum.3, moved.3).ok_or_else(out)?;
        sum.4 = sum.4.max(moved.4);
        Ok(())
    }

    fn move_totals(&mut self, (account, of_group, currency): Place, moved: Moved) -> Done {
        let (debit, uncounted, credit, orders, date) = moved;
        let figures: [&dyn ToSql; 8] =
            [&account, &of_group, &currency.code(), &debit, &credit, &orders, &date, &uncounted];
        if self.hot.run(Hot::TotalsMoved, figures.as_slice())? == 0 {
            self.hot.run(Hot::TotalsNew, figures.as_slice())?;
        }
        Ok(())
    }

    /// Under which accounts a record is found.
    pub(crate) fn touched(&mut self, position: Position, event: &Event) -> Done {
        for what in touched(event) {
            match what {
                Touched::Account(id) => {
                    let account = self.account(id)?;
                    self.late.touched.push([account, sql(position)]);
                }
                Touched::Document(id) => {
                    self.run(
                        "INSERT OR IGNORE INTO touched (account, position)
                         SELECT account, ?2 FROM document WHERE number = ?1",
                        params![id.as_str(), sql(position)],
                    )?;
                }
                Touched::Refund(id) => {
                    self.run(
                        "INSERT OR IGNORE INTO touched (account, position)
                         SELECT account, ?2 FROM refund WHERE code = ?1",
                        params![id.as_str(), sql(position)],
                    )?;
                }
            }
        }
        Ok(())
    }
}
