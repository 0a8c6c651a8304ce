//! Statutory packs: what the law gives a creditor whose commercial debtor pays late. The published
//! rates are data of the book, each with its date and source; none is built in.
//!
//! Sources: Directive 2011/7/EU, articles 2(6), 2(7), 3 and 6 (EUR-Lex 32011L0007); Late Payment of
//! Commercial Debts (Interest) Act 1998; SI 2002/1675, articles 4 and 5
//! (<http://legislation.data.gov.uk/uksi/2002/1675/made/data.htm?wrap=true>).

use super::{ChargePolicy, Debtors, FixedSum, RateTable, Rates, Reset};
use crate::values::*;

/// Percentage points that both statutes put on top of the published rate.
const POINTS: i32 = 8;

impl ChargePolicy {
    /// Directive 2011/7/EU: the reference rate of the first day of each half-year and 8 points, from
    /// the day after due, and a fixed sum of EUR 40 for each debt. Member states may give more: raise
    /// the margin or the sum.
    ///
    /// ```
    /// use ar_core::charges::ChargePolicy;
    /// use ar_core::{ChargePolicyId, RateTableId};
    /// let policy = ChargePolicy::eu_directive(ChargePolicyId::parse("EU")?, RateTableId::parse("ECB")?);
    /// assert_eq!(policy.fixed_sums[0].amount.to_string(), "40.00");
    /// assert!(policy.check().is_ok());
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    #[must_use]
    pub fn eu_directive(id: ChargePolicyId, table: RateTableId) -> Self {
        let rates = Rates::Reference { table, margin: Decimal::whole(POINTS), reset: Reset::HalfYear };
        Self {
            currency: Currency::parse("EUR").ok(),
            fixed_sums: vec![sum(0, 40)],
            debtors: Debtors::Commercial,
            ..Self::yearly(id, rates)
        }
    }

    /// The United Kingdom: Bank Rate and 8 points, and a fixed sum of GBP 40, 70 or 100 by the size
    /// of the debt. The rate is that of 30 June for interest that starts from July to December, of 31
    /// December for interest that starts from January to June, and stays for the debt; `split` takes
    /// it anew in each half-year, as some calculators do.
    ///
    /// ```
    /// use ar_core::charges::ChargePolicy;
    /// use ar_core::{ChargePolicyId, RateTableId};
    /// let policy = ChargePolicy::uk_act(ChargePolicyId::parse("UK")?, RateTableId::parse("BOE")?, false);
    /// assert_eq!(policy.fixed_sums.len(), 3);
    /// assert!(policy.check().is_ok());
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    #[must_use]
    pub fn uk_act(id: ChargePolicyId, table: RateTableId, split: bool) -> Self {
        let reset = if split { Reset::EachHalfYear } else { Reset::AtStart };
        let rates = Rates::Reference { table, margin: Decimal::whole(POINTS), reset };
        Self {
            currency: Currency::parse("GBP").ok(),
            fixed_sums: vec![sum(0, 40), sum(1_000, 70), sum(10_000, 100)],
            debtors: Debtors::Commercial,
            ..Self::yearly(id, rates)
        }
    }
}

/// A tier in whole units of a currency of two decimals.
fn sum(from: i64, amount: i64) -> FixedSum {
    let whole = |units: i64| Amount::from_minor(units.saturating_mul(100), 2);
    FixedSum { from: whole(from), amount: whole(amount) }
}

impl RateTable {
    /// An empty table.
    #[must_use]
    pub const fn new(id: RateTableId) -> Self {
        Self { id, rates: Vec::new() }
    }
}
