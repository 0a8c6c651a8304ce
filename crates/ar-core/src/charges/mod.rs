//! Finance charges: interest on late debts and fixed sums, charged once for each day of each debt
//! (INV-46).
//!
//! The calculation is pure and stands by itself: [`accrue`] turns a debt and a policy into stretches
//! of days, [`exact`] sums them, and one rounding per debt makes the line of a document. The commands
//! assess an account's debts, waive a charge, and (by `undo`) reinstate it; `void_document` takes a
//! charge back together with its days.

mod accrue;
mod assess;
mod day_count;
mod exact;
mod policy;
mod statute;
mod waive;

pub use accrue::{Debt, RateTables, Segment, accrue, exact, fixed_sum};
pub(crate) use assess::{decide_assess, given_back};
pub use day_count::DayCount;
pub use exact::Exact;
pub use policy::*;
pub(crate) use waive::{decide_waive, reinstated};

use serde::{Deserialize, Serialize};

use crate::allocation::ClosedItem;
use crate::document::Number;
use crate::explain::Explanation;
use crate::journal::{Control, JournalLine, Role};
use crate::record::Position;
use crate::values::*;

/// Most debts that one assessment covers; more are charged by a further command.
pub const CHARGED_ITEMS_MAX: usize = 200;

/// What an item of a finance charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChargePart {
    /// Interest, the first item.
    Interest,
    /// Fixed sums and fees, the second.
    Fee,
}

impl ChargePart {
    /// That of the item with a number.
    pub(crate) const fn of(part: u16) -> Self {
        if part == 1 { Self::Interest } else { Self::Fee }
    }

    /// What it is income of.
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Interest => Role::InterestIncome,
            Self::Fee => Role::FeeIncome,
        }
    }
}

/// Charges an account's late debts up to a day.
///
/// Interest becomes a finance charge, with fees as a second item of it. What earlier charges took too
/// much, because a payment came to be known later, becomes a credit memo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssessCharges {
    /// The account.
    pub account: AccountId,
    /// The policy.
    pub policy: ChargePolicyId,
    /// The currency of the debts; absent means the policy's, else the account's, else the book's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The last day that is charged for.
    pub through: Date,
    /// Document date of the charge; not before `through`.
    pub date: Date,
    /// Accounting date; absent means the document date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting_date: Option<Date>,
    /// Its number; absent means the next of series `FC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Number>,
    /// Number of a credit memo, should one come of it; absent means the next of series `CM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_number: Option<Number>,
    /// Most debts to cover; absent means 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_max: Option<u16>,
}

/// Forgives what is open on an item of a finance charge. Its days stay charged: they are not charged
/// again. To reinstate it, undo the settlement; to charge its days anew, void the document instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiveCharge {
    /// The item of the finance charge.
    pub item: ItemId,
    /// How much; absent means all that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: ReasonCode,
}

/// How far a debt is charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeMark {
    /// The last day charged.
    pub through: Date,
    /// Interest charged and not given back, in the debt's currency.
    pub interest: Amount,
    /// Fixed sums charged and not given back.
    pub fees: Amount,
    /// Where the assessment stands in the log: what is recorded after it is news to the next one.
    /// Zero in the event that makes the mark.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub known: Position,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(position: &Position) -> bool {
    *position == 0
}

/// Event: debts were assessed. The documents that follow from it are events of the same command, right
/// after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargesAssessed {
    /// The account.
    pub account: AccountId,
    /// The policy.
    pub policy: ChargePolicyId,
    /// Version of the book's settings it was read at.
    pub version: u32,
    /// The currency.
    pub currency: Currency,
    /// The last day charged for.
    pub through: Date,
    /// One line per debt looked at, also where nothing is charged.
    pub lines: Vec<ChargeLine>,
    /// The finance charge, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
    /// The credit memo, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<DocumentId>,
    /// Which rule fired and what it read.
    pub explanation: Explanation,
}

/// What was charged on one debt, with its workings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeLine {
    /// The debt.
    pub item: ItemId,
    /// How far it was charged before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ChargeMark>,
    /// How far it is charged now.
    pub after: ChargeMark,
    /// Interest, rounded; below zero when earlier charges took too much.
    pub interest: Amount,
    /// The fixed sum; below zero when it is given back.
    pub fee: Amount,
    /// The interest before it was rounded, as a fraction of minor units.
    pub exact: compact_str::CompactString,
    /// The days charged for the first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// Earlier days computed anew, because a settlement came to be known since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    /// What bent the figure: the minimum or the cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
}

/// Earlier days computed anew: the difference is charged or credited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// As it was known when they were charged.
    pub was: Vec<Segment>,
    /// As it is known now.
    pub now: Vec<Segment>,
}

/// What bent the figure of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Raised to the least charge.
    Minimum,
    /// Cut to the most that a debt is charged.
    Cap,
    /// No more is given back than was charged.
    Charged,
}

/// Event: a charge was forgiven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeWaived {
    /// The link that records it.
    pub link: LinkId,
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
    /// Which part of it was charged on which debt.
    pub shares: Vec<WaivedShare>,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// The part of a waiver that was charged on one debt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaivedShare {
    /// The debt.
    pub item: ItemId,
    /// How much of the waiver.
    pub amount: Amount,
    /// The debt's mark after it.
    pub after: ChargeMark,
}

/// A debt's mark as it stands from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkMoved {
    /// The debt.
    pub item: ItemId,
    /// Its mark; absent when it is as if never charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<ChargeMark>,
}
