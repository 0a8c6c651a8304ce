//! INV-67: what goes into an export comes out of it, whatever the texts are; no text is a formula, every
//! amount stays a number, and the sums are those of the journal. Naive writers fail the same checks.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, missing_docs)]

mod sample;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ar_core::journal::{JournalLine, Role};
use ar_core::{AccountId, Amount, Attributes, Currency, Date, GlCode};
use ar_report::{Cell, Entry, Table, beancount, hledger, journal_table, text_of};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

type Checked = Result<(), String>;

fn lost<T>(what: impl std::fmt::Display) -> Result<T, String> {
    Err(format!("INV-67: {what}"))
}

/// Runs a property over drawn values, the same ones every time.
fn for_any<S: Strategy>(cases: u32, drawn: S, holds: impl Fn(S::Value) -> Checked) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result =
        TestRunner::new_with_rng(config, seed).run(&drawn, |value| holds(value).map_err(TestCaseError::fail));
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// Any text, and often one that begins like a formula or holds what CSV reserves.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "'{0,2}[=+@\t\r\n-][a-z0-9,;\"'\r\n]{0,6}", "[ ,;\"'\r\n]{0,5}"]
}

fn amount(minor: i64) -> Amount {
    Currency::parse("EUR").and_then(|eur| ar_core::Money::new(minor, eur)).unwrap().amount()
}

/// What a spreadsheet takes for a formula.
fn is_formula(cell: &str) -> bool {
    cell.chars().next().is_some_and(|c| "=+-@\t\r\n＝＋－＠".contains(c))
}

/// A table of texts and amounts, read back from CSV: row by row the same, texts inert, amounts plain.
fn read_back(csv: &str, rows: &[(String, i64, String)]) -> Checked {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(csv.as_bytes());
    let read: Vec<csv::StringRecord> = match reader.records().collect() {
        Ok(read) => read,
        Err(error) => return lost(error),
    };
    if read.len() != rows.len() {
        return lost(format!("{} rows became {}", rows.len(), read.len()));
    }
    for (record, (name, minor, reference)) in read.iter().zip(rows) {
        for (cell, said) in [(&record[0], name), (&record[2], reference)] {
            if text_of(cell) != said {
                return lost(format!("{said:?} became {cell:?}"));
            }
            if is_formula(cell) {
                return lost(format!("{cell:?} is run by a spreadsheet"));
            }
        }
        if Amount::parse(&record[1]) != Ok(amount(*minor)) || record[1].starts_with('\'') {
            return lost(format!("{} became {:?}", amount(*minor), &record[1]));
        }
    }
    Ok(())
}

fn table(rows: &[(String, i64, String)], number: impl Fn(i64) -> Cell) -> String {
    let mut table = Table::new(&[("Name", "name"), ("Amount", "amount"), ("Reference", "reference")]);
    for (name, minor, reference) in rows {
        table.row(vec![Cell::text(name), number(*minor), Cell::text(reference)]);
    }
    table.to_csv()
}

#[test]
fn inv_67_any_texts_and_amounts_come_back_from_csv_and_no_text_is_a_formula() {
    let rows = proptest::collection::vec((text(), -2_000_i64..2_000, text()), 0..6);
    for_any(256, rows, |rows| read_back(&table(&rows, |minor| Cell::Amount(amount(minor))), &rows));
}

#[test]
fn inv_67_a_writer_that_disarms_nothing_or_everything_is_caught() {
    let rows = [("=HYPERLINK(\"x\")".to_owned(), -1_250, "a,b\r\nc".to_owned())];
    assert_eq!(read_back(&table(&rows, |minor| Cell::Amount(amount(minor))), &rows), Ok(()));
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line =
        |name: &str, amount: &str, reference: &str| format!("n,a,r\r\n{name},{amount},{reference}\r\n");
    let (name, _, reference) = &rows[0];
    for (naive, says) in [
        // Quoted as CSV wants it, and still a formula.
        (line(&quoted(name), "-12.50", &quoted(reference)), "is run by a spreadsheet"),
        // Disarmed, amounts too.
        (table(&rows, |minor| Cell::text(amount(minor))), "became \"'-12.50\""),
        // Joined by commas.
        (line(&quoted(&format!("'{name}")), "-12.50", reference), "CSV error"),
        // Formula openers cut off.
        (line(&quoted(name.trim_start_matches('=')), "-12.50", &quoted(reference)), "became"),
    ] {
        let found = read_back(&naive, &rows).expect_err("a naive writer goes unnoticed");
        assert!(found.starts_with("INV-67") && found.contains(says), "{found}");
    }
}

/// What a journal in plain text says of one transaction: date, event, first document, customer, and
/// lines of customer, units with currency, and cost with currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    date: String,
    event: String,
    about: String,
    customer: String,
    lines: Vec<(String, String, String)>,
}

fn told(entries: &[Entry], base: Currency) -> Vec<Told> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| (entry.date, entry.position));
    let line = |entry: &Entry, line: &JournalLine| {
        let other =
            line.account.as_ref().map(ToString::to_string).filter(|a| entry.account.as_ref() != Some(a));
        let cost =
            line.base.map_or(String::new(), |b| format!("{} {base}", b.to_string().trim_start_matches('-')));
        (other.unwrap_or_default(), format!("{} {}", line.amount, entry.currency), cost)
    };
    let told = |entry: &&Entry| Told {
        date: entry.date.to_string(),
        event: entry.event.to_owned(),
        about: entry.about[0].clone(),
        customer: entry.account.clone().unwrap_or_default(),
        lines: entry.lines.iter().map(|l| line(entry, l)).collect(),
    };
    sorted.iter().map(told).collect()
}

/// `%29` as the character it stands for.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        out.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32).unwrap_or('%'));
        out += rest;
    }
    out
}

fn units_and_cost(posting: &str) -> (String, String) {
    let amount = posting.split_once("  ").map_or("", |(_, amount)| amount).trim();
    let (units, cost) = amount.split_once(" @@ ").unwrap_or((amount, ""));
    (units.to_owned(), cost.to_owned())
}

/// A reader of hledger's format, as far as it is written here.
fn from_hledger(journal: &str) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for line in journal.lines() {
        let (said, comment) = line.split_once(';').unwrap_or((line, ""));
        let tag = |name: &str| comment.split(", ").find_map(|tag| tag.trim().strip_prefix(name));
        if let (Some(posting), Some(last)) = (said.strip_prefix("    "), all.last_mut()) {
            let (units, cost) = units_and_cost(posting);
            last.lines.push((unescaped(tag("account:").unwrap_or_default()), units, cost));
        } else if said.starts_with(|c: char| c.is_ascii_digit()) {
            let (date, rest) = said.split_once(' ').unwrap_or_default();
            let (about, rest) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                Some((about, rest)) => (unescaped(about), rest.trim_start()),
                None => (String::new(), rest),
            };
            let (event, customer) = rest.trim_end().split_once(" | ").unwrap_or((rest.trim_end(), ""));
            let (date, event, customer) = (date.to_owned(), event.to_owned(), unescaped(customer));
            all.push(Told { date, event, about, customer, lines: Vec::new() });
        }
    }
    all
}

/// A reader of beancount's format, as far as it is written here.
fn from_beancount(journal: &str) -> Vec<Told> {
    let text = |said: &str| said.trim().trim_matches('"').replace("\\\"", "\"").replace("\\\\", "\\");
    let mut all: Vec<Told> = Vec::new();
    let mut inside = false;
    for line in journal.lines() {
        if line.get(10..13) == Some(" * ") {
            let strings: Vec<&str> = line[13..].split('"').skip(1).step_by(2).collect();
            let (customer, event) = if let [c, e] = strings[..] { (c, e) } else { ("", strings[0]) };
            let (date, event, customer) = (line[..10].to_owned(), event.to_owned(), text(customer));
            all.push(Told { date, event, customer, ..Told::default() });
            inside = true;
            continue;
        }
        inside &= line.starts_with("  ");
        let Some(last) = all.last_mut().filter(|_| inside) else { continue };
        if let Some(about) = line.strip_prefix("  about: ") {
            last.about = text(about);
        } else if let (Some(account), Some(line)) =
            (line.strip_prefix("    account: "), last.lines.last_mut())
        {
            line.0 = text(account);
        } else if !line.starts_with("  position: ") {
            let (units, cost) = units_and_cost(line.trim_start());
            last.lines.push((String::new(), units, cost));
        }
    }
    all
}

fn same(found: &[Told], wanted: &[Told]) -> Checked {
    if found == wanted {
        return Ok(());
    }
    let pair = wanted.iter().zip(found).find(|(a, b)| a != b);
    lost(format!("{} transactions became {}; {pair:?}", wanted.len(), found.len()))
}

/// Entries whose ids are any that a book may hold.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let id = || "[!$-\\[\\]-~]{1,8}";
    let one = (
        id(),
        id(),
        proptest::option::of(id()),
        1_i64..99_999,
        proptest::option::of(1_i64..99_999),
        1_i32..40,
    );
    let entry = |n: usize,
                 (about, account, other, minor, base, days): (
        String,
        String,
        Option<String>,
        i64,
        Option<i64>,
        i32,
    )| {
        let line = |role, code: &str, sign: i64, account: Option<&String>| JournalLine {
            role,
            code: GlCode::parse(code).unwrap(),
            amount: amount(sign * minor),
            base: base.map(|b| amount(sign * b)),
            account: account.map(|a| AccountId::parse(a).unwrap()),
            partner: None,
            dimensions: Attributes::default(),
        };
        let other = other.unwrap_or_else(|| account.clone());
        let lines =
            vec![line(Role::Receivable, "1200", 1, Some(&other)), line(Role::Revenue, "4000", -1, None)];
        Entry {
            position: n as u64 + 1,
            date: Date::parse("2026-01-01").unwrap().add_days(days).unwrap(),
            currency: Currency::parse("EUR").unwrap(),
            event: "document_issued",
            about: vec![about],
            account: Some(account),
            lines,
        }
    };
    proptest::collection::vec(one, 1..5)
        .prop_map(move |all| all.into_iter().enumerate().map(|(n, drawn)| entry(n, drawn)).collect())
}

#[test]
fn inv_67_any_ids_come_back_from_plain_text_journals() {
    let base = Currency::parse("USD").unwrap();
    for_any(192, entries(), |entries| {
        let wanted = told(&entries, base);
        same(&from_hledger(&hledger(&entries, base)), &wanted)?;
        same(&from_beancount(&beancount(&entries, base)), &wanted)
    });
}

/// A journal written as if no id held anything that the format reserves.
fn naive_hledger(entries: &[Entry], base: Currency) -> String {
    let mut out = String::new();
    for entry in entries {
        let customer = entry.account.as_deref().unwrap_or_default();
        let _ = writeln!(out, "{} ({}) {} | {customer}", entry.date, entry.about[0], entry.event);
        for line in &entry.lines {
            let cost = line
                .base
                .map_or(String::new(), |b| format!(" @@ {} {base}", b.to_string().trim_start_matches('-')));
            let _ = writeln!(out, "    {}  {} {}{cost}", line.code, line.amount, entry.currency);
        }
    }
    out
}

#[test]
fn inv_67_a_journal_without_escapes_is_caught() {
    let base = Currency::parse("USD").unwrap();
    let plain = |about: &str, customer: &str| {
        let mut entry = sample::entries().remove(1);
        entry.about = vec![about.to_owned()];
        entry.account = Some(customer.to_owned());
        entry
            .lines
            .iter_mut()
            .filter(|l| l.account.is_some())
            .for_each(|line| line.account = Some(AccountId::parse(customer).unwrap()));
        vec![entry]
    };
    let tame = plain("INV-1", "C-1");
    assert_eq!(same(&from_hledger(&naive_hledger(&tame, base)), &told(&tame, base)), Ok(()));
    for (about, customer) in [("INV(1)", "C-1"), ("INV-1", "C;1"), ("50%29", "C-1")] {
        let wild = plain(about, customer);
        assert_eq!(same(&from_hledger(&hledger(&wild, base)), &told(&wild, base)), Ok(()));
        let found = same(&from_hledger(&naive_hledger(&wild, base)), &told(&wild, base));
        assert!(found.is_err_and(|why| why.starts_with("INV-67")), "{about} {customer}");
    }
}

type Sums = BTreeMap<(String, String), i64>;

/// The sums of an exported journal by code and currency are those of the entries.
fn sums_agree(csv: &str, entries: &[Entry]) -> Checked {
    let (mut exported, mut booked) = (Sums::new(), Sums::new());
    for record in csv::ReaderBuilder::new().from_reader(csv.as_bytes()).records() {
        let record = record.or_else(lost)?;
        let minor = Amount::parse(&record[8]).map(Amount::minor).or_else(lost)?;
        *exported.entry((text_of(&record[5]).to_owned(), record[7].to_owned())).or_default() += minor;
    }
    for entry in entries {
        for line in &entry.lines {
            let key = (line.code.to_string(), entry.currency.to_string());
            *booked.entry(key).or_default() += line.amount.minor();
        }
    }
    if exported == booked { Ok(()) } else { lost(format!("{exported:?} is exported, {booked:?} is booked")) }
}

#[test]
fn inv_67_the_sums_of_an_exported_journal_are_those_of_the_ledger() {
    for_any(64, entries(), |entries| sums_agree(&journal_table(&entries).to_csv(), &entries));
    let entries = sample::entries();
    let whole = journal_table(&entries).to_csv();
    assert_eq!(sums_agree(&whole, &entries), Ok(()));
    // A page that ends before the last line, and amounts written for people.
    let cut: Vec<&str> = whole.lines().collect();
    for broken in [cut[..cut.len() - 1].join("\r\n"), whole.replace("1190.00", "\"1,190.00\"")] {
        assert!(sums_agree(&broken, &entries).is_err_and(|why| why.starts_with("INV-67")), "{broken}");
    }
}
