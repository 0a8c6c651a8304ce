//! Proposing, approving, rejecting and withdrawing.
//!
//! Approving checks in one order: is it there, does it wait, is it another person, one who may, is it
//! what was shown, is it in time, does everything stand as it did. Then the command is decided again,
//! with its own key and maker, on the facts of now.

use super::basis::{basis, posts, states};
use super::demand::demanded;
use super::{Approve, Proposal, ProposalDecided, ProposalState, Proposed, Reject, SensitiveAct, Withdraw};
use crate::account::AmendAccount;
use crate::command::{Command, Envelope};
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::explain::Explanation;
use crate::rejection::Rejection;
use crate::rows::ProposalRow;
use crate::values::*;

/// Lets a decision pass, or turns it into a proposal when one person may not do it alone.
pub(crate) fn gate(context: &Context<'_>, decision: Decision) -> Result<Decision, Halt> {
    let command = &context.envelope.command;
    let decides = matches!(command, Command::Approve(_) | Command::Reject(_) | Command::Withdraw(_));
    if decides || context.book.policies.approvals.is_empty() {
        return Ok(decision);
    }
    let Some((demand, why)) = demanded(context, &decision.events)? else { return Ok(decision) };
    // Cash is on the books on the day it came, whoever has to look at what it settles.
    if matches!(command, Command::ReceivePayment(_) | Command::IdentifyPayment(_)) {
        return Err(Rejection::ApprovalSeparate { act: demand.act }.into());
    }
    let today = today(context)?;
    let rule = context.book.policies.approvals.get(&demand.act);
    let days = i32::from(rule.map_or(0, |rule| rule.days));
    let expires = today.add_days(days).map_err(|e| Rejection::value("at", &e))?;
    let party = decision.events.iter().find_map(|event| match event {
        Event::AccountChanged(e) if demand.act == SensitiveAct::Party => e.account.party.clone(),
        _ => None,
    });
    let content = Proposal {
        proposal: context.envelope.id.clone(),
        maker: context.envelope.actor.clone(),
        act: demand.act,
        command: Box::new(without_party(command)),
        party,
        account: demand.account,
        amount: demand.amount,
        date: demand.date.unwrap_or(today),
        expires,
        bound: basis(context, &decision.events)?,
        posts: posts(&decision.events),
    };
    let digest = content.digest();
    let proposed = Event::Proposed(Box::new(Proposed { content, digest, explanation: why }));
    Ok(Decision { events: vec![proposed], vault: Vec::new(), warnings: decision.warnings })
}

/// The day of a command, by its recorded time in UTC.
fn today(context: &Context<'_>) -> Result<Date, Rejection> {
    context.envelope.at.date().map_err(|e| Rejection::value("at", &e))
}

/// A command as it goes into the log: persons' data stay beside it.
fn without_party(command: &Command) -> Command {
    match command {
        Command::AmendAccount(amend) => {
            Command::AmendAccount(Box::new(AmendAccount { party: None, ..(**amend).clone() }))
        }
        other => other.clone(),
    }
}

/// A proposal that waits.
fn waiting(context: &Context<'_>, id: &CommandId) -> Result<ProposalRow, Halt> {
    let row = context.facts.proposal(id)?;
    let row = row.ok_or_else(|| Rejection::ApprovalUnknown { proposal: id.clone() })?;
    if row.state != ProposalState::Open {
        return Err(Rejection::ApprovalDecided { proposal: id.clone(), state: row.state }.into());
    }
    Ok(row)
}

/// A person other than the maker, and one whom policy names for the act, where it names any.
fn other_person(context: &Context<'_>, row: &ProposalRow) -> Result<(), Rejection> {
    let actor = &context.envelope.actor;
    if row.maker == *actor {
        return Err(Rejection::ApprovalSameActor { proposal: row.proposal.clone(), actor: actor.clone() });
    }
    let rule = context.book.policies.approvals.get(&row.act);
    if rule.is_some_and(|rule| !rule.names(actor)) {
        let (proposal, actor, act) = (row.proposal.clone(), actor.clone(), row.act);
        return Err(Rejection::ApprovalNotApprover { proposal, actor, act });
    }
    Ok(())
}

fn decided(
    context: &Context<'_>,
    row: ProposalRow,
    state: ProposalState,
    reason: Option<&Text>,
) -> ProposalDecided {
    ProposalDecided {
        proposal: row,
        state,
        by: context.envelope.actor.clone(),
        digest: None,
        reason: reason.cloned(),
        explanation: None,
    }
}

/// Decides `reject`.
pub(crate) fn decide_reject(context: &Context<'_>, c: &Reject) -> Result<Decision, Halt> {
    let row = waiting(context, &c.proposal)?;
    other_person(context, &row)?;
    let decided = decided(context, row, ProposalState::Rejected, Some(&c.reason));
    Ok(Decision::one(Event::ProposalDecided(Box::new(decided))))
}

/// Decides `withdraw`.
pub(crate) fn decide_withdraw(context: &Context<'_>, c: &Withdraw) -> Result<Decision, Halt> {
    let row = waiting(context, &c.proposal)?;
    let actor = &context.envelope.actor;
    if row.maker != *actor {
        let (proposal, actor) = (c.proposal.clone(), actor.clone());
        return Err(Rejection::ApprovalNotMaker { proposal, actor }.into());
    }
    let decided = decided(context, row, ProposalState::Withdrawn, c.reason.as_ref());
    Ok(Decision::one(Event::ProposalDecided(Box::new(decided))))
}

/// Decides `approve`: the proposed command, as if its maker asked for it now.
pub(crate) fn decide_approve(context: &Context<'_>, c: &Approve) -> Result<Decision, Halt> {
    let row = waiting(context, &c.proposal)?;
    other_person(context, &row)?;
    let record = context.facts.record(row.position)?;
    let Some((Event::Proposed(proposed), at)) = record.map(|record| (record.event, record.at)) else {
        let detail = format!("proposal {} has no record at {}", row.proposal, row.position);
        return Err(Halt::Corrupt { invariant: "INV-65", detail });
    };
    let Proposed { content, digest, .. } = *proposed;
    if digest != c.digest {
        return Err(Rejection::ApprovalDigest { proposal: row.proposal }.into());
    }
    let today = today(context)?;
    if today > content.expires {
        let (proposal, expires) = (row.proposal, content.expires);
        return Err(Rejection::ApprovalExpired { proposal, expires, today }.into());
    }
    check_unchanged(context, &content)?;
    let command = whole(&content, c)?;
    let (book, id) = (context.envelope.book.clone(), content.proposal.clone());
    let envelope = Envelope { book, id, actor: content.maker.clone(), at, command };
    let own = Context::new(context.facts, &envelope, context.book);
    let mut decision = crate::decide::dispatch(&own, &envelope.command)?;
    if posts(&decision.events) != content.posts {
        let (proposal, what) = (row.proposal, "what it posts".to_owned());
        let (was, now) = ("as shown".to_owned(), "different".to_owned());
        return Err(Rejection::ApprovalStale { proposal, what, was, now }.into());
    }
    let why = Explanation::rule("another_person")
        .input("maker", &content.maker)
        .input("approver", &context.envelope.actor)
        .input("expires", content.expires)
        .input("unchanged", content.bound.len());
    let decided = ProposalDecided {
        digest: Some(c.digest.clone()),
        explanation: Some(why),
        ..decided(context, row, ProposalState::Approved, None)
    };
    decision.events.insert(0, Event::ProposalDecided(Box::new(decided)));
    Ok(decision)
}

/// Everything that a proposal touches stands as it did when it was shown.
fn check_unchanged(context: &Context<'_>, content: &Proposal) -> Result<(), Halt> {
    let now = states(context, content.bound.iter().map(|bound| bound.of.clone()))?;
    match content.bound.iter().zip(&now).find(|(then, now)| then.was != now.was) {
        None => Ok(()),
        Some((then, now)) => Err(Rejection::ApprovalStale {
            proposal: content.proposal.clone(),
            what: then.of.to_string(),
            was: then.was.to_string(),
            now: now.was.to_string(),
        }
        .into()),
    }
}

/// The command as it was asked for, with the person's data that the log does not have.
fn whole(content: &Proposal, c: &Approve) -> Result<Command, Rejection> {
    let differs = || Rejection::ApprovalDigest { proposal: content.proposal.clone() };
    let (amend, reference) = match (&*content.command, &content.party) {
        (Command::AmendAccount(amend), Some(reference)) => (amend, reference),
        (command, _) if c.party.is_none() => return Ok(command.clone()),
        _ => return Err(differs()),
    };
    let Some(party) = &c.party else {
        let (proposal, account) = (content.proposal.clone(), amend.account.clone());
        return Err(Rejection::ApprovalPartyMissing { proposal, account });
    };
    let (given, _) = party.sealed(&amend.account).map_err(|e| Rejection::value("party", &e))?;
    if given != *reference {
        return Err(differs());
    }
    Ok(Command::AmendAccount(Box::new(AmendAccount { party: Some((**party).clone()), ..(**amend).clone() })))
}
