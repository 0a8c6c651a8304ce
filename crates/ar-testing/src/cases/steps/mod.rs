//! The verbs of a case: each is read whole and becomes commands. One function per verb; a verb that
//! is not listed makes the case unsupported.

mod cash;
mod charges;
mod credit;
mod currency;
mod documents;
mod lines;
mod netting;
mod payment;
mod plan;
mod setup;

use serde_json::Value;

use super::fields::{Fields, Read, plain, unsupported};
use super::play::Play;
use super::provision;
pub(super) use documents::{content, shown};

/// Plays one step.
///
/// # Errors
/// A word that is not supported, or a store that fails. A refusal is no error: it is noted.
pub fn step(play: &mut Play<'_>, value: &Value) -> Read<()> {
    let mut fields = Fields::of("step", value)?;
    let verb = fields.need("do")?;
    let mut fields = Fields::of(verb.as_str(), value)?;
    fields.take("do");
    play.reference = value.get("ref").and_then(plain).unwrap_or_default();
    match verb.as_str() {
        "invoice" => documents::invoice(play, &mut fields)?,
        "debit_memo" => documents::debit_memo(play, &mut fields)?,
        "credit_memo" => documents::credit_memo(play, &mut fields)?,
        "reverse" => documents::reverse(play, &mut fields)?,
        "cancel" => documents::cancel(play, &mut fields)?,
        "post" | "confirm" => documents::post(play, &mut fields)?,
        "payment" => payment::payment(play, &mut fields)?,
        "bank_line" => payment::bank_line(play, &mut fields)?,
        "settle_batch" => payment::settle_batch(play, &mut fields)?,
        "allocate" => cash::allocate(play, &mut fields)?,
        "allocate_max" => cash::allocate_max(play, &mut fields)?,
        "auto_allocate" => cash::auto_allocate(play, &mut fields)?,
        "unallocate" => cash::unallocate(play, &mut fields)?,
        "refund" => cash::refund(play, &mut fields)?,
        "write_off" => cash::write_off(play, &mut fields)?,
        "transfer" => cash::transfer(play, &mut fields)?,
        "payable" => netting::payable(play, &mut fields)?,
        "net" => netting::net(play, &mut fields)?,
        "reschedule" => plan::reschedule(play, &mut fields)?,
        "promise_to_pay" => plan::promise(play, &mut fields)?,
        // Figures of any day are asked for when they are expected.
        "age" => {
            play.date(&mut fields)?;
            play.perform("age", Vec::new())?;
        }
        "apply_deposit" => plan::apply_deposit(play, &mut fields)?,
        "interest" => charges::interest(play, &mut fields)?,
        "order" => credit::order(play, &mut fields)?,
        "amend" => credit::amend(play, &mut fields)?,
        "credit_check" => credit::check(play, &mut fields)?,
        "set_limit" | "set_credit_limit" => credit::set_limit(play, &mut fields)?,
        "hold_customer" => credit::hold(play, &mut fields)?,
        "release_customer" => credit::release(play, &mut fields)?,
        "customer" => credit::customer(play, &mut fields)?,
        "terms_template" => setup::terms_template(play, &mut fields)?,
        "aging_config" => setup::aging_config(play, &mut fields)?,
        // What remains of its words is read with those of the memo it is.
        "journal" => return currency::journal(play, value),
        "revalue" => currency::revalue(play, &mut fields)?,
        "fx_rate" => setup::fx_rate(play, &mut fields)?,
        "define_period" => setup::define_period(play, &mut fields)?,
        "close_year" => setup::close_year(play, &mut fields)?,
        "statement" => setup::statement(play, &mut fields)?,
        "lock_date" => setup::lock_date(play, &mut fields)?,
        "close_period" => setup::close_period(play, &mut fields)?,
        "reopen_period" => setup::reopen_period(play, &mut fields)?,
        "aging_input" => provision::aging_input(play, &mut fields)?,
        "allowance_balance" => provision::allowance_balance(play, &mut fields)?,
        "provision_run" => provision::provision_run(play, &mut fields)?,
        other => return unsupported(format!("step {other}")),
    }
    fields.finish()
}
