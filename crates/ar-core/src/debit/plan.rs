//! Payment plans: open debits become instalments (INV-24, INV-41).
//!
//! The plan takes over all that is open, oldest due first; each instalment ages from the oldest debt
//! in it. Dates come from the first one, never by stepping.

use super::decide::{Moving, Part, aged_from, moved, open_debit};
use super::*;
use crate::book::Counts;
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::ItemRow;
use crate::terms::INSTALMENTS_MAX;

/// Decides `reschedule`.
pub(crate) fn decide_reschedule(context: &Context<'_>, command: &Reschedule) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, command.date)?;
    context.reason(&command.reason)?;
    context.free_number(&command.plan)?;
    let items = items(context, command)?;
    let Some(first) = items.first() else { return Err(invalid("it takes over no item")) };
    let account = context.live_account(&first.account)?;
    let total = items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open));
    let total = Money::new(total, first.currency)
        .map_err(|_| Rejection::AmountOutOfRange { what: "what the plan takes over" })?;
    let instalments = instalments(&command.schedule, total)?;
    check_dates(command.date, &instalments)?;
    let mut event = moved(
        context,
        Moving {
            document: &command.plan,
            kind: DocumentKind::Plan,
            account,
            date: command.date,
            parts: parts(&items, &instalments),
            from: items.into_iter().map(|item| (item, item.open)).collect(),
            reason: &command.reason,
        },
    )?;
    event.default_after = command.default_after;
    Ok(Decision::one(Event::DebitMoved(Box::new(event))))
}

fn invalid(problem: impl Into<String>) -> Halt {
    Rejection::PlanInvalid { problem: problem.into() }.into()
}

/// The items of one account and currency, oldest due first.
fn items<'a>(context: &Context<'a>, command: &Reschedule) -> Result<Vec<&'a ItemRow>, Halt> {
    let mut items: Vec<&ItemRow> = Vec::with_capacity(command.items.len());
    for id in &command.items {
        let item = open_debit(context, id)?;
        if items.iter().any(|other| other.item == item.item) {
            return Err(Rejection::AllocationRepeated { item: item.item.clone() }.into());
        }
        if let Some(first) = items.first() {
            if first.account != item.account {
                let (one, other) = (&first.account, &item.account);
                return Err(invalid(format!(
                    "its items are owed by {one} and by {other}; make one plan each"
                )));
            }
            if first.currency != item.currency {
                return Err(
                    Rejection::CurrencyMismatch { expected: first.currency, given: item.currency }.into()
                );
            }
            // One posting is in base currency or is not.
            if first.base_open.is_some() != item.base_open.is_some() {
                let without = if item.base_open.is_none() { item } else { *first };
                return Err(Rejection::RateMissing { currency: without.currency, on: without.date }.into());
            }
        }
        items.push(item);
    }
    items.sort_by(|a, b| (a.due, a.document_date, &a.item).cmp(&(b.due, b.document_date, &b.item)));
    Ok(items)
}

/// Due dates with minor units, in order.
fn instalments(schedule: &PlanSchedule, total: Money) -> Result<Vec<(Date, i64)>, Halt> {
    let at = |start: Date, every_months: u16, n: usize| {
        let months = i32::try_from(n).unwrap_or(i32::MAX).saturating_mul(i32::from(every_months));
        start.add_months(months).map_err(|e| Halt::from(Rejection::value("due date", &e)))
    };
    let amounts: Vec<i64> = match schedule {
        PlanSchedule::Parts(parts) => {
            let mut given = Vec::with_capacity(parts.len());
            for part in parts {
                let money =
                    part.amount.in_currency(total.currency()).map_err(|e| Rejection::value("amount", &e))?;
                given.push((part.due, money.minor()));
            }
            let sum = given.iter().fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
            if sum != total.minor() || given.iter().any(|(_, minor)| *minor <= 0) {
                let sum = Money::clamped(sum, total.currency());
                return Err(invalid(format!(
                    "its instalments come to {sum} and it takes over {total}; each must be above zero"
                )));
            }
            return Ok(given);
        }
        PlanSchedule::Amount { amount, .. } => by_amount(*amount, total)?,
        PlanSchedule::Count { count, .. } => {
            let count = usize::from(*count);
            let most = usize::try_from(total.minor()).unwrap_or(usize::MAX).min(INSTALMENTS_MAX);
            if !(1..=most).contains(&count) {
                return Err(invalid(format!(
                    "{total} are paid in 1 to {most} instalments and not in {count}"
                )));
            }
            by_count(count, total)?
        }
    };
    let (PlanSchedule::Amount { start, every_months, .. } | PlanSchedule::Count { start, every_months, .. }) =
        schedule
    else {
        return Ok(Vec::new());
    };
    amounts.into_iter().enumerate().map(|(n, minor)| Ok((at(*start, *every_months, n)?, minor))).collect()
}

/// Equal amounts, rounded; the last takes the rest, as it does under terms. Where rounding up would
/// leave nothing for it, down.
fn by_count(count: usize, total: Money) -> Result<Vec<i64>, Halt> {
    let out = || Halt::from(Rejection::AmountOutOfRange { what: "the instalment" });
    let whole = i64::try_from(count).map_err(|_| out())?;
    let before = whole.saturating_sub(1);
    let rounded = |rounding| {
        let each = div_round(i128::from(total.minor()), i128::from(whole), rounding)?;
        let each = i64::try_from(each).ok()?;
        Some((each, total.minor().checked_sub(each.checked_mul(before)?)?))
    };
    let nearest = rounded(Rounding::HalfAwayFromZero).filter(|(_, last)| *last > 0);
    let (each, last) = nearest.or_else(|| rounded(Rounding::TowardZero)).ok_or_else(out)?;
    let mut amounts = vec![each; count.saturating_sub(1)];
    amounts.push(last);
    Ok(amounts)
}

/// Equal amounts and the rest.
fn by_amount(amount: Amount, total: Money) -> Result<Vec<i64>, Halt> {
    let each = amount.in_currency(total.currency()).map_err(|e| Rejection::value("amount", &e))?;
    if !each.is_positive() {
        return Err(Rejection::AmountNotPositive { what: "the instalment", given: amount }.into());
    }
    let mut amounts = Vec::new();
    let mut rest = total.minor();
    while rest > 0 {
        if amounts.len() >= INSTALMENTS_MAX {
            return Err(invalid(format!("{total} by {each} are more than {INSTALMENTS_MAX} instalments")));
        }
        let part = each.minor().min(rest);
        rest = rest.saturating_sub(part);
        amounts.push(part);
    }
    Ok(amounts)
}

/// The first instalment is not due before the plan, and each later than the one before.
fn check_dates(date: Date, instalments: &[(Date, i64)]) -> Result<(), Halt> {
    let mut last = None;
    for (due, _) in instalments {
        if *due < date {
            return Err(invalid(format!("an instalment is due on {due}, before the plan of {date}")));
        }
        if last.is_some_and(|last| *due <= last) {
            return Err(invalid(format!("an instalment is due on {due}, not later than the one before it")));
        }
        last = Some(*due);
    }
    Ok(())
}

/// Fills the instalments with the items in order: each ages from the oldest debt in it, and counts for
/// what any debt in it counts for. It bills an order where all debts in it bill that one.
fn parts(items: &[&ItemRow], instalments: &[(Date, i64)]) -> Vec<Part> {
    let mut debts = items.iter().map(|item| (*item, item.open));
    let mut debt = debts.next();
    let mut parts = Vec::with_capacity(instalments.len());
    for (due, minor) in instalments {
        let mut holds: Option<(Date, Counts, Option<OrderId>)> = None;
        let mut wanted = *minor;
        while wanted > 0 {
            let Some((item, left)) = debt else { break };
            let (from, counts) = (aged_from(item), item.counts);
            holds = Some(match holds {
                None => (from, counts, item.order.clone()),
                Some((day, all, order)) => {
                    (day.min(from), all.or(counts), order.filter(|order| item.order.as_ref() == Some(order)))
                }
            });
            let taken = left.min(wanted);
            wanted = wanted.saturating_sub(taken);
            let left = left.saturating_sub(taken);
            debt = if left > 0 { Some((item, left)) } else { debts.next() };
        }
        let (aged_from, counts, order) = holds.unwrap_or((*due, Counts::FULL, None));
        parts.push(Part { due: *due, minor: *minor, aged_from, discounts: Vec::new(), counts, order });
    }
    parts
}
