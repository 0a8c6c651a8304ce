//! Rules that take a credit only when it is exactly what is open: on one item, on the account, on
//! what is past due of it or of one of its terms (INV-36).
//!
//! Unattended, none fires where another explanation of the same kind is there. Source of the rules:
//! Oracle Receivables, "AutoCash rules".

use super::apply::Planned;
use super::find::{Search, Tried, is_cash, open_items, whole};
use super::*;
use crate::decide::Context;
use crate::facts::{Cover, Exact, OPEN_ITEMS_MAX};
use crate::rows::{ItemRow, Owner};

pub(super) fn exact_item(context: &Context<'_>, search: &Search<'_>) -> Tried {
    let credit = search.credit;
    let amount = credit.open;
    // Without cash no discount counts: asked on the last of all days, no discount is open any more,
    // so that discounted amounts do not crowd out the exact ones among the few items read.
    let value_date = if is_cash(credit) { credit.value_date } else { Date::MAX };
    let found = context.facts.exact(&exact_of(search, value_date))?;
    let mut fitting = found.iter();
    let Some(item) = fitting.next() else {
        return Ok(Err("no single open item is settled by exactly this amount".to_owned()));
    };
    if let Some(rival) = fitting.next()
        && !search.attended
    {
        return Ok(Err(format!("{} and {} are both settled by exactly this amount", item.item, rival.item)));
    }
    let discount = if item.open == amount { 0 } else { item.open.saturating_sub(amount) };
    Ok(Ok(vec![Planned::new(item, amount, discount)]))
}

/// What is settled by exactly the credit.
fn exact_of(search: &Search<'_>, value_date: Date) -> Exact {
    Exact {
        account: search.credit.account.clone(),
        currency: search.credit.currency,
        amount: search.credit.open,
        value_date,
        dated_to: search.dated_to,
        order: search.credit.order.clone(),
    }
}

pub(super) fn exact_total(context: &Context<'_>, search: &Search<'_>) -> Tried {
    let credit = search.credit;
    if let Some(order) = &credit.order {
        return exact_order(context, search, order);
    }
    let totals = context.facts.totals(&Owner::Account(credit.account.clone()))?;
    let debit = totals.iter().find(|row| row.currency == credit.currency).map_or(0, |row| row.debit);
    if debit != credit.open {
        return Ok(Err(format!("the account's open debit is {}", Money::clamped(debit, credit.currency))));
    }
    let items = open_items(context, search, Cover::All)?;
    let sum = items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open));
    if sum != credit.open {
        return Ok(Err("the open debit holds later or too many items".to_owned()));
    }
    Ok(Ok(items.iter().map(|item| whole(item, item.open)).collect()))
}

/// The whole open debit of the order that a credit is kept for. What is dated later counts, as it does
/// in the total of an account.
fn exact_order(context: &Context<'_>, search: &Search<'_>, order: &OrderId) -> Tried {
    let items = open_items(context, &Search { dated_to: Date::MAX, ..*search }, Cover::All)?;
    if items.len() >= OPEN_ITEMS_MAX {
        return Ok(Err(too_many()));
    }
    let sum = items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open));
    if sum != search.credit.open {
        let debit = Money::clamped(sum, search.credit.currency);
        return Ok(Err(format!("the open debit of order {order} is {debit}")));
    }
    if items.iter().any(|item| item.date > search.dated_to) {
        return Ok(Err("the open debit holds later items".to_owned()));
    }
    Ok(Ok(items.iter().map(|item| whole(item, item.open)).collect()))
}

pub(super) fn exact_past_due(context: &Context<'_>, search: &Search<'_>) -> Tried {
    let credit = search.credit;
    let on = day_of(search);
    // One minor unit further, so that an item past due beyond the amount is seen.
    let read = open_items(context, search, Cover::Amount(credit.open.saturating_add(1)))?;
    if read.len() >= OPEN_ITEMS_MAX {
        return Ok(Err(too_many()));
    }
    let due: Vec<&ItemRow> = read.iter().take_while(|item| item.due < on).collect();
    let sum = due.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open));
    if due.is_empty() || sum != credit.open {
        return Ok(Err(format!("what is past due on {on} is not exactly this amount")));
    }
    let single = context.facts.exact(&exact_of(search, Date::MAX))?;
    let rival = single.iter().find(|item| due.len() > 1 || due.iter().all(|one| one.item != item.item));
    if let Some(rival) = rival
        && !search.attended
    {
        return Ok(Err(format!("what is past due on {on} and {} are both exactly this amount", rival.item)));
    }
    Ok(Ok(due.into_iter().map(|item| whole(item, item.open)).collect()))
}

/// What is past due under terms of one name.
struct OfTerms<'a> {
    terms: Option<&'a TermsId>,
    items: Vec<&'a ItemRow>,
}

impl OfTerms<'_> {
    fn open(&self) -> i64 {
        self.items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open))
    }

    fn name(&self) -> &str {
        self.terms.map_or("terms without a name", TermsId::as_str)
    }
}

pub(super) fn exact_by_terms(context: &Context<'_>, search: &Search<'_>) -> Tried {
    let on = day_of(search);
    let read = open_items(context, search, Cover::All)?;
    if read.len() >= OPEN_ITEMS_MAX {
        return Ok(Err(too_many()));
    }
    // In allocation order, so that the terms with the oldest due date come first.
    let mut groups: Vec<OfTerms<'_>> = Vec::new();
    for item in read.iter().take_while(|item| item.due < on) {
        match groups.iter_mut().find(|group| group.terms == item.terms.as_ref()) {
            Some(group) => group.items.push(item),
            None => groups.push(OfTerms { terms: item.terms.as_ref(), items: vec![item] }),
        }
    }
    let mut fitting = groups.iter().filter(|group| group.open() == search.credit.open);
    let Some(group) = fitting.next() else {
        return Ok(Err(format!("under no terms is exactly this amount past due on {on}")));
    };
    if !search.attended {
        if let Some(rival) = fitting.next() {
            let (one, other) = (group.name(), rival.name());
            return Ok(Err(format!("what is past due under {one} and under {other} is both this amount")));
        }
        let single = context.facts.exact(&exact_of(search, Date::MAX))?;
        let own = |item: &&ItemRow| group.items.len() == 1 && group.items.iter().any(|g| g.item == item.item);
        if let Some(rival) = single.iter().find(|item| !own(item)) {
            let one = group.name();
            return Ok(Err(format!(
                "what is past due under {one} and {} are both exactly this amount",
                rival.item
            )));
        }
    }
    Ok(Ok(group.items.iter().map(|item| whole(item, item.open)).collect()))
}

/// The day on which what is past due is asked.
fn day_of(search: &Search<'_>) -> Date {
    if search.dated_to == Date::MAX { search.credit.date } else { search.dated_to }
}

fn too_many() -> String {
    format!("more than {} items are open", OPEN_ITEMS_MAX.saturating_sub(1))
}
