//! Tables of what is allowed for bad debt, by pool and bucket, and of the history of losses by flow.

use ar_core::provision::Allowance;
use ar_core::query::{LossRates, PooledAllowances};

use crate::cell::Cell;
use crate::table::Table;

/// What is allowed for, one row for each pool and bucket or assessed item; under the rule stand the totals
/// by pool and currency.
#[must_use]
pub fn allowance_table(found: &PooledAllowances) -> Table {
    let mut table = Table::new(&[
        ("Currency", "currency"),
        ("Pool", "pool"),
        ("Bucket", "bucket"),
        ("Item", "item"),
        ("Open", "exposure"),
        ("Percent", "percent"),
        ("Overlay", "overlay"),
        ("Allowance", "allowance"),
    ]);
    for currency in &found.currencies {
        for pool in &currency.pools {
            rows(&mut table, Cell::text(&pool.pool), &pool.allowance);
        }
    }
    for currency in &found.currencies {
        let mut total = |pool: Cell, bucket: Cell, open, allowed| {
            let (open, allowed) = (Cell::Amount(open), Cell::Amount(allowed));
            let of = Cell::text(currency.currency);
            table.total(vec![of, pool, bucket, Cell::Empty, open, Cell::Empty, Cell::Empty, allowed]);
        };
        for pool in currency.pools.iter().filter(|_| currency.pools.len() > 1) {
            total(Cell::text(&pool.pool), Cell::Empty, pool.allowance.exposure, pool.allowance.total);
        }
        total(Cell::text("Total"), Cell::Empty, currency.exposure, currency.total);
    }
    table
}

fn rows(table: &mut Table, pool: Cell, allowance: &Allowance) {
    for row in &allowance.buckets {
        table.row(vec![
            Cell::text(allowance.currency),
            pool.clone(),
            Cell::text(&row.bucket),
            Cell::Empty,
            Cell::Amount(row.exposure),
            Cell::text(row.percent),
            Cell::text(allowance.overlay),
            Cell::Amount(row.allowance),
        ]);
    }
    for own in &allowance.assessed {
        table.row(vec![
            Cell::text(allowance.currency),
            pool.clone(),
            Cell::Empty,
            Cell::text(&own.item),
            Cell::Amount(own.exposure),
            Cell::Empty,
            Cell::Empty,
            Cell::Amount(own.allowance),
        ]);
    }
}

/// The history of a cohort, one row for each currency and bucket. Where nothing reached a bucket its
/// percent is empty.
#[must_use]
pub fn loss_rates_table(found: &LossRates) -> Table {
    let mut table = Table::new(&[
        ("Currency", "currency"),
        ("Bucket", "bucket"),
        ("Debts", "debts"),
        ("Reached it", "reached"),
        ("Given up", "given_up"),
        ("Tax in it", "tax"),
        ("Recovered", "recovered"),
        ("Lost", "lost"),
        ("Percent", "percent"),
        ("Still open", "open"),
    ]);
    for currency in &found.currencies {
        for row in &currency.buckets {
            table.row(vec![
                Cell::text(currency.currency),
                Cell::text(&row.bucket),
                Cell::Number(i64::try_from(row.debts).unwrap_or(i64::MAX)),
                Cell::Amount(row.reached),
                Cell::Amount(row.given_up),
                Cell::Amount(row.tax),
                Cell::Amount(row.recovered),
                Cell::Amount(row.lost),
                if row.nothing_reached { Cell::Empty } else { Cell::text(row.percent) },
                Cell::Amount(row.open),
            ]);
        }
    }
    table
}
