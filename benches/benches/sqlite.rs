//! Posting in SQLite with `synchronous = FULL`: 1, 100 and 1,000 commands per commit, each against
//! a raw script that writes the same bytes, hashes and rows, and against a lean script of five rows
//! an event; rows and bytes on disk per record.
//!
//! `cargo bench -p ar-benches --bench sqlite`. Sizes: AR_BENCH_COMMITS (400, 60 and 12 commits),
//! AR_BENCH_ACCOUNTS (2,000); AR_BENCH_PER_COMMIT measures one of the three alone.

use std::path::Path;
use std::time::Duration;

use ar_benches::{Lean, Script, Work, book_id, records_after, report, size, timed};
use ar_store::{Ledger, Sqlite};

fn main() {
    let scale = size("AR_BENCH_COMMITS", 400);
    let only = size("AR_BENCH_PER_COMMIT", 0);
    for (per_commit, commits) in [(1, scale), (100, scale * 3 / 20), (1_000, scale * 3 / 100)] {
        if only == 0 || only == per_commit {
            measure(per_commit, commits.max(2), Way::Here);
            measure(per_commit, commits.max(2), Way::Awaited);
        }
    }
}

/// Who writes.
#[derive(Clone, Copy)]
enum Way {
    /// The caller's thread, as in the script.
    Here,
    /// The writer's thread; the caller awaits it.
    Awaited,
}

fn measure(per_commit: usize, commits: usize, way: Way) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let ledger = Ledger::open_sqlite(path("subject.db"), book_id()).expect("a book");
    let mut work = Work::new(size("AR_BENCH_ACCOUNTS", 2_000));
    for answer in pollster::block_on(ledger.execute_each(work.setup())) {
        answer.expect("setting up is accepted");
    }
    pollster::block_on(ledger.backup(path("script.db"))).expect("a copy");
    let mut script = Script::over(&path("script.db"));
    let mut lean = Lean::new(&path("lean.db"));
    let mut position = pollster::block_on(ledger.head()).expect("a head").size;
    let started = bytes_of(&ledger, &path("subject.db"));
    let (mut took, mut records_written) = ([Duration::ZERO; 3], 0);
    let mut ratios = Vec::new();
    let mut commands = work.chunk(per_commit * commits).into_iter();
    for _ in 0..commits {
        let batch: Vec<_> = commands.by_ref().take(per_commit).collect();
        let copy = batch.clone();
        let (answers, subject) = timed(|| match way {
            Way::Here => ledger.execute_each_blocking(batch),
            Way::Awaited => pollster::block_on(ledger.execute_each(batch)),
        });
        for answer in &answers {
            answer.as_ref().expect("everyday work is accepted");
        }
        let records = records_after(&ledger, &mut position);
        records_written += records.iter().map(Vec::len).sum::<usize>();
        let pairs = || copy.iter().zip(records.iter().map(Vec::as_slice));
        let ((), raw) = timed(|| script.commit(pairs()));
        let ((), least) = timed(|| lean.commit(pairs()));
        took[0] += subject;
        took[1] += raw;
        took[2] += least;
        ratios.push(raw.as_secs_f64() / subject.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let seconds = |n: usize| took[n].as_secs_f64();
    let per_second = |n: usize| (per_commit * commits) as f64 / seconds(n);
    let thread = match way {
        Way::Here => "on the caller's thread",
        Way::Awaited => "handed to the writer's thread",
    };
    report(&format!("posting in SQLite, {per_commit} commands per commit, {commits} commits, {thread}:"));
    report(&format!(
        "  subject {:>9.0}/s  raw script {:>9.0}/s  lean script {:>9.0}/s",
        per_second(0),
        per_second(1),
        per_second(2)
    ));
    report(&format!(
        "  ratio to the raw script {:.3} overall, {:.3} median (floor 0.8); to the lean script {:.3}",
        seconds(1) / seconds(0),
        ratios[ratios.len() / 2],
        seconds(2) / seconds(0)
    ));
    let grown = bytes_of(&ledger, &path("subject.db")) - started;
    report(&format!(
        "  {:.1} rows and {:.0} bytes on disk per record",
        script.rows as f64 / records_written as f64,
        grown as f64 / records_written as f64
    ));
}

/// Bytes of the file with its write-ahead log folded in: that of a fresh copy.
fn bytes_of(ledger: &Ledger<Sqlite>, path: &Path) -> u64 {
    let copy = path.with_extension("copy");
    let _ = std::fs::remove_file(&copy);
    pollster::block_on(ledger.backup(&copy)).expect("a copy");
    let bytes = std::fs::metadata(&copy).expect("a file").len();
    let _ = std::fs::remove_file(&copy);
    bytes
}
