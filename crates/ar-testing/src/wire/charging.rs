//! Acts of charging as commands, and the policies that stories charge by.

use ar_core::Command;
use ar_core::charges::{AssessCharges, ChargePolicy, DatedRate, FixedSum, Rates, WaiveCharge};
use ar_core::values::*;

use crate::act::Act;
use crate::world::{CHARGE_POLICY, CHARGE_RATES, FEE_POLICY, FEES, REASON, base, id};

pub(super) fn charge_command(act: &Act) -> Command {
    match act.clone() {
        Act::Assess { account, fees, currency, through, date } => {
            Command::AssessCharges(Box::new(AssessCharges {
                account,
                policy: id(if fees { FEE_POLICY } else { CHARGE_POLICY }),
                currency: Some(currency),
                through,
                date,
                accounting_date: None,
                number: None,
                credit_number: None,
                items_max: None,
            }))
        }
        Act::Waive { item, amount, date } => Command::WaiveCharge(WaiveCharge {
            item,
            amount: amount.map(Money::amount),
            date,
            reason: id(REASON),
        }),
        other => unreachable!("{other:?} is no act of charging"),
    }
}

/// The policies that stories charge by: dated rates, and the same with fixed sums in base currency.
pub(super) fn charge_policies() -> [ChargePolicy; 2] {
    let percent = |points: i64| {
        Decimal::parse(&format!("{}.{:02}", points / 100, points % 100)).unwrap_or(Decimal::ZERO)
    };
    let rates = CHARGE_RATES.iter().map(|(from, points)| DatedRate {
        from: crate::world::day(*from),
        percent: percent(*points),
        source: None,
    });
    let plain = ChargePolicy::yearly(id(CHARGE_POLICY), Rates::Dated(rates.collect()));
    let amount = |minor: i64| crate::world::money(minor, base()).amount();
    let fixed_sums =
        FEES.iter().map(|(from, minor)| FixedSum { from: amount(*from), amount: amount(*minor) }).collect();
    let fees = ChargePolicy { id: id(FEE_POLICY), currency: Some(base()), fixed_sums, ..plain.clone() };
    [plain, fees]
}
