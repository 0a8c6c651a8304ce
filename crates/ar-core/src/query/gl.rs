//! The book's journal against the general ledger that took it over: what never arrived, what was
//! posted there by hand, and what is there with another amount, date or account (INV-11).
//!
//! A pure comparison of two lists of lines; their order does not matter. Lines of one posting on one
//! account and day are one line: a ledger may have summed them when it took them over.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::{AsOf, Day, QueryError, Scope, View};
use crate::values::*;

/// A line of either side. What ties the two together is the reference: the position of the posting
/// in the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GlLine {
    /// The posting it belongs to.
    pub reference: String,
    /// The ledger account.
    pub code: GlCode,
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// Debit positive, in minor units.
    #[serde(skip)]
    pub minor: i64,
}

impl GlLine {
    /// The amount, debit positive.
    #[must_use]
    pub fn amount(&self) -> Amount {
        Amount::from_minor(self.minor, self.currency.exponent())
    }
}

/// How the two sides differ in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GlFinding {
    /// In the book and not in the ledger.
    NotExported(GlLine),
    /// In the ledger and not in the book.
    ByHand(GlLine),
    /// In both under one reference, and not the same.
    Altered {
        /// In the book.
        ours: GlLine,
        /// In the ledger.
        theirs: GlLine,
    },
}

/// One account in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlAccount {
    /// The ledger account.
    pub code: GlCode,
    /// The currency.
    pub currency: Currency,
    /// What the book comes to, in minor units; debit positive.
    pub ours: i128,
    /// What the ledger comes to.
    pub theirs: i128,
    /// Lines of the book that did not arrive.
    pub not_exported: usize,
    /// Lines of the ledger that are not the book's.
    pub by_hand: usize,
    /// Lines that are in both and not the same, counted on the account of the book.
    pub altered: usize,
}

impl GlAccount {
    const fn empty(code: GlCode, currency: Currency) -> Self {
        Self { code, currency, ours: 0, theirs: 0, not_exported: 0, by_hand: 0, altered: 0 }
    }

    /// A sum of this account as text; one beyond the range of amounts in minor units.
    #[must_use]
    pub fn shown(&self, minor: i128) -> String {
        match i64::try_from(minor) {
            Ok(minor) => Amount::from_minor(minor, self.currency.exponent()).to_string(),
            Err(_) => format!("{minor} minor units"),
        }
    }

    /// Whether the account is the same on both sides.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.ours == self.theirs && self.not_exported == 0 && self.by_hand == 0 && self.altered == 0
    }
}

/// What the comparison comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlReconciliation {
    /// Every account that either side has, in order.
    pub accounts: Vec<GlAccount>,
    /// Every difference, in order; empty where only balances were compared.
    pub findings: Vec<GlFinding>,
}

impl GlReconciliation {
    /// Whether nothing differs.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.findings.is_empty() && self.accounts.iter().all(GlAccount::agrees)
    }
}

/// A balance of an account in a currency, in minor units; debit positive.
pub type GlBalance = (GlCode, Currency, i128);

type Accounts = BTreeMap<(GlCode, Currency), GlAccount>;

fn account<'a>(accounts: &'a mut Accounts, code: &GlCode, currency: Currency) -> &'a mut GlAccount {
    let empty = || GlAccount::empty(code.clone(), currency);
    accounts.entry((code.clone(), currency)).or_insert_with(empty)
}

/// Lines with the same reference, account, currency and day are one; what comes to nothing is none.
fn summed(lines: &[GlLine]) -> BTreeMap<&str, BTreeSet<GlLine>> {
    let mut sums: BTreeMap<(&str, &GlCode, Currency, Date), i64> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry((&line.reference, &line.code, line.currency, line.date)).or_default();
        *sum = sum.saturating_add(line.minor);
    }
    let mut all: BTreeMap<&str, BTreeSet<GlLine>> = BTreeMap::new();
    for ((reference, code, currency, date), minor) in sums.into_iter().filter(|(_, minor)| *minor != 0) {
        let (name, code) = (reference.to_owned(), code.clone());
        all.entry(reference).or_default().insert(GlLine { reference: name, code, currency, date, minor });
    }
    all
}

/// Compares the lines of a journal.
///
/// ```
/// use ar_core::query::{GlFinding, GlLine, reconcile_journal};
/// use ar_core::{Currency, Date, GlCode};
/// let line = |reference: &str, minor| GlLine {
///     reference: reference.into(), code: GlCode::parse("1200").unwrap(),
///     currency: Currency::parse("EUR").unwrap(), date: Date::parse("2026-01-31").unwrap(), minor,
/// };
/// let ours = [line("17", 10_000), line("18", 500)];
/// let theirs = [line("17", 1_000), line("memo", 500)];
/// let found = reconcile_journal(&ours, &theirs);
/// assert_eq!(found.findings, [
///     GlFinding::NotExported(line("18", 500)),
///     GlFinding::ByHand(line("memo", 500)),
///     GlFinding::Altered { ours: line("17", 10_000), theirs: line("17", 1_000) },
/// ]);
/// ```
#[must_use]
pub fn reconcile_journal(ours: &[GlLine], theirs: &[GlLine]) -> GlReconciliation {
    let mut accounts = Accounts::new();
    for line in ours {
        let of = account(&mut accounts, &line.code, line.currency);
        of.ours = of.ours.saturating_add(i128::from(line.minor));
    }
    for line in theirs {
        let of = account(&mut accounts, &line.code, line.currency);
        of.theirs = of.theirs.saturating_add(i128::from(line.minor));
    }
    let (ours, mut theirs) = (summed(ours), summed(theirs));
    let mut findings = Vec::new();
    for (reference, mine) in ours {
        let there = theirs.remove(reference).unwrap_or_default();
        pair(&mine, &there, &mut findings);
    }
    findings.extend(theirs.into_values().flatten().map(GlFinding::ByHand));
    findings.sort();
    for finding in &findings {
        let (line, count): (_, fn(&mut GlAccount) -> &mut usize) = match finding {
            GlFinding::NotExported(line) => (line, |of| &mut of.not_exported),
            GlFinding::ByHand(line) => (line, |of| &mut of.by_hand),
            GlFinding::Altered { ours, .. } => (ours, |of| &mut of.altered),
        };
        let count = count(account(&mut accounts, &line.code, line.currency));
        *count = count.saturating_add(1);
    }
    GlReconciliation { accounts: accounts.into_values().collect(), findings }
}

/// The lines of one posting on both sides. What is not the same is paired: first on one account, then
/// by amount, then in order.
fn pair(mine: &BTreeSet<GlLine>, there: &BTreeSet<GlLine>, findings: &mut Vec<GlFinding>) {
    let mut left: Vec<&GlLine> = mine.difference(there).collect();
    let mut right: Vec<&GlLine> = there.difference(mine).collect();
    let likes: [fn(&GlLine, &GlLine) -> bool; 3] = [
        |a, b| (&a.code, a.currency) == (&b.code, b.currency),
        |a, b| (a.minor, a.currency) == (b.minor, b.currency),
        |_, _| true,
    ];
    for like in likes {
        left.retain(|ours| {
            let Some(at) = right.iter().position(|theirs| like(ours, theirs)) else { return true };
            let (ours, theirs) = ((*ours).clone(), right.remove(at).clone());
            findings.push(GlFinding::Altered { ours, theirs });
            false
        });
    }
    findings.extend(left.into_iter().cloned().map(GlFinding::NotExported));
    findings.extend(right.into_iter().cloned().map(GlFinding::ByHand));
}

/// Compares the balances of a trial balance: account, currency, minor units.
#[must_use]
pub fn reconcile_balances(ours: &[GlBalance], theirs: &[GlBalance]) -> GlReconciliation {
    let mut accounts = Accounts::new();
    for (code, currency, minor) in ours {
        let of = account(&mut accounts, code, *currency);
        of.ours = of.ours.saturating_add(*minor);
    }
    for (code, currency, minor) in theirs {
        let of = account(&mut accounts, code, *currency);
        of.theirs = of.theirs.saturating_add(*minor);
    }
    GlReconciliation { accounts: accounts.into_values().collect(), findings: Vec::new() }
}

/// The book's journal from a day on, as the ledger would see it: referred to by the position of each
/// posting, in base currency where asked for. What is kept unconverted is not in base currency.
///
/// # Errors
/// The store's.
pub fn gl_lines<V: View>(
    view: &V,
    from: Date,
    as_of: AsOf,
    in_base: bool,
) -> Result<Vec<GlLine>, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let base = view.config().map_err(QueryError::Store)?.map(|config| config.base);
    let columns = view.lines(&Scope::All).map_err(QueryError::Store)?;
    let (first, last) = (Day::from(from), Day::from(as_of.effective));
    let mut all = Vec::new();
    for line in columns.iter(as_of.known).filter(|line| first <= line.date && line.date <= last) {
        let (currency, minor) = match (in_base, line.base, base) {
            (true, Some(amount), Some(base)) => (base, amount.minor()),
            (true, None, Some(base)) if base != line.currency => continue,
            _ => (line.currency, line.minor),
        };
        let (reference, code, date) = (line.position.to_string(), line.code.clone(), line.date.date());
        all.push(GlLine { reference, code, currency, date, minor });
    }
    Ok(all)
}

/// What the book's journal comes to from a day on, by ledger account and currency.
///
/// # Errors
/// The store's.
pub fn gl_balances<V: View>(
    view: &V,
    from: Date,
    as_of: AsOf,
    in_base: bool,
) -> Result<Vec<GlBalance>, QueryError<V::Error>> {
    let mut sums: BTreeMap<(GlCode, Currency), i128> = BTreeMap::new();
    for line in gl_lines(view, from, as_of, in_base)? {
        let sum = sums.entry((line.code, line.currency)).or_default();
        *sum = sum.saturating_add(i128::from(line.minor));
    }
    Ok(sums.into_iter().map(|((code, currency), minor)| (code, currency, minor)).collect())
}
