//! The early-payment discount of an item (INV-30).
//!
//! A tier is earned by cash whose value date lies in its window, from the document date to the tier's
//! last day, both included. When the cash settles the item the discount is
//! `(original - credit memos) x rate - already granted`, rounded once, half away from zero. Under
//! terms that give part payments their share it is `open x rate` when the cash settles the item, else
//! `cash x rate / (1 - rate)`: 300 paid at 2 % settle 306.12. A full settlement is never computed by
//! grossing up: 9,320.16 at 5 % would strand a cent.
//!
//! A tier may be a percent of part of the item only: of its net, or of all but the taxes that no price
//! changes ([`crate::terms::DiscountTax`]).
//!
//! Source of the part-payment rule: Oracle Receivables, "How discounts are calculated"; Dynamics 365,
//! "Cash discounts".

use crate::rows::ItemRow;
use crate::terms::DiscountTier;
use crate::values::*;

fn of_rate(rate: Percent, basis: i64) -> i64 {
    let full = rate.decimal().times(i128::from(basis), 100, Rounding::HalfAwayFromZero);
    full.and_then(|full| i64::try_from(full).ok()).unwrap_or(0)
}

/// What of an amount of the item a tier is a percent of: all of it, or its share of the part that is
/// discounted, rounded once.
fn worth(item: &ItemRow, tier: &DiscountTier, minor: i64) -> i64 {
    let Some(basis) = tier.basis else { return minor };
    let product = i128::from(minor).saturating_mul(i128::from(basis.minor()));
    let share = div_round(product, i128::from(item.original), Rounding::HalfAwayFromZero);
    share.and_then(|share| i64::try_from(share).ok()).unwrap_or(0)
}

/// The discount of a tier if the item is settled, in minor units.
fn of_tier(item: &ItemRow, tier: &DiscountTier) -> i64 {
    let full = if tier.partial {
        of_rate(tier.percent, worth(item, tier, item.open))
    } else {
        let basis = item.original.saturating_sub(item.credited);
        of_rate(tier.percent, worth(item, tier, basis)).saturating_sub(item.discount_taken)
    };
    full.clamp(0, item.open.max(0))
}

/// The share of a tier that cash earns without settling the item, in minor units.
fn of_part(item: &ItemRow, tier: &DiscountTier, cash: i64) -> i64 {
    if !tier.partial {
        return 0;
    }
    let rate = tier.percent.decimal();
    let (basis, whole) = tier.basis.map_or((1, 1), |basis| (basis.minor(), item.original));
    let share = || {
        let hundred = 10_i128.checked_pow(u32::from(rate.scale()))?.checked_mul(100)?;
        let hundred = hundred.checked_mul(i128::from(whole))?;
        let off = i128::from(rate.mantissa()).checked_mul(i128::from(basis))?;
        let product = i128::from(cash).checked_mul(off)?;
        i64::try_from(div_round(product, hundred.checked_sub(off)?, Rounding::HalfAwayFromZero)?).ok()
    };
    share().unwrap_or(0).max(0)
}

/// Tiers whose window holds a value date.
fn live(item: &ItemRow, value_date: Date) -> impl Iterator<Item = &DiscountTier> {
    let begun = value_date >= item.document_date;
    item.discounts.iter().filter(move |tier| (begun || tier.advance) && value_date <= tier.until)
}

/// The most that these tiers give when the item is settled.
fn most<'t>(item: &ItemRow, tiers: impl Iterator<Item = &'t DiscountTier>) -> i64 {
    tiers.map(|tier| of_tier(item, tier)).max().unwrap_or(0)
}

/// The most that these tiers give to cash that does not settle the item. Together they stay below
/// what is open, or the cash would have settled it.
fn most_of_part<'t>(item: &ItemRow, tiers: impl Iterator<Item = &'t DiscountTier>, cash: i64) -> i64 {
    let share = tiers.map(|tier| of_part(item, tier, cash)).max().unwrap_or(0);
    share.min(item.open.saturating_sub(cash)).max(0)
}

/// The discount that a payment of a value date earns if it settles the item, in minor units.
#[must_use]
pub fn discount_now(item: &ItemRow, value_date: Date) -> i64 {
    most(item, live(item, value_date))
}

/// The discount that cash of a value date earns without settling the item, in minor units.
pub(crate) fn discount_of_part(item: &ItemRow, value_date: Date, cash: i64) -> i64 {
    most_of_part(item, live(item, value_date), cash)
}

/// The best discount whatever the day, for cash that settles the item: what may be granted unearned.
pub(super) fn discount_at_best(item: &ItemRow) -> i64 {
    most(item, item.discounts.iter())
}

/// The best discount whatever the day, for cash that does not settle the item.
pub(super) fn part_at_best(item: &ItemRow, cash: i64) -> i64 {
    most_of_part(item, item.discounts.iter(), cash)
}

/// The cash that settles an item beside the discount which cash of a value date earns, in minor units.
/// A discount as large as what is open would settle without any cash; it gives way.
#[must_use]
pub fn cash_to_settle(item: &ItemRow, value_date: Date) -> i64 {
    needed(item, discount_now(item, value_date))
}

pub(super) const fn needed(item: &ItemRow, earned: i64) -> i64 {
    if earned < item.open { item.open.saturating_sub(earned) } else { item.open }
}

/// What the item's terms offered at most and was not taken, in minor units, whether or not that much is
/// still open: `(original - credit memos) x highest rate - taken`.
#[must_use]
pub fn discount_offered(item: &ItemRow) -> i64 {
    let basis = item.original.saturating_sub(item.credited);
    let full = item.discounts.iter().map(|tier| of_rate(tier.percent, worth(item, tier, basis))).max();
    full.unwrap_or(0).saturating_sub(item.discount_taken).max(0)
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
