//! Cut-over: open items come in with their history, all or nothing, proven against control totals.
//!
//! What is loaded is open at the cut-over date with its original number, document date, due dates,
//! discounts and dunning level. The statement of what was asked for and what was found is part of
//! the log.

mod decide;
mod prove;

pub(crate) use decide::{check_cut_over, decide_bring_forward};

use serde::{Deserialize, Serialize};

use crate::document::{DocumentKind, NewItem, Side};
use crate::journal::{Control, JournalLine};
use crate::values::*;

/// Most documents in one cut-over command.
pub const DOCUMENTS_MAX: usize = 10_000;
/// Most control totals in one cut-over command.
pub const CONTROL_TOTALS_MAX: usize = 100_000;
/// Most documents in one event.
pub const DOCUMENTS_PER_EVENT: usize = 500;

/// Brings open documents forward from another system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BringForward {
    /// The cut-over date: the accounting date of everything loaded.
    pub date: Date,
    /// The documents.
    pub documents: Vec<OpeningDocument>,
    /// Upper edges of the buckets that totals by bucket refer to, in days overdue at the cut-over
    /// date, like `[30, 60, 90]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<u16>,
    /// What the old system says the documents come to.
    pub control: Vec<ControlTotal>,
}

/// One open document of the old system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningDocument {
    /// Its original number.
    pub document: DocumentId,
    /// Owed by or to the customer.
    pub side: Side,
    /// The account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Base units per unit at which it stands in the general ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<GivenRate>,
    /// Its original document date.
    pub document_date: Date,
    /// Its open instalments, in order.
    pub items: Vec<OpeningItem>,
    /// The customer's purchase order number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub po_number: Option<Text>,
    /// Free pairs.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// One open instalment of the old system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningItem {
    /// Its due date.
    pub due: Date,
    /// What is open; positive on both sides.
    pub open: Amount,
    /// Discounts it still may earn, on the open amount.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<crate::terms::DiscountTier>,
    /// The dunning level it has reached.
    #[serde(default)]
    pub dunning_level: u8,
}

/// A total stated by the old system. Debits count positive, credits negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlTotal {
    /// Of one account; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The currency.
    pub currency: Currency,
    /// Of one bucket by its label, like `current`, `1-30` or `91+`, debits only; absent means
    /// all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Text>,
    /// The total.
    pub amount: Amount,
}

/// Event: documents were brought forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningLoaded {
    /// The currency of all of them.
    pub currency: Currency,
    /// The cut-over date.
    pub date: Date,
    /// The documents.
    pub documents: Vec<LoadedDocument>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// One document as loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadedDocument {
    /// Its number.
    pub document: DocumentId,
    /// Opening debit or credit.
    pub kind: DocumentKind,
    /// The account.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// Base units per unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Its original document date.
    pub document_date: Date,
    /// Its items.
    pub items: Vec<NewItem>,
    /// Their control account.
    pub control: Control,
    /// Purchase order number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub po_number: Option<Text>,
    /// Free pairs.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// Event: a cut-over was proven against its control totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOverProven {
    /// The cut-over date.
    pub date: Date,
    /// The bucket edges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<u16>,
    /// Every total stated; each was found to the cent.
    pub totals: Vec<ControlTotal>,
    /// Documents loaded.
    pub documents: u32,
    /// Items loaded.
    pub items: u32,
}
