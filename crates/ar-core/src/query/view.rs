//! The view: one snapshot of a book as queries read it, and the two axes every question has.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{BucketsInvalid, Columns, LineColumns, ProposalsAsked};
use crate::account::{Account, VaultEntry};
use crate::book::BookConfig;
use crate::provision::AllowanceInvalid;
use crate::record::{Position, Record};
use crate::rows::*;
use crate::values::*;
use crate::withholding::WithholdingRow;

/// What is in force on a date, as recorded up to a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsOf {
    /// The day: accounting dates after it do not count.
    pub effective: Date,
    /// The position: what the log says after it does not exist.
    pub known: Position,
}

impl AsOf {
    /// A day as known now.
    #[must_use]
    pub fn head<V: View>(view: &V, effective: Date) -> Self {
        Self { effective, known: view.head() }
    }

    /// The same question with a position that the view has: a result names a position that asks
    /// for it again, for ever.
    #[must_use]
    pub(super) fn within<V: View>(self, view: &V) -> Self {
        Self { known: self.known.min(view.head()), ..self }
    }
}

/// Which accounts a question is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The whole book.
    #[default]
    All,
    /// These accounts.
    Accounts(BTreeSet<AccountId>),
}

impl Scope {
    /// One account.
    #[must_use]
    pub fn account(id: &AccountId) -> Self {
        Self::Accounts(BTreeSet::from([id.clone()]))
    }

    /// Whether an account belongs to it.
    #[must_use]
    pub fn contains(&self, id: &AccountId) -> bool {
        match self {
            Self::All => true,
            Self::Accounts(ids) => ids.contains(id),
        }
    }
}

/// Most rows of one page.
pub const PAGE_MAX: usize = 1_000;

/// One snapshot of a book. Every answer comes from the same moment (INV-44); a list is in the
/// order stated and never longer than its limit. A store hands out rows and decides nothing.
pub trait View {
    /// Why the store cannot answer.
    type Error;

    /// The position of the last event of the snapshot.
    fn head(&self) -> Position;

    /// The settings, or `None` before the book is opened.
    ///
    /// # Errors
    /// The store's.
    fn config(&self) -> Result<Option<Cow<'_, BookConfig>>, Self::Error>;

    /// Items and movements of at least these accounts.
    ///
    /// # Errors
    /// The store's.
    fn columns(&self, scope: &Scope) -> Result<Cow<'_, Columns>, Self::Error>;

    /// Journal lines: all of them, or at least the control lines of these accounts.
    ///
    /// # Errors
    /// The store's.
    fn lines(&self, scope: &Scope) -> Result<Cow<'_, LineColumns>, Self::Error>;

    /// Accounts after an id in id order, each as its last event up to `known` left it. Accounts
    /// opened later are left out.
    ///
    /// # Errors
    /// The store's.
    fn accounts(
        &self,
        known: Position,
        after: Option<&AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, Self::Error>;

    /// These accounts in id order, each as its last event up to `known` left it.
    ///
    /// # Errors
    /// The store's.
    fn accounts_by_id(&self, known: Position, ids: &BTreeSet<AccountId>)
    -> Result<Vec<Account>, Self::Error>;

    /// The accounts that, as known at a position, name this one as their parent, in id order.
    ///
    /// # Errors
    /// The store's.
    fn members(&self, known: Position, group: &AccountId) -> Result<Vec<AccountId>, Self::Error>;

    /// Documents of these accounts after an id, in id order.
    ///
    /// # Errors
    /// The store's.
    fn documents(
        &self,
        scope: &Scope,
        after: Option<&DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentRow>, Self::Error>;

    /// These documents in id order.
    ///
    /// # Errors
    /// The store's.
    fn documents_by_id(&self, ids: &BTreeSet<DocumentId>) -> Result<Vec<DocumentRow>, Self::Error>;

    /// These items in id order.
    ///
    /// # Errors
    /// The store's.
    fn items_by_id(&self, ids: &BTreeSet<ItemId>) -> Result<Vec<ItemRow>, Self::Error>;

    /// Settlements that touch an item, undone ones included, in the order of the log and of their
    /// ids.
    ///
    /// # Errors
    /// The store's.
    fn links(&self, item: &ItemId) -> Result<Vec<LinkRow>, Self::Error>;

    /// Write-offs of debits of these accounts and at least their recoveries, undone ones included, in the
    /// order of the log and of their ids.
    ///
    /// # Errors
    /// The store's.
    fn bad_debts(&self, scope: &Scope) -> Result<Vec<LinkRow>, Self::Error>;

    /// What moved allowances up to a position, in the order of the log.
    ///
    /// # Errors
    /// The store's.
    fn allowance_moves(&self, known: Position) -> Result<Vec<AllowanceMove>, Self::Error>;

    /// Notes on these documents, by document in the order of the log.
    ///
    /// # Errors
    /// The store's.
    fn notes(&self, documents: &BTreeSet<DocumentId>) -> Result<Vec<NoteRow>, Self::Error>;

    /// Reported orders of these accounts, in id order.
    ///
    /// # Errors
    /// The store's.
    fn orders(&self, scope: &Scope) -> Result<Vec<OrderRow>, Self::Error>;

    /// Tax that these accounts withheld, in the order of its settlements' ids.
    ///
    /// # Errors
    /// The store's.
    fn withholdings(&self, scope: &Scope) -> Result<Vec<WithholdingRow>, Self::Error>;
    /// Proposals about these accounts (all of them for the whole book), in the order of the log.
    ///
    /// # Errors
    /// The store's.
    fn proposals(&self, scope: &Scope, asked: &ProposalsAsked) -> Result<Vec<ProposalRow>, Self::Error>;

    /// Agreements of these accounts, in id order, with the ends that are known now.
    ///
    /// # Errors
    /// The store's.
    fn agreements(&self, scope: &Scope) -> Result<Vec<AgreementRow>, Self::Error>;

    /// Persons' data of these subjects, the latest version each; erased ones are left out.
    ///
    /// # Errors
    /// The store's.
    fn parties(&self, subjects: &BTreeSet<SubjectId>) -> Result<Vec<VaultEntry>, Self::Error>;

    /// Records after a position, in the order of the log.
    ///
    /// # Errors
    /// The store's.
    fn records(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, Self::Error>;

    /// Records that touch an account (see [`super::touched`]) after a position, in the order of
    /// the log.
    ///
    /// # Errors
    /// The store's.
    fn records_of(
        &self,
        account: &AccountId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<(Position, Record)>, Self::Error>;
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError<E> {
    /// The store's error.
    #[error("{0}")]
    Store(E),
    /// The bucket edges are no buckets.
    #[error("[query.buckets] {0}")]
    Buckets(#[from] BucketsInvalid),
    /// The period ends before it begins.
    #[error("[query.period] the period ends on {to}, before it begins on {from}")]
    Period {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// The page is empty or too long.
    #[error("[query.page] a page has 1 to {PAGE_MAX} rows, not {0}")]
    Page(usize),
    /// The cursor names something that is not there.
    #[error("[query.cursor] the page after {0} cannot be found; start again from the first page")]
    Cursor(String),
    /// There is no such account as known at that position.
    #[error("[query.account] there is no account {0}")]
    Account(AccountId),
    /// There is no cut-over there.
    #[error("[query.cut_over] there is no cut-over at position {0}")]
    CutOver(Position),
    /// A total does not fit an amount.
    #[error("[query.out_of_range] the total of {0} does not fit an amount; ask for fewer accounts")]
    OutOfRange(&'static str),
    /// What is open cannot be allowed for as asked.
    #[error("{0}")]
    Allowance(#[from] AllowanceInvalid),
    /// There is no such reason in the book.
    #[error("[query.reason] there is no reason {0} in this book; name one that write-offs were given")]
    Reason(ReasonCode),
}

impl<E> QueryError<E> {
    /// The stable code, like `query.page`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "query.store",
            Self::Buckets(_) => "query.buckets",
            Self::Period { .. } => "query.period",
            Self::Page(_) => "query.page",
            Self::Cursor(_) => "query.cursor",
            Self::Account(_) => "query.account",
            Self::CutOver(_) => "query.cut_over",
            Self::OutOfRange(_) => "query.out_of_range",
            Self::Allowance(invalid) => invalid.code(),
            Self::Reason(_) => "query.reason",
        }
    }
}

/// Checks the length of a page.
pub(super) const fn page<E>(limit: usize) -> Result<usize, QueryError<E>> {
    if limit == 0 || limit > PAGE_MAX { Err(QueryError::Page(limit)) } else { Ok(limit) }
}
