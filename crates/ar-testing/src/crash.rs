//! Killing a process that writes, and asking the book what it remembers (INV-49, INV-54, INV-57).
//!
//! A writer (`src/bin/crash-writer.rs`) sends numbered commands to a SQLite book and prints a line for
//! each once the answer is there. It is killed at moments drawn from a seed; the book is reopened and
//! must hold every acknowledged command, nothing half, and resolve the command whose outcome nobody
//! knows. A kill loop says nothing about power loss: the operating system keeps what a killed process
//! wrote, flushed or not.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ar_core::{Envelope, Record};
use ar_store::{Ledger, Sqlite};
use pollster::block_on;

use crate::act::{Act, Deed, How, Invoice, Line, Number, Payment, Target};
use crate::checks::{self, Evidence, Violation, broken};
use crate::rows::Rows;
use crate::subject::decoded;
use crate::wire::{envelope, instant, opening};
use crate::world::{BOOK, World, base, day, id, money, prologue};

/// The commands that open the book and its accounts.
#[must_use]
pub fn opening_commands() -> Vec<Envelope> {
    let mut all = vec![opening(&World::plain())];
    all.extend(prologue().iter().map(envelope));
    all
}

/// The `n`th command of a writer: an invoice, then a payment that settles it with an event of its own.
#[must_use]
pub fn numbered(n: u64) -> Envelope {
    let number = |n: u64| id(&format!("I-{n}"));
    let amount = money(10_000 + i64::try_from(n % 97).unwrap_or(0), base());
    let owed = money(10_000 + i64::try_from(n.wrapping_sub(1) % 97).unwrap_or(0), base());
    let on = day(i32::try_from(n % 200).unwrap_or(0));
    let act = if n.is_multiple_of(2) {
        Act::Invoice(Invoice {
            account: id("C-1"),
            number: Number::Given(number(n)),
            currency: base(),
            rate: None,
            date: on,
            accounting: None,
            terms: None,
            lines: vec![Line { amount, tax: 0, freight: false }],
            po_number: false,
            order: None,
            invoice: None,
            counts: (true, true),
            vouched: false,
        })
    } else {
        let item = ar_core::ItemId::new(number(n - 1), 1);
        Act::Pay(Payment {
            payment: id(&format!("P-{n}")),
            account: Some(id("C-1")),
            amount: owed,
            rate: None,
            date: on,
            accounting: None,
            value: None,
            on_account: false,
            order: None,
            how: Some(How::Explicit(vec![Target {
                item,
                amount: None,
                discount: true,
                grant: None,
                withheld: None,
            }])),
        })
    };
    let at = instant(i64::try_from(n).unwrap_or(0));
    envelope(&Deed { key: id(&format!("n{n}")), actor: id("writer"), at, act })
}

/// What a loop of kills met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Kills.
    pub kills: usize,
    /// Commands that were acknowledged.
    pub acknowledged: u64,
    /// Kills that hit a commit: the command was there and nobody had been told.
    pub in_flight: usize,
    /// Kills after which the next command had not been done.
    pub between: usize,
}

/// Draws numbers from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u64) -> u64 {
        // Knuth's MMIX generator; the low bits are the poor ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most.max(1)
    }
}

/// Kills a writer again and again and asks the book each time.
///
/// # Errors
/// INV-49 when an acknowledged command is gone, INV-50 when one is there in part, INV-54 when the one
/// in flight cannot be resolved, INV-57 when the book does not open, or whatever verification finds.
///
/// # Panics
/// When the writer cannot be started at all.
pub fn kill_loop(
    writer: &Path,
    file: &Path,
    early: bool,
    kills: usize,
    seed: u64,
) -> Result<Tally, Violation> {
    let mut draw = Draw(seed);
    let mut tally = Tally::default();
    let mut next = 0;
    for _ in 0..kills {
        let acknowledged = killed(writer, file, early, next, &mut draw);
        tally.kills += 1;
        tally.acknowledged += acknowledged - next;
        next = asked(file, acknowledged, &mut tally)?;
    }
    Ok(tally)
}

/// Runs a writer from a number on, kills it, and returns the first number that was not acknowledged.
fn killed(writer: &Path, file: &Path, early: bool, from: u64, draw: &mut Draw) -> u64 {
    let mut child: Child = Command::new(writer)
        .arg(file)
        .arg(from.to_string())
        .args(early.then_some("--ack-early"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the writer starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output is piped"));
    let mut acknowledged = from;
    let mut read = |lines: &mut BufReader<_>| {
        let mut line = String::new();
        let whole = lines.read_line(&mut line).is_ok_and(|n| n > 0) && line.ends_with('\n');
        let number = line.trim_end().strip_prefix("ack ").and_then(|n| n.parse::<u64>().ok());
        if let Some(n) = number.filter(|_| whole) {
            acknowledged = n + 1;
        }
        whole
    };
    let wanted = 1 + draw.below(12);
    for _ in 0..wanted {
        if !read(&mut lines) {
            break;
        }
    }
    // Up to two commits' time beyond the last line, so that a kill may fall anywhere in a command.
    std::thread::sleep(Duration::from_micros(draw.below(4_000)));
    child.kill().expect("the writer can be killed");
    child.wait().expect("the writer ends");
    while read(&mut lines) {}
    let mut rest = Vec::new();
    // What stands in the pipe after the last whole line was never an acknowledgement.
    let _ = lines.read_to_end(&mut rest);
    acknowledged
}

/// Reopens the book and asks it. Returns the number to go on from.
fn asked(file: &Path, acknowledged: u64, tally: &mut Tally) -> Result<u64, Violation> {
    let ledger: Ledger<Sqlite> = match Ledger::open_sqlite(file, id(BOOK)) {
        Ok(ledger) => ledger,
        Err(error) => return broken("INV-57", format!("the book does not open: {error}")),
    };
    let log = stored(&ledger)?;
    let records: Vec<Record> = decoded(&log)?;
    let rows = Rows::of(&records);
    let evidence = Evidence { bytes: &log, records: &records, rows: &rows };
    checks::commands_are_whole(evidence)?;
    let has = |n: u64| rows.keys.contains_key(&numbered(n).id);
    if let Some(lost) = (0..acknowledged).find(|n| !has(*n)) {
        return broken("INV-49", format!("{lost} was acknowledged and is gone"));
    }
    if has(acknowledged + 1) {
        return broken("INV-54", format!("{} was done before {acknowledged} was answered", acknowledged + 1));
    }
    match block_on(ledger.verify()) {
        Ok(verdict) if verdict.is_ok() => {}
        other => return broken("INV-14", format!("after the crash: {other:?}")),
    }
    for command in opening_commands() {
        // The first kill may have come before the book was open.
        if let Err(failure) = block_on(ledger.execute(command)) {
            return broken("INV-54", failure.to_string());
        }
    }
    let there = has(acknowledged);
    if there {
        tally.in_flight += 1;
    } else {
        tally.between += 1;
    }
    // Exactly one of "done, here it is" and "not done, now done".
    match block_on(ledger.execute(numbered(acknowledged))) {
        Ok(receipt) if receipt.replayed == there => {}
        other => return broken("INV-54", format!("{acknowledged}, done before: {there}: {other:?}")),
    }
    let log = stored(&ledger)?;
    let records = decoded(&log)?;
    let evidence = Evidence { bytes: &log, records: &records, rows: &Rows::of(&records) };
    checks::keys_are_used_once(evidence)?;
    checks::trial_balance_is_zero_at_every_prefix(evidence)?;
    checks::subledger_equals_control(evidence)?;
    Ok(acknowledged + 1)
}

fn stored(ledger: &Ledger<Sqlite>) -> Result<Vec<Vec<u8>>, Violation> {
    let mut log = Vec::new();
    loop {
        match block_on(ledger.events(log.len() as u64, 1_000)) {
            Ok(page) if page.entries.is_empty() => return Ok(log),
            Ok(page) => log.extend(page.entries.into_iter().map(|entry| entry.bytes)),
            Err(failure) => return broken("INV-57", failure.to_string()),
        }
    }
}
