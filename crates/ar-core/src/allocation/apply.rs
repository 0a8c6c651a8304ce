//! Applying a credit to chosen items: the one path by which a payment or a credit memo settles
//! anything (INV-25 to INV-28).

use std::collections::BTreeMap;

use super::posting::{ControlOf, Figures};
use super::tax::Desk;
use super::*;
use crate::book::ChartContext;
use crate::decide::{Context, Halt};
use crate::document::{DocumentKind, Side};
use crate::event::Event;
use crate::fx::leaving;
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::ItemRow;
use crate::withholding::WithheldAs;

/// One item and what it takes from the credit, in minor units.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) item: ItemRow,
    pub(crate) cash: i64,
    pub(crate) discount: i64,
    pub(crate) tolerance: i64,
    /// The part of the tolerance that the payment lacked as a whole.
    pub(crate) of_payment: i64,
    /// The part of the discount that is granted without being earned, and why.
    pub(crate) unearned: Option<(i64, Text)>,
    /// Tax that the customer withheld, and which.
    pub(crate) withheld: i64,
    pub(crate) withheld_tax: Option<TaxCode>,
}

impl Planned {
    pub(crate) fn new(item: &ItemRow, cash: i64, discount: i64) -> Self {
        Self {
            item: item.clone(),
            cash,
            discount,
            tolerance: 0,
            of_payment: 0,
            unearned: None,
            withheld: 0,
            withheld_tax: None,
        }
    }

    pub(crate) fn settled(&self) -> i64 {
        self.cash.saturating_add(self.discount).saturating_add(self.tolerance).saturating_add(self.withheld)
    }

    pub(crate) fn settles(&self) -> bool {
        self.settled() == self.item.open
    }
}

/// What is to be applied: the credit as it stands, the items, and why.
pub(crate) struct Application {
    pub(crate) credit: ItemRow,
    pub(crate) planned: Vec<Planned>,
    /// Accounting date asked for.
    pub(crate) date: Option<Date>,
    pub(crate) explanation: Explanation,
    /// For a memo of the same command, how it stands to its invoice.
    pub(crate) own: Option<OwnMemo>,
}

/// Checks an application whole and turns it into events, one per accounting date.
pub(crate) fn apply_credit(context: &Context<'_>, application: Application) -> Result<Vec<Event>, Halt> {
    let Application { mut credit, planned, date, explanation, own } = application;
    let mut desk = Desk::new(own);
    check_live_links(&credit, planned.len())?;
    let mut by_date: BTreeMap<Date, Vec<Planned>> = BTreeMap::new();
    for plan in planned {
        check_pair(context, &credit, &plan.item)?;
        let on = settlement_date(context, &credit, &plan.item, date)?;
        check_debit_room(context, &plan, on)?;
        by_date.entry(on).or_default().push(plan);
    }
    check_credit_room(context, &credit, &by_date)?;
    let mut chunks: Vec<(Date, &[Planned])> = Vec::new();
    for (on, plans) in &by_date {
        chunks.extend(plans.chunks(LINKS_PER_EVENT).map(|chunk| (*on, chunk)));
    }
    let mut events = Vec::with_capacity(chunks.len());
    for (on, chunk) in chunks {
        events.push(allocated(context, (&mut credit, &mut desk), on, chunk, explanation.clone())?);
    }
    Ok(events)
}

/// The later of both sides' dates, moved to the first open day; a date asked for is taken when it
/// is open and not before either side.
pub(crate) fn settlement_date(
    context: &Context<'_>,
    credit: &ItemRow,
    debit: &ItemRow,
    asked: Option<Date>,
) -> Result<Date, Halt> {
    let earliest = credit.date.max(debit.date);
    match asked {
        // Nothing leaves an item before its latest revaluation.
        None => Ok(context.first_open(
            &[Area::Settlement],
            [credit.revalued_on, debit.revalued_on].into_iter().flatten().fold(earliest, Date::max),
        )?),
        Some(date) if date < earliest => {
            Err(Rejection::DateOrder { what: "the allocation date", date, not_before: earliest }.into())
        }
        Some(date) => {
            context.check_open(Area::Settlement, date)?;
            Ok(date)
        }
    }
}

fn check_debit_room(context: &Context<'_>, plan: &Planned, on: Date) -> Result<(), Halt> {
    check_room(context, &plan.item, &[(on, plan.settled())], |open, requested, on| {
        Rejection::AllocationExceedsItem { item: plan.item.item.clone(), open, requested, on }
    })
}

fn check_credit_room(
    context: &Context<'_>,
    credit: &ItemRow,
    by_date: &BTreeMap<Date, Vec<Planned>>,
) -> Result<(), Halt> {
    let taken = |plans: &Vec<Planned>| plans.iter().fold(0_i64, |sum, p| sum.saturating_add(p.cash));
    let takes: Vec<(Date, i64)> = by_date.iter().map(|(on, plans)| (*on, taken(plans))).collect();
    check_room(context, credit, &takes, |available, requested, _| Rejection::AllocationExceedsPayment {
        credit: credit.item.clone(),
        available,
        requested,
    })
}

/// Sides, currencies and customers of a pair fit together.
pub(crate) fn check_pair(context: &Context<'_>, credit: &ItemRow, debit: &ItemRow) -> Result<(), Halt> {
    let state =
        |item: &ItemRow, problem| Halt::from(Rejection::ItemSide { item: item.item.clone(), problem });
    if credit.side != Side::Credit {
        return Err(state(credit, "it is a debit, and only a credit can be applied"));
    }
    if debit.side != Side::Debit {
        return Err(state(debit, "it is a credit, and only a debit can be settled"));
    }
    if credit.currency != debit.currency {
        let (expected, given) = (debit.currency, credit.currency);
        return Err(Rejection::CurrencyMismatch { expected, given }.into());
    }
    if credit.account.as_str() == crate::payment::SUSPENSE {
        return Err(state(credit, "its payer is not known; identify it first"));
    }
    if credit.base_open.is_some() != debit.base_open.is_some() && credit.currency != context.book.base {
        return Err(Rejection::RateMissing { currency: credit.currency, on: credit.date }.into());
    }
    let payer = &credit.account;
    if debit.account != *payer && context.account(&debit.account)?.profile.parent.as_ref() != Some(payer) {
        return Err(Rejection::AllocationAccountMismatch {
            item: debit.item.clone(),
            account: debit.account.clone(),
            credit: credit.item.clone(),
            payer: payer.clone(),
        }
        .into());
    }
    if debit.open <= 0 {
        return Err(state(debit, "nothing is open on it"));
    }
    Ok(())
}

/// One event: all links of one accounting date. `credit` is left with what remains of it.
fn allocated(
    context: &Context<'_>,
    (credit, desk): (&mut ItemRow, &mut Desk),
    date: Date,
    plans: &[Planned],
    explanation: Explanation,
) -> Result<Event, Halt> {
    let payer = context.account(&credit.account)?;
    let chart = ChartContext {
        class: Some(payer.profile.class),
        document: Some(credit.kind),
        ..ChartContext::default()
    };
    let mut posting = Posting::new(context.book, credit.currency, Some(payer));
    let mut links = Vec::with_capacity(plans.len());
    for plan in plans {
        let debit = &plan.item;
        let credit_leaves = leaving(context, credit, date, plan.cash)?;
        let debit_leaves = leaving(context, debit, date, plan.settled())?;
        let figures = Figures {
            cash: plan.cash,
            credit_base: credit_leaves.base,
            debit_base: debit_leaves.base,
            credit_revalued: credit_leaves.revalued,
            debit_revalued: debit_leaves.revalued,
            discount: plan.discount,
            tolerance: plan.tolerance,
            withholding: plan.withheld,
        };
        let withheld = withheld_as(context, &chart, plan)?;
        let code = |role| match (role, &withheld) {
            (Role::Withholding, Some(withheld)) => Ok(withheld.posted.clone()),
            (role, _) => context.book.chart.code(role, &chart),
        };
        let sides = (
            ControlOf { control: &credit.control, account: &credit.account },
            ControlOf { control: &debit.control, account: &debit.account },
        );
        figures.post(&mut posting, 1, &sides.0, &sides.1, code)?;
        let taxes = desk.taxes(context, credit, plan)?;
        if let Some(taxes) = &taxes {
            taxes.post(&mut posting, 1);
        }
        links.push(AppliedLink {
            taxes: taxes.map(Box::new),
            withheld: withheld.map(Box::new),
            ..applied_link(context, credit, plan, &figures)?
        });
        credit.open = credit.open.saturating_sub(plan.cash);
        credit.base_open = credit.base_open.zip(figures.credit_base).map(|(b, part)| b.saturating_sub(part));
        credit.revalued = credit.revalued.saturating_sub(figures.credit_revalued);
        credit.live_links = credit.live_links.saturating_add(1);
    }
    Ok(Event::CreditAllocated(Box::new(CreditAllocated {
        credit: credit.item.clone(),
        account: credit.account.clone(),
        group: payer.profile.parent.clone(),
        memo: credit.kind == DocumentKind::CreditMemo,
        currency: credit.currency,
        date,
        links,
        explanation,
        posting: posting.lines()?,
    })))
}

/// Which tax a plan withholds, and the account of the claim.
fn withheld_as(
    context: &Context<'_>,
    chart: &ChartContext<'_>,
    plan: &Planned,
) -> Result<Option<WithheldAs>, Halt> {
    if plan.withheld == 0 {
        return Ok(None);
    }
    let code = plan.withheld_tax.clone();
    let chart = ChartContext { tax: code.as_ref(), ..*chart };
    let posted = context.book.chart.code(Role::Withholding, &chart)?;
    Ok(Some(WithheldAs { code, posted }))
}

fn applied_link(
    context: &Context<'_>,
    credit: &ItemRow,
    plan: &Planned,
    figures: &Figures,
) -> Result<AppliedLink, Halt> {
    let debit = &plan.item;
    let amount = |minor: i64| Amount::from_minor(minor, credit.currency.exponent());
    let base = |minor: i64| Amount::from_minor(minor, context.book.base.exponent());
    let some = |minor: i64| (minor != 0).then(|| amount(minor));
    let other = debit.account != credit.account;
    Ok(AppliedLink {
        link: context.next_link(),
        debit: debit.item.clone(),
        account: other.then(|| debit.account.clone()),
        group: if other { context.group(&debit.account)? } else { None },
        amount: amount(figures.cash),
        credit_base: figures.credit_base.map(base),
        debit_base: figures.debit_base.map(base),
        discount: some(figures.discount),
        tolerance: some(figures.tolerance),
        withholding: some(figures.withholding),
        withheld: None,
        of_payment: some(plan.of_payment),
        unearned: plan
            .unearned
            .as_ref()
            .map(|(minor, reason)| Unearned { amount: amount(*minor), reason: reason.clone() }),
        credit_revalued: (figures.credit_revalued != 0).then(|| base(figures.credit_revalued)),
        debit_revalued: (figures.debit_revalued != 0).then(|| base(figures.debit_revalued)),
        taxes: None,
        uncounted: debit.uncounted(),
    })
}
