//! Buckets: the one place that says which bucket a number of days falls into (INV-40).
//!
//! Invariant: every whole number of days lies in exactly one bucket. The first bucket, `current`,
//! takes zero days and fewer; the last one has no upper end. Aging and the control totals of a
//! cut-over share this function.

use super::Day;

/// Most edges of one set of buckets.
pub const EDGES_MAX: usize = 60;

/// Aging buckets by their upper edges in days.
///
/// ```
/// use ar_core::query::Buckets;
/// let buckets = Buckets::new(&[30, 60, 90])?;
/// let labels: Vec<String> = (0..buckets.count()).map(|n| buckets.label(n)).collect();
/// assert_eq!(labels, ["current", "1-30", "31-60", "61-90", "91+"]);
/// assert_eq!(buckets.of(0), 0, "due today is not overdue");
/// assert_eq!(buckets.of(30), 1);
/// assert_eq!(buckets.of(31), 2);
/// assert!(Buckets::new(&[30, 30]).is_err());
/// # Ok::<(), ar_core::query::BucketsInvalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    edges: Vec<u16>,
}

/// Why bucket edges are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BucketsInvalid {
    /// An edge is not greater than the one before it (than zero, for the first).
    #[error("bucket edge {edge} does not come after {before}; give them in ascending order, from 1 up")]
    NotAscending {
        /// The edge.
        edge: u16,
        /// The edge before it, or zero.
        before: u16,
    },
    /// Too many edges.
    #[error("{given} bucket edges were given and at most {EDGES_MAX} are read")]
    TooMany {
        /// How many.
        given: usize,
    },
}

impl Default for Buckets {
    /// 30, 60 and 90 days.
    fn default() -> Self {
        Self { edges: vec![30, 60, 90] }
    }
}

impl Buckets {
    /// Buckets with these upper edges. No edge at all gives `current` and `1+`.
    ///
    /// # Errors
    /// [`BucketsInvalid`].
    pub fn new(edges: &[u16]) -> Result<Self, BucketsInvalid> {
        if edges.len() > EDGES_MAX {
            return Err(BucketsInvalid::TooMany { given: edges.len() });
        }
        let mut before = 0;
        for &edge in edges {
            if edge <= before {
                return Err(BucketsInvalid::NotAscending { edge, before });
            }
            before = edge;
        }
        Ok(Self { edges: edges.to_vec() })
    }

    /// The upper edges.
    #[must_use]
    pub fn edges(&self) -> &[u16] {
        &self.edges
    }

    /// How many buckets there are: `current`, one per edge, and one beyond the last.
    #[must_use]
    pub fn count(&self) -> usize {
        self.edges.len().saturating_add(2)
    }

    /// The bucket of a number of days, from 0.
    #[must_use]
    pub fn of(&self, days: i32) -> usize {
        if days <= 0 {
            return 0;
        }
        self.edges.partition_point(|edge| i32::from(*edge) < days).saturating_add(1)
    }

    /// First and last day of a bucket; `None` where it has no end.
    #[must_use]
    pub fn bounds(&self, bucket: usize) -> (Option<i32>, Option<i32>) {
        let Some(n) = bucket.checked_sub(1) else { return (None, Some(0)) };
        let before = n.checked_sub(1).and_then(|n| self.edges.get(n)).copied().unwrap_or(0);
        let from = i32::from(before).saturating_add(1);
        (Some(from), self.edges.get(n).copied().map(i32::from))
    }

    /// The label of a bucket: `current`, `1-30`, `91+`.
    #[must_use]
    pub fn label(&self, bucket: usize) -> String {
        match self.bounds(bucket) {
            (None, _) => "current".to_owned(),
            (Some(from), Some(to)) => format!("{from}-{to}"),
            (Some(from), None) => format!("{from}+"),
        }
    }

    /// The bucket of every day of the business range as seen from `as_of`, for folds over columns:
    /// entry `n` is the bucket of [`Day`] number `n`.
    #[must_use]
    pub fn table(&self, as_of: Day) -> Vec<u8> {
        let mut table = vec![0_u8; Day::MAX.index().saturating_add(1)];
        for bucket in 1..self.count() {
            let (from, to) = self.bounds(bucket);
            // The days of a bucket lie before the day asked about, the youngest last.
            let last = from.and_then(|from| as_of.index().checked_sub(usize::try_from(from).ok()?));
            let first = to.map_or(0, |to| as_of.index().saturating_sub(usize::try_from(to).unwrap_or(0)));
            if let Some(days) = last.and_then(|last| table.get_mut(first..=last)) {
                days.fill(u8::try_from(bucket).unwrap_or(u8::MAX));
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Date;

    #[test]
    fn the_table_says_of_every_day_what_the_buckets_say() {
        let all = Buckets::new(&[1, 30, 60, 90, 40_000]).unwrap();
        for as_of in
            [Date::MIN, Date::parse("1990-02-15").unwrap(), Date::parse("2026-03-31").unwrap(), Date::MAX]
        {
            let table = all.table(as_of.into());
            assert_eq!(table.len(), 40_542);
            let mut day = Date::MIN;
            for bucket in table {
                assert_eq!(usize::from(bucket), all.of(day.days_until(as_of)), "{day} on {as_of}");
                day = day.add_days(1).unwrap_or(day);
            }
        }
    }
}
