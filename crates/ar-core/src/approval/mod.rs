//! Approval: acts that need a second person (INV-37, INV-63, INV-65).
//!
//! A command that policy says needs one becomes a **proposal**: its content is bound by a digest and
//! nothing else happens. Another person approves that digest, and then the command is decided on the
//! facts of that moment and executed in the same commit; or rejects it; or its maker withdraws it. A
//! proposal moves no figure. It is void once anything it touches has changed.

mod basis;
mod decide;
mod demand;
mod policy;

pub use basis::{Bound, BoundState};
pub(crate) use decide::{decide_approve, decide_reject, decide_withdraw, gate};
pub use policy::{APPROVERS_MAX, ApprovalRule, Cumulative, DAYS_MAX, SensitiveAct, Span};

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::account::{Party, PartyRef};
use crate::command::Command;
use crate::explain::Explanation;
use crate::period::HeadDigest;
use crate::record::{Position, sha256_hex};
use crate::rows::ProposalRow;
use crate::values::*;

/// Approves a proposal: it is executed now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The proposal: the id of the command that became one.
    pub proposal: CommandId,
    /// The digest of what was shown, as the proposal gives it.
    pub digest: HeadDigest,
    /// The person's data once more, where the proposal changes them: the log has only their digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Box<Party>>,
}

/// Rejects a proposal. It is not executed and can be made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The proposal.
    pub proposal: CommandId,
    /// Why.
    pub reason: Text,
}

/// Takes an own proposal back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The proposal.
    pub proposal: CommandId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

/// Where a proposal stands. That it expired is a question about a day, and is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// It waits.
    Open,
    /// Another person approved it and it was executed.
    Approved,
    /// Another person rejected it.
    Rejected,
    /// Its maker took it back.
    Withdrawn,
}

impl ProposalState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Approved, Self::Rejected, Self::Withdrawn];

    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl fmt::Display for ProposalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Event: a command became a proposal. Nothing else happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// What is proposed; all of it is under the digest.
    pub content: Proposal,
    /// SHA-256 of the content's canonical JSON: what an approval names.
    pub digest: HeadDigest,
    /// Which rule wants a second person, and what it read.
    pub explanation: Explanation,
}

/// What an approval binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Its id: the id of the command.
    pub proposal: CommandId,
    /// Who made it.
    pub maker: ActorId,
    /// The sensitive act in it.
    pub act: SensitiveAct,
    /// The command that is executed when it is approved. A person's data are not in it.
    pub command: Box<Command>,
    /// Digest of the person's data, where the command changes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyRef>,
    /// The account, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What the act comes to, where it has an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Accounting date of the act; the day it was proposed, where it has none.
    pub date: Date,
    /// The last day on which it can be approved.
    pub expires: Date,
    /// What it touches and how that stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bound: Vec<BoundState>,
    /// Digest of the journal lines it would post: dates, ledger accounts, amounts.
    pub posts: HeadDigest,
}

impl Proposal {
    /// The digest that an approval names.
    ///
    /// ```
    /// # use ar_core::{approval::{Proposal, SensitiveAct}, allocation::WriteOff, values::*, Command};
    /// # use ar_core::period::HeadDigest;
    /// # let write_off = |amount: &str| Ok::<_, ValueError>(Command::WriteOff(WriteOff {
    /// #     item: ItemId::parse("INV-1")?, date: Date::parse("2026-03-31")?,
    /// #     amount: Some(Amount::parse(amount)?), reason: ReasonCode::parse("DEBT")?,
    /// # }));
    /// let mut proposal = Proposal {
    ///     proposal: CommandId::parse("k-1")?,
    ///     maker: ActorId::parse("anna")?,
    ///     act: SensitiveAct::WriteOff,
    ///     command: Box::new(write_off("150.00")?),
    ///     party: None,
    ///     account: Some(AccountId::parse("C-1")?),
    ///     amount: None,
    ///     date: Date::parse("2026-03-31")?,
    ///     expires: Date::parse("2026-04-30")?,
    ///     bound: vec![],
    ///     posts: HeadDigest::parse(&"0".repeat(64))?,
    /// };
    /// let shown = proposal.digest();
    /// proposal.command = Box::new(write_off("950.00")?);
    /// assert_ne!(proposal.digest(), shown);
    /// # Ok::<(), ValueError>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> HeadDigest {
        HeadDigest::of_hex(&sha256_hex(self))
    }

    /// Its row while it waits.
    pub(crate) fn row(&self, position: Position) -> ProposalRow {
        ProposalRow {
            proposal: self.proposal.clone(),
            position,
            act: self.act,
            account: self.account.clone(),
            amount: self.amount,
            date: self.date,
            maker: self.maker.clone(),
            expires: self.expires,
            state: ProposalState::Open,
            decided: None,
            by: None,
        }
    }
}

/// Event: a proposal was approved, rejected or withdrawn. What an approved one did follows as events
/// of the same command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalDecided {
    /// The proposal as it stood.
    pub proposal: ProposalRow,
    /// What became of it.
    pub state: ProposalState,
    /// Who decided.
    pub by: ActorId,
    /// The digest that was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<HeadDigest>,
    /// Why it was rejected or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// What was checked before it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

impl ProposalDecided {
    /// The row after it.
    pub(crate) fn row(&self, position: Position) -> ProposalRow {
        ProposalRow {
            state: self.state,
            decided: Some(position),
            by: Some(self.by.clone()),
            ..self.proposal.clone()
        }
    }
}
