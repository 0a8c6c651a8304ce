//! Waiving a charge: the income is taken back on its own accounts, the days stay charged (INV-13,
//! INV-37).

use super::assess::assessment_of;
use super::*;
use crate::allocation::{check_room, code_in};
use crate::decide::{Context, Decision, Halt};
use crate::document::DocumentKind;
use crate::event::Event;
use crate::fx::{leaving, post_unrealised};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::{ItemRow, LinkRow};

/// Decides `waive_charge`.
pub(crate) fn decide_waive(context: &Context<'_>, command: &WaiveCharge) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, command.date)?;
    context.reason(&command.reason)?;
    let item = context.item(&command.item)?;
    if item.kind != DocumentKind::FinanceCharge {
        let (document, wanted) = (command.item.document().clone(), "finance charges");
        return Err(Rejection::DocumentKind { document, kind: item.kind, wanted }.into());
    }
    if item.open <= 0 {
        let problem = "nothing is open on it";
        return Err(Rejection::ItemSide { item: item.item.clone(), problem }.into());
    }
    let money = match command.amount {
        None => item.open_money(),
        Some(amount) => amount.in_currency(item.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    check_room(context, item, &[(command.date, money.minor())], |open, requested, _| {
        Rejection::WriteOffExceeds { item: item.item.clone(), open, requested }
    })?;
    waived(context, command, item, money).map(Decision::one)
}

fn waived(context: &Context<'_>, command: &WaiveCharge, item: &ItemRow, money: Money) -> Result<Event, Halt> {
    let account = context.account(&item.account)?;
    let document = context.document(item.item.document())?;
    let Some((_, assessed)) = assessment_of(context, document)? else {
        let detail = format!("{} has no assessment", document.document);
        return Err(Halt::Corrupt { invariant: "INV-15", detail });
    };
    let role = ChargePart::of(item.item.part()).role();
    let record = context.facts.record(document.position)?;
    let lines = record.as_ref().and_then(|r| r.event.posting()).map_or(&[][..], |(_, _, lines)| lines);
    let code = code_in(lines, role).map_or_else(|| context.book.chart.code(role, &Default::default()), Ok)?;
    let leaves = leaving(context, item, command.date, money.minor())?;
    let base = leaves.base;
    let mut posting = Posting::new(context.book, item.currency, Some(account));
    posting.code(role, &code, money.minor(), base);
    let carried = leaves.carried().map(i64::saturating_neg);
    posting.control(&item.control, &item.account, money.minor().saturating_neg(), carried);
    post_unrealised(&mut posting, item.side, leaves.revalued, 1, |role| {
        context.book.chart.code(role, &Default::default())
    })?;
    Ok(Event::ChargeWaived(Box::new(ChargeWaived {
        link: context.next_link(),
        closed: ClosedItem {
            item: item.item.clone(),
            account: item.account.clone(),
            group: account.profile.parent.clone(),
            amount: money.amount(),
            base: base.map(|b| Amount::from_minor(b, context.book.base.exponent())),
            link: None,
            revalued: leaves.revalued_amount(context.book.base),
            uncounted: item.uncounted(),
        },
        control: item.control.clone(),
        currency: item.currency,
        date: command.date,
        reason: command.reason.clone(),
        shares: shares(context, &assessed, role, money)?,
        posting: posting.lines()?,
    })))
}

/// The part of a waiver on each debt, by what the charge took on it: no later correction credits again
/// what was forgiven.
fn shares(
    context: &Context<'_>,
    assessed: &ChargesAssessed,
    role: Role,
    money: Money,
) -> Result<Vec<WaivedShare>, Halt> {
    let of = |line: &ChargeLine| if role == Role::InterestIncome { line.interest } else { line.fee };
    let charged: Vec<&ChargeLine> = assessed.lines.iter().filter(|line| of(line).minor() > 0).collect();
    let weights: Vec<u64> = charged.iter().map(|line| of(line).minor().unsigned_abs()).collect();
    let parts = split(money.minor(), &weights).map_err(|e| Rejection::value("amount", &e))?;
    let items = context.items(charged.iter().map(|line| &line.item))?;
    let mut shares = Vec::new();
    for (item, part) in items.into_iter().zip(parts) {
        let Some(mark) = item.charged.clone().filter(|_| part != 0) else { continue };
        let share = Amount::from_minor(part, item.currency.exponent());
        shares.push(WaivedShare {
            item: item.item.clone(),
            amount: share,
            after: moved(mark, role, share, -1),
        });
    }
    Ok(shares)
}

/// A mark with a waiver taken off it (-1) or put back (1).
fn moved(mark: ChargeMark, role: Role, share: Amount, sign: i64) -> ChargeMark {
    let sum = |from: Amount| {
        let minor = from.minor().saturating_add(share.minor().saturating_mul(sign));
        Amount::from_minor(minor, from.exponent())
    };
    match role {
        Role::InterestIncome => ChargeMark { interest: sum(mark.interest), ..mark },
        _ => ChargeMark { fees: sum(mark.fees), ..mark },
    }
}

/// The marks of the debts once a waiver is undone.
pub(crate) fn reinstated(context: &Context<'_>, link: &LinkRow) -> Result<Vec<MarkMoved>, Halt> {
    let record = context.facts.record(link.position)?;
    let Some(Event::ChargeWaived(waived)) = record.map(|record| record.event) else {
        return Ok(Vec::new());
    };
    let role = ChargePart::of(waived.closed.item.part()).role();
    let items = context.items(waived.shares.iter().map(|share| &share.item))?;
    let mut marks = Vec::new();
    for (share, item) in waived.shares.into_iter().zip(items) {
        let mark = item.charged.clone().map(|mark| moved(mark, role, share.amount, 1));
        marks.push(MarkMoved { item: share.item, mark });
    }
    Ok(marks)
}
