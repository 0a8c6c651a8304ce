//! The `arledger` program: commands in, reports out. It decides nothing.

mod args;
mod book;
mod commands;
mod demo;
pub mod import;
mod output;
mod stop;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Account, Arguments, Import, Period, Reconcile, What};
use output::{Output, note};
use stop::Stop;

/// Runs the program on the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = Output::new();
    let done = run(arguments, &mut out);
    // What was written before a refusal still belongs to the reader.
    let done = done.and(out.flush());
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            let _ = out.flush();
            let text = stop.to_string();
            if !text.is_empty() {
                note(&format!("arledger: {text}"));
            }
            stop.code()
        }
    }
}

fn run(arguments: Arguments, out: &mut Output) -> Result<(), Stop> {
    let Arguments { book, actor, what } = arguments;
    let book = book.as_ref();
    match what {
        What::Demo(chosen) => demo::run(book.map(std::path::PathBuf::as_path), &chosen, out),
        What::Init(init) => commands::init::run(book::path(book)?, &actor, &init, out),
        What::Apply(apply) => commands::apply::run(&book::open(book)?, &apply, out),
        What::Import { what: Import::Csv(import) } => {
            commands::import::run(&book::open(book)?, &actor, &import, out)
        }
        What::Account { what: Account::List { when, output } } => {
            commands::account::list(&book::open(book)?, when, output, out)
        }
        What::Account { what: Account::Show { account, when, output } } => {
            commands::account::show(&book::open(book)?, account, when, output, out)
        }
        What::Aging(aging) => commands::aging::run(&book::open(book)?, aging, out),
        What::Charges(asked) => commands::charges::run(&book::open(book)?, &actor, asked, out),
        What::Allocate(asked) => commands::run::allocate(&book::open(book)?, &actor, &asked, out),
        What::WhatIf(asked) => commands::run::what_if(&book::open(book)?, &actor, &asked, out),
        What::Claims(asked) => commands::bad_debt::claims(&book::open(book)?, &asked, out),
        What::Dormant(asked) => commands::bad_debt::dormant(&book::open(book)?, asked, out),
        What::SmallBalances(asked) => commands::bad_debt::small(&book::open(book)?, &actor, &asked, out),
        What::Allowance(asked) => commands::allowance::allowance(&book::open(book)?, &actor, &asked, out),
        What::LossRates(asked) => commands::allowance::loss_rates(&book::open(book)?, asked, out),
        What::Promises(asked) => commands::agreements::promised(&book::open(book)?, &asked, out),
        What::Plans(asked) => commands::agreements::planned(&book::open(book)?, &asked, out),
        What::Statement(asked) => commands::statement::run(&book::open(book)?, asked, out),
        What::Items(asked) => commands::items::run(&book::open(book)?, asked, out),
        What::Journal(journal) => commands::journal::run(&book::open(book)?, &journal, out),
        What::TieOut(asked) => commands::control::tie_out(&book::open(book)?, &asked, out),
        What::TrialBalance(asked) => commands::control::trial_balance(&book::open(book)?, &asked, out),
        What::Period { what: Period::List(output) } => commands::close::list(&book::open(book)?, output, out),
        What::Period { what: Period::Check(asked) } => {
            commands::close::check(&book::open(book)?, &asked, out)
        }
        What::Period { what: Period::Close(asked) } => {
            commands::close::close(&book::open(book)?, &actor, &asked, out)
        }
        What::Reclassify(asked) => commands::close::reclassify(&book::open(book)?, &asked, out),
        What::Withholdings(asked) => commands::close::withholdings(&book::open(book)?, &asked, out),
        What::Reconcile { what: Reconcile::Gl(asked) } => {
            commands::reconcile::run(&book::open(book)?, &asked, out)
        }
        What::Proposals(asked) => commands::proposals::run(&book::open(book)?, asked, out),
        What::Verify(output) => commands::verify::run(&book::open(book)?, output, out),
        What::Backup { dest } => commands::backup::run(&book::open(book)?, &dest, out),
    }
}
