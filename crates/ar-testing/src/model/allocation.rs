//! Settlements in the model: allocation with discount and tolerance, undo, write-off.

use super::{Item, Kind, LinkKind, Model, Outcome, Refusal, no, share};
use crate::act::{Act, How, Target};
use ar_core::values::*;

impl Model {
    pub(super) fn allocation_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Allocate { credit, date, how } => {
                let Some(item) = self.item(credit).cloned() else { return no("item.unknown") };
                if item.debit || item.account.as_str() == super::SUSPENSE {
                    return no("allocation.item_state");
                }
                if let Some(day) = date {
                    self.open_day(*day)?;
                }
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
                self.allocate_by_rules(credit, date, references, rules, *attended)
            }
        }
    }

    fn allocate_to(
        &mut self,
        credit: &Item,
        date: Option<Date>,
        targets: &[Target],
    ) -> Result<(), Refusal> {
        if targets.is_empty() {
            return no("allocation.nothing");
        }
        for (n, target) in targets.iter().enumerate() {
            if targets[..n].iter().any(|other| other.item == target.item) {
                return no("allocation.repeated_item");
            }
            if target.amount.is_some_and(|amount| !amount.is_positive()) {
                return no("allocation.not_positive");
            }
        }
        for target in targets {
            self.may_meet(credit, &target.item)?;
        }
        for target in targets {
            let item = self.item(&target.item).expect("it was just found").clone();
            self.settle(credit, &item, date, target)?;
        }
        Ok(())
    }

    /// Side, currency and customer of a pair.
    fn may_meet(&self, credit: &Item, item: &ItemId) -> Result<(), Refusal> {
        let Some(item) = self.item(item) else { return no("item.unknown") };
        if !item.debit {
            return no("allocation.item_state");
        }
        if item.currency != credit.currency {
            return no("currency.mismatch");
        }
        let parent = self.account(&item.account).and_then(|account| account.profile.parent.as_ref());
        if item.account != credit.account && parent != Some(&credit.account) {
            return no("allocation.account_mismatch");
        }
        Ok(())
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
            return Err(["allocation.exceeds_item", "allocation.exceeds_payment", "allocation.item_state"].into());
        }
        let earned = if target.discount { self.discount_now(credit, item).min(open) } else { 0 };
        let takes = target.amount.map_or_else(|| rest.min(open - earned), Money::minor);
        if takes > open {
            return no("allocation.exceeds_item");
        }
        if takes > rest {
            return no("allocation.exceeds_payment");
        }
        let discount = if takes >= open - earned { open - takes } else { 0 };
        let short = open - takes - discount;
        let tolerance = match self.world.tolerance {
            Some(most) if self.is_cash(credit) && short > 0 && short <= most => short,
            _ => 0,
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
        if self.room(item, day) < leaves {
            return no("allocation.exceeds_item");
        }
        if self.room(credit, day) < takes {
            return no("allocation.exceeds_payment");
        }
        let memo = credit.kind == Kind::CreditMemo;
        let link = self.push_link(LinkKind::Allocation, day);
        link.credit = Some((credit.id.clone(), takes));
        link.debit = Some((item.id.clone(), leaves));
        (link.discount, link.tolerance, link.memo) = (discount, tolerance, memo);
        Ok(())
    }

    pub(super) fn is_cash(&self, credit: &Item) -> bool {
        matches!(credit.kind, Kind::Payment | Kind::Transfer)
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
        let place = self.links.iter().position(|link| link.id.as_ref() == Some(id));
        let Some(place) = place else { return no("link.unknown") };
        let link = self.links[place].clone();
        if link.undone.is_some() {
            return no("reversal.already_reversed");
        }
        if !matches!(link.kind, LinkKind::Allocation | LinkKind::WriteOff) {
            return no("reversal.not_reversible");
        }
        if date < link.date {
            return no("date.before_start");
        }
        let day = self.moved_day(date)?;
        self.links[place].undone = Some(day);
        Ok(())
    }

    fn write_off(&mut self, id: &ItemId, amount: Option<Money>, date: Date) -> Result<(), Refusal> {
        let Some(item) = self.item(id).cloned() else { return no("item.unknown") };
        let day = self.open_day(date)?;
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return no("amount.not_positive");
        }
        if day < item.date {
            return no("date.before_start");
        }
        let open = self.open_in_the_end(&item);
        let minor = amount.map_or(open, Money::minor);
        if minor <= 0 || minor > self.room(&item, day) {
            return Err(["write_off.exceeds_item", "allocation.item_state"].into());
        }
        if !item.debit {
            return Err(["write_off.exceeds_item", "allocation.item_state"].into());
        }
        self.push_link(LinkKind::WriteOff, day).debit = Some((id.clone(), minor));
        Ok(())
    }
}
