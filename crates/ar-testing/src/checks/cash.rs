//! INV-25 to INV-29, INV-34 and INV-35: cash, settlements, undo, refunds, returns.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::Event;
use ar_core::allocation::{AppliedLink, CreditAllocated, LinkKind};
use ar_core::document::{DocumentKind, Side};
use ar_core::values::*;

use super::{Checked, Evidence, Violation, broken, open_by_events};

fn within(evidence: Evidence<'_>, side: Side, invariant: &'static str) -> Checked {
    let mut dates = evidence.rows.dates();
    dates.insert(Date::MAX);
    for item in evidence.rows.items.values().filter(|item| item.side == side) {
        for day in dates.iter().filter(|day| **day >= item.date) {
            let told = open_by_events(evidence, item, *day);
            let kept = evidence.rows.open_on(item, *day).0;
            if told < 0 || told > item.original || kept < 0 || kept > item.original {
                let detail = format!(
                    "{} of {} has {told} open on {day} by its events, {kept} by its rows",
                    item.item, item.original
                );
                return Err(Violation { invariant, detail });
            }
        }
        if item.open < 0 || item.open > item.original {
            return broken(invariant, format!("{} of {} has {} open", item.item, item.original, item.open));
        }
    }
    Ok(())
}

/// INV-25: on every date, what was taken from a credit is between nothing and all of it.
///
/// # Errors
/// INV-25.
pub fn credits_are_never_over_applied(evidence: Evidence<'_>) -> Checked {
    within(evidence, Side::Credit, "INV-25")
}

/// INV-26: on every date, what is open on a debit is between nothing and its original amount.
///
/// # Errors
/// INV-26.
pub fn items_are_never_over_settled(evidence: Evidence<'_>) -> Checked {
    within(evidence, Side::Debit, "INV-26")
}

/// INV-27: for each payment, received = applied + unapplied + refunded + moved + taken back, and the
/// bank account received exactly the payments less what was returned and paid out.
///
/// # Errors
/// INV-27.
pub fn cash_is_conserved(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    for item in rows.items.values().filter(|item| item.side == Side::Credit) {
        let mut by_kind: BTreeMap<LinkKind, i64> = BTreeMap::new();
        for (link, side) in rows.taken(&item.item).filter(|(link, _)| link.undone.is_none()) {
            *by_kind.entry(link.kind).or_default() += side.amount;
        }
        if item.original != item.open + by_kind.values().sum::<i64>() {
            let detail =
                format!("{}: {} received, {by_kind:?}, {} unapplied", item.item, item.original, item.open);
            return broken("INV-27", detail);
        }
    }
    let mut expected: BTreeMap<Currency, i128> = BTreeMap::new();
    for (_, event) in evidence.events() {
        let (currency, minor) = match event {
            Event::PaymentReceived(e) => (e.currency, e.amount.minor()),
            Event::PaymentReversed(e) => {
                let paid = rows.documents.get(&e.payment).map_or(0, |row| row.total);
                (e.currency, -paid - e.fee.map_or(0, Amount::minor))
            }
            Event::RefundEnded(e) if e.state == ar_core::payment::RefundState::Paid => {
                let paid = rows.refunds.get(&e.refund).map_or(0, |row| row.amount);
                (e.currency, -paid)
            }
            _ => continue,
        };
        *expected.entry(currency).or_default() += i128::from(minor);
    }
    let mut booked: BTreeMap<Currency, i128> = BTreeMap::new();
    for row in rows.lines.iter().filter(|row| row.line.role == ar_core::journal::Role::Cash) {
        *booked.entry(row.currency).or_default() += i128::from(row.line.amount.minor());
    }
    expected.retain(|_, sum| *sum != 0);
    booked.retain(|_, sum| *sum != 0);
    if expected != booked {
        return broken("INV-27", format!("cash by events is {expected:?}, by the journal {booked:?}"));
    }
    Ok(())
}

fn allocations<'a>(
    evidence: Evidence<'a>,
) -> impl Iterator<Item = (u64, &'a CreditAllocated, &'a AppliedLink)> {
    evidence.events().flat_map(|(position, event)| {
        let all = match event {
            Event::CreditAllocated(e) => e.links.iter().map(|link| (position, &**e, link)).collect(),
            _ => Vec::new(),
        };
        all.into_iter()
    })
}

/// INV-28: what leaves a credit equals what reaches the debit but for discount, tolerance and
/// withholding on record; both sides share currency and customer, or the credit is the parent's.
///
/// # Errors
/// INV-28.
pub fn links_are_two_sided(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let said: BTreeMap<&LinkId, &AppliedLink> =
        allocations(evidence).map(|(_, _, link)| (&link.link, link)).collect();
    let kept: Vec<_> = rows.links.values().filter(|link| link.kind == LinkKind::Allocation).collect();
    if kept.len() != said.len() {
        return broken("INV-28", format!("{} allocations kept, {} on record", kept.len(), said.len()));
    }
    for link in kept {
        let (Some(credit), Some(debit)) = (&link.credit, &link.debit) else {
            return broken("INV-28", format!("{} has one side only", link.link));
        };
        let parts = link.discount + link.tolerance + link.withholding;
        // Only an excess that is kept, a tolerance below zero, leaves a credit without reaching the debit.
        let sides = link.discount >= 0 && link.withholding >= 0;
        if debit.amount != credit.amount + parts || credit.amount < 0 || !sides || debit.amount <= 0 {
            return broken(
                "INV-28",
                format!("{}: {} left, {} reached", link.link, credit.amount, debit.amount),
            );
        }
        let told = said.get(&link.link).map(|told| (told.amount.minor(), told.settled_minor()));
        if told != Some((credit.amount, debit.amount)) {
            return broken("INV-28", format!("{} is on record as {told:?}", link.link));
        }
        let of = |item: &ItemId| rows.items.get(item);
        let (Some(from), Some(to)) = (of(&credit.item), of(&debit.item)) else {
            return broken("INV-28", format!("{} names an item that is not there", link.link));
        };
        if from.currency != to.currency || from.currency != link.currency {
            return broken("INV-28", format!("{} mixes {} and {}", link.link, from.currency, to.currency));
        }
        // A payer relation that has ended since was on record when the link was made.
        let ever_parent = evidence.records.iter().any(|record| match &record.event {
            Event::AccountChanged(e) => {
                e.account.id == to.account && e.account.profile.parent.as_ref() == Some(&from.account)
            }
            _ => false,
        });
        if from.account != to.account && !ever_parent {
            return broken("INV-28", format!("{} of {} settles {}", link.link, from.account, to.account));
        }
        if from.side != Side::Credit || to.side != Side::Debit {
            return broken("INV-28", format!("{} does not go from credit to debit", link.link));
        }
    }
    Ok(())
}

/// INV-29: an undo returns to each side exactly what its link took, and the item's discount and
/// credited figures are those of its live links alone.
///
/// # Errors
/// INV-29.
pub fn undo_is_the_inverse(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    for (position, event) in evidence.events() {
        let Event::SettlementUndone(e) = event else { continue };
        for undone in &e.links {
            let Some(link) = rows.links.get(&undone.link) else {
                return broken("INV-29", format!("{position} undoes {}, which is not there", undone.link));
            };
            let took = |side: &Option<ar_core::rows::LinkSide>| {
                side.as_ref().map(|side| (side.item.clone(), side.amount, side.base, side.revalued))
            };
            let gives = |side: &Option<ar_core::allocation::ClosedItem>| {
                let minor = |amount: Option<Amount>| amount.map(Amount::minor);
                side.as_ref().map(|c| {
                    (c.item.clone(), c.amount.minor(), minor(c.base), minor(c.revalued).unwrap_or(0))
                })
            };
            if (took(&link.credit), took(&link.debit)) != (gives(&undone.credit), gives(&undone.debit))
                || undone.discount.map_or(0, Amount::minor) != link.discount
                || undone.withholding.map_or(0, Amount::minor) != link.withholding
                || e.date < link.date
            {
                return broken("INV-29", format!("{position} undoes {link:?} as {undone:?} on {}", e.date));
            }
            if link.undone != Some((e.date, position)) {
                return broken("INV-29", format!("{} is not on record as undone by {position}", link.link));
            }
        }
    }
    for item in rows.items.values() {
        let live = || rows.taken(&item.item).filter(|(link, _)| link.undone.is_none());
        let discount: i64 = live().map(|(link, _)| link.discount).sum();
        let memos = live().filter(|(link, _)| link.memo && item.side == Side::Debit);
        let credited: i64 = memos.map(|(link, _)| link.credit.as_ref().map_or(0, |side| side.amount)).sum();
        let discount = if item.side == Side::Debit { discount } else { 0 };
        if (item.discount_taken, item.credited) != (discount, credited) {
            let kept = (item.discount_taken, item.credited);
            return broken(
                "INV-29",
                format!("{} keeps {kept:?}, its links give {:?}", item.item, (discount, credited)),
            );
        }
        let undoable = live().filter(|(link, _)| link.kind != LinkKind::Revaluation);
        if item.live_links as usize != undoable.count() {
            return broken("INV-29", format!("{} keeps {} live links", item.item, item.live_links));
        }
    }
    Ok(())
}

/// INV-34: refunds of a credit never exceed what was unapplied when they were asked for, on any date,
/// and each is paid or voided at most once.
///
/// # Errors
/// INV-34.
pub fn refunds_stay_within_credit(evidence: Evidence<'_>) -> Checked {
    let mut asked: BTreeMap<&ItemId, i64> = BTreeMap::new();
    let mut ended = BTreeSet::new();
    for (position, event) in evidence.events() {
        match event {
            Event::RefundRequested(e) => {
                let Some(item) = evidence.rows.items.get(&e.from.item) else {
                    return broken("INV-34", format!("{position} refunds an item that is not there"));
                };
                let live = evidence.rows.refunds.get(&e.refund);
                if live.is_some_and(|row| row.state != ar_core::payment::RefundState::Voided) {
                    *asked.entry(&item.item).or_default() += e.from.amount.minor();
                }
                let before = &evidence.records[..usize::try_from(position).unwrap_or(0)];
                let then = Evidence { records: before, ..evidence };
                let mut dates = evidence.rows.dates();
                dates.insert(e.date);
                for day in dates.into_iter().filter(|day| *day >= e.date) {
                    if open_by_events(then, item, day) < 0 {
                        return broken(
                            "INV-34",
                            format!("{position} refunds more than is unapplied on {day}"),
                        );
                    }
                }
            }
            Event::RefundEnded(e) if !ended.insert(&e.refund) => {
                return broken("INV-34", format!("{position} ends refund {} a second time", e.refund));
            }
            _ => {}
        }
    }
    for (item, minor) in asked {
        let original = evidence.rows.items.get(item).map_or(0, |item| item.original);
        if minor > original {
            return broken("INV-34", format!("{item} of {original} was refunded {minor}"));
        }
    }
    Ok(())
}

/// INV-35: a payment that was taken back settles nothing any more, none of its own items is open, and
/// what it had settled has its first due date; the bank's fee stands apart.
///
/// # Errors
/// INV-35.
pub fn returns_reinstate(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    for (position, event) in evidence.events() {
        let Event::PaymentReversed(e) = event else { continue };
        for item in rows.items.values().filter(|item| *item.item.document() == e.payment) {
            if item.side == Side::Credit && item.open != 0 {
                return broken("INV-35", format!("{position} leaves {} open on {}", item.open, item.item));
            }
            for (link, _) in rows.taken(&item.item) {
                let settles =
                    matches!(link.kind, LinkKind::Allocation | LinkKind::WriteOff | LinkKind::Recovery);
                if settles && item.side == Side::Credit && link.undone.is_none() {
                    return broken("INV-35", format!("{position} leaves {} in force", link.link));
                }
            }
        }
        let fee: i64 = e
            .posting
            .iter()
            .filter(|line| line.role == ar_core::journal::Role::BankFee)
            .map(|line| line.amount.minor())
            .sum();
        if fee != e.fee.map_or(0, Amount::minor) {
            return broken("INV-35", format!("{position} books a fee of {fee}"));
        }
        for owed in &e.owed {
            let item = rows.items.get(&owed.item);
            if item.is_none_or(|item| item.side != Side::Debit || item.kind != DocumentKind::Payment) {
                return broken("INV-35", format!("{} is not owed again", owed.item));
            }
        }
    }
    // Due dates are those of issue, whatever was settled and reopened since.
    for record in evidence.records {
        let Event::DocumentIssued(e) = &record.event else { continue };
        for (part, new) in (1..).zip(&e.items) {
            let item = rows.items.get(&ItemId::new(e.document.clone(), part));
            if item.is_some_and(|item| item.due != new.due) {
                return broken("INV-35", format!("{} part {part} was re-aged", e.document));
            }
        }
    }
    Ok(())
}
