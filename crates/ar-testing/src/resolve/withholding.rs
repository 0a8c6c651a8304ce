//! Steps of netting and of withholding: payments of which part is withheld, certificates, and what is given back.

use super::{account, net_of, pick, sized};
use crate::act::{Act, How, Payment, Target, Withheld};
use crate::model::{Item, Link, Model};
use crate::steps::{Size, Step};
use crate::world::{day, id, money};

pub(super) fn withholding(step: &Step, model: &Model, n: usize) -> Option<Act> {
    let on = |n: u8| day(n.into());
    Some(match step.clone() {
        Step::Net { items, size, day } => {
            let open = |item: &&Item| model.open_in_the_end(item) > 0;
            let all: Vec<&Item> = model.items.iter().filter(open).collect();
            let first = *pick(&all, items.first()?.0)?;
            let alike = |item: &&Item| {
                (&item.account, item.currency, item.debit) == (&first.account, first.currency, first.debit)
            };
            let mine: Vec<&Item> = all.iter().copied().filter(alike).collect();
            let named = items.iter().map(|(place, size)| {
                // Mostly of one account, side and currency.
                let list = if *place == 11 { &all } else { &mine };
                let item = *pick(list, *place)?;
                let open = model.open_in_the_end(item);
                Some((item.id.clone(), size.and_then(|size| sized(size, open, open, first.currency))))
            });
            let open: i64 = mine.iter().map(|item| model.open_in_the_end(item)).sum();
            Act::Net {
                account: first.account.clone(),
                items: named.collect::<Option<_>>()?,
                amount: size.and_then(|size| sized(size, open, open / 2, first.currency)),
                date: on(day).max(if day % 2 == 0 { first.date } else { on(day) }),
            }
        }
        Step::PayWithheld { item, tax, size, day } => {
            let open = |item: &&Item| item.debit && model.open_in_the_end(item) > 9;
            let debits: Vec<&Item> = model.items.iter().filter(open).collect();
            let item = *pick(&debits, item)?;
            let (open, net) = net_of(model, item);
            let less = open / 10;
            let withheld = match tax {
                0 | 1 => Withheld::Code(0),
                2 => Withheld::Code(1),
                _ => Withheld::Amount(money(less, item.currency)),
            };
            // Mostly what settles it, now and then by name.
            let named = sized(size, open - less, net - less, item.currency).filter(|_| tax % 2 == 0);
            let amount =
                named.filter(|named| named.is_positive()).unwrap_or(money(open - less, item.currency));
            let (item_id, discount) = (item.id.clone(), tax != 5);
            let target =
                Target { item: item_id, amount: named, discount, grant: None, withheld: Some(withheld) };
            Act::Pay(Payment {
                payment: id(&format!("P-{n}")),
                account: Some(item.account.clone()),
                amount,
                rate: None,
                date: on(day).max(item.date),
                accounting: None,
                value: None,
                on_account: false,
                order: None,
                how: Some(How::Explicit(vec![target])),
            })
        }
        Step::Certify { links, number, day, wrong_account, reopen } => {
            let withheld: Vec<&Link> = model.links.iter().filter(|link| link.withheld != 0).collect();
            let first = *pick(&withheld, links.first()?.0)?;
            let payer = first.credit.as_ref().and_then(|(id, _)| model.item(id))?;
            let of = |link: &Link, size: Size| {
                let minor = link.withheld;
                let currency = link.debit.as_ref().and_then(|(id, _)| model.item(id))?.currency;
                sized(size, minor, minor - 1, currency)
            };
            let line = |(place, size): &(u8, Option<Size>)| {
                let link = *pick(&withheld, *place)?;
                Some((link.id.clone()?, size.and_then(|size| of(link, size))))
            };
            Act::Certify {
                account: if wrong_account { account(model, number) } else { payer.account.clone() },
                certificate: id(&format!("WHT-{number}")),
                date: on(day).max(if number % 2 == 0 { first.date } else { on(day) }),
                links: links.iter().filter_map(line).collect(),
                reopen,
            }
        }
        Step::WithdrawCertificate { certificate, day } => {
            let known = pick(&model.certificates, certificate)?;
            let date = on(day).max(if day % 2 == 0 { known.date } else { on(day) });
            Act::WithdrawCertificate { account: known.account.clone(), certificate: known.id.clone(), date }
        }
        Step::ReturnWithheld { link, size, day } => {
            let withheld: Vec<&Link> = model.links.iter().filter(|link| link.withheld != 0).collect();
            let link = pick(&withheld, link).copied().or(model.links.last())?;
            let item = link.debit.as_ref().or(link.credit.as_ref()).and_then(|(id, _)| model.item(id))?;
            let amount = sized(size, link.withheld, link.withheld / 3, item.currency);
            let date = on(day).max(if day % 2 == 0 { link.date } else { on(day) });
            Act::ReturnWithheld { link: link.id.clone()?, amount, date }
        }
        _ => return None,
    })
}
