//! Rows of debits that became others (INV-28, INV-41).

use super::{ItemsOf, one_sided};
use crate::agreement::{Agreed, AgreementId};
use crate::allocation::LinkKind;
use crate::change::Change;
use crate::debit::DebitMoved;
use crate::document::{DocumentKind, Side};
use crate::record::Position;
use crate::rows::*;
use crate::values::*;

pub(super) fn debit_moved(position: Position, e: &DebitMoved, out: &mut Vec<Change>) {
    for closed in &e.from {
        if let Some(link) = &closed.link {
            one_sided(position, link, LinkKind::Move, Side::Debit, closed, e.currency, e.date, out);
        }
    }
    let total = e.items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.amount.minor()));
    out.push(Change::Document(Box::new(DocumentRow {
        document: e.document.clone(),
        kind: e.kind,
        account: e.account.clone(),
        currency: e.currency,
        rate: None,
        document_date: e.document_date,
        date: e.date,
        value_date: None,
        total,
        parts: u16::try_from(e.items.len()).unwrap_or(u16::MAX),
        position,
        reference: e.from.first().map(|closed| closed.item.document().clone()),
        text_reference: e.customer_code.clone(),
        bank: None,
        ended: None,
        delivered: None,
        attributes: Attributes::default(),
    })));
    let items = ItemsOf {
        position,
        document: &e.document,
        kind: e.kind,
        side: Side::Debit,
        account: &e.account,
        group: e.group.as_ref(),
        currency: e.currency,
        document_date: e.document_date,
        date: e.date,
        value_date: e.document_date,
        control: &e.control,
        deferred: false,
    };
    items.push_all(&e.items, out);
    if let Some(plan) = &e.accelerates {
        let id = AgreementId::Plan(plan.clone());
        out.push(Change::AgreementEnded { id, date: e.date, position });
    } else if e.kind == DocumentKind::Plan {
        out.push(Change::Agreement(Box::new(AgreementRow {
            id: AgreementId::Plan(e.document.clone()),
            account: e.account.clone(),
            currency: e.currency,
            date: e.date,
            position,
            agreed: Agreed::Instalments { default_after: e.default_after },
            ended: None,
        })));
    }
}
