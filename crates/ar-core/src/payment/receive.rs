//! Receiving cash, with or without a known payer, and assigning it later (INV-25, INV-27).

use super::*;
use crate::allocation::allocate_new_credit;
use crate::book::{ChartContext, Counts, LatePosting};
use crate::decide::{Context, Decision, Halt};
use crate::document::{DocumentKind, Side};
use crate::event::Event;
use crate::fx::{base_of, rate_for};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// The accounting date of a new document: the given one in an open period, else the document date,
/// which policy may move to the first open day.
pub(crate) fn accounting_date(
    context: &Context<'_>,
    area: Area,
    given: Option<Date>,
    document_date: Date,
) -> Result<Date, Rejection> {
    match (given, context.book.policies.late_posting) {
        (Some(date), _) => context.check_open(area, date).map(|()| date),
        (None, LatePosting::Refuse) => context.check_open(area, document_date).map(|()| document_date),
        (None, LatePosting::FirstOpenDay) => context.first_open(&[area], document_date),
        (None, LatePosting::EntryDay) => {
            if context.first_open(&[area], document_date)? == document_date {
                return Ok(document_date);
            }
            let entered = context.envelope.at.date().map_err(|e| Rejection::value("at", &e))?;
            context.first_open(&[area], document_date.max(entered))
        }
    }
}

/// Decides `receive_payment`.
pub(crate) fn decide_receive(context: &Context<'_>, command: &ReceivePayment) -> Result<Decision, Halt> {
    let date = accounting_date(context, Area::Cash, command.accounting_date, command.date)?;
    let payer = match &command.payer {
        Payer::Account(id) => Some(context.live_account(id)?),
        Payer::Unidentified => None,
    };
    let own = payer.and_then(|account| account.profile.currency);
    let currency = command.currency.or(own).unwrap_or(context.book.base);
    if !currency.active_on(command.date) {
        return Err(Rejection::CurrencyInactive { currency, on: command.date }.into());
    }
    context.free_number(&command.payment)?;
    check_bank(context, command.bank.as_ref(), currency)?;
    let amount = command.amount.in_currency(currency).map_err(|e| Rejection::value("amount", &e))?;
    let rate = rate_for(context, currency, command.rate, command.date)?;
    let base = base_of(context, amount, rate)?;

    let chart = ChartContext {
        class: payer.map(|account| account.profile.class),
        document: Some(DocumentKind::Payment),
        bank: command.bank.as_ref(),
        ..ChartContext::default()
    };
    let account = match &command.payer {
        Payer::Account(id) => id.clone(),
        Payer::Unidentified => AccountId::reserved(SUSPENSE),
    };
    if let Some(order) = &command.order {
        context.order_of(order, &account, currency)?;
    }
    let control_role = match (&command.payer, command.keep) {
        (Payer::Unidentified, _) => Role::Unidentified,
        (_, Keep::Unapplied) if command.order.is_none() => Role::Unapplied,
        (_, Keep::Unapplied | Keep::OnAccount) => Role::OnAccount,
    };
    let control = Control { role: control_role, code: context.book.chart.code(control_role, &chart)? };
    let mut posting = Posting::new(context.book, currency, payer);
    posting.role(Role::Cash, &chart, amount.minor(), base.map(Money::minor))?;
    let minus = |money: Money| money.negated().minor();
    posting.control(&control, &account, minus(amount), base.map(minus));

    let mut received = PaymentReceived {
        payment: command.payment.clone(),
        account,
        group: payer.and_then(|account| account.profile.parent.clone()),
        method: command.method,
        currency,
        rate,
        amount: amount.amount(),
        base: base.map(Money::amount),
        document_date: command.date,
        date,
        value_date: command.value_date.unwrap_or(command.date),
        bank: command.bank.clone(),
        reference: command.reference.clone(),
        order: command.order.clone(),
        control,
        attributes: command.attributes.clone(),
        explanation: None,
        posting: posting.lines()?,
    };
    let mut events = Vec::new();
    if let Some(how) = &command.allocate {
        let item = item_of(&received, amount, base);
        let (applied, why) = allocate_new_credit(context, item, how)?;
        if applied.is_empty() {
            received.explanation = Some(why);
        }
        events = applied;
    }
    events.insert(0, Event::PaymentReceived(Box::new(received)));
    Ok(Decision::many(events))
}

pub(super) fn check_bank(
    context: &Context<'_>,
    bank: Option<&BankId>,
    currency: Currency,
) -> Result<(), Rejection> {
    let Some(id) = bank else { return Ok(()) };
    let bank = context.book.banks.get(id).ok_or_else(|| Rejection::BankUnknown { bank: id.clone() })?;
    match bank.currency {
        Some(expected) if expected != currency => {
            Err(Rejection::CurrencyMismatch { expected, given: currency })
        }
        _ => Ok(()),
    }
}

/// The item that a payment is about to have.
fn item_of(e: &PaymentReceived, amount: Money, base: Option<Money>) -> ItemRow {
    ItemRow {
        item: ItemId::from(e.payment.clone()),
        kind: DocumentKind::Payment,
        side: Side::Credit,
        account: e.account.clone(),
        currency: e.currency,
        document_date: e.document_date,
        date: e.date,
        value_date: e.value_date,
        due: e.document_date,
        original: amount.minor(),
        open: amount.minor(),
        base_original: base.map(Money::minor),
        base_open: base.map(Money::minor),
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
        order: e.order.clone(),
    }
}

/// Decides `identify_payment`.
pub(crate) fn decide_identify(context: &Context<'_>, command: &IdentifyPayment) -> Result<Decision, Halt> {
    context.check_open(Area::Cash, command.date)?;
    let document = context.document(&command.payment)?;
    if document.kind != DocumentKind::Payment {
        return Err(Rejection::DocumentKind {
            document: document.document.clone(),
            kind: document.kind,
            wanted: "payments",
        }
        .into());
    }
    if document.ended.is_some() {
        return Err(Rejection::PaymentReversed { payment: command.payment.clone() }.into());
    }
    if document.account.as_str() != SUSPENSE {
        return Err(Rejection::PaymentIdentified { payment: command.payment.clone() }.into());
    }
    let account = context.live_account(&command.account)?;
    let from = context.item(&ItemId::from(command.payment.clone()))?;
    let control = Control {
        role: Role::Unapplied,
        code: context.book.chart.code(
            Role::Unapplied,
            &ChartContext {
                class: Some(account.profile.class),
                document: Some(DocumentKind::Payment),
                ..ChartContext::default()
            },
        )?,
    };
    let to = ItemId::new(command.payment.clone(), document.parts.saturating_add(1));
    let moved = super::transfer::moved(
        context,
        super::transfer::Move {
            from,
            to,
            account,
            control,
            kind: DocumentKind::Payment,
            minor: from.open,
            date: command.date,
            reason: None,
        },
    )?;
    let item = super::transfer::item_of(&moved);
    let mut events = vec![Event::PaymentIdentified(Box::new(moved))];
    if let Some(how) = &command.allocate {
        events.extend(allocate_new_credit(context, item, how)?.0);
    }
    Ok(Decision::many(events))
}
