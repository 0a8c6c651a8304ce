//! What is open, unapplied, overdue, and what would settle it.

use ar_core::allocation::discount_now;
use ar_core::document::{DocumentKind, LineKind, Side};
use ar_core::journal::Role;
use ar_core::query::{AccountFilter, ItemFilter, OpenItem, Scope};
use ar_core::rows::{ItemRow, LinkRow};
use ar_core::{Currency, Date, DateRange, Money, OrderId, Rounding};
use serde_json::{Value, json};

use super::{Ask, Found};
use crate::cases::fields::{Read, unsupported};
use crate::cases::play::{Play, Thing, as_of};
use crate::cases::values::{account_id, minor, text};

/// Open items of a ref on the day, a document's or a customer's, and their currency.
pub(super) fn open_of(ask: &Ask<'_, '_, '_>, reference: &str) -> Read<(Vec<OpenItem>, Currency)> {
    if ask.is_customer() {
        return of_customer(ask.play, reference, ask.at);
    }
    let currency = ask.play.document(reference)?;
    let mut open = ask.play.book.open_items(ask.at, &ItemFilter::default())?;
    let family = ask.play.family(reference);
    open.retain(|item| family.iter().any(|id| item.item.document().as_str() == id));
    Ok((open, currency))
}

fn items_of_customer(play: &Play<'_>, customer: &str, on: Date) -> Read<Vec<OpenItem>> {
    let accounts = AccountFilter::scope(Scope::account(&account_id(customer)?));
    play.book.open_items(on, &ItemFilter { accounts, ..ItemFilter::default() })
}

fn of_customer(play: &Play<'_>, customer: &str, on: Date) -> Read<(Vec<OpenItem>, Currency)> {
    let open = items_of_customer(play, customer, on)?;
    let currency = open.first().map_or(play.tags.base(), |item| item.currency);
    if open.iter().any(|item| item.currency != currency) {
        return unsupported("a balance over several currencies");
    }
    Ok((open, currency))
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// What is open; credits negative. With `base` and `foreign`, both.
pub(super) fn open_balance(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let reference = ask.reference()?.to_owned();
    let (open, currency) = open_of(ask, &reference)?;
    let foreign = text(sum(open.iter().map(|item| item.open.minor())), currency);
    if ask.value.is_object() {
        return Ok(Found::As(json!({"foreign": foreign, "base": base(ask.play, &open)?})));
    }
    Ok(Found::As(json!(foreign)))
}

/// What is open in base currency, at the carrying rate; of a customer, over all currencies.
pub(super) fn open_balance_base(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let reference = ask.reference()?.to_owned();
    let open = if ask.is_customer() {
        items_of_customer(ask.play, &reference, ask.at)?
    } else {
        open_of(ask, &reference)?.0
    };
    Ok(Found::As(json!(base(ask.play, &open)?)))
}

fn base(play: &Play<'_>, open: &[OpenItem]) -> Read<String> {
    let mut total = 0_i64;
    for item in open {
        let part = match item.base_open {
            Some(base) => base.minor(),
            None if item.currency == play.tags.base() => item.open.minor(),
            None => return unsupported("a base balance of an unconverted item"),
        };
        total = total.saturating_add(part);
    }
    Ok(text(total, play.tags.base()))
}

/// What is open on several documents together.
pub(super) fn open_total(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (mut total, mut currencies) = (0_i64, Vec::new());
    for reference in &ask.refs {
        let (open, currency) = open_of(ask, reference)?;
        total = total.saturating_add(sum(open.iter().map(|item| item.open.minor())));
        currencies.push(currency);
    }
    currencies.dedup();
    match currencies.as_slice() {
        [currency] => Ok(Found::As(json!(text(total, *currency)))),
        _ => unsupported("open_total over several currencies"),
    }
}

/// Rows of the items that are open, in the order of the items.
fn rows(play: &Play<'_>, open: &[OpenItem]) -> Read<Vec<ItemRow>> {
    let mut rows = Vec::with_capacity(open.len());
    for item in open {
        rows.extend(play.book.items(item.item.document())?.into_iter().filter(|row| row.item == item.item));
    }
    Ok(rows)
}

/// What is left of credits and was not kept on account on purpose; positive.
pub(super) fn unapplied(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    credits(ask, |row| row.control.role != Role::OnAccount)
}

/// A customer's credit that is no payment still to be matched: kept on account, or the rest of a
/// memo where the case counts it so.
pub(super) fn on_account(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let memos = ask.play.policy.memos_on_account;
    credits(ask, |row| row.control.role == Role::OnAccount || (memos && row.kind == DocumentKind::CreditMemo))
}

fn credits(ask: &Ask<'_, '_, '_>, counts: impl Fn(&ItemRow) -> bool) -> Read<Found> {
    let (open, currency) = open_of(ask, ask.reference()?)?;
    let rows = rows(ask.play, &open)?;
    let of = open.iter().zip(&rows).filter(|(item, row)| item.side == Side::Credit && counts(row));
    let total = sum(of.map(|(item, _)| item.open.minor().saturating_neg()));
    Ok(Found::As(json!(text(total, currency))))
}

/// Deposits of a customer that were not consumed yet: invoiced as such, less what memos gave back.
pub(super) fn deposit_available(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let customer = ask.reference()?.to_owned();
    let (mut total, mut currencies) = (0_i64, std::collections::BTreeSet::new());
    for event in ask.play.book.events()? {
        let ar_core::Event::DocumentIssued(e) = event else { continue };
        if e.account.as_str() != customer || e.date > ask.at {
            continue;
        }
        for line in e.content.lines.iter().filter(|line| line.kind == LineKind::Deposit) {
            currencies.insert(e.currency);
            let minor = line.net.minor();
            total = match e.kind.side() {
                Side::Debit => total.saturating_add(minor),
                Side::Credit => total.saturating_sub(minor),
            };
        }
    }
    match currencies.into_iter().collect::<Vec<_>>().as_slice() {
        [] => Ok(Found::As(json!(text(0, ask.play.tags.base())))),
        [currency] => Ok(Found::As(json!(text(total, *currency)))),
        _ => unsupported("deposits over several currencies"),
    }
}

/// What was invoiced of an order.
pub(super) fn invoiced_total(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let order = ask.reference()?.to_owned();
    let (mut total, mut shown) = (0_i64, ask.play.tags.base());
    for event in ask.play.book.events()? {
        let ar_core::Event::DocumentIssued(e) = event else { continue };
        if e.order.as_ref().is_some_and(|billed| billed.order.as_str() == order) && e.date <= ask.at {
            total = total.saturating_add(e.content.total.minor());
            shown = e.currency;
        }
    }
    Ok(Found::As(json!(text(total, shown))))
}

/// What is kept for an order: of payments for it, what is not applied, refunded or moved away.
pub(super) fn advance_held(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let reference = ask.reference()?.to_owned();
    let Some(Thing::Order(_)) = ask.play.things.get(&reference) else {
        return unsupported(format!("advance_held of {reference}, which is no order"));
    };
    let Ok(order) = OrderId::parse(&reference) else {
        return unsupported("an order by this name");
    };
    let filter = ItemFilter { order: Some(order), side: Some(Side::Credit), ..ItemFilter::default() };
    let open = ask.play.book.open_items(ask.at, &filter)?;
    let currency = open.first().map_or(ask.play.tags.base(), |item| item.currency);
    let held = sum(open.iter().map(|item| item.open.minor().saturating_neg()));
    Ok(Found::As(json!(text(held, currency))))
}

/// What to pay on a day: all that is open less the discount earned then, or by `mode` the part
/// that is due.
pub(super) fn settlement_quote(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let reference = ask.reference()?.to_owned();
    let mode = ask.fields.text("mode")?;
    let up_to = ask.fields.date("up_to")?;
    let currency = ask.play.document(&reference)?;
    let shown = match ask.fields.has("currency") {
        true => ask.play.currency(&mut ask.fields)?,
        false => currency,
    };
    let rows = ask.play.items_on(&reference, ask.at)?;
    // A document is quoted from the day it is there.
    ask.at = rows.iter().map(|row| row.date).fold(ask.at, Date::max);
    let (open, _) = open_of(ask, &reference)?;
    let amounts = |keep: &dyn Fn(&OpenItem) -> bool| {
        sum(open.iter().filter(|item| keep(item)).map(|item| item.open.minor()))
    };
    let total = match (mode.as_deref(), up_to) {
        (None, None) => {
            // It is asked before anything of that day settles the document.
            let mut total = 0_i64;
            for row in &rows {
                let before =
                    |link: &LinkRow| link.date < ask.at && link.undone.is_none_or(|(date, _)| date > ask.at);
                let links: Vec<LinkRow> =
                    ask.play.book.links(&row.item)?.into_iter().filter(before).collect();
                let row = as_of(row, &links);
                let off = if ask.play.policy.never_discount { 0 } else { discount_now(&row, ask.at) };
                total = total.saturating_add(row.open.saturating_sub(off.min(row.open)));
            }
            total
        }
        (Some("next"), None) => open.first().map_or(0, |item| item.open.minor()),
        (Some("overdue"), None) => amounts(&|item| item.overdue),
        (Some("full"), None) => amounts(&|_| true),
        (Some("due_up_to"), Some(to)) => {
            let span = DateRange { from: Date::MIN, to };
            amounts(&|item| span.contains(item.due))
        }
        (mode, _) => return unsupported(format!("settlement_quote.mode={}", mode.unwrap_or("up_to"))),
    };
    if shown != currency {
        let asked = ask.at;
        let rate = |of: Currency| ask.play.recorded_rate(of, asked);
        let money = Money::clamped(total, currency);
        let rates = (rate(currency)?, rate(shown)?);
        let found = ar_core::fx::exchanged(money, shown, rates.0, rates.1, Rounding::HalfAwayFromZero);
        let Some(found) = found else { return unsupported("settlement_quote in another currency") };
        return Ok(Found::As(json!(text(found.minor(), shown))));
    }
    Ok(Found::As(json!(text(total, currency))))
}

/// What an offer leaves open.
pub(super) fn payment_shortfall(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let reference = ask.reference()?.to_owned();
    let (open, currency) = open_of(ask, &reference)?;
    let offer = minor(&ask.fields.need("offer")?, currency)?;
    let open = sum(open.iter().map(|item| item.open.minor()));
    Ok(Found::As(json!(text(open.saturating_sub(offer), currency))))
}

/// How many debits of a customer are overdue, and how much of them.
pub(super) fn overdue_summary(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let customer = ask.reference()?.to_owned();
    let accounts = AccountFilter::scope(Scope::account(&account_id(&customer)?));
    let filter = ItemFilter { accounts, overdue: true, ..ItemFilter::default() };
    let open = ask.play.book.open_items(ask.at, &filter)?;
    let currency = open.first().map_or(ask.play.tags.base(), |item| item.currency);
    if open.iter().any(|item| item.currency != currency) {
        return unsupported("overdue_summary over several currencies");
    }
    let amount = text(sum(open.iter().map(|item| item.open.minor())), currency);
    Ok(Found::As(json!({"count": open.len(), "amount": amount})))
}

/// How many debits and how many credits are open.
pub(super) fn open_item_count(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    if let Some(Value::Object(filter)) = ask.fields.take("filter")
        && let Some(key) = filter.keys().next()
    {
        return unsupported(format!("open_item_count.filter.{key}"));
    }
    let customer = ask.reference()?.to_owned();
    let (open, _) = of_customer(ask.play, &customer, ask.at)?;
    let debits = open.iter().filter(|item| item.side == Side::Debit).count();
    Ok(Found::As(json!({"invoices": debits, "payments": open.len().saturating_sub(debits)})))
}
