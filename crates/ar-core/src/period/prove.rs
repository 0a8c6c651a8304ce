//! The proof of a close: the figures of the period's end, on record with the head of the log they
//! were read at (INV-11, INV-39).
//!
//! The law does not read a book's history to prove a sum. It takes the figures that the query gives
//! at a position after the hard close, from which on they cannot change, and checks of them what
//! needs no history: that every control account agrees with its items, and that the position is not
//! before the close. Whoever holds the log checks the rest at any later time: the same query gives
//! the same figures.

use serde::{Deserialize, Deserializer, Serialize};

use super::decide::known;
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::journal::Role;
use crate::rejection::Rejection;

/// Most figures in one proof: control accounts times currencies.
pub const FIGURES_MAX: usize = 1_000;

/// A SHA-256 digest as 64 lower-case hexadecimal digits: the head of a log, or of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct HeadDigest(compact_str::CompactString);

impl HeadDigest {
    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// ```
    /// use ar_core::period::HeadDigest;
    /// assert!(HeadDigest::parse(&"0f".repeat(32)).is_ok());
    /// assert!(HeadDigest::parse("0f").is_err());
    /// ```
    ///
    /// # Errors
    /// `id.invalid`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 64 && text.bytes().all(digit) {
            return Ok(Self(compact_str::CompactString::new(text)));
        }
        Err(ValueError::IdInvalid { text: excerpt(text), max: 64 })
    }

    /// Digits that were made here.
    pub(crate) fn of_hex(text: &str) -> Self {
        Self(compact_str::CompactString::new(text))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for HeadDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for HeadDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_json_text(deserializer, "64 hexadecimal digits", Self::parse)
    }
}

/// One control account in one currency at the end of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosingFigure {
    /// The ledger account.
    pub code: GlCode,
    /// What it stands for.
    pub role: Role,
    /// The currency.
    pub currency: Currency,
    /// Its balance in the journal, debit positive.
    pub balance: Amount,
    /// Its open items, debit positive.
    pub items: Amount,
    /// The balance in base currency.
    pub base: Amount,
    /// The open items in base currency.
    pub items_base: Amount,
}

/// Whether a control account agrees with its items, in its currency and in base currency.
fn ties_out(period: &PeriodId, figure: &ClosingFigure, base: Currency) -> Result<(), Rejection> {
    let money = |field: &'static str, amount: Amount, currency| {
        amount.in_currency(currency).map_err(|e| Rejection::value(field, &e))
    };
    let balance = money("balance", figure.balance, figure.currency)?;
    let items = money("items", figure.items, figure.currency)?;
    let own = balance == items;
    if own && money("base", figure.base, base)? == money("items_base", figure.items_base, base)? {
        return Ok(());
    }
    let (period, code) = (period.clone(), figure.code.clone());
    let (balance, items) =
        if own { (figure.base, figure.items_base) } else { (figure.balance, figure.items) };
    Err(Rejection::CloseTieOut { period, code, currency: figure.currency, balance, items })
}

/// Decides `prove_period`.
pub(crate) fn decide_prove(context: &Context<'_>, c: &ProvePeriod) -> Result<Decision, Halt> {
    let period = known(context, &c.period)?;
    let Some(closed) = period.hard else {
        let problem = "it is not closed, so its figures may still change";
        return Err(Rejection::PeriodState { period: c.period.clone(), problem }.into());
    };
    if c.known < closed {
        let (period, known) = (c.period.clone(), c.known);
        return Err(Rejection::CloseFiguresStale { period, known, closed }.into());
    }
    if let Some(proven) = period.proven {
        if proven.known == c.known {
            let command = compact_str::CompactString::const_new("prove_period");
            return Ok(Decision::one(Event::NothingChanged { command }));
        }
        let problem = "its figures are proven";
        return Err(Rejection::PeriodState { period: c.period.clone(), problem }.into());
    }
    let base = context.book.base;
    c.figures.iter().try_for_each(|figure| ties_out(&c.period, figure, base))?;
    Ok(Decision::one(Event::PeriodProven(Box::new(PeriodProven {
        period: period.clone(),
        known: c.known,
        head: c.head.clone(),
        figures: c.figures.clone(),
        version: context.book.version.saturating_add(1),
    }))))
}
