//! The first ask: the facts that a command surely needs, told from the command alone.
//!
//! It is a matter of speed, never of outcome: what is missing here is asked for later, what is
//! superfluous costs a read. So it names what nearly every run of the decider touches. It comes
//! before the shape is checked and is bounded all the same.

use crate::agreement::AgreementId;
use crate::allocation::{Allocate, How, Rule, TARGETS_MAX};
use crate::command::Command;
use crate::cutover::DOCUMENTS_MAX;
use crate::debit::PLAN_ITEMS_MAX;
use crate::document::{CreditBasis, Number, Side};
use crate::facts::{Cover, Exact, Need, OPEN_ITEMS_MAX, OpenItems};
use crate::fx::REVALUED_MAX;
use crate::netting::NETTED_MAX;
use crate::payment::{Payer, ReceivePayment};
use crate::rows::Owner;
use crate::values::*;
use crate::withholding::CERTIFIED_MAX;

/// The facts a command surely needs, beside the book's settings and its own key.
pub(crate) fn needs(command: &Command, out: &mut Vec<Need>) {
    match command {
        Command::OpenBook(_)
        | Command::Configure(_)
        | Command::DefinePeriod(_)
        | Command::ClosePeriod(_)
        | Command::ReopenPeriod(_)
        | Command::SignOff(_)
        | Command::ProvePeriod(_) => {}
        Command::RecordRate(c) => out.push(Need::Rate(c.currency, c.date)),
        Command::OpenAccount(c) => {
            out.push(Need::Account(c.account.clone()));
            out.extend(c.profile.parent.clone().map(Need::Account));
        }
        Command::AmendAccount(c) => {
            out.push(Need::Account(c.account.clone()));
            out.extend(c.profile.as_ref().and_then(|p| p.parent.clone()).map(Need::Account));
        }
        Command::SetCreditLimit(c) => out.push(Need::Account(c.account.clone())),
        Command::HoldAccount(c) => out.push(Need::Account(c.account.clone())),
        Command::ReleaseAccount(c) => out.push(Need::Account(c.account.clone())),
        Command::ReopenAccount(c) => out.push(Need::Account(c.account.clone())),
        Command::CloseAccount(c) => {
            account_and_totals(&c.account, out);
            out.push(Need::AnyOpenItem(c.account.clone()));
            out.push(Need::LiveMember(c.account.clone()));
        }
        Command::ReportOrder(c) => {
            account_and_totals(&c.account, out);
            out.push(Need::Order(c.order.clone()));
        }
        Command::IssueInvoice(c) => {
            account_and_totals(&c.account, out);
            number(&c.number, out);
            out.extend(c.order.clone().map(Need::Order));
        }
        Command::IssueDebitMemo(c) => {
            account_and_totals(&c.account, out);
            number(&c.number, out);
            out.extend(c.invoice.clone().map(Need::Document));
        }
        Command::IssueCreditMemo(c) => {
            out.push(Need::Account(c.account.clone()));
            number(&c.number, out);
            if let CreditBasis::Invoice { document, .. } = &c.credit {
                document_and_first_item(document, out);
                out.push(Need::Credited(document.clone()));
            }
        }
        Command::VoidDocument(c) => {
            document_and_first_item(&c.document, out);
            out.push(Need::Credited(c.document.clone()));
        }
        Command::RecordDelivery(c) => out.push(Need::Document(c.document.clone())),
        Command::AnnotateDocument(c) => out.push(Need::Document(c.document.clone())),
        Command::BringForward(c) => {
            for document in c.documents.iter().take(DOCUMENTS_MAX) {
                out.push(Need::Account(document.account.clone()));
                out.push(Need::Document(document.document.clone()));
            }
        }
        Command::ReceivePayment(c) => receive(c, out),
        Command::IdentifyPayment(c) => {
            document_and_first_item(&c.payment, out);
            out.push(Need::Account(c.account.clone()));
            out.extend(c.allocate.iter().flat_map(named));
        }
        Command::ReversePayment(c) => {
            document_and_first_item(&c.payment, out);
            out.push(Need::LiveLinks(ItemId::from(c.payment.clone())));
        }
        Command::RequestRefund(c) => {
            out.push(Need::Item(c.credit.clone()));
            out.push(Need::Refund(c.refund.clone()));
        }
        Command::PayRefund(c) => out.push(Need::Refund(c.refund.clone())),
        Command::VoidRefund(c) => out.push(Need::Refund(c.refund.clone())),
        Command::TransferCredit(c) => {
            out.push(Need::Item(c.credit.clone()));
            out.push(Need::Account(c.to.clone()));
            out.push(Need::Document(c.transfer.clone()));
        }
        Command::Allocate(c) => allocate(c, out),
        Command::Undo(c) => out.push(Need::Link(c.link.clone())),
        Command::WriteOff(c) => out.push(Need::Item(c.item.clone())),
        Command::Provide(c) => {
            out.push(Need::Allowance(c.currency, c.date));
            out.push(Need::Rate(c.currency, c.date));
        }
        Command::WriteOffSmall(c) => out.push(Need::Account(c.account.clone())),
        Command::Recover(c) => {
            out.push(Need::Link(c.write_off.clone()));
            out.push(Need::Recoveries(c.write_off.clone()));
            out.push(Need::Item(c.credit.clone()));
        }
        Command::ConvertCredit(c) => {
            out.push(Need::Item(c.credit.clone()));
            out.push(Need::Document(c.conversion.clone()));
            out.push(Need::Rate(c.to, c.date));
        }
        Command::Revalue(c) => {
            out.push(Need::Account(c.account.clone()));
            out.push(Need::Rate(c.currency, c.date));
            for item in c.items.iter().take(REVALUED_MAX) {
                out.push(Need::Item(item.clone()));
                out.push(Need::Movements(item.clone(), c.date));
            }
        }
        Command::TransferDebit(c) => {
            out.push(Need::Item(c.item.clone()));
            out.push(Need::Document(c.transfer.clone()));
            account_and_totals(&c.to, out);
        }
        Command::ChargeBack(c) => {
            out.push(Need::Item(c.item.clone()));
            out.push(Need::Document(c.chargeback.clone()));
        }
        Command::Reschedule(c) => {
            out.extend(c.items.iter().take(PLAN_ITEMS_MAX).cloned().map(Need::Item));
            out.push(Need::Document(c.plan.clone()));
        }
        Command::AssessCharges(c) => {
            out.push(Need::Account(c.account.clone()));
            c.number.iter().chain(&c.credit_number).for_each(|given| number(given, out));
        }
        Command::RecordCertificate(c) => {
            out.push(Need::Account(c.account.clone()));
            out.push(Need::Certificate(c.account.clone(), c.certificate.clone()));
            for line in c.withheld.iter().take(CERTIFIED_MAX) {
                out.push(Need::Link(line.link.clone()));
                out.push(Need::Withholding(line.link.clone()));
            }
        }
        Command::WithdrawCertificate(c) => {
            out.push(Need::Certificate(c.account.clone(), c.certificate.clone()));
        }
        Command::Net(c) => {
            out.push(Need::Account(c.account.clone()));
            out.extend(c.items.iter().take(NETTED_MAX).map(|one| Need::Item(one.item.clone())));
        }
        Command::ReturnWithholding(c) => {
            out.push(Need::Link(c.link.clone()));
            out.push(Need::Withholding(c.link.clone()));
        }
        Command::Approve(c) => out.push(Need::Proposal(c.proposal.clone())),
        Command::Reject(c) => out.push(Need::Proposal(c.proposal.clone())),
        Command::Withdraw(c) => out.push(Need::Proposal(c.proposal.clone())),
        Command::WaiveCharge(c) => {
            out.push(Need::Item(c.item.clone()));
            out.push(Need::Document(c.item.document().clone()));
        }
        Command::PromiseToPay(c) => {
            out.push(Need::Agreement(AgreementId::Promise(c.promise.clone())));
            out.push(Need::Item(c.item.clone()));
        }
        Command::WithdrawPromise(c) => {
            out.push(Need::Agreement(AgreementId::Promise(c.promise.clone())));
        }
        Command::AcceleratePlan(c) => {
            out.push(Need::Agreement(AgreementId::Plan(c.plan.clone())));
            out.push(Need::Document(c.document.clone()));
            document_and_first_item(&c.plan, out);
        }
    }
    dedup(out);
}

/// In a cut-over one account has many documents; each fact is asked for once.
fn dedup(out: &mut Vec<Need>) {
    if out.len() > 16 {
        out.sort_unstable();
        out.dedup();
    }
}

fn account_and_totals(account: &AccountId, out: &mut Vec<Need>) {
    out.push(Need::Account(account.clone()));
    out.push(Need::Totals(Owner::Account(account.clone())));
}

/// A given number must be free. The counter of a series hangs on the book's settings.
fn number(number: &Number, out: &mut Vec<Need>) {
    if let Number::Given(given) = number {
        out.push(Need::Document(given.clone()));
    }
}

fn document_and_first_item(document: &DocumentId, out: &mut Vec<Need>) {
    out.push(Need::Document(document.clone()));
    out.push(Need::Item(ItemId::from(document.clone())));
}

/// What an allocation names: items, and documents with their first items.
fn named(how: &How) -> Vec<Need> {
    match how {
        How::Explicit(targets) => {
            targets.iter().take(TARGETS_MAX).map(|target| Need::Item(target.item.clone())).collect()
        }
        How::ByPolicy { references, .. } => {
            let mut out = Vec::new();
            references
                .iter()
                .take(TARGETS_MAX)
                .for_each(|document| document_and_first_item(document, &mut out));
            out
        }
    }
}

fn allocate(c: &Allocate, out: &mut Vec<Need>) {
    out.push(Need::Item(c.credit.clone()));
    out.extend(named(&c.how));
}

fn receive(c: &ReceivePayment, out: &mut Vec<Need>) {
    out.push(Need::Document(c.payment.clone()));
    out.extend(c.order.clone().map(Need::Order));
    let Payer::Account(account) = &c.payer else { return };
    out.push(Need::Account(account.clone()));
    let Some(how) = &c.allocate else { return };
    out.extend(named(how));
    let How::ByPolicy { references, rules, attended } = how else { return };
    // The document date is the accounting date unless policy moves it; then this is asked again.
    let dated_to = c.accounting_date.unwrap_or(c.date);
    let value_date = c.value_date.unwrap_or(c.date);
    let money = c.currency.and_then(|currency| c.amount.in_currency(currency).ok());
    let (Some(money), true) = (money, references.is_empty()) else { return };
    let rules = rules.as_deref();
    if rules.is_none_or(|rules| rules.contains(&Rule::ExactItem)) {
        out.push(Need::Exact(Exact {
            account: account.clone(),
            currency: money.currency(),
            amount: money.minor(),
            value_date,
            dated_to,
            order: c.order.clone(),
        }));
    }
    if c.order.is_none() && rules.is_none_or(|rules| rules.contains(&Rule::ExactAccountTotal)) {
        out.push(Need::Totals(Owner::Account(account.clone())));
    }
    let oldest = |rules: &[Rule]| rules.iter().any(|rule| matches!(rule, Rule::OldestDueFirst { .. }));
    if rules.map_or(*attended, oldest) {
        out.push(Need::OpenItems(OpenItems {
            account: account.clone(),
            currency: money.currency(),
            side: Side::Debit,
            dated_to,
            limit: OPEN_ITEMS_MAX,
            cover: Cover::Amount(money.minor()),
            order: c.order.clone(),
        }));
    }
}
