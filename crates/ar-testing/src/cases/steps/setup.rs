//! Settings that a case changes while it is played: terms, aging columns, rates, periods.

use ar_core::query::Buckets;
use ar_core::{Date, Decimal};
use serde_json::{Value, json};

use crate::cases::fields::{Fields, Halt, Read, date, decimal, unsupported};
use crate::cases::play::{Outcome, Play, Thing};
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
    let foreign_per_base = match (play.policy.foreign_per_base, pair.split_once('/')) {
        (Some(foreign_per_base), _) => foreign_per_base,
        // Unsaid, a pair counts units of its second currency, here the base, for one of its first.
        (None, Some((first, second)))
            if play.tags.currency(second)? == play.tags.base()
                && play.tags.currency(first)? != play.tags.base() =>
        {
            false
        }
        _ => return unsupported("fx_rate without rate_quote"),
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

/// A period by its first and last day.
pub(super) fn define_period(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let (Some(start), Some(end)) = (fields.date("start")?, fields.date("end")?) else {
        return unsupported("define_period without its days");
    };
    let form = json!({"period": reference, "start": start, "end": end});
    if play.perform(&reference, vec![json!({"define_period": form})])? {
        play.periods.insert(reference.clone(), (start, end));
        play.things.insert(reference.clone(), Thing::Period(reference));
    }
    Ok(())
}

/// Closes a period: one that was defined, a month or a year, or every day up to one.
pub(super) fn close_period(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let through = fields.date("through")?;
    let close = how(fields)?;
    let Some(period) = fields.text("period")? else {
        let Some(last) = through else { return unsupported("close_period of no period") };
        if close != json!("hard") {
            return unsupported("a soft close of no period");
        }
        let reference = fields.text("ref")?.unwrap_or_else(|| last.to_string());
        play.lock(Some(last))?;
        play.note(&reference, Outcome::Done, Vec::new());
        return Ok(());
    };
    if through.is_some() {
        return unsupported("close_period of a period through a day");
    }
    define(play, &period)?;
    let reference = fields.text("ref")?.unwrap_or_else(|| period.clone());
    play.things.insert(reference.clone(), Thing::Period(period.clone()));
    let form = json!({"period": period, "close": close});
    play.perform(&reference, vec![json!({"close_period": form})]).map(|_| ())
}

/// How a step closes: hard, or softly for kinds of documents.
fn how(fields: &mut Fields<'_>) -> Read<Value> {
    let mode = fields.text("mode")?;
    if !fields.has("documents") {
        return match mode.as_deref() {
            None | Some("hard") => Ok(json!("hard")),
            Some("soft") => Ok(json!({"soft": {}})),
            Some(other) => unsupported(format!("close_period.mode={other}")),
        };
    }
    let mut areas = Vec::new();
    for document in fields.names("documents")? {
        areas.push(match document.as_str() {
            "invoice" | "debit_memo" => "billing",
            "credit_memo" => "credits",
            "payment" | "refund" | "transfer" => "cash",
            "allocation" | "allocate" => "settlement",
            "write_off" => "adjustment",
            other => return unsupported(format!("close_period.documents={other}")),
        });
    }
    Ok(json!({"soft": {"areas": areas}}))
}

/// Defines a month or a year that a case names and nobody defined.
fn define(play: &mut Play<'_>, period: &str) -> Read<()> {
    if play.periods.contains_key(period) {
        return Ok(());
    }
    let (start, end) = if period.len() == 4 {
        (date(&format!("{period}-01-01"))?, date(&format!("{period}-12-31"))?)
    } else {
        let start = date(&format!("{period}-01"))?;
        (start, start.end_of_month())
    };
    play.must(json!({"define_period": {"period": period, "start": start, "end": end}}))?;
    play.periods.insert(period.to_owned(), (start, end));
    Ok(())
}

/// Closes the periods of a year, or the year as a period when none of them was defined.
pub(super) fn close_year(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let year = fields.need("year")?;
    let reference = fields.text("ref")?.unwrap_or_else(|| year.clone());
    let (first, last) = (date(&format!("{year}-01-01"))?, date(&format!("{year}-12-31"))?);
    let inside = |(start, end): &(Date, Date)| first <= *start && *end <= last;
    let mut parts: Vec<(Date, String)> = play
        .periods
        .iter()
        .filter(|(_, days)| inside(days))
        .map(|(id, (start, _))| (*start, id.clone()))
        .collect();
    parts.sort();
    if parts.is_empty() {
        define(play, &year)?;
        parts.push((first, year));
    }
    let close = |(_, period): &(Date, String)| json!({"close_period": {"period": period, "close": "hard"}});
    play.things.insert(reference.clone(), Thing::Deed);
    play.perform(&reference, parts.iter().map(close).collect()).map(|_| ())
}

/// Opens a period again, or a month and everything after it where days were only locked.
pub(super) fn reopen_period(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let period = fields.need("period")?;
    let reference = fields.text("ref")?.unwrap_or_else(|| period.clone());
    if play.periods.contains_key(&period) {
        let form = json!({"period": period, "reason": "as the case says"});
        return play.perform(&reference, vec![json!({"reopen_period": form})]).map(|_| ());
    }
    let before = date(&format!("{period}-01"))?.add_days(-1);
    play.lock(Some(before.map_err(|e| Halt::Unsupported(e.to_string()))?))?;
    play.note(&reference, Outcome::Done, Vec::new());
    Ok(())
}

/// A statement of a customer; its days follow from its date, where it names none.
pub(super) fn statement(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    play.customer(fields)?;
    let on = play.date(fields)?;
    let days = match (fields.date("from")?, fields.date("to")?) {
        (Some(from), to) => (from, to.unwrap_or(on)),
        (None, Some(_)) => return unsupported("statement with a last day and no first"),
        (None, None) => {
            let Some(basis) = play.policy.statement.basis else {
                return unsupported("statement without dates or policy.aging");
            };
            basis.period(on).map_err(|e| Halt::Unsupported(e.to_string()))?
        }
    };
    play.statements.insert(reference.clone(), days);
    play.note(&reference, Outcome::Done, Vec::new());
    Ok(())
}
