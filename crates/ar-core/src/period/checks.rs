//! The lines of a month-end checklist, and what of it stops a close by policy.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::values::*;

/// Most requirements of a close policy, and most sign-offs of a period: one for every line.
pub const SIGNED_MAX: usize = 16;

/// A line of the checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Check {
    /// Cash whose payer is unknown.
    UnidentifiedCash,
    /// Payments with something unapplied, and unidentified cash with them.
    UnallocatedReceipts,
    /// Credits of every kind with something open.
    UnappliedCredits,
    /// Documents that are entered and not posted. There are none by design.
    UnpostedDocuments,
    /// Bank statements that are not reconciled. They are not kept here.
    UnreconciledStatements,
    /// Open items in foreign currencies that are due for revaluation.
    Revaluation,
    /// The allowance for doubtful items.
    Allowance,
    /// Control accounts against open items.
    TieOut,
    /// Earlier periods that are not closed, and days in no period.
    EarlierPeriods,
    /// The figures of the period on record.
    Proven,
    /// Tax that customers withheld and whose certificate has not come.
    WithholdingCertificates,
    /// Proposals that wait for a second person.
    OpenProposals,
}

impl Check {
    /// Every line, in the order of the checklist.
    pub const ALL: [Self; 12] = [
        Self::EarlierPeriods,
        Self::UnidentifiedCash,
        Self::UnallocatedReceipts,
        Self::UnappliedCredits,
        Self::UnpostedDocuments,
        Self::UnreconciledStatements,
        Self::Revaluation,
        Self::Allowance,
        Self::WithholdingCertificates,
        Self::TieOut,
        Self::OpenProposals,
        Self::Proven,
    ];

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnidentifiedCash => "unidentified_cash",
            Self::UnallocatedReceipts => "unallocated_receipts",
            Self::UnappliedCredits => "unapplied_credits",
            Self::UnpostedDocuments => "unposted_documents",
            Self::UnreconciledStatements => "unreconciled_statements",
            Self::Revaluation => "revaluation",
            Self::Allowance => "allowance",
            Self::WithholdingCertificates => "withholding_certificates",
            Self::TieOut => "tie_out",
            Self::EarlierPeriods => "earlier_periods",
            Self::Proven => "proven",
            Self::OpenProposals => "open_proposals",
        }
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// What must be so before a period is closed hard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Requirement {
    /// No cash of the period is unidentified.
    NoUnidentifiedCash,
    /// No cash of the period is unapplied or unidentified. Credit kept on account on purpose and
    /// credit memos do not count.
    NoUnallocatedReceipts,
    /// Somebody signed this line off since the period was defined or reopened.
    SignedOff(Check),
}

/// How periods are closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClosePolicy {
    /// What must be so before a hard close.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub requires: BTreeSet<Requirement>,
    /// Who may reopen a period, or move the first open day back; empty means everybody who reaches
    /// the book.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub reopeners: BTreeSet<ActorId>,
}

impl ClosePolicy {
    /// Whether nothing is required and nobody named.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
