//! Open items by filter, page by page, and the status of an item (INV-22).
//!
//! Status is derived from figures and a date and stored nowhere. A page ends in a cursor, the id
//! of its last item; the page after it begins behind that item whatever was recorded meanwhile.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use super::filter::{AccountFilter, has_all};
use super::fold::{Mask, base_open_on, currency, open_on, original};
use super::view::{PAGE_MAX, page};
use super::{AsOf, Columns, Day, QueryError, View};
use crate::book::Counts;
use crate::document::{DocumentKind, Side};
use crate::record::Position;
use crate::rows::{DocumentRow, ItemRow};
use crate::terms::DiscountTier;
use crate::values::*;

/// How far an item is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Nothing is settled.
    Open,
    /// Something is settled and something is open.
    PartPaid,
    /// Nothing is open.
    Paid,
}

/// How an item stands on a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// How far it is settled.
    pub settlement: Settlement,
    /// Whether something is open beyond its due date. Due today is not overdue.
    pub overdue: bool,
}

/// The status of an item from its figures, the same for debits and credits: paid when nothing is
/// open, open when everything is, part-paid between. Total: every pair of figures has one answer.
///
/// ```
/// use ar_core::{Date, query::{Settlement, status}};
/// let due = Date::parse("2026-03-31")?;
/// let part = status(40_00, 100_00, due, due.add_days(1)?);
/// assert_eq!((part.settlement, part.overdue), (Settlement::PartPaid, true));
/// assert!(!status(40_00, 100_00, due, due).overdue, "due today is not overdue");
/// assert_eq!(status(0, 0, due, due).settlement, Settlement::Paid);
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[must_use]
pub fn status(open: i64, original: i64, due: Date, as_of: Date) -> Status {
    let (open, original) = (open.unsigned_abs(), original.unsigned_abs());
    let settlement = match open {
        0 => Settlement::Paid,
        _ if open >= original => Settlement::Open,
        _ => Settlement::PartPaid,
    };
    Status { settlement, overdue: open > 0 && due < as_of }
}

/// Which items to list. An absent field asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// What their accounts must be.
    pub accounts: AccountFilter,
    /// Their currency.
    pub currency: Option<Currency>,
    /// Debits or credits.
    pub side: Option<Side>,
    /// One of these kinds; empty means any.
    pub kinds: Vec<DocumentKind>,
    /// Due in this span.
    pub due: Option<DateRange>,
    /// Document date in this span.
    pub document_date: Option<DateRange>,
    /// Only debits that are overdue.
    pub overdue: bool,
    /// Whether they count for credit.
    pub counts_for_credit: Option<bool>,
    /// Whether they count for dunning.
    pub counts_for_dunning: Option<bool>,
    /// Of this order: debits that bill it, credits that are kept for it.
    pub order: Option<OrderId>,
    /// Pairs that their document must have, all of them.
    pub attributes: Attributes,
}

/// The order of a list of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemOrder {
    /// Due date, document date, id: the order in which they are settled.
    #[default]
    Due,
    /// Id.
    Id,
}

/// One page of open items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenItemsPage {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// The items.
    pub items: Vec<OpenItem>,
    /// What to ask the next page after; absent on the last page.
    pub next: Option<ItemId>,
}

/// An open item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenItem {
    /// Its account.
    pub account: AccountId,
    /// Its id.
    pub item: ItemId,
    /// Its document's kind.
    pub kind: DocumentKind,
    /// Debit or credit.
    pub side: Side,
    /// Its currency.
    pub currency: Currency,
    /// Document date.
    pub document_date: Date,
    /// Accounting date.
    pub date: Date,
    /// Due date.
    pub due: Date,
    /// Original amount; credits negative.
    pub original: Amount,
    /// What is open of it; credits negative.
    pub open: Amount,
    /// The same in base currency, where the item carries a base amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_open: Option<Amount>,
    /// How far it is settled.
    pub status: Settlement,
    /// Whether it is a debit beyond its due date.
    pub overdue: bool,
    /// Days since the due date; negative before it.
    pub days: i32,
    /// What it counts for beyond the ledger, where its reason says that it does not count for
    /// everything.
    #[serde(skip_serializing_if = "Counts::is_full")]
    pub counts: Counts,
    /// The order that it bills, of a debit; the order that it is kept for, of a credit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Discounts for paying early.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<DiscountTier>,
    /// Purchase order number or bank reference of its document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
    /// Free pairs of its document.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// Open items by filter, at most `limit` after a cursor.
///
/// # Errors
/// The store's, [`QueryError::Page`], [`QueryError::Cursor`].
pub fn open_items<V: View>(
    view: &V,
    as_of: AsOf,
    filter: &ItemFilter,
    order: ItemOrder,
    after: Option<&ItemId>,
    limit: usize,
) -> Result<OpenItemsPage, QueryError<V::Error>> {
    let limit = page(limit)?;
    let as_of = as_of.within(view);
    let scope = filter.accounts.resolved(view, as_of)?;
    let columns = view.columns(&scope).map_err(QueryError::Store)?;
    let open = open_on(&columns, as_of);
    let mask = Mask::of(&columns, &scope);
    let cursor = after.map(|id| key_of_cursor(&columns, id, order)).transpose()?;
    let mut rest: Vec<usize> = open
        .iter()
        .enumerate()
        .filter(|(item, open)| **open != 0 && admits(&columns, *item, filter, &mask, as_of))
        .map(|(item, _)| item)
        .filter(|item| cursor.as_ref().is_none_or(|cursor| key(&columns, *item, order) > Some(*cursor)))
        .collect();
    let wanted = limit.saturating_add(1);
    let mut found: Vec<(usize, DocumentRow)> = Vec::with_capacity(wanted);
    while found.len() < wanted && !rest.is_empty() {
        let chunk = smallest(&columns, &mut rest, order, wanted.max(PAGE_MAX / 4));
        let documents = documents_of(view, &columns, &chunk)?;
        for item in chunk {
            let document = columns.ids().get(item).and_then(|id| documents.get(id.document()));
            if let Some(document) = document
                && has_all(&document.attributes, &filter.attributes)
                && found.len() < wanted
            {
                found.push((item, document.clone()));
            }
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).and_then(|(item, _)| columns.ids().get(*item)).cloned();
    let base = view.config().map_err(QueryError::Store)?.map(|config| config.base);
    let rows = item_rows(view, &columns, &found)?;
    let base_open = base_open_on(&columns, as_of);
    let items = found.into_iter().filter_map(|(item, document)| {
        let row = rows.get(columns.ids().get(item)?)?;
        let base_open = base.and_then(|base| {
            row.base_original?;
            Some(Amount::from_minor(*base_open.get(item)?, base.exponent()))
        });
        open_item(&columns, item, *open.get(item)?, base_open, row, document, as_of)
    });
    Ok(OpenItemsPage { as_of: as_of.effective, known: as_of.known, items: items.collect(), next })
}

/// What an item is ordered by.
type Key<'a> = (Day, Day, &'a ItemId);

fn key(columns: &Columns, item: usize, order: ItemOrder) -> Option<Key<'_>> {
    let (due, document_date) = (columns.items().due.get(item)?, columns.items().document_date.get(item)?);
    let id = columns.ids().get(item)?;
    Some(match order {
        ItemOrder::Due => (*due, *document_date, id),
        ItemOrder::Id => (Day::MAX, Day::MAX, id),
    })
}

fn key_of_cursor<'a, E>(
    columns: &'a Columns,
    cursor: &'a ItemId,
    order: ItemOrder,
) -> Result<Key<'a>, QueryError<E>> {
    match (order, columns.item(cursor)) {
        (ItemOrder::Id, _) => Some((Day::MAX, Day::MAX, cursor)),
        (ItemOrder::Due, Some(item)) => key(columns, item, order),
        (ItemOrder::Due, None) => None,
    }
    .ok_or_else(|| QueryError::Cursor(cursor.to_string()))
}

fn admits(columns: &Columns, item: usize, filter: &ItemFilter, mask: &Mask, as_of: AsOf) -> bool {
    let items = columns.items();
    let fits = || {
        let (account, side) = (*items.account.get(item)?, *items.side.get(item)?);
        let (kind, due) = (*items.kind.get(item)?, *items.due.get(item)?);
        let document_date = items.document_date.get(item)?.date();
        let currency = currency(columns, item)?;
        let counts = items.counts(item);
        Some(
            mask.has(account)
                && filter.currency.is_none_or(|wanted| wanted == currency)
                && filter.side.is_none_or(|wanted| wanted == side)
                && (filter.kinds.is_empty() || filter.kinds.contains(&kind))
                && filter.counts_for_credit.is_none_or(|wanted| wanted == counts.credit)
                && filter.counts_for_dunning.is_none_or(|wanted| wanted == counts.dunning)
                && filter.order.as_ref().is_none_or(|wanted| items.order(item) == Some(wanted))
                && filter.due.is_none_or(|span| span.contains(due.date()))
                && filter.document_date.is_none_or(|span| span.contains(document_date))
                && (!filter.overdue || (side == Side::Debit && due < Day::from(as_of.effective))),
        )
    };
    fits().unwrap_or(false)
}

/// Takes the first items in order out of the rest.
fn smallest(columns: &Columns, rest: &mut Vec<usize>, order: ItemOrder, count: usize) -> Vec<usize> {
    if count < rest.len() {
        rest.select_nth_unstable_by(count, |a, b| key(columns, *a, order).cmp(&key(columns, *b, order)));
    }
    let behind = rest.split_off(count.min(rest.len()));
    let mut first = std::mem::replace(rest, behind);
    first.sort_unstable_by(|a, b| key(columns, *a, order).cmp(&key(columns, *b, order)));
    first
}

fn documents_of<V: View>(
    view: &V,
    columns: &Columns,
    items: &[usize],
) -> Result<BTreeMap<DocumentId, DocumentRow>, QueryError<V::Error>> {
    let ids = items.iter().filter_map(|item| columns.ids().get(*item)).map(|id| id.document().clone());
    let rows = view.documents_by_id(&ids.collect()).map_err(QueryError::Store)?;
    Ok(rows.into_iter().map(|row| (row.document.clone(), row)).collect())
}

fn item_rows<V: View>(
    view: &V,
    columns: &Columns,
    items: &[(usize, DocumentRow)],
) -> Result<BTreeMap<ItemId, ItemRow>, QueryError<V::Error>> {
    let ids: BTreeSet<ItemId> =
        items.iter().filter_map(|(item, _)| columns.ids().get(*item)).cloned().collect();
    let rows = view.items_by_id(&ids).map_err(QueryError::Store)?;
    Ok(rows.into_iter().map(|row| (row.item.clone(), row)).collect())
}

fn open_item(
    columns: &Columns,
    item: usize,
    open: i64,
    base_open: Option<Amount>,
    row: &ItemRow,
    document: DocumentRow,
    as_of: AsOf,
) -> Option<OpenItem> {
    let original = original(columns, item)?;
    let Status { settlement, overdue } = status(open, original, row.due, as_of.effective);
    let exponent = row.currency.exponent();
    let signed = if row.side == Side::Credit { original.saturating_neg() } else { original };
    Some(OpenItem {
        account: row.account.clone(),
        item: row.item.clone(),
        kind: row.kind,
        side: row.side,
        currency: row.currency,
        document_date: row.document_date,
        date: row.date,
        due: row.due,
        original: Amount::from_minor(signed, exponent),
        open: Amount::from_minor(open, exponent),
        base_open,
        status: settlement,
        overdue: overdue && row.side == Side::Debit,
        days: row.due.days_until(as_of.effective),
        counts: row.counts,
        order: row.order.clone(),
        discounts: row.discounts.clone(),
        reference: document.text_reference,
        attributes: document.attributes,
    })
}
