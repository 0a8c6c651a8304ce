//! The demo's paper: invoices, credit memos, and what is read off receipts.

use ar_core::document::{
    CreditBasis, CreditLine, CreditPart, IssueCreditMemo, IssueInvoice, Line, LineKind, Number, TaxMode,
};
use ar_core::*;
use ar_store::Receipt;

use super::company::{self, Customer};
use super::rng::Dice;
use crate::stop::Stop;

/// Whether a command brings cash.
pub(super) fn is_payment(envelope: &Envelope) -> bool {
    matches!(envelope.command, Command::ReceivePayment(_))
}

/// A customer's payment of which something was left unapplied, other than a planned excess.
pub(super) fn unplaced(receipt: &Receipt, event: &Event) -> Option<DocumentId> {
    let Event::PaymentReceived(received) = event else { return None };
    let applied = receipt.events.iter().any(|event| matches!(event, Event::CreditAllocated(_)));
    let known = received.account.as_str() != payment::SUSPENSE;
    (known && !applied).then(|| received.payment.clone())
}

/// Sales tax on goods, as the ledger computes it.
pub(super) fn tax(net: Money) -> Result<i64, Stop> {
    if net.currency().code() != "USD" {
        return Ok(0);
    }
    let percent = Percent::parse(company::SALES_TAX)?;
    Ok(net.percent(percent, Rounding::HalfAwayFromZero).map_or(0, Money::minor))
}

/// An invoice of one to three lines, sometimes with freight.
pub(super) fn invoice(customer: &Customer, day: Date, dice: &mut Dice) -> Result<IssueInvoice, Stop> {
    let taxes = if customer.currency.code() == "USD" { vec![TaxCode::parse("SALES")?] } else { Vec::new() };
    let mut lines = Vec::new();
    for _ in 0..dice.between(1, 3) {
        let price = dice.between(customer.size / 4, customer.size);
        lines.push(Line {
            text: Some(Text::parse(
                dice.pick(&["Widgets", "Fittings", "Cable", "Paint", "Tools"]).unwrap_or(&""),
            )?),
            quantity: Some(Decimal::parse(&dice.between(1, 24).to_string())?),
            unit_price: Some(Decimal::parse(&format!("{price}.{:02}", dice.between(0, 99)))?),
            taxes: taxes.clone(),
            ..Line::default()
        });
    }
    if dice.percent(30) {
        lines.push(Line {
            kind: LineKind::Freight,
            amount: Some(Amount::parse(&format!("{}.50", dice.between(9, 60)))?),
            ..Line::default()
        });
    }
    Ok(IssueInvoice {
        account: customer.id.clone(),
        number: Number::Series(SeriesId::parse("INV")?),
        currency: None,
        rate: None,
        date: day,
        accounting_date: None,
        terms: None,
        lines,
        tax_mode: TaxMode::Exclusive,
        discount: None,
        po_number: None,
        order: None,
        credit_override: None,
        attributes: Attributes::default(),
        reason: None,
    })
}

/// A credit memo for part of an invoice's first line, tax on top.
pub(super) fn credit_memo(
    account: &AccountId,
    invoice: &DocumentId,
    net: Money,
    reason: &str,
    day: Date,
) -> Result<Command, Stop> {
    let line = CreditLine { line: 1, net: Some(net.amount()) };
    Ok(Command::IssueCreditMemo(Box::new(IssueCreditMemo {
        account: account.clone(),
        number: Number::Series(SeriesId::parse("CM")?),
        date: day,
        accounting_date: None,
        credit: CreditBasis::Invoice {
            document: invoice.clone(),
            part: CreditPart::Lines(vec![line]),
            apply: true,
        },
        reason: ReasonCode::parse(reason)?,
        attributes: Attributes::default(),
    })))
}
