//! The roll-forward of what is allowed for: from what stood at the start of a span, by what was charged,
//! released, used and recovered, to what stands at its end (INV-47).
//!
//! Invariant: opening + charge - release - used + recovered + exchange = closing, in every currency and
//! in base currency; and the closing of a span is the opening of the next.

use serde::Serialize;
use std::collections::BTreeMap;

use super::fold::{add, amount};
use super::{QueryError, View};
use crate::record::Position;
use crate::rows::{AllowanceKind, AllowanceMove};
use crate::values::*;

/// The roll-forward of the allowance over a span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllowanceRollForward {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The position.
    pub known: Position,
    /// In the order of currency codes.
    pub currencies: Vec<AllowanceSpan>,
}

/// The roll-forward in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllowanceSpan {
    /// The currency.
    pub currency: Currency,
    /// In that currency.
    pub figures: AllowanceFigures,
    /// In base currency, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<AllowanceFigures>,
    /// What moved it in the span, in the order of the log.
    pub moves: Vec<AllowanceMoved>,
}

/// Columns of the roll-forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AllowanceFigures {
    /// What was allowed for before the first day; negative where more was used.
    pub opening: Amount,
    /// What runs charged.
    pub charge: Amount,
    /// What runs released.
    pub release: Amount,
    /// What write-offs used, less what their undoing gave back.
    pub used: Amount,
    /// What came in of it, less what was undone of that.
    pub recovered: Amount,
    /// What rates made of it; nothing in the currency itself.
    pub exchange: Amount,
    /// What is allowed for at the end of the last day.
    pub closing: Amount,
}

/// What moved an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AllowanceMoved {
    /// The record.
    pub position: Position,
    /// Accounting date.
    pub date: Date,
    /// What it is.
    pub kind: AllowanceKind,
    /// How much more, or less where negative, is allowed for.
    pub amount: Amount,
}

/// How the allowance of every currency moved from the first to the last day.
///
/// # Errors
/// The store's, [`QueryError::Period`] when the span ends before it starts, [`QueryError::OutOfRange`].
pub fn allowance_roll_forward<V: View>(
    view: &V,
    (from, to): (Date, Date),
    known: Position,
) -> Result<AllowanceRollForward, QueryError<V::Error>> {
    if to < from {
        return Err(QueryError::Period { from, to });
    }
    let known = known.min(view.head());
    let base = view.config().map_err(QueryError::Store)?.map(|config| config.base);
    let moves = view.allowance_moves(known).map_err(QueryError::Store)?;
    let mut all: BTreeMap<Currency, (Sums, Sums, Vec<AllowanceMoved>)> = BTreeMap::new();
    for by in moves.iter().filter(|by| by.date <= to) {
        let (own, in_base, told) = all.entry(by.currency).or_default();
        own.add(by, by.minor, from);
        in_base.add(by, by.base, from);
        if by.date >= from && by.kind != AllowanceKind::Exchange {
            let amount = Amount::from_minor(by.minor, by.currency.exponent());
            told.push(AllowanceMoved { position: by.position, date: by.date, kind: by.kind, amount });
        }
    }
    let mut currencies = Vec::with_capacity(all.len());
    for (currency, (own, in_base, moves)) in all {
        let base = match base.filter(|base| *base != currency) {
            Some(base) => Some(in_base.figures(base)?),
            None => None,
        };
        currencies.push(AllowanceSpan { currency, figures: own.figures(currency)?, base, moves });
    }
    Ok(AllowanceRollForward { from, to, known, currencies })
}

#[derive(Default)]
struct Sums {
    opening: i128,
    charge: i128,
    release: i128,
    used: i128,
    recovered: i128,
    exchange: i128,
}

impl Sums {
    fn add(&mut self, by: &AllowanceMove, minor: i64, from: Date) {
        let less = minor.saturating_neg();
        match by.kind {
            _ if by.date < from => add(&mut self.opening, minor),
            // A run is one or the other by its own currency, whatever rates make of it.
            AllowanceKind::Run if by.minor < 0 => add(&mut self.release, less),
            AllowanceKind::Run => add(&mut self.charge, minor),
            AllowanceKind::Used => add(&mut self.used, less),
            AllowanceKind::Recovered => add(&mut self.recovered, minor),
            AllowanceKind::Exchange => add(&mut self.exchange, minor),
        }
    }

    fn figures<E>(&self, currency: Currency) -> Result<AllowanceFigures, QueryError<E>> {
        let of = |minor: i128| amount(minor, currency, "the allowance");
        let added = self.opening.saturating_add(self.charge).saturating_add(self.recovered);
        let closing = added.saturating_add(self.exchange);
        let closing = closing.saturating_sub(self.release).saturating_sub(self.used);
        Ok(AllowanceFigures {
            opening: of(self.opening)?,
            charge: of(self.charge)?,
            release: of(self.release)?,
            used: of(self.used)?,
            recovered: of(self.recovered)?,
            exchange: of(self.exchange)?,
            closing: of(closing)?,
        })
    }
}
