//! What was there before: a command that does not come to its end leaves nothing behind (INV-50).
//!
//! The journal holds prior values, newest last. Rolling back walks it backwards; committing walks
//! it forwards once to extend the columns that reports read.

use ar_core::account::Account;
use ar_core::agreement::AgreementId;
use ar_core::book::BookConfig;
use ar_core::charges::ChargeMark;
use ar_core::payment::RefundState;
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};

use super::account::Lowering;
use super::figures::Figures;
use super::items::ItemHead;
use super::{CreditedKey, GivenUp, Tables, index};
use crate::failure::Corruption;

/// One prior value.
#[derive(Debug)]
pub(super) enum Undo {
    Config(Option<Box<BookConfig>>),
    Rate((Currency, Date), Option<Box<RateRow>>),
    Allowance(Box<(AllowanceRow, AllowanceMove)>),
    Account(AccountId, Option<Box<Account>>),
    Opened(AccountId),
    Member { group: AccountId, member: AccountId },
    Figures(Owner, Currency, Option<Figures>),
    Document(DocumentId),
    DocumentEnded(u32, Option<Date>),
    DocumentDelivered(u32, Option<Date>),
    DocumentParts(u32, u16),
    DocumentAccount(u32, AccountId),
    Note(DocumentId),
    Item(ItemId),
    ItemMoved(u32, ItemHead),
    ItemCharged(u32, Box<(Option<ChargeMark>, bool)>),
    Link(LinkId),
    LinkUndone(u32),
    Series((SeriesId, i32), Option<Box<SeriesRow>>),
    Credited(DocumentId, CreditedKey, Option<i64>),
    Order(OrderId, Option<Box<OrderRow>>),
    Refund(RefundId),
    RefundState(RefundId, RefundState),
    Agreement(AgreementId),
    AgreementEnded(AgreementId),
    Withholding(LinkId, Option<Box<WithholdingRow>>),
    Certificate((AccountId, CertificateId), Option<Box<CertificateRow>>),
    Proposal(ar_core::Position, Option<Box<ProposalRow>>),
    WrittenOff(GivenUp, Option<i64>),
    Line,
    Record,
    Key(CommandId),
    Touched(AccountId),
    Vault(SubjectId),
}

/// A point to roll back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Tables {
    /// The point that [`Tables::rollback`] returns to.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.undo.len())
    }

    /// Takes back everything after a mark.
    pub fn rollback(&mut self, mark: Mark) {
        while self.undo.len() > mark.0 {
            if let Some(undo) = self.undo.pop() {
                self.take_back(undo);
            }
        }
    }

    /// Keeps everything since the last commit, and extends columns and tree by it.
    ///
    /// # Errors
    /// A corruption when the rows do not fit the columns; nothing can be taken back then.
    pub fn commit(&mut self) -> Result<(), Corruption> {
        let broken = |e: ar_core::query::ColumnsError| Corruption::new("INV-14", None, e.to_string());
        let mut lines = std::mem::take(&mut self.staged_lines).into_iter();
        let mut undo = std::mem::take(&mut self.undo);
        for step in undo.drain(..) {
            match step {
                Undo::Item(id) => {
                    if let Some(number) = self.item_number(&id)
                        && let Some(entry) = self.items.get(index(number))
                    {
                        self.columns.push_item(&entry.row).map_err(broken)?;
                    }
                }
                Undo::Link(id) => {
                    if let Some(number) = self.link_ids.get(&id)
                        && let Some(row) = self.links.get(index(*number))
                    {
                        self.columns.push_link(row).map_err(broken)?;
                    }
                }
                Undo::LinkUndone(number) => {
                    if let Some(row) = self.links.get(index(number))
                        && let Some((date, position)) = row.undone
                    {
                        self.columns.push_undo(row, date, position).map_err(broken)?;
                    }
                }
                Undo::Line => {
                    if let Some(line) = lines.next() {
                        self.lines.push(&line).map_err(broken)?;
                    }
                }
                _ => {}
            }
        }
        // The journal's room is used again by the next command.
        self.undo = undo;
        self.log.commit();
        Ok(())
    }

    fn take_back(&mut self, undo: Undo) {
        match undo {
            Undo::Config(before) => self.config = before.map(|config| *config),
            Undo::Rate(key, before) => restore(&mut self.rates, key, before.map(|row| *row)),
            Undo::Allowance(was) => {
                let (row, by) = *was;
                self.allowance_moves.remove(&(by.currency, by.date, by.position, by.kind));
                if row == AllowanceRow::empty(row.currency) && !self.moves_in(row.currency) {
                    self.allowances.remove(&row.currency);
                } else {
                    self.allowances.insert(row.currency, row);
                }
            }
            Undo::Account(id, before) => {
                let entry = self.accounts.entry(id).or_default();
                entry.row = before;
                entry.changed.pop();
            }
            Undo::Opened(id) => {
                self.opened.remove(&id);
            }
            Undo::Member { group, member } => {
                self.accounts.entry(group).or_default().members.remove(&member);
            }
            Undo::Figures(owner, currency, before) => self.take_back_figures(owner, currency, before),
            Undo::Document(id) => {
                self.document_ids.remove(&id);
                if let Some(gone) = self.documents.pop() {
                    self.accounts.entry(gone.row.account.clone()).or_default().documents.pop();
                }
            }
            Undo::DocumentEnded(number, before) => self.document(number, |row| row.ended = before),
            Undo::DocumentDelivered(number, before) => self.document(number, |row| row.delivered = before),
            Undo::DocumentParts(number, before) => self.document(number, |row| row.parts = before),
            Undo::DocumentAccount(number, before) => {
                if let Some(entry) = self.documents.get_mut(index(number)) {
                    let now = std::mem::replace(&mut entry.row.account, before);
                    self.accounts.entry(now).or_default().documents.pop();
                }
            }
            Undo::Note(document) => {
                if let Some(notes) = self.notes.get_mut(&document) {
                    notes.pop();
                    if notes.is_empty() {
                        self.notes.remove(&document);
                    }
                }
            }
            Undo::Item(id) => self.take_back_item(&id),
            Undo::ItemMoved(number, before) => self.reindexed(number, |row| before.put(row)),
            Undo::ItemCharged(number, before) => {
                self.reindexed(number, |row| (row.charged, row.late) = *before);
            }
            Undo::Link(id) => self.take_back_link(&id),
            Undo::LinkUndone(number) => {
                if let Some(row) = self.links.get_mut(index(number)) {
                    row.undone = None;
                }
            }
            Undo::Series(key, before) => restore(&mut self.series, key, before.map(|row| *row)),
            Undo::Credited(invoice, key, before) => {
                let bounds = self.credited.entry(invoice.clone()).or_default();
                restore(bounds, key, before);
                if bounds.is_empty() {
                    self.credited.remove(&invoice);
                }
            }
            Undo::Order(id, before) => restore(&mut self.orders, id, before.map(|row| *row)),
            Undo::Refund(id) => {
                self.refunds.remove(&id);
            }
            Undo::RefundState(id, before) => {
                if let Some(row) = self.refunds.get_mut(&id) {
                    row.state = before;
                }
            }
            Undo::Withholding(link, before) => restore(&mut self.withholdings, link, before.map(|row| *row)),
            Undo::Certificate(key, before) => restore(&mut self.certificates, key, before.map(|row| *row)),
            Undo::Proposal(at, before) => restore(&mut self.proposals, at, before.map(|row| *row)),
            Undo::WrittenOff(key, before) => restore(&mut self.written_off, key, before),
            Undo::Agreement(id) => {
                self.agreements.remove(&id);
            }
            Undo::AgreementEnded(id) => {
                if let Some(row) = self.agreements.get_mut(&id) {
                    row.ended = None;
                }
            }
            Undo::Line => {
                self.staged_lines.pop();
            }
            Undo::Record => self.log.pop(),
            Undo::Key(id) => self.log.unbind(&id),
            Undo::Touched(account) => {
                self.accounts.entry(account).or_default().touched.pop();
            }
            Undo::Vault(subject) => {
                if let Some(versions) = self.vault.get_mut(&subject) {
                    versions.pop();
                    if versions.is_empty() {
                        self.vault.remove(&subject);
                    }
                }
            }
        }
    }

    fn document(&mut self, number: u32, change: impl FnOnce(&mut DocumentRow)) {
        if let Some(entry) = self.documents.get_mut(index(number)) {
            change(&mut entry.row);
        }
    }

    fn take_back_figures(&mut self, owner: Owner, currency: Currency, before: Option<Figures>) {
        let id = match &owner {
            Owner::Account(id) | Owner::Group(id) => id.clone(),
        };
        let figures = self.accounts.entry(id).or_default().figures_mut(&owner);
        let Some(at) = figures.iter().position(|f| f.currency == currency) else { return };
        match before {
            Some(before) => {
                if let Some(now) = figures.get_mut(at) {
                    *now = before;
                }
            }
            None => {
                figures.remove(at);
            }
        }
    }

    fn take_back_item(&mut self, id: &ItemId) {
        let Some(gone) = self.items.pop() else { return };
        let number = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let account = self.accounts.entry(gone.row.account.clone()).or_default();
        account.index(number, &gone.row, false);
        super::apply::receipt(&mut self.receipts, &gone.row, false);
        if gone.row.side == ar_core::document::Side::Credit {
            account.lowered_pop(gone.row.date);
        }
        if let Some(document) = self.document_ids.get(id.document())
            && let Some(entry) = self.documents.get_mut(index(*document))
        {
            entry.pop();
        }
    }

    /// Whether anything moved the allowance in a currency.
    fn moves_in(&self, currency: Currency) -> bool {
        let first = (currency, Date::MIN, 0, AllowanceKind::Run);
        self.allowance_moves.range(first..).next().is_some_and(|(key, _)| key.0 == currency)
    }

    fn take_back_link(&mut self, id: &LinkId) {
        self.link_ids.remove(id);
        let Some(gone) = self.links.pop() else { return };
        if let Some(write_off) = gone.bad_debt.as_ref().and_then(|bad_debt| bad_debt.write_off.as_ref())
            && let Some(recoveries) = self.recoveries.get_mut(write_off)
        {
            recoveries.pop();
        }
        for side in [&gone.credit, &gone.debit].into_iter().flatten() {
            if let Some(number) = self.item_number(&side.item)
                && let Some(entry) = self.items.get_mut(index(number))
            {
                entry.links.pop();
            }
        }
        for account in super::apply::settled_accounts(&gone) {
            self.accounts.entry(account.clone()).or_default().lowered_pop(gone.date);
        }
    }
}

impl super::AccountEntry {
    pub(super) fn lowered(&mut self, date: Date, what: Lowering) {
        self.lowering.entry(date).or_default().push(what);
    }

    fn lowered_pop(&mut self, date: Date) {
        if let Some(day) = self.lowering.get_mut(&date) {
            day.pop();
            if day.is_empty() {
                self.lowering.remove(&date);
            }
        }
    }
}

fn restore<K: Ord, V>(map: &mut std::collections::BTreeMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(before) => {
            map.insert(key, before);
        }
        None => {
            map.remove(&key);
        }
    }
}
