//! The proof of a cut-over: what the documents come to, against what the old system says.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::money_of;
use super::*;
use crate::query::Buckets;
use crate::rejection::Rejection;

/// What the documents come to, by account (or all), currency, and bucket (or all).
pub(super) struct Found<'a> {
    buckets: Buckets,
    sums: BTreeMap<(Option<&'a AccountId>, Currency, Option<usize>), i128>,
    currencies: BTreeSet<Currency>,
}

impl<'a> Found<'a> {
    /// Adds the documents up. Debits count positive and credits negative; buckets take debits only,
    /// by days overdue at the cut-over date.
    pub(super) fn of(c: &'a BringForward) -> Result<Self, Rejection> {
        let buckets = Buckets::new(&c.edges)
            .map_err(|e| Rejection::SettingInvalid { setting: "edges", problem: e.to_string() })?;
        let mut found = Self { buckets, sums: BTreeMap::new(), currencies: BTreeSet::new() };
        for document in &c.documents {
            found.currencies.insert(document.currency);
            for item in &document.items {
                let minor = i128::from(money_of(&document.document, item.open, document.currency)?.minor());
                let (signed, bucket) = match document.side {
                    Side::Debit => (minor, Some(found.buckets.of(item.due.days_until(c.date)))),
                    Side::Credit => (minor.saturating_neg(), None),
                };
                for account in [None, Some(&document.account)] {
                    found.add(account, document.currency, None, signed);
                    if bucket.is_some() {
                        found.add(account, document.currency, bucket, minor);
                    }
                }
            }
        }
        Ok(found)
    }

    fn add(
        &mut self,
        account: Option<&'a AccountId>,
        currency: Currency,
        bucket: Option<usize>,
        minor: i128,
    ) {
        let sum = self.sums.entry((account, currency, bucket)).or_default();
        *sum = sum.saturating_add(minor);
    }

    /// Compares every total stated; every currency needs one over everything.
    ///
    /// # Errors
    /// `cut_over.control_total`, `cut_over.no_control_total`, `setting.invalid` for a bucket that
    /// the edges do not make.
    pub(super) fn prove(&self, control: &[ControlTotal]) -> Result<Vec<ControlTotal>, Rejection> {
        let mut proven = Vec::with_capacity(control.len());
        let mut covered = BTreeSet::new();
        for total in control {
            let currency = total.currency;
            let stated = total
                .amount
                .in_currency(currency)
                .map_err(|e| Rejection::value(format!("control total in {currency}"), &e))?;
            let bucket = total.bucket.as_ref().map(|label| self.bucket(label)).transpose()?;
            let sum = self.sums.get(&(total.account.as_ref(), currency, bucket)).copied().unwrap_or(0);
            let found = i64::try_from(sum)
                .ok()
                .and_then(|minor| Money::new(minor, currency).ok())
                .ok_or(Rejection::AmountOutOfRange { what: "a total of the cut-over" })?;
            if found != stated {
                return Err(Rejection::CutOverTotals {
                    account: total.account.clone(),
                    currency,
                    bucket: total.bucket.as_ref().map(|label| label.as_str().to_owned()),
                    stated,
                    found,
                });
            }
            if total.account.is_none() && bucket.is_none() {
                covered.insert(currency);
            }
            proven.push(ControlTotal { amount: stated.amount(), ..total.clone() });
        }
        match self.currencies.iter().find(|currency| !covered.contains(*currency)) {
            Some(currency) => Err(Rejection::CutOverNoTotals { currency: *currency }),
            None => Ok(proven),
        }
    }

    fn bucket(&self, label: &Text) -> Result<usize, Rejection> {
        let labels = || (0..self.buckets.count()).map(|n| self.buckets.label(n));
        labels().position(|known| known == label.as_str()).ok_or_else(|| Rejection::SettingInvalid {
            setting: "control total",
            problem: format!(
                "the edges make no bucket {label}, but {}",
                labels().collect::<Vec<_>>().join(", ")
            ),
        })
    }
}
