//! What happened to documents: issued, voided, delivered, annotated (INV-12, INV-21).
//!
//! An event carries the content as booked and every account, date and amount that its rows need.

use serde::{Deserialize, Serialize};

use super::{Content, DocumentKind, SetOff, Side};
use crate::book::Counts;
use crate::explain::Explanation;
use crate::journal::{Control, JournalLine};
use crate::rows::SeriesRow;
use crate::terms::DiscountTier;
use crate::values::*;

/// Event: a document was issued. One shape for invoices, memos of both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentIssued {
    /// Its number.
    pub document: DocumentId,
    /// Its kind.
    pub kind: DocumentKind,
    /// The account.
    pub account: AccountId,
    /// The group whose total moves: the account's parent, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// Its currency.
    pub currency: Currency,
    /// Base units per unit; absent in the base currency and when unconverted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Document date.
    pub document_date: Date,
    /// Accounting date of every row and line.
    pub date: Date,
    /// The series' counter after it, when the number came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesRow>,
    /// Lines, tax and totals as booked.
    pub content: Content,
    /// Its items: one per instalment. A zero total makes one item of zero.
    pub items: Vec<NewItem>,
    /// The control account of its items.
    pub control: Control,
    /// The invoice it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<DocumentId>,
    /// Why, on memos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonCode>,
    /// The customer's purchase order number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub po_number: Option<Text>,
    /// How much of which order it turned from order to invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderBilled>,
    /// Why a due date lies before the document date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_reason: Option<Text>,
    /// Why it was issued beyond a limit or a hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_override: Option<Text>,
    /// Free pairs.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What credit control found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
    /// For a memo of an invoice with deferred tax: what of it had not fallen due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_off: Option<Box<SetOff>>,
}

/// One open position of a new document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// Due date. For credits, the document date.
    pub due: Date,
    /// Its amount.
    pub amount: Amount,
    /// In base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
    /// Discounts for paying early.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<DiscountTier>,
    /// The name of its terms, where they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<TermsId>,
    /// The day it ages from, where that is not its due date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aged_from: Option<Date>,
    /// Dunning level brought forward.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dunning_level: u8,
    /// What it counts for beyond the ledger, as its reason says.
    #[serde(default, skip_serializing_if = "Counts::is_full")]
    pub counts: Counts,
    /// The order that it bills, of a debit; the order that it is kept for, of a credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(level: &u8) -> bool {
    *level == 0
}

/// How much of an order an invoice billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderBilled {
    /// The order.
    pub order: OrderId,
    /// What leaves the order's open amount.
    pub amount: Amount,
    /// What is left of it.
    pub left: Amount,
}

/// Event: a document was voided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentVoided {
    /// The document.
    pub document: DocumentId,
    /// Accounting date.
    pub date: Date,
    /// Its currency.
    pub currency: Currency,
    /// Why.
    pub reason: ReasonCode,
    /// Which side its items stand on.
    pub side: Side,
    /// What leaves each item.
    pub closed: Vec<crate::allocation::ClosedItem>,
    /// For a memo that refers to an invoice: what it had credited or debited there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Released>,
    /// What returns to the order that it billed: it was ordered or supplied all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderReturned>,
    /// The marks that the debts it charged have again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<crate::charges::MarkMoved>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// What a voided invoice gives back to the order it billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderReturned {
    /// The order.
    pub order: OrderId,
    /// What is to be invoiced again.
    pub amount: Amount,
    /// What is open of the order after it.
    pub open: Amount,
    /// The account.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
}

/// What counts against bounds of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The invoice.
    pub invoice: DocumentId,
    /// How each bound moves.
    pub entries: Vec<CreditedEntry>,
}

/// An amount counted against one bound of an invoice. The key is `line:N` for the net of a line,
/// `net:CODE` and `tax:CODE` for a tax group, `net:` for untaxed lines. Credit memos count
/// positive, debit memos negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditedEntry {
    /// Which bound.
    pub key: compact_str::CompactString,
    /// How much.
    pub amount: Amount,
}

/// Event: a document reached the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentDelivered {
    /// The document.
    pub document: DocumentId,
    /// The day.
    pub date: Date,
    /// How.
    pub channel: crate::account::Channel,
}

/// Event: a dated note was added to a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentAnnotated {
    /// The document.
    pub document: DocumentId,
    /// The day.
    pub date: Date,
    /// A purchase order number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub po_number: Option<Text>,
    /// A note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Event: a credit memo gave back the share of an early-payment discount that was taken on what it
/// credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscountTakenBack {
    /// What left the memo, with its link.
    pub from: crate::allocation::ClosedItem,
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// What counts against the invoice, so that no memo takes back more than was granted.
    pub counts: Released,
    /// What was credited and how much discount was on it.
    pub explanation: crate::explain::Explanation,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}
