//! Applying a change to the rows, with checked arithmetic: a step that leaves its range is a
//! broken invariant, named, and never repaired (INV-02, INV-70).

use ar_core::account::{Account, VaultEntry};
use ar_core::approval::ProposalState;
use ar_core::book::BookConfig;
use ar_core::change::{ItemDelta, TotalsDelta};
use ar_core::charges::ChargeMark;
use ar_core::document::Side;
use ar_core::journal::Role;
use ar_core::query::{Touched, touched};
use ar_core::record::Leaf;
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::{Change, Event, Position, Record};

use super::ItemHead;
use super::account::{Lowering, late_key};
use super::figures::Figures;
use super::undo::Undo;
use super::{DocumentEntry, ItemEntry, Receipts, Tables, index, next_number};
use crate::failure::Corruption;

type Applied = Result<(), Corruption>;

pub(crate) fn broken(invariant: &'static str, position: Position, detail: impl Into<String>) -> Corruption {
    Corruption::new(invariant, Some(position), detail)
}

impl Tables {
    /// Appends a record and everything that follows from it. `buffer` is scratch space.
    ///
    /// # Errors
    /// A corruption; what was applied so far waits for [`Tables::rollback`].
    pub fn append(&mut self, record: &Record, buffer: &mut Vec<Change>) -> Result<Position, Corruption> {
        let position = self.log.last().saturating_add(1);
        self.log.encode(record).map_err(|e| broken("INV-06", position, e.to_string()))?;
        self.follow(position, record, buffer)
    }

    /// Appends a record whose bytes and leaf are given: a replay.
    ///
    /// # Errors
    /// As [`Tables::append`].
    pub fn append_stored(
        &mut self,
        record: &Record,
        bytes: &[u8],
        leaf: Leaf,
        buffer: &mut Vec<Change>,
    ) -> Result<Position, Corruption> {
        let position = self.log.last().saturating_add(1);
        self.log.push(bytes, leaf);
        self.follow(position, record, buffer)
    }

    /// What follows from the record that was appended last.
    fn follow(
        &mut self,
        position: Position,
        record: &Record,
        buffer: &mut Vec<Change>,
    ) -> Result<Position, Corruption> {
        self.undo.push(Undo::Record);
        if record.part.0 == 1 {
            self.undo.push(Undo::Key(record.command.clone()));
            if !self.log.bind(record.command.clone(), position) {
                return Err(broken("INV-48", position, format!("key {} is bound twice", record.command)));
            }
        }
        buffer.clear();
        ar_core::changes(position, &record.event, buffer);
        for change in buffer.drain(..) {
            self.apply(position, change)?;
        }
        self.touch(position, &record.event);
        Ok(position)
    }

    /// Puts a person's data beside the log.
    pub fn keep(&mut self, entry: VaultEntry) {
        self.undo.push(Undo::Vault(entry.subject.clone()));
        self.vault.entry(entry.subject.clone()).or_default().push(entry);
    }

    /// Notes under which accounts an event is found.
    fn touch(&mut self, position: Position, event: &Event) {
        for what in touched(event) {
            let account = match what {
                Touched::Account(id) => Some(id.clone()),
                Touched::Document(id) => self.document_entry(id).map(|entry| entry.row.account.clone()),
                Touched::Refund(id) => self.refunds.get(id).map(|row| row.account.clone()),
            };
            let Some(account) = account else { continue };
            let entry = self.accounts.entry(account.clone()).or_default();
            if entry.touched.last() != Some(&position) {
                entry.touched.push(position);
                self.undo.push(Undo::Touched(account));
            }
        }
    }

    /// Applies one change of an event at a position.
    ///
    /// # Errors
    /// A corruption when the change does not fit the rows.
    pub fn apply(&mut self, position: Position, change: Change) -> Applied {
        match change {
            Change::Book { base, settings } => {
                let mut config = BookConfig::standard(base);
                settings.iter().for_each(|setting| config.set(setting));
                let before = self.config.replace(config).map(Box::new);
                self.undo.push(Undo::Config(before));
            }
            Change::Setting { setting, version } => {
                let Some(config) = &mut self.config else {
                    return Err(broken("INV-14", position, "a setting of a book that is not open"));
                };
                self.undo.push(Undo::Config(Some(Box::new(config.clone()))));
                config.set(&setting);
                config.version = version;
            }
            Change::Period(delta) => {
                let Some(config) = &mut self.config else {
                    return Err(broken("INV-14", position, "a period of a book that is not open"));
                };
                self.undo.push(Undo::Config(Some(Box::new(config.clone()))));
                config.set_period(&delta);
            }
            Change::Rate(rate) => {
                let key = (rate.currency, rate.date);
                let row = RateRow {
                    currency: rate.currency,
                    date: rate.date,
                    rate: rate.rate,
                    source: rate.source,
                };
                let before = self.rates.insert(key, row).map(Box::new);
                self.undo.push(Undo::Rate(key, before));
            }
            Change::Allowance(by) => {
                let row = self.allowances.entry(by.currency).or_insert(AllowanceRow::empty(by.currency));
                self.undo.push(Undo::Allowance(Box::new((*row, by))));
                *row = row.moved(&by);
                self.allowance_moves.insert((by.currency, by.date, by.position, by.kind), by);
            }
            Change::Account(account) => self.account_is(position, account),
            Change::Totals(delta) => self.totals_moved(position, &delta)?,
            Change::Document(row) => self.document_is(position, row)?,
            Change::Note(row) => {
                self.document_number(position, &row.document)?;
                self.undo.push(Undo::Note(row.document.clone()));
                self.notes.entry(row.document.clone()).or_default().push(*row);
            }
            Change::Item(row) => self.item_is(position, row)?,
            Change::ItemMoved(delta) => self.item_moved(position, &delta)?,
            Change::ItemCharged { item, mark, late } => {
                let number = self.item_number(&item);
                let number =
                    number.ok_or_else(|| broken("INV-14", position, format!("item {item} is not there")))?;
                self.charged(number, mark, late);
            }
            Change::Link(row) => self.link_is(position, row)?,
            Change::LinkUndone { link, date, position } => self.link_undone(position, &link, date)?,
            Change::Line(row) => {
                self.undo.push(Undo::Line);
                self.staged_lines.push(row);
            }
            other => self.apply_rest(position, other)?,
        }
        Ok(())
    }

    fn apply_rest(&mut self, position: Position, change: Change) -> Applied {
        match change {
            Change::DocumentEnded { document, date } => {
                let (number, row) = self.document_number(position, &document)?;
                let before = row.ended.replace(date);
                self.undo.push(Undo::DocumentEnded(number, before));
                if before.is_some() {
                    return Err(broken("INV-13", position, format!("{document} ends twice")));
                }
            }
            Change::DocumentDelivered { document, date } => {
                let (number, row) = self.document_number(position, &document)?;
                let before = row.delivered.replace(date);
                self.undo.push(Undo::DocumentDelivered(number, before));
            }
            Change::DocumentParts { document, parts, account } => {
                let (number, row) = self.document_number(position, &document)?;
                let before = std::mem::replace(&mut row.parts, parts);
                let moved = account.map(|account| std::mem::replace(&mut row.account, account));
                let now = row.account.clone();
                self.undo.push(Undo::DocumentParts(number, before));
                if let Some(before) = moved {
                    self.accounts.entry(now).or_default().documents.push(number);
                    self.undo.push(Undo::DocumentAccount(number, before));
                }
            }
            Change::Series(row) => {
                let key = (row.series.clone(), row.year);
                let last = row.last;
                let before = self.series.insert(key.clone(), row).map(Box::new);
                let back = before.as_ref().is_some_and(|before| before.last >= last);
                self.undo.push(Undo::Series(key, before));
                if back {
                    return Err(broken(
                        "INV-18",
                        position,
                        format!("counter {last} of a series was taken before"),
                    ));
                }
            }
            Change::Credited { invoice, entries } => {
                let bounds = self.credited.entry(invoice.clone()).or_default();
                for entry in entries {
                    let key = entry.key.to_string();
                    let before = bounds.get(&key).copied();
                    let sum = before.unwrap_or(0).checked_add(entry.amount.minor());
                    let sum =
                        sum.ok_or_else(|| broken("INV-02", position, format!("bound {key} of {invoice}")))?;
                    bounds.insert(key.clone(), sum);
                    self.undo.push(Undo::Credited(invoice.clone(), key, before));
                }
            }
            Change::Order(row) => {
                let id = row.order.clone();
                let before = self.orders.insert(id.clone(), row).map(Box::new);
                self.undo.push(Undo::Order(id, before));
            }
            Change::OrderBilled { order, open } => {
                let Some(row) = self.orders.get_mut(&order) else {
                    return Err(broken("INV-14", position, format!("order {order} is not there")));
                };
                self.undo.push(Undo::Order(order, Some(Box::new(row.clone()))));
                row.open = open;
            }
            Change::Refund(row) => {
                let id = row.refund.clone();
                if self.refunds.contains_key(&id) {
                    return Err(broken("INV-13", position, format!("refund {id} is there already")));
                }
                self.refunds.insert(id.clone(), *row);
                self.undo.push(Undo::Refund(id));
            }
            Change::RefundState { refund, state } => {
                let Some(row) = self.refunds.get_mut(&refund) else {
                    return Err(broken("INV-14", position, format!("refund {refund} is not there")));
                };
                let before = std::mem::replace(&mut row.state, state);
                self.undo.push(Undo::RefundState(refund, before));
            }
            Change::Withholding(row) => {
                let link = row.link.clone();
                let before = self.withholdings.insert(link.clone(), *row).map(Box::new);
                self.undo.push(Undo::Withholding(link, before));
            }
            Change::WithholdingMoved { link, by } => {
                let Some(row) = self.withholdings.get_mut(&link) else {
                    return Err(broken("INV-14", position, format!("nothing is withheld in {link}")));
                };
                self.undo.push(Undo::Withholding(link, Some(Box::new(row.clone()))));
                row.moved(by);
            }
            Change::Certificate(row) => {
                let key = (row.account.clone(), row.certificate.clone());
                let before = self.certificates.insert(key.clone(), *row).map(Box::new);
                self.undo.push(Undo::Certificate(key, before));
            }
            Change::Proposal(row) => self.proposal_is(position, *row)?,
            Change::WrittenOff(delta) => self.written_off_moved(position, delta)?,
            Change::Agreement(row) => {
                let id = row.id.clone();
                if self.agreements.contains_key(&id) {
                    return Err(broken("INV-13", position, format!("{id:?} is there already")));
                }
                self.agreements.insert(id.clone(), *row);
                self.undo.push(Undo::Agreement(id));
            }
            Change::AgreementEnded { id, date, position: at } => {
                let Some(row) = self.agreements.get_mut(&id).filter(|row| row.ended.is_none()) else {
                    return Err(broken("INV-13", position, format!("{id:?} is no agreement that holds")));
                };
                row.ended = Some((date, at));
                self.undo.push(Undo::AgreementEnded(id));
            }
            other => {
                return Err(broken(
                    "INV-14",
                    position,
                    format!("a change this store does not know: {other:?}"),
                ));
            }
        }
        Ok(())
    }

    /// A proposal is made once and decided once, and never approved by its maker.
    fn proposal_is(&mut self, position: Position, row: ProposalRow) -> Applied {
        let (at, id) = (row.position, row.proposal.clone());
        let own = row.state == ProposalState::Approved && row.by.as_ref() == Some(&row.maker);
        let before = self.proposals.insert(at, row).map(Box::new);
        let again = before.as_ref().is_some_and(|before| before.decided.is_some());
        self.undo.push(Undo::Proposal(at, before));
        if own {
            return Err(broken("INV-63", position, format!("the maker of proposal {id} approves it")));
        }
        if again {
            return Err(broken("INV-65", position, format!("proposal {id} is decided twice")));
        }
        Ok(())
    }

    fn written_off_moved(&mut self, position: Position, delta: WrittenOffRow) -> Applied {
        let key = (delta.account, delta.currency, delta.month);
        let before = self.written_off.get(&key).copied();
        let sum = before.unwrap_or(0).checked_add(delta.minor).filter(|sum| *sum >= 0);
        let Some(sum) = sum else {
            let detail = format!("what is given up of {} leaves its range", key.0);
            return Err(broken("INV-37", position, detail));
        };
        self.undo.push(Undo::WrittenOff(key.clone(), before));
        self.written_off.insert(key, sum);
        Ok(())
    }

    fn account_is(&mut self, position: Position, account: Box<Account>) {
        let id = account.id.clone();
        if let Some(group) = &account.profile.parent
            && self.accounts.entry(group.clone()).or_default().members.insert(id.clone())
        {
            self.undo.push(Undo::Member { group: group.clone(), member: id.clone() });
        }
        if self.opened.insert(id.clone()) {
            self.undo.push(Undo::Opened(id.clone()));
        }
        let entry = self.accounts.entry(id.clone()).or_default();
        let before = entry.row.replace(account);
        entry.changed.push(position);
        self.undo.push(Undo::Account(id, before));
    }

    fn totals_moved(&mut self, position: Position, delta: &TotalsDelta) -> Applied {
        let (Owner::Account(id) | Owner::Group(id)) = &delta.owner;
        if !self.accounts.contains_key(id) {
            self.accounts.insert(id.clone(), super::AccountEntry::default());
        }
        let Some(entry) = self.accounts.get_mut(id) else { return Ok(()) };
        let figures = entry.figures_mut(&delta.owner);
        let at = figures.binary_search_by_key(&delta.currency, |f| f.currency);
        let before = at.ok().and_then(|at| figures.get(at)).copied();
        let after = before.unwrap_or(Figures::empty(delta.currency)).moved(delta).ok_or_else(|| {
            broken(
                "INV-11",
                position,
                format!("totals of {:?} in {} leave their range", delta.owner, delta.currency),
            )
        })?;
        match at {
            Ok(at) => {
                if let Some(now) = figures.get_mut(at) {
                    *now = after;
                }
            }
            Err(at) => figures.insert(at, after),
        }
        self.undo.push(Undo::Figures(delta.owner.clone(), delta.currency, before));
        Ok(())
    }

    fn document_is(&mut self, position: Position, row: Box<DocumentRow>) -> Applied {
        let number = next_number(self.documents.len())?;
        let id = row.document.clone();
        if self.document_ids.contains_key(&id) {
            return Err(broken("INV-18", position, format!("number {id} is given twice")));
        }
        self.accounts.entry(row.account.clone()).or_default().documents.push(number);
        self.document_ids.insert(id.clone(), number);
        self.documents.push(DocumentEntry::new(row));
        self.undo.push(Undo::Document(id));
        Ok(())
    }

    fn document_number(
        &mut self,
        position: Position,
        id: &DocumentId,
    ) -> Result<(u32, &mut DocumentRow), Corruption> {
        let missing = || broken("INV-14", position, format!("document {id} is not there"));
        let number = *self.document_ids.get(id).ok_or_else(missing)?;
        let entry = self.documents.get_mut(index(number)).ok_or_else(missing)?;
        Ok((number, &mut entry.row))
    }

    fn item_is(&mut self, position: Position, row: Box<ItemRow>) -> Applied {
        let number = next_number(self.items.len())?;
        let id = row.item.clone();
        if row.open < 0 || row.open > row.original {
            return Err(broken(
                "INV-26",
                position,
                format!("item {id} is open by {} of {}", row.open, row.original),
            ));
        }
        let document = self.document_ids.get(id.document()).copied();
        let entry = document.and_then(|document| self.documents.get_mut(index(document)));
        if !entry.is_some_and(|entry| entry.add(id.part(), number)) {
            return Err(broken("INV-15", position, format!("item {id} is not the next of its document")));
        }
        let account = self.accounts.entry(row.account.clone()).or_default();
        account.index(number, &row, true);
        receipt(&mut self.receipts, &row, true);
        if row.side == Side::Credit {
            account.lowered(row.date, Lowering::Credit(number));
        }
        self.items.push(ItemEntry { row, links: Vec::new() });
        self.undo.push(Undo::Item(id));
        Ok(())
    }

    fn item_moved(&mut self, position: Position, delta: &ItemDelta) -> Applied {
        let missing = || broken("INV-14", position, format!("item {} is not there", delta.item));
        let number = self.item_number(&delta.item).ok_or_else(missing)?;
        let entry = self.items.get(index(number)).ok_or_else(missing)?;
        let before = ItemHead::of(&entry.row);
        let after = ItemHead::moved(&entry.row, delta, position)?;
        self.undo.push(Undo::ItemMoved(number, before));
        self.reindexed(number, |row| after.put(row));
        Ok(())
    }

    /// Changes an item's figures and keeps what it is found by in step.
    pub(super) fn reindexed(&mut self, number: u32, change: impl FnOnce(&mut ItemRow)) {
        let Some(entry) = self.items.get_mut(index(number)) else { return };
        let row = &mut entry.row;
        if !self.accounts.contains_key(&row.account) {
            self.accounts.insert(row.account.clone(), super::AccountEntry::default());
        }
        let Some(account) = self.accounts.get_mut(&row.account) else { return };
        let was_open = row.open > 0;
        account.index_exact(number, row, false);
        receipt(&mut self.receipts, row, false);
        if row.late && !was_open {
            account.late.remove(&late_key(number, row));
        }
        change(row);
        receipt(&mut self.receipts, row, true);
        match (was_open, row.open > 0) {
            (true, false) => {
                account.index_open(number, row, false);
                account.index(number, row, true);
            }
            (false, true | false) => account.index(number, row, true),
            (true, true) => account.index_exact(number, row, true),
        }
    }

    /// How far an item is charged.
    fn charged(&mut self, number: u32, mark: Option<ChargeMark>, late: bool) {
        if let Some(entry) = self.items.get(index(number)) {
            let before = Box::new((entry.row.charged.clone(), entry.row.late));
            self.undo.push(Undo::ItemCharged(number, before));
        }
        self.reindexed(number, |row| (row.charged, row.late) = (mark, late));
    }

    fn link_is(&mut self, position: Position, row: Box<LinkRow>) -> Applied {
        let number = next_number(self.links.len())?;
        let id = row.link.clone();
        if self.link_ids.contains_key(&id) {
            return Err(broken("INV-13", position, format!("settlement {id} is there already")));
        }
        let mut sides = [None; 2];
        for (side, number) in [&row.credit, &row.debit].into_iter().flatten().zip(&mut sides) {
            let found = self.item_number(&side.item).and_then(|n| Some((n, self.items.get(index(n))?)));
            let Some((item, entry)) = found else {
                return Err(broken("INV-14", position, format!("settlement {id} of {}", side.item)));
            };
            if entry.row.currency != row.currency {
                return Err(broken("INV-03", position, format!("settlement {id} mixes currencies")));
            }
            *number = Some(item);
        }
        for item in sides.into_iter().flatten() {
            if let Some(entry) = self.items.get_mut(index(item)) {
                entry.links.push(number);
            }
        }
        for account in settled_accounts(&row) {
            self.accounts.entry(account.clone()).or_default().lowered(row.date, Lowering::Settled(number));
        }
        self.link_ids.insert(id.clone(), number);
        if let Some(write_off) = row.bad_debt.as_ref().and_then(|bad_debt| bad_debt.write_off.as_ref()) {
            self.recoveries.entry(write_off.clone()).or_default().push(number);
        }
        self.links.push(row);
        self.undo.push(Undo::Link(id));
        Ok(())
    }

    fn link_undone(&mut self, position: Position, id: &LinkId, date: Date) -> Applied {
        let missing = || broken("INV-14", position, format!("settlement {id} is not there"));
        let number = *self.link_ids.get(id).ok_or_else(missing)?;
        let row = self.links.get_mut(index(number)).ok_or_else(missing)?;
        if row.undone.is_some() {
            return Err(broken("INV-13", position, format!("settlement {id} is undone twice")));
        }
        row.undone = Some((date, position));
        self.undo.push(Undo::LinkUndone(number));
        Ok(())
    }
}

/// Keeps the index of cash that settles nothing yet in step with an item.
pub(super) fn receipt(receipts: &mut Receipts, row: &ItemRow, there: bool) {
    if row.side != Side::Credit || !matches!(row.control.role, Role::Unapplied | Role::Unidentified) {
        return;
    }
    let key = (row.control.role, row.date);
    if there && row.open > 0 {
        receipts.entry(key).or_default().insert(row.item.clone());
    } else if let Some(day) = receipts.get_mut(&key) {
        day.remove(&row.item);
        if day.is_empty() {
            receipts.remove(&key);
        }
    }
}

/// The accounts that a settlement has a side on, each once.
pub(super) fn settled_accounts(row: &LinkRow) -> impl Iterator<Item = &AccountId> {
    let debit = row.debit.as_ref().map(|side| &side.account);
    let credit = row.credit.as_ref().map(|side| &side.account);
    debit.into_iter().chain(credit.filter(move |credit| debit != Some(credit)))
}
