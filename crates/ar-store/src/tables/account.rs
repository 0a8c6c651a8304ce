//! What stands under one account: its row, its figures, and the orders in which its open items
//! are read.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::Position;
use ar_core::account::Account;
use ar_core::allocation::quotes;
use ar_core::document::{DocumentKind, Side};
use ar_core::rows::{ItemRow, Owner};
use ar_core::values::*;

use super::figures::Figures;

/// An account with everything that is found through it. The suspense account has no row.
#[derive(Debug, Default)]
pub(crate) struct AccountEntry {
    pub(crate) row: Option<Box<Account>>,
    /// Its own figures, in currency order.
    pub(crate) own: Vec<Figures>,
    /// Figures of the accounts that name it as their parent.
    pub(crate) group: Vec<Figures>,
    /// Open items in allocation order.
    pub(crate) open: BTreeSet<OpenKey>,
    /// Open items of orders, by order and then in allocation order.
    pub(crate) ordered: BTreeSet<(OrderId, OpenKey)>,
    /// Settled debts that an assessment of charges has to look at, in allocation order; finance
    /// charges themselves after all others.
    pub(crate) late: BTreeSet<(bool, OpenKey)>,
    /// Open debit items by their open amount, then in allocation order.
    pub(crate) exact: BTreeSet<ExactKey>,
    /// Open debit items by what settles them under a discount, then by its last day.
    pub(crate) quotes: BTreeSet<QuoteKey>,
    /// What lowered its debt, by accounting date.
    pub(crate) lowering: BTreeMap<Date, Vec<Lowering>>,
    /// Documents that stand or stood on it.
    pub(crate) documents: Vec<u32>,
    /// Positions of events that touch it.
    pub(crate) touched: Vec<Position>,
    /// Positions of events that made its row what it is.
    pub(crate) changed: Vec<Position>,
    /// Accounts that name it, or named it, as their parent.
    pub(crate) members: BTreeSet<AccountId>,
}

impl AccountEntry {
    pub(crate) fn figures(&self, owner: &Owner) -> &Vec<Figures> {
        match owner {
            Owner::Account(_) => &self.own,
            Owner::Group(_) => &self.group,
        }
    }

    pub(crate) fn figures_mut(&mut self, owner: &Owner) -> &mut Vec<Figures> {
        match owner {
            Owner::Account(_) => &mut self.own,
            Owner::Group(_) => &mut self.group,
        }
    }

    /// Enters an open item, or takes it out, under everything it is found by.
    pub(crate) fn index(&mut self, number: u32, row: &ItemRow, there: bool) {
        if row.late && row.open == 0 {
            set(&mut self.late, late_key(number, row), there);
        }
        if row.open > 0 {
            self.index_open(number, row, there);
            self.index_exact(number, row, there);
        }
    }

    /// Enters an item among the open ones, or takes it out.
    pub(crate) fn index_open(&mut self, number: u32, row: &ItemRow, there: bool) {
        if let Some(order) = &row.order {
            set(&mut self.ordered, (order.clone(), OpenKey::of(number, row)), there);
        }
        set(&mut self.open, OpenKey::of(number, row), there);
    }

    /// Open items of a currency and a side in allocation order, of one order or of all.
    pub(crate) fn open_of<'a>(
        &'a self,
        currency: Currency,
        side: Side,
        order: Option<&'a OrderId>,
    ) -> Box<dyn Iterator<Item = &'a OpenKey> + 'a> {
        let first = OpenKey::first(currency, side);
        let fits = move |key: &&OpenKey| key.currency == currency && key.side == side;
        let Some(order) = order else { return Box::new(self.open.range(first..).take_while(fits)) };
        let keys = self.ordered.range((order.clone(), first)..).take_while(move |(of, _)| of == order);
        Box::new(keys.map(|(_, key)| key).take_while(fits))
    }

    /// The same for the amounts alone, when an item stays open and its amount moves.
    pub(crate) fn index_exact(&mut self, number: u32, row: &ItemRow, there: bool) {
        if row.open > 0 && row.side == Side::Debit {
            set(&mut self.exact, ExactKey::of(number, row), there);
            if !row.discounts.is_empty() {
                for (until, amount) in quotes(row) {
                    set(&mut self.quotes, QuoteKey { currency: row.currency, amount, until, number }, there);
                }
            }
        }
    }
}

/// Where a settled debt stands among those to be assessed.
pub(crate) fn late_key(number: u32, row: &ItemRow) -> (bool, OpenKey) {
    (row.kind == DocumentKind::FinanceCharge, OpenKey::of(number, row))
}

fn set<K: Ord>(keys: &mut BTreeSet<K>, key: K, there: bool) {
    if there {
        keys.insert(key);
    } else {
        keys.remove(&key);
    }
}

/// Allocation order: due date, document date, id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OpenKey {
    pub(crate) currency: Currency,
    pub(crate) side: Side,
    pub(crate) due: Date,
    document_date: Date,
    /// Absent only in the lower end of a range.
    item: Option<ItemId>,
    pub(crate) number: u32,
}

impl OpenKey {
    pub(crate) fn of(number: u32, row: &ItemRow) -> Self {
        Self {
            currency: row.currency,
            side: row.side,
            due: row.due,
            document_date: row.document_date,
            item: Some(row.item.clone()),
            number,
        }
    }

    /// Before every item of a currency and a side.
    pub(crate) const fn first(currency: Currency, side: Side) -> Self {
        Self { currency, side, due: Date::MIN, document_date: Date::MIN, item: None, number: 0 }
    }
}

/// An open amount, then allocation order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExactKey {
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
    due: Date,
    document_date: Date,
    item: Option<ItemId>,
    pub(crate) number: u32,
}

impl ExactKey {
    fn of(number: u32, row: &ItemRow) -> Self {
        Self {
            currency: row.currency,
            amount: row.open,
            due: row.due,
            document_date: row.document_date,
            item: Some(row.item.clone()),
            number,
        }
    }

    /// Before every item of an amount.
    pub(crate) const fn first(currency: Currency, amount: i64) -> Self {
        Self { currency, amount, due: Date::MIN, document_date: Date::MIN, item: None, number: 0 }
    }
}

/// What settles an item under a discount, and the last value date that earns it. Expired ones
/// stand before all that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct QuoteKey {
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
    pub(crate) until: Date,
    pub(crate) number: u32,
}

/// Something that lowers what an account owes, or moves credit that did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lowering {
    /// A credit item.
    Credit(u32),
    /// A settlement with a side on the account.
    Settled(u32),
}
