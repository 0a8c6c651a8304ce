//! The early-payment discount of an item: `(original - credit memos) x rate - already granted`,
//! rounded once, half away from zero (INV-30).
//!
//! It is granted when cash inside the window settles the item. The window is from the document
//! date to the tier's last day, both included; the value date of the payment decides.

use crate::rows::ItemRow;
use crate::terms::DiscountTier;
use crate::values::*;

fn of_tier(item: &ItemRow, tier: &DiscountTier) -> i64 {
    let basis = item.original.saturating_sub(item.credited);
    let full = tier.percent.decimal().times(i128::from(basis), 100, Rounding::HalfAwayFromZero);
    let full = full.and_then(|f| i64::try_from(f).ok()).unwrap_or(0);
    full.saturating_sub(item.discount_taken).clamp(0, item.open.max(0))
}

/// The discount that a payment of a value date earns if it settles the item, in minor units.
#[must_use]
pub fn discount_now(item: &ItemRow, value_date: Date) -> i64 {
    if value_date < item.document_date {
        return 0;
    }
    item.discounts
        .iter()
        .filter(|tier| value_date <= tier.until)
        .map(|tier| of_tier(item, tier))
        .max()
        .unwrap_or(0)
}

/// What settles the item under each of its discounts: the last value date and the cash, in minor
/// units. A store indexes these so that an exact amount finds its item at once.
#[must_use]
pub fn quotes(item: &ItemRow) -> Vec<(Date, i64)> {
    if item.open <= 0 {
        return Vec::new();
    }
    let quote = |tier: &DiscountTier| (tier.until, item.open.saturating_sub(of_tier(item, tier)));
    item.discounts.iter().map(quote).filter(|(_, cash)| *cash < item.open).collect()
}
