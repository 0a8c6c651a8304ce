//! Undoing a conversion: the whole comes back in the currency it came in, exactly, on the accounts of
//! its own records (INV-13, INV-29, INV-35).

use super::*;
use crate::allocation::{LinkKind, check_room, undo_links};
use crate::decide::{Context, Halt};
use crate::event::Event;
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::{ItemRow, LinkRow};

/// A conversion on its way back, with what settled by it.
pub(crate) struct Unwinding {
    /// The link that took the credit out of its own currency.
    pub(crate) link: LinkRow,
    /// What the converted credit settled, still in force.
    pub(crate) settled: Vec<LinkRow>,
    issued: ConversionIssued,
    item: ItemRow,
}

/// The conversion behind a link of that kind; none when the link closed one that was undone.
fn issued_by(context: &Context<'_>, link: &LinkRow) -> Result<Option<ConversionIssued>, Halt> {
    match context.facts.record(link.position)?.map(|record| record.event) {
        Some(Event::CreditConverted(closed)) => issued(context, closed.to.document()).map(Some),
        _ => Ok(None),
    }
}

/// The record that opened a conversion.
fn issued(context: &Context<'_>, conversion: &DocumentId) -> Result<ConversionIssued, Halt> {
    let document = context.document(conversion)?;
    match context.facts.record(document.position)?.map(|record| record.event) {
        Some(Event::ConversionIssued(issued)) => Ok(*issued),
        _ => {
            let detail = format!("{conversion} has no record at {}", document.position);
            Err(Halt::Corrupt { invariant: "INV-15", detail })
        }
    }
}

/// What has to come back with a payment that is taken back: the conversion and what it settled. None
/// when part of it has left for good (refunded, moved on); then the conversion stays as it is.
pub(crate) fn unwinding(context: &Context<'_>, link: &LinkRow) -> Result<Option<Unwinding>, Halt> {
    let Some(issued) = issued_by(context, link)? else { return Ok(None) };
    let item = context.item(&ItemId::from(issued.conversion.clone()))?;
    let live = context.facts.live_links(&item.item)?;
    let comes_back = |link: &LinkRow| {
        matches!(
            link.kind,
            LinkKind::Allocation | LinkKind::WriteOff | LinkKind::Revaluation | LinkKind::Recovery
        )
    };
    if !live.iter().all(comes_back) {
        return Ok(None);
    }
    let settled = live.into_iter().filter(|link| link.kind != LinkKind::Revaluation).collect();
    Ok(Some(Unwinding { link: link.clone(), settled, issued, item: item.clone() }))
}

/// The events of taking a conversion back: what it settled, the credit in its own currency, and the end
/// of the conversion.
pub(crate) fn unwind(
    context: &Context<'_>,
    unwinding: &Unwinding,
    asked: Date,
    reason: &Text,
) -> Result<Vec<Event>, Halt> {
    let Unwinding { link, settled, issued, item } = unwinding;
    let mut events = undo_links(context, settled, asked, reason)?;
    events.extend(undo_links(context, std::slice::from_ref(link), asked, reason)?);
    events.push(ended(context, issued, &returned(item, settled), asked.max(link.date), reason)?);
    Ok(events)
}

/// Decides the undo of a conversion by its own link, or `with` the settlement it was made for.
pub(crate) fn undo_conversion(
    context: &Context<'_>,
    with: Option<&LinkRow>,
    link: &LinkRow,
    asked: Date,
    reason: &Text,
) -> Result<Vec<Event>, Halt> {
    let (issued, link) = match with {
        None => {
            let issued = issued_by(context, link)?.ok_or_else(|| Rejection::LinkKind {
                link: link.link.clone(),
                problem: "a conversion that was undone stays undone; convert anew",
            })?;
            (issued, link.clone())
        }
        Some(settlement) => {
            let Some(credit) = &settlement.credit else { return Ok(Vec::new()) };
            let document = context.document(credit.item.document())?;
            if document.kind != crate::document::DocumentKind::Conversion {
                return Ok(Vec::new());
            }
            let issued = issued(context, credit.item.document())?;
            if !issued.settles {
                return Ok(Vec::new());
            }
            let own = context.facts.link(&issued.link)?.cloned();
            let own = own.ok_or_else(|| Rejection::LinkUnknown { link: issued.link.clone() })?;
            (issued, own)
        }
    };
    let item = context.item(&ItemId::from(issued.conversion.clone()))?;
    let item = returned(item, with.into_iter().collect::<Vec<_>>());
    if item.open != item.original {
        return Err(Rejection::ConversionInUse { conversion: issued.conversion.clone() }.into());
    }
    let mut events = undo_links(context, std::slice::from_ref(&link), asked, reason)?;
    events.push(ended(context, &issued, &item, asked.max(link.date), reason)?);
    Ok(events)
}

/// The converted item once these settlements are undone.
fn returned<'l>(item: &ItemRow, links: impl IntoIterator<Item = &'l LinkRow>) -> ItemRow {
    let mut item = item.clone();
    for side in links.into_iter().filter_map(|link| link.credit.as_ref()) {
        item.open = item.open.saturating_add(side.amount);
        item.base_open = item.base_open.map(|base| base.saturating_add(side.base.unwrap_or(0)));
        item.revalued = item.revalued.saturating_add(side.revalued);
    }
    item
}

/// The end of a conversion: its item closes against the clearing account of its own record.
fn ended(
    context: &Context<'_>,
    issued: &ConversionIssued,
    item: &ItemRow,
    asked: Date,
    reason: &Text,
) -> Result<Event, Halt> {
    let base = context.book.base;
    let date = context.first_open(&[Area::Settlement], asked)?;
    check_room(context, item, &[(date, item.original)], |_, _, _| Rejection::ConversionInUse {
        conversion: issued.conversion.clone(),
    })?;
    let leaves = leaving(context, item, date, item.original)?;
    let clearing = issued.posting.iter().find(|line| line.role == Role::FxClearing);
    let clearing = clearing.map(|line| line.code.clone()).ok_or_else(|| Halt::Corrupt {
        invariant: "INV-15",
        detail: format!("{} was posted without a clearing account", issued.conversion),
    })?;
    let account = context.account(&item.account)?;
    let chart = crate::book::ChartContext {
        class: Some(account.profile.class),
        document: Some(item.kind),
        ..crate::book::ChartContext::default()
    };
    let mut posting = Posting::new(context.book, item.currency, Some(account));
    posting.control(&item.control, &item.account, item.original, leaves.carried());
    let back = leaves.base.map(i64::saturating_neg);
    posting.code(Role::FxClearing, &clearing, item.original.saturating_neg(), back);
    post_unrealised(&mut posting, Side::Credit, leaves.revalued, 1, |role| {
        context.book.chart.code(role, &chart)
    })?;
    Ok(Event::ConversionUndone(Box::new(ConversionUndone {
        conversion: issued.conversion.clone(),
        link: context.next_link(),
        closed: ClosedItem {
            item: item.item.clone(),
            account: item.account.clone(),
            group: account.profile.parent.clone(),
            amount: Amount::from_minor(item.original, item.currency.exponent()),
            base: leaves.base_amount(base),
            link: None,
            revalued: leaves.revalued_amount(base),
            uncounted: false,
        },
        currency: item.currency,
        date,
        reason: reason.clone(),
        posting: posting.lines()?,
    })))
}
