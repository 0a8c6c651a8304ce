//! INV-37, INV-63 and INV-65: what one person does alone stays within limits, nobody approves an own
//! proposal, and what is executed is what was shown.

use std::collections::BTreeMap;

use ar_core::Event;
use ar_core::approval::{Proposal, ProposalState, SensitiveAct};
use ar_core::document::Side;
use ar_core::values::*;

use super::{Checked, Evidence, broken};

/// The proposals of a log by their ids, each with the position it stands at.
fn proposals<'a>(evidence: Evidence<'a>) -> BTreeMap<&'a CommandId, (u64, &'a Proposal, String)> {
    let made = evidence.events().filter_map(|(position, event)| match event {
        Event::Proposed(e) => Some((position, e)),
        _ => None,
    });
    made.map(|(at, e)| (&e.content.proposal, (at, &e.content, e.digest.to_string()))).collect()
}

/// INV-63: whoever decides for a proposal did not make it, whoever withdraws it did, and the names on
/// record are those of the records.
///
/// # Errors
/// INV-63.
pub fn nobody_approves_alone(evidence: Evidence<'_>) -> Checked {
    let made = proposals(evidence);
    for (position, record) in (1_u64..).zip(evidence.records) {
        let Event::ProposalDecided(e) = &record.event else { continue };
        let Some((at, proposal, _)) = made.get(&e.proposal.proposal) else {
            return broken(
                "INV-63",
                format!("{position} decides {}, which nobody made", e.proposal.proposal),
            );
        };
        let maker = usize::try_from(*at).ok().and_then(|at| evidence.records.get(at - 1));
        let maker = maker.map(|record| &record.actor);
        let own = maker == Some(&record.actor);
        if maker != Some(&proposal.maker)
            || own != (e.state == ProposalState::Withdrawn)
            || e.by != record.actor
        {
            let detail = format!("{position}: {} of {maker:?} is {} by {}", proposal.proposal, e.state, e.by);
            return broken("INV-63", detail);
        }
    }
    Ok(())
}

/// INV-65: a digest is that of its content, a proposal is decided once and in time, what is approved
/// has the digest that was shown, and what follows comes to what was proposed.
///
/// # Errors
/// INV-65.
pub fn approvals_bind_content(evidence: Evidence<'_>) -> Checked {
    let made = proposals(evidence);
    let mut decided: BTreeMap<&CommandId, u64> = BTreeMap::new();
    for (position, record) in (1_u64..).zip(evidence.records) {
        match &record.event {
            Event::Proposed(e) => {
                let alone = record.part == (1, 1) && e.content.proposal == record.command;
                if !alone || e.content.digest() != e.digest {
                    return broken("INV-65", format!("{position} is no proposal with its own digest alone"));
                }
            }
            Event::ProposalDecided(e) => {
                let id = &e.proposal.proposal;
                if let Some(before) = decided.insert(id, position) {
                    return broken("INV-65", format!("{id} is decided at {before} and again at {position}"));
                }
                let Some((_, proposal, digest)) = made.get(id) else { continue };
                if e.state != ProposalState::Approved {
                    continue;
                }
                let late = record.at.date().is_ok_and(|day| day > proposal.expires);
                if late || e.digest.as_ref().map(ToString::to_string).as_ref() != Some(digest) {
                    return broken("INV-65", format!("{id} is approved late or by another digest"));
                }
                let of = usize::from(record.part.1);
                let rest = evidence.records.iter().skip(usize::try_from(position).unwrap_or(0)).take(of - 1);
                let done: Vec<&Event> = rest.map(|record| &record.event).collect();
                let worth = worth(proposal.act, &done);
                if worth.is_some() && worth != proposal.amount {
                    let detail = format!("{id} was {:?} and comes to {worth:?}", proposal.amount);
                    return broken("INV-65", detail);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What executed events come to, of an act that the check can add up.
fn worth(act: SensitiveAct, events: &[&Event]) -> Option<Money> {
    let parts = events.iter().filter_map(|event| match (act, event) {
        (SensitiveAct::WriteOff, Event::ItemWrittenOff(e)) => Some((e.closed.amount, e.currency)),
        (SensitiveAct::Waiver, Event::ChargeWaived(e)) => Some((e.closed.amount, e.currency)),
        (SensitiveAct::Refund, Event::RefundRequested(e)) => Some((e.from.amount, e.currency)),
        (SensitiveAct::CreditMemo, Event::DocumentIssued(e)) => Some((e.content.total, e.currency)),
        _ => None,
    });
    let parts: Vec<(Amount, Currency)> = parts.collect();
    let (_, currency) = *parts.first()?;
    Some(crate::world::money(parts.iter().map(|(amount, _)| amount.minor()).sum(), currency))
}

/// INV-37: what is given up without a second person is within the limit of one command and, with all
/// that was given up before and not undone, within the limit over time; and the figures kept of it are
/// what the settlements say.
///
/// # Errors
/// INV-37.
pub fn write_offs_alone_stay_within_limits(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let mut kept = rows.written_off.clone();
    kept.retain(|_, minor| *minor != 0);
    let told = rows.given_up_by_month();
    if kept != told {
        return broken("INV-37", format!("given up by month is {told:?}, kept {kept:?}"));
    }
    let rule = rows.book.as_ref().and_then(|book| book.policies.approvals.get(&SensitiveAct::WriteOff));
    let Some(rule) = rule else { return Ok(()) };
    let second: std::collections::BTreeSet<&CommandId> = evidence
        .records
        .iter()
        .filter(|record| matches!(record.event, Event::ProposalDecided(_)))
        .map(|record| &record.command)
        .collect();
    // What was given up, as it was undone later.
    let mut live: Vec<(&LinkId, &AccountId, Currency, Date, i64)> = Vec::new();
    for record in evidence.records {
        match &record.event {
            Event::SettlementUndone(e) => {
                live.retain(|(link, ..)| !e.links.iter().any(|undone| undone.link == **link));
            }
            Event::ItemWrittenOff(e) => {
                let minor = e.closed.amount.minor();
                let limit = |of: &BTreeMap<Currency, Amount>| {
                    of.get(&e.currency).and_then(|most| most.in_currency(e.currency).ok()).map(Money::minor)
                };
                let alone = !second.contains(&record.command);
                if alone && minor > limit(&rule.limits).unwrap_or(0) {
                    return broken("INV-37", format!("{} gives up {minor} alone", record.command));
                }
                if e.side == Side::Credit {
                    continue;
                }
                live.push((&e.link, &e.closed.account, e.currency, e.date, minor));
                let over_time = rule.cumulative.as_ref().and_then(|c| Some((limit(&c.limits)?, c.span)));
                let Some((most, span)) = over_time.filter(|_| alone) else { continue };
                let same = |(_, account, currency, date, _): &&(&LinkId, &AccountId, Currency, Date, i64)| {
                    (*account, *currency) == (&e.closed.account, e.currency)
                        && span.months(*date) == span.months(e.date)
                };
                let sum: i64 = live.iter().filter(same).map(|(.., minor)| minor).sum();
                if sum > most {
                    return broken("INV-37", format!("{} comes to {sum} over time alone", record.command));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
