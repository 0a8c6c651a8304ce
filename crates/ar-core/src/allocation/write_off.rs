//! Giving up an open amount (INV-37).
//!
//! A debit is written off with a reason, which may take back the tax in it. A credit belongs to the
//! customer: only a rest inside the book's over-tolerance may be kept.

use super::relief::{Desk, bad_debt_role, relief};
use super::*;
use crate::book::ChartContext;
use crate::decide::{Context, Decision, Halt};
use crate::document::Side;
use crate::event::Event;
use crate::fx::{leaving, post_unrealised};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// Decides `write_off`.
pub(crate) fn decide_write_off(context: &Context<'_>, command: &WriteOff) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, command.date)?;
    context.reason(&command.reason)?;
    let item = context.item(&command.item)?;
    if item.open <= 0 {
        let problem = "nothing is open on it";
        return Err(Rejection::ItemSide { item: item.item.clone(), problem }.into());
    }
    let money = match command.amount {
        None => item.open_money(),
        Some(amount) => amount.in_currency(item.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    if !money.is_positive() {
        let what = "the write-off";
        return Err(Rejection::AmountNotPositive { what, given: money.amount() }.into());
    }
    if item.side == Side::Credit {
        check_small_credit(context, item)?;
        check_live_links(item, 1)?;
    }
    check_room(context, item, &[(command.date, money.minor())], |open, requested, _| {
        Rejection::WriteOffExceeds { item: item.item.clone(), open, requested }
    })?;
    let asked = Asked { date: command.date, reason: &command.reason };
    written_off(context, &asked, (item, money), &mut Desk::default(), None).map(Decision::one)
}

/// When and why something is given up.
pub(super) struct Asked<'a> {
    pub(super) date: Date,
    pub(super) reason: &'a ReasonCode,
}

/// A credit is the customer's money: only a rest that lies inside the tolerance for an excess as a
/// whole is kept. Many small write-offs of a large credit would sweep it to income.
fn check_small_credit(context: &Context<'_>, item: &ItemRow) -> Result<(), Halt> {
    let policies = &context.book.policies;
    let original = Money::clamped(item.original, item.currency);
    let limit = policies.over_tolerance.as_ref().and_then(|t| t.limit(original, policies.rounding));
    let suspense = item.account.as_str() == crate::payment::SUSPENSE;
    if !suspense && limit.is_some_and(|limit| item.open <= limit.minor()) {
        return Ok(());
    }
    let problem = "it is the customer's credit and beyond the tolerance; apply, refund or transfer it";
    Err(Rejection::ItemSide { item: item.item.clone(), problem }.into())
}

/// The event of a write-off whose room was looked at. `why` is what chose the item, where that was not
/// a person.
pub(super) fn written_off(
    context: &Context<'_>,
    command: &Asked<'_>,
    (item, money): (&ItemRow, Money),
    desk: &mut Desk,
    why: Option<Explanation>,
) -> Result<Event, Halt> {
    let account = context.account(&item.account)?;
    let leaves = leaving(context, item, command.date, money.minor())?;
    let base = leaves.base;
    let (role, sign) = match item.side {
        Side::Debit => (bad_debt_role(context, command.reason), 1),
        Side::Credit => (Role::SmallDifference, -1),
    };
    let chart = ChartContext {
        class: Some(account.profile.class),
        document: Some(item.kind),
        reason: Some(command.reason),
        ..ChartContext::default()
    };
    let (taxes, explanation) = match item.side {
        Side::Debit => relief(context, desk, (item, money), command.reason, why)?,
        Side::Credit => (None, why),
    };
    let minor = money.minor().saturating_mul(sign);
    let base_signed = base.map(|b| b.saturating_mul(sign));
    let mut posting = Posting::new(context.book, item.currency, Some(account));
    posting.role(role, &chart, minor, base_signed)?;
    if let Some(taxes) = &taxes {
        taxes.post(&mut posting, 1);
    }
    let carried = leaves.carried().map(|b| b.saturating_mul(sign).saturating_neg());
    posting.control(&item.control, &item.account, minor.saturating_neg(), carried);
    post_unrealised(&mut posting, item.side, leaves.revalued, 1, |role| {
        context.book.chart.code(role, &chart)
    })?;
    Ok(Event::ItemWrittenOff(Box::new(ItemWrittenOff {
        link: context.next_link(),
        side: item.side,
        closed: ClosedItem {
            item: item.item.clone(),
            account: item.account.clone(),
            group: account.profile.parent.clone(),
            amount: money.amount(),
            base: base.map(|b| Amount::from_minor(b, context.book.base.exponent())),
            link: None,
            revalued: leaves.revalued_amount(context.book.base),
            uncounted: item.uncounted(),
        },
        control: item.control.clone(),
        currency: item.currency,
        date: command.date,
        reason: command.reason.clone(),
        taxes: taxes.map(Box::new),
        explanation,
        posting: posting.lines()?,
    })))
}
