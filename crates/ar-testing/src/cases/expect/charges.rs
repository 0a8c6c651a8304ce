//! Interest, fixed sums and the rate of a debt, from the workings of its assessments.

use ar_core::Event;
use ar_core::charges::ChargeLine;
use serde_json::json;

use super::{Ask, Found};
use crate::cases::fields::{Read, unsupported};
use crate::cases::values::{account_id, document_id, text};

/// What was charged up to the day on the items of a document, or on all of a customer.
fn lines(ask: &Ask<'_, '_, '_>) -> Read<Vec<ChargeLine>> {
    let reference = ask.reference()?;
    let customer = ask.is_customer().then(|| account_id(reference)).transpose()?;
    let document = document_id(reference)?;
    let mut found = Vec::new();
    for event in ask.play.book.events()? {
        let Event::ChargesAssessed(assessed) = event else { continue };
        if assessed.through > ask.at || customer.as_ref().is_some_and(|id| *id != assessed.account) {
            continue;
        }
        let own = |line: &ChargeLine| customer.is_some() || *line.item.document() == document;
        found.extend(assessed.lines.into_iter().filter(own));
    }
    Ok(found)
}

/// Interest charged and not credited.
pub(super) fn interest(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    sum(ask, |line| line.interest.minor())
}

/// Fixed sums charged and not credited.
pub(super) fn compensation(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    sum(ask, |line| line.fee.minor())
}

fn sum(ask: &Ask<'_, '_, '_>, of: fn(&ChargeLine) -> i64) -> Read<Found> {
    let minor = lines(ask)?.iter().map(of).fold(0_i64, i64::saturating_add);
    Ok(Found::As(json!(text(minor, ask.play.tags.base()))))
}

/// The rate of the latest day charged.
pub(super) fn rate(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let lines = lines(ask)?;
    let percent = lines.iter().rev().flat_map(|line| line.segments.last()).find_map(|last| last.percent);
    match percent {
        Some(percent) => Ok(Found::As(json!(percent.to_string()))),
        None => unsupported("the rate of a debt that bears none"),
    }
}
