//! The tables as queries read them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ar_core::account::{Account, VaultEntry};
use ar_core::allocation::LinkKind;
use ar_core::book::BookConfig;
use ar_core::query::{Columns, LineColumns, ProposalsAsked, Scope, View};
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::WithholdingRow;
use ar_core::{Event, Position, Record};

use super::{AccountEntry, Tables, index};
use crate::failure::Failure;

/// An account as the event of a record left it.
pub(crate) fn account_of(record: Record, id: &AccountId) -> Option<Account> {
    match record.event {
        Event::AccountChanged(e) if e.account.id == *id => Some(e.account),
        _ => None,
    }
}

impl Tables {
    /// An account as its last event up to a position left it.
    fn account_at(&self, entry: &AccountEntry, known: Position) -> Result<Option<Account>, Failure> {
        let Some(row) = &entry.row else { return Ok(None) };
        if entry.changed.last().is_some_and(|last| *last <= known) {
            return Ok(Some((**row).clone()));
        }
        let before = entry.changed.partition_point(|position| *position <= known);
        match before.checked_sub(1).and_then(|last| entry.changed.get(last)) {
            Some(position) => Ok(account_of(self.record_at(*position)?, &row.id)),
            None => Ok(None),
        }
    }

    fn record_at(&self, position: Position) -> Result<Record, Failure> {
        match self.log.record(position) {
            Ok(Some(record)) => Ok(record),
            Ok(None) => Err(Failure::corrupt("INV-16", format!("no record at position {position}"))),
            Err(e) => Err(Failure::Corrupt(crate::Corruption::new("INV-12", Some(position), e.to_string()))),
        }
    }

    /// Numbers of all documents in id order.
    fn sorted_documents<T>(&self, read: impl FnOnce(&[u32]) -> T) -> T {
        let mut sorted = self.documents_sorted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if sorted.len() != self.documents.len() {
            let from = u32::try_from(sorted.len()).unwrap_or(u32::MAX);
            let to = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
            sorted.extend(from..to);
            sorted.sort_by(|a, b| self.number_of(*a).cmp(&self.number_of(*b)));
        }
        read(&sorted)
    }

    fn number_of(&self, number: u32) -> Option<&DocumentId> {
        self.documents.get(index(number)).map(|entry| &entry.row.document)
    }
}

impl View for Tables {
    type Error = Failure;

    fn head(&self) -> Position {
        self.log.last()
    }

    fn config(&self) -> Result<Option<Cow<'_, BookConfig>>, Failure> {
        Ok(self.config.as_ref().map(Cow::Borrowed))
    }

    fn columns(&self, _scope: &Scope) -> Result<Cow<'_, Columns>, Failure> {
        Ok(Cow::Borrowed(&self.columns))
    }

    fn lines(&self, _scope: &Scope) -> Result<Cow<'_, LineColumns>, Failure> {
        Ok(Cow::Borrowed(&self.lines))
    }

    fn accounts(
        &self,
        known: Position,
        after: Option<&AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, Failure> {
        use std::ops::Bound;
        let from = after.map_or(Bound::Unbounded, |id| Bound::Excluded(id.clone()));
        let entries = self.opened.range((from, Bound::Unbounded)).filter_map(|id| self.accounts.get(id));
        let found = entries.filter_map(|entry| self.account_at(entry, known).transpose());
        found.take(limit).collect()
    }

    fn accounts_by_id(&self, known: Position, ids: &BTreeSet<AccountId>) -> Result<Vec<Account>, Failure> {
        let entries = ids.iter().filter_map(|id| self.accounts.get(id));
        entries.filter_map(|entry| self.account_at(entry, known).transpose()).collect()
    }

    fn members(&self, known: Position, group: &AccountId) -> Result<Vec<AccountId>, Failure> {
        let mut members = Vec::new();
        for id in self.accounts.get(group).into_iter().flat_map(|entry| &entry.members) {
            let Some(entry) = self.accounts.get(id) else { continue };
            let then = self.account_at(entry, known)?;
            if then.is_some_and(|account| account.profile.parent.as_ref() == Some(group)) {
                members.push(id.clone());
            }
        }
        Ok(members)
    }

    fn documents(
        &self,
        scope: &Scope,
        after: Option<&DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentRow>, Failure> {
        let row = |number: &u32| self.documents.get(index(*number)).map(|entry| &*entry.row);
        match scope {
            Scope::All => Ok(self.sorted_documents(|sorted| {
                let from = sorted.partition_point(|n| after.is_some_and(|id| self.number_of(*n) <= Some(id)));
                sorted.get(from..).unwrap_or_default().iter().filter_map(row).take(limit).cloned().collect()
            })),
            Scope::Accounts(ids) => {
                let entries = ids.iter().filter_map(|id| self.accounts.get(id));
                let numbers = entries.flat_map(|entry| &entry.documents);
                let rows = numbers.filter_map(row).filter(|row| scope.contains(&row.account));
                let mut rows: Vec<&DocumentRow> =
                    rows.filter(|row| after.is_none_or(|id| row.document > *id)).collect();
                rows.sort_by(|a, b| a.document.cmp(&b.document));
                rows.dedup_by(|a, b| a.document == b.document);
                Ok(rows.into_iter().take(limit).cloned().collect())
            }
        }
    }

    fn documents_by_id(&self, ids: &BTreeSet<DocumentId>) -> Result<Vec<DocumentRow>, Failure> {
        Ok(ids.iter().filter_map(|id| self.document_entry(id)).map(|entry| (*entry.row).clone()).collect())
    }

    fn items_by_id(&self, ids: &BTreeSet<ItemId>) -> Result<Vec<ItemRow>, Failure> {
        Ok(ids.iter().filter_map(|id| self.item_entry(id)).map(|entry| (*entry.row).clone()).collect())
    }

    fn links(&self, item: &ItemId) -> Result<Vec<LinkRow>, Failure> {
        let mut links: Vec<LinkRow> = self.item_links(item).cloned().collect();
        links.sort_by(|a, b| (a.position, &a.link).cmp(&(b.position, &b.link)));
        Ok(links)
    }

    fn allowance_moves(&self, known: Position) -> Result<Vec<AllowanceMove>, Failure> {
        let mut all: Vec<AllowanceMove> =
            self.allowance_moves.values().filter(|by| by.position <= known).copied().collect();
        all.sort_by_key(|by| (by.position, by.kind));
        Ok(all)
    }

    fn bad_debts(&self, scope: &Scope) -> Result<Vec<LinkRow>, Failure> {
        let mine = |row: &&LinkRow| match row.kind {
            LinkKind::WriteOff => row.debit.as_ref().is_some_and(|side| scope.contains(&side.account)),
            LinkKind::Recovery => true,
            _ => false,
        };
        Ok(self.all_links().filter(mine).cloned().collect())
    }

    fn notes(&self, documents: &BTreeSet<DocumentId>) -> Result<Vec<NoteRow>, Failure> {
        Ok(documents.iter().filter_map(|id| self.notes.get(id)).flatten().cloned().collect())
    }

    fn orders(&self, scope: &Scope) -> Result<Vec<OrderRow>, Failure> {
        Ok(self.orders.values().filter(|row| scope.contains(&row.account)).cloned().collect())
    }

    fn withholdings(&self, scope: &Scope) -> Result<Vec<WithholdingRow>, Failure> {
        Ok(self.withholdings.values().filter(|row| scope.contains(&row.account)).cloned().collect())
    }

    fn proposals(&self, scope: &Scope, asked: &ProposalsAsked) -> Result<Vec<ProposalRow>, Failure> {
        let about = |row: &&ProposalRow| match (scope, &row.account) {
            (Scope::All, _) => true,
            (scope, account) => account.as_ref().is_some_and(|account| scope.contains(account)),
        };
        let rows = self.proposals.range(asked.after.saturating_add(1)..).map(|(_, row)| row);
        Ok(rows.filter(|row| asked.takes(row)).filter(about).take(asked.limit).cloned().collect())
    }

    fn agreements(&self, scope: &Scope) -> Result<Vec<AgreementRow>, Failure> {
        Ok(self.agreements.values().filter(|row| scope.contains(&row.account)).cloned().collect())
    }

    fn parties(&self, subjects: &BTreeSet<SubjectId>) -> Result<Vec<VaultEntry>, Failure> {
        let versions = subjects.iter().filter_map(|id| self.vault.get(id));
        Ok(versions.filter_map(|all| all.last()).cloned().collect())
    }

    fn records(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, Failure> {
        let positions = (after.saturating_add(1)..=self.log.last()).take(limit);
        positions.map(|position| Ok((position, self.record_at(position)?))).collect()
    }

    fn records_of(
        &self,
        account: &AccountId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<(Position, Record)>, Failure> {
        let Some(entry) = self.accounts.get(account) else { return Ok(Vec::new()) };
        let from = entry.touched.partition_point(|position| *position <= after);
        let positions = entry.touched.get(from..).unwrap_or_default().iter().take(limit);
        positions.map(|position| Ok((*position, self.record_at(*position)?))).collect()
    }
}
