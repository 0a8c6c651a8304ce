//! Netting: what a partner owes and what is owed to the partner are set off against each other (INV-26,
//! INV-28).
//!
//! The payables stand in another ledger. Here the items settle against a clearing account with the
//! reference of the other side, one settlement for each item, each undone by itself.

mod decide;

pub(crate) use decide::decide_net;

use serde::{Deserialize, Serialize};

use crate::allocation::{ClosedItem, LinkTaxes};
use crate::document::Side;
use crate::explain::Explanation;
use crate::journal::{Control, JournalLine};
use crate::values::*;

/// Most items of one netting.
pub const NETTED_MAX: usize = 1_000;

/// Sets items of an account off against a balance of the other ledger: debits where we owe the partner
/// elsewhere, credits where the partner owes us there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Net {
    /// The account.
    pub account: AccountId,
    /// The items, all debits or all credits of the account in one currency, in the order in which they
    /// are settled.
    pub items: Vec<NetItem>,
    /// How much of the other balance there is; the items take it in their order. Absent means as much as
    /// the items say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The document of the other side.
    pub reference: Text,
    /// Accounting date.
    pub date: Date,
}

/// One item of a netting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetItem {
    /// The item.
    pub item: ItemId,
    /// How much of it at most; absent means all that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

/// Event: items were set off against a balance of another ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemsNetted {
    /// The account.
    pub account: AccountId,
    /// Which side the items stand on.
    pub side: Side,
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// The document of the other side.
    pub reference: Text,
    /// The clearing account between the ledgers.
    pub clearing: GlCode,
    /// What left the items.
    pub items: Vec<NettedItem>,
    /// How much was at hand and how it was spread.
    pub explanation: Explanation,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// One item that was netted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NettedItem {
    /// What left it, with its link.
    pub closed: ClosedItem,
    /// Its control account.
    pub control: Control,
    /// What it moved of its document's taxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Box<LinkTaxes>>,
}
