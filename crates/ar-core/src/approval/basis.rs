//! What a decision touches, and how that stands: the part of a proposal's content that makes it void
//! when anything of it changes (INV-65).
//!
//! Whatever rows the events would move are touched: items by what is open on them, accounts by their
//! version, orders, what was credited of an invoice, periods and settings. What is made anew is not.

use std::collections::BTreeSet;

use compact_str::{CompactString, ToCompactString, format_compact};
use serde::{Deserialize, Serialize};

use crate::book::Setting;
use crate::change::Change;
use crate::decide::{Context, Halt};
use crate::event::Event;
use crate::facts::Missing;
use crate::journal::JournalLine;
use crate::period::HeadDigest;
use crate::record::sha256_hex;
use crate::rows::ItemRow;
use crate::values::*;

/// Something that a proposal touches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// What is open on an item.
    Item(ItemId),
    /// An account, by its version.
    Account(AccountId),
    /// What is still to be invoiced of an order.
    Order(OrderId),
    /// What memos credited of an invoice.
    Invoice(DocumentId),
    /// How a period is closed.
    Period(PeriodId),
    /// A setting, by its kind.
    Setting(CompactString),
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Item(id) => write!(f, "item {id}"),
            Self::Account(id) => write!(f, "account {id}"),
            Self::Order(id) => write!(f, "order {id}"),
            Self::Invoice(id) => write!(f, "invoice {id}"),
            Self::Period(id) => write!(f, "period {id}"),
            Self::Setting(kind) => write!(f, "setting {kind}"),
        }
    }
}

/// How something stood that a proposal touches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundState {
    /// What.
    pub of: Bound,
    /// How it stood, in words: `open 150.00 EUR`.
    pub was: CompactString,
}

/// What events touch, as it stands before them.
pub(super) fn basis(context: &Context<'_>, events: &[Event]) -> Result<Vec<BoundState>, Halt> {
    let mut changes = Vec::new();
    for event in events {
        crate::changes::changes(0, event, &mut changes);
    }
    let mut touched = BTreeSet::new();
    let mut made = BTreeSet::new();
    for event in events {
        if let Event::DocumentIssued(memo) = event {
            touched.extend(memo.invoice.clone().map(Bound::Invoice));
        }
    }
    for change in changes {
        match change {
            Change::Item(row) => drop(made.insert(row.item)),
            Change::ItemMoved(delta) => drop(touched.insert(Bound::Item(delta.item))),
            Change::Account(row) => drop(touched.insert(Bound::Account(row.id))),
            Change::Order(row) => drop(touched.insert(Bound::Order(row.order))),
            Change::OrderBilled { order, .. } => drop(touched.insert(Bound::Order(order))),
            Change::Period(delta) => drop(touched.insert(Bound::Period(delta.row.id.clone()))),
            Change::Setting { setting, .. } => {
                touched.insert(Bound::Setting(CompactString::const_new(setting.name().0)));
            }
            _ => {}
        }
    }
    touched.retain(|bound| !matches!(bound, Bound::Item(item) if made.contains(item)));
    states(context, touched)
}

/// How things stand now; all that is missing is asked for at once.
pub(super) fn states(
    context: &Context<'_>,
    touched: impl IntoIterator<Item = Bound>,
) -> Result<Vec<BoundState>, Halt> {
    let (mut found, mut needs) = (Vec::new(), Vec::new());
    for of in touched {
        match state(context, &of) {
            Ok(was) => found.push(BoundState { of, was }),
            Err(missing) => needs.extend(missing.needs),
        }
    }
    if needs.is_empty() { Ok(found) } else { Err(Halt::Missing(Missing { needs })) }
}

fn state(context: &Context<'_>, of: &Bound) -> Result<CompactString, Missing> {
    let (facts, book) = (context.facts, context.book);
    Ok(match of {
        Bound::Item(id) => facts.item(id)?.map_or_else(nothing, item),
        Bound::Account(id) => {
            facts.account(id)?.map_or_else(nothing, |row| format_compact!("version {}", row.version))
        }
        Bound::Order(id) => facts.order(id)?.map_or_else(nothing, |row| {
            format_compact!("open {}, {}", Money::clamped(row.open, row.currency), row.stage)
        }),
        Bound::Invoice(id) => {
            let rows = facts.credited(id)?;
            let counts = |key: &str| ["line:", "tax:", "coins:"].iter().any(|of| key.starts_with(of));
            let of_memos = rows.iter().filter(|row| counts(&row.key));
            let sum = of_memos.fold(0_i128, |sum, row| sum.saturating_add(i128::from(row.minor)));
            format_compact!("credited {sum} minor units")
        }
        Bound::Period(id) => book.accounting.get(id).map_or_else(nothing, |period| {
            let proven = if period.proven.is_some() { ", proven" } else { "" };
            format_compact!("{}{proven}", period.state())
        }),
        Bound::Setting(kind) => match kind.as_str() {
            "periods" => format_compact!("{} to {}", book.periods.open_from, book.periods.open_to),
            "policies" => sha256_hex(&Setting::Policies(Box::new(book.policies.clone()))).into(),
            _ => format_compact!("settings version {}", book.version),
        },
    })
}

fn nothing() -> CompactString {
    CompactString::const_new("not there")
}

fn item(row: &ItemRow) -> CompactString {
    let mut state = format_compact!("open {}", row.open_money());
    if let Some(on) = row.revalued_on {
        state.push_str(", revalued on ");
        state.push_str(&on.to_compact_string());
    }
    state
}

/// What one event posts.
type Posts<'a> = (&'static str, Option<(Date, Currency, &'a [JournalLine])>);

/// Digest of what events post: names, dates, ledger accounts and amounts. Numbers drawn from a series
/// are not in it, since a proposal takes none.
pub(super) fn posts(events: &[Event]) -> HeadDigest {
    let posts: Vec<Posts<'_>> = events.iter().map(|event| (event.name(), event.posting())).collect();
    HeadDigest::of_hex(&sha256_hex(&posts))
}
