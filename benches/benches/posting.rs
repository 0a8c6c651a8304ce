//! Posting in memory, one thread: the whole way of a command (shape, key, decide, explain, encode,
//! hash, fold into rows and indexes) against a reference that encodes, hashes and inserts.
//!
//! `cargo bench -p ar-benches --bench posting`. Sizes: AR_BENCH_INVOICES (1,000,000) over
//! AR_BENCH_ACCOUNTS (20,000), in chunks of AR_BENCH_CHUNK (50,000) invoices.

use std::time::Duration;

use ar_benches::{Reference, Work, book_id, rate, report, size, timed};
use ar_core::record::Record;
use ar_store::Ledger;

fn main() {
    let invoices = size("AR_BENCH_INVOICES", 1_000_000);
    let accounts = size("AR_BENCH_ACCOUNTS", 20_000);
    let chunk = size("AR_BENCH_CHUNK", 50_000).min(invoices).max(1);
    let ledger = Ledger::memory(book_id());
    let mut reference = Reference::default();
    let mut work = Work::new(accounts);
    for answer in pollster::block_on(ledger.execute_each(work.setup())) {
        answer.expect("setting up is accepted");
    }
    let mut position = pollster::block_on(ledger.head()).expect("a head").size;
    let (mut subject_took, mut reference_took) = (Duration::ZERO, Duration::ZERO);
    let (mut commands, mut bytes, mut records_written) = (0, 0, 0);
    let mut ratios = Vec::new();
    for _ in 0..invoices / chunk {
        let envelopes = work.chunk(chunk);
        let copy = envelopes.clone();
        commands += envelopes.len();
        let (answers, took) = timed(|| pollster::block_on(ledger.execute_each(envelopes)));
        for answer in &answers {
            answer.as_ref().expect("everyday work is accepted");
        }
        drop(answers);
        let mut records: Vec<Vec<Record>> = Vec::new();
        loop {
            let page = pollster::block_on(ledger.events(position, 10_000)).expect("a page");
            if page.entries.is_empty() {
                break;
            }
            for entry in page.entries {
                position = entry.position;
                bytes += entry.bytes.len();
                let record = entry.record().expect("a record");
                records_written += 1;
                if record.part.0 == 1 {
                    records.push(Vec::new());
                }
                records.last_mut().expect("a command").push(record);
            }
        }
        let ((), reference_part) = timed(|| {
            for (envelope, records) in copy.iter().zip(&records) {
                reference.write(envelope, records);
            }
        });
        subject_took += took;
        reference_took += reference_part;
        ratios.push(reference_part.as_secs_f64() / took.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    report(&format!(
        "posting in memory: {commands} commands, {records_written} records, {accounts} accounts"
    ));
    report(&format!("  subject   {:>12.0} commands/s", rate(commands, subject_took)));
    report(&format!("  reference {:>12.0} commands/s", rate(commands, reference_took)));
    report(&format!(
        "  ratio     {:>12.3} overall, {median:.3} median of {} chunks (floor 0.4)",
        reference_took.as_secs_f64() / subject_took.as_secs_f64(),
        ratios.len()
    ));
    report(&format!("  stored    {:>12.0} bytes per record", bytes as f64 / records_written as f64));
    report(&format!("  reference keeps {} items", reference.items()));
    if let Some(kib) = resident_kib() {
        report(&format!("  resident  {kib:>12} KiB for subject and reference together"));
    }
}

/// Resident memory of this process, where the system tells.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
