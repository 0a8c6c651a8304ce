//! Subjects: anything that keeps a book, seen from outside.

use std::collections::BTreeMap;

use ar_core::document::Side;
use ar_core::journal::Role;
use ar_core::query::LossRatesBy;
use ar_core::record::{hex, leaf};
use ar_core::values::*;
use ar_core::{Envelope, Record};

use crate::checks::{Checked, Violation, broken};
use crate::model::Aging;
use crate::rows::Rows;

/// What a book answers to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done: where its events stand, whether that was before, and the answer itself in JSON.
    Done {
        /// First position and number of events.
        at: (u64, u16),
        /// Whether it had been done before.
        replayed: bool,
        /// Codes of warnings.
        warnings: Vec<String>,
        /// The events, in JSON.
        events: String,
    },
    /// Refused with a code and a message.
    Refused(&'static str, String),
    /// Neither: the book cannot answer, or contradicts itself.
    Failed(String),
}

impl Answer {
    /// The code of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(code, _) => Some(code),
            _ => None,
        }
    }
}

/// A report as of a date and a position: everything a signed figure may rest on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Open amounts: debits positive, credits negative.
    pub items: BTreeMap<ItemId, i64>,
    /// Aging by currency.
    pub aging: BTreeMap<Currency, Aging>,
    /// Balance by role, ledger account and currency: transaction and base currency (0 in base
    /// currency itself and where lines are unconverted).
    pub trial: BTreeMap<(Role, GlCode, Currency), (i128, i128)>,
    /// Promises and plans, in words.
    pub agreements: BTreeMap<String, String>,
    /// What counts against the limit of each account, apart from its group's.
    pub exposure: BTreeMap<(AccountId, Currency), i128>,
}

impl Report {
    /// The report of rows: what was recorded after them does not exist.
    #[must_use]
    pub fn of(rows: &Rows, day: Date) -> Self {
        let mut report = Self::default();
        for item in rows.items.values() {
            let open = rows.open_on(item, day).0;
            if open == 0 {
                continue;
            }
            if let Some(minor) = counted(item, open) {
                *report.exposure.entry((item.account.clone(), item.currency)).or_default() += minor;
            }
            let aging = report.aging.entry(item.currency).or_default();
            if item.side == Side::Debit {
                report.items.insert(item.item.clone(), open);
                let late = item.aged_from.unwrap_or(item.due).days_until(day);
                let bucket = [0, 30, 60, 90].iter().filter(|edge| late > **edge).count();
                aging.buckets[bucket] += i128::from(open);
                aging.open_items += 1;
            } else {
                report.items.insert(item.item.clone(), -open);
                aging.unapplied -= i128::from(open);
            }
        }
        let mut unconverted = Vec::new();
        for row in rows.lines.iter().filter(|row| row.date <= day) {
            let key = (row.line.role, row.line.code.clone(), row.currency);
            let sum = report.trial.entry(key.clone()).or_default();
            sum.0 += i128::from(row.line.amount.minor());
            match row.line.base {
                Some(base) => sum.1 += i128::from(base.minor()),
                None => unconverted.push(key),
            }
        }
        // An account with a line that has no base amount has no base balance.
        for key in unconverted {
            report.trial.entry(key).and_modify(|sum| sum.1 = 0);
        }
        report.trial.retain(|_, sum| *sum != (0, 0));
        report.agreements = crate::agreeing::standing(rows, day);
        for order in rows.orders.values() {
            *report.exposure.entry((order.account.clone(), order.currency)).or_default() +=
                i128::from(order.open);
        }
        report.exposure.retain(|_, sum| *sum != 0);
        report
    }

    /// The report as bytes, for "the same report, whenever it is run".
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        format!("{self:?}").into_bytes()
    }
}

/// What an open item adds to its account's exposure; nothing where it is no part of it.
fn counted(item: &ar_core::rows::ItemRow, open: i64) -> Option<i128> {
    let known = item.account.as_str() != crate::model::SUSPENSE;
    let sign = match item.side {
        Side::Debit if !item.counts.credit => return None,
        Side::Debit => 1,
        Side::Credit => -1,
    };
    known.then_some(sign * i128::from(open))
}

/// Something that keeps a book.
pub trait Subject {
    /// Its name in messages.
    fn name(&self) -> String;
    /// Executes a command.
    fn execute(&mut self, envelope: &Envelope) -> Answer;
    /// The stored bytes of the log, in order.
    fn log(&self) -> Vec<Vec<u8>>;
    /// The root of the log's tree, as far as the subject keeps one.
    fn root(&self) -> Option<String>;
    /// The rows it keeps, where they can be read whole.
    fn rows(&self) -> Option<Rows>;
    /// A report on a day as known at a position, by the subject's own means.
    fn report(&self, day: Date, known: u64) -> Option<Report>;
    /// A history of losses on a day as known at a position, in words, where the subject tells one.
    fn history(&self, _by: &LossRatesBy, _day: Date, _known: u64) -> Option<BTreeMap<String, String>> {
        None
    }
    /// The subject's own verification.
    ///
    /// # Errors
    /// The invariant that it finds broken.
    fn verify(&self) -> Checked;
}

/// The records of stored bytes.
///
/// # Errors
/// INV-06 when bytes are not the one encoding of a record.
pub fn decoded(log: &[Vec<u8>]) -> Result<Vec<Record>, Violation> {
    log.iter()
        .map(|bytes| Record::decode_strict(bytes))
        .collect::<Result<_, _>>()
        .or_else(|error| broken("INV-06", error.to_string()))
}

/// The RFC 6962 root over stored bytes, by the definition: split at the largest power of two.
#[must_use]
pub fn root_of(log: &[Vec<u8>]) -> String {
    fn node(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            // The empty tree has the hash of nothing; a leaf hash never equals it.
            [] => [0; 32],
            [only] => *only,
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(half);
                ar_core::tree::node(&node(left), &node(right))
            }
        }
    }
    let leaves: Vec<[u8; 32]> = log.iter().map(|bytes| leaf(bytes)).collect();
    hex(&node(&leaves))
}
