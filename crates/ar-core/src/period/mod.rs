//! Accounting periods and the close: which days take postings, from whom, and what was proven when
//! a period was closed (INV-38, INV-39).
//!
//! A period is defined, closed softly or hard, reopened and proven by commands of its own, each on
//! record. A soft close names what is closed and whom it still admits. A hard close ends every day up
//! to the period's last, for everybody; periods are closed in their order and reopened in the
//! reverse, so that nothing below a figure that was proven ever moves.

mod checks;
mod decide;
mod open;
mod prove;
mod state;

pub use checks::{Check, ClosePolicy, Requirement, SIGNED_MAX};
pub(crate) use decide::{decide_close, decide_define, decide_reopen, decide_sign_off, may_reopen};
pub(crate) use prove::decide_prove;
pub use prove::{ClosingFigure, FIGURES_MAX, HeadDigest};
pub use state::{ADMITTED_MAX, AccountingPeriods, Area, PERIODS_MAX, Period, PeriodsDelta, Proof, SoftClose};

use serde::{Deserialize, Serialize};

use crate::record::Position;
use crate::values::*;

/// Defines an accounting period. Sending it again with the same days changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinePeriod {
    /// Its name, like `2026-01`.
    pub period: PeriodId,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
}

/// Closes a period. Closing it again in the same way changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosePeriod {
    /// The period.
    pub period: PeriodId,
    /// How.
    pub close: Close,
}

/// How a period is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Close {
    /// For kinds of postings, and with exceptions for named persons.
    Soft(SoftClose),
    /// For everything and everybody, with every day before it.
    Hard,
}

/// Opens a closed period again. Its sign-offs and its proof end with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReopenPeriod {
    /// The period.
    pub period: PeriodId,
    /// Why.
    pub reason: Text,
}

/// Signs off one line of the checklist of a period: who looked, when, and at which answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// The period.
    pub period: PeriodId,
    /// The line.
    pub check: Check,
    /// Digest of the answer that was looked at, as the checklist gives it.
    pub digest: HeadDigest,
    /// What the person found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// Puts the figures of a closed period on record with the head of the log they were read at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvePeriod {
    /// The period.
    pub period: PeriodId,
    /// The position up to which the log was read: at or after the close.
    pub known: Position,
    /// The head of the log at that position.
    pub head: HeadDigest,
    /// Control accounts and their open items at the end of the period's last day, by ledger
    /// account and currency.
    pub figures: Vec<ClosingFigure>,
}

/// Event: a period was defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodDefined {
    /// The period.
    pub period: PeriodId,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// The oldest hard-closed period, which leaves the settings when they are full. It stays closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<PeriodId>,
    /// The version of the book's settings after it.
    pub version: u32,
}

/// Event: a period was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodClosed {
    /// The period.
    pub period: PeriodId,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// How.
    pub close: Close,
    /// What was signed off before; it counts until the period is reopened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<(Check, HeadDigest)>,
    /// Why it could be closed: what policy asked for and what was found.
    pub explanation: crate::Explanation,
    /// The version of the book's settings after it.
    pub version: u32,
}

/// Event: a closed period was opened again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodReopened {
    /// The period.
    pub period: PeriodId,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// Why.
    pub reason: Text,
    /// Up to where every day is closed from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_through: Option<Date>,
    /// Whether figures were proven that no longer stand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proof_void: bool,
    /// The version of the book's settings after it.
    pub version: u32,
}

/// Event: a line of the checklist was signed off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSignedOff {
    /// The period as it is now.
    pub period: Period,
    /// The line.
    pub check: Check,
    /// Digest of the answer.
    pub digest: HeadDigest,
    /// What the person found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The version of the book's settings after it.
    pub version: u32,
}

/// Event: the figures of a closed period were put on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodProven {
    /// The period as it was closed.
    pub period: Period,
    /// The position up to which the log was read.
    pub known: Position,
    /// The head of the log at that position, as the caller read it.
    pub head: HeadDigest,
    /// The figures.
    pub figures: Vec<ClosingFigure>,
    /// The version of the book's settings after it.
    pub version: u32,
}

impl PeriodDefined {
    pub(crate) fn delta(&self) -> PeriodsDelta {
        let row = Period::open(self.period.clone(), self.start, self.end);
        PeriodsDelta { row, closed_through: None, retired: self.retired.clone(), version: self.version }
    }
}

impl PeriodClosed {
    /// What the close does at a position of the log.
    pub(crate) fn delta(&self, position: Position) -> PeriodsDelta {
        let open = Period::open(self.period.clone(), self.start, self.end);
        let (soft, hard, closed_through) = match &self.close {
            Close::Soft(soft) => (Some(soft.clone()), None, None),
            Close::Hard => (None, Some(position), Some(Some(self.end))),
        };
        let row = Period { soft, hard, signed: self.signed.clone(), ..open };
        PeriodsDelta { row, closed_through, retired: None, version: self.version }
    }
}

impl PeriodReopened {
    pub(crate) fn delta(&self) -> PeriodsDelta {
        let row = Period::open(self.period.clone(), self.start, self.end);
        let closed_through = Some(self.closed_through);
        PeriodsDelta { row, closed_through, retired: None, version: self.version }
    }
}

impl CheckSignedOff {
    pub(crate) fn delta(&self) -> PeriodsDelta {
        let (row, version) = (self.period.clone(), self.version);
        PeriodsDelta { row, closed_through: None, retired: None, version }
    }
}

impl PeriodProven {
    /// What the proof does at a position of the log.
    pub(crate) fn delta(&self, position: Position) -> PeriodsDelta {
        let proven = Some(Proof { known: self.known, position });
        let row = Period { proven, ..self.period.clone() };
        PeriodsDelta { row, closed_through: None, retired: None, version: self.version }
    }
}
