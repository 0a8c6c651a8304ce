//! The reference model: a list of facts with dates, and every answer by looking at all of them.
//!
//! It imports nothing of the library but its values, calls none of its functions of decision or
//! query, and shares no trick with it: where the library proves a backdated settlement safe from
//! the date of the last reinstatement, the model looks at every date anything ever touched. It was
//! written from the rules of the domain, not from the code it is compared with.

mod account;
mod allocation;
mod charge;
mod coins;
mod credit;
mod currency;
mod debit;
mod document;
mod payment;
mod period;
mod report;
mod rules;
mod tax;
mod whole;

pub use charge::{Assessment, Charged};
pub use period::Period;
pub use report::{Aging, EDGES};
use tax::share;

use std::collections::{BTreeMap, BTreeSet};

use ar_core::values::*;

use crate::act::{Act, Limit, Profile};
use crate::world::{RATE_DAYS, World, base};

/// Codes of which one is the right refusal. A story may offend several rules at once.
pub type Refusal = BTreeSet<&'static str>;

/// Stops with one code.
fn no<T>(code: &'static str) -> Result<T, Refusal> {
    Err(BTreeSet::from([code]))
}

/// Offences found so far. A command that offends several rules may be refused for any of them that
/// stand at the same stage, so all are gathered before it is refused.
#[derive(Debug, Default)]
struct Why(Refusal);

impl Why {
    /// Keeps what was found, or notes the offence.
    fn take<T>(&mut self, found: Result<T, Refusal>) -> Option<T> {
        found.map_err(|offences| self.0.extend(offences)).ok()
    }

    /// Notes an offence.
    fn when(&mut self, offends: bool, code: &'static str) {
        if offends {
            self.0.insert(code);
        }
    }

    /// Stops when there was any.
    fn stop(&self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0.clone()) }
    }
}

/// What a credit or a debit document may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An invoice.
    Invoice,
    /// A debit memo.
    DebitMemo,
    /// A credit memo.
    CreditMemo,
    /// A payment.
    Payment,
    /// Credit or debit from another account.
    Transfer,
    /// Credit from another currency.
    Conversion,
    /// A deduction.
    Chargeback,
    /// A payment plan.
    Plan,
    /// Interest and fees on late debts.
    FinanceCharge,
}

/// An open position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// What made it.
    pub kind: Kind,
    /// Whether the customer owes it.
    pub debit: bool,
    /// Whose; the suspense account when unidentified.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// From when on it exists.
    pub date: Date,
    /// Document date.
    pub document_date: Date,
    /// Value date.
    pub value: Date,
    /// Due date.
    pub due: Date,
    /// The day it ages from.
    pub aged: Date,
    /// Original amount, positive.
    pub original: i64,
    /// Discounts: percent, last day with grace, whether part payments earn their share.
    pub tiers: Vec<(u8, Date, bool)>,
    /// The number of its terms' name.
    pub terms: Option<u8>,
    /// Whether a base amount is known.
    pub rate: Option<Rate>,
    /// `receivable`, `unapplied`, `on_account` or `unidentified`.
    pub control: &'static str,
    /// The day of its latest revaluation, once it was seen: what it came to follows from base amounts,
    /// which the model leaves to the checks.
    pub revalued_on: Option<Date>,
    /// Whether it is carried at another amount than the booked one.
    pub revalued: bool,
}

/// What a settlement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// Credit meets debit.
    Allocation,
    /// Given up.
    WriteOff,
    /// Voided.
    Void,
    /// Payment reversed.
    Reversal,
    /// Refunded.
    Refund,
    /// Moved to another item.
    Move,
    /// Converted into another currency.
    Conversion,
    /// Revalued.
    Revaluation,
    /// A finance charge forgiven.
    Waiver,
}

/// Something that left one item, or a credit and a debit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id, once it was seen.
    pub id: Option<LinkId>,
    /// What it is.
    pub kind: LinkKind,
    /// From when on it counts.
    pub date: Date,
    /// The credit item and what left it.
    pub credit: Option<(ItemId, i64)>,
    /// The debit item and what left it.
    pub debit: Option<(ItemId, i64)>,
    /// Discount in it.
    pub discount: i64,
    /// Difference absorbed in it: a shortfall above zero, an excess below.
    pub tolerance: i64,
    /// Whether a credit memo was the credit.
    pub memo: bool,
    /// What of it counts as paid of a document whose tax waits for payment, and what fell due.
    pub paid: (i64, i64),
    /// From when on it no longer counts.
    pub undone: Option<Date>,
}

impl Link {
    fn counts_on(&self, day: Date) -> bool {
        self.date <= day && self.undone.is_none_or(|undone| undone > day)
    }

    /// What left an item.
    fn taken_from(&self, item: &ItemId) -> i64 {
        let sides = [self.credit.as_ref(), self.debit.as_ref()];
        sides.into_iter().flatten().filter(|(id, _)| id == item).map(|(_, minor)| minor).sum()
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Counts changes.
    pub version: u32,
    /// What is agreed.
    pub profile: Profile,
    /// The limit.
    pub limit: Limit,
    /// On hold.
    pub hold: Hold,
    /// Closed.
    pub closed: bool,
    /// Whether any account ever named it as its parent.
    pub is_parent: bool,
}

/// Whether an account is on hold, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It is not.
    No,
    /// By credit control, since a day.
    Credit(Date),
    /// By a person, since a day.
    Person(Date),
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its number.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Its account.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Document date.
    pub document_date: Date,
    /// Accounting date.
    pub date: Date,
    /// Net and tax percent of its lines; on memos, the line of the invoice that each corrects.
    pub lines: Vec<(i64, u8, Option<usize>)>,
    /// Tax by percent.
    pub taxes: BTreeMap<u8, i64>,
    /// What rounding to coins added.
    pub coins: i64,
    /// Of a memo: what it took off the total and off the tax of its invoice before that fell due.
    pub off: (i64, i64),
    /// When it was voided.
    pub voided: Option<Date>,
    /// The invoice it refers to.
    pub invoice: Option<DocumentId>,
    /// The order that it billed, and how much of it.
    pub order: Option<(OrderId, i64)>,
    /// Rate.
    pub rate: Option<Rate>,
    /// Voided or reversed.
    pub ended: bool,
    /// Delivered.
    pub delivered: bool,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Its account.
    pub account: AccountId,
    /// What is still to be invoiced.
    pub open: Money,
    /// Delivered.
    pub delivered: bool,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// Where it came from.
    pub credit: ItemId,
    /// How much.
    pub minor: i64,
    /// When it was asked for.
    pub date: Date,
    /// `requested`, `paid` or `voided`.
    pub state: &'static str,
    /// Which settlement took it, by place.
    pub link: usize,
}

/// Credit that became credit in another currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Which settlement took it, by place.
    pub link: usize,
    /// What it became.
    pub item: ItemId,
    /// Whether it was made for a settlement, and ends with it.
    pub settles: bool,
}

/// What an accepted act came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many settlements existed before: those from here on are new.
    pub links_from: usize,
    /// The document it made.
    pub document: Option<DocumentId>,
    /// Whether it put an account on hold.
    pub held: bool,
    /// Refusals that it may meet all the same, for what follows from base amounts alone.
    pub perhaps: Refusal,
}

/// The whole book as facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Policies.
    pub world: World,
    /// First open day.
    pub open_from: Date,
    /// Last open day.
    pub open_to: Date,
    /// Accounting periods, in the order they were defined.
    pub periods: Vec<Period>,
    /// What stays closed before the period that was reopened last.
    pub kept_shut: Option<Date>,
    /// Who acts.
    pub actor: ActorId,
    /// The day the act is entered.
    pub entered: Date,
    /// Rates.
    pub rates: Vec<(Currency, Date, Rate)>,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Documents.
    pub documents: Vec<Document>,
    /// Items.
    pub items: Vec<Item>,
    /// Settlements.
    pub links: Vec<Link>,
    /// Orders.
    pub orders: Vec<Order>,
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// Conversions.
    pub conversions: Vec<Conversion>,
    /// Series: last counter and last date.
    pub series: BTreeMap<(SeriesId, i32), (u32, Date)>,
    /// How each debt was charged for being late.
    pub charged: BTreeMap<ItemId, Charged>,
    /// Debts that an assessment has to look at again.
    pub late: BTreeSet<ItemId>,
    /// Assessments in order.
    pub assessments: Vec<Assessment>,
    /// What waivers took off which debts, by place of the settlement.
    pub waived: BTreeMap<usize, Vec<(ItemId, usize, i64)>>,
}

/// Where unidentified cash stands.
pub const SUSPENSE: &str = "~unidentified";

impl Model {
    /// An empty book.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self {
            world,
            open_from: Date::MIN,
            open_to: Date::MAX,
            periods: Vec::new(),
            kept_shut: None,
            actor: crate::world::id("clerk-0"),
            entered: crate::world::day(0),
            rates: Vec::new(),
            accounts: Vec::new(),
            documents: Vec::new(),
            items: Vec::new(),
            links: Vec::new(),
            orders: Vec::new(),
            refunds: Vec::new(),
            conversions: Vec::new(),
            series: BTreeMap::new(),
            charged: BTreeMap::new(),
            late: BTreeSet::new(),
            assessments: Vec::new(),
            waived: BTreeMap::new(),
        }
    }

    /// Plays a deed: an act by someone, entered at some time.
    ///
    /// # Errors
    /// As [`Model::play`].
    pub fn deed(&mut self, deed: &crate::act::Deed) -> Result<Outcome, Refusal> {
        self.actor = deed.actor.clone();
        self.entered = deed.at.date().unwrap_or(self.entered);
        self.play(&deed.act)
    }

    /// Plays an act.
    ///
    /// # Errors
    /// The codes of which one is the right refusal; the model is as before.
    pub fn play(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        let mut next = self.clone();
        let mut outcome = next.act(act)?;
        outcome.links_from = self.links.len();
        // A past day on which nothing may be left in base currency either.
        outcome.perhaps.insert("allocation.backdated");
        next.note_news(self);
        *self = next;
        Ok(outcome)
    }

    fn act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Rate { currency, date, rate } => {
                self.rates.retain(|(c, d, _)| (c, d) != (currency, date));
                self.rates.push((*currency, *date, *rate));
                Ok(Outcome::default())
            }
            Act::Periods { from, to } => {
                let mut why = Why::default();
                why.when(from > to, "setting.invalid");
                let back = *from < self.open_from;
                why.when(
                    back && self.world.one_reopener && self.actor.as_str() != "clerk-1",
                    "authority.refused",
                );
                why.stop()?;
                (self.open_from, self.open_to) = (*from, *to);
                Ok(Outcome::default())
            }
            Act::Invoice(_)
            | Act::DebitMemo(_)
            | Act::CreditInvoice { .. }
            | Act::CreditAlone(_)
            | Act::Void { .. }
            | Act::Deliver { .. } => self.document_act(act),
            Act::Pay(_)
            | Act::Identify { .. }
            | Act::Reverse { .. }
            | Act::RequestRefund { .. }
            | Act::PayRefund { .. }
            | Act::VoidRefund { .. }
            | Act::Transfer { .. } => self.payment_act(act),
            Act::Convert { .. } | Act::Across { .. } | Act::Revalue { .. } => self.currency_act(act),
            Act::Allocate { .. } | Act::Undo { .. } | Act::WriteOff { .. } => self.allocation_act(act),
            Act::DefinePeriod { .. }
            | Act::ClosePeriod { .. }
            | Act::ReopenPeriod { .. }
            | Act::SignOff { .. }
            | Act::Prove { .. } => self.period_act(act).map(|()| Outcome::default()),
            Act::MoveDebit { .. } | Act::Plan { .. } => self.debit_act(act),
            Act::Assess { .. } | Act::Waive { .. } => self.charge_act(act),
            _ => self.account_act(act),
        }
    }

    /// Every date that anything in the book touches.
    #[must_use]
    pub fn dates(&self) -> BTreeSet<Date> {
        let mut dates: BTreeSet<Date> = self.items.iter().map(|item| item.date).collect();
        dates.extend(self.links.iter().map(|link| link.date));
        dates.extend(self.links.iter().filter_map(|link| link.undone));
        dates
    }

    /// What is open on an item at the end of a day.
    #[must_use]
    pub fn open_on(&self, item: &Item, day: Date) -> i64 {
        if item.date > day {
            return 0;
        }
        let taken =
            self.links.iter().filter(|link| link.counts_on(day)).map(|link| link.taken_from(&item.id));
        item.original - taken.sum::<i64>()
    }

    /// What is open on an item after everything that was ever recorded.
    #[must_use]
    pub fn open_in_the_end(&self, item: &Item) -> i64 {
        self.open_on(item, Date::MAX)
    }

    /// The least that is open on an item on a day or any later one.
    fn room(&self, item: &Item, from: Date) -> i64 {
        let later = self.dates().into_iter().filter(|day| *day > from);
        later.chain([from]).map(|day| self.open_on(item, day)).min().unwrap_or(0)
    }

    /// An item.
    #[must_use]
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == *id)
    }

    /// A document.
    #[must_use]
    pub fn document(&self, id: &DocumentId) -> Option<&Document> {
        self.documents.iter().find(|document| document.id == *id)
    }

    /// An account.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    fn live_account(&self, id: &AccountId) -> Result<&Account, Refusal> {
        match self.account(id) {
            None => no("account.unknown"),
            Some(account) if account.closed => no("account.closed"),
            Some(account) => Ok(account),
        }
    }

    /// Nothing opens again on a closed account.
    fn may_open_again(&self, account: &AccountId) -> Result<(), Refusal> {
        match self.account(account) {
            Some(account) if account.closed => no("account.closed"),
            _ => Ok(()),
        }
    }

    /// The accounts that a settlement stands on.
    fn accounts_of(&self, link: &Link) -> Vec<AccountId> {
        let sides = link.credit.iter().chain(&link.debit);
        sides.filter_map(|(id, _)| self.item(id)).map(|item| item.account.clone()).collect()
    }

    /// The latest rate of a day that is not too old.
    fn recorded_rate(&self, currency: Currency, on: Date) -> Option<Rate> {
        let known = self.rates.iter().filter(|(c, d, _)| *c == currency && *d <= on);
        let (_, date, rate) = known.max_by_key(|(_, date, _)| *date)?;
        (date.days_until(on) <= RATE_DAYS).then_some(*rate)
    }

    /// The rate at which a document is carried: none in the base currency, and none when the book
    /// keeps what it cannot convert.
    fn carrying_rate(
        &self,
        currency: Currency,
        given: Option<Rate>,
        on: Date,
    ) -> Result<Option<Rate>, Refusal> {
        if currency == base() {
            return if given.is_none_or(|rate| rate == Rate::ONE) {
                Ok(None)
            } else {
                no("rate.base_currency")
            };
        }
        match given.or_else(|| self.recorded_rate(currency, on)) {
            Some(rate) => Ok(Some(rate)),
            None if self.world.unconverted => Ok(None),
            None => no("rate.missing"),
        }
    }

    fn number_free(&self, id: &DocumentId) -> Result<(), Refusal> {
        if self.document(id).is_some() { no("number.taken") } else { Ok(()) }
    }

    /// Takes over what a revaluation came to: its settlements, and which items are carried at another
    /// amount than the booked one, with the day.
    pub fn learn(&mut self, links: Vec<Link>, items: &BTreeMap<ItemId, (i64, Option<Date>)>) {
        self.links.extend(links);
        for item in &mut self.items {
            if let Some((revalued, on)) = items.get(&item.id) {
                (item.revalued, item.revalued_on) = (*revalued != 0, *on);
            }
        }
    }

    fn push_link(&mut self, kind: LinkKind, date: Date) -> &mut Link {
        self.links.push(Link {
            id: None,
            kind,
            date,
            credit: None,
            debit: None,
            discount: 0,
            tolerance: 0,
            memo: false,
            paid: (0, 0),
            undone: None,
        });
        self.links.last_mut().expect("one was pushed")
    }
}

/// An amount in base currency at a rate, when it is in range.
fn converted(amount: Money, rate: Option<Rate>) -> Result<(), Refusal> {
    match rate {
        Some(rate) if amount.converted(rate, base(), Rounding::HalfAwayFromZero).is_none() => {
            no("amount.out_of_range")
        }
        _ => Ok(()),
    }
}
