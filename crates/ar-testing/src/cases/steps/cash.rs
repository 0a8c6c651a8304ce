//! What happens to credits: applied by name or by rule, taken back, refunded, moved, and debits
//! given up.

use ar_core::document::Side;
use ar_core::query::{AccountFilter, ItemFilter, Scope};
use ar_core::rows::ItemRow;
use ar_core::{Currency, Date, ItemId};
use serde_json::{Value, json};

use crate::cases::fields::{Fields, Read, decimal, follows, unsupported};
use crate::cases::play::{Outcome, Play, REASON};
use crate::cases::values::{Share, account_id, document_id, minor, spread, text};

/// Items named with how much each takes.
pub(super) fn explicit(shares: &[Share], currency: Currency, discount: bool) -> Value {
    let target =
        |(item, part): &Share| json!({"item": item, "amount": text(*part, currency), "discount": discount});
    json!({"explicit": shares.iter().map(target).collect::<Vec<Value>>()})
}

/// Items found by the rules of the case, else by those of the book. A rule takes the discount that is
/// earned.
pub(super) fn by_policy(play: &Play<'_>) -> Read<Value> {
    if play.policy.never_discount {
        return unsupported("policy.use_discount=never by rule");
    }
    let mut how = json!({"attended": true});
    if let Some(rules) = &play.policy.rules {
        how["rules"] = rules.clone();
    }
    Ok(json!({"by_policy": how}))
}

/// An amount over the items of a document; a document without items stands for itself, and the
/// library refuses it.
pub(super) fn spread_over(reference: &str, items: &mut [ItemRow], amount: i64) -> Read<Vec<Share>> {
    if items.is_empty() {
        return Ok(vec![(ItemId::from(document_id(reference)?), amount)]);
    }
    Ok(spread(items, amount))
}

/// The item of a credit that has something unapplied, else its first.
fn credit_item(play: &Play<'_>, reference: &str) -> Read<ItemId> {
    let items = play.items(reference)?;
    let open = items.iter().find(|row| row.side == Side::Credit && row.open > 0);
    match open.or(items.first()) {
        Some(row) => Ok(row.item.clone()),
        None => Ok(ItemId::from(document_id(reference)?)),
    }
}

/// Assigns cash of someone unknown to the customer whose document it is applied to.
fn identify(play: &mut Play<'_>, from: &str, to: &[String], date: Date) -> Read<()> {
    let unknown = |row: &ItemRow| row.account.as_str() == ar_core::payment::SUSPENSE && row.open > 0;
    if !play.items(from)?.iter().any(unknown) {
        return Ok(());
    }
    let Some(document) = to.first() else { return unsupported("cash of someone unknown for no document") };
    match play.items(document)?.first().map(|row| row.account.clone()) {
        Some(account) => {
            play.must(json!({"identify_payment": {"payment": from, "account": account, "date": date}}))
        }
        None => follows("cash of someone unknown for a document that was not issued"),
    }
}

fn same_currency(play: &Play<'_>, from: &str, to: &[String]) -> Read<Currency> {
    let currency = play.document(from)?;
    for document in to {
        if play.document(document)? != currency {
            return unsupported("allocation across currencies");
        }
    }
    Ok(currency)
}

/// Cash of a credit for a document; a discount it earns is added by the library. Without an amount,
/// as much as there is.
pub(super) fn allocate(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let (from, to) = (fields.need("from")?, fields.names("to")?);
    let reference = fields.text("ref")?.unwrap_or_else(|| format!("{from}>"));
    let date = play.date(fields)?;
    let currency = play.document(&from)?;
    identify(play, &from, &to, date)?;
    let Some(amount) = fields.text("amount")? else {
        let targets = targets_across(play, &from, currency, &to)?;
        return apply_max(play, &reference, &from, date, targets);
    };
    let [document] = to.as_slice() else { return unsupported("allocate of one amount to several documents") };
    same_currency(play, &from, &to)?;
    let amount = minor(&amount, currency)?;
    let shares = spread_over(document, &mut play.items(document)?, amount)?;
    let credit = credit_item(play, &from)?;
    let discount = discount(play, fields, document)?;
    let mut how = explicit(&shares, currency, !matches!(discount, Discount::None));
    if let Discount::Granted(grant) = discount {
        let [_] = shares.as_slice() else { return unsupported("a discount granted on instalments") };
        how["explicit"][0]["grant"] = grant;
    }
    let command = |on: Option<Date>| allocation(&credit, on, &how);
    let on = open_day(play, date, &command)?;
    play.perform(&reference, vec![command(on)]).map(|_| ())
}

fn allocation(credit: &ItemId, on: Option<Date>, how: &Value) -> Value {
    let mut form = json!({"credit": credit, "how": how});
    if let Some(on) = on {
        form["date"] = json!(on);
    }
    json!({"allocate": form})
}

/// The day of an allocation. Where its own is closed and the case lets what is late move, it is the day
/// of entry, or left to the library, which takes the first open day.
fn open_day(play: &mut Play<'_>, date: Date, command: &impl Fn(Option<Date>) -> Value) -> Read<Option<Date>> {
    let policies = play.policy.setting();
    let Some(moves) = policies["policies"]["late_posting"].as_str() else { return Ok(Some(date)) };
    let closed = |code: &str| matches!(code, "period.closed" | "period.soft_closed");
    if !play.preview(&command(Some(date)))?.is_some_and(|refusal| closed(&refusal.code)) {
        return Ok(Some(date));
    }
    Ok(play.policy.today.filter(|today| moves == "entry_day" && *today > date))
}

/// What becomes of a discount when cash is applied.
enum Discount {
    /// What is earned is taken.
    Earned,
    /// None is.
    None,
    /// This one is granted, earned or not.
    Granted(Value),
}

/// The discount that a step says, else the policy.
fn discount(play: &Play<'_>, fields: &mut Fields<'_>, document: &str) -> Read<Discount> {
    let forced = fields.flag("force_discount")?.unwrap_or(false);
    if let Some(amount) = fields.text("discount")? {
        if decimal(&amount)?.is_zero() {
            return Ok(Discount::None);
        }
        return Ok(Discount::Granted(json!({"amount": amount, "reason": REASON})));
    }
    let has_terms = play.items(document)?.iter().any(|row| !row.discounts.is_empty());
    Ok(match (forced || (play.policy.always_discount && has_terms), play.policy.never_discount) {
        (true, _) => Discount::Granted(json!({"reason": REASON})),
        (false, true) => Discount::None,
        (false, false) => Discount::Earned,
    })
}

/// As much of a credit as settles the documents, in their order. Where nothing is open there is
/// nothing to do.
pub(super) fn allocate_max(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let (from, to) = (fields.need("from")?, fields.names("to")?);
    let reference = fields.text("ref")?.unwrap_or_else(|| format!("{from}>"));
    let date = play.date(fields)?;
    let currency = play.document(&from)?;
    identify(play, &from, &to, date)?;
    let targets = targets_across(play, &from, currency, &to)?;
    if targets.is_empty() {
        play.note(&reference, Outcome::Done, Vec::new());
        return Ok(());
    }
    apply_max(play, &reference, &from, date, targets)
}

/// Every open item of the documents as a target without an amount.
pub(super) fn max_targets(play: &Play<'_>, documents: &[String]) -> Read<Vec<Value>> {
    let mut targets = Vec::new();
    for document in documents {
        let items = play.items(document)?;
        let target = |row: &ItemRow| match play.policy.never_discount {
            true => json!({"item": row.item, "discount": false}),
            false => json!({"item": row.item}),
        };
        targets.extend(items.iter().filter(|row| row.open > 0).map(target));
    }
    Ok(targets)
}

/// The same, each in another currency than the credit's with its conversion.
pub(super) fn targets_across(
    play: &Play<'_>,
    from: &str,
    currency: Currency,
    documents: &[String],
) -> Read<Vec<Value>> {
    let mut targets = Vec::new();
    for document in documents {
        let own = max_targets(play, std::slice::from_ref(document))?;
        targets.extend(super::currency::across(play, from, currency, document, own)?);
    }
    Ok(targets)
}

fn apply_max(play: &mut Play<'_>, reference: &str, from: &str, date: Date, targets: Vec<Value>) -> Read<()> {
    let credit = credit_item(play, from)?;
    let command = |targets: &[Value], on| allocation(&credit, on, &json!({"explicit": targets}));
    let first = targets.get(..1).unwrap_or_default();
    let on = open_day(play, date, &|on| command(first, on))?;
    sent_max(play, reference, targets.clone(), |targets| command(targets, on))
}

/// Sends a command for as many of the targets, from the first on, as the credit suffices for.
pub(super) fn sent_max(
    play: &mut Play<'_>,
    reference: &str,
    mut targets: Vec<Value>,
    command: impl Fn(&[Value]) -> Value,
) -> Read<()> {
    while targets.len() > 1 {
        match play.preview(&command(&targets))? {
            Some(refusal) if refusal.code == "allocation.exceeds_payment" => targets.pop(),
            _ => break,
        };
    }
    play.perform(reference, vec![command(&targets)]).map(|_| ())
}

/// A credit, or all credits of a customer, by rule. That no rule finds anything is no refusal.
pub(super) fn auto_allocate(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let date = play.date(fields)?;
    let (reference, credits) = match (fields.text("ref")?, fields.text("customer")?) {
        (Some(reference), _) => (reference.clone(), vec![credit_item(play, &reference)?]),
        (None, Some(customer)) => {
            let accounts = AccountFilter::scope(Scope::account(&account_id(&customer)?));
            let filter = ItemFilter { accounts, side: Some(Side::Credit), ..ItemFilter::default() };
            let open = play.book.open_items(date, &filter)?;
            (customer, open.into_iter().map(|item| item.item).collect())
        }
        (None, None) => return unsupported("auto_allocate of nothing"),
    };
    let mut events = Vec::new();
    let mut outcome = Outcome::Done;
    for credit in credits {
        let how = by_policy(play)?;
        let command = |on: Option<Date>| allocation(&credit, on, &how);
        let on = open_day(play, date, &command)?;
        match play.send(vec![command(on)])? {
            Ok(receipts) => events.extend(receipts.into_iter().flat_map(|receipt| receipt.events)),
            Err(refusal) if refusal.code == "allocation.nothing" => {}
            Err(refusal) => outcome = Outcome::Refused(refusal),
        }
    }
    play.note(&reference, outcome, events);
    Ok(())
}

/// Takes back what a credit settled: on one document, or all of it. An amount is how much that is.
pub(super) fn unallocate(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let (from, to) = (fields.need("from")?, fields.text("to")?);
    let reference = fields.text("ref")?.unwrap_or_else(|| format!("{from}>"));
    let date = play.date(fields)?;
    let undone = undone(play, &from, to.as_deref(), date)?;
    if undone.commands.is_empty() {
        let to = to.unwrap_or_else(|| "anything".to_owned());
        return follows(format!("unallocate of {from} and {to}, which share nothing"));
    }
    if let Some(amount) = fields.text("amount")? {
        let amount = minor(&amount, play.document(&from)?)?;
        if amount != undone.credited && amount != undone.settled {
            return unsupported("unallocate.amount of a part");
        }
    }
    play.perform(&reference, undone.commands).map(|_| ())
}

/// Settlements of a credit that are taken back.
#[derive(Default)]
pub(super) struct Undone {
    pub(super) commands: Vec<Value>,
    /// What returns to the credit.
    credited: i64,
    /// What returns to the debits.
    settled: i64,
}

/// What takes back the settlements of a credit: with one document, or all.
pub(super) fn undone(play: &Play<'_>, from: &str, to: Option<&str>, date: Date) -> Read<Undone> {
    let mut undone = Undone::default();
    for row in play.items(to.unwrap_or(from))? {
        for link in play.book.links(&row.item)? {
            let (Some(credit), Some(debit)) = (&link.credit, &link.debit) else { continue };
            if credit.item.document().as_str() != from || link.undone.is_some() {
                continue;
            }
            undone.credited = undone.credited.saturating_add(credit.amount);
            undone.settled = undone.settled.saturating_add(debit.amount);
            let form = json!({"link": link.link, "date": date, "reason": "as the case says"});
            undone.commands.push(json!({"undo": form}));
        }
    }
    Ok(undone)
}

/// Pays out what is unapplied of a credit, or part of it.
pub(super) fn refund(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let (reference, of) = (fields.need("ref")?, fields.need("of")?);
    let date = play.date(fields)?;
    let currency = play.document(&of)?;
    if fields.has("customer") {
        let customer = play.customer(fields)?;
        if play.items(&of)?.iter().any(|row| row.account.as_str() != customer) {
            return unsupported("refund to another customer");
        }
    }
    let credit = credit_item(play, &of)?;
    let open = play.items(&of)?.iter().find(|row| row.item == credit).map_or(0, |row| row.open);
    let amount = fields.text("amount")?.unwrap_or_else(|| text(open, currency));
    let request = json!({"request_refund": {"refund": reference, "credit": credit, "amount": amount,
        "date": date, "reason": REASON}});
    let pay = json!({"pay_refund": {"refund": reference, "date": date}});
    play.perform(&reference, vec![request, pay]).map(|_| ())
}

/// Gives up what is open on a document, or part of it.
pub(super) fn write_off(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let currency = play.document(&reference)?;
    if fields.has("currency") && play.currency(fields)? != currency {
        return unsupported("write_off in another currency");
    }
    let mut items = play.items(&reference)?;
    let all = items.iter().fold(0_i64, |sum, row| sum.saturating_add(row.open));
    let amount = fields.text("amount")?.map_or(Ok(all), |amount| minor(&amount, currency))?;
    let shares = spread_over(&reference, &mut items, amount)?;
    let command = |(item, part): &Share| {
        let amount = text(*part, currency);
        json!({"write_off": {"item": item, "amount": amount, "date": date, "reason": REASON}})
    };
    play.perform(&reference, shares.iter().map(command).collect()).map(|_| ())
}

/// Moves credit, or what is owed, to another customer.
pub(super) fn transfer(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let (reference, to) = (fields.need("ref")?, fields.need("to_customer")?);
    let date = play.date(fields)?;
    play.document(&reference)?;
    play.open_account(&to)?;
    let debits = play.items(&reference)?;
    if debits.iter().any(|row| row.side == Side::Debit) {
        let mut commands = Vec::new();
        let later = play.moved.entry(reference.clone()).or_default();
        for row in debits.iter().filter(|row| row.open > 0) {
            let transfer = format!("{}>{to}", row.item);
            later.push(transfer.clone());
            commands.push(json!({"transfer_debit": {"transfer": transfer, "item": row.item, "to": to,
                "date": date, "reason": REASON}}));
        }
        return play.perform(&reference, commands).map(|_| ());
    }
    let credit = credit_item(play, &reference)?;
    let command = json!({"transfer_credit": {"transfer": format!("{reference}>{to}"), "credit": credit,
        "to": to, "date": date, "reason": REASON}});
    play.perform(&reference, vec![command]).map(|_| ())
}
