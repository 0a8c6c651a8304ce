//! Promises and payment plans as tables.

use ar_core::query::{PlanStatus, PromiseStatus};
use serde::Serialize;

use crate::cell::Cell;
use crate::table::Table;

/// A state under its name in JSON.
fn state(value: &impl Serialize) -> Cell {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Cell::text(text),
        _ => Cell::Empty,
    }
}

/// A row for every promise.
#[must_use]
pub fn promises_table(found: &[PromiseStatus]) -> Table {
    let mut table = Table::new(&[
        ("Promise", "promise"),
        ("Account", "account"),
        ("Item", "item"),
        ("Made", "date"),
        ("By", "by"),
        ("Currency", "currency"),
        ("Promised", "amount"),
        ("Paid", "paid"),
        ("State", "state"),
    ]);
    for row in found {
        table.row(vec![
            Cell::text(&row.promise),
            Cell::text(&row.account),
            Cell::text(&row.item),
            Cell::Date(row.date),
            Cell::Date(row.by),
            Cell::text(row.currency),
            Cell::Amount(row.amount),
            Cell::Amount(row.paid),
            state(&row.state),
        ]);
    }
    table
}

/// A row for every payment plan.
#[must_use]
pub fn plans_table(found: &[PlanStatus]) -> Table {
    let mut table = Table::new(&[
        ("Plan", "plan"),
        ("Account", "account"),
        ("Agreed", "date"),
        ("Currency", "currency"),
        ("Total", "total"),
        ("Open", "open"),
        ("Overdue", "overdue"),
        ("Next due", "next_due"),
        ("State", "state"),
        ("Default since", "defaulted_on"),
        ("Cured", "cured_on"),
    ]);
    let day = |day: Option<ar_core::Date>| day.map_or(Cell::Empty, Cell::Date);
    for row in found {
        table.row(vec![
            Cell::text(&row.plan),
            Cell::text(&row.account),
            Cell::Date(row.date),
            Cell::text(row.currency),
            Cell::Amount(row.total),
            Cell::Amount(row.open),
            Cell::Amount(row.overdue),
            day(row.next_due),
            state(&row.state),
            day(row.defaulted_on),
            day(row.cured_on),
        ]);
    }
    table
}
