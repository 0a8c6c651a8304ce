//! What a run comes to, and where two runs of it differ, as tables.

use ar_core::Amount;
use ar_core::what_if::{Comparison, Verdict};

use crate::cell::Cell;
use crate::table::Table;

/// What moves, what it is, in which currency; and by how much in the one run and in the other.
fn rows(found: &Comparison) -> Vec<([Cell; 3], Amount, Amount)> {
    let items = found.items.iter().map(|item| {
        let head = [Cell::text("item"), Cell::text(&item.item), Cell::text(item.currency)];
        (head, item.one, item.other)
    });
    let ledger = found.ledger.iter().map(|line| {
        let what = Cell::text(format!("{} {}", line.code, line.role));
        ([Cell::text("ledger"), what, Cell::text(line.currency)], line.one, line.other)
    });
    items.chain(ledger).collect()
}

/// A row for every item and every ledger account that moves differently.
#[must_use]
pub fn comparison_table(found: &Comparison) -> Table {
    let mut table = Table::new(&[
        ("Moves", "moves"),
        ("What", "what"),
        ("Currency", "currency"),
        ("One", "one"),
        ("Other", "other"),
    ]);
    for (head, one, other) in rows(found) {
        table.row(head.into_iter().chain([Cell::Amount(one), Cell::Amount(other)]).collect());
    }
    table
}

/// A row for every item and every ledger account that a run moves: a comparison with no run at all.
#[must_use]
pub fn outcome_table(found: &Comparison) -> Table {
    let mut table =
        Table::new(&[("Moves", "moves"), ("What", "what"), ("Currency", "currency"), ("By", "by")]);
    for (head, _, by) in rows(found) {
        table.row(head.into_iter().chain([Cell::Amount(by)]).collect());
    }
    table
}

/// A row for every command that is answered differently.
#[must_use]
pub fn verdicts_table(found: &Comparison) -> Table {
    let mut table = Table::new(&[("Command", "command"), ("One", "one"), ("Other", "other")]);
    for command in &found.commands {
        table.row(vec![
            Cell::text(&command.command),
            Cell::text(said(&command.one)),
            Cell::text(said(&command.other)),
        ]);
    }
    table
}

fn said(verdict: &Verdict) -> String {
    match &verdict.refused {
        Some(code) => format!("refused: {code}"),
        None => verdict.rules.join(" "),
    }
}
