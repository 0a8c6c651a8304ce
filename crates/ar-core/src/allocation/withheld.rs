//! The plan of a target of which tax is withheld: the tax stands beside the cash, and everything else is
//! decided as if so much more had been paid (INV-28).

use super::apply::Planned;
use super::decide::{cash_asked, plan_paid};
use super::discount::{discount_now, needed};
use super::find::is_cash;
use super::*;
use crate::decide::{Context, Halt};
use crate::rejection::Rejection;
use crate::rows::ItemRow;
use crate::withholding::{Withheld, given, of_code};

pub(super) fn plan_withheld(
    context: &Context<'_>,
    credit: &ItemRow,
    item: &ItemRow,
    (target, tax): (&Target, &Withheld),
    rest: i64,
) -> Result<Planned, Halt> {
    if !is_cash(credit) {
        let problem = "only who pays withholds, and this credit is no cash";
        return Err(Rejection::WithholdingNotPossible { item: item.item.clone(), problem }.into());
    }
    let cash = cash_of(credit, item, target, rest)?;
    let withheld = how_much(context, credit, item, (target, tax), cash.unwrap_or(rest))?;
    let exceeds = Rejection::WithholdingExceedsItem {
        item: item.item.clone(),
        open: item.open_money(),
        withheld: Money::clamped(withheld, item.currency),
    };
    let all = cash.unwrap_or(0).saturating_add(withheld);
    if withheld >= item.open || all > item.open {
        return Err(exceeds.into());
    }
    let raised = Target {
        amount: cash.map(|_| Amount::from_minor(all, credit.currency.exponent())),
        withheld: None,
        ..target.clone()
    };
    let paid = plan_paid(context, credit, item, &raised, rest.saturating_add(withheld))?;
    let cash = paid.cash.saturating_sub(withheld);
    if cash <= 0 {
        return Err(exceeds.into());
    }
    let withheld_tax = tax.code.clone().filter(|_| withheld != 0);
    Ok(Planned { cash, withheld, withheld_tax, ..paid })
}

/// The cash that the target asks for, in minor units; none when it asks for as much as settles it.
fn cash_of(credit: &ItemRow, item: &ItemRow, target: &Target, rest: i64) -> Result<Option<i64>, Halt> {
    let exceeds = |requested| {
        let available = Money::clamped(rest, credit.currency);
        Halt::from(Rejection::AllocationExceedsPayment { credit: credit.item.clone(), available, requested })
    };
    match target.amount {
        Some(amount) => Ok(Some(cash_asked(credit, item, amount, rest, exceeds)?.minor())),
        None if rest <= 0 => Err(exceeds(item.open_money())),
        None => Ok(None),
    }
}

fn how_much(
    context: &Context<'_>,
    credit: &ItemRow,
    item: &ItemRow,
    (target, tax): (&Target, &Withheld),
    cash: i64,
) -> Result<i64, Halt> {
    if let Some(code) = tax.code.as_ref().filter(|code| !context.book.withholdings.contains_key(*code)) {
        return Err(Rejection::WithholdingUnknown { code: code.clone() }.into());
    }
    match (tax.amount, &tax.code) {
        (Some(amount), _) => given(item, amount),
        (None, Some(code)) => {
            let earned = if target.discount { discount_now(item, credit.value_date) } else { 0 };
            of_code(context, item, code, (needed(item, earned), cash))
        }
        (None, None) => Ok(0),
    }
}
