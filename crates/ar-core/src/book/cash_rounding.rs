//! Rounding what is to be paid to the coins there are (INV-08).

use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;
use crate::values::*;

/// How documents of one currency are rounded to what can be paid in coins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashRounding {
    /// The smallest coin, like `0.05`.
    pub step: Amount,
    /// Which way.
    #[serde(default)]
    pub mode: Rounding,
    /// What is rounded.
    #[serde(default)]
    pub per: RoundedPart,
    /// Where the difference goes.
    #[serde(default)]
    pub difference: RoundingDifference,
}

/// What is rounded to coins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundedPart {
    /// The document's total. Instalments are payable in coins too; the last one takes the rest.
    #[default]
    Document,
    /// Every instalment by itself; the total is their sum.
    Instalment,
}

/// Where the difference of cash rounding goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingDifference {
    /// To the rounding account.
    #[default]
    Account,
    /// Onto the largest tax of the document; a document without tax uses the account.
    BiggestTax,
}

impl CashRounding {
    /// Checks the step in its currency.
    ///
    /// # Errors
    /// `setting.invalid`, `amount.too_many_decimals`.
    pub fn check(&self, currency: Currency) -> Result<(), Rejection> {
        let field = || format!("cash rounding in {currency}");
        let step = self.step.in_currency(currency).map_err(|e| Rejection::value(field(), &e))?;
        if step.is_positive() {
            return Ok(());
        }
        let problem = format!("the step of {} is not greater than zero", field());
        Err(Rejection::SettingInvalid { setting: "policies", problem })
    }

    /// An amount in minor units as a multiple of the step. A named rounding point.
    ///
    /// ```
    /// use ar_core::book::CashRounding;
    /// use ar_core::{Amount, Currency, Rounding};
    /// let step = Amount::parse("0.05")?;
    /// let coins = CashRounding {
    ///     step, mode: Rounding::HalfAwayFromZero, per: Default::default(), difference: Default::default(),
    /// };
    /// assert_eq!(coins.rounded(4_207, Currency::parse("CHF")?), Some(4_205));
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    #[must_use]
    pub fn rounded(&self, minor: i64, currency: Currency) -> Option<i64> {
        let step = self.step.in_currency(currency).ok()?.minor();
        let steps = div_round(i128::from(minor), i128::from(step), self.mode)?;
        i64::try_from(steps.checked_mul(i128::from(step))?).ok()
    }
}
