//! `promises` and `plans`: what customers agreed to, and how it stands on a day.

use ar_core::query::{Scope, plans, promises};
use ar_report::{Form, plans_table, promises_table};

use crate::args::Agreements;
use crate::book::{Book, as_of, ask};
use crate::output::Output;
use crate::stop::Stop;

fn scope(asked: &Agreements) -> Scope {
    match asked.account.is_empty() {
        true => Scope::All,
        false => Scope::Accounts(asked.account.iter().cloned().collect()),
    }
}

/// Promises to pay.
pub(crate) fn promised(book: &Book, asked: &Agreements, out: &mut Output) -> Result<(), Stop> {
    let (when, scope) = (asked.when, scope(asked));
    let found = ask(book, move |view| promises(view, as_of(when, view)?, &scope))?;
    let table = promises_table(&found);
    out.report(Form::from(asked.output.format), &found, &table, |out| out.text(&table.to_text()))
}

/// Payment plans.
pub(crate) fn planned(book: &Book, asked: &Agreements, out: &mut Output) -> Result<(), Stop> {
    let (when, scope) = (asked.when, scope(asked));
    let found = ask(book, move |view| plans(view, as_of(when, view)?, &scope))?;
    let table = plans_table(&found);
    out.report(Form::from(asked.output.format), &found, &table, |out| out.text(&table.to_text()))
}
