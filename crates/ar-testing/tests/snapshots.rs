//! INV-44: every report comes from one snapshot. Readers work beside a writer on one SQLite file, and
//! each report must be that of one position; a reader that adds up two reads is caught.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use ar_core::query::AsOf;
use ar_core::values::Date;
use ar_core::{Envelope, Record};
use ar_store::{Ledger, Sqlite};
use ar_testing::checks::{Checked, broken};
use ar_testing::crash::{numbered, opening_commands};
use ar_testing::kept::report_of;
use ar_testing::rows::Rows;
use ar_testing::subject::Report;
use ar_testing::world::{BOOK, day, id};
use pollster::block_on;

fn the_day() -> Date {
    day(300)
}

/// A book with some invoices and payments in it.
fn begun(folder: &tempfile::TempDir) -> Ledger<Sqlite> {
    let ledger = Ledger::open_sqlite(folder.path().join("book"), id(BOOK)).expect("a new book opens");
    for command in opening_commands().into_iter().chain((0..7).map(numbered)) {
        tell(&ledger, command);
    }
    ledger
}

fn tell(ledger: &Ledger<Sqlite>, command: Envelope) {
    block_on(ledger.execute(command)).expect("the command is fine");
}

/// The records of the book, as they are in the end.
fn records(ledger: &Ledger<Sqlite>) -> Vec<Record> {
    let page = block_on(ledger.events(0, 10_000)).expect("the log can be read");
    page.entries.iter().map(|entry| Record::decode(&entry.bytes).expect("a record")).collect()
}

/// Each report is that of the position it names, and foots: open items, aging and control accounts
/// are the same sum in each currency.
fn come_from_one_position(reports: &[(u64, Report)], records: &[Record]) -> Checked {
    let mut rows = Rows::default();
    let mut sorted: Vec<&(u64, Report)> = reports.iter().collect();
    sorted.sort_by_key(|(position, _)| *position);
    let mut rest = records.iter();
    let mut told = std::collections::BTreeMap::new();
    for (position, report) in sorted {
        while (rows.records.len() as u64) < *position {
            match rest.next() {
                Some(record) => rows.append(record.clone()),
                None => return broken("INV-44", format!("position {position} never was")),
            }
        }
        for (currency, aging) in &report.aging {
            let items: i128 = report
                .items
                .iter()
                .filter_map(|(item, minor)| {
                    (rows.items.get(item)?.currency == *currency).then_some(i128::from(*minor))
                })
                .sum();
            let lines = report.trial.iter().filter(|((role, _, c), _)| role.is_control() && c == currency);
            let control: i128 = lines.map(|(_, sum)| sum.0).sum();
            if (items, control) != (aging.total(), aging.total()) {
                let detail = format!("{position}: items {items}, aging {}, control {control}", aging.total());
                return broken("INV-44", detail);
            }
        }
        let told = told.entry(*position).or_insert_with(|| Report::of(&rows, the_day()));
        if report != told {
            return broken("INV-44", format!("{position}: {report:?} is reported, {told:?} was so"));
        }
    }
    Ok(())
}

fn read(ledger: &Ledger<Sqlite>) -> (u64, Report) {
    let all = block_on(ledger.read(|view| {
        let as_of = AsOf::head(view, the_day());
        (as_of.known, report_of(view, as_of).expect("within what amounts can be"))
    }));
    all.expect("the book can be read")
}

#[test]
fn inv_44_readers_beside_a_writer_see_one_position_each() {
    let folder = tempfile::tempdir().expect("a directory");
    let ledger = begun(&folder);
    let writing = AtomicBool::new(true);
    let reports = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|n| {
                let (ledger, writing, file) = (&ledger, &writing, folder.path().join("book"));
                scope.spawn(move || {
                    // One reader shares the writer's handle, the other comes from beside.
                    let own = (n == 1).then(|| Ledger::open_sqlite_existing(file).expect("it opens"));
                    let mut all = Vec::new();
                    while writing.load(Ordering::Relaxed) || all.is_empty() {
                        all.push(read(own.as_ref().unwrap_or(ledger)));
                    }
                    all
                })
            })
            .collect();
        (7..37).for_each(|n| tell(&ledger, numbered(n)));
        writing.store(false, Ordering::Relaxed);
        readers.into_iter().flat_map(|reader| reader.join().expect("it reads")).collect::<Vec<_>>()
    });
    assert_eq!(come_from_one_position(&reports, &records(&ledger)), Ok(()));
    let positions: std::collections::BTreeSet<u64> = reports.iter().map(|(position, _)| *position).collect();
    assert!(positions.len() >= 3, "readers met {} positions", positions.len());
}

/// A report whose open items are read before another command and the rest after it: in one snapshot,
/// or in two reads.
fn interrupted(ledger: &Ledger<Sqlite>, one_snapshot: bool, command: Envelope) -> (u64, Report) {
    let (reached, waits) = channel();
    let (done, goes_on) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            waits.recv().expect("a reader");
            tell(ledger, command);
            done.send(()).expect("a reader");
        });
        if one_snapshot {
            let report = ledger.read(move |view| {
                let as_of = AsOf::head(view, the_day());
                let first = report_of(view, as_of).expect("within what amounts can be");
                reached.send(()).expect("a writer");
                goes_on.recv().expect("a writer");
                let second = report_of(view, as_of).expect("within what amounts can be");
                (view_head(view), Report { items: first.items, ..second })
            });
            return block_on(report).expect("the book can be read");
        }
        let (position, first) = read(ledger);
        reached.send(()).expect("a writer");
        goes_on.recv().expect("a writer");
        let (_, second) = read(ledger);
        (position, Report { items: first.items, ..second })
    })
}

fn view_head<V: ar_core::query::View>(view: &V) -> u64 {
    view.head()
}

#[test]
fn inv_44_a_command_between_two_figures_of_a_report_changes_neither() {
    let folder = tempfile::tempdir().expect("a directory");
    let ledger = begun(&folder);
    for n in 7..11 {
        let report = interrupted(&ledger, true, numbered(n));
        let records = records(&ledger);
        assert!(report.0 < records.len() as u64, "the command came in between");
        assert_eq!(come_from_one_position(&[report], &records), Ok(()));
    }
}

#[test]
fn inv_44_a_report_added_up_from_two_reads_is_caught() {
    let folder = tempfile::tempdir().expect("a directory");
    let ledger = begun(&folder);
    for n in 7..11 {
        let report = interrupted(&ledger, false, numbered(n));
        let found = come_from_one_position(&[report], &records(&ledger));
        assert_eq!(found.map_err(|violation| violation.invariant), Err("INV-44"), "command {n}");
    }
}
