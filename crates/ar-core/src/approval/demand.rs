//! What of a decision needs a second person: read from its events, so that no command gets around it
//! by another way to the same act.

use super::{ApprovalRule, SensitiveAct, Span};
use crate::account::{AccountChange, AccountChanged, CreditLimit};
use crate::book::Setting;
use crate::command::Command;
use crate::decide::{Context, Halt};
use crate::document::{DocumentKind, Side};
use crate::event::Event;
use crate::explain::Explanation;
use crate::facts::WrittenOff;
use crate::values::*;

/// A sensitive act in a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) act: SensitiveAct,
    pub(super) account: Option<AccountId>,
    /// What it comes to; absent when it has no amount, or no bound.
    pub(super) amount: Option<Money>,
    pub(super) date: Option<Date>,
    /// Whether it counts towards what is given up of debts over time.
    counts: bool,
}

impl Demand {
    fn of(act: SensitiveAct, account: Option<&AccountId>) -> Self {
        Self { act, account: account.cloned(), amount: None, date: None, counts: false }
    }

    fn amount(mut self, amount: Amount, currency: Currency, date: Date) -> Self {
        self.amount = Some(Money::clamped(amount.minor(), currency));
        self.date = Some(date);
        self
    }
}

/// The first sensitive act of a decision that one person may not do alone, and why.
pub(super) fn demanded(
    context: &Context<'_>,
    events: &[Event],
) -> Result<Option<(Demand, Explanation)>, Halt> {
    for demand in together(all(context, events)?) {
        let Some(rule) = context.book.policies.approvals.get(&demand.act) else { continue };
        if let Some(why) = exceeds(context, rule, &demand)? {
            return Ok(Some((demand, why)));
        }
    }
    Ok(None)
}

/// Amounts of one act, account, currency and month count together: a command in pieces is one.
fn together(all: Vec<Demand>) -> Vec<Demand> {
    let mut sums: Vec<Demand> = Vec::with_capacity(all.len());
    for demand in all {
        let month = |d: &Demand| d.date.map(|date| Span::Month.months(date));
        let same = |other: &&mut Demand| {
            (other.act, &other.account, other.counts) == (demand.act, &demand.account, demand.counts)
                && other.amount.map(Money::currency) == demand.amount.map(Money::currency)
                && month(other) == month(&demand)
        };
        match (sums.iter_mut().find(same), demand.amount) {
            (Some(sum), Some(more)) => {
                let minor = sum.amount.map_or(0, Money::minor).saturating_add(more.minor());
                sum.amount = Some(Money::clamped(minor, more.currency()));
            }
            (Some(_), None) => {}
            (None, _) => sums.push(demand),
        }
    }
    sums
}

/// Why a rule wants a second person for an act.
fn exceeds(context: &Context<'_>, rule: &ApprovalRule, demand: &Demand) -> Result<Option<Explanation>, Halt> {
    let why = |name: &str| Explanation::rule(name).input("act", demand.act);
    let Some(amount) = demand.amount else { return Ok(Some(why("always"))) };
    let currency = amount.currency();
    let in_currency = |limit: &Amount| limit.in_currency(currency).ok();
    let Some(limit) = rule.limits.get(&currency).and_then(in_currency) else {
        return Ok(amount.is_positive().then(|| why("currency_without_limit").input("amount", amount)));
    };
    if amount.minor() > limit.minor() {
        return Ok(Some(why("limit").input("amount", amount).input("limit", limit)));
    }
    let over_time = rule.cumulative.as_ref().filter(|_| demand.counts);
    let of_currency = over_time.and_then(|c| Some((in_currency(c.limits.get(&currency)?)?, c.span)));
    let (Some((over_time, span)), Some(account), Some(date)) = (of_currency, &demand.account, demand.date)
    else {
        return Ok(None);
    };
    let (from, to) = span.months(date);
    let which = WrittenOff { account: account.clone(), currency, from, to };
    let before = context.facts.written_off(&which)?;
    if before.saturating_add(amount.minor()) <= over_time.minor() {
        return Ok(None);
    }
    let why = why("cumulative_limit").input("amount", amount).input("limit", limit);
    let why = why.input("given_up_before", Money::clamped(before, currency));
    Ok(Some(why.input("cumulative_limit", over_time).input("from", from).input("to", to.end_of_month())))
}

/// Every sensitive act of a decision, in the order of its events.
fn all(context: &Context<'_>, events: &[Event]) -> Result<Vec<Demand>, Halt> {
    let mut all = Vec::new();
    for event in events {
        all.extend(of_event(context, event)?);
    }
    Ok(all)
}

fn of_event(context: &Context<'_>, event: &Event) -> Result<Option<Demand>, Halt> {
    let book = context.book;
    Ok(match event {
        Event::ItemWrittenOff(e) => {
            let demand = Demand::of(SensitiveAct::WriteOff, Some(&e.closed.account));
            let counts = e.side == Side::Debit;
            Some(Demand { counts, ..demand.amount(e.closed.amount, e.currency, e.date) })
        }
        // A credit memo that an assessment of charges makes is its own correction.
        Event::DocumentIssued(e) if e.kind == DocumentKind::CreditMemo => {
            let asked = matches!(context.envelope.command, Command::IssueCreditMemo(_));
            let demand = Demand::of(SensitiveAct::CreditMemo, Some(&e.account));
            asked.then(|| demand.amount(e.content.total, e.currency, e.date))
        }
        Event::DocumentIssued(e) if e.credit_override.is_some() => {
            let demand = Demand::of(SensitiveAct::CreditOverride, Some(&e.account));
            Some(demand.amount(e.content.total, e.currency, e.date))
        }
        Event::OrderReported(e) if e.credit_override.is_some() => {
            let demand = Demand::of(SensitiveAct::CreditOverride, Some(&e.account));
            Some(demand.amount(e.amount, e.currency, e.date))
        }
        Event::RefundRequested(e) => {
            let demand = Demand::of(SensitiveAct::Refund, Some(&e.from.account));
            Some(demand.amount(e.from.amount, e.currency, e.date))
        }
        Event::CreditAllocated(e) => {
            let unearned = e.links.iter().filter_map(|link| link.unearned.as_ref());
            let sum = unearned.fold(0_i64, |sum, part| sum.saturating_add(part.amount.minor()));
            let amount = Money::clamped(sum, e.currency).amount();
            let demand = Demand::of(SensitiveAct::Discount, Some(&e.account));
            (sum != 0).then(|| demand.amount(amount, e.currency, e.date))
        }
        Event::ItemsNetted(e) => {
            let sum = e.items.iter().fold(0_i64, |sum, one| sum.saturating_add(one.closed.amount.minor()));
            let demand = Demand::of(SensitiveAct::Netting, Some(&e.account));
            Some(demand.amount(Money::clamped(sum, e.currency).amount(), e.currency, e.date))
        }
        Event::ChargeWaived(e) => {
            let demand = Demand::of(SensitiveAct::Waiver, Some(&e.closed.account));
            Some(demand.amount(e.closed.amount, e.currency, e.date))
        }
        Event::AccountChanged(e) => of_account(context, e)?,
        Event::PeriodReopened(_) => Some(Demand::of(SensitiveAct::ReopenPeriod, None)),
        Event::BookConfigured(e) => match &e.setting {
            Setting::Policies(_) => Some(Demand::of(SensitiveAct::Policies, None)),
            // Under such a reason anything passes every limit.
            Setting::Reason(new) if !new.counts_for_credit && book.counts(Some(&new.code)).credit => {
                Some(Demand::of(SensitiveAct::Policies, None))
            }
            Setting::Periods(new) if new.open_from < book.periods.open_from => {
                Some(Demand::of(SensitiveAct::ReopenPeriod, None))
            }
            _ => None,
        },
        _ => None,
    })
}

fn of_account(context: &Context<'_>, e: &AccountChanged) -> Result<Option<Demand>, Halt> {
    let id = &e.account.id;
    Ok(match e.change {
        AccountChange::Released => {
            Some(Demand { date: e.date, ..Demand::of(SensitiveAct::Release, Some(id)) })
        }
        AccountChange::Limited => {
            let before = context.account(id)?.limit;
            let amount = match e.account.limit {
                CreditLimit::Amount(limit) => Some(limit),
                CreditLimit::None | CreditLimit::Zero => None,
            };
            let demand = Demand { amount, ..Demand::of(SensitiveAct::CreditLimit, Some(id)) };
            raises(before, e.account.limit).then_some(demand)
        }
        AccountChange::Amended => {
            let changed = context.account(id)?.party != e.account.party;
            changed.then(|| Demand::of(SensitiveAct::Party, Some(id)))
        }
        _ => None,
    })
}

/// Whether a limit lets more pass than another. Of two currencies nobody knows without a rate.
fn raises(before: CreditLimit, after: CreditLimit) -> bool {
    match (before, after) {
        (CreditLimit::None, _) | (_, CreditLimit::Zero) => false,
        (_, CreditLimit::None) | (CreditLimit::Zero, CreditLimit::Amount(_)) => true,
        (CreditLimit::Amount(before), CreditLimit::Amount(after)) => {
            before.currency() != after.currency() || after.minor() > before.minor()
        }
    }
}
