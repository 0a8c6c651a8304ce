//! How much is withheld of a settlement: an amount that is given, or a percent of what is settled,
//! rounded once by the book's rule (INV-07).
//!
//! What settles an item withholds `needed x rate`, where `needed` is what is open less the discount that
//! is earned. Cash that does not settle it is what was left after withholding: of `cash x rate / (1 -
//! rate)` so much more is settled. On the net, the rate counts by the net's share in the document.

use super::*;
use crate::decide::{Context, Halt};
use crate::event::Event;
use crate::rows::ItemRow;

/// An amount that is given, in minor units.
pub(crate) fn given(item: &ItemRow, amount: Amount) -> Result<i64, Halt> {
    let money = amount.in_currency(item.currency).map_err(|e| Rejection::value("withheld", &e))?;
    if money.is_positive() {
        return Ok(money.minor());
    }
    Err(Rejection::AmountNotPositive { what: "the tax withheld", given: amount }.into())
}

/// What a tax withholds of an item that needs so much without its discount and gets so much cash.
pub(crate) fn of_code(
    context: &Context<'_>,
    item: &ItemRow,
    code: &TaxCode,
    (needed, cash): (i64, i64),
) -> Result<i64, Halt> {
    let tax = context.book.withholdings.get(code);
    let tax = tax.ok_or_else(|| Rejection::WithholdingUnknown { code: code.clone() })?;
    let (part, whole) = match tax.on {
        WithheldOn::Gross => (1, 1),
        WithheldOn::Net => net_share(context, item)?,
    };
    let rate = tax.percent.decimal();
    let fraction = || {
        let hundred = 10_i128.checked_pow(u32::from(rate.scale()))?.checked_mul(100)?;
        let off = i128::from(rate.mantissa()).checked_mul(i128::from(part))?;
        Some((off, hundred.checked_mul(i128::from(whole))?))
    };
    let out = || Halt::from(Rejection::AmountOutOfRange { what: "the tax withheld" });
    let (off, all) = fraction().ok_or_else(out)?;
    let rounding = context.book.policies.rounding;
    let of = |minor: i64, below: i128| {
        let product = i128::from(minor).checked_mul(off)?;
        i64::try_from(div_round(product, below, rounding)?).ok()
    };
    let full = of(needed, all).ok_or_else(out)?;
    if cash.saturating_add(full) >= needed {
        return Ok(full);
    }
    all.checked_sub(off).and_then(|left| of(cash, left)).ok_or_else(out)
}

/// The net and the total of an item's document.
fn net_share(context: &Context<'_>, item: &ItemRow) -> Result<(i64, i64), Halt> {
    let record = context.facts.record(item.position)?;
    if let Some(Event::DocumentIssued(issued)) = record.map(|record| record.event) {
        let (net, total) = (issued.content.net.minor(), issued.content.total.minor());
        if net > 0 && total > 0 {
            return Ok((net.min(total), total));
        }
    }
    let problem = "its document says no net, and no amount is given";
    Err(Rejection::WithholdingNotPossible { item: item.item.clone(), problem }.into())
}
