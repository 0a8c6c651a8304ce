//! Writes numbered commands to a SQLite book until it is killed, and prints `ack N` for each.
//!
//! `crash-writer FILE FROM [--ack-early]`: with `--ack-early` the line comes before the command is
//! executed. That is the mistake that the crash test must catch.

use std::io::Write;
use std::path::PathBuf;

use ar_store::Ledger;
use ar_testing::crash::{numbered, opening_commands};
use ar_testing::world::{BOOK, id};
use pollster::block_on;

/// How many commands a writer sends that nobody kills.
const MOST: u64 = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().ok_or("FILE is missing")?);
    let from: u64 = arguments.next().ok_or("FROM is missing")?.parse()?;
    let early = arguments.next().is_some_and(|flag| flag == "--ack-early");
    let ledger = Ledger::open_sqlite(&file, id(BOOK))?;
    for command in opening_commands() {
        block_on(ledger.execute(command))?;
    }
    let mut out = std::io::stdout().lock();
    let mut acknowledge = |n: u64| writeln!(out, "ack {n}").and_then(|()| out.flush());
    for n in from..from + MOST {
        if early {
            acknowledge(n)?;
        }
        block_on(ledger.execute(numbered(n)))?;
        if !early {
            acknowledge(n)?;
        }
    }
    Ok(())
}
