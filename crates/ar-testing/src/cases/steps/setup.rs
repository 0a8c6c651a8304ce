//! Settings that a case changes while it is played: terms, aging columns, rates, periods.

use ar_core::query::Buckets;
use ar_core::{Date, Decimal};
use serde_json::json;

use crate::cases::fields::{Fields, Halt, Read, date, decimal, unsupported};
use crate::cases::play::{Outcome, Play};
use crate::cases::policy::Quote;
use crate::cases::refusals::Refusal;
use crate::cases::terms;

/// Named payment terms.
pub(super) fn terms_template(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let setting = terms::template(fields, &reference)?;
    play.perform(&reference, vec![json!({"configure": setting})]).map(|_| ())
}

/// Columns of an aging. A day that a bucket cannot even hold is refused like one that is too low.
pub(super) fn aging_config(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let days = fields.names("bucket_days")?;
    let edges: Result<Vec<u16>, String> =
        days.iter().map(|day| day.parse().map_err(|_| format!("{day} is no bucket edge"))).collect();
    let checked = edges.and_then(|edges| Buckets::new(&edges).map_err(|e| e.to_string()));
    let outcome = match checked {
        Ok(_) => Outcome::Done,
        Err(problem) => Outcome::Refused(Refusal::query("query.buckets", problem)),
    };
    play.note(&reference, outcome, Vec::new());
    Ok(())
}

/// A rate from a day on, quoted as the case says.
pub(super) fn fx_rate(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let day = play.date(fields)?;
    let (pair, value) = (fields.need("pair")?, fields.need("value")?);
    let Some(foreign_per_base) = play.policy.foreign_per_base else {
        return unsupported("fx_rate without rate_quote");
    };
    let number: Decimal = decimal(&value)?;
    play.policy.quotes.insert(day, Quote { number, foreign_per_base });
    play.rates_of(day)?;
    play.note(&pair, Outcome::Done, Vec::new());
    Ok(())
}

/// Closes every day up to one.
pub(super) fn lock_date(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let through = fields.date("through")?;
    play.lock(through)?;
    play.note("lock_date", Outcome::Done, Vec::new());
    Ok(())
}

/// Closes a month, or every day up to one.
pub(super) fn close_period(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let through = fields.date("through")?;
    let last = match (fields.text("period")?, through) {
        (Some(month), None) => first_day(&month)?.end_of_month(),
        (None, Some(last)) => last,
        _ => return unsupported("close_period of no period"),
    };
    let reference = fields.text("ref")?.unwrap_or_else(|| last.to_string());
    play.lock(Some(last))?;
    play.note(&reference, Outcome::Done, Vec::new());
    Ok(())
}

/// Opens a month and everything after it.
pub(super) fn reopen_period(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let month = fields.need("period")?;
    let before = first_day(&month)?.add_days(-1).map_err(|e| Halt::Unsupported(e.to_string()))?;
    play.lock(Some(before))?;
    play.note(&month, Outcome::Done, Vec::new());
    Ok(())
}

/// The first day of `2024-01`.
fn first_day(month: &str) -> Read<Date> {
    date(&format!("{month}-01"))
}
