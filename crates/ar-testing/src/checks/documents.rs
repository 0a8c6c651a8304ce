//! INV-18 to INV-24: numbers, frozen content, status, bounds of credit memos, due dates.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::Event;
use ar_core::document::{DocumentIssued, DocumentKind};
use ar_core::values::*;

use super::{Checked, Evidence, broken, open_by_events};

/// The counter of a number that came from a series, or nothing.
fn counted(e: &DocumentIssued) -> Option<(SeriesId, i32, u32)> {
    e.series.as_ref().map(|row| (row.series.clone(), row.year, row.last))
}

fn issued<'a>(evidence: Evidence<'a>) -> impl Iterator<Item = &'a DocumentIssued> {
    evidence.events().filter_map(|(_, event)| match event {
        Event::DocumentIssued(e) => Some(&**e),
        _ => None,
    })
}

/// INV-18: a number is issued once, also after its document was voided.
///
/// # Errors
/// INV-18.
pub fn numbers_are_unique(evidence: Evidence<'_>) -> Checked {
    let mut seen = BTreeSet::new();
    let mut counters = BTreeSet::new();
    for e in issued(evidence) {
        if !seen.insert(&e.document) {
            return broken("INV-18", format!("{} was issued twice", e.document));
        }
        if let Some(counter) = counted(e)
            && !counters.insert(counter)
        {
            return broken("INV-18", format!("{} takes a counter that was taken", e.document));
        }
    }
    Ok(())
}

/// INV-19: in every series the numbers issued are 1 to n, in order.
///
/// # Errors
/// INV-19.
pub fn numbers_are_gapless(evidence: Evidence<'_>) -> Checked {
    let mut last: BTreeMap<(SeriesId, i32), u32> = BTreeMap::new();
    for e in issued(evidence) {
        let Some((series, year, n)) = counted(e) else { continue };
        let expected = last.get(&(series.clone(), year)).map_or(1, |n| n + 1);
        if n != expected || !e.document.as_str().ends_with(&format!("{n:05}")) {
            return broken("INV-19", format!("{} takes {n} of {series} after {}", e.document, expected - 1));
        }
        last.insert((series, year), n);
    }
    for ((series, year), row) in &evidence.rows.series {
        if last.get(&(series.clone(), *year)) != Some(&row.last) {
            return broken("INV-19", format!("{series} counts {} and issued {last:?}", row.last));
        }
    }
    Ok(())
}

/// INV-20: within a chronological series, numbers and document dates run the same way.
///
/// # Errors
/// INV-20.
pub fn series_are_chronological(evidence: Evidence<'_>) -> Checked {
    let mut last: BTreeMap<(SeriesId, i32), Date> = BTreeMap::new();
    for e in issued(evidence) {
        let Some((series, year, _)) = counted(e) else { continue };
        if let Some(before) = last.insert((series.clone(), year), e.document_date)
            && before > e.document_date
        {
            return broken("INV-20", format!("{} of {series} is dated after {before}", e.document));
        }
    }
    Ok(())
}

/// INV-21: what the row of a document says of it is what its event said at issue; only what may come
/// later (delivery, void, further items, the owner of identified cash) differs.
///
/// # Errors
/// INV-21.
pub fn content_stays_frozen(evidence: Evidence<'_>) -> Checked {
    for e in issued(evidence) {
        let Some(row) = evidence.rows.documents.get(&e.document) else {
            return broken("INV-21", format!("{} is gone", e.document));
        };
        let frozen = (row.total, row.currency, row.document_date, row.date, &row.account, &row.reference);
        let said = (e.content.total.minor(), e.currency, e.document_date, e.date, &e.account, &e.invoice);
        if frozen != said || row.text_reference != e.po_number || row.attributes != e.attributes {
            return broken("INV-21", format!("{}: issued as {said:?}, now {frozen:?}", e.document));
        }
        for (part, new) in (1..).zip(&e.items) {
            let item = evidence.rows.items.get(&ItemId::new(e.document.clone(), part));
            let same = item.is_some_and(|item| {
                (item.due, item.original) == (new.due, new.amount.minor()) && item.discounts == new.discounts
            });
            if !same {
                return broken("INV-21", format!("instalment {part} of {} changed", e.document));
            }
        }
    }
    Ok(())
}

/// What an item's figures say about it. Nothing stores this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Open,
    PartPaid,
    Paid,
}

/// INV-22: every item is exactly one of open, part-paid and paid, by its figures alone, and the
/// figures are those that the events give.
///
/// # Errors
/// INV-22.
pub fn status_is_derived(evidence: Evidence<'_>) -> Checked {
    let status = |open: i64, original: i64| match (open, original) {
        (0, _) => Some(Status::Paid),
        (open, original) if open == original => Some(Status::Open),
        (open, original) if 0 < open && open < original => Some(Status::PartPaid),
        _ => None,
    };
    for item in evidence.rows.items.values() {
        let kept = status(item.open, item.original);
        let told = status(open_by_events(evidence, item, Date::MAX), item.original);
        if kept.is_none() || kept != told {
            return broken("INV-22", format!("{} is {kept:?} by its row, {told:?} by events", item.item));
        }
    }
    Ok(())
}

/// INV-23: credit memos that refer to an invoice never exceed it and the debit memos that refer to
/// it, in total and by tax group.
///
/// # Errors
/// INV-23.
pub fn credits_stay_within_invoices(evidence: Evidence<'_>) -> Checked {
    type Groups = BTreeMap<String, i128>;
    let voided: BTreeSet<&DocumentId> = evidence
        .events()
        .filter_map(|(_, event)| match event {
            Event::DocumentVoided(e) => Some(&e.document),
            _ => None,
        })
        .collect();
    let mut left: BTreeMap<&DocumentId, Groups> = BTreeMap::new();
    for e in issued(evidence) {
        let (key, sign) = match (e.kind, &e.invoice) {
            (DocumentKind::Invoice, _) => (&e.document, 1),
            (DocumentKind::DebitMemo, Some(invoice)) => (invoice, 1),
            (DocumentKind::CreditMemo, Some(invoice)) => (invoice, -1),
            _ => continue,
        };
        if voided.contains(&e.document) {
            continue;
        }
        let groups = left.entry(key).or_default();
        *groups.entry("total".to_owned()).or_default() += sign * i128::from(e.content.total.minor());
        for group in &e.content.taxes {
            let tax = groups.entry(format!("tax {}", group.code)).or_default();
            *tax += sign * i128::from(group.tax.minor());
        }
    }
    for (invoice, groups) in left {
        // A group of deductions is itself negative: it bounds what is taken back the other way.
        let whole = issued(evidence).find(|e| e.document == *invoice).map(|e| &e.content);
        for (group, minor) in groups {
            let positive = group == "total"
                || whole.is_none_or(|c| {
                    c.taxes.iter().any(|t| format!("tax {}", t.code) == group && t.tax.minor() >= 0)
                });
            if positive && minor < 0 {
                return broken("INV-23", format!("{invoice} was credited {} too much in {group}", -minor));
            }
        }
    }
    Ok(())
}

/// INV-24: instalments sum to the total, none is negative, none is due before the document date
/// without a reason.
///
/// # Errors
/// INV-24.
pub fn due_dates_and_parts_fit(evidence: Evidence<'_>) -> Checked {
    for e in issued(evidence) {
        let sum: i64 = e.items.iter().map(|item| item.amount.minor()).sum();
        if sum != e.content.total.minor() || e.items.iter().any(|item| item.amount.minor() < 0) {
            return broken("INV-24", format!("the instalments of {} are {:?}", e.document, e.items));
        }
        if e.due_reason.is_none() && e.items.iter().any(|item| item.due < e.document_date) {
            return broken("INV-24", format!("{} is due before {}", e.document, e.document_date));
        }
    }
    Ok(())
}
