//! Commands of bad debt, and the reasons they name.

use ar_core::Command;
use ar_core::allocation::{Recover, WriteOff, WriteOffSmall};
use ar_core::book::{Reason, Setting};
use ar_core::values::*;

use super::text;
use crate::act::Act;
use crate::world::{PARTLY, REASON, RELIEF, id};

/// The reasons of the stories: the common one, one that takes back the tax in what is given up, and
/// those of what counts only in part beyond the ledger.
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
    };
    let partly = PARTLY.iter().map(move |((credit, dunning), code)| Reason {
        counts_for_credit: *credit,
        counts_for_dunning: *dunning,
        ..plain(code, "in dispute")
    });
    let relief = Reason { tax_relief: true, ..plain(RELIEF, "insolvent") };
    [plain(REASON, "because"), relief].into_iter().chain(partly).map(Setting::Reason)
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
