//! The periods of a book as its settings hold them: bounded, in order of days, never overlapping.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::{Check, HeadDigest};
use crate::record::Position;
use crate::values::*;

/// Most periods that settings hold: twenty years of months. When one more is defined, the oldest
/// hard-closed one leaves; its days stay closed and its events stay in the log.
pub const PERIODS_MAX: usize = 240;
/// Most persons that one soft close admits.
pub const ADMITTED_MAX: usize = 16;

/// What a posting is about, for closing a period in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Area {
    /// Invoices and debit memos, issued or voided.
    Billing,
    /// Credit memos, issued or voided.
    Credits,
    /// Cash: payments, their assignment and reversal, refunds, transfers of credit.
    Cash,
    /// Settlements: allocations and their undoing.
    Settlement,
    /// Amounts given up, valuations and every other posting.
    Adjustment,
    /// Balances brought forward.
    Opening,
}

impl Area {
    /// Every area, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::Billing, Self::Credits, Self::Cash, Self::Settlement, Self::Adjustment, Self::Opening];

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Credits => "credits",
            Self::Cash => "cash",
            Self::Settlement => "settlement",
            Self::Adjustment => "adjustment",
            Self::Opening => "opening",
        }
    }
}

impl std::fmt::Display for Area {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// A soft close: what is closed, and for whom it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftClose {
    /// What is closed; empty means everything.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub areas: BTreeSet<Area>,
    /// Who may still post; each posting of theirs carries a warning on record.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub admit: BTreeSet<ActorId>,
}

impl SoftClose {
    /// Whether it closes an area.
    #[must_use]
    pub fn closes(&self, area: Area) -> bool {
        self.areas.is_empty() || self.areas.contains(&area)
    }

    /// Whether it closes at least what another does, for at least as many.
    #[must_use]
    pub fn is_as_strict_as(&self, other: &Self) -> bool {
        Area::ALL.into_iter().all(|area| self.closes(area) || !other.closes(area))
            && self.admit.is_subset(&other.admit)
    }
}

/// An accounting period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Its name.
    pub id: PeriodId,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// The soft close in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft: Option<SoftClose>,
    /// Where the hard close in force stands in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hard: Option<Position>,
    /// Lines of the checklist that were signed off, each with the digest of its answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<(Check, HeadDigest)>,
    /// The proof of its figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Proof>,
}

/// Where figures were read, and where they were put on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The position up to which the log was read.
    pub known: Position,
    /// Where the proof stands in the log.
    pub position: Position,
}

impl Period {
    /// An open period.
    #[must_use]
    pub const fn open(id: PeriodId, start: Date, end: Date) -> Self {
        Self { id, start, end, soft: None, hard: None, signed: Vec::new(), proven: None }
    }

    /// Whether a day lies in it.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.start <= day && day <= self.end
    }

    /// `open`, `soft` or `closed`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (&self.hard, &self.soft) {
            (Some(_), _) => "closed",
            (None, Some(_)) => "soft",
            (None, None) => "open",
        }
    }

    /// The digest of the answer that was signed off on a line.
    #[must_use]
    pub fn signed(&self, check: Check) -> Option<&HeadDigest> {
        self.signed.iter().find(|(known, _)| *known == check).map(|(_, digest)| digest)
    }
}

/// The accounting periods of a book. A book without any is ruled by its span of open days alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountingPeriods {
    /// Every day up to this one is closed for everything and everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_through: Option<Date>,
    /// The periods in order of their days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<Period>,
}

impl AccountingPeriods {
    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty() && self.closed_through.is_none()
    }

    /// A period.
    #[must_use]
    pub fn get(&self, id: &PeriodId) -> Option<&Period> {
        self.list.iter().find(|period| period.id == *id)
    }

    /// The period that a day lies in.
    #[must_use]
    pub fn of(&self, day: Date) -> Option<&Period> {
        let at = self.list.partition_point(|period| period.end < day);
        self.list.get(at).filter(|period| period.contains(day))
    }

    /// The period before a day and the one after it.
    #[must_use]
    pub fn around(&self, start: Date, end: Date) -> (Option<&Period>, Option<&Period>) {
        let before = self.list.iter().rev().find(|period| period.end < start);
        (before, self.list.iter().find(|period| period.start > end))
    }

    /// Takes over what an event did to one period.
    pub fn apply(&mut self, delta: &PeriodsDelta) {
        if let Some(id) = &delta.retired {
            self.list.retain(|period| period.id != *id);
        }
        if let Some(closed_through) = delta.closed_through {
            self.closed_through = closed_through;
        }
        self.put(delta.row.clone());
    }

    fn put(&mut self, row: Period) {
        match self.list.iter_mut().find(|period| period.id == row.id) {
            Some(now) => *now = row,
            None => {
                let at = self.list.partition_point(|period| period.end < row.start);
                self.list.insert(at, row);
            }
        }
    }
}

/// What an event does to the periods of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodsDelta {
    /// The period's row from now on.
    pub row: Period,
    /// Up to where every day is closed, where the event moves it.
    pub closed_through: Option<Option<Date>>,
    /// A period that leaves the settings; its days stay as they are.
    pub retired: Option<PeriodId>,
    /// Version of the book's settings after it.
    pub version: u32,
}
