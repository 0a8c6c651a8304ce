//! Stories on the model and on every store at once (INV-09 to INV-56 on every date touched).
//!
//! Small by default; `ARLEDGER_SEQUENCES=100000 cargo test -p ar-testing --test lockstep --release`
//! plays more.

use ar_testing::lockstep::play;
use ar_testing::steps::{Step, story};
use ar_testing::world::World;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

fn sequences(default: u32) -> u32 {
    std::env::var("ARLEDGER_SEQUENCES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn config(default: u32) -> Config {
    Config {
        cases: sequences(default),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    }
}

/// Fails with the story, one step a line.
fn told(result: Result<(), TestError<(World, Vec<Step>)>>) {
    match result {
        Ok(()) => {}
        Err(TestError::Fail(why, (world, steps))) => {
            let steps: Vec<String> = steps.iter().map(|step| format!("  {step:?}")).collect();
            panic!("{why}\n{world:?}\n{}", steps.join("\n"));
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn inv_17_any_story_goes_as_the_model_says() {
    let mut counts = [0; 3];
    let mut codes = std::collections::BTreeMap::new();
    let mut runner = TestRunner::new(config(64));
    let counted = std::cell::RefCell::new((&mut counts, &mut codes));
    let result = runner.run(&story(40), |(world, steps)| match play(&world, &steps, Vec::new()) {
        Ok(lockstep) => {
            let mut counted = counted.borrow_mut();
            for (sum, n) in counted.0.iter_mut().zip(lockstep.counts) {
                *sum += n;
            }
            for (code, n) in lockstep.codes {
                *counted.1.entry(code).or_insert(0) += n;
            }
            Ok(())
        }
        Err((place, violation)) => Err(TestCaseError::fail(format!("step {place}: {violation}"))),
    });
    told(result);
    println!("accepted, refused, again: {counts:?}; refusals: {codes:?}");
}
