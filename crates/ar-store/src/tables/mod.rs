//! Tables: the fold itself, every row of a book in memory with the indexes that bounded facts need
//! (INV-14). The memory store is this; a replay of the log is this; every other store is compared
//! with this.
//!
//! Rows stand in the order they came, so that iteration never depends on a hash. A command is
//! applied, then either committed or rolled back through a journal of what was there before;
//! columns for reports and the tree of leaves grow only at the commit.

mod account;
mod apply;
mod facts;
mod figures;
mod items;
mod log;
mod undo;
mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use ar_core::Position;
use ar_core::account::VaultEntry;
use ar_core::agreement::AgreementId;
use ar_core::book::BookConfig;
use ar_core::query::{Columns, LineColumns};
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};

pub(crate) use account::AccountEntry;
pub(crate) use facts::{LaterCredits, allowance_before, movements};
pub(crate) use figures::{Figures, covering};
pub(crate) use items::{DocumentEntry, ItemEntry, ItemHead};
pub use log::Log;
use undo::Undo;
pub(crate) use view::account_of;

/// Every row of a book.
#[derive(Debug)]
pub struct Tables {
    pub(crate) log: Log,
    pub(crate) config: Option<BookConfig>,
    pub(crate) accounts: HashMap<AccountId, AccountEntry>,
    /// Accounts that were opened, in id order.
    pub(crate) opened: BTreeSet<AccountId>,
    pub(crate) documents: Vec<DocumentEntry>,
    document_ids: HashMap<DocumentId, u32>,
    /// Numbers of documents in id order, extended when a query asks.
    documents_sorted: Mutex<Vec<u32>>,
    pub(crate) items: Vec<ItemEntry>,
    #[allow(clippy::vec_box, reason = "a growing table of large rows moves pointers, not rows")]
    pub(crate) links: Vec<Box<LinkRow>>,
    link_ids: HashMap<LinkId, u32>,
    /// What was recovered of write-offs.
    recoveries: HashMap<LinkId, Vec<u32>>,
    pub(crate) notes: BTreeMap<DocumentId, Vec<NoteRow>>,
    pub(crate) series: BTreeMap<(SeriesId, i32), SeriesRow>,
    pub(crate) credited: BTreeMap<DocumentId, BTreeMap<CreditedKey, i64>>,
    pub(crate) rates: BTreeMap<(Currency, Date), RateRow>,
    pub(crate) orders: BTreeMap<OrderId, OrderRow>,
    pub(crate) allowances: BTreeMap<Currency, AllowanceRow>,
    pub(crate) allowance_moves: BTreeMap<AllowanceKey, AllowanceMove>,
    pub(crate) refunds: BTreeMap<RefundId, RefundRow>,
    pub(crate) agreements: BTreeMap<AgreementId, AgreementRow>,
    pub(crate) withholdings: BTreeMap<LinkId, WithholdingRow>,
    pub(crate) certificates: BTreeMap<(AccountId, CertificateId), CertificateRow>,
    /// Proposals by where they stand in the log.
    pub(crate) proposals: BTreeMap<ar_core::Position, ProposalRow>,
    /// What is given up of an account's debts, by the first day of the month.
    pub(crate) written_off: BTreeMap<GivenUp, i64>,
    pub(crate) vault: BTreeMap<SubjectId, Vec<VaultEntry>>,
    /// Cash that settles nothing yet, by control role and accounting date.
    pub(super) receipts: Receipts,
    pub(crate) lines: LineColumns,
    pub(crate) columns: Columns,
    /// Lines of commands that are not committed.
    #[allow(clippy::vec_box, reason = "the rows come boxed from their changes")]
    staged_lines: Vec<Box<LineRow>>,
    undo: Vec<Undo>,
}

/// Open credit items of cash in the order a close looks for them.
type Receipts = BTreeMap<(ar_core::journal::Role, Date), BTreeSet<ItemId>>;

/// Account, currency and first day of a month.
pub(crate) type GivenUp = (AccountId, Currency, Date);

/// Where a movement of an allowance stands.
pub(crate) type AllowanceKey = (Currency, Date, Position, AllowanceKind);

/// The name of a bound of an invoice.
pub(crate) type CreditedKey = String;

impl Default for Tables {
    fn default() -> Self {
        Self::new()
    }
}

impl Tables {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self {
            log: Log::default(),
            config: None,
            accounts: HashMap::new(),
            opened: BTreeSet::new(),
            documents: Vec::new(),
            document_ids: HashMap::new(),
            documents_sorted: Mutex::new(Vec::new()),
            items: Vec::new(),
            links: Vec::new(),
            link_ids: HashMap::new(),
            recoveries: HashMap::new(),
            notes: BTreeMap::new(),
            series: BTreeMap::new(),
            credited: BTreeMap::new(),
            rates: BTreeMap::new(),
            orders: BTreeMap::new(),
            allowances: BTreeMap::new(),
            allowance_moves: BTreeMap::new(),
            refunds: BTreeMap::new(),
            agreements: BTreeMap::new(),
            withholdings: BTreeMap::new(),
            certificates: BTreeMap::new(),
            proposals: BTreeMap::new(),
            written_off: BTreeMap::new(),
            vault: BTreeMap::new(),
            receipts: Receipts::new(),
            lines: LineColumns::default(),
            columns: Columns::of_book(),
            staged_lines: Vec::new(),
            undo: Vec::new(),
        }
    }

    /// The log.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Journal lines in the order of the log.
    #[must_use]
    pub const fn journal(&self) -> &LineColumns {
        &self.lines
    }

    /// Every document in the order of the log.
    pub fn all_documents(&self) -> impl Iterator<Item = &DocumentRow> {
        self.documents.iter().map(|entry| &*entry.row)
    }

    /// Every item in the order of the log.
    pub fn all_items(&self) -> impl Iterator<Item = &ItemRow> {
        self.items.iter().map(|entry| &*entry.row)
    }

    /// Every settlement in the order of the log.
    pub fn all_links(&self) -> impl Iterator<Item = &LinkRow> {
        self.links.iter().map(|row| &**row)
    }

    pub(crate) fn document_entry(&self, id: &DocumentId) -> Option<&DocumentEntry> {
        self.documents.get(index(*self.document_ids.get(id)?))
    }

    pub(crate) fn item_number(&self, id: &ItemId) -> Option<u32> {
        self.document_entry(id.document())?.item(id.part())
    }

    pub(crate) fn item_entry(&self, id: &ItemId) -> Option<&ItemEntry> {
        self.items.get(index(self.item_number(id)?))
    }

    pub(crate) fn link_row(&self, id: &LinkId) -> Option<&LinkRow> {
        self.links.get(index(*self.link_ids.get(id)?)).map(|row| &**row)
    }
}

/// A row's number as a place in its table. Tables hold fewer than 2^32 rows.
pub(crate) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The number of the next row of a table.
pub(crate) fn next_number(len: usize) -> Result<u32, crate::Corruption> {
    u32::try_from(len).map_err(|_| crate::Corruption::new("INV-68", None, "a table is full"))
}
