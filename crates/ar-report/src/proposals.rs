//! Proposals as a table: one row each, with the digest that an approval names.

use ar_core::query::ProposalLine;

use crate::cell::Cell;
use crate::table::Table;

/// Proposals in the order of the log.
#[must_use]
pub fn proposals_table(proposals: &[ProposalLine]) -> Table {
    let mut table = Table::new(&[
        ("Proposal", "proposal"),
        ("Stands", "status"),
        ("Act", "act"),
        ("Account", "account"),
        ("Date", "date"),
        ("Currency", "currency"),
        ("Amount", "amount"),
        ("Maker", "maker"),
        ("Until", "expires"),
        ("Decided by", "by"),
        ("Why", "rule"),
        ("Digest", "digest"),
    ]);
    for line in proposals {
        table.row(vec![
            Cell::text(&line.proposal),
            Cell::text(line.status.name()),
            Cell::text(line.act),
            Cell::maybe(line.account.as_ref()),
            Cell::Date(line.date),
            Cell::maybe(line.amount.map(|amount| amount.currency())),
            line.amount.map_or(Cell::Empty, Cell::from),
            Cell::text(&line.maker),
            Cell::Date(line.expires),
            Cell::maybe(line.by.as_ref()),
            Cell::text(&line.explanation.rule),
            Cell::text(&line.digest),
        ]);
    }
    table
}
