//! The command line. Scripts rely on the forms written here.

mod bad_debt;

use std::path::PathBuf;

pub(crate) use bad_debt::{Allowance, Dormant, LossRates, SmallBalances};
use clap::{Args, Parser, Subcommand, ValueEnum};

use ar_core::values::{
    AccountId, ActorId, BookId, ChargePolicyId, CommandId, Currency, Date, GlCode, OrderId, PeriodId,
};
use ar_report::Form;

/// Exit codes, shown with the help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a command or a file was refused; correct the input
  2  the command line is wrong
  3  the book contradicts itself; see verify
  4  the book or a file could not be read or written; try again

Start with:  arledger demo";

/// Accounts receivable in one file.
#[derive(Debug, Parser)]
#[command(name = "arledger", version, after_help = EXIT_CODES, subcommand_required = true)]
pub(crate) struct Arguments {
    /// The file that holds the book.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) book: Option<PathBuf>,

    /// Who acts, on every command that this program makes itself.
    #[arg(long, global = true, value_name = "NAME", default_value = "arledger", value_parser = actor)]
    pub(crate) actor: ActorId,

    #[command(subcommand)]
    pub(crate) what: What,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Plays a company's half-year and shows what a receivables book can tell.
    Demo(Demo),
    /// Makes a book.
    Init(Init),
    /// Executes commands from a file of JSON lines; one line of answer for each.
    Apply(Apply),
    /// Brings data in from other systems.
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// Shows accounts.
    Account {
        #[command(subcommand)]
        what: Account,
    },
    /// What is open, by how long it is overdue.
    Aging(Aging),
    /// What an account's late debts cost, with the workings; writes nothing unless told to.
    Charges(Charges),
    /// Applies every open credit by the book's rules, or shows what that would do.
    Allocate(AllocateRun),
    /// What a run would come to, and how that differs under other settings.
    WhatIf(WhatIf),
    /// Claims given up, and what came in of them.
    Claims(TieOut),
    /// Credits that have not moved for long, with what says which law they fall under.
    Dormant(Dormant),
    /// Small rests of debits that could be given up; writes nothing unless told to.
    SmallBalances(SmallBalances),
    /// What is to be allowed for bad debt, by pools and buckets; writes nothing.
    Allowance(Allowance),
    /// What was lost of earlier debts, by the buckets that they reached.
    LossRates(LossRates),
    /// Promises to pay: open, kept, broken.
    Promises(Agreements),
    /// Payment plans: what is overdue, and which are in default.
    Plans(Agreements),
    /// One customer's statement.
    Statement(Statement),
    /// Open items.
    Items(Items),
    /// The journal, line by line or for hledger and beancount.
    Journal(Journal),
    /// Open items against the control accounts of the journal.
    TieOut(TieOut),
    /// The balance of every account of the journal.
    TrialBalance(TieOut),
    /// Accounting periods: the list, the checklist of one, its close.
    Period {
        #[command(subcommand)]
        what: Period,
    },
    /// Customers with a credit balance, and what falls due after one year: lines for the general ledger.
    Reclassify(TieOut),
    /// Tax that customers withheld: what waits for its certificate, and what is certified.
    Withholdings(Withheld),
    /// Compares the book with what another program made of it.
    Reconcile {
        #[command(subcommand)]
        what: Reconcile,
    },
    /// Acts that wait for a second person.
    Proposals(Proposals),
    /// Replays the log and compares every row.
    Verify(Output),
    /// Copies the book to a new file while others write.
    Backup {
        /// The new file.
        dest: PathBuf,
    },
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Output {
    /// A table for people, JSON or CSV for programs.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One line of JSON.
    Json,
    /// For spreadsheets.
    Csv,
}

impl From<Format> for Form {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Csv => Self::Csv,
        }
    }
}

/// The demonstration.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Draws other customers and other habits; one seed always gives one book.
    #[arg(long, default_value_t = 20_260_101)]
    pub(crate) seed: u64,
}

/// A new book.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The currency of the general ledger.
    #[arg(long, value_parser = Currency::parse)]
    pub(crate) currency: Currency,
    /// The book's name.
    #[arg(long, value_name = "ID", default_value = "main")]
    pub(crate) book_id: BookId,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Commands from a file.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The file, one command on each line; `-` reads standard input.
    pub(crate) file: PathBuf,
    /// All commands or none.
    #[arg(long)]
    pub(crate) atomic: bool,
}

/// What to bring in.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// CSV files through a mapping file.
    Csv(ImportCsv),
}

/// CSV files.
#[derive(Debug, Args)]
pub(crate) struct ImportCsv {
    /// What the columns are.
    #[arg(long, value_name = "MAPPING.toml")]
    pub(crate) mapping: PathBuf,
    /// Reads and checks only, and prints the control totals.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Control total: how many rows all files together have.
    #[arg(long, value_name = "N")]
    pub(crate) expect_rows: Option<u64>,
    /// Control total: the sum of all invoices (payments, in files of payments) in one currency.
    #[arg(long, value_name = "USD=1.00", value_parser = expected)]
    pub(crate) expect_sum: Vec<ar_core::Money>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The files; each goes in whole or not at all.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// All accounts with what they owe.
    List {
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        output: Output,
    },
    /// One account: what is agreed, what it owes, what happened.
    Show {
        /// The account.
        account: AccountId,
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        output: Output,
    },
}

/// The two axes of every question.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct When {
    /// The day; today unless given.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) as_of: Option<Date>,
    /// What the log said up to this position; all of it unless given.
    #[arg(long, value_name = "POSITION")]
    pub(crate) known: Option<u64>,
}

/// Aging.
#[derive(Debug, Args)]
pub(crate) struct Aging {
    #[command(flatten)]
    pub(crate) when: When,
    /// One line per account or per item.
    #[arg(long, value_enum)]
    pub(crate) by: Option<By>,
    /// Upper edges of the buckets in days.
    #[arg(long, value_name = "30,60,90", value_delimiter = ',')]
    pub(crate) buckets: Option<Vec<u16>>,
    /// From which date days are counted.
    #[arg(long, value_enum, default_value_t = Basis::Due)]
    pub(crate) basis: Basis,
    /// Only these accounts.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Vec<AccountId>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// The grain of an aging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// One line per account.
    Account,
    /// One line per item.
    Item,
}

/// From which date days are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Basis {
    /// The due date, of what was rescheduled or charged back that of the debt it came from.
    Due,
    /// The due date agreed last.
    AgreedDue,
    /// The document date.
    Document,
    /// The accounting date.
    Accounting,
}

impl From<Basis> for ar_core::query::Basis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Due => Self::Due,
            Basis::AgreedDue => Self::AgreedDue,
            Basis::Document => Self::Document,
            Basis::Accounting => Self::Accounting,
        }
    }
}

/// Acts that wait for a second person.
#[derive(Debug, Args)]
pub(crate) struct Proposals {
    /// Those that were decided as well.
    #[arg(long)]
    pub(crate) all: bool,
    /// Only these accounts.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Vec<AccountId>,
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Finance charges.
#[derive(Debug, Args)]
pub(crate) struct Charges {
    /// The account.
    pub(crate) account: AccountId,
    /// The charge policy.
    #[arg(long, value_name = "ID")]
    pub(crate) policy: ChargePolicyId,
    /// The last day that is charged for.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) through: Date,
    /// Document date of the charge; the last day unless given.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) date: Option<Date>,
    /// The currency of the debts; the policy's, the account's or the book's unless given.
    #[arg(long, value_parser = Currency::parse)]
    pub(crate) currency: Option<Currency>,
    /// Issues the charge; otherwise it is only shown.
    #[arg(long)]
    pub(crate) assess: bool,
    /// The command's id; made of account, policy and day unless given.
    #[arg(long, value_name = "ID", value_parser = CommandId::parse)]
    pub(crate) id: Option<CommandId>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What customers agreed to.
#[derive(Debug, Args)]
pub(crate) struct Agreements {
    #[command(flatten)]
    pub(crate) when: When,
    /// Only these accounts.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Vec<AccountId>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// All open credits.
#[derive(Debug, Args)]
pub(crate) struct AllocateRun {
    /// Accounting date; today unless given.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) on: Option<Date>,
    /// Applies them; otherwise it is only shown.
    #[arg(long)]
    pub(crate) write: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// A run that is only played.
#[derive(Debug, Args)]
pub(crate) struct WhatIf {
    /// Commands, one on each line; `-` reads standard input. Without it, every open credit is applied
    /// by the book's rules.
    pub(crate) run: Option<PathBuf>,
    /// Accounting date of a run over open credits; today unless given.
    #[arg(long, value_name = "DATE", value_parser = Date::parse, conflicts_with = "run")]
    pub(crate) on: Option<Date>,
    /// Commands that change settings, played first in the other run: `One` is the book as it is,
    /// `Other` the book under them. Without it, `One` is nothing.
    #[arg(long, value_name = "FILE")]
    pub(crate) under: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// A statement.
#[derive(Debug, Args)]
pub(crate) struct Statement {
    /// The account.
    pub(crate) account: AccountId,
    #[command(flatten)]
    pub(crate) when: When,
    /// First day of the movements: a balance-forward statement. Without it, open items.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) from: Option<Date>,
    /// The movements of a month up to the day, or of the whole month before it.
    #[arg(long, value_enum, conflicts_with = "from")]
    pub(crate) last: Option<Last>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Which days a statement covers when its first is not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Last {
    /// From one month before the day to the day.
    Days,
    /// The whole month before.
    Months,
}

/// Open items.
#[derive(Debug, Args)]
pub(crate) struct Items {
    #[command(flatten)]
    pub(crate) when: When,
    /// Only these accounts.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Vec<AccountId>,
    /// Only documents with this attribute.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) attribute: Vec<(String, String)>,
    /// Only debits whose reason leaves them out of this.
    #[arg(long, value_enum)]
    pub(crate) left_out_of: Vec<LeftOut>,
    /// Only what is of this order: debits that bill it, credits that are kept for it.
    #[arg(long, value_name = "ID")]
    pub(crate) order: Option<OrderId>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What a debit may not count for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LeftOut {
    /// The exposure that a credit limit is compared with.
    Credit,
    /// Dunning.
    Dunning,
}

/// The journal.
#[derive(Debug, Args)]
pub(crate) struct Journal {
    /// First day.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) from: Option<Date>,
    /// Last day.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) to: Option<Date>,
    /// The form.
    #[arg(long, value_enum, default_value_t = JournalFormat::Table)]
    pub(crate) format: JournalFormat,
}

/// The forms of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum JournalFormat {
    /// For people.
    Table,
    /// One JSON object per posting and line.
    Json,
    /// For spreadsheets.
    Csv,
    /// For hledger.
    Hledger,
    /// For beancount.
    Beancount,
}

/// Accounting periods.
#[derive(Debug, Subcommand)]
pub(crate) enum Period {
    /// All periods with their state.
    List(Output),
    /// What is left to do before a period is closed.
    Check(Checked),
    /// Closes a period for good and puts its figures on record. An interrupted close is sent again.
    Close(ClosePeriod),
}

/// The checklist of a period.
#[derive(Debug, Args)]
pub(crate) struct Checked {
    /// The period.
    pub(crate) period: PeriodId,
    /// What the log said up to this position; all of it unless given.
    #[arg(long, value_name = "POSITION")]
    pub(crate) known: Option<u64>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// The close of a period.
#[derive(Debug, Args)]
pub(crate) struct ClosePeriod {
    /// The period.
    pub(crate) period: PeriodId,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What the book is compared with.
#[derive(Debug, Subcommand)]
pub(crate) enum Reconcile {
    /// The journal or the trial balance of the general ledger, as CSV.
    Gl(ReconcileGl),
}

/// The comparison with the general ledger.
#[derive(Debug, Args)]
pub(crate) struct ReconcileGl {
    /// The file. A column `code` or `account`, one `amount` or `balance` or both `debit` and `credit`,
    /// perhaps `currency`; a journal has `reference` (the position of our posting) and `date` as well.
    pub(crate) file: PathBuf,
    /// First day; the beginning unless given.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) from: Option<Date>,
    /// Last day; today unless given.
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    pub(crate) to: Option<Date>,
    /// Only these ledger accounts; those the book posted to unless given.
    #[arg(long, value_name = "CODE")]
    pub(crate) account: Vec<GlCode>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// The tie-out and the trial balance.
#[derive(Debug, Args)]
pub(crate) struct TieOut {
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Which withheld tax to list.
#[derive(Clone, Debug, Args)]
pub(crate) struct Withheld {
    /// Only what this account withheld.
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,
    #[command(flatten)]
    pub(crate) when: When,
    #[command(flatten)]
    pub(crate) output: Output,
}

fn actor(text: &str) -> Result<ActorId, String> {
    ActorId::parse(text).map_err(|error| error.to_string())
}

fn expected(text: &str) -> Result<ar_core::Money, String> {
    let (currency, amount) = text.split_once('=').ok_or("write it like USD=1.00")?;
    let currency = Currency::parse(currency).map_err(|error| error.to_string())?;
    let amount = ar_core::Amount::parse(amount).map_err(|error| error.to_string())?;
    amount.in_currency(currency).map_err(|error| error.to_string())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it like rep=smith")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }
}
