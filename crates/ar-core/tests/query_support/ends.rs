//! What ends a document or moves a credit on: voids, returns, refunds, identification.

use ar_core::allocation::ClosedItem;
use ar_core::document::{DocumentKind, DocumentVoided, OrderReturned, Side};
use ar_core::event::Event;
use ar_core::journal::Role;
use ar_core::payment::{
    CreditMoved, OwedAgain, PaymentReversed, RefundEnded, RefundRequested, RefundState, ReversalCause,
    SUSPENSE,
};
use ar_core::query::View;
use ar_core::*;

use super::{Book, account, control, day, document, item, line, new_item, of};

impl Book {
    fn closed(&mut self, of_item: &str, minor: i64) -> ClosedItem {
        let row = self.items[&item(of_item)].clone();
        ClosedItem {
            item: row.item.clone(),
            account: row.account.clone(),
            group: None,
            amount: of(minor, row.currency),
            base: None,
            link: LinkId::parse(&format!("l-{}", self.head() + 1)).ok(),
            revalued: None,
            uncounted: false,
        }
    }

    /// Voids an invoice of one item that billed an order: it is to be invoiced again.
    pub fn void_of_order(&mut self, id: &str, date: &str, order: &str) -> Position {
        let (order, row) = (OrderId::parse(order).unwrap(), self.items[&item(id)].clone());
        let open = self.orders[&order].open + row.original;
        let amount = |minor| of(minor, row.currency);
        let returned = OrderReturned {
            order,
            amount: amount(row.original),
            open: amount(open),
            account: row.account.clone(),
            group: None,
        };
        self.ended(id, date, Some(returned))
    }

    /// Voids a document of one item.
    pub fn void(&mut self, id: &str, date: &str) -> Position {
        self.ended(id, date, None)
    }

    fn ended(&mut self, id: &str, date: &str, order: Option<OrderReturned>) -> Position {
        let row = self.items[&item(id)].clone();
        let closed = self.closed(id, row.original);
        let sign = if row.side == Side::Debit { -1 } else { 1 };
        self.push(Event::DocumentVoided(Box::new(DocumentVoided {
            document: document(id),
            date: day(date),
            currency: row.currency,
            reason: ReasonCode::parse("typo").unwrap(),
            side: row.side,
            closed: vec![closed],
            released: None,
            charges: Vec::new(),
            order,
            posting: vec![
                line(Role::Receivable, "1200", sign * row.original, row.currency, Some(row.account.as_str())),
                line(Role::Revenue, "4000", -sign * row.original, row.currency, None),
            ],
        })))
    }

    /// Takes back a payment of which `minor` is unapplied; `owed` was refunded before.
    pub fn reverse(&mut self, payment: &str, date: &str, minor: i64, owed: i64) -> Position {
        let row = self.items[&item(payment)].clone();
        let closed = if minor > 0 { vec![self.closed(payment, minor)] } else { Vec::new() };
        let again = OwedAgain {
            item: ItemId::new(row.item.document().clone(), 2),
            account: row.account.clone(),
            group: None,
            new: new_item(day(date), owed, row.currency),
            control: control(Role::Receivable),
        };
        let name = row.account.as_str();
        self.push(Event::PaymentReversed(Box::new(PaymentReversed {
            payment: document(payment),
            date: day(date),
            asked_date: None,
            currency: row.currency,
            cause: ReversalCause::Returned,
            reason: Text::parse("no funds").unwrap(),
            closed,
            owed: if owed > 0 { vec![again] } else { Vec::new() },
            fee: None,
            posting: vec![
                line(Role::Unapplied, "2300", minor, row.currency, Some(name)),
                line(Role::Receivable, "1200", owed, row.currency, Some(name)),
                line(Role::Cash, "1000", -minor - owed, row.currency, None),
            ],
        })))
    }

    /// Asks for a refund of a payment.
    pub fn refund(&mut self, id: &str, payment: &str, date: &str, minor: i64) -> Position {
        let row = self.items[&item(payment)].clone();
        let from = self.closed(payment, minor);
        self.push(Event::RefundRequested(Box::new(RefundRequested {
            refund: RefundId::parse(id).unwrap(),
            link: from.link.clone().unwrap(),
            from,
            currency: row.currency,
            date: day(date),
            reason: ReasonCode::parse("asked").unwrap(),
            clearing: GlCode::parse("2390").unwrap(),
            posting: vec![
                line(Role::Unapplied, "2300", minor, row.currency, Some(row.account.as_str())),
                line(Role::RefundClearing, "2390", -minor, row.currency, None),
            ],
        })))
    }

    /// Voids a refund that was asked for at a position.
    pub fn void_refund(&mut self, asked: Position, date: &str) -> Position {
        let record = self.records.iter().find(|(position, _)| *position == asked).unwrap();
        let Event::RefundRequested(asked) = record.1.event.clone() else { panic!("no refund") };
        let name = asked.from.account.to_string();
        let minor = asked.from.amount.minor();
        self.push(Event::RefundEnded(Box::new(RefundEnded {
            refund: asked.refund,
            state: RefundState::Voided,
            currency: asked.currency,
            date: day(date),
            bank: None,
            reason: None,
            restored: Some((asked.link, asked.from)),
            posting: vec![
                line(Role::Unapplied, "2300", -minor, asked.currency, Some(&name)),
                line(Role::RefundClearing, "2390", minor, asked.currency, None),
            ],
        })))
    }

    /// Assigns unidentified cash to its payer.
    pub fn identify(&mut self, payment: &str, to: &str, date: &str) -> Position {
        let row = self.items[&item(payment)].clone();
        let link = LinkId::parse(&format!("l-{}", self.head() + 1)).unwrap();
        self.push(Event::PaymentIdentified(Box::new(CreditMoved {
            link,
            from: ClosedItem {
                item: row.item.clone(),
                account: row.account.clone(),
                group: None,
                amount: of(row.original, row.currency),
                base: None,
                link: None,
                revalued: None,
                uncounted: false,
            },
            to: ItemId::new(row.item.document().clone(), 2),
            account: account(to),
            group: None,
            currency: row.currency,
            kind: DocumentKind::Payment,
            document_date: row.document_date,
            value_date: row.value_date,
            date: day(date),
            item: new_item(row.document_date, row.original, row.currency),
            control: control(Role::Unapplied),
            reason: None,
            posting: vec![
                line(Role::Unidentified, "2310", row.original, row.currency, Some(SUSPENSE)),
                line(Role::Unapplied, "2300", -row.original, row.currency, Some(to)),
            ],
        })))
    }
}
