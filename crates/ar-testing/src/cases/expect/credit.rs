//! Limits and exposure.

use ar_core::Currency;
use ar_core::account::CreditLimit;
use ar_core::query::{Exposure, ExposureParts};
use serde_json::{Value, json};

use super::{Ask, Found};
use crate::cases::fields::{Read, unsupported};
use crate::cases::values::{account_id, text};

fn exposure_of(ask: &Ask<'_, '_, '_>) -> Read<Exposure> {
    ask.play.book.exposure(ask.at, &account_id(ask.reference()?)?)
}

/// The limit in force; no limit is `null`.
pub(super) fn limit(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    Ok(Found::As(match exposure_of(ask)?.limit {
        CreditLimit::None => Value::Null,
        CreditLimit::Zero => json!("0"),
        CreditLimit::Amount(limit) => json!(limit.amount().to_string()),
    }))
}

/// What is left of the limit.
pub(super) fn available(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let exposure = exposure_of(ask)?;
    let limit = match exposure.limit {
        CreditLimit::None => return Ok(Found::As(Value::Null)),
        CreditLimit::Zero => 0,
        CreditLimit::Amount(limit) => limit.minor(),
    };
    let base = ask.play.tags.base();
    let used = parts(&exposure, base)?.map_or(0, |parts| parts.exposure.minor());
    Ok(Found::As(json!(text(limit.saturating_sub(used), base))))
}

/// Exposure by its parts.
pub(super) fn exposure(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let exposure = exposure_of(ask)?;
    let base = ask.play.tags.base();
    let part = |of: fn(&ExposureParts) -> i64| -> Read<String> {
        Ok(text(parts(&exposure, base)?.map_or(0, of), base))
    };
    Ok(Found::As(json!({
        "open_invoices": part(|p| p.debit.minor())?,
        "to_invoice": part(|p| p.orders.minor())?,
        "overdue": part(|p| p.overdue.minor())?,
        "unapplied": part(|p| p.unapplied.minor())?,
        "total": part(|p| p.exposure.minor())?,
    })))
}

fn parts(exposure: &Exposure, base: Currency) -> Read<Option<&ExposureParts>> {
    match exposure.currencies.as_slice() {
        [] => Ok(None),
        [one] if one.currency == base => Ok(Some(one)),
        _ => unsupported("an exposure in foreign currency"),
    }
}
