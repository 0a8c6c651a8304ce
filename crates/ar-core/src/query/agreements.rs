//! Promises and payment plans on a day: kept, broken, in default, cured (INV-22). All of it follows
//! from what was agreed and from settlements; nothing is stored.

use serde::Serialize;
use std::collections::BTreeMap;

use super::columns::Cause;
use super::fold::amount;
use super::{AsOf, Columns, Day, QueryError, Scope, View};
use crate::agreement::{Agreed, AgreementId};
use crate::allocation::LinkKind;
use crate::rows::{AgreementRow, LinkRow};
use crate::values::*;

/// How a promise stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// Its day has not passed and not all of it was paid.
    Open,
    /// All of it was paid by its day, and nothing of that was taken back.
    Kept,
    /// Its day has passed and not all of it was paid by then, or what was paid was taken back.
    Broken,
    /// It no longer holds.
    Withdrawn,
}

/// A promise on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PromiseStatus {
    /// The promise.
    pub promise: PromiseId,
    /// The account.
    pub account: AccountId,
    /// The item.
    pub item: ItemId,
    /// The currency.
    pub currency: Currency,
    /// What was promised.
    pub amount: Amount,
    /// What was paid of it by its day and still is.
    pub paid: Amount,
    /// The day on which it was made.
    pub date: Date,
    /// The last day on which paying keeps it.
    pub by: Date,
    /// How it stands.
    pub state: PromiseState,
}

/// How a payment plan stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// Nothing of it is late.
    Current,
    /// An instalment is late, within what was agreed.
    Late,
    /// An instalment is late beyond what was agreed.
    Default,
    /// Nothing of it is open.
    Completed,
    /// What was open of it moved to another plan or to another account.
    Replaced,
    /// What was left of it was called in.
    Accelerated,
}

/// A payment plan on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanStatus {
    /// The plan.
    pub plan: DocumentId,
    /// The account.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// The day on which it was agreed.
    pub date: Date,
    /// How many instalments it has.
    pub instalments: usize,
    /// What it came to.
    pub total: Amount,
    /// What is open of it.
    pub open: Amount,
    /// What of that is overdue: the arrears.
    pub overdue: Amount,
    /// When the next open instalment that is not overdue is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Date>,
    /// How many days an instalment may be late before it is in default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_after: Option<u16>,
    /// How it stands.
    pub state: PlanState,
    /// The first day on which it was in default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaulted_on: Option<Date>,
    /// The day since which it no longer is, because the arrears were paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cured_on: Option<Date>,
}

/// A movement of an item: its day, signed minor units of what is open, and its cause.
type Moved = (Day, i64, Cause);

/// Movements of these items up to the day and position, in the order of their days.
fn movements(columns: &Columns, as_of: AsOf, wanted: &[usize]) -> BTreeMap<usize, Vec<Moved>> {
    let mut all: BTreeMap<usize, Vec<Moved>> = wanted.iter().map(|item| (*item, Vec::new())).collect();
    let rows = columns.movements();
    let effective = Day::from(as_of.effective);
    let known = rows.known(as_of.known);
    let each = rows.item.iter().zip(&rows.date).zip(rows.minor.iter().zip(&rows.cause)).take(known);
    for ((item, date), (minor, cause)) in each {
        let item = usize::try_from(*item).unwrap_or(usize::MAX);
        if *date <= effective
            && let Some(list) = all.get_mut(&item)
        {
            list.push((*date, *minor, *cause));
        }
    }
    for list in all.values_mut() {
        list.sort_by_key(|(date, ..)| *date);
    }
    all
}

/// Agreements that were known and made by then, each with its end if that was so too.
fn agreements<V: View>(
    view: &V,
    as_of: AsOf,
    scope: &Scope,
) -> Result<Vec<AgreementRow>, QueryError<V::Error>> {
    let mut rows = view.agreements(scope).map_err(QueryError::Store)?;
    rows.retain(|row| row.position <= as_of.known && row.date <= as_of.effective);
    for row in &mut rows {
        row.ended = row.ended.filter(|(date, at)| *date <= as_of.effective && *at <= as_of.known);
    }
    Ok(rows)
}

/// The promises of accounts as they stand on a day, by id. What settles an item on a day, and was not
/// undone since, pays its promises in the order of their days, each as long as its day has not passed.
/// Write-offs and moves pay nothing. One read for each promised item.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn promises<V: View>(
    view: &V,
    as_of: AsOf,
    scope: &Scope,
) -> Result<Vec<PromiseStatus>, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let rows = agreements(view, as_of, scope)?;
    let mut by_item: BTreeMap<&ItemId, Vec<Promised<'_>>> = BTreeMap::new();
    for row in &rows {
        if let (AgreementId::Promise(id), Agreed::Pay { item, minor, by }) = (&row.id, &row.agreed) {
            let promised = Promised { id, row, item, minor: *minor, by: *by, paid: 0 };
            by_item.entry(item).or_default().push(promised);
        }
    }
    let mut found = Vec::new();
    for (item, mut promised) in by_item {
        promised.sort_by(|a, b| (a.by, a.id).cmp(&(b.by, b.id)));
        let mut links = view.links(item).map_err(QueryError::Store)?;
        links.retain(|link| pays(link, as_of));
        links.sort_by_key(|link| link.date);
        for link in &links {
            let mut rest = link.debit.as_ref().map_or(0, |side| side.amount);
            for one in promised.iter_mut().filter(|one| one.holds(link.date)) {
                let more = one.minor.saturating_sub(one.paid).min(rest);
                one.paid = one.paid.saturating_add(more);
                rest = rest.saturating_sub(more);
            }
        }
        for one in promised {
            found.push(one.status(as_of)?);
        }
    }
    found.sort_by(|a, b| a.promise.cmp(&b.promise));
    Ok(found)
}

/// Whether a link is a settlement by credit that stands on the day.
fn pays(link: &LinkRow, as_of: AsOf) -> bool {
    let undone = link.undone.is_some_and(|(date, at)| date <= as_of.effective && at <= as_of.known);
    link.kind == LinkKind::Allocation
        && link.date <= as_of.effective
        && link.position <= as_of.known
        && !undone
}

struct Promised<'a> {
    id: &'a PromiseId,
    row: &'a AgreementRow,
    item: &'a ItemId,
    minor: i64,
    by: Date,
    paid: i64,
}

impl Promised<'_> {
    /// Whether a settlement of a day counts for it.
    fn holds(&self, day: Date) -> bool {
        let ended = self.row.ended.is_some_and(|(date, _)| date <= day);
        self.row.date <= day && day <= self.by && !ended
    }

    fn status<E>(&self, as_of: AsOf) -> Result<PromiseStatus, QueryError<E>> {
        let state = if self.row.ended.is_some() {
            PromiseState::Withdrawn
        } else if self.paid >= self.minor {
            PromiseState::Kept
        } else if as_of.effective > self.by {
            PromiseState::Broken
        } else {
            PromiseState::Open
        };
        let money = |minor: i64| amount(i128::from(minor), self.row.currency, "a promise");
        Ok(PromiseStatus {
            promise: self.id.clone(),
            account: self.row.account.clone(),
            item: self.item.clone(),
            currency: self.row.currency,
            amount: money(self.minor)?,
            paid: money(self.paid)?,
            date: self.row.date,
            by: self.by,
            state,
        })
    }
}

/// The payment plans of accounts as they stand on a day, by id.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn plans<V: View>(view: &V, as_of: AsOf, scope: &Scope) -> Result<Vec<PlanStatus>, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let rows = agreements(view, as_of, scope)?;
    let columns = view.columns(scope).map_err(QueryError::Store)?;
    let mut all = Vec::new();
    for row in &rows {
        let (AgreementId::Plan(plan), Agreed::Instalments { default_after }) = (&row.id, &row.agreed) else {
            continue;
        };
        let places = (1_u16..).map_while(|part| columns.item(&ItemId::new(plan.clone(), part)));
        all.push((plan, row, *default_after, places.collect::<Vec<usize>>()));
    }
    let wanted: Vec<usize> = all.iter().flat_map(|(.., places)| places.iter().copied()).collect();
    let moved = movements(&columns, as_of, &wanted);
    all.into_iter()
        .map(|(plan, row, default_after, places)| {
            let empty = Vec::new();
            let instalments: Vec<Instalment<'_>> = places
                .iter()
                .filter_map(|place| {
                    let due = columns.items().due.get(*place)?.date();
                    Some(Instalment { due, moved: moved.get(place).unwrap_or(&empty) })
                })
                .collect();
            status_of_plan(plan, row, default_after, &instalments, as_of)
        })
        .collect()
}

struct Instalment<'a> {
    due: Date,
    moved: &'a [Moved],
}

impl Instalment<'_> {
    fn open_on(&self, day: Day) -> i64 {
        let until = self.moved.iter().take_while(|(date, ..)| *date <= day);
        until.fold(0, |sum, (_, minor, _)| sum.saturating_add(*minor))
    }

    /// The days on which a default of it began and ended: open beyond the last day that was agreed, and
    /// paid again.
    fn defaults(&self, days: u16, on: Date) -> Vec<(Date, Option<Date>)> {
        let Ok(first) = self.due.add_days(i32::from(days).saturating_add(1)) else { return Vec::new() };
        let mut turns: Vec<Date> = self.moved.iter().map(|(date, ..)| date.date()).collect();
        turns.retain(|day| *day > first);
        turns.insert(0, first);
        turns.dedup();
        let mut found: Vec<(Date, Option<Date>)> = Vec::new();
        for day in turns.into_iter().filter(|day| *day <= on) {
            let open = self.open_on(Day::from(day)) > 0;
            match found.last_mut() {
                Some((_, end @ None)) if !open => *end = Some(day),
                Some((_, None)) => {}
                _ if open => found.push((day, None)),
                _ => {}
            }
        }
        found
    }
}

fn status_of_plan<E>(
    plan: &DocumentId,
    row: &AgreementRow,
    default_after: Option<u16>,
    instalments: &[Instalment<'_>],
    as_of: AsOf,
) -> Result<PlanStatus, QueryError<E>> {
    let (on, today) = (as_of.effective, Day::from(as_of.effective));
    let (mut total, mut open, mut overdue) = (0_i128, 0_i128, 0_i128);
    let mut next_due: Option<Date> = None;
    let mut defaults: Vec<(Date, Option<Date>)> = Vec::new();
    for one in instalments {
        let left = one.open_on(today);
        let made = one.moved.first().map_or(0, |(_, minor, _)| *minor);
        total = total.saturating_add(i128::from(made));
        open = open.saturating_add(i128::from(left));
        if left > 0 && one.due < on {
            overdue = overdue.saturating_add(i128::from(left));
        } else if left > 0 {
            next_due = Some(next_due.map_or(one.due, |next| next.min(one.due)));
        }
        defaults.extend(default_after.into_iter().flat_map(|days| one.defaults(days, on)));
    }
    let went = |cause: &Cause| matches!(cause, Cause::Settled { kind: LinkKind::Move, undo: false, .. });
    let in_default = defaults.iter().any(|(_, end)| end.is_none());
    let state = if row.ended.is_some() {
        PlanState::Accelerated
    } else if open == 0 {
        let replaced = instalments.iter().flat_map(|one| one.moved).any(|(.., cause)| went(cause));
        if replaced { PlanState::Replaced } else { PlanState::Completed }
    } else if in_default {
        PlanState::Default
    } else if overdue > 0 {
        PlanState::Late
    } else {
        PlanState::Current
    };
    let accelerated = state == PlanState::Accelerated;
    let cured = defaults.iter().filter_map(|(_, end)| *end).max();
    let money = |minor: i128| amount(minor, row.currency, "a payment plan");
    Ok(PlanStatus {
        plan: plan.clone(),
        account: row.account.clone(),
        currency: row.currency,
        date: row.date,
        instalments: instalments.len(),
        total: money(total)?,
        open: money(open)?,
        overdue: money(overdue)?,
        next_due,
        default_after,
        state,
        defaulted_on: defaults.iter().map(|(first, _)| *first).min(),
        cured_on: cured.filter(|_| !in_default && !accelerated),
    })
}
