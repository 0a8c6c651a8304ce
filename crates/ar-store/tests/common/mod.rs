//! Commands for tests, written as the JSON that a caller sends.
#![allow(unreachable_pub, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use ar_core::{BookId, Envelope};
use ar_store::{Failure, Ledger, Receipt, Store};
use serde_json::{Value, json};

pub(crate) fn book() -> BookId {
    BookId::parse("DE-01").unwrap()
}

pub(crate) fn envelope(id: &str, command: Value) -> Envelope {
    let form = json!({
        "book": "DE-01", "id": id, "actor": "ann", "at": "2026-01-31T09:00:00Z", "command": command,
    });
    serde_json::from_value(form.clone()).unwrap_or_else(|e| panic!("{e}: {form}"))
}

pub(crate) fn open_book() -> Envelope {
    envelope("open", json!({"open_book": {"base": "EUR"}}))
}

pub(crate) fn account(id: &str) -> Envelope {
    envelope(&format!("acc-{id}"), json!({"open_account": {"account": id, "date": "2026-01-01"}}))
}

pub(crate) fn invoice(id: &str, account: &str, number: &str, amount: &str, date: &str) -> Envelope {
    let lines = json!([{"text": "Goods", "amount": amount}]);
    envelope(
        id,
        json!({"issue_invoice": {
            "account": account, "number": {"given": number}, "date": date, "lines": lines,
        }}),
    )
}

pub(crate) fn payment(id: &str, account: &str, number: &str, amount: &str, date: &str) -> Envelope {
    envelope(
        id,
        json!({"receive_payment": {
            "payment": number, "payer": {"account": account}, "amount": amount, "date": date,
        }}),
    )
}

pub(crate) fn allocate(id: &str, credit: &str, item: &str, amount: &str) -> Envelope {
    envelope(
        id,
        json!({"allocate": {
            "credit": credit, "how": {"explicit": [{"item": item, "amount": amount}]},
        }}),
    )
}

pub(crate) fn allocate_on(id: &str, credit: &str, item: &str, amount: &str, date: &str) -> Envelope {
    envelope(
        id,
        json!({"allocate": {
            "credit": credit, "date": date, "how": {"explicit": [{"item": item, "amount": amount}]},
        }}),
    )
}

pub(crate) fn undo(id: &str, link: &str, date: &str) -> Envelope {
    envelope(id, json!({"undo": {"link": link, "date": date, "reason": "wrong customer"}}))
}

/// A small book: two customers, three invoices, a payment in part and its undo.
pub(crate) fn story() -> Vec<Envelope> {
    vec![
        open_book(),
        account("C-1"),
        account("C-2"),
        invoice("i1", "C-1", "INV-1", "100.00", "2026-01-10"),
        invoice("i2", "C-1", "INV-2", "50.00", "2026-01-12"),
        invoice("i3", "C-2", "INV-3", "70.00", "2026-01-13"),
        payment("p1", "C-1", "PAY-1", "120.00", "2026-01-20"),
        allocate("a1", "PAY-1", "INV-1", "100.00"),
        allocate("a2", "PAY-1", "INV-2", "20.00"),
        undo("u1", "a2.0", "2026-01-25"),
    ]
}

pub(crate) fn run<S: Store>(ledger: &Ledger<S>, command: Envelope) -> Result<Receipt, Failure> {
    pollster::block_on(ledger.execute(command))
}

pub(crate) fn tell<S: Store>(ledger: &Ledger<S>) {
    for command in story() {
        let id = command.id.clone();
        run(ledger, command).unwrap_or_else(|e| panic!("{id}: {e}"));
    }
}

/// The stored bytes of the whole log.
pub(crate) fn log<S: Store>(ledger: &Ledger<S>) -> Vec<Vec<u8>> {
    let page = pollster::block_on(ledger.events(0, 1_000_000)).unwrap();
    page.entries.into_iter().map(|entry| entry.bytes).collect()
}

pub(crate) fn verify<S: Store>(ledger: &Ledger<S>) -> ar_store::Verdict {
    pollster::block_on(ledger.verify()).unwrap()
}
