//! The fewest open items that together are exactly a credit (INV-36).
//!
//! Bounded by what is tried, never by luck: the first [`COMBINATION_ITEMS`] open items, at most
//! [`COMBINATION_MAX`] of them at once. Unattended, the rule fires only where all open items were
//! looked at and no second combination of any size is there: of twenty random amounts, most sums have
//! several explanations.

use super::apply::Planned;
use super::discount::cash_to_settle;
use super::find::{Search, Tried, is_cash, open_items_to, whole};
use super::*;
use crate::decide::Context;
use crate::facts::Cover;
use crate::rows::ItemRow;

/// Places of a combination in the list of items, in its order.
type Places = Vec<usize>;

pub(super) fn combination(context: &Context<'_>, search: &Search<'_>, most: u8) -> Tried {
    let all = open_items_to(context, search, Cover::All, COMBINATION_ITEMS.saturating_add(1))?;
    let seen: Vec<&ItemRow> = all.iter().take(COMBINATION_ITEMS).collect();
    let complete = all.len() <= COMBINATION_ITEMS;
    if !search.attended && !complete {
        return Ok(Err(format!("more than {COMBINATION_ITEMS} items are open")));
    }
    let credit = search.credit;
    let gross: Vec<i64> = seen.iter().map(|item| item.open).collect();
    let net: Vec<i64> = match is_cash(credit) {
        true => seen.iter().map(|item| cash_to_settle(item, credit.value_date)).collect(),
        false => gross.clone(),
    };
    // A payer takes the discounts or does not; the first is what usually happens.
    let mut values = vec![&net];
    if net != gross {
        values.push(&gross);
    }
    if !search.attended && values.iter().any(|amounts| amounts.contains(&credit.open)) {
        return Ok(Err("a single open item is exactly this amount".to_owned()));
    }
    let mut found: Vec<(&Vec<i64>, Places)> = Vec::new();
    for size in 2..=usize::from(most.min(COMBINATION_MAX)) {
        for amounts in &values {
            let mut places = Vec::new();
            pick(amounts, size, credit.open, &mut Vec::new(), &mut places);
            found.extend(places.into_iter().map(|place| (*amounts, place)));
        }
        if search.attended && !found.is_empty() {
            break;
        }
    }
    let mut found = distinct(found).into_iter();
    let Some((amounts, places)) = found.next() else {
        return Ok(Err(format!("no {most} open items or fewer are together exactly this amount")));
    };
    if let Some((_, rival)) = found.next()
        && !search.attended
    {
        let (one, other) = (named(&seen, &places), named(&seen, &rival));
        return Ok(Err(format!("{one} and {other} are both together exactly this amount")));
    }
    let plan = |place: &usize| -> Option<Planned> {
        let (item, cash) = (seen.get(*place)?, amounts.get(*place)?);
        Some(match item.open.saturating_sub(*cash) {
            0 => whole(item, *cash),
            discount => Planned::new(item, *cash, discount),
        })
    };
    Ok(Ok(places.iter().filter_map(plan).collect()))
}

/// Without those that name the same items as an earlier one: items without a discount have one amount.
fn distinct(found: Vec<(&Vec<i64>, Places)>) -> Vec<(&Vec<i64>, Places)> {
    let mut kept: Vec<(&Vec<i64>, Places)> = Vec::new();
    for (amounts, places) in found {
        if kept.iter().all(|(_, same)| *same != places) {
            kept.push((amounts, places));
        }
    }
    kept
}

/// Up to two combinations of `size` amounts that sum to `left`, in the order of the list. `chosen` has
/// the places taken so far.
fn pick(amounts: &[i64], size: usize, left: i64, chosen: &mut Places, found: &mut Vec<Places>) {
    let Some(more) = size.checked_sub(1) else {
        if left == 0 {
            found.push(chosen.clone());
        }
        return;
    };
    let from = chosen.last().map_or(0, |last| last.saturating_add(1));
    for (place, amount) in amounts.iter().enumerate().skip(from) {
        if found.len() > 1 {
            return;
        }
        if *amount <= left {
            chosen.push(place);
            pick(amounts, more, left.saturating_sub(*amount), chosen, found);
            chosen.pop();
        }
    }
}

fn named(seen: &[&ItemRow], places: &Places) -> String {
    let ids: Vec<String> = places.iter().filter_map(|n| Some(seen.get(*n)?.item.to_string())).collect();
    ids.join(" + ")
}
