//! The memory store: the reference for the others.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use ar_store::{Failure, Ledger};
use common::*;

#[test]
fn a_story_verifies_and_replays_to_the_same_receipts() {
    let ledger = Ledger::memory(book());
    tell(&ledger);
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
    let before = log(&ledger);
    for command in story() {
        let receipt = run(&ledger, command).unwrap();
        assert!(receipt.replayed);
    }
    assert_eq!(log(&ledger), before);
}

#[test]
fn inv_50_a_batch_with_a_refused_command_leaves_nothing() {
    let ledger = Ledger::memory(book());
    tell(&ledger);
    let before = (log(&ledger), pollster::block_on(ledger.head()).unwrap());
    let batch = vec![
        invoice("b1", "C-1", "INV-9", "10.00", "2026-01-26"),
        payment("b2", "C-1", "PAY-9", "10.00", "2026-01-26"),
        allocate("b3", "PAY-9", "INV-9", "10.00"),
        undo("b4", "a1.0", "2026-01-27"),
        allocate("b5", "PAY-9", "INV-9", "1.00"),
    ];
    let failed = pollster::block_on(ledger.execute_all(batch.clone())).unwrap_err();
    assert_eq!(failed.index, 4);
    assert!(matches!(failed.failure, Failure::Refused(_)), "{failed}");
    assert_eq!(before, (log(&ledger), pollster::block_on(ledger.head()).unwrap()));
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
    let done = pollster::block_on(ledger.execute_all(batch[..4].to_vec())).unwrap();
    assert_eq!(done.len(), 4);
    assert!(verify(&ledger).is_ok(), "{:?}", verify(&ledger));
}
