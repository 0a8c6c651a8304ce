//! From acts to commands: the only place where a story meets the library's vocabulary.

mod approval;
mod bad_debt;
mod charging;
mod withholding;

use ar_core::account::{
    AmendAccount, CloseAccount, CreditLimit, HoldAccount, OpenAccount, Profile, ReleaseAccount, ReopenAccount,
};
use ar_core::allocation::{Allocate, Grant, How, LegalOrder, Rule, Target, Undo};
use ar_core::book::{
    CashRounding, CreditPolicy, InvoiceCheck, LatePosting, OpenBook, Periods, Policies, Recognition,
    RecordRate, RoundedPart, RoundingDifference, Setting, Tax, TaxBasis, TaxKind, Tolerance,
};
use ar_core::credit::{OrderStage, ReportOrder, SetCreditLimit};
use ar_core::debit::{ChargeBack, DeductionReason, PlanSchedule, Reschedule, TransferDebit};
use ar_core::document::{
    CreditBasis, CreditLine, CreditPart, IssueCreditMemo, IssueDebitMemo, IssueInvoice, Line, LineKind,
    Number, RecordDelivery, TaxMode, TermsChoice, VoidDocument,
};
use ar_core::fx::{ConvertCredit, Exchange, Revalue};
use ar_core::payment::{
    IdentifyPayment, Keep, PayRefund, Payer, ReceivePayment, RequestRefund, ReversalCause, ReversePayment,
    TransferCredit, VoidRefund,
};
use ar_core::period::{
    Area, Check, Close, ClosePeriod, ClosePolicy, DefinePeriod, HeadDigest, ProvePeriod, ReopenPeriod,
    Requirement, SignOff, SoftClose,
};
use ar_core::terms::{DueRule, Portion, Terms, TermsDiscount, TermsInstalment};
use ar_core::values::*;
use ar_core::{Command, Envelope};

use self::approval::{approval_command, approvals};
use crate::act::{self, Act, Deed, Limit, Part};
use charging::{charge_command, charge_policies};
use withholding::{netting_command, withheld, withholding_command, withholding_taxes};

use crate::world::{BOOK, ON_PAYMENT, REASON, World, base, codes_of, currency, id, reason_that};

/// The envelope of a deed.
#[must_use]
pub fn envelope(deed: &Deed) -> Envelope {
    Envelope {
        book: id(BOOK),
        id: deed.key.clone(),
        actor: deed.actor.clone(),
        at: deed.at,
        command: command(&deed.act),
    }
}

/// The command that opens the book of a world.
#[must_use]
pub fn opening(world: &World) -> Envelope {
    let amounts = |minor: i64| Tolerance {
        amounts: (0..3).map(|n| (currency(n), crate::world::money(minor, currency(n)).amount())).collect(),
        percent: None,
        pooled: world.pooled,
    };
    let policies = Policies {
        unconverted: world.unconverted,
        late_posting: match (world.late_on_entry, world.move_late) {
            (true, _) => LatePosting::EntryDay,
            (false, true) => LatePosting::FirstOpenDay,
            (false, false) => LatePosting::Refuse,
        },
        close: ClosePolicy {
            requires: world
                .settle_before_close
                .then_some(Requirement::NoUnallocatedReceipts)
                .into_iter()
                .collect(),
            reopeners: world.one_reopener.then(|| id("clerk-1")).into_iter().collect(),
        },
        under_tolerance: world.tolerance.map(amounts),
        over_tolerance: world.excess.map(amounts),
        payment_tolerance: world.of_payment.map(amounts),
        discount_on_credit_memos: world.memo_discounts,
        cash_rounding: world.coins.into_iter().flat_map(coins).collect(),
        approvals: world.approvals.iter().flat_map(approvals).collect(),
        credit: CreditPolicy {
            invoices: if world.block_invoices { InvoiceCheck::Block } else { InvoiceCheck::Warn },
            ..CreditPolicy::default()
        },
        ..Policies::default()
    };
    let mut settings = vec![Setting::Policies(Box::new(policies))];
    settings.extend(bad_debt::reasons());
    settings.extend(withholding_taxes());
    settings.extend(charge_policies().map(|policy| Setting::ChargePolicy(Box::new(policy))));
    let on_payment = Tax {
        basis: TaxBasis::Payment(Recognition::Percentage),
        ..Tax::of(id("T5"), percent(ON_PAYMENT), TaxKind::Standard)
    };
    settings.push(Setting::Tax(on_payment));
    for (code, percent) in [("T7", "7"), ("T19", "19")] {
        let percent = Percent::parse(percent).unwrap_or(Percent::ZERO);
        settings.push(Setting::Tax(Tax::of(id(code), percent, TaxKind::Standard)));
    }
    Envelope {
        book: id(BOOK),
        id: id("open"),
        actor: id("setup"),
        at: instant(0),
        command: Command::OpenBook(OpenBook { base: base(), settings }),
    }
}

/// Rounding to a coin of so many minor units in every currency.
fn coins(step: i64) -> impl Iterator<Item = (Currency, CashRounding)> {
    (0..3).map(move |n| {
        let step = crate::world::money(step, currency(n)).amount();
        let (per, difference) = (RoundedPart::Document, RoundingDifference::Account);
        (currency(n), CashRounding { step, mode: Rounding::HalfAwayFromZero, per, difference })
    })
}

/// The instant `n` seconds after the beginning of 2026.
///
/// # Panics
/// Never within the business range.
#[must_use]
pub fn instant(n: i64) -> Timestamp {
    Timestamp::from_micros((1_767_225_600 + n) * 1_000_000).expect("in the business range")
}

fn text(plain: &str) -> Text {
    Text::parse(plain).expect("a plain text")
}

fn limit(limit: Limit) -> CreditLimit {
    match limit {
        Limit::None => CreditLimit::None,
        Limit::Zero => CreditLimit::Zero,
        Limit::Amount(most) => CreditLimit::Amount(most),
    }
}

fn profile(plain: &act::Profile) -> Profile {
    Profile { parent: plain.parent.clone(), po_required: plain.po_required, ..Profile::default() }
}

fn number(plain: &act::Number) -> Number {
    match plain {
        act::Number::Series(series) => Number::Series(series.clone()),
        act::Number::Given(document) => Number::Given(document.clone()),
    }
}

fn percent(plain: u8) -> Percent {
    Percent::parse(&plain.to_string()).unwrap_or(Percent::ZERO)
}

fn terms(plain: &act::Terms) -> Terms {
    let part = |portion, days| TermsInstalment { portion, due: Some(DueRule::Net { days }), discounts: None };
    let mut instalments: Vec<_> =
        plain.before.iter().map(|(share, days)| part(Portion::Percent(percent(*share)), *days)).collect();
    if !instalments.is_empty() {
        instalments.push(part(Portion::Remainder, plain.days));
    }
    let discounts = plain.discounts.iter().map(|(share, days, grace)| TermsDiscount {
        percent: percent(*share),
        days: *days,
        grace_days: *grace,
        partial: plain.shared,
        tax: Default::default(),
        advance: false,
    });
    Terms {
        due: DueRule::Net { days: plain.days },
        adjust: None,
        instalments,
        discounts: discounts.collect(),
    }
}

/// Terms with a name are given as their due date; a date that is not there is refused as terms are.
fn terms_choice(plain: &act::Terms, date: Date) -> TermsChoice {
    let due = plain.name.zip(date.add_days(i32::from(plain.days)).ok());
    match due {
        Some((name, date)) => TermsChoice::Due { date, reason: None, terms: Some(id(&format!("N{name}"))) },
        None => TermsChoice::Inline(terms(plain)),
    }
}

fn line(plain: &act::Line) -> Line {
    Line {
        kind: if plain.freight { LineKind::Freight } else { LineKind::Product },
        amount: Some(plain.amount.amount()),
        taxes: codes_of(plain.tax).iter().map(|percent| id(&format!("T{percent}"))).collect(),
        ..Line::default()
    }
}

fn rule(plain: act::Rule) -> Rule {
    match plain {
        act::Rule::References => Rule::References,
        act::Rule::ExactItem => Rule::ExactItem,
        act::Rule::ExactTotal => Rule::ExactAccountTotal,
        act::Rule::PastDueTotal => Rule::ExactPastDueTotal,
        act::Rule::PastDueByTerms => Rule::ExactPastDueByTerms,
        act::Rule::Combination { most } => Rule::Combination { most },
        act::Rule::Oldest { partial } => Rule::OldestDueFirst { partial },
        act::Rule::ProRata => Rule::ProRata,
        act::Rule::ChargesFirst => Rule::LegalOrder { order: LegalOrder::CostsInterestPrincipal },
    }
}

fn how(plain: &act::How) -> How {
    match plain {
        act::How::Explicit(targets) => How::Explicit(
            targets
                .iter()
                .map(|target| Target {
                    item: target.item.clone(),
                    amount: target.amount.map(Money::amount),
                    discount: target.discount,
                    tolerance: true,
                    grant: target
                        .grant
                        .map(|amount| Grant { amount: amount.map(Money::amount), reason: text("granted") }),
                    exchange: None,
                    withheld: target.withheld.map(withheld),
                })
                .collect(),
        ),
        act::How::Rules(act::Rules { references, rules, attended }) => How::ByPolicy {
            references: references.clone(),
            rules: Some(rules.iter().copied().map(rule).collect()),
            attended: *attended,
        },
    }
}

fn invoice(plain: &act::Invoice) -> IssueInvoice {
    IssueInvoice {
        account: plain.account.clone(),
        number: number(&plain.number),
        currency: Some(plain.currency),
        rate: plain.rate.map(Into::into),
        date: plain.date,
        accounting_date: plain.accounting,
        terms: plain.terms.as_ref().map(|t| terms_choice(t, plain.date)),
        lines: plain.lines.iter().map(line).collect(),
        tax_mode: TaxMode::Exclusive,
        discount: None,
        po_number: plain.po_number.then(|| text("PO-1")),
        order: plain.order.clone(),
        credit_override: plain.vouched.then(|| text("the manager")),
        attributes: Attributes::default(),
        reason: (plain.counts != (true, true)).then(|| reason_that(plain.counts)),
    }
}

fn payment(plain: &act::Payment) -> ReceivePayment {
    ReceivePayment {
        payment: plain.payment.clone(),
        payer: plain.account.clone().map_or(Payer::Unidentified, Payer::Account),
        method: ar_core::payment::Method::Wire,
        currency: Some(plain.amount.currency()),
        rate: plain.rate.map(Into::into),
        amount: plain.amount.amount(),
        date: plain.date,
        accounting_date: plain.accounting,
        value_date: plain.value,
        bank: None,
        reference: None,
        keep: if plain.on_account { Keep::OnAccount } else { Keep::Unapplied },
        order: plain.order.clone(),
        allocate: plain.how.as_ref().map(how),
        attributes: Attributes::default(),
    }
}

/// The command of an act.
#[must_use]
pub fn command(act: &Act) -> Command {
    match act {
        Act::Invoice(_)
        | Act::DebitMemo(_)
        | Act::CreditInvoice { .. }
        | Act::CreditAlone(_)
        | Act::Void { .. }
        | Act::Deliver { .. } => document_command(act),
        Act::Pay(_)
        | Act::Identify { .. }
        | Act::Reverse { .. }
        | Act::RequestRefund { .. }
        | Act::PayRefund { .. }
        | Act::VoidRefund { .. }
        | Act::Transfer { .. }
        | Act::Allocate { .. }
        | Act::Convert { .. }
        | Act::Across { .. }
        | Act::Revalue { .. }
        | Act::Undo { .. } => cash_command(act),
        Act::WriteOff { .. } | Act::WriteOffSmall { .. } | Act::Recover { .. } => {
            bad_debt::command(act.clone())
        }
        Act::Provide(provide) => crate::providing::command(provide),
        Act::Agree(agree) => crate::agreeing::command(agree),
        Act::MoveDebit { .. } | Act::Plan { .. } => debit_command(act),
        Act::Assess { .. } | Act::Waive { .. } => charge_command(act),
        Act::Net { .. } => netting_command(act),
        Act::Certify { .. } | Act::WithdrawCertificate { .. } | Act::ReturnWithheld { .. } => {
            withholding_command(act)
        }
        Act::Approve { .. } | Act::Reject { .. } | Act::Withdraw { .. } => approval_command(act),
        _ => account_command(act),
    }
}

fn debit_command(act: &Act) -> Command {
    match act.clone() {
        Act::MoveDebit { document, item, to: Some(to), amount, date, counts, .. } => {
            let (transfer, amount) = (document, amount.map(Money::amount));
            // What a debt counts for is its own: the reason of a transfer does not change it.
            let reason = reason_that(counts);
            Command::TransferDebit(TransferDebit { transfer, item, to, amount, date, reason })
        }
        Act::MoveDebit { document, item, to: None, amount, date, due, counts } => {
            Command::ChargeBack(ChargeBack {
                chargeback: document,
                item,
                amount: amount.map(Money::amount),
                date,
                reason: DeductionReason::Code(reason_that(counts)),
                due,
            })
        }
        Act::Plan { plan, items, date, schedule } => {
            let act::Schedule { start, months: every_months, each, count, default_after } = schedule;
            let schedule = match each {
                Some(each) => PlanSchedule::Amount { start, every_months, amount: each.amount() },
                None => PlanSchedule::Count { start, every_months, count },
            };
            let reason = id(REASON);
            Command::Reschedule(Reschedule { plan, items, date, schedule, reason, default_after })
        }
        other => unreachable!("{other:?} moves no debit"),
    }
}

fn account_command(act: &Act) -> Command {
    match act.clone() {
        Act::OpenAccount { account, date, profile: plain, limit: most } => {
            Command::OpenAccount(Box::new(OpenAccount {
                account,
                date,
                profile: profile(&plain),
                party: None,
                limit: limit(most),
            }))
        }
        Act::Amend { account, version, profile: plain } => Command::AmendAccount(Box::new(AmendAccount {
            account,
            version,
            profile: Some(profile(&plain)),
            party: None,
        })),
        Act::SetLimit { account, version, limit: most } => {
            let reason = text("reviewed");
            Command::SetCreditLimit(SetCreditLimit { account, version, limit: limit(most), reason })
        }
        Act::Hold { account, date } => {
            Command::HoldAccount(HoldAccount { account, date, reason: text("overdue") })
        }
        Act::Release { account, date } => {
            Command::ReleaseAccount(ReleaseAccount { account, date, reason: text("paid") })
        }
        Act::Close { account, date } => Command::CloseAccount(CloseAccount { account, date }),
        Act::Reopen { account, date } => {
            Command::ReopenAccount(ReopenAccount { account, date, reason: text("back") })
        }
        Act::Order { order, account, date, amount, delivered, vouched } => {
            Command::ReportOrder(ReportOrder {
                order,
                account,
                date,
                currency: Some(amount.currency()),
                amount: amount.amount(),
                stage: if delivered { OrderStage::Delivered } else { OrderStage::Ordered },
                credit_override: vouched.then(|| text("the manager")),
            })
        }
        Act::Rate { currency, date, rate } => {
            Command::RecordRate(RecordRate { currency, date, rate, source: text("ECB") })
        }
        Act::Periods { from, to } => {
            Command::Configure(Setting::Periods(Periods { open_from: from, open_to: to }))
        }
        other => period_command(&other),
    }
}

fn period_command(act: &Act) -> Command {
    let area = |area: act::Area| match area {
        act::Area::Billing => Area::Billing,
        act::Area::Credits => Area::Credits,
        act::Area::Cash => Area::Cash,
        act::Area::Settlement => Area::Settlement,
        act::Area::Adjustment => Area::Adjustment,
        act::Area::Opening => Area::Opening,
    };
    let digest = |text: String| HeadDigest::parse(&text.repeat(64)).expect("64 digits");
    match act.clone() {
        Act::DefinePeriod { period, start, end } => {
            Command::DefinePeriod(DefinePeriod { period, start, end })
        }
        Act::ClosePeriod { period, soft } => Command::ClosePeriod(ClosePeriod {
            period,
            close: match soft {
                None => Close::Hard,
                Some((areas, admit)) => {
                    Close::Soft(SoftClose { areas: areas.into_iter().map(area).collect(), admit })
                }
            },
        }),
        Act::ReopenPeriod { period } => {
            Command::ReopenPeriod(ReopenPeriod { period, reason: text("a late invoice") })
        }
        Act::SignOff { period, line, answer } => Command::SignOff(SignOff {
            period,
            check: Check::ALL[usize::from(line) % Check::ALL.len()],
            digest: digest(answer.to_string()),
            note: None,
        }),
        Act::Prove { period, known } => Command::ProvePeriod(Box::new(ProvePeriod {
            period,
            known,
            head: digest("a".to_owned()),
            figures: Vec::new(),
        })),
        other => unreachable!("{other:?} is no account act"),
    }
}

fn document_command(act: &Act) -> Command {
    match act.clone() {
        Act::Invoice(plain) => Command::IssueInvoice(Box::new(invoice(&plain))),
        Act::DebitMemo(plain) => {
            let base = invoice(&plain);
            Command::IssueDebitMemo(Box::new(IssueDebitMemo {
                account: base.account,
                number: base.number,
                currency: base.currency,
                rate: base.rate,
                date: base.date,
                accounting_date: base.accounting_date,
                terms: base.terms,
                lines: base.lines,
                tax_mode: base.tax_mode,
                discount: base.discount,
                reason: reason_that(plain.counts),
                invoice: plain.invoice,
                attributes: base.attributes,
            }))
        }
        Act::CreditAlone(plain) => {
            let base = invoice(&plain);
            Command::IssueCreditMemo(Box::new(IssueCreditMemo {
                account: base.account,
                number: base.number,
                date: base.date,
                accounting_date: base.accounting_date,
                credit: CreditBasis::Standalone {
                    currency: base.currency,
                    rate: base.rate,
                    lines: base.lines,
                    tax_mode: base.tax_mode,
                    discount: base.discount,
                },
                reason: reason_that(plain.counts),
                attributes: base.attributes,
            }))
        }
        Act::CreditInvoice { account, number: plain, date, accounting, invoice, part, apply } => {
            let part = match part {
                Part::Whole => CreditPart::Whole,
                Part::Line(line, net) => {
                    CreditPart::Lines(vec![CreditLine { line, net: net.map(Money::amount) }])
                }
            };
            Command::IssueCreditMemo(Box::new(IssueCreditMemo {
                account,
                number: number(&plain),
                date,
                accounting_date: accounting,
                credit: CreditBasis::Invoice { document: invoice, part, apply },
                reason: id(REASON),
                attributes: Attributes::default(),
            }))
        }
        Act::Void { document, date } => {
            Command::VoidDocument(VoidDocument { document, date, reason: id(REASON) })
        }
        Act::Deliver { document, date } => {
            let channel = ar_core::account::Channel::Email;
            Command::RecordDelivery(RecordDelivery { document, date, channel })
        }
        other => unreachable!("{other:?} is no document act"),
    }
}

fn cash_command(act: &Act) -> Command {
    match act.clone() {
        Act::Pay(plain) => Command::ReceivePayment(Box::new(payment(&plain))),
        Act::Identify { payment, account, date, how: plain } => {
            let allocate = plain.as_ref().map(how);
            Command::IdentifyPayment(IdentifyPayment { payment, account, date, allocate })
        }
        Act::Reverse { payment, date, returned, fee } => Command::ReversePayment(ReversePayment {
            payment,
            date,
            cause: if returned { ReversalCause::Returned } else { ReversalCause::EnteredInError },
            reason: text("returned"),
            fee: fee.map(Money::amount),
        }),
        Act::RequestRefund { refund, credit, amount, date } => Command::RequestRefund(RequestRefund {
            refund,
            credit,
            amount: amount.amount(),
            date,
            reason: id(REASON),
        }),
        Act::PayRefund { refund, date } => Command::PayRefund(PayRefund { refund, date, bank: None }),
        Act::VoidRefund { refund, date } => {
            Command::VoidRefund(VoidRefund { refund, date, reason: text("stopped") })
        }
        Act::Transfer { transfer, credit, to, amount, date } => Command::TransferCredit(TransferCredit {
            transfer,
            credit,
            to,
            amount: amount.map(Money::amount),
            date,
            reason: id(REASON),
        }),
        Act::Allocate { credit, date, how: plain } => {
            Command::Allocate(Allocate { credit, date, how: how(&plain) })
        }
        Act::Convert { conversion, credit, to, amount, gives, date } => {
            Command::ConvertCredit(ConvertCredit {
                conversion,
                credit,
                to,
                amount: amount.map(Money::amount),
                gives: gives.map(Money::amount),
                date,
            })
        }
        Act::Across { credit, item, conversion, amount, gives, date } => {
            let exchange = Some(Exchange { conversion, gives: gives.map(Money::amount) });
            let target = Target {
                item,
                amount: amount.map(Money::amount),
                discount: true,
                tolerance: true,
                grant: None,
                exchange,
                withheld: None,
            };
            Command::Allocate(Allocate { credit, date, how: How::Explicit(vec![target]) })
        }
        Act::Revalue { account, currency, date, items, reverse_on } => {
            Command::Revalue(Revalue { account, currency, date, items, method: None, reverse_on })
        }
        Act::Undo { link, date } => Command::Undo(Undo { link, date, reason: text("mistake") }),
        other => unreachable!("{other:?} is no cash act"),
    }
}
