//! Aging and statements.

use ar_core::journal::Role;
use ar_core::query::{AgingBy, AgingTotals, OpenItem, Scope, StatementItem, StatementMovement};
use ar_core::{Currency, Date, Event};
use serde_json::{Value, json};

use super::settlements::links_of_item;
use super::{Ask, Found};
use crate::cases::columns::Columns;
use crate::cases::fields::{Read, unsupported};
use crate::cases::provision;
use crate::cases::values::{account_id, text};

fn aged(ask: &Ask<'_, '_, '_>, customer: &str) -> Read<Option<AgingTotals>> {
    let columns = &ask.play.policy.columns;
    let scope = Scope::account(&account_id(customer)?);
    let by = AgingBy { buckets: columns.buckets()?, basis: columns.basis, scope };
    let mut all = ask.play.book.aging(ask.at, &by)?.currencies;
    if all.len() > 1 {
        return unsupported("an aging over several currencies");
    }
    Ok(all.pop())
}

/// A customer's row by columns, or rows of documents or instalments.
pub(super) fn aging_row(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    if ask.value.is_array() {
        return rows(ask);
    }
    let customer = ask.reference()?.to_owned();
    if !ask.is_customer() {
        return unsupported("aging_row by columns of a document");
    }
    let totals = aged(ask, &customer)?;
    let currency = totals.as_ref().map_or(ask.play.tags.base(), |totals| totals.currency);
    let account = totals.as_ref().and_then(|totals| totals.accounts.as_ref()?.first());
    let found = ask.play.policy.columns.row(account, |minor| text(minor, currency));
    // `other` is no column of the case: what stands there is missing from its columns.
    match found.get("other") {
        Some(_) => Ok(Found::Compared(Err(json!(found)))),
        None => Ok(Found::As(json!(found))),
    }
}

/// Open documents with what was invoiced, paid and credited.
fn rows(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let in_base = match ask.fields.text("view")?.as_deref() {
        None | Some("customer_currency") => false,
        Some("base") => true,
        Some(other) => return unsupported(format!("aging_row.view={other}")),
    };
    let mut open = ask.play.book.open_items(ask.at, &ar_core::query::ItemFilter::default())?;
    let customer = ask.is_customer();
    if let [one] = ask.refs.as_slice() {
        open.retain(|item| match customer {
            true => item.account.as_str() == one,
            false => item.item.document().as_str() == one,
        });
    }
    let by_term = ask.play.policy.columns.by_instalment;
    let mut groups: Vec<Vec<&OpenItem>> = Vec::new();
    for item in &open {
        match groups.iter_mut().find(|group| !by_term && same_document(group, item)) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    let rows = groups.iter().map(|group| row(ask, group, in_base)).collect::<Read<Vec<Value>>>()?;
    Ok(Found::As(Value::Array(rows)))
}

fn same_document(group: &[&OpenItem], item: &OpenItem) -> bool {
    group.first().is_some_and(|first| first.item.document() == item.item.document())
}

fn row(ask: &Ask<'_, '_, '_>, group: &[&OpenItem], in_base: bool) -> Read<Value> {
    let Some(first) = group.first() else { return unsupported("an aging row of nothing") };
    let base = ask.play.tags.base();
    let control = ask.play.control_accounts.get(first.item.document().as_str());
    let in_base = in_base || ask.play.policy.by_control_account && control == Some(&base);
    let shown: Currency = if in_base { base } else { first.currency };
    let rate = |minor: i64, base: Option<i64>| match (in_base && first.currency != ask.play.tags.base(), base)
    {
        (false, _) => Ok(minor),
        (true, Some(base)) => Ok(base),
        (true, None) => unsupported("an unconverted item in base currency"),
    };
    let (mut invoiced, mut outstanding, mut paid, mut credited) = (0_i64, 0_i64, 0_i64, 0_i64);
    let mut future = 0_i64;
    for item in group {
        let rows = ask.play.book.items(item.item.document())?;
        let own = rows.iter().find(|row| row.item == item.item);
        let original = own.and_then(|row| row.base_original);
        invoiced = invoiced.saturating_add(rate(item.original.minor(), original)?);
        let open_base = item.base_open.map(ar_core::Amount::minor);
        outstanding = outstanding.saturating_add(rate(item.open.minor(), open_base)?);
        for link in ask.play.book.links(&item.item)? {
            // What a later day settles: at what the credit is worth.
            let later = link.date > ask.at && link.undone.is_none() && link.debit.is_some();
            if let Some(side) = link.credit.as_ref().filter(|_| later) {
                future = future.saturating_add(rate(side.amount, side.base)?);
            }
        }
        for link in links_of_item(ask.play, &item.item, ask.at)? {
            let Some(side) = &link.debit else { continue };
            let part = rate(side.amount, side.base)?;
            let credit = link.credit.as_ref().map(|side| side.item.document().as_str());
            let by_hand = credit.is_some_and(|credit| ask.play.by_hand.contains(credit));
            let sum = if link.memo && !by_hand { &mut credited } else { &mut paid };
            *sum = sum.saturating_add(part);
        }
    }
    let mut shown_row = json!({"ref": first.item.document(), "due": first.due,
        "invoiced": text(invoiced, shown), "outstanding": text(outstanding, shown),
        "paid": text(paid, shown), "credited": text(credited, shown), "future": text(future, shown),
        "remaining": text(outstanding.saturating_sub(future), shown),
        "currency": ask.play.tags.tag(shown)});
    if ask.play.policy.columns.by_instalment {
        shown_row["term"] = json!(first.item.part());
    }
    Ok(shown_row)
}

/// What is open of a customer against the control accounts.
pub(super) fn aging_total(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let customer = ask.reference()?.to_owned();
    let base = ask.play.tags.base();
    let totals = aged(ask, &customer)?;
    if totals.as_ref().is_some_and(|totals| totals.currency != base) {
        return unsupported("aging_total in foreign currency");
    }
    let outstanding = totals.map_or(0, |totals| totals.total.minor());
    let gl = control_balance(ask.play.events.iter().flatten(), &customer, ask.at);
    Ok(Found::As(json!({"outstanding": text(outstanding, base), "gl_balance": text(gl, base),
        "difference": text(outstanding.saturating_sub(gl), base), "remaining": text(outstanding, base)})))
}

fn control_balance<'e>(events: impl Iterator<Item = &'e Event>, customer: &str, on: Date) -> i64 {
    let lines = events.filter_map(Event::posting).filter(|(date, _, _)| *date <= on);
    let mine = lines.flat_map(|(_, _, lines)| lines).filter(|line| {
        Role::is_control(line.role)
            && line.account.as_ref().is_some_and(|account| account.as_str() == customer)
    });
    mine.fold(0, |sum, line| sum.saturating_add(line.amount.minor()))
}

/// A customer's statement of the kind that the case names.
pub(super) fn statement(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let account = account_id(ask.reference()?)?;
    let words = &ask.play.policy.statement;
    let to = words.to.unwrap_or(ask.at);
    if words.forward {
        let Some(from) = words.from else { return unsupported("a balance forward without its first day") };
        let all = ask.play.book.forward_statement(from, to, &account)?.currencies;
        let one = match all.as_slice() {
            [] => {
                let nothing = text(0, ask.play.tags.base());
                return Ok(Found::As(json!({"opening": nothing, "lines": [], "closing": nothing})));
            }
            [one] => one,
            _ => return unsupported("a statement over several currencies"),
        };
        let line = |m: &StatementMovement| {
            let (amount, running) = (m.amount.to_string(), m.balance.to_string());
            json!({"ref": m.item.document(), "amount": amount, "running": running})
        };
        let lines: Vec<Value> = one.movements.iter().map(line).collect();
        return Ok(Found::As(json!({"opening": one.opening.to_string(), "lines": lines,
            "closing": one.closing.to_string()})));
    }
    let all = ask.play.book.open_statement(to, &account)?.currencies;
    let one = match all.as_slice() {
        [] => return Ok(Found::As(json!({"items": [], "total": text(0, ask.play.tags.base())}))),
        [one] => one,
        _ => return unsupported("a statement over several currencies"),
    };
    let item = |i: &StatementItem| {
        let (original, open) = (i.original.to_string(), i.open.to_string());
        json!({"ref": i.item.document(), "original": original, "open": open})
    };
    let items: Vec<Value> = one.items.iter().map(item).collect();
    Ok(Found::As(json!({"items": items, "total": one.closing.to_string()})))
}

/// First and last day of a statement.
pub(super) fn statement_period(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    match ask.play.statements.get(ask.reference()?) {
        Some((from, to)) => Ok(Found::As(json!({"from": from, "to": to}))),
        None => unsupported("statement_period of no statement"),
    }
}

/// The lines of a statement of open items; a customer who is not among those that get one has
/// none.
pub(super) fn statement_rows(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let customer = ask.reference()?.to_owned();
    if ask.play.policy.statement.customers.as_ref().is_some_and(|list| !list.contains(&customer)) {
        return Ok(Found::As(Value::Null));
    }
    if ask.play.policy.statement.forward {
        return unsupported("statement_rows of a balance forward");
    }
    let statement = ask.play.book.open_statement(ask.at, &account_id(&customer)?)?;
    let item = |i: &StatementItem| {
        let due = i.open.to_string();
        json!({"kind": i.kind, "ref": i.item.document(), "amount_due": due})
    };
    let rows: Vec<Value> = statement.currencies.iter().flat_map(|c| &c.items).map(item).collect();
    Ok(Found::As(Value::Array(rows)))
}

/// The columns of an aging without names.
pub(super) fn statement_aging(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let customer = ask.reference()?.to_owned();
    let totals = aged(ask, &customer)?;
    let Some(totals) = totals else { return unsupported("statement_aging of nothing") };
    let row: Vec<String> =
        Columns::positional(&totals.buckets).into_iter().map(|minor| text(minor, totals.currency)).collect();
    Ok(Found::As(json!(row)))
}

/// What is to be allowed for on a day: in total, or in one bucket.
pub(super) fn provision(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    provision::provision(ask.play, ask.reference()?, ask.at).map(Found::As)
}

/// What is to be allowed for on a day by bucket.
pub(super) fn provision_by_bucket(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    match ask.reference()? {
        "ALL" | "TOTAL" => provision::by_bucket(ask.play, ask.at).map(Found::Table),
        other => unsupported(format!("provision_by_bucket of {other}")),
    }
}
