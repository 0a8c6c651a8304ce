//! Facts: the only way a decision reads the book.
//!
//! Every method is bounded by the command, never by history. When a fact is not at hand the answer
//! is *missing*: the store fetches it in the same transaction and calls `decide` again, so one law
//! serves a map in memory, a prepared statement and a network connection.

use crate::account::Account;
use crate::agreement::AgreementId;
use crate::book::BookConfig;
use crate::document::{DocumentKind, Side};
use crate::journal::Role;
use crate::record::{Position, Record};
use crate::rows::*;
use crate::values::*;
use crate::withholding::{CertificateRow, WithholdingRow};

/// A fact, or what is missing to give it.
pub type Asked<T> = Result<T, Missing>;

/// The facts that a decision still needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What to fetch.
    pub needs: Vec<Need>,
}

impl From<Need> for Missing {
    fn from(need: Need) -> Self {
        Self { needs: vec![need] }
    }
}

/// Most items read in one ask for open items.
pub const OPEN_ITEMS_PAGE: usize = 32;
/// Most open items that rules over a whole account consider.
pub const OPEN_ITEMS_MAX: usize = 1_000;
/// Most later movements read to prove a backdated settlement safe.
pub const MOVEMENTS_MAX: usize = 100;
/// Most candidates read for an exact amount: enough to see that there are rivals.
pub const EXACT_MAX: usize = 3;
/// Most later credits read for an exposure on an earlier date.
pub const LATER_CREDITS_MAX: usize = 1_000;

/// Most settlements of all debts of one assessment together.
pub const SETTLED_MAX: usize = 10_000;

/// Most movements of an allowance after a day that are read to tell what it was on it.
pub const ALLOWANCE_LATER_MAX: usize = 10_000;

/// Most recoveries of one write-off, undone ones included.
pub const RECOVERIES_MAX: usize = 1_000;

/// One fact to fetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Need {
    /// The book's settings.
    Book,
    /// What a key was used for.
    Key(CommandId),
    /// An account's row.
    Account(AccountId),
    /// Figures of an account or a group, all currencies.
    Totals(Owner),
    /// A document's row.
    Document(DocumentId),
    /// The record at a position.
    Record(Position),
    /// An item's row.
    Item(ItemId),
    /// A settlement.
    Link(LinkId),
    /// Live settlements of an item, at most [`crate::allocation::LIVE_LINKS_MAX`] and one.
    LiveLinks(ItemId),
    /// Movements of an item from a date on, at most [`MOVEMENTS_MAX`] and one.
    Movements(ItemId, Date),
    /// State of a series' counter.
    Series(SeriesId, i32),
    /// Open items in allocation order (due date, document date, id).
    OpenItems(OpenItems),
    /// Items that an amount settles exactly.
    Exact(Exact),
    /// Any one open item of an account, of either side and any currency.
    AnyOpenItem(AccountId),
    /// Any one account that is not closed and names this one as its parent.
    LiveMember(AccountId),
    /// What counts against an invoice's bounds.
    Credited(DocumentId),
    /// The latest rate on or before a day.
    Rate(Currency, Date),
    /// A reported order.
    Order(OrderId),
    /// A refund.
    Refund(RefundId),
    /// Credits and settlements that lower what an owner owes, dated after a day, summed by
    /// currency.
    LaterCredits(Owner, Date),
    /// Any one open receipt dated in a span.
    OpenReceipt(OpenReceipt),
    /// Debts to be assessed, with what settled them.
    Chargeable(Chargeable),
    /// What a customer agreed to.
    Agreement(AgreementId),
    /// Tax withheld in a settlement.
    Withholding(LinkId),
    /// A certificate of an account.
    Certificate(AccountId, CertificateId),
    /// What was recovered of a write-off, at most [`RECOVERIES_MAX`] and one.
    Recoveries(LinkId),
    /// A proposal's row.
    Proposal(CommandId),
    /// What was given up of an account's debts in some months.
    WrittenOff(WrittenOff),
    /// Small rests of debits.
    SmallItems(SmallItems),
    /// What is allowed for in a currency at the end of a day.
    Allowance(Currency, Date),
}

/// Write-offs of an account's debts in a span of months, undone ones left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WrittenOff {
    /// The account.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// First day of the first month.
    pub from: Date,
    /// First day of the last month; at most a year has twelve.
    pub to: Date,
}

/// Cash that settles nothing yet, dated in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpenReceipt {
    /// First accounting date.
    pub from: Date,
    /// Last accounting date.
    pub to: Date,
    /// Whether only cash of an unknown payer counts; otherwise what is unapplied counts too. What is
    /// kept on account on purpose never does.
    pub unidentified: bool,
}

impl OpenReceipt {
    /// The control roles of what counts.
    #[must_use]
    pub const fn roles(&self) -> &'static [Role] {
        if self.unidentified { &[Role::Unidentified] } else { &[Role::Unapplied, Role::Unidentified] }
    }
}

/// Which debts to assess: late before a day, not charged up to another, in allocation order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chargeable {
    /// The account.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// Only debts due before this day.
    pub due_before: Date,
    /// Only debts that exist on this day and are not charged up to it, or with news since.
    pub through: Date,
    /// Whether finance charges are debts too.
    pub charges: bool,
    /// How many at most.
    pub limit: usize,
}

impl Chargeable {
    /// Whether a debt is one of them.
    #[must_use]
    pub fn takes(&self, item: &ItemRow) -> bool {
        let behind = item.charged.as_ref().is_none_or(|mark| mark.through < self.through);
        item.side == Side::Debit
            && (item.kind != DocumentKind::FinanceCharge || self.charges)
            && item.due < self.due_before
            && item.date <= self.through
            && (item.late || item.open > 0 && behind)
    }
}

/// Which small rests to read: the smallest first, then in allocation order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SmallItems {
    /// The account.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// Most that is open, in minor units.
    pub most: i64,
    /// Only debits due on this day or before it.
    pub due_to: Date,
    /// Only debits that are there on this day and were not reopened or revalued after it.
    pub date: Date,
    /// How many at most.
    pub limit: usize,
}

impl SmallItems {
    /// Whether a rest is one of them.
    #[must_use]
    pub fn takes(&self, item: &ItemRow) -> bool {
        item.side == Side::Debit
            && (1..=self.most).contains(&item.open)
            && item.due <= self.due_to
            && item.date <= self.date
            && item.reinstated.is_none_or(|day| day <= self.date)
            && item.revalued_on.is_none_or(|day| day <= self.date)
    }
}

/// Which open items to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpenItems {
    /// The account.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// The side.
    pub side: Side,
    /// Only items whose accounting date is not after this day.
    pub dated_to: Date,
    /// How many at most.
    pub limit: usize,
    /// How far to read.
    pub cover: Cover,
    /// Only items of this order.
    pub order: Option<OrderId>,
}

/// How far to read open items: until their open amounts reach this, or the limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cover {
    /// An amount in minor units.
    Amount(i64),
    /// What is unapplied on a credit item, which the store may resolve itself.
    RestOf(ItemId),
    /// All, up to the limit.
    All,
}

/// Items that an amount settles exactly: it is what is open on them, or what settles them with the
/// discount that cash of the value date earns ([`Exact::fits`]). An index by
/// [`crate::allocation::quotes`] also finds items by a lesser discount; a store leaves those out
/// before it counts, or they would hide a rival.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Exact {
    /// The account.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// The amount in minor units.
    pub amount: i64,
    /// The value date of the credit.
    pub value_date: Date,
    /// Only items whose accounting date is not after this day.
    pub dated_to: Date,
    /// Only items of this order.
    pub order: Option<OrderId>,
}

impl Exact {
    /// Whether the amount settles an item exactly.
    #[must_use]
    pub fn fits(&self, item: &ItemRow) -> bool {
        item.open == self.amount || crate::allocation::cash_to_settle(item, self.value_date) == self.amount
    }
}

/// What lowers an exposure only after a day, in one currency and minor units. A settlement that was
/// undone since then counts for nothing on any day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// The currency.
    pub currency: Currency,
    /// What live settlements dated after the day took from debit items that count for credit.
    pub settled: i64,
    /// The open amounts of credit items dated after the day, less what live allocations dated after
    /// it took from credit items that were there on it. Below zero when those are more. What was
    /// refunded, moved away or taken back since then is not relied on.
    pub credits: i64,
}

/// A book as a decision sees it.
///
/// Every answer reflects one snapshot; a list is in the order its need states and never longer
/// than stated.
pub trait Facts {
    /// The settings, or `None` before the book is opened.
    fn book(&self) -> Asked<Option<&BookConfig>>;
    /// What a key was used for.
    fn key(&self, id: &CommandId) -> Asked<Option<KeyRow>>;
    /// An account.
    fn account(&self, id: &AccountId) -> Asked<Option<&Account>>;
    /// Figures by currency, in currency order.
    fn totals(&self, owner: &Owner) -> Asked<Vec<TotalsRow>>;
    /// A document.
    fn document(&self, id: &DocumentId) -> Asked<Option<&DocumentRow>>;
    /// The record at a position.
    fn record(&self, position: Position) -> Asked<Option<Record>>;
    /// An item.
    fn item(&self, id: &ItemId) -> Asked<Option<&ItemRow>>;
    /// A settlement.
    fn link(&self, id: &LinkId) -> Asked<Option<&LinkRow>>;
    /// Live settlements of an item, oldest first.
    fn live_links(&self, item: &ItemId) -> Asked<Vec<LinkRow>>;
    /// Movements of an item from a date on; `None` when there are more than [`MOVEMENTS_MAX`].
    fn movements(&self, item: &ItemId, from: Date) -> Asked<Option<Vec<Movement>>>;
    /// A series' counter.
    fn series(&self, id: &SeriesId, year: i32) -> Asked<Option<SeriesRow>>;
    /// Open items in allocation order.
    fn open_items(&self, which: &OpenItems) -> Asked<Vec<ItemRow>>;
    /// At most [`EXACT_MAX`] items that an amount settles exactly, in allocation order.
    fn exact(&self, which: &Exact) -> Asked<Vec<ItemRow>>;
    /// Any one open item of an account.
    fn any_open_item(&self, account: &AccountId) -> Asked<Option<ItemId>>;
    /// The first account, by id, that is not closed and names this one as its parent.
    fn live_member(&self, parent: &AccountId) -> Asked<Option<AccountId>>;
    /// What counts against an invoice's bounds, in key order.
    fn credited(&self, invoice: &DocumentId) -> Asked<Vec<CreditedRow>>;
    /// The latest rate on or before a day.
    fn rate(&self, currency: Currency, on: Date) -> Asked<Option<RateRow>>;
    /// An order.
    fn order(&self, id: &OrderId) -> Asked<Option<OrderRow>>;
    /// A refund.
    fn refund(&self, id: &RefundId) -> Asked<Option<RefundRow>>;
    /// What lowers an owner's exposure only after a day, by currency. `None` when more than
    /// [`LATER_CREDITS_MAX`] rows would have to be read.
    fn later_credits(&self, owner: &Owner, after: Date) -> Asked<Option<Vec<Later>>>;
    /// The first credit item with something open, by accounting date and id, that stands on one of
    /// the roles of the question in its span.
    fn open_receipt(&self, which: &OpenReceipt) -> Asked<Option<ItemId>>;
    /// Debts to be assessed, in allocation order. `None` when they have more than [`SETTLED_MAX`]
    /// settlements together.
    fn chargeable(&self, which: &Chargeable) -> Asked<Option<Vec<ChargeableItem>>>;
    /// What a customer agreed to.
    fn agreement(&self, id: &AgreementId) -> Asked<Option<AgreementRow>>;
    /// Tax withheld in a settlement.
    fn withholding(&self, link: &LinkId) -> Asked<Option<WithholdingRow>>;
    /// A certificate of an account.
    fn certificate(&self, account: &AccountId, id: &CertificateId) -> Asked<Option<CertificateRow>>;
    /// Recoveries of a write-off, undone ones included, in the order of the log; at most
    /// [`RECOVERIES_MAX`] and one.
    fn recoveries(&self, write_off: &LinkId) -> Asked<Vec<LinkRow>>;
    /// A proposal.
    fn proposal(&self, id: &CommandId) -> Asked<Option<ProposalRow>>;
    /// What was given up of an account's debts, in minor units.
    fn written_off(&self, which: &WrittenOff) -> Asked<i64>;
    /// Small rests of debits, by what is open and then in allocation order.
    fn small_items(&self, which: &SmallItems) -> Asked<Vec<ItemRow>>;
    /// What is allowed for in a currency at the end of a day, with the day of the latest run of all;
    /// `None` when more than [`ALLOWANCE_LATER_MAX`] movements are dated after it.
    fn allowance(&self, currency: Currency, on: Date) -> Asked<Option<AllowanceRow>>;
}
