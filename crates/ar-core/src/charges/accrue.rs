//! Interest as a calculation: a debt, its balance over time, a policy; out come the stretches of
//! days that bear interest and their exact sum (INV-46).
//!
//! Dates here are edges between days: the stretch from the 1st to the 31st bears interest for 30
//! days, the 2nd to the 31st. Interest runs from the due date as an edge, so from the day after it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::policy::in_force;
use super::*;
use crate::rejection::Rejection;
use crate::values::*;

/// Most stretches of one debt.
const SEGMENTS_MAX: usize = 5_000;

/// Tables of reference rates by name.
pub type RateTables = BTreeMap<RateTableId, RateTable>;

/// A debt and how its balance moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debt {
    /// Its original amount.
    pub original: Money,
    /// The day it was due.
    pub due: Date,
    /// What changed its balance: the day, and by how much in minor units; payments are negative.
    pub moves: Vec<(Date, i64)>,
}

/// A stretch of days with one balance and one rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// The day before its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// The balance that bears interest, or the slice of it.
    pub balance: Amount,
    /// Percent; absent for a flat amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// A flat amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Days, or 1 for a percent of the balance itself.
    pub days: i64,
    /// What the days are divided by.
    pub of: u32,
}

impl Segment {
    /// Its interest in minor units: balance × percent / 100 × days / of, or the flat amount.
    #[must_use]
    pub fn exact(&self) -> Option<Exact> {
        let Some(percent) = self.percent else {
            return Exact::new(i128::from(self.amount.map_or(0, Amount::minor)), 1);
        };
        let hundred = 100_i128.checked_mul(10_i128.checked_pow(u32::from(percent.scale()))?)?;
        let numerator = i128::from(self.balance.minor())
            .checked_mul(i128::from(percent.mantissa()))?
            .checked_mul(i128::from(self.days))?;
        Exact::new(numerator, hundred.checked_mul(i128::from(self.of))?)
    }
}

/// The exact interest of stretches together.
///
/// # Errors
/// `amount.out_of_range` when it does not fit 128 bits.
pub fn exact(segments: &[Segment]) -> Result<Exact, Rejection> {
    let out = || Rejection::AmountOutOfRange { what: "the interest" };
    segments.iter().try_fold(Exact::ZERO, |sum, segment| sum.plus(segment.exact()?)).ok_or_else(out)
}

/// The stretches that bear interest after one day and up to another. `after` is the last day charged
/// before; absent means from the start. Additive: what lies up to a day and what lies after it come
/// to the whole, before anything is rounded.
///
/// ```
/// use ar_core::charges::{ChargePolicy, Debt, Rates, RateTables, accrue, exact};
/// use ar_core::{Amount, ChargePolicyId, Currency, Date, Decimal, Rounding};
/// let day = |text| Date::parse(text).unwrap();
/// let gbp = Currency::parse("GBP")?;
/// let policy = ChargePolicy::yearly(ChargePolicyId::parse("late")?, Rates::Fixed(Decimal::parse("13.25")?));
/// let debt = Debt {
///     original: Amount::parse("2000.00")?.in_currency(gbp)?,
///     due: day("2024-05-01"),
///     moves: vec![(day("2024-05-31"), -100_000)],
/// };
/// let segments = accrue(&debt, &policy, &RateTables::new(), None, day("2024-06-15")).unwrap();
/// assert_eq!(segments.len(), 2);
/// assert_eq!((segments[0].days, segments[0].balance.to_string()), (30, "2000.00".to_owned()));
/// assert_eq!((segments[1].days, segments[1].balance.to_string()), (15, "1000.00".to_owned()));
/// // 2000 × 13.25 % × 30/365 + 1000 × 13.25 % × 15/365 = 27.2260…
/// assert_eq!(exact(&segments).unwrap().round(Rounding::HalfAwayFromZero), Some(2723));
/// # Ok::<(), ar_core::ValueError>(())
/// ```
///
/// # Errors
/// `charge.rate_missing`, `amount.out_of_range`, `date.out_of_range`, `charge.too_many_segments`.
pub fn accrue(
    debt: &Debt,
    policy: &ChargePolicy,
    tables: &RateTables,
    after: Option<Date>,
    through: Date,
) -> Result<Vec<Segment>, Rejection> {
    let course = Course::of(debt, policy)?;
    let to = edge(policy, through)?;
    let from = match after {
        // Nothing was charged while the days of grace ran: what they leave is charged from the start.
        Some(after) => Some(edge(policy, after)?).filter(|edge| *edge > course.grace_end),
        None => None,
    };
    let from = from.unwrap_or(course.start).max(course.start);
    if to <= from || to <= course.grace_end {
        return Ok(Vec::new());
    }
    match &policy.interest {
        Interest::Rate { per, rates } => {
            Daily { course: &course, policy, tables, per: *per, rates }.segments(from, to)
        }
        Interest::Periods { every, bands, mode, repeat } => {
            periods(&course, (*every, bands, *mode, *repeat), from, to)
        }
        Interest::Balance { bands, mode } => {
            let balance = course.balance(to.add_days(-1).map_err(|e| out_of_dates(&e))?);
            let late = Late { days: course.due.days_until(to), months: 0 };
            Ok(flat(bands, *mode, balance, late, (from, to), course.exponent))
        }
    }
}

/// The fixed sum that a debt bears, by what was open of it when it became late; `None` when nothing
/// was.
///
/// # Errors
/// `date.out_of_range`, `amount.*`.
pub fn fixed_sum(debt: &Debt, policy: &ChargePolicy) -> Result<Option<Money>, Rejection> {
    let course = Course::of(debt, policy)?;
    let size = course.balance(course.start.max(course.grace_end));
    let currency = debt.original.currency();
    let mut sum = None;
    for tier in policy.fixed_sums.iter().filter(|_| size > 0) {
        let money =
            |amount: Amount| amount.in_currency(currency).map_err(|e| Rejection::value("fixed_sums", &e));
        if money(tier.from)?.minor() <= size {
            sum = Some(money(tier.amount)?);
        }
    }
    Ok(sum)
}

fn out_of_dates(error: &ValueError) -> Rejection {
    Rejection::value("date", error)
}

/// The edge after the last day that bears interest: of a payment, or of the assessment.
fn edge(policy: &ChargePolicy, day: Date) -> Result<Date, Rejection> {
    match policy.last_day {
        LastDay::Included => Ok(day),
        LastDay::Excluded => day.add_days(-1).map_err(|e| out_of_dates(&e)),
    }
}

/// The balance of a debt as a function of edges.
struct Course {
    due: Date,
    /// Where interest starts.
    start: Date,
    /// Where the days of grace end.
    grace_end: Date,
    original: i64,
    exponent: u8,
    /// Edges and changes, in order.
    moves: Vec<(Date, i64)>,
}

impl Course {
    fn of(debt: &Debt, policy: &ChargePolicy) -> Result<Self, Rejection> {
        let grace_end = debt.due.add_days(i32::from(policy.grace.days)).map_err(|e| out_of_dates(&e))?;
        let start = match policy.grace.then {
            AfterGrace::FromDue => debt.due,
            AfterGrace::FromGrace => grace_end,
        };
        let mut moves = debt
            .moves
            .iter()
            .map(|(day, minor)| Ok((edge(policy, *day)?, *minor)))
            .collect::<Result<Vec<_>, Rejection>>()?;
        moves.sort_unstable_by_key(|(day, _)| *day);
        let (original, exponent) = (debt.original.minor(), debt.original.currency().exponent());
        Ok(Self { due: debt.due, start, grace_end, original, exponent, moves })
    }

    /// What bears interest right after an edge. In the days of grace that is no more than what is
    /// open when they end.
    fn balance(&self, edge: Date) -> i64 {
        let at = |edge: Date| {
            let moved = self.moves.iter().filter(|(day, _)| *day <= edge);
            moved.fold(self.original, |sum, (_, minor)| sum.saturating_add(*minor)).max(0)
        };
        if edge < self.grace_end { at(edge).min(at(self.grace_end)) } else { at(edge) }
    }
}

/// How late a debt is.
#[derive(Clone, Copy)]
struct Late {
    days: i32,
    months: u32,
}

/// The charges on a balance, by the band or by slices.
fn charges(bands: &[Band], mode: BandMode, balance: i64, late: Late, exponent: u8) -> Vec<(i64, Charge)> {
    let from = |band: &Band| band.amount.map_or(0, |amount| lifted(amount, exponent).minor());
    let reached = |band: &&Band| i32::from(band.days) <= late.days && u32::from(band.months) <= late.months;
    let latest = bands.iter().filter(reached).map(|band| (band.months, band.days)).max();
    let mut steps: Vec<&Band> = bands
        .iter()
        .filter(reached)
        .filter(|band| Some((band.months, band.days)) == latest && from(band) <= balance)
        .collect();
    steps.sort_by_key(|band| from(band));
    match mode {
        BandMode::Whole => steps.last().map(|band| (balance, band.charge)).into_iter().collect(),
        BandMode::Slices => {
            let ends = steps.iter().skip(1).map(|band| from(band)).chain([balance]);
            let slices = steps.iter().zip(ends);
            slices.map(|(band, end)| (end.saturating_sub(from(band)), band.charge)).collect()
        }
    }
}

/// Charges on the balance itself.
fn flat(
    bands: &[Band],
    mode: BandMode,
    balance: i64,
    late: Late,
    (from, to): (Date, Date),
    exponent: u8,
) -> Vec<Segment> {
    if balance <= 0 {
        return Vec::new();
    }
    let segment = |(balance, charge): (i64, Charge)| {
        let (percent, amount) = match charge {
            Charge::Percent(percent) => (Some(percent), None),
            Charge::Amount(amount) => (None, Some(lifted(amount, exponent))),
        };
        Segment { from, to, balance: Amount::from_minor(balance, exponent), percent, amount, days: 1, of: 1 }
    };
    charges(bands, mode, balance, late, exponent).into_iter().map(segment).collect()
}

/// An amount of a policy with its currency's decimals.
pub(super) fn lifted(amount: Amount, exponent: u8) -> Amount {
    let missing = u32::from(exponent.saturating_sub(amount.exponent()));
    Amount::from_minor(amount.minor().saturating_mul(10_i64.saturating_pow(missing)), exponent)
}

fn periods(
    course: &Course,
    (every, bands, mode, repeat): (Every, &[Band], BandMode, Repeat),
    from: Date,
    to: Date,
) -> Result<Vec<Segment>, Rejection> {
    let mut all = Vec::new();
    let mut begin = course.start;
    for n in 1_u32.. {
        let times = |length: u16| u32::from(length).saturating_mul(n);
        let step = |length: u16| i32::try_from(times(length)).unwrap_or(i32::MAX);
        let (end, months) = match every {
            Every::Days(length) => (course.start.add_days(step(length)), 0),
            Every::Months(length) => (course.start.add_months(step(length)), times(length)),
        };
        // A period that ends beyond the calendar is not over.
        let Ok(end) = end else { break };
        if end > to {
            break;
        }
        if end > from {
            if repeat == Repeat::Latest {
                all.clear();
            }
            let balance = course.balance(end.add_days(-1).map_err(|e| out_of_dates(&e))?);
            let late = Late { days: course.start.days_until(end), months };
            all.extend(flat(bands, mode, balance, late, (begin, end), course.exponent));
            enough(&all)?;
        }
        begin = end;
    }
    Ok(all)
}

fn enough(segments: &[Segment]) -> Result<(), Rejection> {
    if segments.len() > SEGMENTS_MAX {
        return Err(Rejection::ChargeTooLong { max: SEGMENTS_MAX });
    }
    Ok(())
}

/// Interest by the day.
struct Daily<'a> {
    course: &'a Course,
    policy: &'a ChargePolicy,
    tables: &'a RateTables,
    per: Per,
    rates: &'a Rates,
}

impl Daily<'_> {
    fn segments(&self, from: Date, to: Date) -> Result<Vec<Segment>, Rejection> {
        let edges: Vec<Date> = self.edges(from, to)?.into_iter().collect();
        let mut all: Vec<Segment> = Vec::new();
        for (from, to) in edges.iter().zip(edges.iter().skip(1)) {
            let balance = self.course.balance(*from);
            if balance <= 0 {
                continue;
            }
            let (days, of) = self.fraction(*from, *to);
            for (slice, percent) in self.rates_on(*from, balance)? {
                all.push(Segment {
                    from: *from,
                    to: *to,
                    balance: Amount::from_minor(slice, self.course.exponent),
                    percent: Some(percent),
                    amount: None,
                    days,
                    of,
                });
            }
            enough(&all)?;
        }
        Ok(joined(all))
    }

    /// Every edge at which the balance, the rate or the length of the year may change.
    fn edges(&self, from: Date, to: Date) -> Result<BTreeSet<Date>, Rejection> {
        let mut edges = BTreeSet::from([from, to, self.course.grace_end]);
        edges.extend(self.course.moves.iter().map(|(day, _)| *day));
        // A rate of a day applies to that day, so from the edge before it.
        let before = |day: Date| day.add_days(-1).unwrap_or(Date::MIN);
        match self.rates {
            Rates::Fixed(_) => {}
            Rates::Dated(rates) => edges.extend(rates.iter().map(|rate| before(rate.from))),
            Rates::Bands { bands, .. } => {
                for band in bands {
                    // The first day of a band is that many days after the due date.
                    let day = self.course.due.add_days(i32::from(band.days));
                    edges.extend(day.map(before));
                }
            }
            Rates::Reference { table, reset, .. } => match reset {
                Reset::AtStart => {}
                Reset::Daily => {
                    let table = self.tables.get(table).into_iter().flat_map(|table| &table.rates);
                    edges.extend(table.map(|rate| before(rate.from)));
                }
                Reset::HalfYear | Reset::EachHalfYear => {
                    for year in from.year()..=to.year() {
                        let firsts = [1, 7].into_iter().filter_map(|month| Date::new(year, month, 1).ok());
                        edges.extend(firsts.map(before));
                    }
                }
            },
        }
        if self.per == Per::Year && self.policy.day_count == DayCount::ActualActual {
            edges.extend((from.year()..=to.year()).filter_map(|year| Date::new(year, 1, 1).ok()));
        }
        edges.retain(|edge| (from..=to).contains(edge));
        Ok(edges)
    }

    /// Days and what they are divided by, counted from where interest starts.
    fn fraction(&self, from: Date, to: Date) -> (i64, u32) {
        let length = match self.per {
            Per::Days(length) => return (i64::from(from.days_until(to)), u32::from(length)),
            Per::Year => self.policy.day_count,
        };
        let start = self.course.start;
        let [ordinary, leap] = [length.days(start, to), length.days(start, from)]
            .into_iter()
            .reduce(|a, b| [a[0].saturating_sub(b[0]), a[1].saturating_sub(b[1])])
            .unwrap_or_default();
        let [year, leap_year] = length.year();
        if leap == 0 { (ordinary, year) } else { (leap, leap_year) }
    }

    /// The rates of the day after an edge, for the balance or for slices of it.
    fn rates_on(&self, edge: Date, balance: i64) -> Result<Vec<(i64, Decimal)>, Rejection> {
        let day = edge.add_days(1).map_err(|e| out_of_dates(&e))?;
        let percent = match self.rates {
            Rates::Fixed(percent) => *percent,
            Rates::Dated(rates) => in_force(rates, day)
                .ok_or_else(|| Rejection::ChargeRateMissing { table: self.policy.id.to_string(), on: day })?,
            Rates::Bands { bands, mode } => {
                let late = Late { days: self.course.due.days_until(day), months: 0 };
                let of = |(slice, charge)| match charge {
                    Charge::Percent(percent) => Some((slice, percent)),
                    Charge::Amount(_) => None,
                };
                return Ok(charges(bands, *mode, balance, late, self.course.exponent)
                    .into_iter()
                    .filter_map(of)
                    .collect());
            }
            Rates::Reference { table, margin, reset } => {
                let on = self.reference_day(*reset, day)?;
                let missing = || Rejection::ChargeRateMissing { table: table.to_string(), on };
                let rate = self.tables.get(table).and_then(|table| table.on(on)).ok_or_else(missing)?;
                let percent = rate.checked_add(*margin).filter(|percent| !percent.is_negative());
                percent.unwrap_or(Decimal::ZERO)
            }
        };
        Ok(vec![(balance, percent)])
    }

    /// The day whose published rate applies to a day of interest.
    fn reference_day(&self, reset: Reset, day: Date) -> Result<Date, Rejection> {
        let half = |day: Date| {
            Date::new(day.year(), if day.month() < 7 { 1 } else { 7 }, 1).map_err(|e| out_of_dates(&e))
        };
        let eve = |day: Date| half(day)?.add_days(-1).map_err(|e| out_of_dates(&e));
        match reset {
            Reset::Daily => Ok(day),
            Reset::HalfYear => half(day),
            Reset::EachHalfYear => eve(day),
            Reset::AtStart => eve(self.course.start.add_days(1).map_err(|e| out_of_dates(&e))?),
        }
    }
}

/// Neighbours with one balance, rate and year in one: an edge at which nothing changed is none.
fn joined(segments: Vec<Segment>) -> Vec<Segment> {
    let mut all: Vec<Segment> = Vec::with_capacity(segments.len());
    for segment in segments {
        match all.last_mut() {
            Some(last)
                if last.to == segment.from
                    && (last.balance, last.percent, last.of)
                        == (segment.balance, segment.percent, segment.of) =>
            {
                last.to = segment.to;
                last.days = last.days.saturating_add(segment.days);
            }
            _ => all.push(segment),
        }
    }
    all
}
