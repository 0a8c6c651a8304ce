//! From terms to dated instalments.
use super::*;
use crate::book::BookConfig;
use crate::rejection::Rejection;
/// One instalment: when it is due, how much, and what an early payment earns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Due date.
    pub due: Date,
    /// Amount.
    pub amount: Money,
    /// Discounts with their dates.
    pub discounts: Vec<DiscountTier>,
}
/// The instalments of a total under terms from an anchor date.
///
/// # Errors
/// `terms.*`, `calendar.unknown`, `date.out_of_range`.
pub fn schedule(
    _terms: &Terms,
    _anchor: Date,
    _total: Money,
    _book: &BookConfig,
) -> Result<Vec<Instalment>, Rejection> {
    Ok(Vec::new())
}
