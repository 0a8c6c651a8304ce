//! Accounts: one customer's account in a book (INV-53).
//!
//! Every change names the version it was made against; a stale version is refused. Names,
//! addresses, contacts and bank details are persons' data: they live beside the log under a
//! subject, and events carry only a salted digest of them.

mod decide;
mod party;

pub(crate) use decide::{
    decide_amend, decide_close, decide_hold, decide_open, decide_release, decide_reopen,
};
pub use party::{Address, BankDetails, Contact, PARTY_ENTRIES_MAX, Party, PartyRef, VaultEntry};

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::values::*;

/// What an account holder is to the book; the chart may map each class to its own accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountClass {
    /// A customer in the book's own country.
    #[default]
    Domestic,
    /// A customer abroad.
    Export,
    /// A company of the same group.
    Intercompany,
}

/// What kind of debtor the holder is; statutory interest and dunning differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DebtorKind {
    /// A business.
    #[default]
    Business,
    /// A natural person outside a trade.
    Consumer,
    /// A public body.
    Public,
}

/// How the holder wants to be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// E-mail.
    Email,
    /// Letter.
    Post,
    /// An e-invoicing network.
    Network,
    /// A customer portal.
    Portal,
}

/// What is agreed with an account holder, as one value with a version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The account that stands for the group: its limit covers this account, and it may pay for
    /// it. A parent has no parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<AccountId>,
    /// Domestic, export or intercompany.
    pub class: AccountClass,
    /// Business, consumer or public.
    pub debtor: DebtorKind,
    /// For intercompany accounts: the partner that stands on every journal line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<GlCode>,
    /// Payment terms of new invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<TermsId>,
    /// Currency of new documents that do not name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Language of letters, like `de`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Text>,
    /// Preferred channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Who collects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collector: Option<ActorId>,
    /// Whether every invoice needs a purchase order number.
    pub po_required: bool,
    /// Lower limits for differences absorbed on this customer's items, either way; absent means the
    /// book's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<crate::book::Tolerance>,
    /// Free pairs: sales rep, territory, ...
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// A credit limit: none, zero and an amount are three different things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditLimit {
    /// No limit is set: every order passes.
    #[default]
    None,
    /// No credit: every order that raises exposure above zero is blocked.
    Zero,
    /// The highest exposure, in the currency it is compared in.
    Amount(Money),
}

/// Why an account is on hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// The reason for people.
    pub reason: Text,
    /// The day it began.
    pub since: Date,
    /// Whether an invoice beyond the limit caused it, rather than a person.
    pub by_credit: bool,
}

/// An account's row: everything about it that is not a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Counts changes; a change names the version it was made against.
    pub version: u32,
    /// The day it was opened.
    pub opened: Date,
    /// What is agreed.
    pub profile: Profile,
    /// Who it is: subject and digest of the data beside the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyRef>,
    /// The credit limit of this account (of the group, when others name it as their parent).
    #[serde(default)]
    pub limit: CreditLimit,
    /// Present while on hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// The day it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Date>,
    /// Whether another account names it, or ever named it, as its parent. It cannot get a parent
    /// then: groups have one level.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_parent: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Opens an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenAccount {
    /// The id, chosen by the caller.
    pub account: AccountId,
    /// The day.
    pub date: Date,
    /// What is agreed.
    #[serde(default)]
    pub profile: Profile,
    /// Who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Party>,
    /// The credit limit.
    #[serde(default)]
    pub limit: CreditLimit,
}

/// Changes what is agreed or who the holder is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendAccount {
    /// The account.
    pub account: AccountId,
    /// The version the change was made against.
    pub version: u32,
    /// The whole new profile; absent leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The whole new person's data; absent leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Party>,
}

/// Puts an account on hold: no new order and no delivery without an override. An invoice for what
/// was already supplied still issues, with a warning, unless policy blocks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldAccount {
    /// The account.
    pub account: AccountId,
    /// The day.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// Releases an account from hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseAccount {
    /// The account.
    pub account: AccountId,
    /// The day.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// Closes an account that has no open item and no reported order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseAccount {
    /// The account.
    pub account: AccountId,
    /// The day.
    pub date: Date,
}

/// Reopens a closed account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReopenAccount {
    /// The account.
    pub account: AccountId,
    /// The day.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// Event: the account's row is now this one. Figures that move with a change of parent stand
/// beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountChanged {
    /// What happened.
    pub change: AccountChange,
    /// The day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The whole row after it.
    pub account: Account,
    /// Why, where a reason is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// Figures that leave one group and join another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regrouped: Vec<Regrouped>,
}

/// What happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountChange {
    /// It was opened.
    Opened,
    /// Its profile or party changed.
    Amended,
    /// Its credit limit changed.
    Limited,
    /// It was put on hold.
    Held,
    /// It was released.
    Released,
    /// It was closed.
    Closed,
    /// It was reopened.
    Reopened,
    /// Another account named it as its parent for the first time.
    Grouped,
}

impl AccountChange {
    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Amended => "amended",
            Self::Limited => "limited",
            Self::Held => "held",
            Self::Released => "released",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Grouped => "grouped",
        }
    }
}

impl fmt::Display for AccountChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An account's figures in one currency, moved from one group's total to another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regrouped {
    /// The group left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<AccountId>,
    /// The group joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<AccountId>,
    /// The currency.
    pub currency: Currency,
    /// Open debit items.
    pub debit: Amount,
    /// The part of them that counts for no credit limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncounted: Option<Amount>,
    /// Open credit items, positive.
    pub credit: Amount,
    /// Reported orders.
    pub orders: Amount,
    /// The latest accounting date of anything that lowered what is owed: the group joined must
    /// know that such a date lies ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_credit: Option<Date>,
}
