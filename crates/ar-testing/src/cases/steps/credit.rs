//! Orders, credit checks, limits and holds.

use ar_core::Date;
use serde_json::{Value, json};

use super::documents::draft;
use crate::cases::fields::{Fields, Read, decimal, only, unsupported};
use crate::cases::play::{Outcome, Play, REASON, Thing};
use crate::cases::refusals::Refusal;
use crate::cases::values::account_id;

/// An order, whose amount is still to be invoiced.
pub(super) fn order(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let customer = play.customer(fields)?;
    let currency = play.currency(fields)?;
    let amount = fields.need("amount")?;
    let form = json!({"order": reference, "account": customer, "currency": currency});
    let command = report(&form, &amount, date);
    play.things.insert(reference.clone(), Thing::Order(form));
    if fields.flag("draft")? == Some(true) {
        return draft(play, &reference, vec![command]);
    }
    play.perform(&reference, vec![command]).map(|_| ())
}

/// The command that reports an order's amount.
pub(super) fn report(order: &Value, amount: &str, date: Date) -> Value {
    let mut form = order.clone();
    form["amount"] = json!(amount);
    form["date"] = json!(date);
    json!({"report_order": form})
}

/// Another amount of an order, whether it was posted or is a draft.
pub(super) fn amend(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let amount = fields.need("amount")?;
    let Some(Thing::Order(order)) = play.things.get(&reference) else {
        return unsupported(format!("amend of {reference}, which is no order"));
    };
    let command = report(order, &amount, date);
    if play.drafts.contains_key(&reference) {
        return draft(play, &reference, vec![command]);
    }
    play.perform(&reference, vec![command]).map(|_| ())
}

/// Asks whether exposure may rise by an amount: what an order of it would meet. A negative one is
/// what a credit memo of it would meet.
pub(super) fn check(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let customer = play.customer(fields)?;
    let currency = play.currency(fields)?;
    let amount = fields.need("amount")?;
    let word = fields.flag("user_can_override")?.unwrap_or(false);
    let command = if decimal(&amount)?.is_negative() {
        let lines = json!([{"amount": amount.trim_start_matches('-')}]);
        json!({"issue_credit_memo": {"account": customer, "number": {"given": reference}, "date": date,
            "credit": {"standalone": {"currency": currency, "lines": lines}}, "reason": REASON}})
    } else {
        report(&json!({"order": reference, "account": customer, "currency": currency}), &amount, date)
    };
    let mut outcome = answer(play.preview(&command)?);
    if let (Outcome::Refused(_), true) = (&outcome, word) {
        let mut forced = command;
        forced["report_order"]["credit_override"] = json!("as the case says");
        outcome = match play.preview(&forced)? {
            None => Outcome::Overridden,
            Some(refusal) => Outcome::Refused(refusal),
        };
    }
    play.note(&reference, outcome, Vec::new());
    Ok(())
}

fn answer(refusal: Option<Refusal>) -> Outcome {
    refusal.map_or(Outcome::Done, Outcome::Refused)
}

/// A customer's limit.
pub(super) fn set_limit(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    play.date(fields)?;
    let customer = play.customer(fields)?;
    let limit = play.limit(&fields.need("amount")?)?;
    let version = play.book.version(&account_id(&customer)?)?;
    let command = json!({"set_credit_limit": {"account": customer, "version": version, "limit": limit,
        "reason": "as the case says"}});
    play.perform(&customer, vec![command]).map(|_| ())
}

/// Puts a customer on hold.
pub(super) fn hold(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let date = play.date(fields)?;
    let customer = play.customer(fields)?;
    only(fields, "kind", &["frozen", "on_hold"])?;
    let command = json!({"hold_account": {"account": customer, "date": date, "reason": "as the case says"}});
    play.perform(&customer, vec![command]).map(|_| ())
}

/// Releases a customer.
pub(super) fn release(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let date = play.date(fields)?;
    let customer = play.customer(fields)?;
    let command =
        json!({"release_account": {"account": customer, "date": date, "reason": "as the case says"}});
    play.perform(&customer, vec![command]).map(|_| ())
}

/// A customer without anything that happened yet.
pub(super) fn customer(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    play.open_account(&reference)?;
    play.note(&reference, Outcome::Done, Vec::new());
    Ok(())
}
