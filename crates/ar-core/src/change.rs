//! Changes: the rows that an event adds or moves, as deltas; the only way a row comes to be.

use crate::account::Account;
use crate::agreement::AgreementId;
use crate::book::{RecordRate, Setting};
use crate::charges::ChargeMark;
use crate::document::{CreditedEntry, Side};
use crate::period::PeriodsDelta;
use crate::rows::*;
use crate::values::*;
use crate::withholding::{CertificateRow, WithholdingMove, WithholdingRow};

/// One change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The book is open under these settings.
    Book {
        /// The base currency.
        base: Currency,
        /// All settings.
        settings: Vec<Setting>,
    },
    /// A setting is in force.
    Setting {
        /// The setting.
        setting: Box<Setting>,
        /// Version of the settings after it.
        version: u32,
    },
    /// A rate is recorded; the same day's earlier rate is replaced.
    Rate(RecordRate),
    /// An account's row is this.
    Account(Box<Account>),
    /// Figures of an account and of its group move.
    Totals(TotalsDelta),
    /// A new document.
    Document(Box<DocumentRow>),
    /// A document ended: voided or reversed.
    DocumentEnded {
        /// The document.
        document: DocumentId,
        /// Accounting date.
        date: Date,
    },
    /// A document reached the customer.
    DocumentDelivered {
        /// The document.
        document: DocumentId,
        /// The day.
        date: Date,
    },
    /// A document has one more item.
    DocumentParts {
        /// The document.
        document: DocumentId,
        /// Items it has now.
        parts: u16,
        /// The account it belongs to from now on, when its payer was identified.
        account: Option<AccountId>,
    },
    /// A note on a document.
    Note(Box<NoteRow>),
    /// A new item.
    Item(Box<ItemRow>),
    /// An item's open amount moves.
    ItemMoved(ItemDelta),
    /// How far an item is charged for being late.
    ItemCharged {
        /// The item.
        item: ItemId,
        /// Its mark; absent when it is as if never charged.
        mark: Option<ChargeMark>,
        /// Whether it is to be looked at again although nothing is open on it.
        late: bool,
    },
    /// A new settlement.
    Link(Box<LinkRow>),
    /// A settlement was undone.
    LinkUndone {
        /// The link.
        link: LinkId,
        /// Accounting date.
        date: Date,
        /// Where the undo stands in the log.
        position: u64,
    },
    /// A series' counter moved.
    Series(SeriesRow),
    /// Amounts count against an invoice's bounds.
    Credited {
        /// The invoice.
        invoice: DocumentId,
        /// What counts, as deltas.
        entries: Vec<CreditedEntry>,
    },
    /// An order's row is this.
    Order(OrderRow),
    /// An invoice billed an order, or one that did was voided: what is left of it.
    OrderBilled {
        /// The order.
        order: OrderId,
        /// Still to be invoiced, in minor units.
        open: i64,
    },
    /// A new refund.
    Refund(Box<RefundRow>),
    /// A refund was paid or voided.
    RefundState {
        /// The refund.
        refund: RefundId,
        /// Its state.
        state: crate::payment::RefundState,
    },
    /// An allowance moves.
    Allowance(AllowanceMove),
    /// A journal line.
    Line(Box<LineRow>),
    /// Tax withheld in a new settlement.
    Withholding(Box<WithholdingRow>),
    /// Something happened to withheld tax.
    WithholdingMoved {
        /// The settlement.
        link: LinkId,
        /// What happened.
        by: WithholdingMove,
    },
    /// A certificate's row is this.
    Certificate(Box<CertificateRow>),
    /// An accounting period's row in the settings.
    Period(Box<PeriodsDelta>),
    /// A proposal's row is this.
    Proposal(Box<ProposalRow>),
    /// What is given up of an account's debts in a month moves.
    WrittenOff(WrittenOffRow),
    /// A new agreement.
    Agreement(Box<AgreementRow>),
    /// An agreement ended.
    AgreementEnded {
        /// Which.
        id: AgreementId,
        /// The day.
        date: Date,
        /// Where the event stands in the log.
        position: u64,
    },
}

/// How figures of an account (and of its group) move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsDelta {
    /// Whose.
    pub owner: Owner,
    /// The currency.
    pub currency: Currency,
    /// Change of open debit.
    pub debit: i64,
    /// Change of the part of it that counts for no credit limit.
    pub uncounted: i64,
    /// Change of open credit.
    pub credit: i64,
    /// Change of reported orders.
    pub orders: i64,
    /// Accounting date of whatever lowers what is owed.
    pub credit_date: Option<Date>,
}

/// How an item's head figures move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDelta {
    /// The item.
    pub item: ItemId,
    /// Change of the open amount.
    pub open: i64,
    /// Change of the open amount in base currency.
    pub base: i64,
    /// Change of credit memos applied.
    pub credited: i64,
    /// Change of discount granted.
    pub discount: i64,
    /// Change of the number of live links.
    pub links: i32,
    /// Accounting date of an undo that gave something back.
    pub reinstated: Option<Date>,
    /// Change of the unrealised difference, in base currency.
    pub revalued: i64,
    /// Accounting date of a revaluation.
    pub revalued_on: Option<Date>,
    /// Accounting date of what moved it.
    pub date: Option<Date>,
}

impl ItemDelta {
    /// Whether a debt so moved has to be assessed although nothing may be open on it: it was settled
    /// after its due date, or after it was charged.
    #[must_use]
    pub fn makes_late(&self, row: &ItemRow) -> bool {
        let news = self.date.is_some_and(|date| date > row.due || row.charged.is_some());
        row.side == Side::Debit && news
    }

    /// A change of nothing yet.
    #[must_use]
    pub const fn of(item: ItemId) -> Self {
        Self {
            item,
            open: 0,
            base: 0,
            credited: 0,
            discount: 0,
            links: 0,
            reinstated: None,
            revalued: 0,
            revalued_on: None,
            date: None,
        }
    }
}
