//! Which accounts an event is about: one answer for every store, so that a history is the same
//! wherever the book lies.

use std::collections::BTreeSet;

use crate::event::Event;
use crate::values::*;

/// What an event touches: an account by name, or through a document or a refund that the event
/// names. Whoever owns that document or refund is touched as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Touched<'a> {
    /// An account.
    Account(&'a AccountId),
    /// The account of a document.
    Document(&'a DocumentId),
    /// The account of a refund.
    Refund(&'a RefundId),
}

/// What an event touches, each once. Settings and rates touch nothing.
#[must_use]
pub fn touched(event: &Event) -> BTreeSet<Touched<'_>> {
    use Touched::{Account, Document, Refund};
    let mut all = BTreeSet::new();
    match event {
        Event::AccountChanged(e) => {
            all.insert(Account(&e.account.id));
        }
        Event::OrderReported(e) => {
            all.insert(Account(&e.account));
        }
        Event::DocumentIssued(e) => {
            all.insert(Account(&e.account));
        }
        Event::DocumentVoided(e) => {
            all.insert(Document(&e.document));
            all.extend(e.closed.iter().map(|closed| Account(&closed.account)));
        }
        Event::DocumentDelivered(e) => {
            all.insert(Document(&e.document));
        }
        Event::DocumentAnnotated(e) => {
            all.insert(Document(&e.document));
        }
        Event::OpeningLoaded(e) => all.extend(e.documents.iter().map(|d| Account(&d.account))),
        Event::PaymentReceived(e) => {
            all.insert(Account(&e.account));
        }
        Event::DebitMoved(e) => {
            all.insert(Account(&e.account));
            all.extend(e.from.iter().map(|closed| Account(&closed.account)));
        }
        Event::PaymentIdentified(e) | Event::CreditTransferred(e) => {
            all.insert(Account(&e.from.account));
            all.insert(Account(&e.account));
        }
        Event::PaymentReversed(e) => {
            all.insert(Document(&e.payment));
            all.extend(e.closed.iter().map(|closed| Account(&closed.account)));
            all.extend(e.owed.iter().map(|owed| Account(&owed.account)));
        }
        Event::RefundRequested(e) => {
            all.insert(Account(&e.from.account));
        }
        Event::RefundEnded(e) => {
            all.insert(Refund(&e.refund));
            all.extend(e.restored.iter().map(|(_, closed)| Account(&closed.account)));
        }
        Event::CreditAllocated(e) => {
            all.insert(Account(&e.account));
            all.extend(e.links.iter().filter_map(|link| link.account.as_ref()).map(Account));
        }
        Event::SettlementUndone(e) => {
            let sides = e.links.iter().flat_map(|link| link.credit.iter().chain(&link.debit));
            all.extend(sides.map(|closed| Account(&closed.account)));
            let claims = e.links.iter().filter_map(|link| link.claim.as_ref());
            all.extend(claims.map(|claim| Document(claim.document())));
        }
        Event::ItemWrittenOff(e) => {
            all.insert(Account(&e.closed.account));
        }
        Event::WriteOffRecovered(e) => {
            all.insert(Account(&e.closed.account));
            all.insert(Document(e.item.document()));
        }
        Event::CreditConverted(e) => {
            all.insert(Account(&e.from.account));
        }
        Event::ConversionIssued(e) => {
            all.insert(Account(&e.account));
        }
        Event::ConversionUndone(e) => {
            all.insert(Account(&e.closed.account));
        }
        Event::ItemsRevalued(e) => {
            all.insert(Account(&e.account));
        }
        Event::ChargesAssessed(e) => {
            all.insert(Account(&e.account));
        }
        Event::PromiseMade(e) => {
            all.insert(Account(&e.account));
        }
        Event::PromiseWithdrawn(e) => {
            all.insert(Account(&e.account));
        }
        Event::ChargeWaived(e) => {
            all.insert(Account(&e.closed.account));
        }
        Event::CertificateRecorded(e) => {
            all.insert(Account(&e.account));
        }
        Event::CertificateWithdrawn(e) => {
            all.insert(Account(&e.account));
        }
        Event::Proposed(e) => all.extend(e.content.account.as_ref().map(Account)),
        Event::ProposalDecided(e) => all.extend(e.proposal.account.as_ref().map(Account)),
        Event::ItemsNetted(e) => {
            all.insert(Account(&e.account));
        }
        Event::DiscountTakenBack(e) => {
            all.insert(Account(&e.from.account));
        }
        Event::BookOpened(_)
        | Event::BookConfigured(_)
        | Event::RateRecorded(_)
        | Event::NothingChanged { .. }
        | Event::CutOverProven(_)
        | Event::PeriodDefined(_)
        | Event::PeriodClosed(_)
        | Event::PeriodReopened(_)
        | Event::CheckSignedOff(_)
        | Event::PeriodProven(_)
        | Event::AllowanceProvided(_) => {}
    }
    all
}
