//! What if: what a run of commands comes to, and where two runs of it differ. Nothing is decided here:
//! it adds up the rows that events make, so that a comparison shows what the books would show (INV-14).

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::Serialize;

use crate::change::Change;
use crate::event::Event;
use crate::journal::Role;
use crate::query::explanation;
use crate::values::*;

/// What a run came to: the change of every open amount and every ledger balance, and the answer to
/// each command.
///
/// ```
/// use ar_core::what_if::Outcome;
/// # use ar_core::CommandId;
/// let id = CommandId::parse("c-1")?;
/// let (mut as_it_is, mut otherwise) = (Outcome::default(), Outcome::default());
/// as_it_is.refused(&id, "allocation.exceeds_item");
/// otherwise.accepted(&id, &[]);
/// let found = as_it_is.compared_with(&otherwise).ok_or("beyond what can be added up")?;
/// assert_eq!(found.commands[0].one.refused.as_deref(), Some("allocation.exceeds_item"));
/// assert_eq!(found.commands[0].other.refused, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    items: BTreeMap<ItemId, (Currency, i128)>,
    ledger: BTreeMap<(GlCode, Role, Currency), (i128, i128)>,
    commands: BTreeMap<CommandId, Verdict>,
}

/// The answer to one command of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The code of the refusal, where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<CompactString>,
    /// The rules that fired, in the order of the events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<CompactString>,
}

/// Where two runs differ. What is the same in both is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Items whose open amount moves differently, by id.
    pub items: Vec<ItemDifference>,
    /// Ledger accounts whose balance moves differently, by code, role and currency.
    pub ledger: Vec<LedgerDifference>,
    /// Commands that are answered differently, by id.
    pub commands: Vec<CommandDifference>,
}

impl Comparison {
    /// Whether both runs come to the same.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty() && self.ledger.is_empty() && self.commands.is_empty()
    }
}

/// How the open amount of an item moves in each run, a debit's and a credit's alike: what is settled is
/// negative. A new item begins at zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemDifference {
    /// The item.
    pub item: ItemId,
    /// Its currency.
    pub currency: Currency,
    /// In the one run.
    pub one: Amount,
    /// In the other.
    pub other: Amount,
}

/// How the balance of a ledger account moves in each run; debit is positive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerDifference {
    /// Its code.
    pub code: GlCode,
    /// What the lines stand for.
    pub role: Role,
    /// The currency.
    pub currency: Currency,
    /// In the one run.
    pub one: Amount,
    /// In the other.
    pub other: Amount,
    /// The difference in minor units of base currency, other less one, of lines that state it.
    pub base: i64,
}

/// How a command is answered in each run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommandDifference {
    /// The command.
    pub command: CommandId,
    /// In the one run.
    pub one: Verdict,
    /// In the other.
    pub other: Verdict,
}

impl Outcome {
    /// Adds the events of an accepted command.
    pub fn accepted(&mut self, command: &CommandId, events: &[Event]) {
        let mut changes = Vec::new();
        for event in events {
            let currency = event.posting().map(|(_, currency, _)| currency);
            changes.clear();
            crate::changes::changes(0, event, &mut changes);
            for change in &changes {
                self.add(change, currency);
            }
        }
        let rules = events.iter().filter_map(explanation).map(|why| why.rule.clone()).collect();
        self.commands.insert(command.clone(), Verdict { refused: None, rules });
    }

    /// Adds a command that was refused.
    pub fn refused(&mut self, command: &CommandId, code: &str) {
        let verdict = Verdict { refused: Some(CompactString::new(code)), rules: Vec::new() };
        self.commands.insert(command.clone(), verdict);
    }

    fn add(&mut self, change: &Change, currency: Option<Currency>) {
        match change {
            Change::Item(row) => self.moved(&row.item, row.currency, row.original),
            Change::ItemMoved(delta) => {
                if let Some(currency) = currency {
                    self.moved(&delta.item, currency, delta.open);
                }
            }
            Change::Line(row) => {
                let key = (row.line.code.clone(), row.line.role, row.currency);
                let (sum, base) = self.ledger.entry(key).or_default();
                *sum = sum.saturating_add(i128::from(row.line.amount.minor()));
                let of_base = row.line.base.map_or(0, Amount::minor);
                *base = base.saturating_add(i128::from(of_base));
            }
            _ => {}
        }
    }

    fn moved(&mut self, item: &ItemId, currency: Currency, minor: i64) {
        let (_, sum) = self.items.entry(item.clone()).or_insert((currency, 0));
        *sum = sum.saturating_add(i128::from(minor));
    }

    /// Where this run and another differ. `None` when a sum leaves what an amount can say.
    #[must_use]
    pub fn compared_with(&self, other: &Self) -> Option<Comparison> {
        let mut found = Comparison::default();
        for item in keys(&self.items, &other.items) {
            let (one, two) = (self.items.get(item), other.items.get(item));
            let (a, b) = (one.map_or(0, |(_, sum)| *sum), two.map_or(0, |(_, sum)| *sum));
            let Some((currency, _)) = one.or(two).filter(|_| a != b) else { continue };
            let (one, other) = (amount(a, *currency)?, amount(b, *currency)?);
            found.items.push(ItemDifference { item: item.clone(), currency: *currency, one, other });
        }
        for key in keys(&self.ledger, &other.ledger) {
            let of = |run: &Self| run.ledger.get(key).copied().unwrap_or_default();
            let (a, b) = (of(self), of(other));
            if a == b {
                continue;
            }
            let (code, role, currency) = key.clone();
            let (one, other) = (amount(a.0, currency)?, amount(b.0, currency)?);
            let base = i64::try_from(b.1.checked_sub(a.1)?).ok()?;
            found.ledger.push(LedgerDifference { code, role, currency, one, other, base });
        }
        for command in keys(&self.commands, &other.commands) {
            let of = |run: &Self| run.commands.get(command).cloned().unwrap_or_default();
            let (one, other) = (of(self), of(other));
            if one != other {
                found.commands.push(CommandDifference { command: command.clone(), one, other });
            }
        }
        Some(found)
    }
}

fn amount(minor: i128, currency: Currency) -> Option<Amount> {
    i64::try_from(minor).ok().map(|minor| Amount::from_minor(minor, currency.exponent()))
}

/// The keys of both, in order, each once.
fn keys<'a, K: Ord, V>(one: &'a BTreeMap<K, V>, other: &'a BTreeMap<K, V>) -> impl Iterator<Item = &'a K> {
    one.keys().chain(other.keys()).collect::<std::collections::BTreeSet<_>>().into_iter()
}
