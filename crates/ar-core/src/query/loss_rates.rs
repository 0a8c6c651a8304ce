//! Historical loss rates by flow: of all that ever reached a bucket, how much was lost in the end
//! (INV-47).
//!
//! Invariant: nothing is lost in a bucket that did not reach it, so that no rate is above 100 percent;
//! what was undone, recovered or relieved of tax is no loss; and as long as something of the cohort is
//! open, the answer says so.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::filter::AccountFilter;
use super::fold::{Mask, amount, currency};
use super::loss_fold::{Debt, Debts, Flow, Losses, Sweep};
use super::{AsOf, Basis, Buckets, Columns, Day, QueryError, Scope, View};
use crate::provision::{AllowanceInvalid, Matrix, RoundOn, flow_rate};
use crate::record::Position;
use crate::values::*;

/// Which debts to follow, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossRatesBy {
    /// First document date of the cohort.
    pub from: Date,
    /// Last document date of the cohort.
    pub to: Date,
    /// The buckets.
    pub buckets: Buckets,
    /// From which date days are counted.
    pub basis: Basis,
    /// Only debts of these accounts.
    pub scope: Scope,
    /// Only debts of accounts that have these pairs, all of them.
    pub attributes: Attributes,
    /// Reasons of write-offs that are no losses.
    pub left_out: BTreeSet<ReasonCode>,
}

impl LossRatesBy {
    /// All debts with document dates of a span, by days overdue up to 30, 60 and 90.
    #[must_use]
    pub fn cohort(from: Date, to: Date) -> Self {
        Self {
            from,
            to,
            buckets: Buckets::default(),
            basis: Basis::default(),
            scope: Scope::All,
            attributes: Attributes::default(),
            left_out: BTreeSet::new(),
        }
    }
}

/// The history of a cohort, with everything that it was asked by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LossRates {
    /// First document date of the cohort.
    pub from: Date,
    /// Last document date of the cohort.
    pub to: Date,
    /// The day up to which it was observed.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// From which date days are counted.
    pub basis: Basis,
    /// The upper edges of the buckets in days.
    pub edges: Vec<u16>,
    /// The accounts asked for; absent means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<BTreeSet<AccountId>>,
    /// The pairs that the accounts have.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Reasons of write-offs that were left out.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub reasons_left_out: BTreeSet<ReasonCode>,
    /// In the order of currency codes.
    pub currencies: Vec<LossRatesCurrency>,
}

/// The history in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LossRatesCurrency {
    /// The currency.
    pub currency: Currency,
    /// Debts followed: debit items, each with what it became.
    pub debts: u64,
    /// Of them, those brought in at a cut-over: they count in the buckets that they entered afterwards.
    pub brought_forward: u64,
    /// Debit items of voided documents of the cohort; not followed.
    pub voided: u64,
    /// The buckets, youngest first.
    pub buckets: Vec<LossRate>,
    /// Debts with something open.
    pub open_debts: u64,
    /// What is still open, whatever its age.
    pub open: Amount,
    /// Whether the history is final: nothing is open, and the last day of the cohort has passed.
    pub run_off: bool,
}

/// The history of one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LossRate {
    /// The label: `current`, `1-30`, `91+`.
    pub bucket: String,
    /// Debts of which something reached it.
    pub debts: u64,
    /// What ever reached it: of each debt, the most that stood unpaid in it or beyond on any morning.
    pub reached: Amount,
    /// What was given up in it or beyond, undone write-offs left out.
    pub given_up: Amount,
    /// The tax in that, as far as it stays taken back.
    pub tax: Amount,
    /// What came in of it.
    pub recovered: Amount,
    /// What was lost: given up less tax and less what came in.
    pub lost: Amount,
    /// What of it is still open: it may yet be lost.
    pub open: Amount,
    /// Lost of what reached it.
    pub percent: Percent,
    /// Whether nothing ever reached it, so that the percent says nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nothing_reached: bool,
}

impl LossRatesCurrency {
    /// The rates as a provision matrix, with what is expected to differ from the past. A bucket that
    /// nothing reached has a percent of 0: look at [`LossRate::nothing_reached`] first.
    ///
    /// # Errors
    /// `allowance.matrix` for an overlay out of range.
    pub fn matrix(&self, overlay: Decimal, round: RoundOn) -> Result<Matrix, AllowanceInvalid> {
        Matrix::of_rates(self.buckets.iter().map(|row| (row.bucket.clone(), row.percent)), overlay, round)
    }
}

/// What was lost of the debts of a cohort, by the buckets that they reached, as observed up to a day.
///
/// A debt is a debit item with what it became by transfer, deduction or plan; its oldest item says to
/// which cohort and to whose accounts it belongs. It enters a bucket on the day its age reaches the first
/// day of it, with what stands unpaid on that morning: whatever is dated on the day before or earlier
/// counts. What comes back later counts as far as it is more, and what was given up in the bucket still
/// counts as unpaid.
///
/// # Errors
/// The store's, [`QueryError::Period`], [`QueryError::Reason`], [`QueryError::OutOfRange`].
pub fn loss_rates<V: View>(
    view: &V,
    as_of: AsOf,
    by: &LossRatesBy,
) -> Result<LossRates, QueryError<V::Error>> {
    if by.to < by.from {
        return Err(QueryError::Period { from: by.from, to: by.to });
    }
    check_reasons(view, by)?;
    let as_of = as_of.within(view);
    let columns = view.columns(&Scope::All).map_err(QueryError::Store)?;
    let filter = AccountFilter {
        scope: by.scope.clone(),
        attributes: by.attributes.clone(),
        ..AccountFilter::default()
    };
    let mask = Mask::of(&columns, &filter.resolved(view, as_of)?);
    let rows = view.bad_debts(&Scope::All).map_err(QueryError::Store)?;
    let (from, to) = (Day::from(by.from), Day::from(by.to));
    let wanted = |item: usize| {
        let date = columns.items().document_date.get(item);
        let account = columns.items().account.get(item);
        date.is_some_and(|date| from <= *date && *date <= to)
            && account.is_some_and(|account| mask.has(*account))
    };
    let losses = Losses { rows: &rows, left_out: &by.left_out };
    let debts = Debts::of(&columns, as_of, by.basis, &losses, wanted);
    let tables = tables(&columns, &debts, by);
    let mut currencies = Vec::with_capacity(tables.len());
    for (currency, table) in &tables {
        currencies.push(table.told(*currency, by, as_of)?);
    }
    Ok(LossRates {
        from: by.from,
        to: by.to,
        as_of: as_of.effective,
        known: as_of.known,
        basis: by.basis,
        edges: by.buckets.edges().to_vec(),
        accounts: match &by.scope {
            Scope::All => None,
            Scope::Accounts(ids) => Some(ids.clone()),
        },
        attributes: by.attributes.clone(),
        reasons_left_out: by.left_out.clone(),
        currencies,
    })
}

/// A reason that the book does not have would leave out nothing, unnoticed.
fn check_reasons<V: View>(view: &V, by: &LossRatesBy) -> Result<(), QueryError<V::Error>> {
    if by.left_out.is_empty() {
        return Ok(());
    }
    let config = view.config().map_err(QueryError::Store)?;
    let known = |code: &ReasonCode| config.as_ref().is_some_and(|book| book.reasons.contains_key(code));
    match by.left_out.iter().find(|code| !known(code)) {
        Some(code) => Err(QueryError::Reason(code.clone())),
        None => Ok(()),
    }
}

/// Sums of one currency.
struct Table {
    debts: u64,
    brought_forward: u64,
    voided: u64,
    open_debts: u64,
    open: i128,
    flows: Vec<(u64, Flow)>,
}

impl Table {
    fn new(by: &LossRatesBy) -> Self {
        let flows = vec![(0, Flow::default()); by.buckets.count()];
        Self { debts: 0, brought_forward: 0, voided: 0, open_debts: 0, open: 0, flows }
    }

    fn add(&mut self, debt: &Debt<'_>, by: &LossRatesBy, sweep: &mut Sweep) {
        count(&mut self.debts, true);
        count(&mut self.brought_forward, debt.brought_in.is_some());
        let open = debt.open();
        count(&mut self.open_debts, open > 0);
        self.open = self.open.saturating_add(open);
        for (bucket, (debts, sums)) in self.flows.iter_mut().enumerate() {
            let (lower, _) = by.buckets.bounds(bucket);
            let flow = debt.flow(lower, sweep);
            count(debts, flow.reached > 0);
            for (sum, minor) in [
                (&mut sums.reached, flow.reached),
                (&mut sums.given_up, flow.given_up),
                (&mut sums.tax, flow.tax),
                (&mut sums.recovered, flow.recovered),
                (&mut sums.open, flow.open),
            ] {
                *sum = sum.saturating_add(minor);
            }
        }
    }

    fn told<E>(
        &self,
        currency: Currency,
        by: &LossRatesBy,
        as_of: AsOf,
    ) -> Result<LossRatesCurrency, QueryError<E>> {
        let of = |minor| amount(minor, currency, "what reached a bucket");
        let mut buckets = Vec::with_capacity(self.flows.len());
        for (bucket, (debts, flow)) in self.flows.iter().enumerate() {
            let lost = of(flow.given_up.saturating_sub(flow.tax).saturating_sub(flow.recovered))?;
            let reached = of(flow.reached)?;
            buckets.push(LossRate {
                bucket: by.buckets.label(bucket),
                debts: *debts,
                reached,
                given_up: of(flow.given_up)?,
                tax: of(flow.tax)?,
                recovered: of(flow.recovered)?,
                lost,
                open: of(flow.open)?,
                percent: flow_rate(lost.minor(), reached.minor()),
                nothing_reached: flow.reached == 0,
            });
        }
        Ok(LossRatesCurrency {
            currency,
            debts: self.debts,
            brought_forward: self.brought_forward,
            voided: self.voided,
            buckets,
            open_debts: self.open_debts,
            open: of(self.open)?,
            run_off: self.open == 0 && by.to <= as_of.effective,
        })
    }
}

fn tables(columns: &Columns, debts: &Debts, by: &LossRatesBy) -> BTreeMap<Currency, Table> {
    let mut tables: BTreeMap<Currency, Table> = BTreeMap::new();
    for item in &debts.voided {
        let Some(currency) = currency(columns, *item) else { continue };
        count(&mut tables.entry(currency).or_insert_with(|| Table::new(by)).voided, true);
    }
    let mut sweep = Sweep::default();
    debts.each(columns, |debt| {
        if let Some(currency) = currency(columns, debt.head) {
            tables.entry(currency).or_insert_with(|| Table::new(by)).add(debt, by, &mut sweep);
        }
    });
    tables
}

fn count(sum: &mut u64, one: bool) {
    *sum = sum.saturating_add(u64::from(one));
}
