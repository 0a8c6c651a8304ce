//! Providing: the allowance of a day brought to what the matrix asks for (INV-47).
//!
//! The law adds up no history. A run carries what is open by bucket, as a query read it at a position; the
//! law computes rates times exposure, looks at every assessed item, and posts the difference to what is
//! allowed for on the day. Whoever holds the log checks the rest: the same query at that position gives
//! the same figures. The same run again posts nothing.

use serde::{Deserialize, Serialize};

use super::{ALL, AllowanceInvalid, AssessedExposure, BucketExposure, Matrix, Pool, PoolKey, check_pools};
use crate::book::ChartContext;
use crate::decide::{Context, Decision, Halt};
use crate::document::Side;
use crate::event::Event;
use crate::explain::Explanation;
use crate::fx::{base_of, recorded_rate};
use crate::journal::{JournalLine, Posting, Role};
use crate::period::Area;
use crate::query::{Basis, Buckets, check_rows};
use crate::record::Position;
use crate::rejection::Rejection;
use crate::rows::AllowanceRow;
use crate::values::*;

/// Most buckets, and most assessed items, of all pools of one run together.
pub const PROVIDED_MAX: usize = 2_000;

/// Brings the allowance in one currency to what is expected to be lost on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provide {
    /// The currency.
    pub currency: Currency,
    /// Accounting date, and the day of the figures; not before the latest run.
    pub date: Date,
    /// The position of the log that the figures were read at.
    pub known: Position,
    /// The day that ages are counted from.
    #[serde(default, skip_serializing_if = "is_due")]
    pub basis: Basis,
    /// Upper edges of the buckets in days; 30, 60 and 90 where none are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<u16>>,
    /// What is open, by pools that share their risk.
    pub pools: Vec<ProvidedPool>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_due(basis: &Basis) -> bool {
    *basis == Basis::Due
}

/// Debits that share their risk: a matrix and what is open by its buckets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvidedPool {
    /// What tells it from others, like an attribute of its accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Which accounts are in it; absent for the pool of all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<PoolKey>,
    /// What is lost of each bucket.
    pub matrix: Matrix,
    /// What is open in each bucket.
    pub exposures: Vec<BucketFigure>,
    /// Items assessed by themselves; they are in no bucket.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assessed: Vec<AssessedFigure>,
}

impl ProvidedPool {
    /// The pool without its figures; one without a name is called [`ALL`].
    ///
    /// # Errors
    /// Never in practice: the name is a text.
    pub(crate) fn pool(&self) -> Result<Pool, ValueError> {
        let name = match &self.name {
            Some(name) => name.clone(),
            None => Text::parse(ALL)?,
        };
        Ok(Pool { name, accounts: self.accounts.clone(), matrix: self.matrix.clone() })
    }
}

/// What is open in one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketFigure {
    /// The label of the bucket.
    pub bucket: String,
    /// What is open.
    pub amount: Amount,
}

/// An item assessed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssessedFigure {
    /// The item.
    pub item: ItemId,
    /// What is open on it.
    pub exposure: Amount,
    /// What is allowed for.
    pub allowance: Amount,
}

/// Event: the allowance was brought to a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowanceProvided {
    /// The currency.
    pub currency: Currency,
    /// Accounting date.
    pub date: Date,
    /// The position that the figures were read at.
    pub known: Position,
    /// The day that ages were counted from.
    #[serde(default, skip_serializing_if = "is_due")]
    pub basis: Basis,
    /// Upper edges of the buckets, where they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<u16>>,
    /// What it was computed from.
    pub pools: Vec<ProvidedPool>,
    /// What is open in all pools.
    pub exposure: Amount,
    /// What was allowed for on the day before the run; negative where more was used.
    pub opening: Amount,
    /// What is allowed for from now on.
    pub target: Amount,
    /// What is charged; negative when it is released.
    pub charge: Amount,
    /// The charge in base currency, at the rate of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_base: Option<Amount>,
    /// What the rate of the day makes of what was allowed for already, in base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Amount>,
    /// What it was computed on.
    pub explanation: Explanation,
    /// The journal lines.
    pub posting: Vec<JournalLine>,
}

/// What a run moves of an allowance.
struct Moves {
    opening: Money,
    target: Money,
    charge: Money,
    /// The charge, and what the rate makes of the rest, in base currency.
    base: Option<(Money, Money)>,
}

/// Decides `provide`.
pub(crate) fn decide_provide(context: &Context<'_>, c: &Provide) -> Result<Decision, Halt> {
    context.check_open(Area::Adjustment, c.date)?;
    let now = context.facts.allowance(c.currency, c.date)?;
    let rate = match c.currency == context.book.base {
        true => None,
        false => {
            let (currency, on) = (c.currency, c.date);
            let rate = recorded_rate(context, currency, on)?;
            Some(rate.ok_or(Rejection::RateMissing { currency, on })?)
        }
    };
    let (exposure, target) = target(context, c)?;
    let now = now.ok_or(Rejection::AllowanceBackdated { currency: c.currency, date: c.date })?;
    if let Some(ran) = now.ran.filter(|ran| c.date < *ran) {
        return Err(Rejection::AllowanceLaterRun { currency: c.currency, date: c.date, ran }.into());
    }
    let moves = moves(context, &now, target, rate)?;
    if now.ran == Some(c.date) && moves.nothing() {
        let command = compact_str::CompactString::const_new("provide");
        return Ok(Decision::one(Event::NothingChanged { command }));
    }
    let why = Explanation::rule("provision_matrix")
        .input("known", c.known)
        .input("allowed for", moves.opening)
        .input("target", target);
    Ok(Decision::one(Event::AllowanceProvided(Box::new(AllowanceProvided {
        currency: c.currency,
        date: c.date,
        known: c.known,
        basis: c.basis,
        edges: c.edges.clone(),
        pools: c.pools.clone(),
        exposure: exposure.amount(),
        opening: moves.opening.amount(),
        target: target.amount(),
        charge: moves.charge.amount(),
        charge_base: moves.base.map(|(charge, _)| charge.amount()),
        exchange: moves.base.map(|(_, exchange)| exchange.amount()).filter(|exchange| exchange.minor() != 0),
        explanation: rate.into_iter().fold(why, |why, rate| why.input("rate", rate)),
        posting: moves.posted(context)?,
    }))))
}

/// The difference from what is allowed for to the target, in the currency and in base currency: the
/// charge at the rate of the day, and what that rate makes of what was allowed for already.
fn moves(
    context: &Context<'_>,
    now: &AllowanceRow,
    target: Money,
    rate: Option<Rate>,
) -> Result<Moves, Halt> {
    let out = || Halt::from(Rejection::AmountOutOfRange { what: "the allowance" });
    let opening = Money::new(now.minor, now.currency).map_err(|_| out())?;
    let charge = target.checked_sub(opening).ok_or_else(out)?;
    let base = match (base_of(context, charge, rate)?, base_of(context, target, rate)?) {
        (Some(charge), Some(target)) => {
            let before = Money::new(now.base, context.book.base).map_err(|_| out())?;
            let exchange = target.checked_sub(before).and_then(|moved| moved.checked_sub(charge));
            Some((charge, exchange.ok_or_else(out)?))
        }
        _ => None,
    };
    Ok(Moves { opening, target, charge, base })
}

impl Moves {
    /// Whether the allowance is what it is to be.
    fn nothing(&self) -> bool {
        self.charge.is_zero() && self.base.is_none_or(|(charge, rest)| charge.is_zero() && rest.is_zero())
    }

    fn posted(&self, context: &Context<'_>) -> Result<Vec<JournalLine>, Halt> {
        let chart = ChartContext::default();
        let minor = self.charge.minor();
        let (charge, exchange) = self.base.unzip();
        let (charge, exchange) = (charge.map(Money::minor), exchange.map_or(0, Money::minor));
        let mut posting = Posting::new(context.book, self.target.currency(), None);
        posting.role(Role::BadDebtExpense, &chart, minor, charge)?;
        let grows = charge.map(|charge| charge.saturating_add(exchange).saturating_neg());
        posting.role(Role::Allowance, &chart, minor.saturating_neg(), grows)?;
        if exchange != 0 {
            posting.role(Role::AllowanceExchange, &chart, 0, Some(exchange))?;
        }
        Ok(posting.lines()?)
    }
}

/// Edges that are buckets, pools that hold every account once, and matrices whose rows are buckets: what
/// cannot be asked again is not provided for.
fn check_scheme(c: &Provide) -> Result<(), Halt> {
    let invalid = |problem: String| Halt::from(Rejection::AllowanceInvalid { problem });
    let buckets = match &c.edges {
        Some(edges) => Buckets::new(edges).map_err(|problem| invalid(problem.to_string()))?,
        None => Buckets::default(),
    };
    let mut pools = Vec::with_capacity(c.pools.len());
    for pool in &c.pools {
        for (key, value) in
            pool.accounts.iter().flat_map(|of| of.values.iter().map(|value| (&of.attribute, value)))
        {
            let named = Attributes::default().set(key, value.clone());
            named.map_err(|e| Rejection::value("attribute", &e))?;
        }
        check_rows(&pool.matrix, &buckets).map_err(|problem| invalid(problem.to_string()))?;
        pools.push(pool.pool().map_err(|e| Rejection::value("name", &e))?);
    }
    check_pools(&pools).map_err(|problem| invalid(problem.to_string()))
}

/// What is open, and what is to be allowed for it.
fn target(context: &Context<'_>, c: &Provide) -> Result<(Money, Money), Halt> {
    let mut seen = std::collections::BTreeSet::new();
    let (mut exposure, mut target) = (Money::zero(c.currency), Money::zero(c.currency));
    let invalid = |problem: String| Halt::from(Rejection::AllowanceInvalid { problem });
    let money = |field: &'static str, amount: Amount| {
        amount.in_currency(c.currency).map_err(|e| Rejection::value(field, &e))
    };
    check_scheme(c)?;
    let items = context.items(c.pools.iter().flat_map(|pool| &pool.assessed).map(|one| &one.item))?;
    let mut items = items.into_iter();
    for pool in &c.pools {
        let mut open = Vec::with_capacity(pool.exposures.len());
        for row in &pool.exposures {
            open.push(BucketExposure { bucket: row.bucket.clone(), amount: money("amount", row.amount)? });
        }
        let mut assessed = Vec::with_capacity(pool.assessed.len());
        for one in &pool.assessed {
            let own = money("exposure", one.exposure)?;
            if !seen.insert(&one.item) {
                return Err(invalid(format!("{} is assessed twice; give one amount for it", one.item)));
            }
            let item = items.next().filter(|item| item.side == Side::Debit && item.currency == c.currency);
            if item.is_none_or(|item| item.original < own.minor() || c.date < item.date) {
                return Err(invalid(format!("{own} cannot have been open on {} as a debt", one.item)));
            }
            let allowance = money("allowance", one.allowance)?;
            assessed.push(AssessedExposure { item: one.item.clone(), exposure: own, allowance });
        }
        let rounding = context.book.policies.rounding;
        let found = pool.matrix.allowance(c.currency, &open, &assessed, rounding);
        let found = found.map_err(|problem| match problem {
            AllowanceInvalid::OutOfRange(what) => Rejection::AmountOutOfRange { what }.into(),
            problem => invalid(problem.to_string()),
        })?;
        let out = || Rejection::AmountOutOfRange { what: "the allowance" };
        exposure = exposure.checked_add(money("exposure", found.exposure)?).ok_or_else(out)?;
        target = target.checked_add(money("allowance", found.total)?).ok_or_else(out)?;
    }
    Ok((exposure, target))
}
