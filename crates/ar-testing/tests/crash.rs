//! Kills of a writing process (INV-49, INV-54, INV-57). A handful by default; fifty and more by hand:
//!
//! ```text
//! cargo test -p ar-testing --test crash -- --ignored --nocapture
//! ARLEDGER_KILLS=1000 cargo test -p ar-testing --test crash -- --ignored --nocapture
//! ```

use std::path::Path;

use ar_testing::crash::{Tally, kill_loop};

fn writer() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_crash-writer"))
}

fn kills(default: usize) -> usize {
    std::env::var("ARLEDGER_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn survive(kills: usize, seed: u64) -> Tally {
    let folder = tempfile::tempdir().expect("a directory");
    let tally = kill_loop(writer(), &folder.path().join("book"), false, kills, seed);
    tally.unwrap_or_else(|violation| panic!("seed {seed}: {violation}"))
}

#[test]
fn inv_49_what_was_acknowledged_survives_a_kill() {
    let tally = survive(5, 1);
    println!("{tally:?}");
    assert_eq!(tally.kills, 5);
    assert!(tally.acknowledged >= 5, "{tally:?}");
}

#[test]
fn inv_49_an_acknowledgement_before_the_commit_is_caught() {
    let folder = tempfile::tempdir().expect("a directory");
    let found = kill_loop(writer(), &folder.path().join("book"), true, 60, 2);
    let found = found.expect_err("sixty kills without a lost acknowledgement");
    assert_eq!(found.invariant, "INV-49", "{found}");
}

#[test]
#[ignore = "fifty kills take a while; run by hand and before a release"]
fn inv_54_fifty_kills_resolve_and_say_how_many_hit_a_commit() {
    let tally = survive(kills(50), 3);
    println!("{tally:?}");
    assert_eq!(tally.in_flight + tally.between, tally.kills, "{tally:?}");
}

#[test]
fn inv_54_a_command_in_flight_is_done_once_whatever_its_outcome_was() {
    // The loop asks after every kill; here a few with another seed, so that kills fall elsewhere.
    let tally = survive(5, 4);
    assert_eq!(tally.in_flight + tally.between, tally.kills, "{tally:?}");
}
