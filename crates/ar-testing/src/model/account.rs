//! Accounts and orders in the model.

use super::{Account, Hold, Model, Order, Outcome, Refusal, Why, no};
use crate::act::{Act, Limit, Profile};
use ar_core::values::*;
use std::collections::BTreeMap;

impl Model {
    pub(super) fn account_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::OpenAccount { account, profile, limit, .. } => {
                if account.as_str().starts_with('~') {
                    return no("account.reserved");
                }
                let mut why = Why::default();
                why.when(self.account(account).is_some(), "account.exists");
                why.take(self.parent_fits(account, profile));
                why.take(limit_fits(*limit));
                why.stop()?;
                self.accounts.push(Account {
                    id: account.clone(),
                    version: 1,
                    profile: profile.clone(),
                    limit: *limit,
                    hold: Hold::No,
                    closed: false,
                    is_parent: false,
                });
                self.mark_parent(profile);
            }
            Act::Amend { account, version, profile } => {
                let mut why = Why::default();
                why.take(self.at_version(account, *version));
                let before = self.account(account).map(|known| known.profile.clone()).unwrap_or_default();
                if before.parent != profile.parent {
                    why.take(self.parent_fits(account, profile));
                    why.when(self.too_much_to_move(account), "amount.out_of_range");
                }
                why.stop()?;
                if before != *profile {
                    self.change(account, |a| a.profile = profile.clone());
                    self.mark_parent(profile);
                }
            }
            Act::SetLimit { account, version, limit } => {
                let mut why = Why::default();
                why.take(self.at_version(account, *version));
                why.take(limit_fits(*limit));
                why.stop()?;
                if self.account(account).is_some_and(|known| known.limit != *limit) {
                    self.change(account, |a| a.limit = *limit);
                }
            }
            Act::Hold { account, date } => {
                if matches!(self.live_account(account)?.hold, Hold::Person(_)) {
                    return no("account.on_hold");
                }
                self.change(account, |a| a.hold = Hold::Person(*date));
            }
            Act::Release { account, date } => {
                let known = self.account(account).ok_or_else(|| Refusal::from(["account.unknown"]))?;
                match known.hold {
                    Hold::No => return no("account.not_on_hold"),
                    Hold::Credit(since) | Hold::Person(since) if *date < since => {
                        return no("date.before_start");
                    }
                    Hold::Credit(_) | Hold::Person(_) => {}
                }
                self.change(account, |a| a.hold = Hold::No);
            }
            Act::Close { account, .. } => {
                self.live_account(account)?;
                let mine = |id: &AccountId| id == account;
                if self.items.iter().any(|item| mine(&item.account) && self.ever_open(item)) {
                    return no("account.has_open_items");
                }
                if self.orders.iter().any(|order| mine(&order.account) && order.open.minor() > 0) {
                    return no("account.has_orders");
                }
                let member =
                    |known: &&Account| known.profile.parent.as_ref() == Some(account) && !known.closed;
                if self.accounts.iter().any(|known| member(&known)) {
                    return no("account.has_members");
                }
                self.change(account, |a| a.closed = true);
            }
            Act::Reopen { account, .. } => match self.account(account) {
                None => return no("account.unknown"),
                Some(known) if !known.closed => return no("account.not_closed"),
                Some(known) => {
                    if let Some(parent) = known.profile.parent.clone() {
                        self.live_account(&parent)?;
                    }
                    self.change(account, |a| a.closed = false);
                }
            },
            Act::Order { .. } => return self.order_act(act),
            other => unreachable!("{other:?} is no account act"),
        }
        Ok(Outcome::default())
    }

    /// Whether anything is open on an item after all that is recorded.
    fn ever_open(&self, item: &super::Item) -> bool {
        self.open_in_the_end(item) != 0
    }

    pub(super) fn change(&mut self, id: &AccountId, how: impl FnOnce(&mut Account)) {
        if let Some(account) = self.accounts.iter_mut().find(|account| account.id == *id) {
            how(account);
            account.version += 1;
        }
    }

    /// Whether what an account owes, is owed or has ordered is more than one amount can say.
    fn too_much_to_move(&self, account: &AccountId) -> bool {
        let mut sums: BTreeMap<(Currency, &str), i128> = BTreeMap::new();
        for item in self.items.iter().filter(|item| item.account == *account) {
            let side = if item.debit { "owes" } else { "is owed" };
            *sums.entry((item.currency, side)).or_default() += i128::from(self.open_in_the_end(item));
        }
        for order in self.orders.iter().filter(|order| order.account == *account) {
            *sums.entry((order.open.currency(), "ordered")).or_default() += i128::from(order.open.minor());
        }
        sums.into_values().any(|sum| sum > i128::from(AMOUNT_MINOR_MAX))
    }

    fn mark_parent(&mut self, profile: &Profile) {
        let parent = self.accounts.iter_mut().find(|account| Some(&account.id) == profile.parent.as_ref());
        if let Some(parent) = parent {
            parent.is_parent = true;
        }
    }

    fn at_version(&self, id: &AccountId, version: u32) -> Result<(), Refusal> {
        if self.live_account(id)?.version != version {
            return no("conflict.version");
        }
        Ok(())
    }

    /// A parent exists, is open, is another account, and has no parent; and an account that was ever
    /// a parent gets none.
    fn parent_fits(&self, account: &AccountId, profile: &Profile) -> Result<(), Refusal> {
        let Some(parent) = &profile.parent else { return Ok(()) };
        let invalid = match self.account(parent) {
            _ if parent == account => true,
            None => return no("account.unknown"),
            Some(known) => known.profile.parent.is_some() || known.closed,
        };
        if invalid || self.account(account).is_some_and(|known| known.is_parent) {
            return no("account.parent_invalid");
        }
        Ok(())
    }

    fn order_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        let Act::Order { order, account, date, amount, delivered, vouched } = act else {
            unreachable!("an order act");
        };
        if amount.is_negative() {
            return no("amount.negative");
        }
        let mut why = Why::default();
        let held = why.take(self.live_account(account)).is_some_and(|known| known.hold != Hold::No);
        let before = self.orders.iter().find(|known| known.id == *order);
        if let Some(known) = before {
            why.when(known.account != *account, "order.account_mismatch");
            why.when(known.open.currency() != amount.currency(), "currency.mismatch");
        }
        let was = before.map_or(0, |known| known.open.minor());
        let new_stage = *delivered && before.is_none_or(|known| !known.delivered);
        let more = amount.minor() - was;
        if (more > 0 || (new_stage && amount.minor() > 0)) && !vouched {
            why.when(held, "account.on_hold");
            // What counts is the exposure afterwards: it may be lower.
            let more = crate::world::money(more, amount.currency());
            why.take(self.credit_passes(account, *date, more));
        }
        why.stop()?;
        let row = Order { id: order.clone(), account: account.clone(), open: *amount, delivered: *delivered };
        self.orders.retain(|known| known.id != *order);
        self.orders.push(row);
        Ok(Outcome::default())
    }
}

fn limit_fits(limit: Limit) -> Result<(), Refusal> {
    match limit {
        Limit::Amount(most) if !most.is_positive() => no("credit.limit_invalid"),
        _ => Ok(()),
    }
}
