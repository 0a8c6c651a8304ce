//! Debits that become others: owed by another account, taken out as a chargeback, or agreed to be paid
//! by instalments (INV-28, INV-41).
//!
//! What is open on an item closes, and new items open for exactly that. The day from which a debt ages
//! stays that of the debt it came from: a new due date makes nothing younger.

mod decide;
mod plan;

pub(crate) use decide::{
    Moving, Part, aged_from, decide_charge_back, decide_transfer_debit, moved, open_debit,
};
pub(crate) use plan::decide_reschedule;

use serde::{Deserialize, Serialize};

use crate::allocation::ClosedItem;
use crate::document::{DocumentKind, NewItem};
use crate::journal::{Control, JournalLine};
use crate::values::*;

/// Most items that one plan takes over.
pub const PLAN_ITEMS_MAX: usize = 100;

/// Moves what is open on a debit to another account of the book: who owes it has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferDebit {
    /// The id of the debit it becomes on the other account.
    pub transfer: DocumentId,
    /// The debit item.
    pub item: ItemId,
    /// The other account.
    pub to: AccountId,
    /// How much; absent means all that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
}

/// Takes a deduction of the customer out of an item, as an item of its own with a reason: the rest can
/// be settled, and the deduction is followed up by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeBack {
    /// The id of the chargeback.
    pub chargeback: DocumentId,
    /// The item it comes out of.
    pub item: ItemId,
    /// How much; absent means all that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Accounting date.
    pub date: Date,
    /// Why: our code, or the customer's.
    pub reason: DeductionReason,
    /// When it is due; absent means with the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
}

/// The reason of a deduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeductionReason {
    /// A reason code of the book.
    Code(ReasonCode),
    /// The code that the customer uses; the book's reasons say which of theirs it stands for.
    Customer(Text),
}

/// Agrees that open debits of an account are paid by instalments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    /// The id of the plan; its instalments are its items.
    pub plan: DocumentId,
    /// The debits it takes over, of one account and currency; what is open on them.
    pub items: Vec<ItemId>,
    /// Accounting date.
    pub date: Date,
    /// When how much is due.
    pub schedule: PlanSchedule,
    /// Why.
    pub reason: ReasonCode,
    /// How many days an instalment may be late before the plan is in default, and what is left of it
    /// can be called in; absent means that nothing is agreed about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_after: Option<u16>,
}

/// The instalments of a plan. Every date is computed from the first, never by stepping: the 31st stays
/// the 31st after a February.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanSchedule {
    /// Instalments one by one; they come to what the plan takes over.
    Parts(Vec<PlanPart>),
    /// Equal amounts until nothing is left; the last is the rest.
    Amount {
        /// The first due date.
        start: Date,
        /// Months between two due dates.
        every_months: u16,
        /// The amount of each.
        amount: Amount,
    },
    /// A number of instalments as equal as minor units allow.
    Count {
        /// The first due date.
        start: Date,
        /// Months between two due dates.
        every_months: u16,
        /// How many.
        count: u16,
    },
}

/// One instalment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPart {
    /// Due date.
    pub due: Date,
    /// How much.
    pub amount: Amount,
}

/// Event: what was open on debits became new debits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebitMoved {
    /// The new document.
    pub document: DocumentId,
    /// A transfer, a chargeback or a plan.
    pub kind: DocumentKind,
    /// The account of the new items.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// The currency.
    pub currency: Currency,
    /// Document date of the new items: that of the oldest debt in them.
    pub document_date: Date,
    /// Accounting date.
    pub date: Date,
    /// What left the items, each with its link.
    pub from: Vec<ClosedItem>,
    /// The new items.
    pub items: Vec<NewItem>,
    /// Their control account.
    pub control: Control,
    /// Why.
    pub reason: ReasonCode,
    /// The customer's own code for the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_code: Option<Text>,
    /// Who follows it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<ActorId>,
    /// The last day on which the customer may claim it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Date>,
    /// How many days an instalment of the plan may be late before it is in default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_after: Option<u16>,
    /// The plan whose rest was called in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerates: Option<DocumentId>,
    /// The journal lines; none where the control account and the customer stay the same.
    pub posting: Vec<JournalLine>,
}
