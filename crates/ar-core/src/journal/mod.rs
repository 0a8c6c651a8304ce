//! The journal: balanced lines that follow from an event by role (INV-09, INV-11).
//!
//! A posting is built from roles; the book's chart turns each role into a ledger account once,
//! when the event is decided, so that replay never looks anything up.

mod posting;

pub use posting::{Posting, check_balanced};

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::values::*;

/// What a journal line stands for; the chart maps it to an account of the general ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Control account: open debit items and credit memos of customers.
    Receivable,
    /// Control account: payments not yet applied.
    Unapplied,
    /// Control account: payments whose payer is unknown.
    Unidentified,
    /// Control account: credit kept on account on purpose.
    OnAccount,
    /// Sales of goods and services, net of tax.
    Revenue,
    /// Freight charged to customers.
    Freight,
    /// Tax owed on sales.
    Tax,
    /// Bank and cash.
    Cash,
    /// Early-payment discounts granted.
    Discount,
    /// Receivables given up.
    BadDebt,
    /// Differences absorbed inside a tolerance, either way.
    SmallDifference,
    /// Tax withheld by the customer.
    Withholding,
    /// Realised exchange gains.
    FxGain,
    /// Realised exchange losses.
    FxLoss,
    /// Differences of a named rounding point.
    Rounding,
    /// Refunds ordered and not yet paid out.
    RefundClearing,
    /// Fees that a bank charged for a returned payment.
    BankFee,
    /// The other side of balances brought forward at cut-over.
    Opening,
    /// Unrealised exchange gains on open items, from revaluation.
    UnrealisedGain,
    /// Unrealised exchange losses on open items, from revaluation.
    UnrealisedLoss,
    /// Where a conversion leaves one currency and enters another; nothing stays on it in base currency.
    FxClearing,
    /// Deposits invoiced and not yet consumed.
    Deposit,
    /// Interest charged on late debts.
    InterestIncome,
    /// Fixed sums charged on late debts.
    FeeIncome,
    /// Tax that falls due when a document is paid.
    DeferredTax,
    /// What came in of receivables given up.
    BadDebtRecovered,
    /// Between receivables and payables of the same partner, where they are set off.
    Netting,
    /// What is allowed for losses that are expected: a deduction from the receivables.
    Allowance,
    /// Expense for losses that are expected.
    BadDebtExpense,
    /// What rates make of an allowance in another currency: a loss in debit, a gain in credit.
    AllowanceExchange,
}

impl Role {
    /// Every role, in the order of the chart.
    pub const ALL: [Self; 30] = [
        Self::Receivable,
        Self::Unapplied,
        Self::Unidentified,
        Self::OnAccount,
        Self::Revenue,
        Self::Freight,
        Self::Tax,
        Self::Cash,
        Self::Discount,
        Self::BadDebt,
        Self::SmallDifference,
        Self::Withholding,
        Self::FxGain,
        Self::FxLoss,
        Self::Rounding,
        Self::RefundClearing,
        Self::BankFee,
        Self::Opening,
        Self::UnrealisedGain,
        Self::UnrealisedLoss,
        Self::FxClearing,
        Self::Deposit,
        Self::InterestIncome,
        Self::FeeIncome,
        Self::DeferredTax,
        Self::BadDebtRecovered,
        Self::Netting,
        Self::Allowance,
        Self::BadDebtExpense,
        Self::AllowanceExchange,
    ];

    /// Whether the sub-ledger is kept against this role: its balance is the sum of open items.
    #[must_use]
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Receivable | Self::Unapplied | Self::Unidentified | Self::OnAccount)
    }

    /// Whether a chart must name it. The others serve what not every book does; what posts to one that
    /// is not named is refused (`chart.no_account`), so that a chart stays good when roles are added.
    #[must_use]
    pub const fn is_in_every_chart(self) -> bool {
        !matches!(
            self,
            Self::UnrealisedGain
                | Self::UnrealisedLoss
                | Self::FxClearing
                | Self::Deposit
                | Self::InterestIncome
                | Self::FeeIncome
                | Self::DeferredTax
                | Self::BadDebtRecovered
                | Self::Netting
                | Self::Allowance
                | Self::BadDebtExpense
                | Self::AllowanceExchange
        )
    }

    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receivable => "receivable",
            Self::Unapplied => "unapplied",
            Self::Unidentified => "unidentified",
            Self::OnAccount => "on_account",
            Self::Revenue => "revenue",
            Self::Freight => "freight",
            Self::Tax => "tax",
            Self::Cash => "cash",
            Self::Discount => "discount",
            Self::BadDebt => "bad_debt",
            Self::SmallDifference => "small_difference",
            Self::Withholding => "withholding",
            Self::FxGain => "fx_gain",
            Self::FxLoss => "fx_loss",
            Self::Rounding => "rounding",
            Self::RefundClearing => "refund_clearing",
            Self::BankFee => "bank_fee",
            Self::Opening => "opening",
            Self::UnrealisedGain => "unrealised_gain",
            Self::UnrealisedLoss => "unrealised_loss",
            Self::FxClearing => "fx_clearing",
            Self::Deposit => "deposit",
            Self::InterestIncome => "interest_income",
            Self::FeeIncome => "fee_income",
            Self::DeferredTax => "deferred_tax",
            Self::BadDebtRecovered => "bad_debt_recovered",
            Self::Netting => "netting",
            Self::Allowance => "allowance",
            Self::BadDebtExpense => "bad_debt_expense",
            Self::AllowanceExchange => "allowance_exchange",
        }
    }

    /// The role of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The control account that an item stands on, resolved when the item was made: whatever settles
/// the item later posts to the same account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// A control role.
    pub role: Role,
    /// Its account code.
    pub code: GlCode,
}

/// One line of a posting. Debit is positive, credit negative; the currency and the accounting
/// date are those of the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalLine {
    /// What the line stands for.
    pub role: Role,
    /// The account of the general ledger.
    pub code: GlCode,
    /// In the event's currency.
    pub amount: Amount,
    /// In the book's base currency; absent when that is the event's currency or when the event is
    /// kept unconverted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
    /// The customer's account, on control lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The intercompany partner, on every line of an intercompany account's events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<GlCode>,
    /// Cost centre, project and the like, from the document line.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub dimensions: Attributes,
}
