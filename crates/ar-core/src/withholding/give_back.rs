//! Giving a withheld amount back to the customer's debts (INV-29, INV-41).
//!
//! The settlement is undone and made again with so much less withheld, on one day: cash and discount stay
//! what they were, at the same figures in base currency and on the same accounts, and the item has the
//! amount open again with the due date it always had. A difference is absorbed only where nothing stays
//! open (INV-08): a shortfall is open again too, and an excess that was kept is the customer's again.

use super::certificate::{pending, withheld_in};
use super::*;
use crate::allocation::{
    AppliedLink, ControlOf, CreditAllocated, Desk, Figures, Unearned, code_in, discount_of_part, undo_exactly,
};
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::explain::Explanation;
use crate::fx::share;
use crate::journal::{Posting, Role};
use crate::rows::{ItemRow, LinkRow};

/// A settlement and what it keeps of the tax withheld in it.
pub(super) struct Keeping {
    pub(super) link: LinkRow,
    pub(super) row: WithholdingRow,
    pub(super) keeps: i64,
}

/// Decides `return_withholding`.
pub(crate) fn decide_return_withholding(
    context: &Context<'_>,
    command: &ReturnWithholding,
) -> Result<Decision, Halt> {
    let (link, row) = withheld_in(context, &command.link)?;
    pending(Some(&row))?;
    if command.date < link.date {
        let what = "the day the tax is given back";
        return Err(Rejection::DateOrder { what, date: command.date, not_before: link.date }.into());
    }
    let held = Money::clamped(row.amount, row.currency);
    let back = match command.amount {
        None => held,
        Some(amount) => amount.in_currency(row.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    if !back.is_positive() {
        let what = "the tax given back";
        return Err(Rejection::AmountNotPositive { what, given: back.amount() }.into());
    }
    if back.minor() > held.minor() {
        return Err(Rejection::WithholdingExceeds { link: row.link, pending: held, requested: back }.into());
    }
    let keeps = held.minor().saturating_sub(back.minor());
    let all = [Keeping { link, row, keeps }];
    let (events, _) = give_back(context, &all, command.date, &command.reason)?;
    Ok(Decision::many(events))
}

/// Which settlement takes the place of which.
type Replaced = Vec<(LinkId, LinkId)>;

/// The events that make settlements again with less withheld.
pub(super) fn give_back(
    context: &Context<'_>,
    all: &[Keeping],
    date: Date,
    reason: &Text,
) -> Result<(Vec<Event>, Replaced), Halt> {
    let mut events = Vec::new();
    let mut replaced = Vec::with_capacity(all.len());
    let mut desk = Desk::default();
    for keeping in all {
        let undone = undo_exactly(context, std::slice::from_ref(&keeping.link), date, reason)?;
        let Some(Event::SettlementUndone(undo)) = undone.first() else { continue };
        let on = undo.date;
        events.extend(undone);
        let again = made_again(context, keeping, &mut desk, on, reason)?;
        replaced.extend(again.links.first().map(|made| (keeping.link.link.clone(), made.link.clone())));
        events.push(Event::CreditAllocated(Box::new(again)));
    }
    Ok((events, replaced))
}

fn made_again(
    context: &Context<'_>,
    keeping: &Keeping,
    desk: &mut Desk,
    on: Date,
    reason: &Text,
) -> Result<CreditAllocated, Halt> {
    let link = &keeping.link;
    let record = context.facts.record(link.position)?;
    let missing = || Halt::Corrupt {
        invariant: "INV-15",
        detail: format!("no settlement {} at {}", link.link, link.position),
    };
    let Some(Event::CreditAllocated(before)) = record.map(|record| record.event) else {
        return Err(missing());
    };
    let (Some(credit), Some(debit)) = (&link.credit, &link.debit) else { return Err(missing()) };
    let made = before.links.iter().find(|made| made.link == link.link).ok_or_else(missing)?;
    let (from, to) = (context.item(&credit.item)?, context.item(&debit.item)?);
    for item in [from, to] {
        // What was open then was told without what comes back now.
        if let Some(revalued) = item.revalued_on.filter(|day| on < *day) {
            return Err(Rejection::RevaluationLater { item: item.item.clone(), date: on, revalued }.into());
        }
    }
    let cash = credit.amount.saturating_add(link.tolerance.min(0));
    let settled = cash.saturating_add(link.discount).saturating_add(keeping.keeps);
    let of_debit = |base: i64| share(base, settled, debit.amount, context.book.policies.rounding);
    let of_credit = |base: i64| share(base, cash, credit.amount, context.book.policies.rounding);
    let figures = Figures {
        cash,
        credit_base: credit.base.map(of_credit),
        debit_base: debit.base.map(of_debit),
        credit_revalued: of_credit(credit.revalued),
        debit_revalued: of_debit(debit.revalued),
        discount: link.discount,
        tolerance: 0,
        withholding: keeping.keeps,
    };
    let payer = context.account(&before.account)?;
    let code = |role: Role| match role {
        Role::Withholding => Ok(keeping.row.withheld.posted.clone()),
        role => code_in(&before.posting, role)
            .map_or_else(|| context.book.chart.code(role, &Default::default()), Ok),
    };
    let mut posting = Posting::new(context.book, link.currency, Some(payer));
    let (credit_control, debit_control) = (
        ControlOf { control: &from.control, account: &credit.account },
        ControlOf { control: &to.control, account: &debit.account },
    );
    figures.post(&mut posting, 1, &credit_control, &debit_control, code)?;
    let taxes = desk.taxes_again(context, (from, to), &figures, made.taxes.as_deref())?;
    if let Some(taxes) = &taxes {
        taxes.post(&mut posting, 1);
    }
    let base = |minor: i64| Amount::from_minor(minor, context.book.base.exponent());
    let kept = (keeping.keeps != 0).then(|| Amount::from_minor(keeping.keeps, link.currency.exponent()));
    let other = debit.account != credit.account;
    Ok(CreditAllocated {
        credit: credit.item.clone(),
        account: before.account.clone(),
        group: context.group(&before.account)?,
        memo: before.memo,
        currency: link.currency,
        date: on,
        links: vec![AppliedLink {
            link: context.next_link(),
            group: if other { context.group(&debit.account)? } else { None },
            amount: Amount::from_minor(cash, link.currency.exponent()),
            credit_base: figures.credit_base.map(base),
            credit_revalued: (figures.credit_revalued != 0).then(|| base(figures.credit_revalued)),
            tolerance: None,
            of_payment: None,
            debit_base: figures.debit_base.map(base),
            debit_revalued: (figures.debit_revalued != 0).then(|| base(figures.debit_revalued)),
            unearned: unearned(from, to, &figures, reason),
            withholding: kept,
            withheld: kept.and(made.withheld.clone()),
            taxes: taxes.map(Box::new),
            ..made.clone()
        }],
        explanation: Explanation::rule("withholding_returned")
            .input("settlement", &link.link)
            .input("withheld", Money::clamped(link.withholding, link.currency))
            .input("kept", Money::clamped(keeping.keeps, link.currency)),
        posting: posting.lines()?,
    })
}

/// What stays of a discount although the item is not settled any more: named with the reason for which
/// the tax came back.
fn unearned(from: &ItemRow, to: &ItemRow, figures: &Figures, reason: &Text) -> Option<Unearned> {
    let open = to.open.saturating_add(figures.settled());
    let paid = figures.cash.saturating_add(figures.withholding);
    let earned = discount_of_part(&ItemRow { open, ..to.clone() }, from.value_date, paid);
    let minor = figures.discount.saturating_sub(earned.min(figures.discount));
    let amount = Amount::from_minor(minor, to.currency.exponent());
    (minor > 0).then(|| Unearned { amount, reason: reason.clone() })
}
