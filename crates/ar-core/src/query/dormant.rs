//! Dormant credits: what belongs to customers and has not moved for long, listed for unclaimed property
//! (INV-34).
//!
//! They are listed and never swept to income: who they belong to, since when nothing moved, and the
//! attributes that say which law they fall under.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::filter::AccountFilter;
use super::fold::{add, amount, currency, open_on};
use super::{AsOf, Day, QueryError, Scope, View};
use crate::account::AccountClass;
use crate::document::{DocumentKind, Side};
use crate::record::Position;
use crate::values::*;

/// Credits that have not moved for a number of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dormant {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// Days without a movement.
    pub days: u32,
    /// In the order of currency codes.
    pub currencies: Vec<DormantCurrency>,
}

/// Dormant credits of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DormantCurrency {
    /// The currency.
    pub currency: Currency,
    /// What is open on all of them; negative.
    pub total: Amount,
    /// Each, by account and item.
    pub credits: Vec<DormantCredit>,
}

/// A credit that has not moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DormantCredit {
    /// Whose; the suspense account when the payer is unknown.
    pub account: AccountId,
    /// The class of the account; none on the suspense account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<AccountClass>,
    /// The credit.
    pub item: ItemId,
    /// What it is.
    pub kind: DocumentKind,
    /// What is open; negative.
    pub open: Amount,
    /// The last day on which anything moved it.
    pub last_moved: Date,
    /// Days since then.
    pub idle_days: i64,
    /// Free pairs of the account, like a jurisdiction.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// Credits open on a day that nothing moved for so many days, of the accounts of a filter. Whatever is
/// unidentified stands with them when the filter admits every account.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn dormant<V: View>(
    view: &V,
    as_of: AsOf,
    days: u32,
    filter: &AccountFilter,
) -> Result<Dormant, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let columns = view.columns(&Scope::All).map_err(QueryError::Store)?;
    let (items, movements) = (columns.items(), columns.movements());
    let to = Day::from(as_of.effective);
    let mut last: BTreeMap<u32, Day> = BTreeMap::new();
    let open = open_on(&columns, as_of);
    let idle = |item: usize| {
        items.side.get(item) == Some(&Side::Credit) && open.get(item).is_some_and(|open| *open != 0)
    };
    let known = movements.item.iter().zip(&movements.date).take(movements.known(as_of.known));
    for (item, date) in known.filter(|(_, date)| **date <= to) {
        if usize::try_from(*item).is_ok_and(idle) {
            let latest = last.entry(*item).or_insert(*date);
            *latest = (*latest).max(*date);
        }
    }
    let mut found: Vec<(usize, Date)> = Vec::new();
    for (item, day) in last {
        let Ok(item) = usize::try_from(item) else { continue };
        let day = day.date();
        if i64::from(day.days_until(as_of.effective)) >= i64::from(days) {
            found.push((item, day));
        }
    }
    let account_of = |item: usize| {
        let number = usize::try_from(*items.account.get(item)?).ok()?;
        columns.accounts().get(number)
    };
    let ids: BTreeSet<AccountId> = found.iter().filter_map(|(item, _)| account_of(*item)).cloned().collect();
    let accounts = view.accounts_by_id(as_of.known, &ids).map_err(QueryError::Store)?;
    let mut by_currency: BTreeMap<Currency, (i128, Vec<DormantCredit>)> = BTreeMap::new();
    for (item, last_moved) in found {
        let (Some(id), Some(of)) = (account_of(item), currency(&columns, item)) else { continue };
        let account = accounts.iter().find(|account| account.id == *id);
        let admitted = match account {
            Some(account) => filter.admits(account, as_of.effective),
            None => *filter == AccountFilter::default(),
        };
        let (Some(item_id), Some(kind)) = (columns.ids().get(item), items.kind.get(item)) else { continue };
        let minor = open.get(item).copied().unwrap_or(0);
        if !admitted {
            continue;
        }
        let (total, credits) = by_currency.entry(of).or_default();
        add(total, minor);
        credits.push(DormantCredit {
            account: id.clone(),
            class: account.map(|account| account.profile.class),
            item: item_id.clone(),
            kind: *kind,
            open: amount(i128::from(minor), of, "a dormant credit")?,
            last_moved,
            idle_days: i64::from(last_moved.days_until(as_of.effective)),
            attributes: account.map(|account| account.profile.attributes.clone()).unwrap_or_default(),
        });
    }
    let mut currencies = Vec::with_capacity(by_currency.len());
    for (currency, (total, mut credits)) in by_currency {
        credits.sort_by(|a, b| (&a.account, &a.item).cmp(&(&b.account, &b.item)));
        let total = amount(total, currency, "dormant credits")?;
        currencies.push(DormantCurrency { currency, total, credits });
    }
    Ok(Dormant { as_of: as_of.effective, known: as_of.known, days, currencies })
}
