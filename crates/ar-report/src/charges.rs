//! The workings of finance charges as a table: stretches of days, corrections, and what each debt
//! comes to.

use ar_core::charges::{ChargeLine, ChargesAssessed, Segment};
use ar_core::{Amount, Money};

use crate::cell::Cell;
use crate::table::Table;

/// A row for every stretch of days of every debt, and one for what the debt is charged. Under the rule
/// stands what all debts come to.
#[must_use]
pub fn charges_table(assessed: &ChargesAssessed) -> Table {
    let mut table = Table::new(&[
        ("Debt", "item"),
        ("Row", "row"),
        ("After", "from"),
        ("Through", "to"),
        ("Days", "days"),
        ("Of", "of"),
        ("Balance", "balance"),
        ("Percent", "percent"),
        ("Interest", "interest"),
        ("Fee", "fee"),
    ]);
    let (mut interest, mut fees) = (0_i64, 0_i64);
    for line in &assessed.lines {
        rows(&mut table, line);
        interest = interest.saturating_add(line.interest.minor());
        fees = fees.saturating_add(line.fee.minor());
    }
    if !table.is_empty() {
        let sum = |minor| Cell::from(Money::clamped(minor, assessed.currency));
        let mut total = vec![Cell::text("Total"), Cell::text(assessed.currency)];
        total.resize(8, Cell::Empty);
        total.extend([sum(interest), sum(fees)]);
        table.total(total);
    }
    table
}

fn rows(table: &mut Table, line: &ChargeLine) {
    for segment in &line.segments {
        table.row(stretch(line, "days", segment));
    }
    if let Some(correction) = &line.correction {
        correction.was.iter().for_each(|segment| table.row(stretch(line, "was", segment)));
        correction.now.iter().for_each(|segment| table.row(stretch(line, "now", segment)));
    }
    let before = line.before.as_ref().map_or(Cell::Empty, |mark| Cell::Date(mark.through));
    let mut row = vec![Cell::text(&line.item), Cell::text("charged"), before, Cell::Date(line.after.through)];
    row.resize(8, Cell::Empty);
    let shown = |amount: Amount| if amount.minor() == 0 { Cell::Empty } else { Cell::Amount(amount) };
    row.extend([Cell::Amount(line.interest), shown(line.fee)]);
    table.row(row);
}

fn stretch(line: &ChargeLine, what: &str, segment: &Segment) -> Vec<Cell> {
    vec![
        Cell::text(&line.item),
        Cell::text(what),
        Cell::Date(segment.from),
        Cell::Date(segment.to),
        Cell::Number(segment.days),
        Cell::Number(i64::from(segment.of)),
        Cell::Amount(segment.balance),
        Cell::maybe(segment.percent),
        segment.amount.map_or(Cell::Empty, Cell::Amount),
    ]
}
