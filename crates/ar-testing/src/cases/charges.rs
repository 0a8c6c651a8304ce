//! What a case says about finance charges, as a charge policy and a table of rates.
//!
//! Words of rates, periods, bands and statutes are read together: they make one policy, or the case
//! is not supported.

use ar_core::charges::{
    Band, Charge, ChargePolicy, DatedRate, DayCount, Every, Grace, Interest, Per, RateTable, Rates, Repeat,
};
use ar_core::{Amount, ChargePolicyId, Currency, Date, Decimal, RateTableId};
use serde_json::{Value, json};

use super::fields::{Fields, Halt, Read, date, decimal, only, unsupported};

/// The name of the one policy of a case, and of its table of rates.
pub(super) const NAME: &str = "CASE";

/// Words by which a case says that it has a charge policy.
const WORDS: [&str; 16] = [
    "rate_percent",
    "interest_period_days",
    "annual_rate_percent",
    "every",
    "statute",
    "base_rate_percent",
    "base_rates",
    "reference_rate_percent",
    "reference_rates",
    "percent_by_amount",
    "percent_by_days",
    "percent_by_months",
    "amount_by_amount",
    "amount_by_days",
    "amount_by_months",
    "margin_percent",
];

/// Takes every word about finance charges; the settings they make, or none.
///
/// # Errors
/// A word in a position that is not known.
pub(super) fn read(fields: &mut Fields<'_>, base: Currency) -> Read<Vec<Value>> {
    if !WORDS.iter().any(|word| fields.has(word)) {
        return Ok(Vec::new());
    }
    let mut settings = Vec::new();
    let mut policy = match fields.text("statute")? {
        Some(statute) => by_statute(fields, &statute, &mut settings)?,
        None => ChargePolicy::yearly(policy_id()?, Rates::Fixed(Decimal::ZERO)),
    };
    if let Some(word) = fields.text("day_count")? {
        policy.day_count = day_count(&word)?;
    }
    if settings.is_empty() {
        policy.interest = interest(fields)?;
    }
    for key in ["grace_days", "grace_period_days"] {
        if let Some(days) = fields.count(key)? {
            policy.grace = Grace { days, ..Grace::default() };
        }
    }
    for key in ["minimum", "minimum_amount", "minimum_interest"] {
        if let Some(text) = fields.text(key)? {
            policy.document_minimum = Some(amount(&text)?);
        }
    }
    for key in ["maximum", "maximum_amount", "maximum_interest", "cap"] {
        if let Some(text) = fields.text(key)? {
            policy.cap = Some(amount(&text)?);
        }
    }
    if let Some(tiers) = fields.list("fixed_sums")? {
        policy.fixed_sums.clear();
        for tier in tiers {
            let mut tier = Fields::of("policy.fixed_sums", tier)?;
            let sum = ar_core::charges::FixedSum {
                from: amount(&tier.need("from")?)?,
                amount: amount(&tier.need("amount")?)?,
            };
            tier.finish()?;
            policy.fixed_sums.push(sum);
        }
    }
    policy.currency = Some(base);
    policy.check().map_err(|e| Halt::Unsupported(format!("a charge policy that is refused: {e}")))?;
    settings.push(json!({"charge_policy": policy}));
    Ok(settings)
}

fn policy_id() -> Read<ChargePolicyId> {
    ChargePolicyId::parse(NAME).map_err(|e| Halt::Broken(e.to_string()))
}

fn table_id() -> Read<RateTableId> {
    RateTableId::parse(NAME).map_err(|e| Halt::Broken(e.to_string()))
}

fn amount(text: &str) -> Read<Amount> {
    Amount::parse(text).map_err(|_| Halt::Unsupported(format!("amount {text}")))
}

/// A statutory pack with the published rates that the case supplies.
fn by_statute(fields: &mut Fields<'_>, statute: &str, settings: &mut Vec<Value>) -> Read<ChargePolicy> {
    let split = fields.flag("split_by_half_year")?.unwrap_or(false);
    let mut policy = match statute {
        "UK-LPCDA" => ChargePolicy::uk_act(policy_id()?, table_id()?, split),
        "EU-2011/7" | "EU-2011-7" => ChargePolicy::eu_directive(policy_id()?, table_id()?),
        other => return unsupported(format!("policy.statute={other}")),
    };
    let mut table = RateTable::new(table_id()?);
    for key in ["base_rate_percent", "reference_rate_percent"] {
        if let Some(text) = fields.text(key)? {
            table.rates.push(DatedRate { from: Date::MIN, percent: decimal(&text)?, source: None });
        }
    }
    for key in ["base_rates", "reference_rates"] {
        let Some(by_date) = fields.take(key) else { continue };
        let mut by_date = Fields::of(format!("policy.{key}"), by_date)?;
        for from in by_date.keys() {
            let percent = decimal(&by_date.need(&from)?)?;
            table.rates.push(DatedRate { from: date(&from)?, percent, source: None });
        }
    }
    table.rates.sort_by_key(|rate| rate.from);
    if let Some(points) = fields.text("margin_percent")?
        && let Interest::Rate { rates: Rates::Reference { margin, .. }, .. } = &mut policy.interest
    {
        *margin = decimal(&points)?;
    }
    settings.push(json!({"rate_table": table}));
    Ok(policy)
}

fn interest(fields: &mut Fields<'_>) -> Read<Interest> {
    let method = fields.text("method")?;
    let rate = fields.text("rate_percent")?.map(|text| decimal(&text)).transpose()?;
    let period = fields.count("interest_period_days")?;
    let every = every(fields)?;
    let bands = bands(fields)?;
    let repeat = match fields.flag("cumulative")? {
        Some(false) => Repeat::Latest,
        Some(true) | None => Repeat::Each,
    };
    only(fields, "range_mode", &["whole amount at band rate"])?;
    let mode = ar_core::charges::BandMode::Whole;
    let daily = |per, percent| Interest::Rate { per, rates: Rates::Fixed(percent) };
    if let Some(text) = fields.text("annual_rate_percent")? {
        return match (method.as_deref(), rate, period, every, bands.is_empty()) {
            (None | Some("average_daily_balance"), None, None, None, true) => {
                Ok(daily(Per::Year, decimal(&text)?))
            }
            _ => unsupported("policy.annual_rate_percent beside another rate"),
        };
    }
    let of_rate = |rate: Option<Decimal>, bands: Vec<Band>| match (rate, bands.is_empty()) {
        (Some(rate), true) => Ok(vec![Band::percent(rate)]),
        (None, false) => Ok(bands),
        _ => unsupported("policy with no rate, or with two"),
    };
    match (method.as_deref(), every, period) {
        (None | Some("average_daily_balance"), None, Some(days)) => match (rate, bands.is_empty()) {
            (Some(rate), true) => Ok(daily(Per::Days(days), rate)),
            (None, false) => Ok(Interest::Rate { per: Per::Days(days), rates: Rates::Bands { bands, mode } }),
            _ => unsupported("policy with no rate, or with two"),
        },
        (Some("balance_due"), None, _) => Ok(Interest::Balance { bands: of_rate(rate, bands)?, mode }),
        (None, Some(every), None) => {
            Ok(Interest::Periods { every, bands: of_rate(rate, bands)?, mode, repeat })
        }
        (Some(word), ..) => unsupported(format!("policy.method={word}")),
        _ => unsupported("policy of finance charges without a period"),
    }
}

fn every(fields: &mut Fields<'_>) -> Read<Option<Every>> {
    let Some(value) = fields.take("every") else { return Ok(None) };
    let mut words = Fields::of("policy.every", value)?;
    let every = match (words.count("days")?, words.count("months")?) {
        (Some(days), None) => Every::Days(days),
        (None, Some(months)) => Every::Months(months),
        _ => return unsupported("policy.every in this form"),
    };
    words.finish()?;
    Ok(Some(every))
}

/// Bands by amount, by days or by months; at most one list.
fn bands(fields: &mut Fields<'_>) -> Read<Vec<Band>> {
    let mut found: Option<Vec<Band>> = None;
    for what in ["percent", "amount"] {
        for by in ["amount", "days", "months"] {
            let key = format!("{what}_by_{by}");
            let Some(list) = fields.list(&key)? else { continue };
            if found.is_some() {
                return unsupported(format!("policy.{key} beside another list"));
            }
            let read = list.iter().map(|value| band(&key, value, what, by));
            found = Some(read.collect::<Read<Vec<Band>>>()?);
        }
    }
    Ok(found.unwrap_or_default())
}

fn band(key: &str, value: &Value, what: &str, by: &str) -> Read<Band> {
    let mut words = Fields::of(format!("policy.{key}"), value)?;
    let (from, figure) = (words.need("from")?, words.need(what)?);
    words.finish()?;
    let count = || from.parse::<u16>().map_err(|_| Halt::Unsupported(format!("policy.{key}.from={from}")));
    Ok(Band {
        amount: (by == "amount").then(|| amount(&from)).transpose()?,
        days: if by == "days" { count()? } else { 0 },
        months: if by == "months" { count()? } else { 0 },
        charge: if what == "percent" {
            Charge::Percent(decimal(&figure)?)
        } else {
            Charge::Amount(amount(&figure)?)
        },
    })
}

fn day_count(word: &str) -> Read<DayCount> {
    Ok(match word {
        "actual/365" | "actual/365F" | "actual/365 (fixed)" | "act/365" => DayCount::Actual365,
        "actual/360" | "act/360" => DayCount::Actual360,
        "actual/actual" | "actual/actual ISDA" | "actual/actual (ISDA)" | "act/act" => DayCount::ActualActual,
        "30/360" | "30/360 (bond basis)" => DayCount::Thirty360,
        "30/360 US" | "30U/360" => DayCount::Thirty360Us,
        "30E/360" => DayCount::ThirtyE360,
        other => return unsupported(format!("policy.day_count={other}")),
    })
}
