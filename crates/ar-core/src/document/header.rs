//! What every new document settles first: account, currency, dates, rate, number (INV-18 to
//! INV-20).

use super::*;
use crate::account::Account;
use crate::decide::{Context, Halt};
use crate::facts::Facts;
use crate::fx::rate_for;
use crate::payment::accounting_date;
use crate::rejection::Rejection;

/// What is asked of a new document's head.
pub(super) struct Asked<'a> {
    pub(super) account: &'a AccountId,
    pub(super) number: &'a Number,
    pub(super) currency: Option<Currency>,
    pub(super) rate: Option<Rate>,
    pub(super) date: Date,
    pub(super) accounting_date: Option<Date>,
}

/// The head as settled.
pub(super) struct Header<'a> {
    pub(super) account: &'a Account,
    pub(super) currency: Currency,
    pub(super) rate: Option<Rate>,
    pub(super) date: Date,
    pub(super) document_date: Date,
    pub(super) number: DocumentId,
    pub(super) series: Option<SeriesRow>,
}

/// Settles the head of a new document.
pub(super) fn header<'a, F: Facts>(context: &Context<'a, F>, asked: &Asked<'_>) -> Result<Header<'a>, Halt> {
    let date = accounting_date(context, asked.accounting_date, asked.date)?;
    let account = context.live_account(asked.account)?;
    let currency = asked.currency.or(account.profile.currency).unwrap_or(context.book.base);
    if !currency.active_on(asked.date) {
        return Err(Rejection::CurrencyInactive { currency, on: asked.date }.into());
    }
    let (number, series) = number(context, asked.number, asked.date)?;
    let rate = rate_for(context, currency, asked.rate, asked.date)?;
    Ok(Header { account, currency, rate, date, document_date: asked.date, number, series })
}

fn number<F: Facts>(
    context: &Context<'_, F>,
    number: &Number,
    date: Date,
) -> Result<(DocumentId, Option<SeriesRow>), Halt> {
    match number {
        Number::Given(given) => {
            context.free_number(given)?;
            Ok((given.clone(), None))
        }
        Number::Series(id) => {
            let series = context.book.series.get(id);
            let series = series.ok_or_else(|| Rejection::SeriesUnknown { series: id.clone() })?;
            let row = context.facts.series(id, series.counter_year(date))?;
            let next = series.next(row.as_ref(), date)?;
            context.free_number(&next.number)?;
            Ok((next.number, Some(next.row)))
        }
    }
}
