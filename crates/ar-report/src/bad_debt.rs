//! Tables of bad debt: claims given up with what came in of them, and credits that have not moved.

use ar_core::query::{Claims, Dormant};

use crate::cell::Cell;
use crate::table::Table;

/// Claims given up, one row each; under the rule stand the totals by currency.
#[must_use]
pub fn claims_table(claims: &Claims) -> Table {
    let mut table = Table::new(&[
        ("Date", "date"),
        ("Account", "account"),
        ("Item", "item"),
        ("Write-off", "write_off"),
        ("Reason", "reason"),
        ("Currency", "currency"),
        ("Given up", "given_up"),
        ("Tax in it", "relieved"),
        ("Recovered", "recovered"),
        ("Tax given back", "given_back"),
        ("Left", "left"),
    ]);
    for currency in &claims.currencies {
        for claim in &currency.claims {
            let mut row = vec![
                Cell::Date(claim.date),
                Cell::text(&claim.account),
                Cell::text(&claim.item),
                Cell::text(&claim.write_off),
                Cell::text(&claim.reason),
                Cell::text(currency.currency),
            ];
            row.extend(figures(&claim.figures));
            table.row(row);
        }
    }
    for currency in &claims.currencies {
        let mut row = vec![Cell::text("Total")];
        row.resize(5, Cell::Empty);
        row.push(Cell::text(currency.currency));
        row.extend(figures(&currency.total));
        table.total(row);
    }
    table
}

fn figures(figures: &ar_core::query::ClaimFigures) -> [Cell; 5] {
    [figures.given_up, figures.relieved, figures.recovered, figures.given_back, figures.left]
        .map(Cell::Amount)
}

/// Credits that have not moved, one row each; under the rule stand the totals by currency.
#[must_use]
pub fn dormant_table(dormant: &Dormant) -> Table {
    let mut table = Table::new(&[
        ("Account", "account"),
        ("Credit", "item"),
        ("Kind", "kind"),
        ("Last moved", "last_moved"),
        ("Days", "idle_days"),
        ("Currency", "currency"),
        ("Open", "open"),
        ("Attributes", "attributes"),
    ]);
    for currency in &dormant.currencies {
        for credit in &currency.credits {
            let pairs: Vec<String> =
                credit.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
            table.row(vec![
                Cell::text(&credit.account),
                Cell::text(&credit.item),
                Cell::text(credit.kind),
                Cell::Date(credit.last_moved),
                Cell::Number(credit.idle_days),
                Cell::text(currency.currency),
                Cell::Amount(credit.open),
                Cell::text(pairs.join(" ")),
            ]);
        }
    }
    for currency in &dormant.currencies {
        let mut row = vec![Cell::text("Total")];
        row.resize(5, Cell::Empty);
        row.extend([Cell::text(currency.currency), Cell::Amount(currency.total), Cell::Empty]);
        table.total(row);
    }
    table
}
