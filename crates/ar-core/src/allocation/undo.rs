//! Undoing settlements: each link once, exactly, on the accounts it was posted to (INV-13,
//! INV-29).

use std::collections::BTreeMap;

use super::posting::{ControlOf, Figures, code_in};
use super::recover::check_not_recovered;
use super::*;
use crate::charges::ChargePart;
use crate::decide::{Context, Decision, Halt};
use crate::document::{CreditedEntry, MEMO_DISCOUNT as BACK, Released, Side};
use crate::event::Event;
use crate::facts::Missing;
use crate::fx::{post_unrealised, undo_conversion};
use crate::journal::{JournalLine, Posting, Role};
use crate::period::Area;
use crate::record::Position;
use crate::rejection::Rejection;
use crate::rows::{CreditedRow, ItemRow, LinkRow, LinkSide};

/// Decides `undo`.
pub(crate) fn decide_undo(context: &Context<'_>, command: &Undo) -> Result<Decision, Halt> {
    let link = context
        .facts
        .link(&command.link)?
        .ok_or_else(|| Rejection::LinkUnknown { link: command.link.clone() })?;
    let kind = |problem| Halt::from(Rejection::LinkKind { link: link.link.clone(), problem });
    match link.kind {
        LinkKind::Allocation
        | LinkKind::WriteOff
        | LinkKind::Conversion
        | LinkKind::Waiver
        | LinkKind::Recovery
        | LinkKind::Netting
        | LinkKind::DiscountReversal => {}
        LinkKind::Revaluation => {
            return Err(kind("revalue the item again, at the right rate or at the invoice's"));
        }
        LinkKind::Void => return Err(kind("a voided document stays void; issue a new one")),
        LinkKind::Reversal => return Err(kind("a reversed payment stays reversed; record it anew")),
        LinkKind::Refund => return Err(kind("void the refund instead")),
        LinkKind::Move => return Err(kind("transfer the credit back instead")),
    }
    if link.undone.is_some() {
        return Err(Rejection::LinkUndone { link: link.link.clone() }.into());
    }
    if command.date < link.date {
        let what = "the undo date";
        return Err(Rejection::DateOrder { what, date: command.date, not_before: link.date }.into());
    }
    if let (LinkKind::Netting, Some(credit)) = (link.kind, &link.credit)
        && context.document(credit.item.document())?.ended.is_some()
    {
        return Err(kind("its payment was taken back, and what was netted is owed by the customer"));
    }
    if link.kind == LinkKind::WriteOff {
        let on = context.first_open(&[Area::Settlement], command.date)?;
        check_not_recovered(context, link, on)?;
    }
    if link.kind == LinkKind::Conversion {
        return undo_conversion(context, None, link, command.date, &command.reason).map(Decision::many);
    }
    crate::withholding::check_not_certified(context, link)?;
    let mut events = undo_links(context, std::slice::from_ref(link), command.date, &command.reason)?;
    if link.kind == LinkKind::Allocation {
        // A conversion made for this settlement alone goes with it.
        events.extend(undo_conversion(context, Some(link), link, command.date, &command.reason)?);
    }
    Ok(Decision::many(events))
}

/// Undoes links as of a date, and with a discount what memos took back of it.
pub(crate) fn undo_links(
    context: &Context<'_>,
    links: &[LinkRow],
    asked: Date,
    reason: &Text,
) -> Result<Vec<Event>, Halt> {
    let mut all = links.to_vec();
    all.extend(baseless(context, links)?);
    undo_exactly(context, &all, asked, reason)
}

/// What memos took back of discounts that are no longer there once these links are undone: the latest
/// first, until what is left of the discount covers the others.
fn baseless(context: &Context<'_>, links: &[LinkRow]) -> Result<Vec<LinkRow>, Halt> {
    let mut gone: BTreeMap<&DocumentId, i64> = BTreeMap::new();
    for link in links.iter().filter(|link| link.discount != 0) {
        let Some(debit) = &link.debit else { continue };
        let sum = gone.entry(debit.item.document()).or_default();
        *sum = sum.saturating_add(link.discount);
    }
    let mut all = Vec::new();
    for (document, gone, counted) in counted_of(context, gone)? {
        let back = counted.iter().filter(|row| row.minor > 0);
        let back = back.filter_map(|row| Some((row.key.strip_prefix(BACK)?, row.minor)));
        let back: Vec<(&str, i64)> = back.collect();
        if back.is_empty() {
            continue;
        }
        let mut taken = gone.saturating_neg();
        for part in 1..=context.document(document)?.parts {
            let item = context.item(&ItemId::new(document.clone(), part))?;
            taken = taken.saturating_add(item.discount_taken);
        }
        let mut sum = back.iter().fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
        let mut reversals = Vec::with_capacity(back.len());
        for (link, minor) in back {
            let id = LinkId::parse(link).map_err(|e| Rejection::value("link", &e))?;
            let row = context.facts.link(&id)?.ok_or(Rejection::LinkUnknown { link: id })?;
            reversals.push((row.clone(), minor));
        }
        reversals.sort_by_key(|(row, _)| std::cmp::Reverse(row.position));
        for (row, minor) in reversals {
            if sum <= taken {
                break;
            }
            sum = sum.saturating_sub(minor);
            all.push(row);
        }
    }
    Ok(all)
}

/// A document, a discount that is gone from it, and what is counted against it.
type Counted<'d> = (&'d DocumentId, i64, Vec<CreditedRow>);

/// What is counted against these documents, asked for together.
fn counted_of<'d>(
    context: &Context<'_>,
    gone: BTreeMap<&'d DocumentId, i64>,
) -> Result<Vec<Counted<'d>>, Halt> {
    let (mut found, mut needs) = (Vec::with_capacity(gone.len()), Vec::new());
    for (document, minor) in gone {
        match context.facts.credited(document) {
            Ok(rows) => found.push((document, minor, rows)),
            Err(missing) => needs.extend(missing.needs),
        }
    }
    if needs.is_empty() { Ok(found) } else { Err(Halt::Missing(Missing { needs })) }
}

/// Undoes exactly these links as of a date: each on that date or, when it was made later, on its own;
/// moved to the first open day.
pub(crate) fn undo_exactly(
    context: &Context<'_>,
    links: &[LinkRow],
    asked: Date,
    reason: &Text,
) -> Result<Vec<Event>, Halt> {
    let mut by_date: BTreeMap<(Date, Currency), Vec<&LinkRow>> = BTreeMap::new();
    for link in links {
        let date = context.first_open(&[Area::Settlement], asked.max(link.date))?;
        by_date.entry((date, link.currency)).or_default().push(link);
    }
    let mut events = Vec::new();
    for ((date, currency), links) in by_date {
        for chunk in links.chunks(LINKS_PER_EVENT) {
            events.push(undone(context, date, asked, currency, chunk, reason)?);
        }
    }
    Ok(events)
}

fn undone(
    context: &Context<'_>,
    date: Date,
    asked: Date,
    currency: Currency,
    links: &[&LinkRow],
    reason: &Text,
) -> Result<Event, Halt> {
    let payer = match links.first().and_then(|l| l.credit.as_ref().or(l.debit.as_ref())) {
        Some(side) => Some(context.account(&side.account)?),
        None => None,
    };
    let mut posting = Posting::new(context.book, currency, payer);
    let mut undone = Vec::with_capacity(links.len());
    // Links of one event stand together: its record is read once for all of them.
    let mut record: Option<(Position, Event)> = None;
    for link in links {
        let event = match record.take() {
            Some((position, event)) if position == link.position => event,
            _ => made_by(context, link)?,
        };
        let lines = event.posting().map_or(&[][..], |(_, _, lines)| lines);
        let made = applied(&event, link);
        let held = made.and_then(|made| made.withheld.as_ref()).map(|held| held.posted.clone());
        let taxes = taxes_of(&event, link);
        post_undo(context, &mut posting, link, (lines, taxes.as_deref()), held)?;
        let released = released(&event);
        if let Some(taxes) = &taxes {
            taxes.post(&mut posting, -1);
        }
        record = Some((link.position, event));
        let closed = |side: &LinkSide| closed_side(context, side, currency);
        undone.push(UndoneLink {
            link: link.link.clone(),
            credit: link.credit.as_ref().map(closed).transpose()?,
            debit: link.debit.as_ref().map(closed).transpose()?,
            discount: (link.discount != 0).then(|| Amount::from_minor(link.discount, currency.exponent())),
            withholding: (link.withholding != 0)
                .then(|| Amount::from_minor(link.withholding, currency.exponent())),
            memo: link.memo,
            charges: match link.kind {
                LinkKind::Waiver => crate::charges::reinstated(context, link)?,
                _ => Vec::new(),
            },
            taxes,
            claim: claim_of(link),
            written_off: (link.kind == LinkKind::WriteOff && link.debit.is_some()).then_some(link.date),
            released,
        });
    }
    Ok(Event::SettlementUndone(Box::new(SettlementUndone {
        currency,
        date,
        asked_date: (asked != date).then_some(asked),
        links: undone,
        reason: reason.clone(),
        posting: posting.lines()?,
    })))
}

fn closed_side(context: &Context<'_>, side: &LinkSide, currency: Currency) -> Result<ClosedItem, Halt> {
    // What was settled is open again, and nothing is open on a closed account.
    let group = match side.account.as_str() {
        crate::payment::SUSPENSE => None,
        _ => context.live_account(&side.account)?.profile.parent.clone(),
    };
    Ok(ClosedItem {
        item: side.item.clone(),
        account: side.account.clone(),
        group,
        amount: Amount::from_minor(side.amount, currency.exponent()),
        base: side.base.map(|b| Amount::from_minor(b, context.book.base.exponent())),
        link: None,
        revalued: (side.revalued != 0)
            .then(|| Amount::from_minor(side.revalued, context.book.base.exponent())),
        uncounted: context.item(&side.item)?.uncounted(),
    })
}

fn missing(link: &LinkRow, detail: &str) -> Halt {
    Halt::Corrupt { invariant: "INV-15", detail: format!("{}: {detail}", link.link) }
}

/// The journal lines of the event that made a link.
pub(crate) fn posted_lines(context: &Context<'_>, link: &LinkRow) -> Result<Vec<JournalLine>, Halt> {
    Ok(made_by(context, link)?.posting().map(|(_, _, lines)| lines.to_vec()).unwrap_or_default())
}

/// The item that a recovery is of.
fn claim_of(link: &LinkRow) -> Option<ItemId> {
    let bad_debt = link.bad_debt.as_ref().filter(|_| link.kind == LinkKind::Recovery)?;
    Some(bad_debt.item.clone())
}

/// The event that made a link.
pub(super) fn made_by(context: &Context<'_>, link: &LinkRow) -> Result<Event, Halt> {
    let record = context.facts.record(link.position)?;
    record.map(|r| r.event).ok_or_else(|| missing(link, &format!("no record at {}", link.position)))
}

/// A link as its own event has it.
fn applied<'e>(event: &'e Event, link: &LinkRow) -> Option<&'e AppliedLink> {
    let Event::CreditAllocated(allocated) = event else { return None };
    allocated.links.iter().find(|made| made.link == link.link)
}

/// What a link moved of its document's taxes, from its own event.
fn taxes_of(event: &Event, link: &LinkRow) -> Option<Box<LinkTaxes>> {
    match event {
        Event::CreditAllocated(e) => e.links.iter().find(|made| made.link == link.link)?.taxes.clone(),
        Event::ItemWrittenOff(e) => e.taxes.clone(),
        Event::WriteOffRecovered(e) => e.taxes.clone(),
        Event::ItemsNetted(e) => {
            let mut mine = e.items.iter().filter(|item| item.closed.link.as_ref() == Some(&link.link));
            mine.next()?.taxes.clone()
        }
        _ => None,
    }
}

/// What no longer counts against an invoice once the link of an event is undone.
fn released(event: &Event) -> Option<Box<Released>> {
    let Event::DiscountTakenBack(e) = event else { return None };
    let back = |entry: &CreditedEntry| CreditedEntry {
        key: entry.key.clone(),
        amount: Amount::from_minor(entry.amount.minor().saturating_neg(), entry.amount.exponent()),
    };
    let entries = e.counts.entries.iter().map(back).collect();
    Some(Box::new(Released { invoice: e.counts.invoice.clone(), entries }))
}

/// Negates what the link posted, on the accounts of its own record.
fn post_undo(
    context: &Context<'_>,
    posting: &mut Posting<'_>,
    link: &LinkRow,
    (lines, taxes): (&[JournalLine], Option<&LinkTaxes>),
    held: Option<GlCode>,
) -> Result<(), Halt> {
    // A line whose tax is all of it is not there: its account stands with the tax.
    let on_allowance =
        taxes.is_some_and(|taxes| taxes.allowance) || lines.iter().any(|line| line.role == Role::Allowance);
    let of_tax = |role: Role| taxes.and_then(|taxes| taxes.account_of(role));
    let code = |role: Role| {
        let held = held.clone().filter(|_| role == Role::Withholding);
        let posted = held.or_else(|| code_in(lines, role)).or_else(|| of_tax(role));
        posted.map_or_else(|| context.book.chart.code(role, &Default::default()), Ok)
    };
    // Events of one link are negated line by line.
    if matches!(link.kind, LinkKind::Conversion | LinkKind::DiscountReversal) {
        lines.iter().for_each(|line| posting.negated(line));
        return Ok(());
    }
    let side_item = |side: &LinkSide| -> Result<&ItemRow, Halt> { context.item(&side.item) };
    match (&link.credit, &link.debit) {
        (Some(credit), Some(debit)) => {
            let figures = Figures {
                cash: credit.amount,
                credit_base: credit.base,
                debit_base: debit.base,
                credit_revalued: credit.revalued,
                debit_revalued: debit.revalued,
                discount: link.discount,
                tolerance: link.tolerance,
                withholding: link.withholding,
            };
            let (credit_item, debit_item) = (side_item(credit)?, side_item(debit)?);
            let credit = ControlOf { control: &credit_item.control, account: &credit.account };
            let debit = ControlOf { control: &debit_item.control, account: &debit.account };
            figures.post(posting, -1, &credit, &debit, code)
        }
        (Some(side), None) | (None, Some(side)) => {
            let item = side_item(side)?;
            let role = match link.kind {
                LinkKind::Waiver => ChargePart::of(side.item.part()).role(),
                LinkKind::WriteOff | LinkKind::Recovery if on_allowance => Role::Allowance,
                LinkKind::Recovery => Role::BadDebtRecovered,
                LinkKind::Netting => Role::Netting,
                _ if link.debit.is_some() => Role::BadDebt,
                _ => Role::SmallDifference,
            };
            let sign = if link.debit.is_some() { 1 } else { -1 };
            let minor = side.amount.saturating_mul(sign);
            let base = side.base.map(|b| b.saturating_mul(sign));
            let carried = side.base.map(|b| b.saturating_add(side.revalued).saturating_mul(sign));
            posting.control(&item.control, &side.account, minor, carried);
            let stands = if link.debit.is_some() { Side::Debit } else { Side::Credit };
            post_unrealised(posting, stands, side.revalued, -1, code)?;
            posting.code(role, &code(role)?, minor.saturating_neg(), base.map(i64::saturating_neg));
            Ok(())
        }
        (None, None) => Err(missing(link, "a settlement without sides")),
    }
}
