//! Trial balance, and the tie-out of the sub-ledger to its control accounts (INV-10, INV-11).
//!
//! Invariant: on every date and at every position the lines of a currency sum to nothing, and what
//! is open on items is the balance of the control account they stand on.

use serde::Serialize;
use std::collections::BTreeMap;

use super::fold::{add, amount, base_open_on, currency, open_on};
use super::{AsOf, Columns, Day, LineColumns, QueryError, Scope, View};
use crate::journal::Role;
use crate::period::ClosingFigure;
use crate::record::Position;
use crate::values::*;

/// Balances of all ledger accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialBalance {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// The base currency; absent before the book is opened.
    pub base: Option<Currency>,
    /// By ledger account, role and currency.
    pub lines: Vec<TrialLine>,
    /// By currency.
    pub totals: Vec<TrialTotal>,
}

/// The balance of one ledger account in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialLine {
    /// The ledger account.
    pub code: GlCode,
    /// What it stands for.
    pub role: Role,
    /// The currency.
    pub currency: Currency,
    /// Sum of the debits.
    pub debit: Amount,
    /// Sum of the credits, positive.
    pub credit: Amount,
    /// Debits less credits.
    pub balance: Amount,
    /// The balance in base currency; absent where lines are kept unconverted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
}

/// All accounts in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialTotal {
    /// The currency.
    pub currency: Currency,
    /// Sum of the debits.
    pub debit: Amount,
    /// Sum of the credits, positive.
    pub credit: Amount,
    /// Debits less credits: nothing.
    pub difference: Amount,
}

/// The sub-ledger against the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TieOut {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// Whether every difference is nothing.
    pub ties: bool,
    /// By control role, ledger account and currency.
    pub lines: Vec<TieLine>,
}

/// One control account in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TieLine {
    /// The control role.
    pub role: Role,
    /// The ledger account.
    pub code: GlCode,
    /// The currency.
    pub currency: Currency,
    /// What is open on items that stand on it.
    pub sub_ledger: Amount,
    /// Its balance in the journal.
    pub journal: Amount,
    /// Sub-ledger less journal: nothing.
    pub difference: Amount,
    /// The same difference in base currency; absent in base currency and where kept unconverted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_difference: Option<Amount>,
}

/// The trial balance on a date.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn trial_balance<V: View>(view: &V, as_of: AsOf) -> Result<TrialBalance, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let base = view.config().map_err(QueryError::Store)?.map(|config| config.base);
    let columns = view.lines(&Scope::All).map_err(QueryError::Store)?;
    let sums = line_sums(&columns, as_of, base);
    let mut lines = Vec::with_capacity(sums.len());
    let mut by_currency: BTreeMap<Currency, LineSums> = BTreeMap::new();
    for ((code, role, currency), sum) in sums {
        let total = by_currency.entry(currency).or_default();
        total.debit = total.debit.saturating_add(sum.debit);
        total.credit = total.credit.saturating_add(sum.credit);
        let what = "a ledger account";
        let base = base.filter(|_| !sum.unconverted);
        lines.push(TrialLine {
            code: code.clone(),
            role,
            currency,
            debit: amount(sum.debit, currency, what)?,
            credit: amount(sum.credit, currency, what)?,
            balance: amount(sum.balance(), currency, what)?,
            base: base.map(|base| amount(sum.base, base, what)).transpose()?,
        });
    }
    let mut totals = Vec::with_capacity(by_currency.len());
    for (currency, sum) in by_currency {
        let what = "all ledger accounts";
        totals.push(TrialTotal {
            currency,
            debit: amount(sum.debit, currency, what)?,
            credit: amount(sum.credit, currency, what)?,
            difference: amount(sum.balance(), currency, what)?,
        });
    }
    Ok(TrialBalance { as_of: as_of.effective, known: as_of.known, base, lines, totals })
}

/// The sub-ledger against the journal on a date.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn tie_out<V: View>(view: &V, as_of: AsOf) -> Result<TieOut, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let base = view.config().map_err(QueryError::Store)?.map(|config| config.base);
    let columns = view.columns(&Scope::All).map_err(QueryError::Store)?;
    let lines = view.lines(&Scope::All).map_err(QueryError::Store)?;
    let mut all: BTreeMap<(Role, &GlCode, Currency), Sides> = BTreeMap::new();
    for ((role, code, currency), (open, base_open)) in item_sums(&columns, as_of) {
        let sides = all.entry((role, code, currency)).or_default();
        (sides.sub_ledger, sides.base_sub_ledger) = (open, base_open);
    }
    for ((code, role, currency), sum) in line_sums(&lines, as_of, base) {
        if role.is_control() {
            let sides = all.entry((role, code, currency)).or_default();
            (sides.journal, sides.base_journal) = (sum.balance(), sum.base);
            sides.converted = base.is_some_and(|base| base != currency) && !sum.unconverted;
        }
    }
    let mut tied = Vec::with_capacity(all.len());
    for ((role, code, currency), sides) in all {
        let what = "a control account";
        let difference = sides.sub_ledger.saturating_sub(sides.journal);
        let base_difference = sides.base_sub_ledger.saturating_sub(sides.base_journal);
        tied.push(TieLine {
            role,
            code: code.clone(),
            currency,
            sub_ledger: amount(sides.sub_ledger, currency, what)?,
            journal: amount(sides.journal, currency, what)?,
            difference: amount(difference, currency, what)?,
            base_difference: base
                .filter(|_| sides.converted)
                .map(|base| amount(base_difference, base, what))
                .transpose()?,
        });
    }
    let nothing = |line: &TieLine| {
        line.difference.minor() == 0 && line.base_difference.is_none_or(|base| base.minor() == 0)
    };
    let ties = tied.iter().all(nothing);
    Ok(TieOut { as_of: as_of.effective, known: as_of.known, ties, lines: tied })
}

/// The figures that a close puts on record: every control account with a balance or open items, by
/// ledger account and currency. What is kept unconverted has no base amount.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn closing_figures<V: View>(view: &V, as_of: AsOf) -> Result<Vec<ClosingFigure>, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let Some(base) = view.config().map_err(QueryError::Store)?.map(|config| config.base) else {
        return Ok(Vec::new());
    };
    let columns = view.columns(&Scope::All).map_err(QueryError::Store)?;
    let lines = view.lines(&Scope::All).map_err(QueryError::Store)?;
    let mut all: BTreeMap<(&GlCode, Currency), (Role, Sides)> = BTreeMap::new();
    for ((role, code, currency), (open, base_open)) in item_sums(&columns, as_of) {
        let (_, sides) = all.entry((code, currency)).or_insert((role, Sides::default()));
        (sides.sub_ledger, sides.base_sub_ledger) = (open, base_open);
    }
    for ((code, role, currency), sum) in line_sums(&lines, as_of, Some(base)) {
        if role.is_control() {
            let (_, sides) = all.entry((code, currency)).or_insert((role, Sides::default()));
            (sides.journal, sides.base_journal) = (sum.balance(), sum.base);
            sides.converted = !sum.unconverted;
        }
    }
    let mut figures = Vec::with_capacity(all.len());
    for ((code, currency), (role, sides)) in all {
        let what = "a control account";
        let (in_base, items_in_base) = match (currency == base, sides.converted) {
            (true, _) => (sides.journal, sides.sub_ledger),
            (false, true) => (sides.base_journal, sides.base_sub_ledger),
            (false, false) => (0, 0),
        };
        if [sides.journal, sides.sub_ledger, in_base, items_in_base] == [0; 4] {
            continue;
        }
        figures.push(ClosingFigure {
            code: code.clone(),
            role,
            currency,
            balance: amount(sides.journal, currency, what)?,
            items: amount(sides.sub_ledger, currency, what)?,
            base: amount(in_base, base, what)?,
            items_base: amount(items_in_base, base, what)?,
        });
    }
    Ok(figures)
}

#[derive(Clone, Copy, Debug, Default)]
struct Sides {
    sub_ledger: i128,
    base_sub_ledger: i128,
    journal: i128,
    base_journal: i128,
    converted: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct LineSums {
    debit: i128,
    credit: i128,
    base: i128,
    unconverted: bool,
}

impl LineSums {
    fn balance(&self) -> i128 {
        self.debit.saturating_sub(self.credit)
    }
}

/// Sums of the lines in force by ledger account, role and currency.
fn line_sums(
    columns: &LineColumns,
    as_of: AsOf,
    base: Option<Currency>,
) -> BTreeMap<(&GlCode, Role, Currency), LineSums> {
    let day = Day::from(as_of.effective);
    let mut all: BTreeMap<(&GlCode, Role, Currency), LineSums> = BTreeMap::new();
    for line in columns.iter(as_of.known).filter(|line| line.date <= day) {
        let sums = all.entry((line.code, line.role, line.currency)).or_default();
        if line.minor >= 0 {
            add(&mut sums.debit, line.minor);
        } else {
            add(&mut sums.credit, line.minor.saturating_neg());
        }
        match line.base {
            Some(amount) => add(&mut sums.base, amount.minor()),
            None if base == Some(line.currency) => add(&mut sums.base, line.minor),
            None => sums.unconverted = true,
        }
    }
    all
}

/// What is open by control account and currency, and the same in base currency.
fn item_sums(columns: &Columns, as_of: AsOf) -> BTreeMap<(Role, &GlCode, Currency), (i128, i128)> {
    let mut all: BTreeMap<(Role, &GlCode, Currency), (i128, i128)> = BTreeMap::new();
    let open = open_on(columns, as_of);
    let figures = open.iter().zip(base_open_on(columns, as_of)).zip(&columns.items().control);
    for (item, ((open, base), control)) in figures.enumerate() {
        if *open == 0 && base == 0 {
            continue;
        }
        let Some(control) = columns.controls().get(usize::from(*control)) else { continue };
        let Some(currency) = currency(columns, item) else { continue };
        let (sum, base_sum) = all.entry((control.role, &control.code, currency)).or_default();
        add(sum, *open);
        add(base_sum, base);
    }
    all
}
