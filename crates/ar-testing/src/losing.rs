//! Loss rates by hand: every debt looked at on every morning on which anything may have changed, straight
//! from rows and events (INV-47).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use ar_core::Event;
use ar_core::allocation::LinkKind;
use ar_core::document::{DocumentKind, Side};
use ar_core::query::{AsOf, Basis, Buckets, LossRatesBy, QueryError, View, loss_rates};
use ar_core::rows::{ItemRow, LinkRow};
use ar_core::values::*;

use crate::checks::{Checked, broken};
use crate::model::SUSPENSE;
use crate::rows::Rows;
use crate::subject::Subject;
use crate::world::{RELIEF, day, id};

/// The histories that every story is asked for: all losses by days overdue, and some by the due date
/// agreed last.
#[must_use]
pub fn asked() -> [LossRatesBy; 2] {
    let all = LossRatesBy {
        buckets: Buckets::new(&[7, 30]).expect("ascending"),
        ..LossRatesBy::cohort(day(3), day(30))
    };
    let some = LossRatesBy {
        basis: Basis::AgreedDue,
        left_out: BTreeSet::from([id(RELIEF)]),
        ..LossRatesBy { from: day(0), ..all.clone() }
    };
    [all, some]
}

/// A history by the library's own query, in words; `None` where a total goes beyond what an amount can be.
pub(crate) fn told<V: View>(view: &V, as_of: AsOf, by: &LossRatesBy) -> Option<BTreeMap<String, String>>
where
    V::Error: Debug,
{
    let found = match loss_rates(view, as_of, by) {
        Ok(found) => found,
        Err(QueryError::OutOfRange(_)) => return None,
        Err(other) => panic!("a query fails: {other:?}"),
    };
    let mut words = BTreeMap::new();
    for of in found.currencies {
        let counts = [of.debts, of.brought_forward, of.voided, of.open_debts];
        words.insert(of.currency.to_string(), format!("{counts:?} {} {}", of.open.minor(), of.run_off));
        for row in of.buckets {
            let minors =
                [row.reached, row.given_up, row.tax, row.recovered, row.lost, row.open].map(Amount::minor);
            let none = if row.nothing_reached { " nothing" } else { "" };
            words.insert(
                format!("{} {}", of.currency, row.bucket),
                format!("{} {minors:?} {}{none}", row.debts, row.percent),
            );
        }
    }
    Some(words)
}

/// What a subject tells of losses, on some days and once as it was known halfway, against [`history`].
///
/// # Errors
/// INV-47.
pub fn compare(subject: &dyn Subject, rows: &Rows, known: u64) -> Checked {
    let dates: Vec<Date> = rows.dates().into_iter().collect();
    let half = known / 2;
    let records = rows.records.iter().take(usize::try_from(half).unwrap_or(usize::MAX));
    let earlier = Rows::of(&records.cloned().collect::<Vec<_>>());
    let mut days: Vec<(Date, u64, &Rows)> = Vec::new();
    days.extend(dates.iter().step_by(dates.len() / 3 + 1).map(|day| (*day, known, rows)));
    days.extend(dates.last().map(|day| (*day, half, &earlier)));
    days.extend(dates.last().and_then(|day| day.add_days(40).ok()).map(|day| (day, known, rows)));
    for by in asked() {
        for (day, known, rows) in &days {
            let Some(told) = subject.history(&by, *day, *known) else { continue };
            let expected = history(rows, &by, *day);
            if told != expected {
                let name = subject.name();
                return broken(
                    "INV-47",
                    format!("on {day} {name} tells losses {told:?}, expected {expected:?}"),
                );
            }
        }
    }
    Ok(())
}

/// A debt: items that became one another.
type Debt<'a> = Vec<&'a ItemRow>;

/// Sums of one bucket: debts, reached, given up, tax, recovered, open.
type Sums = [i128; 6];

/// A history by hand, in the same words.
#[must_use]
pub fn history(rows: &Rows, by: &LossRatesBy, today: Date) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<Currency, ([u64; 4], i128)> = BTreeMap::new();
    let mut sums: BTreeMap<(Currency, usize), Sums> = BTreeMap::new();
    let asked = |item: &ItemRow| by.from <= item.document_date && item.document_date <= by.to;
    for item in rows.items.values().filter(|item| is_debit(item, today) && is_void(rows, item, today)) {
        counts.entry(item.currency).or_default().0[2] += u64::from(asked(item));
    }
    for debt in debts(rows, today) {
        let first = debt.iter().min_by_key(|item| (item.document_date, item.position, &item.item));
        let Some(first) = first.filter(|first| asked(first)) else { continue };
        let open: i128 = debt.iter().map(|item| i128::from(rows.open_on(item, today).0)).sum();
        let (count, sum) = counts.entry(first.currency).or_default();
        count[0] += 1;
        count[3] += u64::from(open > 0);
        *sum += open;
        for bucket in 0..by.buckets.edges().len() + 2 {
            let lower = lower(by, bucket);
            let now = flow(rows, &debt, lower, by, today);
            for (sum, more) in sums.entry((first.currency, bucket)).or_default().iter_mut().zip(now) {
                *sum += more;
            }
        }
    }
    counts.retain(|_, (count, _)| count[0] + count[2] > 0);
    let mut words = BTreeMap::new();
    for (currency, (count, open)) in counts {
        words.insert(currency.to_string(), format!("{count:?} {open} {}", open == 0 && by.to <= today));
        for bucket in 0..by.buckets.edges().len() + 2 {
            let [debts, reached, given_up, tax, recovered, open] =
                sums.get(&(currency, bucket)).copied().unwrap_or_default();
            let lost = given_up - tax - recovered;
            let minors = [reached, given_up, tax, recovered, lost, open];
            let none = if reached == 0 { " nothing" } else { "" };
            let percent = percent(lost, reached);
            words.insert(
                format!("{currency} {}", label(by, bucket)),
                format!("{debts} {minors:?} {percent}{none}"),
            );
        }
    }
    words
}

/// The first age in a bucket; none in the first.
fn lower(by: &LossRatesBy, bucket: usize) -> Option<i32> {
    match bucket {
        0 => None,
        1 => Some(1),
        more => Some(i32::from(by.buckets.edges()[more - 2]) + 1),
    }
}

fn label(by: &LossRatesBy, bucket: usize) -> String {
    match (lower(by, bucket), by.buckets.edges().get(bucket.wrapping_sub(1))) {
        (None, _) => "current".to_owned(),
        (Some(from), Some(to)) => format!("{from}-{to}"),
        (Some(from), None) => format!("{from}+"),
    }
}

/// 100 × lost / reached with 12 decimals, half up.
fn percent(lost: i128, reached: i128) -> String {
    if reached == 0 {
        return "0".to_owned();
    }
    let parts = lost.clamp(0, reached) * 100_000_000_000_000;
    let whole = (2 * parts + reached) / (2 * reached);
    let text = format!("{}.{:012}", whole / 1_000_000_000_000, whole % 1_000_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn is_debit(item: &ItemRow, today: Date) -> bool {
    item.side == Side::Debit && item.date <= today && item.account.as_str() != SUSPENSE
}

fn is_void(rows: &Rows, item: &ItemRow, today: Date) -> bool {
    rows.taken(&item.item).any(|(link, _)| link.kind == LinkKind::Void && link.date <= today)
}

/// Every debt of customers that was not voided, by the events that made one of another.
fn debts(rows: &Rows, today: Date) -> Vec<Debt<'_>> {
    let items = rows.items.values().filter(|item| is_debit(item, today) && !is_void(rows, item, today));
    let mut debts: Vec<Debt<'_>> = items.map(|item| vec![item]).collect();
    for record in &rows.records {
        let Event::DebitMoved(moved) = &record.event else { continue };
        if moved.date > today {
            continue;
        }
        let mine = |item: &&ItemRow| {
            *item.item.document() == moved.document || moved.from.iter().any(|from| from.item == item.item)
        };
        let (one, rest): (Vec<_>, Vec<_>) = debts.into_iter().partition(|debt| debt.iter().any(mine));
        debts = rest;
        debts.push(one.into_iter().flatten().collect());
    }
    debts.retain(|debt| !debt.is_empty());
    debts
}

/// When an item enters a bucket; before every day when the bucket has no first.
fn enters(item: &ItemRow, lower: Option<i32>, by: &LossRatesBy) -> Option<Date> {
    let base = match by.basis {
        Basis::Due => item.aged_from.unwrap_or(item.due),
        Basis::AgreedDue => item.due,
        Basis::Document => item.document_date,
        Basis::Accounting => item.date,
    };
    match lower {
        None => Some(Date::MIN),
        Some(days) => base.add_days(days).ok(),
    }
}

fn flow(rows: &Rows, debt: &Debt<'_>, lower: Option<i32>, by: &LossRatesBy, today: Date) -> Sums {
    let there = |item: &ItemRow, on: Date| enters(item, lower, by).is_some_and(|day| day <= on);
    // Mornings on which anything may be otherwise than on the one before.
    let mut mornings: BTreeSet<Date> = debt.iter().filter_map(|item| enters(item, lower, by)).collect();
    for date in rows.dates() {
        mornings.insert(date);
        mornings.extend(date.add_days(1).ok());
    }
    let on_morning = |on: Date| -> i128 {
        let before = on.add_days(-1).unwrap_or(Date::MIN);
        let unpaid = |item: &&ItemRow| {
            let made = match item.date == on && !became(item.kind) {
                true => item.original,
                false => rows.open_on(item, before).0,
            };
            i128::from(made) + lost_in(rows, item, lower, by, before).map(|(minor, ..)| minor).sum::<i128>()
        };
        debt.iter().filter(|item| there(item, on)).map(unpaid).sum()
    };
    let most = mornings.into_iter().filter(|on| *on <= today).map(on_morning).max().unwrap_or(0);
    let last: Vec<&&ItemRow> = debt.iter().filter(|item| there(item, today)).collect();
    let open: i128 = last.iter().map(|item| i128::from(rows.open_on(item, today).0)).sum();
    let lost: Vec<_> = last.iter().flat_map(|item| lost_in(rows, item, lower, by, today)).collect();
    let sum = |pick: fn(&(i128, i128, i128)) -> i128| lost.iter().map(pick).sum::<i128>();
    let given_up = sum(|(minor, ..)| *minor);
    let reached = most.max(open + given_up);
    [i128::from(reached > 0), reached, given_up, sum(|(_, tax, _)| *tax), sum(|(.., back)| *back), open]
}

/// What of an item was given up in a bucket or beyond and is on a day: amount, tax in it, what came in.
fn lost_in<'a>(
    rows: &'a Rows,
    item: &'a ItemRow,
    lower: Option<i32>,
    by: &'a LossRatesBy,
    on: Date,
) -> impl Iterator<Item = (i128, i128, i128)> + 'a {
    let in_force = move |link: &LinkRow| link.date <= on && link.undone.is_none_or(|(day, _)| day > on);
    let tax = |link: &LinkRow| {
        let taxes = link.bad_debt.iter().flat_map(|bad_debt| &bad_debt.taxes);
        taxes.map(|tax| i128::from(tax.tax.minor())).sum::<i128>()
    };
    rows.taken(&item.item)
        .filter(move |(link, _)| link.kind == LinkKind::WriteOff && in_force(link))
        .filter(move |(link, _)| enters(item, lower, by).is_some_and(|day| day <= link.date))
        .filter(|(link, _)| link.bad_debt.as_ref().is_none_or(|b| !by.left_out.contains(&b.reason)))
        .map(move |(link, side)| {
            let of = |row: &&LinkRow| {
                row.kind == LinkKind::Recovery
                    && in_force(row)
                    && row.bad_debt.as_ref().is_some_and(|b| b.write_off.as_ref() == Some(&link.link))
            };
            let back: Vec<&LinkRow> = rows.links.values().filter(of).collect();
            let came: i128 =
                back.iter().filter_map(|row| row.credit.as_ref()).map(|c| i128::from(c.amount)).sum();
            let given_back: i128 = back.iter().map(|row| tax(row)).sum();
            (i128::from(side.amount), tax(link) - given_back, came)
        })
}

const fn became(kind: DocumentKind) -> bool {
    matches!(kind, DocumentKind::Transfer | DocumentKind::Chargeback | DocumentKind::Plan)
}
