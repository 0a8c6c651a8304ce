//! Settlements in the model: allocation with discount and tolerance, undo, write-off.

use super::{Item, Kind, LinkKind, Model, Outcome, Refusal, Why, no, share};
use crate::act::{Act, How, Target};
use ar_core::values::*;

impl Model {
    pub(super) fn allocation_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Allocate { credit, date, how } => {
                let mut why = Why::default();
                why.take(shape_fits(Some(how)));
                if let Some(day) = date {
                    why.take(self.open_day(*day));
                }
                let item = self.item(credit).cloned();
                why.when(item.is_none(), "item.unknown");
                if let Some(item) = &item {
                    let no_credit = item.debit || item.account.as_str() == super::SUSPENSE;
                    why.when(no_credit || self.open_in_the_end(item) <= 0, "allocation.item_state");
                    why.when(date.is_some_and(|day| day < item.date), "date.before_start");
                    if let How::Explicit(targets) = how {
                        why.take(self.targets_fit(
                            Some(&item.account),
                            (item.currency, item.rate.is_some()),
                            self.open_in_the_end(item),
                            *date,
                            targets,
                        ));
                        self.dry_beside(&mut why, self.open_in_the_end(item), targets);
                    } else if !no_credit {
                        // Nothing found is a reason of its own, beside a closed day.
                        let mut trial = self.clone();
                        why.take(trial.allocate(item, *date, how));
                        why.when(trial.links.len() == self.links.len(), "allocation.nothing");
                        // Beside another offence: some candidate has no base amount, or the credit.
                        let unlike = |other: &Item| {
                            other.account == item.account
                                && other.currency == item.currency
                                && other.rate.is_some() != item.rate.is_some()
                        };
                        let beside = why.stop().is_err() && self.items.iter().any(unlike);
                        why.when(beside, "rate.missing");
                    }
                }
                why.stop()?;
                let item = item.expect("nothing offends");
                let before = self.links.len();
                self.allocate(&item, *date, how)?;
                if self.links.len() == before {
                    return no("allocation.nothing");
                }
            }
            Act::Undo { link, date } => self.undo_one(link, *date)?,
            Act::WriteOff { item, amount, date } => self.write_off(item, *amount, *date)?,
            other => unreachable!("{other:?} is no allocation act"),
        }
        Ok(Outcome::default())
    }

    /// Applies a credit. By rules it may find nothing.
    pub(super) fn allocate(&mut self, credit: &Item, date: Option<Date>, how: &How) -> Result<(), Refusal> {
        match how {
            How::Explicit(targets) => self.allocate_to(credit, date, targets),
            How::Rules { references, rules, attended } => {
                self.allocate_by_rules(credit, date, date, references, rules, *attended)
            }
        }
    }

    /// Applies a credit that has just come: rules see what is there on its day.
    pub(super) fn allocate_new(&mut self, credit: &Item, how: &How) -> Result<(), Refusal> {
        match how {
            How::Explicit(targets) => self.allocate_to(credit, None, targets),
            How::Rules { references, rules, attended } => {
                // Cash is never refused for what a rule proposes.
                let mut trial = self.clone();
                let day = Some(credit.date);
                if trial.allocate_by_rules(credit, None, day, references, rules, *attended).is_ok() {
                    *self = trial;
                }
                Ok(())
            }
        }
    }

    fn allocate_to(&mut self, credit: &Item, date: Option<Date>, targets: &[Target]) -> Result<(), Refusal> {
        let whole = self.open_in_the_end(credit);
        for (n, target) in targets.iter().enumerate() {
            let item = self.item(&target.item).expect("it was just found").clone();
            if let Err(offences) = self.settle(credit, &item, date, target) {
                let mut why = Why(offences);
                // Which target is refused first is free: a later one may find the credit used up.
                if n + 1 < targets.len() {
                    self.dry_beside(&mut why, whole, targets);
                }
                return why.stop();
            }
        }
        Ok(())
    }

    /// Side, currency and customer of each pair.
    pub(super) fn targets_fit(
        &self,
        payer: Option<&AccountId>,
        (currency, converted): (Currency, bool),
        rest: i64,
        date: Option<Date>,
        targets: &[Target],
    ) -> Result<(), Refusal> {
        let mut why = Why::default();
        let asked: i64 = targets.iter().filter_map(|target| target.amount).map(Money::minor).sum();
        why.when(asked > rest, "allocation.exceeds_payment");
        for target in targets {
            let Some(item) = self.item(&target.item) else {
                why.when(true, "item.unknown");
                continue;
            };
            why.when(!item.debit || self.open_in_the_end(item) == 0, "allocation.item_state");
            why.when(date.is_some_and(|day| day < item.date), "date.before_start");
            let too_much = |amount: Money| amount.minor() > self.open_in_the_end(item);
            why.when(target.amount.is_some_and(too_much), "allocation.exceeds_item");
            why.when(item.currency != currency, "currency.mismatch");
            // One side with a base amount and one without cannot meet.
            why.when(item.currency == currency && item.rate.is_some() != converted, "rate.missing");
            if let Some(Err(unfit)) = target.amount.map(|amount| amount.amount().in_currency(currency)) {
                why.when(true, unfit.code());
            }
            let parent = self.account(&item.account).and_then(|account| account.profile.parent.as_ref());
            let pays = payer.is_none_or(|payer| item.account == *payer || parent == Some(payer));
            why.when(!pays, "allocation.account_mismatch");
        }
        why.stop()
    }

    /// Beside another offence, running dry on the way through the targets is one too.
    pub(super) fn dry_beside(&self, why: &mut Why, rest: i64, targets: &[Target]) {
        let mut left = rest;
        for target in targets {
            let open = self.item(&target.item).map_or(0, |item| self.open_in_the_end(item));
            let more = target.amount.is_some_and(|amount| amount.minor() > left);
            let dry = (left <= 0 || more) && why.stop().is_err();
            why.when(dry, "allocation.exceeds_payment");
            left -= target.amount.map_or(open.min(left), Money::minor);
        }
    }

    /// The day of a pair: the later of both dates, moved to an open day.
    fn pair_day(&self, credit: &Item, item: &Item, asked: Option<Date>) -> Result<Date, Refusal> {
        let earliest = credit.date.max(item.date);
        match asked {
            None => self.moved_day(earliest),
            Some(day) if day < earliest => no("date.before_start"),
            Some(day) => self.open_day(day),
        }
    }

    fn settle(
        &mut self,
        credit: &Item,
        item: &Item,
        asked: Option<Date>,
        target: &Target,
    ) -> Result<(), Refusal> {
        let day = self.pair_day(credit, item, asked)?;
        let open = self.open_in_the_end(item);
        let rest = self.open_in_the_end(credit);
        if open <= 0 || rest <= 0 {
            return Err(
                ["allocation.exceeds_item", "allocation.exceeds_payment", "allocation.item_state"].into()
            );
        }
        let earned = if target.discount { self.discount_now(credit, item).min(open) } else { 0 };
        let takes = target.amount.map_or_else(|| rest.min(open - earned), Money::minor);
        let mut why = Why::default();
        why.when(takes > open, "allocation.exceeds_item");
        why.when(takes > rest, "allocation.exceeds_payment");
        why.stop()?;
        let discount = if takes >= open - earned { open - takes } else { 0 };
        // What is short is short of the discounted amount: the discount is decided first.
        let decided = discount.max(earned.min(open - takes).max(0));
        let short = open - takes - decided;
        let (discount, tolerance) = match self.world.tolerance {
            Some(most) if self.is_cash(credit) && short > 0 && short <= most => (decided, short),
            _ => (discount, 0),
        };
        self.link_up(credit, item, day, takes, discount, tolerance)
    }

    /// Records an allocation, unless it overdraws either side on its day or any later one.
    pub(super) fn link_up(
        &mut self,
        credit: &Item,
        item: &Item,
        day: Date,
        takes: i64,
        discount: i64,
        tolerance: i64,
    ) -> Result<(), Refusal> {
        let leaves = takes + discount + tolerance;
        if credit.rate.is_some() != item.rate.is_some() {
            return no("rate.missing");
        }
        let mut why = Why::default();
        why.when(self.room(item, day) < leaves, "allocation.exceeds_item");
        why.when(self.room(credit, day) < takes, "allocation.exceeds_payment");
        why.stop()?;
        let memo = credit.kind == Kind::CreditMemo;
        let link = self.push_link(LinkKind::Allocation, day);
        link.credit = Some((credit.id.clone(), takes));
        link.debit = Some((item.id.clone(), leaves));
        (link.discount, link.tolerance, link.memo) = (discount, tolerance, memo);
        Ok(())
    }

    pub(super) fn is_cash(&self, credit: &Item) -> bool {
        matches!(credit.kind, Kind::Payment | Kind::Transfer) && credit.control != "receivable"
    }

    /// The discount that a credit earns if it settles an item: the best rate whose window holds the
    /// value date, on the original amount less credit memos, less what was granted before.
    pub(super) fn discount_now(&self, credit: &Item, item: &Item) -> i64 {
        if !self.is_cash(credit) || credit.value < item.document_date {
            return 0;
        }
        let live = self.links.iter().filter(|link| {
            link.kind == LinkKind::Allocation && link.undone.is_none() && link.taken_from(&item.id) != 0
        });
        let (mut credited, mut granted) = (0, 0);
        for link in live {
            granted += link.discount;
            if link.memo {
                credited += link.credit.as_ref().map_or(0, |(_, minor)| *minor);
            }
        }
        let best = item.tiers.iter().filter(|(_, until)| credit.value <= *until).map(|(percent, _)| *percent);
        (share(item.original - credited, best.max().unwrap_or(0)) - granted).max(0)
    }

    fn undo_one(&mut self, id: &LinkId, date: Date) -> Result<(), Refusal> {
        let mut why = Why::default();
        let day = why.take(self.moved_day(date));
        let place = self.links.iter().position(|link| link.id.as_ref() == Some(id));
        why.when(place.is_none(), "link.unknown");
        if let Some(place) = place {
            let link = &self.links[place];
            why.when(link.undone.is_some(), "reversal.already_reversed");
            let by_itself = matches!(link.kind, LinkKind::Allocation | LinkKind::WriteOff);
            why.when(!by_itself, "reversal.not_reversible");
            why.when(date < link.date, "date.before_start");
            for account in self.accounts_of(link) {
                why.take(self.may_open_again(&account));
            }
        }
        why.stop()?;
        let (day, place) = (day.expect("nothing offends"), place.expect("nothing offends"));
        self.links[place].undone = Some(day);
        Ok(())
    }

    fn write_off(&mut self, id: &ItemId, amount: Option<Money>, date: Date) -> Result<(), Refusal> {
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(date));
        let item = self.item(id).cloned();
        why.when(item.is_none(), "item.unknown");
        let mut minor = 0;
        if let Some(item) = &item {
            why.when(date < item.date, "date.before_start");
            minor = amount.map_or_else(|| self.open_in_the_end(item), Money::minor);
            let exceeds = minor <= 0 || minor > self.room(item, date.max(item.date));
            why.when(exceeds, "write_off.exceeds_item");
            why.when(!item.debit || self.open_in_the_end(item) == 0, "allocation.item_state");
        }
        why.stop()?;
        let day = date;
        self.push_link(LinkKind::WriteOff, day).debit = Some((id.clone(), minor));
        Ok(())
    }
}

/// What can be said of an application without the book: each item once, each amount above zero.
pub(super) fn shape_fits(how: Option<&How>) -> Result<(), Refusal> {
    let Some(How::Explicit(targets)) = how else { return Ok(()) };
    let mut why = Why::default();
    why.when(targets.is_empty(), "allocation.nothing");
    for (n, target) in targets.iter().enumerate() {
        let again = targets[..n].iter().any(|other| other.item == target.item);
        why.when(again, "allocation.repeated_item");
        why.when(target.amount.is_some_and(|amount| !amount.is_positive()), "allocation.not_positive");
    }
    why.stop()
}
