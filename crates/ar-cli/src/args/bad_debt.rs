//! The command line of bad debt: what has not moved, small rests, the allowance, and the history of losses.

use std::path::PathBuf;

use clap::Args;

use ar_core::values::{AccountId, Currency, Date, Decimal, ReasonCode};

use super::{Basis, Output, When, expected, pair};

/// Credits that have not moved.
#[derive(Debug, Args)]
pub(crate) struct Dormant {
    #[command(flatten)]
    pub(crate) when: When,
    /// Days without a movement.
    #[arg(long, default_value_t = 365)]
    pub(crate) days: u32,
    /// Only this account; may be given more than once.
    #[arg(long)]
    pub(crate) account: Vec<AccountId>,
    /// Only accounts with this attribute; may be given more than once.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) attribute: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Small rests of debits.
#[derive(Debug, Args)]
pub(crate) struct SmallBalances {
    /// Most that may be open on an item, with its currency: `EUR=1.00`.
    #[arg(long, value_name = "CURRENCY=AMOUNT", value_parser = expected)]
    pub(crate) most: ar_core::Money,
    /// Accounting date.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) on: Date,
    /// Only items due so many days before that date, or longer ago.
    #[arg(long, default_value_t = 0)]
    pub(crate) overdue: u16,
    /// Why.
    #[arg(long)]
    pub(crate) reason: ReasonCode,
    /// Only this account; otherwise every account with something open.
    #[arg(long)]
    pub(crate) account: Option<AccountId>,
    /// Gives them up; otherwise they are only shown.
    #[arg(long)]
    pub(crate) write: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// The allowance for bad debt.
#[derive(Debug, Args)]
pub(crate) struct Allowance {
    /// The provision matrix, or pools with a matrix each, as JSON or (`.toml`) TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) matrix: PathBuf,
    #[command(flatten)]
    pub(crate) when: When,
    /// Brings the allowance on the books to it; otherwise it is only shown.
    #[arg(long, conflicts_with = "known")]
    pub(crate) write: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Losses by flow.
#[derive(Debug, Args)]
pub(crate) struct LossRates {
    /// First document date of the debts.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) from: Date,
    /// Last document date of the debts.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) to: Date,
    #[command(flatten)]
    pub(crate) when: When,
    /// Upper edges of the buckets in days.
    #[arg(long, value_name = "30,60,90", value_delimiter = ',')]
    pub(crate) edges: Option<Vec<u16>>,
    /// From which date days are counted.
    #[arg(long, value_enum, default_value_t = Basis::Due)]
    pub(crate) basis: Basis,
    /// Only debts of this account; may be given more than once.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Vec<AccountId>,
    /// Only debts of accounts with this attribute; may be given more than once.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) attribute: Vec<(String, String)>,
    /// A reason of write-offs that are no losses; may be given more than once.
    #[arg(long, value_name = "REASON")]
    pub(crate) leave_out: Vec<ReasonCode>,
    /// Prints the rates of this currency as the file that `allowance` reads.
    #[arg(long, value_name = "CURRENCY", value_parser = Currency::parse)]
    pub(crate) matrix: Option<Currency>,
    /// What the rates are multiplied by in that file.
    #[arg(long, value_name = "FACTOR", value_parser = Decimal::parse, requires = "matrix")]
    pub(crate) overlay: Option<Decimal>,
    #[command(flatten)]
    pub(crate) output: Output,
}
