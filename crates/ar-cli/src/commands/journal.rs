//! `journal`: every posting of the book, for people, for spreadsheets and for the programs that
//! keep the general ledger.

use serde::Serialize;

use ar_core::Position;
use ar_core::query::View;
use ar_core::values::Currency;
use ar_report::{Entry, Form, beancount, hledger, journal_table};

use crate::args::{Journal, JournalFormat};
use crate::book::{Book, ask};
use crate::output::{Output, progress};
use crate::stop::Stop;

/// Records read at a time.
const PAGE: usize = 1_000;

/// The journal for programs.
#[derive(Serialize)]
struct Programs<'a> {
    base: Currency,
    entries: &'a [Entry],
}

pub(crate) fn run(book: &Book, journal: &Journal, out: &mut Output) -> Result<(), Stop> {
    let base = base(book)?;
    let entries = entries(book, |entry| {
        journal.from.is_none_or(|from| entry.date >= from) && journal.to.is_none_or(|to| entry.date <= to)
    })?;
    match journal.format {
        JournalFormat::Hledger => out.text(&hledger(&entries, base)),
        JournalFormat::Beancount => out.text(&beancount(&entries, base)),
        JournalFormat::Json => out.json(&Programs { base, entries: &entries }),
        JournalFormat::Csv => out.report(Form::Csv, &(), &journal_table(&entries), |_| Ok(())),
        JournalFormat::Table => out.text(&journal_table(&entries).to_text()),
    }
}

/// The currency of the general ledger.
pub(crate) fn base(book: &Book) -> Result<Currency, Stop> {
    let base = ask(book, |view| view.config().map(|config| config.map(|config| config.base)))?;
    base.ok_or_else(|| Stop::Refused("[book.missing] the book is not open; run init first".to_owned()))
}

/// The postings that are wanted, in the order of the log.
pub(crate) fn entries(book: &Book, wanted: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>, Stop> {
    let mut all = Vec::new();
    let mut after: Position = 0;
    let bar = progress(0, "Reading");
    loop {
        let page = pollster::block_on(book.events(after, PAGE))?;
        bar.set_length(page.last);
        let Some(last) = page.entries.last().map(|entry| entry.position) else { break };
        for entry in &page.entries {
            let record = entry.record().map_err(|error| {
                Stop::Corrupt(format!("[book.corrupt] position {}: {error}; run verify", entry.position))
            })?;
            all.extend(Entry::of(entry.position, &record).filter(|entry| wanted(entry)));
        }
        bar.set_position(last);
        after = last;
    }
    bar.finish_and_clear();
    Ok(all)
}
