//! Foreign currency: rates and base amounts, credit converted from one currency into another, and
//! open items revalued at a closing rate (INV-03, INV-09, INV-31).
//!
//! An item is carried in base currency at the rate it was booked at. A revaluation adds an unrealised
//! difference beside it, which leaves with whatever leaves the item; what is realised is always told
//! from the booked rate. Two currencies never meet in one event: a conversion is two, through a
//! clearing account on which nothing stays in base currency.

mod carrying;
mod convert;
mod rates;
mod revalue;
mod unwind;

pub use convert::exchanged;

pub(crate) use carrying::{Leaving, leaving, post_unrealised, share};
pub(crate) use convert::{decide_convert, settle_across};
pub(crate) use rates::{base_of, check_band, rate_for, recorded_rate};
pub(crate) use revalue::decide_revalue;
pub(crate) use unwind::{Unwinding, undo_conversion, unwind, unwinding};

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::allocation::ClosedItem;
use crate::document::{NewItem, Side};
use crate::explain::Explanation;
use crate::journal::{Control, JournalLine};
use crate::values::*;

/// Most items revalued by one command.
pub const REVALUED_MAX: usize = 1_000;

/// Converts unapplied credit into credit in another currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvertCredit {
    /// The id of the credit it becomes.
    pub conversion: DocumentId,
    /// The credit item.
    pub credit: ItemId,
    /// The other currency.
    pub to: Currency,
    /// How much of the credit; absent means all that is unapplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// What it becomes; absent means at the recorded rate of the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives: Option<Amount>,
    /// Accounting date, and the day of the rate.
    pub date: Date,
}

/// How a credit settles an item in another currency: as much of it as is needed is converted first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The id of the credit in the item's currency.
    pub conversion: DocumentId,
    /// What the target's amount becomes in the item's currency; absent means at the recorded rate of
    /// the settlement's date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives: Option<Amount>,
}

/// Which side of a closing rate is booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RevaluationMethod {
    /// Gains and losses: an item is carried at the closing rate.
    #[default]
    Standard,
    /// Losses only, against what it was carried at before: nothing is ever written up.
    Minimum,
    /// At the closing rate, but never better than booked: a gain only takes back earlier losses.
    LowestValue,
    /// At the booked rate: nothing is unrealised, and what an earlier revaluation added comes off.
    InvoiceRate,
}

impl RevaluationMethod {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Minimum => "minimum",
            Self::LowestValue => "lowest_value",
            Self::InvoiceRate => "invoice_rate",
        }
    }
}

impl fmt::Display for RevaluationMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Revalues what was open on items of one account in one currency at the end of a day. Done again it
/// changes nothing, so that a run over many accounts can be resumed anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revalue {
    /// The account.
    pub account: AccountId,
    /// The foreign currency.
    pub currency: Currency,
    /// Accounting date, and the day of the closing rate.
    pub date: Date,
    /// The items, debits and credits alike; what was not open on the day is left as it is.
    pub items: Vec<ItemId>,
    /// Instead of the book's method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<RevaluationMethod>,
    /// The day that takes the difference back; absent leaves it until it is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse_on: Option<Date>,
}

/// A recorded rate that a conversion or a revaluation used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedRate {
    /// The foreign currency.
    pub currency: Currency,
    /// Base units per foreign unit.
    pub rate: Rate,
    /// The day it was recorded for.
    pub date: Date,
    /// Where it comes from.
    pub source: Text,
}

/// Event: credit left an item to become credit in another currency, which the event after it opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditConverted {
    /// The settlement link that closes it.
    pub link: LinkId,
    /// What left.
    pub from: ClosedItem,
    /// Its currency.
    pub currency: Currency,
    /// What it became.
    pub gives: Money,
    /// The new item.
    pub to: ItemId,
    /// Accounting date.
    pub date: Date,
    /// The recorded rates used; none when both amounts were given and one is in base currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<UsedRate>,
    /// Why these amounts.
    pub explanation: Explanation,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// Event: credit converted from another currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversionIssued {
    /// Its id.
    pub conversion: DocumentId,
    /// Its account.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// Its currency.
    pub currency: Currency,
    /// Where it comes from.
    pub from: ItemId,
    /// The settlement link that closed it there.
    pub link: LinkId,
    /// Whether it was made to settle an item in the same command: then it ends with that settlement.
    #[serde(default, skip_serializing_if = "is_no")]
    pub settles: bool,
    /// Base units per unit, where a recorded rate gave the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Document date, kept from the credit.
    pub document_date: Date,
    /// Value date, kept from the credit.
    pub value_date: Date,
    /// Accounting date.
    pub date: Date,
    /// Its item.
    pub item: NewItem,
    /// Its control account.
    pub control: Control,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

/// Event: a conversion was undone; the event before it gave the credit back in its own currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversionUndone {
    /// The conversion.
    pub conversion: DocumentId,
    /// The settlement link that closes its item.
    pub link: LinkId,
    /// What left its item: all of it.
    pub closed: ClosedItem,
    /// Its currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: Text,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// Event: open items of one account and currency were revalued, or a revaluation was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemsRevalued {
    /// The account.
    pub account: AccountId,
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// The closing rate.
    pub rate: UsedRate,
    /// Which side of it was booked.
    pub method: RevaluationMethod,
    /// The day it is for, on what takes it back again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<Date>,
    /// The items.
    pub items: Vec<RevaluedItem>,
    /// What it was decided on.
    pub explanation: Explanation,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// An item that was revalued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevaluedItem {
    /// The settlement link that records it.
    pub link: LinkId,
    /// The item.
    pub item: ItemId,
    /// Which side it stands on.
    pub side: Side,
    /// What was open on it.
    pub open: Amount,
    /// What it was carried at before, in base currency.
    pub carried: Amount,
    /// By how much that grew, in base currency; signed.
    pub by: Amount,
}
