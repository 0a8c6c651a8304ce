//! What a customer agreed to: promises to pay, and the day on which a payment plan is in default
//! (INV-22).
//!
//! What was agreed is on record; whether it was kept is a question about settlements and a day
//! ([`crate::query::promises`], [`crate::query::plans`]) and stored nowhere. No promise moves an amount,
//! and none makes a debt younger.

mod decide;

pub(crate) use decide::{decide_accelerate, decide_promise, decide_withdraw};

use serde::{Deserialize, Serialize};

use crate::values::*;

/// Records that the customer promised to pay an item by a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromiseToPay {
    /// The promise.
    pub promise: PromiseId,
    /// The debit item.
    pub item: ItemId,
    /// How much; absent means all that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The day on which it was made.
    pub date: Date,
    /// The last day on which paying keeps it.
    pub by: Date,
    /// Who said it, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Records that a promise no longer holds: it was made in error, or another one takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawPromise {
    /// The promise.
    pub promise: PromiseId,
    /// From this day it no longer holds.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// Calls in what is left of a payment plan in default: all open instalments become one debit that is
/// due at once. It ages from the oldest debt in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceleratePlan {
    /// The plan.
    pub plan: DocumentId,
    /// The id of the debit that it becomes.
    pub document: DocumentId,
    /// Accounting date, and the day on which all is due.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
}

/// Event: a promise was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromiseMade {
    /// The promise.
    pub promise: PromiseId,
    /// The item.
    pub item: ItemId,
    /// Its account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// How much.
    pub amount: Amount,
    /// The day on which it was made.
    pub date: Date,
    /// The last day on which paying keeps it.
    pub by: Date,
    /// Who said it, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Event: a promise no longer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromiseWithdrawn {
    /// The promise.
    pub promise: PromiseId,
    /// The account.
    pub account: AccountId,
    /// From this day it no longer holds.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// What identifies an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgreementId {
    /// A promise.
    Promise(PromiseId),
    /// A payment plan.
    Plan(DocumentId),
}

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreed {
    /// To pay an item.
    Pay {
        /// The item.
        item: ItemId,
        /// How much, in minor units.
        minor: i64,
        /// The last day on which paying keeps it.
        by: Date,
    },
    /// To pay by instalments.
    Instalments {
        /// How many days an instalment may be late before the plan is in default; absent means that
        /// nothing was agreed about it.
        default_after: Option<u16>,
    },
}
