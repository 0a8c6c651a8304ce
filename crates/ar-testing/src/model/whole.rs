//! Tolerances in the model that look at an application as a whole: pooled allowances, what a payment
//! lacks, and what it has too much.

use super::{Item, Model};
use crate::act::Target;
use ar_core::values::*;

/// An item, the cash it takes, the discount and the difference absorbed.
pub(super) type Plan = (Item, i64, i64, i64);

/// One target: the item, what it asks for, what that is short of settling it, the discount when it is
/// settled, and whether it asked for as much as settles it.
struct Asked {
    item: Item,
    asks: i64,
    short: i64,
    discount: i64,
    may_discount: bool,
    whole: bool,
}

impl Model {
    /// The plans when a difference of the application as a whole is absorbed.
    pub(super) fn looked_at_whole(&self, credit: &Item, targets: &[Target]) -> Option<Vec<Plan>> {
        let (pooled, of_payment) =
            (self.world.pooled && self.world.tolerance.is_some(), self.world.of_payment);
        if (!pooled && of_payment.is_none()) || !self.is_cash(credit) {
            return None;
        }
        let mut all = Vec::new();
        for target in targets {
            all.push(self.asked(credit, target)?);
        }
        let each = self.world.tolerance.unwrap_or(0);
        let short: i64 = all.iter().map(|one| one.short).sum();
        let lacking = (all.iter().map(|one| one.asks).sum::<i64>() - self.open_in_the_end(credit)).max(0);
        let count = |whole_only: bool| {
            i64::try_from(all.iter().filter(|one| one.whole || !whole_only).count()).unwrap_or(i64::MAX)
        };
        if lacking > 0 && of_payment.is_some_and(|most| lacking <= most) {
            let parts = divided(lacking, &all.iter().map(|one| one.asks).collect::<Vec<_>>());
            if all.iter().zip(&parts).all(|(one, part)| *part < one.asks) {
                let absorbs =
                    |one: &Asked| if pooled { short <= each * count(false) } else { one.short <= each };
                let plans = all.iter().zip(parts);
                return Some(
                    plans.map(|(one, part)| self.planned(credit, one, part, absorbs(one))).collect(),
                );
            }
        }
        let fits = short + lacking <= each * count(false) && lacking <= each * count(true);
        if !pooled || short + lacking == 0 || !fits {
            return None;
        }
        let weights: Vec<i64> = all.iter().map(|one| if one.whole { each } else { 0 }).collect();
        let cuts = divided(lacking, &weights);
        if all.iter().zip(&cuts).any(|(one, cut)| *cut >= one.asks) {
            return None;
        }
        Some(all.iter().zip(cuts).map(|(one, cut)| self.planned(credit, one, cut, true)).collect())
    }

    fn asked(&self, credit: &Item, target: &Target) -> Option<Asked> {
        if target.grant.is_some() || target.withheld.is_some() {
            return None;
        }
        let item = self.target_fits(credit, target).ok()?.clone();
        let open = self.open_in_the_end(&item);
        let earned = if target.discount { self.discount_now(credit, &item).min(open) } else { 0 };
        // A discount as large as what is open gives way.
        let earned = if earned < open { earned } else { 0 };
        let asks = target.amount.map_or(open - earned, Money::minor);
        if asks <= 0 || asks > open {
            return None;
        }
        Some(Asked {
            asks,
            short: (open - earned - asks).max(0),
            discount: earned.min(open - asks),
            may_discount: target.discount,
            whole: target.amount.is_none(),
            item,
        })
    }

    fn planned(&self, credit: &Item, one: &Asked, cut: i64, absorbs: bool) -> Plan {
        let cash = one.asks - cut;
        if absorbs || one.short == 0 {
            return (one.item.clone(), cash, one.discount, cut + one.short);
        }
        let share = if one.may_discount { self.part_now(credit, &one.item, cash) } else { 0 };
        let left = self.open_in_the_end(&one.item) - cash - cut;
        (one.item.clone(), cash, share.min(left).max(0), cut)
    }

    /// Keeps what a credit has too much, when it settled everything and nothing was short: on the last
    /// settlement made since `before`, or shared by all of them.
    pub(super) fn keep_excess(&mut self, credit: &Item, before: usize) {
        let Some(most) = self.world.excess else { return };
        let rest = self.open_in_the_end(credit);
        let given_back = self.links.iter().any(|link| {
            link.undone.is_some() && link.credit.as_ref().is_some_and(|(item, _)| *item == credit.id)
        });
        let made: Vec<usize> = (before..self.links.len()).collect();
        let whole = made.iter().all(|n| {
            let link = &self.links[*n];
            let item = link.debit.as_ref().and_then(|(item, _)| self.item(item));
            link.tolerance == 0 && item.is_some_and(|item| self.open_in_the_end(item) == 0)
        });
        if rest <= 0 || given_back || !whole || !self.is_cash(credit) || made.is_empty() {
            return;
        }
        let parts = if self.world.pooled {
            let count = i64::try_from(made.len()).unwrap_or(i64::MAX);
            if rest > most * count {
                return;
            }
            divided(rest, &vec![most; made.len()])
        } else {
            if rest > most {
                return;
            }
            let mut parts = vec![0; made.len() - 1];
            parts.push(rest);
            parts
        };
        for (n, part) in made.into_iter().zip(parts) {
            let link = &mut self.links[n];
            if let Some((_, minor)) = &mut link.credit {
                *minor += part;
            }
            link.tolerance = -part;
        }
    }
}

/// Shares of a total by weight: the largest remainder first, then the larger weight, then the earlier.
pub(super) fn divided(total: i64, weights: &[i64]) -> Vec<i64> {
    let all: i64 = weights.iter().sum();
    if all == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<(usize, i64, i128)> = weights
        .iter()
        .enumerate()
        .map(|(n, weight)| {
            let exact = i128::from(total) * i128::from(*weight);
            (n, (exact / i128::from(all)) as i64, exact % i128::from(all))
        })
        .collect();
    let mut missing = total - parts.iter().map(|(_, part, _)| part).sum::<i64>();
    parts.sort_by_key(|(n, _, remainder)| (-*remainder, -weights[*n], *n));
    for part in &mut parts {
        if missing > 0 {
            part.1 += 1;
            missing -= 1;
        }
    }
    parts.sort_by_key(|(n, ..)| *n);
    parts.into_iter().map(|(_, part, _)| part).collect()
}
