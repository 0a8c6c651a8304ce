//! Defining, closing, reopening and signing off: what must be so before the days of a book change
//! their state. Everything read is the settings row and, by policy, one receipt by index.

use super::*;
use crate::decide::{Context, Decision, Halt, Warning};
use crate::event::Event;
use crate::explain::Explanation;
use crate::facts::OpenReceipt;
use crate::rejection::Rejection;

fn nothing_changed(command: &'static str) -> Decision {
    Decision::one(Event::NothingChanged { command: compact_str::CompactString::const_new(command) })
}

fn next_version(context: &Context<'_>) -> u32 {
    context.book.version.saturating_add(1)
}

/// A period that must be defined.
pub(super) fn known<'a>(context: &Context<'a>, id: &PeriodId) -> Result<&'a Period, Halt> {
    let period = context.book.accounting.get(id);
    period.ok_or_else(|| Rejection::PeriodUnknown { period: id.clone() }.into())
}

/// Decides `define_period`: its days are in no other period and after every day closed hard.
pub(crate) fn decide_define(context: &Context<'_>, c: &DefinePeriod) -> Result<Decision, Halt> {
    let periods = &context.book.accounting;
    if let Some(known) = periods.get(&c.period) {
        if (known.start, known.end) == (c.start, c.end) {
            return Ok(nothing_changed("define_period"));
        }
        let (period, start, end) = (c.period.clone(), known.start, known.end);
        return Err(Rejection::PeriodExists { period, start, end }.into());
    }
    if let Some(other) = periods.list.iter().find(|other| other.start <= c.end && c.start <= other.end) {
        let (period, start, end) = (c.period.clone(), other.start, other.end);
        return Err(Rejection::PeriodOverlap { period, other: other.id.clone(), start, end }.into());
    }
    if let Some(last) = periods.closed_through.filter(|last| c.start <= *last) {
        let next_open = last.add_days(1).map_err(|e| Rejection::value("start", &e))?;
        return Err(Rejection::PeriodClosed { date: c.start, next_open }.into());
    }
    let retired = match periods.list.len() {
        given if given < PERIODS_MAX => None,
        given => match periods.list.first().filter(|oldest| oldest.hard.is_some()) {
            Some(oldest) => Some(oldest.id.clone()),
            None => {
                let (what, given) = ("accounting periods", given.saturating_add(1));
                return Err(Rejection::TooManyEntries { what, given, max: PERIODS_MAX }.into());
            }
        },
    };
    let defined = PeriodDefined {
        period: c.period.clone(),
        start: c.start,
        end: c.end,
        retired,
        version: next_version(context),
    };
    let mut decision = Decision::one(Event::PeriodDefined(Box::new(defined)));
    decision.warnings = gaps(periods, c);
    Ok(decision)
}

/// Days between a new period and its neighbours that no period has: they follow the span alone.
fn gaps(periods: &AccountingPeriods, c: &DefinePeriod) -> Vec<Warning> {
    let (before, after) = periods.around(c.start, c.end);
    let gap = |from: Date, to: Date| {
        let (first, last) = (from.add_days(1).ok()?, to.add_days(-1).ok()?);
        (first <= last).then(|| Warning {
            code: compact_str::CompactString::const_new("period.gap"),
            message: format!(
                "the days {first} to {last} beside {} are in no period; define one for them",
                c.period
            ),
        })
    };
    let before = before.and_then(|other| gap(other.end, c.start));
    before.into_iter().chain(after.and_then(|other| gap(c.end, other.start))).collect()
}

/// Decides `close_period`.
pub(crate) fn decide_close(context: &Context<'_>, c: &ClosePeriod) -> Result<Decision, Halt> {
    let period = known(context, &c.period)?;
    let explanation = match &c.close {
        Close::Soft(_) if period.hard.is_some() => {
            let problem = "it is closed for everybody";
            return Err(Rejection::PeriodState { period: c.period.clone(), problem }.into());
        }
        Close::Soft(soft) => {
            if period.soft.as_ref() == Some(soft) {
                return Ok(nothing_changed("close_period"));
            }
            if period.soft.as_ref().is_some_and(|now| !soft.is_as_strict_as(now)) {
                let problem = "the new close would open what is closed now";
                return Err(Rejection::PeriodState { period: c.period.clone(), problem }.into());
            }
            Explanation::rule("soft_close").input("state", period.state())
        }
        Close::Hard if period.hard.is_some() => return Ok(nothing_changed("close_period")),
        Close::Hard => hard(context, period)?,
    };
    Ok(Decision::one(Event::PeriodClosed(Box::new(PeriodClosed {
        period: period.id.clone(),
        start: period.start,
        end: period.end,
        close: c.close.clone(),
        signed: period.signed.clone(),
        explanation,
        version: next_version(context),
    }))))
}

/// What must be so before every day up to a period's last is closed: no earlier period is open, and
/// whatever policy requires.
fn hard(context: &Context<'_>, period: &Period) -> Result<Explanation, Halt> {
    let earlier = context.book.accounting.list.iter().find(|other| other.hard.is_none());
    if let Some(other) = earlier.filter(|other| other.end < period.start) {
        let (period, other) = (period.id.clone(), other.id.clone());
        let problem = "must be closed before it";
        return Err(Rejection::PeriodOrder { period, other, problem }.into());
    }
    let mut why = Explanation::rule("hard_close").input("state", period.state());
    for requirement in &context.book.policies.close.requires {
        match requirement {
            Requirement::NoUnidentifiedCash => no_receipt(context, period, true)?,
            Requirement::NoUnallocatedReceipts => no_receipt(context, period, false)?,
            Requirement::SignedOff(check) => {
                let Some(digest) = period.signed(*check) else {
                    let (period, check) = (period.id.clone(), *check);
                    return Err(Rejection::CloseNotSignedOff { period, check }.into());
                };
                why = why.input(check.name(), digest);
                continue;
            }
        }
        why = why.input("found_none", requirement_name(*requirement));
    }
    Ok(why)
}

const fn requirement_name(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::NoUnidentifiedCash => "unidentified_cash",
        Requirement::NoUnallocatedReceipts => "unallocated_receipts",
        Requirement::SignedOff(check) => check.name(),
    }
}

fn no_receipt(context: &Context<'_>, period: &Period, unidentified: bool) -> Result<(), Halt> {
    let which = OpenReceipt { from: period.start, to: period.end, unidentified };
    let Some(item) = context.facts.open_receipt(&which)? else { return Ok(()) };
    let period = period.id.clone();
    Err(match unidentified {
        true => Rejection::CloseUnidentifiedCash { period, item },
        false => Rejection::CloseUnallocatedReceipt { period, item },
    }
    .into())
}

/// Whether the book's policy lets this person reopen.
pub(crate) fn may_reopen(context: &Context<'_>, command: &'static str) -> Result<(), Rejection> {
    let named = &context.book.policies.close.reopeners;
    let actor = &context.envelope.actor;
    if named.is_empty() || named.contains(actor) {
        return Ok(());
    }
    Err(Rejection::Unauthorised { actor: actor.clone(), command })
}

/// Decides `reopen_period`: the last hard-closed one, or one that is closed softly.
pub(crate) fn decide_reopen(context: &Context<'_>, c: &ReopenPeriod) -> Result<Decision, Halt> {
    may_reopen(context, "reopen a period")?;
    let period = known(context, &c.period)?;
    let periods = &context.book.accounting;
    let closed_through = match (period.hard, &period.soft) {
        (None, None) => {
            let problem = "it is open";
            return Err(Rejection::PeriodState { period: c.period.clone(), problem }.into());
        }
        (None, Some(_)) => periods.closed_through,
        (Some(_), _) => {
            let later = periods.list.iter().rev().find(|other| other.hard.is_some());
            if let Some(other) = later.filter(|other| other.id != period.id) {
                let (period, other) = (period.id.clone(), other.id.clone());
                let problem = "must be reopened before it";
                return Err(Rejection::PeriodOrder { period, other, problem }.into());
            }
            period.start.add_days(-1).ok()
        }
    };
    Ok(Decision::one(Event::PeriodReopened(Box::new(PeriodReopened {
        period: period.id.clone(),
        start: period.start,
        end: period.end,
        reason: c.reason.clone(),
        closed_through,
        proof_void: period.proven.is_some(),
        version: next_version(context),
    }))))
}

/// Decides `sign_off`: a line of an open or softly closed period, once for every answer.
pub(crate) fn decide_sign_off(context: &Context<'_>, c: &SignOff) -> Result<Decision, Halt> {
    let period = known(context, &c.period)?;
    if period.hard.is_some() {
        let problem = "it is closed, and what was signed off stands";
        return Err(Rejection::PeriodState { period: c.period.clone(), problem }.into());
    }
    if period.signed(c.check) == Some(&c.digest) {
        return Ok(nothing_changed("sign_off"));
    }
    let mut row = period.clone();
    row.signed.retain(|(check, _)| *check != c.check);
    row.signed.push((c.check, c.digest.clone()));
    row.signed.sort();
    Ok(Decision::one(Event::CheckSignedOff(Box::new(CheckSignedOff {
        period: row,
        check: c.check,
        digest: c.digest.clone(),
        note: c.note.clone(),
        version: next_version(context),
    }))))
}
