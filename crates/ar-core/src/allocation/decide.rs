//! Deciding an allocation: items named by the caller, or found by policy.

use std::collections::BTreeSet;

use super::apply::{Application, Planned, apply_credit, check_pair};
use super::discount::{discount_at_best, discount_now, discount_of_part, part_at_best};
use super::find::{Search, find, is_cash, plan_item};
use super::tolerance::{absorb_excess, absorb_shortfall, together};
use super::withheld::plan_withheld;
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::document::Side;
use crate::event::Event;
use crate::fx::settle_across;
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// Decides `allocate`.
pub(crate) fn decide_allocate(context: &Context<'_>, command: &Allocate) -> Result<Decision, Halt> {
    let credit = context.item(&command.credit)?;
    if credit.side != Side::Credit {
        let problem = "it is a debit, and only a credit can be applied";
        return Err(Rejection::ItemSide { item: credit.item.clone(), problem }.into());
    }
    if credit.open <= 0 {
        let problem = "nothing of it is unapplied";
        return Err(Rejection::ItemSide { item: credit.item.clone(), problem }.into());
    }
    if let How::Explicit(targets) = &command.how
        && targets.iter().any(|target| target.exchange.is_some())
    {
        return explicit_across(context, credit, targets, command.date).map(Decision::many);
    }
    let dated_to = command.date.unwrap_or(Date::MAX);
    let (planned, explanation) = plan(context, credit, &command.how, dated_to)?;
    if planned.is_empty() {
        return Err(Rejection::AllocationNothing {
            credit: credit.item.clone(),
            reasons: reasons(&explanation),
        }
        .into());
    }
    let application =
        Application { credit: credit.clone(), planned, date: command.date, explanation, own: None };
    apply_credit(context, application).map(Decision::many)
}

/// Applies a credit that the same command has just made. By policy it may find nothing, or
/// something that cannot be settled on that day: then the explanation comes back and the credit
/// stays unapplied. Cash is never refused for what a rule proposes.
pub(crate) fn allocate_new_credit(
    context: &Context<'_>,
    credit: ItemRow,
    how: &How,
) -> Result<(Vec<Event>, Explanation), Halt> {
    if let How::Explicit(targets) = how
        && targets.iter().any(|target| target.exchange.is_some())
    {
        return Ok((explicit_across(context, &credit, targets, None)?, Explanation::rule("explicit")));
    }
    let dated_to = credit.date;
    let (planned, explanation) = plan(context, &credit, how, dated_to)?;
    if planned.is_empty() {
        return Ok((Vec::new(), explanation));
    }
    let why = explanation.clone();
    match (apply_credit(context, Application { credit, planned, date: None, explanation, own: None }), how) {
        (Ok(events), _) => Ok((events, why)),
        (Err(Halt::Refused(reason)), How::ByPolicy { .. }) => {
            let none = Explanation { rule: "none".into(), ..why.clone() };
            Ok((Vec::new(), none.reject(&why.rule, reason)))
        }
        (Err(halt), _) => Err(halt),
    }
}

fn reasons(explanation: &Explanation) -> String {
    let all: Vec<String> = explanation.rejected.iter().map(|(rule, why)| format!("{rule}: {why}")).collect();
    all.join("; ")
}

fn plan(
    context: &Context<'_>,
    credit: &ItemRow,
    how: &How,
    dated_to: Date,
) -> Result<(Vec<Planned>, Explanation), Halt> {
    match how {
        How::Explicit(targets) => {
            let mut plans = match together(context, credit, targets)? {
                Some(plans) => plans,
                None => explicit(context, credit, targets)?,
            };
            // Beside a discount that a person grants nothing is absorbed, whether it was earned or not.
            if targets.iter().all(|target| target.tolerance && target.grant.is_none()) {
                absorb_excess(context, credit, &mut plans)?;
            }
            Ok((plans, Explanation::rule("explicit")))
        }
        How::ByPolicy { references, rules, attended } => {
            if credit.account.as_str() == crate::payment::SUSPENSE {
                let problem = "its payer is not known; identify it first";
                return Err(Rejection::ItemSide { item: credit.item.clone(), problem }.into());
            }
            let policies = &context.book.policies;
            let class = context.account(&credit.account)?.profile.class;
            let of_class = policies.attended_by_class.get(&class).unwrap_or(&policies.attended);
            let standard = if *attended { of_class } else { &policies.unattended };
            let rules = rules.as_ref().unwrap_or(standard);
            find(context, &Search { credit, references, rules, attended: *attended, dated_to })
        }
    }
}

/// Settles items named by the caller, some of them in another currency: those in the credit's own
/// currency first, then each of the others through a conversion.
fn explicit_across(
    context: &Context<'_>,
    credit: &ItemRow,
    targets: &[Target],
    date: Option<Date>,
) -> Result<Vec<Event>, Halt> {
    let (across, own): (Vec<Target>, Vec<Target>) =
        targets.iter().cloned().partition(|target| target.exchange.is_some());
    let mut left = credit.clone();
    let mut events = Vec::new();
    if !own.is_empty() {
        let planned = explicit(context, credit, &own)?;
        let explanation = Explanation::rule("explicit");
        events = apply_credit(
            context,
            Application { credit: left.clone(), planned, date, explanation, own: None },
        )?;
        events.iter().for_each(|event| take_off(&mut left, event));
    }
    let mut used: BTreeSet<&DocumentId> = BTreeSet::from([credit.item.document()]);
    for target in &across {
        let Some(exchange) = &target.exchange else { continue };
        if !used.insert(&exchange.conversion) {
            return Err(Rejection::NumberTaken { document: exchange.conversion.clone() }.into());
        }
        context.free_number(&exchange.conversion)?;
        events.extend(settle_across(context, &mut left, target, exchange, date)?);
    }
    Ok(events)
}

/// What an application left of its credit.
fn take_off(credit: &mut ItemRow, event: &Event) {
    let Event::CreditAllocated(applied) = event else { return };
    let minor = |amount: Option<Amount>| amount.map_or(0, Amount::minor);
    for link in &applied.links {
        credit.open = credit.open.saturating_sub(link.amount.minor());
        credit.base_open = credit.base_open.map(|base| base.saturating_sub(minor(link.credit_base)));
        credit.revalued = credit.revalued.saturating_sub(minor(link.credit_revalued));
        credit.live_links = credit.live_links.saturating_add(1);
    }
}

/// The plan of items named by the caller, in their order.
fn explicit(context: &Context<'_>, credit: &ItemRow, targets: &[Target]) -> Result<Vec<Planned>, Halt> {
    let mut rest = credit.open;
    let mut plans: Vec<Planned> = Vec::with_capacity(targets.len());
    let mut named: BTreeSet<&ItemId> = BTreeSet::new();
    for target in targets {
        // Each plan is checked against the item as it stands; twice the same item would pass twice.
        if !named.insert(&target.item) {
            return Err(Rejection::AllocationRepeated { item: target.item.clone() }.into());
        }
        let item = context.item(&target.item)?;
        check_pair(context, credit, item)?;
        let plan = plan_target(context, credit, item, target, rest)?;
        rest = rest.saturating_sub(plan.cash);
        plans.push(plan);
    }
    Ok(plans)
}

/// The plan of one target.
pub(crate) fn plan_target(
    context: &Context<'_>,
    credit: &ItemRow,
    item: &ItemRow,
    target: &Target,
    rest: i64,
) -> Result<Planned, Halt> {
    match &target.withheld {
        Some(given) => plan_withheld(context, credit, item, (target, given), rest),
        None => plan_paid(context, credit, item, target, rest),
    }
}

pub(super) fn plan_paid(
    context: &Context<'_>,
    credit: &ItemRow,
    item: &ItemRow,
    target: &Target,
    rest: i64,
) -> Result<Planned, Halt> {
    let available = Money::clamped(rest, credit.currency);
    let exceeds = |requested: Money| {
        Halt::from(Rejection::AllocationExceedsPayment { credit: credit.item.clone(), available, requested })
    };
    if let Some(grant) = &target.grant {
        return granted(credit, item, target, grant, rest, exceeds);
    }
    let mut plan = match target.amount {
        None if rest <= 0 => return Err(exceeds(item.open_money())),
        None => plan_item(credit, item, rest, target.discount),
        Some(amount) => {
            let cash = cash_asked(credit, item, amount, rest, exceeds)?;
            let mut plan = plan_item(credit, item, cash.minor(), target.discount);
            if plan.cash != cash.minor() {
                // More than the discounted amount was offered: the discount gives way first.
                plan.discount = item.open.saturating_sub(cash.minor()).max(0);
                plan.cash = cash.minor();
            }
            plan
        }
    };
    if target.tolerance && is_cash(credit) {
        let earned = if target.discount { discount_now(item, credit.value_date) } else { 0 };
        absorb_shortfall(context, earned, &mut plan)?;
    }
    Ok(plan)
}

/// The cash that a target asks for, when the credit still has it.
pub(super) fn cash_asked(
    credit: &ItemRow,
    item: &ItemRow,
    amount: Amount,
    rest: i64,
    exceeds: impl FnOnce(Money) -> Halt,
) -> Result<Money, Halt> {
    let cash = amount.in_currency(credit.currency).map_err(|e| Rejection::value("amount", &e))?;
    if !cash.is_positive() {
        return Err(Rejection::AllocationNotPositive { item: item.item.clone(), amount }.into());
    }
    if cash.minor() > rest { Err(exceeds(cash)) } else { Ok(cash) }
}

/// The plan of an item on which a person grants a discount. What of it the cash earns by itself is not
/// called unearned.
fn granted(
    credit: &ItemRow,
    item: &ItemRow,
    target: &Target,
    grant: &Grant,
    rest: i64,
    exceeds: impl FnOnce(Money) -> Halt,
) -> Result<Planned, Halt> {
    let no = |problem| Halt::from(Rejection::DiscountNotGrantable { item: item.item.clone(), problem });
    if !is_cash(credit) {
        return Err(no("only cash is granted one"));
    }
    if rest <= 0 {
        return Err(exceeds(item.open_money()));
    }
    let asked = match target.amount {
        Some(amount) => Some(cash_asked(credit, item, amount, rest, exceeds)?.minor()),
        None => None,
    };
    let (cash, discount) = match grant.amount {
        Some(amount) => {
            let whole = amount.in_currency(credit.currency).map_err(|e| Rejection::value("discount", &e))?;
            let needed = item.open.saturating_sub(whole.minor());
            (asked.unwrap_or_else(|| rest.min(needed)), whole.minor())
        }
        None => {
            let best = discount_at_best(item);
            let needed = item.open.saturating_sub(best);
            let cash = asked.unwrap_or_else(|| rest.min(needed));
            // More cash than the discounted amount: the discount gives way.
            let settling = item.open.saturating_sub(cash).max(0);
            (cash, if cash >= needed { settling } else { part_at_best(item, cash) })
        }
    };
    if discount <= 0 {
        return Err(no("its terms have none; name the amount"));
    }
    if cash <= 0 || cash.saturating_add(discount) > item.open {
        let money = |minor| Money::clamped(minor, credit.currency);
        return Err(Rejection::DiscountExceedsItem {
            item: item.item.clone(),
            open: item.open_money(),
            cash: money(cash),
            discount: money(discount),
        }
        .into());
    }
    let earned = match target.discount {
        false => 0,
        true if cash.saturating_add(discount) == item.open => discount_now(item, credit.value_date),
        true => discount_of_part(item, credit.value_date, cash),
    };
    let unearned = discount.saturating_sub(earned);
    let unearned = (unearned > 0).then(|| (unearned, grant.reason.clone()));
    Ok(Planned { unearned, ..Planned::new(item, cash, discount) })
}
