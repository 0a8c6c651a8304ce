//! Payment terms: when an invoice is due, in how many instalments, and what an early payment earns
//! (INV-24).
//!
//! Every due date is computed from the anchor (the document date) and never by stepping from
//! another due date.

mod schedule;

pub use schedule::{Instalment, schedule};

use serde::{Deserialize, Serialize};

use crate::values::*;

/// Most days in terms.
pub const DAYS_MAX: u16 = 3_650;
/// Most instalments, and most months in terms.
pub const INSTALMENTS_MAX: usize = 120;
/// Most discount tiers.
pub const TIERS_MAX: usize = 3;

/// Payment terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// When a document without instalments is due; the default of instalments without their own.
    pub due: DueRule,
    /// Moves a due date off weekends and holidays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjust: Option<Adjust>,
    /// Parts of the total; none means one part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instalments: Vec<TermsInstalment>,
    /// Early-payment discounts, on every instalment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<TermsDiscount>,
}

impl Terms {
    /// Due a number of days after the document date.
    #[must_use]
    pub const fn net(days: u16) -> Self {
        Self { due: DueRule::Net { days }, adjust: None, instalments: Vec::new(), discounts: Vec::new() }
    }
}

impl Terms {
    /// Every discount of the terms and of their instalments.
    pub fn all_discounts(&self) -> impl Iterator<Item = &TermsDiscount> {
        self.discounts.iter().chain(self.instalments.iter().filter_map(|p| p.discounts.as_ref()).flatten())
    }

    /// The percent by which tax is computed on less from the start, when a discount says so.
    #[must_use]
    pub fn reduces_tax(&self) -> Option<Percent> {
        let reduced = self.all_discounts().filter(|discount| discount.tax == DiscountTax::Reduced);
        reduced.map(|discount| discount.percent).max()
    }
}

/// When something is due, from the anchor date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueRule {
    /// Days after the anchor.
    Net {
        /// Days.
        days: u16,
    },
    /// The last day of the month that lies `months` after the anchor's (or after the anchor plus
    /// `after_days`), plus `days`.
    EndOfMonth {
        /// Days added to the anchor first.
        #[serde(default)]
        after_days: u16,
        /// Months after that month.
        #[serde(default)]
        months: u16,
        /// Days after the month's end.
        #[serde(default)]
        days: u16,
    },
    /// A fixed day of a month: anchors up to the cut-off day fall into the month `months` later,
    /// others into the month after that. A day beyond the month's end is its last day. With days
    /// before it the anchor moves first: the next 15th that is at least 31 days out.
    DayOfMonth {
        /// Days added to the anchor first.
        #[serde(default, skip_serializing_if = "is_zero")]
        after_days: u16,
        /// 1 to 31.
        day: u8,
        /// Last day of the month that still counts for the earlier due date; absent: the day
        /// itself must not lie before the anchor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cutoff: Option<u8>,
        /// Months after the anchor's.
        #[serde(default)]
        months: u16,
    },
    /// The same day some months later, or that month's last day.
    Months {
        /// Months.
        months: u16,
    },
}

/// How a due date that is no business day moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// The calendar.
    pub calendar: CalendarId,
    /// The convention.
    pub convention: Convention,
}

/// Business-day conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// To the next business day.
    Following,
    /// To the next business day, unless that lies in another month: then to the one before.
    ModifiedFollowing,
    /// To the business day before.
    Preceding,
}

/// One part of the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsInstalment {
    /// How much.
    pub portion: Portion,
    /// When; absent means as the terms say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueRule>,
    /// Discounts of this part; absent means those of the terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discounts: Option<Vec<TermsDiscount>>,
}

/// How much of the total an instalment takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Portion {
    /// A percentage of the total.
    Percent(Percent),
    /// A fixed amount.
    Fixed(Amount),
    /// A percentage of what the instalments before it left.
    PercentOfRemainder(Percent),
    /// What is left. The last instalment must be this one, or the percents must come to 100; then
    /// the last takes the rounding.
    Remainder,
}

/// A discount for paying early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsDiscount {
    /// The rate.
    pub percent: Percent,
    /// Last day that earns it, in days after the anchor, included.
    pub days: u16,
    /// Days by which a payment may come later and still earn it.
    #[serde(default)]
    pub grace_days: u16,
    /// Whether a payment that does not settle the item earns its share.
    #[serde(default, skip_serializing_if = "is_no")]
    pub partial: bool,
    /// What becomes of the tax.
    #[serde(default, skip_serializing_if = "DiscountTax::is_gross")]
    pub tax: DiscountTax,
    /// Whether cash received before the document's date earns it.
    #[serde(default, skip_serializing_if = "is_no")]
    pub advance: bool,
}

impl TermsDiscount {
    /// A discount of the gross for paying within some days.
    #[must_use]
    pub const fn of(percent: Percent, days: u16) -> Self {
        Self { percent, days, grace_days: 0, partial: false, tax: DiscountTax::Gross, advance: false }
    }
}

/// What an early-payment discount does to tax. Taxes by unit or line are never discounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscountTax {
    /// It is a percent of the gross, and an expense as a whole.
    #[default]
    Gross,
    /// It is a percent of the net; the tax stays.
    Net,
    /// It is a percent of the gross, and what of it is tax lowers the tax when it is taken.
    Adjusted,
    /// It is a percent of the net, and tax is computed on the discounted net from the start, whether
    /// or not the discount is taken.
    Reduced,
}

impl DiscountTax {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    const fn is_gross(&self) -> bool {
        matches!(self, Self::Gross)
    }

    /// Whether taking the discount moves tax.
    #[must_use]
    pub const fn adjusts(self) -> bool {
        matches!(self, Self::Adjusted)
    }
}

/// A discount as it stands on an item: with its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscountTier {
    /// The rate.
    pub percent: Percent,
    /// Last value date that earns it, grace included.
    pub until: Date,
    /// Whether part payments earn their share. The discount is then of what is open, else of the
    /// original amount.
    #[serde(default, skip_serializing_if = "is_no")]
    pub partial: bool,
    /// What becomes of the tax.
    #[serde(default, skip_serializing_if = "DiscountTax::is_gross")]
    pub tax: DiscountTax,
    /// What of the item's original amount it is a percent of; absent means all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Amount>,
    /// Whether cash received before the document's date earns it.
    #[serde(default, skip_serializing_if = "is_no")]
    pub advance: bool,
}

impl DiscountTier {
    /// The tier on part of its item that became another debit: a percent of its part of the base. The
    /// tax stays where it was booked, so taking the discount no longer moves it.
    #[must_use]
    pub(crate) fn on_part(&self, part: i64, original: i64) -> Self {
        let scaled = |basis: Amount| {
            let product = i128::from(basis.minor()).saturating_mul(i128::from(part));
            let minor = div_round(product, i128::from(original), Rounding::HalfAwayFromZero);
            let minor = minor.and_then(|minor| i64::try_from(minor).ok()).unwrap_or(0);
            Amount::from_minor(minor, basis.exponent())
        };
        let tax = if self.tax.adjusts() { DiscountTax::Net } else { self.tax };
        Self { basis: self.basis.map(scaled), tax, ..*self }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(days: &u16) -> bool {
    *days == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}
