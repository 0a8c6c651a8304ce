//! What every fold over columns shares: open amounts on a date, the accounts asked for, totals.

use super::{AsOf, Columns, Day, QueryError, Scope};
use crate::record::Position;
use crate::values::*;

/// Signed open amount of every item on a date, as known at a position: debits positive, credits
/// negative. One pass over the movements.
#[must_use]
pub fn open_on(columns: &Columns, as_of: AsOf) -> Vec<i64> {
    let movements = columns.movements();
    let day = Day::from(as_of.effective);
    let mut open = vec![0_i64; columns.len()];
    let rows = movements.item.iter().zip(&movements.date).zip(&movements.minor);
    for ((item, date), minor) in rows.take(movements.known(as_of.known)) {
        if *date <= day
            && let Some(open) = usize::try_from(*item).ok().and_then(|item| open.get_mut(item))
        {
            // An item's movements stay between zero and its original amount, 10^15 at most.
            *open = open.wrapping_add(*minor);
        }
    }
    open
}

/// Signed open amount of every item in base currency; zero for items that carry none.
pub(super) fn base_open_on(columns: &Columns, as_of: AsOf) -> Vec<i64> {
    let movements = columns.movements();
    let day = Day::from(as_of.effective);
    let mut open = vec![0_i64; columns.len()];
    let rows = movements.item.iter().zip(&movements.date).zip(movements.bases());
    for ((item, date), base) in rows.take(movements.known(as_of.known)) {
        if *date <= day
            && let Some(open) = usize::try_from(*item).ok().and_then(|item| open.get_mut(item))
        {
            *open = open.wrapping_add(base);
        }
    }
    open
}

/// Whether an item exists on a date as known at a position.
pub(super) fn exists(columns: &Columns, item: usize, as_of: AsOf) -> bool {
    let items = columns.items();
    let dated = items.date.get(item).is_some_and(|date| *date <= Day::from(as_of.effective));
    dated && position(columns, item).is_some_and(|position| position <= as_of.known)
}

/// Where an item's event stands in the log.
pub(super) fn position(columns: &Columns, item: usize) -> Option<Position> {
    let made = usize::try_from(*columns.items().made.get(item)?).ok()?;
    columns.movements().position.get(made).copied()
}

/// An item's original amount, positive.
pub(super) fn original(columns: &Columns, item: usize) -> Option<i64> {
    let made = usize::try_from(*columns.items().made.get(item)?).ok()?;
    columns.movements().minor.get(made).map(|minor| minor.saturating_abs())
}

/// The currency of an item.
pub(super) fn currency(columns: &Columns, item: usize) -> Option<Currency> {
    let place = usize::from(*columns.items().currency.get(item)?);
    columns.currencies().get(place).copied()
}

/// The account of an item.
pub(super) fn account(columns: &Columns, item: usize) -> Option<&AccountId> {
    let number = usize::try_from(*columns.items().account.get(item)?).ok()?;
    columns.accounts().get(number)
}

/// Which of the columns' accounts a scope holds.
pub(super) struct Mask(Option<Vec<bool>>);

impl Mask {
    pub(super) fn of(columns: &Columns, scope: &Scope) -> Self {
        Self(match scope {
            Scope::All => None,
            Scope::Accounts(_) => Some(columns.accounts().iter().map(|id| scope.contains(id)).collect()),
        })
    }

    pub(super) fn has(&self, account: u32) -> bool {
        self.0.as_ref().is_none_or(|mask| {
            usize::try_from(account).ok().and_then(|at| mask.get(at)).copied().unwrap_or(false)
        })
    }
}

/// A total as an amount. Totals are kept in 128 bits: rows number less than 2^32 and each is
/// within 64 bits, so that the sum itself cannot overflow.
pub(super) fn amount<E>(
    minor: i128,
    currency: Currency,
    what: &'static str,
) -> Result<Amount, QueryError<E>> {
    let minor = i64::try_from(minor).map_err(|_| QueryError::OutOfRange(what))?;
    Ok(Amount::from_minor(minor, currency.exponent()))
}

/// Adds to a total.
pub(super) fn add(total: &mut i128, minor: i64) {
    *total = total.saturating_add(i128::from(minor));
}

/// The places of some currencies in the order of their codes.
pub(super) fn by_code(currencies: &[Currency]) -> Vec<(usize, Currency)> {
    let mut all: Vec<_> = currencies.iter().copied().enumerate().collect();
    all.sort_by_key(|(_, currency)| *currency);
    all
}
