//! Writing changes: each kind of change is one statement, prepared once per connection.

mod late;
mod rare;

use std::collections::HashMap;

use ar_core::account::VaultEntry;
use ar_core::change::ItemDelta;
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::{Change, Position};
use rusqlite::types::ToSql;
use rusqlite::{Connection, Params, Statement, params};

use self::late::Late;

use super::codes::{Code, item_id, line_id, sql};
use super::error::{failure, unreadable};
use super::fetch::Fetch;
use super::hot::{Hot, Kept};
use crate::failure::Failure;
use crate::gathered::Gathered;

/// Writes to one connection inside a transaction.
pub(crate) struct Write<'c> {
    conn: &'c Connection,
    hot: Kept<'c>,
    late: Late,
    numbers: &'c mut Numbers,
}

/// Numbers of accounts and documents that were needed lately.
#[derive(Default)]
pub(super) struct Numbers {
    accounts: HashMap<AccountId, i64>,
    documents: HashMap<DocumentId, i64>,
}

type Done = Result<(), Failure>;

/// Numbers kept at most.
const NUMBERS_MAX: usize = 200_000;

impl Numbers {
    pub(super) fn clear(&mut self) {
        self.accounts.clear();
        self.documents.clear();
    }

    /// Forgets all when there are too many.
    pub(super) fn bound(&mut self) {
        if self.accounts.len().saturating_add(self.documents.len()) > NUMBERS_MAX {
            self.clear();
        }
    }
}

impl<'c> Write<'c> {
    pub(super) fn new(conn: &'c Connection, numbers: &'c mut Numbers) -> Self {
        Self { conn, hot: Kept::new(conn), late: Late::default(), numbers }
    }

    /// Forgets what a rollback may have taken back.
    pub(crate) fn clear(&mut self) {
        self.late = Late::default();
        self.numbers.clear();
    }

    fn run(&self, sql: &str, params: impl Params) -> Result<usize, Failure> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| failure(&e))?;
        statement.execute(params).map_err(|e| failure(&e))
    }

    /// A statement that changes exactly one row, or the row is not there.
    fn run_one(&self, sql: &str, params: impl Params, what: impl FnOnce() -> String) -> Done {
        match self.run(sql, params)? {
            1 => Ok(()),
            _ => Err(Failure::corrupt("INV-14", format!("{} is not there", what()))),
        }
    }

    /// The number of an account; the suspense account gets one when it is first used.
    fn account(&mut self, id: &AccountId) -> Result<i64, Failure> {
        if let Some(number) = self.numbers.accounts.get(id) {
            return Ok(*number);
        }
        let known = Fetch::new(self.conn).account_id(id).map_err(|e| failure(&e))?;
        let number = match known {
            Some(number) => number,
            None => {
                self.run("INSERT INTO account (code) VALUES (?1)", [id.as_str()])?;
                self.conn.last_insert_rowid()
            }
        };
        self.numbers.accounts.insert(id.clone(), number);
        Ok(number)
    }

    fn document(&mut self, id: &DocumentId) -> Result<i64, Failure> {
        if let Some(number) = self.numbers.documents.get(id) {
            return Ok(*number);
        }
        let known = Fetch::new(self.conn).document_id(id).map_err(|e| failure(&e))?;
        let number =
            known.ok_or_else(|| Failure::corrupt("INV-14", format!("document {id} is not there")))?;
        self.numbers.documents.insert(id.clone(), number);
        Ok(number)
    }

    fn item(&mut self, id: &ItemId) -> Result<i64, Failure> {
        Ok(item_id(self.document(id.document())?, id))
    }

    /// The record itself.
    pub(crate) fn record(
        &mut self,
        position: Position,
        command: Option<&CommandId>,
        bytes: &[u8],
        leaf: &[u8],
    ) -> Done {
        let command = command.map(CommandId::as_str);
        self.hot.run(Hot::Log, params![sql(position), command, bytes, leaf]).map(drop)
    }

    /// Persons' data beside the log.
    pub(crate) fn vault(&self, entry: &VaultEntry) -> Done {
        self.run(
            "INSERT INTO vault (subject, digest, party) VALUES (?1, ?2, ?3)",
            params![entry.subject.as_str(), entry.digest.as_str(), json(&entry.party)?],
        )
        .map(drop)
    }

    /// One change. `cache` has the rows that a change of discounts or settings is computed from.
    pub(crate) fn change(&mut self, position: Position, change: &Change, cache: &Gathered) -> Done {
        match change {
            Change::Document(row) => self.new_document(row),
            Change::Item(row) => self.new_item(row),
            Change::ItemMoved(delta) => self.item_moved(delta, cache),
            Change::ItemCharged { item, mark, late } => {
                let id = self.item(item)?;
                self.run_one(
                    "UPDATE item SET charged_through = ?2, charged_interest = ?3, charged_fees = ?4,
                       charged_known = ?5, late = ?6 WHERE id = ?1",
                    params![
                        id,
                        mark.as_ref().map(|mark| mark.through.day_number()),
                        mark.as_ref().map(|mark| mark.interest.minor()),
                        mark.as_ref().map(|mark| mark.fees.minor()),
                        mark.as_ref().map(|mark| sql(mark.known)),
                        late
                    ],
                    || format!("item {item}"),
                )
            }
            Change::Link(row) => self.new_link(row),
            Change::LinkUndone { link, date, position } => self.run_one(
                "UPDATE link SET undone_date = ?2, undone_position = ?3 WHERE code = ?1",
                params![link.as_str(), date.day_number(), sql(*position)],
                || format!("settlement {link}"),
            ),
            Change::Series(row) => self
                .run(
                    "INSERT INTO series (series, year, last, last_date) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (series, year) DO UPDATE SET last = excluded.last, last_date = excluded.last_date",
                    params![row.series.as_str(), row.year, row.last, row.last_date.day_number()],
                )
                .map(drop),
            Change::Account(row) => self.account_is(position, row),
            other => self.rare(position, other, cache),
        }
    }

    fn new_document(&mut self, row: &DocumentRow) -> Done {
        let account = self.account(&row.account)?;
        let attributes = if row.attributes.is_empty() { None } else { Some(json(&row.attributes)?) };
        self.hot.run(
            Hot::Document,
            params![
                row.document.as_str(),
                row.kind.code(),
                account,
                row.currency.code(),
                row.rate.map(|rate| rate.to_string()),
                row.document_date.day_number(),
                row.date.day_number(),
                row.value_date.map(Date::day_number),
                row.total,
                row.parts,
                sql(row.position),
                row.reference.as_ref().map(DocumentId::as_str),
                row.text_reference.as_ref().map(Text::as_str),
                row.bank.as_ref().map(BankId::as_str),
                row.ended.map(Date::day_number),
                row.delivered.map(Date::day_number),
                attributes,
            ],
        )?;
        self.numbers.documents.insert(row.document.clone(), self.conn.last_insert_rowid());
        Ok(())
    }

    fn new_item(&mut self, row: &ItemRow) -> Done {
        let (id, account) = (self.item(&row.item)?, self.account(&row.account)?);
        let discounts = if row.discounts.is_empty() { None } else { Some(json(&row.discounts)?) };
        self.hot.run(
            Hot::Item,
            params![
                id,
                row.item.document().as_str(),
                row.kind.code(),
                row.side.code(),
                account,
                row.currency.code(),
                row.document_date.day_number(),
                row.date.day_number(),
                row.value_date.day_number(),
                row.due.day_number(),
                row.original,
                row.open,
                row.base_original,
                row.base_open,
                row.credited,
                row.discount_taken,
                discounts,
                row.terms.as_ref().map(TermsId::as_str),
                row.aged_from.map(Date::day_number),
                row.control.role.code(),
                row.control.code.as_str(),
                row.reinstated.map(Date::day_number),
                row.live_links,
                row.dunning_level,
                row.deferred,
                sql(row.position),
                row.revalued,
                row.revalued_on.map(Date::day_number),
                row.counts.credit,
                row.counts.dunning,
                row.order.as_ref().map(OrderId::as_str),
            ],
        )?;
        self.quotes(id, account, row)
    }

    /// Enters what settles an item under its discounts.
    fn quotes(&self, id: i64, account: i64, row: &ItemRow) -> Done {
        if row.discounts.is_empty() || row.side == ar_core::document::Side::Credit {
            return Ok(());
        }
        for (until, amount) in ar_core::allocation::quotes(row) {
            self.run(
                "INSERT OR IGNORE INTO quote (item, until, amount, account, currency) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![id, until.day_number(), amount, account, row.currency.code()],
            )?;
        }
        Ok(())
    }

    fn item_moved(&mut self, delta: &ItemDelta, cache: &Gathered) -> Done {
        let id = self.item(&delta.item)?;
        let moved = self.hot.run(
            Hot::ItemMoved,
            params![
                id,
                delta.open,
                delta.base,
                delta.credited,
                delta.discount,
                delta.links,
                delta.reinstated.map(Date::day_number),
                delta.revalued,
                delta.revalued_on.map(Date::day_number),
                delta.date.map(Date::day_number),
            ],
        )?;
        if moved != 1 {
            return Err(Failure::corrupt("INV-14", format!("item {} is not there", delta.item)));
        }
        let row = cache.item_row(&delta.item);
        let row =
            row.ok_or_else(|| Failure::corrupt("INV-14", format!("item {} is not there", delta.item)))?;
        if row.discounts.is_empty() {
            return Ok(());
        }
        let after = crate::tables::ItemHead::moved(row, delta, 0)?;
        let mut row = row.clone();
        after.put(&mut row);
        self.run("DELETE FROM quote WHERE item = ?1", [id])?;
        let account = self.account(&row.account)?;
        self.quotes(id, account, &row)
    }

    fn new_link(&mut self, row: &LinkRow) -> Done {
        let mut sides = [(None, None); 2];
        for (half, to) in [&row.credit, &row.debit].into_iter().zip(&mut sides) {
            if let Some(half) = half {
                *to = (Some(self.item(&half.item)?), Some(self.account(&half.account)?));
            }
        }
        let [(credit_item, credit_account), (debit_item, debit_account)] = sides;
        let (credit, debit) = (row.credit.as_ref(), row.debit.as_ref());
        let bad_debt = row.bad_debt.as_ref().map(json).transpose()?;
        self.hot
            .run(
                Hot::Link,
                params![
                    row.link.as_str(),
                    row.kind.code(),
                    row.currency.code(),
                    row.date.day_number(),
                    sql(row.position),
                    credit_item,
                    credit_account,
                    credit.map(|side| side.amount),
                    credit.and_then(|side| side.base),
                    debit_item,
                    debit_account,
                    debit.map(|side| side.amount),
                    debit.and_then(|side| side.base),
                    row.discount,
                    row.tolerance,
                    row.withholding,
                    row.memo,
                    credit.map(|side| side.revalued).filter(|revalued| *revalued != 0),
                    debit.map(|side| side.revalued).filter(|revalued| *revalued != 0),
                    bad_debt,
                ],
            )
            .map(drop)
    }

    /// Journal lines, as many at once as a statement takes.
    pub(crate) fn lines(&mut self, rows: &[LineRow]) -> Done {
        for rows in rows.chunks(3) {
            let mut accounts = [None; 3];
            for (row, account) in rows.iter().zip(&mut accounts) {
                *account = row.line.account.as_ref().map(|id| self.account(id)).transpose()?;
            }
            let statement = self.hot.statement(match rows.len() {
                1 => Hot::Line,
                2 => Hot::TwoLines,
                _ => Hot::ThreeLines,
            })?;
            let mut at = 0;
            for (row, account) in rows.iter().zip(accounts) {
                bind_line(statement, &mut at, row, account).map_err(|e| failure(&e))?;
            }
            statement.raw_execute().map_err(|e| failure(&e))?;
        }
        Ok(())
    }
}

/// Binds the next ten places to a journal line.
fn bind_line(
    statement: &mut Statement<'_>,
    at: &mut usize,
    row: &LineRow,
    account: Option<i64>,
) -> rusqlite::Result<()> {
    let line = &row.line;
    let dimensions = if line.dimensions.is_empty() { None } else { Some(json_text(&line.dimensions)?) };
    let cells: [&dyn ToSql; 10] = [
        &line_id(row.position, row.n),
        &row.date.day_number(),
        &row.currency.code(),
        &line.role.code(),
        &line.code.as_str(),
        &line.amount.minor(),
        &line.base.map(Amount::minor),
        &account,
        &line.partner.as_ref().map(GlCode::as_str),
        &dimensions,
    ];
    for cell in cells {
        *at = at.saturating_add(1);
        statement.raw_bind_parameter(*at, cell)?;
    }
    Ok(())
}

/// A value as the JSON text it is stored as.
fn json<T: serde::Serialize>(value: &T) -> Result<String, Failure> {
    json_text(value).map_err(|e| failure(&e))
}

fn json_text<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| unreadable(0, e))
}
