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

use ar_core::record::Record;
use ar_store::{Ledger, Store};

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

/// The records after a position, those of a command together; moves the position to the last.
///
/// # Panics
/// When the store fails.
pub fn records_after<S: Store>(ledger: &Ledger<S>, position: &mut u64) -> Vec<Vec<Record>> {
    let mut all: Vec<Vec<Record>> = Vec::new();
    loop {
        let page = pollster::block_on(ledger.events(*position, 1_000)).expect("a page");
        if page.entries.is_empty() {
            return all;
        }
        for entry in page.entries {
            *position = entry.position;
            let record = entry.record().expect("a record");
            if record.part.0 == 1 {
                all.push(Vec::new());
            }
            all.last_mut().expect("a command").push(record);
        }
    }
}
