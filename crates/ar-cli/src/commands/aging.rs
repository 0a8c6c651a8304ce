//! `aging`: what is open, by how long it is overdue.

use ar_core::query::{self, AgingBy, Buckets, Scope};
use ar_report::{Form, aging_bars, aging_by_account_table, aging_by_item_table, aging_table};

use crate::args::{Aging, Basis, By};
use crate::book::{Book, as_of, ask};
use crate::output::Output;
use crate::stop::Stop;

pub(crate) fn run(book: &Book, aging: Aging, out: &mut Output) -> Result<(), Stop> {
    let buckets = match &aging.buckets {
        None => Buckets::default(),
        Some(edges) => Buckets::new(edges).map_err(|reason| Stop::Usage(reason.to_string()))?,
    };
    let basis = match aging.basis {
        Basis::Due => query::Basis::Due,
        Basis::Document => query::Basis::Document,
    };
    let scope = scope(aging.account);
    let by = AgingBy { buckets, basis, scope };
    let (when, form) = (aging.when, Form::from(aging.output.format));
    match aging.by {
        None => {
            let result = ask(book, move |view| query::aging(view, as_of(when, view)?, &by))?;
            let table = aging_table(&result);
            out.report(form, &result, &table, |out| {
                out.line(&heading(out, "Aging", &result.as_of, &result.basis))?;
                out.text(&table.to_text())?;
                out.text(&aging_bars(&result))
            })
        }
        Some(By::Account) => {
            let result = ask(book, move |view| query::aging_by_account(view, as_of(when, view)?, &by))?;
            let table = aging_by_account_table(&result);
            out.report(form, &result, &table, |out| {
                out.line(&heading(out, "Aging by account", &result.as_of, &result.basis))?;
                out.text(&table.to_text())
            })
        }
        Some(By::Item) => {
            let result = ask(book, move |view| query::aging_by_item(view, as_of(when, view)?, &by))?;
            let table = aging_by_item_table(&result);
            out.report(form, &result, &table, |out| {
                out.line(&heading(out, "Aging by item", &result.as_of, &result.basis))?;
                out.text(&table.to_text())
            })
        }
    }
}

/// These accounts, or all when none is named.
pub(crate) fn scope(accounts: Vec<ar_core::AccountId>) -> Scope {
    if accounts.is_empty() { Scope::All } else { Scope::Accounts(accounts.into_iter().collect()) }
}

fn heading(out: &Output, what: &str, day: &ar_core::Date, basis: &query::Basis) -> String {
    let basis = match basis {
        query::Basis::Due => "days overdue",
        query::Basis::Document => "days since the document date",
    };
    out.bold(&format!("{what} as of {day}, by {basis}"))
}
