//! Allowances: steps that are drawn, what they come to, and the commands they become.

use std::collections::BTreeSet;

use ar_core::command::Command;
use ar_core::journal::Role;
use ar_core::provision::{AssessedFigure, BucketFigure, Loss, Matrix, Provide, ProvidedPool, RoundOn};
use ar_core::query::Basis;
use ar_core::values::*;
use proptest::prelude::*;

use crate::act::{Act, Deed};
use crate::checks::{Checked, broken};
use crate::model::Model;
use crate::rows::Rows;
use crate::script::{eur, given, invoice, pay, undo};
use crate::settling::foreign_invoice;
use crate::wire::instant;
use crate::world::{Because, currency, day, id, money};

/// The labels of the buckets that stories age by.
const LABELS: [&str; 5] = ["current", "1-30", "31-60", "61-90", "91+"];

/// A step about allowances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Providing {
    /// The currency.
    pub currency: u8,
    /// The day.
    pub day: u8,
    /// Percent of each bucket.
    pub percents: [u8; 5],
    /// What they are multiplied by, in tenths.
    pub overlay_tenths: u16,
    /// Whether the total is rounded instead of each bucket.
    pub total: bool,
    /// An item assessed by itself, and the part of what is open that is allowed for, in quarters.
    pub assessed: Option<(u8, u8)>,
    /// What is wrong with it: an item twice, a bucket that the matrix does not have.
    pub wrong: (bool, bool),
}

/// The allowance of a currency is brought to what is expected to be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provided {
    /// The currency.
    pub currency: Currency,
    /// The day.
    pub date: Date,
    /// What is open in each bucket, in minor units.
    pub exposures: [i64; 5],
    /// Percent of each.
    pub percents: [u8; 5],
    /// What they are multiplied by, in tenths.
    pub overlay_tenths: u16,
    /// Whether the total is rounded instead of each bucket.
    pub total: bool,
    /// An item assessed by itself: what is open on it, and what is allowed for.
    pub assessed: Option<(ItemId, i64, i64)>,
    /// Whether it is named twice.
    pub twice: bool,
    /// Whether something is open in a bucket that the matrix does not have.
    pub stray: bool,
}

impl Provided {
    /// What is to be allowed for, in minor units, exactly as a person would write it down.
    #[must_use]
    pub fn target(&self) -> i128 {
        // In thousandths of a minor unit.
        let exact = |n: usize| {
            let open = i128::from(self.exposures[n]);
            (open * i128::from(self.percents[n]) * i128::from(self.overlay_tenths)).min(open * 1_000)
        };
        let rounded = |thousandths: i128| (thousandths + 500).div_euclid(1_000);
        let pools = if self.total {
            rounded((0..5).map(exact).sum())
        } else {
            (0..5).map(|n| rounded(exact(n))).sum()
        };
        pools + self.assessed.as_ref().map_or(0, |(_, _, allowance)| i128::from(*allowance))
    }
}

/// Steps about allowances.
pub fn steps() -> impl Strategy<Value = Providing> {
    let rarely = || proptest::bool::weighted(0.06);
    let overlay = prop_oneof![6 => Just(10_u16), 3 => 0..25_u16, 1 => 990..1_011_u16];
    let assessed = proptest::option::weighted(0.4, (0..12_u8, 0..6_u8));
    let percents = proptest::array::uniform5(0..101_u8);
    ((0..3_u8, 0..120_u8), percents, overlay, any::<bool>(), assessed, (rarely(), rarely())).prop_map(
        |((currency, day), percents, overlay_tenths, total, assessed, wrong)| Providing {
            currency,
            day,
            percents,
            overlay_tenths,
            total,
            assessed,
            wrong,
        },
    )
}

/// The act of a step.
pub(crate) fn resolve(step: &Providing, model: &Model) -> Option<Act> {
    let (of, date) = (currency(step.currency), day(step.day.into()));
    let aging = model.aging(date).remove(&of).unwrap_or_default();
    let mut exposures = aging.buckets.map(|minor| i64::try_from(minor).unwrap_or(i64::MAX));
    if exposures.iter().any(|minor| *minor > AMOUNT_MINOR_MAX) {
        return None;
    }
    let mut assessed = None;
    if let Some((place, quarters)) = step.assessed {
        let debits: Vec<_> = model.items.iter().filter(|item| item.debit && item.currency == of).collect();
        // Now and then a credit or another currency's, which is no debt here.
        let any = quarters == 5 && place % 2 == 0;
        let item = if any {
            crate::resolve::pick(&model.items, place)?
        } else {
            crate::resolve::pick(&debits, place)?
        };
        let open = model.open_on(item, date);
        if item.debit && item.currency == of && open > 0 {
            let late = item.aged.days_until(date);
            let edges = crate::model::EDGES;
            let bucket = if late <= 0 { 0 } else { 1 + edges.iter().filter(|edge| late > **edge).count() };
            exposures[bucket] -= open;
        }
        let allowed = (open / 4 * i64::from(quarters)).min(AMOUNT_MINOR_MAX);
        assessed = Some((item.id.clone(), open, allowed));
    }
    Some(Act::Provide(Provided {
        currency: of,
        date,
        exposures,
        percents: step.percents,
        overlay_tenths: step.overlay_tenths,
        total: step.total,
        assessed,
        twice: step.wrong.0,
        stray: step.wrong.1,
    }))
}

/// The command of an act.
pub(crate) fn command(act: &Provided) -> Command {
    let amount = |minor: i64| Money::clamped(minor, act.currency).amount();
    let percent = |n: u8| Percent::parse(&n.to_string()).expect("a percent");
    let losses = LABELS.iter().zip(act.percents);
    let overlay = format!("{}.{}", act.overlay_tenths / 10, act.overlay_tenths % 10);
    let mut exposures: Vec<BucketFigure> = LABELS
        .iter()
        .zip(act.exposures)
        .filter(|(_, minor)| *minor != 0)
        .map(|(label, minor)| BucketFigure { bucket: (*label).to_owned(), amount: amount(minor) })
        .collect();
    if act.stray {
        exposures.push(BucketFigure { bucket: "121+".to_owned(), amount: amount(1) });
    }
    let figure = |(item, exposure, allowance): &(ItemId, i64, i64)| AssessedFigure {
        item: item.clone(),
        exposure: amount(*exposure),
        allowance: amount(*allowance),
    };
    let mut assessed: Vec<AssessedFigure> = act.assessed.iter().map(figure).collect();
    if act.twice {
        assessed.extend(assessed.clone());
    }
    Command::Provide(Box::new(Provide {
        currency: act.currency,
        date: act.date,
        known: 1,
        basis: Basis::Due,
        edges: None,
        pools: vec![ProvidedPool {
            name: None,
            accounts: None,
            matrix: Matrix {
                losses: losses
                    .map(|(label, n)| Loss { bucket: (*label).to_owned(), percent: percent(n) })
                    .collect(),
                overlay: Decimal::parse(&overlay).expect("a factor"),
                round: if act.total { RoundOn::Total } else { RoundOn::Bucket },
            },
            exposures,
            assessed,
        }],
    }))
}

/// Whether the journal and the rows say of every day what the model says is allowed for.
pub(crate) fn agrees(model: &Model, rows: &Rows, days: &BTreeSet<Date>) -> Checked {
    for of in (0..3).map(currency) {
        for day in days {
            let lines = rows.lines.iter().filter(|line| line.currency == of && line.date <= *day);
            let lines = lines.filter(|line| line.line.role == Role::Allowance);
            let journal: i128 = lines.map(|line| -i128::from(line.line.amount.minor())).sum();
            let moves = rows.allowance.iter().filter(|by| by.currency == of && by.date <= *day);
            let kept: i128 = moves.map(|by| i128::from(by.minor)).sum();
            let told = model.allowed_on(of, *day);
            if (journal, kept) != (told, told) {
                let detail = format!(
                    "on {day} {journal} {of} stand on the allowance and {kept} in its rows, expected {told}"
                );
                return broken("INV-47", detail);
            }
        }
    }
    Ok(())
}

/// A run of a day in base currency for which nothing is open.
#[must_use]
pub fn plain_run(on: i32) -> Provided {
    Provided {
        currency: currency(0),
        date: day(on),
        exposures: [0; 5],
        percents: [0; 5],
        overlay_tenths: 10,
        total: false,
        assessed: None,
        twice: false,
        stray: false,
    }
}

fn run(of: u8, on: i32, exposures: [i64; 5], percents: [u8; 5]) -> Provided {
    Provided { currency: currency(of), exposures, percents, ..plain_run(on) }
}

fn give_up(item: &str, minor: i64, on: i32, because: Because) -> Act {
    Act::WriteOff { item: id(item), amount: Some(eur(minor)), date: day(on), because }
}

/// A fixed story of runs, of what uses the allowance and of what comes back to it.
#[must_use]
pub fn story() -> Vec<Deed> {
    let percents = [1, 5, 20, 50, 100];
    let provide = |run: Provided| Act::Provide(run);
    let acts: Vec<(&str, Act)> = vec![
        ("i1", invoice("C-0", given("A-1"), 0, None, &[(10_000, 19)])),
        ("i2", invoice("C-0", given("A-2"), 0, None, &[(33_333, 0)])),
        ("r1", provide(run(0, 31, [45_233, 0, 0, 0, 0], percents))),
        ("r1-again", provide(run(0, 31, [45_233, 0, 0, 0, 0], percents))),
        ("w1", give_up("A-1", 5_950, 35, Because::AllowedRelief)),
        ("w2", give_up("A-2", 3_333, 36, Because::Allowed)),
        ("w3", give_up("A-2", 1_000, 36, Because::Common)),
        ("p1", pay("P-1", "C-0", 4_000, 40, &[])),
        (
            "rec1",
            Act::Recover {
                write_off: id("w1.0"),
                credit: id("P-1"),
                amount: Some(eur(1_190)),
                date: day(41),
            },
        ),
        ("w2-undone", undo("w2.0", 42)),
        // What uses it after the day of a run is not there on it; what is dated before counts.
        ("r2", provide(Provided { total: true, ..run(0, 45, [0, 6_000, 32_333, 0, 0], percents) })),
        ("w4", give_up("A-2", 333, 40, Because::Allowed)),
        ("r2-after", provide(Provided { total: true, ..run(0, 45, [0, 6_000, 32_000, 0, 0], percents) })),
        ("rec1-back", undo("rec1.0", 50)),
        ("r3-early", provide(run(0, 44, [0, 6_000, 32_000, 0, 0], percents))),
        ("r3-stray", provide(Provided { stray: true, ..run(0, 60, [0, 6_000, 0, 0, 0], percents) })),
        (
            "r3",
            provide(Provided {
                assessed: Some((id("A-2"), 32_000, 16_000)),
                overlay_tenths: 11,
                ..run(0, 60, [0, 0, 5_950, 0, 0], percents)
            }),
        ),
        // In another currency it is worth what the rate of the day makes of it.
        ("f1", foreign_invoice("F-1", 100_000, Rate::parse("0.9").expect("a rate"))),
        ("f-unrated", provide(run(1, 100, [100_000, 0, 0, 0, 0], percents))),
        (
            "f-rate-1",
            Act::Rate { currency: currency(1), date: day(10), rate: Rate::parse("0.9").expect("a rate") },
        ),
        ("f-run-1", provide(run(1, 10, [100_000, 0, 0, 0, 0], percents))),
        (
            "f-rate-2",
            Act::Rate { currency: currency(1), date: day(12), rate: Rate::parse("0.8").expect("a rate") },
        ),
        ("f-run-2", provide(run(1, 12, [150_000, 0, 0, 0, 0], percents))),
        (
            "f-used",
            Act::WriteOff {
                item: id("F-1"),
                amount: Some(money(700, currency(1))),
                date: day(13),
                because: Because::Allowed,
            },
        ),
        ("f-run-3", provide(run(1, 14, [99_300, 0, 0, 0, 0], percents))),
    ];
    let deed = |(n, (key, act)): (i64, (&str, Act))| Deed {
        key: id(key),
        actor: id("clerk-0"),
        at: instant(1_000 + n),
        act,
    };
    (0..).zip(acts).map(deed).collect()
}
