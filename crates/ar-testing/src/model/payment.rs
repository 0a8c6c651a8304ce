//! Payments in the model: received, identified, taken back, refunded, moved.

use super::{
    Document, Item, Kind, Link, LinkKind, Model, Outcome, Refund, Refusal, SUSPENSE, Why, converted, no,
};
use crate::act::{Act, Area, How, Payment};
use ar_core::values::*;
use std::collections::BTreeMap;

impl Model {
    pub(super) fn payment_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Pay(payment) => return self.receive(payment),
            Act::Identify { payment, account, date, how } => {
                self.identify(payment, account, *date, how.as_ref())?;
            }
            Act::Reverse { payment, date, fee, .. } => self.reverse(payment, *date, *fee)?,
            Act::RequestRefund { refund, credit, amount, date } => {
                self.request_refund(refund, credit, *amount, *date)?;
            }
            Act::PayRefund { refund, date } => {
                self.refund_step(refund, *date, "paid")?;
            }
            Act::VoidRefund { refund, date } => {
                let mut trial = self.clone();
                let mut why = Why::default();
                let link = why.take(trial.refund_step(refund, *date, "voided"));
                let known = self.refunds.iter().find(|known| known.id == *refund);
                if let Some(item) = known.and_then(|known| self.item(&known.credit)) {
                    why.take(self.may_open_again(&item.account));
                }
                why.stop()?;
                *self = trial;
                let link = link.expect("nothing offends");
                self.links[link].undone = Some(*date);
            }
            Act::Transfer { transfer, credit, to, amount, date } => {
                self.transfer(transfer, credit, to, *amount, *date)?;
            }
            other => unreachable!("{other:?} is no payment act"),
        }
        Ok(Outcome::default())
    }

    fn receive(&mut self, plain: &Payment) -> Result<Outcome, Refusal> {
        let mut why = Why::default();
        why.when(!plain.amount.is_positive(), "amount.not_positive");
        why.take(super::allocation::shape_fits(plain.how.as_ref(), Some(plain.amount.currency())));
        let account = match &plain.account {
            Some(account) => why.take(self.live_account(account)).map(|known| known.id.clone()),
            None => Some(crate::world::id(SUSPENSE)),
        };
        let date = why.take(self.posting_day(Area::Cash, plain.date, plain.accounting));
        let currency = plain.amount.currency();
        let rate = why.take(self.carrying_rate(currency, plain.rate, plain.date));
        why.take(converted(plain.amount, rate.flatten()));
        why.take(self.number_free(&plain.payment));
        if let Some(order) = &plain.order {
            match self.orders.iter().find(|known| known.id == *order) {
                None => why.when(true, "order.unknown"),
                Some(known) => {
                    why.when(Some(&known.account) != plain.account.as_ref(), "order.account_mismatch");
                    why.when(known.open.currency() != currency, "currency.mismatch");
                }
            }
        }
        why.stop()?;
        let (Some(account), Some(date), Some(rate)) = (account, date, rate) else {
            unreachable!("nothing offends");
        };
        let control = match (&plain.account, plain.on_account || plain.order.is_some()) {
            (None, _) => "unidentified",
            (_, true) => "on_account",
            _ => "unapplied",
        };
        let item = Item {
            id: ItemId::new(plain.payment.clone(), 1),
            kind: Kind::Payment,
            debit: false,
            account,
            currency,
            date,
            document_date: plain.date,
            value: plain.value.unwrap_or(plain.date),
            due: plain.date,
            aged: plain.date,
            original: plain.amount.minor(),
            tiers: Vec::new(),
            terms: None,
            rate,
            control,
            revalued_on: None,
            revalued: false,
            counts: (true, true),
            order: plain.order.clone(),
        };
        self.new_credit(Kind::Payment, item, plain.how.as_ref())?;
        Ok(Outcome { document: Some(plain.payment.clone()), ..Outcome::default() })
    }

    /// A document with one credit item, applied at once when asked.
    pub(super) fn new_credit(&mut self, kind: Kind, item: Item, how: Option<&How>) -> Result<(), Refusal> {
        self.documents.push(Document {
            id: item.id.document().clone(),
            kind,
            account: item.account.clone(),
            currency: item.currency,
            document_date: item.document_date,
            date: item.date,
            lines: Vec::new(),
            taxes: BTreeMap::new(),
            coins: 0,
            off: (0, 0),
            voided: None,
            invoice: None,
            order: None,
            rate: item.rate,
            ended: false,
            delivered: false,
        });
        self.items.push(item.clone());
        match how {
            Some(how) => self.allocate_new(&item, how),
            None => Ok(()),
        }
    }

    fn payment(&self, id: &DocumentId) -> Result<&Document, Refusal> {
        match self.document(id) {
            None => no("document.unknown"),
            Some(known) if known.kind != Kind::Payment => no("document.kind"),
            Some(known) if known.ended => no("payment.already_reversed"),
            Some(known) => Ok(known),
        }
    }

    fn identify(
        &mut self,
        payment: &DocumentId,
        account: &AccountId,
        date: Date,
        how: Option<&How>,
    ) -> Result<(), Refusal> {
        let mut why = Why::default();
        why.take(super::allocation::shape_fits(how, None));
        why.take(self.payment(payment));
        why.take(self.live_account(account));
        why.take(self.open_day(Area::Cash, date));
        let waiting = self.item(&ItemId::new(payment.clone(), 1)).cloned();
        if let Some(waiting) = &waiting {
            why.when(waiting.account.as_str() != SUSPENSE, "payment.already_identified");
            why.when(date < waiting.date, "date.before_start");
            why.when(waiting.revalued_on.is_some_and(|on| date < on), "revaluation.later");
            why.when(self.open_in_the_end(waiting) <= 0, "payment.already_identified");
        }
        why.stop()?;
        let (day, waiting) = (date, waiting.expect("a payment has an item"));
        let minor = self.room(&waiting, day);
        self.push_link(LinkKind::Move, day).credit = Some((waiting.id.clone(), minor));
        let item = Item {
            id: ItemId::new(payment.clone(), self.parts(payment) + 1),
            account: account.clone(),
            date: day,
            original: minor,
            control: "unapplied",
            revalued_on: None,
            revalued: false,
            counts: (true, true),
            ..waiting
        };
        self.items.push(item.clone());
        match how {
            Some(how) => self.allocate_new(&item, how),
            None => Ok(()),
        }
    }

    fn parts(&self, document: &DocumentId) -> u16 {
        self.items.iter().filter(|item| item.id.document() == document).count() as u16
    }

    fn reverse(&mut self, payment: &DocumentId, date: Date, fee: Option<Money>) -> Result<(), Refusal> {
        if fee.is_some_and(|fee| !fee.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        // What the bank took back moves to the latest revaluation of what is left of it.
        let parts = self.items.iter().filter(|item| item.id.document() == payment);
        let least = parts.filter_map(|item| item.revalued_on).fold(date, Date::max);
        let mine = |link: &&Link| {
            let of_it = link.credit.as_ref().is_some_and(|(id, _)| id.document() == payment);
            let settles = matches!(
                link.kind,
                LinkKind::Allocation | LinkKind::WriteOff | LinkKind::Conversion | LinkKind::Recovery
            );
            of_it && settles && link.undone.is_none()
        };
        let settled: Vec<Date> = self.links.iter().filter(mine).map(|link| link.date).collect();
        let day = why.take(self.reversal_day(&settled, least));
        let known = why.take(self.payment(payment)).cloned();
        why.when(known.is_some_and(|known| date < known.date), "date.before_start");
        let waits = |refund: &&Refund| refund.state == "requested" && refund.credit.document() == payment;
        why.when(self.refunds.iter().any(|refund| waits(&refund)), "document.state");
        // A day that is not open does not hide what else is wrong on it.
        let mut trial = self.clone();
        trial.take_back(payment, day.unwrap_or(least), &mut why);
        why.stop()?;
        *self = trial;
        Ok(())
    }

    /// Everything the payment settled is open again; what is left of it goes; what was refunded or
    /// moved on is owed.
    fn take_back(&mut self, payment: &DocumentId, day: Date, why: &mut Why) {
        // Cash whose payer became known later is the payer's from then on.
        let mine = |item: &&Item| item.id.document() == payment && !item.debit;
        let mut items: Vec<Item> = self.items.iter().filter(mine).cloned().collect();
        if items.len() > 1 {
            items.retain(|item| item.account.as_str() != SUSPENSE);
        }
        why.when(items.iter().any(|item| day < item.date), "date.before_start");
        self.undo_all_of(&items, day, why);
        self.end_conversions_of(&items, day, why);
        let mut owed: Vec<(Item, i64)> = Vec::new();
        for item in &items {
            let on = day.max(item.date);
            let gone = |link: &&Link| {
                matches!(
                    link.kind,
                    LinkKind::Refund | LinkKind::Move | LinkKind::Conversion | LinkKind::Netting
                )
            };
            let gone_links = self.links.iter().filter(|link| link.undone.is_none()).filter(gone);
            let gone_on: i64 = gone_links.map(|link| link.taken_from(&item.id)).sum();
            if gone_on > 0 {
                why.take(self.may_open_again(&item.account));
                owed.push((item.clone(), gone_on));
            }
            let open = self.open_in_the_end(item);
            // A refund that was voided on a later day still holds the credit until then.
            why.when(self.room(item, on) < open, "allocation.backdated");
            if open > 0 {
                self.push_link(LinkKind::Reversal, on).credit = Some((item.id.clone(), open));
            }
        }
        for (item, minor) in owed {
            let id = ItemId::new(payment.clone(), self.parts(payment) + 1);
            self.items.push(Item {
                id,
                debit: true,
                date: day,
                document_date: day,
                value: day,
                due: day,
                aged: day,
                original: minor,
                control: "receivable",
                revalued_on: None,
                revalued: false,
                counts: (true, true),
                order: None,
                ..item
            });
        }
        if let Some(place) = self.documents.iter_mut().find(|known| known.id == *payment) {
            place.ended = true;
        }
    }

    /// Undoes what credits settled: on a day, or each on its own when that is later.
    pub(super) fn undo_all_of(&mut self, credits: &[Item], day: Date, why: &mut Why) {
        let mut undone = Vec::new();
        let mut places = Vec::new();
        for (place, link) in self.links.iter_mut().enumerate() {
            let from_here = |(id, _): &(ItemId, i64)| credits.iter().any(|item| item.id == *id);
            let settles = matches!(link.kind, LinkKind::Allocation | LinkKind::WriteOff | LinkKind::Recovery);
            if settles && link.undone.is_none() && link.credit.as_ref().is_some_and(from_here) {
                link.undone = Some(day.max(link.date));
                undone.push(link.clone());
                places.push(place);
            }
        }
        for link in &undone {
            why.take(self.moved_day(&[Area::Settlement], day.max(link.date)));
            for account in self.accounts_of(link) {
                why.take(self.may_open_again(&account));
            }
        }
        self.without_base(&places, day, why);
    }

    fn request_refund(
        &mut self,
        refund: &RefundId,
        credit: &ItemId,
        amount: Money,
        date: Date,
    ) -> Result<(), Refusal> {
        if !amount.is_positive() {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Cash, date));
        why.when(self.refunds.iter().any(|known| known.id == *refund), "refund.exists");
        let item = why.take(self.own_credit(credit));
        if let Some(item) = item {
            why.when(date < item.date, "date.before_start");
            why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
            why.when(amount.minor() > self.room(item, date.max(item.date)), "refund.exceeds_unapplied");
        }
        why.stop()?;
        let day = date;
        let link = self.links.len();
        self.push_link(LinkKind::Refund, day).credit = Some((credit.clone(), amount.minor()));
        self.refunds.push(Refund {
            id: refund.clone(),
            credit: credit.clone(),
            minor: amount.minor(),
            date: day,
            state: "requested",
            link,
        });
        Ok(())
    }

    /// A credit of a known customer.
    pub(super) fn own_credit(&self, id: &ItemId) -> Result<&Item, Refusal> {
        match self.item(id) {
            None => no("item.unknown"),
            Some(item) if item.debit || item.account.as_str() == SUSPENSE => no("allocation.item_state"),
            Some(item) if self.open_in_the_end(item) <= 0 => no("allocation.item_state"),
            Some(item) => Ok(item),
        }
    }

    fn refund_step(&mut self, refund: &RefundId, date: Date, state: &'static str) -> Result<usize, Refusal> {
        let Some(place) = self.refunds.iter().position(|known| known.id == *refund) else {
            return no("refund.unknown");
        };
        let known = self.refunds[place].clone();
        let mut why = Why::default();
        why.when(known.state != "requested", "refund.state");
        why.take(self.open_day(Area::Cash, date));
        why.when(date < known.date, "date.before_start");
        why.stop()?;
        self.refunds[place].state = state;
        Ok(known.link)
    }

    fn transfer(
        &mut self,
        transfer: &DocumentId,
        credit: &ItemId,
        to: &AccountId,
        amount: Option<Money>,
        date: Date,
    ) -> Result<(), Refusal> {
        if amount.is_some_and(|amount| !amount.is_positive()) {
            return no("amount.not_positive");
        }
        let mut why = Why::default();
        why.take(self.open_day(Area::Cash, date));
        why.take(self.live_account(to));
        why.take(self.number_free(transfer));
        let item = why.take(self.own_credit(credit)).cloned();
        if let Some(item) = &item {
            why.when(item.account == *to, "transfer.same_account");
            why.when(date < item.date, "date.before_start");
            why.when(item.revalued_on.is_some_and(|on| date < on), "revaluation.later");
            let minor = amount.map_or_else(|| self.open_in_the_end(item), Money::minor);
            let exceeds = minor <= 0 || minor > self.room(item, date.max(item.date));
            why.when(exceeds, "allocation.exceeds_payment");
        }
        why.stop()?;
        let (day, item) = (date, item.expect("nothing offends"));
        let minor = amount.map_or_else(|| self.open_in_the_end(&item), Money::minor);
        self.push_link(LinkKind::Move, day).credit = Some((credit.clone(), minor));
        let item = Item {
            id: ItemId::new(transfer.clone(), 1),
            kind: Kind::Transfer,
            account: to.clone(),
            date: day,
            original: minor,
            revalued_on: None,
            revalued: false,
            counts: (true, true),
            // The order is the other account's.
            order: None,
            ..item
        };
        self.new_credit(Kind::Transfer, item, None)
    }
}
