//! Finding what a credit settles: an ordered list of rules, the first that fits fires (INV-36).
//!
//! Unattended, an exact rule fires only where no rival of the same kind exists: two rents of 1,200
//! and one unreferenced payment of 1,200 settle nothing.

use std::collections::BTreeSet;

use super::apply::Planned;
use super::discount::{discount_now, discount_of_part, needed};
use super::*;
use crate::decide::{Context, Halt};
use crate::document::{DocumentKind, Side};
use crate::facts::{Cover, Exact, OPEN_ITEMS_MAX, OpenItems};
use crate::journal::Role;
use crate::rejection::Rejection;
use crate::rows::{ItemRow, Owner};

/// What is to be settled by policy.
pub(super) struct Search<'a> {
    pub(super) credit: &'a ItemRow,
    pub(super) references: &'a [DocumentId],
    pub(super) rules: &'a [Rule],
    pub(super) attended: bool,
    /// Only items dated up to this day.
    pub(super) dated_to: Date,
}

/// The plan of the first rule that fits, with its explanation; an empty plan explains why none
/// did.
pub(super) fn find(context: &Context<'_>, search: &Search<'_>) -> Result<(Vec<Planned>, Explanation), Halt> {
    let mut rejected = Vec::new();
    for rule in search.rules {
        let tried = match rule {
            Rule::References => by_references(context, search)?,
            Rule::ExactItem => exact_item(context, search)?,
            Rule::ExactAccountTotal => exact_total(context, search)?,
            Rule::ExactPastDueTotal => exact_past_due(context, search)?,
            Rule::OldestDueFirst { partial } => oldest_first(context, search, *partial)?,
            Rule::ProRata => pro_rata(context, search)?,
        };
        match tried {
            Ok(plans) => {
                let mut why = Explanation::rule(rule.name()).input("unapplied", search.credit.open_money());
                why = why.input("items", plans.len());
                return Ok((plans, with_rejected(why, rejected)));
            }
            Err(reason) => rejected.push((rule.name(), reason)),
        }
    }
    let why = Explanation::rule("none").input("unapplied", search.credit.open_money());
    Ok((Vec::new(), with_rejected(why, rejected)))
}

fn with_rejected(why: Explanation, rejected: Vec<(&'static str, String)>) -> Explanation {
    rejected.into_iter().fold(why, |why, (rule, reason)| why.reject(rule, reason))
}

/// The plans of a rule, or why it did not fire.
type Tried = Result<Result<Vec<Planned>, String>, Halt>;

/// Whether a credit came as cash: only cash earns a discount or the benefit of a tolerance. What
/// was transferred keeps its value date and what it earns; a credit memo stays among the receivables
/// wherever it moves, and is none.
pub(super) const fn is_cash(credit: &ItemRow) -> bool {
    matches!(credit.kind, DocumentKind::Payment | DocumentKind::Transfer)
        && !matches!(credit.control.role, Role::Receivable)
}

/// What `available` does on an item: settles it, with the discount it earns, or lowers it.
pub(super) fn plan_item(credit: &ItemRow, item: &ItemRow, available: i64, discount: bool) -> Planned {
    let earned = if discount && is_cash(credit) { discount_now(item, credit.value_date) } else { 0 };
    let cash = available.min(needed(item, earned));
    let short = item.open.saturating_sub(cash);
    if short <= earned {
        return Planned::new(item, cash, short);
    }
    let share = if discount && is_cash(credit) { discount_of_part(item, credit.value_date, cash) } else { 0 };
    Planned::new(item, cash, share)
}

fn by_references(context: &Context<'_>, search: &Search<'_>) -> Tried {
    if search.references.is_empty() {
        return Ok(Err("the payer named no document".to_owned()));
    }
    let mut rest = search.credit.open;
    let mut plans: Vec<Planned> = Vec::new();
    let mut named: BTreeSet<&DocumentId> = BTreeSet::new();
    for document in search.references {
        if !named.insert(document) {
            continue;
        }
        let Some(row) = context.facts.document(document)? else {
            return Ok(Err(format!("{document} is not in this book")));
        };
        for part in 1..=row.parts {
            let Some(item) = context.facts.item(&ItemId::new(document.clone(), part))? else { continue };
            if item.open <= 0 || item.side != Side::Debit {
                continue;
            }
            match super::apply::check_pair(context, search.credit, item) {
                Ok(()) => {}
                Err(Halt::Refused(why)) => return Ok(Err(why.to_string())),
                Err(halt) => return Err(halt),
            }
            if rest > 0 {
                let plan = plan_item(search.credit, item, rest, true);
                rest = rest.saturating_sub(plan.cash);
                plans.push(plan);
            }
        }
    }
    Ok(if plans.is_empty() { Err("nothing is open on the named documents".to_owned()) } else { Ok(plans) })
}

fn exact_item(context: &Context<'_>, search: &Search<'_>) -> Tried {
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
    }
}

fn exact_total(context: &Context<'_>, search: &Search<'_>) -> Tried {
    let credit = search.credit;
    let totals = context.facts.totals(&Owner::Account(credit.account.clone()))?;
    let debit = totals.iter().find(|row| row.currency == credit.currency).map_or(0, |row| row.debit);
    if debit != credit.open {
        return Ok(Err(format!("the account's open debit is {}", money(debit, credit.currency))));
    }
    let items = open_items(context, search, Cover::All)?;
    let sum = items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open));
    if sum != credit.open {
        return Ok(Err("the open debit holds later or too many items".to_owned()));
    }
    Ok(Ok(items.iter().map(|item| whole(item, item.open)).collect()))
}

fn exact_past_due(context: &Context<'_>, search: &Search<'_>) -> Tried {
    let credit = search.credit;
    let on = if search.dated_to == Date::MAX { credit.date } else { search.dated_to };
    // One minor unit further, so that an item past due beyond the amount is seen.
    let read = open_items(context, search, Cover::Amount(credit.open.saturating_add(1)))?;
    if read.len() >= OPEN_ITEMS_MAX {
        return Ok(Err(format!("more than {} items are open", OPEN_ITEMS_MAX.saturating_sub(1))));
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

fn oldest_first(context: &Context<'_>, search: &Search<'_>, partial: bool) -> Tried {
    // Discounts settle more than the cash; the list is read further by what they free, until it
    // suffices. Each turn reads on only when the one before granted something new, and then at least
    // twice as far: large discounts on small items would otherwise ask once for every item.
    let mut cover = search.credit.open;
    loop {
        let items = open_items(context, search, Cover::Amount(cover))?;
        let read = items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open));
        let mut rest = search.credit.open;
        let mut granted = 0_i64;
        let mut plans = Vec::new();
        for item in &items {
            if rest <= 0 {
                break;
            }
            let plan = plan_item(search.credit, item, rest, true);
            if !plan.settles() && !partial {
                break;
            }
            rest = rest.saturating_sub(plan.cash);
            granted = granted.saturating_add(plan.discount);
            plans.push(plan);
        }
        let wanted = search.credit.open.saturating_add(granted);
        if rest > 0 && read >= cover && wanted > cover && items.len() < OPEN_ITEMS_MAX {
            cover = wanted.max(cover.saturating_mul(2));
            continue;
        }
        return Ok(if plans.is_empty() {
            Err("no open item, or not even the oldest is settled whole".to_owned())
        } else {
            Ok(plans)
        });
    }
}

fn pro_rata(context: &Context<'_>, search: &Search<'_>) -> Tried {
    let items = open_items(context, search, Cover::All)?;
    let total = items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open));
    if items.is_empty() || items.len() >= OPEN_ITEMS_MAX {
        return Ok(Err(format!("it wants 1 to {} open items", OPEN_ITEMS_MAX.saturating_sub(1))));
    }
    let amount = search.credit.open.min(total);
    let weights: Vec<u64> = items.iter().map(|item| item.open.unsigned_abs()).collect();
    let parts = split(amount, &weights).map_err(|e| Rejection::value("amount", &e))?;
    let plans = items.iter().zip(parts).filter(|(_, part)| *part > 0);
    Ok(Ok(plans.map(|(item, part)| whole(item, part)).collect()))
}

fn whole(item: &ItemRow, cash: i64) -> Planned {
    Planned::new(item, cash, 0)
}

fn money(minor: i64, currency: Currency) -> Money {
    Money::clamped(minor, currency)
}

fn open_items(context: &Context<'_>, search: &Search<'_>, cover: Cover) -> Result<Vec<ItemRow>, Halt> {
    Ok(context.facts.open_items(&OpenItems {
        account: search.credit.account.clone(),
        currency: search.credit.currency,
        side: Side::Debit,
        dated_to: search.dated_to,
        limit: OPEN_ITEMS_MAX,
        cover,
    })?)
}
