//! `verify`: replays the log and compares every row.

use ar_store::Verdict;

use crate::args::{Format, Output as Chosen};
use crate::book::Book;
use crate::output::Output;
use crate::stop::Stop;

pub(crate) fn run(book: &Book, chosen: Chosen, out: &mut Output) -> Result<(), Stop> {
    let verdict = pollster::block_on(book.verify())?;
    match chosen.format {
        Format::Json | Format::Csv => out.json(&verdict)?,
        Format::Table => people(&verdict, out)?,
    }
    if verdict.is_ok() { Ok(()) } else { Err(Stop::Corrupt("the book contradicts itself".to_owned())) }
}

/// The verdict in words.
pub(crate) fn people(verdict: &Verdict, out: &mut Output) -> Result<(), Stop> {
    let good = out.verdict(verdict.is_ok(), if verdict.is_ok() { "sound" } else { "BROKEN" });
    match verdict {
        Verdict::Sound(head) => {
            out.line(&format!(
                "The book is {good}: {} events replayed, every row is what they come to.",
                head.size
            ))?;
            out.line(&format!("Head of the log: {}", head.hex()))
        }
        Verdict::Broken(corruption) => out.line(&format!("The book is {good}: {corruption}.")),
    }
}
