//! Proposals in the model: an act that one person may not do alone is played on a copy of the book; what
//! the copy shows decides whether it waits, and what is compared when somebody approves it.

use std::collections::BTreeMap;

use ar_core::values::*;

use super::{Document, Item, Kind, LinkKind, Model, Outcome, Refusal, no};
use crate::act::{Act, Area, Limit};
use crate::world::{Approvals, Kept, base};

/// An act that waits for a second person, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its key.
    pub id: CommandId,
    /// What is proposed.
    pub act: Act,
    /// By whom.
    pub maker: ActorId,
    /// The day it was entered.
    pub entered: Date,
    /// The last day on which it can be approved.
    pub expires: Date,
    /// `open`, `approved`, `rejected` or `withdrawn`.
    pub state: &'static str,
    /// What it touches, and how that stood.
    touched: Vec<(Touch, String)>,
    /// What it would do.
    effects: Vec<String>,
    /// Whether it meets amounts whose worth in base currency the model leaves to the checks.
    foreign: bool,
    /// Its digest, once it was seen.
    pub digest: Option<String>,
}

/// Something that an act touches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Touch {
    Item(ItemId),
    Account(AccountId),
    Order(OrderId),
    Invoice(DocumentId),
    Period(PeriodId),
    OpenDays,
}

impl Model {
    /// The proposal that an act becomes instead of what it came to on a copy of the book; none when its
    /// maker may do it alone.
    pub(super) fn proposed(&self, act: &Act, after: &Self) -> Result<Option<Proposal>, Refusal> {
        let Some(rule) = self.world.approvals.clone() else { return Ok(None) };
        if matches!(act, Act::Approve { .. } | Act::Reject { .. } | Act::Withdraw { .. })
            || !self.needs_another(&rule, act, after)
        {
            return Ok(None);
        }
        let expires = self.entered.add_days(i32::from(rule.days)).expect("in the business range");
        let touched = self.touched(act, after).into_iter();
        let touched: Vec<(Touch, String)> = touched.map(|of| (of.clone(), self.standing(&of))).collect();
        let in_base = |touch: &(Touch, String)| match &touch.0 {
            Touch::Item(id) => self.item(id).is_none_or(|item| item.currency == base()),
            _ => true,
        };
        let new_items = after.items.iter().skip(self.items.len());
        let foreign =
            !touched.iter().all(in_base) || new_items.into_iter().any(|item| item.currency != base());
        Ok(Some(Proposal {
            id: self.key.clone(),
            act: act.clone(),
            maker: self.actor.clone(),
            entered: self.entered,
            expires,
            state: "open",
            touched,
            effects: self.effects(after),
            foreign,
            digest: None,
        }))
    }

    fn needs_another(&self, rule: &Approvals, act: &Act, after: &Self) -> bool {
        let more = |kept: Kept, minor: i64| rule.keeps(kept) && minor > rule.limit;
        let new_links = &after.links[self.links.len()..];
        // What one command gives up counts together, by account, currency and side.
        let mut given_up: BTreeMap<(AccountId, Currency, bool), (i64, Date)> = BTreeMap::new();
        for link in new_links.iter().filter(|link| link.kind == LinkKind::WriteOff) {
            let debit = link.debit.is_some();
            let Some((id, minor)) = link.debit.as_ref().or(link.credit.as_ref()) else { continue };
            let Some(item) = self.item(id) else { continue };
            let key = (item.account.clone(), item.currency, debit);
            let sum = given_up.entry(key).or_insert((0, link.date));
            sum.0 += minor;
        }
        for ((account, currency, debit), (minor, date)) in given_up {
            let before = self.given_up(&account, currency, date, rule.months);
            let over = rule.cumulative.is_some_and(|most| before + minor > most);
            if rule.keeps(Kept::WriteOff) && (minor > rule.limit || debit && over) {
                return true;
            }
        }
        match act {
            Act::Waive { .. } => {
                let waived = new_links.iter().filter(|link| link.kind == LinkKind::Waiver);
                let waived = waived.filter_map(|link| link.debit.as_ref()).map(|(_, minor)| minor);
                more(Kept::Waiver, waived.sum())
            }
            Act::RequestRefund { amount, .. } => more(Kept::Refund, amount.minor()),
            Act::CreditAlone(_) | Act::CreditInvoice { .. } => {
                let new = after.items.iter().skip(self.items.len());
                let memo = new.filter(|item| item.kind == Kind::CreditMemo).map(|item| item.original);
                more(Kept::CreditMemo, memo.sum())
            }
            Act::Invoice(plain) if plain.vouched => {
                let new = after.items.iter().skip(self.items.len());
                more(Kept::Override, new.map(|item| item.original).sum())
            }
            Act::Order { order, amount, vouched: true, .. } => {
                // Reported as it was, nothing happens.
                let row = |model: &Self| model.orders.iter().find(|known| known.id == *order).cloned();
                row(self) != row(after) && more(Kept::Override, amount.minor())
            }
            Act::SetLimit { account, limit, .. } => {
                let before = self.account(account).map_or(Limit::None, |known| known.limit);
                rule.keeps(Kept::Limit)
                    && match (before, *limit) {
                        (Limit::None, _) | (_, Limit::Zero) => false,
                        (_, Limit::None) => true,
                        (Limit::Zero, Limit::Amount(most)) => most.minor() > rule.limit,
                        (Limit::Amount(was), Limit::Amount(most)) => {
                            most.minor() > was.minor() && most.minor() > rule.limit
                        }
                    }
            }
            Act::Release { .. } => rule.keeps(Kept::Release),
            Act::ReopenPeriod { .. } => rule.keeps(Kept::Reopen),
            Act::Periods { from, .. } => rule.keeps(Kept::Reopen) && *from < self.open_from,
            _ => false,
        }
    }

    /// What is given up of an account's debts in the months around a day: every write-off dated in them
    /// that was not undone.
    #[must_use]
    pub fn given_up(&self, account: &AccountId, currency: Currency, day: Date, months: u32) -> i64 {
        let span = |day: Date| (day.year(), (day.month() - 1) / months);
        let live = self.links.iter().filter(|link| {
            link.kind == LinkKind::WriteOff && link.undone.is_none() && span(link.date) == span(day)
        });
        let debts = live.filter_map(|link| link.debit.as_ref()).filter(|(id, _)| {
            self.item(id).is_some_and(|item| item.account == *account && item.currency == currency)
        });
        debts.map(|(_, minor)| minor).sum()
    }

    /// The same by account, currency and first day of the month, where it is not zero.
    #[must_use]
    pub fn given_up_by_month(&self) -> BTreeMap<(AccountId, Currency, Date), i64> {
        let mut all = BTreeMap::new();
        for link in self.links.iter().filter(|link| link.kind == LinkKind::WriteOff) {
            let Some(item) = link.debit.as_ref().and_then(|(id, _)| self.item(id)) else { continue };
            let minor = self.given_up(&item.account, item.currency, link.date, 1);
            let first = Date::new(link.date.year(), link.date.month(), 1).expect("a month begins");
            all.insert((item.account.clone(), item.currency, first), minor);
        }
        all.retain(|_, minor| *minor != 0);
        all
    }

    /// What differs between the book and the copy, of what is in the book.
    fn touched(&self, act: &Act, after: &Self) -> Vec<Touch> {
        let mut all = Vec::new();
        let new_links = after.links.iter().skip(self.links.len());
        let sides = new_links.flat_map(|link| link.credit.iter().chain(&link.debit)).map(|(id, _)| id);
        all.extend(sides.filter(|id| self.item(id).is_some()).cloned().map(Touch::Item));
        let versions =
            self.accounts.iter().zip(&after.accounts).filter(|(was, is)| was.version != is.version);
        all.extend(versions.map(|(was, _)| Touch::Account(was.id.clone())));
        let moved = after.orders.iter().filter(|order| !self.orders.contains(order));
        all.extend(moved.map(|order| Touch::Order(order.id.clone())));
        match act {
            Act::CreditInvoice { invoice, .. } => all.push(Touch::Invoice(invoice.clone())),
            Act::Order { order, .. } => all.push(Touch::Order(order.clone())),
            Act::ReopenPeriod { period } => all.push(Touch::Period(period.clone())),
            Act::Periods { .. } => all.push(Touch::OpenDays),
            _ => {}
        }
        all.sort();
        all.dedup();
        all
    }

    fn standing(&self, of: &Touch) -> String {
        match of {
            Touch::Item(id) => {
                let item = self.item(id);
                format!("{:?}", item.map(|item| (self.open_in_the_end(item), item.revalued_on)))
            }
            Touch::Account(id) => format!("{:?}", self.account(id).map(|known| known.version)),
            Touch::Order(id) => {
                let known = self.orders.iter().find(|known| known.id == *id);
                format!("{:?}", known.map(|known| (known.open, known.delivered)))
            }
            Touch::Invoice(id) => self.memos_of(id).to_string(),
            Touch::Period(id) => {
                let known = self.periods.iter().find(|period| period.id == *id);
                let state = known.map(|period| (period.hard, period.soft.is_some(), period.proven.is_some()));
                format!("{state:?}")
            }
            Touch::OpenDays => format!("{} to {}", self.open_from, self.open_to),
        }
    }

    /// What memos took off an invoice, debit memos put back.
    fn memos_of(&self, invoice: &DocumentId) -> i64 {
        let memos = self.documents.iter().filter(|memo| memo.invoice.as_ref() == Some(invoice));
        let live = memos.filter(|memo| memo.voided.is_none() && !memo.ended);
        let worth = |memo: &Document| {
            let mine = self.items.iter().filter(|item| item.id.document() == &memo.id);
            let total: i64 = mine.map(|item| item.original).sum();
            if memo.kind == Kind::CreditMemo { total } else { -total }
        };
        live.map(worth).sum()
    }

    /// What an act did on a copy, in a form that knows nothing of new numbers.
    fn effects(&self, after: &Self) -> Vec<String> {
        let mut all = Vec::new();
        let name = |id: &ItemId| match self.item(id) {
            Some(_) => id.to_string(),
            None => format!("new {}", id.part()),
        };
        for item in after.items.iter().skip(self.items.len()) {
            let Item { account, currency, date, original, control, .. } = item;
            let worth = item.rate.and_then(|rate| {
                Money::clamped(*original, *currency).converted(rate, base(), Rounding::HalfAwayFromZero)
            });
            all.push(format!("{account} {currency} {date} {original} {control} {worth:?}"));
        }
        for link in after.links.iter().skip(self.links.len()) {
            let side = |side: &Option<(ItemId, i64)>| side.as_ref().map(|(id, minor)| (name(id), *minor));
            let (kind, date) = (link.kind, link.date);
            let taxes = (link.paid, link.off, &link.relief, link.withheld);
            let (credit, debit) = (side(&link.credit), side(&link.debit));
            let of = (link.discount, link.tolerance, link.allowed);
            all.push(format!("{kind:?} {date} {credit:?} {debit:?} {of:?} {taxes:?}"));
        }
        for document in after.documents.iter().skip(self.documents.len()) {
            let Document { kind, account, date, taxes, coins, off, .. } = document;
            all.push(format!("{kind:?} {account} {date} {taxes:?} {coins} {off:?}"));
        }
        all
    }

    /// Plays an act about a proposal.
    pub(super) fn approval_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        let (Act::Approve { proposal, .. } | Act::Reject { proposal } | Act::Withdraw { proposal }) = act
        else {
            unreachable!("{act:?} is about no proposal");
        };
        let Some(place) = self.proposals.iter().position(|known| known.id == *proposal) else {
            return no("approval.unknown");
        };
        let known = self.proposals[place].clone();
        if known.state != "open" {
            return no("approval.decided");
        }
        if let Act::Withdraw { .. } = act {
            if known.maker != self.actor {
                return no("approval.not_maker");
            }
            self.proposals[place].state = "withdrawn";
            return Ok(Outcome::default());
        }
        if known.maker == self.actor {
            return no("approval.same_actor");
        }
        let one = self.world.approvals.as_ref().is_some_and(|rule| rule.one_approver);
        if one && self.actor.as_str() != "clerk-2" {
            return no("approval.not_approver");
        }
        let Act::Approve { digest, .. } = act else {
            self.proposals[place].state = "rejected";
            return Ok(Outcome::default());
        };
        if known.digest.as_ref() != Some(digest) {
            return no("approval.digest_differs");
        }
        if self.entered > known.expires {
            return no("approval.expired");
        }
        self.execute(place, &known)
    }

    /// Does what was proposed, as its maker would do it now.
    fn execute(&mut self, place: usize, known: &Proposal) -> Result<Outcome, Refusal> {
        if known.touched.iter().any(|(of, then)| self.standing(of) != *then) {
            return no("approval.stale");
        }
        let mut trial = self.clone();
        (trial.actor, trial.entered, trial.key) = (known.maker.clone(), known.entered, known.id.clone());
        let mut outcome = trial.act(&known.act)?;
        if self.effects(&trial) != known.effects {
            return no("approval.stale");
        }
        // Whoever approves posts: the days must be open to both.
        for document in trial.documents.iter().skip(self.documents.len()) {
            let area = if document.kind == Kind::CreditMemo { Area::Credits } else { Area::Billing };
            self.open_day(area, document.date)?;
        }
        for link in trial.links.iter().skip(self.links.len()) {
            let area = match link.kind {
                LinkKind::WriteOff | LinkKind::Waiver => Area::Adjustment,
                LinkKind::Refund => Area::Cash,
                _ => Area::Settlement,
            };
            self.open_day(area, link.date)?;
        }
        if known.foreign {
            outcome.perhaps.insert("approval.stale");
        }
        (trial.actor, trial.entered, trial.key) = (self.actor.clone(), self.entered, self.key.clone());
        trial.proposals[place].state = "approved";
        *self = trial;
        Ok(outcome)
    }
}
