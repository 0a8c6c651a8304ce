//! Explanations: why an answer is what it is, as data, stored with the event.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// Most alternatives kept in one explanation.
pub(crate) const REJECTED_MAX: usize = 20;

/// The rule that fired, what it read, and what it rejected.
///
/// ```
/// use ar_core::Explanation;
/// let why = Explanation::rule("exact_item").input("amount", "1200.00").reject("references", "none given");
/// assert_eq!(why.rule, "exact_item");
/// assert_eq!(why.rejected.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The rule that fired.
    pub rule: CompactString,
    /// What it read, in the order it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<(CompactString, CompactString)>,
    /// Alternatives it rejected, and why; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<(CompactString, CompactString)>,
}

impl Explanation {
    /// An explanation by a rule.
    #[must_use]
    pub fn rule(rule: &str) -> Self {
        Self { rule: CompactString::new(rule), ..Self::default() }
    }

    /// Adds what the rule read.
    #[must_use]
    pub fn input(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.inputs.push((CompactString::new(name), compact_str::format_compact!("{value}")));
        self
    }

    /// Adds an alternative that was rejected; beyond 20 it is left out.
    #[must_use]
    pub fn reject(mut self, what: &str, why: impl std::fmt::Display) -> Self {
        if self.rejected.len() < REJECTED_MAX {
            self.rejected.push((CompactString::new(what), compact_str::format_compact!("{why}")));
        }
        self
    }
}
