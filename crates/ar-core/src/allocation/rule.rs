//! Rules: the ways of finding what a credit settles, of which a policy is an ordered list (INV-36).

use serde::{Deserialize, Serialize};

use super::COMBINATION_MAX;
use crate::charges::ChargePart;
use crate::rejection::Rejection;

/// One way of finding what a credit settles. A policy is an ordered list of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// The documents the payer named.
    References,
    /// The one item whose open amount, less the discount it earns now, is the credit.
    ExactItem,
    /// The account's whole open debit, when that is exactly the credit. Of a credit that is kept for an
    /// order: the whole open debit of the order.
    ExactAccountTotal,
    /// Everything of the account that is past due on the day of the allocation, or the credit's own
    /// when no day was asked for, when that is exactly the credit. Due that day is not past due.
    ExactPastDueTotal,
    /// What is past due under terms of one name, when that is exactly the credit; the terms with the
    /// oldest due date first. Items of terms without a name stand together.
    ExactPastDueByTerms,
    /// The fewest open items, two or more, that together are settled by exactly the credit: all with
    /// the discounts they earn, or all without. Of the first [`COMBINATION_ITEMS`](super::COMBINATION_ITEMS) in the order of
    /// allocation.
    Combination {
        /// Most items of a combination, 2 to [`COMBINATION_MAX`].
        most: u8,
    },
    /// Items in order of due date, document date and id.
    OldestDueFirst {
        /// Whether the last item may be settled in part.
        partial: bool,
    },
    /// All open items in proportion to what is open, by largest remainder.
    ProRata,
    /// Debts and what was charged on them in the order that the law or the agreement wants; within a
    /// class in order of due date, document date and id, the last one in part.
    LegalOrder {
        /// Which class comes first.
        order: LegalOrder,
    },
}

/// In which order a payment settles debts and what was charged on them for being late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LegalOrder {
    /// Costs (fixed sums and fees), then interest, then the debts: German Civil Code, section 367.
    CostsInterestPrincipal,
    /// Interest, then costs, then the debts.
    InterestCostsPrincipal,
    /// The debts, then interest, then costs.
    PrincipalInterestCosts,
}

impl LegalOrder {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CostsInterestPrincipal => "costs_interest_principal",
            Self::InterestCostsPrincipal => "interest_costs_principal",
            Self::PrincipalInterestCosts => "principal_interest_costs",
        }
    }

    /// The place of an item's class: what it is of a finance charge, or a debt where it is none.
    pub(crate) const fn place(self, charge: Option<ChargePart>) -> u8 {
        use ChargePart::{Fee, Interest};
        match (self, charge) {
            (Self::CostsInterestPrincipal, Some(Fee))
            | (Self::InterestCostsPrincipal, Some(Interest))
            | (Self::PrincipalInterestCosts, None) => 0,
            (Self::CostsInterestPrincipal | Self::PrincipalInterestCosts, Some(Interest))
            | (Self::InterestCostsPrincipal, Some(Fee)) => 1,
            (Self::PrincipalInterestCosts, Some(Fee)) | (_, None) => 2,
        }
    }
}

impl Rule {
    /// Checks what a rule is given.
    ///
    /// # Errors
    /// `setting.invalid` for a combination of fewer than two or too many items.
    pub fn check(&self) -> Result<(), Rejection> {
        match self {
            Self::Combination { most } if !(2..=COMBINATION_MAX).contains(most) => {
                let problem = format!("a combination has 2 to {COMBINATION_MAX} items and not {most}");
                Err(Rejection::SettingInvalid { setting: "allocation rule", problem })
            }
            _ => Ok(()),
        }
    }

    /// The name in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::References => "references",
            Self::ExactItem => "exact_item",
            Self::ExactAccountTotal => "exact_account_total",
            Self::ExactPastDueTotal => "exact_past_due_total",
            Self::ExactPastDueByTerms => "exact_past_due_by_terms",
            Self::Combination { .. } => "combination",
            Self::OldestDueFirst { .. } => "oldest_due_first",
            Self::ProRata => "pro_rata",
            Self::LegalOrder { .. } => "legal_order",
        }
    }
}
