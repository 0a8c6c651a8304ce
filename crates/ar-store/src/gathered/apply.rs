//! Keeping rows at hand in step with what a command changed.

use ar_core::book::BookConfig;
use ar_core::values::Currency;
use ar_core::{Change, Position};

use super::Gathered;
use crate::failure::Corruption;
use crate::tables::{Figures, ItemHead};

impl Gathered {
    /// Applies a change to the rows at hand. A row that is not at hand stays so.
    ///
    /// # Errors
    /// A corruption when a figure leaves its range.
    pub fn apply(&mut self, position: Position, change: Change) -> Result<(), Corruption> {
        match change {
            Change::Book { base, settings } => {
                let mut config = BookConfig::standard(base);
                settings.iter().for_each(|setting| config.set(setting));
                self.config = Some(Some(Box::new(config)));
            }
            Change::Setting { setting, version } => {
                if let Some(Some(config)) = &mut self.config {
                    config.set(&setting);
                    config.version = version;
                }
            }
            Change::Period(delta) => {
                if let Some(Some(config)) = &mut self.config {
                    config.set_period(&delta);
                }
            }
            Change::Account(row) => {
                self.accounts.insert(row.id.clone(), Some(row));
            }
            Change::Totals(delta) => {
                if let Some(figures) = self.totals.get_mut(&delta.owner) {
                    let moved = |before: Figures| {
                        before.moved(&delta).ok_or_else(|| {
                            let detail = format!("totals of {:?} leave their range", delta.owner);
                            Corruption::new("INV-11", Some(position), detail)
                        })
                    };
                    move_figures(figures, delta.currency, moved)?;
                }
            }
            Change::Document(row) => {
                self.documents.insert(row.document.clone(), Some(row));
            }
            Change::DocumentEnded { document, date } => {
                if let Some(Some(row)) = self.documents.get_mut(&document) {
                    row.ended = Some(date);
                }
            }
            Change::DocumentDelivered { document, date } => {
                if let Some(Some(row)) = self.documents.get_mut(&document) {
                    row.delivered = Some(date);
                }
            }
            Change::DocumentParts { document, parts, account } => {
                if let Some(Some(row)) = self.documents.get_mut(&document) {
                    row.parts = parts;
                    if let Some(account) = account {
                        row.account = account;
                    }
                }
            }
            Change::Item(row) => {
                self.items.insert(row.item.clone(), Some(row));
            }
            Change::ItemMoved(delta) => {
                if let Some(Some(row)) = self.items.get_mut(&delta.item) {
                    ItemHead::moved(row, &delta, position)?.put(row);
                }
            }
            Change::ItemCharged { item, mark, late } => {
                if let Some(Some(row)) = self.items.get_mut(&item) {
                    (row.charged, row.late) = (mark, late);
                }
            }
            Change::Link(row) => {
                if let Some(slot) = self.links.get_mut(&row.link) {
                    *slot = Some(row);
                }
            }
            Change::LinkUndone { link, date, position } => {
                if let Some(Some(row)) = self.links.get_mut(&link) {
                    row.undone = Some((date, position));
                }
            }
            Change::Series(row) => {
                self.series.insert((row.series.clone(), row.year), Some(row));
            }
            Change::Order(row) => {
                self.orders.insert(row.order.clone(), Some(row));
            }
            Change::OrderBilled { order, open } => {
                if let Some(Some(row)) = self.orders.get_mut(&order) {
                    row.open = open;
                }
            }
            Change::Refund(row) => {
                self.refunds.insert(row.refund.clone(), Some(*row));
            }
            Change::RefundState { refund, state } => {
                if let Some(Some(row)) = self.refunds.get_mut(&refund) {
                    row.state = state;
                }
            }
            Change::Withholding(row) => {
                self.withholdings.insert(row.link.clone(), Some(row));
            }
            Change::WithholdingMoved { link, by } => {
                if let Some(Some(row)) = self.withholdings.get_mut(&link) {
                    row.moved(by);
                }
            }
            Change::Certificate(row) => {
                self.certificates.insert((row.account.clone(), row.certificate.clone()), Some(row));
            }
            Change::Proposal(row) => {
                self.proposals.insert(row.proposal.clone(), Some(*row));
            }
            Change::Agreement(row) => {
                self.agreements.insert(row.id.clone(), Some(row));
            }
            Change::AgreementEnded { id, date, position } => {
                if let Some(Some(row)) = self.agreements.get_mut(&id) {
                    row.ended = Some((date, position));
                }
            }
            // Asked by range only, or by no decision at all.
            _ => {}
        }
        Ok(())
    }
}

/// Moves the figures of one currency, which begin at nothing.
fn move_figures(
    figures: &mut Vec<Figures>,
    currency: Currency,
    moved: impl FnOnce(Figures) -> Result<Figures, Corruption>,
) -> Result<(), Corruption> {
    match figures.binary_search_by_key(&currency, |f| f.currency) {
        Ok(at) => {
            if let Some(now) = figures.get_mut(at) {
                *now = moved(*now)?;
            }
        }
        Err(at) => figures.insert(at, moved(Figures::empty(currency))?),
    }
    Ok(())
}
