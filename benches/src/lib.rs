//! The work that the benches measure, and how they measure it: the subject and its reference run
//! in turn over the same chunks, so that a change of the machine's speed meets both, and only the
//! ratio is a claim.

mod reference;
mod script;
mod work;

pub use reference::Reference;
pub use script::{Lean, Script};
pub use work::{Work, book_id, envelope, must};

use std::time::{Duration, Instant};

/// Times one call.
#[allow(clippy::disallowed_methods, reason = "a bench reads the clock")]
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = work();
    (value, start.elapsed())
}

/// A number from the environment, or a default: sizes of a run.
#[must_use]
pub fn size(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Prints one line of a report.
#[allow(clippy::print_stdout, reason = "a bench reports")]
pub fn report(line: &str) {
    println!("{line}");
}

/// Items per second, for orientation.
#[must_use]
pub fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE)
}
