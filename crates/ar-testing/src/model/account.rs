//! Accounts and orders in the model.

use super::{Account, Model, Order, Outcome, Refusal, no};
use crate::act::{Act, Limit, Profile};
use ar_core::values::*;

impl Model {
    pub(super) fn account_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::OpenAccount { account, profile, limit, .. } => {
                if account.as_str().starts_with('~') {
                    return no("account.reserved");
                }
                if self.account(account).is_some() {
                    return no("account.exists");
                }
                self.parent_fits(account, profile)?;
                limit_fits(*limit)?;
                self.accounts.push(Account {
                    id: account.clone(),
                    version: 1,
                    profile: profile.clone(),
                    limit: *limit,
                    held: false,
                    closed: false,
                });
            }
            Act::Amend { account, version, profile } => {
                self.at_version(account, *version)?;
                self.parent_fits(account, profile)?;
                self.change(account, |a| a.profile = profile.clone());
            }
            Act::SetLimit { account, version, limit } => {
                self.at_version(account, *version)?;
                limit_fits(*limit)?;
                self.change(account, |a| a.limit = *limit);
            }
            Act::Hold { account, .. } => {
                if self.live_account(account)?.held {
                    return no("account.on_hold");
                }
                self.change(account, |a| a.held = true);
            }
            Act::Release { account, .. } => {
                if !self.live_account(account)?.held {
                    return no("account.not_on_hold");
                }
                self.change(account, |a| a.held = false);
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
                self.change(account, |a| a.closed = true);
            }
            Act::Reopen { account, .. } => match self.account(account) {
                None => return no("account.unknown"),
                Some(known) if !known.closed => return no("account.not_closed"),
                Some(_) => self.change(account, |a| a.closed = false),
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

    fn at_version(&self, id: &AccountId, version: u32) -> Result<(), Refusal> {
        if self.live_account(id)?.version != version {
            return no("conflict.version");
        }
        Ok(())
    }

    /// A parent exists, is another account, and has no parent; nor has the account children when it
    /// gets one.
    fn parent_fits(&self, account: &AccountId, profile: &Profile) -> Result<(), Refusal> {
        let Some(parent) = &profile.parent else { return Ok(()) };
        if parent == account {
            return no("account.parent_invalid");
        }
        match self.account(parent) {
            None => Err(["account.parent_invalid", "account.unknown"].into()),
            Some(known) if known.profile.parent.is_some() || known.closed => {
                Err(["account.parent_invalid", "account.closed"].into())
            }
            Some(_) if self.accounts.iter().any(|a| a.profile.parent.as_ref() == Some(account)) => {
                no("account.parent_invalid")
            }
            Some(_) => Ok(()),
        }
    }

    fn order_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        let Act::Order { order, account, date, amount, delivered, vouched } = act else {
            unreachable!("an order act");
        };
        if amount.is_negative() {
            return no("amount.not_positive");
        }
        self.live_account(account)?;
        let before = self.orders.iter().find(|known| known.id == *order);
        if let Some(known) = before {
            if known.account != *account {
                return no("order.account_mismatch");
            }
            if known.open.currency() != amount.currency() {
                return no("currency.mismatch");
            }
        }
        let was = before.map_or(0, |known| known.open.minor());
        let new_stage = *delivered && before.is_none_or(|known| !known.delivered);
        let more = amount.minor() - was;
        if (more > 0 || (new_stage && amount.minor() > 0)) && !vouched {
            if self.live_account(account)?.held {
                return no("account.on_hold");
            }
            self.credit_passes(account, *date, crate::world::money(more.max(0), amount.currency()))?;
        }
        let row =
            Order { id: order.clone(), account: account.clone(), open: *amount, delivered: *delivered };
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
