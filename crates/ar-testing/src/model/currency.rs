//! Foreign currency in the model: conversions with both their amounts, and revaluations by their days.
//! What a revaluation comes to follows from base amounts, which the model leaves to the checks.

use super::{Item, Kind, LinkKind, Model, Outcome, Refusal, Why, no};
use crate::act::Act;
use crate::world::base;
use ar_core::values::*;

impl Model {
    pub(super) fn currency_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Convert { conversion, credit, to, amount, gives, date } => {
                self.convert(conversion, credit, *to, (*amount, *gives), *date)
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
        why.take(self.open_day(date));
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
            ..item
        };
        self.conversions.push((place, new.id.clone()));
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

    /// The conversion that a settlement made, if it is one.
    pub(super) fn conversion_of(&self, place: usize) -> Option<(usize, ItemId)> {
        self.conversions.iter().find(|(link, _)| *link == place).cloned()
    }

    /// A conversion ends whole: its item closes on the day on which the credit comes back.
    pub(super) fn end_conversion(&mut self, place: usize, id: &ItemId, day: Date, why: &mut Why) {
        let Some(item) = self.item(id).cloned() else { return };
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
        for (place, id) in self.conversions.clone() {
            let link = self.links[place].clone();
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
            if !live.iter().all(|kind| matches!(kind, LinkKind::Allocation | LinkKind::WriteOff)) {
                continue;
            }
            let Some(item) = self.item(&id).cloned() else { continue };
            self.undo_all_of(std::slice::from_ref(&item), day, why);
            let on = day.max(link.date);
            why.take(self.moved_day(on));
            self.end_conversion(place, &id, on, why);
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
        why.take(self.open_day(date));
        if let Some(day) = reverse_on {
            why.take(self.open_day(day));
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
