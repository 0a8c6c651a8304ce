//! Building a posting: lines by role, merged, balanced, with the control lines of the items that
//! move.

use std::collections::BTreeMap;

use super::{Control, JournalLine, Role};
use crate::account::Account;
use crate::book::{BookConfig, ChartContext};
use crate::rejection::Rejection;
use crate::values::*;

/// Journal lines of one event under construction. Amounts are minor units, debit positive.
pub struct Posting<'a> {
    book: &'a BookConfig,
    currency: Currency,
    partner: Option<GlCode>,
    lines: Vec<Draft>,
}

struct Draft {
    role: Role,
    code: GlCode,
    account: Option<AccountId>,
    dimensions: Attributes,
    minor: i128,
    base: Option<i128>,
}

impl<'a> Posting<'a> {
    /// An empty posting in a currency. `account` gives the intercompany partner.
    #[must_use]
    pub fn new(book: &'a BookConfig, currency: Currency, account: Option<&Account>) -> Self {
        let partner = account.and_then(|a| a.profile.partner.clone());
        Self { book, currency, partner, lines: Vec::new() }
    }

    /// A line on an item's control account.
    pub fn control(&mut self, control: &Control, account: &AccountId, minor: i64, base: Option<i64>) {
        self.push(control.role, control.code.clone(), Some(account), &Attributes::default(), minor, base);
    }

    /// A line by role.
    ///
    /// # Errors
    /// `chart.no_account`.
    pub fn role(
        &mut self,
        role: Role,
        context: &ChartContext<'_>,
        minor: i64,
        base: Option<i64>,
    ) -> Result<(), Rejection> {
        self.role_with(role, context, &Attributes::default(), minor, base)
    }

    /// A line by role with dimensions.
    ///
    /// # Errors
    /// `chart.no_account`.
    pub fn role_with(
        &mut self,
        role: Role,
        context: &ChartContext<'_>,
        dimensions: &Attributes,
        minor: i64,
        base: Option<i64>,
    ) -> Result<(), Rejection> {
        let code = self.book.chart.code(role, context)?;
        self.push(role, code, None, dimensions, minor, base);
        Ok(())
    }

    /// A line on a known account.
    pub fn code(&mut self, role: Role, code: &GlCode, minor: i64, base: Option<i64>) {
        self.push(role, code.clone(), None, &Attributes::default(), minor, base);
    }

    /// The opposite of a line on record.
    pub fn negated(&mut self, line: &JournalLine) {
        let minus = |amount: Amount| amount.negated().minor();
        let (amount, base) = (minus(line.amount), line.base.map(minus));
        self.push(line.role, line.code.clone(), line.account.as_ref(), &line.dimensions, amount, base);
    }

    fn push(
        &mut self,
        role: Role,
        code: GlCode,
        account: Option<&AccountId>,
        dimensions: &Attributes,
        minor: i64,
        base: Option<i64>,
    ) {
        // A line that would leave the range of an amount is left as it is, and another one begins.
        let fits = |sum: i128| sum.unsigned_abs() <= u128::from(AMOUNT_MINOR_MAX.unsigned_abs());
        let same = self.lines.iter_mut().find(|line| {
            line.role == role
                && line.code == code
                && line.account.as_ref() == account
                && line.dimensions == *dimensions
                && line.base.is_some() == base.is_some()
                && fits(line.minor.saturating_add(i128::from(minor)))
                && fits(line.base.unwrap_or(0).saturating_add(i128::from(base.unwrap_or(0))))
        });
        match same {
            Some(line) => {
                line.minor = line.minor.saturating_add(i128::from(minor));
                line.base = line.base.zip(base).map(|(a, b)| a.saturating_add(i128::from(b)));
            }
            None => self.lines.push(Draft {
                role,
                code,
                account: account.cloned(),
                dimensions: dimensions.clone(),
                minor: i128::from(minor),
                base: base.map(i128::from),
            }),
        }
    }

    /// Closes what rounding left in base currency with a line of its own (INV-08).
    ///
    /// # Errors
    /// `chart.no_account`, `amount.out_of_range`.
    pub fn close_base(&mut self, role: Role, context: &ChartContext<'_>) -> Result<(), Rejection> {
        let rest: i128 = self.lines.iter().filter_map(|l| l.base).fold(0, i128::saturating_add);
        if rest == 0 {
            return Ok(());
        }
        let minor = i64::try_from(rest.saturating_neg())
            .map_err(|_| Rejection::AmountOutOfRange { what: "the rounding difference" })?;
        self.role(role, context, 0, Some(minor))
    }

    /// The lines: those of zero left out, each amount in range.
    ///
    /// # Errors
    /// `amount.out_of_range`.
    pub fn lines(self) -> Result<Vec<JournalLine>, Rejection> {
        let out = || Rejection::AmountOutOfRange { what: "a journal line" };
        let money = |minor: i128, currency| {
            let minor = i64::try_from(minor).map_err(|_| out())?;
            Money::new(minor, currency).map(Money::amount).map_err(|_| out())
        };
        let mut lines = Vec::with_capacity(self.lines.len());
        for draft in self.lines {
            if draft.minor == 0 && draft.base.unwrap_or(0) == 0 {
                continue;
            }
            lines.push(JournalLine {
                role: draft.role,
                code: draft.code,
                amount: money(draft.minor, self.currency)?,
                base: draft.base.map(|b| money(b, self.book.base)).transpose()?,
                account: draft.account,
                partner: self.partner.clone(),
                dimensions: draft.dimensions,
            });
        }
        Ok(lines)
    }
}

/// Whether lines sum to zero in the event's currency and in base currency (INV-09).
///
/// # Errors
/// What is wrong, in words.
pub fn check_balanced(currency: Currency, base: Currency, lines: &[JournalLine]) -> Result<(), String> {
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    let (with_base, without): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.base.is_some());
    if currency == base && !with_base.is_empty() {
        return Err("a line in base currency carries a second base amount".to_owned());
    }
    if !with_base.is_empty() && !without.is_empty() {
        return Err("some lines carry a base amount and some do not".to_owned());
    }
    for line in lines {
        let sum = sums.entry("transaction").or_default();
        *sum = sum.saturating_add(i128::from(line.amount.minor()));
        if let Some(base) = line.base {
            let sum = sums.entry("base").or_default();
            *sum = sum.saturating_add(i128::from(base.minor()));
        }
    }
    match sums.iter().find(|(_, sum)| **sum != 0) {
        None => Ok(()),
        Some((which, sum)) => Err(format!("the lines sum to {sum} minor units in {which} currency")),
    }
}
