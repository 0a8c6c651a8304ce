//! Rows: the state that events leave behind, one struct per table (INV-14).
//!
//! A row is a cache of the fold over the log: `verify` rebuilds every one and compares. No row
//! holds a status; *paid*, *part-paid* and *overdue* are questions about an item and a date.

use serde::{Deserialize, Serialize};

use crate::agreement::{Agreed, AgreementId};
use crate::allocation::LinkKind;
use crate::approval::{ProposalState, SensitiveAct};
use crate::book::Counts;
use crate::charges::ChargeMark;
use crate::credit::OrderStage;
use crate::document::{DocumentKind, Side};
use crate::journal::Control;
use crate::payment::RefundState;
use crate::record::{PayloadDigest, Position};
use crate::terms::DiscountTier;
use crate::values::*;

/// The answer to a key that was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Digest of the command it was used for.
    pub digest: PayloadDigest,
    /// Position of its first event.
    pub first: Position,
    /// Number of its events.
    pub count: u16,
}

/// Whose total a row holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// One account, by itself.
    Account(AccountId),
    /// All accounts that name this one as their parent; its own figures are not among them.
    Group(AccountId),
}

/// Figures of an account or a group in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalsRow {
    /// Whose.
    pub owner: Owner,
    /// The currency.
    pub currency: Currency,
    /// Open debit items, in minor units.
    pub debit: i64,
    /// The part of them that counts for no credit limit.
    pub uncounted: i64,
    /// Open credit items, positive.
    pub credit: i64,
    /// Reported orders not yet invoiced.
    pub orders: i64,
    /// The latest accounting date of anything that lowered what is owed, or of an allocation of what
    /// is owed to them.
    pub latest_credit: Option<Date>,
}

impl TotalsRow {
    /// Nothing yet.
    #[must_use]
    pub const fn empty(owner: Owner, currency: Currency) -> Self {
        Self { owner, currency, debit: 0, uncounted: 0, credit: 0, orders: 0, latest_credit: None }
    }
}

/// A document's row: what is asked of it without reading its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRow {
    /// Its number.
    pub document: DocumentId,
    /// Its kind.
    pub kind: DocumentKind,
    /// Its account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Base units per unit.
    pub rate: Option<Rate>,
    /// Document date.
    pub document_date: Date,
    /// Accounting date.
    pub date: Date,
    /// Value date, of payments.
    pub value_date: Option<Date>,
    /// Its total in minor units, positive.
    pub total: i64,
    /// Items made so far.
    pub parts: u16,
    /// Where its event stands in the log.
    pub position: Position,
    /// The document it refers to.
    pub reference: Option<DocumentId>,
    /// Purchase order number or bank reference.
    pub text_reference: Option<Text>,
    /// Which of the book's bank accounts, of payments.
    pub bank: Option<BankId>,
    /// Accounting date of its void or reversal.
    pub ended: Option<Date>,
    /// When it reached the customer.
    pub delivered: Option<Date>,
    /// Free pairs.
    pub attributes: Attributes,
}

/// An item's row: the head figures of one open position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    /// Its id.
    pub item: ItemId,
    /// Its document's kind.
    pub kind: DocumentKind,
    /// Which side it stands on. An item of a returned payment may be a debit.
    pub side: Side,
    /// Its account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Document date.
    pub document_date: Date,
    /// Accounting date: from this day it exists.
    pub date: Date,
    /// Value date: what discounts are decided on when it is a payment.
    pub value_date: Date,
    /// Due date.
    pub due: Date,
    /// Original amount in minor units, positive.
    pub original: i64,
    /// Original less everything ever settled and not undone.
    pub open: i64,
    /// Original amount in base currency.
    pub base_original: Option<i64>,
    /// Open amount in base currency, at the carrying rate.
    pub base_open: Option<i64>,
    /// Credit memos applied to it and not undone: discounts are computed without them.
    pub credited: i64,
    /// Discount granted and not taken back.
    pub discount_taken: i64,
    /// Discounts for paying early.
    pub discounts: Vec<DiscountTier>,
    /// The name of its terms, where they have one.
    pub terms: Option<TermsId>,
    /// Unrealised exchange difference on what is open, in base currency: what revaluations added to
    /// the carrying amount and no settlement took along.
    pub revalued: i64,
    /// Accounting date of its latest revaluation: nothing leaves it before that day.
    pub revalued_on: Option<Date>,
    /// The day it ages from, where that is not its due date: a later agreement makes no debt younger.
    pub aged_from: Option<Date>,
    /// The control account it stands on.
    pub control: Control,
    /// Accounting date of the latest undo that gave it something back.
    pub reinstated: Option<Date>,
    /// Live links, of credits.
    pub live_links: u32,
    /// Dunning level reached.
    pub dunning_level: u8,
    /// Whether its document has tax that falls due with payment.
    pub deferred: bool,
    /// Where its event stands in the log.
    pub position: Position,
    /// How far it is charged for being late.
    pub charged: Option<ChargeMark>,
    /// Whether an assessment has to look at it although nothing may be open: it was settled after its
    /// due date, or after it was charged.
    pub late: bool,
    /// What it counts for beyond the ledger, as its reason said when it was opened.
    pub counts: Counts,
    /// The order that it bills, of a debit; the order that it is kept for, of a credit.
    pub order: Option<OrderId>,
}

impl ItemRow {
    /// Whether what is open on it is no part of exposure.
    #[must_use]
    pub const fn uncounted(&self) -> bool {
        !self.counts.credit
    }

    /// The open amount as money.
    #[must_use]
    pub fn open_money(&self) -> Money {
        Money::clamped(self.open, self.currency)
    }
}

/// A settlement: one movement on a credit item, a debit item, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// Its id.
    pub link: LinkId,
    /// What it is.
    pub kind: LinkKind,
    /// Currency of both sides.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// Where its event stands in the log.
    pub position: Position,
    /// The credit side.
    pub credit: Option<LinkSide>,
    /// The debit side.
    pub debit: Option<LinkSide>,
    /// Early-payment discount in it.
    pub discount: i64,
    /// Tolerance in it.
    pub tolerance: i64,
    /// Withholding in it.
    pub withholding: i64,
    /// Whether the credit was a credit memo.
    pub memo: bool,
    /// Accounting date and position of its undo.
    pub undone: Option<(Date, Position)>,
    /// What was given up or recovered with it, of a write-off and of a recovery.
    pub bad_debt: Option<Box<BadDebt>>,
}

/// What is allowed for in a currency, after everything that was ever recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowanceRow {
    /// The currency.
    pub currency: Currency,
    /// What is allowed for, in minor units; negative where more was used.
    pub minor: i64,
    /// The same in base currency; nothing where the currency is the book's.
    pub base: i64,
    /// The day of the latest run.
    pub ran: Option<Date>,
}

impl AllowanceRow {
    /// Nothing yet.
    #[must_use]
    pub const fn empty(currency: Currency) -> Self {
        Self { currency, minor: 0, base: 0, ran: None }
    }

    /// The row once something moved it.
    #[must_use]
    pub fn moved(self, by: &AllowanceMove) -> Self {
        let ran = (by.kind == AllowanceKind::Run).then_some(by.date);
        Self {
            minor: self.minor.saturating_add(by.minor),
            base: self.base.saturating_add(by.base),
            ran: self.ran.max(ran),
            ..self
        }
    }
}

/// What moves an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowanceKind {
    /// A run: charged, or released where it is negative.
    Run,
    /// What a rate makes of it; base currency only.
    Exchange,
    /// A write-off against it, or the undo of one.
    Used,
    /// What came in of such a write-off, or the undo of it.
    Recovered,
}

/// One movement of an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowanceMove {
    /// Where its event stands in the log.
    pub position: Position,
    /// What it is.
    pub kind: AllowanceKind,
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// Change of what is allowed for, in minor units.
    pub minor: i64,
    /// The same in base currency.
    pub base: i64,
}

/// What a write-off gave up, or a recovery brought in of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadDebt {
    /// The item that was given up.
    pub item: ItemId,
    /// Why it was.
    pub reason: ReasonCode,
    /// The write-off, of a recovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_off: Option<LinkId>,
    /// The tax taken back, or given back by a recovery.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<BadDebtTax>,
}

/// Tax of one code in a bad debt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadDebtTax {
    /// The code.
    pub code: TaxCode,
    /// The tax.
    pub tax: Amount,
    /// In base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
}

/// One side of a settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSide {
    /// The item.
    pub item: ItemId,
    /// Its account.
    pub account: AccountId,
    /// What left its open amount, in minor units, positive.
    pub amount: i64,
    /// The same in base currency, without any unrealised difference.
    pub base: Option<i64>,
    /// The unrealised difference that left with it, in base currency. A revaluation moves nothing
    /// else, and what it adds is negative here.
    pub revalued: i64,
}

/// State of a number series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesRow {
    /// The series.
    pub series: SeriesId,
    /// Year of the counter, or 0.
    pub year: i32,
    /// Last counter taken.
    pub last: u32,
    /// Latest document date.
    pub last_date: Date,
}

/// What counts against a bound of an invoice; see [`crate::document::CreditedEntry`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditedRow {
    /// The invoice.
    pub invoice: DocumentId,
    /// The bound.
    pub key: compact_str::CompactString,
    /// Minor units; credit memos positive, debit memos negative.
    pub minor: i64,
}

/// A recorded rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateRow {
    /// The foreign currency.
    pub currency: Currency,
    /// The day it is for.
    pub date: Date,
    /// Base units per foreign unit.
    pub rate: Rate,
    /// Where it comes from.
    pub source: Text,
}

/// A reported order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    /// The order.
    pub order: OrderId,
    /// Its account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Still to be invoiced, in minor units.
    pub open: i64,
    /// How far it has come.
    pub stage: OrderStage,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRow {
    /// The refund.
    pub refund: RefundId,
    /// The credit item it was taken from.
    pub credit: ItemId,
    /// Its account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Minor units.
    pub amount: i64,
    /// In base currency.
    pub base: Option<i64>,
    /// The link that took it.
    pub link: LinkId,
    /// Accounting date of the request.
    pub date: Date,
    /// The clearing account it waits on.
    pub clearing: GlCode,
    /// Where it stands.
    pub state: RefundState,
}

/// One change of one item's open amount, for as-of questions about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Accounting date.
    pub date: Date,
    /// Signed change of the open amount in minor units.
    pub minor: i64,
    /// Signed change of what is open in base currency.
    pub base: i64,
    /// Signed change of the unrealised difference, in base currency.
    pub revalued: i64,
}

/// A dated note on a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRow {
    /// The document.
    pub document: DocumentId,
    /// Where its event stands in the log.
    pub position: Position,
    /// The day.
    pub date: Date,
    /// A purchase order number.
    pub po_number: Option<Text>,
    /// Text.
    pub note: Option<Text>,
}

/// A journal line with where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRow {
    /// Where its event stands in the log.
    pub position: Position,
    /// Place in the posting, from 0.
    pub n: u16,
    /// Accounting date.
    pub date: Date,
    /// Currency.
    pub currency: Currency,
    /// The line.
    pub line: crate::journal::JournalLine,
}

/// What a customer agreed to. Whether it was kept is no row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementRow {
    /// Which agreement.
    pub id: AgreementId,
    /// Whose.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// The day on which it was made.
    pub date: Date,
    /// Where its event stands in the log.
    pub position: Position,
    /// What was agreed.
    pub agreed: Agreed,
    /// Day and position of its end: a promise withdrawn, a plan called in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<(Date, Position)>,
}

/// A debt to be assessed, with everything that ever settled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeableItem {
    /// The debt.
    pub item: ItemRow,
    /// What settled it, in the order of the log.
    pub settled: Vec<Settled>,
}

/// A settlement as an assessment sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Accounting date.
    pub date: Date,
    /// Value date of the credit; without a credit, the accounting date.
    pub value_date: Date,
    /// What left the debt, in minor units, positive.
    pub minor: i64,
    /// Where its event stands in the log.
    pub position: Position,
    /// Accounting date and position of its undo.
    pub undone: Option<(Date, Position)>,
}

/// A proposal: an act that waits for a second person, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalRow {
    /// Its id: the id of the command.
    pub proposal: CommandId,
    /// Where its event stands in the log, with its content.
    pub position: Position,
    /// The sensitive act.
    pub act: SensitiveAct,
    /// The account, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What the act comes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Accounting date of the act; the day it was proposed, where it has none.
    pub date: Date,
    /// Who made it.
    pub maker: ActorId,
    /// The last day on which it can be approved.
    pub expires: Date,
    /// Where it stands.
    pub state: ProposalState,
    /// Where its decision stands in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Position>,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ActorId>,
}

/// What is given up of an account's debts, by the month of the accounting date; write-offs that were
/// undone do not count. In a change, by how much that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenOffRow {
    /// The account.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// First day of the month.
    pub month: Date,
    /// Minor units.
    pub minor: i64,
}
