//! Checks of settings: what must be true of a setting, and of all settings together, before it is
//! in force.

use super::*;
use crate::allocation::{RULES_MAX, Rule};
use crate::rejection::Rejection;
use crate::terms::Terms;

/// Most entries of one kind (tax codes, reasons, terms, ...): all settings are one row that every
/// command reads.
pub const ENTRIES_MAX: usize = 1_000;
/// Most rules of a chart.
pub const CHART_RULES_MAX: usize = 500;
/// Most customers' codes that stand for one reason.
const CUSTOMER_CODES_MAX: usize = 100;
/// Most days before a date that its rate may have been recorded.
const RATE_AGE_DAYS_MAX: u16 = 3_650;

fn invalid(setting: &'static str, problem: String) -> Rejection {
    Rejection::SettingInvalid { setting, problem }
}

impl Setting {
    /// Kind and name: two settings with the same cannot be in force together.
    #[must_use]
    pub fn name(&self) -> (&'static str, &str) {
        match self {
            Self::Chart(_) => ("chart", "the chart"),
            Self::Periods(_) => ("periods", "the span of open days"),
            Self::Policies(_) => ("policies", "the value of all policies"),
            Self::Series(series) => ("series", series.id.as_str()),
            Self::Tax(tax) => ("tax", tax.code.as_str()),
            Self::Reason(reason) => ("reason", reason.code.as_str()),
            Self::Terms { id, .. } => ("terms", id.as_str()),
            Self::Calendar { id, .. } => ("calendar", id.as_str()),
            Self::Bank(bank) => ("bank", bank.id.as_str()),
            Self::ChargePolicy(policy) => ("charge_policy", policy.id.as_str()),
            Self::RateTable(table) => ("rate_table", table.id.as_str()),
            Self::Withholding(tax) => ("withholding", tax.code.as_str()),
        }
    }
}

impl BookConfig {
    /// Checks one setting among all the others.
    ///
    /// # Errors
    /// `setting.invalid`, `chart.no_account`, `calendar.unknown`, `terms.*`, `amount.*`,
    /// `input.too_many`.
    pub fn check(&self, setting: &Setting) -> Result<(), Rejection> {
        match setting {
            Setting::Chart(chart) => {
                let given = chart.rules.len().saturating_add(chart.former.len());
                if given > CHART_RULES_MAX {
                    let what = "chart rules and accounts of earlier charts";
                    return Err(Rejection::TooManyEntries { what, given, max: CHART_RULES_MAX });
                }
                chart.check()
            }
            Setting::Periods(periods) => {
                if periods.open_from > periods.open_to {
                    let problem = format!(
                        "the first open day {} lies after the last {}",
                        periods.open_from, periods.open_to
                    );
                    return Err(invalid("periods", problem));
                }
                Ok(())
            }
            Setting::Policies(policies) => self.check_policies(policies),
            Setting::Series(series) => self.check_series(series),
            Setting::Tax(tax) => tax.check(),
            Setting::Terms { terms, .. } => self.check_terms(terms),
            Setting::Calendar { calendar, .. } => calendar.check(),
            Setting::Reason(reason) => self.check_reason(reason),
            Setting::Bank(_) => Ok(()),
            Setting::ChargePolicy(policy) => policy.check(),
            Setting::RateTable(table) => table.check(),
            Setting::Withholding(tax) => tax.check(),
        }
    }

    /// Checks that no kind of setting has more entries than a command can afford to read.
    ///
    /// # Errors
    /// `input.too_many`.
    pub fn check_size(&self) -> Result<(), Rejection> {
        let sizes = [
            ("series", self.series.len()),
            ("tax codes", self.taxes.len()),
            ("reasons", self.reasons.len()),
            ("terms", self.terms.len()),
            ("calendars", self.calendars.len()),
            ("banks", self.banks.len()),
            ("charge policies", self.charge_policies.len()),
            ("rate tables", self.rate_tables.len()),
            ("withholding taxes", self.withholdings.len()),
        ];
        match sizes.into_iter().find(|(_, given)| *given > ENTRIES_MAX) {
            None => Ok(()),
            Some((what, given)) => Err(Rejection::TooManyEntries { what, given, max: ENTRIES_MAX }),
        }
    }

    /// A customer's code stands for one reason, or a deduction would have two.
    fn check_reason(&self, reason: &Reason) -> Result<(), Rejection> {
        let given = reason.customer_codes.len();
        if given > CUSTOMER_CODES_MAX {
            let what = "customers' codes of one reason";
            return Err(Rejection::TooManyEntries { what, given, max: CUSTOMER_CODES_MAX });
        }
        for (n, code) in reason.customer_codes.iter().enumerate() {
            let again = reason.customer_codes.iter().skip(n.saturating_add(1)).any(|other| other == code);
            let others = self.reasons.values().filter(|other| other.code != reason.code);
            let taken = others.into_iter().find(|other| other.customer_codes.contains(code));
            if code.is_empty() || again || taken.is_some() {
                let whose = taken.map_or(&reason.code, |other| &other.code);
                let problem = format!("the customer's code '{code}' already stands for {whose}, or is empty");
                return Err(invalid("reason", problem));
            }
        }
        Ok(())
    }

    fn check_terms(&self, terms: &Terms) -> Result<(), Rejection> {
        terms.check()?;
        terms.check_repeated()?;
        self.policies.check_discounts(terms)?;
        match &terms.adjust {
            None => Ok(()),
            Some(adjust) => self.calendar(&adjust.calendar).map(drop),
        }
    }

    fn check_policies(&self, policies: &Policies) -> Result<(), Rejection> {
        self.check_terms(&policies.default_terms)?;
        policies.check_discounts(&policies.default_terms)?;
        if policies.rate_age_days_max > RATE_AGE_DAYS_MAX {
            let problem = format!("rate_age_days_max is at most {RATE_AGE_DAYS_MAX}");
            return Err(invalid("policies", problem));
        }
        let required = policies.close.requires.len();
        if required > crate::period::SIGNED_MAX {
            let (what, max) = ("requirements of a close", crate::period::SIGNED_MAX);
            return Err(Rejection::TooManyEntries { what, given: required, max });
        }
        let reopeners = policies.close.reopeners.len();
        if reopeners > ENTRIES_MAX {
            let what = "persons who may reopen a period";
            return Err(Rejection::TooManyEntries { what, given: reopeners, max: ENTRIES_MAX });
        }
        let lists = [&policies.attended, &policies.unattended];
        for rules in lists.into_iter().chain(policies.attended_by_class.values()) {
            if rules.len() > RULES_MAX {
                return Err(Rejection::TooManyEntries {
                    what: "allocation rules",
                    given: rules.len(),
                    max: RULES_MAX,
                });
            }
            rules.iter().try_for_each(Rule::check)?;
            if let Some(rule) = repeated(rules) {
                let problem = format!("allocation rule {} stands twice in one list", rule.name());
                return Err(invalid("policies", problem));
            }
        }
        if policies.user_tolerances.len() > ENTRIES_MAX {
            let (what, given) = ("tolerances of users", policies.user_tolerances.len());
            return Err(Rejection::TooManyEntries { what, given, max: ENTRIES_MAX });
        }
        policies.approvals.iter().try_for_each(|(act, rule)| rule.check(*act))?;
        for (currency, coins) in &policies.cash_rounding {
            coins.check(*currency)?;
        }
        let of_book = [&policies.under_tolerance, &policies.over_tolerance, &policies.payment_tolerance];
        let mut all = of_book.into_iter().flatten().chain(policies.user_tolerances.values());
        all.try_for_each(Tolerance::check)
    }

    /// A series must be able to count, and no number may follow from two series.
    fn check_series(&self, series: &Series) -> Result<(), Rejection> {
        let width = usize::from(series.width);
        if !(1..=12).contains(&width) {
            return Err(invalid(
                "series",
                format!("{} digits were given; a counter has 1 to 12", series.width),
            ));
        }
        if series.first == 0 || series.first.to_string().len() > width {
            let problem = format!("the first counter {} does not fit {width} digits from 1 up", series.first);
            return Err(invalid("series", problem));
        }
        let rival = self.series.values().find(|other| other.id != series.id && may_coincide(other, series));
        match rival {
            None => Ok(()),
            Some(other) => {
                let problem =
                    format!("{} and {} may give the same number; change a prefix", series.id, other.id);
                Err(invalid("series", problem))
            }
        }
    }
}

fn repeated(rules: &[Rule]) -> Option<Rule> {
    rules
        .iter()
        .enumerate()
        .find(|(n, rule)| rules.iter().take(*n).any(|r| r.name() == rule.name()))
        .map(|(_, r)| *r)
}

/// Whether two series may give the same number, as far as their shapes say: prefix, then any
/// digits.
fn may_coincide(a: &Series, b: &Series) -> bool {
    let (a, b) = (shape(a), shape(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|pair| match pair {
            (None, None) => true,
            (Some(a), Some(b)) => a == b,
            (Some(letter), None) | (None, Some(letter)) => letter.is_ascii_digit(),
        })
}

/// The letters of a series' numbers; `None` is any digit.
fn shape(series: &Series) -> Vec<Option<u8>> {
    let mut shape: Vec<Option<u8>> = series.prefix.as_str().bytes().map(Some).collect();
    if series.year == YearPrefix::Year {
        shape.extend([None, None, None, None, Some(b'-')]);
    }
    shape.extend(std::iter::repeat_n(None, usize::from(series.width)));
    shape
}
