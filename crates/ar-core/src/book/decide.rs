//! Opening and configuring a book, and recording rates: every setting is checked before it is in
//! force, and nothing that stored documents rely on changes under them (INV-12, INV-18).

use std::collections::BTreeSet;

use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::fx::check_band;
use crate::rejection::Rejection;

pub(crate) fn decide_configure(context: &Context<'_>, c: &Setting) -> Result<Decision, Halt> {
    let book = context.book;
    if book.has(c) {
        return Ok(nothing_changed("configure"));
    }
    check_in_use(book, c)?;
    if matches!(c, Setting::Periods(new) if new.open_from < book.periods.open_from) {
        crate::period::may_reopen(context, "move the first open day back")?;
    }
    let c = &match c {
        Setting::Chart(chart) => {
            book.check(c)?;
            Setting::Chart(chart.after(&book.chart)?)
        }
        other => other.clone(),
    };
    let mut after = book.clone();
    after.set(c);
    after.check(c)?;
    after.check_size()?;
    let version = book.version.saturating_add(1);
    Ok(Decision::one(Event::BookConfigured(Box::new(BookConfigured { setting: c.clone(), version }))))
}

pub(crate) fn decide_record_rate(context: &Context<'_>, c: &RecordRate) -> Result<Decision, Halt> {
    if c.currency == context.book.base {
        return Err(
            invalid("rate", format!("{} is the book's base currency and has no rate", c.currency)).into()
        );
    }
    if !c.currency.active_on(c.date) {
        return Err(Rejection::CurrencyInactive { currency: c.currency, on: c.date }.into());
    }
    if let Some(last) = context.facts.rate(c.currency, c.date)?
        && (last.date, last.rate, &last.source) == (c.date, c.rate, &c.source)
    {
        return Ok(nothing_changed("record_rate"));
    }
    check_band(context, c.currency, c.rate, c.date)?;
    Ok(Decision::one(Event::RateRecorded(c.clone())))
}

/// Opens a book. Asked again, it changes nothing when the base currency is the same and every
/// setting given is in force, so that a set-up script may run twice.
pub(crate) fn decide_open_book(
    book: Option<&BookConfig>,
    id: &BookId,
    c: &OpenBook,
) -> Result<Decision, Halt> {
    if let Some(book) = book {
        if book.base == c.base && c.settings.iter().all(|setting| book.has(setting)) {
            return Ok(nothing_changed("open_book"));
        }
        return Err(Rejection::BookExists { book: id.clone() }.into());
    }
    let mut config = BookConfig::standard(c.base);
    let mut names = BTreeSet::new();
    for setting in &c.settings {
        let (kind, name) = setting.name();
        if !names.insert((kind, name)) {
            return Err(invalid(kind, format!("{name} is given twice; give each setting once")).into());
        }
        config.set(setting);
    }
    config.check_size()?;
    for setting in &c.settings {
        config.check(setting)?;
    }
    let opened = BookOpened { base: c.base, settings: config.settings() };
    Ok(Decision::one(Event::BookOpened(Box::new(opened))))
}

fn nothing_changed(command: &'static str) -> Decision {
    Decision::one(Event::NothingChanged { command: compact_str::CompactString::const_new(command) })
}

fn invalid(setting: &'static str, problem: String) -> Rejection {
    Rejection::SettingInvalid { setting, problem }
}

/// Refuses what would change documents already issued: the shape of a series' numbers, and the
/// rate behind a tax code.
fn check_in_use(book: &BookConfig, setting: &Setting) -> Result<(), Rejection> {
    let (kept, setting, id) = match setting {
        Setting::Series(new) => {
            let kept = book.series.get(&new.id).is_none_or(|old| {
                (&old.prefix, old.year, old.width, old.first) == (&new.prefix, new.year, new.width, new.first)
            });
            (kept, "series", new.id.as_str())
        }
        Setting::Tax(new) => {
            let kept = book
                .taxes
                .get(&new.code)
                .is_none_or(|old| (old.percent, old.kind) == (new.percent, new.kind));
            (kept, "tax code", new.code.as_str())
        }
        _ => return Ok(()),
    };
    if kept { Ok(()) } else { Err(Rejection::SettingInUse { setting, id: id.to_owned() }) }
}
