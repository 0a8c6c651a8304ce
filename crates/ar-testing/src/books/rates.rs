//! A broken settlement in foreign currency.

use ar_core::journal::Role;
use ar_core::values::*;

use super::Books;

impl Books {
    /// Each part at the rate of the whole item, without regard to what is left of it.
    pub(super) fn by_first_rate(&self, e: &mut ar_core::allocation::CreditAllocated) {
        for link in &mut e.links {
            let Some(item) = self.rows.items.get(&link.debit) else { continue };
            let (Some(whole), Some(base)) = (item.base_original, &mut link.debit_base) else { continue };
            let product = i128::from(whole) * i128::from(link.amount.minor());
            let share = div_round(product, i128::from(item.original), Rounding::HalfAwayFromZero);
            let share = share.and_then(|share| i64::try_from(share).ok()).unwrap_or(0);
            let off = base.minor() - share;
            *base = crate::world::money(share, crate::world::base()).amount();
            // The lines follow, so that the posting balances.
            let moved = |line: &mut ar_core::journal::JournalLine, by: i64| {
                line.base =
                    line.base.map(|b| crate::world::money(b.minor() + by, crate::world::base()).amount());
            };
            let exchange = e.posting.iter_mut().find(|l| matches!(l.role, Role::FxGain | Role::FxLoss));
            exchange.into_iter().for_each(|line| moved(line, -off));
            let control = e.posting.iter_mut().find(|line| line.role == Role::Receivable);
            control.into_iter().for_each(|line| moved(line, off));
        }
    }
}
