//! Tax codes: how much, on what, and when it falls due. Rates are given to us, not determined here
//! (INV-05).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::rejection::Rejection;
use crate::values::*;

/// A tax code.
///
/// ```
/// use ar_core::book::{Tax, TaxKind};
/// use ar_core::{Percent, TaxCode};
/// let tax = Tax::of(TaxCode::parse("S19")?, Percent::parse("19")?, TaxKind::Standard);
/// assert_eq!(tax.check(), Ok(()));
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// The code on document lines.
    pub code: TaxCode,
    /// The rate; 0 for a tax per unit or per line.
    pub percent: Percent,
    /// Why it is what it is.
    pub kind: TaxKind,
    /// For exempt and reverse-charge codes: the legal reason printed on the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// How the tax follows from the line.
    #[serde(default, skip_serializing_if = "TaxMethod::is_percent")]
    pub method: TaxMethod,
    /// What a percent is computed on.
    #[serde(default, skip_serializing_if = "TaxBase::is_net")]
    pub on: TaxBase,
    /// When it falls due.
    #[serde(default, skip_serializing_if = "TaxBasis::is_issue")]
    pub basis: TaxBasis,
}

impl Tax {
    /// A percentage of the net that falls due with the document.
    #[must_use]
    pub const fn of(code: TaxCode, percent: Percent, kind: TaxKind) -> Self {
        Self {
            code,
            percent,
            kind,
            note: None,
            method: TaxMethod::Percent,
            on: TaxBase::Net,
            basis: TaxBasis::Issue,
        }
    }

    /// Whether the tax is so much a unit or a line, whatever the price.
    #[must_use]
    pub const fn by_count(&self) -> bool {
        matches!(self.method, TaxMethod::PerUnit(_) | TaxMethod::PerLine(_))
    }

    /// Whether the tax is a percentage of more than the line's net.
    #[must_use]
    pub const fn cascades(&self) -> bool {
        !matches!(self.on, TaxBase::Net)
    }

    /// Checks that rate, kind and method fit together.
    ///
    /// # Errors
    /// `setting.invalid`; the codes of an amount per line.
    pub fn check(&self) -> Result<(), Rejection> {
        let invalid = |problem: String| Err(Rejection::SettingInvalid { setting: "tax", problem });
        let (code, percent) = (&self.code, self.percent);
        if self.kind != TaxKind::Standard && (!percent.is_zero() || self.method != TaxMethod::Percent) {
            return invalid(format!("{code} is not taxed, so its percent is 0 and not {percent}"));
        }
        if self.by_count() && (!percent.is_zero() || self.cascades()) {
            return invalid(format!("{code} counts units or lines; its percent is 0 and it is on the net"));
        }
        match &self.method {
            TaxMethod::Percent => {}
            TaxMethod::PercentOfGross => {
                if percent.decimal() >= Decimal::whole(100) || self.cascades() {
                    return invalid(format!(
                        "{code} is part of the gross, so it is below 100 and on the net"
                    ));
                }
            }
            TaxMethod::PerUnit(prices) => {
                if prices.is_empty() || prices.values().any(|price| price.is_negative()) {
                    return invalid(format!("{code} needs an amount for each currency, none below zero"));
                }
            }
            TaxMethod::PerLine(amounts) => {
                for (currency, amount) in amounts {
                    amount.in_currency(*currency).map_err(|e| Rejection::value(format!("tax {code}"), &e))?;
                }
                if amounts.is_empty() || amounts.values().any(|amount| amount.minor() < 0) {
                    return invalid(format!("{code} needs an amount for each currency, none below zero"));
                }
            }
        }
        Ok(())
    }
}

/// The nature of a tax code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaxKind {
    /// Taxed at the rate.
    Standard,
    /// Exempt; the rate is 0.
    Exempt,
    /// The customer owes the tax; the rate is 0.
    ReverseCharge,
}

/// How a tax follows from a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaxMethod {
    /// The percent of its base: 10 % of 200.00 is 20.00.
    #[default]
    Percent,
    /// The percent of net and tax together: 10 % on a net of 200.00 is 22.22, since that is 10 % of
    /// 222.22.
    PercentOfGross,
    /// So much for each unit of the line's quantity, by currency. A line without a quantity is one
    /// unit.
    PerUnit(BTreeMap<Currency, Decimal>),
    /// So much for each line, by currency.
    PerLine(BTreeMap<Currency, Amount>),
}

impl TaxMethod {
    /// Whether it is the plain one.
    #[must_use]
    pub const fn is_percent(&self) -> bool {
        matches!(self, Self::Percent)
    }

    /// The method with the amount of one currency only, as a document in it keeps it.
    #[must_use]
    pub fn in_currency(&self, currency: Currency) -> Self {
        match self {
            Self::Percent => Self::Percent,
            Self::PercentOfGross => Self::PercentOfGross,
            Self::PerUnit(prices) => {
                Self::PerUnit(prices.iter().filter(|(c, _)| **c == currency).map(|(c, p)| (*c, *p)).collect())
            }
            Self::PerLine(amounts) => Self::PerLine(
                amounts.iter().filter(|(c, _)| **c == currency).map(|(c, a)| (*c, *a)).collect(),
            ),
        }
    }
}

/// What a percent is computed on. The order of the codes on the line decides which taxes come
/// before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaxBase {
    /// The line's net.
    #[default]
    Net,
    /// The line's net and all taxes before it on the line.
    NetAndTaxes,
    /// The tax before it on the line: a surcharge on a tax.
    TaxBefore,
}

impl TaxBase {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    pub(crate) const fn is_net(&self) -> bool {
        matches!(self, Self::Net)
    }
}

/// When a tax falls due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaxBasis {
    /// When the document is issued.
    #[default]
    Issue,
    /// When the document is paid. Until then it stands on the account of deferred tax.
    Payment(Recognition),
}

impl TaxBasis {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    pub(crate) const fn is_issue(&self) -> bool {
        matches!(self, Self::Issue)
    }
}

/// How much of a deferred tax falls due with what was paid of the document so far.
///
/// Source: Dynamics 365 Business Central, "Set up unrealized VAT".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Recognition {
    /// The share that was paid of the document.
    #[default]
    Percentage,
    /// Payments cover the tax first.
    First,
    /// Payments cover the net first and the tax last.
    Last,
    /// Payments cover the tax first; it falls due at once when it is covered whole.
    FirstFullyPaid,
    /// All of it when the document is paid to the end.
    LastFullyPaid,
}
