//! Ids and amounts of a case as values of the library, and an amount over the items of a document.

use ar_core::rows::ItemRow;
use ar_core::{AccountId, Amount, Currency, DocumentId, ItemId, Money};

use super::fields::{Halt, Read};

/// The id of a document.
///
/// # Errors
/// A ref that the library cannot take as one.
pub fn document_id(reference: &str) -> Read<DocumentId> {
    DocumentId::parse(reference).map_err(|_| Halt::Unsupported(format!("ref {reference}")))
}

/// The id of an account.
///
/// # Errors
/// A ref that the library cannot take as one.
pub fn account_id(reference: &str) -> Read<AccountId> {
    AccountId::parse(reference).map_err(|_| Halt::Unsupported(format!("ref {reference}")))
}

/// Minor units of an amount in a currency.
///
/// # Errors
/// A text that is no amount of it.
pub fn minor(amount: &str, currency: Currency) -> Read<i64> {
    let money = Amount::parse(amount).and_then(|amount| amount.in_currency(currency));
    money.map(Money::minor).map_err(|_| Halt::Unsupported(format!("amount {amount} of {currency}")))
}

/// An amount as text.
#[must_use]
pub fn text(minor: i64, currency: Currency) -> String {
    Money::clamped(minor, currency).amount().to_string()
}

/// One item and what of it is to be settled.
pub type Share = (ItemId, i64);

/// Spreads an amount over the items of a document in order of their due dates, and lowers what is
/// open. What does not fit stands on the last item, so that the library refuses it.
#[must_use]
pub fn spread(items: &mut [ItemRow], amount: i64) -> Vec<Share> {
    items.sort_by(|a, b| (a.due, &a.item).cmp(&(b.due, &b.item)));
    let mut rest = amount;
    let mut shares: Vec<Share> = Vec::new();
    for row in items.iter_mut().filter(|row| row.open > 0) {
        let part = rest.min(row.open);
        if part > 0 {
            shares.push((row.item.clone(), part));
            row.open = row.open.saturating_sub(part);
            rest = rest.saturating_sub(part);
        }
    }
    match (shares.last_mut(), items.last()) {
        (Some(last), _) => last.1 = last.1.saturating_add(rest),
        (None, Some(row)) => shares.push((row.item.clone(), rest)),
        (None, None) => {}
    }
    shares
}
