//! Rates: how a document in a foreign currency comes to a base amount (INV-03).

use crate::decide::{Context, Halt};
use crate::rejection::Rejection;
use crate::rows::RateRow;
use crate::values::*;

/// The rate a document is booked at: none in base currency, the given one, else the recorded one
/// of the day or shortly before; none under the policy `unconverted`.
///
/// # Errors
/// `rate.missing`; `rate.out_of_band` for a given rate that differs from the last recorded one by
/// more than policy allows; `rate.base_currency` for one other than 1 in base currency.
pub(crate) fn rate_for(
    context: &Context<'_>,
    currency: Currency,
    given: Option<GivenRate>,
    on: Date,
) -> Result<Option<Rate>, Halt> {
    let unconverted = context.book.policies.unconverted;
    match given {
        None | Some(GivenRate::At(Rate::ONE)) if currency == context.book.base => Ok(None),
        Some(_) if currency == context.book.base => Err(Rejection::RateBaseCurrency { currency }.into()),
        Some(GivenRate::At(given)) => {
            check_band(context, currency, given, on)?;
            Ok(Some(given))
        }
        Some(GivenRate::Unconverted) if unconverted => Ok(None),
        Some(GivenRate::Unconverted) => Err(Rejection::RateMissing { currency, on }.into()),
        None => match recorded_rate(context, currency, on)? {
            None if !unconverted => Err(Rejection::RateMissing { currency, on }.into()),
            recorded => Ok(recorded),
        },
    }
}

/// The recorded rate of a day, when it is not older than policy allows.
pub(crate) fn recorded_rate(
    context: &Context<'_>,
    currency: Currency,
    on: Date,
) -> Result<Option<Rate>, Halt> {
    Ok(recorded_row(context, currency, on)?.map(|row| row.rate))
}

/// The same with its day and its source.
pub(super) fn recorded_row(
    context: &Context<'_>,
    currency: Currency,
    on: Date,
) -> Result<Option<RateRow>, Halt> {
    let age_max = i32::from(context.book.policies.rate_age_days_max);
    Ok(context.facts.rate(currency, on)?.filter(|row| row.date.days_until(on) <= age_max))
}

/// Refuses a rate that differs from the last recorded one by more than the policy's band.
pub(crate) fn check_band(
    context: &Context<'_>,
    currency: Currency,
    given: Rate,
    on: Date,
) -> Result<(), Halt> {
    let Some(band) = context.book.policies.rate_band else { return Ok(()) };
    let Some(last) = context.facts.rate(currency, on)? else { return Ok(()) };
    if within_band(given.decimal(), last.rate.decimal(), band.decimal()) {
        return Ok(());
    }
    Err(Rejection::RateOutOfBand { currency, given, last: last.rate, band }.into())
}

/// Whether `|given - last| <= last × percent / 100`, exactly: both rates are lifted to 12 decimals.
fn within_band(given: Decimal, last: Decimal, percent: Decimal) -> bool {
    let lift = |d: Decimal| d.times(1_000_000_000_000, 1, Rounding::TowardZero);
    let Some((given, last)) = lift(given).zip(lift(last)) else { return false };
    let Some(limit) = percent.times(last, 100, Rounding::TowardZero) else { return false };
    given.abs_diff(last) <= limit.unsigned_abs()
}

/// An amount in base currency at a rate; none when the rate is.
///
/// # Errors
/// `amount.out_of_range`.
pub(crate) fn base_of(
    context: &Context<'_>,
    money: Money,
    rate: Option<Rate>,
) -> Result<Option<Money>, Halt> {
    let Some(rate) = rate else { return Ok(None) };
    let rounding = context.book.policies.rounding;
    money
        .converted(rate, context.book.base, rounding)
        .map(Some)
        .ok_or_else(|| Rejection::AmountOutOfRange { what: "the amount in base currency" }.into())
}
