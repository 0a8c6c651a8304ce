//! Deciding transfers of a debit and chargebacks, and the move that plans share with them.

use super::*;
use crate::account::Account;
use crate::allocation::check_room;
use crate::book::{ChartContext, Counts, InvoiceCheck, Reason};
use crate::credit::{CreditRequest, check_credit};
use crate::decide::{Context, Decision, Halt, Warning};
use crate::document::Side;
use crate::event::Event;
use crate::fx::{leaving, post_unrealised};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// Decides `transfer_debit`. The new debtor's credit is checked as for an invoice.
pub(crate) fn decide_transfer_debit(
    context: &Context<'_>,
    command: &TransferDebit,
) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, command.date)?;
    context.reason(&command.reason)?;
    context.free_number(&command.transfer)?;
    let item = open_debit(context, &command.item)?;
    if item.account == command.to {
        return Err(Rejection::TransferSame { account: command.to.clone() }.into());
    }
    let account = context.live_account(&command.to)?;
    let minor = asked(item, command.amount, "the transfer")?;
    let part = Part {
        due: item.due,
        minor,
        aged_from: aged_from(item),
        discounts: item.discounts.iter().map(|tier| tier.on_part(minor, item.original)).collect(),
        counts: item.counts,
        // The order is the other account's.
        order: None,
    };
    let event = moved(
        context,
        Moving {
            document: &command.transfer,
            kind: DocumentKind::Transfer,
            account,
            date: command.date,
            from: vec![(item, minor)],
            parts: vec![part],
            reason: &command.reason,
        },
    )?;
    let warnings = new_debtor(context, account, item, minor, command.date)?;
    Ok(Decision { warnings, ..Decision::one(Event::DebitMoved(Box::new(event))) })
}

/// Decides `charge_back`.
pub(crate) fn decide_charge_back(context: &Context<'_>, command: &ChargeBack) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, command.date)?;
    let (reason, customer_code) = reason_of(context, &command.reason)?;
    context.free_number(&command.chargeback)?;
    let item = open_debit(context, &command.item)?;
    let minor = asked(item, command.amount, "the chargeback")?;
    let account = context.live_account(&item.account)?;
    let due = command.due.unwrap_or(item.due);
    let (aged_from, counts) = (aged_from(item), reason.counts());
    let order = item.order.clone();
    let part = Part { due, minor, aged_from, discounts: Vec::new(), counts, order };
    let mut event = moved(
        context,
        Moving {
            document: &command.chargeback,
            kind: DocumentKind::Chargeback,
            account,
            date: command.date,
            from: vec![(item, minor)],
            parts: vec![part],
            reason: &reason.code,
        },
    )?;
    event.customer_code = customer_code;
    event.owner.clone_from(&reason.owner);
    event.valid_until = match reason.valid_days {
        Some(days) => Some(command.date.add_days(i32::from(days)).map_err(|e| Rejection::value("date", &e))?),
        None => None,
    };
    Ok(Decision::one(Event::DebitMoved(Box::new(event))))
}

/// The reason of a deduction: the book's own, or the one that stands for the customer's code.
fn reason_of<'a>(context: &Context<'a>, given: &DeductionReason) -> Result<(&'a Reason, Option<Text>), Halt> {
    match given {
        DeductionReason::Code(code) => {
            context.reason(code)?;
            let reason = context.book.reasons.get(code);
            Ok((reason.ok_or_else(|| Rejection::ReasonUnknown { reason: code.clone() })?, None))
        }
        DeductionReason::Customer(code) => {
            let reason = context.book.reasons.values().find(|reason| reason.customer_codes.contains(code));
            let reason = reason.ok_or_else(|| Rejection::ReasonNotMapped { code: code.clone() })?;
            Ok((reason, Some(code.clone())))
        }
    }
}

/// A debit with something open on it.
pub(crate) fn open_debit<'a>(context: &Context<'a>, id: &ItemId) -> Result<&'a ItemRow, Halt> {
    let item = context.item(id)?;
    let state = |problem| Halt::from(Rejection::ItemSide { item: item.item.clone(), problem });
    if item.side != Side::Debit {
        return Err(state("it is a credit; a credit is transferred by `transfer_credit`"));
    }
    if item.account.as_str() == crate::payment::SUSPENSE {
        return Err(state("who owes it is not known; identify the payment first"));
    }
    if item.open <= 0 {
        return Err(state("nothing is open on it"));
    }
    // As another kind of debit it would bear interest on interest.
    if item.kind == DocumentKind::FinanceCharge {
        return Err(state(
            "it is a finance charge; it stays one until it is paid, or `waive_charge` ends it",
        ));
    }
    if item.deferred {
        return Err(state("its tax falls due when it is paid, so it is paid or credited where it stands"));
    }
    Ok(item)
}

fn asked(item: &ItemRow, amount: Option<Amount>, what: &'static str) -> Result<i64, Halt> {
    let money = match amount {
        None => item.open_money(),
        Some(amount) => amount.in_currency(item.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    if money.is_positive() {
        return Ok(money.minor());
    }
    Err(Rejection::AmountNotPositive { what, given: money.amount() }.into())
}

/// The day that the debt in an item ages from.
pub(crate) fn aged_from(item: &ItemRow) -> Date {
    item.aged_from.unwrap_or(item.due)
}

/// What taking the debt over does to the new debtor's limit: refused where policy blocks invoices, else
/// a warning.
fn new_debtor(
    context: &Context<'_>,
    account: &Account,
    item: &ItemRow,
    minor: i64,
    date: Date,
) -> Result<Vec<Warning>, Halt> {
    let minor = if item.uncounted() { 0 } else { minor };
    let request = CreditRequest { account, currency: item.currency, minor, date, always: false };
    let answer = check_credit(context, &request)?;
    let Some(breach) = answer.breach else { return Ok(Vec::new()) };
    if context.book.policies.credit.invoices == InvoiceCheck::Block {
        return Err(breach.into());
    }
    Ok(vec![Warning { code: breach.code().into(), message: breach.to_string() }])
}

/// One new item.
pub(crate) struct Part {
    pub(crate) due: Date,
    pub(crate) minor: i64,
    pub(crate) aged_from: Date,
    pub(crate) discounts: Vec<crate::terms::DiscountTier>,
    /// What it counts for: a transfer and a plan keep what the debts counted for, a chargeback's own
    /// reason says it.
    pub(crate) counts: Counts,
    /// The order that it bills: the one that all debts in it bill.
    pub(crate) order: Option<OrderId>,
}

/// A move of debits, all of one account and currency, into new ones.
pub(crate) struct Moving<'a> {
    pub(crate) document: &'a DocumentId,
    pub(crate) kind: DocumentKind,
    pub(crate) account: &'a Account,
    pub(crate) date: Date,
    /// The items, in the order of their due dates, with what leaves each.
    pub(crate) from: Vec<(&'a ItemRow, i64)>,
    /// What comes of it; the same in sum.
    pub(crate) parts: Vec<Part>,
    pub(crate) reason: &'a ReasonCode,
}

/// The event of a move, checked on every date.
pub(crate) fn moved(context: &Context<'_>, moving: Moving<'_>) -> Result<DebitMoved, Halt> {
    let Moving { document, kind, account, date, from, parts, reason } = moving;
    let Some((first, _)) = from.first() else {
        return Err(Rejection::PlanInvalid { problem: "it takes over no item".to_owned() }.into());
    };
    let currency = first.currency;
    let chart = ChartContext {
        class: Some(account.profile.class),
        document: Some(kind),
        reason: Some(reason),
        ..ChartContext::default()
    };
    let control =
        Control { role: Role::Receivable, code: context.book.chart.code(Role::Receivable, &chart)? };
    let mut posting = Posting::new(context.book, currency, Some(account));
    let (mut closed, mut base_sum) = (Vec::with_capacity(from.len()), Some(0_i64));
    for (item, minor) in &from {
        check_room(context, item, &[(date, *minor)], |open, requested, on| {
            Rejection::AllocationExceedsItem { item: item.item.clone(), open, requested, on }
        })?;
        // An unrealised difference stays behind: the new debt is carried at what the old one was booked at.
        let leaves = leaving(context, item, date, *minor)?;
        let base = leaves.base;
        base_sum = base_sum.zip(base).map(|(sum, base)| sum.saturating_add(base));
        let carried = leaves.carried().map(i64::saturating_neg);
        posting.control(&item.control, &item.account, minor.saturating_neg(), carried);
        post_unrealised(&mut posting, Side::Debit, leaves.revalued, 1, |role| {
            context.book.chart.code(role, &chart)
        })?;
        posting.control(&control, &account.id, *minor, base);
        closed.push(ClosedItem {
            item: item.item.clone(),
            account: item.account.clone(),
            group: context.group(&item.account)?,
            amount: Amount::from_minor(*minor, currency.exponent()),
            base: leaves.base_amount(context.book.base),
            revalued: leaves.revalued_amount(context.book.base),
            link: Some(context.next_link()),
            uncounted: item.uncounted(),
        });
    }
    let level = from.iter().map(|(item, _)| item.dunning_level).max().unwrap_or(0);
    Ok(DebitMoved {
        document: document.clone(),
        kind,
        account: account.id.clone(),
        group: account.profile.parent.clone(),
        currency,
        document_date: from.iter().map(|(item, _)| item.document_date).min().unwrap_or(date),
        date,
        from: closed,
        items: new_items(context, currency, parts, base_sum, level)?,
        control,
        reason: reason.clone(),
        customer_code: None,
        owner: None,
        valid_until: None,
        default_after: None,
        accelerates: None,
        posting: posting.lines()?,
    })
}

fn new_items(
    context: &Context<'_>,
    currency: Currency,
    parts: Vec<Part>,
    base: Option<i64>,
    level: u8,
) -> Result<Vec<NewItem>, Halt> {
    let weights: Vec<u64> = parts.iter().map(|part| part.minor.unsigned_abs()).collect();
    let bases = match base {
        None => vec![None; parts.len()],
        Some(base) => {
            let shares = split(base, &weights).map_err(|e| Rejection::value("base amount", &e))?;
            shares.into_iter().map(Some).collect()
        }
    };
    let item = |(part, base): (Part, Option<i64>)| NewItem {
        due: part.due,
        amount: Amount::from_minor(part.minor, currency.exponent()),
        base: base.map(|b| Amount::from_minor(b, context.book.base.exponent())),
        discounts: part.discounts,
        terms: None,
        aged_from: (part.aged_from != part.due).then_some(part.aged_from),
        dunning_level: level,
        counts: part.counts,
        order: part.order,
    };
    Ok(parts.into_iter().zip(bases).map(item).collect())
}
