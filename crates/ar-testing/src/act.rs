//! Acts: what a story does, in plain values.
//!
//! An act is what a [`crate::steps::Step`] comes to once its small numbers have been resolved
//! against what exists. The model reads acts; [`crate::wire`] turns the same act into a command.
//! Nothing here but values of the library, so that the model shares no meaning with the law.

mod area;
mod documents;
mod settling;

pub use area::Area;
pub use documents::{Invoice, Line, Number, Part, Terms};
pub use settling::{How, Rule, Rules, Schedule, Target, Withheld};

use std::collections::BTreeSet;

use ar_core::values::*;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// An account is opened.
    OpenAccount {
        /// Its id.
        account: AccountId,
        /// The day.
        date: Date,
        /// What is agreed.
        profile: Profile,
        /// The credit limit.
        limit: Limit,
    },
    /// The whole profile of an account is replaced, against a version.
    Amend {
        /// The account.
        account: AccountId,
        /// The version it was read at.
        version: u32,
        /// What is agreed now.
        profile: Profile,
    },
    /// A credit limit is set, against a version.
    SetLimit {
        /// The account.
        account: AccountId,
        /// The version it was read at.
        version: u32,
        /// The limit.
        limit: Limit,
    },
    /// Put on hold.
    Hold {
        /// The account.
        account: AccountId,
        /// The day.
        date: Date,
    },
    /// Released.
    Release {
        /// The account.
        account: AccountId,
        /// The day.
        date: Date,
    },
    /// Closed.
    Close {
        /// The account.
        account: AccountId,
        /// The day.
        date: Date,
    },
    /// Reopened.
    Reopen {
        /// The account.
        account: AccountId,
        /// The day.
        date: Date,
    },
    /// An order or its delivery is reported.
    Order {
        /// The order.
        order: OrderId,
        /// Its account.
        account: AccountId,
        /// The day.
        date: Date,
        /// What is still to be invoiced.
        amount: Money,
        /// Whether it is delivered.
        delivered: bool,
        /// Whether somebody vouches for it beyond the limit.
        vouched: bool,
    },
    /// An invoice.
    Invoice(Invoice),
    /// A debit memo.
    DebitMemo(Invoice),
    /// A credit memo that credits an invoice.
    CreditInvoice {
        /// The account.
        account: AccountId,
        /// Its number.
        number: Number,
        /// Document date.
        date: Date,
        /// Accounting date.
        accounting: Option<Date>,
        /// The invoice.
        invoice: DocumentId,
        /// Which part of it.
        part: Part,
        /// Whether it settles the invoice at once.
        apply: bool,
    },
    /// A credit memo with lines of its own.
    CreditAlone(Invoice),
    /// A document is voided.
    Void {
        /// The document.
        document: DocumentId,
        /// The day.
        date: Date,
    },
    /// A document reached the customer.
    Deliver {
        /// The document.
        document: DocumentId,
        /// The day.
        date: Date,
    },
    /// A payment.
    Pay(Payment),
    /// Unidentified cash gets its owner.
    Identify {
        /// The payment.
        payment: DocumentId,
        /// The owner.
        account: AccountId,
        /// The day.
        date: Date,
        /// How it is applied at once.
        how: Option<How>,
    },
    /// A payment is taken back.
    Reverse {
        /// The payment.
        payment: DocumentId,
        /// The day.
        date: Date,
        /// Returned by the bank; else entered in error.
        returned: bool,
        /// What the bank charges.
        fee: Option<Money>,
    },
    /// A refund is asked for.
    RequestRefund {
        /// The refund.
        refund: RefundId,
        /// The credit.
        credit: ItemId,
        /// How much.
        amount: Money,
        /// The day.
        date: Date,
    },
    /// A refund is paid out.
    PayRefund {
        /// The refund.
        refund: RefundId,
        /// The day.
        date: Date,
    },
    /// A refund is voided.
    VoidRefund {
        /// The refund.
        refund: RefundId,
        /// The day.
        date: Date,
    },
    /// Credit moves to another account.
    Transfer {
        /// The new credit's id.
        transfer: DocumentId,
        /// The old credit.
        credit: ItemId,
        /// The other account.
        to: AccountId,
        /// How much; all when absent.
        amount: Option<Money>,
        /// The day.
        date: Date,
    },
    /// Credit becomes credit in another currency.
    Convert {
        /// The new credit's id.
        conversion: DocumentId,
        /// The old credit.
        credit: ItemId,
        /// The other currency.
        to: Currency,
        /// How much; all when absent.
        amount: Option<Money>,
        /// What it becomes; at the recorded rate when absent.
        gives: Option<Money>,
        /// The day.
        date: Date,
    },
    /// A credit settles an item in another currency.
    Across {
        /// The credit.
        credit: ItemId,
        /// The item.
        item: ItemId,
        /// The conversion.
        conversion: DocumentId,
        /// How much of the credit; what settles the item when absent.
        amount: Option<Money>,
        /// What it becomes; at the recorded rate when absent.
        gives: Option<Money>,
        /// The day.
        date: Option<Date>,
    },
    /// Items are revalued.
    Revalue {
        /// Whose.
        account: AccountId,
        /// In which currency.
        currency: Currency,
        /// The day.
        date: Date,
        /// Which.
        items: Vec<ItemId>,
        /// The day that takes it back.
        reverse_on: Option<Date>,
    },
    /// A credit is applied.
    Allocate {
        /// The credit.
        credit: ItemId,
        /// The day.
        date: Option<Date>,
        /// To what.
        how: How,
    },
    /// A settlement is undone.
    Undo {
        /// The settlement.
        link: LinkId,
        /// The day.
        date: Date,
    },
    /// What is open on a debit becomes a debit of another account, or a chargeback.
    MoveDebit {
        /// The new document.
        document: DocumentId,
        /// The item.
        item: ItemId,
        /// The other account; none for a chargeback.
        to: Option<AccountId>,
        /// How much; all when absent.
        amount: Option<Money>,
        /// The day.
        date: Date,
        /// Another due date of a chargeback.
        due: Option<Date>,
        /// Whether a chargeback counts for credit and for dunning.
        counts: (bool, bool),
    },
    /// Something about promises and plans.
    Agree(crate::agreeing::Agree),
    /// Debits become instalments.
    Plan {
        /// The plan.
        plan: DocumentId,
        /// The items.
        items: Vec<ItemId>,
        /// The day.
        date: Date,
        /// The instalments.
        schedule: Schedule,
    },
    /// An open amount is given up.
    WriteOff {
        /// The item.
        item: ItemId,
        /// How much; all when absent.
        amount: Option<Money>,
        /// The day.
        date: Date,
        /// Why.
        because: crate::world::Because,
    },
    /// The allowance is brought to what is expected to be lost.
    Provide(crate::providing::Provided),
    /// Small rests of an account are given up.
    WriteOffSmall {
        /// Whose.
        account: AccountId,
        /// Most that is open on one of them.
        most: Money,
        /// The latest due date.
        due_to: Option<Date>,
        /// The day.
        date: Date,
        /// How many at most.
        items: Option<u16>,
        /// Why.
        because: crate::world::Because,
    },
    /// Cash is booked against what was given up.
    Recover {
        /// The write-off.
        write_off: LinkId,
        /// The credit.
        credit: ItemId,
        /// How much; as much as goes when absent.
        amount: Option<Money>,
        /// The day.
        date: Date,
    },
    /// Late debts are charged.
    Assess {
        /// The account.
        account: AccountId,
        /// Whether fixed sums are charged too.
        fees: bool,
        /// The currency of the debts.
        currency: Currency,
        /// The last day charged.
        through: Date,
        /// Document date.
        date: Date,
    },
    /// A charge is forgiven.
    Waive {
        /// The item of the charge.
        item: ItemId,
        /// How much; all when absent.
        amount: Option<Money>,
        /// The day.
        date: Date,
    },
    /// Withheld tax is certified.
    Certify {
        /// Who withheld it.
        account: AccountId,
        /// The certificate.
        certificate: CertificateId,
        /// The day.
        date: Date,
        /// The settlements, with how much of each; all when absent.
        links: Vec<(LinkId, Option<Money>)>,
        /// Whether what is not certified is open again; otherwise it is refused.
        reopen: bool,
    },
    /// A certificate is taken back.
    WithdrawCertificate {
        /// The account.
        account: AccountId,
        /// The certificate.
        certificate: CertificateId,
        /// The day.
        date: Date,
    },
    /// Withheld tax is given back to the customer's debts.
    ReturnWithheld {
        /// The settlement.
        link: LinkId,
        /// How much; all when absent.
        amount: Option<Money>,
        /// The day.
        date: Date,
    },
    /// A proposal is approved.
    Approve {
        /// The proposal.
        proposal: CommandId,
        /// The digest of what was looked at.
        digest: String,
    },
    /// A proposal is rejected.
    Reject {
        /// The proposal.
        proposal: CommandId,
    },
    /// A proposal is taken back.
    Withdraw {
        /// The proposal.
        proposal: CommandId,
    },
    /// Items are set off against another ledger.
    Net {
        /// The account.
        account: AccountId,
        /// The items, with how much of each; all when absent.
        items: Vec<(ItemId, Option<Money>)>,
        /// How much there is on the other side.
        amount: Option<Money>,
        /// The day.
        date: Date,
    },
    /// A rate is recorded.
    Rate {
        /// The foreign currency.
        currency: Currency,
        /// The day.
        date: Date,
        /// Base units per unit.
        rate: Rate,
    },
    /// The open days are set.
    Periods {
        /// First open day.
        from: Date,
        /// Last open day.
        to: Date,
    },
    /// An accounting period is defined.
    DefinePeriod {
        /// Its name.
        period: PeriodId,
        /// First day.
        start: Date,
        /// Last day.
        end: Date,
    },
    /// A period is closed.
    ClosePeriod {
        /// The period.
        period: PeriodId,
        /// What is closed (all when empty) and who is admitted; hard when absent.
        soft: Option<(BTreeSet<Area>, BTreeSet<ActorId>)>,
    },
    /// A period is reopened.
    ReopenPeriod {
        /// The period.
        period: PeriodId,
    },
    /// A line of its checklist is signed off.
    SignOff {
        /// The period.
        period: PeriodId,
        /// Which line.
        line: u8,
        /// Which answer.
        answer: u8,
    },
    /// Its figures are put on record.
    Prove {
        /// The period.
        period: PeriodId,
        /// The position they were read at: tiny when before the close, huge when after it.
        known: u64,
    },
}

/// What is agreed with an account holder, as far as stories vary it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The account that stands for the group.
    pub parent: Option<AccountId>,
    /// Whether invoices need a purchase order number.
    pub po_required: bool,
}

/// A credit limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// None is set.
    None,
    /// No credit.
    Zero,
    /// The highest exposure.
    Amount(Money),
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub payment: DocumentId,
    /// Who paid, when known.
    pub account: Option<AccountId>,
    /// How much.
    pub amount: Money,
    /// A rate given with it.
    pub rate: Option<Rate>,
    /// Document date.
    pub date: Date,
    /// Accounting date.
    pub accounting: Option<Date>,
    /// Value date.
    pub value: Option<Date>,
    /// Kept on account instead of unapplied.
    pub on_account: bool,
    /// The order it prepays.
    pub order: Option<OrderId>,
    /// How it is applied at once.
    pub how: Option<How>,
}

/// An act with its key, its actor and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The key.
    pub key: CommandId,
    /// Who.
    pub actor: ActorId,
    /// When, as claimed.
    pub at: Timestamp,
    /// What.
    pub act: Act,
}
