//! The demo's half-year, day by day: what a company sends to its ledger and how it reacts to the
//! answers. Refusals are part of the play.

use std::collections::BTreeMap;

use ar_core::account::ReleaseAccount;
use ar_core::allocation::{Allocate, How, Target, WriteOff};
use ar_core::book::{Periods, RecordRate, Setting};
use ar_core::payment::{
    IdentifyPayment, Keep, Method, PayRefund, Payer, ReceivePayment, RequestRefund, ReversalCause,
    ReversePayment,
};
use ar_core::*;
use ar_store::{Failure, Ledger, Receipt, Store};

use super::company::{self, Customer, Habit};
use super::desk::Desk;
use super::paper::{credit_memo, invoice, is_payment, tax, unplaced};
use super::rng::Dice;
use crate::stop::Stop;

/// Saturday and Sunday. Day 0, 1970-01-01, was a Thursday.
fn is_weekend(day: Date) -> bool {
    matches!(day.day_number().rem_euclid(7), 2 | 3)
}

/// Something that will happen on a later day.
enum Later {
    /// A cheque comes back.
    Return(DocumentId),
    /// Somebody calls and says that a payment was theirs.
    Identify(DocumentId, usize, Vec<Target>),
    /// A credit memo for damage that was deducted: net, and what was deducted.
    Damage(ItemId, i64, i64),
    /// Somebody looks at cash that no rule could place.
    Apply(DocumentId),
    /// What was paid too much goes back.
    Refund(DocumentId, i64),
}

/// The play.
pub(super) struct Play<'a, S> {
    ledger: &'a Ledger<S>,
    dice: Dice,
    customers: Vec<Customer>,
    pub(super) desk: Desk,
    /// Refusals by code, with one message each.
    pub(super) refusals: BTreeMap<String, (u64, String)>,
    /// Warnings by code.
    pub(super) warnings: BTreeMap<String, u64>,
    /// Commands sent again that changed nothing.
    pub(super) replayed: u64,
    later: BTreeMap<Date, Vec<Later>>,
    queue: Vec<Command>,
    sent: u64,
}

/// The first day of the play.
pub(super) fn first_day() -> Result<Date, ValueError> {
    Date::new(2026, 1, 1)
}

/// The last day of the play.
pub(super) fn last_day() -> Result<Date, ValueError> {
    Date::new(2026, 6, 30)
}

impl<'a, S: Store> Play<'a, S> {
    pub(super) fn new(ledger: &'a Ledger<S>, seed: u64) -> Result<Self, Stop> {
        let mut dice = Dice::new(seed);
        let customers = company::customers(&mut dice)?;
        let (desk, refusals, warnings) = (Desk::default(), BTreeMap::new(), BTreeMap::new());
        Ok(Self {
            ledger,
            dice,
            customers,
            desk,
            refusals,
            warnings,
            replayed: 0,
            later: BTreeMap::new(),
            queue: Vec::new(),
            sent: 0,
        })
    }

    /// How many commands were sent.
    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Plays all days. `tick` is called after each.
    pub(super) fn run(&mut self, tick: impl Fn()) -> Result<(), Stop> {
        let (mut day, last) = (first_day()?, last_day()?);
        self.queue.push(company::open_book()?);
        for customer in &self.customers {
            self.queue.push(customer.open(day, &mut self.dice)?);
        }
        self.send(day)?;
        while day <= last {
            self.morning(day)?;
            self.send(day)?;
            if !is_weekend(day) {
                self.afternoon(day)?;
                self.send(day)?;
            }
            self.evening(day)?;
            self.send(day)?;
            day = day.add_days(1)?;
            tick();
        }
        Ok(())
    }

    /// Rates, month ends, and what was to happen on this day.
    fn morning(&mut self, day: Date) -> Result<(), Stop> {
        if day.day_number().rem_euclid(7) == 4 || day == first_day()? {
            let rate = format!("1.{:02}", self.dice.between(6, 14));
            self.queue.push(Command::RecordRate(RecordRate {
                currency: Currency::parse("EUR")?,
                date: day,
                rate: Rate::parse(&rate)?,
                source: Text::parse("demo")?,
            }));
        }
        if day.day() == 5 {
            // The month before is closed on the fifth.
            let open_from = Date::new(day.year(), day.month(), 1)?;
            let periods = Periods { open_from, open_to: Date::MAX };
            self.queue.push(Command::Configure(Setting::Periods(periods)));
        }
        if day.day() == 20 {
            self.review_holds(day)?;
        }
        for later in self.later.remove(&day).unwrap_or_default() {
            self.happen(later, day)?;
        }
        Ok(())
    }

    /// Once a month somebody looks at the accounts that credit control put on hold.
    fn review_holds(&mut self, day: Date) -> Result<(), Stop> {
        for account in &self.desk.held {
            self.queue.push(Command::ReleaseAccount(ReleaseAccount {
                account: account.clone(),
                date: day,
                reason: Text::parse("Reviewed: pays late but pays")?,
            }));
        }
        Ok(())
    }

    /// Invoices for what was shipped.
    fn afternoon(&mut self, day: Date) -> Result<(), Stop> {
        if day.day() == 8
            && let Some(customer) = self.customers.get(1)
        {
            // Somebody forgot an invoice of last month, whose books are closed.
            let late = invoice(customer, day.add_days(-10)?, &mut self.dice)?;
            self.queue.push(Command::IssueInvoice(Box::new(late)));
        }
        for n in 0..self.customers.len() {
            let Some(customer) = self.customers.get(n) else { continue };
            if self.dice.percent(customer.busy) {
                let invoice = invoice(customer, day, &mut self.dice)?;
                self.queue.push(Command::IssueInvoice(Box::new(invoice)));
            }
        }
        Ok(())
    }

    /// Returned goods, payments, and in the end what will never be paid.
    fn evening(&mut self, day: Date) -> Result<(), Stop> {
        let mut due: BTreeMap<AccountId, Vec<ItemId>> = BTreeMap::new();
        for (id, item) in &self.desk.items {
            if item.open > 0 && item.pay_on == Some(day) {
                due.entry(item.account.clone()).or_default().push(id.clone());
            }
        }
        for (account, items) in due {
            let Some(n) = self.customers.iter().position(|customer| customer.id == account) else { continue };
            self.pay(n, &items, day)?;
        }
        if day == last_day()?.add_days(-5)? {
            self.give_up(day)?;
        }
        Ok(())
    }

    /// One payment of one customer for the items that are due to be paid.
    fn pay(&mut self, n: usize, items: &[ItemId], day: Date) -> Result<(), Stop> {
        let Some(customer) = self.customers.get(n) else { return Ok(()) };
        let (habit, currency, account) = (customer.habit, customer.currency, customer.id.clone());
        let payment = DocumentId::parse(&format!("PMT-{day}-{}", account.as_str().trim_start_matches("C-")))?;
        let mut targets = Vec::new();
        let mut sum: i64 = 0;
        for id in items {
            let Some(item) = self.desk.items.get_mut(id) else { continue };
            let whole = item.settles(day);
            let paid = match habit {
                Habit::Chronic if item.open == item.original => whole / 2,
                Habit::Deducts if self.dice.percent(40) => {
                    let net = Money::new((item.goods / 8).min(item.open / 3), currency)?;
                    let taken = net.minor().saturating_add(tax(net)?);
                    let damage = Later::Damage(id.clone(), net.minor(), taken);
                    self.later.entry(day.add_days(12)?).or_default().push(damage);
                    whole.saturating_sub(taken)
                }
                Habit::Punctual if self.dice.percent(5) => whole.saturating_sub(35).max(1),
                _ => whole,
            };
            item.pay_on = (habit == Habit::Chronic && paid < whole).then(|| day.add_days(25)).transpose()?;
            sum = sum.saturating_add(paid);
            let amount = Some(Money::new(paid, currency)?.amount());
            targets.push(Target {
                item: id.clone(),
                amount,
                discount: true,
                tolerance: true,
                grant: None,
                exchange: None,
                withheld: None,
            });
        }
        if sum <= 0 {
            return Ok(());
        }
        let extra = if habit == Habit::Prompt && self.dice.percent(2) { 10_000 } else { 0 };
        if extra > 0 {
            self.later.entry(day.add_days(9)?).or_default().push(Later::Refund(payment.clone(), extra));
        }
        let method = match habit {
            Habit::Bounces => Method::Cheque,
            Habit::Prompt => Method::Ach,
            _ => Method::Wire,
        };
        if habit == Habit::Bounces && self.dice.percent(30) {
            self.later.entry(day.add_days(6)?).or_default().push(Later::Return(payment.clone()));
        }
        let unidentified = habit == Habit::Anonymous;
        if unidentified {
            let known = day.add_days(self.dice.between(3, 20))?;
            let later = Later::Identify(payment.clone(), n, targets.clone());
            self.later.entry(known).or_default().push(later);
        }
        let allocate = self.how(habit, targets);
        self.queue.push(Command::ReceivePayment(Box::new(ReceivePayment {
            payment,
            payer: if unidentified { Payer::Unidentified } else { Payer::Account(account) },
            method,
            currency: Some(currency),
            rate: None,
            amount: Money::new(sum.saturating_add(extra), currency)?.amount(),
            date: day,
            accounting_date: None,
            value_date: None,
            bank: Some(BankId::parse("FIRST")?),
            reference: None,
            keep: Keep::Unapplied,
            order: None,
            allocate,
            attributes: Attributes::default(),
        })));
        Ok(())
    }

    /// How a payment is to be applied: as the remittance says, by the documents it names, or by
    /// whatever the ledger's rules find.
    fn how(&mut self, habit: Habit, targets: Vec<Target>) -> Option<How> {
        let references = match habit {
            Habit::Anonymous => return None,
            Habit::Late if self.dice.percent(50) => Vec::new(),
            Habit::Late => targets.iter().map(|target| target.item.document().clone()).collect(),
            _ => return Some(How::Explicit(targets)),
        };
        Some(How::ByPolicy { references, rules: None, attended: false })
    }

    fn happen(&mut self, later: Later, day: Date) -> Result<(), Stop> {
        let command = match later {
            Later::Return(payment) => Command::ReversePayment(ReversePayment {
                payment,
                date: day,
                cause: ReversalCause::Returned,
                reason: Text::parse("Cheque returned: insufficient funds")?,
                fee: Some(Amount::parse("25.00")?),
            }),
            Later::Identify(payment, n, targets) => {
                let Some(customer) = self.customers.get(n) else { return Ok(()) };
                Command::IdentifyPayment(IdentifyPayment {
                    payment,
                    account: customer.id.clone(),
                    date: day,
                    allocate: Some(How::Explicit(targets)),
                })
            }
            Later::Damage(item, net, taken) => {
                // Two claims in three are found to be right.
                let Some(open) = self.desk.items.get(&item) else { return Ok(()) };
                if open.open < taken || net == 0 || !self.dice.percent(66) {
                    return Ok(());
                }
                credit_memo(&open.account, item.document(), Money::new(net, open.currency)?, "DAMAGE", day)?
            }
            Later::Apply(payment) => Command::Allocate(Allocate {
                credit: ItemId::new(payment, 1),
                date: None,
                how: How::ByPolicy { references: Vec::new(), rules: None, attended: true },
            }),
            Later::Refund(payment, extra) => {
                let refund = RefundId::parse(&format!("RF-{payment}"))?;
                self.queue.push(Command::RequestRefund(RequestRefund {
                    refund: refund.clone(),
                    credit: ItemId::new(payment, 1),
                    amount: Amount::parse(&format!("{}.{:02}", extra / 100, extra % 100))?,
                    date: day,
                    reason: ReasonCode::parse("OVERPAID")?,
                }));
                Command::PayRefund(PayRefund { refund, date: day, bank: Some(BankId::parse("FIRST")?) })
            }
        };
        self.queue.push(command);
        Ok(())
    }

    /// Writes off what insolvent customers owe for more than 75 days.
    fn give_up(&mut self, day: Date) -> Result<(), Stop> {
        for (id, item) in &self.desk.items {
            let insolvent =
                self.customers.iter().any(|c| c.id == item.account && c.habit == Habit::Insolvent);
            if insolvent && item.open > 0 && item.due.days_until(day) > 75 {
                self.queue.push(Command::WriteOff(WriteOff {
                    item: id.clone(),
                    amount: None,
                    date: day,
                    reason: ReasonCode::parse("INSOLVENT")?,
                }));
            }
        }
        Ok(())
    }

    /// Sends what was gathered and learns from the answers.
    fn send(&mut self, day: Date) -> Result<(), Stop> {
        let mut envelopes = Vec::with_capacity(self.queue.len());
        for command in std::mem::take(&mut self.queue) {
            let second = self.sent % 36_000;
            let at = format!("{day}T{:02}:{:02}:{:02}Z", 8 + second / 3600, second / 60 % 60, second % 60);
            envelopes.push(Envelope {
                book: self.ledger.book().clone(),
                id: CommandId::parse(&format!("demo-{:06}", self.sent))?,
                actor: ActorId::parse("demo")?,
                at: Timestamp::parse(&at)?,
                command,
            });
            self.sent += 1;
        }
        // Twice a month the bank's file is loaded a second time. Nothing comes of it.
        let again = matches!(day.day(), 12 | 25) && envelopes.iter().any(is_payment);
        let repeated = if again { envelopes.clone() } else { Vec::new() };
        for answer in pollster::block_on(self.ledger.execute_each(envelopes)) {
            match answer {
                Ok(receipt) => self.learn(&receipt, day)?,
                Err(Failure::Refused(rejection)) => {
                    let entry = self.refusals.entry(rejection.code().to_owned());
                    entry.or_insert_with(|| (0, rejection.to_string())).0 += 1;
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        for answer in pollster::block_on(self.ledger.execute_each(repeated)) {
            self.replayed += u64::from(answer.is_ok_and(|receipt| receipt.replayed));
        }
        Ok(())
    }

    fn learn(&mut self, receipt: &Receipt, day: Date) -> Result<(), Stop> {
        for warning in &receipt.warnings {
            *self.warnings.entry(warning.code.to_string()).or_default() += 1;
        }
        for event in &receipt.events {
            for id in self.desk.learn(event) {
                self.intend(&id, day)?;
            }
            if let Some(payment) = unplaced(receipt, event) {
                self.later.entry(day.add_days(3)?).or_default().push(Later::Apply(payment));
            }
            if let Event::SettlementUndone(undone) = event {
                for side in undone.links.iter().filter_map(|link| link.debit.as_ref()) {
                    let again = day.add_days(self.dice.between(5, 20))?;
                    if let Some(item) = self.desk.items.get_mut(&side.item) {
                        item.pay_on = Some(again);
                    }
                }
            }
        }
        Ok(())
    }

    /// When the customer means to pay a new item, and whether some of the goods come back first.
    fn intend(&mut self, id: &ItemId, day: Date) -> Result<(), Stop> {
        let Some(item) = self.desk.items.get_mut(id) else { return Ok(()) };
        let habit = self.customers.iter().find(|c| c.id == item.account).map(|c| c.habit);
        let dice = &mut self.dice;
        let days = match habit {
            Some(Habit::Prompt) => dice.between(-4, 0),
            Some(Habit::Late) => dice.between(5, 35),
            Some(Habit::Chronic) => dice.between(25, 70),
            Some(Habit::Insolvent) | None => return Ok(()),
            Some(_) => dice.between(-3, 4),
        };
        let anchor = item.discount_until().unwrap_or(item.due);
        item.pay_on = Some(anchor.add_days(days)?.max(day));
        if id.part() == 1 && dice.percent(3) {
            let account = item.account.clone();
            let part = Money::new(item.goods / 5, item.currency)?;
            self.queue.push(credit_memo(&account, id.document(), part, "RETURN", day)?);
        }
        Ok(())
    }
}
