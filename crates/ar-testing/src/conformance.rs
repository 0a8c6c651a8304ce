//! The suite that every store passes. An implementor calls [`run`] with a function that makes a new,
//! empty store for the book named [`crate::world::BOOK`].
//!
//! ```
//! use ar_store::Memory;
//! use ar_testing::{conformance, world};
//! conformance::run(&|| Memory::new(world::id(world::BOOK))).expect("the memory store conforms");
//! ```
//!
//! The suite itself is tested against stores broken on purpose (`tests/conformance.rs`).

use std::fmt::Debug;

use ar_core::Envelope;
use ar_core::query::View;
use ar_core::record::leaf;
use ar_store::{BatchFailure, Failure, Ledger, Receipt, Store};
use pollster::block_on;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::act::Deed;
use crate::books::Books;
use crate::checks::{Checked, Violation, broken};
use crate::kept::Kept;
use crate::lockstep::{Lockstep, play};
use crate::script::{repeated, script};
use crate::subject::Subject;
use crate::wire::{envelope, opening};
use crate::world::{World, id};

/// Stories drawn by chance that every store plays; the same ones every time.
const STORIES: usize = 4;

/// Runs the whole suite.
///
/// # Errors
/// The first invariant found broken.
pub fn run<S>(make: &dyn Fn() -> S) -> Checked
where
    S: Store + 'static,
    S::View: View,
    <S::View as View>::Error: Debug,
{
    speaks_only_of_its_book(&Ledger::new(make()))?;
    answers_each_by_itself(&Ledger::new(make()))?;
    does_batches_whole(&Ledger::new(make()))?;
    previews_without_a_trace(&Ledger::new(make()))?;
    tries_without_a_trace(&Ledger::new(make()))?;
    pages_its_log(&Ledger::new(make()))?;
    plays_the_fixed_story(make())?;
    plays_stories_by_chance(make)
}

fn refused(outcome: Result<Receipt, Failure>) -> Option<&'static str> {
    outcome.err().and_then(|failure| failure.rejection().map(ar_core::Rejection::code))
}

fn size<S: Store>(ledger: &Ledger<S>) -> u64 {
    block_on(ledger.head()).map_or(u64::MAX, |head| head.size)
}

/// Opens the book and tells the first deeds of the fixed story.
fn begin<S: Store>(ledger: &Ledger<S>, deeds: usize) -> Result<Vec<Receipt>, Violation> {
    let first = std::iter::once(opening(&World::plain()))
        .chain(script().iter().take(deeds).map(envelope).collect::<Vec<_>>());
    let mut receipts = Vec::new();
    for command in first {
        match block_on(ledger.execute(command.clone())) {
            Ok(receipt) => receipts.push(receipt),
            Err(Failure::Refused(_)) => {}
            Err(other) => return broken("INV-56", format!("{command:?}: {other}")),
        }
    }
    Ok(receipts)
}

fn speaks_only_of_its_book<S: Store>(ledger: &Ledger<S>) -> Checked {
    let early = envelope(&script()[0]);
    if refused(block_on(ledger.execute(early.clone()))) != Some("book.missing") {
        return broken("INV-69", "a command before open_book is not refused with book.missing");
    }
    let other = Envelope { book: id("ANOTHER"), ..opening(&World::plain()) };
    if refused(block_on(ledger.execute(other))) != Some("book.mismatch") {
        return broken("INV-64", "a command for another book is not refused with book.mismatch");
    }
    if size(ledger) != 0 {
        return broken("INV-69", "refusals left records");
    }
    begin(ledger, 1)?;
    if block_on(ledger.execute(early)).is_ok_and(|receipt| receipt.replayed) && size(ledger) == 2 {
        return Ok(());
    }
    broken("INV-48", "a command that was refused before does not keep its key free")
}

/// Commands given together are answered one by one, in order, and a refusal stops no other; the log
/// is that of the same commands given one after the other.
fn answers_each_by_itself<S: Store>(ledger: &Ledger<S>) -> Checked {
    let mut commands = vec![opening(&World::plain())];
    commands.extend(script().iter().map(envelope));
    // Repeated while their records may still be on the way to the log.
    commands.push(commands[9].clone());
    commands.insert(50, commands[45].clone());
    let answers = block_on(ledger.execute_each(commands.clone()));
    let mut books = Books::honest();
    let told: Vec<_> = commands.iter().map(|command| books.execute(command)).collect();
    let given: Vec<_> = answers.into_iter().map(crate::kept::answer_of).collect();
    if given != told {
        let place = given.iter().zip(&told).position(|(a, b)| a != b);
        return broken(
            "INV-56",
            format!("answer {place:?} of a group differs: {given:?}, expected {told:?}"),
        );
    }
    let root = block_on(ledger.head()).ok().map(|head| ar_core::record::hex(&head.root));
    if root != books.root() {
        return broken("INV-56", "the log of a group is not that of its commands one by one");
    }
    match block_on(ledger.verify()) {
        Ok(verdict) if verdict.is_ok() => Ok(()),
        found => broken("INV-14", format!("{found:?}")),
    }
}

/// A batch is done whole or not at all.
fn does_batches_whole<S: Store>(ledger: &Ledger<S>) -> Checked {
    begin(ledger, 8)?;
    let deeds: Vec<Deed> = script().into_iter().skip(8).collect();
    let place = |key: &str| deeds.iter().position(|deed| deed.key.as_str() == key).unwrap_or(0);
    let bad = place("i3-number-again");
    let batch: Vec<Envelope> = deeds[..=bad].iter().map(envelope).collect();
    let before = (size(ledger), block_on(ledger.head()).ok());
    match block_on(ledger.execute_all(batch.clone())) {
        Err(BatchFailure { index, command, failure: Failure::Refused(refusal) })
            if index == bad && command == batch[bad].id && refusal.code() == "number.taken" => {}
        other => return broken("INV-50", format!("a batch that must fail at {bad}: {other:?}")),
    }
    if (size(ledger), block_on(ledger.head()).ok()) != before {
        return broken("INV-50", "a batch that failed left records");
    }
    let good = batch[..bad].to_vec();
    let receipts = block_on(ledger.execute_all(good.clone()));
    let keys = receipts.as_ref().map(|all| all.iter().map(|r| r.command.clone()).collect::<Vec<_>>());
    let expected: Vec<_> = good.iter().map(|command| command.id.clone()).collect();
    if keys.ok() != Some(expected) {
        return broken("INV-50", format!("a good batch: {receipts:?}"));
    }
    match block_on(ledger.execute_all(good)) {
        Ok(again) if again.iter().all(|receipt| receipt.replayed) => Ok(()),
        other => broken("INV-48", format!("a batch again: {other:?}")),
    }
}

/// A preview says what the command then says, and writes nothing.
fn previews_without_a_trace<S: Store>(ledger: &Ledger<S>) -> Checked {
    begin(ledger, 8)?;
    for deed in script().into_iter().skip(8) {
        let command = envelope(&deed);
        let before = block_on(ledger.head()).ok();
        let preview = block_on(ledger.preview(command.clone()));
        if block_on(ledger.head()).ok() != before {
            return broken("INV-69", format!("the preview of {} wrote something", deed.key));
        }
        let done = block_on(ledger.execute(command));
        let same = match (&preview, &done) {
            (Ok(preview), Ok(done)) => preview.events == done.events && preview.warnings == done.warnings,
            (Err(a), Err(b)) => a.code() == b.code(),
            _ => false,
        };
        if !same {
            return broken("INV-17", format!("{}: preview {preview:?}, command {done:?}", deed.key));
        }
    }
    Ok(())
}

/// A trial says what the commands then say one after another, and writes nothing.
fn tries_without_a_trace<S: Store>(ledger: &Ledger<S>) -> Checked {
    begin(ledger, 8)?;
    let commands: Vec<_> = script().iter().skip(8).map(envelope).collect();
    let before = block_on(ledger.head()).ok();
    let trial = match block_on(ledger.trial(commands.clone())) {
        Ok(trial) => trial,
        Err(failure) => return broken("INV-69", format!("a trial of refusals and more ends in {failure}")),
    };
    if block_on(ledger.head()).ok() != before {
        return broken("INV-69", "a trial wrote something".to_owned());
    }
    if trial.len() != commands.len() {
        return broken("INV-69", format!("{} answers to {} commands", trial.len(), commands.len()));
    }
    for (tried, command) in trial.iter().zip(commands) {
        let key = command.id.clone();
        let done = block_on(ledger.execute(command));
        let same = match (tried, &done) {
            (Ok(tried), Ok(done)) => tried.events == done.events && tried.warnings == done.warnings,
            (Err(a), Err(b)) => a.code() == b.code(),
            _ => false,
        };
        if !same {
            return broken("INV-17", format!("{key}: tried {tried:?}, command {done:?}"));
        }
    }
    match block_on(ledger.verify()) {
        Ok(ar_store::Verdict::Sound { .. }) => Ok(()),
        other => broken("INV-14", format!("after a trial and its commands: {other:?}")),
    }
}

/// The log comes in pages of any length, in order, without a gap, under the leaf of its bytes.
fn pages_its_log<S: Store>(ledger: &Ledger<S>) -> Checked {
    begin(ledger, 40)?;
    let last = size(ledger);
    for limit in [1, 3, 7, 10_000] {
        let mut after = 0;
        loop {
            let page = match block_on(ledger.events(after, limit)) {
                Ok(page) => page,
                Err(failure) => return broken("INV-16", failure.to_string()),
            };
            if page.last != last || page.entries.len() > limit {
                return broken("INV-16", format!("a page of {} up to {}", page.entries.len(), page.last));
            }
            if page.entries.is_empty() {
                break;
            }
            for entry in page.entries {
                after += 1;
                if entry.position != after || entry.leaf != leaf(&entry.bytes) {
                    return broken("INV-16", format!("entry {} comes at place {after}", entry.position));
                }
            }
        }
        if after != last {
            return broken("INV-16", format!("pages of {limit} end at {after} of {last}"));
        }
    }
    Ok(())
}

fn plays_the_fixed_story<S>(store: S) -> Checked
where
    S: Store + 'static,
    S::View: View,
    <S::View as View>::Error: Debug,
{
    let subjects: Vec<Box<dyn Subject>> =
        vec![Box::new(Books::honest()), Box::new(Kept::new("the store", store))];
    let mut lockstep = Lockstep::open(&World::plain(), subjects)?;
    for (n, deed) in script().into_iter().skip(8).chain(repeated()).enumerate() {
        lockstep.deed(&deed)?;
        if n % 8 == 7 {
            lockstep.audit()?;
            lockstep.sign();
        }
    }
    lockstep.audit()
}

fn plays_stories_by_chance<S>(make: &dyn Fn() -> S) -> Checked
where
    S: Store + 'static,
    S::View: View,
    <S::View as View>::Error: Debug,
{
    let seed = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    for _ in 0..STORIES {
        let tree = crate::steps::story(25).new_tree(&mut runner);
        let Ok((world, steps)) = tree.map(|tree| tree.current()) else {
            return broken("INV-56", "no story could be drawn");
        };
        let subjects: Vec<Box<dyn Subject>> =
            vec![Box::new(Books::honest()), Box::new(Kept::new("the store", make()))];
        if let Err((place, violation)) = play(&world, &steps, subjects) {
            let detail = format!("step {place} of {steps:?}: {}", violation.detail);
            return broken(violation.invariant, detail);
        }
    }
    Ok(())
}
