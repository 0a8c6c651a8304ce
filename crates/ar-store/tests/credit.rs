//! INV-52 on past days: what was settled since counts as owed, and where that is too much to read, the limit
//! is not taken for kept: the same in memory and in SQLite.
#![cfg(feature = "sqlite")]
#![allow(missing_docs)]

mod common;

use ar_core::facts::LATER_CREDITS_MAX;
use ar_store::{Ledger, Store};
use common::{account, allocate_on, book, envelope, invoice, open_book, payment};
use pollster::block_on;
use serde_json::json;

/// 900.00 owed from 5 January under a limit of 1,000.00, and so many settlements of 0.50 on the 20th.
fn settled<S: Store>(ledger: Ledger<S>, times: usize) -> Ledger<S> {
    let policies = json!({"configure": {"policies": {"credit": {"invoices": "block"}}}});
    let limit = json!({"set_credit_limit": {
        "account": "C-1", "version": 1, "limit": {"amount": "1000.00 EUR"}, "reason": "agreed",
    }});
    let mut all = vec![
        open_book(),
        envelope("policies", policies),
        account("C-1"),
        envelope("limit", limit),
        invoice("i-1", "C-1", "INV-1", "900.00", "2026-01-05"),
        payment("p-1", "C-1", "P-1", "900.00", "2026-01-20"),
    ];
    let part = |n| allocate_on(&format!("a-{n}"), "P-1", "INV-1", "0.50", "2026-01-20");
    all.extend((0..times).map(part));
    for answer in block_on(ledger.execute_each(all)) {
        answer.unwrap();
    }
    ledger
}

/// How an invoice of 200.00 on 6 January is answered, and one on the 20th.
fn answers<S: Store>(ledger: &Ledger<S>) -> [String; 2] {
    ["2026-01-06", "2026-01-20"].map(|on| {
        let asked = invoice(&format!("more-{on}"), "C-1", &format!("MORE-{on}"), "200.00", on);
        block_on(ledger.execute(asked))
            .map_or_else(|failure| failure.code().to_owned(), |_| "issued".to_owned())
    })
}

#[test]
fn inv_52_a_limit_holds_on_a_past_day_whatever_was_settled_since() {
    let dir = tempfile::tempdir().unwrap();
    for (times, told) in [(3, "credit.limit_exceeded"), (LATER_CREDITS_MAX + 1, "credit.too_far_back")] {
        let file = dir.path().join(format!("book-{times}"));
        let memory = answers(&settled(Ledger::memory(book()), times));
        let sqlite = answers(&settled(Ledger::open_sqlite(&file, book()).unwrap(), times));
        assert_eq!(memory, [told, "issued"], "{times} settlements");
        assert_eq!(sqlite, memory, "{times} settlements");
    }
}
