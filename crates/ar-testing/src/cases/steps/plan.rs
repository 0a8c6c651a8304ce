//! Payment plans, and deposits that are consumed.

use serde_json::{Value, json};

use crate::cases::fields::{Fields, Read, unsupported};
use crate::cases::play::{Play, REASON};

/// What is open on a document is paid by instalments from now on.
pub(super) fn reschedule(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    play.document(&reference)?;
    let Some(schedule) = play.policy.plan.clone() else {
        return unsupported("reschedule without a plan");
    };
    let items: Vec<Value> =
        play.items(&reference)?.iter().filter(|row| row.open > 0).map(|row| json!(row.item)).collect();
    let plan = format!("{reference}:plan");
    play.moved.entry(reference.clone()).or_default().push(plan.clone());
    let command = json!({"reschedule": {"plan": plan, "items": items, "date": date, "schedule": schedule,
        "reason": REASON}});
    play.perform(&reference, vec![command]).map(|_| ())
}

/// The customer promises to pay a document; what is open on it first is promised first.
pub(super) fn promise(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let (amount, by) = (fields.need("amount")?, fields.need("by")?);
    let items = play.items(&reference)?;
    let [item] = items.as_slice() else {
        return unsupported("promise_to_pay of a document with several instalments");
    };
    let command = json!({"promise_to_pay": {"promise": reference, "item": item.item, "amount": amount,
        "date": date, "by": by}});
    play.perform(&format!("PTP:{reference}"), vec![command]).map(|_| ())
}

/// Part of a deposit lowers a document: a memo gives it back, and is applied.
pub(super) fn apply_deposit(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let (reference, deposit) = (fields.need("ref")?, fields.need("deposit")?);
    let date = play.date(fields)?;
    let amount = fields.need("amount")?;
    let (to, from) = (play.items(&reference)?, play.items(&deposit)?);
    let (Some(to), Some(from)) = (to.first(), from.first()) else {
        return unsupported("apply_deposit of documents that were not issued");
    };
    let memo = format!("{reference}<{deposit}");
    let credit = json!({"invoice": {"document": deposit, "part": {"lines": [{"line": 1, "net": amount}]},
        "apply": false}});
    let issue = json!({"issue_credit_memo": {"account": from.account, "number": {"given": memo},
        "date": date, "credit": credit, "reason": REASON}});
    let allocate = json!({"allocate": {"credit": memo, "date": date,
        "how": {"explicit": [{"item": to.item}]}}});
    play.perform(&reference, vec![issue, allocate]).map(|_| ())
}
