//! From one allowance to the next: what is charged or released, and the entry for it (INV-47).
//!
//! Invariant: opening + charge - release - used = closing; never a charge and a release at once; and
//! the entry balances. It is for whose allowance is kept elsewhere; `provide` posts it here.

use serde::Serialize;

use super::AllowanceInvalid;
use crate::values::*;

/// The movement of an allowance over a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AllowanceMovement {
    /// The currency.
    pub currency: Currency,
    /// What was allowed for at the start; negative where more was used than was allowed for.
    pub opening: Amount,
    /// What is charged to expense.
    pub charge: Amount,
    /// What is released to income.
    pub release: Amount,
    /// What was written off against the allowance, less what was recovered; negative where more was
    /// recovered.
    pub used: Amount,
    /// What is allowed for at the end.
    pub closing: Amount,
}

/// The accounts of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryAccount {
    /// Expense for expected losses.
    BadDebtExpense,
    /// The allowance, a deduction from the receivables.
    Allowance,
}

/// One line of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EntryLine {
    /// The account.
    pub account: EntryAccount,
    /// Debit positive.
    pub amount: Amount,
}

impl AllowanceMovement {
    /// The charge or release that brings an allowance to its target: the target less what is left of
    /// the opening.
    ///
    /// ```
    /// use ar_core::provision::AllowanceMovement;
    /// use ar_core::{Currency, Money};
    /// let usd = |minor| Money::new(minor, Currency::parse("USD").unwrap()).unwrap();
    /// // More was written off than was allowed for: 300.00 stand in debit, and 6,000.00 are wanted.
    /// let moved = AllowanceMovement::to(usd(-300_00), usd(0), usd(6_000_00)).unwrap();
    /// assert_eq!(moved.charge.to_string(), "6300.00");
    /// assert!(AllowanceMovement::to(usd(6_000_00), usd(0), usd(6_000_00)).unwrap().entry().is_empty());
    /// ```
    ///
    /// # Errors
    /// `allowance.exposure` for a negative target or another currency, `amount.out_of_range`.
    pub fn to(opening: Money, used: Money, target: Money) -> Result<Self, AllowanceInvalid> {
        let currency = target.currency();
        for (what, given) in [("the opening", opening), ("what was used", used)] {
            if given.currency() != currency {
                return Err(AllowanceInvalid::Exposure { what: what.to_owned(), given });
            }
        }
        if target.is_negative() {
            return Err(AllowanceInvalid::Exposure { what: "the target".to_owned(), given: target });
        }
        let difference = opening.checked_sub(used).and_then(|left| target.checked_sub(left));
        let difference = difference.ok_or(AllowanceInvalid::OutOfRange("a charge"))?;
        let nothing = Money::zero(currency).amount();
        let (charge, release) = match difference.is_negative() {
            true => (nothing, difference.negated().amount()),
            false => (difference.amount(), nothing),
        };
        let (opening, used, closing) = (opening.amount(), used.amount(), target.amount());
        Ok(Self { currency, opening, charge, release, used, closing })
    }

    /// The entry: expense to allowance for a charge, the reverse for a release, nothing where nothing
    /// changes.
    #[must_use]
    pub fn entry(&self) -> Vec<EntryLine> {
        let debit = match (self.charge.minor(), self.release.minor()) {
            (0, 0) => return Vec::new(),
            (0, _) => self.release.negated(),
            _ => self.charge,
        };
        vec![
            EntryLine { account: EntryAccount::BadDebtExpense, amount: debit },
            EntryLine { account: EntryAccount::Allowance, amount: debit.negated() },
        ]
    }
}
