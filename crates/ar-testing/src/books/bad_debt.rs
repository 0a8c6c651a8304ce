//! Books whose allowance, or what they know of claims given up, is broken on purpose.

use ar_core::Event;
use ar_core::journal::Role;
use ar_core::values::*;

use super::Fault;

/// What a broken law writes.
pub(super) fn distort(fault: Fault, event: &mut Event) {
    match (fault, event) {
        (Fault::AllowsMore, Event::AllowanceProvided(e)) => {
            let more =
                |amount: Amount, by: i64| crate::world::money(amount.minor() + by, e.currency).amount();
            (e.target, e.charge) = (more(e.target, 1), more(e.charge, 1));
            for line in &mut e.posting {
                let by = if line.role == Role::Allowance { -1 } else { 1 };
                line.amount = more(line.amount, by);
            }
        }
        (Fault::UsesStay, Event::SettlementUndone(e)) => {
            let used = e.posting.iter_mut().filter(|line| line.role == Role::Allowance);
            used.for_each(|line| line.role = Role::BadDebt);
        }
        (Fault::KeepsReliefOfRecoveries, Event::WriteOffRecovered(e)) => {
            let tax: i64 = e.taxes.take().map_or(0, |taxes| taxes.moves.iter().map(|m| m.tax.minor()).sum());
            e.posting.retain(|line| line.role != Role::Tax);
            for line in e.posting.iter_mut().filter(|line| line.role == Role::BadDebtRecovered) {
                line.amount = crate::world::money(line.amount.minor() - tax, e.currency).amount();
            }
        }
        _ => {}
    }
}
