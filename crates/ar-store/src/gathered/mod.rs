//! Gathered facts: some of a book's facts at hand, all others *missing* (see [`ar_core::Facts`]).
//!
//! A store that keeps its rows elsewhere fetches what a decision needs, calls `decide` again, and
//! applies the changes; rows that were asked for by id stay in step with every change and serve
//! the next command, answers about ranges are dropped with [`Gathered::next_command`].

mod apply;
mod facts;

use std::collections::HashMap;

use ar_core::account::Account;
use ar_core::agreement::AgreementId;
use ar_core::book::BookConfig;
use ar_core::facts::{Asked, Later};
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};
use ar_core::{Facts, Need, Position, Record};

use crate::tables::Figures;

/// A partial set of facts about one book.
#[derive(Debug, Default)]
pub struct Gathered {
    config: Option<Option<Box<BookConfig>>>,
    accounts: HashMap<AccountId, Option<Box<Account>>>,
    totals: HashMap<Owner, Vec<Figures>>,
    documents: HashMap<DocumentId, Option<Box<DocumentRow>>>,
    items: HashMap<ItemId, Option<Box<ItemRow>>>,
    links: HashMap<LinkId, Option<Box<LinkRow>>>,
    series: HashMap<(SeriesId, i32), Option<SeriesRow>>,
    orders: HashMap<OrderId, Option<OrderRow>>,
    refunds: HashMap<RefundId, Option<RefundRow>>,
    agreements: HashMap<AgreementId, Option<Box<AgreementRow>>>,
    withholdings: HashMap<LinkId, Option<Box<WithholdingRow>>>,
    certificates: HashMap<(AccountId, CertificateId), Option<Box<CertificateRow>>>,
    proposals: HashMap<CommandId, Option<ProposalRow>>,
    keys: HashMap<CommandId, Option<KeyRow>>,
    records: HashMap<Position, Option<Box<Record>>>,
    /// Answers that hold for one command only.
    answers: HashMap<Need, Fact>,
}

/// The answer to a [`Need`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// To [`Need::Book`].
    Book(Option<Box<BookConfig>>),
    /// To [`Need::Key`].
    Key(Option<KeyRow>),
    /// To [`Need::Account`].
    Account(Option<Box<Account>>),
    /// To [`Need::Totals`].
    Totals(Vec<TotalsRow>),
    /// To [`Need::Document`].
    Document(Option<Box<DocumentRow>>),
    /// To [`Need::Record`].
    Record(Option<Box<Record>>),
    /// To [`Need::Item`].
    Item(Option<Box<ItemRow>>),
    /// To [`Need::Link`].
    Link(Option<Box<LinkRow>>),
    /// To [`Need::LiveLinks`] and [`Need::Recoveries`].
    Links(Vec<LinkRow>),
    /// To [`Need::Movements`].
    Movements(Option<Vec<Movement>>),
    /// To [`Need::Series`].
    Series(Option<SeriesRow>),
    /// To [`Need::OpenItems`] and [`Need::Exact`].
    Items(Vec<ItemRow>),
    /// To [`Need::AnyOpenItem`].
    AnyOpenItem(Option<ItemId>),
    /// To [`Need::LiveMember`].
    LiveMember(Option<AccountId>),
    /// To [`Need::Credited`].
    Credited(Vec<CreditedRow>),
    /// To [`Need::Rate`].
    Rate(Option<RateRow>),
    /// To [`Need::Order`].
    Order(Option<OrderRow>),
    /// To [`Need::Refund`].
    Refund(Option<RefundRow>),
    /// To [`Need::Withholding`].
    Withholding(Option<Box<WithholdingRow>>),
    /// To [`Need::Certificate`].
    Certificate(Option<Box<CertificateRow>>),
    /// To [`Need::LaterCredits`].
    LaterCredits(Option<Vec<Later>>),
    /// To [`Need::OpenReceipt`].
    OpenReceipt(Option<ItemId>),
    /// To [`Need::Allowance`].
    Allowance(Option<AllowanceRow>),
    /// To [`Need::Chargeable`].
    Chargeable(Option<Vec<ChargeableItem>>),
    /// To [`Need::Proposal`].
    Proposal(Option<Box<ProposalRow>>),
    /// To [`Need::WrittenOff`].
    WrittenOff(i64),
    /// To [`Need::Agreement`].
    Agreement(Option<Box<AgreementRow>>),
}

impl Gathered {
    /// Nothing at hand.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything: what to do after any rollback.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Drops what held for one command only.
    pub fn next_command(&mut self) {
        self.answers.clear();
        self.keys.clear();
        self.records.clear();
    }

    /// Rows at hand, to bound the memory of a cache.
    #[must_use]
    pub fn len(&self) -> usize {
        [
            self.accounts.len(),
            self.totals.len(),
            self.documents.len(),
            self.items.len(),
            self.links.len(),
            self.series.len(),
            self.orders.len(),
            self.refunds.len(),
            self.agreements.len(),
            self.withholdings.len(),
            self.certificates.len(),
            self.proposals.len(),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    /// Whether nothing is at hand.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an owner's figures are at hand.
    #[cfg(feature = "sqlite")]
    pub(crate) fn has_totals(&self, owner: &ar_core::rows::Owner) -> bool {
        self.totals.contains_key(owner)
    }

    /// Whether the answer to a need is at hand.
    #[must_use]
    pub fn has(&self, need: &Need) -> bool {
        match need {
            Need::Book => self.config.is_some(),
            Need::Key(id) => self.keys.contains_key(id),
            Need::Account(id) => self.accounts.contains_key(id),
            Need::Totals(owner) => self.totals.contains_key(owner),
            Need::Document(id) => self.documents.contains_key(id),
            Need::Record(position) => self.records.contains_key(position),
            Need::Item(id) => self.items.contains_key(id),
            Need::Link(id) => self.links.contains_key(id),
            Need::Series(id, year) => self.series.contains_key(&(id.clone(), *year)),
            Need::Order(id) => self.orders.contains_key(id),
            Need::Refund(id) => self.refunds.contains_key(id),
            Need::Agreement(id) => self.agreements.contains_key(id),
            Need::Withholding(link) => self.withholdings.contains_key(link),
            Need::Certificate(account, id) => self.certificates.contains_key(&(account.clone(), id.clone())),
            Need::Proposal(id) => self.proposals.contains_key(id),
            other => self.answers.contains_key(other),
        }
    }

    /// Takes the answer to a need. A fact of another kind than the need's is not taken, and the
    /// need stays missing.
    pub fn insert(&mut self, need: Need, fact: Fact) {
        match (need, fact) {
            (Need::Book, Fact::Book(row)) => self.config = Some(row),
            (Need::Key(id), Fact::Key(row)) => drop(self.keys.insert(id, row)),
            (Need::Account(id), Fact::Account(row)) => drop(self.accounts.insert(id, row)),
            (Need::Totals(owner), Fact::Totals(rows)) => {
                self.totals.insert(owner, rows.iter().map(Figures::of_row).collect());
            }
            (Need::Document(id), Fact::Document(row)) => drop(self.documents.insert(id, row)),
            (Need::Record(position), Fact::Record(row)) => drop(self.records.insert(position, row)),
            (Need::Item(id), Fact::Item(row)) => drop(self.items.insert(id, row)),
            (Need::Link(id), Fact::Link(row)) => drop(self.links.insert(id, row)),
            (Need::Series(id, year), Fact::Series(row)) => drop(self.series.insert((id, year), row)),
            (Need::Order(id), Fact::Order(row)) => drop(self.orders.insert(id, row)),
            (Need::Refund(id), Fact::Refund(row)) => drop(self.refunds.insert(id, row)),
            (Need::Agreement(id), Fact::Agreement(row)) => drop(self.agreements.insert(id, row)),
            (Need::Withholding(link), Fact::Withholding(row)) => drop(self.withholdings.insert(link, row)),
            (Need::Certificate(account, id), Fact::Certificate(row)) => {
                self.certificates.insert((account, id), row);
            }
            (Need::Proposal(id), Fact::Proposal(row)) => {
                self.proposals.insert(id, row.map(|row| *row));
            }
            (
                need @ (Need::LiveLinks(_)
                | Need::Recoveries(_)
                | Need::SmallItems(_)
                | Need::Allowance(..)
                | Need::Movements(..)
                | Need::OpenItems(_)
                | Need::Exact(_)
                | Need::AnyOpenItem(_)
                | Need::LiveMember(_)
                | Need::Credited(_)
                | Need::Rate(..)
                | Need::LaterCredits(..)
                | Need::OpenReceipt(_)
                | Need::Chargeable(_)
                | Need::WrittenOff(_)),
                fact,
            ) => drop(self.answers.insert(need, fact)),
            _ => {}
        }
    }

    /// The settings, when they are at hand and there.
    pub(crate) fn config(&self) -> Option<&BookConfig> {
        self.config.as_ref()?.as_deref()
    }

    /// A refund's row, when it is at hand and there.
    pub(crate) fn refund_row(&self, id: &RefundId) -> Option<&RefundRow> {
        self.refunds.get(id)?.as_ref()
    }

    /// The row of withheld tax, when it is at hand and there.
    #[cfg(feature = "sqlite")]
    pub(crate) fn withholding_row(&self, link: &LinkId) -> Option<&WithholdingRow> {
        self.withholdings.get(link)?.as_deref()
    }

    /// An item's row, when it is at hand and there.
    pub(crate) fn item_row(&self, id: &ItemId) -> Option<&ItemRow> {
        self.items.get(id)?.as_deref()
    }
}

impl Fact {
    /// Asks any source of facts.
    ///
    /// # Errors
    /// What that source misses.
    pub fn of<F: Facts>(facts: &F, need: &Need) -> Asked<Self> {
        Ok(match need {
            Need::Book => Self::Book(facts.book()?.cloned().map(Box::new)),
            Need::Key(id) => Self::Key(facts.key(id)?),
            Need::Account(id) => Self::Account(facts.account(id)?.cloned().map(Box::new)),
            Need::Totals(owner) => Self::Totals(facts.totals(owner)?),
            Need::Document(id) => Self::Document(facts.document(id)?.cloned().map(Box::new)),
            Need::Record(position) => Self::Record(facts.record(*position)?.map(Box::new)),
            Need::Item(id) => Self::Item(facts.item(id)?.cloned().map(Box::new)),
            Need::Link(id) => Self::Link(facts.link(id)?.cloned().map(Box::new)),
            Need::LiveLinks(item) => Self::Links(facts.live_links(item)?),
            Need::Allowance(currency, on) => Self::Allowance(facts.allowance(*currency, *on)?),
            Need::SmallItems(which) => Self::Items(facts.small_items(which)?),
            Need::Recoveries(write_off) => Self::Links(facts.recoveries(write_off)?),
            Need::Movements(item, from) => Self::Movements(facts.movements(item, *from)?),
            Need::Series(id, year) => Self::Series(facts.series(id, *year)?),
            Need::OpenItems(which) => Self::Items(facts.open_items(which)?),
            Need::Exact(which) => Self::Items(facts.exact(which)?),
            Need::LiveMember(parent) => Self::LiveMember(facts.live_member(parent)?),
            Need::AnyOpenItem(account) => Self::AnyOpenItem(facts.any_open_item(account)?),
            Need::Credited(invoice) => Self::Credited(facts.credited(invoice)?),
            Need::Rate(currency, on) => Self::Rate(facts.rate(*currency, *on)?),
            Need::Order(id) => Self::Order(facts.order(id)?),
            Need::Refund(id) => Self::Refund(facts.refund(id)?),
            Need::Withholding(link) => Self::Withholding(facts.withholding(link)?.map(Box::new)),
            Need::Certificate(account, id) => {
                Self::Certificate(facts.certificate(account, id)?.map(Box::new))
            }
            Need::LaterCredits(owner, after) => Self::LaterCredits(facts.later_credits(owner, *after)?),
            Need::OpenReceipt(which) => Self::OpenReceipt(facts.open_receipt(which)?),
            Need::Chargeable(which) => Self::Chargeable(facts.chargeable(which)?),
            Need::Proposal(id) => Self::Proposal(facts.proposal(id)?.map(Box::new)),
            Need::WrittenOff(which) => Self::WrittenOff(facts.written_off(which)?),
            Need::Agreement(id) => Self::Agreement(facts.agreement(id)?.map(Box::new)),
            other => return Err(other.clone().into()),
        })
    }
}
