//! The book as queries see it: the whole book borrowed, some accounts loaded anew from rows.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::convert::Infallible;

use ar_core::account::{Account, VaultEntry};
use ar_core::book::BookConfig;
use ar_core::event::Event;
use ar_core::query::{Columns, LineColumns, ProposalsAsked, Scope, Touched, View, touched};
use ar_core::record::Record;
use ar_core::rows::*;
use ar_core::*;

use super::Book;

impl View for Book {
    type Error = Infallible;

    fn head(&self) -> Position {
        self.records.last().map_or(0, |(position, _)| *position)
    }

    fn config(&self) -> Result<Option<Cow<'_, BookConfig>>, Infallible> {
        Ok(Some(Cow::Borrowed(&self.config)))
    }

    fn columns(&self, scope: &Scope) -> Result<Cow<'_, Columns>, Infallible> {
        if *scope == Scope::All {
            return Ok(Cow::Borrowed(&self.columns));
        }
        let items: Vec<_> = self.items.values().filter(|row| scope.contains(&row.account)).cloned().collect();
        let touches = |row: &&LinkRow| {
            let sides = [&row.credit, &row.debit];
            sides.into_iter().flatten().any(|side| scope.contains(&side.account))
        };
        let links: Vec<_> = self.links.values().filter(touches).cloned().collect();
        Ok(Cow::Owned(Columns::from_rows(&items, &links, true).unwrap()))
    }

    fn lines(&self, _: &Scope) -> Result<Cow<'_, LineColumns>, Infallible> {
        Ok(Cow::Borrowed(&self.lines))
    }

    fn accounts(
        &self,
        known: Position,
        after: Option<&AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, Infallible> {
        let later = self.accounts.iter().filter(|(id, _)| after.is_none_or(|after| *id > after));
        let as_known = later.filter_map(|(_, all)| all.iter().rev().find(|(at, _)| *at <= known));
        Ok(as_known.map(|(_, row)| row.clone()).take(limit).collect())
    }

    fn accounts_by_id(&self, known: Position, ids: &BTreeSet<AccountId>) -> Result<Vec<Account>, Infallible> {
        let all = self.accounts(known, None, usize::MAX)?;
        Ok(all.into_iter().filter(|row| ids.contains(&row.id)).collect())
    }

    fn members(&self, known: Position, group: &AccountId) -> Result<Vec<AccountId>, Infallible> {
        let all = self.accounts(known, None, usize::MAX)?;
        Ok(all.into_iter().filter(|r| r.profile.parent.as_ref() == Some(group)).map(|r| r.id).collect())
    }

    fn documents(
        &self,
        scope: &Scope,
        after: Option<&DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentRow>, Infallible> {
        let later = self.documents.values().filter(|row| after.is_none_or(|after| row.document > *after));
        Ok(later.filter(|row| scope.contains(&row.account)).take(limit).cloned().collect())
    }

    fn documents_by_id(&self, ids: &BTreeSet<DocumentId>) -> Result<Vec<DocumentRow>, Infallible> {
        Ok(ids.iter().filter_map(|id| self.documents.get(id)).cloned().collect())
    }

    fn items_by_id(&self, ids: &BTreeSet<ItemId>) -> Result<Vec<ItemRow>, Infallible> {
        Ok(ids.iter().filter_map(|id| self.items.get(id)).cloned().collect())
    }

    fn links(&self, of: &ItemId) -> Result<Vec<LinkRow>, Infallible> {
        let touches = |row: &&LinkRow| [&row.credit, &row.debit].into_iter().flatten().any(|s| s.item == *of);
        Ok(self.links.values().filter(touches).cloned().collect())
    }

    fn allowance_moves(&self, _: Position) -> Result<Vec<AllowanceMove>, Infallible> {
        Ok(Vec::new())
    }

    fn bad_debts(&self, scope: &Scope) -> Result<Vec<LinkRow>, Infallible> {
        let mine = |row: &&LinkRow| row.debit.as_ref().is_none_or(|side| scope.contains(&side.account));
        let mut all: Vec<LinkRow> =
            self.links.values().filter(|row| row.bad_debt.is_some()).filter(mine).cloned().collect();
        all.sort_by(|a, b| (a.position, &a.link).cmp(&(b.position, &b.link)));
        Ok(all)
    }

    fn notes(&self, documents: &BTreeSet<DocumentId>) -> Result<Vec<NoteRow>, Infallible> {
        Ok(self.notes.iter().filter(|note| documents.contains(&note.document)).cloned().collect())
    }

    fn agreements(&self, _: &Scope) -> Result<Vec<AgreementRow>, Infallible> {
        Ok(Vec::new())
    }

    fn orders(&self, scope: &Scope) -> Result<Vec<OrderRow>, Infallible> {
        Ok(self.orders.values().filter(|row| scope.contains(&row.account)).cloned().collect())
    }

    fn withholdings(&self, _: &Scope) -> Result<Vec<ar_core::withholding::WithholdingRow>, Infallible> {
        Ok(Vec::new())
    }

    fn proposals(&self, _: &Scope, _: &ProposalsAsked) -> Result<Vec<ProposalRow>, Infallible> {
        Ok(Vec::new())
    }

    fn parties(&self, _: &BTreeSet<SubjectId>) -> Result<Vec<VaultEntry>, Infallible> {
        Ok(Vec::new())
    }

    fn records(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, Infallible> {
        Ok(self.records.iter().filter(|(at, _)| *at > after).take(limit).cloned().collect())
    }

    fn records_of(
        &self,
        account: &AccountId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<(Position, Record)>, Infallible> {
        let about = |event: &Event| {
            touched(event).into_iter().any(|what| match what {
                Touched::Account(id) => id == account,
                Touched::Document(id) => self.documents.get(id).is_some_and(|row| row.account == *account),
                Touched::Refund(_) => false,
            })
        };
        let later = self.records.iter().filter(|(at, _)| *at > after);
        Ok(later.filter(|(_, record)| about(&record.event)).take(limit).cloned().collect())
    }
}
