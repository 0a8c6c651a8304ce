//! The figures of a case: each is read whole, asked of the library and compared. One function per
//! word; a word that is not listed makes the case unsupported.
//!
//! Every key that an expectation states is compared. A key that the answer does not have is not
//! skipped: it makes the case unsupported.

mod balances;
mod charges;
mod credit;
mod documents;
mod journal;
mod reports;
mod settlements;
mod status;
mod taxes;

use std::collections::BTreeMap;

use ar_core::Date;
use serde_json::{Value, json};

use super::fields::{Fields, Halt, Read, decimal, plain, unsupported};
use super::play::{Mismatch, Play};

/// What the library answers.
pub(super) enum Found {
    /// A figure, a word, an object or a list: every key that the case states must be in it.
    As(Value),
    /// A table that is complete: what is in neither is zero.
    Table(BTreeMap<String, String>),
    /// A comparison that was made while the question was read.
    Compared(Result<(), Value>),
}

/// A question to the library.
pub(super) struct Ask<'a, 'p, 'b> {
    pub(super) play: &'p Play<'b>,
    pub(super) fields: Fields<'a>,
    pub(super) what: String,
    pub(super) refs: Vec<String>,
    pub(super) at: Date,
    pub(super) value: &'a Value,
}

impl Ask<'_, '_, '_> {
    /// The one ref it is about.
    pub(super) fn reference(&self) -> Read<&str> {
        match self.refs.as_slice() {
            [one] => Ok(one),
            _ => unsupported(format!("{} of no ref or several", self.what)),
        }
    }

    /// Whether the ref is a customer's and no document's.
    pub(super) fn is_customer(&self) -> bool {
        matches!(self.refs.as_slice(), [one] if self.play.customers.contains(one)
            && !self.play.things.contains_key(one))
    }
}

/// The step after which an expectation is looked at; `None` means after all.
///
/// # Errors
/// A number that is none.
pub fn moment(value: &Value) -> Read<Option<usize>> {
    match value.get("after_step") {
        None => Ok(None),
        Some(n) => {
            let n = n.as_u64().and_then(|n| usize::try_from(n).ok());
            n.map(Some).ok_or_else(|| Halt::Unsupported("after_step in this form".to_owned()))
        }
    }
}

/// Compares one expectation with what the library says now.
///
/// # Errors
/// A word that is not supported, or a store that fails. A wrong figure is no error: it is noted.
pub fn check(play: &mut Play<'_>, value: &Value) -> Read<()> {
    let mut fields = Fields::of("expect", value)?;
    let what = fields.need("what")?;
    let mut fields = Fields::of(what.as_str(), value)?;
    fields.take("what");
    fields.take("after_step");
    let Some(at) = fields.date("at")? else { return unsupported(format!("{what} without a date")) };
    let refs = fields.names("ref")?;
    let Some(expected) = fields.take("value") else { return unsupported(format!("{what} without value")) };
    let mut ask = Ask { play, fields, what: what.clone(), refs, at, value: expected };
    let found = answer(&mut ask)?;
    let Ask { fields, refs, .. } = ask;
    fields.finish()?;
    if let Some(actual) = differs(&what, expected, found)? {
        let what = format!("{what} of {} on {at}", refs.join(", "));
        play.mismatches.push(Mismatch { what, expected: expected.clone(), actual });
    }
    Ok(())
}

fn answer(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    match ask.what.as_str() {
        "open_balance" => balances::open_balance(ask),
        "open_balance_base" => balances::open_balance_base(ask),
        "open_total" => balances::open_total(ask),
        "unapplied" => balances::unapplied(ask),
        "on_account" => balances::on_account(ask),
        "settlement_quote" => balances::settlement_quote(ask),
        "payment_shortfall" => balances::payment_shortfall(ask),
        "overdue_summary" => balances::overdue_summary(ask),
        "open_item_count" => balances::open_item_count(ask),
        "component_applied" => documents::component_applied(ask),
        "item_applied" => documents::item_applied(ask),
        "deposit_available" => balances::deposit_available(ask),
        "invoiced_total" => balances::invoiced_total(ask),
        "advance_held" => balances::advance_held(ask),
        "credit_limit" => credit::limit(ask),
        "credit_available" => credit::available(ask),
        "exposure" => credit::exposure(ask),
        "interest" => charges::interest(ask),
        "compensation" => charges::compensation(ask),
        "rate" => charges::rate(ask),
        "error" => status::error(ask),
        "status" => status::status(ask),
        "due_date" => documents::due_date(ask),
        "schedule" => documents::schedule(ask),
        "discount_date" => documents::discount_date(ask),
        "discount_schedule" => documents::discount_schedule(ask),
        "posting_date" => documents::posting_date(ask),
        "document_date" => documents::document_date(ask),
        "totals" | "total" => documents::totals(ask),
        "tax" => documents::tax(ask),
        "tax_breakdown" => documents::tax_breakdown(ask),
        "cash_rounding" => documents::cash_rounding(ask),
        "tax_realized" => taxes::realized(ask),
        "tax_unrealized" => taxes::unrealized(ask),
        "tax_report" => taxes::report(ask),
        "tax_recognition_date" => taxes::recognition_date(ask),
        "reverse_net_of_gross_unit" => documents::net_of_gross_unit(ask),
        "allocated" => settlements::allocated(ask),
        "allocation" => settlements::allocation(ask),
        "discount" => settlements::discount(ask),
        "net_credit" => settlements::net_credit(ask),
        "discount_unearned_available" => documents::discount_not_taken(ask),
        "late_discount_tolerance" => settlements::late_discount(ask),
        "payment_tolerance" => settlements::tolerance(ask),
        "write_off" => settlements::write_off(ask),
        "write_off_base" => settlements::write_off_base(ask),
        "fx_gain_loss" => settlements::fx_gain_loss(ask),
        "fx_entry_count" => settlements::fx_entry_count(ask),
        "applied_base" => settlements::applied_base(ask),
        "credit_split" => settlements::credit_split(ask),
        "open_item_entries" => settlements::open_item_entries(ask),
        "rule_used" => settlements::rule_used(ask),
        "provision" => reports::provision(ask),
        "provision_by_bucket" => reports::provision_by_bucket(ask),
        "journal" => journal::whole(ask),
        "journal_part" => journal::part(ask),
        "journal_net" => journal::net(ask),
        "journal_totals" => journal::totals(ask),
        "control_account" => journal::control_account(ask),
        "cash_total" => journal::cash_total(ask),
        "journal_total" => journal::journal_total(ask),
        "control_account_base" => journal::control_in(ask, true),
        "control_account_foreign" => journal::control_in(ask, false),
        "aging_row" => reports::aging_row(ask),
        "aging_total" => reports::aging_total(ask),
        "statement" => reports::statement(ask),
        "statement_period" => reports::statement_period(ask),
        "statement_rows" => reports::statement_rows(ask),
        "statement_aging" => reports::statement_aging(ask),
        other => unsupported(format!("expect {other}")),
    }
}

/// What the library says, where it is not what the case says.
fn differs(what: &str, expected: &Value, found: Found) -> Read<Option<Value>> {
    match found {
        Found::Compared(Ok(())) => Ok(None),
        Found::Compared(Err(actual)) => Ok(Some(actual)),
        Found::As(actual) => Ok((!same(what, expected, &actual)?).then_some(actual)),
        Found::Table(table) => {
            let Some(told) = expected.as_object() else {
                return unsupported(format!("{what} in this form"));
            };
            let nothing = json!("0");
            let mut equal = true;
            for key in told.keys().chain(table.keys()) {
                let told = told.get(key).unwrap_or(&nothing);
                let found = table.get(key).map_or_else(|| nothing.clone(), |text| json!(text));
                equal &= same(what, told, &found)?;
            }
            Ok((!equal).then(|| json!(table)))
        }
    }
}

/// Whether two values say the same. Numbers are compared as numbers, whatever their decimals.
fn same(what: &str, expected: &Value, actual: &Value) -> Read<bool> {
    match (expected, actual) {
        (Value::Object(told), Value::Object(found)) => {
            let mut equal = true;
            for (key, value) in told {
                let Some(found) = found.get(key) else { return unsupported(format!("{what}.{key}")) };
                equal &= same(&format!("{what}.{key}"), value, found)?;
            }
            Ok(equal)
        }
        (Value::Array(told), Value::Array(found)) => {
            let mut equal = told.len() == found.len();
            for (told, found) in told.iter().zip(found) {
                equal &= same(what, told, found)?;
            }
            Ok(equal)
        }
        (Value::Object(_), _) | (_, Value::Object(_)) => unsupported(format!("{what} in this form")),
        _ => Ok(expected == actual || same_number(expected, actual)),
    }
}

fn same_number(expected: &Value, actual: &Value) -> bool {
    let number = |value: &Value| plain(value).and_then(|text| decimal(&text).ok());
    match (number(expected), number(actual)) {
        (Some(expected), Some(actual)) => expected == actual,
        _ => false,
    }
}
