//! What people and other programs read: tables, CSV and plain-text journals, as goldens.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, missing_docs)]

mod sample;

use ar_core::Currency;
use ar_report::{Cell, Table, beancount, hledger, journal_table};
use sample::{amount, entries};

#[test]
fn a_table_aligns_amounts_right_and_rules_off_its_totals() {
    let mut table = Table::new(&[("Account", "account"), ("Open", "open"), ("Days", "days")]);
    table.row(vec![Cell::text("C-1 Müller"), Cell::Amount(amount("1234567.89")), Cell::Number(3)]);
    table.row(vec![Cell::text("=cmd()"), Cell::Amount(amount("-12.50"))]);
    table.total(vec![Cell::text("Total"), Cell::Amount(amount("1234555.39"))]);
    insta::assert_snapshot!(table.to_text());
    assert_eq!(table.to_csv(), "account,open,days\r\nC-1 Müller,1234567.89,3\r\n'=cmd(),-12.50,\r\n");
}

#[test]
fn the_journal_as_a_table_has_one_row_per_line() {
    insta::assert_snapshot!(journal_table(&entries()).to_text());
}

#[test]
fn the_journal_in_hledger_syntax() {
    insta::assert_snapshot!(hledger(&entries(), Currency::parse("USD").unwrap()));
}

#[test]
fn the_journal_in_beancount_syntax() {
    insta::assert_snapshot!(beancount(&entries(), Currency::parse("USD").unwrap()));
}
