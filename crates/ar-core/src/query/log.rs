//! Questions to the log itself: the history of an account with explanations, and the journal in
//! the order it was posted.

use serde::Serialize;

use super::view::{PAGE_MAX, page};
use super::{AsOf, QueryError, View};
use crate::event::Event;
use crate::explain::Explanation;
use crate::journal::JournalLine;
use crate::record::{Position, Record};
use crate::values::*;

/// One page of an account's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryPage {
    /// The account.
    pub account: AccountId,
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// What happened, in the order of the log.
    pub entries: Vec<HistoryEntry>,
    /// What to ask the next page after; absent on the last page.
    pub next: Option<Position>,
}

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// Where it stands in the log.
    pub position: Position,
    /// Accounting date, or the day the event names; absent where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// When it was recorded, by the caller's clock.
    pub at: Timestamp,
    /// Who asked.
    pub actor: ActorId,
    /// The key of the command.
    pub command: CommandId,
    /// The event's name.
    pub what: &'static str,
    /// Why: the rule that fired, what it read and what it rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// The event.
    pub event: Event,
}

/// What happened to an account up to a day, at most `limit` entries after a position.
///
/// # Errors
/// The store's, [`QueryError::Page`].
pub fn history<V: View>(
    view: &V,
    as_of: AsOf,
    account: &AccountId,
    after: Position,
    limit: usize,
) -> Result<HistoryPage, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let read = |after, limit| view.records_of(account, after, limit).map_err(QueryError::Store);
    let (found, next) = paged(read, after, page(limit)?, |position, record| {
        let dated = event_date(&record.event).is_none_or(|date| date <= as_of.effective);
        Took::of(position, as_of, dated)
    })?;
    let entries = found.into_iter().map(|(position, record)| HistoryEntry {
        position,
        date: event_date(&record.event),
        at: record.at,
        actor: record.actor,
        command: record.command,
        what: record.event.name(),
        explanation: explanation(&record.event).cloned(),
        event: record.event,
    });
    let entries = entries.collect();
    Ok(HistoryPage { account: account.clone(), as_of: as_of.effective, known: as_of.known, entries, next })
}

/// One page of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalPage {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// Postings in the order of the log.
    pub postings: Vec<PostingEntry>,
    /// What to ask the next page after; absent on the last page.
    pub next: Option<Position>,
}

/// The posting of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostingEntry {
    /// Where its event stands in the log.
    pub position: Position,
    /// Accounting date.
    pub date: Date,
    /// Currency of its lines.
    pub currency: Currency,
    /// The event's name.
    pub what: &'static str,
    /// The document, credit item or refund it is about, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The key of the command.
    pub command: CommandId,
    /// The lines.
    pub lines: Vec<JournalLine>,
}

/// Postings of a span of accounting dates in the order of the log, at most `limit` after a
/// position. The span ends at `as_of.effective`; without `from` it begins with the book.
///
/// # Errors
/// The store's, [`QueryError::Page`], [`QueryError::Period`].
pub fn journal<V: View>(
    view: &V,
    as_of: AsOf,
    from: Option<Date>,
    after: Position,
    limit: usize,
) -> Result<JournalPage, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    if let Some(from) = from.filter(|from| *from > as_of.effective) {
        return Err(QueryError::Period { from, to: as_of.effective });
    }
    let read = |after, limit| view.records(after, limit).map_err(QueryError::Store);
    let (found, next) = paged(read, after, page(limit)?, |position, record| {
        let dated = record.event.posting().is_some_and(|(date, _, lines)| {
            !lines.is_empty() && date <= as_of.effective && from.is_none_or(|from| from <= date)
        });
        Took::of(position, as_of, dated)
    })?;
    let postings = found.into_iter().filter_map(|(position, record)| {
        let (date, currency, lines) = record.event.posting()?;
        Some(PostingEntry {
            position,
            date,
            currency,
            what: record.event.name(),
            reference: reference(&record.event),
            lines: lines.to_vec(),
            command: record.command,
        })
    });
    let postings = postings.collect();
    Ok(JournalPage { as_of: as_of.effective, known: as_of.known, postings, next })
}

/// Whether a record belongs to an answer.
enum Took {
    Yes,
    No,
    /// It is not known yet, nor is anything after it.
    End,
}

impl Took {
    const fn of(position: Position, as_of: AsOf, dated: bool) -> Self {
        if position > as_of.known {
            Self::End
        } else if dated {
            Self::Yes
        } else {
            Self::No
        }
    }
}

/// A page with the position to go on after, when there is more.
type Paged = (Vec<(Position, Record)>, Option<Position>);

/// Reads pages of the store until one page of an answer is full.
fn paged<E>(
    read: impl Fn(Position, usize) -> Result<Vec<(Position, Record)>, QueryError<E>>,
    mut after: Position,
    limit: usize,
    took: impl Fn(Position, &Record) -> Took,
) -> Result<Paged, QueryError<E>> {
    let mut found: Vec<(Position, Record)> = Vec::with_capacity(limit);
    let chunk = limit.saturating_add(1).min(PAGE_MAX);
    loop {
        let rows = read(after, chunk)?;
        let Some((last, _)) = rows.last() else { return Ok((found, None)) };
        after = *last;
        for (position, record) in rows {
            match took(position, &record) {
                Took::No => continue,
                Took::End => return Ok((found, None)),
                Took::Yes if found.len() == limit => {
                    let next = found.last().map(|(position, _)| *position);
                    return Ok((found, next));
                }
                Took::Yes => found.push((position, record)),
            }
        }
    }
}

/// The day an event names: its accounting date, where it posts.
#[must_use]
pub fn event_date(event: &Event) -> Option<Date> {
    match event {
        Event::AccountChanged(e) => e.date,
        Event::OrderReported(e) => Some(e.date),
        Event::DocumentDelivered(e) => Some(e.date),
        Event::DocumentAnnotated(e) => Some(e.date),
        Event::RateRecorded(e) => Some(e.date),
        Event::PromiseMade(e) => Some(e.date),
        Event::PromiseWithdrawn(e) => Some(e.date),
        Event::CutOverProven(e) => Some(e.date),
        other => other.posting().map(|(date, ..)| date),
    }
}

/// The explanation an event carries.
#[must_use]
pub fn explanation(event: &Event) -> Option<&Explanation> {
    match event {
        Event::CreditAllocated(e) => Some(&e.explanation),
        Event::DocumentIssued(e) => e.explanation.as_ref(),
        Event::PaymentReceived(e) => e.explanation.as_ref(),
        Event::OrderReported(e) => e.explanation.as_ref(),
        Event::CreditConverted(e) => Some(&e.explanation),
        Event::ItemsRevalued(e) => Some(&e.explanation),
        Event::ChargesAssessed(e) => Some(&e.explanation),
        Event::ItemWrittenOff(e) => e.explanation.as_ref(),
        Event::WriteOffRecovered(e) => Some(&e.explanation),
        Event::AllowanceProvided(e) => Some(&e.explanation),
        Event::ItemsNetted(e) => Some(&e.explanation),
        Event::DiscountTakenBack(e) => Some(&e.explanation),
        Event::Proposed(e) => Some(&e.explanation),
        Event::ProposalDecided(e) => e.explanation.as_ref(),
        _ => None,
    }
}

/// What a posting is about, for people: a document, an item or a refund.
fn reference(event: &Event) -> Option<String> {
    match event {
        Event::DocumentIssued(e) => Some(e.document.to_string()),
        Event::DocumentVoided(e) => Some(e.document.to_string()),
        Event::PaymentReceived(e) => Some(e.payment.to_string()),
        Event::PaymentReversed(e) => Some(e.payment.to_string()),
        Event::PaymentIdentified(e) | Event::CreditTransferred(e) => Some(e.to.to_string()),
        Event::RefundRequested(e) => Some(e.refund.to_string()),
        Event::RefundEnded(e) => Some(e.refund.to_string()),
        Event::CreditAllocated(e) => Some(e.credit.to_string()),
        Event::ItemWrittenOff(e) => Some(e.closed.item.to_string()),
        Event::CreditConverted(e) => Some(e.from.item.to_string()),
        Event::ConversionIssued(e) => Some(e.conversion.to_string()),
        Event::ConversionUndone(e) => Some(e.conversion.to_string()),
        Event::ItemsRevalued(e) => Some(e.account.to_string()),
        Event::DebitMoved(e) => Some(e.document.to_string()),
        Event::PromiseMade(e) => Some(e.item.to_string()),
        Event::SettlementUndone(e) => {
            let link = e.links.first()?;
            link.debit.as_ref().or(link.credit.as_ref()).map(|side| side.item.to_string())
        }
        _ => None,
    }
}
