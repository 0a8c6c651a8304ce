//! Events: what happened. Never edited, never deleted; an undo is an event (INV-12).
//!
//! An event carries every account, date, amount and resolved ledger code that its rows need, so
//! that replay looks nothing up and never depends on a later version's rules.

use serde::{Deserialize, Serialize};

use crate::account::AccountChanged;
use crate::agreement::{PromiseMade, PromiseWithdrawn};
use crate::allocation::{CreditAllocated, ItemWrittenOff, SettlementUndone, WriteOffRecovered};
use crate::approval::{ProposalDecided, Proposed};
use crate::book::{BookConfigured, BookOpened, RecordRate};
use crate::charges::{ChargeWaived, ChargesAssessed};
use crate::credit::OrderReported;
use crate::cutover::{CutOverProven, OpeningLoaded};
use crate::debit::DebitMoved;
use crate::document::{
    DiscountTakenBack, DocumentAnnotated, DocumentDelivered, DocumentIssued, DocumentVoided, Side,
};
use crate::fx::{ConversionIssued, ConversionUndone, CreditConverted, ItemsRevalued};
use crate::journal::JournalLine;
use crate::netting::ItemsNetted;
use crate::payment::{CreditMoved, PaymentReceived, PaymentReversed, RefundEnded, RefundRequested};
use crate::period::{Area, CheckSignedOff, PeriodClosed, PeriodDefined, PeriodProven, PeriodReopened};
use crate::provision::AllowanceProvided;
use crate::values::{Currency, Date};
use crate::withholding::{CertificateRecorded, CertificateWithdrawn};

/// Something that happened in a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The book was opened.
    BookOpened(Box<BookOpened>),
    /// A setting got a new version.
    BookConfigured(Box<BookConfigured>),
    /// A rate was recorded.
    RateRecorded(RecordRate),
    /// A command asked for what is already so. It is on record, so that its key stays bound.
    NothingChanged {
        /// What was asked.
        command: compact_str::CompactString,
    },
    /// An account was opened, amended, limited, held, released, closed or reopened.
    AccountChanged(Box<AccountChanged>),
    /// An order's open amount changed.
    OrderReported(Box<OrderReported>),
    /// An invoice or memo was issued.
    DocumentIssued(Box<DocumentIssued>),
    /// A document was voided.
    DocumentVoided(Box<DocumentVoided>),
    /// A document reached the customer.
    DocumentDelivered(DocumentDelivered),
    /// A note was added to a document.
    DocumentAnnotated(Box<DocumentAnnotated>),
    /// Documents were brought forward.
    OpeningLoaded(Box<OpeningLoaded>),
    /// A cut-over was proven against its totals.
    CutOverProven(Box<CutOverProven>),
    /// A payment was received.
    PaymentReceived(Box<PaymentReceived>),
    /// Unidentified cash was assigned.
    PaymentIdentified(Box<CreditMoved>),
    /// A payment was taken back.
    PaymentReversed(Box<PaymentReversed>),
    /// A refund was asked for.
    RefundRequested(Box<RefundRequested>),
    /// A refund was paid or voided.
    RefundEnded(Box<RefundEnded>),
    /// Credit moved to another account.
    CreditTransferred(Box<CreditMoved>),
    /// A credit was applied.
    CreditAllocated(Box<CreditAllocated>),
    /// Settlements were undone.
    SettlementUndone(Box<SettlementUndone>),
    /// An open amount was given up.
    ItemWrittenOff(Box<ItemWrittenOff>),
    /// Credit left its currency.
    CreditConverted(Box<CreditConverted>),
    /// Credit came out of another currency.
    ConversionIssued(Box<ConversionIssued>),
    /// A conversion was undone.
    ConversionUndone(Box<ConversionUndone>),
    /// Open items were revalued.
    ItemsRevalued(Box<ItemsRevalued>),
    /// An accounting period was defined.
    PeriodDefined(Box<PeriodDefined>),
    /// A period was closed.
    PeriodClosed(Box<PeriodClosed>),
    /// A period was reopened.
    PeriodReopened(Box<PeriodReopened>),
    /// A line of a period's checklist was signed off.
    CheckSignedOff(Box<CheckSignedOff>),
    /// A closed period's figures were put on record.
    PeriodProven(Box<PeriodProven>),
    /// Debits became others: transferred, charged back, rescheduled.
    DebitMoved(Box<DebitMoved>),
    /// Late debts were assessed.
    ChargesAssessed(Box<ChargesAssessed>),
    /// A charge was forgiven.
    ChargeWaived(Box<ChargeWaived>),
    /// A customer promised to pay.
    PromiseMade(Box<PromiseMade>),
    /// A promise no longer holds.
    PromiseWithdrawn(Box<PromiseWithdrawn>),
    /// Withheld tax was certified.
    CertificateRecorded(Box<CertificateRecorded>),
    /// A certificate was taken back.
    CertificateWithdrawn(Box<CertificateWithdrawn>),
    /// Cash came in for an amount given up earlier.
    WriteOffRecovered(Box<WriteOffRecovered>),
    /// The allowance was brought to a target.
    AllowanceProvided(Box<AllowanceProvided>),
    /// A command that needs a second person became a proposal.
    Proposed(Box<Proposed>),
    /// A proposal was approved, rejected or withdrawn.
    ProposalDecided(Box<ProposalDecided>),
    /// Items were set off against a balance of another ledger.
    ItemsNetted(Box<ItemsNetted>),
    /// A memo took the share of a discount back.
    DiscountTakenBack(Box<DiscountTakenBack>),
}

impl Event {
    /// The name in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::BookOpened(_) => "book_opened",
            Self::BookConfigured(_) => "book_configured",
            Self::RateRecorded(_) => "rate_recorded",
            Self::NothingChanged { .. } => "nothing_changed",
            Self::AccountChanged(_) => "account_changed",
            Self::OrderReported(_) => "order_reported",
            Self::DocumentIssued(_) => "document_issued",
            Self::DocumentVoided(_) => "document_voided",
            Self::DocumentDelivered(_) => "document_delivered",
            Self::DocumentAnnotated(_) => "document_annotated",
            Self::OpeningLoaded(_) => "opening_loaded",
            Self::CutOverProven(_) => "cut_over_proven",
            Self::PaymentReceived(_) => "payment_received",
            Self::PaymentIdentified(_) => "payment_identified",
            Self::PaymentReversed(_) => "payment_reversed",
            Self::RefundRequested(_) => "refund_requested",
            Self::RefundEnded(_) => "refund_ended",
            Self::CreditTransferred(_) => "credit_transferred",
            Self::CreditAllocated(_) => "credit_allocated",
            Self::SettlementUndone(_) => "settlement_undone",
            Self::ItemWrittenOff(_) => "item_written_off",
            Self::CreditConverted(_) => "credit_converted",
            Self::ConversionIssued(_) => "conversion_issued",
            Self::ConversionUndone(_) => "conversion_undone",
            Self::ItemsRevalued(_) => "items_revalued",
            Self::PeriodDefined(_) => "period_defined",
            Self::PeriodClosed(_) => "period_closed",
            Self::PeriodReopened(_) => "period_reopened",
            Self::CheckSignedOff(_) => "check_signed_off",
            Self::PeriodProven(_) => "period_proven",
            Self::DebitMoved(_) => "debit_moved",
            Self::ChargesAssessed(_) => "charges_assessed",
            Self::ChargeWaived(_) => "charge_waived",
            Self::PromiseMade(_) => "promise_made",
            Self::PromiseWithdrawn(_) => "promise_withdrawn",
            Self::CertificateRecorded(_) => "certificate_recorded",
            Self::CertificateWithdrawn(_) => "certificate_withdrawn",
            Self::WriteOffRecovered(_) => "write_off_recovered",
            Self::AllowanceProvided(_) => "allowance_provided",
            Self::Proposed(_) => "proposed",
            Self::ProposalDecided(_) => "proposal_decided",
            Self::ItemsNetted(_) => "items_netted",
            Self::DiscountTakenBack(_) => "discount_taken_back",
        }
    }

    /// What its posting is about, for periods that are closed in parts. Whatever has no area of its
    /// own is an adjustment.
    #[must_use]
    pub fn area(&self) -> Area {
        match self {
            Self::DocumentIssued(e) if e.kind.side() == Side::Credit => Area::Credits,
            Self::DocumentVoided(e) if e.side == Side::Credit => Area::Credits,
            Self::DiscountTakenBack(_) => Area::Credits,
            Self::DocumentIssued(_) | Self::DocumentVoided(_) => Area::Billing,
            Self::PaymentReceived(_)
            | Self::PaymentIdentified(_)
            | Self::CreditTransferred(_)
            | Self::PaymentReversed(_)
            | Self::RefundRequested(_)
            | Self::RefundEnded(_) => Area::Cash,
            Self::CreditAllocated(_)
            | Self::ItemsNetted(_)
            | Self::SettlementUndone(_)
            | Self::CreditConverted(_)
            | Self::ConversionIssued(_)
            | Self::ConversionUndone(_)
            | Self::WriteOffRecovered(_) => Area::Settlement,
            Self::OpeningLoaded(_) => Area::Opening,
            _ => Area::Adjustment,
        }
    }

    /// The accounting date, currency and journal lines, where the event has any.
    #[must_use]
    pub fn posting(&self) -> Option<(Date, Currency, &[JournalLine])> {
        let (date, currency, lines) = match self {
            Self::DocumentIssued(e) => (e.date, e.currency, &e.posting),
            Self::DocumentVoided(e) => (e.date, e.currency, &e.posting),
            Self::OpeningLoaded(e) => (e.date, e.currency, &e.posting),
            Self::PaymentReceived(e) => (e.date, e.currency, &e.posting),
            Self::PaymentIdentified(e) | Self::CreditTransferred(e) => (e.date, e.currency, &e.posting),
            Self::PaymentReversed(e) => (e.date, e.currency, &e.posting),
            Self::RefundRequested(e) => (e.date, e.currency, &e.posting),
            Self::RefundEnded(e) => (e.date, e.currency, &e.posting),
            Self::CreditAllocated(e) => (e.date, e.currency, &e.posting),
            Self::SettlementUndone(e) => (e.date, e.currency, &e.posting),
            Self::ItemWrittenOff(e) => (e.date, e.currency, &e.posting),
            Self::CreditConverted(e) => (e.date, e.currency, &e.posting),
            Self::ConversionIssued(e) => (e.date, e.currency, &e.posting),
            Self::ConversionUndone(e) => (e.date, e.currency, &e.posting),
            Self::ItemsRevalued(e) => (e.date, e.currency, &e.posting),
            Self::DebitMoved(e) => (e.date, e.currency, &e.posting),
            Self::ChargeWaived(e) => (e.date, e.currency, &e.posting),
            Self::WriteOffRecovered(e) => (e.date, e.currency, &e.posting),
            Self::AllowanceProvided(e) => (e.date, e.currency, &e.posting),
            Self::ItemsNetted(e) => (e.date, e.currency, &e.posting),
            Self::DiscountTakenBack(e) => (e.date, e.currency, &e.posting),
            _ => return None,
        };
        Some((date, currency, lines))
    }
}
