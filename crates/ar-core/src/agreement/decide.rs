//! Deciding promises, and calling in a plan.

use super::*;
use crate::book::Counts;
use crate::debit::{Moving, Part, aged_from, moved, open_debit};
use crate::decide::{Context, Decision, Halt};
use crate::document::{DocumentKind, Side};
use crate::event::Event;
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::{AgreementRow, ItemRow};

/// Decides `promise_to_pay`.
pub(crate) fn decide_promise(context: &Context<'_>, command: &PromiseToPay) -> Result<Decision, Halt> {
    if context.facts.agreement(&AgreementId::Promise(command.promise.clone()))?.is_some() {
        return Err(Rejection::PromiseExists { promise: command.promise.clone() }.into());
    }
    let item = context.item(&command.item)?;
    if item.side != Side::Debit || item.account.as_str() == crate::payment::SUSPENSE {
        let problem = "it is a credit; a promise is to pay a debit";
        return Err(Rejection::ItemSide { item: item.item.clone(), problem }.into());
    }
    if item.open <= 0 {
        let problem = "nothing is open on it";
        return Err(Rejection::ItemSide { item: item.item.clone(), problem }.into());
    }
    for (what, date, not_before) in [
        ("the day of the promise", command.date, item.date),
        ("the day it is promised for", command.by, command.date),
    ] {
        if date < not_before {
            return Err(Rejection::DateOrder { what, date, not_before }.into());
        }
    }
    let money = match command.amount {
        None => item.open_money(),
        Some(amount) => amount.in_currency(item.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    if !money.is_positive() {
        return Err(Rejection::AmountNotPositive { what: "the promise", given: money.amount() }.into());
    }
    if money.minor() > item.open {
        let (open, promised) = (item.open_money(), money);
        return Err(Rejection::PromiseExceeds { item: item.item.clone(), open, promised }.into());
    }
    Ok(Decision::one(Event::PromiseMade(Box::new(PromiseMade {
        promise: command.promise.clone(),
        item: item.item.clone(),
        account: item.account.clone(),
        currency: item.currency,
        amount: money.amount(),
        date: command.date,
        by: command.by,
        note: command.note.clone(),
    }))))
}

/// Decides `withdraw_promise`.
pub(crate) fn decide_withdraw(context: &Context<'_>, command: &WithdrawPromise) -> Result<Decision, Halt> {
    let id = AgreementId::Promise(command.promise.clone());
    let Some(row) = context.facts.agreement(&id)? else {
        return Err(Rejection::PromiseUnknown { promise: command.promise.clone() }.into());
    };
    if row.ended.is_some() {
        return Err(Rejection::PromiseWithdrawn { promise: command.promise.clone() }.into());
    }
    if command.date < row.date {
        let what = "the day of the withdrawal";
        return Err(Rejection::DateOrder { what, date: command.date, not_before: row.date }.into());
    }
    Ok(Decision::one(Event::PromiseWithdrawn(Box::new(PromiseWithdrawn {
        promise: command.promise.clone(),
        account: row.account,
        date: command.date,
        reason: command.reason.clone(),
    }))))
}

/// Decides `accelerate_plan`.
pub(crate) fn decide_accelerate(context: &Context<'_>, command: &AcceleratePlan) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, command.date)?;
    context.reason(&command.reason)?;
    context.free_number(&command.document)?;
    let row = plan(context, &command.plan)?;
    let document = context.document(&command.plan)?;
    let ids: Vec<ItemId> = (1..=document.parts).map(|part| ItemId::new(command.plan.clone(), part)).collect();
    let items = context.items(ids.iter())?;
    check_default(&row, &items, command)?;
    let mut open = Vec::with_capacity(items.len());
    for item in items.into_iter().filter(|item| item.open > 0) {
        open.push((open_debit(context, &item.item)?, item.open));
    }
    open.sort_by(|(a, _), (b, _)| (a.due, &a.item).cmp(&(b.due, &b.item)));
    let minor = open.iter().fold(0_i64, |sum, (_, open)| sum.saturating_add(*open));
    Money::new(minor, document.currency)
        .map_err(|_| Rejection::AmountOutOfRange { what: "what is left of the plan" })?;
    let oldest = open.iter().map(|(item, _)| aged_from(item)).min().unwrap_or(command.date);
    let counts = open.iter().map(|(item, _)| item.counts).reduce(Counts::or).unwrap_or_default();
    let first = open.first().and_then(|(item, _)| item.order.clone());
    let order = first.filter(|order| open.iter().all(|(item, _)| item.order.as_ref() == Some(order)));
    let part = Part { due: command.date, minor, aged_from: oldest, discounts: Vec::new(), counts, order };
    let mut event = moved(
        context,
        Moving {
            document: &command.document,
            kind: DocumentKind::Plan,
            account: context.live_account(&document.account)?,
            date: command.date,
            from: open,
            parts: vec![part],
            reason: &command.reason,
        },
    )?;
    event.accelerates = Some(command.plan.clone());
    Ok(Decision::one(Event::DebitMoved(Box::new(event))))
}

/// The agreement of a plan that was not called in.
fn plan(context: &Context<'_>, plan: &DocumentId) -> Result<AgreementRow, Halt> {
    let Some(row) = context.facts.agreement(&AgreementId::Plan(plan.clone()))? else {
        let document = context.document(plan)?;
        let wanted = "payment plans";
        return Err(Rejection::DocumentKind { document: plan.clone(), kind: document.kind, wanted }.into());
    };
    if row.ended.is_some() {
        let problem = "it was called in already";
        return Err(Rejection::DocumentState { document: plan.clone(), problem }.into());
    }
    Ok(row)
}

/// An instalment is open although it was due more days ago than agreed.
fn check_default(row: &AgreementRow, items: &[&ItemRow], command: &AcceleratePlan) -> Result<(), Halt> {
    let days = match &row.agreed {
        Agreed::Instalments { default_after: Some(days) } => *days,
        _ => {
            let problem = "no default was agreed for it; make a new plan".to_owned();
            return Err(Rejection::PlanInvalid { problem }.into());
        }
    };
    let late = items.iter().filter(|item| item.open > 0);
    let late = late.filter_map(|item| item.due.add_days(i32::from(days)).ok());
    if late.min().is_some_and(|last| last < command.date) {
        return Ok(());
    }
    Err(Rejection::PlanNotInDefault { plan: command.plan.clone(), on: command.date, days }.into())
}
