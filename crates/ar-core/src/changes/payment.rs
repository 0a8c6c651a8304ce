//! Rows of cash: payments received, assigned, moved, taken back and refunded (INV-27, INV-35).

use super::{ItemsOf, Moved, one_sided};
use crate::allocation::LinkKind;
use crate::book::Counts;
use crate::change::Change;
use crate::document::{DocumentKind, NewItem, Side};
use crate::payment::{
    CreditMoved, PaymentReceived, PaymentReversed, RefundEnded, RefundRequested, RefundState,
};
use crate::record::Position;
use crate::rows::*;
use crate::values::*;

pub(super) fn payment_received(position: Position, e: &PaymentReceived, out: &mut Vec<Change>) {
    out.push(Change::Document(Box::new(DocumentRow {
        document: e.payment.clone(),
        kind: DocumentKind::Payment,
        account: e.account.clone(),
        currency: e.currency,
        rate: e.rate,
        document_date: e.document_date,
        date: e.date,
        value_date: Some(e.value_date),
        total: e.amount.minor(),
        parts: 1,
        position,
        reference: None,
        text_reference: e.reference.clone(),
        bank: e.bank.clone(),
        ended: None,
        delivered: None,
        attributes: e.attributes.clone(),
    })));
    let items = ItemsOf {
        position,
        document: &e.payment,
        kind: DocumentKind::Payment,
        side: Side::Credit,
        account: &e.account,
        group: e.group.as_ref(),
        currency: e.currency,
        document_date: e.document_date,
        date: e.date,
        value_date: e.value_date,
        control: &e.control,
        deferred: false,
    };
    let new = NewItem {
        due: e.document_date,
        amount: e.amount,
        base: e.base,
        discounts: Vec::new(),
        terms: None,
        aged_from: None,
        dunning_level: 0,
        counts: Counts::FULL,
        order: e.order.clone(),
    };
    items.push_all(&[new], out);
}

pub(super) fn credit_moved(position: Position, e: &CreditMoved, out: &mut Vec<Change>) {
    one_sided(position, &e.link, LinkKind::Move, Side::Credit, &e.from, e.currency, e.date, out);
    let document = e.to.document();
    if e.to.part() == 1 {
        out.push(Change::Document(Box::new(DocumentRow {
            document: document.clone(),
            kind: e.kind,
            account: e.account.clone(),
            currency: e.currency,
            rate: None,
            document_date: e.document_date,
            date: e.date,
            value_date: Some(e.value_date),
            total: e.item.amount.minor(),
            parts: 1,
            position,
            reference: Some(e.from.item.document().clone()),
            text_reference: None,
            bank: None,
            ended: None,
            delivered: None,
            attributes: Attributes::default(),
        })));
    } else {
        let account = Some(e.account.clone());
        out.push(Change::DocumentParts { document: document.clone(), parts: e.to.part(), account });
    }
    let items = ItemsOf {
        position,
        document,
        kind: e.kind,
        side: Side::Credit,
        account: &e.account,
        group: e.group.as_ref(),
        currency: e.currency,
        document_date: e.document_date,
        date: e.date,
        value_date: e.value_date,
        control: &e.control,
        deferred: false,
    };
    items.push(e.to.part(), &e.item, out);
    items.totals(std::slice::from_ref(&e.item), out);
}

pub(super) fn payment_reversed(position: Position, e: &PaymentReversed, out: &mut Vec<Change>) {
    out.push(Change::DocumentEnded { document: e.payment.clone(), date: e.date });
    for closed in &e.closed {
        if let Some(link) = &closed.link {
            one_sided(position, link, LinkKind::Reversal, Side::Credit, closed, e.currency, e.date, out);
        }
    }
    for owed in &e.owed {
        let (document, parts) = (e.payment.clone(), owed.item.part());
        out.push(Change::DocumentParts { document, parts, account: None });
        let items = ItemsOf {
            position,
            document: &e.payment,
            kind: DocumentKind::Payment,
            side: Side::Debit,
            account: &owed.account,
            group: owed.group.as_ref(),
            currency: e.currency,
            document_date: e.date,
            date: e.date,
            value_date: e.date,
            control: &owed.control,
            deferred: false,
        };
        items.push(owed.item.part(), &owed.new, out);
        items.totals(std::slice::from_ref(&owed.new), out);
    }
}

pub(super) fn refund_requested(position: Position, e: &RefundRequested, out: &mut Vec<Change>) {
    one_sided(position, &e.link, LinkKind::Refund, Side::Credit, &e.from, e.currency, e.date, out);
    out.push(Change::Refund(Box::new(RefundRow {
        refund: e.refund.clone(),
        credit: e.from.item.clone(),
        account: e.from.account.clone(),
        currency: e.currency,
        amount: e.from.amount.minor(),
        base: e.from.base.map(Amount::minor),
        link: e.link.clone(),
        date: e.date,
        clearing: e.clearing.clone(),
        state: RefundState::Requested,
    })));
}

pub(super) fn refund_ended(position: Position, e: &RefundEnded, out: &mut Vec<Change>) {
    out.push(Change::RefundState { refund: e.refund.clone(), state: e.state });
    if let Some((link, restored)) = &e.restored {
        out.push(Change::LinkUndone { link: link.clone(), date: e.date, position });
        let (currency, date) = (e.currency, e.date);
        Moved {
            side: Side::Credit,
            closed: restored,
            currency,
            date,
            sign: 1,
            credited: 0,
            discount: 0,
            linked: true,
        }
        .push(out);
    }
}
