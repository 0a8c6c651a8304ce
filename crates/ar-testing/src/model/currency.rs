//! Foreign currency in the model: conversions with both their amounts, and revaluations by their days.
//! What a revaluation comes to follows from base amounts, which the model leaves to the checks.

use super::{Conversion, Item, Kind, Link, LinkKind, Model, Outcome, Refusal, Why, no};
use crate::act::{Act, Area, Target};
use crate::world::base;
use ar_core::values::*;
use std::collections::BTreeMap;

impl Model {
    /// Takes over what a revaluation came to: its settlements, and which items are carried at another
    /// amount than the booked one, with the day.
    pub fn learn(&mut self, links: Vec<Link>, items: &BTreeMap<ItemId, (i64, Option<Date>)>) {
        self.links.extend(links);
        for item in &mut self.items {
            if let Some((revalued, on)) = items.get(&item.id) {
                (item.revalued, item.revalued_on) = (*revalued != 0, *on);
            }
        }
    }

    pub(super) fn currency_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Convert { conversion, credit, to, amount, gives, date } => {
                self.convert(conversion, credit, *to, (*amount, *gives), *date)
            }
            Act::Across { credit, item, conversion, amount, gives, date } => {
                self.across((credit, item), conversion, (*amount, *gives), *date)
            }
            Act::Revalue { account, currency, date, items, reverse_on } => {
                self.revalue(account, *currency, (*date, *reverse_on), items)
            }
            other => unreachable!("{other:?} is no act of currency"),
        }
    }

    fn convert(
        &mut self,
        conversion: &DocumentId,
        credit: &ItemId,
        to: Currency,
        (amount, gives): (Option<Money>, Option<Money>),
        date: Date,
    ) -> Result<Outcome, Refusal> {
        if [amount, gives].into_iter().flatten().any(|money| !money.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Settlement, date));
        why.take(self.number_free(conversion));
        let item = why.take(self.own_credit(credit)).cloned();
        let mut minor = 0;
        let mut new = None;
        if let Some(item) = &item {
            why.when(item.currency == to, "conversion.same_currency");
            // Forth and back would leave something behind.
            why.when(item.kind == Kind::Conversion, "allocation.item_state");
            why.when(date < item.date, "date.before_start");
            why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
            why.when(item.currency != base() && item.rate.is_none(), "rate.missing");
            minor = amount.map_or_else(|| self.open_in_the_end(item), Money::minor);
            why.when(minor > self.room(item, date.max(item.date)), "allocation.exceeds_payment");
            new = self.becomes(item.currency, to, (minor, gives), date, &mut why);
        }
        why.stop()?;
        let (item, (minor_to, rate)) = (item.expect("nothing offends"), new.expect("nothing offends"));
        let place = self.links.len();
        self.push_link(LinkKind::Conversion, date).credit = Some((credit.clone(), minor));
        let new = Item {
            id: ItemId::new(conversion.clone(), 1),
            kind: Kind::Conversion,
            currency: to,
            date,
            original: minor_to,
            rate,
            revalued_on: None,
            revalued: false,
            counts: (true, true),
            // What it was kept for was an order in the old currency.
            order: None,
            ..item
        };
        self.conversions.push(Conversion { link: place, item: new.id.clone(), settles: false });
        self.new_credit(Kind::Conversion, new, None)?;
        Ok(Outcome { document: Some(conversion.clone()), ..Outcome::default() })
    }

    /// The other amount, by the rates of the day when it is not given, and the rate that the new credit
    /// is carried at.
    fn becomes(
        &self,
        from: Currency,
        to: Currency,
        (minor, gives): (i64, Option<Money>),
        date: Date,
        why: &mut Why,
    ) -> Option<(i64, Option<Rate>)> {
        let rate = |currency: Currency| match currency == base() {
            true => Ok(Rate::ONE),
            false => self.recorded_rate(currency, date).map_or_else(|| no("rate.missing"), Ok),
        };
        let own = from == base() || to == base();
        // Amounts that are given need a rate only to be worth something in base currency.
        let rates = match gives {
            Some(_) if own => (Rate::ONE, Rate::ONE),
            Some(_) => (Rate::ONE, why.take(rate(to))?),
            None => (why.take(rate(from))?, why.take(rate(to))?),
        };
        let minor_to = match gives {
            Some(gives) => gives.minor(),
            None => exchange(minor, (from, rates.0), (to, rates.1)),
        };
        why.when(minor_to <= 0, "amount.not_positive");
        let out = minor_to > AMOUNT_MINOR_MAX;
        why.when(out, "amount.out_of_range");
        if !out && to != base() && from != base() {
            why.take(super::converted(crate::world::money(minor_to, to), Some(rates.1)));
        }
        Some((minor_to, (to != base()).then_some(rates.1)))
    }

    /// As much of a credit as settles an item in another currency, or as it has, becomes credit in that
    /// currency and settles it.
    fn across(
        &mut self,
        (credit, item): (&ItemId, &ItemId),
        conversion: &DocumentId,
        (amount, gives): (Option<Money>, Option<Money>),
        asked: Option<Date>,
    ) -> Result<Outcome, Refusal> {
        let mut why = Why::default();
        why.when(amount.is_some_and(|amount| !amount.is_positive()), "allocation.not_positive");
        why.when(gives.is_some_and(|gives| !gives.is_positive()), "amount.not_positive");
        why.stop()?;
        why.take(self.number_free(conversion));
        let credit = why.take(self.own_credit(credit)).cloned();
        why.when(self.item(item).is_none(), "item.unknown");
        let (Some(credit), Some(item)) = (credit, self.item(item).cloned()) else {
            return Err(why.0);
        };
        why.when(conversion == credit.id.document(), "number.taken");
        why.when(item.currency == credit.currency, "conversion.same_currency");
        why.when(credit.kind == Kind::Conversion, "allocation.item_state");
        why.when(gives.is_some() && amount.is_none(), "conversion.amount_missing");
        why.when(credit.currency != base() && credit.rate.is_none(), "rate.missing");
        let day = self.pair_day(&credit, &item, asked, &mut why);
        let probe = Item {
            kind: Kind::Conversion,
            currency: item.currency,
            rate: item.rate,
            revalued_on: None,
            ..credit.clone()
        };
        let any = Target { item: item.id.clone(), amount: None, discount: true, grant: None, withheld: None };
        why.take(self.target_fits(&probe, &any).map(drop));
        why.when(item.currency != base() && item.rate.is_none(), "rate.missing");
        let (open, rest) = (self.open_in_the_end(&item), self.open_in_the_end(&credit));
        let needed = super::allocation::cash_for(open, self.discount_now(&probe, &item).min(open), i64::MAX);
        let mut from = amount.map_or(rest, Money::minor);
        let mut new = None;
        if why.0.is_empty() {
            if amount.is_none()
                && let Some((cost, _)) =
                    self.becomes(item.currency, credit.currency, (needed, None), day, &mut Why::default())
                && cost.max(1) <= rest
            {
                from = cost.max(1);
                let rate = why.take(self.becomes_rate(item.currency, day));
                why.when(from > AMOUNT_MINOR_MAX, "amount.out_of_range");
                new = rate.map(|rate| (needed, rate));
            } else {
                new = self.becomes(credit.currency, item.currency, (from, gives), day, &mut why);
                if amount.is_none() {
                    new = new.map(|(minor, rate)| (minor.min(needed), rate));
                }
            }
        }
        why.when(from > self.room(&credit, day.max(credit.date)), "allocation.exceeds_payment");
        why.stop()?;
        let (minor_to, rate) = new.expect("nothing offends");
        let place = self.links.len();
        let mut trial = self.clone();
        trial.push_link(LinkKind::Conversion, day).credit = Some((credit.id.clone(), from));
        let new = Item {
            id: ItemId::new(conversion.clone(), 1),
            date: day,
            original: minor_to,
            rate,
            revalued: false,
            counts: (true, true),
            // What it was kept for was an order in the old currency.
            order: None,
            ..probe
        };
        trial.conversions.push(Conversion { link: place, item: new.id.clone(), settles: true });
        trial.new_credit(Kind::Conversion, new.clone(), None)?;
        let amount = Some(crate::world::money(minor_to, item.currency));
        let target = Target { amount, ..any };
        trial.settle(&new, &item, Some(day), &target, &mut why);
        why.stop()?;
        *self = trial;
        Ok(Outcome { document: Some(conversion.clone()), ..Outcome::default() })
    }

    /// The rate that a credit in a currency is carried at.
    fn becomes_rate(&self, currency: Currency, date: Date) -> Result<Option<Rate>, Refusal> {
        match currency == base() {
            true => Ok(None),
            false => self.recorded_rate(currency, date).map_or_else(|| no("rate.missing"), |r| Ok(Some(r))),
        }
    }

    /// The conversion that a settlement made, or that was made for it.
    pub(super) fn conversion_of(&self, place: usize) -> Option<Conversion> {
        let credit = self.links[place].credit.as_ref().map(|(item, _)| item);
        let kind = self.links[place].kind;
        let mut all = self.conversions.iter();
        let made_for =
            |one: &Conversion| one.settles && kind == LinkKind::Allocation && Some(&one.item) == credit;
        all.find(|one| one.link == place || made_for(one)).cloned()
    }

    /// A conversion ends whole: its item closes on the day on which the credit comes back.
    pub(super) fn end_conversion(&mut self, one: Conversion, day: Date, why: &mut Why) {
        let Conversion { link: place, item: id, .. } = one;
        let Some(item) = self.item(&id).cloned() else { return };
        self.links[place].undone = Some(day.max(self.links[place].date));
        why.when(self.room(&item, day) < item.original, "conversion.in_use");
        why.when(item.revalued_on.is_some_and(|on| day < on), "revaluation.later");
        self.push_link(LinkKind::Conversion, day).credit = Some((id.clone(), item.original));
        if let Some(known) = self.documents.iter_mut().find(|known| known.id == *id.document()) {
            known.ended = true;
        }
    }

    /// Conversions of credits that are taken back: each comes back whole with what it settled, unless
    /// part of it has left for good.
    pub(super) fn end_conversions_of(&mut self, credits: &[Item], day: Date, why: &mut Why) {
        for one in self.conversions.clone() {
            let (link, id) = (self.links[one.link].clone(), one.item.clone());
            let mine = link.credit.as_ref().is_some_and(|(of, _)| credits.iter().any(|item| item.id == *of));
            if !mine || link.undone.is_some() {
                continue;
            }
            let live: Vec<LinkKind> = self
                .links
                .iter()
                .filter(|other| other.undone.is_none() && other.taken_from(&id) != 0)
                .map(|other| other.kind)
                .collect();
            let comes_back = |kind: &LinkKind| {
                matches!(kind, LinkKind::Allocation | LinkKind::WriteOff | LinkKind::Recovery)
            };
            if !live.iter().all(comes_back) {
                continue;
            }
            let Some(item) = self.item(&id).cloned() else { continue };
            self.undo_all_of(std::slice::from_ref(&item), day, why);
            let on = day.max(link.date);
            why.take(self.moved_day(&[Area::Settlement], on));
            self.end_conversion(one, on, why);
        }
    }

    fn revalue(
        &mut self,
        account: &AccountId,
        currency: Currency,
        (date, reverse_on): (Date, Option<Date>),
        items: &[ItemId],
    ) -> Result<Outcome, Refusal> {
        let mut why = Why::default();
        why.take(self.open_day(Area::Adjustment, date));
        if let Some(day) = reverse_on {
            why.take(self.open_day(Area::Adjustment, day));
            why.when(day <= date, "date.before_start");
        }
        why.when(self.account(account).is_none(), "account.unknown");
        if currency == base() {
            why.when(true, "rate.base_currency");
        } else {
            why.when(self.recorded_rate(currency, date).is_none(), "rate.missing");
        }
        for id in items {
            let Some(item) = self.item(id) else {
                why.when(true, "item.unknown");
                continue;
            };
            why.when(item.account != *account, "document.account_mismatch");
            why.when(item.currency != currency, "currency.mismatch");
            why.when(item.rate.is_none(), "rate.missing");
            why.when(date < item.date, "date.before_start");
        }
        why.stop()?;
        // Whether anything moves, and on which later days, follows from base amounts.
        let perhaps = ["period.not_open", "period.closed", "revaluation.later", "amount.out_of_range"];
        Ok(Outcome { perhaps: perhaps.into_iter().collect(), ..Outcome::default() })
    }
}

/// `minor × rate / rate` between two currencies, half away from zero.
fn exchange(minor: i64, (from, rate_from): (Currency, Rate), (to, rate_to): (Currency, Rate)) -> i64 {
    let power = |exponent: u8| 10_i128.pow(u32::from(exponent));
    let (f, t) = (rate_from.decimal(), rate_to.decimal());
    let mut numerator = i128::from(minor) * i128::from(f.mantissa());
    let mut denominator = i128::from(t.mantissa());
    // Powers of ten on both sides cancel before they are multiplied.
    let (up, down) = (t.scale() + to.exponent(), f.scale() + from.exponent());
    if up >= down {
        numerator *= power(up - down);
    } else {
        denominator *= power(down - up);
    }
    let rounded = (2 * numerator + denominator) / (2 * denominator);
    i64::try_from(rounded).unwrap_or(i64::MAX)
}
