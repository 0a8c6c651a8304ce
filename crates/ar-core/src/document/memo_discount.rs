//! The share of a taken early-payment discount that a credit memo takes back (INV-30).
//!
//! A memo for goods that were paid with a discount credits no more than was paid for them: of what it
//! leaves on the memo beyond what was open on the invoice, `discount taken x rest / paid` goes back to the
//! discount account, rounded once, half away from zero, and all that is left of it with the last.
//!
//! Source: Dynamics 365, "Customer payments for a partial amount", credit notes with discounts.

use compact_str::format_compact;

use super::*;
use crate::allocation::{ClosedItem, Desk, Figures};
use crate::book::ChartContext;
use crate::decide::{Context, Halt};
use crate::event::Event;
use crate::explain::Explanation;
use crate::fx::share;
use crate::journal::{Posting, Role};
use crate::rows::{CreditedRow, DocumentRow, ItemRow};

/// Counter of what memos took back of an invoice's discount, by the settlement that did.
pub(crate) const BACK: &str = "discount_back:";
/// Counter of what of their amounts that was for.
const PAID: &str = "discount_paid:";

/// The event that takes the share back, where policy wants it and a discount was taken. `applied` is what
/// the memo did to its invoice.
pub(super) fn taken_back(
    context: &Context<'_>,
    credit: &ItemRow,
    invoice: &DocumentRow,
    applied: &[Event],
) -> Result<Option<Event>, Halt> {
    if !context.book.policies.discount_on_credit_memos {
        return Ok(None);
    }
    let memo = left_of_memo(credit, applied);
    let mut items = Vec::new();
    for part in 1..=invoice.parts {
        items.push(context.item(&ItemId::new(invoice.document.clone(), part))?);
    }
    // Where tax waits for payment a memo takes back its own part of what was deferred.
    if memo.open <= 0 || items.iter().any(|item| item.deferred) {
        return Ok(None);
    }
    let sum =
        |of: &dyn Fn(&ItemRow) -> i64| items.iter().fold(0_i64, |sum, item| sum.saturating_add(of(item)));
    let counted = context.facts.credited(&invoice.document)?;
    let taken = sum(&|item| item.discount_taken).saturating_sub(counted_under(&counted, BACK));
    let paid = sum(&|item| item.original.saturating_sub(item.credited).saturating_sub(item.open));
    let paid = paid.saturating_sub(counted_under(&counted, PAID));
    if taken <= 0 || paid <= 0 {
        return Ok(None);
    }
    let of = memo.open.min(paid);
    let back = share(taken, of, paid, Rounding::HalfAwayFromZero).min(memo.open);
    if back <= 0 {
        return Ok(None);
    }
    let adjusts = |item: &&&ItemRow| item.discounts.iter().any(|tier| tier.tax.adjusts());
    let adjusted = items.iter().find(adjusts).copied();
    event(context, &memo, invoice, (back, of), adjusted).map(Some)
}

fn counted_under(rows: &[CreditedRow], prefix: &str) -> i64 {
    let mine = rows.iter().filter(|row| row.key.starts_with(prefix));
    mine.fold(0_i64, |sum, row| sum.saturating_add(row.minor))
}

/// The memo's item once it was applied.
fn left_of_memo(credit: &ItemRow, applied: &[Event]) -> ItemRow {
    let mut memo = credit.clone();
    let minor = |amount: Option<Amount>| amount.map_or(0, Amount::minor);
    for event in applied {
        let Event::CreditAllocated(e) = event else { continue };
        for link in &e.links {
            memo.open = memo.open.saturating_sub(link.amount.minor());
            memo.base_open = memo.base_open.map(|base| base.saturating_sub(minor(link.credit_base)));
        }
    }
    memo
}

fn event(
    context: &Context<'_>,
    memo: &ItemRow,
    invoice: &DocumentRow,
    (back, of): (i64, i64),
    adjusted: Option<&ItemRow>,
) -> Result<Event, Halt> {
    let account = context.account(&memo.account)?;
    // On the account that discounts of payments stand on.
    let chart = ChartContext {
        class: Some(account.profile.class),
        document: Some(DocumentKind::Payment),
        ..ChartContext::default()
    };
    let code = context.book.chart.code(Role::Discount, &chart)?;
    let base = memo.base_open.map(|base| share(base, back, memo.open, context.book.policies.rounding));
    let mut posting = Posting::new(context.book, memo.currency, Some(account));
    posting.control(&memo.control, &memo.account, back, base);
    posting.code(Role::Discount, &code, back.saturating_neg(), base.map(i64::saturating_neg));
    if let Some(item) = adjusted {
        let payment = ItemRow { kind: DocumentKind::Payment, ..memo.clone() };
        let figures = Figures { discount: back, ..Figures::default() };
        let taxes = Desk::default().taxes_again(context, (&payment, item), &figures, None)?;
        if let Some(taxes) = taxes {
            taxes.post(&mut posting, -1);
        }
    }
    let amount = |minor: i64| Amount::from_minor(minor, memo.currency.exponent());
    let link = context.next_link();
    let entry =
        |key: &str, minor| CreditedEntry { key: format_compact!("{key}{link}"), amount: amount(minor) };
    Ok(Event::DiscountTakenBack(Box::new(DiscountTakenBack {
        from: ClosedItem {
            item: memo.item.clone(),
            account: memo.account.clone(),
            group: account.profile.parent.clone(),
            amount: amount(back),
            base: base.map(|base| Amount::from_minor(base, context.book.base.exponent())),
            link: Some(link.clone()),
            revalued: None,
            uncounted: false,
        },
        currency: memo.currency,
        date: memo.date,
        counts: Released {
            invoice: invoice.document.clone(),
            entries: vec![entry(BACK, back), entry(PAID, of)],
        },
        explanation: Explanation::rule("discount_of_credited")
            .input("invoice", &invoice.document)
            .input("credited", Money::clamped(of, memo.currency))
            .input("discount", Money::clamped(back, memo.currency)),
        posting: posting.lines()?,
    })))
}
