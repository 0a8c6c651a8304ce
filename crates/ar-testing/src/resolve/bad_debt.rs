//! What came in of claims that were given up: a step that brings about what it lacks.

use super::{credits, pick, sized};
use crate::act::{Act, Payment};
use crate::model::{Item, Link, LinkKind, Model};
use crate::steps::Size;
use crate::world::{Because, day, id, money};

/// Cash for a claim that was given up: mostly its own customer's, on a day on which both are there. What
/// it lacks comes first: a claim that is given up, then cash.
pub(super) fn recovery(
    model: &Model,
    (write_off, credit): (u8, u8),
    (size, on): (Size, u8),
    n: usize,
) -> Option<Act> {
    let all: Vec<&Link> = model.links.iter().filter(|link| link.kind == LinkKind::WriteOff).collect();
    let claims: Vec<(&Link, &Item, i64)> = all
        .iter()
        .filter(|link| link.undone.is_none())
        .filter_map(|link| link.debit.as_ref().map(|(item, minor)| (*link, item, *minor)))
        .filter_map(|(link, item, minor)| Some((link, model.item(item)?, minor)))
        .collect();
    let Some((_, claim, given_up)) = pick(&claims, write_off) else {
        let debits = open_debits(model);
        let item = *pick(&debits, write_off)?;
        let amount =
            if on % 2 == 0 { None } else { Some(money(model.open_in_the_end(item) / 2, item.currency)) };
        let date = item.date.add_days(i32::from(on % 9)).ok()?;
        return Some(Act::WriteOff {
            item: item.id.clone(),
            amount,
            date,
            because: Because::ALL[usize::from(credit % 4)],
        });
    };
    let cash = credits(model);
    let mine: Vec<(&Link, &Item)> = claims
        .iter()
        .flat_map(|(link, claim, _)| cash.iter().map(move |item| (*link, *claim, *item)))
        .filter(|(_, claim, item)| claim.account == item.account && claim.currency == item.currency)
        .filter(|(_, _, item)| item.control != "receivable" && model.open_in_the_end(item) > 0)
        .map(|(link, _, item)| (link, item))
        .collect();
    // Now and then what does not go: a credit of somebody else, a settlement that is no write-off.
    let (link, credit) = match on % 12 {
        0 => (pick(&model.links, write_off)?, *pick(&cash, credit)?),
        1 => (*pick(&all, write_off)?, *pick(&cash, credit)?),
        _ if mine.is_empty() => {
            return Some(Act::Pay(Payment {
                payment: id(&format!("R-{n}")),
                account: Some(claim.account.clone()),
                amount: money(given_up / 2 + i64::from(on), claim.currency),
                rate: None,
                date: claim.date.add_days(i32::from(on % 7)).ok()?,
                accounting: None,
                value: None,
                on_account: on % 5 == 0,
                order: None,
                how: None,
            }));
        }
        _ => *pick(&mine, write_off)?,
    };
    let most = link.debit.as_ref().map_or(0, |(_, minor)| *minor);
    let open = model.open_in_the_end(credit).min(most);
    let there = link.date.max(credit.date).add_days(i32::from(on % 5)).ok()?;
    Some(Act::Recover {
        write_off: link.id.clone()?,
        credit: credit.id.clone(),
        amount: sized(size, open, open, credit.currency),
        date: if on % 6 == 5 { day(on.into()) } else { there },
    })
}

/// All small rests of an account instead of one: often more than the smallest, now and then none.
pub(super) fn small(model: &Model, item: &Item, (on, because): (u8, Because)) -> Act {
    let open = model.open_in_the_end(item);
    Act::WriteOffSmall {
        account: item.account.clone(),
        most: money(if on % 3 == 0 { open } else { open * i64::from(on % 4) }, item.currency),
        due_to: (on % 7 > 2).then_some(item.due),
        date: day(i32::from(on) + 20),
        items: (on % 2 == 0).then_some(u16::from(on % 6)),
        because,
    }
}

/// Debits with something open.
pub(super) fn open_debits(model: &Model) -> Vec<&Item> {
    model.items.iter().filter(|item| item.debit && model.open_in_the_end(item) > 0).collect()
}
