//! Taking a payment back (INV-13, INV-35).
//!
//! Everything it settled is undone first, each settlement on its own side of the reversal's date,
//! so the items reopen with their original due dates and the discount is taken back. What had left
//! the payment for good (paid out as a refund, moved to another account) is owed by the customer
//! again as a new debit item.

use super::*;
use crate::allocation::{LinkKind, undo_links};
use crate::book::{ChartContext, Counts};
use crate::decide::{Context, Decision, Halt};
use crate::document::{DocumentKind, Side};
use crate::event::Event;
use crate::fx::{Unwinding, post_unrealised, unwind, unwinding};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::{DocumentRow, ItemRow, LinkRow};

/// Decides `reverse_payment`.
pub(crate) fn decide_reverse(context: &Context<'_>, command: &ReversePayment) -> Result<Decision, Halt> {
    let document = reversible(context, command)?;
    let asked = on_or_after_revaluations(context, command.date, document)?;
    let date = context.first_open(&[Area::Cash, Area::Settlement], asked)?;
    let date = reversal_date(context, document, date)?;
    let mut items = Vec::new();
    for part in 1..=document.parts {
        let item = context.item(&ItemId::new(command.payment.clone(), part))?;
        // An assigned payment has left the suspense account whole; only its new item counts.
        if item.account.as_str() == SUSPENSE && document.account.as_str() != SUSPENSE {
            continue;
        }
        items.push(taken_back(context, item, date)?);
    }
    let mut links: Vec<LinkRow> = Vec::new();
    for item in &items {
        links.extend(item.undo.iter().cloned());
    }
    let mut events = undo_links(context, &links, date, &command.reason)?;
    for unwinding in items.iter().flat_map(|item| &item.unwind) {
        events.extend(unwind(context, unwinding, date, &command.reason)?);
    }
    events.push(reversed(context, command, document, date, &items)?);
    Ok(Decision::many(events))
}

/// The bank's return is a fact that cannot be refused: it moves to the latest revaluation of what is
/// left of the payment, as it moves out of a closed period.
fn on_or_after_revaluations(
    context: &Context<'_>,
    asked: Date,
    document: &DocumentRow,
) -> Result<Date, Halt> {
    let mut date = asked;
    for part in 1..=document.parts {
        let item = context.item(&ItemId::new(document.document.clone(), part))?;
        date = item.revalued_on.map_or(date, |day| date.max(day));
    }
    Ok(date)
}

/// The day from which on everything can be taken back. A settlement made later than the reversal is
/// undone on its own day; where that day is closed, the reversal waits until both are open, because
/// nothing may leave a payment twice on any day between.
fn reversal_date(context: &Context<'_>, document: &DocumentRow, first: Date) -> Result<Date, Halt> {
    let mut date = first;
    // Every turn moves past a period that is closed.
    for _ in 0..=context.book.accounting.list.len() {
        let mut latest = date;
        for part in 1..=document.parts {
            let item = ItemId::new(document.document.clone(), part);
            for link in context.facts.live_links(&item)? {
                if !matches!(
                    link.kind,
                    LinkKind::Allocation | LinkKind::WriteOff | LinkKind::Conversion | LinkKind::Recovery
                ) {
                    continue;
                }
                let own = date.max(link.date);
                let undone = context.first_open(&[Area::Settlement], own)?;
                latest = if undone == own { latest } else { latest.max(undone) };
            }
        }
        if latest == date {
            break;
        }
        date = context.first_open(&[Area::Cash, Area::Settlement], latest)?;
    }
    Ok(date)
}

fn reversible<'a>(context: &Context<'a>, command: &ReversePayment) -> Result<&'a DocumentRow, Halt> {
    let document = context.document(&command.payment)?;
    if document.kind != DocumentKind::Payment {
        let wanted = "payments";
        let (document, kind) = (document.document.clone(), document.kind);
        return Err(Rejection::DocumentKind { document, kind, wanted }.into());
    }
    if document.ended.is_some() {
        return Err(Rejection::PaymentReversed { payment: command.payment.clone() }.into());
    }
    if command.date < document.date {
        let what = "the reversal date";
        return Err(Rejection::DateOrder { what, date: command.date, not_before: document.date }.into());
    }
    Ok(document)
}

/// One item of the payment and what becomes of it.
struct TakenBack<'a> {
    item: &'a ItemRow,
    /// Settlements to undo.
    undo: Vec<LinkRow>,
    /// Conversions that come back whole.
    unwind: Vec<Unwinding>,
    /// What is on the item once they are undone, in minor units and base.
    left: i64,
    left_base: Option<i64>,
    left_revalued: i64,
}

fn taken_back<'a>(context: &Context<'a>, item: &'a ItemRow, date: Date) -> Result<TakenBack<'a>, Halt> {
    if date < item.date {
        let what = "the reversal date";
        return Err(Rejection::DateOrder { what, date, not_before: item.date }.into());
    }
    let mut undo: Vec<LinkRow> = Vec::new();
    let mut unwind: Vec<Unwinding> = Vec::new();
    let (mut left, mut left_base, mut left_revalued) = (item.open, item.base_open, item.revalued);
    for link in context.facts.live_links(&item.item)? {
        let back = match link.kind {
            LinkKind::Allocation | LinkKind::WriteOff | LinkKind::Recovery => true,
            LinkKind::Conversion => {
                let whole = unwinding(context, &link)?;
                let back = whole.is_some();
                unwind.extend(whole);
                back
            }
            LinkKind::Refund => {
                check_refund_paid(context, item, &link)?;
                false
            }
            LinkKind::Void
            | LinkKind::Reversal
            | LinkKind::Move
            | LinkKind::Revaluation
            | LinkKind::Waiver
            | LinkKind::Netting
            | LinkKind::DiscountReversal => false,
        };
        if back {
            let side = link.credit.as_ref();
            left = left.saturating_add(side.map_or(0, |s| s.amount));
            let base = side.and_then(|s| s.base).unwrap_or(0);
            left_base = left_base.map(|b| b.saturating_add(base));
            left_revalued = left_revalued.saturating_add(side.map_or(0, |s| s.revalued));
            if link.kind != LinkKind::Conversion {
                undo.push(link);
            }
        }
    }
    let returning = undo.iter().chain(unwind.iter().map(|one| &one.link));
    check_stays_gone(context, item, returning, date)?;
    Ok(TakenBack { item, undo, unwind, left, left_base, left_revalued })
}

/// What is taken out on the reversal's date must have been there on every day from then on. A
/// settlement that was undone on a later day, or a refund voided then, held the credit until that
/// day. Settlements undone with the reversal return on its date, or on their own when that is later.
fn check_stays_gone<'l>(
    context: &Context<'_>,
    item: &ItemRow,
    undo: impl Iterator<Item = &'l LinkRow>,
    date: Date,
) -> Result<(), Halt> {
    let Some(reinstated) = item.reinstated.filter(|day| date < *day) else { return Ok(()) };
    let backdated =
        || Halt::from(Rejection::AllocationBackdated { item: item.item.clone(), date, reinstated });
    let Some(movements) = context.facts.movements(&item.item, date)? else { return Err(backdated()) };
    let returns = undo.map(|link| (date.max(link.date), link.credit.as_ref().map_or(0, |s| s.amount)));
    let later: Vec<(Date, i64)> = movements.iter().map(|m| (m.date, m.minor)).chain(returns).collect();
    let mut days: Vec<Date> = later.iter().map(|(day, _)| *day).filter(|day| *day >= date).collect();
    days.push(date);
    for day in days {
        let after =
            later.iter().filter(|(on, _)| *on > day).fold(0_i64, |sum, (_, m)| sum.saturating_add(*m));
        if after > 0 {
            return Err(backdated());
        }
    }
    Ok(())
}

/// A refund that is asked for and not paid must be paid or voided first: otherwise cash that the
/// bank has taken back would still go out.
fn check_refund_paid(context: &Context<'_>, item: &ItemRow, link: &LinkRow) -> Result<(), Halt> {
    let record = context.facts.record(link.position)?;
    let Some(Event::RefundRequested(request)) = record.map(|r| r.event) else {
        let detail = format!("{} is a refund without its request at {}", link.link, link.position);
        return Err(Halt::Corrupt { invariant: "INV-15", detail });
    };
    let refund = context.facts.refund(&request.refund)?;
    if refund.is_some_and(|row| row.state == RefundState::Requested) {
        let problem = "a refund of it is requested; void the refund first";
        let document = item.item.document().clone();
        return Err(Rejection::DocumentState { document, problem }.into());
    }
    Ok(())
}

fn reversed(
    context: &Context<'_>,
    command: &ReversePayment,
    document: &DocumentRow,
    date: Date,
    items: &[TakenBack<'_>],
) -> Result<Event, Halt> {
    let payer = (document.account.as_str() != SUSPENSE).then(|| context.account(&document.account));
    let payer = payer.transpose()?;
    let currency = document.currency;
    let mut posting = Posting::new(context.book, currency, payer);
    let mut closed = Vec::new();
    let mut owed = Vec::new();
    let mut parts = document.parts;
    let (mut cash, mut cash_base) = (0_i64, None::<i64>);
    for TakenBack { item, left, left_base, left_revalued, .. } in items {
        cash = cash.saturating_add(item.original);
        cash_base = item.base_original.map(|b| cash_base.unwrap_or(0).saturating_add(b));
        if *left > 0 {
            let carried = left_base.map(|base| base.saturating_add(*left_revalued));
            posting.control(&item.control, &item.account, *left, carried);
            post_unrealised(&mut posting, Side::Credit, *left_revalued, 1, |role| {
                context.book.chart.code(role, &ChartContext::default())
            })?;
            closed.push(closed_item(context, item, *left, (*left_base, *left_revalued))?);
        }
        let gone = item.original.saturating_sub(*left);
        if gone > 0 {
            parts = parts.saturating_add(1);
            let base = item.base_original.zip(*left_base).map(|(all, left)| all.saturating_sub(left));
            let again =
                owed_again(context, item, ItemId::new(command.payment.clone(), parts), date, gone, base)?;
            posting.control(&again.control, &again.account, gone, base);
            owed.push(again);
        }
    }
    let cash_code = posted_cash(context, document)?;
    posting.code(Role::Cash, &cash_code, cash.saturating_neg(), cash_base.map(i64::saturating_neg));
    let fee = fee(context, command, document, &cash_code, &mut posting)?;
    Ok(Event::PaymentReversed(Box::new(PaymentReversed {
        payment: command.payment.clone(),
        date,
        asked_date: (command.date != date).then_some(command.date),
        currency,
        cause: command.cause,
        reason: command.reason.clone(),
        closed,
        owed,
        fee,
        posting: posting.lines()?,
    })))
}

fn closed_item(
    context: &Context<'_>,
    item: &ItemRow,
    minor: i64,
    (base, revalued): (Option<i64>, i64),
) -> Result<ClosedItem, Halt> {
    Ok(ClosedItem {
        item: item.item.clone(),
        account: item.account.clone(),
        group: context.group(&item.account)?,
        amount: Amount::from_minor(minor, item.currency.exponent()),
        base: base.map(|b| Amount::from_minor(b, context.book.base.exponent())),
        link: Some(context.next_link()),
        revalued: (revalued != 0).then(|| Amount::from_minor(revalued, context.book.base.exponent())),
        uncounted: item.uncounted(),
    })
}

fn owed_again(
    context: &Context<'_>,
    item: &ItemRow,
    id: ItemId,
    date: Date,
    minor: i64,
    base: Option<i64>,
) -> Result<OwedAgain, Halt> {
    let account = context.live_account(&item.account)?;
    let chart = ChartContext {
        class: Some(account.profile.class),
        document: Some(DocumentKind::Payment),
        ..ChartContext::default()
    };
    Ok(OwedAgain {
        item: id,
        account: item.account.clone(),
        group: account.profile.parent.clone(),
        new: NewItem {
            due: date,
            amount: Amount::from_minor(minor, item.currency.exponent()),
            base: base.map(|b| Amount::from_minor(b, context.book.base.exponent())),
            discounts: Vec::new(),
            terms: None,
            aged_from: None,
            dunning_level: 0,
            counts: Counts::FULL,
            order: None,
        },
        control: Control { role: Role::Receivable, code: context.book.chart.code(Role::Receivable, &chart)? },
    })
}

/// The cash account the payment was posted to.
fn posted_cash(context: &Context<'_>, document: &DocumentRow) -> Result<GlCode, Halt> {
    let record = context.facts.record(document.position)?;
    let lines = record.as_ref().and_then(|r| r.event.posting()).map(|(_, _, lines)| lines);
    let line = lines.unwrap_or_default().iter().find(|line| line.role == Role::Cash);
    line.map(|line| line.code.clone()).ok_or_else(|| Halt::Corrupt {
        invariant: "INV-15",
        detail: format!("{} has no posting at {}", document.document, document.position),
    })
}

/// The bank's fee for the return: the book's own expense, apart from what the customer owes.
fn fee(
    context: &Context<'_>,
    command: &ReversePayment,
    document: &DocumentRow,
    cash: &GlCode,
    posting: &mut Posting<'_>,
) -> Result<Option<Amount>, Halt> {
    let Some(fee) = command.fee else { return Ok(None) };
    let fee = fee.in_currency(document.currency).map_err(|e| Rejection::value("fee", &e))?;
    let base = crate::fx::base_of(context, fee, document.rate)?;
    let chart = ChartContext { bank: document.bank.as_ref(), ..ChartContext::default() };
    posting.role(Role::BankFee, &chart, fee.minor(), base.map(Money::minor))?;
    let minus = |money: Money| money.negated().minor();
    posting.code(Role::Cash, cash, minus(fee), base.map(minus));
    Ok(Some(fee.amount()))
}
