//! Settlements in the model: allocation with discount and tolerance, undo.

use super::{Item, Kind, LinkKind, Model, Outcome, Refusal, Why, no, share};
use crate::act::{Act, Area, How, Target, Withheld};
use ar_core::values::*;

impl Model {
    pub(super) fn allocation_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Allocate { credit, date, how } => self.allocate(credit, *date, how)?,
            Act::Undo { link, date } => self.undo_one(link, *date)?,
            other => unreachable!("{other:?} is no allocation act"),
        }
        Ok(Outcome::default())
    }

    /// Applies a credit. By rules it has to find something.
    fn allocate(&mut self, credit: &ItemId, date: Option<Date>, how: &How) -> Result<(), Refusal> {
        let mut why = Why::default();
        let shaped = why.take(shape_fits(Some(how), None)).is_some();
        if let Some(day) = date {
            why.take(self.open_day(Area::Settlement, day));
        }
        let item = self.item(credit).cloned();
        why.when(item.is_none(), "item.unknown");
        let mut trial = self.clone();
        if let Some(item) = &item {
            let unknown = item.account.as_str() == super::SUSPENSE;
            let none = item.debit || self.open_in_the_end(item) <= 0;
            why.when(none || unknown, "allocation.item_state");
            why.when(date.is_some_and(|day| day < item.date), "date.before_start");
            match how {
                How::Explicit(targets) if shaped && !item.debit => {
                    why.take(trial.allocate_to(item, date, targets));
                }
                How::Rules(by) if !none && !unknown => {
                    let found = why.take(trial.allocate_by_rules(item, date, date, by));
                    why.when(found == Some(false), "allocation.nothing");
                }
                How::Explicit(_) | How::Rules(_) => {}
            }
        }
        why.stop()?;
        *self = trial;
        Ok(())
    }

    /// Applies a credit that has just come: rules see what is there on its day.
    pub(super) fn allocate_new(&mut self, credit: &Item, how: &How) -> Result<(), Refusal> {
        match how {
            How::Explicit(targets) => self.allocate_to(credit, None, targets),
            How::Rules(by) => {
                // Cash is never refused for what a rule proposes.
                let mut trial = self.clone();
                if trial.allocate_by_rules(credit, None, Some(credit.date), by).is_ok() {
                    *self = trial;
                }
                Ok(())
            }
        }
    }

    fn allocate_to(&mut self, credit: &Item, date: Option<Date>, targets: &[Target]) -> Result<(), Refusal> {
        let mut why = Why::default();
        let before = self.links.len();
        if let Some(plans) = self.looked_at_whole(credit, targets) {
            for (item, takes, discount, tolerance) in plans {
                let day = self.pair_day(credit, &item, date, &mut why);
                self.link_up((credit, &item, day), (takes, discount, tolerance), &mut why);
            }
        } else {
            for target in targets {
                if let Some(item) = why.take(self.target_fits(credit, target)).cloned() {
                    self.settle(credit, &item, date, target, &mut why);
                }
            }
        }
        why.stop()?;
        if targets.iter().all(|target| target.grant.is_none()) {
            self.keep_excess(credit, before);
        }
        Ok(())
    }

    /// Side, currency and customer of a pair.
    pub(super) fn target_fits(&self, credit: &Item, target: &Target) -> Result<&Item, Refusal> {
        let Some(item) = self.item(&target.item) else { return no("item.unknown") };
        let mut why = Why::default();
        let unknown = credit.account.as_str() == super::SUSPENSE;
        why.when(unknown || !item.debit || self.open_in_the_end(item) == 0, "allocation.item_state");
        let same = item.currency == credit.currency;
        why.when(!same, "currency.mismatch");
        // One side with a base amount and one without cannot meet.
        why.when(same && item.rate.is_some() != credit.rate.is_some(), "rate.missing");
        for amount in [target.amount, target.grant.flatten()].into_iter().flatten() {
            if let Err(unfit) = amount.amount().in_currency(credit.currency) {
                why.when(true, unfit.code());
            }
        }
        let parent = self.account(&item.account).and_then(|account| account.profile.parent.as_ref());
        let pays = unknown || item.account == credit.account || parent == Some(&credit.account);
        why.when(!pays, "allocation.account_mismatch");
        why.stop()?;
        Ok(item)
    }

    /// The day of a pair: the later of both dates, moved to an open day. One that does not go is
    /// noted.
    pub(super) fn pair_day(&self, credit: &Item, item: &Item, asked: Option<Date>, why: &mut Why) -> Date {
        let earliest = credit.date.max(item.date);
        // Nothing leaves an item before its latest revaluation.
        let least = [credit.revalued_on, item.revalued_on].into_iter().flatten().fold(earliest, Date::max);
        why.take(match asked {
            None => self.moved_day(&[Area::Settlement], least),
            Some(day) => self.open_day(Area::Settlement, day),
        });
        why.when(asked.is_some_and(|day| day < earliest), "date.before_start");
        for side in [credit, item] {
            why.when(
                asked.is_some_and(|day| side.revalued_on.is_some_and(|on| day < on)),
                "revaluation.later",
            );
        }
        let moved = self.moved_day(&[Area::Settlement], least).unwrap_or(least);
        asked.map_or(moved, |day| day.max(earliest))
    }

    /// Settles one target. One that does not go is noted and counts as taken all the same: the next
    /// finds what it would have left.
    pub(super) fn settle(
        &mut self,
        credit: &Item,
        item: &Item,
        asked: Option<Date>,
        target: &Target,
        why: &mut Why,
    ) {
        let open = self.open_in_the_end(item);
        let rest = self.open_in_the_end(credit);
        why.when(target.grant.is_some() && !self.is_cash(credit), "discount.not_grantable");
        if rest <= 0 {
            why.when(true, "allocation.exceeds_payment");
            why.take(self.withheld_of(credit, item, target));
            return;
        }
        // Beside tax withheld, everything is as if so much more had been paid.
        let Some(withheld) = why.take(self.withheld_of(credit, item, target)) else { return };
        let amount = target.amount.map(|cash| crate::world::money(cash.minor() + withheld, cash.currency()));
        let rest = rest + withheld;
        if let Some(grant) = target.grant {
            self.settle_granted(credit, item, asked, (amount, grant, withheld), why);
            return;
        }
        let earned = if target.discount { self.discount_now(credit, item).min(open) } else { 0 };
        let takes = amount.map_or_else(|| cash_for(open, earned, rest), Money::minor);
        let part = if target.discount { self.part_now(credit, item, takes) } else { 0 };
        let discount = if takes >= open - earned { (open - takes).max(0) } else { part };
        let (discount, tolerance) = if target.discount {
            self.short_of(credit, item, takes, discount)
        } else {
            self.short_of_open(credit, open - takes, discount)
        };
        why.when(withheld > 0 && takes <= withheld, "withholding.exceeds_item");
        let day = self.pair_day(credit, item, asked, why);
        self.link_up_withheld((credit, item, day), (takes, discount, tolerance), withheld, why);
    }

    /// What is short is short of the discounted amount: the discount is decided first.
    pub(super) fn short_of(&self, credit: &Item, item: &Item, takes: i64, discount: i64) -> (i64, i64) {
        let open = self.open_in_the_end(item);
        let earned = self.discount_now(credit, item).min(open);
        let decided = discount.max(earned.min(open - takes).max(0));
        match self.short_of_open(credit, open - takes - decided, 0) {
            (_, 0) => (discount, 0),
            (_, short) => (decided, short),
        }
    }

    /// Absorbs what is short, or not.
    fn short_of_open(&self, credit: &Item, short: i64, discount: i64) -> (i64, i64) {
        match self.world.tolerance {
            Some(most) if self.is_cash(credit) && !self.world.pooled && short > 0 && short <= most => {
                (discount, short)
            }
            _ => (discount, 0),
        }
    }

    /// Settles one target with a discount that somebody grants: an amount, or the best of the terms.
    fn settle_granted(
        &mut self,
        credit: &Item,
        item: &Item,
        asked: Option<Date>,
        (cash, grant, withheld): (Option<Money>, Option<Money>, i64),
        why: &mut Why,
    ) {
        let (open, rest) = (self.open_in_the_end(item), self.open_in_the_end(credit) + withheld);
        let best = self.best_of(item, item.tiers.iter()).clamp(0, open);
        let needed = open - grant.map_or(best, Money::minor);
        let takes = cash.map_or(rest.min(needed), Money::minor);
        let discount = match grant {
            Some(amount) => amount.minor(),
            None if takes >= needed => (open - takes).max(0),
            None => self.part_of(item, item.tiers.iter(), takes),
        };
        why.when(discount <= 0, "discount.not_grantable");
        why.when(takes <= 0 || takes + discount > open, "discount.exceeds_item");
        why.when(takes > rest, "allocation.exceeds_payment");
        why.when(withheld > 0 && takes <= withheld, "withholding.exceeds_item");
        let day = self.pair_day(credit, item, asked, why);
        self.link_up_withheld((credit, item, day), (takes.max(0), discount.max(0), 0), withheld, why);
    }

    /// Records an allocation. It is noted when it overdraws either side on its day or any later one.
    pub(super) fn link_up(&mut self, pair: (&Item, &Item, Date), parts: (i64, i64, i64), why: &mut Why) {
        self.link_up_withheld(pair, parts, 0, why);
    }

    /// The same, where some of what the item takes was withheld and is no cash.
    fn link_up_withheld(
        &mut self,
        (credit, item, day): (&Item, &Item, Date),
        (takes, discount, tolerance): (i64, i64, i64),
        withheld: i64,
        why: &mut Why,
    ) {
        let leaves = takes + discount + tolerance;
        let takes = takes - withheld;
        why.when(credit.rate.is_some() != item.rate.is_some(), "rate.missing");
        why.when(self.room(item, day) < leaves, "allocation.exceeds_item");
        why.when(self.room(credit, day) < takes, "allocation.exceeds_payment");
        let memo = credit.kind == Kind::CreditMemo;
        let paid = self.falls_due(credit, item, leaves);
        let link = self.push_link(LinkKind::Allocation, day);
        link.credit = Some((credit.id.clone(), takes));
        link.debit = Some((item.id.clone(), leaves));
        (link.discount, link.tolerance, link.memo, link.paid) = (discount, tolerance, memo, paid);
        link.withheld = withheld;
    }

    pub(super) fn is_cash(&self, credit: &Item) -> bool {
        matches!(credit.kind, Kind::Payment | Kind::Transfer | Kind::Conversion)
            && credit.control != "receivable"
    }

    /// The discount that a credit earns if it settles an item: the best rate whose window holds the
    /// value date, on the original amount less credit memos, less what was granted before.
    pub(super) fn discount_now(&self, credit: &Item, item: &Item) -> i64 {
        if !self.is_cash(credit) || credit.value < item.document_date {
            return 0;
        }
        self.best_of(item, item.tiers.iter().filter(|(_, until, _)| credit.value <= *until))
    }

    /// The most that these tiers give when the item is settled.
    fn best_of<'t>(&self, item: &Item, tiers: impl Iterator<Item = &'t (u8, Date, bool)>) -> i64 {
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
        let open = self.open_in_the_end(item);
        let worth = |(percent, _, shared): &(u8, Date, bool)| match shared {
            true => share(open, *percent),
            false => share(item.original - credited, *percent) - granted,
        };
        tiers.map(worth).max().unwrap_or(0).max(0)
    }

    /// The share of a discount that cash earns which does not settle an item.
    pub(super) fn part_now(&self, credit: &Item, item: &Item, cash: i64) -> i64 {
        if !self.is_cash(credit) || credit.value < item.document_date {
            return 0;
        }
        let live = item.tiers.iter().filter(|(_, until, _)| credit.value <= *until);
        self.part_of(item, live, cash)
    }

    /// Of each 100 - p paid, p more are settled.
    fn part_of<'t>(&self, item: &Item, tiers: impl Iterator<Item = &'t (u8, Date, bool)>, cash: i64) -> i64 {
        let part = |percent: u8| {
            let (numerator, paid) = (i128::from(cash) * i128::from(percent), 100 - i128::from(percent));
            ((2 * numerator + paid) / (2 * paid)) as i64
        };
        let best = tiers.filter(|(.., shared)| *shared).map(|(percent, ..)| part(*percent)).max();
        best.unwrap_or(0).min(self.open_in_the_end(item) - cash).max(0)
    }

    fn undo_one(&mut self, id: &LinkId, date: Date) -> Result<(), Refusal> {
        let mut why = Why::default();
        let day = why.take(self.moved_day(&[Area::Settlement], date));
        let place = self.links.iter().position(|link| link.id.as_ref() == Some(id));
        why.when(place.is_none(), "link.unknown");
        if let Some(place) = place {
            let link = &self.links[place];
            why.when(link.undone.is_some(), "reversal.already_reversed");
            let converts = link.kind == LinkKind::Conversion;
            let ended =
                converts && !self.conversions.iter().any(|one| self.links[one.link].id.as_ref() == Some(id));
            // What was netted of a payment that was taken back is owed.
            let of_ended = |(item, _): &(ItemId, i64)| {
                self.document(item.document()).is_some_and(|document| document.ended)
            };
            let owed = link.kind == LinkKind::Netting && link.credit.as_ref().is_some_and(of_ended);
            let by_itself = !ended
                && !owed
                && matches!(
                    link.kind,
                    LinkKind::Allocation
                        | LinkKind::WriteOff
                        | LinkKind::Conversion
                        | LinkKind::Waiver
                        | LinkKind::Recovery
                        | LinkKind::Netting
                        | LinkKind::DiscountReversal
                );
            let proven = link.undone.is_none() && self.proof_of(place).is_some();
            why.when(proven, "withholding.certified");
            why.when(!by_itself, "reversal.not_reversible");
            why.when(date < link.date, "date.before_start");
            why.take(self.nothing_recovered(place, day.unwrap_or(date)));
            for account in self.accounts_of(link) {
                why.take(self.may_open_again(&account));
            }
        }
        let day = day.unwrap_or(date);
        let mut trial = self.clone();
        if let Some(place) = place {
            trial.links[place].undone = Some(day);
            trial.without_base(&[place], date, &mut why);
            if let Some(one) = self.conversion_of(place) {
                trial.end_conversion(one, day, &mut why);
            }
        }
        why.stop()?;
        if let Some(place) = place {
            trial.reinstate(place);
        }
        *self = trial;
        Ok(())
    }
}

/// The cash that an item takes of what is left of a credit: what settles it beside the discount. A
/// discount as large as what is open gives way to the cash: without any, nothing is settled.
pub(super) fn cash_for(open: i64, earned: i64, left: i64) -> i64 {
    if earned < open { left.min(open - earned) } else { left.min(open) }
}

/// What can be said of an application without the book: each item once, each amount above zero and
/// one of the currency, when that is told.
pub(super) fn shape_fits(how: Option<&How>, currency: Option<Currency>) -> Result<(), Refusal> {
    let Some(How::Explicit(targets)) = how else { return Ok(()) };
    let mut why = Why::default();
    why.when(targets.is_empty(), "allocation.nothing");
    for (n, target) in targets.iter().enumerate() {
        let again = targets[..n].iter().any(|other| other.item == target.item);
        why.when(again, "allocation.repeated_item");
        why.when(target.amount.is_some_and(|amount| !amount.is_positive()), "allocation.not_positive");
        let withheld = match target.withheld {
            Some(Withheld::Amount(amount)) => Some(amount),
            Some(Withheld::Code(_)) => {
                why.when(target.grant.is_some(), "withholding.not_possible");
                None
            }
            None => None,
        };
        why.when(withheld.is_some_and(|amount| !amount.is_positive()), "amount.not_positive");
        let grant = target.grant.flatten();
        why.when(grant.is_some_and(|amount| !amount.is_positive()), "discount.not_grantable");
        for amount in [target.amount, grant, withheld].into_iter().flatten() {
            let Some(Err(unfit)) = currency.map(|of| amount.amount().in_currency(of)) else { continue };
            why.when(true, unfit.code());
        }
    }
    why.stop()
}
