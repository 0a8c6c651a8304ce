//! What the model keeps: documents, items, settlements and accounts as facts with dates.

use std::collections::BTreeMap;

use ar_core::values::*;

use super::Refusal;
use crate::act::{Limit, Profile};

/// What a credit or a debit document may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An invoice.
    Invoice,
    /// A debit memo.
    DebitMemo,
    /// A credit memo.
    CreditMemo,
    /// A payment.
    Payment,
    /// Credit or debit from another account.
    Transfer,
    /// Credit from another currency.
    Conversion,
    /// A deduction.
    Chargeback,
    /// A payment plan.
    Plan,
    /// Interest and fees on late debts.
    FinanceCharge,
}

/// An open position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// What made it.
    pub kind: Kind,
    /// Whether the customer owes it.
    pub debit: bool,
    /// Whose; the suspense account when unidentified.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// From when on it exists.
    pub date: Date,
    /// Document date.
    pub document_date: Date,
    /// Value date.
    pub value: Date,
    /// Due date.
    pub due: Date,
    /// The day it ages from.
    pub aged: Date,
    /// Original amount, positive.
    pub original: i64,
    /// Discounts: percent, last day with grace, whether part payments earn their share.
    pub tiers: Vec<(u8, Date, bool)>,
    /// The number of its terms' name.
    pub terms: Option<u8>,
    /// Whether a base amount is known.
    pub rate: Option<Rate>,
    /// `receivable`, `unapplied`, `on_account` or `unidentified`.
    pub control: &'static str,
    /// The day of its latest revaluation, once it was seen: what it came to follows from base amounts,
    /// which the model leaves to the checks.
    pub revalued_on: Option<Date>,
    /// Whether it is carried at another amount than the booked one.
    pub revalued: bool,
    /// Whether it counts for credit and for dunning.
    pub counts: (bool, bool),
    /// The order it bills or is kept for.
    pub order: Option<OrderId>,
}

/// What a settlement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// Credit meets debit.
    Allocation,
    /// Given up.
    WriteOff,
    /// Voided.
    Void,
    /// Payment reversed.
    Reversal,
    /// Refunded.
    Refund,
    /// Moved to another item.
    Move,
    /// Converted into another currency.
    Conversion,
    /// Revalued.
    Revaluation,
    /// A finance charge forgiven.
    Waiver,
    /// Cash for what was given up.
    Recovery,
    /// Set off against another ledger.
    Netting,
    /// What a memo took back of a discount.
    DiscountReversal,
}

/// Something that left one item, or a credit and a debit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id, once it was seen.
    pub id: Option<LinkId>,
    /// What it is.
    pub kind: LinkKind,
    /// From when on it counts.
    pub date: Date,
    /// The credit item and what left it.
    pub credit: Option<(ItemId, i64)>,
    /// The debit item and what left it.
    pub debit: Option<(ItemId, i64)>,
    /// Discount in it.
    pub discount: i64,
    /// Difference absorbed in it: a shortfall above zero, an excess below.
    pub tolerance: i64,
    /// Tax withheld in it.
    pub withheld: i64,
    /// Whether a credit memo was the credit.
    pub memo: bool,
    /// What of it counts as paid of a document whose tax waits for payment, and what fell due.
    pub paid: (i64, i64),
    /// What it took off the total and off the tax of a document whose tax waits for payment.
    pub off: (i64, i64),
    /// By percent, the tax that a write-off took back or a recovery gave back.
    pub relief: BTreeMap<u8, i64>,
    /// Whether the tax in it was taken back, where there is any.
    pub relieves: bool,
    /// Whether what it gives up was allowed for, or what it recovers had been.
    pub allowed: bool,
    /// The write-off that it recovers, by place.
    pub recovers: Option<usize>,
    /// From when on it no longer counts.
    pub undone: Option<Date>,
}

impl Link {
    pub(super) fn counts_on(&self, day: Date) -> bool {
        self.date <= day && self.undone.is_none_or(|undone| undone > day)
    }

    /// What left an item.
    pub(super) fn taken_from(&self, item: &ItemId) -> i64 {
        let sides = [self.credit.as_ref(), self.debit.as_ref()];
        sides.into_iter().flatten().filter(|(id, _)| id == item).map(|(_, minor)| minor).sum()
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Counts changes.
    pub version: u32,
    /// What is agreed.
    pub profile: Profile,
    /// The limit.
    pub limit: Limit,
    /// On hold.
    pub hold: Hold,
    /// Closed.
    pub closed: bool,
    /// Whether any account ever named it as its parent.
    pub is_parent: bool,
}

/// Whether an account is on hold, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It is not.
    No,
    /// By credit control, since a day.
    Credit(Date),
    /// By a person, since a day.
    Person(Date),
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its number.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Its account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Document date.
    pub document_date: Date,
    /// Accounting date.
    pub date: Date,
    /// Net and tax percent of its lines; on memos, the line of the invoice that each corrects.
    pub lines: Vec<(i64, u8, Option<usize>)>,
    /// Tax by percent.
    pub taxes: BTreeMap<u8, i64>,
    /// What rounding to coins added.
    pub coins: i64,
    /// Of a memo: what it took off the total and off the tax of its invoice before that fell due.
    pub off: (i64, i64),
    /// When it was voided.
    pub voided: Option<Date>,
    /// The invoice it refers to.
    pub invoice: Option<DocumentId>,
    /// The order that it billed, and how much of it.
    pub order: Option<(OrderId, i64)>,
    /// Rate.
    pub rate: Option<Rate>,
    /// Voided or reversed.
    pub ended: bool,
    /// Delivered.
    pub delivered: bool,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Its account.
    pub account: AccountId,
    /// What is still to be invoiced.
    pub open: Money,
    /// Delivered.
    pub delivered: bool,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// Where it came from.
    pub credit: ItemId,
    /// How much.
    pub minor: i64,
    /// When it was asked for.
    pub date: Date,
    /// `requested`, `paid` or `voided`.
    pub state: &'static str,
    /// Which settlement took it, by place.
    pub link: usize,
}

/// Credit that became credit in another currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Which settlement took it, by place.
    pub link: usize,
    /// What it became.
    pub item: ItemId,
    /// Whether it was made for a settlement, and ends with it.
    pub settles: bool,
}

/// What an accepted act came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many settlements existed before: those from here on are new.
    pub links_from: usize,
    /// The document it made.
    pub document: Option<DocumentId>,
    /// Whether it put an account on hold.
    pub held: bool,
    /// Refusals that it may meet all the same, for what follows from base amounts alone.
    pub perhaps: Refusal,
    /// Whether it became a proposal instead of being done.
    pub proposed: bool,
}
