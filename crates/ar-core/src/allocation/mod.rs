//! Allocation: which open item a credit settles, and by how much (INV-25 to INV-30).
//!
//! On **every** effective date what was taken from an item never exceeds it, and both sides of an
//! allocation share currency and customer (or a recorded payer). An undo is a new event.

mod apply;
mod combination;
pub(crate) mod counts;
mod decide;
mod discount;
mod exact;
mod find;
mod posting;
mod recover;
mod relief;
mod room;
mod rule;
mod small;
mod tax;
mod tolerance;
mod undo;
mod withheld;
mod write_off;

pub(crate) use apply::{Application, Planned, apply_credit, check_pair, settlement_date};
pub(crate) use decide::{allocate_new_credit, decide_allocate, plan_target};
pub(crate) use discount::discount_of_part;
pub use discount::{cash_to_settle, discount_now, discount_offered, quotes};
pub(crate) use posting::{ControlOf, Figures, code_in};
pub(crate) use recover::decide_recover;
pub(crate) use room::{check_live_links, check_room, room_from};
pub use rule::{LegalOrder, Rule};
pub(crate) use small::decide_write_off_small;
pub(crate) use tax::{Desk, OwnMemo, deferred};
pub use tax::{LinkTaxes, TaxMove, TaxMoveKind};
pub(crate) use undo::{decide_undo, posted_lines, undo_exactly, undo_links};
pub(crate) use write_off::decide_write_off;

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::explain::Explanation;
use crate::journal::{Control, JournalLine};
use crate::rejection::Rejection;
use crate::values::*;

/// Most live allocations of one credit item.
pub const LIVE_LINKS_MAX: usize = 10_000;
/// Most links in one event.
pub const LINKS_PER_EVENT: usize = 1_000;
/// Most targets named in one command.
pub const TARGETS_MAX: usize = 1_000;
/// Most items of a combination that a rule looks for: with [`COMBINATION_ITEMS`] to choose from there
/// are 12,926 combinations, summed once, or twice where discounts are open.
pub const COMBINATION_MAX: u8 = 4;
/// Open items that combinations are looked for among.
pub const COMBINATION_ITEMS: usize = 24;
/// Most rests that one command gives up.
pub const SMALL_ITEMS_MAX: usize = 200;
/// Most rules in one policy of allocation.
pub const RULES_MAX: usize = 16;

/// How a credit is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// To these items.
    Explicit(Vec<Target>),
    /// By the book's rules, or by rules given here.
    ByPolicy {
        /// Documents the payer named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        references: Vec<DocumentId>,
        /// Rules instead of the book's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rules: Option<Vec<Rule>>,
        /// Whether a person looks at it. Unattended, no rule fires against a rival.
        #[serde(default)]
        attended: bool,
    },
}

/// One item to settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The item.
    pub item: ItemId,
    /// How much credit it takes, before any discount; absent means as much as settles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Whether a discount that is earned is taken; on unless switched off.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub discount: bool,
    /// Whether a shortfall inside the book's tolerance is absorbed; on unless switched off.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub tolerance: bool,
    /// A discount that is granted although it is not, or not wholly, earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
    /// How the credit is converted when the item is in another currency; without it, it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<crate::fx::Exchange>,
    /// Tax that the customer withheld: beside the cash it settles the item as a claim on the tax office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<crate::withholding::Withheld>,
}

/// A discount granted by a person: after its window, or more than the terms give. Cash is never
/// refused; without a grant, what is short stays open. No tolerance is absorbed beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The whole discount, what is earned of it included; absent means the best of the item's terms,
    /// whatever the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Why.
    pub reason: Text,
}

const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_yes(flag: &bool) -> bool {
    *flag
}

/// Applies an open credit to open items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocate {
    /// The credit item: the unapplied rest of a payment or a credit memo.
    pub credit: ItemId,
    /// Accounting date; absent means the later of both sides' dates, moved to the first open day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// What it settles.
    pub how: How,
}

/// Takes one settlement back: an allocation or a write-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The settlement.
    pub link: LinkId,
    /// Accounting date; on or after the settlement's. In a closed period it moves to the first
    /// open day and the date asked for is kept.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// Gives up what is open on a debit item, or a small rest of a credit inside the tolerance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOff {
    /// The item.
    pub item: ItemId,
    /// How much; absent means all that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
}

/// Gives up small rests of an account's debits, the smallest first, each with an event of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOffSmall {
    /// The account.
    pub account: AccountId,
    /// The currency of the debits; absent means the account's, else the book's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Most that may be open on an item.
    pub most: Amount,
    /// Only items due on this day or before it; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_to: Option<Date>,
    /// Accounting date. What comes into being, is reopened or is revalued after it is left as it is.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
    /// Most items; absent means 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_max: Option<u16>,
}

/// Books cash against an amount given up earlier: income, less the tax in it where the write-off took
/// tax back. The claim itself stays given up; undo the write-off instead to have it open again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// The settlement that gave the amount up.
    pub write_off: LinkId,
    /// The credit: the unapplied rest of a payment.
    pub credit: ItemId,
    /// How much; absent means all that is unapplied, as far as it was not recovered before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Accounting date; on or after the write-off's and the credit's.
    pub date: Date,
}

/// What kind of settlement a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkKind {
    /// A credit settles a debit.
    Allocation,
    /// A debit is given up, or a small credit is kept.
    WriteOff,
    /// A document was voided.
    Void,
    /// A payment was reversed.
    Reversal,
    /// Credit was refunded.
    Refund,
    /// Credit moved to another item.
    Move,
    /// Credit became credit in another currency.
    Conversion,
    /// What is open was revalued: the base amount moves and nothing else.
    Revaluation,
    /// A finance charge forgiven.
    Waiver,
    /// Cash for what was given up earlier.
    Recovery,
    /// Set off against a balance of another ledger.
    Netting,
    /// The share of a taken discount that a credit memo does not credit.
    DiscountReversal,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Allocation,
        Self::WriteOff,
        Self::Void,
        Self::Reversal,
        Self::Refund,
        Self::Move,
        Self::Conversion,
        Self::Revaluation,
        Self::Waiver,
        Self::Recovery,
        Self::Netting,
        Self::DiscountReversal,
    ];

    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allocation => "allocation",
            Self::WriteOff => "write_off",
            Self::Void => "void",
            Self::Reversal => "reversal",
            Self::Refund => "refund",
            Self::Move => "move",
            Self::Conversion => "conversion",
            Self::Revaluation => "revaluation",
            Self::Waiver => "waiver",
            Self::Recovery => "recovery",
            Self::Netting => "netting",
            Self::DiscountReversal => "discount_reversal",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for LinkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What leaves (or returns to) one item, with everything that follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedItem {
    /// The item.
    pub item: ItemId,
    /// Its account.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// How much of its open amount; positive.
    pub amount: Amount,
    /// The same in base currency, at the item's carrying rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
    /// The link that records it, where the event makes more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// The unrealised exchange difference that leaves with it, in base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revalued: Option<Amount>,
    /// Whether the item is no part of exposure.
    #[serde(default, skip_serializing_if = "is_no")]
    pub uncounted: bool,
}

/// Event: a credit was applied to items. All links share the credit and the accounting date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditAllocated {
    /// The credit item.
    pub credit: ItemId,
    /// Its account.
    pub account: AccountId,
    /// Its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// Whether the credit is a credit memo: then it lowers the amount that discounts are
    /// computed on.
    #[serde(default, skip_serializing_if = "is_no")]
    pub memo: bool,
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// The links.
    pub links: Vec<AppliedLink>,
    /// Which rule fired and why.
    pub explanation: Explanation,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

/// One credit-to-debit link: `amount` leaves the credit; `amount + discount + tolerance +
/// withholding` leaves the debit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliedLink {
    /// Its id.
    pub link: LinkId,
    /// The debit item.
    pub debit: ItemId,
    /// Its account, when it is not the credit's: a parent pays for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Its group, when the account differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AccountId>,
    /// What leaves the credit.
    pub amount: Amount,
    /// The same in base currency, at the credit's carrying rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_base: Option<Amount>,
    /// What leaves the debit in base currency, at its carrying rate. The difference is realised
    /// exchange gain or loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debit_base: Option<Amount>,
    /// Early-payment discount granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Amount>,
    /// Difference absorbed: above zero a shortfall of the item, below zero an excess of the credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Amount>,
    /// Tax withheld by the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withholding: Option<Amount>,
    /// Which tax that is, and the ledger account of the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Box<crate::withholding::WithheldAs>>,
    /// The part of the tolerance that the payment lacked of all it was to settle, rather than the
    /// item of its own amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_payment: Option<Amount>,
    /// The part of the discount that was granted without being earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unearned: Option<Unearned>,
    /// The unrealised exchange difference that leaves the credit, in base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_revalued: Option<Amount>,
    /// The unrealised exchange difference that leaves the debit, in base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debit_revalued: Option<Amount>,
    /// What it moved of its document's taxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Box<LinkTaxes>>,
    /// Whether the debit item is no part of exposure.
    #[serde(default, skip_serializing_if = "is_no")]
    pub uncounted: bool,
}

/// A discount that was not earned, and why it was granted all the same; who granted it is the actor of
/// the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unearned {
    /// How much of the discount was not earned.
    pub amount: Amount,
    /// Why it was granted.
    pub reason: Text,
}

impl AppliedLink {
    /// What leaves the debit item, in minor units; saturating, since every part is bounded by
    /// the item.
    #[must_use]
    pub fn settled_minor(&self) -> i64 {
        [self.discount, self.tolerance, self.withholding]
            .iter()
            .flatten()
            .fold(self.amount.minor(), |sum, part| sum.saturating_add(part.minor()))
    }
}

/// Event: settlements were undone, each exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementUndone {
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// The date asked for, when its period was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_date: Option<Date>,
    /// The links undone.
    pub links: Vec<UndoneLink>,
    /// Why.
    pub reason: Text,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// A link that was undone, with what returns to each side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoneLink {
    /// The link.
    pub link: LinkId,
    /// What returns to the credit item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<ClosedItem>,
    /// What returns to the debit item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debit: Option<ClosedItem>,
    /// The discount taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Amount>,
    /// Tax withheld in it, whose claim ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withholding: Option<Amount>,
    /// Whether the credit was a credit memo.
    #[serde(default, skip_serializing_if = "is_no")]
    pub memo: bool,
    /// The marks that debts have again when a waiver is undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<crate::charges::MarkMoved>,
    /// The moves of taxes taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Box<LinkTaxes>>,
    /// The item that was given up, of a recovery: what it counted is taken back from its document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ItemId>,
    /// Accounting date of a debt's write-off: what is given up in its month is less again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_off: Option<Date>,
    /// What no longer counts against an invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Box<crate::document::Released>>,
}

/// Event: an open amount was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemWrittenOff {
    /// The link that records it.
    pub link: LinkId,
    /// Which side the item stands on.
    pub side: crate::document::Side,
    /// What left the item.
    pub closed: ClosedItem,
    /// The item's control account.
    pub control: Control,
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
    /// The tax in it that was relieved or given up, where the reason takes tax back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Box<LinkTaxes>>,
    /// How it was split, where the reason takes tax back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// Event: cash came in for an amount given up earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOffRecovered {
    /// The settlement link that takes it from the credit.
    pub link: LinkId,
    /// What left the credit.
    pub closed: ClosedItem,
    /// The credit's control account.
    pub control: Control,
    /// The settlement that gave the amount up.
    pub write_off: LinkId,
    /// The item it was given up on.
    pub item: ItemId,
    /// Why it had been given up.
    pub reason: ReasonCode,
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// What it moved of the claim's taxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Box<LinkTaxes>>,
    /// What it was decided on.
    pub explanation: Explanation,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}
