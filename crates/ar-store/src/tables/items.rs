//! Documents with the numbers of their items, and items with the numbers of their settlements.

use ar_core::Position;
use ar_core::change::ItemDelta;
use ar_core::document::Side;
use ar_core::rows::{DocumentRow, ItemRow};
use ar_core::values::Date;

use crate::failure::Corruption;

/// A document and where its items stand. Nearly every document has one.
#[derive(Debug)]
pub(crate) struct DocumentEntry {
    pub(crate) row: Box<DocumentRow>,
    items: Vec<u32>,
    /// The first item, kept without a heap block of its own.
    first: u32,
}

const NONE: u32 = u32::MAX;

impl DocumentEntry {
    pub(crate) const fn new(row: Box<DocumentRow>) -> Self {
        Self { row, items: Vec::new(), first: NONE }
    }

    /// The number of the `part`th item, from 1.
    pub(crate) fn item(&self, part: u16) -> Option<u32> {
        match part {
            0 => None,
            1 => Some(self.first).filter(|number| *number != NONE),
            _ => self.items.get(usize::from(part).saturating_sub(2)).copied(),
        }
    }

    /// Adds an item as the next part; `false` when `part` is not the next.
    pub(crate) fn add(&mut self, part: u16, number: u32) -> bool {
        if part == 1 {
            let free = self.first == NONE;
            if free {
                self.first = number;
            }
            return free;
        }
        let next = self.first != NONE && self.items.len() == usize::from(part).saturating_sub(2);
        if next {
            self.items.push(number);
        }
        next
    }

    /// Takes the last item out again.
    pub(crate) fn pop(&mut self) {
        if self.items.pop().is_none() {
            self.first = NONE;
        }
    }
}

/// An item and the settlements that touch it, in the order of the log.
#[derive(Debug)]
pub(crate) struct ItemEntry {
    pub(crate) row: Box<ItemRow>,
    pub(crate) links: Vec<u32>,
}

/// The figures of an item that move.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemHead {
    open: i64,
    base_open: Option<i64>,
    credited: i64,
    discount_taken: i64,
    live_links: u32,
    reinstated: Option<Date>,
    revalued: i64,
    revalued_on: Option<Date>,
    late: bool,
}

impl ItemHead {
    pub(crate) const fn of(row: &ItemRow) -> Self {
        Self {
            open: row.open,
            base_open: row.base_open,
            credited: row.credited,
            discount_taken: row.discount_taken,
            live_links: row.live_links,
            reinstated: row.reinstated,
            revalued: row.revalued,
            revalued_on: row.revalued_on,
            late: row.late,
        }
    }

    /// The figures after a change: what is open lies between nothing and the original (INV-25,
    /// INV-26), and a closed item leaves nothing behind in base currency (INV-31).
    pub(crate) fn moved(row: &ItemRow, delta: &ItemDelta, position: Position) -> Result<Self, Corruption> {
        let broken = |invariant, what: &str| {
            let detail = format!("{what} of {} ({:?} moved by {delta:?})", row.item, Self::of(row));
            Corruption::new(invariant, Some(position), detail)
        };
        let range = |what| broken("INV-02", what);
        let bound = match row.side {
            Side::Credit => "INV-25",
            Side::Debit => "INV-26",
        };
        let open = row.open.checked_add(delta.open).ok_or_else(|| range("the open amount"))?;
        if open < 0 || open > row.original {
            return Err(broken(bound, "the open amount"));
        }
        let base_open = match row.base_open {
            Some(base) => Some(base.checked_add(delta.base).ok_or_else(|| range("the base amount"))?),
            None if delta.base == 0 => None,
            None => return Err(broken("INV-31", "a base amount without a rate")),
        };
        let revalued =
            row.revalued.checked_add(delta.revalued).ok_or_else(|| range("the unrealised difference"))?;
        if open == 0 && base_open.is_some_and(|base| base != 0) {
            return Err(broken("INV-31", "the base amount left"));
        }
        let credited = row.credited.checked_add(delta.credited).filter(|c| *c >= 0);
        let discount = row.discount_taken.checked_add(delta.discount).filter(|d| *d >= 0);
        Ok(Self {
            open,
            base_open,
            credited: credited.ok_or_else(|| broken("INV-29", "the credited amount"))?,
            discount_taken: discount.ok_or_else(|| broken("INV-29", "the discount taken"))?,
            live_links: row
                .live_links
                .checked_add_signed(delta.links)
                .ok_or_else(|| broken("INV-29", "the number of settlements"))?,
            reinstated: row.reinstated.max(delta.reinstated),
            revalued,
            revalued_on: row.revalued_on.max(delta.revalued_on),
            late: row.late || delta.makes_late(row),
        })
    }

    pub(crate) fn put(self, row: &mut ItemRow) {
        row.open = self.open;
        row.base_open = self.base_open;
        row.credited = self.credited;
        row.discount_taken = self.discount_taken;
        row.live_links = self.live_links;
        row.reinstated = self.reinstated;
        row.revalued = self.revalued;
        row.revalued_on = self.revalued_on;
        row.late = self.late;
    }
}
