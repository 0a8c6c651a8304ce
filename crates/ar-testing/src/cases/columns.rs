//! The columns of an aging as a case names them, over the library's buckets. A column is a span of
//! days; the library is asked for buckets that are as fine as the columns need.

use std::collections::BTreeMap;

use ar_core::query::{AgingAccount, Basis, Buckets};
use serde_json::Value;

use super::fields::{Fields, Halt, Read, only, plain, unsupported};

/// How an aging is cut and counted.
#[derive(Clone, Debug)]
pub struct Columns {
    named: Vec<Column>,
    edges: Vec<u16>,
    /// From which date days are counted.
    pub basis: Basis,
    /// Whether rows are instalments rather than documents.
    pub by_instalment: bool,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    from: Option<i32>,
    to: Option<i32>,
}

impl Default for Columns {
    fn default() -> Self {
        Self { named: Vec::new(), edges: vec![30, 60, 90], basis: Basis::Due, by_instalment: false }
    }
}

impl Columns {
    /// Reads the switches about aging.
    ///
    /// # Errors
    /// A word that is not known, or columns that are no buckets.
    pub fn read(fields: &mut Fields<'_>) -> Read<Self> {
        // Items are aged one by one; by document or by instalment is how rows are shown.
        let (basis, by_instalment) = match fields.text("age_by")?.as_deref() {
            None | Some("due_date" | "invoice") => (Basis::Due, false),
            Some("terms") => (Basis::Due, true),
            Some("document_date") => (Basis::Document, false),
            Some("posting_date" | "transaction_date") => (Basis::Accounting, false),
            Some(other) => return unsupported(format!("policy.age_by={other}")),
        };
        let mut columns = Self { basis, by_instalment, ..Self::default() };
        only(fields, "credit_handling", &["separate"])?;
        for value in fields.list("buckets")?.unwrap_or_default() {
            columns.named.push(Column::read(value)?);
        }
        let days: Vec<u16> = fields
            .names("bucket_days")?
            .iter()
            .map(|text| text.parse().map_err(|_| Halt::Unsupported(format!("policy.bucket_days={text}"))))
            .collect::<Read<_>>()?;
        if !days.is_empty() {
            columns.edges = days;
        } else if !columns.named.is_empty() {
            columns.edges = columns.cuts();
        }
        Ok(columns)
    }

    /// The days at which a named column ends or the one before it does.
    fn cuts(&self) -> Vec<u16> {
        let ends = self.named.iter().filter_map(|column| column.to);
        let before = self.named.iter().filter_map(|column| column.from?.checked_sub(1));
        let mut cuts: Vec<u16> =
            ends.chain(before).filter_map(|day| u16::try_from(day).ok()).filter(|day| *day > 0).collect();
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }

    /// The library's buckets.
    ///
    /// # Errors
    /// When the days do not rise.
    pub fn buckets(&self) -> Read<Buckets> {
        Buckets::new(&self.edges).map_err(|e| Halt::Unsupported(format!("aging columns: {e}")))
    }

    /// The named columns of an account's row. What is not due yet belongs to the first column
    /// where none is named for it; what fits no column stands under `other`.
    #[must_use]
    pub fn row(
        &self,
        account: Option<&AgingAccount>,
        text: impl Fn(i64) -> String,
    ) -> BTreeMap<String, String> {
        let mut sums: BTreeMap<String, i64> = self.named.iter().map(|c| (c.name.clone(), 0)).collect();
        let buckets = account.map(|account| account.buckets.as_slice()).unwrap_or_default();
        for bucket in buckets.iter().filter(|bucket| bucket.amount.minor() != 0) {
            let column = self.named.iter().find(|column| column.holds(bucket.from, bucket.to));
            let first = || self.named.first().filter(|_| bucket.from.is_none());
            let name = match column.or_else(first) {
                Some(column) => column.name.clone(),
                None if self.named.is_empty() => bucket.label.clone(),
                None => "other".to_owned(),
            };
            let sum = sums.entry(name).or_default();
            *sum = sum.saturating_add(bucket.amount.minor());
        }
        // An account of which nothing is open has no row.
        sums.insert("unapplied".to_owned(), account.map_or(0, |account| account.unapplied.minor()));
        sums.insert("total".to_owned(), account.map_or(0, |account| account.total.minor()));
        sums.into_iter().map(|(name, minor)| (name, text(minor))).collect()
    }

    /// The columns of a list without names: the first holds what is not due yet too.
    #[must_use]
    pub fn positional(buckets: &[ar_core::query::AgingBucket]) -> Vec<i64> {
        let minor: Vec<i64> = buckets.iter().map(|bucket| bucket.amount.minor()).collect();
        match minor.as_slice() {
            [current, first, rest @ ..] => {
                [current.saturating_add(*first)].into_iter().chain(rest.iter().copied()).collect()
            }
            other => other.to_vec(),
        }
    }
}

impl Column {
    fn read(value: &Value) -> Read<Self> {
        if let Some(name) = plain(value) {
            return Self::labelled(name);
        }
        let mut fields = Fields::of("policy.buckets", value)?;
        let name = fields.need("name")?;
        let mut day = |key: &str| -> Read<Option<i32>> {
            let form = || Halt::Unsupported(format!("policy.buckets.{key}"));
            fields.text(key)?.map(|text| text.parse().map_err(|_| form())).transpose()
        };
        let (from, to) = (day("min_age")?, day("max_age")?);
        fields.finish()?;
        Ok(Self { name, from, to })
    }

    /// `current`, `1-30`, `61+`.
    fn labelled(name: String) -> Read<Self> {
        let number = |text: &str| text.parse::<i32>().ok();
        let (from, to) = match (name.as_str(), name.split_once('-'), name.strip_suffix('+')) {
            ("current", ..) => (None, Some(0)),
            (_, _, Some(from)) if number(from).is_some() => (number(from), None),
            (_, Some((from, to)), _) if number(from).is_some() && number(to).is_some() => {
                (number(from), number(to))
            }
            _ => return unsupported(format!("policy.buckets={name}")),
        };
        Ok(Self { name, from, to })
    }

    fn holds(&self, from: Option<i32>, to: Option<i32>) -> bool {
        let begins = match (self.from, from) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(theirs)) => mine <= theirs,
        };
        let ends = match (self.to, to) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(theirs)) => theirs <= mine,
        };
        begins && ends
    }
}
