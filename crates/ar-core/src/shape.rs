//! Shape: what follows from a command alone, before the book is asked anything.
//!
//! First in the order of checks, and a function of the command only, so that a retry gets the same
//! answer for ever. Lists are bounded here: whatever a decider walks over has a known end.

mod needs;

pub(crate) use needs::needs;

use std::collections::BTreeSet;

use crate::account::{CreditLimit, PARTY_ENTRIES_MAX, Party};
use crate::allocation::{How, RULES_MAX, TARGETS_MAX, Target};
use crate::book::{CHART_RULES_MAX, SETTINGS_MAX, Setting};
use crate::command::{Command, Envelope};
use crate::cutover::{BringForward, CONTROL_TOTALS_MAX, DOCUMENTS_MAX, OpeningDocument};
use crate::document::{
    CreditBasis, CreditPart, IssueCreditMemo, IssueDebitMemo, IssueInvoice, LINES_MAX, Line, Number,
    TermsChoice,
};
use crate::payment::{ReceivePayment, SUSPENSE};
use crate::query::EDGES_MAX;
use crate::rejection::Rejection;
use crate::terms::{INSTALMENTS_MAX, TIERS_MAX};
use crate::values::*;

/// Checks bounds that follow from the command alone.
pub(crate) fn check(envelope: &Envelope) -> Result<(), Rejection> {
    match &envelope.command {
        Command::OpenBook(c) => {
            at_most(SETTINGS_MAX, "settings", c.settings.len())?;
            c.settings.iter().try_for_each(setting)
        }
        Command::Configure(c) => setting(c),
        Command::OpenAccount(c) => {
            not_reserved(&c.account)?;
            c.party.as_ref().map_or(Ok(()), party)?;
            limit(c.limit)
        }
        Command::AmendAccount(c) => c.party.as_ref().map_or(Ok(()), party),
        Command::SetCreditLimit(c) => {
            limit(c.limit)?;
            reason("a credit limit", &c.reason)
        }
        Command::HoldAccount(c) => reason("a hold", &c.reason),
        Command::ReleaseAccount(c) => reason("a release", &c.reason),
        Command::ReopenAccount(c) => reason("a reopening", &c.reason),
        Command::ReportOrder(c) => {
            if c.amount.minor() < 0 {
                return Err(Rejection::AmountNegative { what: "the order", given: c.amount });
            }
            decimals("amount", c.amount, c.currency)?;
            credit_override(c.credit_override.as_ref())
        }
        Command::IssueInvoice(c) => invoice(c),
        Command::IssueDebitMemo(c) => debit_memo(c),
        Command::IssueCreditMemo(c) => credit_memo(c),
        Command::BringForward(c) => bring_forward(c),
        Command::ReceivePayment(c) => payment(c),
        Command::IdentifyPayment(c) => {
            let credit = ItemId::from(c.payment.clone());
            c.allocate.as_ref().map_or(Ok(()), |how| allocation(&credit, None, how))
        }
        Command::ReversePayment(c) => {
            reason("a reversal", &c.reason)?;
            c.fee.map_or(Ok(()), |fee| positive("the fee", fee))
        }
        Command::RequestRefund(c) => positive("the refund", c.amount),
        Command::VoidRefund(c) => reason("voiding a refund", &c.reason),
        Command::TransferCredit(c) => c.amount.map_or(Ok(()), |amount| positive("the transfer", amount)),
        Command::Allocate(c) => allocation(&c.credit, None, &c.how),
        Command::Undo(c) => reason("an undo", &c.reason),
        Command::WriteOff(c) => c.amount.map_or(Ok(()), |amount| positive("the write-off", amount)),
        Command::RecordRate(_)
        | Command::CloseAccount(_)
        | Command::VoidDocument(_)
        | Command::RecordDelivery(_)
        | Command::AnnotateDocument(_)
        | Command::PayRefund(_) => Ok(()),
    }
}

fn at_most(max: usize, what: &'static str, given: usize) -> Result<(), Rejection> {
    if given > max {
        return Err(Rejection::TooManyEntries { what, given, max });
    }
    Ok(())
}

fn positive(what: &'static str, given: Amount) -> Result<(), Rejection> {
    if given.minor() <= 0 {
        return Err(Rejection::AmountNotPositive { what, given });
    }
    Ok(())
}

/// An amount in a currency that the command itself states; otherwise the book knows it later.
fn decimals(field: &str, amount: Amount, currency: Option<Currency>) -> Result<(), Rejection> {
    let Some(currency) = currency else { return Ok(()) };
    amount.in_currency(currency).map(|_| ()).map_err(|error| Rejection::value(field, &error))
}

fn reason(what: &'static str, text: &Text) -> Result<(), Rejection> {
    if text.is_empty() {
        return Err(Rejection::ReasonMissing { what });
    }
    Ok(())
}

fn credit_override(text: Option<&Text>) -> Result<(), Rejection> {
    text.map_or(Ok(()), |text| reason("a credit override", text))
}

/// Ids that begin as the suspense account's does are the book's own.
fn not_reserved(account: &AccountId) -> Result<(), Rejection> {
    match SUSPENSE.chars().next() {
        Some(own) if account.as_str().starts_with(own) => {
            Err(Rejection::AccountReserved { account: account.clone() })
        }
        _ => Ok(()),
    }
}

fn limit(limit: CreditLimit) -> Result<(), Rejection> {
    match limit {
        CreditLimit::Amount(money) if !money.is_positive() => {
            Err(Rejection::CreditLimitInvalid { problem: format!("the limit is {money}") })
        }
        CreditLimit::None | CreditLimit::Zero | CreditLimit::Amount(_) => Ok(()),
    }
}

fn party(party: &Party) -> Result<(), Rejection> {
    at_most(PARTY_ENTRIES_MAX, "addresses", party.addresses.len())?;
    at_most(PARTY_ENTRIES_MAX, "contacts", party.contacts.len())?;
    at_most(PARTY_ENTRIES_MAX, "bank accounts of a party", party.banks.len())?;
    let lines = party.addresses.iter().map(|address| address.lines.len()).max().unwrap_or(0);
    at_most(PARTY_ENTRIES_MAX, "lines of an address", lines)
}

fn setting(setting: &Setting) -> Result<(), Rejection> {
    match setting {
        Setting::Chart(chart) => at_most(CHART_RULES_MAX, "chart rules", chart.rules.len()),
        Setting::Calendar { calendar, .. } => calendar.check(),
        Setting::Terms { terms, .. } => terms.check(),
        Setting::Policies(policies) => {
            at_most(RULES_MAX, "allocation rules", policies.attended.len())?;
            at_most(RULES_MAX, "allocation rules", policies.unattended.len())?;
            for tolerance in [&policies.under_tolerance, &policies.over_tolerance].into_iter().flatten() {
                for (currency, amount) in &tolerance.amounts {
                    decimals("tolerance", *amount, Some(*currency))?;
                    if amount.minor() < 0 {
                        return Err(Rejection::AmountNegative { what: "the tolerance", given: *amount });
                    }
                }
            }
            policies.default_terms.check()
        }
        Setting::Periods(_)
        | Setting::Series(_)
        | Setting::Tax(_)
        | Setting::Reason(_)
        | Setting::Bank(_) => Ok(()),
    }
}

fn lines(document: &'static str, lines: &[Line]) -> Result<(), Rejection> {
    if lines.is_empty() {
        return Err(Rejection::DocumentEmpty { document });
    }
    at_most(LINES_MAX, "lines", lines.len())
}

fn terms(issued: Date, choice: Option<&TermsChoice>) -> Result<(), Rejection> {
    match choice {
        Some(TermsChoice::Inline(terms)) => terms.check(),
        Some(TermsChoice::Due { date, reason })
            if *date < issued && reason.as_ref().is_none_or(Text::is_empty) =>
        {
            Err(Rejection::DueBeforeIssue { due: *date, issued })
        }
        Some(TermsChoice::Due { .. } | TermsChoice::Named(_)) | None => Ok(()),
    }
}

/// A document that is given its own number cannot refer to it.
fn refers_to_another(number: &Number, refers: Option<&DocumentId>) -> Result<(), Rejection> {
    match (number, refers) {
        (Number::Given(own), Some(other)) if own == other => {
            Err(Rejection::ReferenceCycle { id: own.to_string() })
        }
        _ => Ok(()),
    }
}

fn invoice(c: &IssueInvoice) -> Result<(), Rejection> {
    lines("the invoice", &c.lines)?;
    terms(c.date, c.terms.as_ref())?;
    credit_override(c.credit_override.as_ref())
}

fn debit_memo(c: &IssueDebitMemo) -> Result<(), Rejection> {
    lines("the debit memo", &c.lines)?;
    terms(c.date, c.terms.as_ref())?;
    refers_to_another(&c.number, c.invoice.as_ref())
}

fn credit_memo(c: &IssueCreditMemo) -> Result<(), Rejection> {
    match &c.credit {
        CreditBasis::Standalone { lines: own, .. } => lines("the credit memo", own),
        CreditBasis::Invoice { document, part, .. } => {
            refers_to_another(&c.number, Some(document))?;
            match part {
                CreditPart::Lines(named) if named.is_empty() => {
                    Err(Rejection::DocumentEmpty { document: "the credit memo" })
                }
                CreditPart::Lines(named) => at_most(LINES_MAX, "lines", named.len()),
                CreditPart::Tax { amount: Some(amount), .. } => positive("the tax credited", *amount),
                CreditPart::Tax { amount: None, .. } | CreditPart::Whole | CreditPart::Kind(_) => Ok(()),
            }
        }
    }
}

fn payment(c: &ReceivePayment) -> Result<(), Rejection> {
    positive("the payment", c.amount)?;
    decimals("amount", c.amount, c.currency)?;
    let credit = ItemId::from(c.payment.clone());
    c.allocate.as_ref().map_or(Ok(()), |how| allocation(&credit, c.currency, how))
}

fn allocation(credit: &ItemId, currency: Option<Currency>, how: &How) -> Result<(), Rejection> {
    match how {
        How::Explicit(targets) => {
            if targets.is_empty() {
                let (credit, reasons) = (credit.clone(), "the list of items is empty".to_owned());
                return Err(Rejection::AllocationNothing { credit, reasons });
            }
            at_most(TARGETS_MAX, "items to settle", targets.len())?;
            targets.iter().try_for_each(|target| amount_of(target, currency))?;
            let mut named = BTreeSet::new();
            match targets.iter().find(|target| !named.insert(&target.item)) {
                Some(twice) => Err(Rejection::AllocationRepeated { item: twice.item.clone() }),
                None => Ok(()),
            }
        }
        How::ByPolicy { references, rules, .. } => {
            at_most(TARGETS_MAX, "references", references.len())?;
            at_most(RULES_MAX, "allocation rules", rules.as_ref().map_or(0, Vec::len))
        }
    }
}

fn amount_of(target: &Target, currency: Option<Currency>) -> Result<(), Rejection> {
    let Some(amount) = target.amount else { return Ok(()) };
    if amount.minor() <= 0 {
        return Err(Rejection::AllocationNotPositive { item: target.item.clone(), amount });
    }
    decimals("amount", amount, currency)
}

fn bring_forward(c: &BringForward) -> Result<(), Rejection> {
    if c.documents.is_empty() {
        return Err(Rejection::DocumentEmpty { document: "the cut-over" });
    }
    at_most(DOCUMENTS_MAX, "documents", c.documents.len())?;
    at_most(CONTROL_TOTALS_MAX, "control totals", c.control.len())?;
    at_most(EDGES_MAX, "bucket edges", c.edges.len())?;
    if !c.edges.is_sorted_by(|a, b| a < b) {
        let problem = "bucket edges rise from one to the next".to_owned();
        return Err(Rejection::SettingInvalid { setting: "edges", problem });
    }
    c.documents.iter().try_for_each(|document| opening(c.date, document))?;
    c.control.iter().try_for_each(|total| decimals("control total", total.amount, Some(total.currency)))?;
    let mut numbers = BTreeSet::new();
    match c.documents.iter().find(|document| !numbers.insert(&document.document)) {
        Some(twice) => Err(Rejection::NumberTaken { document: twice.document.clone() }),
        None => Ok(()),
    }
}

fn opening(cut_over: Date, document: &OpeningDocument) -> Result<(), Rejection> {
    if document.document_date > cut_over {
        let what = "the cut-over date";
        return Err(Rejection::DateOrder { what, date: cut_over, not_before: document.document_date });
    }
    if document.items.is_empty() {
        return Err(Rejection::DocumentEmpty { document: "a document brought forward" });
    }
    at_most(INSTALMENTS_MAX, "open instalments", document.items.len())?;
    for item in &document.items {
        positive("an open amount", item.open)?;
        decimals(&format!("{} open", document.document), item.open, Some(document.currency))?;
        at_most(TIERS_MAX, "discounts", item.discounts.len())?;
    }
    Ok(())
}
