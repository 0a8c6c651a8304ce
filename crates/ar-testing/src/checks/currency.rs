//! INV-03 and INV-31 on foreign currency: conversions stand on record whole, and nothing unrealised is
//! left where nothing is open.

use std::collections::BTreeMap;

use ar_core::Event;
use ar_core::document::Side;
use ar_core::journal::Role;
use ar_core::values::*;

use super::{Checked, Evidence, broken};

fn base_of(line: &ar_core::journal::JournalLine, currency: Currency, base: Option<Currency>) -> i128 {
    let minor = if Some(currency) == base { Some(line.amount) } else { line.base };
    i128::from(minor.map_or(0, Amount::minor))
}

/// INV-03: credit leaves one currency only to enter another in the event after it, both amounts on
/// record; and the clearing account between them is at zero in base currency on every day and after
/// every command.
///
/// # Errors
/// INV-03.
pub fn conversions_are_on_record(evidence: Evidence<'_>) -> Checked {
    let events: Vec<_> = evidence.events().collect();
    for (place, (position, event)) in events.iter().enumerate() {
        let next = events.get(place + 1).map(|(_, event)| *event);
        match (event, next) {
            (Event::CreditConverted(from), Some(Event::ConversionIssued(to))) => {
                let whole = from.to.document() == &to.conversion
                    && from.from.item == to.from
                    && from.link == to.link
                    && from.date == to.date
                    && from.gives.currency() == to.currency
                    && from.gives.minor() == to.item.amount.minor()
                    && from.currency != to.currency
                    && from.from.amount.minor() > 0
                    && from.gives.minor() > 0;
                let foreign = |currency: &Currency| {
                    evidence.rows.book.as_ref().is_some_and(|book| book.base != *currency)
                };
                let rated = from.explanation.rule == "given_amounts"
                    || [from.currency, to.currency]
                        .iter()
                        .filter(|currency| foreign(currency))
                        .all(|currency| from.rates.iter().any(|used| used.currency == *currency));
                if !whole || !rated {
                    return broken("INV-03", format!("{position} converts {from:?} into {to:?}"));
                }
            }
            (Event::CreditConverted(e), _) => {
                return broken("INV-03", format!("{position} takes {} out and nowhere", e.from.item));
            }
            (Event::ConversionIssued(e), _) => {
                let before = place.checked_sub(1).and_then(|at| events.get(at)).map(|(_, event)| *event);
                if !matches!(before, Some(Event::CreditConverted(_))) {
                    return broken("INV-03", format!("{position} makes {} of nothing", e.conversion));
                }
            }
            _ => {}
        }
    }
    let base = evidence.rows.book.as_ref().map(|book| book.base);
    let clearing = |row: &&ar_core::rows::LineRow| row.line.role == Role::FxClearing;
    for day in evidence.rows.dates() {
        let lines = evidence.rows.lines.iter().filter(clearing).filter(|row| row.date <= day);
        let sum: i128 = lines.map(|row| base_of(&row.line, row.currency, base)).sum();
        if sum != 0 {
            return broken("INV-03", format!("on {day} {sum} in base stand between two currencies"));
        }
    }
    let mut sum = 0;
    for (record, (position, event)) in evidence.records.iter().zip(&events) {
        let Some((_, currency, lines)) = event.posting() else { continue };
        let lines = lines.iter().filter(|line| line.role == Role::FxClearing);
        sum += lines.map(|line| base_of(line, currency, base)).sum::<i128>();
        if record.part.0 == record.part.1 && sum != 0 {
            return broken("INV-03", format!("after {position} {sum} in base stand between two currencies"));
        }
    }
    Ok(())
}

/// INV-31: on every day, an item with nothing open is carried at nothing; and the accounts of
/// unrealised gains and losses together hold exactly what revaluations have added to open items.
///
/// # Errors
/// INV-31.
pub fn nothing_unrealised_is_left(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let mut dates = rows.dates();
    dates.insert(Date::MAX);
    for day in dates {
        let mut added: BTreeMap<Currency, i128> = BTreeMap::new();
        for item in rows.items.values().filter(|item| item.date <= day) {
            let (open, carried) = rows.open_on(item, day);
            if open == 0 && carried != 0 {
                return broken(
                    "INV-31",
                    format!("on {day} {} is closed and carried at {carried}", item.item),
                );
            }
            let live = |link: &ar_core::rows::LinkRow| {
                link.date <= day && link.undone.is_none_or(|(date, _)| date > day)
            };
            let taken = rows.taken(&item.item).filter(|(link, _)| live(link));
            let revalued: i64 = taken.map(|(_, side)| -side.revalued).sum();
            if day == Date::MAX && revalued != item.revalued {
                let kept = item.revalued;
                return broken(
                    "INV-31",
                    format!("{} keeps {kept} unrealised, {revalued} by links", item.item),
                );
            }
            let sign = if item.side == Side::Debit { 1 } else { -1 };
            *added.entry(item.currency).or_default() += i128::from(revalued * sign);
        }
        for row in rows.lines.iter().filter(|row| row.date <= day) {
            if matches!(row.line.role, Role::UnrealisedGain | Role::UnrealisedLoss) {
                let base = i128::from(row.line.base.map_or(0, Amount::minor));
                *added.entry(row.currency).or_default() += base;
            }
        }
        if let Some((currency, sum)) = added.iter().find(|(_, sum)| **sum != 0) {
            return broken("INV-31", format!("on {day} {sum} of what is unrealised in {currency} is astray"));
        }
    }
    Ok(())
}
