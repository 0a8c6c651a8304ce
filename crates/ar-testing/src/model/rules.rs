//! Allocation by rules in the model: the first rule that fits decides.

use super::{Item, Model, Refusal, Why};
use crate::act::Rule;
use ar_core::values::*;

impl Model {
    #[allow(clippy::too_many_arguments, reason = "each is one part of what is asked")]
    pub(super) fn allocate_by_rules(
        &mut self,
        credit: &Item,
        date: Option<Date>,
        seen_to: Option<Date>,
        references: &[DocumentId],
        rules: &[Rule],
        attended: bool,
    ) -> Result<(), Refusal> {
        let rest = self.open_in_the_end(credit);
        if rest <= 0 {
            return Ok(());
        }
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
        for rule in rules {
            let seen = if *rule == Rule::References { &open } else { &there };
            let plan = self.plan(*rule, credit, rest, seen, references, attended);
            if plan.is_empty() {
                continue;
            }
            // Of several pairs that do not go, any may be the one that is named.
            let mut why = Why::default();
            for (item, takes, discount) in plan {
                let earliest = credit.date.max(item.date);
                let day = match date {
                    None => why.take(self.moved_day(earliest)),
                    Some(day) if day < earliest => why.take(super::no("date.before_start")),
                    Some(day) => Some(day),
                };
                if let Some(day) = day {
                    why.take(self.link_up(credit, &item, day, takes, discount, 0));
                }
            }
            why.stop()?;
            return Ok(());
        }
        Ok(())
    }

    /// What a rule would settle: item, cash, discount.
    fn plan(
        &self,
        rule: Rule,
        credit: &Item,
        rest: i64,
        open: &[Item],
        references: &[DocumentId],
        attended: bool,
    ) -> Vec<(Item, i64, i64)> {
        let quote = |item: &Item| {
            let open = self.open_in_the_end(item);
            let discount = self.discount_now(credit, item).min(open);
            (open, discount)
        };
        match rule {
            Rule::References => {
                let named: Vec<Item> =
                    open.iter().filter(|item| references.contains(item.id.document())).cloned().collect();
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
                    [_, _, ..] if !attended => Vec::new(),
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
            // A discount alone settles nothing.
            let discount = Some(self.discount_now(credit, item)).filter(|earned| *earned < open).unwrap_or(0);
            if left >= open - discount {
                plan.push((item.clone(), open - discount, discount));
                left -= open - discount;
            } else if partial && left > 0 {
                plan.push((item.clone(), left, 0));
                left = 0;
            } else {
                // What comes later in the order does not overtake.
                break;
            }
            if left == 0 {
                break;
            }
        }
        plan
    }
}
