//! Revaluation: what open items in a foreign currency are carried at on a day (INV-09, INV-29, INV-31).
//!
//! The difference is taken from what the item was carried at on that day, so that doing it again posts
//! nothing. What had left the item by a later day takes its share along on that day, and a reversal
//! takes the rest: on no day anything is left in base currency where nothing is open.

use std::collections::{BTreeMap, BTreeSet};

use super::carrying::share;
use super::convert::closing_rate;
use super::*;
use crate::account::Account;
use crate::book::ChartContext;
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::{ItemRow, Movement};

/// One item on one day.
struct Step<'a> {
    item: &'a ItemRow,
    open: i64,
    carried: i64,
    /// The unrealised difference before.
    revalued: i64,
    by: i64,
}

/// Decides `revalue`.
pub(crate) fn decide_revalue(context: &Context<'_>, command: &Revalue) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, command.date)?;
    if let Some(day) = command.reverse_on {
        context.check_open(Area::Adjustment, day)?;
        if day <= command.date {
            let what = "the day of the reversal";
            let not_before = command.date.add_days(1).map_err(|e| Rejection::value("date", &e))?;
            return Err(Rejection::DateOrder { what, date: day, not_before }.into());
        }
    }
    if command.currency == context.book.base {
        return Err(Rejection::RateBaseCurrency { currency: command.currency }.into());
    }
    let account = context.account(&command.account)?;
    let Some(rate) = closing_rate(context, command.currency, command.date)? else {
        return Err(Rejection::RateBaseCurrency { currency: command.currency }.into());
    };
    let method = command.method.unwrap_or(context.book.policies.revaluation);
    let mut days: BTreeMap<Date, Vec<Step<'_>>> = BTreeMap::new();
    for id in command.items.iter().collect::<BTreeSet<_>>() {
        let item = context.item(id)?;
        check_item(context, command, item)?;
        steps(context, command, (method, rate.rate), item, &mut days)?;
    }
    let mut events = Vec::with_capacity(days.len());
    for (date, steps) in days {
        events.push(revalued(context, command, account, (method, &rate), date, &steps)?);
    }
    if events.is_empty() {
        events.push(Event::NothingChanged { command: "revalue".into() });
    }
    Ok(Decision::many(events))
}

fn check_item(context: &Context<'_>, command: &Revalue, item: &ItemRow) -> Result<(), Halt> {
    if item.account != command.account {
        return Err(Rejection::DocumentAccount {
            document: item.item.document().clone(),
            account: item.account.clone(),
            given: command.account.clone(),
        }
        .into());
    }
    if item.currency != command.currency {
        let (expected, given) = (item.currency, command.currency);
        return Err(Rejection::CurrencyMismatch { expected, given }.into());
    }
    if item.base_open.is_none() && item.currency != context.book.base {
        return Err(Rejection::RateMissing { currency: item.currency, on: item.date }.into());
    }
    if command.date < item.date {
        let what = "the revaluation date";
        return Err(Rejection::DateOrder { what, date: command.date, not_before: item.date }.into());
    }
    Ok(())
}

/// What an item is to be carried at, in base currency.
fn wanted(
    context: &Context<'_>,
    item: &ItemRow,
    (method, rate): (RevaluationMethod, Rate),
    open: i64,
    (booked, carried): (i64, i64),
) -> Result<i64, Halt> {
    let money = Money::clamped(open, item.currency);
    let at_rate = base_of(context, money, Some(rate))?.map_or(carried, Money::minor);
    // What is owed to us is worst when low, what we owe when high.
    let worst = |a: i64, b: i64| match item.side {
        Side::Debit => a.min(b),
        Side::Credit => a.max(b),
    };
    Ok(match method {
        RevaluationMethod::Standard => at_rate,
        RevaluationMethod::Minimum => worst(carried, at_rate),
        RevaluationMethod::LowestValue => worst(booked, at_rate),
        RevaluationMethod::InvoiceRate => booked,
    })
}

/// What one item moves by, on the day and on each later one that takes some of it back.
fn steps<'a>(
    context: &Context<'_>,
    command: &Revalue,
    by: (RevaluationMethod, Rate),
    item: &'a ItemRow,
    days: &mut BTreeMap<Date, Vec<Step<'a>>>,
) -> Result<(), Halt> {
    let date = command.date;
    let later = || {
        let revalued = item.revalued_on.unwrap_or(date);
        Halt::from(Rejection::RevaluationLater { item: item.item.clone(), date, revalued })
    };
    let Some(mut moves) = context.facts.movements(&item.item, date)? else {
        let reinstated = item.reinstated.unwrap_or(date);
        return Err(Rejection::AllocationBackdated { item: item.item.clone(), date, reinstated }.into());
    };
    moves.retain(|m| m.date > date);
    let sum = |of: fn(&Movement) -> i64| moves.iter().map(of).fold(0_i64, i64::saturating_add);
    let open = item.open.saturating_sub(sum(|m| m.minor));
    let booked = item.base_open.unwrap_or(0).saturating_sub(sum(|m| m.base));
    let revalued = item.revalued.saturating_sub(sum(|m| m.revalued));
    let carried = booked.saturating_add(revalued);
    let delta = wanted(context, item, by, open, (booked, carried))?.saturating_sub(carried);
    if open <= 0 || delta == 0 {
        return Ok(());
    }
    let end = command.reverse_on.unwrap_or(Date::MAX);
    // A later revaluation was told from what the item was carried at without this one.
    if moves.iter().any(|m| m.date < end && m.minor == 0 && m.revalued != 0) {
        return Err(later());
    }
    let mut push = |on: Date, open: i64, carried: i64, revalued: i64, by: i64| {
        days.entry(on).or_default().push(Step { item, open, carried, revalued, by });
    };
    push(date, open, carried, revalued, delta);
    let rounding = context.book.policies.rounding;
    let mut by_day: BTreeMap<Date, (i64, i64, i64)> = BTreeMap::new();
    for m in &moves {
        let sum = by_day.entry(m.date).or_default();
        sum.0 = sum.0.saturating_add(m.minor);
        sum.1 = sum.1.saturating_add(m.base);
        sum.2 = sum.2.saturating_add(m.revalued);
    }
    if let Some(day) = command.reverse_on {
        by_day.entry(day).or_default();
    }
    let (mut there, mut left) = ((open, booked, revalued), delta);
    for (day, (minor, base, unrealised)) in by_day.into_iter().filter(|(day, _)| *day <= end) {
        let before = there.0;
        there =
            (there.0.saturating_add(minor), there.1.saturating_add(base), there.2.saturating_add(unrealised));
        let back = match day == end {
            true => left,
            false if minor < 0 => share(left, minor.saturating_neg(), before, rounding),
            false => 0,
        };
        if back != 0 {
            let carried = there.1.saturating_add(there.2).saturating_add(left);
            push(day, there.0, carried, there.2.saturating_add(left), back.saturating_neg());
            left = left.saturating_sub(back);
        }
    }
    Ok(())
}

/// The event of one day.
fn revalued(
    context: &Context<'_>,
    command: &Revalue,
    account: &Account,
    (method, rate): (RevaluationMethod, &UsedRate),
    date: Date,
    steps: &[Step<'_>],
) -> Result<Event, Halt> {
    let (book, currency) = (context.book, command.currency);
    let base = |minor: i64| Amount::from_minor(minor, book.base.exponent());
    let chart = ChartContext { class: Some(account.profile.class), ..ChartContext::default() };
    let mut posting = Posting::new(book, currency, Some(account));
    let mut items = Vec::with_capacity(steps.len());
    for step in steps {
        let Step { item, open, carried, revalued, by } = step;
        let sign = match item.side {
            Side::Debit => 1,
            Side::Credit => -1,
        };
        posting.control(&item.control, &item.account, 0, Some(by.saturating_mul(sign)));
        // What was a gain before is taken back as one before there is a loss, and the other way round.
        let (before, after) =
            (revalued.saturating_mul(sign), revalued.saturating_add(*by).saturating_mul(sign));
        let gain = before.max(0).saturating_sub(after.max(0));
        let loss = before.min(0).saturating_sub(after.min(0));
        for (role, minor) in [(Role::UnrealisedGain, gain), (Role::UnrealisedLoss, loss)] {
            if minor != 0 {
                posting.role(role, &chart, 0, Some(minor))?;
            }
        }
        items.push(RevaluedItem {
            link: context.next_link(),
            item: item.item.clone(),
            side: item.side,
            open: Amount::from_minor(*open, currency.exponent()),
            carried: base(*carried),
            by: base(*by),
        });
    }
    let explanation = Explanation::rule(method.name())
        .input("rate", format_args!("{} of {}, {}", rate.rate, rate.date, rate.source));
    Ok(Event::ItemsRevalued(Box::new(ItemsRevalued {
        account: command.account.clone(),
        currency,
        date,
        rate: rate.clone(),
        method,
        reverses: (date != command.date).then_some(command.date),
        items,
        explanation,
        posting: posting.lines()?,
    })))
}
