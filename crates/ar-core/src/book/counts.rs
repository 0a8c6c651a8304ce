//! Whether a claim counts beyond the ledger: in credit control and in dunning.
//!
//! A deduction in dispute is owed like any other debt: it ages, it stands on its control account and
//! in every balance. Its reason may say that it says nothing about how much credit the customer uses,
//! or that nobody is dunned for it. The item keeps the answer it was opened with, so that a change of
//! the reason changes no item that is there (INV-14).

use serde::{Deserialize, Serialize};

use super::BookConfig;
use crate::values::ReasonCode;

/// What a claim counts for, beyond the ledger.
///
/// ```
/// use ar_core::book::Counts;
/// let kept: Counts = serde_json::from_str(r#"{"credit": false}"#)?;
/// assert_eq!(kept, Counts { credit: false, dunning: true });
/// assert!(!kept.is_full() && Counts::FULL.is_full());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Whether what is open of it is part of exposure.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub credit: bool,
    /// Whether it is dunned.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub dunning: bool,
}

impl Counts {
    /// For everything, as any claim does whose reason says nothing else.
    pub const FULL: Self = Self { credit: true, dunning: true };

    /// Whether it counts for everything.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.credit && self.dunning
    }

    /// What a claim counts for that came out of two: a debt that counts does not cease to count by
    /// being put together with one that does not.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self { credit: self.credit || other.credit, dunning: self.dunning || other.dunning }
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self::FULL
    }
}

impl BookConfig {
    /// What a claim with a reason counts for; without one, for everything.
    pub(crate) fn counts(&self, reason: Option<&ReasonCode>) -> Counts {
        reason.and_then(|code| self.reasons.get(code)).map_or(Counts::FULL, super::Reason::counts)
    }
}

pub(super) const fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(super) const fn is_yes(flag: &bool) -> bool {
    *flag
}
