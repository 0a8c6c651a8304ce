//! Room: whether an amount may leave an item on a date and stay gone on every later date
//! (INV-25, INV-26).
//!
//! The head figure already counts later settlements, so on or after the item's last reinstatement
//! it decides alone. An earlier date could hide an over-application in between (100 settled on the
//! 10th, undone on the 20th, another 100 dated the 5th: from the 10th to the 20th 200 would be
//! gone); there the later movements are read, at most a bounded number.

use super::LIVE_LINKS_MAX;
use crate::decide::{Context, Halt};
use crate::rejection::Rejection;
use crate::rows::ItemRow;
use crate::values::*;

/// Checks that `takes` (accounting date and positive minor units) may leave the item together.
/// `exceeds` makes the refusal from what is available, what was asked for, and the day.
pub(crate) fn check_room(
    context: &Context<'_>,
    item: &ItemRow,
    takes: &[(Date, i64)],
    exceeds: impl Fn(Money, Money, Date) -> Rejection,
) -> Result<(), Halt> {
    let money = |minor: i64| Money::clamped(minor, item.currency);
    let Some(first) = takes.iter().map(|(date, _)| *date).min() else { return Ok(()) };
    if first < item.date {
        let what = "the settlement date";
        return Err(Rejection::DateOrder { what, date: first, not_before: item.date }.into());
    }
    // A revaluation was told from what was open without this.
    if let Some(revalued) = item.revalued_on.filter(|day| first < *day) {
        return Err(Rejection::RevaluationLater { item: item.item.clone(), date: first, revalued }.into());
    }
    let total = sum(takes.iter().map(|(_, minor)| *minor));
    if total > item.open {
        return Err(exceeds(money(item.open), money(total), first).into());
    }
    let Some(reinstated) = item.reinstated.filter(|day| first < *day) else { return Ok(()) };
    let Some(movements) = context.facts.movements(&item.item, first)? else {
        return Err(
            Rejection::AllocationBackdated { item: item.item.clone(), date: first, reinstated }.into()
        );
    };
    let mut days: Vec<Date> = movements.iter().map(|m| m.date).chain(takes.iter().map(|t| t.0)).collect();
    days.sort_unstable();
    days.dedup();
    for day in days.into_iter().filter(|day| *day >= first) {
        let later = sum(movements.iter().filter(|m| m.date > day).map(|m| m.minor));
        let open = item.open.saturating_sub(later);
        let taken = sum(takes.iter().filter(|(date, _)| *date <= day).map(|(_, minor)| *minor));
        if taken > open {
            return Err(exceeds(money(open), money(taken), day).into());
        }
    }
    Ok(())
}

/// What may leave an item on a day and stay gone on every later one; nothing when too much happened
/// since to tell.
pub(crate) fn room_from(context: &Context<'_>, item: &ItemRow, first: Date) -> Result<i64, Halt> {
    if item.reinstated.is_none_or(|day| first >= day) {
        return Ok(item.open);
    }
    let Some(movements) = context.facts.movements(&item.item, first)? else { return Ok(0) };
    let days = movements.iter().map(|m| m.date).filter(|day| *day >= first).chain([first]);
    let open_on = |day: Date| {
        let later = sum(movements.iter().filter(|m| m.date > day).map(|m| m.minor));
        item.open.saturating_sub(later)
    };
    Ok(days.map(open_on).fold(item.open, i64::min))
}

/// Checks that a credit can carry one more settlement: taking it back reads all of them.
pub(crate) fn check_live_links(credit: &ItemRow, more: usize) -> Result<(), Rejection> {
    let live = usize::try_from(credit.live_links).unwrap_or(usize::MAX);
    if live.saturating_add(more) <= LIVE_LINKS_MAX {
        return Ok(());
    }
    Err(Rejection::AllocationTooMany { credit: credit.item.clone(), max: LIVE_LINKS_MAX })
}

fn sum(parts: impl Iterator<Item = i64>) -> i64 {
    parts.fold(0, i64::saturating_add)
}
