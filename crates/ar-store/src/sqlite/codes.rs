//! Kinds as small numbers. A number never changes its meaning.

use ar_core::Position;
use ar_core::allocation::LinkKind;
use ar_core::approval::ProposalState;
use ar_core::credit::OrderStage;
use ar_core::document::{DocumentKind, Side};
use ar_core::journal::Role;
use ar_core::rows::AllowanceKind;
use ar_core::values::ItemId;

/// A kind that is stored as a number.
pub(crate) trait Code: Copy + PartialEq + 'static {
    /// Every kind at the place that is its number.
    const ALL: &'static [Self];

    fn code(self) -> i64 {
        let place = Self::ALL.iter().position(|kind| *kind == self);
        place.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1)
    }

    fn of(code: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }
}

impl Code for DocumentKind {
    const ALL: &'static [Self] = &[
        Self::Invoice,
        Self::CreditMemo,
        Self::DebitMemo,
        Self::OpeningDebit,
        Self::OpeningCredit,
        Self::Payment,
        Self::Transfer,
        Self::Conversion,
        Self::Chargeback,
        Self::Plan,
        Self::FinanceCharge,
    ];
}

impl Code for Side {
    const ALL: &'static [Self] = &[Self::Debit, Self::Credit];
}

impl Code for LinkKind {
    const ALL: &'static [Self] = &[
        Self::Allocation,
        Self::WriteOff,
        Self::Void,
        Self::Reversal,
        Self::Refund,
        Self::Move,
        Self::Conversion,
        Self::Revaluation,
        Self::Waiver,
        Self::Recovery,
        Self::Netting,
        Self::DiscountReversal,
    ];
}

impl Code for ProposalState {
    const ALL: &'static [Self] = &[Self::Open, Self::Approved, Self::Rejected, Self::Withdrawn];
}

impl Code for OrderStage {
    const ALL: &'static [Self] = &[Self::Ordered, Self::Delivered];
}

impl Code for AllowanceKind {
    const ALL: &'static [Self] = &[Self::Run, Self::Exchange, Self::Used, Self::Recovered];
}

impl Code for Role {
    const ALL: &'static [Self] = &[
        Self::Receivable,
        Self::Unapplied,
        Self::Unidentified,
        Self::OnAccount,
        Self::Revenue,
        Self::Freight,
        Self::Tax,
        Self::Cash,
        Self::Discount,
        Self::BadDebt,
        Self::SmallDifference,
        Self::Withholding,
        Self::FxGain,
        Self::FxLoss,
        Self::Rounding,
        Self::RefundClearing,
        Self::BankFee,
        Self::Opening,
        Self::UnrealisedGain,
        Self::UnrealisedLoss,
        Self::FxClearing,
        Self::Deposit,
        Self::InterestIncome,
        Self::FeeIncome,
        Self::DeferredTax,
        Self::BadDebtRecovered,
        Self::Netting,
        Self::Allowance,
        Self::BadDebtExpense,
        Self::AllowanceExchange,
    ];
}

const PARTS: i64 = 65_536;

/// An item's id: its document's times 65536 plus its part.
pub(crate) fn item_id(document: i64, item: &ItemId) -> i64 {
    document.saturating_mul(PARTS).saturating_add(i64::from(item.part()))
}

/// The part of an item's id.
pub(crate) fn part_of(id: i64) -> u16 {
    u16::try_from(id.rem_euclid(PARTS)).unwrap_or(u16::MAX)
}

/// A journal line's id: its record's position times 65536 plus its place.
pub(crate) fn line_id(position: Position, n: u16) -> i64 {
    sql(position).saturating_mul(PARTS).saturating_add(i64::from(n))
}

/// Position and place of a journal line's id.
pub(crate) fn line_of(id: i64) -> (Position, u16) {
    (position(id.div_euclid(PARTS)), part_of(id))
}

/// A position as SQLite keeps it.
pub(crate) fn sql(position: Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// A stored position.
pub(crate) fn position(stored: i64) -> Position {
    Position::try_from(stored).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, missing_docs)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_number_for_ever() {
        fn all<T: Code + std::fmt::Debug>(known: &[T]) {
            for (n, kind) in known.iter().enumerate() {
                assert_eq!(kind.code(), i64::try_from(n).unwrap());
                assert_eq!(T::of(kind.code()), Some(*kind));
            }
            assert_eq!(T::of(-1), None);
        }
        all(&DocumentKind::ALL);
        all(&LinkKind::ALL);
        all(&Role::ALL);
        all(&[Side::Debit, Side::Credit]);
        all(&[OrderStage::Ordered, OrderStage::Delivered]);
    }
}
