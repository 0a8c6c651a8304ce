//! Tolerances: small differences that an allocation absorbs, the whole of one or none of it
//! (INV-08, INV-26).
//!
//! The discount is decided first; a tolerance covers what is short of, or beyond, the discounted
//! amount. What is short is absorbed on the item; what is beyond is a tolerance below zero on the
//! link that takes it, so that an undo gives it back with the rest.
//!
//! Sources: Business Central, "Payment tolerance and payment discount tolerance" (the allowances of
//! all documents of one application are compared with the difference as a whole); SAP, "Permitted
//! payment differences" (the lower of customer's and user's limit); JD Edwards, "Receipt tolerance"
//! (the receipt as a whole, beside the invoice).

use super::apply::{Planned, check_pair};
use super::discount::{discount_now, discount_of_part, needed};
use super::find::is_cash;
use super::*;
use crate::book::{ForeignDust, Tolerance};
use crate::decide::{Context, Halt};
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// Which way a difference goes.
#[derive(Clone, Copy)]
enum Way {
    Short,
    Beyond,
}

/// The tolerance of the book for one way; the item's customer and whoever acts may lower it.
fn of_book<'a>(context: &Context<'a>, way: Way) -> Option<&'a Tolerance> {
    let policies = &context.book.policies;
    match way {
        Way::Short => policies.under_tolerance.as_ref(),
        Way::Beyond => policies.over_tolerance.as_ref(),
    }
}

/// The largest difference on `open`, in minor units: the lowest that book, customer and user allow.
fn limit(
    context: &Context<'_>,
    tolerance: &Tolerance,
    account: &AccountId,
    open: Money,
) -> Result<i64, Halt> {
    let policies = &context.book.policies;
    let customer = context.account(account)?.profile.tolerance.as_ref();
    let user = policies.user_tolerances.get(&context.envelope.actor);
    let limits = [Some(tolerance), customer, user].into_iter().flatten();
    // A currency that one of them does not name is not tolerated by it.
    let minor = |t: &Tolerance| t.limit(open, policies.rounding).map_or(0, Money::minor);
    Ok(limits.map(minor).min().unwrap_or(0))
}

/// The largest difference that an item may carry.
fn limit_of(context: &Context<'_>, tolerance: &Tolerance, item: &ItemRow) -> Result<i64, Halt> {
    limit(context, tolerance, &item.account, item.open_money())
}

/// Absorbs what is short on one item, when it lies inside the item's own allowance. `earned` is the
/// discount that the item earns when it is settled.
pub(super) fn absorb_shortfall(context: &Context<'_>, earned: i64, plan: &mut Planned) -> Result<(), Halt> {
    let item = &plan.item;
    // A rest that is worth nothing in base currency, where policy does not keep it.
    if context.book.policies.foreign_dust == ForeignDust::WriteOff
        && item.base_open == Some(0)
        && item.revalued == 0
    {
        plan.tolerance = item.open.saturating_sub(plan.cash).saturating_sub(plan.discount).max(0);
        return Ok(());
    }
    let Some(tolerance) = of_book(context, Way::Short).filter(|t| !t.pooled) else { return Ok(()) };
    let discount = plan.discount.max(earned.min(item.open.saturating_sub(plan.cash)).max(0));
    let short = item.open.saturating_sub(plan.cash).saturating_sub(discount);
    if short > 0 && short <= limit_of(context, tolerance, item)? {
        plan.discount = discount;
        plan.tolerance = short;
    }
    Ok(())
}

/// One target of an application that is looked at as a whole.
struct Want<'a> {
    item: &'a ItemRow,
    /// The discount that it earns when it is settled.
    discount: i64,
    /// What it asks of the credit.
    asked: i64,
    /// What that is short of settling it.
    short: i64,
    /// Whether it asks for as much as settles it.
    whole: bool,
    /// The share of a discount that part of it earns, when it may have one.
    value_date: Option<Date>,
    /// Its own allowance.
    limit: i64,
}

impl Want<'_> {
    /// The plan, with `cut` of what was asked for not there.
    fn plan(&self, cut: i64, of_payment: i64, absorbs_short: bool) -> Planned {
        let cash = self.asked.saturating_sub(cut);
        if absorbs_short || self.short == 0 {
            let tolerance = cut.saturating_add(self.short);
            return Planned { tolerance, of_payment, ..Planned::new(self.item, cash, self.discount) };
        }
        let share = self.value_date.map_or(0, |on| discount_of_part(self.item, on, cash));
        let left = self.item.open.saturating_sub(cash).saturating_sub(cut).max(0);
        Planned { tolerance: cut, of_payment, ..Planned::new(self.item, cash, share.min(left)) }
    }
}

/// The plans of named items when policy looks at an application as a whole: the allowances of its
/// items are pooled, or the payment may lack something of all that it is to settle. `None` when no
/// such difference is there or it is too large; then each item is looked at by itself.
pub(super) fn together(
    context: &Context<'_>,
    credit: &ItemRow,
    targets: &[Target],
) -> Result<Option<Vec<Planned>>, Halt> {
    let policies = &context.book.policies;
    let pooled = policies.under_tolerance.as_ref().filter(|t| t.pooled);
    let alone = |target: &Target| target.grant.is_some() || !target.tolerance || target.withheld.is_some();
    if (pooled.is_none() && policies.payment_tolerance.is_none())
        || !is_cash(credit)
        || targets.iter().any(alone)
    {
        return Ok(None);
    }
    let mut wants = Vec::with_capacity(targets.len());
    for target in targets {
        match want(context, credit, target)? {
            Some(want) => wants.push(want),
            None => return Ok(None),
        }
    }
    let asked = sum(wants.iter().map(|want| want.asked));
    let lacking = asked.saturating_sub(credit.open);
    if lacking > 0
        && let Some(parts) = lacking_of_payment(context, credit, &wants, (asked, lacking))?
    {
        let shorts = absorbed_shorts(&wants, pooled.is_some());
        let plans = wants.iter().zip(parts).zip(shorts);
        return Ok(Some(plans.map(|((want, part), absorbs)| want.plan(part, part, absorbs)).collect()));
    }
    if pooled.is_none() {
        return Ok(None);
    }
    pool(&wants, lacking)
}

fn sum(parts: impl Iterator<Item = i64>) -> i64 {
    parts.fold(0, i64::saturating_add)
}

fn want<'a>(context: &Context<'a>, credit: &ItemRow, target: &Target) -> Result<Option<Want<'a>>, Halt> {
    let item = context.item(&target.item)?;
    check_pair(context, credit, item)?;
    let earned = if target.discount { discount_now(item, credit.value_date) } else { 0 };
    let needed = needed(item, earned);
    let discount = item.open.saturating_sub(needed);
    let limit = match of_book(context, Way::Short) {
        Some(tolerance) => limit_of(context, tolerance, item)?,
        None => 0,
    };
    let asked = match target.amount {
        None => needed,
        Some(amount) => {
            amount.in_currency(credit.currency).map_err(|e| Rejection::value("amount", &e))?.minor()
        }
    };
    if asked <= 0 || asked > item.open {
        return Ok(None);
    }
    // More than the discounted amount: the discount gives way.
    let discount = discount.min(item.open.saturating_sub(asked));
    let short = needed.saturating_sub(asked).max(0);
    let value_date = target.discount.then_some(credit.value_date);
    Ok(Some(Want { item, discount, asked, short, whole: target.amount.is_none(), value_date, limit }))
}

/// What the payment lacks of all that was asked of it, shared by what each asked for; `None` when it
/// is beyond the allowance of a payment.
fn lacking_of_payment(
    context: &Context<'_>,
    credit: &ItemRow,
    wants: &[Want<'_>],
    (asked, lacking): (i64, i64),
) -> Result<Option<Vec<i64>>, Halt> {
    let Some(tolerance) = &context.book.policies.payment_tolerance else { return Ok(None) };
    let asked = Money::clamped(asked, credit.currency);
    if lacking > limit(context, tolerance, &credit.account, asked)? {
        return Ok(None);
    }
    let weights: Vec<u64> = wants.iter().map(|want| want.asked.unsigned_abs()).collect();
    let parts = split(lacking, &weights).map_err(|e| Rejection::value("tolerance", &e))?;
    // Nothing is settled without any cash.
    let cash = wants.iter().zip(&parts).all(|(want, part)| *part < want.asked);
    Ok(cash.then_some(parts))
}

/// Which items' own shortfalls are absorbed: each inside its allowance, or all inside all of them.
fn absorbed_shorts(wants: &[Want<'_>], pooled: bool) -> Vec<bool> {
    if !pooled {
        return wants.iter().map(|want| want.short <= want.limit).collect();
    }
    let all = sum(wants.iter().map(|want| want.short)) <= sum(wants.iter().map(|want| want.limit));
    vec![all; wants.len()]
}

/// Everything that is short, against the allowances of all items together. What the credit lacks is
/// shared by their allowances among the items that ask for as much as settles them.
fn pool(wants: &[Want<'_>], lacking: i64) -> Result<Option<Vec<Planned>>, Halt> {
    let lacking = lacking.max(0);
    let short = sum(wants.iter().map(|want| want.short)).saturating_add(lacking);
    let limits =
        |whole_only: bool| sum(wants.iter().filter(|want| want.whole || !whole_only).map(|want| want.limit));
    if short == 0 || short > limits(false) || lacking > limits(true) {
        return Ok(None);
    }
    let weight = |want: &Want<'_>| if want.whole { want.limit.unsigned_abs() } else { 0 };
    let weights: Vec<u64> = wants.iter().map(weight).collect();
    let cuts = match lacking {
        0 => vec![0; wants.len()],
        _ => split(lacking, &weights).map_err(|e| Rejection::value("tolerance", &e))?,
    };
    if wants.iter().zip(&cuts).any(|(want, cut)| *cut >= want.asked) {
        return Ok(None);
    }
    Ok(Some(wants.iter().zip(cuts).map(|(want, cut)| want.plan(cut, 0, true)).collect()))
}

/// Absorbs what a payment is beyond everything it settles, when policy tolerates it. Off unless set:
/// cash is not swept to income, and nothing is kept of a credit that left an item short.
pub(super) fn absorb_excess(
    context: &Context<'_>,
    credit: &ItemRow,
    plans: &mut [Planned],
) -> Result<(), Halt> {
    let Some(tolerance) = of_book(context, Way::Beyond) else { return Ok(()) };
    let settled_whole = |plan: &Planned| plan.settles() && plan.tolerance == 0;
    if !is_cash(credit) || credit.reinstated.is_some() || !plans.iter().all(settled_whole) {
        return Ok(());
    }
    let rest = credit.open.saturating_sub(sum(plans.iter().map(|plan| plan.cash)));
    if rest <= 0 {
        return Ok(());
    }
    let parts = if tolerance.pooled {
        let mut limits = Vec::with_capacity(plans.len());
        for plan in plans.iter() {
            limits.push(limit_of(context, tolerance, &plan.item)?);
        }
        if rest > sum(limits.iter().copied()) {
            return Ok(());
        }
        let weights: Vec<u64> = limits.iter().map(|limit| limit.unsigned_abs()).collect();
        split(rest, &weights).map_err(|e| Rejection::value("tolerance", &e))?
    } else {
        let settled = Money::new(sum(plans.iter().map(Planned::settled)), credit.currency)
            .map_err(|_| Rejection::AmountOutOfRange { what: "the amount settled" })?;
        if rest > limit(context, tolerance, &credit.account, settled)? {
            return Ok(());
        }
        let mut parts = vec![0; plans.len().saturating_sub(1)];
        parts.push(rest);
        parts
    };
    for (plan, part) in plans.iter_mut().zip(parts) {
        plan.cash = plan.cash.saturating_add(part);
        plan.tolerance = part.saturating_neg();
    }
    Ok(())
}
