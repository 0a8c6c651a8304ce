//! Acts of withholding and netting as commands, and the taxes that customers withhold in the stories.

use ar_core::Command;
use ar_core::book::Setting;
use ar_core::netting::{Net, NetItem};
use ar_core::values::*;
use ar_core::withholding::{
    CertifiedLink, RecordCertificate, ReturnWithholding, Shortfall, WithdrawCertificate, Withheld,
    WithheldOn, WithholdingTax,
};

use super::{percent, text};
use crate::act::{self, Act};
use crate::world::{WITHHELD, id};

pub(super) fn withheld(plain: act::Withheld) -> Withheld {
    match plain {
        act::Withheld::Amount(amount) => Withheld { code: None, amount: Some(amount.amount()) },
        act::Withheld::Code(code) => Withheld { code: Some(id(&format!("W{code}"))), amount: None },
    }
}

pub(super) fn netting_command(act: &Act) -> Command {
    let Act::Net { account, items, amount, date } = act.clone() else { unreachable!("{act:?} nets nothing") };
    let one = |(item, amount): (ItemId, Option<Money>)| NetItem { item, amount: amount.map(Money::amount) };
    Command::Net(Net {
        account,
        items: items.into_iter().map(one).collect(),
        amount: amount.map(Money::amount),
        reference: text("their invoice"),
        date,
    })
}

pub(super) fn withholding_command(act: &Act) -> Command {
    match act.clone() {
        Act::Certify { account, certificate, date, links, reopen } => {
            let line = |(link, amount): (LinkId, Option<Money>)| CertifiedLink {
                link,
                amount: amount.map(Money::amount),
            };
            Command::RecordCertificate(RecordCertificate {
                account,
                certificate,
                issued: date,
                date,
                withheld: links.into_iter().map(line).collect(),
                shortfall: if reopen { Shortfall::Reopen } else { Shortfall::Refuse },
            })
        }
        Act::WithdrawCertificate { account, certificate, date } => {
            let reason = text("another customer's");
            Command::WithdrawCertificate(WithdrawCertificate { account, certificate, date, reason })
        }
        Act::ReturnWithheld { link, amount, date } => Command::ReturnWithholding(ReturnWithholding {
            link,
            amount: amount.map(Money::amount),
            date,
            reason: text("it never came"),
        }),
        other => unreachable!("{other:?} is no act of withholding"),
    }
}

/// The taxes that customers withhold.
pub(super) fn withholding_taxes() -> impl Iterator<Item = Setting> {
    WITHHELD.iter().enumerate().map(|(n, (rate, of_net))| {
        Setting::Withholding(WithholdingTax {
            code: id(&format!("W{n}")),
            name: None,
            percent: percent(*rate),
            on: if *of_net { WithheldOn::Net } else { WithheldOn::Gross },
        })
    })
}
