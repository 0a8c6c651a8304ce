//! What was settled of a document, told for its parts: by what it was charged for, or by line (INV-04).
//!
//! Items are settled as a whole; nothing in the ledger depends on how a settlement is shared by lines,
//! tax and freight. The rule is one of telling: the same settled amount may be told by any.
//!
//! Source of the rules: Oracle Receivables, "Rules of the application rule set" (line first and tax
//! after, line and tax prorated, all prorated).

use serde::{Deserialize, Serialize};

use crate::document::{Content, LineKind};
use crate::values::*;

/// How a settled amount is shared by the parts of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentRule {
    /// By all parts in proportion.
    #[default]
    ProrateAll,
    /// Lines first, then tax, then freight, then charges.
    LinesThenTax,
    /// Lines and tax in proportion, then freight, then charges.
    LinesWithTax,
}

/// What a part of a document was charged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Goods, services and deposits, net, with what was rounded to coins.
    Lines,
    /// Tax.
    Tax,
    /// Freight, net.
    Freight,
    /// Charges for paying late and the like, net.
    Charges,
}

/// A part of a document with what was settled of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentShare {
    /// Which part.
    pub component: Component,
    /// What it comes to.
    pub amount: Amount,
    /// What was settled of it.
    pub settled: Amount,
}

/// Shares what was settled of a document by what it was charged for. Parts of zero are left out; the
/// shares add up to what was settled, by largest remainder.
/// `None` when a part is below zero, which cannot be shared, or more was settled than there is.
///
/// ```
/// use ar_core::query::{Component, ComponentRule, by_component};
/// # use ar_core::{Amount, document::{BookedLine, Content, LineKind}};
/// # let line = |kind, net: &str| BookedLine::of(kind, Amount::parse(net).unwrap());
/// # let sum = Amount::parse("120.00").unwrap();
/// # let lines = vec![line(LineKind::Product, "100.00"), line(LineKind::Freight, "20.00")];
/// # let content = Content::of(lines, vec![], sum, sum);
/// let half = Amount::parse("60.00").unwrap();
/// let shares = by_component(&content, half, ComponentRule::ProrateAll).unwrap();
/// assert_eq!(shares[0].settled.to_string(), "50.00");
/// let shares = by_component(&content, half, ComponentRule::LinesThenTax).unwrap();
/// assert_eq!((shares[0].settled.to_string(), shares[1].settled.to_string()), ("60.00".into(), "0.00".into()));
/// ```
#[must_use]
pub fn by_component(content: &Content, settled: Amount, rule: ComponentRule) -> Option<Vec<ComponentShare>> {
    let exponent = content.total.exponent();
    let of = |component: Component| -> i64 {
        let lines = content.lines.iter().filter(|line| component_of(line.kind) == component);
        let nets = lines.fold(0_i64, |sum, line| sum.saturating_add(line.net.minor()));
        match component {
            Component::Tax => {
                content.taxes.iter().fold(0, |sum, group| group.tax.minor().saturating_add(sum))
            }
            // What was rounded to coins goes with the goods.
            Component::Lines => nets.saturating_add(content.coins.map_or(0, Amount::minor)),
            Component::Freight | Component::Charges => nets,
        }
    };
    let all = [Component::Lines, Component::Tax, Component::Freight, Component::Charges];
    let parts: Vec<(Component, i64)> = all.into_iter().map(|c| (c, of(c))).filter(|(_, m)| *m != 0).collect();
    let amounts: Vec<i64> = parts.iter().map(|(_, minor)| *minor).collect();
    let together = |component: Component| match (rule, component) {
        (ComponentRule::ProrateAll, _) | (_, Component::Lines) => 0,
        (ComponentRule::LinesWithTax, Component::Tax) => 0,
        (_, Component::Tax) => 1,
        (_, Component::Freight) => 2,
        (_, Component::Charges) => 3,
    };
    let turns: Vec<u8> = parts.iter().map(|(component, _)| together(*component)).collect();
    let shares = shared(&amounts, &turns, settled.minor())?;
    let share = |((component, minor), settled): ((Component, i64), i64)| ComponentShare {
        component,
        amount: Amount::from_minor(minor, exponent),
        settled: Amount::from_minor(settled, exponent),
    };
    Some(parts.into_iter().zip(shares).map(share).collect())
}

/// Shares what was settled of a document by its lines, tax included in them by proportion: all in
/// proportion, or one after the other. In the order of the lines; `None` as for [`by_component`].
#[must_use]
pub fn by_line(content: &Content, settled: Amount, in_order: bool) -> Option<Vec<Amount>> {
    let nets: Vec<i64> = content.lines.iter().map(|line| line.net.minor()).collect();
    if nets.iter().any(|net| *net < 0) {
        return None;
    }
    let weights: Vec<u64> = nets.iter().map(|net| net.unsigned_abs()).collect();
    let whole =
        if nets.iter().all(|net| *net == 0) { nets } else { split(content.total.minor(), &weights).ok()? };
    let turn = |n: usize| if in_order { u8::try_from(n.min(255)).unwrap_or(u8::MAX) } else { 0 };
    let turns: Vec<u8> = (0..whole.len()).map(turn).collect();
    let shares = shared(&whole, &turns, settled.minor())?;
    Some(shares.into_iter().map(|minor| Amount::from_minor(minor, content.total.exponent())).collect())
}

const fn component_of(kind: LineKind) -> Component {
    match kind {
        LineKind::Product | LineKind::Service | LineKind::Deposit => Component::Lines,
        LineKind::Freight => Component::Freight,
        LineKind::Interest | LineKind::Fee => Component::Charges,
    }
}

/// Shares an amount by parts, turn after turn, in proportion within a turn.
fn shared(parts: &[i64], turns: &[u8], settled: i64) -> Option<Vec<i64>> {
    let total = parts.iter().fold(0_i64, |sum, part| sum.saturating_add(*part));
    if parts.iter().any(|part| *part < 0) || settled < 0 || settled > total {
        return None;
    }
    let mut left = settled;
    let mut shares = vec![0_i64; parts.len()];
    let mut order: Vec<u8> = turns.to_vec();
    order.sort_unstable();
    order.dedup();
    for turn in order {
        let mine = |n: &u8| *n == turn;
        let weights: Vec<u64> =
            parts.iter().zip(turns).map(|(p, n)| if mine(n) { p.unsigned_abs() } else { 0 }).collect();
        let sum =
            parts.iter().zip(turns).filter(|(_, n)| mine(n)).fold(0_i64, |s, (p, _)| s.saturating_add(*p));
        let take = left.min(sum);
        if take > 0 {
            for (share, part) in shares.iter_mut().zip(split(take, &weights).ok()?) {
                *share = share.saturating_add(part);
            }
            left = left.saturating_sub(take);
        }
    }
    Some(shares)
}
