//! Rows of conversions and revaluations (INV-03, INV-31).

use super::{ItemsOf, one_sided};
use crate::allocation::LinkKind;
use crate::change::{Change, ItemDelta};
use crate::document::{DocumentKind, Side};
use crate::fx::{ConversionIssued, ConversionUndone, CreditConverted, ItemsRevalued};
use crate::record::Position;
use crate::rows::*;
use crate::values::*;

pub(super) fn credit_converted(position: Position, e: &CreditConverted, out: &mut Vec<Change>) {
    one_sided(position, &e.link, LinkKind::Conversion, Side::Credit, &e.from, e.currency, e.date, out);
}

pub(super) fn conversion_issued(position: Position, e: &ConversionIssued, out: &mut Vec<Change>) {
    out.push(Change::Document(Box::new(DocumentRow {
        document: e.conversion.clone(),
        kind: DocumentKind::Conversion,
        account: e.account.clone(),
        currency: e.currency,
        rate: e.rate,
        document_date: e.document_date,
        date: e.date,
        value_date: Some(e.value_date),
        total: e.item.amount.minor(),
        parts: 1,
        position,
        reference: Some(e.from.document().clone()),
        text_reference: None,
        bank: None,
        ended: None,
        delivered: None,
        attributes: Attributes::default(),
    })));
    let items = ItemsOf {
        position,
        document: &e.conversion,
        kind: DocumentKind::Conversion,
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
    items.push_all(std::slice::from_ref(&e.item), out);
}

pub(super) fn conversion_undone(position: Position, e: &ConversionUndone, out: &mut Vec<Change>) {
    out.push(Change::DocumentEnded { document: e.conversion.clone(), date: e.date });
    one_sided(position, &e.link, LinkKind::Conversion, Side::Credit, &e.closed, e.currency, e.date, out);
}

/// A revaluation is a link that takes nothing of the open amount; it is none of the live ones that bound
/// a credit, since nothing has to be undone for it.
pub(super) fn items_revalued(position: Position, e: &ItemsRevalued, out: &mut Vec<Change>) {
    for revalued in &e.items {
        let by = revalued.by.minor();
        let half = Some(LinkSide {
            item: revalued.item.clone(),
            account: e.account.clone(),
            amount: 0,
            base: Some(0),
            revalued: by.saturating_neg(),
        });
        let (credit, debit) = match revalued.side {
            Side::Credit => (half, None),
            Side::Debit => (None, half),
        };
        out.push(Change::Link(Box::new(LinkRow {
            link: revalued.link.clone(),
            kind: LinkKind::Revaluation,
            currency: e.currency,
            date: e.date,
            position,
            credit,
            debit,
            discount: 0,
            tolerance: 0,
            withholding: 0,
            memo: false,
            undone: None,
            bad_debt: None,
        })));
        out.push(Change::ItemMoved(ItemDelta {
            revalued: by,
            revalued_on: Some(e.date),
            ..ItemDelta::of(revalued.item.clone())
        }));
    }
}
