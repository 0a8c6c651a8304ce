//! `tie-out` and `trial-balance`: the sub-ledger against the journal, and the journal by account.

use ar_core::query::{self, TieOut};
use ar_report::{Form, tie_out_table, trial_balance_table};

use crate::args::TieOut as Asked;
use crate::book::{Book, as_of, ask};
use crate::output::Output;
use crate::stop::Stop;

pub(crate) fn tie_out(book: &Book, asked: &Asked, out: &mut Output) -> Result<(), Stop> {
    let when = asked.when;
    let result = ask(book, move |view| query::tie_out(view, as_of(when, view)?))?;
    out.report(Form::from(asked.output.format), &result, &tie_out_table(&result), |out| {
        people(&result, out)
    })?;
    if result.ties {
        Ok(())
    } else {
        Err(Stop::Corrupt("the open items and the journal do not agree; run verify".to_owned()))
    }
}

/// The tie-out for people.
pub(crate) fn people(result: &TieOut, out: &mut Output) -> Result<(), Stop> {
    out.line(&out.bold(&format!("Open items against control accounts as of {}", result.as_of)))?;
    out.line("")?;
    out.text(&tie_out_table(result).to_text())?;
    let verdict = out.verdict(result.ties, if result.ties { "Exact." } else { "NOT EXACT." });
    out.line(&verdict)
}

pub(crate) fn trial_balance(book: &Book, asked: &Asked, out: &mut Output) -> Result<(), Stop> {
    let when = asked.when;
    let result = ask(book, move |view| query::trial_balance(view, as_of(when, view)?))?;
    let table = trial_balance_table(&result);
    out.report(Form::from(asked.output.format), &result, &table, |out| {
        out.line(&out.bold(&format!("Trial balance as of {}", result.as_of)))?;
        out.line("")?;
        out.text(&table.to_text())
    })
}
