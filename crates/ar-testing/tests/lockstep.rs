//! Stories on the naive model, on plain maps, in memory and in SQLite at once: after every step the
//! same answer, the same bytes, the same root; on every date touched the same open amounts, aging and
//! control balances; at the end every check over the log and the rows.
//!
//! Small by default, and the same stories every time. More and others, in the long run by hand:
//!
//! ```text
//! ARLEDGER_SEQUENCES=100000 ARLEDGER_SEED=1 cargo test -p ar-testing --test lockstep --release
//! ```
#![allow(clippy::print_stdout, reason = "a run tells what it played")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use ar_store::Memory;
use ar_testing::books::Books;
use ar_testing::kept::Kept;
use ar_testing::lockstep::{Lockstep, play};
use ar_testing::steps::{Step, story};
use ar_testing::subject::Subject;
use ar_testing::world::{BOOK, World, id};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

fn config(default: u32) -> Config {
    let asked = std::env::var("ARLEDGER_SEQUENCES").ok().and_then(|n| n.parse::<u32>().ok());
    // The stores that write to disk play fewer, in the same proportion.
    let cases = asked.map_or(default, |n| (n / 64).saturating_mul(default).max(default));
    Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() }
}

/// Where the stories begin: the same place every time, unless another is asked for.
fn seed() -> [u8; 32] {
    let asked = std::env::var("ARLEDGER_SEED").ok().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&asked.to_le_bytes());
    seed
}

/// Plays stories, and tells a failing one step a line. Returns how many commands were accepted,
/// refused and repeated, and how often each code refused.
fn play_all(
    config: Config,
    most: usize,
    subjects: &dyn Fn() -> Vec<Box<dyn Subject>>,
) -> ([usize; 3], BTreeMap<&'static str, usize>) {
    let told = RefCell::new(([0; 3], BTreeMap::new()));
    let count = |lockstep: &Lockstep| {
        let mut told = told.borrow_mut();
        told.0.iter_mut().zip(lockstep.counts).for_each(|(sum, n)| *sum += n);
        for (code, n) in &lockstep.codes {
            *told.1.entry(*code).or_insert(0) += n;
        }
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed());
    let result: Result<(), TestError<(World, Vec<Step>)>> =
        TestRunner::new_with_rng(config, rng).run(&story(most), |(world, steps)| {
            match play(&world, &steps, subjects()) {
                Ok(lockstep) => {
                    count(&lockstep);
                    Ok(())
                }
                Err((place, violation)) => Err(TestCaseError::fail(format!("step {place}: {violation}"))),
            }
        });
    match result {
        Ok(()) => told.into_inner(),
        Err(TestError::Fail(why, (world, steps))) => {
            let steps: Vec<String> = steps.iter().map(|step| format!("  {step:?}")).collect();
            panic!("{why}\n{world:?}\n{}", steps.join("\n"));
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn inv_56_in_memory_every_story_goes_as_the_model_and_the_plain_maps_say() {
    let (counts, codes) = play_all(config(64), 40, &|| {
        vec![Box::new(Books::honest()), Box::new(Kept::new("memory", Memory::new(id(BOOK))))]
    });
    println!("accepted, refused, again: {counts:?}\nrefusals: {codes:?}");
    // A generator that only meets refusals proves nothing, nor one that never does.
    assert!(counts[0] > counts[1] / 4 && counts[1] > 50 && counts[2] > 0, "{counts:?}");
    assert!(codes.len() >= 20, "too few kinds of refusals: {codes:?}");
}

#[cfg(feature = "sqlite")]
#[test]
fn inv_56_in_sqlite_every_story_goes_as_in_memory_and_on_the_model() {
    let (counts, _) = play_all(config(5), 30, &|| {
        let file = tempfile::Builder::new().suffix(".book").tempdir().expect("a directory").keep();
        let sqlite = ar_store::Sqlite::open(&file.join("book"), id(BOOK)).expect("a new book opens");
        vec![
            Box::new(Books::honest()),
            Box::new(Kept::new("memory", Memory::new(id(BOOK)))),
            Box::new(Removed(Kept::new("SQLite", sqlite), file)),
        ]
    });
    println!("accepted, refused, again: {counts:?}");
    assert!(counts[0] > 0 && counts[1] > 0, "{counts:?}");
}

/// A subject whose directory goes with it.
#[cfg(feature = "sqlite")]
struct Removed<S>(S, std::path::PathBuf);

#[cfg(feature = "sqlite")]
impl<S> Drop for Removed<S> {
    fn drop(&mut self) {
        // A directory that stays behind in the temporary folder harms no test.
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

#[cfg(feature = "sqlite")]
impl<S: Subject> Subject for Removed<S> {
    fn name(&self) -> String {
        self.0.name()
    }
    fn execute(&mut self, envelope: &ar_core::Envelope) -> ar_testing::subject::Answer {
        self.0.execute(envelope)
    }
    fn log(&self) -> Vec<Vec<u8>> {
        self.0.log()
    }
    fn root(&self) -> Option<String> {
        self.0.root()
    }
    fn rows(&self) -> Option<ar_testing::rows::Rows> {
        self.0.rows()
    }
    fn report(&self, day: ar_core::Date, known: u64) -> Option<ar_testing::subject::Report> {
        self.0.report(day, known)
    }
    fn verify(&self) -> ar_testing::checks::Checked {
        self.0.verify()
    }
}
