//! Questions to the log: history with explanations, the journal in order, and cut-over proofs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "test code"
)]

mod query_support;

use ar_core::cutover::{ControlTotal, CutOverProven, LoadedDocument, OpeningLoaded};
use ar_core::document::DocumentKind;
use ar_core::event::Event;
use ar_core::journal::{Control, Role};
use ar_core::query::*;
use ar_core::{AccountId, Amount, Attributes, CommandId, Date, DocumentId, GlCode, Text};
use query_support::{Book, Extra, account, day, new_item, usd};

fn book() -> Book {
    let mut book = Book::default();
    for id in ["A", "B"] {
        book.open(id, "2026-01-01", |_| {});
    }
    book.invoice("I-1", "A", "2026-01-05", "2026-02-04", 10_000);
    book.invoice("I-2", "B", "2026-01-06", "2026-02-05", 300);
    book.payment("P-1", "A", "2026-02-03", 10_300);
    let link = book.allocate("P-1", "I-1", "2026-02-03", 10_000, Extra::default());
    book.allocate("P-1", "I-2", "2026-02-03", 300, Extra::default());
    book.undo(&link, "2026-02-20");
    book
}

#[test]
fn the_history_of_an_account_says_what_happened_and_why() {
    let book = book();
    let as_of = AsOf::head(&book, day("2026-02-28"));
    let ask = |id: &str, as_of, after, limit| {
        let page = history(&book, as_of, &account(id), after, limit).unwrap();
        let line = |e: &HistoryEntry| {
            let why = e.explanation.as_ref().map_or("", |why| why.rule.as_str());
            format!("{} {} {why}", e.position, e.what)
        };
        (page.entries.iter().map(line).collect::<Vec<_>>(), page.next)
    };
    let all = [
        "1 account_changed ",
        "3 document_issued ",
        "5 payment_received ",
        "6 credit_allocated explicit",
        "7 credit_allocated explicit",
        "8 settlement_undone ",
    ];
    assert_eq!(ask("A", as_of, 0, 10), (all.map(str::to_owned).to_vec(), None));
    assert_eq!(ask("A", as_of, 0, 2), (all[..2].iter().map(|s| (*s).to_owned()).collect(), Some(3)));
    assert_eq!(ask("A", as_of, 3, 10).0, all[2..]);
    assert_eq!(
        ask("B", as_of, 0, 10).0,
        ["2 account_changed ", "4 document_issued ", "7 credit_allocated explicit"]
    );
    let earlier = AsOf { effective: day("2026-02-19"), ..as_of };
    assert_eq!(ask("A", earlier, 0, 10).0, all[..5]);
    assert_eq!(ask("A", AsOf { known: 5, ..as_of }, 0, 10).0, all[..3]);
    assert_eq!(
        ask("A", AsOf { known: 3, ..as_of }, 0, 2),
        (all[..2].iter().map(|s| (*s).to_owned()).collect(), None)
    );
}

#[test]
fn the_journal_comes_in_order_and_in_pages() {
    let book = book();
    let as_of = AsOf::head(&book, day("2026-02-19"));
    let whole = journal(&book, as_of, None, 0, 100).unwrap();
    let positions: Vec<_> = whole.postings.iter().map(|p| p.position).collect();
    assert_eq!((positions, whole.next), (vec![3, 4, 5, 6, 7], None));
    insta::assert_snapshot!(serde_json::to_string(&whole.postings[4]).unwrap(), @r#"{"position":7,"date":"2026-02-03","currency":"USD","what":"credit_allocated","reference":"P-1","command":"c-7","lines":[{"role":"unapplied","code":"2300","amount":"3.00","account":"A"},{"role":"receivable","code":"1200","amount":"-3.00","account":"B"}]}"#);
    let (mut paged, mut after) = (Vec::new(), 0);
    loop {
        let page = journal(&book, as_of, None, after, 2).unwrap();
        paged.extend(page.postings);
        let Some(next) = page.next else { break };
        after = next;
    }
    assert_eq!(paged, whole.postings);
    let february = journal(&book, as_of, Some(day("2026-02-01")), 0, 100).unwrap();
    assert_eq!(february.postings.len(), 3);
    assert_eq!(journal(&book, as_of, Some(day("2026-03-01")), 0, 1).unwrap_err().code(), "query.period");
}

fn loaded(of: &str, kind: DocumentKind, id: &str, dues: &[(&str, i64)]) -> LoadedDocument {
    LoadedDocument {
        document: DocumentId::parse(id).unwrap(),
        kind,
        account: account(of),
        group: None,
        rate: None,
        document_date: day("2025-10-01"),
        items: dues.iter().map(|(due, minor)| new_item(day(due), *minor, usd())).collect(),
        control: Control { role: Role::Receivable, code: GlCode::parse("1200").unwrap() },
        po_number: None,
        attributes: Attributes::default(),
    }
}

fn total(of: Option<&str>, bucket: Option<&str>, amount: &str) -> ControlTotal {
    ControlTotal {
        account: of.map(|id| AccountId::parse(id).unwrap()),
        currency: usd(),
        bucket: bucket.map(|label| Text::parse(label).unwrap()),
        amount: Amount::parse(amount).unwrap(),
    }
}

fn cut_over(totals: Vec<ControlTotal>) -> Book {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2025-12-01", "2025-12-31", 100);
    book.command = Some(CommandId::parse("load").unwrap());
    let date: Date = day("2025-12-31");
    for documents in [
        vec![loaded("A", DocumentKind::OpeningDebit, "X-1", &[("2025-12-31", 1_000), ("2025-11-30", 500)])],
        vec![
            loaded("B", DocumentKind::OpeningDebit, "X-2", &[("2025-10-31", 250)]),
            loaded("B", DocumentKind::OpeningCredit, "X-3", &[("2025-10-31", 50)]),
        ],
    ] {
        let posting = Vec::new();
        book.push(Event::OpeningLoaded(Box::new(OpeningLoaded {
            currency: usd(),
            date,
            documents,
            posting,
        })));
    }
    book.push(Event::CutOverProven(Box::new(CutOverProven {
        date,
        edges: vec![30, 60],
        totals,
        documents: 3,
        items: 4,
    })));
    book.command = None;
    book.invoice("I-2", "A", "2026-01-01", "2026-01-31", 100);
    book
}

#[test]
fn a_cut_over_is_proven_from_the_items_in_the_book() {
    let book = cut_over(vec![
        total(None, None, "17.00"),
        total(Some("B"), None, "2.00"),
        total(None, Some("current"), "10.00"),
        total(None, Some("31-60"), "5.00"),
        total(Some("B"), Some("61+"), "2.50"),
    ]);
    let found = cut_over_proofs(&book, AsOf::head(&book, day("2026-06-30"))).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&found).unwrap(), @r#"{"as_of":"2026-06-30","known":5,"cut_overs":[{"first":2,"position":4,"command":"load","date":"2025-12-31","edges":[30,60],"proven":true,"documents":3,"documents_found":3,"items":4,"items_found":4,"totals":[{"currency":"USD","stated":"17.00","found":"17.00","difference":"0.00"},{"account":"B","currency":"USD","stated":"2.00","found":"2.00","difference":"0.00"},{"currency":"USD","bucket":"current","stated":"10.00","found":"10.00","difference":"0.00"},{"currency":"USD","bucket":"31-60","stated":"5.00","found":"5.00","difference":"0.00"},{"account":"B","currency":"USD","bucket":"61+","stated":"2.50","found":"2.50","difference":"0.00"}]}]}"#);
    assert!(found.cut_overs[0].proven);
    let before = cut_over_proofs(&book, AsOf::head(&book, day("2025-12-30"))).unwrap();
    assert!(before.cut_overs.is_empty());
}

#[test]
fn a_total_that_the_items_do_not_come_to_is_shown_with_its_difference() {
    let book = cut_over(vec![total(Some("A"), None, "15.01")]);
    let found = cut_over_proofs(&book, AsOf::head(&book, day("2026-06-30"))).unwrap();
    assert!(!found.cut_overs[0].proven);
    assert_eq!(found.cut_overs[0].totals[0].difference.to_string(), "-0.01");
}
