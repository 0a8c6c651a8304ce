//! Year end: which balances of customers stand on the wrong side or beyond a year, as journal lines
//! for the general ledger.
//!
//! The lines are for export with their reversal on the next day. They are no postings of the book: a
//! control account is the sum of its items on every date (INV-11), and what a balance sheet shows
//! elsewhere for one day moves no item.

use serde::Serialize;
use std::collections::BTreeMap;

use super::fold::{account, add, amount, base_open_on, currency, open_on};
use super::{AsOf, Day, QueryError, Scope, View};
use crate::journal::Role;
use crate::record::Position;
use crate::values::*;

/// Why a line is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReclassKind {
    /// The customer's receivables come to a credit: it is owed to them.
    CreditBalance,
    /// It falls due more than a year after the day.
    DueAfterOneYear,
}

/// One line: an amount that leaves a receivable account for another on the day, and returns on the
/// next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReclassLine {
    /// The customer.
    pub account: AccountId,
    /// Why.
    pub kind: ReclassKind,
    /// The receivable account.
    pub code: GlCode,
    /// The currency.
    pub currency: Currency,
    /// What the receivable account gets, debit positive: a credit balance is debited away, an amount
    /// due later is credited.
    pub amount: Amount,
    /// The same in base currency, where the items carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
}

/// The reclassification of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reclassification {
    /// The day.
    pub as_of: Date,
    /// The day on which every line returns.
    pub reversed_on: Date,
    /// Items due after this day count as due after one year.
    pub due_after: Date,
    /// The position.
    pub known: Position,
    /// By customer, kind, account and currency.
    pub lines: Vec<ReclassLine>,
}

#[derive(Clone, Copy, Default)]
struct Standing {
    net: i128,
    net_base: i128,
    later: i128,
    later_base: i128,
}

/// What stands on the wrong side or beyond a year on a day. Of what is due later, a customer is shown
/// with no more than they owe on the whole.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`]; also when the next day or year is outside of the business
/// range.
pub fn reclassification<V: View>(view: &V, as_of: AsOf) -> Result<Reclassification, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let day = as_of.effective;
    let out = |_| QueryError::OutOfRange("the day after");
    let (reversed_on, due_after) = (day.add_days(1).map_err(out)?, day.add_months(12).map_err(out)?);
    let base = view.config().map_err(QueryError::Store)?.map(|config| config.base);
    let columns = view.columns(&Scope::All).map_err(QueryError::Store)?;
    let items = columns.items();
    let mut all: BTreeMap<(&AccountId, &GlCode, Currency), Standing> = BTreeMap::new();
    let open = open_on(&columns, as_of);
    for (item, (open, in_base)) in open.iter().zip(base_open_on(&columns, as_of)).enumerate() {
        let control = items.control.get(item).and_then(|at| columns.controls().get(usize::from(*at)));
        let Some(control) = control.filter(|control| control.role == Role::Receivable) else { continue };
        let (Some(owner), Some(of)) = (account(&columns, item), currency(&columns, item)) else { continue };
        if *open == 0 {
            continue;
        }
        let standing = all.entry((owner, &control.code, of)).or_default();
        add(&mut standing.net, *open);
        add(&mut standing.net_base, in_base);
        if *open > 0 && items.due.get(item).is_some_and(|due| *due > Day::from(due_after)) {
            add(&mut standing.later, *open);
            add(&mut standing.later_base, in_base);
        }
    }
    let mut lines = Vec::new();
    for ((owner, code, currency), standing) in all {
        let Standing { net, net_base, later, later_base } = standing;
        let (kind, minor, in_base) = if net < 0 {
            (ReclassKind::CreditBalance, net.saturating_neg(), net_base.saturating_neg())
        } else if later > 0 && net > 0 {
            // Credits lessen what is owed, whatever of it falls due later.
            let (most, most_base) = (later.min(net), if later <= net { later_base } else { net_base });
            (ReclassKind::DueAfterOneYear, most.saturating_neg(), most_base.saturating_neg())
        } else {
            continue;
        };
        let what = "a reclassification";
        let base = base.filter(|base| *base != currency && in_base != 0);
        lines.push(ReclassLine {
            account: owner.clone(),
            kind,
            code: code.clone(),
            currency,
            amount: amount(minor, currency, what)?,
            base: base.map(|base| amount(in_base, base, what)).transpose()?,
        });
    }
    Ok(Reclassification { as_of: day, reversed_on, due_after, known: as_of.known, lines })
}
