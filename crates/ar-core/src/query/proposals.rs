//! Proposals: what waits for a second person, and what became of what waited (INV-65).
//!
//! A proposal that nobody decided in time is *expired*: a question about the day, not a state.

use serde::Serialize;

use super::view::page;
use super::{AsOf, QueryError, Scope, View};
use crate::approval::{Proposal, ProposalState, SensitiveAct};
use crate::event::Event;
use crate::explain::Explanation;
use crate::period::HeadDigest;
use crate::record::Position;
use crate::rows::ProposalRow;
use crate::values::*;

/// Which proposals to read, in the order of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProposalsAsked {
    /// As known at this position: what was made or decided after it was not.
    pub known: Position,
    /// Only those that waited then.
    pub waiting: bool,
    /// After this position.
    pub after: Position,
    /// How many at most.
    pub limit: usize,
}

impl ProposalsAsked {
    /// Whether a row belongs to the answer, apart from its account.
    #[must_use]
    pub fn takes(&self, row: &ProposalRow) -> bool {
        let decided = row.decided.is_some_and(|at| at <= self.known);
        row.position <= self.known && row.position > self.after && !(self.waiting && decided)
    }
}

/// How a proposal stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStatus {
    /// It waits.
    Open,
    /// It waited until its last day had passed.
    Expired,
    /// It was approved and executed.
    Approved,
    /// It was rejected.
    Rejected,
    /// Its maker took it back.
    Withdrawn,
}

impl ProposalStatus {
    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A proposal with its content, as an approver has to see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProposalLine {
    /// Its id.
    pub proposal: CommandId,
    /// How it stands.
    pub status: ProposalStatus,
    /// The sensitive act.
    pub act: SensitiveAct,
    /// The account, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What the act comes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Accounting date of the act.
    pub date: Date,
    /// Who made it.
    pub maker: ActorId,
    /// The last day on which it can be approved.
    pub expires: Date,
    /// Who decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<ActorId>,
    /// The digest that an approval names.
    pub digest: HeadDigest,
    /// The whole content under the digest, the command that is executed with it.
    pub content: Proposal,
    /// Which rule wanted a second person.
    pub explanation: Explanation,
    /// Where it stands in the log.
    pub position: Position,
    /// Where its decision stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<Position>,
}

/// One page of proposals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProposalsPage {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// The proposals, in the order of the log.
    pub proposals: Vec<ProposalLine>,
    /// What to ask the next page after; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Position>,
}

/// How a row stood as known at a position, on a day.
pub(super) fn status(row: &ProposalRow, as_of: AsOf) -> ProposalStatus {
    match row.decided {
        Some(at) if at <= as_of.known => match row.state {
            ProposalState::Rejected => ProposalStatus::Rejected,
            ProposalState::Withdrawn => ProposalStatus::Withdrawn,
            ProposalState::Approved | ProposalState::Open => ProposalStatus::Approved,
        },
        _ if as_of.effective > row.expires => ProposalStatus::Expired,
        _ => ProposalStatus::Open,
    }
}

/// Proposals in the order of the log, at most `limit` after a position: those that wait, expired ones
/// among them, or all.
///
/// # Errors
/// The store's, [`QueryError::Page`].
pub fn proposals<V: View>(
    view: &V,
    as_of: AsOf,
    scope: &Scope,
    waiting: bool,
    after: Option<Position>,
    limit: usize,
) -> Result<ProposalsPage, QueryError<V::Error>> {
    let limit = page(limit)?;
    let as_of = as_of.within(view);
    let asked = ProposalsAsked {
        known: as_of.known,
        waiting,
        after: after.unwrap_or(0),
        limit: limit.saturating_add(1),
    };
    let mut rows = view.proposals(scope, &asked).map_err(QueryError::Store)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().map(|row| row.position).filter(|_| more);
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let before = row.position.saturating_sub(1);
        let record = view.records(before, 1).map_err(QueryError::Store)?.into_iter().next();
        let Some(Event::Proposed(made)) = record.map(|(_, record)| record.event) else { continue };
        let status = status(&row, as_of);
        let decided = row.decided.filter(|at| *at <= as_of.known);
        lines.push(ProposalLine {
            proposal: row.proposal,
            status,
            act: row.act,
            account: row.account,
            amount: row.amount,
            date: row.date,
            maker: row.maker,
            expires: row.expires,
            by: row.by.filter(|_| decided.is_some()),
            digest: made.digest,
            content: made.content,
            explanation: made.explanation,
            position: row.position,
            decided,
        });
    }
    Ok(ProposalsPage { as_of: as_of.effective, known: as_of.known, proposals: lines, next })
}
