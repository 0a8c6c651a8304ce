//! Fetching what a decision asks for: one statement per need, each by an index, none longer than
//! the need allows.

mod orders;

use ar_core::allocation::{LIVE_LINKS_MAX, LinkKind};
use ar_core::document::Side;
use ar_core::facts::{
    ALLOWANCE_LATER_MAX, Chargeable, Cover, EXACT_MAX, Exact, LATER_CREDITS_MAX, Later, MOVEMENTS_MAX,
    OpenItems, OpenReceipt, RECOVERIES_MAX, SETTLED_MAX, SmallItems,
};
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::{Need, Position, Record};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row, params};

use super::codes::{Code, item_id, position, sql};
use super::error::{failure, unreadable};
use super::rows;
use crate::failure::{Corruption, Failure};
use crate::gathered::Fact;
use crate::tables::{LaterCredits, allowance_before, covering, movements};

/// Reads one snapshot of the file.
#[derive(Clone, Copy)]
pub(crate) struct Fetch<'c> {
    conn: &'c Connection,
}

type Read<T> = rusqlite::Result<T>;

impl<'c> Fetch<'c> {
    pub(crate) const fn new(conn: &'c Connection) -> Self {
        Self { conn }
    }

    pub(crate) fn prepare(&self, sql: &str) -> Read<CachedStatement<'c>> {
        self.conn.prepare_cached(sql)
    }

    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Read<T>,
    ) -> Read<Option<T>> {
        self.prepare(sql)?.query_row(params, read).optional()
    }

    pub(crate) fn many<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Read<T>,
    ) -> Read<Vec<T>> {
        self.prepare(sql)?.query_map(params, read)?.collect()
    }

    /// The answer to a need.
    pub(crate) fn fact(&self, need: &Need) -> Result<Fact, Failure> {
        match need {
            Need::Record(at) => Ok(Fact::Record(self.record(*at)?.map(Box::new))),
            Need::Key(id) => self.key(id).map(Fact::Key),
            other => self.row_fact(other).map_err(|e| failure(&e)),
        }
    }

    fn row_fact(&self, need: &Need) -> Read<Fact> {
        Ok(match need {
            Need::Book => Fact::Book(self.settings()?.map(Box::new)),
            Need::Account(id) => Fact::Account(
                self.one(
                    "SELECT account FROM account WHERE code = ?1 AND account IS NOT NULL",
                    [id.as_str()],
                    |row| rows::Cells::of(row).json(),
                )?
                .map(Box::new),
            ),
            Need::Totals(owner) => Fact::Totals(self.totals(owner)?),
            // Most numbers asked for are new: the index alone answers.
            Need::Document(id) => Fact::Document(match self.document_id(id)? {
                None => None,
                Some(_) => self.document(id)?.map(|(_, row)| Box::new(row)),
            }),
            Need::Item(id) => Fact::Item(self.item(id)?.map(Box::new)),
            Need::Link(id) => Fact::Link(self.link(id)?.map(Box::new)),
            Need::LiveLinks(id) => Fact::Links(self.live_links(id)?),
            Need::Allowance(currency, on) => Fact::Allowance(self.allowance(*currency, *on)?),
            Need::SmallItems(which) => Fact::Items(self.small_items(which)?),
            Need::Recoveries(id) => Fact::Links(self.recoveries(id)?),
            Need::Movements(id, from) => Fact::Movements(self.movements(id, *from)?),
            Need::Series(id, year) => {
                let sql = format!("SELECT {} WHERE series = ?1 AND year = ?2", rows::SERIES);
                Fact::Series(self.one(&sql, params![id.as_str(), year], rows::series)?)
            }
            Need::OpenItems(which) => Fact::Items(self.open_items(which)?),
            Need::Exact(which) => Fact::Items(self.exact(which)?),
            Need::LiveMember(id) => Fact::LiveMember(self.live_member(id)?),
            Need::AnyOpenItem(id) => Fact::AnyOpenItem(self.any_open_item(id)?),
            Need::Credited(id) => Fact::Credited(self.credited(id)?),
            Need::Rate(currency, on) => {
                let sql = format!(
                    "SELECT {} WHERE currency = ?1 AND date <= ?2 ORDER BY date DESC LIMIT 1",
                    rows::RATE
                );
                Fact::Rate(self.one(&sql, params![currency.code(), on.day_number()], rows::rate)?)
            }
            Need::Order(id) => {
                let sql = format!("SELECT {} WHERE o.code = ?1", rows::ORDER);
                Fact::Order(self.one(&sql, [id.as_str()], rows::order)?)
            }
            Need::Refund(id) => {
                Fact::Refund(self.one("SELECT refund FROM refund WHERE code = ?1", [id.as_str()], |row| {
                    rows::Cells::of(row).json()
                })?)
            }
            Need::Withholding(link) => {
                let sql = "SELECT withholding FROM withholding WHERE link = ?1";
                Fact::Withholding(
                    self.one(sql, [link.as_str()], |row| rows::Cells::of(row).json())?.map(Box::new),
                )
            }
            Need::Certificate(account, id) => {
                let sql = "SELECT c.certificate FROM certificate c JOIN account a ON a.id = c.account
                           WHERE a.code = ?1 AND c.code = ?2";
                let params = [account.as_str(), id.as_str()];
                Fact::Certificate(self.one(sql, params, |row| rows::Cells::of(row).json())?.map(Box::new))
            }
            Need::Agreement(id) => {
                let (kind, code) = rows::agreement_key(id);
                let sql = format!("SELECT {} WHERE kind = ?1 AND code = ?2", rows::AGREEMENT);
                Fact::Agreement(self.one(&sql, params![kind, code], rows::agreement)?.map(Box::new))
            }
            Need::OpenReceipt(which) => Fact::OpenReceipt(self.open_receipt(which)?),
            Need::Proposal(id) => Fact::Proposal(
                self.one("SELECT proposal FROM proposal WHERE code = ?1", [id.as_str()], |row| {
                    rows::Cells::of(row).json()
                })?
                .map(Box::new),
            ),
            Need::WrittenOff(which) => {
                let (from, to) = (which.from.day_number(), which.to.day_number());
                let sum = self.one(
                    "SELECT coalesce(sum(minor), 0) FROM written_off
                     WHERE account = (SELECT id FROM account WHERE code = ?1) AND currency = ?2
                       AND month BETWEEN ?3 AND ?4",
                    params![which.account.as_str(), which.currency.code(), from, to],
                    |row| row.get(0),
                )?;
                Fact::WrittenOff(sum.unwrap_or(0))
            }
            Need::Chargeable(which) => Fact::Chargeable(self.chargeable(which)?),
            Need::LaterCredits(owner, after) => Fact::LaterCredits(self.later_credits(owner, *after)?),
            other => return Err(unreadable(0, format_args!("a need this store does not know: {other:?}"))),
        })
    }

    pub(crate) fn settings(&self) -> Read<Option<ar_core::book::BookConfig>> {
        self.one("SELECT settings FROM settings WHERE id = 1", [], |row| rows::Cells::of(row).json())
    }

    fn key(&self, id: &CommandId) -> Result<Option<KeyRow>, Failure> {
        let found = self.one("SELECT position FROM log WHERE command = ?1", [id.as_str()], |row| row.get(0));
        let Some(first) = found.map_err(|e| failure(&e))?.map(position) else { return Ok(None) };
        let record = self.record(first)?;
        Ok(record.map(|record| KeyRow { digest: record.digest, first, count: record.part.1 }))
    }

    /// The record at a position.
    pub(crate) fn record(&self, at: Position) -> Result<Option<Record>, Failure> {
        let mut statement =
            self.prepare("SELECT bytes FROM log WHERE position = ?1").map_err(|e| failure(&e))?;
        let mut found = statement.query([sql(at)]).map_err(|e| failure(&e))?;
        let Some(row) = found.next().map_err(|e| failure(&e))? else { return Ok(None) };
        let bytes = row.get_ref(0).map_err(|e| failure(&e))?;
        let record = bytes.as_blob().map_err(|e| e.to_string());
        let record = record.and_then(|bytes| Record::decode(bytes).map_err(|e| e.to_string()));
        record.map(Some).map_err(|detail| Corruption::new("INV-12", Some(at), detail).into())
    }

    /// The records of one command.
    pub(crate) fn records(&self, first: Position, count: u16) -> Result<Vec<Record>, Failure> {
        let positions = (first..).take(usize::from(count));
        let missing = |at| Failure::Corrupt(Corruption::new("INV-16", Some(at), "no record stands here"));
        positions.map(|at| self.record(at)?.ok_or_else(|| missing(at))).collect()
    }

    pub(crate) fn account_id(&self, id: &AccountId) -> Read<Option<i64>> {
        self.one("SELECT id FROM account WHERE code = ?1", [id.as_str()], |row| row.get(0))
    }

    pub(crate) fn document_id(&self, id: &DocumentId) -> Read<Option<i64>> {
        self.one("SELECT id FROM document WHERE number = ?1", [id.as_str()], |row| row.get(0))
    }

    fn item_key(&self, id: &ItemId) -> Read<Option<i64>> {
        Ok(self.document_id(id.document())?.map(|document| item_id(document, id)))
    }

    fn totals(&self, owner: &Owner) -> Read<Vec<TotalsRow>> {
        let (id, of_group) = match owner {
            Owner::Account(id) => (id, 0),
            Owner::Group(id) => (id, 1),
        };
        let sql =
            format!("SELECT {} WHERE a.code = ?1 AND t.of_group = ?2 ORDER BY t.currency", rows::TOTALS);
        self.many(&sql, params![id.as_str(), of_group], rows::totals)
    }

    pub(crate) fn document(&self, id: &DocumentId) -> Read<Option<(i64, DocumentRow)>> {
        let sql = format!("SELECT {} WHERE d.number = ?1", rows::DOCUMENT);
        self.one(&sql, [id.as_str()], |row| Ok((row.get(17)?, rows::document(row)?)))
    }

    pub(crate) fn item(&self, id: &ItemId) -> Read<Option<ItemRow>> {
        let Some(key) = self.item_key(id)? else { return Ok(None) };
        self.one(&format!("SELECT {} WHERE i.id = ?1", rows::ITEM), [key], rows::item)
    }

    fn link(&self, id: &LinkId) -> Read<Option<LinkRow>> {
        self.one(&format!("SELECT {} WHERE l.code = ?1", rows::LINK), [id.as_str()], rows::link)
    }

    fn live_links(&self, item: &ItemId) -> Read<Vec<LinkRow>> {
        let Some(key) = self.item_key(item)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {} WHERE l.id IN (SELECT id FROM link WHERE credit_item = ?1
               UNION SELECT id FROM link WHERE debit_item = ?1) AND l.undone_position IS NULL
             ORDER BY l.id LIMIT ?2",
            rows::LINK
        );
        let limit = i64::try_from(LIVE_LINKS_MAX.saturating_add(1)).unwrap_or(i64::MAX);
        self.many(&sql, [key, limit], rows::link)
    }

    fn allowance(&self, currency: Currency, on: Date) -> Read<Option<AllowanceRow>> {
        let head = format!("SELECT {} WHERE currency = ?1", rows::ALLOWANCE);
        let Some(row) = self.one(&head, [currency.code()], rows::allowance)? else {
            return Ok(Some(AllowanceRow::empty(currency)));
        };
        let sql = format!("SELECT {} WHERE currency = ?1 AND date > ?2 LIMIT ?3", rows::ALLOWANCE_MOVE);
        let limit = i64::try_from(ALLOWANCE_LATER_MAX.saturating_add(1)).unwrap_or(i64::MAX);
        let later =
            self.many(&sql, params![currency.code(), on.day_number(), limit], rows::allowance_move)?;
        Ok(allowance_before(row, later.iter()))
    }

    fn small_items(&self, which: &SmallItems) -> Read<Vec<ItemRow>> {
        let date = which.date.day_number();
        self.many(
            &small_items_sql(),
            params![
                which.account.as_str(),
                which.currency.code(),
                which.most,
                which.due_to.day_number(),
                date,
                i64::try_from(which.limit).unwrap_or(i64::MAX)
            ],
            rows::item,
        )
    }

    fn recoveries(&self, write_off: &LinkId) -> Read<Vec<LinkRow>> {
        let sql = format!(
            "SELECT {} WHERE l.bad_debt IS NOT NULL AND json_extract(l.bad_debt, '$.write_off') = ?1 ORDER BY l.id LIMIT ?2",
            rows::LINK
        );
        let limit = i64::try_from(RECOVERIES_MAX.saturating_add(1)).unwrap_or(i64::MAX);
        self.many(&sql, params![write_off.as_str(), limit], rows::link)
    }

    /// Write-offs of debits, and recoveries.
    pub(crate) fn bad_debts(&self) -> Read<Vec<LinkRow>> {
        let sql = format!(
            "SELECT {} WHERE l.bad_debt IS NOT NULL AND (l.debit_item IS NOT NULL OR l.kind = ?1) ORDER BY l.id",
            rows::LINK
        );
        self.many(&sql, [LinkKind::Recovery.code()], rows::link)
    }

    /// Every settlement that touches an item.
    pub(crate) fn links(&self, item: &ItemId) -> Read<Vec<LinkRow>> {
        let Some(key) = self.item_key(item)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {} WHERE l.id IN (SELECT id FROM link WHERE credit_item = ?1
               UNION SELECT id FROM link WHERE debit_item = ?1) ORDER BY l.id",
            rows::LINK
        );
        self.many(&sql, [key], rows::link)
    }

    fn movements(&self, item: &ItemId, from: Date) -> Read<Option<Vec<Movement>>> {
        let Some(key) = self.item_key(item)? else { return Ok(Some(Vec::new())) };
        let sql = format!(
            "SELECT {} WHERE l.id IN (
               SELECT id FROM link WHERE credit_item = ?1 AND date >= ?2
               UNION SELECT id FROM link WHERE debit_item = ?1 AND date >= ?2
               UNION SELECT id FROM link WHERE credit_item = ?1 AND undone_date >= ?2
               UNION SELECT id FROM link WHERE debit_item = ?1 AND undone_date >= ?2 LIMIT ?3)
             ORDER BY l.id",
            rows::LINK
        );
        let limit = i64::try_from(MOVEMENTS_MAX.saturating_add(1)).unwrap_or(i64::MAX);
        let links = self.many(&sql, params![key, from.day_number(), limit], rows::link)?;
        Ok(movements(item, from, links.iter()))
    }

    fn open_items(&self, which: &OpenItems) -> Read<Vec<ItemRow>> {
        let cover = match &which.cover {
            Cover::Amount(amount) => Some(*amount),
            Cover::RestOf(item) => Some(self.item(item)?.map_or(0, |row| row.open)),
            Cover::All => None,
        };
        let (account, currency) = (which.account.as_str(), which.currency.code());
        let (side, dated_to) = (which.side.code(), which.dated_to.day_number());
        let Some(order) = &which.order else {
            let sql = open_items_sql();
            let mut statement = self.prepare(&sql)?;
            let rows = statement.query_map(params![account, currency, side, dated_to], rows::item)?;
            return covering(rows, cover, which.limit);
        };
        self.open_items_of(order, (account, currency, side, dated_to), |rows| {
            covering(rows, cover, which.limit)
        })
    }

    fn exact(&self, which: &Exact) -> Read<Vec<ItemRow>> {
        if let Some(order) = &which.order {
            return self.exact_of_order(which, order);
        }
        let whole = format!(
            "SELECT {} WHERE i.account = (SELECT id FROM account WHERE code = ?1) AND i.currency = ?2
               AND i.side = 0 AND i.open > 0 AND i.open = ?3 AND +i.date <= ?4
             ORDER BY i.due, i.document_date, i.number, i.id LIMIT ?5",
            rows::ITEM
        );
        let discounted = format!(
            "SELECT {} JOIN quote q ON q.item = i.id
             WHERE q.account = (SELECT id FROM account WHERE code = ?1) AND q.currency = ?2 AND q.amount = ?3
               AND q.until >= ?5 AND +i.date <= ?4",
            rows::ITEM
        );
        let (account, currency) = (which.account.as_str(), which.currency.code());
        let dated_to = which.dated_to.day_number();
        let limit = i64::try_from(EXACT_MAX).unwrap_or(i64::MAX);
        let mut found =
            self.many(&whole, params![account, currency, which.amount, dated_to, limit], rows::item)?;
        // Discounts that can still be earned are few, whatever the account holds.
        let value_date = which.value_date.day_number();
        found.extend(self.many(
            &discounted,
            params![account, currency, which.amount, dated_to, value_date],
            rows::item,
        )?);
        // An index by amount also finds items by a lesser discount than the one that is earned.
        found.retain(|item| which.fits(item));
        found.sort_by(|a, b| (a.due, a.document_date, &a.item).cmp(&(b.due, b.document_date, &b.item)));
        found.dedup_by(|a, b| a.item == b.item);
        found.truncate(EXACT_MAX);
        Ok(found)
    }

    fn chargeable(&self, which: &Chargeable) -> Read<Option<Vec<ChargeableItem>>> {
        let account = which.account.as_str();
        let (currency, side) = (which.currency.code(), Side::Debit.code());
        let (due, through) = (which.due_before.day_number(), which.through.day_number());
        let limit = i64::try_from(which.limit).unwrap_or(i64::MAX);
        let mut found: Vec<(i64, ItemRow)> = Vec::new();
        for sql in chargeable_sql(which.charges) {
            let params = params![account, currency, side, due, through, limit];
            found.extend(self.many(&sql, params, |row| Ok((row.get(0)?, rows::item(row)?)))?);
        }
        found.sort_by(|(_, a), (_, b)| {
            (a.due, a.document_date, &a.item).cmp(&(b.due, b.document_date, &b.item))
        });
        found.truncate(which.limit);
        let ids: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
        let debt = |(_, item)| ChargeableItem { item, settled: Vec::new() };
        let mut debts: Vec<ChargeableItem> = found.into_iter().map(debt).collect();
        // All their settlements in one statement.
        let limit = i64::try_from(SETTLED_MAX.saturating_add(1)).unwrap_or(i64::MAX);
        let settled = self.many(
            "SELECT k.key, l.date, coalesce(c.value_date, l.date), l.debit_amount, l.position,
               l.undone_date, l.undone_position
             FROM json_each(?1) k JOIN link l ON l.debit_item = k.value
             LEFT JOIN item c ON c.id = l.credit_item ORDER BY k.key, l.id LIMIT ?2",
            params![format!("[{}]", ids.join(",")), limit],
            |row| {
                let mut c = rows::Cells::of(row);
                let place: i64 = c.get()?;
                let (date, value_date, minor) = (c.date()?, c.date()?, c.get()?);
                let position = c.position()?;
                let undone = c.date_opt()?.zip(c.get::<Option<i64>>()?.map(super::codes::position));
                Ok((place, Settled { date, value_date, minor, position, undone }))
            },
        )?;
        if settled.len() > SETTLED_MAX {
            return Ok(None);
        }
        for (place, settled) in settled {
            if let Some(debt) = usize::try_from(place).ok().and_then(|place| debts.get_mut(place)) {
                debt.settled.push(settled);
            }
        }
        Ok(Some(debts))
    }

    fn any_open_item(&self, account: &AccountId) -> Read<Option<ItemId>> {
        let sql = format!(
            "SELECT {} WHERE i.account = (SELECT id FROM account WHERE code = ?1) AND i.open > 0
             ORDER BY i.currency, i.side, i.due, i.document_date, i.number, i.id LIMIT 1",
            open_item()
        );
        Ok(self.one(&sql, [account.as_str()], rows::item)?.map(|row| row.item))
    }

    fn open_receipt(&self, which: &OpenReceipt) -> Read<Option<ItemId>> {
        let mut found: Option<(Date, ItemId)> = None;
        for role in which.roles() {
            let params = params![role.code(), which.from.day_number(), which.to.day_number()];
            let first = self.one(&open_receipt_sql(), params, rows::item)?.map(|row| (row.date, row.item));
            found = match (found, first) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(found.map(|(_, item)| item))
    }

    fn live_member(&self, parent: &AccountId) -> Read<Option<AccountId>> {
        let sql = "SELECT a.code FROM member m JOIN account a ON a.id = m.account
             WHERE m.parent = (SELECT id FROM account WHERE code = ?1)
               AND json_extract(a.account, '$.profile.parent') = ?1
               AND json_extract(a.account, '$.closed') IS NULL
             ORDER BY a.code LIMIT 1";
        self.one(sql, [parent.as_str()], |row| rows::Cells::of(row).parse(AccountId::parse))
    }

    fn credited(&self, invoice: &DocumentId) -> Read<Vec<CreditedRow>> {
        let sql = format!("SELECT {} WHERE d.number = ?1 ORDER BY c.bound", rows::CREDITED);
        self.many(&sql, [invoice.as_str()], rows::credited)
    }

    fn later_credits(&self, owner: &Owner, after: Date) -> Read<Option<Vec<Later>>> {
        let accounts: Vec<i64> = match owner {
            Owner::Account(id) => self.account_id(id)?.into_iter().collect(),
            Owner::Group(group) => self.many(
                "SELECT a.id FROM member m JOIN account a ON a.id = m.account
                 WHERE m.parent = (SELECT id FROM account WHERE code = ?1)
                   AND json_extract(a.account, '$.profile.parent') = ?1",
                [group.as_str()],
                |row| row.get(0),
            )?,
        };
        let limit = i64::try_from(LATER_CREDITS_MAX.saturating_add(1)).unwrap_or(i64::MAX);
        let mut sums = LaterCredits::default();
        for account in accounts {
            let later = self.many(
                "SELECT currency, 0, open FROM item WHERE account = ?1 AND side = 1 AND date > ?2
                 UNION ALL
                 SELECT l.currency, l.debit_amount * i.for_credit, 0 FROM link l JOIN item i ON i.id = l.debit_item
                 WHERE l.debit_account = ?1 AND l.date > ?2 AND l.undone_position IS NULL
                 UNION ALL
                 SELECT l.currency, 0, -l.credit_amount FROM link l JOIN item i ON i.id = l.credit_item
                 WHERE l.credit_account = ?1 AND l.date > ?2 AND l.undone_position IS NULL AND l.debit_item IS NOT NULL
                   AND i.date <= ?2
                 LIMIT ?3",
                params![account, after.day_number(), limit],
                |row| {
                    let mut c = rows::Cells::of(row);
                    Ok(Later { currency: c.currency()?, settled: c.get()?, credits: c.get()? })
                },
            )?;
            for row in later {
                if !sums.add(row) {
                    return Ok(None);
                }
            }
        }
        Ok(Some(sums.into_vec()))
    }
}

/// Small rests by what is open: the index by amounts gives them in order, so that no more is read than
/// what is small.
fn small_items_sql() -> String {
    format!(
        "SELECT {} WHERE i.account = (SELECT id FROM account WHERE code = ?1) AND i.currency = ?2
           AND i.side = 0 AND i.open > 0 AND i.open <= ?3 AND +i.due <= ?4 AND +i.date <= ?5
           AND (i.reinstated IS NULL OR i.reinstated <= ?5) AND (i.revalued_on IS NULL OR i.revalued_on <= ?5)
         ORDER BY i.open, i.due, i.document_date, i.number, i.id LIMIT ?6",
        rows::ITEM.replace("FROM item i", "FROM item i INDEXED BY item_exact")
    )
}

/// Open items in allocation order. The index is named: by any other, as the planner may choose once
/// there is data, the whole account would be read and sorted before the first item is known.
fn open_items_sql() -> String {
    format!(
        "SELECT {} WHERE i.account = (SELECT id FROM account WHERE code = ?1) AND i.currency = ?2
           AND i.side = ?3 AND i.open > 0 AND +i.date <= ?4
         ORDER BY i.due, i.document_date, i.number, i.id",
        open_item()
    )
}

/// The first open receipt on a control role in a span of days, by an index that holds nothing else.
fn open_receipt_sql() -> String {
    let sql = format!(
        "SELECT {} WHERE i.control_role = ?1 AND i.side = 1 AND i.open > 0 AND i.date BETWEEN ?2 AND ?3
         ORDER BY i.date, i.number, i.id LIMIT 1",
        rows::ITEM
    );
    sql.replacen("FROM item i", "FROM item i INDEXED BY item_receipt", 1)
}

/// Debts to be assessed: open ones, and settled ones that were late, each by its own index.
fn chargeable_sql(charges: bool) -> Vec<String> {
    let of = |columns: &str, which: &str| {
        format!(
            "SELECT {columns} WHERE i.account = (SELECT id FROM account WHERE code = ?1) AND i.currency = ?2
               AND i.side = ?3 AND i.due < ?4 AND +i.date <= ?5 AND {which}
             ORDER BY i.due, i.document_date, i.number, i.id LIMIT ?6"
        )
    };
    let late = |index: &str, kind: &str| {
        let columns = rows::ITEM.replacen("FROM item i", &format!("FROM item i INDEXED BY {index}"), 1);
        of(&columns, &format!("i.open = 0 AND i.late = 1 AND i.kind {kind}"))
    };
    let behind = "i.open > 0 AND (i.charged_through IS NULL OR i.charged_through < ?5 OR i.late = 1)";
    let debts = if charges { behind.to_owned() } else { format!("{behind} AND +i.kind <> 10") };
    let mut all = vec![of(&open_item(), &debts), late("item_late", "<> 10")];
    if charges {
        all.push(late("item_late_charge", "= 10"));
    }
    all
}

fn open_item() -> String {
    rows::ITEM.replacen("FROM item i", "FROM item i INDEXED BY item_open", 1)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::sqlite::codes::Code as _;

    pub(super) fn plan(sql: &str) -> String {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("schema.sql")).unwrap();
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let given = vec!["1"; statement.parameter_count()];
        let given = rusqlite::params_from_iter(given);
        let rows = statement.query_map(given, |row| row.get::<_, String>(3)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_open_receipt_is_the_first_entry_of_its_index() {
        let wanted = plan(&super::open_receipt_sql());
        assert!(wanted.contains("item_receipt") && !wanted.contains("TEMP B-TREE"), "{wanted}");
        assert!(!wanted.contains("SCAN"), "{wanted}");
    }

    #[test]
    fn debts_to_be_assessed_come_from_their_indexes_in_order() {
        assert_eq!(ar_core::document::DocumentKind::FinanceCharge.code(), 10, "as the indexes say");
        for sql in super::chargeable_sql(true) {
            let sql = sql.replace("?5", "?4").replace("?6", "?4");
            let wanted = plan(&sql);
            assert!(wanted.contains("INDEX item_") && !wanted.contains("TEMP B-TREE"), "{wanted}");
        }
    }

    #[test]
    fn open_items_come_from_the_index_in_order_without_a_sort() {
        let wanted = plan(&super::open_items_sql());
        assert!(wanted.contains("item_open") && !wanted.contains("TEMP B-TREE"), "{wanted}");
        // Negative control: in another order the plan reads the whole account and sorts it.
        let free = plan(&super::open_items_sql().replace("BY i.due,", "BY +i.due,"));
        assert!(free.contains("TEMP B-TREE"), "{free}");
    }
}
