//! Which acts need a second person, from which amount on, and who that may be.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::rejection::Rejection;
use crate::values::*;

/// Most days that a proposal may wait.
pub const DAYS_MAX: u16 = 366;
/// Most persons named for one act.
pub const APPROVERS_MAX: usize = 1_000;

/// An act that policy may keep from one person alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SensitiveAct {
    /// An open amount is given up, of a debt or of a credit.
    WriteOff,
    /// A credit memo is issued.
    CreditMemo,
    /// A refund is asked for.
    Refund,
    /// Name, addresses, contacts or bank details of an account holder change.
    Party,
    /// A discount is granted that was not earned.
    Discount,
    /// A credit limit is raised.
    CreditLimit,
    /// An account on hold is released.
    Release,
    /// An order or an invoice passes beyond a limit or a hold on somebody's word.
    CreditOverride,
    /// A finance charge is forgiven.
    Waiver,
    /// A closed period, or the days before the first open one, are opened again.
    ReopenPeriod,
    /// The book's policies change, the rules of approval among them, or a reason ceases to count for
    /// credit.
    Policies,
    /// Items are set off against a balance that another ledger keeps: a debt goes without cash, or credit
    /// without a refund.
    Netting,
}

impl SensitiveAct {
    /// Every act.
    pub const ALL: [Self; 12] = [
        Self::WriteOff,
        Self::CreditMemo,
        Self::Refund,
        Self::Party,
        Self::Discount,
        Self::CreditLimit,
        Self::Release,
        Self::CreditOverride,
        Self::Waiver,
        Self::ReopenPeriod,
        Self::Policies,
        Self::Netting,
    ];

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WriteOff => "write_off",
            Self::CreditMemo => "credit_memo",
            Self::Refund => "refund",
            Self::Party => "party",
            Self::Discount => "discount",
            Self::CreditLimit => "credit_limit",
            Self::Release => "release",
            Self::CreditOverride => "credit_override",
            Self::Waiver => "waiver",
            Self::ReopenPeriod => "reopen_period",
            Self::Policies => "policies",
            Self::Netting => "netting",
        }
    }

    /// Whether it comes to an amount; the others need a second person whenever they have a rule.
    #[must_use]
    pub const fn has_amount(self) -> bool {
        !matches!(self, Self::Party | Self::Release | Self::ReopenPeriod | Self::Policies)
    }
}

impl fmt::Display for SensitiveAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When an act needs a second person.
///
/// ```
/// use ar_core::approval::ApprovalRule;
/// let rule: ApprovalRule = serde_json::from_str(r#"{"limits": {"EUR": "100.00"}}"#)?;
/// assert_eq!(rule.days, 30);
/// assert!(rule.check(ar_core::approval::SensitiveAct::WriteOff).is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// The most that one person does alone in one command, for one account, by currency. In a currency
    /// that is not named, and above zero where it is zero, a second person is always needed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<Currency, Amount>,
    /// The most that is done alone for one account in a span of time, of write-offs of debts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cumulative: Option<Cumulative>,
    /// Who may approve or reject; empty means everybody but the maker.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approvers: BTreeSet<ActorId>,
    /// Days after the day of the proposal on which it can still be approved.
    #[serde(default = "thirty", skip_serializing_if = "is_thirty")]
    pub days: u16,
}

/// A limit over time: what one person gives up in small pieces counts together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cumulative {
    /// The most by currency; in a currency that is not named there is no such limit.
    pub limits: BTreeMap<Currency, Amount>,
    /// Over which time, by the accounting date.
    #[serde(default)]
    pub span: Span,
}

/// A span of the calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// The calendar month of the accounting date.
    #[default]
    Month,
    /// Its calendar quarter.
    Quarter,
    /// Its calendar year.
    Year,
}

impl Span {
    /// First days of the first and the last month of the span that has a day.
    ///
    /// ```
    /// use ar_core::{approval::Span, values::Date};
    /// let day = Date::parse("2026-05-17")?;
    /// let (from, to) = Span::Quarter.months(day);
    /// assert_eq!((from.to_string(), to.to_string()), ("2026-04-01".into(), "2026-06-01".into()));
    /// # Ok::<(), ar_core::ValueError>(())
    /// ```
    #[must_use]
    pub fn months(self, day: Date) -> (Date, Date) {
        let months: u32 = match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        };
        let before = day.month().saturating_sub(1).checked_rem(months).unwrap_or(0);
        let first = day.month().saturating_sub(before);
        let last = first.saturating_add(months).saturating_sub(1);
        let month = |month| Date::new(day.year(), month, 1).unwrap_or(day);
        (month(first), month(last))
    }
}

const fn thirty() -> u16 {
    30
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_thirty(days: &u16) -> bool {
    *days == thirty()
}

impl ApprovalRule {
    /// Checks that amounts are ones of their currency and none negative, and that limits stand where
    /// the act has amounts.
    ///
    /// # Errors
    /// `setting.invalid`, `amount.*`, `input.too_many`.
    pub fn check(&self, act: SensitiveAct) -> Result<(), Rejection> {
        let invalid = |problem: String| Rejection::SettingInvalid { setting: "policies", problem };
        if self.approvers.len() > APPROVERS_MAX {
            let (what, given) = ("persons who approve", self.approvers.len());
            return Err(Rejection::TooManyEntries { what, given, max: APPROVERS_MAX });
        }
        if !(1..=DAYS_MAX).contains(&self.days) {
            return Err(invalid(format!("a proposal waits 1 to {DAYS_MAX} days and not {}", self.days)));
        }
        if !act.has_amount() && !self.limits.is_empty() {
            return Err(invalid(format!("{act} comes to no amount and takes no limits")));
        }
        if act != SensitiveAct::WriteOff && self.cumulative.is_some() {
            return Err(invalid(format!("a cumulative limit is kept of write_off and not of {act}")));
        }
        let over_time = self.cumulative.iter().flat_map(|cumulative| &cumulative.limits);
        for (currency, amount) in self.limits.iter().chain(over_time) {
            let money = amount
                .in_currency(*currency)
                .map_err(|e| Rejection::value(format!("limit of {act} in {currency}"), &e))?;
            if money.is_negative() {
                return Err(invalid(format!("the limit of {money} for {act} is negative")));
            }
        }
        Ok(())
    }

    /// Whether a person is among those who approve.
    #[must_use]
    pub fn names(&self, actor: &ActorId) -> bool {
        self.approvers.is_empty() || self.approvers.contains(actor)
    }
}
