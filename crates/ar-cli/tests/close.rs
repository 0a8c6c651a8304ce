//! The close and the comparison with a general ledger, as people and scripts meet them.
#![allow(missing_docs)]

mod support;

use serde_json::Value;
use support::{Books, root};

fn story(books: &Books) {
    books.init("book");
    let data = root().join("crates/ar-cli/tests/data/story.jsonl").display().to_string();
    assert_eq!(books.run("book", &["apply", &data]).code(), 1, "one of its commands is refused");
}

/// Compares the book with a file of this content.
fn compared(books: &Books, content: &str, more: &[&str]) -> support::Ran {
    let file = books.file("gl.csv", content).display().to_string();
    books.run("book", &[&["reconcile", "gl", &file], more].concat())
}

#[test]
fn the_books_own_export_agrees_and_every_planted_difference_is_found() {
    let books = Books::new();
    story(&books);
    let own = books.run("book", &["journal", "--format", "csv"]).ok();
    let ran = compared(&books, &own, &[]);
    assert_eq!(ran.code(), 0, "{}", ran.out());
    assert!(ran.out().contains("They agree."));

    // One line lost, one a cent off, one by hand.
    let mut lines: Vec<String> = own.lines().map(str::to_owned).collect();
    let gone = lines.remove(1);
    let cells: Vec<&str> = gone.split(',').collect();
    let (lost, code) = (cells[0].to_owned(), cells[5].to_owned());
    let changed = lines[2].clone();
    let altered = changed.split(',').next().unwrap().to_owned();
    let amount = changed.split(',').nth(8).unwrap().to_owned();
    lines[2] = changed.replacen(&amount, "0.07", 1);
    let hand = format!("memo 1,2026-01-31,,,,{code},,USD,5.00,");
    lines.push(hand);
    let ran = compared(&books, &(lines.join("\n") + "\n"), &["--format", "json"]);
    assert_eq!(ran.code(), 1);
    let found: Value = serde_json::from_str(&ran.out()).unwrap();
    assert_eq!(found["agrees"], false);
    let findings = found["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 3, "{found}");
    assert_eq!(findings[0]["not_exported"]["reference"], lost.as_str());
    assert_eq!(findings[1]["by_hand"]["reference"], "memo 1");
    assert_eq!(findings[2]["altered"]["book"]["reference"], altered.as_str());
    assert_eq!(findings[2]["altered"]["ledger"]["amount"], "0.07");
}

#[test]
fn a_trial_balance_is_compared_by_account() {
    let books = Books::new();
    story(&books);
    let own = books.run("book", &["trial-balance", "--as-of", "2026-03-31", "--format", "csv"]).ok();
    // Its columns are code, role, currency, debit, credit, balance, base.
    let ran = compared(&books, &own, &["--to", "2026-03-31"]);
    assert_eq!(ran.code(), 0, "{}{}", ran.out(), ran.err());
    let off = own.replacen(",299.99", ",300.00", 1);
    let off = if off == own { own.replacen(".00,", ".01,", 1) } else { off };
    let ran = compared(&books, &off, &["--to", "2026-03-31"]);
    assert_eq!(ran.code(), 1);
    assert!(ran.out().contains("THEY DIFFER."), "{}", ran.out());
}

#[test]
fn a_bad_file_is_refused_with_its_line() {
    let books = Books::new();
    story(&books);
    let ran = compared(&books, "account,amount\n1200,1.00\n1200,1.0.0\n", &[]);
    assert_eq!(ran.code(), 1);
    assert!(ran.err().contains("[amount.syntax] line 3, column amount"), "{}", ran.err());
    assert!(ran.out().is_empty());
}

#[test]
fn a_close_is_made_in_stages_and_sent_again_without_harm() {
    let books = Books::new();
    story(&books);
    let define = r#"{"id":"def-1","actor":"ann","at":"2026-05-01T08:00:00Z","command":{"define_period":{"period":"2026-Q1","start":"2026-01-01","end":"2026-03-31"}}}"#;
    let file = books.file("define.jsonl", define).display().to_string();
    books.run("book", &["apply", &file]).ok();
    let list = books.run("book", &["period", "check", "2026-Q1", "--format", "json"]);
    assert_eq!(list.code(), 0, "{}", list.err());
    let list: Value = serde_json::from_str(&list.out()).unwrap();
    assert_eq!(list["ready"], true);
    assert!(books.run("book", &["period", "check", "2026-Q1"]).ok().contains("Nothing stops the close."));
    assert_eq!(books.run("book", &["period", "check", "2027"]).code(), 1);

    let stages = |ran: String| -> Vec<String> {
        let stages: Value = serde_json::from_str(&ran).unwrap();
        let word = |stage: &Value| format!("{} {}", stage["stage"], stage["came_to"]).replace('"', "");
        stages.as_array().unwrap().iter().map(word).collect()
    };
    let first = stages(books.run("book", &["period", "close", "2026-Q1", "--format", "json"]).ok());
    assert_eq!(first[2..], ["freeze done", "prove done"]);
    let again = stages(books.run("book", &["period", "close", "2026-Q1", "--format", "json"]).ok());
    assert_eq!(again[2..], ["freeze known", "prove known"]);
    let shown = books.run("book", &["period", "check", "2026-Q1"]).ok();
    assert!(shown.contains("Closed."), "{shown}");
    assert!(books.run("book", &["period", "list"]).ok().contains("closed"));
    books.run("book", &["verify"]).ok();
    assert!(books.run("book", &["reclassify", "--as-of", "2026-03-31"]).ok().contains("not posted here"));
}

#[test]
fn a_statement_may_cover_the_month_before() {
    let books = Books::new();
    story(&books);
    let days = ["statement", "C-1", "--as-of", "2026-02-15", "--last", "months", "--format", "json"];
    let statement: Value = serde_json::from_str(&books.run("book", &days).ok()).unwrap();
    let named = ["statement", "C-1", "--as-of", "2026-01-31", "--from", "2026-01-01", "--format", "json"];
    let other: Value = serde_json::from_str(&books.run("book", &named).ok()).unwrap();
    assert_eq!(statement["currencies"], other["currencies"]);
}
