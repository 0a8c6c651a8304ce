//! Open items of one order, by an index that holds nothing else: whatever an account owes beside, a
//! credit that is kept for an order reads what bills it.

use ar_core::document::Side;
use ar_core::facts::{EXACT_MAX, Exact};
use ar_core::rows::ItemRow;
use ar_core::values::*;
use rusqlite::{Row, params};

use super::{Fetch, Read, rows};
use crate::sqlite::codes::Code;

impl Fetch<'_> {
    /// Items of one order that an amount settles exactly. An order has few items; they are looked through.
    pub(super) fn exact_of_order(&self, which: &Exact, order: &OrderId) -> Read<Vec<ItemRow>> {
        let wanted =
            (which.account.as_str(), which.currency.code(), Side::Debit.code(), which.dated_to.day_number());
        self.open_items_of(order, wanted, |items| {
            let fitting = items.filter(|item| item.as_ref().map_or(true, |item| which.fits(item)));
            fitting.take(EXACT_MAX).collect()
        })
    }

    /// Open items of an account, a currency and a side that are there on a day, in allocation order.
    pub(super) fn open_items_of<T>(
        &self,
        order: &OrderId,
        (account, currency, side, dated_to): (&str, &str, i64, i32),
        read: impl FnOnce(&mut dyn Iterator<Item = Read<ItemRow>>) -> Read<T>,
    ) -> Read<T> {
        let mut statement = self.prepare(&ordered_items_sql())?;
        let params = params![account, currency, side, dated_to, order.as_str()];
        let item: fn(&Row<'_>) -> Read<ItemRow> = rows::item;
        read(&mut statement.query_map(params, item)?)
    }
}

fn ordered_items_sql() -> String {
    format!(
        "SELECT {} WHERE i.sales_order = ?5 AND i.account = (SELECT id FROM account WHERE code = ?1)
           AND i.currency = ?2 AND i.side = ?3 AND i.open > 0 AND +i.date <= ?4
         ORDER BY i.due, i.document_date, i.number, i.id",
        rows::ITEM.replacen("FROM item i", "FROM item i INDEXED BY item_order", 1)
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_items_of_an_order_come_from_their_index_in_order() {
        let wanted = super::super::tests::plan(&super::ordered_items_sql());
        assert!(wanted.contains("item_order (sales_order=? AND account=?"), "{wanted}");
        assert!(!wanted.contains("TEMP B-TREE"), "{wanted}");
    }
}
