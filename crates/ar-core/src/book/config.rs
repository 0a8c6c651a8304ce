//! The settings of a book and the row that holds them all.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::counts::{is_yes, yes};
use super::{Calendar, Chart, Counts, Periods, Policies, Series, Tax};
use crate::charges::{ChargePolicy, RateTable};
use crate::period::{AccountingPeriods, PeriodsDelta};
use crate::terms::Terms;
use crate::values::*;
use crate::withholding::WithholdingTax;

/// One setting, replaced as a whole. Earlier versions stay in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Mapping of roles to ledger accounts.
    Chart(Chart),
    /// First and last open day.
    Periods(Periods),
    /// All policies.
    Policies(Box<Policies>),
    /// A number series.
    Series(Series),
    /// A tax code.
    Tax(Tax),
    /// A reason code.
    Reason(Reason),
    /// Named payment terms.
    Terms {
        /// Name.
        id: TermsId,
        /// Content.
        terms: Terms,
    },
    /// A business-day calendar.
    Calendar {
        /// Name.
        id: CalendarId,
        /// Content.
        calendar: Calendar,
    },
    /// One of the book's own bank accounts.
    Bank(Bank),
    /// A policy for finance charges.
    ChargePolicy(Box<ChargePolicy>),
    /// A table of published reference rates.
    RateTable(RateTable),
    /// A tax that customers withhold.
    Withholding(WithholdingTax),
}

/// A reason code for memos, write-offs and overrides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The code.
    pub code: ReasonCode,
    /// What it means.
    pub text: Text,
    /// Codes that customers use for it on their deductions; each stands for one reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer_codes: Vec<Text>,
    /// Who follows up a chargeback of this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<ActorId>,
    /// Days within which a customer may claim it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_days: Option<u16>,
    /// Whether a write-off for it takes back the tax in what is given up: tax that has fallen due is
    /// relieved, tax that was to fall due with payment is given up with it.
    #[serde(default, skip_serializing_if = "is_no")]
    pub tax_relief: bool,
    /// Whether a write-off for it uses the allowance instead of being a loss of its own.
    #[serde(default, skip_serializing_if = "is_no")]
    pub against_allowance: bool,
    /// Whether what is claimed for it is part of the customer's exposure.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub counts_for_credit: bool,
    /// Whether what is claimed for it is dunned.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub counts_for_dunning: bool,
}

impl Reason {
    /// What a claim with this reason counts for.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        Counts { credit: self.counts_for_credit, dunning: self.counts_for_dunning }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

/// One of the book's own bank accounts; the chart may map each to its own ledger account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// The id used on payments.
    pub id: BankId,
    /// Name for people.
    pub name: Text,
    /// The currency the account is kept in, when it takes only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

/// All settings of a book in force now. One row, read by every command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookConfig {
    /// Counts changes of settings.
    pub version: u32,
    /// The base currency.
    pub base: Currency,
    /// Roles to ledger accounts.
    pub chart: Chart,
    /// First and last open day.
    pub periods: Periods,
    /// Policies.
    pub policies: Policies,
    /// Number series.
    pub series: BTreeMap<SeriesId, Series>,
    /// Tax codes.
    pub taxes: BTreeMap<TaxCode, Tax>,
    /// Reason codes.
    pub reasons: BTreeMap<ReasonCode, Reason>,
    /// Named terms.
    pub terms: BTreeMap<TermsId, Terms>,
    /// Calendars.
    pub calendars: BTreeMap<CalendarId, Calendar>,
    /// Own bank accounts.
    pub banks: BTreeMap<BankId, Bank>,
    /// Accounting periods, where the book has any.
    #[serde(default, skip_serializing_if = "AccountingPeriods::is_empty")]
    pub accounting: AccountingPeriods,
    /// Policies for finance charges.
    #[serde(default)]
    pub charge_policies: BTreeMap<ChargePolicyId, ChargePolicy>,
    /// Published reference rates.
    #[serde(default)]
    pub rate_tables: BTreeMap<RateTableId, RateTable>,
    /// Taxes that customers withhold.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub withholdings: BTreeMap<TaxCode, WithholdingTax>,
}

impl BookConfig {
    /// A book with the standard chart, series, periods and policies.
    #[must_use]
    pub fn standard(base: Currency) -> Self {
        let mut config = Self {
            version: 1,
            base,
            chart: Chart::standard(),
            periods: Periods::all(),
            policies: Policies::default(),
            series: BTreeMap::new(),
            taxes: BTreeMap::new(),
            reasons: BTreeMap::new(),
            terms: BTreeMap::new(),
            calendars: BTreeMap::new(),
            banks: BTreeMap::new(),
            accounting: AccountingPeriods::default(),
            charge_policies: BTreeMap::new(),
            rate_tables: BTreeMap::new(),
            withholdings: BTreeMap::new(),
        };
        for series in Series::standard() {
            config.series.insert(series.id.clone(), series);
        }
        config
    }

    /// Puts a setting in force.
    pub fn set(&mut self, setting: &Setting) {
        match setting.clone() {
            Setting::Chart(chart) => self.chart = chart,
            Setting::Periods(periods) => self.periods = periods,
            Setting::Policies(policies) => self.policies = *policies,
            Setting::Series(series) => {
                self.series.insert(series.id.clone(), series);
            }
            Setting::Tax(tax) => {
                self.taxes.insert(tax.code.clone(), tax);
            }
            Setting::Reason(reason) => {
                self.reasons.insert(reason.code.clone(), reason);
            }
            Setting::Terms { id, terms } => {
                self.terms.insert(id, terms);
            }
            Setting::Calendar { id, calendar } => {
                self.calendars.insert(id, calendar);
            }
            Setting::Bank(bank) => {
                self.banks.insert(bank.id.clone(), bank);
            }
            Setting::ChargePolicy(policy) => {
                self.charge_policies.insert(policy.id.clone(), *policy);
            }
            Setting::RateTable(table) => {
                self.rate_tables.insert(table.id.clone(), table);
            }
            Setting::Withholding(tax) => {
                self.withholdings.insert(tax.code.clone(), tax);
            }
        }
    }

    /// Takes over what an event did to an accounting period.
    pub fn set_period(&mut self, delta: &PeriodsDelta) {
        self.accounting.apply(delta);
        self.version = delta.version;
    }

    /// Whether a setting is in force exactly so.
    #[must_use]
    pub fn has(&self, setting: &Setting) -> bool {
        match setting {
            Setting::Chart(chart) => {
                let former = chart.former.is_empty() || chart.former == self.chart.former;
                self.chart.rules == chart.rules && former
            }
            Setting::Periods(periods) => self.periods == *periods,
            Setting::Policies(policies) => self.policies == **policies,
            Setting::Series(series) => self.series.get(&series.id) == Some(series),
            Setting::Tax(tax) => self.taxes.get(&tax.code) == Some(tax),
            Setting::Reason(reason) => self.reasons.get(&reason.code) == Some(reason),
            Setting::Terms { id, terms } => self.terms.get(id) == Some(terms),
            Setting::Calendar { id, calendar } => self.calendars.get(id) == Some(calendar),
            Setting::Bank(bank) => self.banks.get(&bank.id) == Some(bank),
            Setting::ChargePolicy(policy) => self.charge_policies.get(&policy.id) == Some(policy.as_ref()),
            Setting::RateTable(table) => self.rate_tables.get(&table.id) == Some(table),
            Setting::Withholding(tax) => self.withholdings.get(&tax.code) == Some(tax),
        }
    }

    /// Every setting in force, in a fixed order.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        let mut all = vec![
            Setting::Chart(self.chart.clone()),
            Setting::Periods(self.periods),
            Setting::Policies(Box::new(self.policies.clone())),
        ];
        all.extend(self.series.values().cloned().map(Setting::Series));
        all.extend(self.taxes.values().cloned().map(Setting::Tax));
        all.extend(self.reasons.values().cloned().map(Setting::Reason));
        all.extend(self.terms.iter().map(|(id, t)| Setting::Terms { id: id.clone(), terms: t.clone() }));
        all.extend(
            self.calendars.iter().map(|(id, c)| Setting::Calendar { id: id.clone(), calendar: c.clone() }),
        );
        all.extend(self.banks.values().cloned().map(Setting::Bank));
        all.extend(self.charge_policies.values().cloned().map(|p| Setting::ChargePolicy(Box::new(p))));
        all.extend(self.rate_tables.values().cloned().map(Setting::RateTable));
        all.extend(self.withholdings.values().cloned().map(Setting::Withholding));
        all
    }
}
