//! From events to rows: the fold that every store and every replay shares (INV-14).
//!
//! Takes no facts: an event carries what its rows need. The same event at the same position always
//! gives the same changes.

mod agreement;
mod allowance;
mod charges;
mod debit;
mod fx;
mod netting;
mod payment;
mod settlement;
mod withholding;

use crate::account::AccountChanged;
use crate::allocation::{ClosedItem, LinkKind, deferred};
use crate::change::{Change, ItemDelta, TotalsDelta};
use crate::credit::OrderReported;
use crate::cutover::{LoadedDocument, OpeningLoaded};
use crate::document::{DocumentIssued, DocumentKind, DocumentVoided, NewItem, Side};
use crate::event::Event;
use crate::journal::Control;
use crate::payment::SUSPENSE;
use crate::record::Position;
use crate::rows::*;
use crate::values::*;

/// The changes that an event at a position makes, appended to `out` in a fixed order.
pub fn changes(position: Position, event: &Event, out: &mut Vec<Change>) {
    match event {
        Event::BookOpened(e) => out.push(Change::Book { base: e.base, settings: e.settings.clone() }),
        Event::BookConfigured(e) => {
            out.push(Change::Setting { setting: Box::new(e.setting.clone()), version: e.version });
        }
        Event::RateRecorded(e) => out.push(Change::Rate(e.clone())),
        Event::NothingChanged { .. } | Event::CutOverProven(_) | Event::AllowanceProvided(_) => {}
        Event::AccountChanged(e) => account_changed(e, out),
        Event::OrderReported(e) => order_reported(e, out),
        Event::DocumentIssued(e) => document_issued(position, e, out),
        Event::DocumentVoided(e) => document_voided(position, e, out),
        Event::DocumentDelivered(e) => {
            out.push(Change::DocumentDelivered { document: e.document.clone(), date: e.date });
        }
        Event::DocumentAnnotated(e) => out.push(Change::Note(Box::new(NoteRow {
            document: e.document.clone(),
            position,
            date: e.date,
            po_number: e.po_number.clone(),
            note: e.note.clone(),
        }))),
        Event::OpeningLoaded(e) => opening_loaded(position, e, out),
        Event::PaymentReceived(e) => payment::payment_received(position, e, out),
        Event::PaymentIdentified(e) | Event::CreditTransferred(e) => payment::credit_moved(position, e, out),
        Event::PaymentReversed(e) => payment::payment_reversed(position, e, out),
        Event::RefundRequested(e) => payment::refund_requested(position, e, out),
        Event::RefundEnded(e) => payment::refund_ended(position, e, out),
        Event::CreditAllocated(e) => settlement::credit_allocated(position, e, out),
        Event::SettlementUndone(e) => settlement::settlement_undone(position, e, out),
        Event::ItemWrittenOff(e) => settlement::item_written_off(position, e, out),
        Event::CreditConverted(e) => fx::credit_converted(position, e, out),
        Event::ConversionIssued(e) => fx::conversion_issued(position, e, out),
        Event::ConversionUndone(e) => fx::conversion_undone(position, e, out),
        Event::ItemsRevalued(e) => fx::items_revalued(position, e, out),
        Event::PeriodDefined(e) => out.push(Change::Period(Box::new(e.delta()))),
        Event::PeriodClosed(e) => out.push(Change::Period(Box::new(e.delta(position)))),
        Event::PeriodReopened(e) => out.push(Change::Period(Box::new(e.delta()))),
        Event::CheckSignedOff(e) => out.push(Change::Period(Box::new(e.delta()))),
        Event::PeriodProven(e) => out.push(Change::Period(Box::new(e.delta(position)))),
        Event::DebitMoved(e) => debit::debit_moved(position, e, out),
        Event::ChargesAssessed(e) => charges::assessed(position, e, out),
        Event::ChargeWaived(e) => charges::waived(position, e, out),
        Event::PromiseMade(e) => agreement::promise_made(position, e, out),
        Event::PromiseWithdrawn(e) => agreement::promise_withdrawn(position, e, out),
        Event::CertificateRecorded(e) => withholding::recorded(position, e, out),
        Event::CertificateWithdrawn(e) => withholding::withdrawn(position, e, out),
        Event::WriteOffRecovered(e) => settlement::write_off_recovered(position, e, out),
        Event::Proposed(e) => out.push(Change::Proposal(Box::new(e.content.row(position)))),
        Event::ProposalDecided(e) => out.push(Change::Proposal(Box::new(e.row(position)))),
        Event::ItemsNetted(e) => netting::netted(position, e, out),
        Event::DiscountTakenBack(e) => settlement::discount_taken_back(position, e, out),
    }
    allowance::moved(position, event, out);
    if let Some((date, currency, lines)) = event.posting() {
        for (n, line) in (0_u16..).zip(lines) {
            let line = line.clone();
            out.push(Change::Line(Box::new(LineRow { position, n, date, currency, line })));
        }
    }
}

/// By how much the figures of an account move.
#[derive(Clone, Copy, Default)]
struct By {
    debit: i64,
    uncounted: i64,
    credit: i64,
    orders: i64,
}

impl By {
    /// What is open on a debit item moves; it may be no part of exposure.
    fn debit(minor: i64, uncounted: bool) -> Self {
        Self { debit: minor, uncounted: if uncounted { minor } else { 0 }, ..Self::default() }
    }

    fn credit(minor: i64) -> Self {
        Self { credit: minor, ..Self::default() }
    }

    fn orders(minor: i64) -> Self {
        Self { orders: minor, ..Self::default() }
    }
}

/// Figures of an account and its group, unless the account is the suspense account, which has
/// none.
fn totals(
    account: &AccountId,
    group: Option<&AccountId>,
    currency: Currency,
    by: By,
    credit_date: Option<Date>,
    out: &mut Vec<Change>,
) {
    if account.as_str() == SUSPENSE {
        return;
    }
    let By { debit, uncounted, credit, orders } = by;
    let delta = |owner| {
        Change::Totals(TotalsDelta { owner, currency, debit, uncounted, credit, orders, credit_date })
    };
    out.push(delta(Owner::Account(account.clone())));
    if let Some(group) = group {
        out.push(delta(Owner::Group(group.clone())));
    }
}

fn account_changed(e: &AccountChanged, out: &mut Vec<Change>) {
    out.push(Change::Account(Box::new(e.account.clone())));
    for moved in &e.regrouped {
        let delta = |owner: &AccountId, sign: i64| {
            Change::Totals(TotalsDelta {
                owner: Owner::Group(owner.clone()),
                currency: moved.currency,
                debit: moved.debit.minor().saturating_mul(sign),
                uncounted: moved.uncounted.map_or(0, Amount::minor).saturating_mul(sign),
                credit: moved.credit.minor().saturating_mul(sign),
                orders: moved.orders.minor().saturating_mul(sign),
                credit_date: moved.latest_credit.filter(|_| sign > 0),
            })
        };
        out.extend(moved.from.as_ref().map(|group| delta(group, -1)));
        out.extend(moved.to.as_ref().map(|group| delta(group, 1)));
    }
}

fn order_reported(e: &OrderReported, out: &mut Vec<Change>) {
    out.push(Change::Order(OrderRow {
        order: e.order.clone(),
        account: e.account.clone(),
        currency: e.currency,
        open: e.amount.minor(),
        stage: e.stage,
    }));
    let orders = e.amount.minor().saturating_sub(e.before.minor());
    totals(&e.account, e.group.as_ref(), e.currency, By::orders(orders), None, out);
}

/// What all items of one new document share.
struct ItemsOf<'a> {
    position: Position,
    document: &'a DocumentId,
    kind: DocumentKind,
    side: Side,
    account: &'a AccountId,
    group: Option<&'a AccountId>,
    currency: Currency,
    document_date: Date,
    date: Date,
    value_date: Date,
    control: &'a Control,
    deferred: bool,
}

impl ItemsOf<'_> {
    fn push(&self, part: u16, new: &NewItem, out: &mut Vec<Change>) {
        let minor = new.amount.minor();
        out.push(Change::Item(Box::new(ItemRow {
            item: ItemId::new(self.document.clone(), part),
            kind: self.kind,
            side: self.side,
            account: self.account.clone(),
            currency: self.currency,
            document_date: self.document_date,
            date: self.date,
            value_date: self.value_date,
            due: new.due,
            original: minor,
            open: minor,
            base_original: new.base.map(Amount::minor),
            base_open: new.base.map(Amount::minor),
            credited: 0,
            discount_taken: 0,
            discounts: new.discounts.clone(),
            terms: new.terms.clone(),
            aged_from: new.aged_from,
            control: self.control.clone(),
            revalued: 0,
            revalued_on: None,
            reinstated: None,
            live_links: 0,
            dunning_level: new.dunning_level,
            deferred: self.deferred,
            position: self.position,
            charged: None,
            late: false,
            counts: new.counts,
            order: new.order.clone(),
        })));
    }

    fn push_all(&self, items: &[NewItem], out: &mut Vec<Change>) {
        for (part, new) in (1_u16..).zip(items) {
            self.push(part, new, out);
        }
        self.totals(items, out);
    }

    fn totals(&self, items: &[NewItem], out: &mut Vec<Change>) {
        let sum = |which: fn(&&NewItem) -> bool| {
            items.iter().filter(which).fold(0_i64, |sum, new| sum.saturating_add(new.amount.minor()))
        };
        let all = sum(|_| true);
        let (by, credit_date) = match self.side {
            Side::Debit => (By { uncounted: sum(|new| !new.counts.credit), ..By::debit(all, false) }, None),
            Side::Credit => (By::credit(all), Some(self.date)),
        };
        totals(self.account, self.group, self.currency, by, credit_date, out);
    }
}

fn document_issued(position: Position, e: &DocumentIssued, out: &mut Vec<Change>) {
    out.push(Change::Document(Box::new(DocumentRow {
        document: e.document.clone(),
        kind: e.kind,
        account: e.account.clone(),
        currency: e.currency,
        rate: e.rate,
        document_date: e.document_date,
        date: e.date,
        value_date: None,
        total: e.content.total.minor(),
        parts: u16::try_from(e.items.len()).unwrap_or(u16::MAX),
        position,
        reference: e.invoice.clone(),
        text_reference: e.po_number.clone(),
        bank: None,
        ended: None,
        delivered: None,
        attributes: e.attributes.clone(),
    })));
    if let Some(row) = &e.series {
        out.push(Change::Series(row.clone()));
    }
    let items = ItemsOf {
        position,
        document: &e.document,
        kind: e.kind,
        side: e.kind.side(),
        account: &e.account,
        group: e.group.as_ref(),
        currency: e.currency,
        document_date: e.document_date,
        date: e.date,
        value_date: e.document_date,
        control: &e.control,
        deferred: e.kind.side() == Side::Debit && deferred(&e.content).next().is_some(),
    };
    items.push_all(&e.items, out);
    if let Some(invoice) = &e.invoice {
        let entries = e.bounds();
        out.push(Change::Credited { invoice: invoice.clone(), entries });
    }
    if let Some(billed) = &e.order {
        out.push(Change::OrderBilled { order: billed.order.clone(), open: billed.left.minor() });
        let orders = billed.amount.minor().saturating_neg();
        totals(&e.account, e.group.as_ref(), e.currency, By::orders(orders), None, out);
    }
}

/// What one side of a settlement does to its item and to the figures around it. `sign` is -1 when
/// something leaves the item and 1 when it returns.
struct Moved<'a> {
    side: Side,
    closed: &'a ClosedItem,
    currency: Currency,
    date: Date,
    sign: i64,
    credited: i64,
    discount: i64,
    /// Whether a live link comes or goes with it.
    linked: bool,
}

impl Moved<'_> {
    fn push(&self, out: &mut Vec<Change>) {
        let minor = self.closed.amount.minor().saturating_mul(self.sign);
        let links = if !self.linked {
            0
        } else if self.sign < 0 {
            1
        } else {
            -1
        };
        out.push(Change::ItemMoved(ItemDelta {
            open: minor,
            base: self.closed.base.map_or(0, Amount::minor).saturating_mul(self.sign),
            credited: self.credited,
            discount: self.discount,
            links,
            reinstated: (self.sign > 0).then_some(self.date),
            revalued: self.closed.revalued.map_or(0, Amount::minor).saturating_mul(self.sign),
            date: Some(self.date),
            ..ItemDelta::of(self.closed.item.clone())
        }));
        let (by, lowers) = match self.side {
            Side::Debit => (By::debit(minor, self.closed.uncounted), self.sign < 0),
            Side::Credit => (By::credit(minor), self.sign > 0),
        };
        let credit_date = lowers.then_some(self.date);
        totals(&self.closed.account, self.closed.group.as_ref(), self.currency, by, credit_date, out);
    }
}

fn side_of(closed: &ClosedItem) -> LinkSide {
    LinkSide {
        item: closed.item.clone(),
        account: closed.account.clone(),
        amount: closed.amount.minor(),
        base: closed.base.map(Amount::minor),
        revalued: closed.revalued.map_or(0, Amount::minor),
    }
}

/// A link with one side only: void, reversal, refund, move, write-off.
#[allow(clippy::too_many_arguments, reason = "each is one column of the row")]
fn one_sided(
    position: Position,
    link: &LinkId,
    kind: LinkKind,
    side: Side,
    closed: &ClosedItem,
    currency: Currency,
    date: Date,
    out: &mut Vec<Change>,
) {
    let half = Some(side_of(closed));
    let (credit, debit) = match side {
        Side::Credit => (half, None),
        Side::Debit => (None, half),
    };
    out.push(Change::Link(Box::new(LinkRow {
        link: link.clone(),
        kind,
        currency,
        date,
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
    Moved { side, closed, currency, date, sign: -1, credited: 0, discount: 0, linked: true }.push(out);
}

fn document_voided(position: Position, e: &DocumentVoided, out: &mut Vec<Change>) {
    out.push(Change::DocumentEnded { document: e.document.clone(), date: e.date });
    for closed in &e.closed {
        if let Some(link) = &closed.link {
            one_sided(position, link, LinkKind::Void, e.side, closed, e.currency, e.date, out);
        }
    }
    if let Some(returned) = &e.order {
        out.push(Change::OrderBilled { order: returned.order.clone(), open: returned.open.minor() });
        let by = By::orders(returned.amount.minor());
        totals(&returned.account, returned.group.as_ref(), e.currency, by, None, out);
    }
    charges::marks(&e.charges, out);
    if let Some(released) = &e.released {
        out.push(Change::Credited { invoice: released.invoice.clone(), entries: released.entries.clone() });
    }
}

fn opening_loaded(position: Position, e: &OpeningLoaded, out: &mut Vec<Change>) {
    for loaded in &e.documents {
        let LoadedDocument { document, kind, account, group, rate, document_date, items, control, .. } =
            loaded;
        let total = items.iter().fold(0_i64, |sum, i| sum.saturating_add(i.amount.minor()));
        out.push(Change::Document(Box::new(DocumentRow {
            document: document.clone(),
            kind: *kind,
            account: account.clone(),
            currency: e.currency,
            rate: *rate,
            document_date: *document_date,
            date: e.date,
            value_date: None,
            total,
            parts: u16::try_from(items.len()).unwrap_or(u16::MAX),
            position,
            reference: None,
            text_reference: loaded.po_number.clone(),
            bank: None,
            ended: None,
            delivered: None,
            attributes: loaded.attributes.clone(),
        })));
        let all = ItemsOf {
            position,
            document,
            kind: *kind,
            side: kind.side(),
            account,
            group: group.as_ref(),
            currency: e.currency,
            document_date: *document_date,
            date: e.date,
            value_date: *document_date,
            control,
            deferred: false,
        };
        all.push_all(items, out);
    }
}
