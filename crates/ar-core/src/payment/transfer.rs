//! Moving credit: to another account of the book, or from the suspense account to its payer
//! (INV-27, INV-28).
//!
//! The old item closes by what leaves it; a new item opens with the same document and value dates,
//! so that age and discounts are not changed by the move.

use super::*;
use crate::account::Account;
use crate::allocation::{check_live_links, check_room};
use crate::book::{ChartContext, Counts};
use crate::decide::{Context, Decision, Halt};
use crate::document::{DocumentKind, Side};
use crate::event::Event;
use crate::fx::{leaving, post_unrealised};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// A move of credit from one item to a new one.
pub(super) struct Move<'a> {
    pub(super) from: &'a ItemRow,
    pub(super) to: ItemId,
    pub(super) account: &'a Account,
    pub(super) control: Control,
    pub(super) kind: DocumentKind,
    pub(super) minor: i64,
    pub(super) date: Date,
    pub(super) reason: Option<ReasonCode>,
}

/// Decides `transfer_credit`.
pub(crate) fn decide_transfer(context: &Context<'_>, command: &TransferCredit) -> Result<Decision, Halt> {
    context.check_open(Area::Cash, command.date)?;
    context.reason(&command.reason)?;
    context.free_number(&command.transfer)?;
    let from = context.item(&command.credit)?;
    check_movable(from)?;
    if from.account == command.to {
        return Err(Rejection::TransferSame { account: command.to.clone() }.into());
    }
    let account = context.live_account(&command.to)?;
    let money = match command.amount {
        None => from.open_money(),
        Some(amount) => amount.in_currency(from.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    if !money.is_positive() {
        let what = "the transfer";
        return Err(Rejection::AmountNotPositive { what, given: money.amount() }.into());
    }
    // A credit memo stays one of the receivables: it is no cash on another account either.
    let role = match from.control.role {
        role @ (Role::OnAccount | Role::Receivable) => role,
        _ => Role::Unapplied,
    };
    let chart = ChartContext {
        class: Some(account.profile.class),
        document: Some(DocumentKind::Transfer),
        ..ChartContext::default()
    };
    let moved = moved(
        context,
        Move {
            from,
            to: ItemId::from(command.transfer.clone()),
            account,
            control: Control { role, code: context.book.chart.code(role, &chart)? },
            kind: DocumentKind::Transfer,
            minor: money.minor(),
            date: command.date,
            reason: Some(command.reason.clone()),
        },
    )?;
    Ok(Decision::one(Event::CreditTransferred(Box::new(moved))))
}

/// A credit of a known customer with something unapplied on it.
pub(crate) fn check_movable(item: &ItemRow) -> Result<(), Rejection> {
    let state = |problem| Err(Rejection::ItemSide { item: item.item.clone(), problem });
    if item.side != Side::Credit {
        return state("it is a debit, and only credit can leave an account");
    }
    if item.account.as_str() == SUSPENSE {
        return state("its payer is not known; identify it first");
    }
    if item.open <= 0 {
        return state("nothing of it is unapplied");
    }
    Ok(())
}

/// The event of a move, checked on every date.
pub(super) fn moved(context: &Context<'_>, wanted: Move<'_>) -> Result<CreditMoved, Halt> {
    let Move { from, to, account, control, kind, minor, date, reason } = wanted;
    check_live_links(from, 1)?;
    check_room(context, from, &[(date, minor)], |available, requested, _| {
        Rejection::AllocationExceedsPayment { credit: from.item.clone(), available, requested }
    })?;
    let leaves = leaving(context, from, date, minor)?;
    let base = leaves.base;
    let mut posting = Posting::new(context.book, from.currency, Some(account));
    posting.control(&from.control, &from.account, minor, leaves.carried());
    let chart = ChartContext { class: Some(account.profile.class), ..ChartContext::default() };
    post_unrealised(&mut posting, Side::Credit, leaves.revalued, 1, |role| {
        context.book.chart.code(role, &chart)
    })?;
    posting.control(&control, &account.id, minor.saturating_neg(), base.map(i64::saturating_neg));
    let amount = Amount::from_minor(minor, from.currency.exponent());
    let base = base.map(|b| Amount::from_minor(b, context.book.base.exponent()));
    Ok(CreditMoved {
        link: context.next_link(),
        from: ClosedItem {
            item: from.item.clone(),
            account: from.account.clone(),
            group: context.group(&from.account)?,
            amount,
            base,
            link: None,
            revalued: leaves.revalued_amount(context.book.base),
            uncounted: false,
        },
        to,
        account: account.id.clone(),
        group: account.profile.parent.clone(),
        currency: from.currency,
        kind,
        document_date: from.document_date,
        value_date: from.value_date,
        date,
        item: NewItem {
            due: from.due,
            amount,
            base,
            discounts: Vec::new(),
            terms: None,
            aged_from: None,
            dunning_level: 0,
            counts: Counts::FULL,
            order: None,
        },
        control,
        reason,
        posting: posting.lines()?,
    })
}

/// The item that a move is about to make.
pub(super) fn item_of(e: &CreditMoved) -> ItemRow {
    let base = e.item.base.map(Amount::minor);
    ItemRow {
        item: e.to.clone(),
        kind: e.kind,
        side: Side::Credit,
        account: e.account.clone(),
        currency: e.currency,
        document_date: e.document_date,
        date: e.date,
        value_date: e.value_date,
        due: e.item.due,
        original: e.item.amount.minor(),
        open: e.item.amount.minor(),
        base_original: base,
        base_open: base,
        credited: 0,
        discount_taken: 0,
        discounts: Vec::new(),
        terms: None,
        aged_from: None,
        control: e.control.clone(),
        revalued: 0,
        revalued_on: None,
        reinstated: None,
        live_links: 0,
        dunning_level: 0,
        deferred: false,
        position: 0,
        charged: None,
        late: false,
        counts: Counts::FULL,
        order: None,
    }
}
