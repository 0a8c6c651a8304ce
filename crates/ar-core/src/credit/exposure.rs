//! Exposure: what a customer owes or may come to owe, by one function at every check.
//!
//! `open debit items that count + reported orders - open credit items`, per currency, converted into
//! the limit's currency. Credits dated after the day of the check are ignored. A debit item of a reason
//! that does not count for credit is left out of it on every day; how much that is, is a running total
//! beside that of all debit items.

use crate::account::{Account, CreditLimit};
use crate::book::BookConfig;
use crate::decide::{Context, Halt};
use crate::explain::Explanation;
use crate::fx::recorded_rate;
use crate::rejection::Rejection;
use crate::rows::{Owner, TotalsRow};
use crate::values::*;

/// A rise of exposure to check.
pub(crate) struct CreditRequest<'a> {
    pub(crate) account: &'a Account,
    pub(crate) currency: Currency,
    /// How much it rises by, in minor units; zero or less passes.
    pub(crate) minor: i64,
    pub(crate) date: Date,
    /// Checks a rise of zero too: goods leave.
    pub(crate) always: bool,
}

/// What credit control found.
pub(crate) struct CreditAnswer {
    pub(crate) explanation: Option<Explanation>,
    /// Why it does not pass.
    pub(crate) breach: Option<Rejection>,
}

/// The exposure in one currency by policy, in minor units.
#[must_use]
pub fn exposure_minor(book: &BookConfig, row: &TotalsRow) -> i64 {
    let policy = &book.policies.credit;
    let orders = if policy.count_orders { row.orders } else { 0 };
    let credits = if policy.count_credits { row.credit } else { 0 };
    row.debit.saturating_sub(row.uncounted).saturating_add(orders).saturating_sub(credits)
}

/// Checks a rise against the account's own limit and its group's. The group's limit is that of the
/// parent; it covers the parent and all that name it.
pub(crate) fn check_credit(context: &Context<'_>, request: &CreditRequest<'_>) -> Result<CreditAnswer, Halt> {
    if request.minor <= 0 && !request.always {
        return Ok(CreditAnswer { explanation: None, breach: None });
    }
    let own = request.account;
    let mut answer = CreditAnswer { explanation: None, breach: None };
    let parent = own.profile.parent.as_ref().map(|id| context.account(id)).transpose()?;
    for holder in [Some(own), parent].into_iter().flatten() {
        let group = holder.profile.parent.is_none();
        let Some(limit) = limit_of(context.book, holder) else { continue };
        let found = against(context, request, holder, limit, group)?;
        if answer.breach.is_none() {
            answer = found;
        }
    }
    Ok(answer)
}

fn limit_of(book: &BookConfig, account: &Account) -> Option<Money> {
    match account.limit {
        CreditLimit::None => None,
        CreditLimit::Zero => Some(Money::zero(book.base)),
        CreditLimit::Amount(limit) => Some(limit),
    }
}

fn against(
    context: &Context<'_>,
    request: &CreditRequest<'_>,
    holder: &Account,
    limit: Money,
    group: bool,
) -> Result<CreditAnswer, Halt> {
    let mut owners = vec![Owner::Account(holder.id.clone())];
    if group {
        owners.push(Owner::Group(holder.id.clone()));
    }
    let mut exposure = 0_i64;
    let mut found = Vec::new();
    for owner in &owners {
        match dated_exposure(context, owner, request.date)? {
            Some(parts) => found.extend(parts),
            None => return Ok(too_far_back(request, holder, limit)),
        }
    }
    let why = |rule: &str, exposure: i64| {
        let why = Explanation::rule(rule)
            .input("account", &holder.id)
            .input("limit", limit)
            .input("exposure", money(exposure, limit.currency()))
            .input("request", money(request.minor, request.currency));
        let left_out = found.iter().filter(|part| part.uncounted != 0);
        left_out.fold(why, |why, part| why.input("not counted", money(part.uncounted, part.currency)))
    };
    for &Found { currency, minor, .. } in &found {
        match convert(context, money(minor, currency), limit.currency(), request.date)? {
            Some(part) => exposure = exposure.saturating_add(part.minor()),
            None => return Ok(no_rate(request, holder, currency, why("credit_rate_missing", exposure))),
        }
    }
    let asked = money(request.minor, request.currency);
    let Some(asked) = convert(context, asked, limit.currency(), request.date)? else {
        return Ok(no_rate(request, holder, request.currency, why("credit_rate_missing", exposure)));
    };
    if exposure.saturating_add(asked.minor()) <= limit.minor() {
        return Ok(CreditAnswer { explanation: Some(why("within_credit_limit", exposure)), breach: None });
    }
    Ok(CreditAnswer {
        explanation: Some(why("credit_limit_exceeded", exposure)),
        breach: Some(Rejection::CreditLimitExceeded {
            account: holder.id.clone(),
            limit,
            exposure: money(exposure, limit.currency()),
            requested: asked,
        }),
    })
}

fn no_rate(
    request: &CreditRequest<'_>,
    holder: &Account,
    currency: Currency,
    why: Explanation,
) -> CreditAnswer {
    let account = holder.id.clone();
    let breach = Rejection::CreditRateMissing { account, currency, on: request.date };
    CreditAnswer { explanation: Some(why), breach: Some(breach) }
}

/// A limit that cannot be looked at is not kept: what was settled since is too much to read.
fn too_far_back(request: &CreditRequest<'_>, holder: &Account, limit: Money) -> CreditAnswer {
    let why = Explanation::rule("credit_too_far_back").input("account", &holder.id).input("limit", limit);
    let (account, date) = (holder.id.clone(), request.date);
    CreditAnswer { explanation: Some(why), breach: Some(Rejection::CreditTooFarBack { account, date }) }
}

/// Exposure in one currency.
#[derive(Clone, Copy)]
struct Found {
    currency: Currency,
    minor: i64,
    /// What is open and left out of it.
    uncounted: i64,
}

/// The owner's exposure by currency on a day: head figures with later credits and settlements taken
/// back; `None` when there are more of them than are read.
fn dated_exposure(context: &Context<'_>, owner: &Owner, date: Date) -> Result<Option<Vec<Found>>, Halt> {
    let rows = context.facts.totals(owner)?;
    let later = if rows.iter().any(|row| row.latest_credit.is_some_and(|day| day > date)) {
        let Some(later) = context.facts.later_credits(owner, date)? else { return Ok(None) };
        later
    } else {
        Vec::new()
    };
    let mut figures = Vec::with_capacity(rows.len());
    for row in &rows {
        let own = later.iter().find(|later| later.currency == row.currency);
        let (settled, credits) = own.map_or((0, 0), |later| (later.settled, later.credits));
        let debit = row.debit.saturating_add(settled);
        let credit = row.credit.saturating_sub(credits);
        let minor = exposure_minor(context.book, &TotalsRow { debit, credit, ..row.clone() });
        if (minor, row.uncounted) != (0, 0) {
            figures.push(Found { currency: row.currency, minor, uncounted: row.uncounted });
        }
    }
    Ok(Some(figures))
}

fn money(minor: i64, currency: Currency) -> Money {
    Money::clamped(minor, currency)
}

/// An amount in the limit's currency through the base currency, at the rates of the day; `None`
/// when a rate is missing.
fn convert(context: &Context<'_>, amount: Money, target: Currency, on: Date) -> Result<Option<Money>, Halt> {
    if amount.currency() == target || amount.is_zero() {
        return Ok(Some(if amount.is_zero() { Money::zero(target) } else { amount }));
    }
    let (base, rounding) = (context.book.base, context.book.policies.rounding);
    let out = || Rejection::AmountOutOfRange { what: "the exposure" };
    let in_base = if amount.currency() == base {
        amount
    } else {
        let Some(rate) = recorded_rate(context, amount.currency(), on)? else { return Ok(None) };
        amount.converted(rate, base, rounding).ok_or_else(out)?
    };
    if target == base {
        return Ok(Some(in_base));
    }
    let Some(rate) = recorded_rate(context, target, on)? else { return Ok(None) };
    Ok(Some(in_base.converted_back(rate, target, rounding).ok_or_else(out)?))
}
