//! Policies: what a book may decide differently, as one versioned value.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::CashRounding;
use crate::account::AccountClass;
use crate::allocation::{COMBINATION_MAX, Rule};
use crate::approval::{ApprovalRule, SensitiveAct};
use crate::fx::RevaluationMethod;
use crate::period::ClosePolicy;
use crate::rejection::Rejection;
use crate::terms::Terms;
use crate::values::*;

/// All policies of a book. The defaults are those of `docs/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policies {
    /// How a fraction of a minor unit becomes a whole one, at every named rounding point.
    pub rounding: Rounding,
    /// Where tax is rounded.
    pub tax_rounding: TaxRounding,
    /// What happens to a document whose accounting date is not given and lies in a closed period.
    pub late_posting: LatePosting,
    /// Whether items in a currency without a rate are kept with no base amount. Otherwise they
    /// are refused with the missing rate.
    pub unconverted: bool,
    /// How many days before a date its rate may have been recorded.
    pub rate_age_days_max: u16,
    /// How far a given rate may differ from the last one, in percent; absent means any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_band: Option<Percent>,
    /// Payment terms of an account that has none of its own.
    pub default_terms: Terms,
    /// Rules a person's allocation goes through, in order.
    pub attended: Vec<Rule>,
    /// The same for accounts of a class, instead of the book's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attended_by_class: BTreeMap<AccountClass, Vec<Rule>>,
    /// Rules an unattended allocation goes through, in order. None fires against a rival.
    pub unattended: Vec<Rule>,
    /// A shortfall that an allocation absorbs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under_tolerance: Option<Tolerance>,
    /// An excess that an allocation absorbs; off unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_tolerance: Option<Tolerance>,
    /// What a payment may lack of all that it is to settle, beside the tolerance of each item; off
    /// unless set. A percent is of what was asked of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_tolerance: Option<Tolerance>,
    /// Lower limits for what certain users absorb, either way; whoever is not named has the book's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user_tolerances: BTreeMap<ActorId, Tolerance>,
    /// Credit control.
    pub credit: CreditPolicy,
    /// Which side of a closing rate a revaluation books.
    #[serde(skip_serializing_if = "is_standard")]
    pub revaluation: RevaluationMethod,
    /// What becomes of a rest in foreign currency that is worth nothing in base currency.
    #[serde(skip_serializing_if = "is_kept")]
    pub foreign_dust: ForeignDust,
    /// How periods are closed and who reopens them.
    #[serde(skip_serializing_if = "ClosePolicy::is_default")]
    pub close: ClosePolicy,
    /// Whether taxes that are rounded together are rounded once, and which of them takes what that
    /// leaves.
    #[serde(skip_serializing_if = "TaxResidual::is_each")]
    pub tax_residual: TaxResidual,
    /// Rounding to coins by currency; a currency that is not named is not rounded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cash_rounding: BTreeMap<Currency, CashRounding>,
    /// Whether terms may have instalments and a discount.
    #[serde(skip_serializing_if = "InstalmentDiscounts::is_allow")]
    pub discount_with_instalments: InstalmentDiscounts,
    /// Acts that need a second person; an act that is not named needs none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub approvals: BTreeMap<SensitiveAct, ApprovalRule>,
    /// Whether a credit memo for what was paid with a discount takes the discount's share back: it then
    /// credits what was paid, not what was billed.
    #[serde(skip_serializing_if = "is_off")]
    pub discount_on_credit_memos: bool,
}

impl Policies {
    /// Refuses terms with several instalments and a discount where the book does not have both.
    ///
    /// # Errors
    /// `terms.discount_with_instalments`.
    pub fn check_discounts(&self, terms: &Terms) -> Result<(), Rejection> {
        let both = terms.instalments.len() > 1 && terms.all_discounts().next().is_some();
        if both && self.discount_with_instalments == InstalmentDiscounts::Refuse {
            return Err(Rejection::TermsDiscountInstalments { instalments: terms.instalments.len() });
        }
        Ok(())
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            rounding: Rounding::HalfAwayFromZero,
            tax_rounding: TaxRounding::Document,
            late_posting: LatePosting::Refuse,
            unconverted: false,
            rate_age_days_max: 7,
            rate_band: None,
            default_terms: Terms::net(30),
            attended: vec![
                Rule::References,
                Rule::ExactItem,
                Rule::ExactAccountTotal,
                Rule::ExactPastDueTotal,
                Rule::Combination { most: COMBINATION_MAX },
                Rule::OldestDueFirst { partial: true },
            ],
            attended_by_class: BTreeMap::new(),
            // Not by what is past due: of two rents of 1,200 one is, and the payment may mean the other.
            unattended: vec![Rule::References, Rule::ExactItem, Rule::ExactAccountTotal],
            under_tolerance: None,
            over_tolerance: None,
            payment_tolerance: None,
            user_tolerances: BTreeMap::new(),
            credit: CreditPolicy::default(),
            revaluation: RevaluationMethod::Standard,
            foreign_dust: ForeignDust::Keep,
            close: ClosePolicy::default(),
            tax_residual: TaxResidual::Each,
            cash_rounding: BTreeMap::new(),
            discount_with_instalments: InstalmentDiscounts::Allow,
            approvals: BTreeMap::new(),
            discount_on_credit_memos: false,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_off(flag: &bool) -> bool {
    !*flag
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_standard(method: &RevaluationMethod) -> bool {
    *method == RevaluationMethod::Standard
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_kept(dust: &ForeignDust) -> bool {
    *dust == ForeignDust::Keep
}

/// What becomes of a rest in foreign currency that is worth nothing in base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignDust {
    /// It stays open until it is settled or given up.
    #[default]
    Keep,
    /// A settlement that leaves it absorbs it as a small difference.
    WriteOff,
}

/// Where tax is rounded. The method is stored on every document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxRounding {
    /// Once per document and tax code.
    #[default]
    Document,
    /// Once per line and tax code.
    Line,
}

/// Which tax takes the residual where several stand on the same lines. The choice is stored on every
/// document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxResidual {
    /// On top of prices there is none: every tax is rounded by itself. Taxes contained in prices
    /// share by largest remainder.
    #[default]
    Each,
    /// The taxes are rounded together and each by itself; the first on the line takes the difference.
    First,
    /// The same, and the last on the line takes it.
    Last,
    /// The same, and the largest takes it, the first of equals.
    Largest,
}

impl TaxResidual {
    /// Whether it is the plain one.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    pub const fn is_each(&self) -> bool {
        matches!(self, Self::Each)
    }
}

/// Whether terms may have several instalments and a discount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstalmentDiscounts {
    /// Every instalment has its own discount.
    #[default]
    Allow,
    /// Such terms are refused.
    Refuse,
}

impl InstalmentDiscounts {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    const fn is_allow(&self) -> bool {
        matches!(self, Self::Allow)
    }
}

/// What happens to a late document without an accounting date of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatePosting {
    /// `period.closed`, with the next open day.
    #[default]
    Refuse,
    /// It is posted on the first open day; its document date stays.
    FirstOpenDay,
    /// It is posted on the day it is entered, by the recorded time of its command in UTC, or on
    /// the first open day after it; its document date stays.
    EntryDay,
}

/// A difference that may be absorbed: the lower of an amount (by currency) and a percent of the
/// item's open amount. The whole difference or none of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Largest difference by currency; a currency that is not named has no tolerance.
    pub amounts: BTreeMap<Currency, Amount>,
    /// Largest difference in percent of what was open; absent means the amount alone decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// Whether the allowances of all items of one application stand against its difference as a
    /// whole, instead of each against its own.
    #[serde(default, skip_serializing_if = "is_no")]
    pub pooled: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

impl Tolerance {
    /// Checks that every amount is one of its currency and none is negative.
    ///
    /// # Errors
    /// `amount.*`, `setting.invalid`.
    pub fn check(&self) -> Result<(), Rejection> {
        for (currency, amount) in &self.amounts {
            let money = amount
                .in_currency(*currency)
                .map_err(|e| Rejection::value(format!("tolerance in {currency}"), &e))?;
            if money.is_negative() {
                let problem = format!("the tolerance of {money} is negative");
                return Err(Rejection::SettingInvalid { setting: "policies", problem });
            }
        }
        Ok(())
    }

    /// The largest difference that is absorbed on `open`.
    #[must_use]
    pub fn limit(&self, open: Money, rounding: Rounding) -> Option<Money> {
        let currency = open.currency();
        let amount = self.amounts.get(&currency)?.in_currency(currency).ok()?;
        match self.percent {
            None => Some(amount),
            Some(percent) => amount.checked_min(open.percent(percent, rounding)?),
        }
    }
}

/// Credit control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CreditPolicy {
    /// What an invoice beyond the limit meets.
    pub invoices: InvoiceCheck,
    /// Whether unapplied credits lower the exposure.
    pub count_credits: bool,
    /// Whether reported orders raise it.
    pub count_orders: bool,
}

impl Default for CreditPolicy {
    fn default() -> Self {
        Self { invoices: InvoiceCheck::Warn, count_credits: true, count_orders: true }
    }
}

/// What an invoice beyond the credit limit meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceCheck {
    /// The invoice is issued with a warning and the account is put on hold: what was supplied is
    /// owed whether or not the limit allows it.
    #[default]
    Warn,
    /// The invoice is refused.
    Block,
}
