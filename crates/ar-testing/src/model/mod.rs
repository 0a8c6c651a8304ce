//! The reference model: a list of facts with dates, and every answer by looking at all of them.
//!
//! It imports nothing of the library but its values, calls none of its functions of decision or
//! query, and shares no trick with it: where the library proves a backdated settlement safe from
//! the date of the last reinstatement, the model looks at every date anything ever touched. It was
//! written from the rules of the domain, not from the code it is compared with.

mod account;
mod agreement;
mod allocation;
mod allowance;
mod approval;
mod bad_debt;
mod charge;
mod coins;
mod credit;
mod currency;
mod debit;
mod document;
mod facts;
mod netting;
mod payment;
mod period;
mod report;
mod rules;
mod tax;
mod whole;
mod withholding;

pub use agreement::{Agreed, Promise};
pub use approval::Proposal;
pub use charge::{Assessment, Charged};
pub use facts::{Account, Conversion, Document, Hold, Item, Kind, Link, LinkKind, Order, Outcome, Refund};
pub use netting::TakenBack;
pub use period::Period;
pub use report::{Aging, EDGES};
use tax::share;
pub use withholding::Certificate;

use std::collections::{BTreeMap, BTreeSet};

use ar_core::values::*;

use crate::act::Act;
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
    /// The key of the act.
    pub key: CommandId,
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
    /// Acts that wait for a second person, or did.
    pub proposals: Vec<Proposal>,
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
    /// Promises to pay.
    pub promises: Vec<Promise>,
    /// What was agreed about the default of plans.
    pub plans: Vec<Agreed>,
    /// Certificates in the order they were recorded.
    pub certificates: Vec<Certificate>,
    /// What memos took back of discounts.
    pub backs: Vec<TakenBack>,
    /// What runs charged of expected losses: currency, day, minor units.
    pub charges_of_runs: Vec<(Currency, Date, i64)>,
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
            key: crate::world::id("open"),
            rates: Vec::new(),
            accounts: Vec::new(),
            documents: Vec::new(),
            items: Vec::new(),
            links: Vec::new(),
            orders: Vec::new(),
            refunds: Vec::new(),
            conversions: Vec::new(),
            proposals: Vec::new(),
            series: BTreeMap::new(),
            charged: BTreeMap::new(),
            late: BTreeSet::new(),
            assessments: Vec::new(),
            waived: BTreeMap::new(),
            promises: Vec::new(),
            plans: Vec::new(),
            certificates: Vec::new(),
            backs: Vec::new(),
            charges_of_runs: Vec::new(),
        }
    }

    /// Plays a deed: an act by someone, entered at some time.
    ///
    /// # Errors
    /// As [`Model::play`].
    pub fn deed(&mut self, deed: &crate::act::Deed) -> Result<Outcome, Refusal> {
        self.actor = deed.actor.clone();
        self.entered = deed.at.date().unwrap_or(self.entered);
        self.key = deed.key.clone();
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
        if let Some(proposal) = self.proposed(act, &next)? {
            self.proposals.push(proposal);
            let (links_from, perhaps) = (outcome.links_from, outcome.perhaps);
            return Ok(Outcome { links_from, perhaps, proposed: true, ..Outcome::default() });
        }
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
            Act::Allocate { .. } | Act::Undo { .. } => self.allocation_act(act),
            Act::WriteOff { .. } | Act::WriteOffSmall { .. } | Act::Recover { .. } => self.bad_debt_act(act),
            Act::Provide(provide) => self.provide(provide).map(|()| Outcome::default()),
            Act::DefinePeriod { .. }
            | Act::ClosePeriod { .. }
            | Act::ReopenPeriod { .. }
            | Act::SignOff { .. }
            | Act::Prove { .. } => self.period_act(act).map(|()| Outcome::default()),
            Act::MoveDebit { .. } | Act::Plan { .. } => self.debit_act(act),
            Act::Agree(agree) => self.agreement_act(agree),
            Act::Assess { .. } | Act::Waive { .. } => self.charge_act(act),
            Act::Net { account, items, amount, date } => {
                self.net(account, items, *amount, *date).map(|()| Outcome::default())
            }
            Act::Certify { .. } | Act::WithdrawCertificate { .. } | Act::ReturnWithheld { .. } => {
                self.withholding_act(act)
            }
            Act::Approve { .. } | Act::Reject { .. } | Act::Withdraw { .. } => self.approval_act(act),
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

    fn push_link(&mut self, kind: LinkKind, date: Date) -> &mut Link {
        self.links.push(Link {
            id: None,
            kind,
            date,
            credit: None,
            debit: None,
            discount: 0,
            tolerance: 0,
            withheld: 0,
            memo: false,
            paid: (0, 0),
            off: (0, 0),
            relief: BTreeMap::new(),
            relieves: false,
            allowed: false,
            recovers: None,
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
