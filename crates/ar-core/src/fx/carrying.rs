//! What leaves an item in base currency: its share at the booked rate and its share of the unrealised
//! difference, so that nothing is left of either on any day on which nothing is open (INV-31).

use crate::decide::{Context, Halt};
use crate::document::Side;
use crate::journal::{Posting, Role};
use crate::rejection::Rejection;
use crate::rows::ItemRow;
use crate::values::*;

/// What leaves an item in base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaving {
    /// At the booked rate; none on items without a base amount.
    pub(crate) base: Option<i64>,
    /// Of the unrealised difference.
    pub(crate) revalued: i64,
}

impl Leaving {
    /// What the control account loses in base currency.
    pub(crate) fn carried(&self) -> Option<i64> {
        self.base.map(|base| base.saturating_add(self.revalued))
    }

    /// The unrealised part as an amount of a record, where there is any.
    pub(crate) fn revalued_amount(&self, base: Currency) -> Option<Amount> {
        (self.revalued != 0).then(|| Amount::from_minor(self.revalued, base.exponent()))
    }

    /// The part at the booked rate as an amount of a record.
    pub(crate) fn base_amount(&self, base: Currency) -> Option<Amount> {
        self.base.map(|minor| Amount::from_minor(minor, base.exponent()))
    }
}

/// An item's figures at the end of a day.
#[derive(Clone, Copy)]
struct Figures {
    open: i64,
    base: i64,
    revalued: i64,
}

/// What leaves an item in base currency when `minor` of it leaves on a date: its share of what is there
/// by the latest record, and all that is there with the last of it.
///
/// A date before the item's last reinstatement is looked at day by day: on a day in between on which
/// nothing more is open, nothing more is left in base currency either.
///
/// # Errors
/// `allocation.backdated` when too much happened since to tell, or when no amount would close each of
/// those days.
pub(crate) fn leaving(
    context: &Context<'_>,
    item: &ItemRow,
    date: Date,
    minor: i64,
) -> Result<Leaving, Halt> {
    let Some(base) = item.base_open else { return Ok(Leaving::default()) };
    let head = Figures { open: item.open, base, revalued: item.revalued };
    let rounding = context.book.policies.rounding;
    let usual =
        (share(head.base, minor, head.open, rounding), share(head.revalued, minor, head.open, rounding));
    let Some(reinstated) = item.reinstated.filter(|day| date < *day) else {
        return Ok(Leaving { base: Some(usual.0), revalued: usual.1 });
    };
    let backdated =
        || Halt::from(Rejection::AllocationBackdated { item: item.item.clone(), date, reinstated });
    let Some(movements) = context.facts.movements(&item.item, date)? else { return Err(backdated()) };
    let mut days: Vec<Date> = movements.iter().map(|m| m.date).filter(|day| *day >= date).collect();
    days.push(date);
    let on = |day: Date| {
        movements.iter().filter(|m| m.date > day).fold(head, |sum, m| Figures {
            open: sum.open.saturating_sub(m.minor),
            base: sum.base.saturating_sub(m.base),
            revalued: sum.revalued.saturating_sub(m.revalued),
        })
    };
    let all: Vec<Figures> = days.into_iter().map(on).chain([head]).collect();
    let most = all.iter().fold(head.base, |most, f| most.min(f.base));
    let mut closing = all.iter().filter(|f| f.open == minor).map(|f| (f.base, f.revalued));
    let (base, revalued) = match closing.next() {
        None => (usual.0.min(most), usual.1),
        Some(first) if first.0 <= most && closing.all(|other| other == first) => first,
        Some(_) => return Err(backdated()),
    };
    Ok(Leaving { base: Some(base), revalued })
}

/// `whole × part / of`, rounded once, and the whole with the last of it.
pub(crate) fn share(whole: i64, part: i64, of: i64, rounding: Rounding) -> i64 {
    if part == of {
        return whole;
    }
    let product = i128::from(whole).saturating_mul(i128::from(part));
    div_round(product, i128::from(of), rounding).and_then(|minor| i64::try_from(minor).ok()).unwrap_or(whole)
}

/// Adds the line that takes an unrealised difference off the books as it leaves an item with what is
/// settled, or with `sign` -1 brings it back: on the account of gains while it was one, else on that of
/// losses.
pub(crate) fn post_unrealised(
    posting: &mut Posting<'_>,
    side: Side,
    revalued: i64,
    sign: i64,
    code: impl FnOnce(Role) -> Result<GlCode, Rejection>,
) -> Result<(), Rejection> {
    if revalued == 0 {
        return Ok(());
    }
    let gain = match side {
        Side::Debit => revalued,
        Side::Credit => revalued.saturating_neg(),
    };
    let role = if gain > 0 { Role::UnrealisedGain } else { Role::UnrealisedLoss };
    posting.code(role, &code(role)?, 0, Some(gain.saturating_mul(sign)));
    Ok(())
}
