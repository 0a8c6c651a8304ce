//! `import csv`: files through a mapping. Each file goes in whole or not at all: it is read and
//! checked to its end, then sent as one batch that the ledger accepts or refuses as one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use ar_core::book::{Policies, Setting};
use ar_core::query::View;
use ar_core::values::{AccountId, ActorId, CommandId, Currency};
use ar_core::{Command, Envelope, Money};
use ar_report::{Cell, Form, Table};
use ar_store::BatchFailure;

use crate::args::ImportCsv;
use crate::book::{Book, Sender, ask};
use crate::import::mapping::Mapping;
use crate::import::plan::{Plan, Spellings, StepKind, Sum, Totals, plan};
use crate::output::{Output, counted, note, progress};
use crate::stop::Stop;

/// Other spellings shown to people; `--format json` gives all.
const SPELLINGS_SHOWN: usize = 5;

/// What became of one file.
#[derive(Serialize)]
struct Imported {
    file: PathBuf,
    totals: Totals,
    /// Commands that changed the book.
    done: Counts,
    /// Commands whose effect was there already.
    known: Counts,
    /// Whether the policy `unconverted` was put in force for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unconverted: bool,
    /// Accounts with more than one spelling of their name.
    spellings: BTreeMap<AccountId, Spellings>,
}

#[derive(Default, Serialize)]
struct Counts {
    accounts: u64,
    invoices: u64,
    payments: u64,
}

impl Counts {
    fn add(&mut self, kind: StepKind) {
        let count = match kind {
            StepKind::Account => &mut self.accounts,
            StepKind::Invoice => &mut self.invoices,
            StepKind::Payment => &mut self.payments,
        };
        *count += 1;
    }
}

pub(crate) fn run(book: &Book, actor: &ActorId, import: &ImportCsv, out: &mut Output) -> Result<(), Stop> {
    let text =
        std::fs::read_to_string(&import.mapping).map_err(|error| Stop::file(&import.mapping, &error))?;
    let mapping = Mapping::parse(&text).map_err(|problem| Stop::problem(&import.mapping, &problem))?;
    let mut plans = Vec::new();
    for file in &import.files {
        plans.push((file.clone(), read(file, &mapping)?));
    }
    control(import, plans.iter().map(|(_, plan)| &plan.totals))?;
    let sender = Sender::new(book.book(), actor)?;
    let mut all = Vec::new();
    let mut stopped = Ok(());
    for (file, plan) in plans {
        let done = match import.dry_run {
            true => Ok(Imported::checked(file, &plan)),
            false => send(book, &sender, file, plan, &mapping),
        };
        match done {
            Ok(done) => all.push(done),
            Err(stop) => {
                stopped = Err(stop);
                break;
            }
        }
    }
    // Files before the one that stopped are in; their totals are told all the same.
    out.report(Form::from(import.output.format), &all, &table(&all), |out| {
        all.iter().try_for_each(|imported| people(imported, import.dry_run, out))
    })?;
    stopped
}

/// Reads and checks a file to its end.
fn read(file: &Path, mapping: &Mapping) -> Result<Plan, Stop> {
    let bytes = std::fs::read(file).map_err(|error| Stop::file(file, &error))?;
    plan(&bytes, mapping).map_err(|problems| {
        for problem in problems.iter().skip(1) {
            note(&format!("{}: {problem}", file.display()));
        }
        match problems.first() {
            Some(first) => Stop::Refused(format!("{}: {first}\nnothing was imported", file.display())),
            None => Stop::Said,
        }
    })
}

/// Compares all files with the control totals given.
fn control<'a>(import: &ImportCsv, totals: impl Iterator<Item = &'a Totals> + Clone) -> Result<(), Stop> {
    let refuse =
        |what: String| Err(Stop::Refused(format!("[file.control_total] {what}; nothing was imported")));
    if let Some(expected) = import.expect_rows {
        let rows: u64 = totals.clone().map(|totals| totals.rows).sum();
        if rows != expected {
            return refuse(format!("{expected} rows were expected and {rows} are there"));
        }
    }
    for expected in &import.expect_sum {
        let currency = expected.currency();
        let found = totals.clone().try_fold(Money::zero(currency), |sum, totals| {
            let sums = if totals.invoices.is_empty() { &totals.payments } else { &totals.invoices };
            sums.get(&currency).map_or(Some(sum), |one| sum.checked_add(one.amount))
        });
        if found != Some(*expected) {
            let found =
                found.map_or_else(|| "more than an amount holds".to_owned(), |found| found.to_string());
            return refuse(format!("{expected} was expected and {found} is there"));
        }
    }
    Ok(())
}

/// Sends the commands of one file as one batch, the policy it needs first.
fn send(
    book: &Book,
    sender: &Sender,
    file: PathBuf,
    plan: Plan,
    mapping: &Mapping,
) -> Result<Imported, Stop> {
    let there = accounts_there(book, &plan)?;
    let mut imported = Imported::checked(file, &plan);
    let mut places: Vec<Option<(u64, StepKind)>> = Vec::new();
    let mut commands: Vec<Envelope> = Vec::new();
    if mapping.policies.unconverted
        && let Some((id, command)) = allow_unconverted(book)?
    {
        imported.unconverted = true;
        places.push(None);
        commands.push(sender.envelope(id, command));
    }
    for step in plan.steps {
        match &step.command {
            Command::OpenAccount(open) if there.contains(&open.account) => imported.known.accounts += 1,
            _ => {
                places.push(Some((step.line, step.kind)));
                commands.push(sender.envelope(step.id, step.command));
            }
        }
    }
    let bar = progress(u64::try_from(commands.len()).unwrap_or(0), "Importing");
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    let answer = book.execute_all_blocking(commands);
    bar.finish_and_clear();
    match answer {
        Ok(receipts) => {
            for (receipt, place) in receipts.iter().zip(places) {
                let Some((_, kind)) = place else { continue };
                if receipt.replayed { imported.known.add(kind) } else { imported.done.add(kind) }
            }
            Ok(imported)
        }
        Err(BatchFailure { index, failure, .. }) => {
            let line = places.get(index).copied().flatten().map_or(1, |(line, _)| line);
            let name = imported.file.display();
            let text = format!(
                "{name}: [{}] line {line}: {failure}\nnothing of the file was imported",
                failure.code()
            );
            match Stop::from(failure) {
                Stop::Refused(_) => Err(Stop::Refused(text)),
                other => Err(other),
            }
        }
    }
}

/// The accounts of a file that the book has already.
fn accounts_there(book: &Book, plan: &Plan) -> Result<BTreeSet<AccountId>, Stop> {
    let wanted: BTreeSet<AccountId> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.command {
            Command::OpenAccount(open) => Some(open.account.clone()),
            _ => None,
        })
        .collect();
    let accounts = ask(book, move |view| view.accounts_by_id(view.head(), &wanted))?;
    Ok(accounts.into_iter().map(|account| account.id).collect())
}

/// The command that puts the policy `unconverted` in force, where it is not.
fn allow_unconverted(book: &Book) -> Result<Option<(CommandId, Command)>, Stop> {
    let config =
        ask(book, |view| view.config().map(|config| config.map(|c| (c.version, c.policies.clone()))))?;
    let Some((version, policies)) = config else {
        return Err(Stop::Refused("[book.missing] the book is not open; run init first".to_owned()));
    };
    if policies.unconverted {
        return Ok(None);
    }
    let id = CommandId::parse(&format!("csv:policy:unconverted:{version}"))?;
    let policies = Policies { unconverted: true, ..policies };
    Ok(Some((id, Command::Configure(Setting::Policies(Box::new(policies))))))
}

impl Imported {
    fn checked(file: PathBuf, plan: &Plan) -> Self {
        let (totals, spellings) = (plan.totals.clone(), plan.spellings.clone());
        let (done, known) = (Counts::default(), Counts::default());
        Self { file, totals, done, known, unconverted: false, spellings }
    }
}

/// Control totals, one row per file, kind and currency.
fn table(all: &[Imported]) -> Table {
    let mut table = Table::new(&[
        ("File", "file"),
        ("Kind", "kind"),
        ("Currency", "currency"),
        ("Count", "count"),
        ("Amount", "amount"),
    ]);
    for imported in all {
        let mut rows = |kind: &str, sums: &BTreeMap<Currency, Sum>| {
            for (currency, sum) in sums {
                table.row(vec![
                    Cell::text(imported.file.display()),
                    Cell::text(kind),
                    Cell::text(currency),
                    Cell::Number(i64::try_from(sum.count).unwrap_or(i64::MAX)),
                    Cell::from(sum.amount),
                ]);
            }
        };
        rows("invoices", &imported.totals.invoices);
        rows("payments", &imported.totals.payments);
    }
    table
}

fn people(imported: &Imported, dry_run: bool, out: &mut Output) -> Result<(), Stop> {
    let Imported { file, totals, done, known, spellings, .. } = imported;
    let verb = if dry_run { "checked, nothing imported" } else { "imported" };
    out.line(&out.bold(&format!("{}: {verb}", file.display())))?;
    out.line(&format!("  rows      {:>10}", totals.rows))?;
    out.line(&format!("  accounts  {:>10}", totals.accounts))?;
    for (kind, sums) in [("invoices", &totals.invoices), ("payments", &totals.payments)] {
        for sum in sums.values() {
            let amount = Cell::from(sum.amount).shown();
            out.line(&format!("  {kind}  {:>10}  {amount:>20} {}", sum.count, sum.amount.currency()))?;
        }
    }
    if !dry_run {
        let line = |what: &str, c: &Counts| {
            let accounts = counted(c.accounts, "account");
            let (invoices, payments) = (counted(c.invoices, "invoice"), counted(c.payments, "payment"));
            format!("  {what}: {accounts}, {invoices}, {payments}")
        };
        out.line(&line("new", done))?;
        if known.accounts + known.invoices + known.payments > 0 {
            out.line(&line("already there", known))?;
        }
    }
    if imported.unconverted {
        out.line(
            "  policy unconverted was put in force: items in a currency without a rate have no base amount",
        )?;
    }
    if !spellings.is_empty() {
        out.line(&format!(
            "  {} accounts have other spellings of their name; the first was taken:",
            spellings.len()
        ))?;
        for (account, names) in spellings.iter().take(SPELLINGS_SHOWN) {
            let others: Vec<String> =
                names.others.keys().map(|name| format!("{:?}", name.as_str())).collect();
            out.line(&format!("    {account} {:?}, also {}", names.taken.as_str(), others.join(", ")))?;
        }
        if spellings.len() > SPELLINGS_SHOWN {
            out.line("    ... all of them with --format json")?;
        }
    }
    Ok(())
}
