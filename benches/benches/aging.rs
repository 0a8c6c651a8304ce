//! Aging as of a past date over a whole book in memory, against a plain loop over the same
//! movements in a struct of arrays that gives the same figures.
//!
//! `cargo bench -p ar-benches --bench aging`. Sizes: AR_BENCH_INVOICES (1,000,000) over
//! AR_BENCH_ACCOUNTS (20,000).

use std::time::Duration;

use ar_benches::{Work, book_id, must, report, size, timed};
use ar_core::document::Side;
use ar_core::query::{Aging, AgingBy, AsOf, Basis, Buckets, Columns, Scope, View, aging};
use ar_core::values::Date;
use ar_store::Ledger;

/// The movements as a lean program would keep them: each with the due date and the side of its
/// item, so that no row is looked up.
struct Flat {
    item: Vec<u32>,
    due: Vec<i32>,
    date: Vec<i32>,
    position: Vec<u64>,
    minor: Vec<i64>,
    debit: Vec<bool>,
    items: usize,
}

impl Flat {
    fn of(columns: &Columns) -> Self {
        let (items, movements) = (columns.items(), columns.movements());
        let day = |day: ar_core::query::Day| day.date().day_number();
        let at = |item: &u32| *item as usize;
        Self {
            item: movements.item.clone(),
            due: movements.item.iter().map(|i| day(items.due[at(i)])).collect(),
            date: movements.date.iter().map(|d| day(*d)).collect(),
            position: movements.position.clone(),
            minor: movements.minor.clone(),
            debit: movements.item.iter().map(|i| items.side[at(i)] == Side::Debit).collect(),
            items: items.account.len(),
        }
    }

    /// Bucket sums, unapplied, and the number of debit items with something open.
    fn aging(&self, effective: i32, known: u64) -> ([i64; 5], i64, u64) {
        let mut buckets = [0_i64; 5];
        let mut unapplied = 0;
        let mut open = vec![0_i64; self.items];
        for n in 0..self.item.len() {
            if self.date[n] > effective || self.position[n] > known {
                continue;
            }
            if !self.debit[n] {
                unapplied += self.minor[n];
                continue;
            }
            let late = effective - self.due[n];
            let bucket = match late {
                ..=0 => 0,
                1..=30 => 1,
                31..=60 => 2,
                61..=90 => 3,
                _ => 4,
            };
            buckets[bucket] += self.minor[n];
            open[self.item[n] as usize] += self.minor[n];
        }
        (buckets, unapplied, open.iter().filter(|open| **open != 0).count() as u64)
    }
}

fn main() {
    let invoices = size("AR_BENCH_INVOICES", 1_000_000);
    let ledger = Ledger::memory(book_id());
    let mut work = Work::new(size("AR_BENCH_ACCOUNTS", 20_000));
    let mut batch = work.setup();
    for _ in 0..invoices.div_ceil(50_000) {
        batch.extend(work.chunk(50_000.min(invoices)));
        for answer in pollster::block_on(ledger.execute_each(std::mem::take(&mut batch))) {
            answer.expect("everyday work is accepted");
        }
    }
    let lines = pollster::block_on(ledger.read(measure)).expect("a snapshot");
    for line in lines {
        report(&line);
    }
}

fn measure<V: View>(view: &V) -> Vec<String>
where
    V::Error: std::fmt::Debug,
{
    let columns = view.columns(&Scope::All).expect("columns");
    let flat = Flat::of(&columns);
    let effective = must(Date::parse("2024-09-30"));
    let as_of = AsOf { effective, known: view.head() };
    let by = AgingBy { buckets: Buckets::default(), basis: Basis::Due, scope: Scope::All };
    let (mut subject, mut reference) = (Duration::ZERO, Duration::ZERO);
    let mut ratios = Vec::new();
    for _ in 0..11 {
        let (answer, took) = timed(|| aging(view, as_of, &by).expect("an aging"));
        let (plain, plain_took) = timed(|| flat.aging(effective.day_number(), as_of.known));
        compare(&answer, &plain);
        subject += took;
        reference += plain_took;
        ratios.push(took.as_secs_f64() / plain_took.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let (items, movements) = columns.bytes();
    vec![
        format!(
            "aging as of {effective} over {} movements of {} items",
            columns.movements().len(),
            flat.items
        ),
        format!("  subject   {:>10.1?}   plain loop {:>10.1?}", subject / 11, reference / 11),
        format!("  ratio     {:>10.2} median of 11 (bound 3)", ratios[5]),
        format!("  columns   {items} bytes of items, {movements} bytes of movements"),
    ]
}

fn compare(answer: &Aging, (buckets, unapplied, open): &([i64; 5], i64, u64)) {
    let usd = answer.currencies.first().expect("one currency");
    let told: Vec<i64> = usd.buckets.iter().map(|bucket| bucket.amount.minor()).collect();
    assert_eq!(told, buckets, "both give the same buckets");
    assert_eq!(usd.unapplied.minor(), *unapplied, "both give the same credits");
    assert_eq!(usd.open_items, *open, "both count the same items");
}
