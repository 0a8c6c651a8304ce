//! Claims that were given up, and what came in of them (INV-37).
//!
//! A write-off takes a claim off the receivables, not out of sight: each stands here with its reason, the
//! tax in it, and what was recovered, as of a day and a position.

use serde::Serialize;
use std::collections::BTreeMap;

use super::fold::{add, amount};
use super::{AsOf, QueryError, Scope, View};
use crate::allocation::LinkKind;
use crate::record::Position;
use crate::rows::{BadDebt, LinkRow};
use crate::values::*;

/// Claims given up and in force on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// In the order of currency codes.
    pub currencies: Vec<ClaimsCurrency>,
}

/// Claims of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimsCurrency {
    /// The currency.
    pub currency: Currency,
    /// All together.
    pub total: ClaimFigures,
    /// Each, by date, account and settlement.
    pub claims: Vec<Claim>,
}

/// A claim that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The settlement that gave it up.
    pub write_off: LinkId,
    /// Its accounting date.
    pub date: Date,
    /// Whose it was.
    pub account: AccountId,
    /// The item.
    pub item: ItemId,
    /// Why.
    pub reason: ReasonCode,
    /// Its figures.
    pub figures: ClaimFigures,
    /// What came in of it, in the order of the log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recoveries: Vec<ClaimRecovery>,
}

/// What came in of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimRecovery {
    /// The settlement.
    pub link: LinkId,
    /// Its accounting date.
    pub date: Date,
    /// The credit that paid.
    pub credit: ItemId,
    /// How much.
    pub amount: Amount,
    /// The tax in it that is owed again.
    pub given_back: Amount,
}

/// Figures of one claim or of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimFigures {
    /// What was given up, tax included.
    pub given_up: Amount,
    /// The tax in it that was taken back.
    pub relieved: Amount,
    /// What came in of it.
    pub recovered: Amount,
    /// The tax in that which is owed again.
    pub given_back: Amount,
    /// What may still come in: given up less recovered.
    pub left: Amount,
}

/// The claims given up by a day, with what came in of them by then.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn claims<V: View>(view: &V, as_of: AsOf, scope: &Scope) -> Result<Claims, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let rows = view.bad_debts(scope).map_err(QueryError::Store)?;
    let rows: Vec<&LinkRow> = rows.iter().filter(|row| in_force(row, as_of)).collect();
    let mut recoveries: BTreeMap<&LinkId, Vec<&LinkRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.kind == LinkKind::Recovery) {
        if let Some(write_off) = row.bad_debt.as_ref().and_then(|bad_debt| bad_debt.write_off.as_ref()) {
            recoveries.entry(write_off).or_default().push(row);
        }
    }
    let mut by_currency: BTreeMap<Currency, (Sums, Vec<Claim>)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.kind == LinkKind::WriteOff) {
        let (Some(side), Some(bad_debt)) = (&row.debit, &row.bad_debt) else { continue };
        if !scope.contains(&side.account) {
            continue;
        }
        let came = recoveries.get(&row.link).map(Vec::as_slice).unwrap_or_default();
        let mut sums = Sums::default();
        add(&mut sums.given_up, side.amount);
        add(&mut sums.relieved, tax_in(bad_debt));
        let mut told = Vec::with_capacity(came.len());
        for recovery in came {
            let (Some(credit), Some(of)) = (&recovery.credit, &recovery.bad_debt) else { continue };
            add(&mut sums.recovered, credit.amount);
            add(&mut sums.given_back, tax_in(of));
            let exponent = row.currency.exponent();
            told.push(ClaimRecovery {
                link: recovery.link.clone(),
                date: recovery.date,
                credit: credit.item.clone(),
                amount: Amount::from_minor(credit.amount, exponent),
                given_back: Amount::from_minor(tax_in(of), exponent),
            });
        }
        let (total, all) = by_currency.entry(row.currency).or_default();
        total.join(&sums);
        all.push(Claim {
            write_off: row.link.clone(),
            date: row.date,
            account: side.account.clone(),
            item: bad_debt.item.clone(),
            reason: bad_debt.reason.clone(),
            figures: sums.figures(row.currency)?,
            recoveries: told,
        });
    }
    let mut currencies = Vec::with_capacity(by_currency.len());
    for (currency, (total, mut claims)) in by_currency {
        claims.sort_by(|a, b| (a.date, &a.account, &a.write_off).cmp(&(b.date, &b.account, &b.write_off)));
        currencies.push(ClaimsCurrency { currency, total: total.figures(currency)?, claims });
    }
    Ok(Claims { as_of: as_of.effective, known: as_of.known, currencies })
}

fn in_force(row: &LinkRow, as_of: AsOf) -> bool {
    let undone = |(date, position): (Date, Position)| date <= as_of.effective && position <= as_of.known;
    row.position <= as_of.known && row.date <= as_of.effective && !row.undone.is_some_and(undone)
}

fn tax_in(bad_debt: &BadDebt) -> i64 {
    bad_debt.taxes.iter().fold(0_i64, |sum, tax| sum.saturating_add(tax.tax.minor()))
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    given_up: i128,
    relieved: i128,
    recovered: i128,
    given_back: i128,
}

impl Sums {
    fn join(&mut self, other: &Self) {
        self.given_up = self.given_up.saturating_add(other.given_up);
        self.relieved = self.relieved.saturating_add(other.relieved);
        self.recovered = self.recovered.saturating_add(other.recovered);
        self.given_back = self.given_back.saturating_add(other.given_back);
    }

    fn figures<E>(&self, currency: Currency) -> Result<ClaimFigures, QueryError<E>> {
        let of = |minor| amount(minor, currency, "claims given up");
        Ok(ClaimFigures {
            given_up: of(self.given_up)?,
            relieved: of(self.relieved)?,
            recovered: of(self.recovered)?,
            given_back: of(self.given_back)?,
            left: of(self.given_up.saturating_sub(self.recovered))?,
        })
    }
}
