//! Columns: items and what moved them, as flat arrays that a report reads in one pass.
//!
//! Invariants: movements stand in the order of the log, so that *known up to a position* is a
//! prefix; the signed movements of an item up to a date are what was open on it on that date
//! (debits positive, credits negative). A movement is never changed: an undo is one more.

use super::Day;
use super::dictionary::Dictionary;
use crate::allocation::LinkKind;
use crate::book::Counts;
use crate::document::{DocumentKind, Side};
use crate::journal::Control;
use crate::record::Position;
use crate::rows::{ItemRow, LinkRow, LinkSide};
use crate::values::*;

/// Items and movements of a whole book, or of some accounts of it.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    accounts: Dictionary<AccountId>,
    ids: Dictionary<ItemId>,
    currencies: Vec<Currency>,
    controls: Vec<Control>,
    items: Items,
    movements: Movements,
    /// Whether sides of settlements on items that are not here are left out.
    part: bool,
}

/// One entry per item, in the order of the log.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// Account, as its number in [`Columns::accounts`].
    pub account: Vec<u32>,
    /// Currency, as its place in [`Columns::currencies`].
    pub currency: Vec<u8>,
    /// Control account, as its place in [`Columns::controls`].
    pub control: Vec<u16>,
    /// Debit or credit.
    pub side: Vec<Side>,
    /// Kind of its document.
    pub kind: Vec<DocumentKind>,
    /// Accounting date.
    pub date: Vec<Day>,
    /// Document date.
    pub document_date: Vec<Day>,
    /// Due date.
    pub due: Vec<Day>,
    /// The day it ages from: its due date, or that of the debt it came from.
    pub aged_from: Vec<Day>,
    /// Its first movement: the one that made it.
    pub made: Vec<u32>,
    /// Items that do not count for everything, in order.
    partly: Vec<(u32, Counts)>,
    /// Items of an order, in order.
    ordered: Vec<(u32, OrderId)>,
}

impl Items {
    /// What an item counts for beyond the ledger.
    #[must_use]
    pub fn counts(&self, item: usize) -> Counts {
        let Ok(item) = u32::try_from(item) else { return Counts::FULL };
        let found = self.partly.binary_search_by_key(&item, |(at, _)| *at);
        found.ok().and_then(|at| self.partly.get(at)).map_or(Counts::FULL, |(_, counts)| *counts)
    }

    /// The order that a debit bills or that a credit is kept for.
    #[must_use]
    pub fn order(&self, item: usize) -> Option<&OrderId> {
        let item = u32::try_from(item).ok()?;
        let found = self.ordered.binary_search_by_key(&item, |(at, _)| *at);
        found.ok().and_then(|at| self.ordered.get(at)).map(|(_, order)| order)
    }
}

/// One entry per movement of an item's open amount, in the order of the log: its making, each
/// settlement, each undo of one.
#[derive(Clone, Debug, Default)]
pub struct Movements {
    /// The item, by its place.
    pub item: Vec<u32>,
    /// Accounting date.
    pub date: Vec<Day>,
    /// Where its event stands in the log.
    pub position: Vec<Position>,
    /// Signed minor units: what makes the customer owe more is positive.
    pub minor: Vec<i64>,
    /// What moved it.
    pub cause: Vec<Cause>,
    /// Signed minor units of base currency. May be shorter than the other columns: what is
    /// missing at the end is zero.
    base: Vec<i64>,
    /// Discount, tolerance and withholding, by movement, where a settlement has any.
    parts: Vec<(u32, Parts)>,
}

/// What moved an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// It was made.
    Made,
    /// A settlement, or its undo.
    Settled {
        /// Of what kind.
        kind: LinkKind,
        /// Whether the other side stands on another account.
        across: bool,
        /// Whether this is the undo.
        undo: bool,
    },
}

/// What a settlement took off a debit item beyond the credit: each positive, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Early-payment discount.
    pub discount: i64,
    /// Tolerance.
    pub tolerance: i64,
    /// Withholding.
    pub withholding: i64,
}

/// Why a row does not fit the columns: the store hands rows that no log gives. Fail closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnsError {
    /// The row comes before one that is there.
    #[error("a row of position {position} comes after one of position {last}")]
    OutOfOrder {
        /// Its position.
        position: Position,
        /// The last position there is.
        last: Position,
    },
    /// The item is there already.
    #[error("item {0} comes twice")]
    ItemTwice(ItemId),
    /// A settlement names an item that is not there.
    #[error("a settlement names item {0}, which is not there")]
    ItemUnknown(ItemId),
    /// More rows than the columns can number.
    #[error("the columns are full")]
    Full,
}

impl Columns {
    /// Columns of a whole book: a settlement of an item that is not there is an error.
    #[must_use]
    pub fn of_book() -> Self {
        Self::default()
    }

    /// Columns of some accounts: sides of settlements on other accounts' items are left out.
    #[must_use]
    pub fn of_accounts() -> Self {
        Self { part: true, ..Self::default() }
    }

    /// Columns from rows in any order. `part` says whether these are some accounts only.
    ///
    /// # Errors
    /// [`ColumnsError`].
    pub fn from_rows(items: &[ItemRow], links: &[LinkRow], part: bool) -> Result<Self, ColumnsError> {
        enum Row<'a> {
            Item(&'a ItemRow),
            Link(&'a LinkRow),
            Undo(&'a LinkRow, Date),
        }
        let mut rows: Vec<(Position, u8, Row<'_>)> =
            Vec::with_capacity(items.len().saturating_add(links.len()));
        rows.extend(items.iter().map(|item| (item.position, 0, Row::Item(item))));
        for link in links {
            rows.push((link.position, 1, Row::Link(link)));
            rows.extend(link.undone.map(|(date, position)| (position, 2, Row::Undo(link, date))));
        }
        rows.sort_by_key(|(position, order, _)| (*position, *order));
        let mut all = Self { part, ..Self::default() };
        for (position, _, row) in rows {
            match row {
                Row::Item(item) => all.push_item(item)?,
                Row::Link(link) => all.push_link(link)?,
                Row::Undo(link, date) => all.push_undo(link, date, position)?,
            }
        }
        Ok(all)
    }

    /// Adds an item and the movement that made it.
    ///
    /// # Errors
    /// [`ColumnsError`].
    pub fn push_item(&mut self, row: &ItemRow) -> Result<(), ColumnsError> {
        self.in_order(row.position)?;
        let made = self.movements.next()?;
        let account = self.accounts.intern(&row.account).ok_or(ColumnsError::Full)?;
        let currency = place_of(&mut self.currencies, &row.currency)?;
        let control = place_of(&mut self.controls, &row.control)?;
        let item = self.ids.add(row.item.clone()).ok_or_else(|| ColumnsError::ItemTwice(row.item.clone()))?;
        let items = &mut self.items;
        items.account.push(account);
        items.currency.push(currency);
        items.control.push(control);
        items.side.push(row.side);
        items.kind.push(row.kind);
        items.date.push(row.date.into());
        items.document_date.push(row.document_date.into());
        items.due.push(row.due.into());
        items.aged_from.push(row.aged_from.unwrap_or(row.due).into());
        items.made.push(made);
        if !row.counts.is_full() {
            items.partly.push((item, row.counts));
        }
        items.ordered.extend(row.order.clone().map(|order| (item, order)));
        let sign = match row.side {
            Side::Debit => 1,
            Side::Credit => -1,
        };
        self.movements.push(
            item,
            row.date.into(),
            row.position,
            (row.original.saturating_mul(sign), row.base_original.unwrap_or(0).saturating_mul(sign)),
            Cause::Made,
        )
    }

    /// Adds the movements of a settlement: one per side.
    ///
    /// # Errors
    /// [`ColumnsError`].
    pub fn push_link(&mut self, row: &LinkRow) -> Result<(), ColumnsError> {
        self.push_sides(row, row.date, row.position, false)
    }

    /// Adds the movements of a settlement's undo: one per side.
    ///
    /// # Errors
    /// [`ColumnsError`].
    pub fn push_undo(&mut self, row: &LinkRow, date: Date, position: Position) -> Result<(), ColumnsError> {
        self.push_sides(row, date, position, true)
    }

    fn push_sides(
        &mut self,
        row: &LinkRow,
        date: Date,
        position: Position,
        undo: bool,
    ) -> Result<(), ColumnsError> {
        self.in_order(position)?;
        let across = match (&row.credit, &row.debit) {
            (Some(credit), Some(debit)) => credit.account != debit.account,
            _ => false,
        };
        let cause = Cause::Settled { kind: row.kind, across, undo };
        let back = if undo { -1 } else { 1 };
        let parts = Parts { discount: row.discount, tolerance: row.tolerance, withholding: row.withholding };
        let halves = [(&row.credit, 1_i64, Parts::default()), (&row.debit, -1, parts)];
        for (half, sign, parts) in halves {
            let Some(LinkSide { item, amount, base, revalued, .. }) = half else { continue };
            let Some(number) = self.ids.find(item) else {
                if self.part {
                    continue;
                }
                return Err(ColumnsError::ItemUnknown(item.clone()));
            };
            let sign = sign.saturating_mul(back);
            let carried = base.unwrap_or(0).saturating_add(*revalued);
            let figures = (amount.saturating_mul(sign), carried.saturating_mul(sign));
            if parts != Parts::default() {
                let next = self.movements.next()?;
                self.movements.parts.push((next, parts));
            }
            self.movements.push(number, date.into(), position, figures, cause)?;
        }
        Ok(())
    }

    fn in_order(&self, position: Position) -> Result<(), ColumnsError> {
        match self.movements.position.last() {
            Some(&last) if position < last => Err(ColumnsError::OutOfOrder { position, last }),
            _ => Ok(()),
        }
    }

    /// Accounts by number.
    #[must_use]
    pub fn accounts(&self) -> &[AccountId] {
        self.accounts.values()
    }

    /// The number of an account that has items here.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<u32> {
        self.accounts.find(id)
    }

    /// Item ids by place.
    #[must_use]
    pub fn ids(&self) -> &[ItemId] {
        self.ids.values()
    }

    /// The place of an item.
    #[must_use]
    pub fn item(&self, id: &ItemId) -> Option<usize> {
        usize::try_from(self.ids.find(id)?).ok()
    }

    /// Currencies by place, in the order they came.
    #[must_use]
    pub fn currencies(&self) -> &[Currency] {
        &self.currencies
    }

    /// Control accounts by place, in the order they came.
    #[must_use]
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// The items.
    #[must_use]
    pub const fn items(&self) -> &Items {
        &self.items
    }

    /// The movements.
    #[must_use]
    pub const fn movements(&self) -> &Movements {
        &self.movements
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.due.len()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.due.is_empty()
    }

    /// Bytes taken by the items and by the movements, without ids longer than 24 characters.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize) {
        let per_item = size_of::<(u32, u32)>()
            .saturating_add(size_of::<(Side, DocumentKind, u8, u8)>())
            .saturating_add(size_of::<(Day, Day, Day, Day, u16)>());
        let partly = self.items.partly.capacity().saturating_mul(size_of::<(u32, Counts)>());
        let ordered = self.items.ordered.capacity().saturating_mul(size_of::<(u32, OrderId)>());
        let items = self.items.due.capacity().saturating_mul(per_item).saturating_add(partly);
        let items = items.saturating_add(ordered);
        let ids = self.ids.bytes().saturating_add(self.accounts.bytes());
        (items.saturating_add(ids), self.movements.bytes())
    }
}

impl Movements {
    fn next(&self) -> Result<u32, ColumnsError> {
        u32::try_from(self.item.len()).map_err(|_| ColumnsError::Full)
    }

    fn push(
        &mut self,
        item: u32,
        date: Day,
        position: Position,
        (minor, base): (i64, i64),
        cause: Cause,
    ) -> Result<(), ColumnsError> {
        self.next()?;
        if base != 0 {
            self.base.resize(self.item.len(), 0);
            self.base.push(base);
        }
        self.item.push(item);
        self.date.push(date);
        self.position.push(position);
        self.minor.push(minor);
        self.cause.push(cause);
        Ok(())
    }

    /// Number of movements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.item.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.item.is_empty()
    }

    /// How many movements are known up to a position: a prefix.
    #[must_use]
    pub fn known(&self, known: Position) -> usize {
        match self.position.last() {
            Some(&last) if last <= known => self.position.len(),
            _ => self.position.partition_point(|position| *position <= known),
        }
    }

    /// Signed minor units of base currency of a movement.
    #[must_use]
    pub fn base(&self, movement: usize) -> i64 {
        self.base.get(movement).copied().unwrap_or(0)
    }

    /// The signed minor units of base currency of all movements.
    pub fn bases(&self) -> impl Iterator<Item = i64> + '_ {
        self.base.iter().copied().chain(std::iter::repeat(0)).take(self.len())
    }

    /// Discount, tolerance and withholding of a movement.
    #[must_use]
    pub fn parts(&self, movement: u32) -> Parts {
        let found = self.parts.binary_search_by_key(&movement, |(at, _)| *at);
        found.ok().and_then(|at| self.parts.get(at)).map(|(_, parts)| *parts).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        let each = size_of::<(Position, i64, u32)>()
            .saturating_add(size_of::<Day>())
            .saturating_add(size_of::<Cause>());
        let rows = self.item.capacity().saturating_mul(each);
        let base = self.base.capacity().saturating_mul(size_of::<i64>());
        let parts = self.parts.capacity().saturating_mul(size_of::<(u32, Parts)>());
        rows.saturating_add(base).saturating_add(parts)
    }
}

/// The place of a value in a short list, which it joins when it is not there.
pub(super) fn place_of<T, N>(list: &mut Vec<T>, value: &T) -> Result<N, ColumnsError>
where
    T: PartialEq + Clone,
    N: TryFrom<usize>,
{
    let at = list.iter().position(|known| known == value).unwrap_or(list.len());
    let place = N::try_from(at).map_err(|_| ColumnsError::Full)?;
    if at == list.len() {
        list.push(value.clone());
    }
    Ok(place)
}
