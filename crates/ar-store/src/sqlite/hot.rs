//! The statements of everyday work: taken from the connection's cache once in a transaction, so that
//! a write costs no search for its statement.
//!
//! They say `OR ROLLBACK`: the writer takes its whole transaction back when any write fails, so
//! SQLite need not keep what one statement alone would have to take back.

use rusqlite::{CachedStatement, Connection, Params, Statement};

use super::error::failure;
use crate::failure::Failure;

/// A statement of everyday work.
#[derive(Clone, Copy)]
pub(super) enum Hot {
    Log,
    Touched,
    /// [`MANY`] at once.
    ManyTouched,
    TotalsMoved,
    TotalsNew,
    Document,
    Item,
    ItemMoved,
    Link,
    /// Journal lines, one, two or three at once.
    Line,
    TwoLines,
    ThreeLines,
}

const COUNT: usize = 12;
/// Rows of the statement that enters many at once.
pub(super) const MANY: usize = 8;

impl Hot {
    const fn sql(self) -> &'static str {
        match self {
            Self::Log => "INSERT OR ROLLBACK INTO log (position, command, bytes, leaf) VALUES (?1, ?2, ?3, ?4)",
            Self::Touched => "INSERT OR IGNORE INTO touched (account, position) VALUES (?1, ?2)",
            Self::ManyTouched => {
                "INSERT OR IGNORE INTO touched (account, position) VALUES (?1, ?2), (?3, ?4), (?5, ?6),
                   (?7, ?8), (?9, ?10), (?11, ?12), (?13, ?14), (?15, ?16)"
            }
            Self::TotalsMoved => {
                "UPDATE OR ROLLBACK totals SET debit = debit + ?4, credit = credit + ?5, orders = orders + ?6,
                   latest_credit = CASE WHEN ?7 IS NULL OR latest_credit >= ?7 THEN latest_credit ELSE ?7 END,
                   uncounted = uncounted + ?8
                 WHERE account = ?1 AND of_group = ?2 AND currency = ?3"
            }
            Self::TotalsNew => {
                "INSERT OR ROLLBACK INTO totals (account, of_group, currency, debit, credit, orders, latest_credit,
                   uncounted)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            }
            Self::Document => {
                "INSERT OR ROLLBACK INTO document (number, kind, account, currency, rate, document_date, date,
                   value_date, total, parts, position, reference, text_reference, bank, ended, delivered, attributes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
            }
            Self::Item => {
                "INSERT OR ROLLBACK INTO item (id, number, kind, side, account, currency, document_date, date,
                   value_date, due, original, open, base_original, base_open, credited, discount_taken, discounts,
                   terms, aged_from, control_role, control_code, reinstated, live_links, dunning_level, deferred, position,
                   revalued, revalued_on, for_credit, for_dunning, sales_order)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                   ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)"
            }
            Self::ItemMoved => {
                "UPDATE OR ROLLBACK item SET open = open + ?2, base_open = base_open + ?3,
                   credited = credited + ?4, discount_taken = discount_taken + ?5, live_links = live_links + ?6,
                   reinstated = CASE WHEN ?7 IS NULL OR reinstated >= ?7 THEN reinstated ELSE ?7 END,
                   revalued = revalued + ?8,
                   revalued_on = CASE WHEN ?9 IS NULL OR revalued_on >= ?9 THEN revalued_on ELSE ?9 END,
                   late = CASE WHEN side = 0 AND (?10 > due OR ?10 IS NOT NULL AND charged_through IS NOT NULL)
                     THEN 1 ELSE late END
                 WHERE id = ?1"
            }
            Self::Link => {
                "INSERT OR ROLLBACK INTO link (code, kind, currency, date, position, credit_item, credit_account,
                   credit_amount, credit_base, debit_item, debit_account, debit_amount, debit_base, discount,
                   tolerance, withholding, memo, credit_revalued, debit_revalued, bad_debt)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"
            }
            Self::Line => {
                "INSERT OR ROLLBACK INTO line (id, date, currency, role, code, amount, base, account, partner,
                   dimensions)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            }
            Self::TwoLines => {
                "INSERT OR ROLLBACK INTO line (id, date, currency, role, code, amount, base, account, partner,
                   dimensions)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10),
                        (?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"
            }
            Self::ThreeLines => {
                "INSERT OR ROLLBACK INTO line (id, date, currency, role, code, amount, base, account, partner,
                   dimensions)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10),
                        (?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20),
                        (?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)"
            }
        }
    }

    const fn place(self) -> usize {
        match self {
            Self::Log => 0,
            Self::Touched => 1,
            Self::TotalsMoved => 2,
            Self::TotalsNew => 3,
            Self::Document => 4,
            Self::Item => 5,
            Self::ItemMoved => 6,
            Self::Link => 7,
            Self::Line => 8,
            Self::TwoLines => 9,
            Self::ThreeLines => 10,
            Self::ManyTouched => 11,
        }
    }
}

/// The prepared statements of one transaction.
pub(super) struct Kept<'c> {
    conn: &'c Connection,
    slots: [Option<CachedStatement<'c>>; COUNT],
}

impl<'c> Kept<'c> {
    pub(super) fn new(conn: &'c Connection) -> Self {
        Self { conn, slots: [const { None }; COUNT] }
    }

    /// The statement, prepared.
    pub(super) fn statement(&mut self, which: Hot) -> Result<&mut Statement<'c>, Failure> {
        let gone = || Failure::corrupt("INV-14", "a statement that is not there");
        let slot = self.slots.get_mut(which.place()).ok_or_else(gone)?;
        Ok(match slot {
            Some(statement) => statement,
            None => slot.insert(self.conn.prepare_cached(which.sql()).map_err(|e| failure(&e))?),
        })
    }

    /// Runs a statement; how many rows it wrote.
    pub(super) fn run(&mut self, which: Hot, params: impl Params) -> Result<usize, Failure> {
        self.statement(which)?.execute(params).map_err(|e| failure(&e))
    }
}
