//! Rounding to coins in the model.

use super::document::Instalment;
use super::{Document, Kind, Model};

impl Model {
    /// A total in the coins of the book.
    pub(super) fn in_coins(&self, total: i64) -> i64 {
        let Some(step) = self.world.coins else { return total };
        if total < 0 { total } else { (2 * total + step) / (2 * step) * step }
    }

    /// Instalments in coins: the last one takes the rest of the total, and nothing is no instalment.
    pub(super) fn in_parts(&self, mut parts: Vec<Instalment>, total: i64) -> Vec<Instalment> {
        if self.world.coins.is_none() {
            return parts;
        }
        let (mut left, count) = (total, parts.len());
        for (n, (_, minor, _)) in parts.iter_mut().enumerate() {
            *minor = if n + 1 == count { left } else { self.in_coins(*minor).min(left) };
            left -= *minor;
        }
        let last = parts.last().cloned();
        parts.retain(|(_, minor, _)| *minor != 0);
        if parts.is_empty() {
            parts.extend(last.map(|(due, ..)| (due, 0, Vec::new())));
        }
        parts
    }

    /// What was rounded to coins on an invoice goes with the memo that credits the last of it.
    pub(super) fn coins_with(&self, invoice: &Document, credited: i64) -> i64 {
        let memos = self.documents.iter().filter(|d| d.invoice.as_ref() == Some(&invoice.id) && !d.ended);
        let taken: i64 = memos.map(|d| if d.kind == Kind::CreditMemo { d.coins } else { -d.coins }).sum();
        let left = invoice.coins - taken;
        if self.left_of(invoice) - left == credited { left } else { 0 }
    }
}
