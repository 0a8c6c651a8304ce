//! Commands of bad debt, and the reasons they name.

use ar_core::Command;
use ar_core::allocation::{Recover, WriteOff, WriteOffSmall};
use ar_core::book::{Reason, Setting};
use ar_core::values::*;

use super::text;
use crate::act::Act;
use crate::world::{Because, PARTLY, id};

/// The reasons of the stories: why something is given up, and those of what counts only in part beyond
/// the ledger.
pub(super) fn reasons() -> impl Iterator<Item = Setting> {
    let plain = |code: &str, why: &str| Reason {
        code: id(code),
        text: text(why),
        customer_codes: vec![],
        owner: None,
        valid_days: None,
        tax_relief: false,
        counts_for_credit: true,
        counts_for_dunning: true,
        against_allowance: false,
    };
    let given_up = Because::ALL.into_iter().map(move |because| Reason {
        tax_relief: because.relief(),
        against_allowance: because.allowed(),
        ..plain(because.code(), "because")
    });
    let partly = PARTLY.iter().map(move |((credit, dunning), code)| Reason {
        counts_for_credit: *credit,
        counts_for_dunning: *dunning,
        ..plain(code, "in dispute")
    });
    given_up.chain(partly).map(Setting::Reason)
}

/// The command of an act of bad debt.
pub(super) fn command(act: Act) -> Command {
    match act {
        Act::WriteOff { item, amount, date, because } => Command::WriteOff(WriteOff {
            item,
            amount: amount.map(Money::amount),
            date,
            reason: id(because.code()),
        }),
        Act::WriteOffSmall { account, most, due_to, date, items, because } => {
            Command::WriteOffSmall(WriteOffSmall {
                account,
                currency: Some(most.currency()),
                most: most.amount(),
                due_to,
                date,
                reason: id(because.code()),
                items_max: items,
            })
        }
        Act::Recover { write_off, credit, amount, date } => {
            Command::Recover(Recover { write_off, credit, amount: amount.map(Money::amount), date })
        }
        other => unreachable!("{other:?} is no act of bad debt"),
    }
}
