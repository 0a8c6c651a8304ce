//! Aging: what is open on a date, by how long it is overdue (INV-40, INV-41).
//!
//! Invariant: every open item is in exactly one column, and the columns add up to everything open.
//! Due today is not overdue. Credits, and everything on the suspense account, stand in a column of
//! their own and are never set against a bucket, so that the total never depends on the basis.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::fold::{Mask, account, add, amount, by_code, currency, exists, open_on};
use super::{AsOf, Buckets, Columns, Day, QueryError, Scope, View};
use crate::document::{DocumentKind, Side};
use crate::payment::SUSPENSE;
use crate::record::Position;
use crate::values::*;

/// From which date days are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Days since the due date: days overdue. What was rescheduled or charged back, by the due date of
    /// the debt it came from.
    #[default]
    Due,
    /// Days since the due date agreed last.
    AgreedDue,
    /// Days since the document date.
    Document,
    /// Days since the accounting date.
    Accounting,
}

/// How to age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgingBy {
    /// The buckets.
    pub buckets: Buckets,
    /// Due date or document date.
    pub basis: Basis,
    /// Which accounts.
    pub scope: Scope,
}

/// Aging, by currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Aging {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// Due date or document date.
    pub basis: Basis,
    /// In the order of currency codes.
    pub currencies: Vec<AgingTotals>,
}

/// What is open in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgingTotals {
    /// The currency.
    pub currency: Currency,
    /// Debit items with something open.
    pub open_items: u64,
    /// What is open on debit items, by bucket.
    pub buckets: Vec<AgingBucket>,
    /// What is open on credit items and on the suspense account; credits negative.
    pub unapplied: Amount,
    /// Buckets and unapplied.
    pub total: Amount,
    /// By account, where asked for: accounts with an open item of either side, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<AgingAccount>>,
    /// By item, where asked for: items with something open, by account, due date, document date
    /// and id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<AgingItem>>,
}

/// What is open in one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgingBucket {
    /// `current`, `1-30`, `91+`.
    pub label: String,
    /// First day; absent where there is none.
    pub from: Option<i32>,
    /// Last day; absent where there is none.
    pub to: Option<i32>,
    /// What is open.
    pub amount: Amount,
}

/// One account in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgingAccount {
    /// The account.
    pub account: AccountId,
    /// Debit items with something open.
    pub open_items: u64,
    /// What is open on debit items, by bucket.
    pub buckets: Vec<AgingBucket>,
    /// What is open on credit items; negative.
    pub unapplied: Amount,
    /// Buckets and unapplied.
    pub total: Amount,
}

/// One open item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgingItem {
    /// The account.
    pub account: AccountId,
    /// The item.
    pub item: ItemId,
    /// Its document's kind.
    pub kind: DocumentKind,
    /// Document date.
    pub document_date: Date,
    /// Due date.
    pub due: Date,
    /// Days since the due date (or document date); negative before it.
    pub days: i32,
    /// The label of its bucket, or `unapplied`.
    pub bucket: String,
    /// What is open; credits negative.
    pub open: Amount,
}

/// Aging of all accounts asked for.
///
/// # Errors
/// The store's, and [`QueryError::OutOfRange`].
pub fn aging<V: View>(view: &V, as_of: AsOf, by: &AgingBy) -> Result<Aging, QueryError<V::Error>> {
    let columns = view.columns(&by.scope).map_err(QueryError::Store)?;
    aging_of(&columns, as_of.within(view), by)
}

/// The fold behind [`aging`], for columns at hand.
///
/// # Errors
/// [`QueryError::OutOfRange`].
pub fn aging_of<E>(columns: &Columns, as_of: AsOf, by: &AgingBy) -> Result<Aging, QueryError<E>> {
    Ager::new(columns, as_of, by).summary()
}

/// Aging by account.
///
/// # Errors
/// The store's, and [`QueryError::OutOfRange`].
pub fn aging_by_account<V: View>(view: &V, as_of: AsOf, by: &AgingBy) -> Result<Aging, QueryError<V::Error>> {
    let columns = view.columns(&by.scope).map_err(QueryError::Store)?;
    let as_of = as_of.within(view);
    let ager = Ager::new(&columns, as_of, by);
    let mut tables: Vec<Lanes> =
        columns.currencies().iter().map(|_| Lanes::new(columns.accounts().len(), ager.lanes())).collect();
    ager.each(|open, currency, lane, account| {
        if let Some(table) = tables.get_mut(currency) {
            table.add(account, lane, open);
        }
    });
    let mut all = ager.summary()?;
    for totals in &mut all.currencies {
        let place = columns.currencies().iter().position(|c| *c == totals.currency);
        let mut accounts = Vec::new();
        for (number, open_items, sums) in place.and_then(|p| tables.get(p)).iter().flat_map(|t| t.rows()) {
            let Some(account) = columns.accounts().get(number) else { continue };
            let AgingTotals { open_items, buckets, unapplied, total, .. } =
                ager.totals(totals.currency, open_items, sums)?;
            accounts.push(AgingAccount { account: account.clone(), open_items, buckets, unapplied, total });
        }
        accounts.sort_by(|a, b| a.account.cmp(&b.account));
        totals.accounts = Some(accounts);
    }
    Ok(all)
}

/// Aging by item.
///
/// # Errors
/// The store's, and [`QueryError::OutOfRange`].
pub fn aging_by_item<V: View>(view: &V, as_of: AsOf, by: &AgingBy) -> Result<Aging, QueryError<V::Error>> {
    let columns = view.columns(&by.scope).map_err(QueryError::Store)?;
    let as_of = as_of.within(view);
    let ager = Ager::new(&columns, as_of, by);
    let mut all = ager.summary()?;
    let mut rows: BTreeMap<Currency, Vec<AgingItem>> = BTreeMap::new();
    let dates = ager.dates().iter().zip(&columns.items().due).zip(&columns.items().document_date);
    for (item, (open, ((from, due), document_date))) in ager.open.iter().zip(dates).enumerate() {
        let Some((lane, account)) = ager.lane_of(item, *open) else { continue };
        let (Some(id), Some(kind)) = (columns.ids().get(item), columns.items().kind.get(item)) else {
            continue;
        };
        let Some(currency) = currency(&columns, item) else { continue };
        let unapplied = lane == by.buckets.count();
        rows.entry(currency).or_default().push(AgingItem {
            account: account.clone(),
            item: id.clone(),
            kind: *kind,
            document_date: document_date.date(),
            due: due.date(),
            days: from.days_until(as_of.effective.into()),
            bucket: if unapplied { "unapplied".to_owned() } else { by.buckets.label(lane) },
            open: Amount::from_minor(*open, currency.exponent()),
        });
    }
    for totals in &mut all.currencies {
        let mut items = rows.remove(&totals.currency).unwrap_or_default();
        items.sort_by(|a, b| {
            (&a.account, a.due, a.document_date, &a.item).cmp(&(&b.account, b.due, b.document_date, &b.item))
        });
        totals.items = Some(items);
    }
    Ok(all)
}

/// One question over one set of columns: open amounts, and the lane of every item. Lanes are the
/// buckets and, last, the unapplied column.
struct Ager<'a> {
    columns: &'a Columns,
    as_of: AsOf,
    by: &'a AgingBy,
    open: Vec<i64>,
    table: Vec<u8>,
    mask: Mask,
    suspense: Option<u32>,
}

impl<'a> Ager<'a> {
    fn new(columns: &'a Columns, as_of: AsOf, by: &'a AgingBy) -> Self {
        let suspense = AccountId::parse(SUSPENSE).ok().and_then(|id| columns.account(&id));
        Self {
            columns,
            as_of,
            by,
            open: open_on(columns, as_of),
            table: by.buckets.table(as_of.effective.into()),
            mask: Mask::of(columns, &by.scope),
            suspense,
        }
    }

    fn summary<E>(&self) -> Result<Aging, QueryError<E>> {
        let (lanes, known) = (self.lanes(), self.columns.currencies());
        let mut totals = vec![0_i128; known.len().saturating_mul(lanes)];
        let mut counts = vec![0_u64; known.len()];
        self.each(|open, currency, lane, _| {
            if let Some(total) = totals.get_mut(currency.saturating_mul(lanes).saturating_add(lane)) {
                add(total, open);
            }
            if open > 0
                && let Some(count) = counts.get_mut(currency)
            {
                *count = count.saturating_add(1);
            }
        });
        let mut currencies = Vec::new();
        for (place, currency) in by_code(known) {
            let start = place.saturating_mul(lanes);
            let sums = totals.get(start..start.saturating_add(lanes)).unwrap_or_default();
            let open_items = counts.get(place).copied().unwrap_or(0);
            if open_items > 0 || sums.iter().any(|sum| *sum != 0) || self.seen(place) {
                currencies.push(self.totals(currency, open_items, sums)?);
            }
        }
        let (as_of, known) = (self.as_of.effective, self.as_of.known);
        Ok(Aging { as_of, known, basis: self.by.basis, currencies })
    }

    fn lanes(&self) -> usize {
        self.by.buckets.count().saturating_add(1)
    }

    fn dates(&self) -> &'a [Day] {
        match self.by.basis {
            Basis::Due => &self.columns.items().aged_from,
            Basis::AgreedDue => &self.columns.items().due,
            Basis::Document => &self.columns.items().document_date,
            Basis::Accounting => &self.columns.items().date,
        }
    }

    /// Calls `add` with the signed open amount, the place of the currency, the lane and the account
    /// of every open item.
    fn each(&self, mut add: impl FnMut(i64, usize, usize, u32)) {
        let items = self.columns.items();
        let unapplied = self.by.buckets.count();
        let keys = items.currency.iter().zip(&items.side).zip(&items.account);
        for ((open, date), ((currency, side), account)) in self.open.iter().zip(self.dates()).zip(keys) {
            if *open == 0 || !self.mask.has(*account) {
                continue;
            }
            let lane = if *side == Side::Credit || Some(*account) == self.suspense {
                unapplied
            } else {
                self.table.get(date.index()).copied().map_or(0, usize::from)
            };
            add(*open, usize::from(*currency), lane, *account);
        }
    }

    fn lane_of(&self, item: usize, open: i64) -> Option<(usize, &'a AccountId)> {
        let items = self.columns.items();
        let number = *items.account.get(item)?;
        if open == 0 || !self.mask.has(number) {
            return None;
        }
        let account = account(self.columns, item)?;
        if *items.side.get(item)? == Side::Credit || Some(number) == self.suspense {
            return Some((self.by.buckets.count(), account));
        }
        let day = self.dates().get(item)?;
        Some((usize::from(*self.table.get(day.index())?), account))
    }

    /// Whether anything in a currency exists on the day, settled or not.
    fn seen(&self, place: usize) -> bool {
        let items = self.columns.items();
        let mut of_currency = items.currency.iter().zip(&items.account).enumerate();
        of_currency.any(|(item, (currency, account))| {
            usize::from(*currency) == place
                && self.mask.has(*account)
                && exists(self.columns, item, self.as_of)
        })
    }

    fn totals<E>(
        &self,
        currency: Currency,
        open_items: u64,
        sums: &[i128],
    ) -> Result<AgingTotals, QueryError<E>> {
        let total = sums.iter().fold(0_i128, |total, sum| total.saturating_add(*sum));
        let mut buckets = Vec::with_capacity(self.by.buckets.count());
        for (bucket, sum) in sums.iter().take(self.by.buckets.count()).enumerate() {
            let (from, to) = self.by.buckets.bounds(bucket);
            let amount = amount(*sum, currency, "a bucket")?;
            buckets.push(AgingBucket { label: self.by.buckets.label(bucket), from, to, amount });
        }
        let unapplied = sums.last().copied().unwrap_or(0);
        Ok(AgingTotals {
            currency,
            open_items,
            buckets,
            unapplied: amount(unapplied, currency, "unapplied credits")?,
            total: amount(total, currency, "an aging")?,
            accounts: None,
            items: None,
        })
    }
}

/// Lanes by account of one currency, with room only for accounts that have something open.
struct Lanes {
    lanes: usize,
    /// Row of each account, or `u32::MAX`.
    row: Vec<u32>,
    account: Vec<u32>,
    count: Vec<u64>,
    sums: Vec<i128>,
}

impl Lanes {
    fn new(accounts: usize, lanes: usize) -> Self {
        let row = vec![u32::MAX; accounts];
        Self { lanes, row, account: Vec::new(), count: Vec::new(), sums: Vec::new() }
    }

    fn add(&mut self, account: u32, lane: usize, open: i64) {
        let Some(row) = usize::try_from(account).ok().and_then(|at| self.row.get_mut(at)) else { return };
        if *row == u32::MAX {
            *row = u32::try_from(self.account.len()).unwrap_or(u32::MAX);
            self.account.push(account);
            self.count.push(0);
            self.sums.resize(self.sums.len().saturating_add(self.lanes), 0);
        }
        let Ok(row) = usize::try_from(*row) else { return };
        if let Some(sum) = self.sums.get_mut(row.saturating_mul(self.lanes).saturating_add(lane)) {
            add(sum, open);
        }
        if open > 0
            && let Some(count) = self.count.get_mut(row)
        {
            *count = count.saturating_add(1);
        }
    }

    fn rows(&self) -> impl Iterator<Item = (usize, u64, &[i128])> {
        let sums = self.sums.chunks_exact(self.lanes.max(1));
        let keys = self.account.iter().zip(&self.count).zip(sums);
        keys.filter_map(|((account, count), sums)| Some((usize::try_from(*account).ok()?, *count, sums)))
    }
}
