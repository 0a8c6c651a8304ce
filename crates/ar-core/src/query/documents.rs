//! Documents by filter, page by page.
//!
//! What is open on a document is what is open on its items. Whether it was voided or reversed is
//! read from its items' movements, so that an earlier question keeps its answer (INV-39).

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::filter::{AccountFilter, has_all};
use super::fold::{account, add, amount, exists, open_on};
use super::open_items::{Settlement, status};
use super::view::{PAGE_MAX, page};
use super::{AsOf, Cause, Columns, Day, QueryError, Scope, View};
use crate::allocation::LinkKind;
use crate::document::{DocumentKind, Side};
use crate::payment::SUSPENSE;
use crate::record::Position;
use crate::rows::DocumentRow;
use crate::values::*;

/// Which documents to list. An absent field asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// What their accounts must be.
    pub accounts: AccountFilter,
    /// Their currency.
    pub currency: Option<Currency>,
    /// One of these kinds; empty means any.
    pub kinds: Vec<DocumentKind>,
    /// Document date in this span.
    pub document_date: Option<DateRange>,
    /// Accounting date in this span.
    pub date: Option<DateRange>,
    /// The document they refer to.
    pub reference: Option<DocumentId>,
    /// Only documents with something open, or only those without.
    pub open: Option<bool>,
    /// Pairs that they must have, all of them.
    pub attributes: Attributes,
}

/// One page of documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentsPage {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// The documents, by id.
    pub documents: Vec<DocumentSummary>,
    /// What to ask the next page after; absent on the last page.
    pub next: Option<DocumentId>,
}

/// A document with what is open on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentSummary {
    /// Its number.
    pub document: DocumentId,
    /// Its kind.
    pub kind: DocumentKind,
    /// Its account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Document date.
    pub document_date: Date,
    /// Accounting date.
    pub date: Date,
    /// Value date, of payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
    /// Its total.
    pub total: Amount,
    /// What is open on its items; credits negative.
    pub open: Amount,
    /// The earliest due date among its open items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// How far it is settled.
    pub status: Settlement,
    /// Whether one of its debit items is overdue.
    pub overdue: bool,
    /// The day it was voided or reversed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Date>,
    /// The document it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<DocumentId>,
    /// Purchase order number or bank reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_reference: Option<Text>,
    /// The book's bank account, of payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankId>,
    /// Free pairs.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Where its event stands in the log.
    pub position: Position,
}

/// Documents by filter in id order, at most `limit` after a cursor.
///
/// # Errors
/// The store's, [`QueryError::Page`], [`QueryError::OutOfRange`].
pub fn documents<V: View>(
    view: &V,
    as_of: AsOf,
    filter: &DocumentFilter,
    after: Option<&DocumentId>,
    limit: usize,
) -> Result<DocumentsPage, QueryError<V::Error>> {
    let limit = page(limit)?;
    let as_of = as_of.within(view);
    let scope = filter.accounts.resolved(view, as_of)?;
    // A payment's row moves to its payer's account when the payer is identified; what stood on the
    // suspense account before that is found through all rows.
    let suspense = AccountId::parse(SUSPENSE).is_ok_and(|id| scope != Scope::All && scope.contains(&id));
    let listed = if suspense { &Scope::All } else { &scope };
    let wanted = limit.saturating_add(1);
    let mut found: Vec<DocumentSummary> = Vec::with_capacity(wanted);
    let mut after = after.cloned();
    while found.len() < wanted {
        let chunk = wanted.max(PAGE_MAX / 4);
        let rows = view.documents(listed, after.as_ref(), chunk).map_err(QueryError::Store)?;
        let Some(last) = rows.last() else { break };
        after = Some(last.document.clone());
        let rows: Vec<_> = rows.into_iter().filter(|row| admits(row, filter, as_of)).collect();
        let columns = view.columns(&accounts_of(view, &rows)?).map_err(QueryError::Store)?;
        let figures = Figures::of(&columns, &rows, as_of);
        for row in rows {
            let summary = figures.summary(row, as_of)?;
            let open = summary.open.minor() != 0;
            let asked = scope.contains(&summary.account) && filter.open.is_none_or(|wanted| wanted == open);
            if asked && found.len() < wanted {
                found.push(summary);
            }
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.document.clone());
    Ok(DocumentsPage { as_of: as_of.effective, known: as_of.known, documents: found, next })
}

fn admits(row: &DocumentRow, filter: &DocumentFilter, as_of: AsOf) -> bool {
    row.date <= as_of.effective
        && row.position <= as_of.known
        && filter.currency.is_none_or(|wanted| wanted == row.currency)
        && (filter.kinds.is_empty() || filter.kinds.contains(&row.kind))
        && filter.document_date.is_none_or(|span| span.contains(row.document_date))
        && filter.date.is_none_or(|span| span.contains(row.date))
        && filter.reference.as_ref().is_none_or(|wanted| row.reference.as_ref() == Some(wanted))
        && has_all(&row.attributes, &filter.attributes)
}

/// The accounts that the items of some documents stand on: a payment's later items may stand on
/// other accounts than the payment.
fn accounts_of<V: View>(view: &V, rows: &[DocumentRow]) -> Result<Scope, QueryError<V::Error>> {
    let mut accounts: BTreeSet<AccountId> = rows.iter().map(|row| row.account.clone()).collect();
    let moved = rows.iter().filter(|row| row.kind == DocumentKind::Payment && row.parts > 1);
    let items: BTreeSet<ItemId> =
        moved.flat_map(|row| (1..=row.parts).map(|part| ItemId::new(row.document.clone(), part))).collect();
    if !items.is_empty() {
        let rows = view.items_by_id(&items).map_err(QueryError::Store)?;
        accounts.extend(rows.into_iter().map(|row| row.account));
    }
    Ok(Scope::Accounts(accounts))
}

/// Open amounts and ends of some documents.
struct Figures<'a> {
    columns: &'a Columns,
    open: Vec<i64>,
    ended: BTreeMap<usize, Date>,
}

impl<'a> Figures<'a> {
    fn of(columns: &'a Columns, rows: &[DocumentRow], as_of: AsOf) -> Self {
        let any = rows.iter().any(|row| row.ended.is_some());
        let ended = if any { ends(columns, as_of) } else { BTreeMap::new() };
        Self { columns, open: open_on(columns, as_of), ended }
    }

    fn summary<E>(&self, mut row: DocumentRow, as_of: AsOf) -> Result<DocumentSummary, QueryError<E>> {
        let mut open = 0_i128;
        let (mut due, mut overdue, mut ended, mut moved) = (None, false, None, false);
        for part in 1..=row.parts {
            let Some(item) = self.columns.item(&ItemId::new(row.document.clone(), part)) else { continue };
            if !exists(self.columns, item, as_of) {
                continue;
            }
            let items = self.columns.items();
            let left = self.open.get(item).copied().unwrap_or(0);
            add(&mut open, left);
            if row.kind.side() == Side::Credit && items.side.get(item) == Some(&Side::Credit) {
                // The credit's latest item says whose it was on that day.
                row.account = account(self.columns, item).unwrap_or(&row.account).clone();
            }
            moved = moved || self.original_of(item) != 0;
            ended = ended.max(self.ended.get(&item).copied());
            let (Some(day), Some(side)) = (items.due.get(item), items.side.get(item)) else { continue };
            if left != 0 {
                due = Some(due.unwrap_or(Day::MAX).min(*day));
                overdue = overdue || (*side == Side::Debit && *day < Day::from(as_of.effective));
            }
        }
        if !moved {
            // Nothing ever moved on a document of zero: its own row alone says that it ended.
            ended = row.ended.filter(|day| *day <= as_of.effective);
        }
        let open = amount(open, row.currency, "a document")?;
        let first = due.map_or(row.document_date, Day::date);
        Ok(DocumentSummary {
            kind: row.kind,
            document_date: row.document_date,
            date: row.date,
            value_date: row.value_date,
            total: Amount::from_minor(row.total, row.currency.exponent()),
            open,
            due: due.map(Day::date),
            status: status(open.minor(), row.total, first, as_of.effective).settlement,
            overdue,
            ended,
            document: row.document,
            account: row.account,
            currency: row.currency,
            reference: row.reference,
            text_reference: row.text_reference,
            bank: row.bank,
            attributes: row.attributes,
            position: row.position,
        })
    }

    fn original_of(&self, item: usize) -> i64 {
        super::fold::original(self.columns, item).unwrap_or(0)
    }
}

/// The day of the void or reversal of every item that had one, as known and in force. A payment
/// whose credit was gone when it came back shows it by what is owed again: a debit of its own.
fn ends(columns: &Columns, as_of: AsOf) -> BTreeMap<usize, Date> {
    let movements = columns.movements();
    let day = Day::from(as_of.effective);
    let rows = movements.item.iter().zip(&movements.date).zip(&movements.cause);
    let ends = rows.take(movements.known(as_of.known)).filter_map(|((item, date), cause)| {
        let end =
            matches!(cause, Cause::Settled { kind: LinkKind::Void | LinkKind::Reversal, undo: false, .. });
        (end && *date <= day).then(|| Some((usize::try_from(*item).ok()?, date.date()))).flatten()
    });
    ends.collect()
}
