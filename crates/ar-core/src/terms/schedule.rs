//! From terms to dated instalments (INV-24): every due date follows from the anchor alone, and the
//! instalments sum to the total.

use super::*;
use crate::book::{BookConfig, CalendarRef};
use crate::rejection::Rejection;

/// One instalment: when it is due, how much, and what an early payment earns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Due date.
    pub due: Date,
    /// Amount.
    pub amount: Money,
    /// Discounts with their dates, the earliest and highest first.
    pub discounts: Vec<DiscountTier>,
}

/// The instalments of a total under terms from an anchor date.
///
/// An instalment that comes to nothing is left out; a total of zero is one instalment of zero.
///
/// ```
/// use ar_core::book::BookConfig;
/// use ar_core::terms::{Terms, schedule};
/// use ar_core::{Currency, Date, Money};
/// let eur = Currency::parse("EUR")?;
/// let book = BookConfig::standard(eur);
/// let parts = schedule(&Terms::net(30), Date::parse("2026-01-31")?, Money::new(10_000, eur)?, &book);
/// assert_eq!(parts.unwrap()[0].due.to_string(), "2026-03-02");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
///
/// # Errors
/// `terms.out_of_range`, `terms.instalments`, `calendar.unknown`, `date.out_of_range`, and
/// `amount.too_many_decimals` for a fixed instalment that the currency cannot express.
pub fn schedule(
    terms: &Terms,
    anchor: Date,
    total: Money,
    book: &BookConfig,
) -> Result<Vec<Instalment>, Rejection> {
    terms.check()?;
    if total.is_negative() {
        return Err(Rejection::NegativeTotal { total });
    }
    book.policies.check_discounts(terms)?;
    let dated = Dated::new(terms, anchor, book)?;
    if terms.instalments.is_empty() || total.is_zero() {
        let discounts = if total.is_zero() { Vec::new() } else { dated.tiers(&terms.discounts)? };
        return Ok(vec![Instalment { due: dated.due(terms.due)?, amount: total, discounts }]);
    }
    let mut parts = Vec::with_capacity(terms.instalments.len());
    for (part, amount) in terms.instalments.iter().zip(amounts(terms, total, book)?) {
        if !amount.is_zero() {
            parts.push(Instalment {
                due: dated.due(part.due.unwrap_or(terms.due))?,
                amount,
                discounts: dated.tiers(part.discounts.as_ref().unwrap_or(&terms.discounts))?,
            });
        }
    }
    Ok(parts)
}

/// The amounts of all instalments. A percentage that rounds up takes no more than is left, so that
/// the smallest totals can be divided too; a fixed amount that is not left is refused.
fn amounts(terms: &Terms, total: Money, book: &BookConfig) -> Result<Vec<Money>, Rejection> {
    let rounding = book.policies.rounding;
    let out = || Rejection::AmountOutOfRange { what: "an instalment" };
    let count = terms.instalments.len();
    let mut left = total;
    let mut all = Vec::with_capacity(count);
    for (n, part) in (1_usize..).zip(&terms.instalments) {
        let amount = match part.portion {
            _ if n == count => left,
            Portion::Remainder => left,
            Portion::Percent(percent) => {
                total.percent(percent, rounding).and_then(|a| a.checked_min(left)).ok_or_else(out)?
            }
            Portion::PercentOfRemainder(percent) => {
                left.percent(percent, rounding).and_then(|a| a.checked_min(left)).ok_or_else(out)?
            }
            Portion::Fixed(amount) => amount
                .in_currency(total.currency())
                .map_err(|e| Rejection::value(format!("instalment {n}"), &e))?,
        };
        left = left.checked_sub(amount).ok_or_else(out)?;
        if left.is_negative() {
            return Err(Rejection::TermsInstalments {
                problem: format!("instalment {n} of {amount} leaves {left} of a total of {total}"),
            });
        }
        all.push(amount);
    }
    Ok(all)
}

/// Terms with their anchor and their calendar.
struct Dated<'a> {
    anchor: Date,
    adjust: Option<(CalendarRef<'a>, Convention)>,
}

impl<'a> Dated<'a> {
    fn new(terms: &Terms, anchor: Date, book: &'a BookConfig) -> Result<Self, Rejection> {
        let adjust = match &terms.adjust {
            None => None,
            Some(adjust) => Some((book.calendar(&adjust.calendar)?, adjust.convention)),
        };
        Ok(Self { anchor, adjust })
    }

    fn due(&self, rule: DueRule) -> Result<Date, Rejection> {
        let due = rule.date(self.anchor).map_err(|e| Rejection::value("due date", &e))?;
        let Some((calendar, convention)) = self.adjust else { return Ok(due) };
        if calendar.is_business_day(due) {
            return Ok(due);
        }
        let after = calendar.on_or_after(due);
        let same_month = || after.as_ref().is_ok_and(|day| day.month() == due.month());
        let back = match convention {
            Convention::Following => false,
            Convention::Preceding => true,
            Convention::ModifiedFollowing => !same_month(),
        };
        // Nothing is due before it is issued: there the convention gives way.
        match calendar.on_or_before(due) {
            Ok(before) if back && before >= self.anchor => Ok(before),
            _ => after,
        }
    }

    fn tiers(&self, discounts: &[TermsDiscount]) -> Result<Vec<DiscountTier>, Rejection> {
        let mut tiers = Vec::with_capacity(discounts.len());
        for discount in discounts {
            let days = i32::from(discount.days).saturating_add(i32::from(discount.grace_days));
            let until = self.anchor.add_days(days).map_err(|e| Rejection::value("last discount day", &e))?;
            tiers.push(DiscountTier {
                percent: discount.percent,
                until,
                partial: discount.partial,
                tax: discount.tax,
                basis: None,
                advance: discount.advance,
            });
        }
        tiers.sort_by_key(|tier| (tier.until, std::cmp::Reverse(tier.percent)));
        Ok(tiers)
    }
}

impl DueRule {
    /// The due date of an anchor before any business-day adjustment; never before the anchor.
    ///
    /// # Errors
    /// `date.out_of_range`.
    pub fn date(self, anchor: Date) -> Result<Date, ValueError> {
        match self {
            Self::Net { days } => anchor.add_days(i32::from(days)),
            Self::EndOfMonth { after_days, months, days } => anchor
                .add_days(i32::from(after_days))?
                .day_of_month(i32::from(months), 31)?
                .add_days(i32::from(days)),
            Self::DayOfMonth { after_days, day, cutoff, months } => {
                let anchor = anchor.add_days(i32::from(after_days))?;
                let late = cutoff.is_some_and(|last| anchor.day() > u32::from(last));
                let months = i32::from(months).saturating_add(i32::from(late));
                let due = anchor.day_of_month(months, u32::from(day))?;
                if due >= anchor {
                    return Ok(due);
                }
                anchor.day_of_month(months.saturating_add(1), u32::from(day))
            }
            Self::Months { months } => anchor.add_months(i32::from(months)),
        }
    }

    fn check(self) -> Result<(), Rejection> {
        let (days, months) = match self {
            Self::Net { days } => (days, 0),
            Self::EndOfMonth { after_days, months, days } => (after_days.max(days), months),
            Self::DayOfMonth { after_days, day, cutoff, months } => {
                for day in [day].into_iter().chain(cutoff) {
                    if !(1..=31).contains(&day) {
                        return Err(out_of_range(format!("there is no day {day} of a month")));
                    }
                }
                (after_days, months)
            }
            Self::Months { months } => (0, months),
        };
        if days > DAYS_MAX {
            return Err(out_of_range(format!("{days} days were given")));
        }
        if usize::from(months) > INSTALMENTS_MAX {
            return Err(out_of_range(format!("{months} months were given")));
        }
        Ok(())
    }
}

fn out_of_range(problem: String) -> Rejection {
    Rejection::TermsOutOfRange { problem }
}

fn instalments(problem: &str) -> Rejection {
    Rejection::TermsInstalments { problem: problem.to_owned() }
}

impl Terms {
    /// Checks everything about terms that does not depend on a total, a date or a calendar.
    ///
    /// # Errors
    /// `terms.out_of_range`, `terms.instalments`.
    pub fn check(&self) -> Result<(), Rejection> {
        self.due.check()?;
        check_tiers(&self.discounts)?;
        if self.instalments.len() > INSTALMENTS_MAX {
            return Err(out_of_range(format!("{} instalments were given", self.instalments.len())));
        }
        for part in &self.instalments {
            if let Some(due) = part.due {
                due.check()?;
            }
            if let Some(discounts) = &part.discounts {
                check_tiers(discounts)?;
            }
        }
        check_portions(&self.instalments)
    }
}

impl Terms {
    /// Checks terms that are set up for others to use: there, two instalments of the same portion with
    /// the same due date of their own are one entered twice. On a document they are what was agreed.
    ///
    /// # Errors
    /// `terms.instalments`.
    pub(crate) fn check_repeated(&self) -> Result<(), Rejection> {
        let same = |one: &TermsInstalment, other: &TermsInstalment| {
            one.due.is_some() && (one.portion, one.due) == (other.portion, other.due)
        };
        for (n, part) in self.instalments.iter().enumerate() {
            if self.instalments.iter().skip(n.saturating_add(1)).any(|other| same(part, other)) {
                return Err(instalments("two instalments have the same portion and the same due date"));
            }
        }
        Ok(())
    }
}

/// The portions must exhaust any total: the last is the remainder, or percents come to 100.
fn check_portions(parts: &[TermsInstalment]) -> Result<(), Rejection> {
    let hundred = Decimal::whole(100);
    let Some((last, before)) = parts.split_last() else { return Ok(()) };
    let mut sum = Decimal::ZERO;
    for part in parts {
        match part.portion {
            Portion::Percent(percent) => {
                sum = sum
                    .checked_add(percent.decimal())
                    .ok_or_else(|| instalments("the percents have too many digits"))?;
            }
            Portion::Fixed(amount) if amount.minor() < 0 => {
                return Err(instalments("a fixed instalment is negative"));
            }
            Portion::Fixed(_) | Portion::PercentOfRemainder(_) | Portion::Remainder => {}
        }
    }
    if sum > hundred {
        return Err(instalments(&format!("the percents come to {sum}")));
    }
    if before.iter().any(|part| part.portion == Portion::Remainder) {
        return Err(instalments("the remainder is not the last instalment"));
    }
    let all_percent = || parts.iter().all(|part| matches!(part.portion, Portion::Percent(_)));
    match last.portion {
        Portion::Remainder => Ok(()),
        Portion::PercentOfRemainder(percent) if percent.decimal() == hundred => Ok(()),
        Portion::Percent(_) if all_percent() && sum == hundred => Ok(()),
        Portion::Percent(_) if all_percent() => Err(instalments(&format!("the percents come to {sum}"))),
        _ => Err(instalments("the last instalment is not the remainder")),
    }
}

fn check_tiers(tiers: &[TermsDiscount]) -> Result<(), Rejection> {
    if tiers.len() > TIERS_MAX {
        return Err(out_of_range(format!(
            "{} discounts were given and at most {TIERS_MAX} are kept",
            tiers.len()
        )));
    }
    let mut sorted: Vec<(u16, Percent)> = Vec::with_capacity(tiers.len());
    for tier in tiers {
        if tier.days > DAYS_MAX || tier.grace_days > DAYS_MAX {
            return Err(out_of_range(format!(
                "a discount of {} + {} days was given",
                tier.days, tier.grace_days
            )));
        }
        if tier.percent.is_zero() || tier.percent.decimal() >= Decimal::whole(100) {
            return Err(out_of_range(format!("a discount of {} % was given", tier.percent)));
        }
        sorted.push((tier.days.saturating_add(tier.grace_days), tier.percent));
    }
    sorted.sort_unstable();
    let falling = sorted.windows(2).all(|pair| match pair {
        [early, late] => early.0 < late.0 && early.1 > late.1,
        _ => true,
    });
    if falling {
        Ok(())
    } else {
        Err(out_of_range("a later discount must be lower than an earlier one".to_owned()))
    }
}
