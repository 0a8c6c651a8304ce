//! What may happen to an issued document: void, delivery, a dated note (INV-19, INV-21).

use super::credit_memo::{fits_without, left_of};
use super::set_off::check_not_relied_on;
use super::*;
use crate::allocation::ClosedItem;
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::journal::JournalLine;
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::DocumentRow;

/// Decides `void_document`.
pub(crate) fn decide_void(context: &Context<'_>, command: &VoidDocument) -> Result<Decision, Halt> {
    context.book.check_day(&context.envelope.actor, command.date)?;
    context.reason(&command.reason)?;
    let document = context.document(&command.document)?;
    // What cannot be voided at all is said before a period that may be reopened.
    voidable(context, document)?;
    let area = match document.kind.side() {
        Side::Credit => Area::Credits,
        Side::Debit => Area::Billing,
    };
    context.check_open(area, command.date)?;
    context.check_open(area, document.date)?;
    if command.date < document.date {
        let what = "the void date";
        let (date, not_before) = (command.date, document.date);
        return Err(Rejection::DateOrder { what, date, not_before }.into());
    }
    let record = context.facts.record(document.position)?;
    let Some(Event::DocumentIssued(issued)) = record.map(|r| r.event) else {
        let detail = format!("{} has no content at {}", document.document, document.position);
        return Err(Halt::Corrupt { invariant: "INV-15", detail });
    };
    let closed = closed_items(context, document, command.date)?;
    if issued.kind == DocumentKind::DebitMemo
        && let Some(invoice) = &issued.invoice
    {
        check_bound_unused(context, document, invoice, &issued.content)?;
    }
    if let Some(invoice) = &issued.invoice
        && issued.set_off.is_some()
    {
        check_not_relied_on(&issued, &left_of(context, context.document(invoice)?)?)?;
    }
    let released = issued
        .invoice
        .as_ref()
        .map(|invoice| Released { invoice: invoice.clone(), entries: negated_entries(&issued) });
    let order = order_returned(context, &issued)?;
    let charges = match issued.kind {
        DocumentKind::FinanceCharge | DocumentKind::CreditMemo => {
            crate::charges::given_back(context, document)?
        }
        _ => Vec::new(),
    };
    Ok(Decision::one(Event::DocumentVoided(Box::new(DocumentVoided {
        document: document.document.clone(),
        date: command.date,
        currency: document.currency,
        reason: command.reason.clone(),
        side: document.kind.side(),
        closed,
        released,
        order,
        charges,
        posting: issued.posting.iter().map(negated).collect(),
    }))))
}

/// What the invoice had billed returns to its order, so that voiding and ordering anew is no way
/// around a credit limit.
fn order_returned(context: &Context<'_>, issued: &DocumentIssued) -> Result<Option<OrderReturned>, Halt> {
    let Some(billed) = issued.order.as_ref().filter(|billed| billed.amount.minor() != 0) else {
        return Ok(None);
    };
    let Some(row) = context.facts.order(&billed.order)? else {
        let detail = format!("{} billed order {}, which is not there", issued.document, billed.order);
        return Err(Halt::Corrupt { invariant: "INV-14", detail });
    };
    let open = Money::new(row.open.saturating_add(billed.amount.minor()), row.currency)
        .map_err(|_| Rejection::AmountOutOfRange { what: "the order" })?;
    Ok(Some(OrderReturned {
        order: row.order,
        amount: billed.amount,
        open: open.amount(),
        group: context.group(&issued.account)?,
        account: row.account,
    }))
}

/// A debit memo raised what can be credited of its invoice. It cannot go while memos use that: they
/// would come to more than the invoice.
fn check_bound_unused(
    context: &Context<'_>,
    memo: &DocumentRow,
    invoice: &DocumentId,
    content: &Content,
) -> Result<(), Halt> {
    if fits_without(context, context.document(invoice)?, &credited_entries(memo.kind, content))? {
        return Ok(());
    }
    let problem = "a memo uses what it added to its invoice; void that memo first";
    Err(Rejection::DocumentState { document: memo.document.clone(), problem }.into())
}

fn voidable(context: &Context<'_>, document: &DocumentRow) -> Result<(), Halt> {
    let id = || document.document.clone();
    let state = |problem| Err(Halt::from(Rejection::DocumentState { document: id(), problem }));
    if !matches!(
        document.kind,
        DocumentKind::Invoice
            | DocumentKind::CreditMemo
            | DocumentKind::DebitMemo
            | DocumentKind::FinanceCharge
    ) {
        let wanted = "invoices, memos and finance charges";
        return Err(Rejection::DocumentKind { document: id(), kind: document.kind, wanted }.into());
    }
    if document.ended.is_some() {
        return state("it is void already");
    }
    if document.delivered.is_some() {
        return state("it was delivered; issue a credit memo");
    }
    if context.facts.credited(&document.document)?.iter().any(|row| row.minor != 0) {
        return state("a memo refers to it; void the memo first");
    }
    Ok(())
}

fn closed_items(context: &Context<'_>, document: &DocumentRow, date: Date) -> Result<Vec<ClosedItem>, Halt> {
    let mut closed = Vec::new();
    for part in 1..=document.parts {
        let item = context.item(&ItemId::new(document.document.clone(), part))?;
        if item.open != item.original || item.live_links > 0 {
            let problem = "it is settled in part; undo its settlements or issue a credit memo";
            return Err(Rejection::DocumentState { document: document.document.clone(), problem }.into());
        }
        if item.revalued != 0 {
            let problem = "it was revalued; revalue it at the invoice's rate first";
            return Err(Rejection::DocumentState { document: document.document.clone(), problem }.into());
        }
        if let Some(revalued) = item.revalued_on.filter(|day| date < *day) {
            return Err(Rejection::RevaluationLater { item: item.item.clone(), date, revalued }.into());
        }
        if let Some(reinstated) = item.reinstated.filter(|day| date < *day) {
            return Err(Rejection::AllocationBackdated { item: item.item.clone(), date, reinstated }.into());
        }
        if item.open > 0 {
            closed.push(ClosedItem {
                item: item.item.clone(),
                account: item.account.clone(),
                group: context.group(&item.account)?,
                amount: Amount::from_minor(item.open, item.currency.exponent()),
                base: item.base_open.map(|b| Amount::from_minor(b, context.book.base.exponent())),
                link: Some(context.next_link()),
                revalued: None,
                uncounted: item.uncounted(),
            });
        }
    }
    Ok(closed)
}

fn negated_entries(issued: &DocumentIssued) -> Vec<CreditedEntry> {
    let entries = issued.bounds().into_iter();
    entries.map(|entry| CreditedEntry { amount: entry.amount.negated(), ..entry }).collect()
}

fn negated(line: &JournalLine) -> JournalLine {
    JournalLine { amount: line.amount.negated(), base: line.base.map(Amount::negated), ..line.clone() }
}

/// Decides `record_delivery`.
pub(crate) fn decide_delivery(context: &Context<'_>, command: &RecordDelivery) -> Result<Decision, Halt> {
    let document = context.document(&command.document)?;
    let id = || document.document.clone();
    if !matches!(
        document.kind,
        DocumentKind::Invoice
            | DocumentKind::CreditMemo
            | DocumentKind::DebitMemo
            | DocumentKind::FinanceCharge
    ) {
        let wanted = "invoices, memos and finance charges";
        return Err(Rejection::DocumentKind { document: id(), kind: document.kind, wanted }.into());
    }
    if document.ended.is_some() {
        return Err(Rejection::DocumentState { document: id(), problem: "it is void" }.into());
    }
    if command.date < document.document_date {
        let what = "the delivery date";
        let (date, not_before) = (command.date, document.document_date);
        return Err(Rejection::DateOrder { what, date, not_before }.into());
    }
    if document.delivered.is_some() {
        return Ok(Decision::one(Event::NothingChanged { command: "record_delivery".into() }));
    }
    Ok(Decision::one(Event::DocumentDelivered(DocumentDelivered {
        document: id(),
        date: command.date,
        channel: command.channel,
    })))
}

/// Decides `annotate_document`.
pub(crate) fn decide_annotate(context: &Context<'_>, command: &AnnotateDocument) -> Result<Decision, Halt> {
    let document = context.document(&command.document)?;
    let blank = |text: &Option<Text>| text.as_ref().is_none_or(Text::is_empty);
    if blank(&command.po_number) && blank(&command.note) {
        return Err(Rejection::DocumentEmpty { document: "an annotation" }.into());
    }
    if command.date < document.document_date {
        let what = "the annotation date";
        let (date, not_before) = (command.date, document.document_date);
        return Err(Rejection::DateOrder { what, date, not_before }.into());
    }
    Ok(Decision::one(Event::DocumentAnnotated(Box::new(DocumentAnnotated {
        document: document.document.clone(),
        date: command.date,
        po_number: command.po_number.clone(),
        note: command.note.clone(),
    }))))
}
