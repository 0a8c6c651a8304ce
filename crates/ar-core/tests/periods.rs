//! Accounting periods where scenarios would be long: the bound of the settings, and a calendar drawn
//! at random against one told day by day.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake;

use ar_core::book::{BookConfig, Periods};
use ar_core::period::*;
use ar_core::{Command, Date, Event, PeriodId};
use fake::*;
use proptest::prelude::*;

/// The `n`th period: three days from 2000-01-01 on.
fn define(n: usize) -> DefinePeriod {
    let start = date("2000-01-01").add_days(i32::try_from(n).unwrap() * 3).unwrap();
    DefinePeriod { period: id(&format!("P-{n}")), start, end: start.add_days(2).unwrap() }
}

fn close(n: usize) -> Command {
    Command::ClosePeriod(ClosePeriod { period: id(&format!("P-{n}")), close: Close::Hard })
}

#[test]
fn the_oldest_closed_period_leaves_full_settings_and_its_days_stay_closed() {
    let mut fake = Fake::open(vec![]);
    for n in 0..PERIODS_MAX {
        fake.run(Command::DefinePeriod(define(n))).unwrap();
    }
    assert_eq!(fake.refused(Command::DefinePeriod(define(PERIODS_MAX))), "input.too_many");
    fake.run(close(0)).unwrap();
    let events = fake.run(Command::DefinePeriod(define(PERIODS_MAX))).unwrap();
    let [Event::PeriodDefined(defined)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(defined.retired, Some(id("P-0")));
    let config = fake.config.as_ref().unwrap();
    assert_eq!(config.accounting.list.len(), PERIODS_MAX);
    assert!(config.check_open(&id("ann"), Area::Cash, date("2000-01-03")).is_err());
    assert_eq!(fake.refused(close(0)), "period.unknown");
    assert_eq!(fake.refused(Command::DefinePeriod(define(0))), "period.closed");
    // The whole row stays small: every command reads it.
    let bytes = serde_json::to_string(&fake.config).unwrap().len();
    assert!(bytes < 40_000, "{bytes}");
}

#[test]
fn a_gap_is_named_with_its_first_and_last_day() {
    let mut fake = Fake::open(vec![]);
    fake.run(Command::DefinePeriod(define(0))).unwrap();
    fake.run(Command::DefinePeriod(define(2))).unwrap();
    let config = fake.config.as_ref().unwrap();
    let (before, after) = config.accounting.around(date("2000-01-04"), date("2000-01-06"));
    assert_eq!((before.unwrap().id.as_str(), after.unwrap().id.as_str()), ("P-0", "P-2"));
}

/// Six periods of a week, each open, soft for some areas and one person, or closed from the left.
fn calendars() -> impl Strategy<Value = BookConfig> {
    let soft = proptest::option::of((proptest::collection::btree_set(0..6_usize, 0..4), any::<bool>()));
    (0..4_usize, proptest::collection::vec(soft, 6), 0..20_i32, 30..60_i32).prop_map(
        |(closed, softs, from, to)| {
            let mut config = BookConfig::standard(currency("EUR"));
            let day = |n: i32| date("2026-01-01").add_days(n).unwrap();
            config.periods = Periods { open_from: day(from), open_to: day(to) };
            for (n, soft) in softs.into_iter().enumerate() {
                let start = i32::try_from(n).unwrap() * 7;
                let mut row = Period::open(id::<PeriodId>(&format!("P{n}")), day(start), day(start + 6));
                row.hard = (n < closed).then_some(1);
                row.soft = soft.filter(|_| n >= closed).map(|(areas, admit)| SoftClose {
                    areas: areas.into_iter().map(|n| Area::ALL[n]).collect(),
                    admit: admit.then(|| id("ann")).into_iter().collect(),
                });
                let closed_through = row.hard.map(|_| Some(row.end));
                config.set_period(&PeriodsDelta { row, closed_through, retired: None, version: 2 });
            }
            config
        },
    )
}

/// Whether a day is open, by asking every period.
fn told(config: &BookConfig, actor: &str, area: Area, day: Date) -> bool {
    let barred = config.accounting.list.iter().any(|period| {
        let soft = period.soft.as_ref().filter(|_| period.start <= day && day <= period.end);
        soft.is_some_and(|soft| {
            (soft.areas.is_empty() || soft.areas.contains(&area))
                && !soft.admit.contains(&id::<ar_core::ActorId>(actor))
        })
    });
    let shut = config.accounting.list.iter().filter(|period| period.hard.is_some()).any(|p| day <= p.end);
    config.periods.open_from <= day && day <= config.periods.open_to && !barred && !shut
}

proptest! {
    #[test]
    fn inv_38_a_day_is_open_exactly_when_no_period_bars_it(
        config in calendars(),
        n in -3..70_i32,
        area in 0..6_usize,
        other in 0..6_usize,
        actor in prop_oneof![Just("ann"), Just("bob")],
    ) {
        let (day, area, other) =
            (date("2026-01-01").add_days(n).unwrap(), Area::ALL[area], Area::ALL[other]);
        let open = config.check_open(&id(actor), area, day);
        prop_assert_eq!(open.is_ok(), told(&config, actor, area, day), "{} {:?}", day, open);
        // The first open day is open for both areas, and no day before it is.
        let both = |day| told(&config, actor, area, day) && told(&config, actor, other, day);
        let first = config.first_open(&id(actor), &[area, other], day);
        let walked = (0..80).map(|more| day.add_days(more).unwrap()).find(|day| both(*day));
        prop_assert_eq!(first.ok(), walked);
        // Negative control: a calendar that forgets its soft closes is told apart where it matters.
        let mut forgetful = config.clone();
        forgetful.accounting.list.iter_mut().for_each(|period| period.soft = None);
        let lax = forgetful.check_open(&id(actor), area, day).is_ok();
        prop_assert!(lax || !told(&config, actor, area, day));
    }
}

#[test]
fn inv_38_the_strictest_of_several_soft_closes_is_told() {
    let soft = |areas: &[Area], admit: &[&str]| SoftClose {
        areas: areas.iter().copied().collect(),
        admit: admit.iter().map(|actor| id(actor)).collect(),
    };
    let all = soft(&[], &[]);
    assert!(all.is_as_strict_as(&soft(&[Area::Cash], &["ann"])));
    assert!(soft(&Area::ALL, &[]).is_as_strict_as(&all), "naming every area is naming none");
    assert!(!soft(&[Area::Cash], &[]).is_as_strict_as(&all));
    assert!(!soft(&[], &["ann"]).is_as_strict_as(&all));
}
