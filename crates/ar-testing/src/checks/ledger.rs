//! INV-09 to INV-16: postings, the trial balance, the control accounts, the log itself.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::document::Side;
use ar_core::journal::Role;
use ar_core::rows::Owner;
use ar_core::values::*;
use ar_core::{Event, Record};

use super::{Checked, Evidence, broken};
use crate::rows::Rows;

/// INV-09: every posting sums to zero, in its currency and in base currency.
///
/// # Errors
/// INV-09.
pub fn postings_balance(evidence: Evidence<'_>) -> Checked {
    for (position, event) in evidence.events() {
        let Some((_, _, lines)) = event.posting() else { continue };
        let sum: i128 = lines.iter().map(|line| i128::from(line.amount.minor())).sum();
        let base: i128 = lines.iter().filter_map(|line| line.base).map(|a| i128::from(a.minor())).sum();
        if sum != 0 || base != 0 {
            return broken("INV-09", format!("{position} {}: {sum} and {base} in base", event.name()));
        }
    }
    Ok(())
}

/// INV-10: after every record all lines together sum to zero by currency, as the rows tell it.
///
/// # Errors
/// INV-10.
pub fn trial_balance_is_zero_at_every_prefix(evidence: Evidence<'_>) -> Checked {
    let mut sums: BTreeMap<Currency, (i128, i128)> = BTreeMap::new();
    let last = evidence.records.len() as u64;
    for position in 1..=last {
        for row in evidence.rows.lines.iter().filter(|row| row.position == position) {
            let sum = sums.entry(row.currency).or_default();
            sum.0 += i128::from(row.line.amount.minor());
            sum.1 += i128::from(row.line.base.map_or(0, Amount::minor));
        }
        if let Some((currency, sum)) = sums.iter().find(|(_, sum)| **sum != (0, 0)) {
            return broken("INV-10", format!("after {position} the lines in {currency} sum to {sum:?}"));
        }
    }
    Ok(())
}

type Controls = BTreeMap<(Role, GlCode, Currency, AccountId), (i128, i128)>;

/// INV-11: on every date touched, open items by control account, currency and customer are what the
/// journal says, in transaction and in base currency; nothing else posts to control accounts.
///
/// # Errors
/// INV-11.
pub fn subledger_equals_control(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let controls: BTreeSet<&GlCode> =
        rows.lines.iter().filter(|row| row.line.role.is_control()).map(|row| &row.line.code).collect();
    for row in &rows.lines {
        let on_control = controls.contains(&row.line.code);
        if on_control && (!row.line.role.is_control() || row.line.account.is_none()) {
            return broken(
                "INV-11",
                format!("{} posts {} to a control account", row.position, row.line.role),
            );
        }
    }
    for day in rows.dates() {
        let mut items = Controls::new();
        for item in rows.items.values() {
            let (open, base) = rows.open_on(item, day);
            let sign = if item.side == Side::Debit { 1 } else { -1 };
            let key = (item.control.role, item.control.code.clone(), item.currency, item.account.clone());
            let sum = items.entry(key).or_default();
            sum.0 += i128::from(open * sign);
            sum.1 += i128::from(base * sign);
        }
        let mut journal = Controls::new();
        for row in rows.lines.iter().filter(|row| row.date <= day && row.line.role.is_control()) {
            let account = row.line.account.clone().unwrap_or_else(|| crate::world::id("~nobody"));
            let key = (row.line.role, row.line.code.clone(), row.currency, account);
            let sum = journal.entry(key).or_default();
            sum.0 += i128::from(row.line.amount.minor());
            sum.1 += i128::from(row.line.base.map_or(0, Amount::minor));
        }
        items.retain(|_, sum| *sum != (0, 0));
        journal.retain(|_, sum| *sum != (0, 0));
        if items != journal {
            return broken("INV-11", format!("on {day} items say {items:?} and the journal {journal:?}"));
        }
    }
    Ok(())
}

/// INV-12: an earlier log is a prefix of a later one, byte by byte.
///
/// # Errors
/// INV-12.
pub fn log_only_grows(before: &[Vec<u8>], after: &[Vec<u8>]) -> Checked {
    if after.len() < before.len() {
        return broken("INV-12", format!("the log shrank from {} to {}", before.len(), after.len()));
    }
    match before.iter().zip(after).position(|(a, b)| a != b) {
        Some(place) => broken("INV-12", format!("record {} changed", place + 1)),
        None => Ok(()),
    }
}

type ByAccount = BTreeMap<(Role, GlCode, Option<AccountId>), (i128, i128)>;

fn add_lines(sums: &mut ByAccount, event: &Event) {
    for line in event.posting().map_or(&[][..], |(_, _, lines)| lines) {
        let sum = sums.entry((line.role, line.code.clone(), line.account.clone())).or_default();
        sum.0 += i128::from(line.amount.minor());
        sum.1 += i128::from(line.base.map_or(0, Amount::minor));
    }
}

/// INV-13: a settlement is undone at most once, and what was settled and wholly undone by events of
/// its own leaves nothing behind in any account.
///
/// # Errors
/// INV-13.
pub fn reversals_are_exact_and_once(evidence: Evidence<'_>) -> Checked {
    let mut undone: BTreeSet<&LinkId> = BTreeSet::new();
    for (position, event) in evidence.events() {
        let links: Vec<&LinkId> = match event {
            Event::SettlementUndone(e) => e.links.iter().map(|link| &link.link).collect(),
            Event::RefundEnded(e) => e.restored.iter().map(|(link, _)| link).collect(),
            _ => continue,
        };
        if let Some(twice) = links.into_iter().find(|link| !undone.insert(link)) {
            return broken("INV-13", format!("{position} undoes {twice} a second time"));
        }
    }
    for (position, event) in evidence.events() {
        let links: BTreeSet<&LinkId> = match event {
            Event::CreditAllocated(e) => e.links.iter().map(|l| &l.link).collect(),
            Event::ItemWrittenOff(e) => BTreeSet::from([&e.link]),
            Event::CreditConverted(e) => BTreeSet::from([&e.link]),
            Event::ChargeWaived(e) => BTreeSet::from([&e.link]),
            Event::ItemsNetted(e) => e.items.iter().filter_map(|one| one.closed.link.as_ref()).collect(),
            Event::DiscountTakenBack(e) => e.from.link.iter().collect(),
            Event::RefundRequested(e) => BTreeSet::from([&e.link]),
            _ => continue,
        };
        let mut sums = ByAccount::new();
        add_lines(&mut sums, event);
        let mut left = links.clone();
        let mut alone = true;
        for (_, later) in evidence.events() {
            let undone: Vec<&LinkId> = match later {
                Event::SettlementUndone(e) => e.links.iter().map(|link| &link.link).collect(),
                Event::RefundEnded(e) => e.restored.iter().map(|(link, _)| link).collect(),
                _ => continue,
            };
            if undone.iter().any(|link| links.contains(link)) {
                alone &= undone.iter().all(|link| links.contains(link));
                undone.iter().for_each(|link| {
                    left.remove(link);
                });
                add_lines(&mut sums, later);
            }
        }
        sums.retain(|_, sum| *sum != (0, 0));
        if alone && left.is_empty() && !sums.is_empty() {
            return broken("INV-13", format!("{position} {} and its undo leave {sums:?}", event.name()));
        }
    }
    Ok(())
}

/// INV-14: every row is what a replay of the log gives.
///
/// # Errors
/// INV-14, naming the first table that differs.
pub fn rows_equal_replay(evidence: Evidence<'_>) -> Checked {
    let (kept, told) = (evidence.rows, Rows::of(evidence.records));
    macro_rules! same {
        ($($table:ident),*) => {$(
            if kept.$table != told.$table {
                let table = stringify!($table);
                return broken("INV-14", format!("{table}: {:?} kept, {:?} by replay", kept.$table, told.$table));
            }
        )*};
    }
    same!(
        book, keys, accounts, totals, documents, items, links, series, credited, rates, orders, refunds,
        agreements
    );
    same!(notes, lines);
    Ok(())
}

/// INV-14: the running figures of every account and group are the sums over its items and orders:
/// open debits, what of them is no part of exposure, open credits, orders.
///
/// # Errors
/// INV-14, naming the figures that differ.
pub fn figures_are_sums(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let mut told: BTreeMap<(Owner, Currency), [i128; 4]> = BTreeMap::new();
    let mut add = |account: &AccountId, currency: Currency, figures: [i64; 4]| {
        let parent = rows.accounts.get(account).and_then(|row| row.profile.parent.clone());
        let owners = [Some(Owner::Account(account.clone())), parent.map(Owner::Group)];
        for owner in owners.into_iter().flatten() {
            let sums = told.entry((owner, currency)).or_default();
            sums.iter_mut().zip(figures).for_each(|(sum, minor)| *sum += i128::from(minor));
        }
    };
    for item in rows.items.values().filter(|item| item.account.as_str() != crate::model::SUSPENSE) {
        let uncounted = if item.counts.credit { 0 } else { item.open };
        let figures = match item.side {
            Side::Debit => [item.open, uncounted, 0, 0],
            Side::Credit => [0, 0, item.open, 0],
        };
        add(&item.account, item.currency, figures);
    }
    for order in rows.orders.values() {
        add(&order.account, order.currency, [0, 0, 0, order.open]);
    }
    let kept = rows
        .totals
        .iter()
        .map(|(key, row)| (key.clone(), [row.debit, row.uncounted, row.credit, row.orders].map(i128::from)));
    let mut kept: BTreeMap<(Owner, Currency), [i128; 4]> = kept.collect();
    kept.retain(|_, sums| *sums != [0; 4]);
    told.retain(|_, sums| *sums != [0; 4]);
    if kept == told {
        return Ok(());
    }
    let place = kept.keys().chain(told.keys()).find(|key| kept.get(key) != told.get(key));
    let detail =
        place.map(|key| format!("{key:?}: {:?} kept, {:?} by the items", kept.get(key), told.get(key)));
    broken("INV-14", detail.unwrap_or_default())
}

/// INV-15: every document has exactly one event that made it, and that event posts its total to its
/// control account, no more and no less.
///
/// # Errors
/// INV-15.
pub fn documents_match_postings(evidence: Evidence<'_>) -> Checked {
    let mut made: BTreeMap<DocumentId, u64> = BTreeMap::new();
    for (position, event) in evidence.events() {
        let (document, total, sign) = match event {
            Event::DocumentIssued(e) => {
                let sign = if e.kind.side() == Side::Debit { 1 } else { -1 };
                (&e.document, e.content.total.minor(), sign)
            }
            Event::PaymentReceived(e) => (&e.payment, e.amount.minor(), -1),
            Event::CreditTransferred(e) => (e.to.document(), e.item.amount.minor(), -1),
            Event::ConversionIssued(e) => (&e.conversion, e.item.amount.minor(), -1),
            Event::DebitMoved(e) => (&e.document, e.items.iter().map(|item| item.amount.minor()).sum(), 1),
            _ => continue,
        };
        if let Some(first) = made.insert(document.clone(), position) {
            return broken("INV-15", format!("{document} was made by {first} and again by {position}"));
        }
        let lines = event.posting().map_or(&[][..], |(_, _, lines)| lines);
        let control: i64 =
            lines.iter().filter(|line| line.role.is_control()).map(|line| line.amount.minor()).sum();
        let moved = matches!(event, Event::CreditTransferred(_) | Event::DebitMoved(_));
        if control != if moved { 0 } else { total * sign } {
            return broken("INV-15", format!("{document} of {total} posts {control} to its control account"));
        }
        if let Event::DocumentIssued(e) = event {
            let items: i64 = e.items.iter().map(|item| item.amount.minor()).sum();
            if items != total {
                return broken("INV-15", format!("{document} of {total} has items of {items}"));
            }
        }
    }
    let rows: BTreeSet<&DocumentId> = evidence.rows.documents.keys().collect();
    if made.keys().collect::<BTreeSet<_>>() != rows {
        return broken("INV-15", format!("documents are {rows:?} and events made {:?}", made.keys()));
    }
    Ok(())
}

/// INV-16: stored bytes and records agree, and what a row says about its position is where its event
/// stands. Times may step back; places do not.
///
/// # Errors
/// INV-16.
pub fn order_is_total(evidence: Evidence<'_>) -> Checked {
    if evidence.bytes.len() != evidence.records.len() {
        let (bytes, records) = (evidence.bytes.len(), evidence.records.len());
        return broken("INV-16", format!("{bytes} stored, {records} read"));
    }
    for (place, (bytes, record)) in evidence.bytes.iter().zip(evidence.records).enumerate() {
        if Record::decode_strict(bytes).as_ref() != Ok(record) {
            return broken("INV-16", format!("record {} is not what its bytes say", place + 1));
        }
    }
    let made = |position: u64| evidence.records.get((position as usize).wrapping_sub(1)).map(|r| &r.event);
    for row in evidence.rows.documents.values() {
        let named = match made(row.position) {
            Some(Event::DocumentIssued(e)) => e.document == row.document,
            Some(Event::PaymentReceived(e)) => e.payment == row.document,
            Some(Event::CreditTransferred(e)) => *e.to.document() == row.document,
            Some(Event::ConversionIssued(e)) => e.conversion == row.document,
            Some(Event::DebitMoved(e)) => e.document == row.document,
            _ => false,
        };
        if !named {
            return broken("INV-16", format!("{} is not what record {} made", row.document, row.position));
        }
    }
    Ok(())
}
