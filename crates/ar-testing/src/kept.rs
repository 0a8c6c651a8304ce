//! A real store as a subject: everything is asked through its public trait.

use std::collections::BTreeMap;
use std::fmt::Debug;

use ar_core::query::{
    AccountFilter, AgingBy, AsOf, ItemFilter, ItemOrder, LossRatesBy, PAGE_MAX, QueryError, Scope, View,
    accounts, aging, exposure, open_items, plans, promises, tie_out, trial_balance,
};
use ar_core::values::*;
use ar_core::{Envelope, Event};
use ar_store::{Failure, Ledger, Receipt, Store, Verdict};
use pollster::block_on;

use crate::checks::{Checked, Violation, broken};
use crate::model::Aging;
use crate::rows::Rows;
use crate::subject::{Answer, Report, Subject};

/// A ledger over a store, with a name for messages.
#[derive(Debug)]
pub struct Kept<S> {
    name: String,
    ledger: Ledger<S>,
}

impl<S: Store> Kept<S> {
    /// A store under a name.
    pub fn new(name: &str, store: S) -> Self {
        Self { name: name.to_owned(), ledger: Ledger::new(store) }
    }

    /// The ledger.
    pub const fn ledger(&self) -> &Ledger<S> {
        &self.ledger
    }
}

/// The answer of a ledger in the form that all subjects share.
#[must_use]
pub fn answer_of(outcome: Result<Receipt, Failure>) -> Answer {
    match outcome {
        Ok(receipt) => {
            let events: Vec<&Event> = receipt.events.iter().collect();
            Answer::Done {
                at: (receipt.positions.first, receipt.positions.count),
                replayed: receipt.replayed,
                warnings: receipt.warnings.iter().map(|warning| warning.code.to_string()).collect(),
                events: serde_json::to_string(&events).expect("events encode"),
            }
        }
        Err(Failure::Refused(refusal)) => Answer::Refused(refusal.code(), refusal.to_string()),
        Err(other) => Answer::Failed(other.to_string()),
    }
}

/// What a query says, `None` where a total goes beyond what an amount can be: stories use the largest
/// amounts there are.
fn within<T, E: Debug>(found: Result<T, QueryError<E>>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(QueryError::OutOfRange(_)) => None,
        Err(other) => panic!("a query fails: {other:?}"),
    }
}

/// A report by the library's own queries.
pub fn report_of<V: View>(view: &V, as_of: AsOf) -> Option<Report>
where
    V::Error: Debug,
{
    let mut report = Report::default();
    let mut after = None;
    loop {
        let filter = ItemFilter::default();
        let page = within(open_items(view, as_of, &filter, ItemOrder::Id, after.as_ref(), PAGE_MAX.min(7)))?;
        report.items.extend(page.items.into_iter().map(|item| (item.item, item.open.minor())));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    for totals in within(aging(view, as_of, &AgingBy::default()))?.currencies {
        let mut row = Aging { open_items: totals.open_items as usize, ..Aging::default() };
        for (sum, bucket) in row.buckets.iter_mut().zip(&totals.buckets) {
            *sum = i128::from(bucket.amount.minor());
        }
        row.unapplied = i128::from(totals.unapplied.minor());
        if row.total() != i128::from(totals.total.minor()) {
            panic!("aging does not foot: {totals:?}");
        }
        // A currency in which nothing is open may be listed or not.
        if row != Aging::default() {
            report.aging.insert(totals.currency, row);
        }
    }
    let trial = within(trial_balance(view, as_of))?;
    assert!(trial.totals.iter().all(|total| total.difference.minor() == 0), "INV-10: {:?}", trial.totals);
    for line in trial.lines {
        let foreign = trial.base != Some(line.currency);
        let base = line.base.filter(|_| foreign).map_or(0, |base| i128::from(base.minor()));
        let sum = (i128::from(line.balance.minor()), base);
        if sum != (0, 0) {
            report.trial.insert((line.role, line.code, line.currency), sum);
        }
    }
    for promise in within(promises(view, as_of, &Scope::All))? {
        let told = format!("{:?} {}", promise.state, promise.paid.minor());
        report.agreements.insert(format!("promise {}", promise.promise), told);
    }
    for plan in within(plans(view, as_of, &Scope::All))? {
        let (open, overdue) = (plan.open.minor(), plan.overdue.minor());
        let told = (plan.state, open, overdue, plan.defaulted_on, plan.cured_on);
        report.agreements.insert(format!("plan {}", plan.plan), format!("{told:?}"));
    }
    for account in accounts_of(view, as_of)? {
        let found = within(exposure(view, as_of, &account))?;
        let own = found.accounts.iter().filter(|one| one.account == account);
        for part in own.flat_map(|one| &one.currencies).filter(|part| part.exposure.minor() != 0) {
            let sum = i128::from(part.exposure.minor());
            report.exposure.insert((account.clone(), part.currency), sum);
        }
    }
    let tied = within(tie_out(view, as_of))?;
    assert!(tied.ties, "INV-11: {tied:?}");
    Some(report)
}

/// The accounts of a book.
fn accounts_of<V: View>(view: &V, as_of: AsOf) -> Option<Vec<AccountId>>
where
    V::Error: Debug,
{
    let everyone = AccountFilter::default();
    let late = AsOf { effective: Date::MAX, ..as_of };
    let page = within(accounts(view, late, &everyone, None, PAGE_MAX))?;
    Some(page.accounts.into_iter().map(|summary| summary.account).collect())
}

impl<S: Store> Subject for Kept<S>
where
    S::View: View,
    <S::View as View>::Error: Debug,
{
    fn name(&self) -> String {
        self.name.clone()
    }

    fn execute(&mut self, envelope: &Envelope) -> Answer {
        answer_of(block_on(self.ledger.execute(envelope.clone())))
    }

    fn log(&self) -> Vec<Vec<u8>> {
        let mut log: Vec<Vec<u8>> = Vec::new();
        loop {
            let after = log.len() as u64;
            let page = block_on(self.ledger.events(after, 100)).expect("the log can be read");
            if page.entries.is_empty() {
                return log;
            }
            for entry in page.entries {
                assert_eq!(entry.position, log.len() as u64 + 1, "INV-16: positions have no gap");
                log.push(entry.bytes);
            }
        }
    }

    fn root(&self) -> Option<String> {
        Some(block_on(self.ledger.head()).expect("the head can be read").hex())
    }

    fn rows(&self) -> Option<Rows> {
        None
    }

    fn report(&self, day: Date, known: u64) -> Option<Report> {
        let as_of = AsOf { effective: day, known };
        block_on(self.ledger.read(move |view| report_of(view, as_of))).expect("the book can be read")
    }

    fn history(&self, by: &LossRatesBy, day: Date, known: u64) -> Option<BTreeMap<String, String>> {
        let (as_of, by) = (AsOf { effective: day, known }, by.clone());
        block_on(self.ledger.read(move |view| crate::losing::told(view, as_of, &by)))
            .expect("the book can be read")
    }

    fn verify(&self) -> Checked {
        match block_on(self.ledger.verify()).expect("the book can be read") {
            Verdict::Sound(_) => Ok(()),
            Verdict::Broken(found) => {
                let detail = format!("{} says {found}", self.name);
                let known = crate::checks::ALL.iter().map(|(number, _)| *number);
                let number = known.into_iter().find(|number| *number == found.invariant).unwrap_or("INV-14");
                Err(Violation { invariant: number, detail }).or_else(|v| broken(v.invariant, v.detail))
            }
        }
    }
}
