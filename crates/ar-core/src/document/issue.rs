//! Issuing invoices and debit memos: price, schedule, post, check credit (INV-05, INV-09, INV-15,
//! INV-24).

use super::coins::round_to_coins;
use super::header::{Asked, AskedRate, Header, header};
use super::*;
use crate::account::{AccountChange, AccountChanged, Hold};
use crate::book::{ChartContext, Counts, InvoiceCheck, TaxBasis};
use crate::credit::{CreditAnswer, CreditRequest, check_credit};
use crate::decide::{Context, Decision, Halt, Warning};
use crate::event::Event;
use crate::fx::base_of;
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::terms::{DiscountTax, Instalment, schedule};

/// What invoices and debit memos have in common.
struct Issue<'a> {
    kind: DocumentKind,
    asked: Asked<'a>,
    terms: Option<&'a TermsChoice>,
    lines: &'a [Line],
    tax_mode: TaxMode,
    discount: Option<LineDiscount>,
    reason: Option<&'a ReasonCode>,
    invoice: Option<&'a DocumentId>,
    po_number: Option<&'a Text>,
    order: Option<&'a OrderId>,
    credit_override: Option<&'a Text>,
    attributes: &'a Attributes,
}

/// Decides `issue_invoice`.
pub(crate) fn decide_invoice(context: &Context<'_>, command: &IssueInvoice) -> Result<Decision, Halt> {
    issue(
        context,
        &Issue {
            kind: DocumentKind::Invoice,
            asked: Asked {
                account: &command.account,
                number: &command.number,
                currency: command.currency,
                rate: AskedRate::Given(command.rate),
                date: command.date,
                accounting_date: command.accounting_date,
                area: Area::Billing,
            },
            terms: command.terms.as_ref(),
            lines: &command.lines,
            tax_mode: command.tax_mode,
            discount: command.discount,
            reason: command.reason.as_ref(),
            invoice: None,
            po_number: command.po_number.as_ref(),
            order: command.order.as_ref(),
            credit_override: command.credit_override.as_ref(),
            attributes: &command.attributes,
        },
    )
}

/// Decides `issue_debit_memo`.
pub(crate) fn decide_debit_memo(context: &Context<'_>, command: &IssueDebitMemo) -> Result<Decision, Halt> {
    issue(
        context,
        &Issue {
            kind: DocumentKind::DebitMemo,
            asked: Asked {
                account: &command.account,
                number: &command.number,
                currency: command.currency,
                rate: AskedRate::Given(command.rate),
                date: command.date,
                accounting_date: command.accounting_date,
                area: Area::Billing,
            },
            terms: command.terms.as_ref(),
            lines: &command.lines,
            tax_mode: command.tax_mode,
            discount: command.discount,
            reason: Some(&command.reason),
            invoice: command.invoice.as_ref(),
            po_number: None,
            order: None,
            credit_override: None,
            attributes: &command.attributes,
        },
    )
}

fn issue(context: &Context<'_>, issue: &Issue<'_>) -> Result<Decision, Halt> {
    let head = header(context, &issue.asked)?;
    if let Some(reason) = issue.reason {
        context.reason(reason)?;
    }
    if issue.kind == DocumentKind::Invoice
        && head.account.profile.po_required
        && issue.po_number.is_none_or(Text::is_empty)
    {
        return Err(Rejection::PoNumberRequired { account: head.account.id.clone() }.into());
    }
    check_reference(context, issue, &head)?;
    let terms = terms_of(context, issue, &head)?;
    let reduced = terms.as_ref().and_then(|(terms, _)| terms.reduces_tax());
    let asked = Pricing { lines: issue.lines, mode: issue.tax_mode, discount: issue.discount, reduced };
    let mut content = asked.content(head.currency, context.book)?;
    if let Some(invoice) = issue.invoice {
        super::credit_memo::check_taken_back(context, context.document(invoice)?, &content)?;
    }
    let total = content.total.in_currency(head.currency).map_err(|e| Rejection::value("total", &e))?;
    let Scheduled { mut instalments, terms, due_reason } = instalments(issue, &head, terms, total, context)?;
    round_to_coins(&mut content, &mut instalments, head.currency, context.book)?;
    set_bases(&content, &mut instalments)?;
    let total = content.total.in_currency(head.currency).map_err(|e| Rejection::value("total", &e))?;
    let base = base_of(context, total, head.rate)?;
    let counts = context.book.counts(issue.reason);
    let mut items = new_items(&instalments, terms.as_ref(), base, counts)?;
    let control = control(context, &head, issue)?;
    let order = order_billed(context, issue, &head, total)?;
    items.iter_mut().for_each(|item| item.order = issue.order.cloned());

    let billed = order.as_ref().map_or(0, |billed| billed.amount.minor());
    let answer = check_credit(
        context,
        &CreditRequest {
            account: head.account,
            currency: head.currency,
            minor: if counts.credit { total.minor() } else { 0 }.saturating_sub(billed),
            date: head.date,
            always: false,
        },
    )?;
    let (warnings, hold) = credit_outcome(context, issue, &head, &answer)?;

    let posting = issue_posting(context, issue, &head, &content, &control, (total, base))?;
    let issued = DocumentIssued {
        document: head.number,
        kind: issue.kind,
        account: head.account.id.clone(),
        group: head.account.profile.parent.clone(),
        currency: head.currency,
        rate: head.rate,
        document_date: head.document_date,
        date: head.date,
        series: head.series,
        content,
        items,
        control,
        invoice: issue.invoice.cloned(),
        reason: issue.reason.cloned(),
        po_number: issue.po_number.cloned(),
        order,
        due_reason,
        credit_override: issue.credit_override.cloned(),
        attributes: issue.attributes.clone(),
        explanation: answer.explanation,
        posting,
        set_off: None,
    };
    let mut events = vec![Event::DocumentIssued(Box::new(issued))];
    events.extend(hold);
    Ok(Decision { events, vault: Vec::new(), warnings })
}

/// A debit memo may name an invoice of the same account and currency.
fn check_reference(context: &Context<'_>, issue: &Issue<'_>, head: &Header<'_>) -> Result<(), Halt> {
    let Some(invoice) = issue.invoice else { return Ok(()) };
    if *invoice == head.number {
        return Err(Rejection::ReferenceCycle { id: invoice.to_string() }.into());
    }
    let row = context.document(invoice)?;
    if row.kind != DocumentKind::Invoice {
        let wanted = "invoices";
        return Err(Rejection::DocumentKind { document: invoice.clone(), kind: row.kind, wanted }.into());
    }
    if row.account != head.account.id {
        let (document, account) = (invoice.clone(), row.account.clone());
        return Err(Rejection::DocumentAccount { document, account, given: head.account.id.clone() }.into());
    }
    if row.currency != head.currency {
        return Err(Rejection::CurrencyMismatch { expected: row.currency, given: head.currency }.into());
    }
    if row.ended.is_some() {
        let problem = "it is void";
        return Err(Rejection::DocumentState { document: invoice.clone(), problem }.into());
    }
    Ok(())
}

/// When which part is due, and under what name.
struct Scheduled {
    instalments: Vec<Instalment>,
    terms: Option<TermsId>,
    due_reason: Option<Text>,
}

/// Terms and their name; none when a document has one due date of its own.
type Named<'a> = Option<(&'a Terms, Option<TermsId>)>;

fn terms_of<'a>(context: &Context<'a>, issue: &Issue<'a>, head: &Header<'a>) -> Result<Named<'a>, Halt> {
    let book = context.book;
    let known = |id: &TermsId| {
        book.terms.get(id).ok_or_else(|| Halt::from(Rejection::TermsUnknown { terms: id.clone() }))
    };
    Ok(Some(match (issue.terms, &head.account.profile.terms) {
        (Some(TermsChoice::Due { .. }), _) => return Ok(None),
        (Some(TermsChoice::Named(id)), _) | (None, Some(id)) => (known(id)?, Some(id.clone())),
        (Some(TermsChoice::Inline(terms)), _) => (terms, None),
        (None, None) => (&book.policies.default_terms, None),
    }))
}

fn instalments(
    issue: &Issue<'_>,
    head: &Header<'_>,
    terms: Named<'_>,
    total: Money,
    context: &Context<'_>,
) -> Result<Scheduled, Halt> {
    if let Some((terms, name)) = terms {
        let instalments = schedule(terms, head.document_date, total, context.book)?;
        return Ok(Scheduled { instalments, terms: name, due_reason: None });
    }
    let (due, terms, due_reason) = match issue.terms {
        Some(TermsChoice::Due { date, reason, terms }) => (*date, terms.clone(), reason.clone()),
        _ => (head.document_date, None, None),
    };
    let one = Instalment { due, amount: total, discounts: Vec::new() };
    Ok(Scheduled { instalments: vec![one], terms, due_reason })
}

/// Freezes on every instalment what of it a discount is a percent of: its part of the net, or of net
/// and discounted taxes, by largest remainder.
fn set_bases(content: &Content, instalments: &mut [Instalment]) -> Result<(), Halt> {
    if instalments.iter().flat_map(|part| &part.discounts).all(|tier| tier.tax == DiscountTax::Gross) {
        return Ok(());
    }
    let weights: Vec<u64> = instalments.iter().map(|part| part.amount.minor().unsigned_abs()).collect();
    let parts = |whole: i64| {
        let whole = whole.clamp(0, content.total.minor().max(0));
        split(whole, &weights).map_err(|e| Rejection::value("discount base", &e))
    };
    let taxes = content.taxes.iter().filter(|group| group.discounted());
    let taxes = taxes.fold(0_i64, |sum, group| sum.saturating_add(group.tax.minor()));
    let net = content.net.minor();
    let (of_net, of_taxed) = (parts(net)?, parts(net.saturating_add(taxes))?);
    for (part, bases) in instalments.iter_mut().zip(of_net.into_iter().zip(of_taxed)) {
        let exponent = part.amount.currency().exponent();
        for tier in &mut part.discounts {
            let minor = match tier.tax {
                DiscountTax::Gross => continue,
                DiscountTax::Net | DiscountTax::Reduced => bases.0,
                DiscountTax::Adjusted => bases.1,
            };
            tier.basis = (minor != part.amount.minor()).then(|| Amount::from_minor(minor, exponent));
        }
    }
    Ok(())
}

/// The items of the instalments; the base total is split over them so that it foots.
pub(super) fn new_items(
    instalments: &[Instalment],
    terms: Option<&TermsId>,
    base: Option<Money>,
    counts: Counts,
) -> Result<Vec<NewItem>, Halt> {
    let bases = match base {
        None => None,
        Some(base) => {
            let weights: Vec<u64> = instalments.iter().map(|i| i.amount.minor().unsigned_abs()).collect();
            let parts = split(base.minor(), &weights).map_err(|e| Rejection::value("base amount", &e))?;
            Some((parts, base.currency().exponent()))
        }
    };
    let items = instalments.iter().enumerate().map(|(n, instalment)| NewItem {
        due: instalment.due,
        amount: instalment.amount.amount(),
        base: bases.as_ref().map(|(parts, exponent)| {
            Amount::from_minor(parts.get(n).copied().unwrap_or_default(), *exponent)
        }),
        discounts: instalment.discounts.clone(),
        terms: terms.cloned(),
        aged_from: None,
        dunning_level: 0,
        counts,
        order: None,
    });
    Ok(items.collect())
}

fn chart<'a>(issue: &'a Issue<'_>, head: &Header<'_>) -> ChartContext<'a> {
    ChartContext {
        class: Some(head.account.profile.class),
        document: Some(issue.kind),
        reason: issue.reason,
        ..ChartContext::default()
    }
}

fn control(context: &Context<'_>, head: &Header<'_>, issue: &Issue<'_>) -> Result<Control, Halt> {
    let code = context.book.chart.code(Role::Receivable, &chart(issue, head))?;
    Ok(Control { role: Role::Receivable, code })
}

fn order_billed(
    context: &Context<'_>,
    issue: &Issue<'_>,
    head: &Header<'_>,
    total: Money,
) -> Result<Option<OrderBilled>, Halt> {
    let Some(order) = issue.order else { return Ok(None) };
    let row = context.order_of(order, &head.account.id, head.currency)?;
    let billed = total.minor().min(row.open);
    let amount = |minor: i64| Amount::from_minor(minor, head.currency.exponent());
    Ok(Some(OrderBilled {
        order: order.clone(),
        amount: amount(billed),
        left: amount(row.open.saturating_sub(billed)),
    }))
}

/// What a breach of the limit, or a hold, does to the document: refused where policy blocks,
/// otherwise issued with a warning and the account put on hold. An override silences both.
fn credit_outcome(
    context: &Context<'_>,
    issue: &Issue<'_>,
    head: &Header<'_>,
    answer: &CreditAnswer,
) -> Result<(Vec<Warning>, Option<Event>), Halt> {
    if issue.credit_override.is_some() {
        return Ok((Vec::new(), None));
    }
    let on_hold = head.account.hold.as_ref().map(|hold| Rejection::AccountOnHold {
        account: head.account.id.clone(),
        reason: hold.reason.clone(),
    });
    let blocks = context.book.policies.credit.invoices == InvoiceCheck::Block;
    let findings: Vec<&Rejection> = on_hold.iter().chain(&answer.breach).collect();
    if let Some(first) = findings.first().filter(|_| blocks && issue.kind == DocumentKind::Invoice) {
        return Err(Halt::from((*first).clone()));
    }
    let warnings = findings
        .iter()
        .map(|finding| Warning { code: finding.code().into(), message: finding.to_string() })
        .collect();
    if answer.breach.is_none() || head.account.hold.is_some() {
        return Ok((warnings, None));
    }
    let mut account = head.account.clone();
    account.version = account.version.saturating_add(1);
    let reason = Text::parse("credit limit exceeded").map_err(|e| Rejection::value("reason", &e))?;
    account.hold = Some(Hold { reason: reason.clone(), since: head.date, by_credit: true });
    let held = Event::AccountChanged(Box::new(AccountChanged {
        change: AccountChange::Held,
        date: Some(head.date),
        account,
        reason: Some(reason),
        regrouped: Vec::new(),
    }));
    Ok((warnings, Some(held)))
}

fn issue_posting(
    context: &Context<'_>,
    issue: &Issue<'_>,
    head: &Header<'_>,
    content: &Content,
    control: &Control,
    (total, base): (Money, Option<Money>),
) -> Result<Vec<crate::journal::JournalLine>, Halt> {
    let mut posting = Posting::new(context.book, head.currency, Some(head.account));
    posting.control(control, &head.account.id, total.minor(), base.map(Money::minor));
    let to = ContentPosting {
        rate: head.rate,
        currency: head.currency,
        sign: -1,
        chart: chart(issue, head),
        deferred: Deferred::All,
    };
    post_content(context, &mut posting, content, &to)?;
    Ok(posting.lines()?)
}

/// How a document's content goes to the journal.
pub(super) struct ContentPosting<'a> {
    pub(super) rate: Option<Rate>,
    pub(super) currency: Currency,
    /// -1 for documents that raise what is owed, 1 for credit memos.
    pub(super) sign: i64,
    pub(super) chart: ChartContext<'a>,
    pub(super) deferred: Deferred<'a>,
}

/// What of the tax that falls due with payment goes to deferred tax.
pub(super) enum Deferred<'a> {
    /// All of it.
    All,
    /// What a memo takes off the deferred tax of its invoice; the rest had fallen due.
    SetOff(Option<&'a SetOff>),
}

/// Posts nets by line, taxes by code and what was rounded to coins. Each is converted by itself; what that leaves in base
/// currency is a rounding line (INV-08).
pub(super) fn post_content(
    context: &Context<'_>,
    posting: &mut Posting<'_>,
    content: &Content,
    to: &ContentPosting<'_>,
) -> Result<(), Halt> {
    let signed = |amount: Amount| amount.minor().saturating_mul(to.sign);
    let base = |amount: Amount| -> Result<Option<i64>, Halt> {
        let money = Money::new(signed(amount), to.currency).map_err(|e| Rejection::value("line", &e))?;
        Ok(base_of(context, money, to.rate)?.map(Money::minor))
    };
    for line in &content.lines {
        let chart = ChartContext { line: Some(line.kind), tax: line.taxes.first(), ..to.chart };
        let role = match line.kind {
            LineKind::Deposit => Role::Deposit,
            LineKind::Freight => Role::Freight,
            LineKind::Interest => Role::InterestIncome,
            LineKind::Fee => Role::FeeIncome,
            LineKind::Product | LineKind::Service => Role::Revenue,
        };
        posting.role_with(role, &chart, &line.dimensions, signed(line.net), base(line.net)?)?;
    }
    for group in &content.taxes {
        let chart = ChartContext { tax: Some(&group.code), ..to.chart };
        let whole = base(group.tax)?;
        match (&to.deferred, group.basis) {
            (Deferred::All, TaxBasis::Payment(_)) => {
                posting.role(Role::DeferredTax, &chart, signed(group.tax), whole)?;
            }
            (Deferred::SetOff(Some(set_off)), _) => {
                let (mut due, mut due_base) = (signed(group.tax), whole);
                if let Some(off) = set_off.of(&group.code) {
                    let off_base = off.base.map(|base| base.minor().saturating_mul(to.sign));
                    posting.role(Role::DeferredTax, &chart, signed(off.tax), off_base)?;
                    due = due.saturating_sub(signed(off.tax));
                    due_base = due_base.map(|all| all.saturating_sub(off_base.unwrap_or(0)));
                }
                posting.role(Role::Tax, &chart, due, due_base)?;
            }
            _ => posting.role(Role::Tax, &chart, signed(group.tax), whole)?,
        }
    }
    if let Some(coins) = content.coins {
        posting.role(Role::Rounding, &to.chart, signed(coins), base(coins)?)?;
    }
    posting.close_base(Role::Rounding, &to.chart)?;
    Ok(())
}
