//! Finance charges in the model: day by day. What every day of every debt was charged is written
//! down; an assessment looks at each day again and charges the difference.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::values::*;

use super::{Document, Item, Kind, LinkKind, Model, Outcome, Refusal, Why, converted, no};
use crate::act::{Act, Area, Number};
use crate::world::{CHARGE_RATES, FEES, id, money};

/// A whole minor unit, in the fractions that a day's interest is kept in: per cent of a per cent, of
/// 365 days.
const UNIT: i128 = 10_000 * 365;

/// How a debt was charged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    /// The last day.
    pub through: Option<Date>,
    /// Interest charged and not given back.
    pub interest: i64,
    /// Fixed sums charged and not given back.
    pub fees: i64,
    /// What each day was charged, in fractions of a minor unit.
    days: BTreeMap<Date, i128>,
    /// Which assessment it was.
    serial: usize,
}

/// An assessment, for its void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    documents: [Option<DocumentId>; 2],
    /// Debt, what it was charged and given back, its state before and after.
    lines: Vec<(ItemId, [i64; 2], Option<Charged>, Charged)>,
}

impl Model {
    pub(super) fn charge_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Assess { account, fees, currency, through, date } => {
                self.assess(account, *fees, *currency, *through, *date)
            }
            Act::Waive { item, amount, date } => self.waive(item, *amount, *date),
            other => unreachable!("{other:?} is no act of charging"),
        }
    }

    /// Marks debts that a settlement, or its undo, made news of since a story stood like `before`.
    pub(super) fn note_news(&mut self, before: &Self) {
        let mut news: Vec<(ItemId, Date)> = Vec::new();
        for (n, link) in self.links.iter().enumerate() {
            // A revaluation moves nothing that is owed.
            let Some((debt, 1..)) = &link.debit else { continue };
            let old = before.links.get(n);
            if old.is_none() {
                news.push((debt.clone(), link.date));
            }
            if let Some(day) = link.undone
                && old.is_none_or(|old| old.undone.is_none())
            {
                news.push((debt.clone(), day));
            }
        }
        for (debt, day) in news {
            let item = self.item(&debt);
            if item.is_some_and(|item| item.debit && (day > item.due || self.charged.contains_key(&debt))) {
                self.late.insert(debt);
            }
        }
    }

    /// When a settlement counts for interest: its credit's value date, unless it was booked earlier.
    fn interest_day(&self, credit: Option<&ItemId>, booked: Date) -> Date {
        let value = credit.and_then(|id| self.item(id)).map(|item| item.value);
        value.map_or(booked, |value| value.min(booked))
    }

    /// What of a debt bears interest on a day: the day of payment still does.
    fn bears(&self, item: &Item, day: Date) -> i64 {
        // What was another debt before bears interest from the day after it became this one.
        if taken_over(item) && day <= item.date {
            return 0;
        }
        let mut balance = item.original;
        for link in &self.links {
            let Some((_, minor)) = link.debit.as_ref().filter(|(id, _)| *id == item.id) else { continue };
            if self.interest_day(link.credit.as_ref().map(|(id, _)| id), link.date) < day {
                balance -= minor;
            }
            if link.undone.is_some_and(|undone| undone < day) {
                balance += minor;
            }
        }
        balance.max(0)
    }

    fn assess(
        &mut self,
        account: &AccountId,
        fees: bool,
        currency: Currency,
        through: Date,
        date: Date,
    ) -> Result<Outcome, Refusal> {
        let mut why = Why::default();
        why.take(self.live_account(account));
        why.when(fees && currency != crate::world::base(), "currency.mismatch");
        why.when(date < through, "date.before_start");
        why.stop()?;
        let mut debts: Vec<Item> = self
            .items
            .iter()
            .filter(|item| {
                let behind = self.charged.get(&item.id).is_none_or(|c| c.through < Some(through));
                let open = self.open_in_the_end(item) > 0;
                item.debit
                    && item.kind != Kind::FinanceCharge
                    && (&item.account, item.currency) == (account, currency)
                    && item.due < through
                    && item.date <= through
                    && (self.late.contains(&item.id) || open && behind)
            })
            .cloned()
            .collect();
        debts.sort_by(|a, b| (a.due, a.document_date, &a.id).cmp(&(b.due, b.document_date, &b.id)));
        if debts.is_empty() {
            return no("charge.nothing");
        }
        self.assessments.push(Assessment { documents: [None, None], lines: Vec::new() });
        let serial = self.assessments.len();
        let mut sums = [[0_i128; 2]; 2];
        for debt in &debts {
            let before = self.charged.get(&debt.id).cloned();
            let (after, line) = self.charge(debt, before.clone(), fees, through, serial)?;
            let credit = usize::from(line[0] < 0 || line[1] < 0);
            for (sum, minor) in sums[credit].iter_mut().zip(line) {
                *sum += i128::from(minor);
            }
            self.late.remove(&debt.id);
            self.charged.insert(debt.id.clone(), after.clone());
            self.assessments[serial - 1].lines.push((debt.id.clone(), line, before, after));
        }
        let mut document = None;
        for (credit, sum) in sums.into_iter().enumerate() {
            if sum[0] + sum[1] == 0 {
                continue;
            }
            let made = self.charge_document(account, credit == 1, sum, currency, date)?;
            self.assessments[serial - 1].documents[credit] = Some(made.clone());
            document = document.or(Some(made));
        }
        Ok(Outcome { document, ..Outcome::default() })
    }

    /// What a debt is charged now, and how it stands then.
    fn charge(
        &self,
        debt: &Item,
        before: Option<Charged>,
        fees: bool,
        through: Date,
        serial: usize,
    ) -> Result<(Charged, [i64; 2]), Refusal> {
        let first = before.is_none();
        let mut after = before.unwrap_or_default();
        let last = after.through.map_or(through, |known| known.max(through));
        let (mut owed, mut due_now, mut day) = (false, 0_i128, debt.due);
        let mut days = BTreeMap::new();
        while day < last {
            day = day.add_days(1).expect("in the business range");
            let (_, rate) =
                CHARGE_RATES.iter().rfind(|(from, _)| crate::world::day(*from) <= day).expect("a rate");
            let minor = i128::from(self.bears(debt, day)) * i128::from(*rate);
            owed |= minor > 0;
            due_now += minor - after.days.get(&day).copied().unwrap_or(0);
            days.insert(day, minor);
        }
        let changed = after.days.iter().any(|(day, minor)| days.get(day) != Some(minor));
        let half = if due_now < 0 { -UNIT / 2 } else { UNIT / 2 };
        let mut interest = i64::try_from((due_now + half) / UNIT).unwrap_or(i64::MAX);
        let mut fee = 0;
        if changed && !owed {
            (interest, fee) = (-after.interest, -after.fees);
        }
        interest = interest.max(-after.interest);
        if first && fees && !(taken_over(debt) && debt.aged < debt.date) {
            let size = self.bears(debt, debt.due.add_days(1).expect("in the business range"));
            let tier = FEES.iter().rfind(|(from, _)| size > 0 && *from <= size);
            fee = tier.map_or(0, |(_, minor)| *minor);
        }
        if interest.abs() > AMOUNT_MINOR_MAX {
            return no("amount.out_of_range");
        }
        after.through = Some(last);
        after.interest += interest;
        after.fees += fee;
        after.days = days;
        after.serial = serial;
        Ok((after, [interest, fee]))
    }

    fn charge_document(
        &mut self,
        account: &AccountId,
        credit: bool,
        sums: [i128; 2],
        currency: Currency,
        date: Date,
    ) -> Result<DocumentId, Refusal> {
        let mut why = Why::default();
        let area = if credit { Area::Credits } else { Area::Billing };
        let day = why.take(self.posting_day(area, date, None));
        let rate = why.take(self.carrying_rate(currency, None, date));
        let number = why.take(self.take_number(&Number::Series(id(if credit { "CM" } else { "FC" })), date));
        let [interest, fees] = sums.map(|sum| i64::try_from(sum.abs()).unwrap_or(i64::MAX));
        let total = interest.saturating_add(fees);
        why.when(total > AMOUNT_MINOR_MAX, "amount.out_of_range");
        why.take(converted(money(total, currency), rate.flatten()));
        why.stop()?;
        let (Some(day), Some(rate), Some(number)) = (day, rate, number) else {
            unreachable!("nothing offends")
        };
        let kind = if credit { Kind::CreditMemo } else { Kind::FinanceCharge };
        let parts = if credit || fees == 0 { vec![total] } else { vec![interest, fees] };
        for (n, minor) in parts.into_iter().enumerate() {
            self.items.push(Item {
                id: ItemId::new(number.clone(), n as u16 + 1),
                kind,
                debit: !credit,
                account: account.clone(),
                currency,
                date: day,
                document_date: date,
                value: date,
                due: date,
                aged: date,
                original: minor,
                tiers: Vec::new(),
                rate,
                control: "receivable",
                terms: None,
                revalued_on: None,
                revalued: false,
                counts: (true, true),
                order: None,
            });
        }
        self.documents.push(Document {
            id: number.clone(),
            kind,
            account: account.clone(),
            currency,
            document_date: date,
            date: day,
            lines: Vec::new(),
            taxes: BTreeMap::new(),
            coins: 0,
            off: (0, 0),
            voided: None,
            invoice: None,
            order: None,
            rate,
            ended: false,
            delivered: false,
        });
        Ok(number)
    }

    /// The assessment of a document and the lines of it that the document bears.
    fn assessment_of(&self, document: &DocumentId) -> Option<(usize, bool)> {
        self.assessments.iter().enumerate().find_map(|(n, assessment)| {
            let credit = assessment.documents.iter().position(|made| made.as_ref() == Some(document))?;
            Some((n, credit == 1))
        })
    }

    /// A void gives the days back, when nothing was charged on the same debts since.
    ///
    /// # Errors
    /// `document.state`.
    pub(super) fn give_back(&mut self, document: &DocumentId) -> Result<(), Refusal> {
        let Some((n, credit)) = self.assessment_of(document) else { return Ok(()) };
        let lines = self.assessments[n].lines.clone();
        for (debt, line, before, after) in lines {
            if credit != (line[0] < 0 || line[1] < 0) {
                continue;
            }
            if self.charged.get(&debt) != Some(&after) {
                return no("document.state");
            }
            match before {
                Some(before) => self.charged.insert(debt.clone(), before),
                None => self.charged.remove(&debt),
            };
            self.late.insert(debt);
        }
        Ok(())
    }

    fn waive(&mut self, id: &ItemId, amount: Option<Money>, date: Date) -> Result<Outcome, Refusal> {
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Adjustment, date));
        let Some(item) = self.item(id).cloned() else {
            why.when(true, "item.unknown");
            return Err(why.0);
        };
        why.when(item.kind != Kind::FinanceCharge, "document.kind");
        why.when(date < item.date, "date.before_start");
        why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
        let minor = amount.map_or_else(|| self.open_in_the_end(&item), Money::minor);
        why.when(minor <= 0 || minor > self.room(&item, date.max(item.date)), "write_off.exceeds_item");
        why.when(self.open_in_the_end(&item) == 0, "allocation.item_state");
        why.stop()?;
        let (n, _) = self.assessment_of(item.id.document()).expect("a charge was assessed");
        let part = usize::from(item.id.part() > 1);
        let charged: Vec<(ItemId, i64)> = self.assessments[n]
            .lines
            .iter()
            .filter(|(_, line, ..)| line[part] > 0)
            .map(|(debt, line, ..)| (debt.clone(), line[part]))
            .collect();
        let place = self.links.len();
        self.push_link(LinkKind::Waiver, date).debit = Some((item.id.clone(), minor));
        let mut shares = Vec::new();
        for ((debt, _), share) in charged.iter().zip(parts_of(minor, &charged)) {
            if share != 0 && self.charged.contains_key(debt) {
                self.give(debt, part, -share);
                shares.push((debt.clone(), part, share));
            }
        }
        self.waived.insert(place, shares);
        Ok(Outcome::default())
    }

    fn give(&mut self, debt: &ItemId, part: usize, minor: i64) {
        if let Some(state) = self.charged.get_mut(debt) {
            if part == 0 { state.interest += minor } else { state.fees += minor }
        }
        self.late.insert(debt.clone());
    }

    /// A waiver that is undone.
    pub(super) fn reinstate(&mut self, place: usize) {
        for (debt, part, share) in self.waived.get(&place).cloned().unwrap_or_default() {
            self.give(&debt, part, share);
        }
    }

    /// Which debts an assessment looks at again, and how each is charged, for comparison.
    #[must_use]
    pub fn charges(&self) -> (&BTreeMap<ItemId, Charged>, &BTreeSet<ItemId>) {
        (&self.charged, &self.late)
    }
}

fn taken_over(item: &Item) -> bool {
    matches!(item.kind, Kind::Transfer | Kind::Chargeback | Kind::Plan)
}

/// A waiver over the debts of a charge: by largest remainder, then the larger, then the earlier.
fn parts_of(minor: i64, charged: &[(ItemId, i64)]) -> Vec<i64> {
    let whole: i128 = charged.iter().map(|(_, weight)| i128::from(*weight)).sum();
    let mut parts: Vec<(usize, i64, i128)> = Vec::new();
    for (n, (_, weight)) in charged.iter().enumerate() {
        let product = i128::from(minor) * i128::from(*weight);
        parts.push((n, (product / whole) as i64, product % whole));
    }
    let mut missing = minor - parts.iter().map(|(_, part, _)| part).sum::<i64>();
    parts.sort_by_key(|(n, _, remainder)| (-*remainder, -charged[*n].1, *n));
    for part in &mut parts {
        if missing > 0 {
            part.1 += 1;
            missing -= 1;
        }
    }
    parts.sort_by_key(|(n, ..)| *n);
    parts.into_iter().map(|(_, part, _)| part).collect()
}
