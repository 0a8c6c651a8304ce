//! `demo`: a company's half-year in a SQLite book, and what the book can tell about it.
//!
//! The play is drawn from a seed and reads no clock: one seed gives one log, byte for byte.

mod company;
mod desk;
mod paper;
mod play;
mod rng;

use std::path::Path;
use std::time::Instant;

use ar_core::query::{self, AgingBy, AsOf, QueryError, View};
use ar_core::values::{BookId, Date};
use ar_report::{Names, aging_table, largest_debtors};
use ar_store::{Failure, Ledger, Store};

use crate::args::Demo;
use crate::book::{ask, create, names};
use crate::commands::{aging, control, statement, verify};
use crate::output::{Output, progress};
use crate::stop::Stop;
use play::Play;

/// How many of the largest debtors are shown.
const DEBTORS: usize = 5;

#[allow(clippy::disallowed_methods, reason = "how long it took is told, and nothing depends on it")]
pub(crate) fn run(kept: Option<&Path>, chosen: &Demo, out: &mut Output) -> Result<(), Stop> {
    let started = Instant::now();
    if let Some(path) = kept
        && path.exists()
    {
        return Err(Stop::Refused(format!(
            "{} exists; the demo makes its own book, name a new file",
            path.display()
        )));
    }
    let folder = tempfile::tempdir().map_err(Stop::from)?;
    let path = kept.map_or_else(|| folder.path().join("demo.arledger"), Path::to_path_buf);
    let book = create(&path, BookId::parse("demo")?)?;
    let mut play = Play::new(&book, chosen.seed)?;
    let days = play::first_day()?.days_until(play::last_day()?).unsigned_abs() + 1;
    let bar = progress(u64::from(days), "Half a year");
    play.run(|| bar.inc(1))?;
    bar.finish_and_clear();
    let played = started.elapsed();
    story(&play, out)?;
    let place =
        if kept.is_some() { path.display().to_string() } else { "a temporary SQLite file".to_owned() };
    let seconds = played.as_secs_f64();
    out.line(&format!("{} commands in {seconds:.1} s, every one durable in {place}.", play.sent()))?;
    show(&book, play::last_day()?, out)?;
    next(kept, out)
}

/// What happened, in counts.
fn story<S: Store>(play: &Play<'_, S>, out: &mut Output) -> Result<(), Stop> {
    let (from, to) = (play::first_day()?, play::last_day()?);
    out.line(
        &out.bold(&format!("Half a year of a company with {} customers, {from} to {to}", company::CUSTOMERS)),
    )?;
    out.line("")?;
    for (what, count) in play.desk.counted() {
        out.line(&format!("  {count:>6}  {what}"))?;
        if what == "allocations" {
            for (rule, count) in &play.desk.rules {
                out.line(&format!("          {count:>6}  by rule {rule}"))?;
            }
        }
    }
    if play.replayed > 0 {
        out.line(&format!("  {:>6}  commands sent twice, done once", play.replayed))?;
    }
    for (code, count) in &play.warnings {
        out.line(&format!("  {count:>6}  warnings {code}"))?;
    }
    for (code, (count, message)) in &play.refusals {
        out.line(&format!("  {count:>6}  refused {code}: {message}"))?;
    }
    out.line("")
}

/// Aging, largest debtors, one statement, the tie-out and the verdict.
fn show<S>(book: &Ledger<S>, day: Date, out: &mut Output) -> Result<(), Stop>
where
    S: Store,
    S::View: View<Error = Failure>,
{
    let (summary, by_account, named, statement, tie_out) = ask(book, move |view| {
        let as_of = AsOf { effective: day, known: view.head() };
        let by = AgingBy::default();
        let summary = query::aging(view, as_of, &by)?;
        let by_account = query::aging_by_account(view, as_of, &by)?;
        let of = |totals: &query::AgingTotals| {
            totals.accounts.iter().flatten().map(|line| line.account.clone()).collect::<Vec<_>>()
        };
        let ids = by_account.currencies.iter().flat_map(of).collect();
        let named: Names = names(view, as_of.known, &ids)?;
        let statement = match reader(&by_account) {
            Some(account) => Some(query::open_item_statement(view, as_of, &account, None)?),
            None => None,
        };
        let tie_out = query::tie_out(view, as_of)?;
        Ok::<_, QueryError<Failure>>((summary, by_account, named, statement, tie_out))
    })?;
    out.line("")?;
    aging::people(&summary, &aging_table(&summary), true, out)?;
    out.line("")?;
    out.line(&out.bold("Largest debtors"))?;
    out.line("")?;
    out.text(&largest_debtors(&by_account, &named, DEBTORS).to_text())?;
    out.line("")?;
    if let Some(open) = statement {
        let name = named.get(&open.source.account).cloned();
        statement::people(&statement::Statement::Open(open), name.as_deref(), out)?;
        out.line("")?;
    }
    control::people(&tie_out, out)?;
    out.line("")?;
    let verdict = pollster::block_on(book.verify())?;
    verify::people(&verdict, out)?;
    if verdict.is_ok() && tie_out.ties {
        Ok(())
    } else {
        Err(Stop::Corrupt("the demo's book contradicts itself".to_owned()))
    }
}

/// An account whose statement fits a screen and has most to tell: up to nine open items in as
/// many different buckets as there are, and credit beside them.
fn reader(by_account: &query::Aging) -> Option<ar_core::AccountId> {
    let lines = by_account.currencies.iter().flat_map(|totals| totals.accounts.iter().flatten());
    let tells = |line: &&query::AgingAccount| {
        let buckets = line.buckets.iter().filter(|bucket| bucket.amount.minor() != 0).count();
        (line.open_items <= 9, buckets + usize::from(line.unapplied.minor() != 0))
    };
    lines.max_by_key(tells).map(|line| line.account.clone())
}

/// What to try next.
fn next(kept: Option<&Path>, out: &mut Output) -> Result<(), Stop> {
    out.line("")?;
    out.line(&out.bold("Try next"))?;
    let book = kept.map_or_else(|| "demo.arledger".to_owned(), |path| path.display().to_string());
    if kept.is_none() {
        out.line(&format!("  arledger --book {book} demo                                keep the book"))?;
    }
    for (command, what) in [
        ("aging --as-of 2026-03-31 --by account", "the same book, three months earlier"),
        ("account show C-1001", "one customer, with the rule behind every allocation"),
        ("statement C-1001 --from 2026-05-01 --as-of 2026-06-30", "balance forward"),
        ("journal --format hledger", "for hledger; beancount works too"),
        ("verify --format json", "replay the log, compare every row"),
    ] {
        out.line(&format!("  arledger --book {book} {command}"))?;
        out.line(&format!("      {what}"))?;
    }
    out.line("  (from a checkout: cargo run --release -- in place of arledger)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(seed: u64) -> (Ledger<ar_store::Memory>, std::collections::BTreeMap<String, (u64, String)>) {
        let ledger = Ledger::memory(BookId::parse("demo").unwrap());
        let mut play = Play::new(&ledger, seed).unwrap();
        play.run(|| ()).unwrap();
        let refusals = std::mem::take(&mut play.refusals);
        (ledger, refusals)
    }

    #[test]
    fn one_seed_gives_one_log_and_it_ties_out_at_every_month_end() {
        let (ledger, refusals) = played(7);
        let head = pollster::block_on(ledger.head()).unwrap();
        assert_eq!(pollster::block_on(played(7).0.head()).unwrap(), head);
        assert_ne!(pollster::block_on(played(8).0.head()).unwrap(), head);
        assert!(pollster::block_on(ledger.verify()).unwrap().is_ok());
        let codes: Vec<&str> = refusals.keys().map(String::as_str).collect();
        assert_eq!(codes, ["period.closed"], "{refusals:?}");
        for month in 1..=6 {
            let effective = Date::new(2026, month, 1).unwrap().end_of_month();
            let tie_out =
                ask(&ledger, move |view| query::tie_out(view, AsOf { effective, known: view.head() }))
                    .unwrap();
            assert!(tie_out.ties, "{effective}: {tie_out:?}");
        }
    }
}
