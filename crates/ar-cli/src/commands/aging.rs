//! `aging`: what is open, by how long it is overdue.

use std::collections::BTreeSet;

use ar_core::AccountId;
use ar_core::query::{self, Aging, AgingBy, AgingTotals, Buckets, QueryError, Scope};
use ar_report::{
    BarStyle, Form, Names, Table, aging_bars, aging_by_account_table, aging_by_item_table, aging_table,
};
use ar_store::Failure;

use crate::args::{Aging as Asked, By};
use crate::book::{Book, as_of, ask, names};
use crate::output::Output;
use crate::stop::Stop;

pub(crate) fn run(book: &Book, aging: Asked, out: &mut Output) -> Result<(), Stop> {
    let buckets = match &aging.buckets {
        None => Buckets::default(),
        Some(edges) => Buckets::new(edges).map_err(|reason| Stop::Usage(reason.to_string()))?,
    };
    let by = AgingBy { buckets, basis: aging.basis.into(), scope: scope(aging.account) };
    let (when, grain, form) = (aging.when, aging.by, Form::from(aging.output.format));
    let (result, names) = ask(book, move |view| {
        let as_of = as_of(when, view)?;
        let result = match grain {
            None => query::aging(view, as_of, &by)?,
            Some(By::Account) => query::aging_by_account(view, as_of, &by)?,
            Some(By::Item) => query::aging_by_item(view, as_of, &by)?,
        };
        let named = match grain {
            None => Names::new(),
            Some(_) => names(view, as_of.known, &named(&result))?,
        };
        Ok::<_, QueryError<Failure>>((result, named))
    })?;
    let table = match grain {
        None => aging_table(&result),
        Some(By::Account) => aging_by_account_table(&result, &names),
        Some(By::Item) => aging_by_item_table(&result, &names),
    };
    out.report(form, &result, &table, |out| people(&result, &table, grain.is_none(), out))
}

/// The aging for people: a table and, for the whole book, a chart.
pub(crate) fn people(result: &Aging, table: &Table, chart: bool, out: &mut Output) -> Result<(), Stop> {
    let basis = match result.basis {
        query::Basis::AgreedDue => "due date agreed last",
        query::Basis::Due => "days overdue",
        query::Basis::Document => "days since the document date",
        query::Basis::Accounting => "days since the accounting date",
    };
    out.line(&out.bold(&format!("Aging as of {}, by {basis}", result.as_of)))?;
    out.line("")?;
    if table.is_empty() {
        return out.line("Nothing is open.");
    }
    out.text(&table.to_text())?;
    if chart { out.text(&aging_bars(result, BarStyle::Blocks)) } else { Ok(()) }
}

/// The accounts that an aging names.
fn named(result: &Aging) -> BTreeSet<AccountId> {
    let of = |totals: &AgingTotals| {
        let accounts = totals.accounts.iter().flatten().map(|line| line.account.clone());
        let items = totals.items.iter().flatten().map(|line| line.account.clone());
        accounts.chain(items).collect::<BTreeSet<_>>()
    };
    result.currencies.iter().flat_map(of).collect()
}

/// These accounts, or all when none is named.
pub(crate) fn scope(accounts: Vec<AccountId>) -> Scope {
    if accounts.is_empty() { Scope::All } else { Scope::Accounts(accounts.into_iter().collect()) }
}
