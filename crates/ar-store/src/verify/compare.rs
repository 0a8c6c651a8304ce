//! Comparing stored rows with replayed ones, one table after the other; every table is held to
//! the same number of rows (INV-14).

use std::fmt::Debug;

use ar_core::Position;
use ar_core::account::VaultEntry;
use ar_core::rows::*;

use super::Replay;
use crate::failure::Corruption;
use crate::tables::{AccountEntry, Tables};

/// Counts the rows of one table and compares each with its counterpart.
pub(crate) struct Rows {
    table: &'static str,
    seen: usize,
}

impl Rows {
    /// Rows of a table.
    pub(crate) const fn of(table: &'static str) -> Self {
        Self { table, seen: 0 }
    }

    /// Compares a stored row with the replayed one.
    pub(crate) fn same<T: PartialEq + Debug>(
        &mut self,
        stored: &T,
        replayed: Option<&T>,
        position: Option<Position>,
    ) -> Result<(), Corruption> {
        self.seen = self.seen.saturating_add(1);
        let table = self.table;
        let detail = match replayed {
            Some(replayed) if replayed == stored => return Ok(()),
            Some(replayed) => format!("{table}: the store has {stored:?} and the log says {replayed:?}"),
            None => format!("{table}: the store has {stored:?} and the log knows nothing of it"),
        };
        Err(Corruption::new("INV-14", position, detail))
    }

    /// All rows of the table were seen: there are as many as the log says.
    pub(crate) fn count(self, replayed: usize) -> Result<(), Corruption> {
        if self.seen == replayed {
            return Ok(());
        }
        let detail = format!("{}: the store has {} rows and the log says {replayed}", self.table, self.seen);
        Err(Corruption::new("INV-14", None, detail))
    }
}

impl Replay {
    /// Compares tables in memory with what was replayed.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare_tables(&self, stored: &Tables) -> Result<(), Corruption> {
        self.finish()?;
        if stored.log().head() != self.head() {
            return Err(Corruption::new("INV-60", None, "the stored head is not that of the log"));
        }
        self.compare_accounts(stored)?;
        self.compare_items(stored)?;
        self.compare_rest(stored)?;
        for entry in stored.vault.values().flatten() {
            self.check_vault(entry)?;
        }
        Ok(())
    }

    fn compare_accounts(&self, stored: &Tables) -> Result<(), Corruption> {
        let empty = AccountEntry::default();
        let (mut rows, mut totals) = (Rows::of("account"), Rows::of("totals"));
        for (id, entry) in &stored.accounts {
            let replayed = self.tables.accounts.get(id).unwrap_or(&empty);
            let position = entry.changed.last().copied();
            if let Some(row) = &entry.row {
                rows.same(row, replayed.row.as_ref(), position)?;
            }
            totals.same(&(&entry.own, &entry.group), Some(&(&replayed.own, &replayed.group)), position)?;
        }
        rows.count(self.tables.opened.len())?;
        // An account that only the log knows has no figures in the store.
        let missing = self.tables.accounts.iter().find(|(id, entry)| {
            !(stored.accounts.contains_key(*id) || entry.own.is_empty() && entry.group.is_empty())
        });
        match missing {
            None => Ok(()),
            Some((id, _)) => Rows::of("totals").same(&"nothing", Some(&id.as_str()), None),
        }
    }

    fn compare_items(&self, stored: &Tables) -> Result<(), Corruption> {
        let mut rows = Rows::of("document");
        for (row, replayed) in padded(stored.all_documents(), self.tables.all_documents()) {
            rows.same(row, replayed, Some(row.position))?;
        }
        rows.count(self.tables.documents.len())?;
        let mut rows = Rows::of("item");
        for (row, replayed) in padded(stored.all_items(), self.tables.all_items()) {
            rows.same(row, replayed, Some(row.position))?;
        }
        rows.count(self.tables.items.len())?;
        let mut rows = Rows::of("link");
        for (row, replayed) in padded(stored.all_links(), self.tables.all_links()) {
            rows.same(row, replayed, Some(row.position))?;
        }
        rows.count(self.tables.links.len())?;
        let mut rows = Rows::of("journal");
        for n in 0..stored.lines.len() {
            let (row, replayed) = (stored.lines.row(n), self.tables.lines.row(n));
            rows.same(&row, Some(&replayed), row.as_ref().map(|row| row.position))?;
        }
        rows.count(self.tables.lines.len())
    }

    fn compare_rest(&self, stored: &Tables) -> Result<(), Corruption> {
        let mine = &self.tables;
        Rows::of("settings").same(&stored.config, Some(&mine.config), None)?;
        Rows::of("series").same(&stored.series, Some(&mine.series), None)?;
        Rows::of("credited").same(&stored.credited, Some(&mine.credited), None)?;
        Rows::of("rate").same(&stored.rates, Some(&mine.rates), None)?;
        Rows::of("allowance").same(&stored.allowances, Some(&mine.allowances), None)?;
        Rows::of("allowance_move").same(&stored.allowance_moves, Some(&mine.allowance_moves), None)?;
        Rows::of("order").same(&stored.orders, Some(&mine.orders), None)?;
        Rows::of("refund").same(&stored.refunds, Some(&mine.refunds), None)?;
        Rows::of("agreement").same(&stored.agreements, Some(&mine.agreements), None)?;
        Rows::of("withholding").same(&stored.withholdings, Some(&mine.withholdings), None)?;
        Rows::of("certificate").same(&stored.certificates, Some(&mine.certificates), None)?;
        Rows::of("proposal").same(&stored.proposals, Some(&mine.proposals), None)?;
        Rows::of("written_off").same(&stored.written_off, Some(&mine.written_off), None)?;
        Rows::of("note").same(&stored.notes, Some(&mine.notes), None)
    }

    /// Expected rows by table, for stores that stream theirs.
    pub(crate) fn totals_rows(&self) -> Vec<TotalsRow> {
        let mut all: Vec<TotalsRow> = Vec::new();
        for (id, entry) in &self.tables.accounts {
            let (own, group) = (Owner::Account(id.clone()), Owner::Group(id.clone()));
            all.extend(entry.own.iter().map(|f| f.row(&own)));
            all.extend(entry.group.iter().map(|f| f.row(&group)));
        }
        all
    }

    /// Compares persons' data.
    pub(crate) fn compare_vault(&self, stored: &[VaultEntry]) -> Result<(), Corruption> {
        stored.iter().try_for_each(|entry| self.check_vault(entry))
    }
}

/// Each stored row with the replayed row at the same place.
fn padded<'a, T: 'a>(
    stored: impl Iterator<Item = &'a T>,
    replayed: impl Iterator<Item = &'a T>,
) -> impl Iterator<Item = (&'a T, Option<&'a T>)> {
    stored.zip(replayed.map(Some).chain(std::iter::repeat(None)))
}
