//! What settled what: allocations, discounts, differences absorbed, exchange gains, and the rule
//! that fired. Settlements count from their date until the day of their undo.

use std::collections::BTreeMap;

use ar_core::allocation::LinkKind;
use ar_core::document::Side;
use ar_core::journal::Role;
use ar_core::rows::LinkRow;
use ar_core::{Amount, Currency, Date, Event, ItemId};
use serde_json::{Value, json};

use super::{Ask, Found};
use crate::cases::fields::{Read, unsupported};
use crate::cases::play::{Play, Thing};
use crate::cases::values::{document_id, text};

/// Settlements of an item that are in force on a day.
pub(super) fn links_of_item(play: &Play<'_>, item: &ItemId, on: Date) -> Read<Vec<LinkRow>> {
    play.links_on(item, on)
}

fn links(ask: &Ask<'_, '_, '_>) -> Read<(Vec<LinkRow>, Currency)> {
    let reference = ask.reference()?;
    let currency = ask.play.document(reference)?;
    let mut all: BTreeMap<String, LinkRow> = BTreeMap::new();
    for row in ask.play.items(reference)? {
        for link in links_of_item(ask.play, &row.item, ask.at)? {
            all.insert(link.link.to_string(), link);
        }
    }
    Ok((all.into_values().collect(), currency))
}

fn debit_document(link: &LinkRow) -> Option<String> {
    link.debit.as_ref().map(|side| side.item.document().to_string())
}

fn debited(link: &LinkRow) -> i64 {
    link.debit.as_ref().map_or(0, |side| side.amount)
}

fn credited(link: &LinkRow) -> i64 {
    link.credit.as_ref().map_or(0, |side| side.amount)
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// What happened in the steps of a ref.
pub(super) fn events_of<'p>(play: &'p Play<'_>, reference: &str) -> Vec<&'p Event> {
    let steps = play.outcomes.iter().zip(&play.events);
    steps.filter(|((step, _), _)| step == reference).flat_map(|(_, events)| events).collect()
}

/// How much of a document was settled by credits; with `step`, in that step alone.
pub(super) fn allocated(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let step = ask.fields.count("step")?.map(usize::from);
    let reference = ask.reference()?.to_owned();
    let currency = ask.play.document(&reference)?;
    let total = match step {
        None => {
            let (links, _) = links(ask)?;
            sum(links.iter().filter(|link| link.kind == LinkKind::Allocation).map(debited))
        }
        Some(step) => {
            let at = step.checked_sub(1).and_then(|n| ask.play.events.get(n));
            let Some(events) = at else { return unsupported("allocated in a step that is not there") };
            let of_links = events.iter().filter_map(|event| match event {
                Event::CreditAllocated(e) => Some(&e.links),
                _ => None,
            });
            let mine = of_links.flatten().filter(|link| link.debit.document().as_str() == reference);
            sum(mine.map(ar_core::allocation::AppliedLink::settled_minor))
        }
    };
    Ok(Found::As(json!(text(total, currency))))
}

/// What a credit took where; of a debit, every settlement by size.
pub(super) fn allocation(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, currency) = links(ask)?;
    if ask.value.is_array() {
        let mut amounts: Vec<i64> = links.iter().map(debited).collect();
        amounts.sort_unstable();
        let shown: Vec<String> = amounts.iter().map(|minor| text(*minor, currency)).collect();
        return Ok(Found::As(json!(shown)));
    }
    let taken = links.iter().filter(|link| link.kind == LinkKind::Allocation);
    Ok(Found::Table(by_document(taken, credited, currency)))
}

fn by_document<'l>(
    links: impl Iterator<Item = &'l LinkRow>,
    of: impl Fn(&LinkRow) -> i64,
    currency: Currency,
) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for link in links {
        if let Some(document) = debit_document(link) {
            let sum = sums.entry(document).or_default();
            *sum = sum.saturating_add(of(link));
        }
    }
    sums.into_iter().map(|(document, minor)| (document, text(minor, currency))).collect()
}

/// The early-payment discount granted, in one figure or by document.
pub(super) fn discount(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, currency) = links(ask)?;
    if ask.value.is_object() {
        return Ok(Found::Table(by_document(links.iter(), |link| link.discount, currency)));
    }
    // What a memo took back of it counts below zero.
    let of = |link: &LinkRow| match link.kind {
        LinkKind::DiscountReversal => link.credit.as_ref().map_or(0, |side| side.amount.saturating_neg()),
        _ => link.discount,
    };
    Ok(Found::As(json!(text(sum(links.iter().map(of)), currency))))
}

/// What a memo credits: its amount less what it took back of a discount.
pub(super) fn net_credit(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, currency) = links(ask)?;
    let total = sum(ask.play.items(ask.reference()?)?.iter().map(|row| row.original));
    let back = links.iter().filter(|link| link.kind == LinkKind::DiscountReversal);
    let back = sum(back.filter_map(|link| link.credit.as_ref()).map(|side| side.amount));
    Ok(Found::As(json!(text(total.saturating_sub(back), currency))))
}

/// The part of it that was granted after the window, inside the days of acceptance.
pub(super) fn late_discount(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, currency) = links(ask)?;
    let terms = &ask.play.policy.terms;
    let paid_on = ask.play.items(ask.reference()?)?.first().map_or(ask.at, |row| row.value_date);
    let mut late = 0_i64;
    for link in links.iter().filter(|link| link.discount != 0) {
        let Some(document) = debit_document(link) else { continue };
        let issued = ask.play.items(&document)?.first().map_or(paid_on, |row| row.document_date);
        let windows = terms.by_document.get(&document).into_iter().chain(&terms.windows);
        let last = windows.filter_map(|window| window.last_day(issued)).max();
        if last.is_some_and(|last| paid_on > last) {
            late = late.saturating_add(link.discount);
        }
    }
    Ok(Found::As(json!(text(late, currency))))
}

/// Differences absorbed inside a tolerance: a shortfall is positive, an excess negative.
pub(super) fn tolerance(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, currency) = links(ask)?;
    if ask.value.is_object() {
        return Ok(Found::Table(by_document(links.iter(), |link| link.tolerance, currency)));
    }
    Ok(Found::As(json!(text(sum(links.iter().map(|link| link.tolerance)), currency))))
}

/// What was given up: by hand, or inside a tolerance. By document, what the payments of the case lacked
/// as a whole stands beside what each document was short of.
pub(super) fn write_off(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    if let Some(wanted) = ask.value.as_object() {
        if ask.reference()? != "ALL" {
            return unsupported("write_off by document of one document");
        }
        let names: Vec<String> = wanted.keys().cloned().collect();
        return write_off_by_document(ask, &names);
    }
    let (links, currency) = links(ask)?;
    let by_hand = sum(links.iter().filter(|link| link.kind == LinkKind::WriteOff).map(debited));
    let inside = sum(links.iter().map(|link| link.tolerance));
    Ok(Found::As(json!(text(by_hand.saturating_add(inside), currency))))
}

fn write_off_by_document(ask: &Ask<'_, '_, '_>, names: &[String]) -> Read<Found> {
    let of_payment = |link: &LinkRow| -> i64 {
        let applied = ask.play.events.iter().flatten().filter_map(|event| match event {
            Event::CreditAllocated(e) => e.links.iter().find(|applied| applied.link == link.link),
            _ => None,
        });
        applied.filter_map(|applied| applied.of_payment).map(ar_core::Amount::minor).next().unwrap_or(0)
    };
    let mut table = BTreeMap::new();
    for name in names {
        let currency = ask.play.document(name)?;
        let (mut total, mut seen) = (0_i64, std::collections::BTreeSet::new());
        for row in ask.play.items(name)? {
            for link in links_of_item(ask.play, &row.item, ask.at)? {
                if !seen.insert(link.link.to_string()) {
                    continue;
                }
                let whole = of_payment(&link);
                total = total.saturating_add(match (row.side, link.kind) {
                    (Side::Credit, _) => whole,
                    (Side::Debit, LinkKind::WriteOff) => debited(&link),
                    (Side::Debit, _) => link.tolerance.saturating_sub(whole),
                });
            }
        }
        table.insert(name.clone(), text(total, currency));
    }
    Ok(Found::Table(table))
}

/// What was given up by hand, in base currency.
pub(super) fn write_off_base(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, _) = links(ask)?;
    let given_up = links.iter().filter(|link| link.kind == LinkKind::WriteOff);
    let base = sum(given_up.filter_map(|link| link.debit.as_ref()?.base));
    Ok(Found::As(json!(text(base, ask.play.tags.base()))))
}

/// Exchange gain (positive) or loss in base currency: of a step, or of what a document settled or
/// was settled by.
pub(super) fn fx_gain_loss(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    match ask.fields.text("kind")?.as_deref() {
        None | Some("realized") => {}
        Some("unrealized" | "unrealized_delta") => return unrealised(ask, false),
        Some("unrealized_reversal") => return unrealised(ask, true),
        Some(other) => return unsupported(format!("fx_gain_loss.kind={other}")),
    }
    let entry_date = ask.fields.date("entry_date")?;
    let reference = ask.reference()?.to_owned();
    let (mut total, mut dates) = (0_i64, Vec::new());
    if let Some(Thing::Document(_)) = ask.play.things.get(&reference) {
        let (links, _) = links(ask)?;
        for link in links.iter().filter(|link| link.kind == LinkKind::Allocation) {
            let gain = gain_of(ask.play, link)?;
            total = total.saturating_add(gain);
            dates.extend((gain != 0).then_some(link.date));
        }
        for event in conversions(ask.play, &reference, &links) {
            let gain = gain_posted(event);
            total = total.saturating_add(gain);
            dates.extend(event.posting().filter(|_| gain != 0).map(|(date, _, _)| date));
        }
        for conversion in converted_from(ask.play, &reference, &links) {
            for link in links_of_item(ask.play, &conversion, ask.at)? {
                let gain = gain_of(ask.play, &link)?;
                total = total.saturating_add(gain);
                dates.extend((gain != 0).then_some(link.date));
            }
        }
    } else {
        let events = events_of(ask.play, &reference);
        if events.is_empty() {
            return unsupported(format!("fx_gain_loss of {reference}, which no step is called"));
        }
        for event in events {
            let gain = gain_posted(event);
            total = total.saturating_add(gain);
            dates.extend(event.posting().filter(|_| gain != 0).map(|(date, _, _)| date));
        }
    }
    let value = text(total, ask.play.tags.base());
    match entry_date {
        Some(date) if dates.iter().any(|found| *found != date) => {
            Ok(Found::Compared(Err(json!({"value": value, "entry_date": dates}))))
        }
        _ => Ok(Found::As(json!(value))),
    }
}

/// Conversions in force that took credit out of a document, or made the credit that settled it.
fn conversions<'p>(play: &'p Play<'_>, reference: &str, links: &[LinkRow]) -> Vec<&'p Event> {
    let settled_by = |item: &ItemId| {
        links.iter().any(|link| link.debit.is_some() && link.credit.as_ref().is_some_and(|c| c.item == *item))
    };
    let mine = |event: &&Event| match event {
        Event::CreditConverted(e) => {
            let from = e.from.item.document().as_str() == reference;
            settled_by(&e.to) || from && links.iter().any(|link| link.link == e.link)
        }
        _ => false,
    };
    play.events.iter().flatten().filter(mine).collect()
}

/// The items that credit of a document became in another currency.
fn converted_from(play: &Play<'_>, reference: &str, links: &[LinkRow]) -> Vec<ItemId> {
    let of = conversions(play, reference, links).into_iter().filter_map(|event| match event {
        Event::CreditConverted(e) if e.from.item.document().as_str() == reference => Some(e.to.clone()),
        _ => None,
    });
    of.collect()
}

/// Unrealised gain (positive) or loss booked on a document on the day: by a revaluation, or what took
/// it back, which is its reversal or a settlement.
fn unrealised(ask: &Ask<'_, '_, '_>, reversal: bool) -> Read<Found> {
    let reference = ask.reference()?;
    ask.play.document(reference)?;
    let mine = |item: &ItemId| item.document().as_str() == reference;
    let minor = |amount: Option<Amount>| amount.map_or(0, Amount::minor);
    let mut total = 0_i64;
    for event in ask.play.events.iter().flatten() {
        match event {
            Event::ItemsRevalued(e) if e.date == ask.at && e.reverses.is_some() == reversal => {
                for one in e.items.iter().filter(|one| mine(&one.item)) {
                    let gain = match one.side {
                        Side::Debit => one.by.minor(),
                        Side::Credit => one.by.minor().saturating_neg(),
                    };
                    total = total.saturating_add(gain);
                }
            }
            Event::CreditAllocated(e) if e.date == ask.at && reversal => {
                for link in &e.links {
                    if mine(&link.debit) {
                        total = total.saturating_sub(minor(link.debit_revalued));
                    }
                    if mine(&e.credit) {
                        total = total.saturating_add(minor(link.credit_revalued));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(Found::As(json!(text(total, ask.play.tags.base()))))
}

/// The exchange gain in an event's posting.
fn gain_posted(event: &Event) -> i64 {
    let lines = event.posting().map(|(_, _, lines)| lines).unwrap_or_default();
    let exchange = lines.iter().filter(|line| matches!(line.role, Role::FxGain | Role::FxLoss));
    sum(exchange.filter_map(|line| line.base).map(|base| base.minor().saturating_neg()))
}

/// The exchange gain of one settlement: the credit's base amount less the debit's. Where something
/// was deducted, the posting says it.
fn gain_of(play: &Play<'_>, link: &LinkRow) -> Read<i64> {
    let (Some(credit), Some(debit)) = (&link.credit, &link.debit) else { return Ok(0) };
    let (Some(credit), Some(debit)) = (credit.base, debit.base) else { return Ok(0) };
    if link.discount == 0 && link.tolerance == 0 && link.withholding == 0 {
        return Ok(credit.saturating_sub(debit));
    }
    let own = play.events.iter().flatten().find(|event| match event {
        Event::CreditAllocated(e) => matches!(e.links.as_slice(), [one] if one.link == link.link),
        _ => false,
    });
    own.map_or_else(
        || unsupported("fx_gain_loss of one of several settlements with deductions"),
        |event| Ok(gain_posted(event)),
    )
}

/// How many settlements of a document stand with an exchange difference.
pub(super) fn fx_entry_count(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, _) = links(ask)?;
    let mut count = 0_usize;
    for link in &links {
        count = count.saturating_add(usize::from(gain_of(ask.play, link)? != 0));
    }
    Ok(Found::As(json!(count)))
}

/// What met in a step, in base currency: the lesser of what the credit and the debit were carried at;
/// the rest is the exchange difference. A converted credit was carried at what it was before.
pub(super) fn applied_base(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let events = events_of(ask.play, ask.reference()?);
    let carried_before = |credit: &ItemId| {
        events.iter().find_map(|event| match event {
            Event::CreditConverted(e) if e.to == *credit => {
                Some(e.from.base.unwrap_or(e.from.amount).minor())
            }
            _ => None,
        })
    };
    let mut base = 0_i64;
    for event in &events {
        let Event::CreditAllocated(e) = event else { continue };
        let side = |base: Option<Amount>, amount: Amount| base.unwrap_or(amount).minor();
        let credit = sum(e.links.iter().map(|link| side(link.credit_base, link.amount)));
        let credit = carried_before(&e.credit).unwrap_or(credit);
        let debit = sum(e.links.iter().map(|link| side(link.debit_base, link.amount)));
        base = base.saturating_add(credit.min(debit));
    }
    Ok(Found::As(json!(text(base, ask.play.tags.base()))))
}

/// How a credit memo is split between what was open and what was already paid.
pub(super) fn credit_split(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, currency) = links(ask)?;
    let reference = ask.reference()?.to_owned();
    let taken = links.iter().filter(|link| link.kind == LinkKind::Allocation);
    let memo = ask.play.book.document(&document_id(&reference)?)?;
    if let Some(invoice) = memo.and_then(|memo| memo.reference) {
        // What a later step makes of the rest changes nothing about what it was.
        let there = |link: &&LinkRow| debit_document(link).as_deref() == Some(invoice.as_str());
        let (before, all) = (sum(taken.filter(there).map(credited)), original(ask, &reference)?);
        let after = text(all.saturating_sub(before), currency);
        return Ok(Found::As(json!({"pre_payment": text(before, currency), "post_payment": after})));
    }
    let before = sum(taken.map(credited));
    let (open, _) = super::balances::open_of(ask, &reference)?;
    let after = sum(open.iter().map(|item| item.open.minor().saturating_neg()));
    Ok(Found::As(json!({"pre_payment": text(before, currency), "post_payment": text(after, currency)})))
}

fn original(ask: &Ask<'_, '_, '_>, reference: &str) -> Read<i64> {
    Ok(sum(ask.play.items(reference)?.iter().map(|row| row.original)))
}

/// The entries on an open item: its making and each settlement.
pub(super) fn open_item_entries(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let (links, currency) = links(ask)?;
    let reference = ask.reference()?.to_owned();
    let original = sum(ask.play.items(&reference)?.iter().map(|row| row.original));
    let mut rows =
        vec![json!({"source": reference, "target": reference, "amount": text(original, currency)})];
    for link in &links {
        let (Some(credit), Some(target)) = (&link.credit, debit_document(link)) else {
            return unsupported("open_item_entries of a write-off");
        };
        rows.push(json!({"source": credit.item.document(), "target": target,
            "amount": text(debited(link).saturating_neg(), currency)}));
    }
    Ok(Found::As(Value::Array(rows)))
}

/// The rule that applied a credit.
pub(super) fn rule_used(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let reference = ask.reference()?;
    ask.play.document(reference)?;
    let mut fired = ask.play.events.iter().flatten().filter_map(|event| match event {
        Event::CreditAllocated(e) if e.credit.document().as_str() == reference => {
            Some(e.explanation.rule.as_str())
        }
        _ => None,
    });
    let name = match fired.next_back() {
        None => "none",
        Some("exact_item") => "match_single",
        Some("exact_account_total") => "clear_account",
        Some("exact_past_due_total") => "clear_past_due",
        Some("exact_past_due_by_terms") => "clear_past_due_by_terms",
        Some("combination") => "combo",
        Some("oldest_due_first") => "oldest_first",
        Some(other) => other,
    };
    Ok(Found::As(json!(name)))
}
