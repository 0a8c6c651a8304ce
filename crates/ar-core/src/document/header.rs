//! What every new document settles first: account, currency, dates, rate, number (INV-18 to
//! INV-20).

use super::*;
use crate::account::Account;
use crate::decide::{Context, Halt};
use crate::fx::rate_for;
use crate::payment::accounting_date;
use crate::period::Area;
use crate::rejection::Rejection;

/// Most numbers that a series steps over because they were given by hand.
const SKIPPED_MAX: usize = 100;

/// Where a new document's rate comes from.
#[derive(Clone, Copy)]
pub(super) enum AskedRate {
    /// Given with the document, else the recorded one.
    Given(Option<GivenRate>),
    /// That of the document it refers to, whatever rates have come to since.
    AsBooked(Option<Rate>),
}

/// What is asked of a new document's head.
pub(super) struct Asked<'a> {
    pub(super) account: &'a AccountId,
    pub(super) number: &'a Number,
    pub(super) currency: Option<Currency>,
    pub(super) rate: AskedRate,
    pub(super) date: Date,
    pub(super) accounting_date: Option<Date>,
    /// What its posting is about.
    pub(super) area: Area,
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
pub(super) fn header<'a>(context: &Context<'a>, asked: &Asked<'_>) -> Result<Header<'a>, Halt> {
    let date = accounting_date(context, asked.area, asked.accounting_date, asked.date)?;
    let account = context.live_account(asked.account)?;
    let currency = asked.currency.or(account.profile.currency).unwrap_or(context.book.base);
    if !currency.active_on(asked.date) {
        return Err(Rejection::CurrencyInactive { currency, on: asked.date }.into());
    }
    let (number, series) = number(context, asked.number, asked.date)?;
    let rate = match asked.rate {
        AskedRate::Given(rate) => rate_for(context, currency, rate, asked.date)?,
        AskedRate::AsBooked(rate) => rate,
    };
    Ok(Header { account, currency, rate, date, document_date: asked.date, number, series })
}

fn number(
    context: &Context<'_>,
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
            let mut row = context.facts.series(id, series.counter_year(date))?;
            // A number given by hand, or brought forward, may stand where the series goes next. It
            // is a document, so stepping over it leaves no gap.
            for _ in 0..SKIPPED_MAX {
                let next = series.next(row.as_ref(), date)?;
                if context.facts.document(&next.number)?.is_none() {
                    return Ok((next.number, Some(next.row)));
                }
                row = Some(next.row);
            }
            let next = series.next(row.as_ref(), date)?;
            context.free_number(&next.number)?;
            Ok((next.number, Some(next.row)))
        }
    }
}
