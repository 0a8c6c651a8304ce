//! Rounding a document to what can be paid in coins (INV-08).
//!
//! The difference is a figure of the document and a journal line on the rounding account, or part of
//! the largest tax. It is less than one step for each amount that was rounded.

use super::*;
use crate::book::{BookConfig, CashRounding, RoundedPart, RoundingDifference};
use crate::rejection::Rejection;
use crate::terms::Instalment;

const OUT: Rejection = Rejection::AmountOutOfRange { what: "the document" };

/// Rounds a document and its instalments as the book's policy for the currency says.
pub(super) fn round_to_coins(
    content: &mut Content,
    instalments: &mut Vec<Instalment>,
    currency: Currency,
    book: &BookConfig,
) -> Result<(), Rejection> {
    let Some(coins) = book.policies.cash_rounding.get(&currency) else { return Ok(()) };
    let before = content.total.minor();
    let total = match coins.per {
        RoundedPart::Document => {
            let total = coins.rounded(before, currency).ok_or(OUT)?;
            spread(coins, instalments, total, currency)?;
            total
        }
        RoundedPart::Instalment => each(coins, instalments, currency)?,
    };
    // What comes to nothing is left out; a total of nothing is one instalment of nothing.
    let last = instalments.last().cloned();
    instalments.retain(|part| !part.amount.is_zero());
    if instalments.is_empty() {
        instalments.extend(last.map(|part| Instalment { discounts: Vec::new(), ..part }));
    }
    let total = Money::new(total, currency).map_err(|_| OUT)?;
    let difference = total.minor().saturating_sub(before);
    if difference == 0 {
        return Ok(());
    }
    let amount = Amount::from_minor(difference, currency.exponent());
    content.total = total.amount();
    match (coins.difference, largest_tax(content)) {
        (RoundingDifference::BiggestTax, Some(group)) => {
            let tax = group.tax.minor().saturating_add(difference);
            group.tax = Money::new(tax, currency).map_err(|_| OUT)?.amount();
            group.coins = Some(amount);
        }
        _ => content.coins = Some(amount),
    }
    Ok(())
}

/// The largest tax, the first of equals.
fn largest_tax(content: &mut Content) -> Option<&mut TaxGroup> {
    let groups = content.taxes.iter_mut().filter(|group| group.tax.minor() != 0);
    groups.reduce(|a, b| if b.tax.minor().saturating_abs() > a.tax.minor().saturating_abs() { b } else { a })
}

/// Every instalment but the last in coins; the last takes the rest.
fn spread(
    coins: &CashRounding,
    instalments: &mut [Instalment],
    total: i64,
    currency: Currency,
) -> Result<(), Rejection> {
    let Some((last, before)) = instalments.split_last_mut() else { return Ok(()) };
    let mut left = total;
    for part in before {
        let minor = coins.rounded(part.amount.minor(), currency).ok_or(OUT)?.min(left);
        part.amount = Money::new(minor, currency).map_err(|_| OUT)?;
        left = left.saturating_sub(minor);
    }
    last.amount = Money::new(left, currency).map_err(|_| OUT)?;
    Ok(())
}

/// Every instalment in coins; their sum.
fn each(coins: &CashRounding, instalments: &mut [Instalment], currency: Currency) -> Result<i64, Rejection> {
    let mut total = 0_i64;
    for part in instalments {
        let minor = coins.rounded(part.amount.minor(), currency).ok_or(OUT)?;
        part.amount = Money::new(minor, currency).map_err(|_| OUT)?;
        total = total.saturating_add(minor);
    }
    Ok(total)
}
