//! Finance charges and their credit memos as documents: the sum of their lines, interest and fees on
//! accounts of their own (INV-09, INV-46).

use super::content::BookedLine;
use super::header::{Asked, AskedRate, header};
use super::issue::{ContentPosting, Deferred, new_items, post_content};
use super::*;
use crate::book::{ChartContext, Counts};
use crate::charges::{AssessCharges, ChargeLine};
use crate::decide::{Context, Halt};
use crate::fx::base_of;
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::terms::Instalment;

/// What a charge, or the credit of one, is issued from.
pub(crate) struct ChargeDocument<'a> {
    pub(crate) command: &'a AssessCharges,
    pub(crate) currency: Currency,
    /// Whether it credits what was charged too much.
    pub(crate) credit: bool,
    pub(crate) due_days: u16,
    pub(crate) lines: &'a [&'a ChargeLine],
}

/// Issues it. A charge has one item of interest and, when there are any, a second one of fees, so that
/// each is settled and reported by itself; a credit memo has one item.
pub(crate) fn issue_charge(
    context: &Context<'_>,
    asked: &ChargeDocument<'_>,
) -> Result<DocumentIssued, Halt> {
    let command = asked.command;
    let (kind, given, series) = if asked.credit {
        (DocumentKind::CreditMemo, command.credit_number.as_ref(), "CM")
    } else {
        (DocumentKind::FinanceCharge, command.number.as_ref(), "FC")
    };
    let standard = Number::Series(SeriesId::parse(series).map_err(|e| Rejection::value("number", &e))?);
    let head = header(
        context,
        &Asked {
            account: &command.account,
            number: given.unwrap_or(&standard),
            currency: Some(asked.currency),
            rate: AskedRate::Given(None),
            date: command.date,
            accounting_date: command.accounting_date,
            area: if asked.credit { Area::Credits } else { Area::Billing },
        },
    )?;
    let content = content(asked)?;
    let money = |amount: Amount| amount.in_currency(head.currency).map_err(|e| Rejection::value("total", &e));
    let total = money(content.total)?;
    let base = base_of(context, total, head.rate)?;
    let due = head.document_date.add_days(i32::from(if asked.credit { 0 } else { asked.due_days }));
    let due = due.map_err(|e| Rejection::value("due", &e))?;
    let instalment = |amount| Instalment { due, amount, discounts: Vec::new() };
    let fees = sum(&content, LineKind::Fee);
    let instalments = if asked.credit || fees == 0 {
        vec![instalment(total)]
    } else {
        let part = |minor| Money::new(minor, head.currency).map_err(|e| Rejection::value("total", &e));
        vec![instalment(part(sum(&content, LineKind::Interest))?), instalment(part(fees)?)]
    };
    let chart = ChartContext {
        class: Some(head.account.profile.class),
        document: Some(kind),
        ..ChartContext::default()
    };
    let control =
        Control { role: Role::Receivable, code: context.book.chart.code(Role::Receivable, &chart)? };
    let sign = if asked.credit { 1 } else { -1 };
    let mut posting = Posting::new(context.book, head.currency, Some(head.account));
    let signed = |minor: i64| if asked.credit { minor.saturating_neg() } else { minor };
    posting.control(&control, &head.account.id, signed(total.minor()), base.map(|b| signed(b.minor())));
    let deferred = Deferred::All;
    let to = ContentPosting { rate: head.rate, currency: head.currency, sign, chart, deferred };
    post_content(context, &mut posting, &content, &to)?;
    Ok(DocumentIssued {
        document: head.number,
        kind,
        account: head.account.id.clone(),
        group: head.account.profile.parent.clone(),
        currency: head.currency,
        rate: head.rate,
        document_date: head.document_date,
        date: head.date,
        series: head.series,
        items: new_items(&instalments, None, base, Counts::FULL)?,
        content,
        control,
        invoice: None,
        reason: None,
        po_number: None,
        order: None,
        due_reason: None,
        credit_override: None,
        attributes: Attributes::default(),
        explanation: None,
        posting: posting.lines()?,
        set_off: None,
    })
}

fn sum(content: &Content, kind: LineKind) -> i64 {
    let lines = content.lines.iter().filter(|line| line.kind == kind);
    lines.fold(0_i64, |sum, line| sum.saturating_add(line.net.minor()))
}

/// One line per debt and kind; the document is their sum.
fn content(asked: &ChargeDocument<'_>) -> Result<Content, Rejection> {
    let mut lines = Vec::new();
    let mut total = 0_i64;
    for line in asked.lines {
        for (kind, amount) in [(LineKind::Interest, line.interest), (LineKind::Fee, line.fee)] {
            if amount.minor() == 0 {
                continue;
            }
            let net = if asked.credit { amount.negated() } else { amount };
            total = total.saturating_add(net.minor());
            let text = Text::parse(line.item.to_string().as_str()).ok();
            lines.push(BookedLine { text, ..BookedLine::of(kind, net) });
        }
    }
    let total = Money::new(total, asked.currency)
        .map_err(|_| Rejection::AmountOutOfRange { what: "the charge" })?
        .amount();
    Ok(Content::of(lines, Vec::new(), total, total))
}
