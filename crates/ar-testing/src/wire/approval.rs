//! Rules of approval and commands about proposals.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::Command;
use ar_core::approval::{ApprovalRule, Approve, Cumulative, Reject, SensitiveAct, Span, Withdraw};
use ar_core::period::HeadDigest;
use ar_core::values::*;

use super::text;
use crate::act::Act;
use crate::world::{Approvals, Kept, currency, id, money};

/// What needs a second person, with one limit in every currency.
pub(super) fn approvals(plain: &Approvals) -> impl Iterator<Item = (SensitiveAct, ApprovalRule)> {
    let in_all = |minor: i64| -> BTreeMap<Currency, Amount> {
        (0..3).map(|n| (currency(n), money(minor, currency(n)).amount())).collect()
    };
    let (limits, approvers) = (in_all(plain.limit), plain.one_approver.then(|| id("clerk-2")));
    let approvers: BTreeSet<ActorId> = approvers.into_iter().collect();
    let span = match plain.months {
        1 => Span::Month,
        3 => Span::Quarter,
        _ => Span::Year,
    };
    let cumulative = plain.cumulative.map(|most| Cumulative { limits: in_all(most), span });
    let kept: Vec<Kept> = Kept::ALL.into_iter().filter(|kept| plain.keeps(*kept)).collect();
    let days = plain.days;
    kept.into_iter().map(move |kept| {
        let act = match kept {
            Kept::WriteOff => SensitiveAct::WriteOff,
            Kept::CreditMemo => SensitiveAct::CreditMemo,
            Kept::Refund => SensitiveAct::Refund,
            Kept::Limit => SensitiveAct::CreditLimit,
            Kept::Release => SensitiveAct::Release,
            Kept::Override => SensitiveAct::CreditOverride,
            Kept::Waiver => SensitiveAct::Waiver,
            Kept::Reopen => SensitiveAct::ReopenPeriod,
        };
        let cumulative = cumulative.clone().filter(|_| act == SensitiveAct::WriteOff);
        let limits = if act.has_amount() { limits.clone() } else { BTreeMap::new() };
        (act, ApprovalRule { limits, cumulative, approvers: approvers.clone(), days })
    })
}

/// The command of an act about a proposal.
pub(super) fn approval_command(act: &Act) -> Command {
    match act.clone() {
        Act::Approve { proposal, digest } => {
            let digest = HeadDigest::parse(&digest).expect("64 hexadecimal digits");
            Command::Approve(Approve { proposal, digest, party: None })
        }
        Act::Reject { proposal } => Command::Reject(Reject { proposal, reason: text("not so") }),
        Act::Withdraw { proposal } => Command::Withdraw(Withdraw { proposal, reason: None }),
        other => unreachable!("{other:?} is about no proposal"),
    }
}
