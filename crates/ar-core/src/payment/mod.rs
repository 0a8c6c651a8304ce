//! Payments: cash received, identified, returned, refunded and moved (INV-25, INV-27, INV-34,
//! INV-35).
//!
//! Cash is never refused and never vanishes: what is not applied stays unapplied on the payment,
//! what has no known payer stays visible as unidentified.

mod receive;
mod refund;
mod reverse;
mod transfer;

pub(crate) use receive::{accounting_date, decide_identify, decide_receive};
pub(crate) use refund::{decide_pay_refund, decide_request_refund, decide_void_refund};
pub(crate) use reverse::decide_reverse;
pub(crate) use transfer::{check_movable, decide_transfer};

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::allocation::{ClosedItem, How};
use crate::document::NewItem;
use crate::journal::{Control, JournalLine};
use crate::values::*;

/// The account that unidentified cash stands on until its payer is known. No account can be
/// opened under an id that begins with `~`.
pub const SUSPENSE: &str = "~unidentified";

/// How a payment came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Cash.
    Cash,
    /// Cheque.
    Cheque,
    /// ACH.
    Ach,
    /// Wire or credit transfer.
    #[default]
    Wire,
    /// Card.
    Card,
    /// Direct debit.
    DirectDebit,
    /// Lockbox.
    Lockbox,
    /// Anything else.
    Other,
}

/// Who paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// A customer's account.
    Account(AccountId),
    /// Not known yet.
    Unidentified,
}

/// What the unapplied part of a payment is kept as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Unapplied: still to be matched.
    #[default]
    Unapplied,
    /// On account: kept for the future on purpose.
    OnAccount,
}

/// Records a payment received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceivePayment {
    /// Its id, chosen by the caller.
    pub payment: DocumentId,
    /// Who paid.
    pub payer: Payer,
    /// How.
    #[serde(default)]
    pub method: Method,
    /// Its currency; absent means the account's, else the book's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Base units per unit; absent means the recorded rate of the payment's date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<GivenRate>,
    /// How much.
    pub amount: Amount,
    /// Document date: the day it came.
    pub date: Date,
    /// Accounting date; absent means the document date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting_date: Option<Date>,
    /// Value date: discounts and interest follow it; absent means the document date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
    /// Which of the book's bank accounts it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankId>,
    /// The bank's reference, cheque number or the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
    /// What the unapplied part is kept as; for an order it is kept on account whatever this says.
    #[serde(default)]
    pub keep: Keep,
    /// The order that it prepays: of the payer, in the payment's currency. What is not applied at once
    /// is kept on account for it, and no rule settles anything else with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// How it is applied at once; absent leaves it unapplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocate: Option<How>,
    /// Free pairs.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// Assigns unidentified cash to the account that paid it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentifyPayment {
    /// The payment.
    pub payment: DocumentId,
    /// Who paid.
    pub account: AccountId,
    /// Accounting date of the assignment; on or after the payment's.
    pub date: Date,
    /// How it is applied at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocate: Option<How>,
}

/// Why a payment is reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReversalCause {
    /// The bank returned it: bounced cheque, returned debit, charge-back.
    Returned,
    /// It was entered in error.
    EnteredInError,
}

/// Takes a payment back: everything it settled is open again, due dates and all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReversePayment {
    /// The payment.
    pub payment: DocumentId,
    /// Accounting date of the reversal; on or after the payment's, moved to the first open day.
    pub date: Date,
    /// Returned by the bank, or entered in error.
    pub cause: ReversalCause,
    /// Why.
    pub reason: Text,
    /// What the bank charged for the return; booked as the book's own expense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
}

/// Asks for a refund of unapplied credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRefund {
    /// Its id, chosen by the caller.
    pub refund: RefundId,
    /// The credit item.
    pub credit: ItemId,
    /// How much.
    pub amount: Amount,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
}

/// Records that a refund was paid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayRefund {
    /// The refund.
    pub refund: RefundId,
    /// Accounting date.
    pub date: Date,
    /// From which bank account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankId>,
}

/// Voids a refund that was not paid: the credit is unapplied again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoidRefund {
    /// The refund.
    pub refund: RefundId,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// Moves unapplied credit to another account of the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferCredit {
    /// The id of the credit it becomes on the other account.
    pub transfer: DocumentId,
    /// The credit item.
    pub credit: ItemId,
    /// The other account.
    pub to: AccountId,
    /// How much; absent means all that is unapplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
}

/// Event: a payment was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentReceived {
    /// The payment.
    pub payment: DocumentId,
    /// Who paid, or the suspense account.
    pub account: AccountId,
    /// The group whose total moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// How it came.
    pub method: Method,
    /// Its currency.
    pub currency: Currency,
    /// Base units per unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// How much.
    pub amount: Amount,
    /// In base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
    /// Document date.
    pub document_date: Date,
    /// Accounting date.
    pub date: Date,
    /// Value date.
    pub value_date: Date,
    /// The book's bank account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankId>,
    /// The bank's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
    /// The order that it prepays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The control account of its item: unapplied, on account or unidentified.
    pub control: Control,
    /// Free pairs.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Why no rule applied it, when it was to be applied by policy and stayed unapplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<crate::explain::Explanation>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// Event: a credit moved: from suspense to its payer's account, or from one account to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditMoved {
    /// The settlement link that closes the old item.
    pub link: LinkId,
    /// What left.
    pub from: ClosedItem,
    /// The new item.
    pub to: ItemId,
    /// The account it stands on.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// Its currency.
    pub currency: Currency,
    /// The new item's kind: payment when identified, transfer otherwise.
    pub kind: crate::document::DocumentKind,
    /// Document date, kept from the old item.
    pub document_date: Date,
    /// Value date, kept from the old item.
    pub value_date: Date,
    /// Accounting date.
    pub date: Date,
    /// The new item.
    pub item: NewItem,
    /// Its control account.
    pub control: Control,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonCode>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// Event: a payment was taken back. What it had settled was undone by the events before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentReversed {
    /// The payment.
    pub payment: DocumentId,
    /// Accounting date.
    pub date: Date,
    /// The date asked for, when its period was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_date: Option<Date>,
    /// Its currency.
    pub currency: Currency,
    /// Returned, or entered in error.
    pub cause: ReversalCause,
    /// Why.
    pub reason: Text,
    /// What is taken out of each of its items.
    pub closed: Vec<ClosedItem>,
    /// What had been refunded or moved on already: the customer owes it now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owed: Vec<OwedAgain>,
    /// The bank's fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// A debit item that arises when a payment is returned after part of it was refunded or moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwedAgain {
    /// The new item: the payment's next part.
    pub item: ItemId,
    /// The account.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// Due at once.
    pub new: NewItem,
    /// Its control account.
    pub control: Control,
}

/// Event: a refund was asked for; its amount is no longer unapplied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundRequested {
    /// The refund.
    pub refund: RefundId,
    /// The settlement link.
    pub link: LinkId,
    /// What left the credit item.
    pub from: ClosedItem,
    /// Its currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
    /// Where it waits to be paid.
    pub clearing: GlCode,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// Event: a refund was paid out, or voided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundEnded {
    /// The refund.
    pub refund: RefundId,
    /// Paid or voided.
    pub state: RefundState,
    /// Its currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// From which bank account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankId>,
    /// Why it was voided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// The settlement link undone and what returns to the credit item, when voided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<(LinkId, ClosedItem)>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Asked for, not paid.
    Requested,
    /// Paid out.
    Paid,
    /// Voided before it was paid.
    Voided,
}

impl RefundState {
    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Paid => "paid",
            Self::Voided => "voided",
        }
    }
}

impl fmt::Display for RefundState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
