//! The month-end checklist: what is left to do before a period is closed, line by line, and which
//! line stops the close by policy (INV-11, INV-38).
//!
//! Lines that stop a close are measured as the close measures them; lines that a person signs off
//! carry a digest of their answer, so that a sign-off tells at which answer it was given.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::fold::{add, amount, currency, open_on};
use super::trial_balance::closing_figures;
use super::{
    AsOf, Columns, Day, ProposalsAsked, QueryError, Scope, View, WithholdingState, Withholdings,
    provided_as_known, tie_out, withholdings,
};
use crate::book::BookConfig;
use crate::document::Side;
use crate::event::Event;
use crate::journal::Role;
use crate::period::{Check, ClosingFigure, HeadDigest, Period, Requirement};
use crate::record::{Position, sha256_hex};
use crate::rows::AllowanceKind;
use crate::values::*;

/// What a line of the checklist asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// The close is refused while it is open.
    Blocking,
    /// A person looks at it; policy may want the sign-off before the close.
    SignOff,
    /// Told for completeness; there is nothing to do here.
    Stated,
}

/// How a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Nothing was found.
    Clear,
    /// Something was found.
    Open,
    /// The book does not keep it.
    NotKept,
}

/// A line of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckLine {
    /// What was looked at.
    pub check: Check,
    /// What it asks for.
    pub kind: CheckKind,
    /// How it stands.
    pub state: CheckState,
    /// How many were found.
    pub count: usize,
    /// What they come to, by currency; credits negative.
    pub amounts: Vec<Money>,
    /// What it means, in words.
    pub says: &'static str,
    /// Digest of the answer: what a sign-off names.
    pub digest: HeadDigest,
    /// Whether it was signed off at this answer, or at another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<SignedAt>,
}

/// At which answer a line was signed off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedAt {
    /// At the answer that it has now.
    ThisAnswer,
    /// At another answer: it changed since.
    AnotherAnswer,
}

/// The checklist of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checklist {
    /// The period.
    pub period: PeriodId,
    /// First day.
    pub start: Date,
    /// Last day: the day of every figure.
    pub end: Date,
    /// `open`, `soft` or `closed`.
    pub state: &'static str,
    /// The position.
    pub known: Position,
    /// The lines, in the order of [`Check::ALL`].
    pub lines: Vec<CheckLine>,
    /// Whether a hard close would be accepted.
    pub ready: bool,
}

struct Asking<'a> {
    period: &'a Period,
    config: &'a BookConfig,
    columns: &'a Columns,
    at_end: AsOf,
    /// Open on the last day of all: after everything that was ever recorded.
    head: &'a [i64],
    /// Open on the period's last day.
    end: &'a [i64],
}

/// What was found: how many, and by currency.
#[derive(Default, Serialize)]
struct Found {
    count: usize,
    sums: BTreeMap<Currency, i128>,
}

impl Asking<'_> {
    /// Items with something open that a condition holds for.
    fn open(&self, open: &[i64], wanted: impl Fn(usize, &AskedItem) -> bool) -> Found {
        let mut found = Found::default();
        for (item, minor) in open.iter().enumerate().filter(|(_, minor)| **minor != 0) {
            let (Some(asked), Some(of)) = (self.item(item), currency(self.columns, item)) else { continue };
            if wanted(item, &asked) {
                found.count = found.count.saturating_add(1);
                add(found.sums.entry(of).or_default(), *minor);
            }
        }
        found
    }

    fn item(&self, item: usize) -> Option<AskedItem> {
        let items = self.columns.items();
        let control = self.columns.controls().get(usize::from(*items.control.get(item)?))?;
        Some(AskedItem { role: control.role, side: *items.side.get(item)?, date: *items.date.get(item)? })
    }

    /// Cash of the period that settles nothing, as the close looks for it.
    fn receipts(&self, roles: &[Role]) -> Found {
        let (from, to) = (Day::from(self.period.start), Day::from(self.period.end));
        let waits = |a: &AskedItem| {
            a.side == Side::Credit && roles.contains(&a.role) && from <= a.date && a.date <= to
        };
        self.open(self.head, |_, asked| waits(asked))
    }
}

struct AskedItem {
    role: Role,
    side: Side,
    date: Day,
}

/// The checklist of a period as known at a position; `None` when no such period is defined.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn checklist<V: View>(
    view: &V,
    period: &PeriodId,
    known: Position,
) -> Result<Option<Checklist>, QueryError<V::Error>> {
    let config = view.config().map_err(QueryError::Store)?;
    let Some((config, period)) = config.as_ref().and_then(|c| Some((&**c, c.accounting.get(period)?))) else {
        return Ok(None);
    };
    let columns = view.columns(&Scope::All).map_err(QueryError::Store)?;
    let at_end = AsOf { effective: period.end, known }.within(view);
    let head = open_on(&columns, AsOf { effective: Date::MAX, ..at_end });
    let end = open_on(&columns, at_end);
    let asking = Asking { period, config, columns: &columns, at_end, head: &head, end: &end };
    let mut lines = Vec::with_capacity(Check::ALL.len());
    for check in Check::ALL {
        lines.push(line(view, &asking, check)?);
    }
    let ready = period.hard.is_none() && lines.iter().all(|line| lets_close(config, line));
    Ok(Some(Checklist {
        period: period.id.clone(),
        start: period.start,
        end: period.end,
        state: period.state(),
        known: at_end.known,
        lines,
        ready,
    }))
}

fn lets_close(config: &BookConfig, line: &CheckLine) -> bool {
    let required = config.policies.close.requires.contains(&Requirement::SignedOff(line.check));
    (line.kind != CheckKind::Blocking || line.state == CheckState::Clear)
        && (!required || line.signed.is_some())
}

fn line<V: View>(view: &V, asking: &Asking<'_>, check: Check) -> Result<CheckLine, QueryError<V::Error>> {
    let requires = &asking.config.policies.close.requires;
    let blocking_if = |requirement| match requires.contains(&requirement) {
        true => CheckKind::Blocking,
        false => CheckKind::SignOff,
    };
    let nothing = Found::default;
    let mut state = None;
    let (kind, found, says) = match check {
        Check::EarlierPeriods => {
            let earlier = asking.config.accounting.list.iter();
            let open = earlier.filter(|p| p.end < asking.period.start && p.hard.is_none()).count();
            let found = Found { count: open, ..nothing() };
            (CheckKind::Blocking, found, "earlier periods that are not closed")
        }
        Check::UnidentifiedCash => (
            blocking_if(Requirement::NoUnidentifiedCash),
            asking.receipts(&[Role::Unidentified]),
            "cash of the period whose payer is unknown",
        ),
        Check::UnallocatedReceipts => (
            blocking_if(Requirement::NoUnallocatedReceipts),
            asking.receipts(&[Role::Unapplied, Role::Unidentified]),
            "cash of the period that settles nothing yet",
        ),
        Check::UnappliedCredits => {
            let found = asking.open(asking.end, |_, asked| asked.side == Side::Credit);
            (CheckKind::SignOff, found, "credits of every kind with something open at the end of the period")
        }
        Check::UnpostedDocuments => {
            (CheckKind::Stated, nothing(), "none by design: a document is posted when it is issued")
        }
        Check::UnreconciledStatements => {
            state = Some(CheckState::NotKept);
            (CheckKind::Stated, nothing(), "bank statements are not kept here")
        }
        Check::Revaluation => {
            let base = asking.config.base;
            let foreign = |item: usize, _: &AskedItem| currency(asking.columns, item) != Some(base);
            let found = asking.open(asking.end, foreign);
            (CheckKind::SignOff, found, "open items in foreign currencies, which are due for revaluation")
        }
        Check::Allowance => {
            let provided = provided_for(view, asking)?;
            let due = |item: usize, asked: &AskedItem| {
                let of = currency(asking.columns, item);
                asked.side == Side::Debit && of.is_none_or(|of| !provided.contains(&of))
            };
            let found = asking.open(asking.end, due);
            (
                CheckKind::SignOff,
                found,
                "open debits in currencies not provided for on the last day, from the book's own figures",
            )
        }
        Check::WithholdingCertificates => {
            let found = pending(&withholdings(view, asking.at_end, &Scope::All)?);
            (CheckKind::SignOff, found, "tax withheld by customers whose certificate has not come")
        }
        Check::TieOut => {
            let tied = tie_out(view, asking.at_end)?;
            let off = tied.lines.iter().filter(|line| {
                line.difference.minor() != 0 || line.base_difference.is_some_and(|base| base.minor() != 0)
            });
            let found = Found { count: off.count(), ..nothing() };
            (CheckKind::Blocking, found, "control accounts that differ from their open items")
        }
        Check::OpenProposals => (
            CheckKind::SignOff,
            waiting(view, asking)?,
            "proposals of the period that wait for a second person",
        ),
        Check::Proven => {
            let found = Found { count: usize::from(!proof_stands(view, asking)?), ..nothing() };
            (CheckKind::Stated, found, "figures on record after the close, and the same when read again")
        }
    };
    let open = if found.count > 0 { CheckState::Open } else { CheckState::Clear };
    let digest = digest(check, asking, &found);
    let signed = asking.period.signed(check).map(|at| match *at == digest {
        true => SignedAt::ThisAnswer,
        false => SignedAt::AnotherAnswer,
    });
    let mut amounts = Vec::with_capacity(found.sums.len());
    for (currency, sum) in &found.sums {
        let what = "a line of the checklist";
        let sum = amount(*sum, *currency, what)?;
        amounts.push(sum.in_currency(*currency).map_err(|_| QueryError::OutOfRange(what))?);
    }
    let state = state.unwrap_or(open);
    Ok(CheckLine { check, kind, state, count: found.count, amounts, says, digest, signed })
}

/// The currencies whose allowance was brought to a target on the period's last day, by a run whose
/// figures are those of its position.
fn provided_for<V: View>(view: &V, asking: &Asking<'_>) -> Result<BTreeSet<Currency>, QueryError<V::Error>> {
    let moves = view.allowance_moves(asking.at_end.known).map_err(QueryError::Store)?;
    let runs = moves.iter().filter(|by| by.kind == AllowanceKind::Run && by.date == asking.period.end);
    // The latest run of each currency counts.
    let latest: BTreeMap<Currency, Position> = runs.map(|by| (by.currency, by.position)).collect();
    let mut provided = BTreeSet::new();
    for (currency, position) in latest {
        let records = view.records(position.saturating_sub(1), 1).map_err(QueryError::Store)?;
        let record = records.into_iter().next().map(|(_, record)| record.event);
        if let Some(Event::AllowanceProvided(run)) = record
            && provided_as_known(view, &run)?
        {
            provided.insert(currency);
        }
    }
    Ok(provided)
}

/// Withheld tax that waits for its certificate.
fn pending(all: &Withholdings) -> Found {
    let mut found = Found::default();
    for line in all.lines.iter().filter(|line| line.state == WithholdingState::Pending) {
        found.count = found.count.saturating_add(1);
        add(found.sums.entry(line.currency).or_default(), line.amount.minor());
    }
    found
}

/// Proposals dated up to the period's last day that nobody decided.
fn waiting<V: View>(view: &V, asking: &Asking<'_>) -> Result<Found, QueryError<V::Error>> {
    let known = asking.at_end.known;
    let asked = ProposalsAsked { known, waiting: true, after: 0, limit: usize::MAX };
    let rows = view.proposals(&Scope::All, &asked).map_err(QueryError::Store)?;
    let mut found = Found::default();
    for row in rows.iter().filter(|row| row.date <= asking.period.end) {
        found.count = found.count.saturating_add(1);
        if let Some(amount) = row.amount {
            add(found.sums.entry(amount.currency()).or_default(), amount.minor());
        }
    }
    Ok(found)
}

fn digest(check: Check, asking: &Asking<'_>, found: &Found) -> HeadDigest {
    let sums: Vec<(Currency, String)> =
        found.sums.iter().map(|(currency, sum)| (*currency, sum.to_string())).collect();
    HeadDigest::of_hex(&sha256_hex(&(check, &asking.period.id, asking.period.end, found.count, sums)))
}

/// Whether the figures on record are what the book says now of the period's last day.
fn proof_stands<V: View>(view: &V, asking: &Asking<'_>) -> Result<bool, QueryError<V::Error>> {
    let Some(proof) = asking.period.proven else { return Ok(false) };
    let before = proof.position.saturating_sub(1);
    let records = view.records(before, 1).map_err(QueryError::Store)?;
    let Some(Event::PeriodProven(e)) = records.into_iter().next().map(|(_, record)| record.event) else {
        return Ok(false);
    };
    let figures: Vec<ClosingFigure> = closing_figures(view, asking.at_end)?;
    Ok(e.figures == figures)
}
