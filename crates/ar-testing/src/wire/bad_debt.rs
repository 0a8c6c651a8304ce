//! Commands of bad debt, and the reasons they name.

use ar_core::Command;
use ar_core::allocation::{Recover, WriteOff, WriteOffSmall};
use ar_core::book::{Reason, Setting};
use ar_core::values::*;

use super::text;
use crate::act::Act;
use crate::world::{REASON, RELIEF, id};

/// The reasons of the stories: the common one, and one that takes back the tax in what is given up.
pub(super) fn reasons() -> [Setting; 2] {
    [(REASON, "because", false), (RELIEF, "insolvent", true)].map(|(code, why, tax_relief)| {
        Setting::Reason(Reason {
            code: id(code),
            text: text(why),
            customer_codes: vec![],
            owner: None,
            valid_days: None,
            tax_relief,
        })
    })
}

fn reason(relief: bool) -> ReasonCode {
    id(if relief { RELIEF } else { REASON })
}

/// The command of an act of bad debt.
pub(super) fn command(act: Act) -> Command {
    match act {
        Act::WriteOff { item, amount, date, relief } => Command::WriteOff(WriteOff {
            item,
            amount: amount.map(Money::amount),
            date,
            reason: reason(relief),
        }),
        Act::WriteOffSmall { account, most, due_to, date, items, relief } => {
            Command::WriteOffSmall(WriteOffSmall {
                account,
                currency: Some(most.currency()),
                most: most.amount(),
                due_to,
                date,
                reason: reason(relief),
                items_max: items,
            })
        }
        Act::Recover { write_off, credit, amount, date } => {
            Command::Recover(Recover { write_off, credit, amount: amount.map(Money::amount), date })
        }
        other => unreachable!("{other:?} is no act of bad debt"),
    }
}
