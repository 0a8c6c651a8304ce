//! Promises and plans called in: steps that are drawn, acts, and the commands they become.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::agreement::{AcceleratePlan, Agreed, AgreementId, PromiseToPay, WithdrawPromise};
use ar_core::allocation::LinkKind;
use ar_core::command::Command;
use ar_core::rows::{AgreementRow, ItemRow, LinkRow};
use ar_core::values::*;
use proptest::prelude::*;

use crate::act::{Act, Schedule};
use crate::checks::{Checked, broken};
use crate::model::{Item, Kind, Model};
use crate::resolve::{pick, sized};
use crate::rows::Rows;
use crate::steps::{Size, Step, sizes};
use crate::world::{REASON, day, id, money};

/// A step about agreements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreeing {
    /// A promise on an item.
    Promise {
        /// Which item.
        item: u8,
        /// How much.
        size: Size,
        /// On which day.
        day: u8,
        /// How many days later it is to be paid; 0 may be before the promise.
        after: u8,
        /// Whether the id of the first promise is used again.
        same_id: bool,
    },
    /// A promise is withdrawn.
    Withdraw {
        /// Which.
        promise: u8,
        /// On which day.
        day: u8,
    },
    /// A plan is called in.
    Accelerate {
        /// Which.
        plan: u8,
        /// On which day.
        day: u8,
    },
}

/// What somebody does about agreements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agree {
    /// Records a promise.
    Promise {
        /// Its id.
        promise: PromiseId,
        /// The item.
        item: ItemId,
        /// How much; all that is open when absent.
        amount: Option<Money>,
        /// When it was made.
        date: Date,
        /// The last day on which paying keeps it.
        by: Date,
    },
    /// Withdraws a promise.
    Withdraw {
        /// Its id.
        promise: PromiseId,
        /// From when on.
        date: Date,
    },
    /// Calls a plan in.
    Accelerate {
        /// The plan.
        plan: DocumentId,
        /// What it becomes.
        document: DocumentId,
        /// When.
        date: Date,
    },
}

/// Steps about agreements, promises mostly.
pub fn steps() -> impl Strategy<Value = Agreeing> {
    let days = || 0..60_u8;
    prop_oneof![
        4 => (0..12_u8, sizes(), days(), 0..30_u8, proptest::bool::weighted(0.1)).prop_map(
            |(item, size, day, after, same_id)| Agreeing::Promise { item, size, day, after, same_id }
        ),
        1 => (0..4_u8, days()).prop_map(|(promise, day)| Agreeing::Withdraw { promise, day }),
        3 => (0..3_u8, 20..160_u8).prop_map(|(plan, day)| Agreeing::Accelerate { plan, day }),
    ]
}

/// The act of a step, the `n`th of its story.
pub(crate) fn resolve(step: &Agreeing, model: &Model, n: usize) -> Option<Act> {
    Some(Act::Agree(match *step {
        Agreeing::Promise { item, size, day: on, after, same_id } => {
            let debits: Vec<_> = model.items.iter().filter(|item| item.debit).collect();
            // Now and then a credit, which cannot be promised to be paid.
            let item = if after == 7 { pick(&model.items, item)? } else { pick(&debits, item).copied()? };
            let open = model.open_in_the_end(item);
            let on = i32::from(on);
            let first = model.promises.first().filter(|_| same_id).map(|promise| promise.id.clone());
            Agree::Promise {
                promise: first.unwrap_or_else(|| id(&format!("PR-{n}"))),
                item: item.id.clone(),
                amount: sized(size, open, open, item.currency),
                date: day(on),
                by: day(on + i32::from(after) - 1),
            }
        }
        Agreeing::Withdraw { promise, day: on } => {
            Agree::Withdraw { promise: pick(&model.promises, promise)?.id.clone(), date: day(on.into()) }
        }
        Agreeing::Accelerate { plan, day: on } => {
            let plans: Vec<_> = model.documents.iter().filter(|d| d.kind == Kind::Plan).collect();
            // Now and then what is no plan.
            let plan =
                if on % 16 == 7 { pick(&model.documents, plan)? } else { pick(&plans, plan).copied()? };
            Agree::Accelerate {
                plan: plan.id.clone(),
                document: id(&format!("AC-{n}")),
                date: day(on.into()),
            }
        }
    }))
}

/// The plan that a step makes, the `n`th of its story.
pub(crate) fn plan(step: &Step, model: &Model, n: usize) -> Option<Act> {
    let Step::Plan { items, day: on, start, months, count, by_amount } = step.clone() else { return None };
    let first = pick(&model.items, *items.first()?)?;
    let mine: Vec<&Item> = model.items.iter().filter(|i| i.debit && i.account == first.account).collect();
    let named = items.iter().map(|place| match place {
        // Mostly of one account.
        9.. => pick(&model.items, *place).map(|item| item.id.clone()),
        _ => pick(&mine, *place).map(|item| item.id.clone()),
    });
    let items: Vec<ItemId> = named.collect::<Option<_>>()?;
    let open: i64 = mine.iter().map(|item| model.open_in_the_end(item)).sum();
    // In the currency of the debts: the amount of an instalment names none.
    let currency = items.first().and_then(|id| model.item(id)).map_or(first.currency, |i| i.currency);
    let each = money(open / (i64::from(count) + 1), currency);
    let schedule = Schedule {
        start: day(start.max(on).into()),
        months: months.into(),
        each: by_amount.then_some(each),
        count: count.into(),
        default_after: (count % 3 != 0).then_some(u16::from(months) * 3),
    };
    Some(Act::Plan { plan: id(&format!("PL-{n}")), items, date: day(on.into()), schedule })
}

/// The command of an act.
pub(crate) fn command(act: &Agree) -> Command {
    match act.clone() {
        Agree::Promise { promise, item, amount, date, by } => {
            let amount = amount.map(Money::amount);
            Command::PromiseToPay(PromiseToPay { promise, item, amount, date, by, note: None })
        }
        Agree::Withdraw { promise, date } => {
            let reason = Text::parse("paid otherwise").expect("a text");
            Command::WithdrawPromise(WithdrawPromise { promise, date, reason })
        }
        Agree::Accelerate { plan, document, date } => {
            Command::AcceleratePlan(AcceleratePlan { plan, document, date, reason: id(REASON) })
        }
    }
}

/// How promises and plans stand on a day, from rows, by looking at every day on which anything happens.
pub(crate) fn standing(rows: &Rows, day: Date) -> BTreeMap<String, String> {
    let made = rows.agreements.values().filter(|row| row.date <= day);
    made.map(|row| match (&row.id, &row.agreed) {
        (AgreementId::Promise(id), _) => (format!("promise {id}"), promise_standing(rows, row, day)),
        (AgreementId::Plan(id), Agreed::Instalments { default_after }) => {
            (format!("plan {id}"), plan_standing(rows, row, id, *default_after, day))
        }
        (AgreementId::Plan(id), Agreed::Pay { .. }) => (format!("plan {id}"), "is a promise".to_owned()),
    })
    .collect()
}

/// The minor units of an item that were settled by credits on each day and still are, each given to the
/// promise that is due first.
fn promise_standing(rows: &Rows, row: &AgreementRow, day: Date) -> String {
    let Agreed::Pay { item, minor, by } = &row.agreed else { return "is a plan".to_owned() };
    let mut rivals: Vec<(Date, AgreementId, Date, i64, Option<Date>)> = Vec::new();
    for other in rows.agreements.values().filter(|other| other.date <= day) {
        if let Agreed::Pay { item: of, minor, by } = &other.agreed
            && of == item
        {
            let ended = other.ended.map(|(date, _)| date).filter(|date| *date <= day);
            rivals.push((*by, other.id.clone(), other.date, *minor, ended));
        }
    }
    rivals.sort();
    let mut paid = 0;
    for on in rows.links.values().map(|link| link.date).filter(|on| *on <= day).collect::<BTreeSet<Date>>() {
        let stands = |link: &&LinkRow| {
            link.kind == LinkKind::Allocation
                && link.date == on
                && link.debit.as_ref().is_some_and(|side| side.item == *item)
                && link.undone.is_none_or(|(date, _)| date > day)
        };
        let mut settled: i64 =
            rows.links.values().filter(stands).filter_map(|link| Some(link.debit.as_ref()?.amount)).sum();
        for (by, id, from, minor, ended) in &mut rivals {
            let holds = *from <= on && on <= *by && ended.is_none_or(|ended| on < ended);
            let takes = if holds { (*minor).min(settled) } else { 0 };
            *minor -= takes;
            settled -= takes;
            paid += if *id == row.id { takes } else { 0 };
        }
    }
    let ended = row.ended.is_some_and(|(date, _)| date <= day);
    let state = match (ended, paid >= *minor, day > *by) {
        (true, ..) => "Withdrawn",
        (_, true, _) => "Kept",
        (_, _, true) => "Broken",
        _ => "Open",
    };
    format!("{state} {paid}")
}

/// A plan on every day since it was made: in default while an instalment is open too late.
fn plan_standing(
    rows: &Rows,
    row: &AgreementRow,
    plan: &DocumentId,
    default_after: Option<u16>,
    day: Date,
) -> String {
    let items: Vec<_> = rows.items.values().filter(|item| item.item.document() == plan).collect();
    let bad = |on: Date| {
        let days = default_after.map(i32::from);
        let late = |item: &&&ItemRow| days.is_some_and(|days| item.due.days_until(on) > days);
        items.iter().filter(late).any(|item| rows.open_on(item, on).0 > 0)
    };
    // Nothing changes between the days on which something happens or becomes too late.
    let mut days: BTreeSet<Date> = BTreeSet::from([row.date]);
    for item in &items {
        let too_late = default_after.and_then(|days| item.due.add_days(i32::from(days) + 1).ok());
        days.extend(too_late);
    }
    for link in rows.links.values() {
        days.insert(link.date);
        days.extend(link.undone.map(|(date, _)| date));
    }
    let days: Vec<Date> = days.into_iter().filter(|on| row.date <= *on && *on <= day).collect();
    let first = days.iter().find(|on| bad(**on)).copied();
    let last = days.iter().rposition(|on| bad(*on));
    let after = last.and_then(|last| days.get(last + 1)).copied();
    let open: i64 = items.iter().map(|item| rows.open_on(item, day).0).sum();
    let late = items.iter().filter(|item| item.due < day);
    let overdue: i64 = late.map(|item| rows.open_on(item, day).0).sum();
    let moved = |link: &LinkRow| {
        let from = link.debit.as_ref().is_some_and(|side| side.item.document() == plan);
        link.kind == LinkKind::Move && link.date <= day && from
    };
    let called_in = row.ended.is_some_and(|(date, _)| date <= day);
    let state = if called_in {
        "Accelerated"
    } else if open == 0 && rows.links.values().any(moved) {
        "Replaced"
    } else if open == 0 {
        "Completed"
    } else if bad(day) {
        "Default"
    } else if overdue > 0 {
        "Late"
    } else {
        "Current"
    };
    let over = !bad(day) && !called_in;
    let cured = after.filter(|_| over);
    format!("({state}, {open}, {overdue}, {first:?}, {cured:?})")
}

/// Whether rows keep what the model knows of promises and plans.
pub(crate) fn agrees(model: &Model, rows: &Rows) -> Checked {
    for promise in &model.promises {
        let row = rows.agreements.get(&AgreementId::Promise(promise.id.clone()));
        let same = row.is_some_and(|row| {
            let agreed = Agreed::Pay { item: promise.item.clone(), minor: promise.minor, by: promise.by };
            (row.date, row.ended.map(|(date, _)| date)) == (promise.date, promise.withdrawn)
                && row.agreed == agreed
        });
        if !same {
            return broken("INV-22", format!("{promise:?} is kept as {row:?}"));
        }
    }
    for plan in &model.plans {
        let row = rows.agreements.get(&AgreementId::Plan(plan.plan.clone()));
        let agreed = Agreed::Instalments { default_after: plan.days };
        if row.map(|row| (row.ended.map(|(date, _)| date), &row.agreed)) != Some((plan.called_in, &agreed)) {
            return broken("INV-22", format!("{plan:?} is kept as {row:?}"));
        }
    }
    Ok(())
}
