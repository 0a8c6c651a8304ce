//! Credit control in the model: exposure by adding up everything, currency by currency.

use super::{Link, LinkKind, Model, Refusal, no};
use crate::act::Limit;
use crate::world::base;
use ar_core::values::*;
use std::collections::BTreeMap;

impl Model {
    /// Whether a request fits under the limits of an account and of its group.
    pub(super) fn credit_passes(
        &self,
        account: &AccountId,
        date: Date,
        request: Money,
    ) -> Result<(), Refusal> {
        let Some(known) = self.account(account) else { return no("account.unknown") };
        let mut heads = vec![known];
        heads.extend(known.profile.parent.as_ref().and_then(|parent| self.account(parent)));
        for head in heads {
            let members: Vec<&AccountId> = self
                .accounts
                .iter()
                .filter(|a| a.id == head.id || a.profile.parent.as_ref() == Some(&head.id))
                .map(|a| &a.id)
                .collect();
            let most = match head.limit {
                Limit::None => continue,
                Limit::Zero => Money::zero(base()),
                Limit::Amount(most) => most,
            };
            // The head's own figures and its members' are converted apart.
            let (own, group): (Vec<&AccountId>, Vec<&AccountId>) =
                members.into_iter().partition(|id| **id == head.id);
            let exposure = self.exposure(&own, date, most.currency())?
                + self.exposure(&group, date, most.currency())?
                + i128::from(self.exchanged(request.currency(), request.minor(), most.currency(), date)?);
            if exposure > i128::from(most.minor()) {
                return no("credit.limit_exceeded");
            }
        }
        Ok(())
    }

    /// What some accounts owe or may come to owe, in one currency. Credits and settlements dated after
    /// the day do not lower it; debits dated after it count whole. What was claimed for a reason that
    /// does not count is no part of it.
    fn exposure(&self, members: &[&AccountId], date: Date, currency: Currency) -> Result<i128, Refusal> {
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        let counts = |item: &&super::Item| !item.debit || item.counts.0;
        for item in self.items.iter().filter(|item| members.contains(&&item.account)).filter(counts) {
            let sum = sums.entry(item.currency).or_default();
            // What was undone since then never counted.
            // A credit that was paid out, moved or taken back since then is not relied on.
            let counts = |link: &&Link| link.date <= date || !item.debit && link.kind != LinkKind::Allocation;
            let taken = self.links.iter().filter(|link| link.undone.is_none()).filter(counts);
            let left = item.original - taken.map(|link| link.taken_from(&item.id)).sum::<i64>();
            if item.debit {
                *sum += left;
            } else if item.date <= date {
                *sum -= left;
            }
        }
        for order in self.orders.iter().filter(|order| members.contains(&&order.account)) {
            *sums.entry(order.open.currency()).or_default() += order.open.minor();
        }
        let mut total = 0;
        for (from, minor) in sums {
            total += i128::from(self.exchanged(from, minor, currency, date)?);
        }
        Ok(total)
    }

    fn exchanged(&self, from: Currency, minor: i64, to: Currency, on: Date) -> Result<i64, Refusal> {
        if from == to || minor == 0 {
            return Ok(minor);
        }
        if to != base() {
            return no("credit.rate_missing");
        }
        let Some(rate) = self.recorded_rate(from, on) else { return no("credit.rate_missing") };
        let amount = crate::world::money(minor, from).converted(rate, to, Rounding::HalfAwayFromZero);
        amount.map_or_else(|| no("amount.out_of_range"), |amount| Ok(amount.minor()))
    }
}
