//! Recovering what was given up (INV-27, INV-37).
//!
//! Cash for a claim that was written off is income, less the tax that the write-off had taken back. It
//! leaves the payment like any other use of it, so it cannot be applied twice; and on every day what was
//! recovered of a write-off is at most what was given up.

use std::collections::BTreeSet;

use super::relief::{given_back, given_before};
use super::tax::{TaxMove, TaxMoveKind};
use super::undo::made_by;
use super::*;
use crate::book::ChartContext;
use crate::decide::{Context, Decision, Halt};
use crate::document::Side;
use crate::event::Event;
use crate::facts::RECOVERIES_MAX;
use crate::fx::{leaving, post_unrealised};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rows::{ItemRow, LinkRow, LinkSide};

/// Decides `recover`.
pub(crate) fn decide_recover(context: &Context<'_>, command: &Recover) -> Result<Decision, Halt> {
    context.check_open(Area::Settlement, command.date)?;
    let (link, claim) = written_off(context, command)?;
    let credit = context.item(&command.credit)?;
    check_credit(context, credit, link, claim)?;
    let earlier = recoveries(context, link)?;
    let left = claim.amount.saturating_sub(recovered_from(&earlier, command.date));
    let money = match command.amount {
        None => Money::clamped(credit.open.min(left), credit.currency),
        Some(amount) => amount.in_currency(credit.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    if money.minor() > left || left <= 0 {
        return Err(Rejection::RecoveryExceeds {
            write_off: link.link.clone(),
            left: Money::clamped(left, credit.currency),
            requested: money,
        }
        .into());
    }
    check_live_links(credit, 1)?;
    check_room(context, credit, &[(command.date, money.minor())], |available, requested, _| {
        Rejection::AllocationExceedsPayment { credit: credit.item.clone(), available, requested }
    })?;
    recovered(context, command, (link, claim), (credit, money), &earlier).map(Decision::one)
}

/// The settlement that gave a debit up, still in force on the day, with what it took.
fn written_off<'a>(context: &Context<'a>, command: &Recover) -> Result<(&'a LinkRow, &'a LinkSide), Halt> {
    let link = context.facts.link(&command.write_off)?;
    let link = link.ok_or_else(|| Rejection::LinkUnknown { link: command.write_off.clone() })?;
    let no = |problem| Halt::from(Rejection::RecoveryOfNothing { link: link.link.clone(), problem });
    let claim = match (&link.kind, &link.debit) {
        (LinkKind::WriteOff, Some(claim)) => claim,
        (LinkKind::WriteOff, None) => return Err(no("it kept a credit and gave up no claim")),
        _ => return Err(no("it is no write-off")),
    };
    if link.undone.is_some() {
        return Err(no("it was undone and the claim is open again"));
    }
    if command.date < link.date {
        let what = "the recovery date";
        return Err(Rejection::DateOrder { what, date: command.date, not_before: link.date }.into());
    }
    Ok((link, claim))
}

/// Cash of the customer whose claim it was, or of the parent that pays, in the claim's currency.
fn check_credit(
    context: &Context<'_>,
    credit: &ItemRow,
    link: &LinkRow,
    claim: &LinkSide,
) -> Result<(), Halt> {
    crate::payment::check_movable(credit)?;
    if credit.control.role == Role::Receivable {
        let problem = "only cash recovers what was given up, and it is a credit memo";
        return Err(Rejection::ItemSide { item: credit.item.clone(), problem }.into());
    }
    if credit.currency != link.currency {
        let (expected, given) = (link.currency, credit.currency);
        return Err(Rejection::CurrencyMismatch { expected, given }.into());
    }
    if credit.base_open.is_some() != claim.base.is_some() && credit.currency != context.book.base {
        return Err(Rejection::RateMissing { currency: credit.currency, on: credit.date }.into());
    }
    let payer = &credit.account;
    if claim.account != *payer && context.account(&claim.account)?.profile.parent.as_ref() != Some(payer) {
        return Err(Rejection::AllocationAccountMismatch {
            item: claim.item.clone(),
            account: claim.account.clone(),
            credit: credit.item.clone(),
            payer: payer.clone(),
        }
        .into());
    }
    Ok(())
}

/// Every recovery of a write-off.
fn recoveries(context: &Context<'_>, link: &LinkRow) -> Result<Vec<LinkRow>, Halt> {
    let all = context.facts.recoveries(&link.link)?;
    if all.len() >= RECOVERIES_MAX {
        let (write_off, max) = (link.link.clone(), RECOVERIES_MAX);
        return Err(Rejection::RecoveryTooMany { write_off, max }.into());
    }
    Ok(all)
}

fn minor(recovery: &LinkRow) -> i64 {
    recovery.credit.as_ref().map_or(0, |side| side.amount)
}

/// The most that is recovered on a day or on any later one: a recovery that was undone since counts
/// until its undo.
fn recovered_from(recoveries: &[LinkRow], from: Date) -> i64 {
    let starts: BTreeSet<Date> = recoveries.iter().map(|r| r.date).filter(|day| *day > from).collect();
    let on = |day: Date| {
        let there = |r: &&LinkRow| r.date <= day && r.undone.is_none_or(|(undone, _)| undone > day);
        recoveries.iter().filter(there).fold(0_i64, |sum, r| sum.saturating_add(minor(r)))
    };
    starts.into_iter().chain([from]).map(on).fold(0, i64::max)
}

fn recovered(
    context: &Context<'_>,
    command: &Recover,
    (link, claim): (&LinkRow, &LinkSide),
    (credit, money): (&ItemRow, Money),
    earlier: &[LinkRow],
) -> Result<Event, Halt> {
    let account = context.account(&credit.account)?;
    let leaves = leaving(context, credit, command.date, money.minor())?;
    let event = made_by(context, link)?;
    let Event::ItemWrittenOff(given_up) = &event else {
        let detail = format!("{} was made by {}", link.link, event.name());
        return Err(Halt::Corrupt { invariant: "INV-15", detail });
    };
    let chart = ChartContext {
        class: Some(context.account(&claim.account)?.profile.class),
        document: Some(context.item(&claim.item)?.kind),
        reason: Some(&given_up.reason),
        ..ChartContext::default()
    };
    // What used the allowance comes back to it, on the account it was taken from.
    let (role, income) = match used_allowance(given_up) {
        Some(code) => (Role::Allowance, code.clone()),
        None => (Role::BadDebtRecovered, context.book.chart.code(Role::BadDebtRecovered, &chart)?),
    };
    let live: Vec<&LinkRow> = earlier.iter().filter(|r| r.undone.is_none()).collect();
    let before = live.iter().fold(0_i64, |sum, r| sum.saturating_add(minor(r)));
    let taxes = taxes(context, given_up, (&live, before, money), &income)?;
    let mut posting = Posting::new(context.book, credit.currency, Some(account));
    posting.control(&credit.control, &credit.account, money.minor(), leaves.carried());
    let base = leaves.base.map(i64::saturating_neg);
    posting.code(role, &income, money.minor().saturating_neg(), base);
    post_unrealised(&mut posting, Side::Credit, leaves.revalued, 1, |role| {
        context.book.chart.code(role, &chart)
    })?;
    if let Some(taxes) = &taxes {
        taxes.post(&mut posting, 1);
    }
    let why = Explanation::rule("recovery")
        .input("write-off", &link.link)
        .input("given up", given_up.closed.amount)
        .input("recovered before", Amount::from_minor(before, credit.currency.exponent()));
    let back = taxes.iter().flat_map(|taxes| &taxes.moves);
    let why = back.fold(why, |why, moved| why.input(&moved.code.to_string(), moved.tax));
    Ok(Event::WriteOffRecovered(Box::new(WriteOffRecovered {
        link: context.next_link(),
        closed: ClosedItem {
            item: credit.item.clone(),
            account: credit.account.clone(),
            group: account.profile.parent.clone(),
            amount: money.amount(),
            base: leaves.base_amount(context.book.base),
            link: None,
            revalued: leaves.revalued_amount(context.book.base),
            uncounted: false,
        },
        control: credit.control.clone(),
        write_off: link.link.clone(),
        item: claim.item.clone(),
        reason: given_up.reason.clone(),
        currency: credit.currency,
        date: command.date,
        taxes: taxes.map(Box::new),
        explanation: why,
        posting: posting.lines()?,
    })))
}

/// The account of the allowance that a write-off used. Where all that was given up was tax, it stands
/// with the tax.
fn used_allowance(given_up: &ItemWrittenOff) -> Option<&GlCode> {
    let line = given_up.posting.iter().find(|line| line.role == Role::Allowance).map(|line| &line.code);
    let of_tax = || given_up.taxes.as_ref()?.moves.first().map(|moved| &moved.to);
    let all_tax = given_up.taxes.as_ref().is_some_and(|taxes| taxes.allowance);
    line.or_else(|| of_tax().filter(|_| all_tax))
}

/// The tax given back, by the taxes of the write-off: on the account that the write-off took it from.
fn taxes(
    context: &Context<'_>,
    given_up: &ItemWrittenOff,
    (live, before, money): (&[&LinkRow], i64, Money),
    income: &GlCode,
) -> Result<Option<LinkTaxes>, Halt> {
    let Some(of_write_off) = &given_up.taxes else { return Ok(None) };
    let told = live.iter().filter_map(|r| r.bad_debt.as_ref()).flat_map(|bad_debt| &bad_debt.taxes);
    let written_off = given_up.closed.amount.minor();
    let recovered = before.saturating_add(money.minor());
    let (allowance, invoice) = (of_write_off.allowance, of_write_off.invoice.clone());
    let mut taxes = LinkTaxes { allowance, invoice, ..LinkTaxes::default() };
    for moved in of_write_off.moves.iter().filter(|moved| moved.kind.is_of_write_off()) {
        let (given, given_base) = given_before(told.clone(), &moved.code);
        let tax = given_back(moved.tax.minor(), given, recovered, written_off);
        if tax == 0 {
            continue;
        }
        let base = moved.base.map(|base| {
            let last = given.saturating_add(tax) == moved.tax.minor();
            let rest = base.minor().saturating_sub(given_base);
            let part = super::tax::share(base.minor(), tax, moved.tax.minor());
            Amount::from_minor(if last { rest } else { part }, base.exponent())
        });
        let (kind, to) = match moved.kind {
            TaxMoveKind::GivenUp => (TaxMoveKind::DueAfterAll, tax_account(context, given_up, &moved.code)?),
            _ => (TaxMoveKind::GivenBack, moved.from.clone()),
        };
        taxes.moves.push(TaxMove {
            code: moved.code.clone(),
            kind,
            net: Amount::from_minor(
                super::tax::share(moved.net.minor(), tax, moved.tax.minor()),
                moved.net.exponent(),
            ),
            tax: Amount::from_minor(tax, moved.tax.exponent()),
            base,
            from: income.clone(),
            to,
        });
    }
    if of_write_off.off.is_some() {
        // As if so much had been paid instead of given up.
        taxes.paid = Some(money.amount());
        taxes.off = Some(money.amount().negated());
    }
    Ok((!taxes.moves.is_empty() || taxes.paid.is_some()).then_some(taxes))
}

/// The account of a tax that falls due after all.
fn tax_account(context: &Context<'_>, given_up: &ItemWrittenOff, code: &TaxCode) -> Result<GlCode, Halt> {
    let item = context.item(&given_up.closed.item)?;
    let chart = ChartContext {
        class: Some(context.account(&item.account)?.profile.class),
        document: Some(item.kind),
        tax: Some(code),
        ..ChartContext::default()
    };
    Ok(context.book.chart.code(Role::Tax, &chart)?)
}

/// A write-off is not undone while any of it counts as recovered on the day or later: the claim would be
/// open and recovered both.
pub(super) fn check_not_recovered(context: &Context<'_>, link: &LinkRow, on: Date) -> Result<(), Halt> {
    let all = context.facts.recoveries(&link.link)?;
    if let Some(live) = all.iter().find(|recovery| recovery.undone.is_none()) {
        let (write_off, recovery) = (link.link.clone(), live.link.clone());
        return Err(Rejection::WriteOffRecovered { write_off, recovery }.into());
    }
    match all.iter().filter_map(|recovery| recovery.undone).map(|(day, _)| day).max() {
        Some(day) if on < day => {
            let what = "the undo date";
            Err(Rejection::DateOrder { what, date: on, not_before: day }.into())
        }
        _ => Ok(()),
    }
}
