//! Giving up small rests of debits, many at once (INV-37).
//!
//! One command looks at one account and gives up its smallest rests first, at most so many: what it gave
//! up is no longer open, so the same question under a new id goes on where it stopped. A preview of the
//! command is the list. Credits are never among them: they belong to the customer.

use super::relief::Desk;
use super::write_off::{Asked, written_off};
use super::*;
use crate::decide::{Context, Decision, Halt, Warning};
use crate::facts::SmallItems;
use crate::period::Area;

/// Decides `write_off_small`.
pub(crate) fn decide_write_off_small(
    context: &Context<'_>,
    command: &WriteOffSmall,
) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, command.date)?;
    context.reason(&command.reason)?;
    let account = context.account(&command.account)?;
    let currency = command.currency.or(account.profile.currency).unwrap_or(context.book.base);
    let most = command.most.in_currency(currency).map_err(|e| Rejection::value("most", &e))?;
    let limit = command.items_max.map_or(SMALL_ITEMS_MAX, usize::from);
    let wanted = SmallItems {
        account: command.account.clone(),
        currency,
        most: most.minor(),
        due_to: command.due_to.unwrap_or(Date::MAX),
        date: command.date,
        limit,
    };
    let found = context.facts.small_items(&wanted)?;
    if found.is_empty() {
        return Err(Rejection::WriteOffNothingSmall { account: command.account.clone(), most }.into());
    }
    let asked = Asked { date: command.date, reason: &command.reason };
    let mut desk = Desk::default();
    let mut events = Vec::with_capacity(found.len());
    for item in &found {
        let why = Explanation::rule("small_balance")
            .input("open", item.open_money())
            .input("most", most)
            .input("due", item.due);
        let why = match command.due_to {
            Some(day) => why.input("due by", day),
            None => why,
        };
        check_room(context, item, &[(command.date, item.open)], |open, requested, _| {
            Rejection::WriteOffExceeds { item: item.item.clone(), open, requested }
        })?;
        events.push(written_off(context, &asked, (item, item.open_money()), &mut desk, Some(why))?);
    }
    let mut decision = Decision::many(events);
    if found.len() >= limit {
        let message = format!("{limit} rests were given up and there may be more; ask again under a new id");
        decision.warnings.push(Warning { code: "write_off.more".into(), message });
    }
    Ok(decision)
}
