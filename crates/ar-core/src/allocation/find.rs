//! Finding what a credit settles: an ordered list of rules, the first that fits fires (INV-36).
//!
//! Unattended, an exact rule fires only where no rival of the same kind exists: two rents of 1,200
//! and one unreferenced payment of 1,200 settle nothing.

use std::collections::BTreeSet;

use super::apply::Planned;
use super::combination::combination;
use super::discount::{discount_now, discount_of_part, needed};
use super::exact::{exact_by_terms, exact_item, exact_past_due, exact_total};
use super::tolerance::{absorb_excess, absorb_shortfall};
use super::*;
use crate::charges::ChargePart;
use crate::decide::{Context, Halt};
use crate::document::{DocumentKind, Side};
use crate::facts::{Cover, OPEN_ITEMS_MAX, OpenItems};
use crate::journal::Role;
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// What is to be settled by policy.
pub(super) struct Search<'a> {
    pub(super) credit: &'a ItemRow,
    pub(super) references: &'a [DocumentId],
    pub(super) rules: &'a [Rule],
    pub(super) attended: bool,
    /// Only items dated up to this day.
    pub(super) dated_to: Date,
}

impl Search<'_> {
    /// Whether a rule may settle a debit with the credit: one that is kept for an order settles debits
    /// of that order alone.
    fn takes(&self, item: &ItemRow) -> bool {
        self.credit.order.is_none() || self.credit.order == item.order
    }
}

/// The plan of the first rule that fits, with its explanation; an empty plan explains why none
/// did.
pub(super) fn find(context: &Context<'_>, search: &Search<'_>) -> Result<(Vec<Planned>, Explanation), Halt> {
    let mut rejected = Vec::new();
    if let Some(order) = &search.credit.order {
        rejected.push(("other_debits", format!("the credit is kept for order {order}")));
    }
    for rule in search.rules {
        let tried = match rule {
            Rule::References => by_references(context, search)?,
            Rule::ExactItem => exact_item(context, search)?,
            Rule::ExactAccountTotal => exact_total(context, search)?,
            Rule::ExactPastDueTotal => exact_past_due(context, search)?,
            Rule::ExactPastDueByTerms => exact_by_terms(context, search)?,
            Rule::Combination { most } => combination(context, search, *most)?,
            Rule::OldestDueFirst { partial } => oldest_first(context, search, *partial)?,
            Rule::ProRata => pro_rata(context, search)?,
            Rule::LegalOrder { order } => legal_order(context, search, *order)?,
        };
        match tried {
            Ok(plans) => {
                let mut why = Explanation::rule(rule.name()).input("unapplied", search.credit.open_money());
                why = why.input("items", plans.len());
                if let Rule::LegalOrder { order } = rule {
                    why = why.input("order", order.name());
                }
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
pub(super) type Tried = Result<Result<Vec<Planned>, String>, Halt>;

/// Whether a credit came as cash: only cash earns a discount or the benefit of a tolerance. What
/// was transferred keeps its value date and what it earns; a credit memo stays among the receivables
/// wherever it moves, and is none.
pub(super) const fn is_cash(credit: &ItemRow) -> bool {
    matches!(credit.kind, DocumentKind::Payment | DocumentKind::Transfer | DocumentKind::Conversion)
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
            if !search.takes(item) {
                return Ok(Err(format!(
                    "{} is no debit of the order that the credit is kept for",
                    item.item
                )));
            }
            if rest > 0 {
                let mut plan = plan_item(search.credit, item, rest, true);
                rest = rest.saturating_sub(plan.cash);
                if is_cash(search.credit) {
                    let earned = discount_now(item, search.credit.value_date);
                    absorb_shortfall(context, earned, &mut plan)?;
                }
                plans.push(plan);
            }
        }
    }
    absorb_excess(context, search.credit, &mut plans)?;
    Ok(if plans.is_empty() { Err("nothing is open on the named documents".to_owned()) } else { Ok(plans) })
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

/// Charges and debts class by class; each with the discount it earns, the last in part.
fn legal_order(context: &Context<'_>, search: &Search<'_>, order: LegalOrder) -> Tried {
    let mut items = open_items(context, search, Cover::All)?;
    if items.is_empty() || items.len() >= OPEN_ITEMS_MAX {
        return Ok(Err(format!("it wants 1 to {} open items", OPEN_ITEMS_MAX.saturating_sub(1))));
    }
    // The list is in the order of allocation, which a stable sort keeps within each class.
    items.sort_by_key(|item| {
        let charge = item.kind == DocumentKind::FinanceCharge;
        order.place(charge.then(|| ChargePart::of(item.item.part())))
    });
    let mut rest = search.credit.open;
    let mut plans = Vec::new();
    for item in &items {
        if rest <= 0 {
            break;
        }
        let plan = plan_item(search.credit, item, rest, true);
        rest = rest.saturating_sub(plan.cash);
        plans.push(plan);
    }
    Ok(Ok(plans))
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

pub(super) fn whole(item: &ItemRow, cash: i64) -> Planned {
    Planned::new(item, cash, 0)
}

pub(super) fn open_items(
    context: &Context<'_>,
    search: &Search<'_>,
    cover: Cover,
) -> Result<Vec<ItemRow>, Halt> {
    open_items_to(context, search, cover, OPEN_ITEMS_MAX)
}

pub(super) fn open_items_to(
    context: &Context<'_>,
    search: &Search<'_>,
    cover: Cover,
    limit: usize,
) -> Result<Vec<ItemRow>, Halt> {
    Ok(context.facts.open_items(&OpenItems {
        account: search.credit.account.clone(),
        currency: search.credit.currency,
        side: Side::Debit,
        dated_to: search.dated_to,
        limit,
        cover,
        order: search.credit.order.clone(),
    })?)
}
