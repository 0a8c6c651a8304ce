//! Reports: query results as text tables, bar charts, CSV, JSON and plain-text journals.
//!
//! Nothing here computes a figure: a report shows what a query found, in one of its forms. Every
//! table has the same content in every form; only people's form groups thousands.

mod accounts;
mod aging;
mod agreements;
mod allowance;
mod bad_debt;
mod cell;
mod charges;
mod chart;
mod close;
mod journal;
mod proposals;
mod table;
mod what_if;

pub use accounts::{
    accounts_table, balance_forward_table, history_table, items_table, open_item_table, tie_out_table,
    trial_balance_table,
};
pub use aging::{
    Names, aging_bars, aging_by_account_table, aging_by_item_table, aging_table, largest_debtors,
};
pub use agreements::{plans_table, promises_table};
pub use allowance::{allowance_table, loss_rates_table};
pub use bad_debt::{claims_table, dormant_table};
pub use cell::{Cell, inert, text_of};
pub use charges::charges_table;
pub use chart::{Bar, BarStyle, bars};
pub use close::{
    checklist_table, gl_accounts_table, gl_findings_table, periods_table, reclassification_table,
    withholdings_table,
};
pub use journal::{Entry, beancount, hledger, journal_table};
pub use proposals::proposals_table;
pub use table::{Column, Form, Table, ruled, write_json};
pub use what_if::{comparison_table, outcome_table, verdicts_table};
