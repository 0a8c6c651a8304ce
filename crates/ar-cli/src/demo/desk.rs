//! The demo's desk: what the company knows of its open items, learned from receipts alone, as any
//! application that embeds the ledger would.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::book::Setting;
use ar_core::document::{DocumentIssued, DocumentKind};
use ar_core::terms::DiscountTier;
use ar_core::{AccountId, Currency, Date, Event, ItemId, Money, Rounding};

/// An open item as the desk knows it.
pub(super) struct Open {
    pub(super) account: AccountId,
    pub(super) currency: Currency,
    pub(super) due: Date,
    pub(super) original: i64,
    pub(super) open: i64,
    credited: i64,
    discounts: Vec<DiscountTier>,
    /// Net of its document's first line: what a credit memo for goods is reckoned on.
    pub(super) goods: i64,
    /// The day its customer means to pay it.
    pub(super) pay_on: Option<Date>,
}

impl Open {
    /// What settles it on a day: less the discount, when there is one to take.
    pub(super) fn settles(&self, day: Date) -> i64 {
        let tier = self
            .discounts
            .iter()
            .filter(|tier| day <= tier.until)
            .max_by_key(|tier| tier.percent.decimal().mantissa());
        let base = Money::new(self.original.saturating_sub(self.credited), self.currency).ok();
        let discount = tier
            .and_then(|tier| base?.percent(tier.percent, Rounding::HalfAwayFromZero))
            .map_or(0, Money::minor);
        self.open.saturating_sub(discount)
    }

    /// The last day of a discount.
    pub(super) fn discount_until(&self) -> Option<Date> {
        self.discounts.iter().map(|tier| tier.until).max()
    }
}

/// Everything the desk remembers.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) items: BTreeMap<ItemId, Open>,
    /// Accounts on hold.
    pub(super) held: BTreeSet<AccountId>,
    counts: BTreeMap<&'static str, u64>,
    /// Allocations by the rule that fired.
    pub(super) rules: BTreeMap<String, u64>,
}

/// What is counted, in the order it is told.
const COUNTED: [&str; 11] = [
    "invoices",
    "credit memos",
    "payments",
    "payments identified later",
    "payments returned by the bank",
    "allocations",
    "discounts taken",
    "small differences absorbed",
    "refunds",
    "write-offs",
    "months closed",
];

impl Desk {
    /// Counts by what happened, in a fixed order.
    pub(super) fn counted(&self) -> impl Iterator<Item = (&'static str, u64)> {
        COUNTED.into_iter().filter_map(|what| self.counts.get(what).map(|count| (what, *count)))
    }

    fn rule(&mut self, rule: &str) {
        let count = self.rules.entry(rule.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// Learns from an event. Gives the new debit items, for a day of payment to be thought of.
    pub(super) fn learn(&mut self, event: &Event) -> Vec<ItemId> {
        match event {
            Event::DocumentIssued(issued) => return self.issued(issued),
            Event::CreditAllocated(allocated) => {
                self.rule(&allocated.explanation.rule);
                for link in &allocated.links {
                    self.count("allocations");
                    if link.discount.is_some() {
                        self.count("discounts taken");
                    }
                    if link.tolerance.is_some() {
                        self.count("small differences absorbed");
                    }
                    self.settle(&link.debit, link.settled_minor(), allocated.memo);
                }
            }
            Event::SettlementUndone(undone) => {
                for side in undone.links.iter().filter_map(|link| link.debit.as_ref()) {
                    if let Some(item) = self.items.get_mut(&side.item) {
                        item.open = item.open.saturating_add(side.amount.minor());
                    }
                }
            }
            Event::ItemWrittenOff(off) => {
                self.count("write-offs");
                self.settle(&off.closed.item, off.closed.amount.minor(), false);
            }
            Event::PaymentReceived(_) => self.count("payments"),
            Event::PaymentReversed(_) => self.count("payments returned by the bank"),
            Event::PaymentIdentified(_) => self.count("payments identified later"),
            Event::BookConfigured(changed) if matches!(changed.setting, Setting::Periods(_)) => {
                self.count("months closed");
            }
            Event::AccountChanged(changed) if changed.account.hold.is_some() => {
                self.held.insert(changed.account.id.clone());
            }
            Event::AccountChanged(changed) => {
                self.held.remove(&changed.account.id);
            }
            Event::RefundRequested(_) => self.count("refunds"),
            _ => {}
        }
        Vec::new()
    }

    fn issued(&mut self, issued: &DocumentIssued) -> Vec<ItemId> {
        if issued.kind != DocumentKind::Invoice {
            self.count("credit memos");
            return Vec::new();
        }
        self.count("invoices");
        let goods = issued.content.lines.first().map_or(0, |line| line.net.minor());
        let mut new = Vec::new();
        for (part, item) in (1_u16..).zip(&issued.items) {
            let id = ItemId::new(issued.document.clone(), part);
            let minor = item.amount.minor();
            let open = Open {
                account: issued.account.clone(),
                currency: issued.currency,
                due: item.due,
                original: minor,
                open: minor,
                credited: 0,
                discounts: item.discounts.clone(),
                goods,
                pay_on: None,
            };
            self.items.insert(id.clone(), open);
            new.push(id);
        }
        new
    }

    fn settle(&mut self, id: &ItemId, minor: i64, memo: bool) {
        if let Some(item) = self.items.get_mut(id) {
            item.open = item.open.saturating_sub(minor);
            if memo {
                item.credited = item.credited.saturating_add(minor);
            }
        }
    }

    fn count(&mut self, what: &'static str) {
        let count = self.counts.entry(what).or_default();
        *count = count.saturating_add(1);
    }
}
