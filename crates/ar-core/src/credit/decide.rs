//! Deciding limits and reported orders.

use super::exposure::{CreditRequest, check_credit};
use super::*;
use crate::account::{AccountChange, AccountChanged};
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::rejection::Rejection;

/// Decides `set_credit_limit`.
pub(crate) fn decide_set_limit(context: &Context<'_>, command: &SetCreditLimit) -> Result<Decision, Halt> {
    let account = context.live_account(&command.account)?;
    if account.version != command.version {
        let (given, current) = (command.version, account.version);
        return Err(Rejection::AccountStale { account: account.id.clone(), given, current }.into());
    }
    if account.limit == command.limit {
        return Ok(Decision::one(Event::NothingChanged { command: "set_credit_limit".into() }));
    }
    let mut changed = account.clone();
    changed.version = changed.version.saturating_add(1);
    changed.limit = command.limit;
    Ok(Decision::one(Event::AccountChanged(Box::new(AccountChanged {
        change: AccountChange::Limited,
        date: None,
        account: changed,
        reason: Some(command.reason.clone()),
        regrouped: Vec::new(),
    }))))
}

/// Decides `report_order`.
pub(crate) fn decide_report_order(context: &Context<'_>, command: &ReportOrder) -> Result<Decision, Halt> {
    let account = context.live_account(&command.account)?;
    let row = context.facts.order(&command.order)?;
    if let Some(row) = row.as_ref().filter(|row| row.account != command.account) {
        let (order, given) = (command.order.clone(), command.account.clone());
        return Err(Rejection::OrderAccount { order, account: row.account.clone(), given }.into());
    }
    let known = row.as_ref().map(|row| row.currency);
    let currency = command.currency.or(known).or(account.profile.currency).unwrap_or(context.book.base);
    if let Some(expected) = known.filter(|known| *known != currency) {
        return Err(Rejection::CurrencyMismatch { expected, given: currency }.into());
    }
    let amount = command.amount.in_currency(currency).map_err(|e| Rejection::value("amount", &e))?;
    let before = row.as_ref().map_or(0, |row| row.open);
    let stage_before = row.as_ref().map_or(OrderStage::Ordered, |row| row.stage);
    if row.as_ref().is_some_and(|row| row.open == amount.minor() && row.stage == command.stage) {
        return Ok(Decision::one(Event::NothingChanged { command: "report_order".into() }));
    }
    let rise = amount.minor().saturating_sub(before);
    let delivers = command.stage == OrderStage::Delivered && stage_before == OrderStage::Ordered;
    let answer = check_credit(
        context,
        &CreditRequest {
            account,
            currency,
            minor: rise,
            date: command.date,
            always: delivers && !amount.is_zero(),
        },
    )?;
    if command.credit_override.is_none() && (rise > 0 || (delivers && !amount.is_zero())) {
        if let Some(hold) = &account.hold {
            let (account, reason) = (account.id.clone(), hold.reason.clone());
            return Err(Rejection::AccountOnHold { account, reason }.into());
        }
        if let Some(breach) = answer.breach {
            return Err(breach.into());
        }
    }
    Ok(Decision::one(Event::OrderReported(Box::new(OrderReported {
        order: command.order.clone(),
        account: account.id.clone(),
        group: account.profile.parent.clone(),
        date: command.date,
        currency,
        before: Amount::from_minor(before, currency.exponent()),
        amount: amount.amount(),
        stage: command.stage,
        credit_override: command.credit_override.clone(),
        explanation: answer.explanation,
    }))))
}
