//! Foreign currency: revaluation, targets in another currency, and entries by hand on a customer.

use std::collections::BTreeMap;

use ar_core::query::ItemFilter;
use ar_core::{Currency, Date, Decimal};
use serde_json::{Value, json};

use crate::cases::fields::{Fields, Halt, Read, decimal, plain, quotient, unsupported};
use crate::cases::play::{Outcome, Play};

/// Revalues everything open in foreign currency, customer by customer, at the rate of the step or the
/// recorded one.
pub(super) fn revalue(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.text("ref")?.unwrap_or_else(|| "revalue".to_owned());
    let date = play.date(fields)?;
    let currencies: Vec<Currency> = match fields.text("currency")? {
        Some(tag) => vec![play.tags.currency(&tag)?],
        None => play.tags.foreign().collect(),
    };
    if let Some(rate) = fields.text("rate")? {
        let [currency] = currencies.as_slice() else { return unsupported("one rate for several currencies") };
        let rate = match play.policy.foreign_per_base {
            Some(true) => quotient(Decimal::ONE, 1, decimal(&rate)?),
            _ => Some(rate),
        };
        play.must(json!({"record_rate": {"currency": currency, "date": date, "rate": rate,
            "source": "case"}}))?;
    }
    let mut by_account: BTreeMap<(String, Currency), Vec<String>> = BTreeMap::new();
    for item in play.book.open_items(date, &ItemFilter::default())? {
        if currencies.contains(&item.currency) {
            let key = (item.account.to_string(), item.currency);
            by_account.entry(key).or_default().push(item.item.to_string());
        }
    }
    if by_account.is_empty() {
        play.note(&reference, Outcome::Done, Vec::new());
        return Ok(());
    }
    let reverse_on = reversal(play, date)?;
    let command = |((account, currency), items): (&(String, Currency), &Vec<String>)| {
        let mut form = json!({"account": account, "currency": currency, "date": date, "items": items});
        if let Some(day) = reverse_on {
            form["reverse_on"] = json!(day);
        }
        json!({"revalue": form})
    };
    let commands = by_account.iter().map(command).collect();
    play.perform(&reference, commands).map(|_| ())
}

fn reversal(play: &Play<'_>, date: Date) -> Read<Option<Date>> {
    if !play.policy.reverse_next_day {
        return Ok(None);
    }
    date.add_days(1).map(Some).map_err(|e| Halt::Broken(e.to_string()))
}

/// Says on every target in another currency than the credit's that it is converted at the recorded
/// rate.
pub(super) fn across(
    play: &Play<'_>,
    from: &str,
    currency: Currency,
    document: &str,
    mut targets: Vec<Value>,
) -> Read<Vec<Value>> {
    if play.document(document)? != currency {
        for target in &mut targets {
            let item = target["item"].as_str().unwrap_or_default().to_owned();
            target["exchange"] = json!({"conversion": format!("{from}>{}", item.replace('#', "."))});
        }
    }
    Ok(targets)
}

/// An entry by hand on a customer: nothing but documents posts to a control account, so that one which
/// lowers what is owed is a standalone credit memo and one that raises it a debit memo.
pub(super) fn journal(play: &mut Play<'_>, value: &Value) -> Read<()> {
    let mut form = value.clone();
    let Some(object) = form.as_object_mut() else { return unsupported("journal in this form") };
    if !object.contains_key("customer") {
        return unsupported("journal without a customer");
    }
    let mut sign = None;
    for key in ["amount", "base_amount"] {
        let Some(text) = object.get(key).and_then(plain) else { continue };
        let negative = text.starts_with('-');
        if sign.is_some_and(|sign| sign != negative) {
            return unsupported("journal with amounts of both signs");
        }
        sign = Some(negative);
        object.insert(key.to_owned(), json!(text.trim_start_matches('-')));
    }
    match sign {
        None => return unsupported("journal without an amount"),
        Some(true) => {
            object.insert("do".to_owned(), json!("credit_memo"));
            object.insert("apply".to_owned(), json!("standalone"));
        }
        Some(false) => {
            object.insert("do".to_owned(), json!("debit_memo"));
        }
    }
    let against = object.remove("against").as_ref().and_then(plain);
    let reference = object.get("ref").and_then(plain).unwrap_or_default();
    play.by_hand.insert(reference.clone());
    super::step(play, &form)?;
    let Some(invoice) = against else { return Ok(()) };
    if sign != Some(true) {
        return unsupported("journal that raises what is owed against a document");
    }
    let targets = super::cash::max_targets(play, std::slice::from_ref(&invoice))?;
    let rest = json!({"credit": reference, "how": {"explicit": targets}});
    let receipts = match play.send(vec![json!({"allocate": rest})])? {
        Ok(receipts) => receipts,
        Err(refusal) => return Err(Halt::Broken(format!("{} {}", refusal.code, refusal.message))),
    };
    if let Some(events) = play.events.last_mut() {
        events.extend(receipts.into_iter().flat_map(|receipt| receipt.events));
    }
    Ok(())
}
