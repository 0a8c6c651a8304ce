//! The proof of a cut-over: what the old system stated against what the loaded rows come to.
//!
//! Invariant: the found totals are folded from the items in the book, not read from the statement;
//! buckets are those of [`Buckets`], at the cut-over date.

use serde::Serialize;
use std::collections::BTreeSet;

use super::fold::{account, add, amount, currency, position};
use super::view::PAGE_MAX;
use super::{AsOf, Buckets, Columns, QueryError, Scope, View};
use crate::cutover::{ControlTotal, CutOverProven};
use crate::document::{DocumentKind, Side};
use crate::event::Event;
use crate::record::Position;
use crate::values::*;

/// All cut-overs of a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutOverProofs {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// In the order of the log.
    pub cut_overs: Vec<CutOverProof>,
}

/// The proof of one cut-over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutOverProof {
    /// Where its first event stands in the log.
    pub first: Position,
    /// Where the statement stands in the log.
    pub position: Position,
    /// The key of the command that loaded it.
    pub command: CommandId,
    /// The cut-over date.
    pub date: Date,
    /// The bucket edges that totals by bucket refer to.
    pub edges: Vec<u16>,
    /// Whether every total is found to the cent and every count is right.
    pub proven: bool,
    /// Documents stated.
    pub documents: u32,
    /// Documents found.
    pub documents_found: u32,
    /// Items stated.
    pub items: u32,
    /// Items found.
    pub items_found: u32,
    /// Total by total, as stated.
    pub totals: Vec<ProofTotal>,
}

/// A stated total and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProofTotal {
    /// Of one account; absent means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The currency.
    pub currency: Currency,
    /// Of one bucket, debits only; absent means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Text>,
    /// As the old system stated it.
    pub stated: Amount,
    /// As the items in the book come to.
    pub found: Amount,
    /// Found less stated.
    pub difference: Amount,
}

/// The proofs of all cut-overs dated up to a day.
///
/// # Errors
/// The store's, [`QueryError::CutOver`] when loaded items have no statement in the log,
/// [`QueryError::Buckets`], [`QueryError::OutOfRange`].
pub fn cut_over_proofs<V: View>(view: &V, as_of: AsOf) -> Result<CutOverProofs, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let columns = view.columns(&Scope::All).map_err(QueryError::Store)?;
    let loaded: BTreeSet<Position> = columns
        .items()
        .kind
        .iter()
        .enumerate()
        .filter(|(_, kind)| matches!(kind, DocumentKind::OpeningDebit | DocumentKind::OpeningCredit))
        .filter_map(|(item, _)| position(&columns, item))
        .filter(|position| *position <= as_of.known)
        .collect();
    let mut cut_overs: Vec<CutOverProof> = Vec::new();
    let mut done = 0;
    for at in loaded {
        if at <= done {
            continue;
        }
        let (position, command, stated) = statement_of(view, at)?;
        done = position;
        if stated.date <= as_of.effective && position <= as_of.known {
            cut_overs.push(proof(&columns, (at, position), command, &stated)?);
        }
    }
    Ok(CutOverProofs { as_of: as_of.effective, known: as_of.known, cut_overs })
}

/// The statement of the command whose event stands at a position: its last event.
fn statement_of<V: View>(
    view: &V,
    at: Position,
) -> Result<(Position, CommandId, CutOverProven), QueryError<V::Error>> {
    let mut after = at.saturating_sub(1);
    let mut command = None;
    loop {
        let records = view.records(after, PAGE_MAX).map_err(QueryError::Store)?;
        let Some((last, _)) = records.last() else { return Err(QueryError::CutOver(at)) };
        after = *last;
        for (position, record) in records {
            if command.get_or_insert_with(|| record.command.clone()) != &record.command {
                return Err(QueryError::CutOver(at));
            }
            if let Event::CutOverProven(stated) = record.event {
                return Ok((position, record.command, *stated));
            }
        }
    }
}

fn proof<E>(
    columns: &Columns,
    (first, last): (Position, Position),
    command: CommandId,
    stated: &CutOverProven,
) -> Result<CutOverProof, QueryError<E>> {
    let buckets = Buckets::new(&stated.edges)?;
    let items: Vec<usize> = (0..columns.len())
        .filter(|item| position(columns, *item).is_some_and(|at| first <= at && at <= last))
        .collect();
    let documents: BTreeSet<&DocumentId> =
        items.iter().filter_map(|item| columns.ids().get(*item)).map(ItemId::document).collect();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (documents_found, items_found) = (count(documents.len()), count(items.len()));
    let mut totals = Vec::with_capacity(stated.totals.len());
    for total in &stated.totals {
        let mut found = 0_i128;
        for item in &items {
            if let Some(minor) = counted(columns, *item, total, &buckets, stated.date) {
                add(&mut found, minor);
            }
        }
        let what = "a cut-over";
        let stated = total.amount.in_currency(total.currency).map_err(|_| QueryError::OutOfRange(what))?;
        totals.push(ProofTotal {
            account: total.account.clone(),
            currency: total.currency,
            bucket: total.bucket.clone(),
            stated: stated.amount(),
            found: amount(found, total.currency, what)?,
            difference: amount(found.saturating_sub(i128::from(stated.minor())), total.currency, what)?,
        });
    }
    let proven = documents_found == stated.documents
        && items_found == stated.items
        && totals.iter().all(|total| total.difference.minor() == 0);
    Ok(CutOverProof {
        first,
        position: last,
        command,
        date: stated.date,
        edges: stated.edges.clone(),
        proven,
        documents: stated.documents,
        documents_found,
        items: stated.items,
        items_found,
        totals,
    })
}

/// What an item counts towards a stated total, signed; nothing when it does not.
fn counted(columns: &Columns, item: usize, total: &ControlTotal, buckets: &Buckets, on: Date) -> Option<i64> {
    let items = columns.items();
    let made = usize::try_from(*items.made.get(item)?).ok()?;
    let of_account = total.account.as_ref().is_none_or(|wanted| account(columns, item) == Some(wanted));
    if !of_account || currency(columns, item)? != total.currency {
        return None;
    }
    if let Some(bucket) = &total.bucket {
        let days = items.due.get(item)?.days_until(on.into());
        let label = buckets.label(buckets.of(days));
        if *items.side.get(item)? == Side::Credit || label != bucket.as_str() {
            return None;
        }
    }
    columns.movements().minor.get(made).copied()
}
