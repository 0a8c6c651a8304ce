//! Assessing finance charges: every customer, or the one that the step names.

use serde_json::{Value, json};

use crate::cases::charges::NAME;
use crate::cases::fields::{Fields, Read, unsupported};
use crate::cases::play::{Outcome, Play};

/// Charges what is late up to the day. A customer without late debts is charged nothing.
pub(super) fn interest(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    if play.policy.charges.is_empty() {
        return unsupported("interest without a policy");
    }
    let reference = fields.text("ref")?.unwrap_or_else(|| "interest".to_owned());
    let day = play.date(fields)?;
    let customers: Vec<String> = match fields.text("customer")? {
        Some(customer) => vec![customer],
        None => play.customers.iter().cloned().collect(),
    };
    let mut events = Vec::new();
    let mut outcome = Outcome::Done;
    for customer in customers {
        match play.send(vec![command(&customer, &day.to_string())])? {
            Ok(receipts) => events.extend(receipts.into_iter().flat_map(|receipt| receipt.events)),
            Err(refusal) if matches!(refusal.code.as_str(), "charge.nothing" | "charge.below_minimum") => {}
            Err(refusal) => outcome = Outcome::Refused(refusal),
        }
    }
    play.note(&reference, outcome, events);
    Ok(())
}

fn command(customer: &str, day: &str) -> Value {
    json!({"assess_charges": {"account": customer, "policy": NAME, "through": day, "date": day}})
}
