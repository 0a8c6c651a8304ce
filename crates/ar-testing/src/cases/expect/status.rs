//! What a step came to, and how a document stands on a day.

use ar_core::query::{PromiseState, Settlement, status as status_of};
use ar_core::{Date, Event};
use serde_json::json;

use super::{Ask, Found};
use crate::cases::fields::{Read, unsupported};
use crate::cases::play::{Outcome, Play, Thing};
use crate::cases::values::document_id;

/// The refusal of a step: at least one step of the ref was refused, and each for the reason named.
pub(super) fn error(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(word) = ask.value.as_str() else { return unsupported("error in this form") };
    // The word must be known even where nothing was refused.
    crate::cases::refusals::codes(word)?;
    let reference = ask.reference()?;
    let (mut known, mut refused) = (false, false);
    for (step, outcome) in &ask.play.outcomes {
        if step != reference {
            continue;
        }
        known = true;
        if let Outcome::Refused(refusal) = outcome {
            refused = true;
            if !refusal.fits(word)? {
                return Ok(Found::Compared(Err(json!(format!("refused: {}", refusal.code)))));
            }
        }
    }
    if !known {
        return unsupported(format!("error of {reference}, which no step is called"));
    }
    Ok(Found::Compared(if refused { Ok(()) } else { Err(json!("accepted")) }))
}

/// How a document stands, or what a step came to.
pub(super) fn status(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(word) = ask.value.as_str() else { return unsupported("status in this form") };
    let reference = ask.reference()?;
    if let Some(Thing::Period(period)) = ask.play.things.get(reference) {
        return self::period(ask, period, word);
    }
    if let Some(document) = reference.strip_prefix("PTP:") {
        return promise(ask, document, word);
    }
    if matches!(word, "paid" | "unpaid" | "partly_paid" | "overdue" | "settled" | "open" | "cancelled") {
        return document(ask, word);
    }
    let outcome = ask.play.outcomes.iter().rev().find(|(step, _)| step == reference);
    let Some((_, outcome)) = outcome else {
        return unsupported(format!("status of {reference}, which no step is called"));
    };
    let draft = ask.play.drafts.contains_key(reference);
    let order = matches!(ask.play.things.get(reference), Some(Thing::Order(_)));
    let actual = match (word, outcome) {
        (_, Outcome::Refused(refusal)) => format!("refused: {}", refusal.code),
        ("warning" | "ok", Outcome::Overridden) => "warning".to_owned(),
        ("ok" | "accepted" | "warning", Outcome::Done) => {
            if word == "warning" { "ok" } else { word }.to_owned()
        }
        ("released" | "confirmed", Outcome::Done) if order => if draft { "draft" } else { word }.to_owned(),
        ("posted", Outcome::Done) => if draft { "draft" } else { word }.to_owned(),
        ("closed", Outcome::Done) if !ask.play.things.contains_key(reference) => word.to_owned(),
        _ => return unsupported(format!("status={word}")),
    };
    Ok(Found::As(json!(actual)))
}

/// How the promise to pay a document stands.
fn promise(ask: &Ask<'_, '_, '_>, document: &str, word: &str) -> Read<Found> {
    let state = ask.play.book.promise(ask.at, document)?;
    let Some(state) = state else { return Ok(Found::As(json!("no promise"))) };
    if !matches!(word, "promise_open" | "promise_kept" | "promise_broken") {
        return unsupported(format!("status={word} of a promise"));
    }
    Ok(Found::As(json!(match state {
        PromiseState::Open => "promise_open",
        PromiseState::Kept => "promise_kept",
        PromiseState::Broken => "promise_broken",
        PromiseState::Withdrawn => "promise_withdrawn",
    })))
}

/// How an accounting period stands, or why it was not closed.
fn period(ask: &Ask<'_, '_, '_>, period: &str, word: &str) -> Read<Found> {
    let reference = ask.reference()?;
    let outcome = ask.play.outcomes.iter().rev().find(|(step, _)| step == reference);
    if let Some((_, Outcome::Refused(refusal))) = outcome {
        return Ok(Found::As(json!(format!("refused: {}", refusal.code))));
    }
    if let ("accepted" | "ok", Some((_, Outcome::Done))) = (word, outcome) {
        return Ok(Found::As(json!(word)));
    }
    let state = match ask.play.book.period_state(period)? {
        Some("soft") => "soft_closed",
        Some(state) => state,
        None => "not defined",
    };
    if !matches!(word, "open" | "closed" | "soft_closed") {
        return unsupported(format!("status={word} of a period"));
    }
    Ok(Found::As(json!(state)))
}

/// A document's status from its figures. `open` and `settled` tell only whether anything is open.
fn document(ask: &Ask<'_, '_, '_>, word: &str) -> Read<Found> {
    let reference = ask.reference()?;
    ask.play.document(reference)?;
    if cancelled(ask.play, reference, ask.at)? {
        return Ok(Found::As(json!("cancelled")));
    }
    let (open, _) = super::balances::open_of(ask, reference)?;
    // What of it another document took over is open there; what it came to stays its own.
    let rows = ask.play.book.items(&document_id(reference)?)?;
    if rows.is_empty() {
        return Ok(Found::As(json!("not issued")));
    }
    let original = rows.iter().fold(0_i64, |sum, row| sum.saturating_add(row.original));
    let left = open.iter().fold(0_i64, |sum, item| sum.saturating_add(item.open.minor()));
    let due = rows.iter().map(|row| row.due).max().unwrap_or(ask.at);
    let settlement = status_of(left, original, due, ask.at).settlement;
    let overdue = open.iter().any(|item| item.overdue);
    let actual = match (word, settlement) {
        ("overdue", _) if overdue => "overdue",
        ("settled", Settlement::Paid) => "settled",
        ("open" | "settled", Settlement::Open | Settlement::PartPaid) => "open",
        (_, Settlement::Paid) => "paid",
        (_, Settlement::PartPaid) => "partly_paid",
        (_, Settlement::Open) => "unpaid",
    };
    Ok(Found::As(json!(actual)))
}

/// Whether a document was voided or reversed by that day.
fn cancelled(play: &Play<'_>, reference: &str, on: Date) -> Read<bool> {
    let id = document_id(reference)?;
    let events = play.book.events()?;
    let voided = |memo: &str| {
        let gone =
            |e: &Event| matches!(e, Event::DocumentVoided(e) if e.document.as_str() == memo && e.date <= on);
        events.iter().any(gone)
    };
    let memo = play.cancelled.get(reference).filter(|memo| !voided(memo));
    Ok(events.iter().any(|event| match event {
        Event::DocumentIssued(e) => memo.is_some_and(|memo| e.document.as_str() == memo) && e.date <= on,
        Event::DocumentVoided(e) => e.document == id && e.date <= on,
        Event::PaymentReversed(e) => e.payment == id && e.date <= on,
        _ => false,
    }))
}
