//! The house rules, kept by tests: what ar-core may touch, how long a file may be, what every file
//! and manifest says, and that the documents name only what exists.
//!
//! Every rule is a function from texts to complaints. One test runs it on the tree and wants none;
//! a negative control runs the same function on a sample that breaks the rule and wants one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::print_stdout
)]

mod documents;
mod files;
mod invariants;
mod manifests;
mod purity;
mod tree;

/// Fails with every complaint, one on each line.
fn expect_none(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}
