//! Allocation by rules in the model: the first rule that fits decides.

use super::allocation::cash_for;
use super::whole::divided;
use super::{Item, Model, Refusal, Why};
use crate::act::{Rule, Rules};
use ar_core::values::*;

impl Model {
    /// Whether a rule found something.
    pub(super) fn allocate_by_rules(
        &mut self,
        credit: &Item,
        date: Option<Date>,
        seen_to: Option<Date>,
        by: &Rules,
    ) -> Result<bool, Refusal> {
        let rest = self.open_in_the_end(credit);
        let mut open: Vec<Item> = self
            .items
            .iter()
            .filter(|item| item.debit && item.account == credit.account && item.currency == credit.currency)
            .filter(|item| self.open_in_the_end(item) > 0)
            .cloned()
            .collect();
        open.sort_by(|a, b| (a.due, a.document_date, &a.id).cmp(&(b.due, b.document_date, &b.id)));
        // What is not there on a day that was asked for has to be named.
        let there: Vec<Item> =
            open.iter().filter(|item| seen_to.is_none_or(|day| item.date <= day)).cloned().collect();
        // What is kept for an order goes to that order.
        let mine = |item: &Item| credit.order.is_none() || item.order == credit.order;
        let there: Vec<Item> = there.into_iter().filter(mine).collect();
        for rule in &by.rules {
            let seen = if *rule == Rule::References { &open } else { &there };
            let plan = self.plan(*rule, (credit, seen_to.unwrap_or(credit.date)), rest, seen, by);
            if plan.is_empty() {
                continue;
            }
            // Of several pairs that do not go, any may be the one that is named.
            let mut why = Why::default();
            let before = self.links.len();
            for (item, takes, discount) in plan {
                // What a payer names is settled like what a person names.
                let (discount, tolerance) = match rule {
                    Rule::References => self.short_of(credit, &item, takes, discount),
                    _ => (discount, 0),
                };
                let day = self.pair_day(credit, &item, date, &mut why);
                self.link_up((credit, &item, day), (takes, discount, tolerance), &mut why);
            }
            why.stop()?;
            if *rule == Rule::References {
                self.keep_excess(credit, before);
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// What a rule would settle: item, cash, discount.
    fn plan(
        &self,
        rule: Rule,
        (credit, on): (&Item, Date),
        rest: i64,
        open: &[Item],
        by: &Rules,
    ) -> Vec<(Item, i64, i64)> {
        let quote = |item: &Item| {
            let open = self.open_in_the_end(item);
            let discount = self.discount_now(credit, item).min(open);
            (open, discount)
        };
        match rule {
            Rule::References => {
                let named: Vec<Item> =
                    open.iter().filter(|item| by.references.contains(item.id.document())).cloned().collect();
                // A name that this credit cannot pay leads to the next rule, like an unknown one.
                let strange = |item: &Item| credit.order.is_some() && item.order != credit.order;
                if named.iter().any(|item| item.rate.is_some() != credit.rate.is_some() || strange(item)) {
                    return Vec::new();
                }
                self.in_order(credit, rest, &named, true)
            }
            Rule::ExactItem => {
                let fits = |item: &&Item| {
                    let (open, discount) = quote(item);
                    open == rest || open - discount == rest
                };
                let found: Vec<&Item> = open.iter().filter(fits).collect();
                match found.as_slice() {
                    [] => Vec::new(),
                    [_, _, ..] if !by.attended => Vec::new(),
                    [item, ..] => {
                        let (open, _) = quote(item);
                        vec![((*item).clone(), rest, open - rest)]
                    }
                }
            }
            Rule::ExactTotal => {
                // The whole open debit of the account counts, what is dated later included.
                let gross = self.items.iter().filter(|item| {
                    item.debit
                        && item.account == credit.account
                        && item.currency == credit.currency
                        && (credit.order.is_none() || item.order == credit.order)
                });
                let gross: i64 = gross.map(|item| self.open_in_the_end(item)).sum();
                let there: i64 = open.iter().map(|item| quote(item).0).sum();
                if open.is_empty() || rest != gross || rest != there {
                    return Vec::new();
                }
                open.iter().map(|item| (item.clone(), quote(item).0, 0)).collect()
            }
            Rule::PastDueTotal => {
                let late: Vec<&Item> = open.iter().filter(|item| item.due < on).collect();
                let sum: i64 = late.iter().map(|item| quote(item).0).sum();
                // One item of that amount beside them is another explanation.
                let rival = |item: &Item| {
                    quote(item).0 == rest && (late.len() > 1 || late.iter().all(|one| one.id != item.id))
                };
                if late.is_empty() || sum != rest || (!by.attended && open.iter().any(rival)) {
                    return Vec::new();
                }
                late.iter().map(|item| ((*item).clone(), quote(item).0, 0)).collect()
            }
            Rule::Oldest { partial } => self.in_order(credit, rest, open, partial),
            Rule::ProRata => {
                let weights: Vec<i64> = open.iter().map(|item| quote(item).0).collect();
                let total: i64 = weights.iter().sum();
                if total == 0 {
                    return Vec::new();
                }
                let parts = divided(rest.min(total), &weights).into_iter().enumerate();
                let parts = parts.filter(|(_, part)| *part > 0);
                parts.map(|(n, part)| (open[n].clone(), part, 0)).collect()
            }
            Rule::ChargesFirst => {
                let of = |class: u8| {
                    open.iter().filter(move |item| class_of(item) == class).cloned().collect::<Vec<Item>>()
                };
                let items: Vec<Item> = [of(0), of(1), of(2)].concat();
                self.in_order(credit, rest, &items, true)
            }
            Rule::PastDueByTerms => self.past_due_by_terms((rest, on), open, by.attended),
            Rule::Combination { most } => self.combined((credit, rest), open, usize::from(most), by.attended),
        }
    }

    /// What is past due under terms of one name, those with the oldest due date first.
    fn past_due_by_terms(
        &self,
        (rest, on): (i64, Date),
        open: &[Item],
        attended: bool,
    ) -> Vec<(Item, i64, i64)> {
        let late: Vec<&Item> = open.iter().filter(|item| item.due < on).collect();
        let of = |terms: Option<u8>| -> Vec<&Item> {
            late.iter().copied().filter(|item| item.terms == terms).collect()
        };
        let worth = |items: &[&Item]| items.iter().map(|item| self.open_in_the_end(item)).sum::<i64>();
        let mut names: Vec<Option<u8>> = Vec::new();
        for item in &late {
            if !names.contains(&item.terms) {
                names.push(item.terms);
            }
        }
        names.retain(|name| worth(&of(*name)) == rest);
        let Some(first) = names.first() else { return Vec::new() };
        let chosen = of(*first);
        let lone = |item: &Item| {
            self.open_in_the_end(item) == rest && (chosen.len() > 1 || chosen.iter().all(|c| c.id != item.id))
        };
        if !attended && (names.len() > 1 || open.iter().any(lone)) {
            return Vec::new();
        }
        chosen.into_iter().map(|item| (item.clone(), self.open_in_the_end(item), 0)).collect()
    }

    /// The fewest items that come to the credit, of every choice of up to `most` of them.
    fn combined(
        &self,
        (credit, rest): (&Item, i64),
        open: &[Item],
        most: usize,
        attended: bool,
    ) -> Vec<(Item, i64, i64)> {
        if open.len() > 24 && !attended {
            return Vec::new();
        }
        let seen = &open[..open.len().min(24)];
        let price = |item: &Item, discounted: bool| {
            let open = self.open_in_the_end(item);
            let earned = self.discount_now(credit, item).min(open);
            if discounted && earned < open { open - earned } else { open }
        };
        if !attended && seen.iter().any(|item| price(item, true) == rest || price(item, false) == rest) {
            return Vec::new();
        }
        let mut found: Vec<(Vec<usize>, bool)> = Vec::new();
        for size in 2..=most {
            for discounted in [true, false] {
                for places in choices(seen.len(), size) {
                    let sum: i64 = places.iter().map(|n| price(&seen[*n], discounted)).sum();
                    if sum == rest && found.iter().all(|(same, _)| *same != places) {
                        found.push((places, discounted));
                    }
                }
            }
            if attended && !found.is_empty() {
                break;
            }
        }
        let Some((places, discounted)) = found.first() else { return Vec::new() };
        if !attended && found.len() > 1 {
            return Vec::new();
        }
        let planned = |n: &usize| {
            let cash = price(&seen[*n], *discounted);
            (seen[*n].clone(), cash, self.open_in_the_end(&seen[*n]) - cash)
        };
        places.iter().map(planned).collect()
    }

    /// Items in order, each settled with its discount as long as the credit lasts.
    fn in_order(&self, credit: &Item, rest: i64, items: &[Item], partial: bool) -> Vec<(Item, i64, i64)> {
        let mut left = rest;
        let mut plan = Vec::new();
        for item in items {
            let open = self.open_in_the_end(item);
            let earned = self.discount_now(credit, item).min(open);
            let takes = cash_for(open, earned, left);
            let short = open - takes;
            if short <= earned {
                plan.push((item.clone(), takes, short));
            } else if partial {
                plan.push((item.clone(), takes, self.part_now(credit, item, takes)));
            } else {
                // What comes later in the order does not overtake.
                break;
            }
            left -= takes;
            if left == 0 {
                break;
            }
        }
        plan
    }
}

/// Costs, interest, debts.
fn class_of(item: &Item) -> u8 {
    match (item.kind == super::Kind::FinanceCharge, item.id.part()) {
        (true, 1) => 1,
        (true, _) => 0,
        (false, _) => 2,
    }
}

/// Every choice of `size` places out of `count`, in order.
fn choices(count: usize, size: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![vec![]];
    for _ in 0..size {
        let longer = |chosen: &Vec<usize>| {
            let from = chosen.last().map_or(0, |last| last + 1);
            (from..count).map(|next| [chosen.as_slice(), &[next]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}
