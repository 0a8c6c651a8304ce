//! Classes of movements: what a movement means for the balance of its account, each amount in
//! exactly one class (INV-42).

use serde::{Deserialize, Serialize};
use std::fmt;

use super::{Cause, Columns};
use crate::allocation::LinkKind;
use crate::charges::ChargePart;
use crate::document::{DocumentKind, Side};

/// What a movement means for the balance of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Loaded at cut-over.
    BroughtForward,
    /// Invoices.
    Invoices,
    /// Debit memos.
    DebitMemos,
    /// Payments taken back, and what is owed again because of it.
    Returns,
    /// Credit refunded, less refunds voided.
    Refunds,
    /// Credit memos.
    CreditMemos,
    /// Payments.
    Payments,
    /// Early-payment discounts granted, less those taken back.
    Discounts,
    /// Small differences absorbed in a settlement.
    Tolerances,
    /// Tax withheld by the customer.
    Withholding,
    /// Amounts given up.
    WriteOffs,
    /// Voided documents.
    Voids,
    /// Credit moved between accounts or currencies: transfers, identified payments, conversions, a
    /// parent that pays.
    Transfers,
    /// Credit applied to debit of the same account: always nothing in sum.
    Applied,
    /// Interest charged on late debts, less what was waived.
    Interest,
    /// Fixed sums charged on late debts, less what was waived.
    Fees,
    /// Cash booked against amounts given up earlier: it leaves the account as income.
    Recoveries,
    /// Set off against balances of another ledger.
    Netting,
}

impl Class {
    /// Every class, in the order of the schedule.
    pub const ALL: [Self; 18] = [
        Self::BroughtForward,
        Self::Invoices,
        Self::DebitMemos,
        Self::Returns,
        Self::Refunds,
        Self::CreditMemos,
        Self::Payments,
        Self::Discounts,
        Self::Tolerances,
        Self::Withholding,
        Self::WriteOffs,
        Self::Voids,
        Self::Transfers,
        Self::Applied,
        Self::Interest,
        Self::Fees,
        Self::Recoveries,
        Self::Netting,
    ];

    /// The name in JSON and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BroughtForward => "brought_forward",
            Self::Invoices => "invoices",
            Self::DebitMemos => "debit_memos",
            Self::Returns => "returns",
            Self::Refunds => "refunds",
            Self::CreditMemos => "credit_memos",
            Self::Payments => "payments",
            Self::Discounts => "discounts",
            Self::Tolerances => "tolerances",
            Self::Withholding => "withholding",
            Self::WriteOffs => "write_offs",
            Self::Voids => "voids",
            Self::Transfers => "transfers",
            Self::Applied => "applied",
            Self::Interest => "interest",
            Self::Fees => "fees",
            Self::Recoveries => "recoveries",
            Self::Netting => "netting",
        }
    }

    /// The place in [`Class::ALL`].
    pub(super) fn place(self) -> usize {
        Self::ALL.iter().position(|class| *class == self).unwrap_or(0)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The classes of one movement with their signed amounts, which add up to the movement; unused
/// places are zero.
pub(super) fn classes(columns: &Columns, movement: usize) -> Option<[(Class, i64); 4]> {
    let movements = columns.movements();
    let item = usize::try_from(*movements.item.get(movement)?).ok()?;
    let minor = *movements.minor.get(movement)?;
    let items = columns.items();
    let one = |class| [(class, minor), (class, 0), (class, 0), (class, 0)];
    let (kind, across) = match *movements.cause.get(movement)? {
        Cause::Made => {
            let (kind, side) = (*items.kind.get(item)?, *items.side.get(item)?);
            return Some(one(made(kind, side, columns.ids().get(item)?.part())));
        }
        Cause::Settled { kind, across, .. } => (kind, across),
    };
    Some(match kind {
        LinkKind::WriteOff => one(Class::WriteOffs),
        LinkKind::Recovery => one(Class::Recoveries),
        LinkKind::Void => one(Class::Voids),
        LinkKind::Reversal => one(Class::Returns),
        LinkKind::Refund => one(Class::Refunds),
        LinkKind::Move | LinkKind::Conversion => one(Class::Transfers),
        // It moves base currency only.
        LinkKind::Revaluation => one(Class::Applied),
        LinkKind::Netting => one(Class::Netting),
        LinkKind::DiscountReversal => one(Class::Discounts),
        LinkKind::Waiver => one(charge(columns.ids().get(item)?.part())),
        LinkKind::Allocation => {
            let parts = movements.parts(u32::try_from(movement).ok()?);
            let signed = |part: i64| if minor < 0 { part.saturating_neg() } else { part };
            let (discount, tolerance) = (signed(parts.discount), signed(parts.tolerance));
            let withholding = signed(parts.withholding);
            let rest = minor.saturating_sub(discount).saturating_sub(tolerance).saturating_sub(withholding);
            [
                (if across { Class::Transfers } else { Class::Applied }, rest),
                (Class::Discounts, discount),
                (Class::Tolerances, tolerance),
                (Class::Withholding, withholding),
            ]
        }
    })
}

/// The class of an item's making. A payment's first item is cash; a later credit item of it is
/// what was moved off the suspense account, a debit item of it what is owed again.
const fn made(kind: DocumentKind, side: Side, part: u16) -> Class {
    match (kind, side) {
        (DocumentKind::Invoice, _) => Class::Invoices,
        (DocumentKind::DebitMemo, _) => Class::DebitMemos,
        (DocumentKind::CreditMemo, _) => Class::CreditMemos,
        (DocumentKind::FinanceCharge, _) => charge(part),
        (DocumentKind::OpeningDebit | DocumentKind::OpeningCredit, _) => Class::BroughtForward,
        (DocumentKind::Payment, Side::Debit) => Class::Returns,
        (DocumentKind::Payment, Side::Credit) if part == 1 => Class::Payments,
        (
            DocumentKind::Payment
            | DocumentKind::Transfer
            | DocumentKind::Conversion
            | DocumentKind::Chargeback
            | DocumentKind::Plan,
            _,
        ) => Class::Transfers,
    }
}

/// The class of an item of a finance charge.
const fn charge(part: u16) -> Class {
    match ChargePart::of(part) {
        ChargePart::Interest => Class::Interest,
        ChargePart::Fee => Class::Fees,
    }
}
