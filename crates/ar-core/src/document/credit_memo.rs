//! Issuing credit memos: for an invoice, wholly or in part, or standalone (INV-23).
//!
//! What is credited against an invoice is bounded per line, per tax group and in total by what the
//! invoice billed and earlier memos left.

use super::coins::round_to_coins;
use super::header::{Asked, AskedRate, Header, header};
use super::issue::{ContentPosting, Deferred, new_items, post_content};
use super::memo_discount::taken_back;
use super::set_off::set_off;
use super::*;
use crate::allocation::{Application, OwnMemo, Planned, apply_credit, counts, room_from, settlement_date};
use crate::book::{ChartContext, Counts};
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::explain::Explanation;
use crate::fx::base_of;
use crate::journal::{Posting, Role};
use crate::payment::accounting_date;
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::{CreditedRow, DocumentRow, ItemRow};
use crate::terms::Instalment;

/// Decides `issue_credit_memo`.
pub(crate) fn decide_credit_memo(context: &Context<'_>, command: &IssueCreditMemo) -> Result<Decision, Halt> {
    accounting_date(context, Area::Credits, command.accounting_date, command.date)?;
    context.live_account(&command.account)?;
    context.reason(&command.reason)?;
    let (invoice, currency, rate) = match &command.credit {
        CreditBasis::Invoice { document, .. } => {
            let row = context.document(document)?;
            (Some(row), Some(row.currency), AskedRate::AsBooked(row.rate))
        }
        CreditBasis::Standalone { currency, rate, .. } => (None, *currency, AskedRate::Given(*rate)),
    };
    let asked = Asked {
        account: &command.account,
        number: &command.number,
        currency,
        rate,
        date: command.date,
        accounting_date: command.accounting_date,
        area: Area::Credits,
    };
    let head = header(context, &asked)?;
    let content = match (&command.credit, invoice) {
        (CreditBasis::Invoice { part, .. }, Some(row)) => {
            check_invoice(row, &head)?;
            credited_content(context, row, part)?
        }
        (CreditBasis::Standalone { lines, tax_mode, discount, .. }, _) => {
            let asked = Pricing { lines, mode: *tax_mode, discount: *discount, reduced: None };
            standing_alone(context, &asked, &head)?
        }
        (CreditBasis::Invoice { document, .. }, None) => {
            return Err(Rejection::DocumentUnknown { document: document.clone() }.into());
        }
    };
    let issued = issued(context, command, head, invoice, content)?;
    let mut events = Vec::new();
    if let (Some(row), CreditBasis::Invoice { apply: true, .. }) = (invoice, &command.credit) {
        events = apply_to_invoice(context, &issued, row)?;
        let back = taken_back(context, &credit_item(&issued), row, &events)?;
        events.extend(back);
    }
    events.insert(0, Event::DocumentIssued(Box::new(issued)));
    Ok(Decision::many(events))
}

/// The content of a memo without an invoice, rounded to coins as an invoice is.
fn standing_alone(context: &Context<'_>, asked: &Pricing<'_>, head: &Header<'_>) -> Result<Content, Halt> {
    let mut content = asked.content(head.currency, context.book)?;
    let total = content.total.in_currency(head.currency).map_err(|e| Rejection::value("total", &e))?;
    let mut one = vec![Instalment { due: head.document_date, amount: total, discounts: Vec::new() }];
    round_to_coins(&mut content, &mut one, head.currency, context.book)?;
    Ok(content)
}

fn check_invoice(row: &DocumentRow, head: &Header<'_>) -> Result<(), Halt> {
    let document = row.document.clone();
    if document == head.number {
        return Err(Rejection::ReferenceCycle { id: document.to_string() }.into());
    }
    if row.kind != DocumentKind::Invoice {
        let wanted = "invoices; issue a standalone credit memo and allocate it";
        return Err(Rejection::DocumentKind { document, kind: row.kind, wanted }.into());
    }
    if row.account != head.account.id {
        let (account, given) = (row.account.clone(), head.account.id.clone());
        return Err(Rejection::DocumentAccount { document, account, given }.into());
    }
    if row.ended.is_some() {
        return Err(Rejection::DocumentState { document, problem: "it is void" }.into());
    }
    if head.document_date < row.document_date {
        let what = "the memo date";
        let (date, not_before) = (head.document_date, row.document_date);
        return Err(Rejection::DateOrder { what, date, not_before }.into());
    }
    Ok(())
}

/// What an invoice billed and what earlier memos left of it.
pub(super) struct Left<'a> {
    pub(super) invoice: &'a DocumentRow,
    pub(super) content: Content,
    credited: Vec<CreditedRow>,
}

impl Left<'_> {
    pub(super) fn counted(&self, key: &str) -> i64 {
        self.credited.iter().find(|row| row.key == key).map_or(0, |row| row.minor)
    }

    /// What earlier memos left of the total: debit memos raise it.
    fn total(&self) -> i64 {
        let counts =
            |row: &&CreditedRow| ["line:", "tax:", "coins:"].iter().any(|bound| row.key.starts_with(bound));
        let credited = self.credited.iter().filter(counts);
        credited.fold(self.content.total.minor(), |left, row| left.saturating_sub(row.minor))
    }

    /// Net and tax that are left of a group.
    fn group(&self, group: &TaxGroup) -> (i64, i64) {
        let net = group.net.minor().saturating_sub(self.counted(&format!("net:{}", group.code)));
        let tax = group.tax.minor().saturating_sub(self.counted(&format!("tax:{}", group.code)));
        (net, tax)
    }

    /// Tax of a code that write-offs of the invoice and of its debit memos took back and recoveries did
    /// not give again.
    fn relieved(&self, code: &TaxCode) -> i64 {
        let own = self.counted(&counts::relieved(code)).saturating_sub(self.counted(&counts::back(code)));
        own.saturating_add(self.counted(&counts::memo_relieved(code)))
    }

    /// Tax that a write-off took back is not taken back again by a memo.
    fn check_relieved(&self, taxes: &[TaxGroup]) -> Result<(), Rejection> {
        for group in taxes {
            let relieved = self.relieved(&group.code);
            let billed = self.content.taxes.iter().find(|billed| billed.code == group.code);
            let Some(billed) = billed.filter(|_| relieved != 0) else { continue };
            let (left, requested) = (self.group(billed).1.saturating_sub(relieved), group.tax.minor());
            if requested.unsigned_abs() > left.unsigned_abs() {
                let money = |minor| Money::clamped(minor, self.invoice.currency);
                return Err(Rejection::CreditTaxRelieved {
                    invoice: self.invoice.document.clone(),
                    tax: group.code.clone(),
                    left: money(left),
                    requested: money(requested),
                });
            }
        }
        Ok(())
    }

    fn exceeds(&self, tax: Option<&TaxCode>, left: i64, requested: i64) -> Rejection {
        let currency = self.invoice.currency;
        let money = |minor| Money::clamped(minor, currency);
        Rejection::CreditExceedsInvoice {
            invoice: self.invoice.document.clone(),
            tax: tax.cloned(),
            left: money(left),
            requested: money(requested),
        }
    }
}

pub(super) fn left_of<'a>(context: &Context<'_>, row: &'a DocumentRow) -> Result<Left<'a>, Halt> {
    let record = context.facts.record(row.position)?;
    let Some(Event::DocumentIssued(billed)) = record.map(|r| r.event) else {
        let detail = format!("{} has no content at {}", row.document, row.position);
        return Err(Halt::Corrupt { invariant: "INV-15", detail });
    };
    let credited = context.facts.credited(&row.document)?;
    Ok(Left { invoice: row, content: billed.content, credited })
}

/// A debit memo may move tax from one group of its invoice to another; what it takes back of a group
/// stays within what is left of it, as for a credit memo.
pub(super) fn check_taken_back(context: &Context<'_>, row: &DocumentRow, memo: &Content) -> Result<(), Halt> {
    let negative = |group: &&TaxGroup| group.net.minor() < 0 || group.tax.minor() < 0;
    if !memo.taxes.iter().any(|group| negative(&group)) {
        return Ok(());
    }
    let left = left_of(context, row)?;
    for group in memo.taxes.iter().filter(negative) {
        let billed = left.content.taxes.iter().find(|billed| billed.code == group.code);
        let (net, tax) = billed.map_or((0, 0), |billed| left.group(billed));
        let tax = tax.saturating_sub(left.relieved(&group.code));
        let (back, back_tax) = (group.net.minor().saturating_neg(), group.tax.minor().saturating_neg());
        if back > net.max(0) || back_tax > tax.max(0) {
            return Err(left.exceeds(Some(&group.code), net.max(0), back).into());
        }
    }
    Ok(())
}

/// Whether memos stay within an invoice once one of them, with what it counts, is gone. What is left
/// of a group of deductions is below zero already; nothing may take from it what is not there.
pub(super) fn fits_without(
    context: &Context<'_>,
    row: &DocumentRow,
    gone: &[CreditedEntry],
) -> Result<bool, Halt> {
    let mut left = left_of(context, row)?;
    for entry in gone {
        let counted = left.credited.iter_mut().filter(|row| row.key == entry.key);
        counted.for_each(|row| row.minor = row.minor.saturating_sub(entry.amount.minor()));
    }
    let fits = |group: &TaxGroup| {
        let (net, tax) = left.group(group);
        let tax = tax.saturating_sub(left.relieved(&group.code));
        net >= group.net.minor().min(0) && tax >= group.tax.minor().min(0)
    };
    Ok(left.total() >= 0 && left.content.taxes.iter().all(fits))
}

fn credited_content(context: &Context<'_>, row: &DocumentRow, part: &CreditPart) -> Result<Content, Halt> {
    let left = left_of(context, row)?;
    let exponent = row.currency.exponent();
    let (lines, taxes) = match part {
        CreditPart::Tax { code, amount } => (Vec::new(), vec![tax_alone(&left, code, *amount)?]),
        CreditPart::Whole => {
            let lines = credit_lines(&left, &whole_lines(&left, None))?;
            let mut taxes = taxes_of(&left, &lines)?;
            taxes.extend(taxes_without_net(&left, &taxes));
            taxes.sort_by(|a, b| a.code.cmp(&b.code));
            (lines, taxes)
        }
        CreditPart::Kind(kind) => {
            let lines = credit_lines(&left, &whole_lines(&left, Some(*kind)))?;
            let taxes = taxes_of(&left, &lines)?;
            (lines, taxes)
        }
        CreditPart::Lines(asked) => {
            let lines = credit_lines(&left, &named_lines(&left, asked)?)?;
            let taxes = taxes_of(&left, &lines)?;
            (lines, taxes)
        }
    };
    let net = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.net.minor()));
    let tax = taxes.iter().fold(0_i64, |sum, group| sum.saturating_add(group.tax.minor()));
    let coins = coins_left(&left, net.saturating_add(tax));
    let total = net.saturating_add(tax).saturating_add(coins);
    // Lines that take something back were billed too: what is credited of the others may come to
    // more than the invoice.
    let total_left = left.total();
    if total <= 0 || total > total_left {
        return Err(left.exceeds(None, total_left, total).into());
    }
    left.check_relieved(&taxes)?;
    check_range(&lines, &taxes, net)?;
    Ok(Content {
        tax_mode: left.content.tax_mode,
        tax_rounding: left.content.tax_rounding,
        tax_residual: left.content.tax_residual,
        tax_reduced: left.content.tax_reduced,
        lines,
        discount: None,
        taxes,
        net: Amount::from_minor(net, exponent),
        coins: (coins != 0).then(|| Amount::from_minor(coins, exponent)),
        total: Amount::from_minor(total, exponent),
    })
}

/// What is left of the invoice's rounding to coins goes with the last of its lines and taxes.
fn coins_left(left: &Left<'_>, credited: i64) -> i64 {
    let coins = left.content.coins.map_or(0, Amount::minor).saturating_sub(left.counted("coins:"));
    if left.total().saturating_sub(coins) == credited { coins } else { 0 }
}

/// Each sum of a memo is kept as an amount. Lines that were billed with others that take something
/// back may come to more.
fn check_range(lines: &[BookedLine], taxes: &[TaxGroup], net: i64) -> Result<(), Rejection> {
    let untaxed = lines.iter().filter(|line| line.taxes.is_empty());
    let untaxed = untaxed.fold(0_i64, |sum, line| sum.saturating_add(line.net.minor()));
    let mut sums =
        taxes.iter().flat_map(|group| [group.net.minor(), group.tax.minor()]).chain([net, untaxed]);
    if sums.all(|minor| minor.unsigned_abs() <= AMOUNT_MINOR_MAX.unsigned_abs()) {
        return Ok(());
    }
    Err(Rejection::AmountOutOfRange { what: "the credit memo" })
}

/// Every line (of a kind) with what is left of it.
fn whole_lines(left: &Left<'_>, kind: Option<LineKind>) -> Vec<(usize, i64)> {
    let lines = (1_usize..).zip(&left.content.lines);
    lines
        .filter(|(_, line)| kind.is_none_or(|kind| line.kind == kind))
        .map(|(n, line)| (n, line_left(left, n, line)))
        .filter(|(_, minor)| *minor != 0)
        .collect()
}

fn line_left(left: &Left<'_>, n: usize, line: &BookedLine) -> i64 {
    line.net.minor().saturating_sub(left.counted(&format!("line:{n}")))
}

fn named_lines(left: &Left<'_>, asked: &[CreditLine]) -> Result<Vec<(usize, i64)>, Halt> {
    let mut named: Vec<(usize, i64)> = Vec::with_capacity(asked.len());
    for CreditLine { line: n, net } in asked {
        let unknown = || Rejection::CreditLineUnknown { invoice: left.invoice.document.clone(), line: *n };
        let line = n.checked_sub(1).and_then(|n| left.content.lines.get(n)).ok_or_else(unknown)?;
        if named.iter().any(|(m, _)| m == n) {
            let problem = "it is named twice; name it once with the whole amount".to_owned();
            return Err(Rejection::LineInvalid { line: *n, problem }.into());
        }
        let rest = line_left(left, *n, line);
        let minor = match net {
            None => rest,
            Some(net) => {
                let currency = left.invoice.currency;
                net.in_currency(currency).map_err(|e| Rejection::value("net", &e))?.minor()
            }
        };
        if minor == 0 || minor.signum() != rest.signum() || minor.unsigned_abs() > rest.unsigned_abs() {
            return Err(left.exceeds(line.taxes.first(), rest, minor).into());
        }
        named.push((*n, minor));
    }
    Ok(named)
}

fn credit_lines(left: &Left<'_>, wanted: &[(usize, i64)]) -> Result<Vec<BookedLine>, Halt> {
    let exponent = left.invoice.currency.exponent();
    let mut lines = Vec::with_capacity(wanted.len());
    for (n, minor) in wanted {
        let Some(line) = n.checked_sub(1).and_then(|n| left.content.lines.get(n)) else { continue };
        lines.push(BookedLine {
            kind: line.kind,
            text: line.text.clone(),
            quantity: None,
            unit_price: None,
            discount: None,
            shared_discount: None,
            net: Amount::from_minor(*minor, exponent),
            gross: None,
            taxes: line.taxes.clone(),
            of_line: Some(*n),
            dimensions: line.dimensions.clone(),
        });
    }
    Ok(lines)
}

/// The taxes of credited lines: what is left of a group when its net is credited to the end, its
/// share before that.
fn taxes_of(left: &Left<'_>, lines: &[BookedLine]) -> Result<Vec<TaxGroup>, Halt> {
    let mut taxes = Vec::new();
    for group in &left.content.taxes {
        let mut of_group = lines.iter().filter(|line| line.taxes.contains(&group.code)).peekable();
        if of_group.peek().is_none() {
            continue;
        }
        let net = of_group.fold(0_i64, |sum, line| sum.saturating_add(line.net.minor()));
        let (net_left, tax_left) = left.group(group);
        if net.unsigned_abs() > net_left.unsigned_abs() {
            return Err(left.exceeds(Some(&group.code), net_left, net).into());
        }
        let tax = if net == net_left { tax_left } else { tax_share(group, net, tax_left) };
        taxes.push(part_of(group, net, tax));
    }
    Ok(taxes)
}

/// A group's tax on part of its net, rounded once and never beyond what is left of it.
fn tax_share(group: &TaxGroup, net: i64, tax_left: i64) -> i64 {
    let product = i128::from(group.tax.minor()).saturating_mul(i128::from(net));
    let share = div_round(product, i128::from(group.net.minor()), Rounding::HalfAwayFromZero);
    let share = share.and_then(|s| i64::try_from(s).ok()).unwrap_or(0);
    if share.unsigned_abs() > tax_left.unsigned_abs() { tax_left } else { share }
}

/// Taxes that are left where no net is: a cent that rounding put on lines of nothing.
fn taxes_without_net(left: &Left<'_>, taken: &[TaxGroup]) -> Vec<TaxGroup> {
    let groups = left.content.taxes.iter().filter(|group| taken.iter().all(|t| t.code != group.code));
    groups
        .map(|group| (group, left.group(group)))
        .filter(|(_, (net, tax))| *net == 0 && *tax != 0)
        .map(|(group, (_, tax))| part_of(group, 0, tax))
        .collect()
}

fn tax_alone(left: &Left<'_>, code: &TaxCode, amount: Option<Amount>) -> Result<TaxGroup, Halt> {
    let group = left.content.taxes.iter().find(|group| group.code == *code);
    let group = group.ok_or_else(|| left.exceeds(Some(code), 0, 0))?;
    let currency = left.invoice.currency;
    let (_, rest) = left.group(group);
    let minor = match amount {
        None => rest,
        Some(amount) => amount.in_currency(currency).map_err(|e| Rejection::value("tax", &e))?.minor(),
    };
    if minor <= 0 || minor > rest {
        return Err(left.exceeds(Some(code), rest, minor).into());
    }
    Ok(part_of(group, 0, minor))
}

/// Part of a group; what its tax was computed on goes with the net.
fn part_of(group: &TaxGroup, net: i64, tax: i64) -> TaxGroup {
    let exponent = group.net.exponent();
    let share = |base: Amount| {
        let product = i128::from(base.minor()).saturating_mul(i128::from(net));
        let share = div_round(product, i128::from(group.net.minor()), Rounding::HalfAwayFromZero);
        share.and_then(|minor| i64::try_from(minor).ok()).unwrap_or(0)
    };
    TaxGroup {
        net: Amount::from_minor(net, exponent),
        tax: Amount::from_minor(tax, exponent),
        base: group.base.map(|base| Amount::from_minor(share(base), exponent)),
        coins: None,
        ..group.clone()
    }
}

fn issued(
    context: &Context<'_>,
    command: &IssueCreditMemo,
    head: Header<'_>,
    invoice: Option<&DocumentRow>,
    content: Content,
) -> Result<DocumentIssued, Halt> {
    let total = content.total.in_currency(head.currency).map_err(|e| Rejection::value("total", &e))?;
    if !total.is_positive() {
        return Err(
            Rejection::AmountNotPositive { what: "the credit memo's total", given: content.total }.into()
        );
    }
    let base = base_of(context, total, head.rate)?;
    let chart = ChartContext {
        class: Some(head.account.profile.class),
        document: Some(DocumentKind::CreditMemo),
        reason: Some(&command.reason),
        ..ChartContext::default()
    };
    let code = context.book.chart.code(Role::Receivable, &chart)?;
    let control = Control { role: Role::Receivable, code };
    let set_off = match invoice {
        Some(row) => set_off(context, &left_of(context, row)?, head.rate, &content)?,
        None => None,
    };
    let mut posting = Posting::new(context.book, head.currency, Some(head.account));
    let deferred = Deferred::SetOff(set_off.as_deref());
    let to = ContentPosting { rate: head.rate, currency: head.currency, sign: 1, chart, deferred };
    let minus = |money: Money| money.negated().minor();
    posting.control(&control, &head.account.id, minus(total), base.map(minus));
    post_content(context, &mut posting, &content, &to)?;
    let one = Instalment { due: head.document_date, amount: total, discounts: Vec::new() };
    Ok(DocumentIssued {
        document: head.number,
        kind: DocumentKind::CreditMemo,
        account: head.account.id.clone(),
        group: head.account.profile.parent.clone(),
        currency: head.currency,
        rate: head.rate,
        document_date: head.document_date,
        date: head.date,
        series: head.series,
        content,
        items: new_items(&[one], None, base, Counts::FULL)?,
        control,
        invoice: invoice.map(|row| row.document.clone()),
        reason: Some(command.reason.clone()),
        po_number: None,
        order: None,
        due_reason: None,
        credit_override: None,
        attributes: command.attributes.clone(),
        explanation: None,
        posting: posting.lines()?,
        set_off,
    })
}

/// Applies the memo to its invoice's items in due-date order, up to what is open on them from that
/// day on. What was settled on that day and reopened later stays for a later allocation.
fn apply_to_invoice(
    context: &Context<'_>,
    memo: &DocumentIssued,
    invoice: &DocumentRow,
) -> Result<Vec<Event>, Halt> {
    let mut items: Vec<ItemRow> = Vec::new();
    for part in 1..=invoice.parts {
        let item = context.item(&ItemId::new(invoice.document.clone(), part))?;
        if item.open > 0 {
            items.push(item.clone());
        }
    }
    items.sort_by(|a, b| (a.due, &a.item).cmp(&(b.due, &b.item)));
    let credit = credit_item(memo);
    let mut rest = credit.open;
    let mut planned = Vec::new();
    for item in items {
        let on = settlement_date(context, &credit, &item, None)?;
        let cash = room_from(context, &item, on)?.min(rest);
        if cash > 0 {
            rest = rest.saturating_sub(cash);
            planned.push(Planned::new(&item, cash, 0));
        }
    }
    if planned.is_empty() {
        return Ok(Vec::new());
    }
    let explanation = Explanation::rule("credited_invoice").input("invoice", &invoice.document);
    let own = OwnMemo::of_now(memo);
    apply_credit(context, Application { credit, planned, date: None, explanation, own })
}

/// The item that the memo is about to have.
fn credit_item(memo: &DocumentIssued) -> ItemRow {
    let minor = memo.content.total.minor();
    let base = memo.items.first().and_then(|item| item.base).map(Amount::minor);
    ItemRow {
        item: ItemId::from(memo.document.clone()),
        kind: DocumentKind::CreditMemo,
        side: Side::Credit,
        account: memo.account.clone(),
        currency: memo.currency,
        document_date: memo.document_date,
        date: memo.date,
        value_date: memo.document_date,
        due: memo.document_date,
        original: minor,
        open: minor,
        base_original: base,
        base_open: base,
        credited: 0,
        discount_taken: 0,
        discounts: Vec::new(),
        terms: None,
        aged_from: None,
        control: memo.control.clone(),
        revalued: 0,
        revalued_on: None,
        reinstated: None,
        live_links: 0,
        dunning_level: 0,
        deferred: false,
        position: 0,
        charged: None,
        late: false,
        counts: Counts::FULL,
        order: None,
    }
}
