//! Shape: what follows from a command alone, before the book is asked anything.
//!
//! First in the order of checks, and a function of the command only, so that a retry gets the same
//! answer for ever. Lists are bounded here: whatever a decider walks over has a known end.

mod needs;

pub(crate) use needs::needs;

use std::collections::BTreeSet;

use crate::account::{CreditLimit, Party};
use crate::allocation::{How, RULES_MAX, Rule, SMALL_ITEMS_MAX, TARGETS_MAX, Target};
use crate::book::SETTINGS_MAX;
use crate::charges::CHARGED_ITEMS_MAX;
use crate::command::{Command, Envelope};
use crate::cutover::check_cut_over;
use crate::debit::{PLAN_ITEMS_MAX, PlanSchedule, Reschedule};
use crate::document::{
    CreditBasis, CreditPart, IssueCreditMemo, IssueDebitMemo, IssueInvoice, LINES_MAX, Line, Number,
    TermsChoice,
};
use crate::fx::REVALUED_MAX;
use crate::netting::{NETTED_MAX, Net};
use crate::payment::{ReceivePayment, SUSPENSE};
use crate::period::{ADMITTED_MAX, Close, ClosePeriod, DefinePeriod, FIGURES_MAX, ProvePeriod};
use crate::provision::{PROVIDED_MAX, ProvidedPool};
use crate::query::EDGES_MAX;
use crate::rejection::Rejection;
use crate::terms::INSTALMENTS_MAX;
use crate::values::*;
use crate::withholding::{CERTIFIED_MAX, RecordCertificate, Withheld};

/// Checks bounds that follow from the command alone.
pub(crate) fn check(envelope: &Envelope) -> Result<(), Rejection> {
    match &envelope.command {
        Command::OpenBook(c) => at_most(SETTINGS_MAX, "settings", c.settings.len()),
        Command::OpenAccount(c) => {
            not_reserved(&c.account)?;
            c.party.as_ref().map_or(Ok(()), Party::check)?;
            limit(c.limit)
        }
        Command::AmendAccount(c) => c.party.as_ref().map_or(Ok(()), Party::check),
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
        Command::BringForward(c) => check_cut_over(c),
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
        Command::Provide(c) => {
            at_most(crate::provision::POOLS_MAX, "pools", c.pools.len())?;
            let sum = |of: fn(&ProvidedPool) -> usize| c.pools.iter().map(of).fold(0, usize::saturating_add);
            at_most(EDGES_MAX, "edges", c.edges.as_ref().map_or(0, Vec::len))?;
            at_most(PROVIDED_MAX, "buckets", sum(|pool| pool.exposures.len().max(pool.matrix.losses.len())))?;
            let of = |pool: &ProvidedPool| pool.accounts.as_ref().map_or(0, |of| of.values.len());
            at_most(PROVIDED_MAX, "values of attributes", sum(of))?;
            at_most(PROVIDED_MAX, "assessed items", sum(|pool| pool.assessed.len()))
        }
        Command::WriteOffSmall(c) => {
            positive("the most of an item", c.most)?;
            at_most(SMALL_ITEMS_MAX, "items", c.items_max.map_or(1, usize::from))?;
            positive("the number of items", Amount::from_minor(c.items_max.map_or(1, i64::from), 0))
        }
        Command::Recover(c) => c.amount.map_or(Ok(()), |amount| positive("the recovery", amount)),
        Command::ConvertCredit(c) => {
            c.amount.map_or(Ok(()), |amount| positive("the amount converted", amount))?;
            c.gives.map_or(Ok(()), |gives| positive("what the conversion gives", gives))?;
            c.gives.map_or(Ok(()), |gives| decimals("gives", gives, Some(c.to)))
        }
        Command::Revalue(c) => {
            if c.items.is_empty() {
                return Err(Rejection::DocumentEmpty { document: "the list of items" });
            }
            at_most(REVALUED_MAX, "items to revalue", c.items.len())
        }
        Command::DefinePeriod(c) => period(c),
        Command::ClosePeriod(c) => close(c),
        Command::ReopenPeriod(c) => reason("reopening a period", &c.reason),
        Command::ProvePeriod(c) => figures(c),
        Command::TransferDebit(c) => c.amount.map_or(Ok(()), |amount| positive("the transfer", amount)),
        Command::ChargeBack(c) => c.amount.map_or(Ok(()), |amount| positive("the chargeback", amount)),
        Command::Reschedule(c) => plan(c),
        Command::AssessCharges(c) => {
            let given = c.items_max.map_or(1, usize::from);
            if given == 0 {
                return Err(Rejection::DocumentEmpty { document: "an assessment of no debts" });
            }
            at_most(CHARGED_ITEMS_MAX, "debts", given)
        }
        Command::WaiveCharge(c) => c.amount.map_or(Ok(()), |amount| positive("the waiver", amount)),
        Command::PromiseToPay(c) => c.amount.map_or(Ok(()), |amount| positive("the promise", amount)),
        Command::WithdrawPromise(c) => reason("withdrawing a promise", &c.reason),
        Command::RecordCertificate(c) => certificate(c),
        Command::WithdrawCertificate(c) => reason("taking a certificate back", &c.reason),
        Command::ReturnWithholding(c) => {
            reason("giving withheld tax back", &c.reason)?;
            c.amount.map_or(Ok(()), |amount| positive("the tax given back", amount))
        }
        Command::Approve(c) => c.party.as_ref().map_or(Ok(()), |party| party.check()),
        Command::Reject(c) => reason("a rejection", &c.reason),
        Command::Net(c) => netting(c),
        // Settings are checked among all the others, in the book.
        Command::Configure(_)
        | Command::RecordRate(_)
        | Command::CloseAccount(_)
        | Command::VoidDocument(_)
        | Command::RecordDelivery(_)
        | Command::AnnotateDocument(_)
        | Command::PayRefund(_)
        | Command::AcceleratePlan(_)
        | Command::SignOff(_)
        | Command::Withdraw(_) => Ok(()),
    }
}

/// The last day of the business range has no day after it that could be open.
fn period(c: &DefinePeriod) -> Result<(), Rejection> {
    let problem = if c.end < c.start {
        format!("{} ends on {}, before it begins on {}", c.period, c.end, c.start)
    } else if c.end >= Date::MAX {
        format!("{} ends on {}; a period ends before that day", c.period, c.end)
    } else {
        return Ok(());
    };
    Err(Rejection::SettingInvalid { setting: "period", problem })
}

fn close(c: &ClosePeriod) -> Result<(), Rejection> {
    match &c.close {
        Close::Soft(soft) => at_most(ADMITTED_MAX, "admitted persons", soft.admit.len()),
        Close::Hard => Ok(()),
    }
}

/// Figures stand in the order of ledger account and currency, each once, and of control accounts
/// only.
fn figures(c: &ProvePeriod) -> Result<(), Rejection> {
    at_most(FIGURES_MAX, "figures", c.figures.len())?;
    let key = |n: usize| c.figures.get(n).map(|figure| (&figure.code, figure.currency));
    let disorder = (1..c.figures.len()).find(|n| key(n.saturating_sub(1)) >= key(*n));
    let problem = if let Some(figure) = c.figures.iter().find(|figure| !figure.role.is_control()) {
        format!("account {} is no control account", figure.code)
    } else if let Some((code, currency)) = disorder.and_then(key) {
        format!("account {code} in {currency} is out of order or given twice")
    } else {
        return Ok(());
    };
    Err(Rejection::SettingInvalid { setting: "figures", problem })
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
            Err(Rejection::CreditLimitInvalid { problem: format!("a limit of {money} was given") })
        }
        CreditLimit::None | CreditLimit::Zero | CreditLimit::Amount(_) => Ok(()),
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
        Some(TermsChoice::Due { date, reason, .. })
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

/// Each item once, each amount above zero, and the other side named.
fn netting(c: &Net) -> Result<(), Rejection> {
    if c.items.is_empty() {
        return Err(Rejection::DocumentEmpty { document: "the netting" });
    }
    at_most(NETTED_MAX, "items to net", c.items.len())?;
    if c.reference.is_empty() {
        return Err(Rejection::NettingReference {});
    }
    c.amount.map_or(Ok(()), |amount| positive("the netting", amount))?;
    let mut named = BTreeSet::new();
    for one in &c.items {
        one.amount.map_or(Ok(()), |amount| positive("the amount netted", amount))?;
        if !named.insert(&one.item) {
            return Err(Rejection::AllocationRepeated { item: one.item.clone() });
        }
    }
    Ok(())
}

/// A withheld amount stands on a certificate once.
fn certificate(c: &RecordCertificate) -> Result<(), Rejection> {
    if c.withheld.is_empty() {
        return Err(Rejection::DocumentEmpty { document: "the certificate" });
    }
    at_most(CERTIFIED_MAX, "withheld amounts", c.withheld.len())?;
    let mut named = BTreeSet::new();
    for line in &c.withheld {
        line.amount.map_or(Ok(()), |amount| positive("the tax certified", amount))?;
        if !named.insert(&line.link) {
            return Err(Rejection::CertificateRepeats { link: line.link.clone() });
        }
    }
    Ok(())
}

fn plan(c: &Reschedule) -> Result<(), Rejection> {
    at_most(PLAN_ITEMS_MAX, "items of a plan", c.items.len())?;
    if c.items.is_empty() {
        return Err(Rejection::PlanInvalid {
            problem: "it takes over no item; name those it is for".to_owned(),
        });
    }
    match &c.schedule {
        PlanSchedule::Parts(parts) if parts.is_empty() => {
            Err(Rejection::PlanInvalid { problem: "it has no instalment; give one or more".to_owned() })
        }
        PlanSchedule::Parts(parts) => at_most(INSTALMENTS_MAX, "instalments", parts.len()),
        PlanSchedule::Amount { every_months: 0, .. } | PlanSchedule::Count { every_months: 0, .. } => {
            Err(Rejection::PlanInvalid {
                problem: "its instalments are 0 months apart; give 1 or more".to_owned(),
            })
        }
        PlanSchedule::Amount { amount, .. } => positive("the instalment", *amount),
        PlanSchedule::Count { .. } => Ok(()),
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
            at_most(RULES_MAX, "allocation rules", rules.as_ref().map_or(0, Vec::len))?;
            rules.iter().flatten().try_for_each(Rule::check)
        }
    }
}

fn withheld_of(target: &Target, given: &Withheld, currency: Option<Currency>) -> Result<(), Rejection> {
    let not = |problem| Rejection::WithholdingNotPossible { item: target.item.clone(), problem };
    match (given.amount, &given.code) {
        (None, None) => Err(not("neither an amount nor a code is given")),
        (None, Some(_)) if target.grant.is_some() => {
            Err(not("beside a discount that is granted a code does not say how much"))
        }
        (None, Some(_)) => Ok(()),
        (Some(amount), _) => {
            positive("the tax withheld", amount)?;
            decimals("withheld", amount, currency)
        }
    }
}

fn amount_of(target: &Target, currency: Option<Currency>) -> Result<(), Rejection> {
    if let Some(discount) = target.grant.as_ref().and_then(|grant| grant.amount) {
        if discount.minor() <= 0 {
            let problem = "the amount is not greater than zero";
            return Err(Rejection::DiscountNotGrantable { item: target.item.clone(), problem });
        }
        decimals("discount", discount, currency)?;
    }
    if let Some(gives) = target.exchange.as_ref().and_then(|exchange| exchange.gives) {
        positive("what the conversion gives", gives)?;
    }
    if let Some(withheld) = &target.withheld {
        withheld_of(target, withheld, currency.filter(|_| target.exchange.is_none()))?;
    }
    let Some(amount) = target.amount else { return Ok(()) };
    if amount.minor() <= 0 {
        return Err(Rejection::AllocationNotPositive { item: target.item.clone(), amount });
    }
    decimals("amount", amount, currency)
}
