//! Credit control: limits, exposure, and the one check that orders, deliveries and invoices pass
//! (INV-52).
//!
//! Exposure has one definition, used at every check. What lowers exposure always passes.

mod decide;
mod exposure;

pub(crate) use decide::{decide_report_order, decide_set_limit};
pub use exposure::exposure_minor;
pub(crate) use exposure::{CreditAnswer, CreditRequest, check_credit};

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::account::CreditLimit;
use crate::explain::Explanation;
use crate::values::*;

/// Sets the credit limit of an account (and of the group of which it is the parent).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetCreditLimit {
    /// The account.
    pub account: AccountId,
    /// The version of the account the change was made against.
    pub version: u32,
    /// The limit.
    pub limit: CreditLimit,
    /// Why.
    pub reason: Text,
}

/// How far an order has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Accepted.
    #[default]
    Ordered,
    /// Delivered, not yet invoiced.
    Delivered,
}

impl OrderStage {
    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Delivered => "delivered",
        }
    }
}

impl fmt::Display for OrderStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Reports an order, or its delivery: what of it is still to be invoiced. Reporting the same
/// order again replaces its amount; an increase passes the credit check, a decrease always passes.
/// A new stage passes the check too, since a delivery is where goods leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportOrder {
    /// The order.
    pub order: OrderId,
    /// The account.
    pub account: AccountId,
    /// The day.
    pub date: Date,
    /// Currency of the order; absent means the account's, else the book's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What is still to be invoiced, tax included; zero ends the order.
    pub amount: Amount,
    /// How far it has come.
    #[serde(default)]
    pub stage: OrderStage,
    /// Passes beyond the limit or a hold, on the actor's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_override: Option<Text>,
}

/// Event: an order's open amount changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderReported {
    /// The order.
    pub order: OrderId,
    /// Its account.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// The day.
    pub date: Date,
    /// Its currency.
    pub currency: Currency,
    /// What it was.
    pub before: Amount,
    /// What it is.
    pub amount: Amount,
    /// How far it has come.
    pub stage: OrderStage,
    /// Why it passed beyond a limit or a hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_override: Option<Text>,
    /// What credit control found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}
