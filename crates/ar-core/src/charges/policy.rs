//! Charge policies: what a book charges on late debts, as named settings (INV-46).
//!
//! A policy is a value: replaced whole, every version in the log. Rates are dated, so that a new
//! rate is an entry more and changes nothing about the days before it.

use serde::{Deserialize, Serialize};

use super::DayCount;
use super::accrue::lifted;
use crate::rejection::Rejection;
use crate::values::*;

/// Most entries of one list of a policy or of a table of reference rates.
pub const CHARGE_ENTRIES_MAX: usize = 1_000;
/// Highest rate in percent.
const PERCENT_MAX: i32 = 1_000;
/// Most decimals of a rate.
const DECIMALS_MAX: u8 = 6;

/// What is charged on late debts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargePolicy {
    /// Its name.
    pub id: ChargePolicyId,
    /// How interest accrues.
    pub interest: Interest,
    /// Which fraction of a year lies between two dates.
    #[serde(default)]
    pub day_count: DayCount,
    /// Days after the due date on which nothing is charged.
    #[serde(default, skip_serializing_if = "Grace::is_none")]
    pub grace: Grace,
    /// Whether the day of payment, and the last day of an assessment, bear interest.
    #[serde(default)]
    pub last_day: LastDay,
    /// By which date a settlement lowers the balance.
    #[serde(default)]
    pub balance_by: BalanceBy,
    /// Whether unpaid finance charges bear interest themselves.
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_charges: bool,
    /// The currency of every amount below. Needed as soon as there is one; then only debts in this
    /// currency are charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Least interest per debt and assessment; less is raised to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Amount>,
    /// Most interest per debt, over all assessments together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Amount>,
    /// An assessment below this is refused; its days stay to be charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_minimum: Option<Amount>,
    /// A fixed sum for each late debt, once, by the size of the debt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_sums: Vec<FixedSum>,
    /// Days from the document date until a charge is due.
    #[serde(default)]
    pub due_days: u16,
    /// Who may be charged by it.
    #[serde(default)]
    pub debtors: Debtors,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// How interest accrues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Interest {
    /// Simple interest for every day, on the balance of that day.
    Rate {
        /// What the percent is for.
        #[serde(default)]
        per: Per,
        /// The rates.
        rates: Rates,
    },
    /// A charge for every whole period that a debt is late, on the balance at the period's end.
    Periods {
        /// How long a period is.
        every: Every,
        /// What is charged.
        bands: Vec<Band>,
        /// What a band by amount applies to.
        #[serde(default)]
        mode: BandMode,
        /// Which of the periods are charged.
        #[serde(default)]
        repeat: Repeat,
    },
    /// One charge per assessment on what is still open, however long it is late.
    Balance {
        /// What is charged.
        bands: Vec<Band>,
        /// What a band by amount applies to.
        #[serde(default)]
        mode: BandMode,
    },
}

/// What a percent is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// A year.
    #[default]
    Year,
    /// So many calendar days.
    Days(u16),
}

/// Rates over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rates {
    /// One rate for ever.
    Fixed(Decimal),
    /// Each valid from a day on.
    Dated(Vec<DatedRate>),
    /// By the size of the balance and the days overdue.
    Bands {
        /// The bands.
        bands: Vec<Band>,
        /// What a band by amount applies to.
        #[serde(default)]
        mode: BandMode,
    },
    /// A published rate and points on top.
    Reference {
        /// The table it is looked up in.
        table: RateTableId,
        /// Percentage points on top.
        margin: Decimal,
        /// Which day's rate applies.
        reset: Reset,
    },
}

/// A rate that is valid from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedRate {
    /// The first day it applies to.
    pub from: Date,
    /// Percent.
    pub percent: Decimal,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
}

/// Which day's reference rate applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// That of the day itself.
    Daily,
    /// That of the first day of the half-year, for the whole half-year (Directive 2011/7/EU,
    /// article 2(7)).
    HalfYear,
    /// That of the last day of the half-year before interest starts, for the whole debt (SI
    /// 2002/1675, article 4).
    AtStart,
    /// That of the last day of the half-year before, anew in every half-year.
    EachHalfYear,
}

/// What is charged from an amount, a number of days and a number of months on. The band that
/// applies is, of those reached, the one of the latest month and day, then of the highest amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// From this balance on; absent means from any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// From this day overdue on.
    #[serde(default)]
    pub days: u16,
    /// From this month overdue on; only for periods of months.
    #[serde(default)]
    pub months: u16,
    /// What.
    pub charge: Charge,
}

/// A percent of the balance or a flat amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// Percent of the balance.
    Percent(Decimal),
    /// An amount, whatever the balance.
    Amount(Amount),
}

/// What a band by amount applies to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandMode {
    /// The whole balance has the rate of its band.
    #[default]
    Whole,
    /// Each slice of the balance has the rate of its own band.
    Slices,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Calendar days.
    Days(u16),
    /// Calendar months from the day interest runs from.
    Months(u16),
}

/// Which of the whole periods since the last assessment are charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// Each.
    #[default]
    Each,
    /// The latest alone.
    Latest,
}

/// Days after the due date on which nothing is charged. What is settled in them bears no interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grace {
    /// How many.
    pub days: u16,
    /// From when interest runs once they are over.
    #[serde(default)]
    pub then: AfterGrace,
}

impl Grace {
    const fn is_none(&self) -> bool {
        self.days == 0
    }
}

/// From when interest runs once the days of grace are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterGrace {
    /// From the day after the due date.
    #[default]
    FromDue,
    /// From the day after the last day of grace.
    FromGrace,
}

/// Whether the day of payment, and the last day of an assessment, bear interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastDay {
    /// They do.
    #[default]
    Included,
    /// They do not.
    Excluded,
}

/// By which date a settlement lowers the balance that bears interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceBy {
    /// The credit's value date, or the settlement's accounting date when that is earlier: whoever
    /// paid in time owes nothing because the cash was matched late.
    #[default]
    ValueDate,
    /// The settlement's accounting date.
    AccountingDate,
}

/// A fixed sum for a late debt of some size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedSum {
    /// For debts from this amount on.
    pub from: Amount,
    /// How much.
    pub amount: Amount,
}

/// Who may be charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Debtors {
    /// Everyone with whom it was agreed.
    #[default]
    Everyone,
    /// Businesses and public bodies: the statutes on late payment protect no claim against a
    /// consumer.
    Commercial,
}

/// A table of published rates, given by the user: each valid from a day on, with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateTable {
    /// Its name, like `ECB-MRO`.
    pub id: RateTableId,
    /// The rates in the order of their dates.
    pub rates: Vec<DatedRate>,
}

impl RateTable {
    /// The rate in force on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<Decimal> {
        in_force(&self.rates, day)
    }

    /// Checks that the rates stand in order and in range.
    ///
    /// # Errors
    /// `setting.invalid`, `input.too_many`.
    pub fn check(&self) -> Result<(), Rejection> {
        in_order("rate_table", &self.rates)
    }
}

/// The rate in force on a day.
pub(super) fn in_force(rates: &[DatedRate], day: Date) -> Option<Decimal> {
    rates.iter().rev().find(|rate| rate.from <= day).map(|rate| rate.percent)
}

fn invalid(setting: &'static str, problem: impl Into<String>) -> Rejection {
    Rejection::SettingInvalid { setting, problem: problem.into() }
}

fn in_order(setting: &'static str, rates: &[DatedRate]) -> Result<(), Rejection> {
    at_most("rates", rates.len())?;
    let ordered = rates.iter().zip(rates.iter().skip(1)).all(|(a, b)| a.from < b.from);
    if !ordered {
        return Err(invalid(setting, "the rates do not stand in the order of their dates, each on its own"));
    }
    // A published rate may be below zero; what is charged never is.
    rates.iter().try_for_each(|rate| percent(setting, rate.percent))
}

fn percent(setting: &'static str, percent: Decimal) -> Result<(), Rejection> {
    let (least, most) = (Decimal::whole(PERCENT_MAX.saturating_neg()), Decimal::whole(PERCENT_MAX));
    if percent < least || percent > most || percent.scale() > DECIMALS_MAX {
        let problem = format!("{percent} is no rate; at most {PERCENT_MAX} % and {DECIMALS_MAX} decimals");
        return Err(invalid(setting, problem));
    }
    Ok(())
}

fn at_most(what: &'static str, given: usize) -> Result<(), Rejection> {
    if given > CHARGE_ENTRIES_MAX {
        return Err(Rejection::TooManyEntries { what, given, max: CHARGE_ENTRIES_MAX });
    }
    Ok(())
}

const SETTING: &str = "charge_policy";

impl ChargePolicy {
    /// A policy of simple interest by the year, with every default: actual/365 from the day after
    /// due, the day of payment included, balance by value date.
    #[must_use]
    pub const fn yearly(id: ChargePolicyId, rates: Rates) -> Self {
        Self {
            id,
            interest: Interest::Rate { per: Per::Year, rates },
            day_count: DayCount::Actual365,
            grace: Grace { days: 0, then: AfterGrace::FromDue },
            last_day: LastDay::Included,
            balance_by: BalanceBy::ValueDate,
            on_charges: false,
            currency: None,
            minimum: None,
            cap: None,
            document_minimum: None,
            fixed_sums: Vec::new(),
            due_days: 0,
            debtors: Debtors::Everyone,
        }
    }

    /// Checks that the policy says one thing for every debt.
    ///
    /// # Errors
    /// `setting.invalid`, `input.too_many`, `amount.*`.
    pub fn check(&self) -> Result<(), Rejection> {
        self.check_interest()?;
        let sums = self.fixed_sums.iter().flat_map(|sum| [sum.from, sum.amount]);
        let amounts: Vec<Amount> = [self.minimum, self.cap, self.document_minimum]
            .into_iter()
            .flatten()
            .chain(sums)
            .chain(self.bands().iter().flat_map(Band::amounts))
            .collect();
        let currency = match (self.currency, amounts.first()) {
            (Some(currency), _) => currency,
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(invalid(SETTING, "it has amounts and no currency")),
        };
        for amount in amounts {
            let money = amount.in_currency(currency).map_err(|e| Rejection::value(SETTING, &e))?;
            if money.is_negative() {
                return Err(invalid(SETTING, format!("{money} is negative")));
            }
        }
        at_most("fixed sums", self.fixed_sums.len())?;
        let minor = |sum: &FixedSum| sum.from.in_currency(currency).map_or(0, Money::minor);
        let ordered =
            self.fixed_sums.iter().zip(self.fixed_sums.iter().skip(1)).all(|(a, b)| minor(a) < minor(b));
        if !ordered {
            return Err(invalid(SETTING, "the fixed sums do not stand in the order of their amounts"));
        }
        Ok(())
    }

    /// The bands of its interest, where it has any.
    #[must_use]
    pub fn bands(&self) -> &[Band] {
        match &self.interest {
            Interest::Periods { bands, .. }
            | Interest::Balance { bands, .. }
            | Interest::Rate { rates: Rates::Bands { bands, .. }, .. } => bands,
            Interest::Rate { .. } => &[],
        }
    }

    fn check_interest(&self) -> Result<(), Rejection> {
        let (mode, months) = match &self.interest {
            Interest::Rate { per: Per::Days(0), .. }
            | Interest::Periods { every: Every::Days(0) | Every::Months(0), .. } => {
                return Err(invalid(SETTING, "a period has at least one day or one month"));
            }
            Interest::Rate { rates, .. } => (self.check_rates(rates)?, false),
            Interest::Periods { every, mode, .. } => (*mode, matches!(every, Every::Months(_))),
            Interest::Balance { mode, .. } => (*mode, false),
        };
        let bands = self.bands();
        at_most("bands", bands.len())?;
        for (n, band) in bands.iter().enumerate() {
            if band.months > 0 && !months {
                return Err(invalid(SETTING, "a band by months needs periods of months"));
            }
            let daily = matches!(self.interest, Interest::Rate { .. });
            match band.charge {
                Charge::Percent(rate) => not_negative(rate)?,
                Charge::Amount(_) if daily || mode == BandMode::Slices => {
                    return Err(invalid(SETTING, "a flat amount is neither a rate nor a share of a slice"));
                }
                Charge::Amount(_) => {}
            }
            if bands.iter().take(n).any(|other| other.same_start(band)) {
                return Err(invalid(SETTING, "two bands begin at the same amount and day"));
            }
        }
        if bands.is_empty() && !matches!(self.interest, Interest::Rate { .. }) {
            return Err(invalid(SETTING, "it has no bands; give at least one"));
        }
        Ok(())
    }

    fn check_rates(&self, rates: &Rates) -> Result<BandMode, Rejection> {
        match rates {
            Rates::Fixed(rate) => not_negative(*rate).map(|()| BandMode::Whole),
            Rates::Dated(rates) => {
                in_order(SETTING, rates)?;
                rates.iter().try_for_each(|rate| not_negative(rate.percent))?;
                Ok(BandMode::Whole)
            }
            Rates::Bands { mode, .. } => Ok(*mode),
            Rates::Reference { margin, .. } => percent(SETTING, *margin).map(|()| BandMode::Whole),
        }
    }
}

fn not_negative(rate: Decimal) -> Result<(), Rejection> {
    percent(SETTING, rate)?;
    if rate.is_negative() {
        return Err(invalid(SETTING, format!("{rate} % is less than nothing")));
    }
    Ok(())
}

impl Band {
    /// A band of a percent for every balance from the first day on.
    #[must_use]
    pub const fn percent(percent: Decimal) -> Self {
        Self { amount: None, days: 0, months: 0, charge: Charge::Percent(percent) }
    }

    fn amounts(&self) -> Vec<Amount> {
        let flat = match self.charge {
            Charge::Amount(amount) => Some(amount),
            Charge::Percent(_) => None,
        };
        self.amount.into_iter().chain(flat).collect()
    }

    fn same_start(&self, other: &Self) -> bool {
        // Amounts may be written with any number of decimals, at most four.
        let minor = |amount: Option<Amount>| amount.map_or(0, |amount| lifted(amount, 4).minor());
        minor(self.amount) == minor(other.amount) && (self.days, self.months) == (other.days, other.months)
    }
}
