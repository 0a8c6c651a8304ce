//! Roll-forward: how each account's balance came from its opening to its closing (INV-42).
//!
//! Invariant: opening plus every class of movement is closing, per account and currency, and the
//! closing of one period is the opening of the next. The closing is folded on its own, from what
//! is open; what the classes do not explain stands in `unexplained`, and is nothing.

use serde::Serialize;
use std::collections::BTreeMap;

use super::class::{Class, classes};
use super::fold::{Mask, add, amount, by_code, open_on};
use super::{AsOf, Columns, Day, QueryError, Scope, View};
use crate::record::Position;
use crate::values::*;

/// A roll-forward of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RollForward {
    /// First day of the period.
    pub from: Date,
    /// Its last day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// In the order of currency codes.
    pub currencies: Vec<RollForwardCurrency>,
}

/// The accounts of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RollForwardCurrency {
    /// The currency.
    pub currency: Currency,
    /// All accounts together.
    pub total: Schedule,
    /// Accounts with a balance or a movement, by id.
    pub accounts: Vec<RollForwardAccount>,
}

/// One account in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RollForwardAccount {
    /// The account.
    pub account: AccountId,
    /// Its schedule.
    pub schedule: Schedule,
}

/// From opening to closing. Every figure is signed as it moves the balance: payments are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// The balance before the first day.
    pub opening: Amount,
    /// Loaded at cut-over.
    pub brought_forward: Amount,
    /// Invoices.
    pub invoices: Amount,
    /// Debit memos.
    pub debit_memos: Amount,
    /// Interest on late debts, less what was waived.
    pub interest: Amount,
    /// Fixed sums on late debts, less what was waived.
    pub fees: Amount,
    /// Payments taken back.
    pub returns: Amount,
    /// Credit refunded.
    pub refunds: Amount,
    /// Credit memos.
    pub credit_memos: Amount,
    /// Payments.
    pub payments: Amount,
    /// Early-payment discounts.
    pub discounts: Amount,
    /// Small differences absorbed.
    pub tolerances: Amount,
    /// Tax withheld by customers.
    pub withholding: Amount,
    /// Amounts given up.
    pub write_offs: Amount,
    /// Cash booked against amounts given up earlier.
    pub recoveries: Amount,
    /// Voided documents.
    pub voids: Amount,
    /// Credit moved between accounts.
    pub transfers: Amount,
    /// Set off against balances of another ledger.
    pub netting: Amount,
    /// The balance at the end of the last day.
    pub closing: Amount,
    /// Closing less everything above: nothing.
    pub unexplained: Amount,
}

/// The roll-forward of the period from a day to `as_of.effective`, both included.
///
/// # Errors
/// The store's, [`QueryError::Period`], [`QueryError::OutOfRange`].
pub fn roll_forward<V: View>(
    view: &V,
    from: Date,
    as_of: AsOf,
    scope: &Scope,
) -> Result<RollForward, QueryError<V::Error>> {
    if from > as_of.effective {
        return Err(QueryError::Period { from, to: as_of.effective });
    }
    let columns = view.columns(scope).map_err(QueryError::Store)?;
    let as_of = as_of.within(view);
    let mut rows = moved(&columns, from, as_of, scope);
    closings(&columns, as_of, scope, &mut rows);
    let mut currencies = Vec::new();
    for (place, currency) in by_code(columns.currencies()) {
        let mut total = Sums::default();
        let mut accounts = Vec::new();
        for ((_, number), sums) in rows.iter().filter(|((of, _), _)| usize::from(*of) == place) {
            total.join(sums);
            let account = usize::try_from(*number).ok().and_then(|at| columns.accounts().get(at));
            let Some(account) = account.filter(|_| !sums.is_empty()) else { continue };
            accounts
                .push(RollForwardAccount { account: account.clone(), schedule: sums.schedule(currency)? });
        }
        accounts.sort_by(|a, b| a.account.cmp(&b.account));
        if !accounts.is_empty() {
            currencies.push(RollForwardCurrency { currency, total: total.schedule(currency)?, accounts });
        }
    }
    Ok(RollForward { from, as_of: as_of.effective, known: as_of.known, currencies })
}

/// Sums of one account in one currency, in minor units.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    opening: i128,
    classes: [i128; Class::ALL.len()],
    closing: i128,
    moved: bool,
}

/// By place of the currency and number of the account.
type Rows = BTreeMap<(u8, u32), Sums>;

fn moved(columns: &Columns, from: Date, as_of: AsOf, scope: &Scope) -> Rows {
    let (from, to) = (Day::from(from), Day::from(as_of.effective));
    let mask = Mask::of(columns, scope);
    let mut rows = Rows::new();
    let movements = columns.movements();
    let known = movements.item.iter().zip(&movements.date).zip(&movements.minor);
    for (at, ((item, date), minor)) in known.take(movements.known(as_of.known)).enumerate() {
        let Some(key) = key(columns, *item).filter(|(_, account)| *date <= to && mask.has(*account)) else {
            continue;
        };
        let sums = rows.entry(key).or_default();
        if *date < from {
            add(&mut sums.opening, *minor);
            continue;
        }
        sums.moved = true;
        for (class, minor) in classes(columns, at).into_iter().flatten() {
            if let Some(sum) = sums.classes.get_mut(class.place()) {
                add(sum, minor);
            }
        }
    }
    rows
}

fn closings(columns: &Columns, as_of: AsOf, scope: &Scope, rows: &mut Rows) {
    let mask = Mask::of(columns, scope);
    for (item, open) in (0_u32..).zip(open_on(columns, as_of)) {
        if let Some(key) = key(columns, item).filter(|(_, account)| open != 0 && mask.has(*account)) {
            add(&mut rows.entry(key).or_default().closing, open);
        }
    }
}

fn key(columns: &Columns, item: u32) -> Option<(u8, u32)> {
    let item = usize::try_from(item).ok()?;
    Some((*columns.items().currency.get(item)?, *columns.items().account.get(item)?))
}

impl Sums {
    fn is_empty(&self) -> bool {
        !self.moved && self.opening == 0 && self.closing == 0
    }

    fn join(&mut self, other: &Self) {
        self.opening = self.opening.saturating_add(other.opening);
        self.closing = self.closing.saturating_add(other.closing);
        self.moved |= other.moved;
        for (sum, other) in self.classes.iter_mut().zip(other.classes) {
            *sum = sum.saturating_add(other);
        }
    }

    fn of(&self, class: Class) -> i128 {
        self.classes.get(class.place()).copied().unwrap_or(0)
    }

    fn schedule<E>(&self, currency: Currency) -> Result<Schedule, QueryError<E>> {
        let amount = |minor| amount(minor, currency, "a roll-forward");
        let of = |class| amount(self.of(class));
        // What is applied within an account is nothing in sum; if it were not, it would be
        // unexplained.
        let explained = Class::ALL
            .into_iter()
            .filter(|class| *class != Class::Applied)
            .fold(self.opening, |sum, class| sum.saturating_add(self.of(class)));
        Ok(Schedule {
            opening: amount(self.opening)?,
            brought_forward: of(Class::BroughtForward)?,
            invoices: of(Class::Invoices)?,
            debit_memos: of(Class::DebitMemos)?,
            interest: of(Class::Interest)?,
            fees: of(Class::Fees)?,
            returns: of(Class::Returns)?,
            refunds: of(Class::Refunds)?,
            credit_memos: of(Class::CreditMemos)?,
            payments: of(Class::Payments)?,
            discounts: of(Class::Discounts)?,
            tolerances: of(Class::Tolerances)?,
            withholding: of(Class::Withholding)?,
            write_offs: of(Class::WriteOffs)?,
            recoveries: of(Class::Recoveries)?,
            voids: of(Class::Voids)?,
            transfers: of(Class::Transfers)?,
            netting: of(Class::Netting)?,
            closing: amount(self.closing)?,
            unexplained: amount(self.closing.saturating_sub(explained))?,
        })
    }
}
