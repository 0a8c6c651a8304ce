//! Netting: payables, which stand outside the book, and what is set off against them.

use ar_core::document::Side;
use serde_json::json;

use crate::cases::fields::{Fields, Read, unsupported};
use crate::cases::play::{Outcome, Play};
use crate::cases::values::{minor, text};

/// A payable of the other ledger is remembered: how much, in which currency.
pub(super) fn payable(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let customer = play.customer(fields)?;
    play.date(fields)?;
    let currency = play.currency(fields)?;
    let amount = minor(&fields.need("amount")?, currency)?;
    play.payables.insert(reference.clone(), (customer, currency, amount));
    play.note(&reference, Outcome::Done, Vec::new());
    Ok(())
}

/// Sets documents off against payables: the lesser of both sides. The receivables side of a netting `N`
/// is `N-AR`.
pub(super) fn net(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.text("ref")?.unwrap_or_else(|| "NET".to_owned());
    let refs = fields.names("refs")?;
    let date = play.date(fields)?;
    let (payables, receivables): (Vec<String>, Vec<String>) =
        refs.into_iter().partition(|one| play.payables.contains_key(one));
    let known: Vec<_> = payables.iter().filter_map(|one| play.payables.get(one).cloned()).collect();
    let Some((customer, currency, _)) = known.first().cloned() else {
        return unsupported("net without a payable");
    };
    if known.iter().any(|(owner, of, _)| (owner, *of) != (&customer, currency)) {
        return unsupported("net of payables of several partners or currencies");
    }
    let at_hand = known.iter().fold(0_i64, |sum, (_, _, minor)| sum.saturating_add(*minor));
    let mut items = Vec::new();
    let mut open = 0_i64;
    for document in &receivables {
        for row in play.items(document)?.into_iter().filter(|row| row.open > 0) {
            if row.side != Side::Debit || row.currency != currency {
                return unsupported("net of credits or of another currency");
            }
            open = open.saturating_add(row.open);
            items.push(json!({"item": row.item}));
        }
    }
    let amount = match fields.text("amount")? {
        Some(amount) => minor(&amount, currency)?,
        None => at_hand.min(open),
    };
    let mut left = amount;
    for one in &payables {
        if let Some((.., minor)) = play.payables.get_mut(one) {
            let takes = left.min(*minor);
            *minor = minor.saturating_sub(takes);
            left = left.saturating_sub(takes);
        }
    }
    if left > 0 {
        return unsupported("net of more than the payables come to");
    }
    let command = json!({"net": {"account": customer, "items": items, "amount": text(amount, currency),
        "reference": payables.join(" "), "date": date}});
    play.perform(&format!("{reference}-AR"), vec![command]).map(|_| ())
}
