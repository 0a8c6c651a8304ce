//! Commands: what someone asks, in an envelope that says who, when and under which key.

use serde::{Deserialize, Serialize};

use crate::account::{AmendAccount, CloseAccount, HoldAccount, OpenAccount, ReleaseAccount, ReopenAccount};
use crate::agreement::{AcceleratePlan, PromiseToPay, WithdrawPromise};
use crate::allocation::{Allocate, Recover, Undo, WriteOff, WriteOffSmall};
use crate::approval::{Approve, Reject, Withdraw};
use crate::book::{OpenBook, RecordRate, Setting};
use crate::charges::{AssessCharges, WaiveCharge};
use crate::credit::{ReportOrder, SetCreditLimit};
use crate::cutover::BringForward;
use crate::debit::{ChargeBack, Reschedule, TransferDebit};
use crate::document::{
    AnnotateDocument, IssueCreditMemo, IssueDebitMemo, IssueInvoice, RecordDelivery, VoidDocument,
};
use crate::fx::{ConvertCredit, Revalue};
use crate::netting::Net;
use crate::payment::{
    IdentifyPayment, PayRefund, ReceivePayment, RequestRefund, ReversePayment, TransferCredit, VoidRefund,
};
use crate::period::{ClosePeriod, DefinePeriod, ProvePeriod, ReopenPeriod, SignOff};
use crate::provision::Provide;
use crate::values::{ActorId, BookId, CommandId, Timestamp};
use crate::withholding::{RecordCertificate, ReturnWithholding, WithdrawCertificate};

/// A command with the facts that every command has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The book it is for.
    pub book: BookId,
    /// The caller's key. The same key with the same content has one effect, for ever.
    pub id: CommandId,
    /// Who asks.
    pub actor: ActorId,
    /// When, by the caller's clock. A claim: the log's position alone is order.
    pub at: Timestamp,
    /// What.
    pub command: Command,
}

/// Everything that can be asked of a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Opens the book.
    OpenBook(OpenBook),
    /// Puts a setting in force.
    Configure(Setting),
    /// Records an exchange rate.
    RecordRate(RecordRate),
    /// Opens an account.
    OpenAccount(Box<OpenAccount>),
    /// Changes an account.
    AmendAccount(Box<AmendAccount>),
    /// Sets a credit limit.
    SetCreditLimit(SetCreditLimit),
    /// Puts an account on hold.
    HoldAccount(HoldAccount),
    /// Releases it.
    ReleaseAccount(ReleaseAccount),
    /// Closes an account.
    CloseAccount(CloseAccount),
    /// Reopens it.
    ReopenAccount(ReopenAccount),
    /// Reports an order or a delivery.
    ReportOrder(ReportOrder),
    /// Issues an invoice.
    IssueInvoice(Box<IssueInvoice>),
    /// Issues a debit memo.
    IssueDebitMemo(Box<IssueDebitMemo>),
    /// Issues a credit memo.
    IssueCreditMemo(Box<IssueCreditMemo>),
    /// Voids a document.
    VoidDocument(VoidDocument),
    /// Records that a document reached the customer.
    RecordDelivery(RecordDelivery),
    /// Adds a dated note to a document.
    AnnotateDocument(AnnotateDocument),
    /// Brings open documents forward from another system.
    BringForward(BringForward),
    /// Records a payment.
    ReceivePayment(Box<ReceivePayment>),
    /// Assigns unidentified cash.
    IdentifyPayment(IdentifyPayment),
    /// Takes a payment back.
    ReversePayment(ReversePayment),
    /// Asks for a refund.
    RequestRefund(RequestRefund),
    /// Records that a refund was paid.
    PayRefund(PayRefund),
    /// Voids a refund.
    VoidRefund(VoidRefund),
    /// Moves credit to another account.
    TransferCredit(TransferCredit),
    /// Applies a credit.
    Allocate(Allocate),
    /// Undoes a settlement.
    Undo(Undo),
    /// Gives up an open amount.
    WriteOff(WriteOff),
    /// Converts credit into another currency.
    ConvertCredit(ConvertCredit),
    /// Revalues open items at a closing rate.
    Revalue(Revalue),
    /// Defines an accounting period.
    DefinePeriod(DefinePeriod),
    /// Closes a period.
    ClosePeriod(ClosePeriod),
    /// Reopens a period.
    ReopenPeriod(ReopenPeriod),
    /// Signs off a line of a period's checklist.
    SignOff(SignOff),
    /// Puts a closed period's figures on record.
    ProvePeriod(Box<ProvePeriod>),
    /// Moves a debit to another account.
    TransferDebit(TransferDebit),
    /// Takes a deduction out of an item.
    ChargeBack(ChargeBack),
    /// Agrees a payment plan.
    Reschedule(Reschedule),
    /// Charges late debts.
    AssessCharges(Box<AssessCharges>),
    /// Forgives a charge.
    WaiveCharge(WaiveCharge),
    /// Records a promise to pay.
    PromiseToPay(PromiseToPay),
    /// Takes a promise off the record's future.
    WithdrawPromise(WithdrawPromise),
    /// Calls in what is left of a plan in default.
    AcceleratePlan(AcceleratePlan),
    /// Records a certificate for withheld tax.
    RecordCertificate(RecordCertificate),
    /// Takes a certificate back.
    WithdrawCertificate(WithdrawCertificate),
    /// Gives withheld tax back to the customer's debts.
    ReturnWithholding(ReturnWithholding),
    /// Books cash against an amount given up earlier.
    Recover(Recover),
    /// Approves a proposal and executes it.
    Approve(Approve),
    /// Rejects a proposal.
    Reject(Reject),
    /// Takes an own proposal back.
    Withdraw(Withdraw),
    /// Gives up small rests of an account.
    WriteOffSmall(WriteOffSmall),
    /// Brings the allowance to what is expected to be lost.
    Provide(Box<Provide>),
    /// Sets items off against a balance of another ledger.
    Net(Net),
}

impl Command {
    /// The name in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OpenBook(_) => "open_book",
            Self::Configure(_) => "configure",
            Self::RecordRate(_) => "record_rate",
            Self::OpenAccount(_) => "open_account",
            Self::AmendAccount(_) => "amend_account",
            Self::SetCreditLimit(_) => "set_credit_limit",
            Self::HoldAccount(_) => "hold_account",
            Self::ReleaseAccount(_) => "release_account",
            Self::CloseAccount(_) => "close_account",
            Self::ReopenAccount(_) => "reopen_account",
            Self::ReportOrder(_) => "report_order",
            Self::IssueInvoice(_) => "issue_invoice",
            Self::IssueDebitMemo(_) => "issue_debit_memo",
            Self::IssueCreditMemo(_) => "issue_credit_memo",
            Self::VoidDocument(_) => "void_document",
            Self::RecordDelivery(_) => "record_delivery",
            Self::AnnotateDocument(_) => "annotate_document",
            Self::BringForward(_) => "bring_forward",
            Self::ReceivePayment(_) => "receive_payment",
            Self::IdentifyPayment(_) => "identify_payment",
            Self::ReversePayment(_) => "reverse_payment",
            Self::RequestRefund(_) => "request_refund",
            Self::PayRefund(_) => "pay_refund",
            Self::VoidRefund(_) => "void_refund",
            Self::TransferCredit(_) => "transfer_credit",
            Self::Allocate(_) => "allocate",
            Self::Undo(_) => "undo",
            Self::WriteOff(_) => "write_off",
            Self::ConvertCredit(_) => "convert_credit",
            Self::Revalue(_) => "revalue",
            Self::DefinePeriod(_) => "define_period",
            Self::ClosePeriod(_) => "close_period",
            Self::ReopenPeriod(_) => "reopen_period",
            Self::SignOff(_) => "sign_off",
            Self::ProvePeriod(_) => "prove_period",
            Self::TransferDebit(_) => "transfer_debit",
            Self::ChargeBack(_) => "charge_back",
            Self::Reschedule(_) => "reschedule",
            Self::AssessCharges(_) => "assess_charges",
            Self::WaiveCharge(_) => "waive_charge",
            Self::PromiseToPay(_) => "promise_to_pay",
            Self::WithdrawPromise(_) => "withdraw_promise",
            Self::AcceleratePlan(_) => "accelerate_plan",
            Self::RecordCertificate(_) => "record_certificate",
            Self::WithdrawCertificate(_) => "withdraw_certificate",
            Self::ReturnWithholding(_) => "return_withholding",
            Self::Recover(_) => "recover",
            Self::Approve(_) => "approve",
            Self::Reject(_) => "reject",
            Self::Withdraw(_) => "withdraw",
            Self::WriteOffSmall(_) => "write_off_small",
            Self::Provide(_) => "provide",
            Self::Net(_) => "net",
        }
    }
}
