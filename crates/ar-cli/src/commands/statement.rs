//! `statement`: what one customer owes, or what moved in a period. Both close on the same number.

use serde::Serialize;

use ar_core::AccountId;
use ar_core::query::{
    self, AgingTotals, AsOf, BalanceForwardStatement, OpenItemStatement, QueryError, StatementBasis,
    StatementSource, View,
};
use ar_report::{Cell, Form, Table, balance_forward_table, open_item_table};
use ar_store::Failure;

use crate::args::{Last, Statement as Asked};
use crate::book::{Book, as_of, ask, names};
use crate::output::Output;
use crate::stop::Stop;

/// A statement in one of its two forms.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Statement {
    Open(OpenItemStatement),
    Forward(BalanceForwardStatement),
}

impl Statement {
    const fn source(&self) -> &StatementSource {
        match self {
            Self::Open(statement) => &statement.source,
            Self::Forward(statement) => &statement.source,
        }
    }

    fn table(&self) -> Table {
        match self {
            Self::Open(statement) => open_item_table(statement),
            Self::Forward(statement) => balance_forward_table(statement),
        }
    }

    fn agings(&self) -> Vec<&AgingTotals> {
        match self {
            Self::Open(statement) => statement.currencies.iter().map(|c| &c.aging).collect(),
            Self::Forward(statement) => statement.currencies.iter().map(|c| &c.aging).collect(),
        }
    }
}

pub(crate) fn run(book: &Book, asked: Asked, out: &mut Output) -> Result<(), Stop> {
    // The head is that of the whole log: it goes on a statement of all that is known.
    let head = match asked.when.known {
        Some(_) => None,
        None => Some(pollster::block_on(book.head())?),
    };
    let (statement, name) = ask(book, move |view| {
        let mut as_of = as_of(asked.when, view)?;
        let mut from = asked.from;
        if let Some(last) = asked.last {
            let basis = match last {
                Last::Days => StatementBasis::Days,
                Last::Months => StatementBasis::Months,
            };
            let days = basis.period(as_of.effective).map_err(|_| QueryError::OutOfRange("days"))?;
            (from, as_of.effective) = (Some(days.0), days.1);
        }
        // A writer may have come between the two questions; then the statement names no head.
        let head = head.filter(|head| head.size == as_of.known).map(|head| head.hex());
        let statement = match from {
            None => Statement::Open(query::open_item_statement(view, as_of, &asked.account, head)?),
            Some(from) => {
                Statement::Forward(query::balance_forward_statement(view, from, as_of, &asked.account, head)?)
            }
        };
        Ok::<_, QueryError<Failure>>((statement, name(view, as_of, &asked.account)?))
    })?;
    out.report(Form::from(asked.output.format), &statement, &statement.table(), |out| {
        people(&statement, name.as_deref(), out)
    })
}

/// The name of one account.
pub(crate) fn name<V: View>(
    view: &V,
    as_of: AsOf,
    account: &AccountId,
) -> Result<Option<String>, QueryError<V::Error>> {
    let found = names(view, as_of.known, &[account.clone()].into())?;
    Ok(found.into_values().next())
}

/// A statement for people.
pub(crate) fn people(statement: &Statement, name: Option<&str>, out: &mut Output) -> Result<(), Stop> {
    let made = statement.source();
    let name = name.map_or(String::new(), |name| format!(" {name}"));
    out.line(&out.bold(&format!("Statement of account {}{name} as of {}", made.account, made.as_of)))?;
    out.line("")?;
    let table = statement.table();
    if table.is_empty() {
        out.line("Nothing is open.")?;
    } else {
        out.text(&table.to_text())?;
    }
    for aging in statement.agings() {
        let buckets = aging.buckets.iter().map(|b| format!("{} {}", b.label, Cell::Amount(b.amount).shown()));
        let parts: Vec<String> = buckets.collect();
        out.line(&format!("\n{}: {}", aging.currency, parts.join(" | ")))?;
    }
    if let Some(head) = &made.head {
        out.line(&format!("\nPosition {} of the log, head {head}", made.known))?;
    }
    Ok(())
}
