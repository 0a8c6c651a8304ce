//! Accounts, open items, statements and histories as tables.

use ar_core::book::Counts;
use ar_core::query::{
    AccountSummary, BalanceForwardStatement, HistoryEntry, OpenItem, OpenItemStatement, Settlement, TieOut,
    TrialBalance,
};

use crate::aging::Names;
use crate::cell::Cell;
use crate::table::Table;

/// One row per account and currency; an account that owes nothing has one row without figures.
#[must_use]
pub fn accounts_table(accounts: &[AccountSummary], names: &Names) -> Table {
    let mut table = Table::new(&[
        ("Account", "account"),
        ("Name", "name"),
        ("State", "state"),
        ("Currency", "currency"),
        ("Items", "open_items"),
        ("Owed", "debit"),
        ("Overdue", "overdue"),
        ("Unapplied", "unapplied"),
        ("Balance", "balance"),
    ]);
    for account in accounts {
        let state = match (&account.closed, &account.hold) {
            (Some(_), _) => "closed",
            (None, Some(_)) => "on hold",
            (None, None) => "open",
        };
        let head = || {
            vec![Cell::text(&account.account), Cell::maybe(names.get(&account.account)), Cell::text(state)]
        };
        if account.balances.is_empty() {
            table.row(head());
        }
        for balance in &account.balances {
            let mut row = head();
            row.extend([
                Cell::text(balance.currency),
                Cell::Number(i64::try_from(balance.open_items).unwrap_or(i64::MAX)),
                Cell::Amount(balance.debit),
                Cell::Amount(balance.overdue),
                Cell::Amount(balance.unapplied),
                Cell::Amount(balance.balance),
            ]);
            table.row(row);
        }
    }
    table
}

/// One row per open item.
#[must_use]
pub fn items_table(items: &[OpenItem], names: &Names) -> Table {
    let mut table = Table::new(&[
        ("Item", "item"),
        ("Kind", "kind"),
        ("Account", "account"),
        ("Name", "name"),
        ("Dated", "document_date"),
        ("Due", "due"),
        ("Days", "days"),
        ("Status", "status"),
        ("Currency", "currency"),
        ("Original", "original"),
        ("Open", "open"),
        ("Left out of", "left_out_of"),
        ("Order", "order"),
    ]);
    for item in items {
        table.row(vec![
            Cell::text(&item.item),
            Cell::text(item.kind),
            Cell::text(&item.account),
            Cell::maybe(names.get(&item.account)),
            Cell::Date(item.document_date),
            Cell::Date(item.due),
            Cell::Number(i64::from(item.days)),
            Cell::text(status(item.status, item.overdue)),
            Cell::text(item.currency),
            Cell::Amount(item.original),
            Cell::Amount(item.open),
            left_out_of(item.counts),
            Cell::maybe(item.order.as_ref()),
        ]);
    }
    table
}

/// What an item does not count for, as its reason says; empty for nearly all.
fn left_out_of(counts: Counts) -> Cell {
    match (counts.credit, counts.dunning) {
        (true, true) => Cell::Empty,
        (false, true) => Cell::text("credit"),
        (true, false) => Cell::text("dunning"),
        (false, false) => Cell::text("credit, dunning"),
    }
}

/// The open items of one account, with the balance after each.
#[must_use]
pub fn open_item_table(statement: &OpenItemStatement) -> Table {
    let mut table = Table::new(&[
        ("Item", "item"),
        ("Kind", "kind"),
        ("Dated", "document_date"),
        ("Due", "due"),
        ("Status", "status"),
        ("Currency", "currency"),
        ("Original", "original"),
        ("Open", "open"),
        ("Balance", "balance"),
    ]);
    for totals in &statement.currencies {
        for item in &totals.items {
            table.row(vec![
                Cell::text(&item.item),
                Cell::text(item.kind),
                Cell::Date(item.document_date),
                Cell::Date(item.due),
                Cell::text(status(item.status, item.overdue)),
                Cell::text(totals.currency),
                Cell::Amount(item.original),
                Cell::Amount(item.open),
                Cell::Amount(item.balance),
            ]);
        }
        let mut row = vec![Cell::text("Closing")];
        row.resize(5, Cell::Empty);
        row.extend([Cell::text(totals.currency), Cell::Empty, Cell::Empty, Cell::Amount(totals.closing)]);
        table.total(row);
    }
    table
}

/// The movements of one account in a period, with the balance after each.
#[must_use]
pub fn balance_forward_table(statement: &BalanceForwardStatement) -> Table {
    let mut table = Table::new(&[
        ("Date", "date"),
        ("What", "class"),
        ("Item", "item"),
        ("Currency", "currency"),
        ("Amount", "amount"),
        ("Balance", "balance"),
    ]);
    for totals in &statement.currencies {
        table.row(vec![
            Cell::Date(statement.from),
            Cell::text("opening"),
            Cell::Empty,
            Cell::text(totals.currency),
            Cell::Empty,
            Cell::Amount(totals.opening),
        ]);
        for movement in &totals.movements {
            table.row(vec![
                Cell::Date(movement.date),
                Cell::text(movement.class.name()),
                Cell::text(&movement.item),
                Cell::text(totals.currency),
                Cell::Amount(movement.amount),
                Cell::Amount(movement.balance),
            ]);
        }
        table.total(vec![
            Cell::Date(statement.source.as_of),
            Cell::text("closing"),
            Cell::Empty,
            Cell::text(totals.currency),
            Cell::Empty,
            Cell::Amount(totals.closing),
        ]);
    }
    table
}

/// What happened to an account, with the rule that fired where there was one.
#[must_use]
pub fn history_table(entries: &[HistoryEntry]) -> Table {
    let mut table = Table::new(&[
        ("Position", "position"),
        ("Date", "date"),
        ("Event", "event"),
        ("Rule", "rule"),
        ("Actor", "actor"),
        ("Command", "command"),
    ]);
    for entry in entries {
        table.row(vec![
            Cell::Number(i64::try_from(entry.position).unwrap_or(i64::MAX)),
            entry.date.map_or(Cell::Empty, Cell::Date),
            Cell::text(entry.what),
            Cell::maybe(entry.explanation.as_ref().map(|why| why.rule.as_str())),
            Cell::text(&entry.actor),
            Cell::text(&entry.command),
        ]);
    }
    table
}

/// Open items against the control accounts of the journal.
#[must_use]
pub fn tie_out_table(tie_out: &TieOut) -> Table {
    let mut table = Table::new(&[
        ("Code", "code"),
        ("Control account", "role"),
        ("Currency", "currency"),
        ("Open items", "sub_ledger"),
        ("Journal", "journal"),
        ("Difference", "difference"),
    ]);
    for line in &tie_out.lines {
        table.row(vec![
            Cell::text(&line.code),
            Cell::text(line.role),
            Cell::text(line.currency),
            Cell::Amount(line.sub_ledger),
            Cell::Amount(line.journal),
            Cell::Amount(line.difference),
        ]);
    }
    table
}

/// The balance of every account of the journal.
#[must_use]
pub fn trial_balance_table(trial: &TrialBalance) -> Table {
    let mut table = Table::new(&[
        ("Code", "code"),
        ("Role", "role"),
        ("Currency", "currency"),
        ("Debit", "debit"),
        ("Credit", "credit"),
        ("Balance", "balance"),
        ("Base", "base"),
    ]);
    for line in &trial.lines {
        table.row(vec![
            Cell::text(&line.code),
            Cell::text(line.role),
            Cell::text(line.currency),
            Cell::Amount(line.debit),
            Cell::Amount(line.credit),
            Cell::Amount(line.balance),
            line.base.map_or(Cell::Empty, Cell::Amount),
        ]);
    }
    for total in &trial.totals {
        table.total(vec![
            Cell::text("Total"),
            Cell::Empty,
            Cell::text(total.currency),
            Cell::Amount(total.debit),
            Cell::Amount(total.credit),
            Cell::Amount(total.difference),
        ]);
    }
    table
}

/// The status of an item in one word.
const fn status(settlement: Settlement, overdue: bool) -> &'static str {
    match (settlement, overdue) {
        (Settlement::Paid, _) => "paid",
        (Settlement::PartPaid, true) => "part paid, overdue",
        (Settlement::PartPaid, false) => "part paid",
        (Settlement::Open, true) => "overdue",
        (Settlement::Open, false) => "open",
    }
}
