//! `reconcile gl`: the journal of the book against what the general ledger made of it.

use std::collections::BTreeSet;

use serde::Serialize;

use ar_core::query::{
    AsOf, GlAccount, GlFinding, GlLine, GlReconciliation, gl_balances, gl_lines, reconcile_balances,
    reconcile_journal,
};
use ar_core::values::{Amount, Currency, Date, GlCode};
use ar_report::{Form, gl_accounts_table, gl_findings_table};

use super::journal::base;
use crate::args::ReconcileGl;
use crate::book::{Book, ask, today};
use crate::import::gl::{GlContent, GlFile, read};
use crate::output::Output;
use crate::stop::Stop;

/// The comparison for programs.
#[derive(Serialize)]
struct Programs<'a> {
    agrees: bool,
    accounts: Vec<AccountForm<'a>>,
    findings: Vec<FindingForm<'a>>,
}

#[derive(Serialize)]
struct AccountForm<'a> {
    code: &'a GlCode,
    currency: Currency,
    book: String,
    ledger: String,
    not_exported: usize,
    by_hand: usize,
    altered: usize,
    agrees: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum FindingForm<'a> {
    NotExported(LineForm<'a>),
    ByHand(LineForm<'a>),
    Altered { book: LineForm<'a>, ledger: LineForm<'a> },
}

#[derive(Serialize)]
struct LineForm<'a> {
    #[serde(flatten)]
    line: &'a GlLine,
    amount: Amount,
}

fn line(line: &GlLine) -> LineForm<'_> {
    LineForm { line, amount: line.amount() }
}

fn programs(found: &GlReconciliation) -> Programs<'_> {
    let account = |of: &GlAccount| (of.shown(of.ours), of.shown(of.theirs));
    let accounts = found.accounts.iter().map(|of| {
        let (book, ledger) = account(of);
        AccountForm {
            code: &of.code,
            currency: of.currency,
            book,
            ledger,
            not_exported: of.not_exported,
            by_hand: of.by_hand,
            altered: of.altered,
            agrees: of.agrees(),
        }
    });
    let findings = found.findings.iter().map(|finding| match finding {
        GlFinding::NotExported(ours) => FindingForm::NotExported(line(ours)),
        GlFinding::ByHand(theirs) => FindingForm::ByHand(line(theirs)),
        GlFinding::Altered { ours, theirs } => {
            FindingForm::Altered { book: line(ours), ledger: line(theirs) }
        }
    });
    Programs { agrees: found.agrees(), accounts: accounts.collect(), findings: findings.collect() }
}

/// Only accounts that are the book's: those it posted to, or those that were asked for.
fn own(asked: &[GlCode], posted: impl Iterator<Item = GlCode>) -> BTreeSet<GlCode> {
    if asked.is_empty() { posted.collect() } else { asked.iter().cloned().collect() }
}

fn compare(book: &Book, asked: &ReconcileGl, file: GlFile) -> Result<GlReconciliation, Stop> {
    let (from, in_base) = (asked.from, file.in_base);
    let to = asked.to.map_or_else(today, Ok)?;
    let from = from.unwrap_or(Date::MIN);
    Ok(match file.content {
        GlContent::Journal(mut theirs) => {
            let mut ours = ask(book, move |view| gl_lines(view, from, AsOf::head(view, to), in_base))?;
            let codes = own(&asked.account, ours.iter().map(|line| line.code.clone()));
            ours.retain(|line| codes.contains(&line.code));
            theirs.retain(|line| codes.contains(&line.code) && from <= line.date && line.date <= to);
            reconcile_journal(&ours, &theirs)
        }
        GlContent::Balances(mut theirs) => {
            let mut ours = ask(book, move |view| gl_balances(view, from, AsOf::head(view, to), in_base))?;
            let codes = own(&asked.account, ours.iter().map(|(code, ..)| code.clone()));
            ours.retain(|(code, ..)| codes.contains(code));
            theirs.retain(|(code, ..)| codes.contains(code));
            reconcile_balances(&ours, &theirs)
        }
    })
}

pub(crate) fn run(book: &Book, asked: &ReconcileGl, out: &mut Output) -> Result<(), Stop> {
    let bytes = std::fs::read(&asked.file).map_err(|error| Stop::file(&asked.file, &error))?;
    let file = read(&bytes, base(book)?).map_err(|problem| Stop::problem(&asked.file, &problem))?;
    let journal = matches!(file.content, GlContent::Journal(_));
    let found = compare(book, asked, file)?;
    let accounts = gl_accounts_table(&found);
    let findings = gl_findings_table(&found);
    let table = if journal { &findings } else { &accounts };
    out.report(Form::from(asked.output.format), &programs(&found), table, |out| {
        out.line(&out.bold("The book against the general ledger"))?;
        out.line("")?;
        out.text(&accounts.to_text())?;
        if !findings.is_empty() {
            out.line("")?;
            out.text(&findings.to_text())?;
        }
        let agrees = found.agrees();
        let verdict = out.verdict(agrees, if agrees { "They agree." } else { "THEY DIFFER." });
        out.line(&verdict)
    })?;
    if found.agrees() { Ok(()) } else { Err(Stop::Said) }
}
