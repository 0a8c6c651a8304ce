//! Allocation by rules in the model: the first rule that fits decides.

use super::allocation::cash_for;
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
        for rule in &by.rules {
            let seen = if *rule == Rule::References { &open } else { &there };
            let plan = self.plan(*rule, (credit, seen_to.unwrap_or(credit.date)), rest, seen, by);
            if plan.is_empty() {
                continue;
            }
            // Of several pairs that do not go, any may be the one that is named.
            let mut why = Why::default();
            for (item, takes, discount) in plan {
                let day = self.pair_day(credit, &item, date, &mut why);
                self.link_up((credit, &item, day), (takes, discount, 0), &mut why);
            }
            return why.stop().map(|()| true);
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
                if named.iter().any(|item| item.rate.is_some() != credit.rate.is_some()) {
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
                    item.debit && item.account == credit.account && item.currency == credit.currency
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
                let give = rest.min(total);
                let mut parts: Vec<(usize, i64, i128)> = weights
                    .iter()
                    .enumerate()
                    .map(|(n, weight)| {
                        let exact = i128::from(give) * i128::from(*weight);
                        (n, (exact / i128::from(total)) as i64, exact % i128::from(total))
                    })
                    .collect();
                let mut missing = give - parts.iter().map(|(_, part, _)| part).sum::<i64>();
                // The largest remainder first, then the larger item, then the earlier.
                parts.sort_by_key(|(n, _, remainder)| (-*remainder, -weights[*n], *n));
                for part in &mut parts {
                    if missing > 0 {
                        part.1 += 1;
                        missing -= 1;
                    }
                }
                parts.sort_by_key(|(n, ..)| *n);
                let parts = parts.into_iter().filter(|(_, part, _)| *part > 0);
                parts.map(|(n, part, _)| (open[n].clone(), part, 0)).collect()
            }
        }
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
