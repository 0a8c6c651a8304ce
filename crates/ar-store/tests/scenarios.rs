//! Every scenario of `testdata/scenarios` on every store, and proof that a wrong one fails.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub
)]

mod scenario;

use std::path::PathBuf;

use ar_core::query::View;
use ar_core::{AccountId, BookId, Currency, Date};
use ar_store::{Ledger, Store};
use scenario::tie_out::{Item, Line, tie_out};
use scenario::{Player, Scenario};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/scenarios")
}

/// The stories by file name, in order.
fn stories() -> Vec<(String, Scenario)> {
    let entries = std::fs::read_dir(folder()).expect("testdata/scenarios");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "json"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let story = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        (name, story)
    };
    paths.into_iter().map(read).collect()
}

fn book() -> BookId {
    BookId::parse(scenario::BOOK).unwrap()
}

/// Plays every story on a store of its own and names all that fail.
fn play_all<S: Store>(store: impl Fn(&str) -> Ledger<S>)
where
    S::View: View,
    <S::View as View>::Error: std::fmt::Debug,
{
    let stories = stories();
    assert!(stories.len() >= 40, "{} stories", stories.len());
    let mut failed = Vec::new();
    for (name, story) in &stories {
        if let Err(problem) = Player::play(&store(name), story) {
            failed.push(format!("{name}: {problem}\n  {}\n  {}", story.title, story.rule));
        }
    }
    assert!(failed.is_empty(), "{} of {} stories:\n{}", failed.len(), stories.len(), failed.join("\n"));
}

#[test]
fn every_story_comes_out_as_told_in_memory() {
    play_all(|_| Ledger::memory(book()));
}

#[cfg(feature = "sqlite")]
#[test]
fn inv_56_every_story_comes_out_as_told_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    play_all(|name| Ledger::open_sqlite(folder.path().join(name), book()).expect("a new book"));
}

/// Plays one story given as JSON in memory.
fn told(text: serde_json::Value) -> Result<(), String> {
    let story: Scenario = serde_json::from_value(text).unwrap();
    Player::play(&Ledger::memory(book()), &story)
}

/// A story of one invoice and a payment, with one thing told wrongly.
fn small_story(open: &str, receivable: &str, code: &str, gives: &str) -> serde_json::Value {
    serde_json::json!({
        "title": "an invoice is paid in part", "rule": "open is original less payments",
        "accounts": ["C-1"],
        "steps": [
            {"do": {"issue_invoice": {"account": "C-1", "number": {"given": "INV-1"}, "date": "2026-01-05",
                "lines": [{"amount": "100.00"}]}}, "gives": ["document_issued"]},
            {"do": {"receive_payment": {"payment": "P-1", "payer": {"account": "C-1"}, "amount": "40.00",
                "date": "2026-01-10", "allocate": {"explicit": [{"item": "INV-1"}]}}},
             "gives": ["payment_received", gives]},
            {"do": {"close_account": {"account": "C-1", "date": "2026-01-31"}}, "refused": code},
            {"figures": {"on": "2026-01-10", "open": {"INV-1": open},
                "journal": {"receivable": receivable, "cash": "40.00", "revenue": "-100.00"}}}
        ]
    })
}

#[test]
fn a_story_told_wrongly_fails_at_the_step_that_is_wrong() {
    let (open, code, event) = ("60.00", "account.has_open_items", "credit_allocated");
    told(small_story(open, "60.00", code, event)).expect("the right story");
    let wrong = [
        (small_story("59.99", "60.00", code, event), "step 4: open"),
        (small_story(open, "60.01", code, event), "step 4: journal"),
        (small_story(open, "60.00", "account.has_orders", event), "step 3: refusal"),
        (small_story(open, "60.00", code, "item_written_off"), "step 2: events"),
    ];
    for (story, expected) in wrong {
        let problem = told(story).expect_err(expected);
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn inv_11_a_control_line_that_is_missing_or_elsewhere_does_not_tie_out() {
    let on = Date::parse("2026-01-31").unwrap();
    let (eur, account) = (Currency::parse("EUR").unwrap(), AccountId::parse("C-1").unwrap());
    let item = |open: i64| Item {
        role: ar_core::journal::Role::Receivable,
        account: account.clone(),
        currency: eur,
        original: 100,
        open,
        base: None,
    };
    let line = |role: ar_core::journal::Role, minor: i64| Line {
        date: on,
        role,
        currency: eur,
        account: role.is_control().then(|| account.clone()),
        minor,
        base: None,
    };
    use ar_core::journal::Role::{Receivable, Revenue, Unapplied};
    let good = [line(Receivable, 100), line(Revenue, -100)];
    tie_out(on, &[item(100)], &good).expect("a good book");
    let broken = [
        (vec![item(99)], good.to_vec(), "INV-11"),
        (vec![item(100)], vec![line(Unapplied, 100), line(Revenue, -100)], "INV-11"),
        (vec![item(100)], vec![line(Receivable, 100), line(Revenue, -99)], "INV-10"),
        (vec![item(101)], good.to_vec(), "INV-26"),
        (vec![item(-1)], good.to_vec(), "INV-26"),
        (
            vec![item(100)],
            vec![Line { account: None, ..line(Receivable, 100) }, line(Revenue, -100)],
            "INV-11",
        ),
    ];
    for (items, lines, invariant) in broken {
        let problem = tie_out(on, &items, &lines).expect_err(invariant);
        assert!(problem.starts_with(invariant), "{problem}");
    }
}
