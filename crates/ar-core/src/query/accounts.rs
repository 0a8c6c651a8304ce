//! Accounts by filter, page by page, with what they owe.

use serde::Serialize;
use std::collections::BTreeMap;

use super::filter::{AccountFilter, closed_on, held_on};
use super::fold::{Mask, account, add, amount, currency, open_on};
use super::view::{PAGE_MAX, page};
use super::{AsOf, Columns, Day, QueryError, Scope, View};
use crate::account::{Account, AccountClass, CreditLimit, DebtorKind, Hold};
use crate::document::Side;
use crate::record::Position;
use crate::values::*;

/// One page of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountsPage {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// The accounts, by id.
    pub accounts: Vec<AccountSummary>,
    /// What to ask the next page after; absent on the last page.
    pub next: Option<AccountId>,
}

/// An account with what it owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountSummary {
    /// The account.
    pub account: AccountId,
    /// Its version.
    pub version: u32,
    /// The day it was opened.
    pub opened: Date,
    /// The day it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Date>,
    /// The subject of its holder's data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// The account that stands for its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<AccountId>,
    /// Domestic, export or intercompany.
    pub class: AccountClass,
    /// Business, consumer or public.
    pub debtor: DebtorKind,
    /// Who collects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collector: Option<ActorId>,
    /// The credit limit.
    pub limit: CreditLimit,
    /// Present while on hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Free pairs.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What is open, in the order of currency codes.
    pub balances: Vec<Balance>,
}

/// What is open on an account in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// The currency.
    pub currency: Currency,
    /// Debit items with something open.
    pub open_items: u64,
    /// What is open on debit items.
    pub debit: Amount,
    /// How much of it is overdue.
    pub overdue: Amount,
    /// What is open on credit items; negative.
    pub unapplied: Amount,
    /// Both together.
    pub balance: Amount,
}

/// Accounts by filter in id order, at most `limit` after a cursor.
///
/// # Errors
/// The store's, [`QueryError::Page`], [`QueryError::OutOfRange`].
pub fn accounts<V: View>(
    view: &V,
    as_of: AsOf,
    filter: &AccountFilter,
    after: Option<&AccountId>,
    limit: usize,
) -> Result<AccountsPage, QueryError<V::Error>> {
    let limit = page(limit)?;
    let as_of = as_of.within(view);
    let wanted = limit.saturating_add(1);
    let mut found: Vec<Account> = Vec::with_capacity(wanted);
    let mut after = after.cloned();
    while found.len() < wanted {
        let chunk = wanted.max(PAGE_MAX / 4);
        let rows = view.accounts(as_of.known, after.as_ref(), chunk).map_err(QueryError::Store)?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id.clone());
        let missing = wanted.saturating_sub(found.len());
        found.extend(rows.into_iter().filter(|row| filter.admits(row, as_of.effective)).take(missing));
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.id.clone());
    let scope = Scope::Accounts(found.iter().map(|row| row.id.clone()).collect());
    let columns = view.columns(&scope).map_err(QueryError::Store)?;
    let mut sums = balances(&columns, &scope, as_of);
    let mut accounts = Vec::with_capacity(found.len());
    for row in found {
        let mut balances = Vec::new();
        for (currency, sum) in sums.remove(&row.id).unwrap_or_default() {
            balances.push(sum.balance(currency)?);
        }
        accounts.push(summary(row, balances, as_of.effective));
    }
    Ok(AccountsPage { as_of: as_of.effective, known: as_of.known, accounts, next })
}

fn summary(row: Account, balances: Vec<Balance>, on: Date) -> AccountSummary {
    AccountSummary {
        version: row.version,
        opened: row.opened,
        closed: row.closed.filter(|_| closed_on(&row, on)),
        subject: row.party.as_ref().map(|party| party.subject.clone()),
        class: row.profile.class,
        debtor: row.profile.debtor,
        limit: row.limit,
        hold: row.hold.clone().filter(|_| held_on(&row, on)),
        account: row.id,
        parent: row.profile.parent,
        collector: row.profile.collector,
        attributes: row.profile.attributes,
        balances,
    }
}

/// What is open on one account in one currency, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) open_items: u64,
    pub(super) debit: i128,
    pub(super) uncounted: i128,
    pub(super) overdue: i128,
    pub(super) credit: i128,
}

impl Sums {
    fn balance<E>(self, currency: Currency) -> Result<Balance, QueryError<E>> {
        let what = "an account";
        Ok(Balance {
            currency,
            open_items: self.open_items,
            debit: amount(self.debit, currency, what)?,
            overdue: amount(self.overdue, currency, what)?,
            unapplied: amount(self.credit, currency, what)?,
            balance: amount(self.debit.saturating_add(self.credit), currency, what)?,
        })
    }
}

/// What is open on every account of a scope, by currency.
pub(super) fn balances(
    columns: &Columns,
    scope: &Scope,
    as_of: AsOf,
) -> BTreeMap<AccountId, BTreeMap<Currency, Sums>> {
    let mut all: BTreeMap<AccountId, BTreeMap<Currency, Sums>> = BTreeMap::new();
    let mask = Mask::of(columns, scope);
    let items = columns.items();
    let keys = items.account.iter().zip(&items.side).zip(&items.due);
    for (item, (open, ((number, side), due))) in open_on(columns, as_of).iter().zip(keys).enumerate() {
        if *open == 0 || !mask.has(*number) {
            continue;
        }
        let (Some(account), Some(currency)) = (account(columns, item), currency(columns, item)) else {
            continue;
        };
        let by_currency = match all.get_mut(account) {
            Some(found) => found,
            None => all.entry(account.clone()).or_default(),
        };
        let sums = by_currency.entry(currency).or_default();
        if *side == Side::Credit {
            add(&mut sums.credit, *open);
            continue;
        }
        sums.open_items = sums.open_items.saturating_add(1);
        add(&mut sums.debit, *open);
        if !items.counts(item).credit {
            add(&mut sums.uncounted, *open);
        }
        if *due < Day::from(as_of.effective) {
            add(&mut sums.overdue, *open);
        }
    }
    all
}
