//! Refunds of unapplied credit: asked for, then paid or voided (INV-34).
//!
//! The amount leaves the credit when it is asked for, so that it can be neither applied nor
//! refunded twice; it waits on a clearing account until it is paid.

use super::transfer::check_movable;
use super::*;
use crate::allocation::{check_live_links, check_room, code_in, posted_lines};
use crate::book::ChartContext;
use crate::decide::{Context, Decision, Halt};
use crate::document::Side;
use crate::event::Event;
use crate::fx::{leaving, post_unrealised};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::RefundRow;

/// Decides `request_refund`.
pub(crate) fn decide_request_refund(
    context: &Context<'_>,
    command: &RequestRefund,
) -> Result<Decision, Halt> {
    context.check_open(Area::Cash, command.date)?;
    context.reason(&command.reason)?;
    if context.facts.refund(&command.refund)?.is_some() {
        return Err(Rejection::RefundExists { refund: command.refund.clone() }.into());
    }
    let credit = context.item(&command.credit)?;
    check_movable(credit)?;
    let account = context.account(&credit.account)?;
    let money = command.amount.in_currency(credit.currency).map_err(|e| Rejection::value("amount", &e))?;
    check_live_links(credit, 1)?;
    check_room(context, credit, &[(command.date, money.minor())], |available, requested, _| {
        Rejection::RefundExceeds { credit: credit.item.clone(), available, requested }
    })?;
    let leaves = leaving(context, credit, command.date, money.minor())?;
    let base = leaves.base;
    let chart = ChartContext {
        class: Some(account.profile.class),
        document: Some(credit.kind),
        reason: Some(&command.reason),
        ..ChartContext::default()
    };
    let clearing = context.book.chart.code(Role::RefundClearing, &chart)?;
    let mut posting = Posting::new(context.book, credit.currency, Some(account));
    posting.control(&credit.control, &credit.account, money.minor(), leaves.carried());
    post_unrealised(&mut posting, Side::Credit, leaves.revalued, 1, |role| {
        context.book.chart.code(role, &chart)
    })?;
    let minus = money.negated().minor();
    posting.code(Role::RefundClearing, &clearing, minus, base.map(i64::saturating_neg));
    Ok(Decision::one(Event::RefundRequested(Box::new(RefundRequested {
        refund: command.refund.clone(),
        link: context.next_link(),
        from: ClosedItem {
            item: credit.item.clone(),
            account: credit.account.clone(),
            group: account.profile.parent.clone(),
            amount: money.amount(),
            base: base.map(|b| Amount::from_minor(b, context.book.base.exponent())),
            link: None,
            revalued: leaves.revalued_amount(context.book.base),
            uncounted: false,
        },
        currency: credit.currency,
        date: command.date,
        reason: command.reason.clone(),
        clearing,
        posting: posting.lines()?,
    }))))
}

/// A refund that can still be paid or voided, on a date that does not lie before its request.
fn requested(context: &Context<'_>, id: &RefundId, date: Date) -> Result<RefundRow, Halt> {
    context.check_open(Area::Cash, date)?;
    let refund = context.facts.refund(id)?.ok_or_else(|| Rejection::RefundUnknown { refund: id.clone() })?;
    if refund.state != RefundState::Requested {
        return Err(Rejection::RefundState { refund: id.clone(), state: refund.state }.into());
    }
    if date < refund.date {
        let what = "the date";
        return Err(Rejection::DateOrder { what, date, not_before: refund.date }.into());
    }
    Ok(refund)
}

/// Decides `pay_refund`.
pub(crate) fn decide_pay_refund(context: &Context<'_>, command: &PayRefund) -> Result<Decision, Halt> {
    let refund = requested(context, &command.refund, command.date)?;
    super::receive::check_bank(context, command.bank.as_ref(), refund.currency)?;
    let account = context.account(&refund.account)?;
    let chart = ChartContext {
        class: Some(account.profile.class),
        bank: command.bank.as_ref(),
        ..ChartContext::default()
    };
    let mut posting = Posting::new(context.book, refund.currency, Some(account));
    posting.code(Role::RefundClearing, &refund.clearing, refund.amount, refund.base);
    let base = refund.base.map(i64::saturating_neg);
    posting.role(Role::Cash, &chart, refund.amount.saturating_neg(), base)?;
    Ok(Decision::one(Event::RefundEnded(Box::new(RefundEnded {
        refund: command.refund.clone(),
        state: RefundState::Paid,
        currency: refund.currency,
        date: command.date,
        bank: command.bank.clone(),
        reason: None,
        restored: None,
        posting: posting.lines()?,
    }))))
}

/// Decides `void_refund`.
pub(crate) fn decide_void_refund(context: &Context<'_>, command: &VoidRefund) -> Result<Decision, Halt> {
    let refund = requested(context, &command.refund, command.date)?;
    let account = context.live_account(&refund.account)?;
    let credit = context.item(&refund.credit)?;
    let mut posting = Posting::new(context.book, refund.currency, Some(account));
    posting.code(Role::RefundClearing, &refund.clearing, refund.amount, refund.base);
    let link = context.facts.link(&refund.link)?;
    let revalued = link.and_then(|link| link.credit.as_ref()).map_or(0, |side| side.revalued);
    let base = refund.base.map(|base| base.saturating_add(revalued).saturating_neg());
    posting.control(&credit.control, &credit.account, refund.amount.saturating_neg(), base);
    if let Some(link) = link {
        let lines = posted_lines(context, link)?;
        post_unrealised(&mut posting, Side::Credit, revalued, -1, |role| {
            code_in(&lines, role).map_or_else(|| context.book.chart.code(role, &ChartContext::default()), Ok)
        })?;
    }
    let restored = ClosedItem {
        item: refund.credit.clone(),
        account: refund.account.clone(),
        group: account.profile.parent.clone(),
        amount: Amount::from_minor(refund.amount, refund.currency.exponent()),
        base: refund.base.map(|b| Amount::from_minor(b, context.book.base.exponent())),
        link: None,
        revalued: (revalued != 0).then(|| Amount::from_minor(revalued, context.book.base.exponent())),
        uncounted: false,
    };
    Ok(Decision::one(Event::RefundEnded(Box::new(RefundEnded {
        refund: command.refund.clone(),
        state: RefundState::Voided,
        currency: refund.currency,
        date: command.date,
        bank: None,
        reason: Some(command.reason.clone()),
        restored: Some((refund.link.clone(), restored)),
        posting: posting.lines()?,
    }))))
}
