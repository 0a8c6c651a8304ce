//! Aging as tables and as a chart. Two currencies never share a sum: each has its own row, block
//! or chart.

use std::collections::BTreeMap;

use ar_core::query::{Aging, AgingTotals};
use ar_core::{AccountId, Amount, Currency, Money};

use crate::cell::Cell;
use crate::chart::{Bar, BarStyle, bars};
use crate::table::Table;

/// Names of customers, where they are known.
pub type Names = BTreeMap<AccountId, String>;

/// One row per currency.
#[must_use]
pub fn aging_table(aging: &Aging) -> Table {
    let mut table = Table::new(&[("Currency", "currency"), ("Items", "open_items")]);
    bucket_columns(&mut table, aging);
    for totals in &aging.currencies {
        let mut row = vec![Cell::text(totals.currency), count(totals.open_items)];
        row.extend(totals.buckets.iter().map(|bucket| Cell::Amount(bucket.amount)));
        row.extend([Cell::Amount(totals.unapplied), Cell::Amount(totals.total)]);
        table.row(row);
    }
    table
}

/// One row per account and currency, with a row of totals per currency.
#[must_use]
pub fn aging_by_account_table(aging: &Aging, names: &Names) -> Table {
    let mut table = Table::new(&[
        ("Account", "account"),
        ("Name", "name"),
        ("Currency", "currency"),
        ("Items", "open_items"),
    ]);
    bucket_columns(&mut table, aging);
    for totals in &aging.currencies {
        for account in totals.accounts.iter().flatten() {
            let mut row = vec![
                Cell::text(&account.account),
                Cell::maybe(names.get(&account.account)),
                Cell::text(totals.currency),
                count(account.open_items),
            ];
            row.extend(account.buckets.iter().map(|bucket| Cell::Amount(bucket.amount)));
            row.extend([Cell::Amount(account.unapplied), Cell::Amount(account.total)]);
            table.row(row);
        }
        let mut row =
            vec![Cell::text("Total"), Cell::Empty, Cell::text(totals.currency), count(totals.open_items)];
        row.extend(totals.buckets.iter().map(|bucket| Cell::Amount(bucket.amount)));
        row.extend([Cell::Amount(totals.unapplied), Cell::Amount(totals.total)]);
        table.total(row);
    }
    table
}

/// One row per open item.
#[must_use]
pub fn aging_by_item_table(aging: &Aging, names: &Names) -> Table {
    let mut table = Table::new(&[
        ("Account", "account"),
        ("Name", "name"),
        ("Item", "item"),
        ("Kind", "kind"),
        ("Dated", "document_date"),
        ("Due", "due"),
        ("Days", "days"),
        ("Bucket", "bucket"),
        ("Currency", "currency"),
        ("Open", "open"),
    ]);
    for totals in &aging.currencies {
        for item in totals.items.iter().flatten() {
            table.row(vec![
                Cell::text(&item.account),
                Cell::maybe(names.get(&item.account)),
                Cell::text(&item.item),
                Cell::text(item.kind),
                Cell::Date(item.document_date),
                Cell::Date(item.due),
                Cell::Number(i64::from(item.days)),
                Cell::text(&item.bucket),
                Cell::text(totals.currency),
                Cell::Amount(item.open),
            ]);
        }
        let mut row = vec![Cell::text("Total")];
        row.resize(8, Cell::Empty);
        row.extend([Cell::text(totals.currency), Cell::Amount(totals.total)]);
        table.total(row);
    }
    table
}

/// One chart per currency with something open: the buckets and what is unapplied, to one scale.
#[must_use]
pub fn aging_bars(aging: &Aging, style: BarStyle) -> String {
    let mut text = String::new();
    for totals in &aging.currencies {
        let chart = chart(totals);
        if chart.iter().all(|bar| bar.amount.is_zero()) {
            continue;
        }
        text.push_str(&format!("\n{}\n{}", totals.currency, bars(&chart, 40, style)));
    }
    text
}

fn chart(totals: &AgingTotals) -> Vec<Bar> {
    let bar = |label: &str, amount| Bar { label: label.to_owned(), amount: money(amount, totals.currency) };
    let buckets = totals.buckets.iter().map(|bucket| bar(&bucket.label, bucket.amount));
    buckets.chain([bar("unapplied", totals.unapplied)]).collect()
}

/// The accounts that owe most in each currency, the largest first.
#[must_use]
pub fn largest_debtors(aging: &Aging, names: &Names, limit: usize) -> Table {
    let mut table = Table::new(&[
        ("Account", "account"),
        ("Name", "name"),
        ("Currency", "currency"),
        ("Open", "total"),
        ("Overdue", "overdue"),
    ]);
    for totals in &aging.currencies {
        let mut accounts: Vec<_> = totals.accounts.iter().flatten().collect();
        accounts
            .sort_by(|a, b| b.total.minor().cmp(&a.total.minor()).then_with(|| a.account.cmp(&b.account)));
        for account in accounts.into_iter().take(limit) {
            let overdue = account.buckets.iter().filter(|bucket| bucket.from.is_some());
            let overdue = overdue.fold(Money::zero(totals.currency), |sum, bucket| {
                sum.checked_add(money(bucket.amount, totals.currency)).unwrap_or(sum)
            });
            table.row(vec![
                Cell::text(&account.account),
                Cell::maybe(names.get(&account.account)),
                Cell::text(totals.currency),
                Cell::Amount(account.total),
                Cell::from(overdue),
            ]);
        }
    }
    table
}

/// An amount of a result, which has its currency's decimals, as money.
fn money(amount: Amount, currency: Currency) -> Money {
    amount.in_currency(currency).unwrap_or(Money::zero(currency))
}

fn count(number: u64) -> Cell {
    Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A column per bucket, named alike for people and programs.
fn bucket_columns(table: &mut Table, aging: &Aging) {
    let labels = aging.currencies.first().map(|totals| totals.buckets.as_slice()).unwrap_or_default();
    for bucket in labels {
        table.column(bucket.label.clone(), bucket.label.clone());
    }
    table.column("Unapplied", "unapplied");
    table.column("Total", "total");
}
