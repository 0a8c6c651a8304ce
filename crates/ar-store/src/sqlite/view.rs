//! One snapshot of the file as queries read it. Columns of the whole book are kept between
//! snapshots and only extended by what came since.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;

use ar_core::account::{Account, VaultEntry};
use ar_core::book::BookConfig;
use ar_core::query::{Columns, ColumnsError, LineColumns, ProposalsAsked, Scope, View};
use ar_core::record::Leaf;
use ar_core::rows::*;
use ar_core::tree::Frontier;
use ar_core::values::*;
use ar_core::withholding::WithholdingRow;
use ar_core::{Position, Record};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::codes::{line_id, position, sql};
use super::error::{failure, unreadable};
use super::fetch::Fetch;
use super::rows;
use crate::failure::{Corruption, Failure, Unavailable};
use crate::receipt::{Head, LogEntry, Page};
use crate::tables::account_of;

/// One snapshot of a book in a SQLite file.
pub struct SqliteView {
    conn: Connection,
    head: Position,
    base: Option<Currency>,
    columns: OnceCell<Columns>,
    lines: OnceCell<LineColumns>,
    /// Columns of an earlier snapshot.
    earlier: std::cell::Cell<Option<Columns>>,
    earlier_lines: std::cell::Cell<Option<LineColumns>>,
}

impl std::fmt::Debug for SqliteView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteView").field("head", &self.head).finish_non_exhaustive()
    }
}

type Read<T> = Result<T, Failure>;

impl SqliteView {
    pub(crate) const fn new(conn: Connection) -> Self {
        Self {
            conn,
            head: 0,
            base: None,
            columns: OnceCell::new(),
            lines: OnceCell::new(),
            earlier: std::cell::Cell::new(None),
            earlier_lines: std::cell::Cell::new(None),
        }
    }

    /// Runs a job on a new snapshot.
    pub(crate) fn snapshot<T>(&mut self, job: impl FnOnce(&Self) -> Read<T>) -> Read<T> {
        self.conn.execute_batch("BEGIN").map_err(|e| failure(&e))?;
        let done = self.begin().and_then(|()| job(self));
        if let Some(columns) = self.columns.take() {
            self.earlier.set(Some(columns));
        }
        if let Some(lines) = self.lines.take() {
            self.earlier_lines.set(Some(lines));
        }
        // Nothing was written; the snapshot ends either way.
        let _ = self.conn.execute_batch("ROLLBACK");
        done
    }

    fn begin(&mut self) -> Read<()> {
        let head: i64 = self.get(|f| f.one("SELECT position FROM book", [], |row| row.get(0)))?.unwrap_or(0);
        self.head = position(head);
        if self.base.is_none() {
            self.base = self.get(|f| f.settings())?.map(|config| config.base);
        }
        Ok(())
    }

    pub(crate) const fn fetch(&self) -> Fetch<'_> {
        Fetch::new(&self.conn)
    }

    pub(crate) const fn base(&self) -> Option<Currency> {
        self.base
    }

    /// Runs a statement.
    pub(crate) fn get<T>(&self, run: impl FnOnce(Fetch<'_>) -> rusqlite::Result<T>) -> Read<T> {
        run(self.fetch()).map_err(|e| failure(&e))
    }

    /// Hands every row of a statement to a function.
    pub(crate) fn each<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
        mut take: impl FnMut(T) -> Read<()>,
    ) -> Read<()> {
        let mut statement = self.fetch().prepare(sql).map_err(|e| failure(&e))?;
        let mapped = statement.query_map(params, read).map_err(|e| failure(&e))?;
        for row in mapped {
            take(row.map_err(|e| failure(&e))?)?;
        }
        Ok(())
    }

    /// Entries of the log after a position.
    pub(crate) fn page(&self, after: Position, limit: usize) -> Read<Page> {
        let mut entries = Vec::new();
        self.each(
            "SELECT position, bytes, leaf FROM log WHERE position > ?1 ORDER BY position LIMIT ?2",
            params![sql(after), i64::try_from(limit).unwrap_or(i64::MAX)],
            entry,
            |entry| {
                entries.push(entry);
                Ok(())
            },
        )?;
        Ok(Page { entries, last: self.head })
    }

    /// The head as the file states it.
    pub(crate) fn log_head(&self) -> Read<Head> {
        let bytes: Option<Vec<u8>> =
            self.get(|f| f.one("SELECT frontier FROM book", [], |row| row.get(0)))?;
        let tree = Frontier::from_bytes(self.head, &bytes.unwrap_or_default()).ok_or_else(|| {
            Corruption::new("INV-60", Some(self.head), "the stored frontier is no tree of this size")
        })?;
        Ok(Head { size: self.head, root: tree.root() })
    }

    /// Copies this snapshot to a new file in one step: writers go on, the copy is a prefix.
    pub(crate) fn backup(&self, to: &Path) -> Read<()> {
        let io = |detail: String| Failure::Unavailable(Unavailable::StorageIo { detail });
        if to.exists() {
            return Err(io(format!("{} exists already; give a new file", to.display())));
        }
        let copy = || -> rusqlite::Result<bool> {
            let mut target = Connection::open(to)?;
            let done = Backup::new(&self.conn, &mut target)?.step(-1)?;
            target.pragma_update(None, "synchronous", "FULL")?;
            Ok(done == StepResult::Done)
        };
        match copy() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Unavailable::Busy { detail: "the copy did not finish".to_owned() }.into()),
            Err(e) => Err(failure(&e)),
        }
    }

    /// Extends columns of the whole book by the rows of this snapshot that came later.
    fn extend(&self, mut columns: Columns) -> Read<Columns> {
        let after = columns.movements().position.last().copied().unwrap_or(0);
        if after < self.head {
            let order = "ORDER BY i.position, i.id";
            let items = format!("SELECT {} WHERE i.position > ?1 {order}", rows::ITEM);
            let links = format!("SELECT {} WHERE l.position > ?1 ORDER BY l.position, l.id", rows::LINK);
            let undos = format!(
                "SELECT {} WHERE l.undone_position > ?1 ORDER BY l.undone_position, l.id",
                rows::LINK
            );
            let mut prepared = [&items, &links, &undos].map(|sql| self.fetch().prepare(sql));
            let [items, links, undos] = &mut prepared;
            let opened = |e: &mut rusqlite::Error| failure(e);
            let (items, links, undos) = (
                items.as_mut().map_err(opened)?,
                links.as_mut().map_err(opened)?,
                undos.as_mut().map_err(opened)?,
            );
            let from = [sql(after)];
            let mut items = items.query_map(from, rows::item).map_err(|e| failure(&e))?.peekable();
            let mut links = links.query_map(from, rows::link).map_err(|e| failure(&e))?.peekable();
            let mut undos = undos.query_map(from, rows::link).map_err(|e| failure(&e))?.peekable();
            let last = Position::MAX;
            loop {
                let next = (
                    items.peek().map_or(last, |row| row.as_ref().map_or(0, |row| row.position)),
                    links.peek().map_or(last, |row| row.as_ref().map_or(0, |row| row.position)),
                    undos.peek().map_or(last, |row| row.as_ref().map_or(0, undone_at)),
                );
                let pushed = if next.0 < last && next.0 <= next.1 && next.0 <= next.2 {
                    let Some(row) = items.next() else { break };
                    columns.push_item(&row.map_err(|e| failure(&e))?)
                } else if next.1 < last && next.1 <= next.2 {
                    let Some(row) = links.next() else { break };
                    columns.push_link(&row.map_err(|e| failure(&e))?)
                } else {
                    let Some(row) = undos.next() else { break };
                    let row = row.map_err(|e| failure(&e))?;
                    match row.undone {
                        Some((date, at)) => columns.push_undo(&row, date, at),
                        None => Ok(()),
                    }
                };
                pushed.map_err(broken)?;
            }
        }
        Ok(columns)
    }

    fn extend_lines(&self, mut lines: LineColumns) -> Read<LineColumns> {
        let after = lines.len().checked_sub(1).and_then(|last| lines.row(last)).map_or(0, |row| row.position);
        if after < self.head {
            let from = line_id(after, u16::MAX);
            let sql = format!("SELECT {} WHERE j.id > ?1 ORDER BY j.id", rows::LINE);
            self.each(
                &sql,
                [from],
                |row| rows::line(row, self.base),
                |row| lines.push(&row).map_err(broken),
            )?;
        }
        Ok(lines)
    }

    /// Rows of some ids, asked in pieces.
    fn by_ids<'a, T>(
        &self,
        ids: impl Iterator<Item = &'a str>,
        mut one: impl FnMut(&str) -> rusqlite::Result<Option<T>>,
    ) -> Read<Vec<T>> {
        let found = ids.filter_map(|id| one(id).transpose());
        found.collect::<rusqlite::Result<_>>().map_err(|e| failure(&e))
    }

    /// An account as its last event up to a position left it.
    fn account_then(
        &self,
        known: Position,
        id: i64,
        changed: Position,
        row: Account,
    ) -> Read<Option<Account>> {
        if changed <= known {
            return Ok(Some(row));
        }
        let positions = self.get(|f| {
            f.many(
                "SELECT position FROM touched WHERE account = ?1 AND position <= ?2 ORDER BY position DESC",
                [id, sql(known)],
                |row| row.get::<_, i64>(0),
            )
        })?;
        for at in positions {
            let record = self.fetch().record(position(at))?;
            if let Some(account) = record.and_then(|record| account_of(record, &row.id)) {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    fn accounts_where(
        &self,
        known: Position,
        condition: &str,
        params: impl rusqlite::Params,
        limit: usize,
    ) -> Read<Vec<Account>> {
        let sql =
            format!("SELECT id, changed, account FROM account WHERE account IS NOT NULL AND {condition}");
        let mut statement = self.fetch().prepare(&sql).map_err(|e| failure(&e))?;
        let read = |row: &rusqlite::Row<'_>| {
            let mut c = rows::Cells::of(row);
            Ok((c.get::<i64>()?, c.position()?, c.json::<Account>()?))
        };
        let mut found = Vec::new();
        for row in statement.query_map(params, read).map_err(|e| failure(&e))? {
            if found.len() >= limit {
                break;
            }
            let (id, changed, row) = row.map_err(|e| failure(&e))?;
            found.extend(self.account_then(known, id, changed, row)?);
        }
        Ok(found)
    }
}

/// An entry of the log.
pub(crate) fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<LogEntry> {
    let leaf: Vec<u8> = row.get(2)?;
    let leaf = Leaf::try_from(leaf.as_slice()).map_err(|e| unreadable(2, e))?;
    Ok(LogEntry { position: position(row.get(0)?), bytes: row.get(1)?, leaf })
}

fn undone_at(row: &LinkRow) -> Position {
    row.undone.map_or(0, |(_, at)| at)
}

fn broken(error: ColumnsError) -> Failure {
    Failure::corrupt("INV-14", error.to_string())
}

impl View for SqliteView {
    type Error = Failure;

    fn head(&self) -> Position {
        self.head
    }

    fn config(&self) -> Read<Option<Cow<'_, BookConfig>>> {
        Ok(self.get(|f| f.settings())?.map(Cow::Owned))
    }

    fn columns(&self, scope: &Scope) -> Read<Cow<'_, Columns>> {
        if let Scope::Accounts(ids) = scope {
            return self.columns_of(ids).map(Cow::Owned);
        }
        if self.columns.get().is_none() {
            let columns = self.extend(self.earlier.take().unwrap_or_else(Columns::of_book))?;
            let _ = self.columns.set(columns);
        }
        Ok(Cow::Borrowed(self.columns.get_or_init(Columns::of_book)))
    }

    fn lines(&self, scope: &Scope) -> Read<Cow<'_, LineColumns>> {
        if let Scope::Accounts(ids) = scope {
            return self.lines_of(ids).map(Cow::Owned);
        }
        if self.lines.get().is_none() {
            let lines = self.extend_lines(self.earlier_lines.take().unwrap_or_default())?;
            let _ = self.lines.set(lines);
        }
        Ok(Cow::Borrowed(self.lines.get_or_init(LineColumns::default)))
    }

    fn accounts(&self, known: Position, after: Option<&AccountId>, limit: usize) -> Read<Vec<Account>> {
        let after = after.map_or("", AccountId::as_str);
        self.accounts_where(known, "code > ?1 ORDER BY code", [after], limit)
    }

    fn accounts_by_id(&self, known: Position, ids: &BTreeSet<AccountId>) -> Read<Vec<Account>> {
        let found = ids.iter().map(|id| self.accounts_where(known, "code = ?1", [id.as_str()], 1));
        Ok(found.collect::<Read<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn members(&self, known: Position, group: &AccountId) -> Read<Vec<AccountId>> {
        let condition = "id IN (SELECT m.account FROM member m
            WHERE m.parent = (SELECT g.id FROM account g WHERE g.code = ?1)) ORDER BY code";
        let members = self.accounts_where(known, condition, [group.as_str()], usize::MAX)?;
        let named = members.into_iter().filter(|account| account.profile.parent.as_ref() == Some(group));
        Ok(named.map(|account| account.id).collect())
    }

    fn documents(&self, scope: &Scope, after: Option<&DocumentId>, limit: usize) -> Read<Vec<DocumentRow>> {
        let (after, count) = (after.map_or("", DocumentId::as_str), i64::try_from(limit).unwrap_or(i64::MAX));
        match scope {
            Scope::All => {
                let sql = format!("SELECT {} WHERE d.number > ?1 ORDER BY d.number LIMIT ?2", rows::DOCUMENT);
                self.get(|f| f.many(&sql, params![after, count], rows::document))
            }
            Scope::Accounts(ids) => {
                let sql = format!(
                    "SELECT {} WHERE d.account = (SELECT id FROM account WHERE code = ?3) AND d.number > ?1
                     ORDER BY d.number LIMIT ?2",
                    rows::DOCUMENT
                );
                let mut all = Vec::new();
                for id in ids {
                    all.extend(
                        self.get(|f| f.many(&sql, params![after, count, id.as_str()], rows::document))?,
                    );
                }
                all.sort_by(|a, b| a.document.cmp(&b.document));
                all.truncate(limit);
                Ok(all)
            }
        }
    }

    fn documents_by_id(&self, ids: &BTreeSet<DocumentId>) -> Read<Vec<DocumentRow>> {
        let sql = format!("SELECT {} WHERE d.number = ?1", rows::DOCUMENT);
        self.by_ids(ids.iter().map(DocumentId::as_str), |id| self.fetch().one(&sql, [id], rows::document))
    }

    fn items_by_id(&self, ids: &BTreeSet<ItemId>) -> Read<Vec<ItemRow>> {
        let found = ids.iter().filter_map(|id| self.fetch().item(id).transpose());
        found.collect::<rusqlite::Result<_>>().map_err(|e| failure(&e))
    }

    fn links(&self, item: &ItemId) -> Read<Vec<LinkRow>> {
        let mut links = self.get(|f| f.links(item))?;
        links.sort_by(|a, b| (a.position, &a.link).cmp(&(b.position, &b.link)));
        Ok(links)
    }

    fn bad_debts(&self, scope: &Scope) -> Read<Vec<LinkRow>> {
        let mut links = self.get(|f| f.bad_debts())?;
        links.retain(|row| row.debit.as_ref().is_none_or(|side| scope.contains(&side.account)));
        Ok(links)
    }

    fn allowance_moves(&self, known: Position) -> Read<Vec<AllowanceMove>> {
        let sql_text =
            format!("SELECT {} WHERE position <= ?1 ORDER BY position, kind", rows::ALLOWANCE_MOVE);
        self.get(|f| f.many(&sql_text, [sql(known)], rows::allowance_move))
    }

    fn notes(&self, documents: &BTreeSet<DocumentId>) -> Read<Vec<NoteRow>> {
        let sql = format!("SELECT {} WHERE d.number = ?1 ORDER BY n.position", rows::NOTE);
        let found = documents.iter().map(|id| self.get(|f| f.many(&sql, [id.as_str()], rows::note)));
        Ok(found.collect::<Read<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn orders(&self, scope: &Scope) -> Read<Vec<OrderRow>> {
        let mut all = Vec::new();
        match scope {
            Scope::All => {
                let sql = format!("SELECT {}", rows::ORDER);
                all.extend(self.get(|f| f.many(&sql, [], rows::order))?);
            }
            Scope::Accounts(ids) => {
                let sql = format!("SELECT {} WHERE a.code = ?1", rows::ORDER);
                for id in ids {
                    all.extend(self.get(|f| f.many(&sql, [id.as_str()], rows::order))?);
                }
            }
        }
        all.sort_by(|a, b| a.order.cmp(&b.order));
        Ok(all)
    }

    fn withholdings(&self, scope: &Scope) -> Read<Vec<WithholdingRow>> {
        let row = |row: &rusqlite::Row<'_>| rows::Cells::of(row).json();
        let mut all: Vec<WithholdingRow> = Vec::new();
        match scope {
            Scope::All => all.extend(self.get(|f| f.many("SELECT withholding FROM withholding", [], row))?),
            Scope::Accounts(ids) => {
                let sql = "SELECT w.withholding FROM withholding w JOIN account a ON a.id = w.account
                           WHERE a.code = ?1";
                for id in ids {
                    all.extend(self.get(|f| f.many(sql, [id.as_str()], row))?);
                }
            }
        }
        all.sort_by(|a, b| a.link.cmp(&b.link));
        Ok(all)
    }

    fn proposals(&self, scope: &Scope, asked: &ProposalsAsked) -> Read<Vec<ProposalRow>> {
        let number = |position: Position| sql(position);
        let limit = i64::try_from(asked.limit).unwrap_or(i64::MAX);
        let waiting = match asked.waiting {
            true => "AND (decided IS NULL OR decided > ?2)",
            false => "",
        };
        let read = |row: &rusqlite::Row<'_>| rows::Cells::of(row).json::<ProposalRow>();
        let (after, known) = (number(asked.after), number(asked.known));
        match scope {
            Scope::All => {
                let sql = format!(
                    "SELECT proposal FROM proposal WHERE position > ?1 AND position <= ?2 {waiting}
                     ORDER BY position LIMIT ?3"
                );
                self.get(|f| f.many(&sql, params![after, known, limit], read))
            }
            Scope::Accounts(ids) => {
                let sql = format!(
                    "SELECT proposal FROM proposal WHERE account = (SELECT id FROM account WHERE code = ?4)
                       AND position > ?1 AND position <= ?2 {waiting} ORDER BY position LIMIT ?3"
                );
                let mut all = Vec::new();
                for id in ids {
                    all.extend(self.get(|f| f.many(&sql, params![after, known, limit, id.as_str()], read))?);
                }
                all.sort_by_key(|row: &ProposalRow| row.position);
                all.truncate(asked.limit);
                Ok(all)
            }
        }
    }

    fn agreements(&self, scope: &Scope) -> Read<Vec<AgreementRow>> {
        let mut all = Vec::new();
        match scope {
            Scope::All => {
                let sql = format!("SELECT {}", rows::AGREEMENT);
                all.extend(self.get(|f| f.many(&sql, [], rows::agreement))?);
            }
            Scope::Accounts(ids) => {
                let sql = format!(
                    "SELECT {} WHERE account = (SELECT id FROM account WHERE code = ?1)",
                    rows::AGREEMENT
                );
                for id in ids {
                    all.extend(self.get(|f| f.many(&sql, [id.as_str()], rows::agreement))?);
                }
            }
        }
        all.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(all)
    }

    fn parties(&self, subjects: &BTreeSet<SubjectId>) -> Read<Vec<VaultEntry>> {
        let sql = format!("SELECT {} WHERE subject = ?1 ORDER BY id DESC LIMIT 1", rows::VAULT);
        self.by_ids(subjects.iter().map(SubjectId::as_str), |id| self.fetch().one(&sql, [id], rows::vault))
    }

    fn records(&self, after: Position, limit: usize) -> Read<Vec<(Position, Record)>> {
        let last = self.head.min(after.saturating_add(u64::try_from(limit).unwrap_or(u64::MAX)));
        let first = after.saturating_add(1);
        (first..=last).map(|at| Ok((at, self.record_at(at)?))).collect()
    }

    fn records_of(
        &self,
        account: &AccountId,
        after: Position,
        limit: usize,
    ) -> Read<Vec<(Position, Record)>> {
        let limit = Value::from(i64::try_from(limit).unwrap_or(i64::MAX));
        let positions = self.get(|f| {
            f.many(
                "SELECT position FROM touched WHERE account = (SELECT id FROM account WHERE code = ?1)
                   AND position > ?2 ORDER BY position LIMIT ?3",
                params![account.as_str(), sql(after), limit],
                |row| row.get::<_, i64>(0),
            )
        })?;
        positions.into_iter().map(position).map(|at| Ok((at, self.record_at(at)?))).collect()
    }
}

impl SqliteView {
    fn record_at(&self, at: Position) -> Read<Record> {
        let record = self.fetch().record(at)?;
        record.ok_or_else(|| Corruption::new("INV-16", Some(at), "no record stands here").into())
    }

    fn columns_of(&self, ids: &BTreeSet<AccountId>) -> Read<Columns> {
        let by_account = "i.account = (SELECT id FROM account WHERE code = ?1)";
        let items_sql = format!("SELECT {} WHERE {by_account}", rows::ITEM);
        let links_sql = format!(
            "SELECT {} WHERE l.id IN (
               SELECT k.id FROM item i JOIN link k ON k.credit_item = i.id WHERE {by_account}
               UNION SELECT k.id FROM item i JOIN link k ON k.debit_item = i.id WHERE {by_account})",
            rows::LINK
        );
        let (mut items, mut links) = (Vec::new(), Vec::new());
        for id in ids {
            items.extend(self.get(|f| f.many(&items_sql, [id.as_str()], rows::item))?);
            links.extend(self.get(|f| f.many(&links_sql, [id.as_str()], rows::link))?);
        }
        items.sort_by(|a, b| (a.position, &a.item).cmp(&(b.position, &b.item)));
        links.sort_by(|a, b| (a.position, &a.link).cmp(&(b.position, &b.link)));
        // A settlement between two of these accounts was found from both sides.
        links.dedup_by(|a, b| a.link == b.link);
        Columns::from_rows(&items, &links, true).map_err(broken)
    }

    fn lines_of(&self, ids: &BTreeSet<AccountId>) -> Read<LineColumns> {
        let sql = format!(
            "SELECT {} WHERE j.id IN (SELECT k.id FROM touched t
               JOIN line k ON k.id BETWEEN t.position * 65536 AND t.position * 65536 + 65535
               WHERE t.account = (SELECT id FROM account WHERE code = ?1))",
            rows::LINE
        );
        let mut all: Vec<LineRow> = Vec::new();
        for id in ids {
            all.extend(self.get(|f| f.many(&sql, [id.as_str()], |row| rows::line(row, self.base)))?);
        }
        all.sort_by_key(|row| (row.position, row.n));
        all.dedup_by_key(|row| (row.position, row.n));
        let mut lines = LineColumns::default();
        all.iter().try_for_each(|row| lines.push(row)).map_err(broken)?;
        Ok(lines)
    }
}
