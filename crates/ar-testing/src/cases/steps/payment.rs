//! Payments, with what they settle at once.

use ar_core::Currency;
use ar_core::rows::ItemRow;
use serde_json::{Value, json};

use super::cash::{explicit, sent_max, spread_over, targets_across};
use super::documents::{draft, recorded};
use crate::cases::fields::{Fields, Read, follows, unsupported};
use crate::cases::play::{Play, REASON, Thing};
use crate::cases::values::{Share, minor, text};

/// A payment. `allocations` are what is settled: cash, or cash and discount with `take_discount`;
/// `deductions` fill the gap between cash and what is settled.
pub(super) fn payment(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    recorded(play, fields)?;
    let customer = play.customer(fields)?;
    let currency = play.currency(fields)?;
    let amount = fields.need("amount")?;
    let rate = play.rate(fields, currency, Some(&amount))?;
    play.things.insert(reference.clone(), Thing::Document(currency));
    let mut form = json!({"payment": reference, "payer": {"account": customer}, "currency": currency,
        "amount": amount, "date": date});
    if let Some(rate) = rate {
        form["rate"] = json!(rate);
    }
    if let Some(keep) = play.policy.keep {
        form["keep"] = json!(keep);
    }
    let plan = plan(play, fields, (&amount, currency))?;
    if let Some(order) = &plan.order {
        form["order"] = json!(order);
    }
    let how = match plan.how {
        Some(how) => Some(how),
        None => on_receipt(play)?,
    };
    if let Some(how) = how {
        form["allocate"] = how;
    }
    let mut commands = vec![json!({"receive_payment": form})];
    for (memo, shares) in plan.memos {
        commands.push(json!({"allocate": {"credit": memo, "date": date,
            "how": explicit(&shares, currency, false)}}));
    }
    for (item, part) in plan.given_up {
        commands.push(json!({"write_off": {"item": item, "amount": text(part, currency), "date": date,
            "reason": REASON}}));
    }
    if fields.flag("draft")? == Some(true) {
        return draft(play, &reference, commands);
    }
    play.perform(&reference, commands).map(|_| ())
}

fn on_receipt(play: &Play<'_>) -> Read<Option<Value>> {
    play.policy.apply_on_receipt.then(|| super::cash::by_policy(play)).transpose()
}

/// What a payment settles at once, and what beside it does.
#[derive(Default)]
struct Plan {
    how: Option<Value>,
    memos: Vec<(String, Vec<Share>)>,
    /// The order that the rest is kept for.
    order: Option<String>,
    given_up: Vec<Share>,
}

fn plan(play: &Play<'_>, fields: &mut Fields<'_>, (paid, currency): (&str, Currency)) -> Read<Plan> {
    let take_discount = fields.flag("take_discount")?.unwrap_or(false);
    if take_discount && play.policy.never_discount {
        return unsupported("take_discount beside use_discount=never");
    }
    let given_up = deductions(fields, currency)?;
    let Some(list) = fields.list("allocations")? else { return Ok(Plan::default()) };
    let (mut shares, mut memos, mut ordered) = (Vec::new(), Vec::new(), None);
    for value in list {
        let mut words = Fields::of("allocations", value)?;
        let (reference, amount) = (words.need("ref")?, words.need("amount")?);
        words.finish()?;
        if let Some(Thing::Order(_)) = play.things.get(&reference) {
            if ordered.replace((reference, minor(&amount, currency)?)).is_some() {
                return unsupported("one payment for several orders");
            }
            continue;
        }
        if play.document(&reference)? != currency {
            return unsupported("allocation across currencies");
        }
        let amount = minor(&amount, currency)?;
        let mut items = play.items(&reference)?;
        if amount < 0 {
            memos.push((reference, amount.saturating_neg()));
        } else if take_discount {
            shares.extend(whole(&items, amount)?);
        } else {
            shares.extend(spread_over(&reference, &mut items, amount)?);
        }
    }
    let order = match ordered {
        None => None,
        Some((order, kept)) => {
            // What is kept for an order is all that is left of the payment.
            let at_once = shares.iter().fold(kept, |sum: i64, (_, part)| sum.saturating_add(*part));
            if take_discount || !memos.is_empty() || given_up > 0 || at_once != minor(paid, currency)? {
                return unsupported("part of what is left of a payment for an order");
            }
            Some(order)
        }
    };
    if take_discount {
        if !memos.is_empty() || given_up > 0 {
            return unsupported("take_discount beside memos or deductions");
        }
        let targets: Vec<Value> = shares.iter().map(|(item, _)| json!({"item": item})).collect();
        return Ok(Plan { how: Some(json!({"explicit": targets})), ..Plan::default() });
    }
    let given_up = from_the_end(&mut shares, given_up);
    let memos = memos.into_iter().map(|(memo, rest)| (memo, from_the_front(&mut shares, rest))).collect();
    let how = (!shares.is_empty()).then(|| explicit(&shares, currency, false));
    Ok(Plan { how, memos, order, given_up })
}

/// A discount is taken only when an item is settled whole.
fn whole(items: &[ItemRow], amount: i64) -> Read<Vec<Share>> {
    let open: Vec<Share> =
        items.iter().filter(|row| row.open > 0).map(|row| (row.item.clone(), row.open)).collect();
    let sum = open.iter().fold(0_i64, |sum, (_, part)| sum.saturating_add(*part));
    if sum == amount { Ok(open) } else { unsupported("take_discount on part of a document") }
}

/// What is deducted as written off.
fn deductions(fields: &mut Fields<'_>, currency: Currency) -> Read<i64> {
    let mut sum = 0_i64;
    for value in fields.list("deductions")?.unwrap_or_default() {
        let mut words = Fields::of("deductions", value)?;
        let (account, amount) = (words.need("account")?, words.need("amount")?);
        words.finish()?;
        let amount = minor(&amount, currency)?;
        if account != "write_off" || amount < 0 {
            return unsupported(format!("deductions.account={account}"));
        }
        sum = sum.saturating_add(amount);
    }
    Ok(sum)
}

fn from_the_end(shares: &mut Vec<Share>, amount: i64) -> Vec<Share> {
    shares.reverse();
    let taken = from_the_front(shares, amount);
    shares.reverse();
    taken
}

/// Takes an amount out of the first shares.
fn from_the_front(shares: &mut Vec<Share>, amount: i64) -> Vec<Share> {
    let mut rest = amount;
    let mut taken = Vec::new();
    for (item, part) in shares.iter_mut() {
        let now = rest.min(*part);
        if now > 0 {
            taken.push((item.clone(), now));
            *part = part.saturating_sub(now);
            rest = rest.saturating_sub(now);
        }
    }
    shares.retain(|(_, part)| *part > 0);
    taken
}

/// Cash on a bank statement: of a customer where it names one, else of someone not known yet.
pub(super) fn bank_line(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let currency = play.currency(fields)?;
    let amount = fields.need("amount")?;
    let payer = match fields.has("customer") {
        true => json!({"account": play.customer(fields)?}),
        false => json!("unidentified"),
    };
    play.things.insert(reference.clone(), Thing::Document(currency));
    let form = json!({"payment": reference, "payer": payer, "currency": currency, "amount": amount,
        "date": date});
    play.perform(&reference, vec![json!({"receive_payment": form})]).map(|_| ())
}

/// One payment for several documents, in their order.
pub(super) fn settle_batch(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let currency = play.currency(fields)?;
    let amount = fields.need("amount")?;
    let rate = play.rate(fields, currency, Some(&amount))?;
    let documents = fields.names("refs")?;
    let mut payer = None;
    for document in &documents {
        play.document(document)?;
        payer = play.items(document)?.first().map(|row| row.account.clone()).or(payer);
    }
    let Some(payer) = payer else { return follows("settle_batch of documents that were not issued") };
    play.things.insert(reference.clone(), Thing::Document(currency));
    let targets = targets_across(play, &reference, currency, &documents)?;
    sent_max(play, &reference, targets, |targets| {
        let mut form = json!({"payment": reference, "payer": {"account": payer}, "currency": currency,
            "amount": amount, "date": date, "allocate": {"explicit": targets}});
        if let Some(rate) = &rate {
            form["rate"] = json!(rate);
        }
        json!({"receive_payment": form})
    })
}
