//! Documents: invoices, credit memos, debit memos, and what may happen to them once issued
//! (INV-05, INV-15, INV-18 to INV-24).
//!
//! Content is frozen at issue. A correction is a new document that names the one it corrects.

mod charge;
mod coins;
mod content;
mod credit_memo;
mod event;
mod header;
mod issue;
mod line;
mod lines;
mod memo_discount;
mod set_off;
mod taxes;
mod void;

pub(crate) use charge::{ChargeDocument, issue_charge};
pub use content::{BookedLine, Content, TaxGroup, credited_entries};
pub(crate) use credit_memo::decide_credit_memo;
pub use event::{
    CreditedEntry, DiscountTakenBack, DocumentAnnotated, DocumentDelivered, DocumentIssued, DocumentVoided,
    NewItem, OrderBilled, OrderReturned, Released,
};
pub(crate) use issue::{decide_debit_memo, decide_invoice};
pub use line::{LINES_MAX, Line, LineDiscount, LineKind, TaxMode};
pub use lines::{LINE_TAXES_MAX, Pricing, price};
pub(crate) use memo_discount::BACK as MEMO_DISCOUNT;
pub use set_off::{SetOff, TaxSetOff};
pub(crate) use void::{decide_annotate, decide_delivery, decide_void};

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::book::TaxKind;
use crate::journal::Control;
use crate::rows::SeriesRow;
use crate::terms::Terms;
use crate::values::*;

/// The kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentKind {
    /// An invoice.
    Invoice,
    /// A credit memo.
    CreditMemo,
    /// A debit memo.
    DebitMemo,
    /// A debit brought forward at cut-over.
    OpeningDebit,
    /// A credit brought forward at cut-over.
    OpeningCredit,
    /// A payment.
    Payment,
    /// Credit or debit transferred from another account.
    Transfer,
    /// Credit converted from another currency.
    Conversion,
    /// A deduction taken out of a debit.
    Chargeback,
    /// A payment plan.
    Plan,
    /// Interest and fees on late debts.
    FinanceCharge,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Invoice,
        Self::CreditMemo,
        Self::DebitMemo,
        Self::OpeningDebit,
        Self::OpeningCredit,
        Self::Payment,
        Self::Transfer,
        Self::Conversion,
        Self::Chargeback,
        Self::Plan,
        Self::FinanceCharge,
    ];

    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditMemo => "credit_memo",
            Self::DebitMemo => "debit_memo",
            Self::OpeningDebit => "opening_debit",
            Self::OpeningCredit => "opening_credit",
            Self::Payment => "payment",
            Self::Transfer => "transfer",
            Self::Conversion => "conversion",
            Self::Chargeback => "chargeback",
            Self::Plan => "plan",
            Self::FinanceCharge => "finance_charge",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Which side its items stand on.
    #[must_use]
    pub const fn side(self) -> Side {
        match self {
            Self::Invoice
            | Self::DebitMemo
            | Self::OpeningDebit
            | Self::Chargeback
            | Self::Plan
            | Self::FinanceCharge => Side::Debit,
            _ => Side::Credit,
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Debit: the customer owes. Credit: the customer has something to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Owed by the customer.
    Debit,
    /// Owed to the customer.
    Credit,
}

/// Where a document's number comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Number {
    /// The next number of a series of the book.
    Series(SeriesId),
    /// A number given by the caller.
    Given(DocumentId),
}

/// Which terms a document has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermsChoice {
    /// Terms set up in the book.
    Named(TermsId),
    /// Terms given here.
    Inline(Terms),
    /// One due date. Before the document date it needs a reason.
    Due {
        /// The due date.
        date: Date,
        /// Why it lies before the document date (re-billing, migration).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
        /// Under which terms it was agreed; a name for grouping, which need not be set up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<TermsId>,
    },
}

/// Issues an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueInvoice {
    /// The customer's account.
    pub account: AccountId,
    /// Its number.
    pub number: Number,
    /// The currency; absent means the account's, else the book's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Base units per unit; absent means the recorded rate of the document date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<GivenRate>,
    /// Document date: terms, tax and series follow it.
    pub date: Date,
    /// Accounting date; absent means the document date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting_date: Option<Date>,
    /// Terms; absent means the account's, else the book's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<TermsChoice>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Whether line prices contain tax.
    #[serde(default)]
    pub tax_mode: TaxMode,
    /// A discount on all lines before tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<LineDiscount>,
    /// The customer's purchase order number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub po_number: Option<Text>,
    /// The reported order that this invoice bills; its exposure becomes the invoice's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Issues beyond a credit limit or a hold, on this person's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_override: Option<Text>,
    /// Free pairs.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What sets the claim apart, like a retention: the chart may map its accounts by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonCode>,
}

/// Issues a debit memo: more to pay, with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueDebitMemo {
    /// The customer's account.
    pub account: AccountId,
    /// Its number.
    pub number: Number,
    /// The currency; absent means the account's, else the book's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Base units per unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<GivenRate>,
    /// Document date.
    pub date: Date,
    /// Accounting date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting_date: Option<Date>,
    /// Terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<TermsChoice>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Whether line prices contain tax.
    #[serde(default)]
    pub tax_mode: TaxMode,
    /// A discount on all lines before tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<LineDiscount>,
    /// Why.
    pub reason: ReasonCode,
    /// The invoice it adds to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<DocumentId>,
    /// Free pairs.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// Issues a credit memo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueCreditMemo {
    /// The customer's account.
    pub account: AccountId,
    /// Its number.
    pub number: Number,
    /// Document date.
    pub date: Date,
    /// Accounting date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting_date: Option<Date>,
    /// What is credited.
    pub credit: CreditBasis,
    /// Why.
    pub reason: ReasonCode,
    /// Free pairs.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// What a credit memo credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditBasis {
    /// An invoice, or part of it; applied to that invoice at once, up to what is open.
    Invoice {
        /// The invoice.
        document: DocumentId,
        /// Which part.
        part: CreditPart,
        /// Whether the memo settles the invoice at once; otherwise it stays unapplied.
        #[serde(default = "yes")]
        apply: bool,
    },
    /// No invoice: lines of its own.
    Standalone {
        /// The currency; absent means the account's, else the book's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        currency: Option<Currency>,
        /// Base units per unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rate: Option<GivenRate>,
        /// The lines, with positive amounts.
        lines: Vec<Line>,
        /// Whether line prices contain tax.
        #[serde(default)]
        tax_mode: TaxMode,
        /// A discount on all lines before tax.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        discount: Option<LineDiscount>,
    },
}

const fn yes() -> bool {
    true
}

/// Which part of an invoice is credited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditPart {
    /// Everything that was not credited before.
    Whole,
    /// Lines, wholly or by a net amount.
    Lines(Vec<CreditLine>),
    /// All lines of a kind: product, service or freight.
    Kind(LineKind),
    /// Tax alone.
    Tax {
        /// The tax code.
        code: TaxCode,
        /// How much; absent means all that was not credited before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Amount>,
    },
}

/// A line of an invoice to credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditLine {
    /// Its place on the invoice, from 1.
    pub line: usize,
    /// How much of its net amount; absent means all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<Amount>,
}

/// Voids a document: only while undelivered, never settled, and in an open period. Its number
/// stays taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoidDocument {
    /// The document.
    pub document: DocumentId,
    /// The accounting date of the void; on or after the document's.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
}

/// Records that a document reached the customer. From then on it can only be credited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordDelivery {
    /// The document.
    pub document: DocumentId,
    /// The day.
    pub date: Date,
    /// How.
    pub channel: crate::account::Channel,
}

/// Adds a dated note to a document: a purchase order number that came later, or text. The
/// document's own content stays as issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnotateDocument {
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
