//! Counters of a document with tax that moves after its issue, kept beside the bounds of its memos
//! (INV-29, INV-37). A counter goes up with a link and down again with its undo.

use compact_str::{CompactString, format_compact};

use crate::values::TaxCode;

/// What was paid.
pub(crate) const PAID: CompactString = CompactString::const_new("paid:");
/// What memos and discounts took off the total, tax included, before it fell due.
pub(crate) const OFF: CompactString = CompactString::const_new("off:");

/// What was given up of the total with the tax in it.
pub(crate) const GIVEN_UP: CompactString = CompactString::const_new("given_up:");

/// Tax of a code that was taken back with what was given up.
pub(crate) fn relieved(code: &TaxCode) -> CompactString {
    format_compact!("relieved:{code}")
}

/// The same in base currency.
pub(crate) fn relieved_base(code: &TaxCode) -> CompactString {
    format_compact!("relieved_base:{code}")
}

/// Tax of a code that was taken back with what was given up of the invoice's debit memos, less what is
/// owed again.
pub(crate) fn memo_relieved(code: &TaxCode) -> CompactString {
    format_compact!("memo_relieved:{code}")
}

/// What of that is owed again because it was recovered.
pub(crate) fn back(code: &TaxCode) -> CompactString {
    format_compact!("back:{code}")
}

/// The same in base currency.
pub(crate) fn back_base(code: &TaxCode) -> CompactString {
    format_compact!("back_base:{code}")
}

/// Tax of a code that fell due.
pub(crate) fn due(code: &TaxCode) -> CompactString {
    format_compact!("due:{code}")
}

/// The net it belongs to.
pub(crate) fn due_net(code: &TaxCode) -> CompactString {
    format_compact!("due_net:{code}")
}

/// The tax in base currency.
pub(crate) fn due_base(code: &TaxCode) -> CompactString {
    format_compact!("due_base:{code}")
}

/// Tax of a code that was taken off before it fell due.
pub(crate) fn off(code: &TaxCode) -> CompactString {
    format_compact!("off:{code}")
}

/// The same in base currency.
pub(crate) fn off_base(code: &TaxCode) -> CompactString {
    format_compact!("off_base:{code}")
}
