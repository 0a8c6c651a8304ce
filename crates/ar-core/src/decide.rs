//! Decide: the one pure function behind every write.
//!
//! Checks run in one order: shape, retry, authority, context, references, limits. One bad input
//! always gets one refusal, and a retry still succeeds after the period was closed.

use std::collections::BTreeMap;

use crate::account::VaultEntry;
use crate::change::Change;
use crate::command::{Command, Envelope};
use crate::event::Event;
use crate::facts::{Facts, Missing, Need};
use crate::period::Area;
use crate::record::{PayloadDigest, Position, RECORD_VERSION, Record};
use crate::rejection::Rejection;
use crate::rows::Owner;
use crate::values::*;
use crate::{
    account, agreement, allocation, approval, book, charges, credit, cutover, debit, document, fx, netting,
    payment, period, withholding,
};

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happened, in order; never empty.
    pub events: Vec<Event>,
    /// Persons' data that goes beside the log.
    pub vault: Vec<VaultEntry>,
    /// What the caller should know although the command was accepted.
    pub warnings: Vec<Warning>,
}

/// Something the caller should know about an accepted command.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// A stable code, like `credit.limit_exceeded`.
    pub code: compact_str::CompactString,
    /// Fact, cause and next step.
    pub message: String,
}

impl Decision {
    /// A decision of one event.
    pub(crate) fn one(event: Event) -> Self {
        Self { events: vec![event], vault: Vec::new(), warnings: Vec::new() }
    }

    /// A decision of several events.
    pub(crate) fn many(events: Vec<Event>) -> Self {
        Self { events, vault: Vec::new(), warnings: Vec::new() }
    }

    /// The records to store, one per event, and the rows that go beside the log.
    #[must_use]
    pub fn records(self, envelope: &Envelope) -> (Vec<Record>, Vec<VaultEntry>) {
        let digest = PayloadDigest::of(envelope);
        let of = u16::try_from(self.events.len()).unwrap_or(u16::MAX);
        let mut warnings = self.warnings;
        let records = self.events.into_iter().zip(1_u16..=u16::MAX).map(|(event, n)| Record {
            v: RECORD_VERSION,
            book: envelope.book.clone(),
            command: envelope.id.clone(),
            digest,
            part: (n, of),
            actor: envelope.actor.clone(),
            at: envelope.at,
            warnings: std::mem::take(&mut warnings),
            event,
        });
        (records.collect(), self.vault)
    }
}

/// Why a decision stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Facts are missing: fetch them and call again.
    Missing(Missing),
    /// The command is refused; nothing changes.
    Refused(Box<Rejection>),
    /// The key was used before with the same content: this is where its answer stands.
    Replayed {
        /// Position of the first event.
        first: Position,
        /// Number of events.
        count: u16,
    },
    /// A check of the law on itself or on stored rows failed: the book must be stopped.
    Corrupt {
        /// The invariant's number.
        invariant: &'static str,
        /// What was found.
        detail: String,
    },
}

impl From<Missing> for Halt {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Rejection> for Halt {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(Box::new(rejection))
    }
}

/// What every part of a decision has at hand: the facts, the envelope and the settings.
pub(crate) struct Context<'a> {
    pub(crate) facts: &'a dyn Facts,
    pub(crate) envelope: &'a Envelope,
    pub(crate) book: &'a book::BookConfig,
    /// Settlement links made so far by this command.
    links: std::cell::Cell<usize>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(facts: &'a dyn Facts, envelope: &'a Envelope, book: &'a book::BookConfig) -> Self {
        Self { facts, envelope, book, links: std::cell::Cell::new(0) }
    }

    /// The id of the next settlement link.
    pub(crate) fn next_link(&self) -> LinkId {
        let n = self.links.get();
        self.links.set(n.saturating_add(1));
        self.envelope.id.link(n)
    }

    /// Whether the actor may post in an area on a day.
    pub(crate) fn check_open(&self, area: Area, date: Date) -> Result<(), Rejection> {
        self.book.check_open(&self.envelope.actor, area, date).map(drop)
    }

    /// The day itself or the first day after it that is open to the actor in all the areas.
    pub(crate) fn first_open(&self, areas: &[Area], date: Date) -> Result<Date, Rejection> {
        self.book.first_open(&self.envelope.actor, areas, date)
    }

    /// An account that must exist.
    pub(crate) fn account(&self, id: &AccountId) -> Result<&'a account::Account, Halt> {
        self.facts.account(id)?.ok_or_else(|| Rejection::AccountUnknown { account: id.clone() }.into())
    }

    /// An account that must exist and not be closed.
    pub(crate) fn live_account(&self, id: &AccountId) -> Result<&'a account::Account, Halt> {
        let account = self.account(id)?;
        if account.closed.is_some() {
            return Err(Rejection::AccountClosed { account: id.clone() }.into());
        }
        Ok(account)
    }

    /// An order that was reported for the account, in the currency.
    pub(crate) fn order_of(
        &self,
        order: &OrderId,
        account: &AccountId,
        currency: Currency,
    ) -> Result<crate::rows::OrderRow, Halt> {
        let row = self.facts.order(order)?;
        let row = row.ok_or_else(|| Rejection::OrderUnknown { order: order.clone() })?;
        if row.account != *account {
            let (order, given) = (order.clone(), account.clone());
            return Err(Rejection::OrderAccount { order, account: row.account, given }.into());
        }
        if row.currency != currency {
            return Err(Rejection::CurrencyMismatch { expected: row.currency, given: currency }.into());
        }
        Ok(row)
    }

    /// An item that must exist.
    pub(crate) fn item(&self, id: &ItemId) -> Result<&'a crate::rows::ItemRow, Halt> {
        self.facts.item(id)?.ok_or_else(|| Rejection::ItemUnknown { item: id.clone() }.into())
    }

    /// Items that must exist, asked for together.
    pub(crate) fn items<'i>(
        &self,
        ids: impl Iterator<Item = &'i ItemId>,
    ) -> Result<Vec<&'a crate::rows::ItemRow>, Halt> {
        let mut found = Vec::new();
        let mut needs = Vec::new();
        for id in ids {
            match self.item(id) {
                Ok(item) => found.push(item),
                Err(Halt::Missing(missing)) => needs.extend(missing.needs),
                Err(other) => return Err(other),
            }
        }
        if needs.is_empty() { Ok(found) } else { Err(Halt::Missing(Missing { needs })) }
    }

    /// A document that must exist.
    pub(crate) fn document(&self, id: &DocumentId) -> Result<&'a crate::rows::DocumentRow, Halt> {
        self.facts.document(id)?.ok_or_else(|| Rejection::DocumentUnknown { document: id.clone() }.into())
    }

    /// A document number that must be free.
    pub(crate) fn free_number(&self, id: &DocumentId) -> Result<(), Halt> {
        match self.facts.document(id)? {
            None => Ok(()),
            Some(_) => Err(Rejection::NumberTaken { document: id.clone() }.into()),
        }
    }

    /// A reason code that must be set up.
    pub(crate) fn reason(&self, code: &ReasonCode) -> Result<(), Halt> {
        if self.book.reasons.contains_key(code) {
            return Ok(());
        }
        Err(Rejection::ReasonUnknown { reason: code.clone() }.into())
    }

    /// The group of an account other than itself: what events carry.
    pub(crate) fn group(&self, account: &AccountId) -> Result<Option<AccountId>, Halt> {
        if account.as_str() == payment::SUSPENSE {
            return Ok(None);
        }
        Ok(self.account(account)?.profile.parent.clone())
    }
}

/// Who may do what. One function from the first day; its only policy is that whoever reaches the
/// book may act on it.
fn authorise(_envelope: &Envelope) -> Result<(), Rejection> {
    Ok(())
}

/// Decides a command on the facts. Reads no clock, draws no randomness, does no I/O, and may be
/// called any number of times.
///
/// # Errors
/// A [`Halt`]: facts are missing, the command is refused, it was done before, or the book is
/// corrupt.
pub fn decide(facts: &dyn Facts, envelope: &Envelope) -> Result<Decision, Halt> {
    crate::shape::check(envelope)?;
    if let Some(row) = facts.key(&envelope.id)? {
        if row.digest == PayloadDigest::of(envelope) {
            return Err(Halt::Replayed { first: row.first, count: row.count });
        }
        return Err(Rejection::KeyConflict { id: envelope.id.clone() }.into());
    }
    authorise(envelope)?;
    let Some(config) = facts.book()? else {
        return match &envelope.command {
            Command::OpenBook(open) => book::decide_open_book(None, &envelope.book, open),
            _ => Err(Rejection::BookMissing { book: envelope.book.clone() }.into()),
        };
    };
    let context = Context::new(facts, envelope, config);
    let mut decision = dispatch(&context, &envelope.command)?;
    let exceptions = check_decision(&context, &decision)?;
    decision.warnings.extend(exceptions);
    check_figures(facts, &decision)?;
    approval::gate(&context, decision)
}

pub(crate) fn dispatch(context: &Context<'_>, command: &Command) -> Result<Decision, Halt> {
    match command {
        Command::OpenBook(c) => book::decide_open_book(Some(context.book), &context.envelope.book, c),
        Command::Configure(c) => book::decide_configure(context, c),
        Command::RecordRate(c) => book::decide_record_rate(context, c),
        Command::OpenAccount(c) => account::decide_open(context, c),
        Command::AmendAccount(c) => account::decide_amend(context, c),
        Command::SetCreditLimit(c) => credit::decide_set_limit(context, c),
        Command::HoldAccount(c) => account::decide_hold(context, c),
        Command::ReleaseAccount(c) => account::decide_release(context, c),
        Command::CloseAccount(c) => account::decide_close(context, c),
        Command::ReopenAccount(c) => account::decide_reopen(context, c),
        Command::ReportOrder(c) => credit::decide_report_order(context, c),
        Command::IssueInvoice(c) => document::decide_invoice(context, c),
        Command::IssueDebitMemo(c) => document::decide_debit_memo(context, c),
        Command::IssueCreditMemo(c) => document::decide_credit_memo(context, c),
        Command::VoidDocument(c) => document::decide_void(context, c),
        Command::RecordDelivery(c) => document::decide_delivery(context, c),
        Command::AnnotateDocument(c) => document::decide_annotate(context, c),
        Command::BringForward(c) => cutover::decide_bring_forward(context, c),
        Command::ReceivePayment(c) => payment::decide_receive(context, c),
        Command::IdentifyPayment(c) => payment::decide_identify(context, c),
        Command::ReversePayment(c) => payment::decide_reverse(context, c),
        Command::RequestRefund(c) => payment::decide_request_refund(context, c),
        Command::PayRefund(c) => payment::decide_pay_refund(context, c),
        Command::VoidRefund(c) => payment::decide_void_refund(context, c),
        Command::TransferCredit(c) => payment::decide_transfer(context, c),
        Command::Allocate(c) => allocation::decide_allocate(context, c),
        Command::Undo(c) => allocation::decide_undo(context, c),
        Command::WriteOff(c) => allocation::decide_write_off(context, c),
        Command::ConvertCredit(c) => fx::decide_convert(context, c),
        Command::Revalue(c) => fx::decide_revalue(context, c),
        Command::DefinePeriod(c) => period::decide_define(context, c),
        Command::ClosePeriod(c) => period::decide_close(context, c),
        Command::ReopenPeriod(c) => period::decide_reopen(context, c),
        Command::SignOff(c) => period::decide_sign_off(context, c),
        Command::ProvePeriod(c) => period::decide_prove(context, c),
        Command::TransferDebit(c) => debit::decide_transfer_debit(context, c),
        Command::ChargeBack(c) => debit::decide_charge_back(context, c),
        Command::Reschedule(c) => debit::decide_reschedule(context, c),
        Command::AssessCharges(c) => charges::decide_assess(context, c),
        Command::WaiveCharge(c) => charges::decide_waive(context, c),
        Command::PromiseToPay(c) => agreement::decide_promise(context, c),
        Command::WithdrawPromise(c) => agreement::decide_withdraw(context, c),
        Command::AcceleratePlan(c) => agreement::decide_accelerate(context, c),
        Command::RecordCertificate(c) => withholding::decide_record_certificate(context, c),
        Command::WithdrawCertificate(c) => withholding::decide_withdraw_certificate(context, c),
        Command::ReturnWithholding(c) => withholding::decide_return_withholding(context, c),
        Command::Recover(c) => allocation::decide_recover(context, c),
        Command::Approve(c) => approval::decide_approve(context, c),
        Command::Reject(c) => approval::decide_reject(context, c),
        Command::Withdraw(c) => approval::decide_withdraw(context, c),
        Command::Provide(c) => crate::provision::decide_provide(context, c),
        Command::WriteOffSmall(c) => allocation::decide_write_off_small(context, c),
        Command::Net(c) => netting::decide_net(context, c),
    }
}

/// The law's check on itself: every posting balances in its own currency and in base currency
/// (INV-09), and lies in an open period (INV-38). Checked again when rows are verified. What a
/// softly closed period admits as an exception comes back as a warning, one for each period.
fn check_decision(context: &Context<'_>, decision: &Decision) -> Result<Vec<Warning>, Halt> {
    let actor = &context.envelope.actor;
    let mut exceptions: BTreeMap<&PeriodId, Warning> = BTreeMap::new();
    for event in &decision.events {
        let Some((date, currency, lines)) = event.posting() else { continue };
        let area = event.area();
        if let Some(period) = context.book.check_open(actor, area, date)? {
            exceptions.entry(period).or_insert_with(|| Warning {
                code: compact_str::CompactString::const_new("period.exception"),
                message: format!(
                    "{period} is closed for {area}; {date} is posted because {actor} is admitted"
                ),
            });
        }
        if let Err(detail) = crate::journal::check_balanced(currency, context.book.base, lines) {
            return Err(Halt::Corrupt { invariant: "INV-09", detail: format!("{}: {detail}", event.name()) });
        }
    }
    Ok(exceptions.into_values().collect())
}

/// Amounts beyond this, in minor units, have the figures of their account checked.
const LARGE_AMOUNT: i64 = 1_000_000_000_000;
/// Most that one side of an account or a group comes to, in minor units of one currency.
const FIGURES_MAX: i64 = 1_000_000_000_000_000_000;

/// Refuses what would bring the figures of an account or a group beyond what is kept exactly.
/// Only large amounts are looked at: nine million open items of one account, each just below the
/// bound, would not leave the range of the figures.
fn check_figures(facts: &dyn Facts, decision: &Decision) -> Result<(), Halt> {
    let mut changes = Vec::new();
    for event in decision.events.iter().filter(|event| is_large(event)) {
        crate::changes::changes(0, event, &mut changes);
    }
    let mut sums: BTreeMap<(Owner, Currency), [i64; 3]> = BTreeMap::new();
    for change in changes {
        let Change::Totals(delta) = change else { continue };
        let sum = sums.entry((delta.owner, delta.currency)).or_default();
        for (sum, more) in sum.iter_mut().zip([delta.debit, delta.credit, delta.orders]) {
            *sum = sum.saturating_add(more);
        }
    }
    for ((owner, currency), sum) in sums {
        let rows = facts.totals(&owner)?;
        let row = rows.iter().find(|row| row.currency == currency);
        let now = row.map_or([0, 0, 0], |row| [row.debit, row.credit, row.orders]);
        if now.into_iter().zip(sum).any(|(now, more)| more > 0 && now.saturating_add(more) > FIGURES_MAX) {
            let (Owner::Account(account) | Owner::Group(account)) = owner;
            return Err(Rejection::FiguresOutOfRange { account, currency }.into());
        }
    }
    Ok(())
}

fn is_large(event: &Event) -> bool {
    let large = |amount: Amount| amount.minor().unsigned_abs() > LARGE_AMOUNT.unsigned_abs();
    match event {
        Event::OrderReported(order) => large(order.amount),
        Event::AccountChanged(changed) => !changed.regrouped.is_empty(),
        event => event.posting().is_some_and(|(_, _, lines)| lines.iter().any(|line| large(line.amount))),
    }
}

/// What a command needs for sure, from the envelope alone. It is nearly always enough.
#[must_use]
pub fn first_ask(envelope: &Envelope) -> Vec<Need> {
    let mut needs = vec![Need::Book, Need::Key(envelope.id.clone())];
    crate::shape::needs(&envelope.command, &mut needs);
    needs
}
