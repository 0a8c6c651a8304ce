//! INV-38, INV-40, INV-48, INV-50, INV-53 and INV-62: periods, aging, whole commands, keys, versions,
//! attribution.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::book::{Periods, Setting};
use ar_core::document::Side;
use ar_core::period::{Close, SoftClose};
use ar_core::query::Buckets;
use ar_core::values::*;
use ar_core::{Event, Record};

use super::{Checked, Evidence, broken};

/// What is closed, told from the events one after the other.
struct Calendar {
    span: Periods,
    /// Every period with its soft close.
    periods: BTreeMap<PeriodId, (Date, Date, Option<SoftClose>)>,
    /// The last day that nobody posts on any more.
    shut: Option<Date>,
}

impl Calendar {
    fn note(&mut self, event: &Event) {
        match event {
            Event::BookOpened(e) => {
                for setting in &e.settings {
                    if let Setting::Periods(span) = setting {
                        self.span = *span;
                    }
                }
            }
            Event::BookConfigured(e) => {
                if let Setting::Periods(span) = &e.setting {
                    self.span = *span;
                }
            }
            Event::PeriodDefined(e) => {
                self.periods.insert(e.period.clone(), (e.start, e.end, None));
            }
            Event::PeriodClosed(e) => match &e.close {
                Close::Soft(soft) => {
                    self.periods.insert(e.period.clone(), (e.start, e.end, Some(soft.clone())));
                }
                Close::Hard => self.shut = self.shut.max(Some(e.end)),
            },
            Event::PeriodReopened(e) => {
                if self.shut.is_some_and(|last| e.start <= last) {
                    self.shut = e.start.add_days(-1).ok();
                }
                self.periods.insert(e.period.clone(), (e.start, e.end, None));
            }
            _ => {}
        }
    }

    /// What is wrong with a posting, where something is.
    fn offence(&self, record: &Record, warned: bool) -> Option<String> {
        let (day, ..) = record.event.posting()?;
        if day < self.span.open_from || day > self.span.open_to {
            return Some(format!("{day} is outside of {:?}", self.span));
        }
        if self.shut.is_some_and(|last| day <= last) {
            return Some(format!("{day} is closed for everybody through {:?}", self.shut));
        }
        let inside = |(start, end, _): &&(Date, Date, Option<SoftClose>)| *start <= day && day <= *end;
        let (_, _, soft) = self.periods.values().find(inside)?;
        let soft = soft.as_ref().filter(|soft| soft.closes(record.event.area()))?;
        match (soft.admit.contains(&record.actor), warned) {
            (true, true) => None,
            (true, false) => Some(format!("an exception on {day} that is not on record")),
            (false, _) => Some(format!("{} is not admitted on {day}", record.actor)),
        }
    }
}

/// INV-38: no posting is dated in a period that was closed when it was recorded, unless it was closed
/// softly, admitted its actor, and the exception is on record.
///
/// # Errors
/// INV-38.
pub fn nothing_is_posted_into_closed_periods(evidence: Evidence<'_>) -> Checked {
    let mut calendar = Calendar { span: Periods::all(), periods: BTreeMap::new(), shut: None };
    let mut warned = false;
    for (place, record) in evidence.records.iter().enumerate() {
        if record.part.0 == 1 {
            warned = record.warnings.iter().any(|warning| warning.code == "period.exception");
        }
        if let Some(offence) = calendar.offence(record, warned) {
            return broken("INV-38", format!("{} {}: {offence}", place + 1, record.event.name()));
        }
        calendar.note(&record.event);
    }
    Ok(())
}

/// INV-40: every open debit lies in exactly one bucket on every date touched and the day before and
/// after each bucket edge; the buckets sum to what is open.
///
/// # Errors
/// INV-40.
pub fn aging_is_a_partition(evidence: Evidence<'_>) -> Checked {
    partition(evidence, &|days| {
        let buckets = Buckets::default();
        (0..buckets.count()).filter(|n| buckets.of(days) == *n).collect()
    })
}

/// INV-40 under any rule that says into which buckets a number of days falls.
///
/// # Errors
/// INV-40.
pub fn partition(evidence: Evidence<'_>, buckets_of: &dyn Fn(i32) -> Vec<usize>) -> Checked {
    let rows = evidence.rows;
    for day in rows.dates() {
        let (mut open, mut bucketed) = (0_i128, 0_i128);
        for item in rows.items.values().filter(|item| item.side == Side::Debit) {
            let minor = i128::from(rows.open_on(item, day).0);
            open += minor;
            bucketed += minor * buckets_of(item.due.days_until(day)).len() as i128;
        }
        if open != bucketed {
            return broken("INV-40", format!("on {day} {open} is open and {bucketed} lies in buckets"));
        }
    }
    for edge in [0, 1, 29, 30, 31, 60, 61, 90, 91, 10_000, -10_000] {
        let found = buckets_of(edge);
        if found.len() != 1 {
            return broken("INV-40", format!("{edge} days lie in {found:?}"));
        }
    }
    Ok(())
}

/// INV-48: a key has one effect: its events stand together, under one digest.
///
/// # Errors
/// INV-48.
pub fn keys_are_used_once(evidence: Evidence<'_>) -> Checked {
    let mut seen: BTreeMap<&CommandId, usize> = BTreeMap::new();
    for (place, record) in evidence.records.iter().enumerate() {
        if record.part.0 == 1
            && let Some(first) = seen.insert(&record.command, place)
        {
            return broken("INV-48", format!("{} took effect at {first} and {place}", record.command));
        }
    }
    let known: BTreeSet<&CommandId> = evidence.rows.keys.keys().collect();
    let used: BTreeSet<&CommandId> = seen.into_keys().collect();
    if known != used {
        return broken("INV-48", format!("keys {known:?} are kept and {used:?} were used"));
    }
    Ok(())
}

/// INV-50: every command's events are all there, side by side.
///
/// # Errors
/// INV-50.
pub fn commands_are_whole(evidence: Evidence<'_>) -> Checked {
    let mut rest = evidence.records;
    while let Some(first) = rest.first() {
        let count = usize::from(first.part.1);
        let whole = rest.len() >= count
            && (1..).zip(&rest[..count]).all(|(n, record)| {
                record.part == (n, first.part.1)
                    && record.command == first.command
                    && record.digest == first.digest
            });
        if !whole || count == 0 {
            return broken("INV-50", format!("{} is there in part: {:?}", first.command, first.part));
        }
        rest = &rest[count..];
    }
    Ok(())
}

/// INV-53: every change of an account counts its version up by one, from 1.
///
/// # Errors
/// INV-53.
pub fn versions_grow_by_one(evidence: Evidence<'_>) -> Checked {
    let mut versions: BTreeMap<&AccountId, u32> = BTreeMap::new();
    for (position, event) in evidence.events() {
        let Event::AccountChanged(e) = event else { continue };
        let before = versions.insert(&e.account.id, e.account.version).unwrap_or(0);
        // Being named as a parent changes nothing that is agreed with the account.
        let step = u32::from(e.change != ar_core::account::AccountChange::Grouped);
        if e.account.version != before + step {
            let detail = format!("{position}: {} goes from {before} to {}", e.account.id, e.account.version);
            return broken("INV-53", detail);
        }
    }
    Ok(())
}

/// INV-62: every record names its book, key, actor and time, and a reason where one is asked for.
///
/// # Errors
/// INV-62.
pub fn records_are_attributed(evidence: Evidence<'_>) -> Checked {
    for (place, record) in evidence.records.iter().enumerate() {
        let reasoned = match &record.event {
            Event::SettlementUndone(e) => !e.reason.as_str().is_empty(),
            Event::PaymentReversed(e) => !e.reason.as_str().is_empty(),
            Event::PeriodReopened(e) => !e.reason.as_str().is_empty(),
            Event::DocumentIssued(e) => {
                e.kind == ar_core::document::DocumentKind::Invoice
                    || e.reason.is_some()
                    // What an assessment issues is explained by the assessment before it.
                    || record.part.0 > 1
            }
            Event::AccountChanged(e) => {
                use ar_core::account::AccountChange::{Held, Limited, Released, Reopened};
                let asked = matches!(e.change, Limited | Released | Reopened);
                let held = e.change == Held && e.account.hold.is_none();
                !held && (!asked || e.reason.is_some())
            }
            _ => true,
        };
        let named = !record.actor.as_str().is_empty()
            && !record.command.as_str().is_empty()
            && record.book.as_str() == crate::world::BOOK;
        if !named || !reasoned {
            return broken("INV-62", format!("record {}: {record:?}", place + 1));
        }
    }
    Ok(())
}
