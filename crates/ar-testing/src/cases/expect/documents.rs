//! What a document says: dates, instalments, discounts, totals and taxes.

use ar_core::allocation::{discount_offered, quotes};
use ar_core::document::{Content, TaxMode};
use ar_core::query::{Component, by_component, by_line};
use ar_core::rows::{DocumentRow, ItemRow};
use serde_json::{Value, json};

use super::settlements::links_of_item;
use super::{Ask, Found};
use crate::cases::fields::{Halt, Read, unsupported};
use crate::cases::play::as_of;
use crate::cases::steps::{content, shown};
use crate::cases::values::{document_id, text};

fn row(ask: &Ask<'_, '_, '_>) -> Read<Option<DocumentRow>> {
    let reference = ask.reference()?;
    ask.play.document(reference)?;
    ask.play.book.document(&document_id(reference)?)
}

/// The items of a document by due date.
fn items(ask: &Ask<'_, '_, '_>) -> Read<Vec<ItemRow>> {
    let mut items = ask.play.items_on(ask.reference()?, ask.at)?;
    items.sort_by(|a, b| (a.due, &a.item).cmp(&(b.due, &b.item)));
    Ok(items)
}

fn only_item(ask: &Ask<'_, '_, '_>) -> Read<Option<ItemRow>> {
    ask.play.document(ask.reference()?)?;
    match items(ask)?.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        _ => unsupported(format!("{} of a document with instalments", ask.what)),
    }
}

/// When a document with one instalment is due.
pub(super) fn due_date(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    Ok(only_item(ask)?.map_or_else(not_issued, |item| Found::As(json!(item.due))))
}

/// The accounting date.
pub(super) fn posting_date(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    Ok(row(ask)?.map_or_else(not_issued, |row| Found::As(json!(row.date))))
}

/// The document date.
pub(super) fn document_date(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    Ok(row(ask)?.map_or_else(not_issued, |row| Found::As(json!(row.document_date))))
}

/// The instalments with what was settled of each by the day.
pub(super) fn schedule(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let items = items(ask)?;
    let reference = ask.reference()?.to_owned();
    let (open, _) = super::balances::open_of(ask, &reference)?;
    let mut rows = Vec::with_capacity(items.len());
    for (n, item) in (1_usize..).zip(&items) {
        let amount = |minor: i64| text(minor, item.currency);
        let links = links_of_item(ask.play, &item.item, ask.at)?;
        let sum = |of: &dyn Fn(&ar_core::rows::LinkRow) -> i64| {
            links.iter().fold(0_i64, |sum, link| sum.saturating_add(of(link)))
        };
        let cash = sum(&|link| link.credit.as_ref().map_or(0, |side| side.amount));
        let left = open.iter().find(|row| row.item == item.item).map_or(0, |row| row.open.minor());
        let mut shown = json!({"term": n, "due": item.due, "amount": amount(item.original),
            "paid": amount(cash), "discounted": amount(sum(&|link| link.discount)),
            "outstanding": amount(left)});
        if items.len() == 1 {
            shown["percent"] = json!("100");
        }
        if let Some(base) = item.base_original {
            shown["base"] = json!(text(base, ask.play.tags.base()));
        }
        rows.push(shown);
    }
    Ok(Found::As(Value::Array(rows)))
}

/// What a document was issued with, and what was settled of it by the day.
fn settled(ask: &Ask<'_, '_, '_>) -> Read<Option<(Content, ar_core::Amount)>> {
    let reference = ask.reference()?.to_owned();
    let Some(content) = content(ask.play, &reference)? else { return Ok(None) };
    let (open, currency) = super::balances::open_of(ask, &reference)?;
    let left = open.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open.minor()));
    let minor = content.total.minor().saturating_sub(left);
    let amount = ar_core::Money::new(minor, currency).map_err(|e| Halt::Broken(e.to_string()))?;
    Ok(Some((content, amount.amount())))
}

/// What was settled of goods, tax, freight and charges.
pub(super) fn component_applied(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some((content, amount)) = settled(ask)? else { return Ok(not_issued()) };
    let Some(shares) = by_component(&content, amount, ask.play.policy.components) else {
        return unsupported("components of a document that takes back");
    };
    let word = |component| match component {
        Component::Lines => "lines",
        Component::Tax => "tax",
        Component::Freight => "freight",
        Component::Charges => "late_charges",
    };
    let table = shares.iter().map(|share| (word(share.component).to_owned(), share.settled.to_string()));
    Ok(Found::Table(table.collect()))
}

/// What was settled of each line, under the names that the case gave them.
pub(super) fn item_applied(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some((content, amount)) = settled(ask)? else { return Ok(not_issued()) };
    let Some(shares) = by_line(&content, amount, ask.play.policy.lines_in_order) else {
        return unsupported("lines of a document that takes back");
    };
    let named = content.lines.iter().zip(shares).map(|(line, settled)| {
        let text = line.text.as_ref().map(ToString::to_string);
        text.map(|name| (name, settled.to_string()))
    });
    let Some(table) = named.collect::<Option<_>>() else { return unsupported("lines without an id") };
    Ok(Found::Table(table))
}

/// The last day of the first discount.
pub(super) fn discount_date(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(item) = only_item(ask)? else { return Ok(not_issued()) };
    Ok(Found::As(item.discounts.first().map_or(Value::Null, |tier| json!(tier.until))))
}

/// What the terms of a document offered at most and was not taken.
pub(super) fn discount_not_taken(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(item) = only_item(ask)? else { return Ok(not_issued()) };
    let item = as_of(&item, &links_of_item(ask.play, &item.item, ask.at)?);
    Ok(Found::As(json!(text(discount_offered(&item), item.currency))))
}

/// What to pay up to which day, and the discount in it; without a discount, the due date.
pub(super) fn discount_schedule(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(item) = only_item(ask)? else { return Ok(not_issued()) };
    let item = as_of(&item, &links_of_item(ask.play, &item.item, ask.at)?);
    let mut rows: Vec<Value> = quotes(&item)
        .into_iter()
        .map(|(until, cash)| {
            let discount = item.open.saturating_sub(cash);
            let (discount, pay) = (text(discount, item.currency), text(cash, item.currency));
            json!({"until": until, "discount": discount, "pay": pay})
        })
        .collect();
    let whole = text(item.open, item.currency);
    rows.push(json!({"until": item.due, "discount": text(0, item.currency), "pay": whole}));
    Ok(Found::As(Value::Array(rows)))
}

/// What a document was issued with; of a draft, what it would be.
fn issued(ask: &Ask<'_, '_, '_>) -> Read<Option<Content>> {
    let reference = ask.reference()?;
    ask.play.document(reference)?;
    shown(ask.play, reference)
}

/// The answer about a document whose step was refused.
fn not_issued() -> Found {
    Found::Compared(Err(json!("not issued")))
}

/// Net, tax and total.
pub(super) fn totals(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(content) = issued(ask)? else { return Ok(not_issued()) };
    let currency = ask.play.document(ask.reference()?)?;
    let tax = tax_of(&content);
    let mut found = json!({"net": content.net.to_string(), "tax": text(tax, currency),
        "total": content.total.to_string(), "gross": content.total.to_string()});
    if content.tax_mode == TaxMode::Exclusive {
        // Only a discount on the whole document stands between the lines and the net.
        let discount = content.discount.map_or(0, ar_core::Amount::minor);
        found["gross_lines"] = json!(text(content.net.minor().saturating_add(discount), currency));
    }
    Ok(Found::As(found))
}

fn tax_of(content: &Content) -> i64 {
    content.taxes.iter().fold(0_i64, |sum, group| sum.saturating_add(group.tax.minor()))
}

/// What rounding to coins came to: the difference, the tax and the total with it.
pub(super) fn cash_rounding(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(content) = issued(ask)? else { return Ok(not_issued()) };
    let currency = ask.play.document(ask.reference()?)?;
    let coins = content.coins.into_iter().chain(content.taxes.iter().filter_map(|group| group.coins));
    let coins = coins.fold(0_i64, |sum, part| sum.saturating_add(part.minor()));
    Ok(Found::As(json!({"adjustment": text(coins, currency), "tax": text(tax_of(&content), currency),
        "net": content.net.to_string(), "total": content.total.to_string()})))
}

/// What is left of a price for one unit when the taxes of the document are taken out of it.
pub(super) fn net_of_gross_unit(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(content) = issued(ask)? else { return Ok(not_issued()) };
    let currency = ask.play.document(ask.reference()?)?;
    let gross = ask.value.get("gross").and_then(Value::as_str).unwrap_or_default().to_owned();
    let broken = |problem: String| crate::cases::fields::Halt::Broken(problem);
    let mut book = ar_core::book::BookConfig::standard(ask.play.tags.base());
    for setting in ask.play.tax_settings() {
        let tax = serde_json::from_value(setting).map_err(|e| broken(e.to_string()))?;
        book.set(&ar_core::book::Setting::Tax(tax));
    }
    let codes: Vec<_> = content.lines.first().map(|line| json!(line.taxes)).into_iter().collect();
    let line = json!({"quantity": "1", "unit_price": gross, "taxes": codes.first()});
    let line = serde_json::from_value(line).map_err(|e| broken(e.to_string()))?;
    let priced = ar_core::document::price(&[line], TaxMode::Inclusive, currency, &book);
    let priced = priced.map_err(|refusal| broken(refusal.to_string()))?;
    Ok(Found::As(json!({"gross": priced.total.to_string(), "net": priced.net.to_string()})))
}

/// The taxes in the order of their codes.
fn taxes(content: &Content) -> Vec<Value> {
    let row = |group: &ar_core::document::TaxGroup| {
        json!({"rate": group.percent.to_string(), "base": group.base.unwrap_or(group.net).to_string(),
            "amount": group.tax.to_string()})
    };
    content.taxes.iter().map(row).collect()
}

/// The taxes of a document: the only one, or all.
pub(super) fn tax(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(content) = issued(ask)? else { return Ok(not_issued()) };
    let taxes = taxes(&content);
    if ask.value.is_array() {
        return Ok(Found::As(Value::Array(taxes)));
    }
    match taxes.as_slice() {
        [one] => Ok(Found::As(one.clone())),
        _ => unsupported("tax of a document with several or none"),
    }
}

/// Net, taxes and total.
pub(super) fn tax_breakdown(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(content) = issued(ask)? else { return Ok(not_issued()) };
    Ok(Found::As(json!({"net": content.net.to_string(), "lines": taxes(&content),
        "total": content.total.to_string()})))
}
