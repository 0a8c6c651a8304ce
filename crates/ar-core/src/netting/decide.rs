//! Deciding a netting: no more than is open on the items, and no more than the other side has.

use super::*;
use crate::allocation::{Desk, Figures, check_live_links, check_room};
use crate::book::ChartContext;
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::fx::{leaving, post_unrealised};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// Decides `net`.
pub(crate) fn decide_net(context: &Context<'_>, command: &Net) -> Result<Decision, Halt> {
    context.check_open(Area::Settlement, command.date)?;
    let account = context.account(&command.account)?;
    let found = context.items(command.items.iter().map(|one| &one.item))?;
    let Some(first) = found.first().copied() else {
        return Err(Rejection::DocumentEmpty { document: "the netting" }.into());
    };
    let takes = takes(command, first, &found)?;
    let chart = ChartContext { class: Some(account.profile.class), ..ChartContext::default() };
    let clearing = context.book.chart.code(Role::Netting, &chart)?;
    let mut posting = Posting::new(context.book, first.currency, Some(account));
    let sign = if first.side == Side::Debit { 1 } else { -1 };
    let mut items = Vec::with_capacity(takes.len());
    let mut desk = Desk::default();
    for (item, minor) in takes {
        check_room(context, item, &[(command.date, minor)], |open, requested, on| {
            Rejection::AllocationExceedsItem { item: item.item.clone(), open, requested, on }
        })?;
        if item.side == Side::Credit {
            check_live_links(item, 1)?;
        }
        let leaves = leaving(context, item, command.date, minor)?;
        let signed = |minor: i64| minor.saturating_mul(sign);
        posting.code(Role::Netting, &clearing, signed(minor), leaves.base.map(signed));
        let carried = leaves.carried().map(|base| signed(base).saturating_neg());
        posting.control(&item.control, &item.account, signed(minor).saturating_neg(), carried);
        post_unrealised(&mut posting, item.side, leaves.revalued, 1, |role| {
            context.book.chart.code(role, &chart)
        })?;
        // It counts as payment where tax falls due with it.
        let figures = Figures { cash: minor, ..Figures::default() };
        let taxes = match item.side {
            Side::Debit => desk.taxes_again(context, (item, item), &figures, None)?,
            Side::Credit => None,
        };
        if let Some(taxes) = &taxes {
            taxes.post(&mut posting, 1);
        }
        items.push(NettedItem {
            closed: ClosedItem {
                item: item.item.clone(),
                account: item.account.clone(),
                group: account.profile.parent.clone(),
                amount: Amount::from_minor(minor, item.currency.exponent()),
                base: leaves.base_amount(context.book.base),
                link: Some(context.next_link()),
                revalued: leaves.revalued_amount(context.book.base),
                uncounted: item.uncounted(),
            },
            control: item.control.clone(),
            taxes: taxes.map(Box::new),
        });
    }
    Ok(Decision::one(Event::ItemsNetted(Box::new(ItemsNetted {
        account: account.id.clone(),
        side: first.side,
        currency: first.currency,
        date: command.date,
        reference: command.reference.clone(),
        clearing,
        explanation: explained(command, &items),
        items,
        posting: posting.lines()?,
    }))))
}

fn explained(command: &Net, items: &[NettedItem]) -> Explanation {
    let why = Explanation::rule("netting").input("reference", &command.reference).input("items", items.len());
    match command.amount {
        Some(amount) => why.input("at hand", amount),
        None => why,
    }
}

/// What each item takes, in minor units: as much as it says or has open, until the other side's amount
/// is used up.
fn takes<'a>(command: &Net, first: &ItemRow, found: &[&'a ItemRow]) -> Result<Vec<(&'a ItemRow, i64)>, Halt> {
    let money = |what: &str, amount: Amount| -> Result<i64, Halt> {
        let money = amount.in_currency(first.currency).map_err(|e| Rejection::value(what, &e))?;
        Ok(money.minor())
    };
    let at_hand = match command.amount {
        Some(amount) => Some(money("amount", amount)?),
        None => None,
    };
    let mut left = at_hand.unwrap_or(i64::MAX);
    let mut all = Vec::with_capacity(found.len());
    for (wanted, item) in command.items.iter().zip(found) {
        check_item(command, first, item)?;
        let asked = match wanted.amount {
            Some(amount) => money("amount", amount)?,
            None => item.open,
        };
        let minor = asked.min(left);
        left = left.saturating_sub(minor);
        if minor > 0 {
            all.push((*item, minor));
        }
    }
    if let Some(at_hand) = at_hand.filter(|_| left > 0) {
        let all = Money::clamped(at_hand.saturating_sub(left), first.currency);
        let given = Money::clamped(at_hand, first.currency);
        return Err(Rejection::NettingExceeds { open: all, given }.into());
    }
    Ok(all)
}

fn check_item(command: &Net, first: &ItemRow, item: &ItemRow) -> Result<(), Halt> {
    let state = |problem| Halt::from(Rejection::ItemSide { item: item.item.clone(), problem });
    if item.account != command.account {
        let (account, given) = (item.account.clone(), command.account.clone());
        let document = item.item.document().clone();
        return Err(Rejection::DocumentAccount { document, account, given }.into());
    }
    if item.account.as_str() == crate::payment::SUSPENSE {
        return Err(state("its payer is not known; identify it first"));
    }
    if item.currency != first.currency {
        let (expected, given) = (first.currency, item.currency);
        return Err(Rejection::CurrencyMismatch { expected, given }.into());
    }
    if item.side != first.side {
        return Err(state("debits and credits are netted by themselves; net it in a command of its own"));
    }
    if item.open <= 0 {
        return Err(state("nothing is open on it"));
    }
    // One posting is in base currency or is not.
    if item.base_open.is_some() != first.base_open.is_some() {
        let without = if item.base_open.is_none() { item } else { first };
        return Err(Rejection::RateMissing { currency: without.currency, on: without.date }.into());
    }
    Ok(())
}
