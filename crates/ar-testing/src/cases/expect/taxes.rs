//! Tax that fell due, and tax that has not: what the events of a document and of its settlements say.

use ar_core::allocation::{LinkTaxes, TaxMoveKind};
use ar_core::book::TaxBasis;
use ar_core::document::TaxGroup;
use ar_core::{Currency, Event};
use serde_json::json;

use super::settlements::events_of;
use super::{Ask, Found};
use crate::cases::fields::{Read, unsupported};
use crate::cases::steps::content;
use crate::cases::values::{document_id, text};

/// Tax of one document, in minor units.
#[derive(Default)]
struct Sums {
    /// Tax that falls due with the document, and its net.
    accrual: (i64, i64),
    /// Tax that falls due with payment and did, and its net.
    due: (i64, i64),
    /// What of it did not.
    deferred: i64,
}

fn sums(ask: &Ask<'_, '_, '_>) -> Read<Option<(Sums, Currency)>> {
    let reference = ask.reference()?.to_owned();
    let currency = ask.play.document(&reference)?;
    let Some(content) = content(ask.play, &reference)? else { return Ok(None) };
    let mut sums = Sums::default();
    let later = |group: &&TaxGroup| matches!(group.basis, TaxBasis::Payment(_));
    for group in &content.taxes {
        if later(&group) {
            sums.deferred = sums.deferred.saturating_add(group.tax.minor());
        } else {
            let (tax, net) = sums.accrual;
            sums.accrual = (tax.saturating_add(group.tax.minor()), net.saturating_add(group.net.minor()));
        }
    }
    let id = document_id(&reference)?;
    for event in ask.play.events.iter().flatten() {
        match event {
            Event::CreditAllocated(e) if e.date <= ask.at => {
                let mine = e.links.iter().filter(|link| *link.debit.document() == id);
                mine.filter_map(|link| link.taxes.as_deref()).for_each(|taxes| sums.count(taxes, 1));
            }
            Event::SettlementUndone(e) if e.date <= ask.at => {
                let mine = e
                    .links
                    .iter()
                    .filter(|link| link.debit.as_ref().is_some_and(|side| *side.item.document() == id));
                mine.filter_map(|link| link.taxes.as_deref()).for_each(|taxes| sums.count(taxes, -1));
            }
            Event::DocumentIssued(e) if e.invoice.as_ref() == Some(&id) && e.date <= ask.at => {
                for entry in e.set_off.iter().flat_map(|off| &off.taxes) {
                    sums.deferred = sums.deferred.saturating_sub(entry.tax.minor());
                }
            }
            _ => {}
        }
    }
    Ok(Some((sums, currency)))
}

impl Sums {
    fn count(&mut self, taxes: &LinkTaxes, sign: i64) {
        for moved in &taxes.moves {
            let signed = |amount: ar_core::Amount| amount.minor().saturating_mul(sign);
            match moved.kind {
                TaxMoveKind::FellDue => {
                    let (tax, net) = self.due;
                    self.due = (tax.saturating_add(signed(moved.tax)), net.saturating_add(signed(moved.net)));
                    self.deferred = self.deferred.saturating_sub(signed(moved.tax));
                }
                TaxMoveKind::DiscountedDeferred => {
                    self.deferred = self.deferred.saturating_sub(signed(moved.tax));
                }
                _ => {
                    let (tax, net) = self.accrual;
                    self.accrual = (tax.saturating_sub(signed(moved.tax)), net);
                }
            }
        }
    }
}

fn of(ask: &mut Ask<'_, '_, '_>, pick: impl Fn(&Sums) -> i64) -> Read<Found> {
    Ok(match sums(ask)? {
        None => Found::Compared(Err(json!("not issued"))),
        Some((sums, currency)) => Found::As(json!(text(pick(&sums), currency))),
    })
}

/// Tax of a document that fell due.
pub(super) fn realized(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    of(ask, |sums| sums.accrual.0.saturating_add(sums.due.0))
}

/// Tax of a document that has not fallen due.
pub(super) fn unrealized(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    of(ask, |sums| sums.deferred)
}

/// Base and tax that fell due, apart for taxes that do with the document and with payment.
pub(super) fn report(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some((sums, currency)) = sums(ask)? else { return Ok(Found::Compared(Err(json!("not issued")))) };
    let shown = |minor: i64| text(minor, currency);
    Ok(Found::As(json!({"cash_tax": shown(sums.due.0), "cash_base": shown(sums.due.1),
        "accrual_tax": shown(sums.accrual.0), "accrual_base": shown(sums.accrual.1)})))
}

/// The day on which a step made tax fall due.
pub(super) fn recognition_date(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let events = events_of(ask.play, ask.reference()?);
    let mut days = events.into_iter().filter_map(|event| match event {
        Event::CreditAllocated(e) if e.links.iter().any(|link| link.taxes.is_some()) => Some(e.date),
        _ => None,
    });
    match (days.next(), days.next()) {
        (Some(day), None) => Ok(Found::As(json!(day))),
        (None, _) => Ok(Found::Compared(Err(json!("no tax fell due")))),
        _ => unsupported("tax_recognition_date of several days"),
    }
}
