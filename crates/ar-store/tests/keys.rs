//! Keys and acknowledgements: a command has one effect for ever, and nothing is said before it is
//! durable.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ar_core::Envelope;
use ar_store::{Failure, Ledger, Sqlite, Store};
use common::*;

/// Repeats of one key: with the same content, with other content, after the fact.
fn one_effect<S: Store>(ledger: &Ledger<S>) -> Vec<String> {
    tell(ledger);
    let before = log(ledger);
    let command = invoice("k1", "C-2", "INV-K", "12.00", "2026-01-28");
    let first = run(ledger, command.clone()).unwrap();
    let mut answers = Vec::new();
    for _ in 0..3 {
        let again = run(ledger, command.clone()).unwrap();
        assert!(again.replayed);
        assert_eq!((&again.events, again.positions), (&first.events, first.positions));
    }
    let mut other_actor = command.clone();
    other_actor.actor = ar_core::ActorId::parse("bob").unwrap();
    for changed in [invoice("k1", "C-2", "INV-K", "12.01", "2026-01-28"), other_actor, account("k1-x")] {
        let changed = Envelope { id: command.id.clone(), ..changed };
        answers.push(run(ledger, changed).unwrap_err().code().to_owned());
    }
    // The caller's clock may say anything on a retry.
    let mut later = command;
    later.at = ar_core::Timestamp::parse("2027-01-01T00:00:00Z").unwrap();
    assert!(run(ledger, later).unwrap().replayed);
    assert_eq!(log(ledger).len(), before.len() + 1);
    answers
}

#[test]
fn inv_48_a_key_has_one_effect_and_other_content_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Ledger::open_sqlite(dir.path().join("book.db"), book()).unwrap();
    let memory = one_effect(&Ledger::memory(book()));
    assert_eq!(memory, ["idempotency.conflict"; 3]);
    assert_eq!(one_effect(&sqlite), memory);
}

#[test]
fn inv_48_a_key_twice_in_one_group_has_one_effect() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open_sqlite(dir.path().join("book.db"), book()).unwrap();
    tell(&ledger);
    let one = invoice("g1", "C-2", "INV-G", "12.00", "2026-01-28");
    let other = invoice("g1", "C-2", "INV-H", "13.00", "2026-01-28");
    let group = vec![one.clone(), one.clone(), other, one];
    let answers = pollster::block_on(ledger.execute_each(group));
    let seen: Vec<_> = answers.iter().map(|a| a.as_ref().map(|r| r.replayed).map_err(Failure::code)).collect();
    assert_eq!(seen, [Ok(false), Ok(true), Err("idempotency.conflict"), Ok(true)]);
    assert!(verify(&ledger).is_ok());
}

/// What is known to a caller while another process keeps the writer from committing.
fn answered_before_commit<F: Future>(
    sqlite: &Ledger<Sqlite>,
    answer: impl FnOnce(Envelope) -> F,
) -> (bool, F::Output) {
    let blocker = rusqlite::Connection::open(sqlite.store().path()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut answer = pin!(answer(invoice("d1", "C-2", "INV-D", "12.00", "2026-01-28")));
    let mut context = Context::from_waker(Waker::noop());
    // Time for a writer that does not wait for its commit.
    std::thread::sleep(std::time::Duration::from_millis(100));
    let early = answer.as_mut().poll(&mut context);
    assert_eq!(log(sqlite).len(), 10, "nothing can be committed yet");
    blocker.execute_batch("ROLLBACK").unwrap();
    match early {
        Poll::Ready(done) => (true, done),
        Poll::Pending => (false, pollster::block_on(answer)),
    }
}

#[test]
fn inv_49_nothing_is_acknowledged_before_its_commit() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open_sqlite(dir.path().join("book.db"), book()).unwrap();
    tell(&ledger);
    let (early, receipt) = answered_before_commit(&ledger, |command| ledger.execute(command));
    assert!(!early);
    assert_eq!(receipt.unwrap().positions.first, 11);
    assert_eq!(log(&ledger).len(), 11);

    // A store that answers with what it decided, before it commits, is caught by the same check.
    let dir = tempfile::tempdir().unwrap();
    let eager = Ledger::open_sqlite(dir.path().join("book.db"), book()).unwrap();
    tell(&eager);
    let (early, _) = answered_before_commit(&eager, |command| {
        let decided = pollster::block_on(eager.preview(command));
        async move { decided }
    });
    assert!(early);
}
