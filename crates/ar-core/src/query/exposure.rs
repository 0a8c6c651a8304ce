//! Exposure of an account or of its group, by currency and by its parts (INV-52).
//!
//! The sum is [`exposure_minor`], the function that every credit check uses. Reported orders are no
//! postings: they count from the position at which they were reported, whatever their day.

use serde::Serialize;
use std::collections::BTreeMap;

use super::accounts::balances;
use super::filter::held_on;
use super::fold::{add, amount};
use super::view::PAGE_MAX;
use super::{AsOf, QueryError, Scope, View};
use crate::account::CreditLimit;
use crate::book::BookConfig;
use crate::credit::exposure_minor;
use crate::event::Event;
use crate::record::Position;
use crate::rows::{Owner, TotalsRow};
use crate::values::*;

/// The exposure of an account and of all that name it as their parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The account.
    pub account: AccountId,
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// Its credit limit, which covers all of them.
    pub limit: CreditLimit,
    /// Whether it is on hold.
    pub on_hold: bool,
    /// Whether reported orders count.
    pub counts_orders: bool,
    /// Whether unapplied credits count.
    pub counts_credits: bool,
    /// All of them together, in the order of currency codes.
    pub currencies: Vec<ExposureParts>,
    /// Each that has any, the account itself first, the others by id.
    pub accounts: Vec<ExposureAccount>,
}

/// The exposure of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExposureAccount {
    /// The account.
    pub account: AccountId,
    /// In the order of currency codes.
    pub currencies: Vec<ExposureParts>,
}

/// The exposure in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExposureParts {
    /// The currency.
    pub currency: Currency,
    /// Open debit items.
    pub debit: Amount,
    /// The part of them that counts for no credit limit, as their reasons say: it is owed, and is no
    /// part of the exposure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncounted: Option<Amount>,
    /// How much of it is overdue.
    pub overdue: Amount,
    /// Open credit items; negative.
    pub unapplied: Amount,
    /// Reported orders not yet invoiced.
    pub orders: Amount,
    /// What counts against the limit, by policy.
    pub exposure: Amount,
}

/// The exposure of an account and of its group.
///
/// # Errors
/// The store's, [`QueryError::Account`], [`QueryError::OutOfRange`].
pub fn exposure<V: View>(
    view: &V,
    as_of: AsOf,
    account: &AccountId,
) -> Result<Exposure, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let unknown = || QueryError::Account(account.clone());
    let own = view.accounts_by_id(as_of.known, &[account.clone()].into()).map_err(QueryError::Store)?;
    let own = own.into_iter().next().ok_or_else(unknown)?;
    let config = view.config().map_err(QueryError::Store)?.ok_or_else(unknown)?;
    let members = view.members(as_of.known, account).map_err(QueryError::Store)?;
    let ids: Vec<AccountId> = [account.clone()].into_iter().chain(members).collect();
    let scope = Scope::Accounts(ids.iter().cloned().collect());
    let columns = view.columns(&scope).map_err(QueryError::Store)?;
    let mut figures: Figures = Figures::new();
    for (account, by_currency) in balances(&columns, &scope, as_of) {
        for (currency, sums) in by_currency {
            let parts = figures.entry((account.clone(), currency)).or_default();
            (parts.debit, parts.overdue, parts.credit) = (sums.debit, sums.overdue, sums.credit);
            parts.uncounted = sums.uncounted;
        }
    }
    orders(view, as_of.known, &scope, &mut figures)?;
    let mut currencies: BTreeMap<Currency, Parts> = BTreeMap::new();
    let mut accounts = Vec::new();
    for id in ids {
        let of_account = figures.iter().filter(|((account, _), _)| *account == id);
        let mut all = Vec::new();
        for ((_, currency), parts) in of_account {
            currencies.entry(*currency).or_default().join(parts);
            all.push(parts.public(&config, &id, *currency)?);
        }
        if !all.is_empty() {
            accounts.push(ExposureAccount { account: id, currencies: all });
        }
    }
    let together = currencies.iter().map(|(currency, parts)| parts.public(&config, account, *currency));
    Ok(Exposure {
        account: account.clone(),
        as_of: as_of.effective,
        known: as_of.known,
        limit: own.limit,
        on_hold: held_on(&own, as_of.effective),
        counts_orders: config.policies.credit.count_orders,
        counts_credits: config.policies.credit.count_credits,
        currencies: together.collect::<Result<_, _>>()?,
        accounts,
    })
}

type Figures = BTreeMap<(AccountId, Currency), Parts>;

#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    debit: i128,
    uncounted: i128,
    overdue: i128,
    credit: i128,
    orders: i128,
}

impl Parts {
    fn join(&mut self, other: &Self) {
        self.debit = self.debit.saturating_add(other.debit);
        self.uncounted = self.uncounted.saturating_add(other.uncounted);
        self.overdue = self.overdue.saturating_add(other.overdue);
        self.credit = self.credit.saturating_add(other.credit);
        self.orders = self.orders.saturating_add(other.orders);
    }

    fn public<E>(
        &self,
        config: &BookConfig,
        account: &AccountId,
        currency: Currency,
    ) -> Result<ExposureParts, QueryError<E>> {
        let what = "an exposure";
        let (debit, credit) = (amount(self.debit, currency, what)?, amount(self.credit, currency, what)?);
        let (orders, uncounted) =
            (amount(self.orders, currency, what)?, amount(self.uncounted, currency, what)?);
        let row = TotalsRow {
            debit: debit.minor(),
            uncounted: uncounted.minor(),
            credit: credit.minor().saturating_neg(),
            orders: orders.minor(),
            ..TotalsRow::empty(Owner::Account(account.clone()), currency)
        };
        Ok(ExposureParts {
            currency,
            debit,
            uncounted: (self.uncounted != 0).then_some(uncounted),
            overdue: amount(self.overdue, currency, what)?,
            unapplied: credit,
            orders,
            exposure: amount(i128::from(exposure_minor(config, &row)), currency, what)?,
        })
    }
}

/// Adds reported orders as known at a position: what they are now, less what was reported, billed and
/// returned by voids since.
fn orders<V: View>(
    view: &V,
    known: Position,
    scope: &Scope,
    figures: &mut Figures,
) -> Result<(), QueryError<V::Error>> {
    let mut since = |account: &AccountId, currency: Currency, minor: i64| {
        if scope.contains(account) && minor != 0 {
            add(&mut figures.entry((account.clone(), currency)).or_default().orders, minor);
        }
    };
    for row in view.orders(scope).map_err(QueryError::Store)? {
        since(&row.account, row.currency, row.open);
    }
    let mut after = known;
    while after < view.head() {
        let records = view.records(after, PAGE_MAX).map_err(QueryError::Store)?;
        let Some((last, _)) = records.last() else { return Ok(()) };
        after = *last;
        for (_, record) in &records {
            match &record.event {
                Event::OrderReported(e) => {
                    since(&e.account, e.currency, e.before.minor().saturating_sub(e.amount.minor()));
                }
                Event::DocumentIssued(e) => {
                    let billed = e.order.as_ref().map_or(0, |order| order.amount.minor());
                    since(&e.account, e.currency, billed);
                }
                Event::DocumentVoided(e) => {
                    if let Some(returned) = &e.order {
                        since(&returned.account, e.currency, returned.amount.minor().saturating_neg());
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}
