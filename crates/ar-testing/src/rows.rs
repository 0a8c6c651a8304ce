//! Rows in plain maps: the fold of changes written a second time, and a [`Facts`] over it that
//! answers every question by looking at everything.
//!
//! It shares no code with any store. Stores are compared with it row by row (INV-14), and it is the
//! ground on which saboteurs are built.

use std::collections::BTreeMap;

use ar_core::account::Account;
use ar_core::agreement::AgreementId;
use ar_core::allocation::LIVE_LINKS_MAX;
use ar_core::book::{BookConfig, RecordRate};
use ar_core::change::{Change, ItemDelta, TotalsDelta};
use ar_core::document::Side;
use ar_core::facts::{
    Asked, Chargeable, Cover, EXACT_MAX, Exact, LATER_CREDITS_MAX, Later, MOVEMENTS_MAX, OpenItems,
    OpenReceipt, SETTLED_MAX, SmallItems, WrittenOff,
};
use ar_core::journal::Role;
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};
use ar_core::{Facts, Position, Record};

/// Everything a book holds, in maps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Settings.
    pub book: Option<BookConfig>,
    /// Keys.
    pub keys: BTreeMap<CommandId, KeyRow>,
    /// Accounts.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Figures of accounts and groups.
    pub totals: BTreeMap<(Owner, Currency), TotalsRow>,
    /// Documents.
    pub documents: BTreeMap<DocumentId, DocumentRow>,
    /// Items.
    pub items: BTreeMap<ItemId, ItemRow>,
    /// Settlements.
    pub links: BTreeMap<LinkId, LinkRow>,
    /// Counters.
    pub series: BTreeMap<(SeriesId, i32), SeriesRow>,
    /// What counts against bounds of invoices.
    pub credited: BTreeMap<(DocumentId, String), CreditedRow>,
    /// Rates.
    pub rates: BTreeMap<(Currency, Date), RateRow>,
    /// Orders.
    pub orders: BTreeMap<OrderId, OrderRow>,
    /// Refunds.
    pub refunds: BTreeMap<RefundId, RefundRow>,
    /// Withheld tax.
    pub withholdings: BTreeMap<LinkId, WithholdingRow>,
    /// Certificates.
    pub certificates: BTreeMap<(AccountId, CertificateId), CertificateRow>,
    /// Proposals.
    pub proposals: BTreeMap<CommandId, ProposalRow>,
    /// What is given up of debts, by account, currency and month.
    pub written_off: BTreeMap<(AccountId, Currency, Date), i64>,
    /// What customers agreed to.
    pub agreements: BTreeMap<AgreementId, AgreementRow>,
    /// Notes.
    pub notes: Vec<NoteRow>,
    /// What moved allowances.
    pub allowance: Vec<AllowanceMove>,
    /// Journal lines.
    pub lines: Vec<LineRow>,
    /// Records by position, from 1.
    pub records: Vec<Record>,
}

impl Rows {
    /// The rows that a log leaves behind.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        let mut rows = Self::default();
        for record in records {
            rows.append(record.clone());
        }
        rows
    }

    /// Adds one record with everything that follows from it.
    pub fn append(&mut self, record: Record) {
        let position = self.note(record);
        let mut out = Vec::new();
        ar_core::changes(position, &self.records[self.records.len() - 1].event, &mut out);
        for change in out {
            self.apply(change);
        }
    }

    /// Adds a record and its key, without the changes that follow from it.
    pub fn note(&mut self, record: Record) -> Position {
        let position = self.records.len() as Position + 1;
        if record.part.0 == 1 {
            let row = KeyRow { digest: record.digest, first: position, count: record.part.1 };
            self.keys.insert(record.command.clone(), row);
        }
        self.records.push(record);
        position
    }

    /// Makes one change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Book { base, settings } => {
                let mut config = BookConfig::standard(base);
                settings.iter().for_each(|setting| config.set(setting));
                self.book = Some(config);
            }
            Change::Setting { setting, version } => {
                if let Some(config) = &mut self.book {
                    config.set(&setting);
                    config.version = version;
                }
            }
            Change::Period(delta) => {
                if let Some(config) = &mut self.book {
                    config.set_period(&delta);
                }
            }
            Change::Rate(RecordRate { currency, date, rate, source }) => {
                self.rates.insert((currency, date), RateRow { currency, date, rate, source });
            }
            Change::Account(account) => {
                self.accounts.insert(account.id.clone(), *account);
            }
            Change::Totals(delta) => self.move_totals(delta),
            Change::Document(row) => {
                self.documents.insert(row.document.clone(), *row);
            }
            Change::DocumentEnded { document, date } => {
                self.documents.entry(document).and_modify(|row| row.ended = Some(date));
            }
            Change::DocumentDelivered { document, date } => {
                self.documents.entry(document).and_modify(|row| row.delivered = Some(date));
            }
            Change::DocumentParts { document, parts, account } => {
                self.documents.entry(document).and_modify(|row| {
                    row.parts = parts;
                    row.account = account.unwrap_or_else(|| row.account.clone());
                });
            }
            Change::Note(row) => self.notes.push(*row),
            Change::Item(row) => {
                self.items.insert(row.item.clone(), *row);
            }
            Change::ItemMoved(delta) => self.move_item(&delta),
            Change::ItemCharged { item, mark, late } => {
                self.items.entry(item).and_modify(|row| (row.charged, row.late) = (mark, late));
            }
            Change::Link(row) => {
                self.links.insert(row.link.clone(), *row);
            }
            Change::LinkUndone { link, date, position } => {
                self.links.entry(link).and_modify(|row| row.undone = Some((date, position)));
            }
            Change::Series(row) => {
                self.series.insert((row.series.clone(), row.year), row);
            }
            Change::Credited { invoice, entries } => {
                for entry in entries {
                    let row = CreditedRow { invoice: invoice.clone(), key: entry.key.clone(), minor: 0 };
                    let key = (invoice.clone(), entry.key.to_string());
                    self.credited.entry(key).or_insert(row).minor += entry.amount.minor();
                }
            }
            Change::Order(row) => {
                self.orders.insert(row.order.clone(), row);
            }
            Change::OrderBilled { order, open } => {
                self.orders.entry(order).and_modify(|row| row.open = open);
            }
            Change::Refund(row) => {
                self.refunds.insert(row.refund.clone(), *row);
            }
            Change::RefundState { refund, state } => {
                self.refunds.entry(refund).and_modify(|row| row.state = state);
            }
            Change::Proposal(row) => {
                self.proposals.insert(row.proposal.clone(), *row);
            }
            Change::WrittenOff(WrittenOffRow { account, currency, month, minor }) => {
                *self.written_off.entry((account, currency, month)).or_default() += minor;
            }
            Change::Allowance(by) => self.allowance.push(by),
            Change::Line(row) => self.lines.push(*row),
            Change::Agreement(row) => {
                self.agreements.insert(row.id.clone(), *row);
            }
            Change::AgreementEnded { id, date, position } => {
                self.agreements.entry(id).and_modify(|row| row.ended = Some((date, position)));
            }
            Change::Withholding(row) => {
                self.withholdings.insert(row.link.clone(), *row);
            }
            Change::WithholdingMoved { link, by } => {
                self.withholdings.entry(link).and_modify(|row| row.moved(by));
            }
            Change::Certificate(row) => {
                self.certificates.insert((row.account.clone(), row.certificate.clone()), *row);
            }
            other => unreachable!("a change that is not known here: {other:?}"),
        }
    }

    fn move_totals(&mut self, delta: TotalsDelta) {
        let empty = TotalsRow::empty(delta.owner.clone(), delta.currency);
        let row = self.totals.entry((delta.owner, delta.currency)).or_insert(empty);
        row.debit += delta.debit;
        row.uncounted += delta.uncounted;
        row.credit += delta.credit;
        row.orders += delta.orders;
        row.latest_credit = row.latest_credit.max(delta.credit_date);
    }

    fn move_item(&mut self, delta: &ItemDelta) {
        if let Some(row) = self.items.get_mut(&delta.item) {
            row.open += delta.open;
            row.base_open = row.base_open.map(|open| open + delta.base);
            row.credited += delta.credited;
            row.discount_taken += delta.discount;
            row.live_links = row.live_links.saturating_add_signed(delta.links);
            row.reinstated = row.reinstated.max(delta.reinstated);
            row.revalued += delta.revalued;
            row.revalued_on = row.revalued_on.max(delta.revalued_on);
            // Whoever paid late, or moved what was charged, is looked at again.
            let late = delta.date.is_some_and(|date| row.due < date);
            let after_charge = delta.date.is_some() && row.charged.is_some();
            row.late = row.late || row.side == Side::Debit && (late || after_charge);
        }
    }

    /// The settlements that take something from an item, with what they take.
    pub fn taken<'a>(&'a self, item: &'a ItemId) -> impl Iterator<Item = (&'a LinkRow, &'a LinkSide)> {
        self.links.values().flat_map(move |link| {
            let sides = [link.credit.as_ref(), link.debit.as_ref()];
            sides.into_iter().flatten().filter(move |side| side.item == *item).map(move |side| (link, side))
        })
    }

    /// What is open on an item at the end of a day: nothing before it exists.
    #[must_use]
    pub fn open_on(&self, item: &ItemRow, day: Date) -> (i64, i64) {
        if item.date > day {
            return (0, 0);
        }
        let live = |link: &LinkRow| link.date <= day && link.undone.is_none_or(|(date, _)| date > day);
        let taken = self.taken(&item.item).filter(|(link, _)| live(link));
        taken.fold((item.original, item.base_original.unwrap_or(0)), |(open, base), (_, side)| {
            (open - side.amount, base - side.base.unwrap_or(0) - side.revalued)
        })
    }

    /// Every accounting date in the book, in order.
    #[must_use]
    pub fn dates(&self) -> std::collections::BTreeSet<Date> {
        let mut dates: std::collections::BTreeSet<_> = self.items.values().map(|item| item.date).collect();
        dates.extend(self.lines.iter().map(|line| line.date));
        dates.extend(self.links.values().map(|link| link.date));
        dates.extend(self.links.values().filter_map(|link| link.undone).map(|(date, _)| date));
        dates
    }

    /// What write-offs of an account's debts dated in a span come to, undone ones left out: by looking at
    /// every settlement.
    #[must_use]
    pub fn given_up(&self, account: &AccountId, currency: Currency, from: Date, to: Date) -> i64 {
        let links = self.links.values().filter(|link| {
            link.kind == ar_core::allocation::LinkKind::WriteOff
                && link.undone.is_none()
                && link.currency == currency
                && (from..=to).contains(&link.date)
        });
        let debts = links.filter_map(|link| link.debit.as_ref());
        debts.filter(|side| side.account == *account).map(|side| side.amount).sum()
    }

    /// The figures of [`Rows::given_up`] by account, currency and month, where they are not zero.
    #[must_use]
    pub fn given_up_by_month(&self) -> BTreeMap<(AccountId, Currency, Date), i64> {
        let mut all = BTreeMap::new();
        for link in self.links.values() {
            if let (ar_core::allocation::LinkKind::WriteOff, Some(side)) = (link.kind, &link.debit) {
                let first = link.date.day_of_month(0, 1).unwrap_or(link.date);
                let minor = self.given_up(&side.account, link.currency, first, first.end_of_month());
                all.insert((side.account.clone(), link.currency, first), minor);
            }
        }
        all.retain(|_, minor| *minor != 0);
        all
    }

    fn belongs(&self, owner: &Owner, account: &AccountId) -> bool {
        match owner {
            Owner::Account(id) => id == account,
            Owner::Group(id) => {
                self.accounts.get(account).is_some_and(|a| a.profile.parent.as_ref() == Some(id))
            }
        }
    }
}

fn allocation_order(a: &ItemRow, b: &ItemRow) -> std::cmp::Ordering {
    (a.due, a.document_date, &a.item).cmp(&(b.due, b.document_date, &b.item))
}

/// Whether an amount is what is open, or what is left of it beside the best discount that is earned.
fn settles_exactly(item: &ItemRow, which: &Exact) -> bool {
    let quoted = ar_core::allocation::quotes(item);
    let in_time = |until: Date| item.document_date <= which.value_date && which.value_date <= until;
    let least = quoted.iter().filter(|(until, _)| in_time(*until)).map(|(_, cash)| *cash).min();
    item.open == which.amount || least == Some(which.amount)
}

impl Facts for Rows {
    fn book(&self) -> Asked<Option<&BookConfig>> {
        Ok(self.book.as_ref())
    }
    fn key(&self, id: &CommandId) -> Asked<Option<KeyRow>> {
        Ok(self.keys.get(id).copied())
    }
    fn account(&self, id: &AccountId) -> Asked<Option<&Account>> {
        Ok(self.accounts.get(id))
    }
    fn totals(&self, owner: &Owner) -> Asked<Vec<TotalsRow>> {
        Ok(self.totals.values().filter(|row| row.owner == *owner).cloned().collect())
    }
    fn document(&self, id: &DocumentId) -> Asked<Option<&DocumentRow>> {
        Ok(self.documents.get(id))
    }
    fn record(&self, position: Position) -> Asked<Option<Record>> {
        Ok(usize::try_from(position).ok().and_then(|p| self.records.get(p.checked_sub(1)?)).cloned())
    }
    fn item(&self, id: &ItemId) -> Asked<Option<&ItemRow>> {
        Ok(self.items.get(id))
    }
    fn link(&self, id: &LinkId) -> Asked<Option<&LinkRow>> {
        Ok(self.links.get(id))
    }
    fn live_links(&self, item: &ItemId) -> Asked<Vec<LinkRow>> {
        let mut all: Vec<_> =
            self.taken(item).map(|(link, _)| link).filter(|l| l.undone.is_none()).cloned().collect();
        all.sort_by(|a, b| (a.position, &a.link).cmp(&(b.position, &b.link)));
        all.truncate(LIVE_LINKS_MAX + 1);
        Ok(all)
    }
    fn allowance(&self, currency: Currency, on: Date) -> Asked<Option<AllowanceRow>> {
        let mine = || self.allowance.iter().filter(|by| by.currency == currency);
        let to = || mine().filter(|by| by.date <= on);
        let runs = mine().filter(|by| by.kind == AllowanceKind::Run).map(|by| by.date);
        Ok(Some(AllowanceRow {
            currency,
            minor: to().map(|by| by.minor).sum(),
            base: to().map(|by| by.base).sum(),
            ran: runs.max(),
        }))
    }
    fn small_items(&self, which: &SmallItems) -> Asked<Vec<ItemRow>> {
        let wanted = |item: &&ItemRow| {
            (&item.account, item.currency, item.side) == (&which.account, which.currency, Side::Debit)
                && item.open > 0
                && item.open <= which.most
                && item.due <= which.due_to
                && [Some(item.date), item.reinstated, item.revalued_on].into_iter().flatten().max()
                    <= Some(which.date)
        };
        let mut all: Vec<ItemRow> = self.items.values().filter(wanted).cloned().collect();
        all.sort_by(|a, b| a.open.cmp(&b.open).then_with(|| allocation_order(a, b)));
        all.truncate(which.limit);
        Ok(all)
    }
    fn recoveries(&self, write_off: &LinkId) -> Asked<Vec<LinkRow>> {
        let of =
            |row: &&LinkRow| row.bad_debt.as_ref().is_some_and(|b| b.write_off.as_ref() == Some(write_off));
        let mut all: Vec<_> = self.links.values().filter(of).cloned().collect();
        all.sort_by(|a, b| (a.position, &a.link).cmp(&(b.position, &b.link)));
        Ok(all)
    }
    fn movements(&self, item: &ItemId, from: Date) -> Asked<Option<Vec<Movement>>> {
        let mut all = Vec::new();
        for (link, side) in self.taken(item) {
            let (minor, base, revalued) = (side.amount, side.base.unwrap_or(0), side.revalued);
            all.push(Movement { date: link.date, minor: -minor, base: -base, revalued: -revalued });
            all.extend(link.undone.map(|(date, _)| Movement { date, minor, base, revalued }));
        }
        all.retain(|movement| movement.date >= from);
        all.sort_by_key(|movement| movement.date);
        Ok((all.len() <= MOVEMENTS_MAX).then_some(all))
    }
    fn series(&self, id: &SeriesId, year: i32) -> Asked<Option<SeriesRow>> {
        Ok(self.series.get(&(id.clone(), year)).cloned())
    }
    fn open_items(&self, which: &OpenItems) -> Asked<Vec<ItemRow>> {
        let all = self.items.values().filter(|item| {
            item.open > 0
                && item.account == which.account
                && item.currency == which.currency
                && item.side == which.side
                && item.date <= which.dated_to
                && (which.order.is_none() || item.order == which.order)
        });
        let mut found: Vec<ItemRow> = all.cloned().collect();
        found.sort_by(allocation_order);
        let enough = match &which.cover {
            Cover::All => i64::MAX,
            Cover::Amount(minor) => *minor,
            Cover::RestOf(item) => self.items.get(item).map_or(0, |row| row.open),
        };
        let mut covered = 0;
        let mut list = Vec::new();
        for item in found.into_iter().take(which.limit) {
            if covered >= enough {
                break;
            }
            covered += item.open;
            list.push(item);
        }
        Ok(list)
    }
    fn exact(&self, which: &Exact) -> Asked<Vec<ItemRow>> {
        let fits = |item: &&ItemRow| {
            item.open > 0
                && item.side == Side::Debit
                && item.account == which.account
                && item.currency == which.currency
                && item.date <= which.dated_to
                && (which.order.is_none() || item.order == which.order)
                && settles_exactly(item, which)
        };
        let mut all: Vec<_> = self.items.values().filter(fits).cloned().collect();
        all.sort_by(allocation_order);
        all.truncate(EXACT_MAX);
        Ok(all)
    }
    fn any_open_item(&self, account: &AccountId) -> Asked<Option<ItemId>> {
        let open = self.items.values().filter(|item| item.account == *account && item.open != 0);
        let first = |a: &&ItemRow, b: &&ItemRow| {
            (a.currency, a.side).cmp(&(b.currency, b.side)).then_with(|| allocation_order(a, b))
        };
        Ok(open.min_by(first).map(|item| item.item.clone()))
    }
    fn live_member(&self, parent: &AccountId) -> Asked<Option<AccountId>> {
        let named = |account: &&Account| account.profile.parent.as_ref() == Some(parent);
        Ok(self
            .accounts
            .values()
            .filter(named)
            .find(|account| account.closed.is_none())
            .map(|a| a.id.clone()))
    }
    fn credited(&self, invoice: &DocumentId) -> Asked<Vec<CreditedRow>> {
        Ok(self.credited.values().filter(|row| row.invoice == *invoice).cloned().collect())
    }
    fn rate(&self, currency: Currency, on: Date) -> Asked<Option<RateRow>> {
        Ok(self.rates.values().rfind(|row| row.currency == currency && row.date <= on).cloned())
    }
    fn order(&self, id: &OrderId) -> Asked<Option<OrderRow>> {
        Ok(self.orders.get(id).cloned())
    }
    fn refund(&self, id: &RefundId) -> Asked<Option<RefundRow>> {
        Ok(self.refunds.get(id).cloned())
    }
    fn withholding(&self, link: &LinkId) -> Asked<Option<WithholdingRow>> {
        Ok(self.withholdings.get(link).cloned())
    }
    fn certificate(&self, account: &AccountId, id: &CertificateId) -> Asked<Option<CertificateRow>> {
        Ok(self.certificates.get(&(account.clone(), id.clone())).cloned())
    }
    fn proposal(&self, id: &CommandId) -> Asked<Option<ProposalRow>> {
        Ok(self.proposals.get(id).cloned())
    }
    fn written_off(&self, which: &WrittenOff) -> Asked<i64> {
        Ok(self.given_up(&which.account, which.currency, which.from, which.to.end_of_month()))
    }
    fn agreement(&self, id: &AgreementId) -> Asked<Option<AgreementRow>> {
        Ok(self.agreements.get(id).cloned())
    }
    fn chargeable(&self, which: &Chargeable) -> Asked<Option<Vec<ChargeableItem>>> {
        let wanted = |item: &&ItemRow| {
            let up_to_date = item.charged.as_ref().is_some_and(|mark| mark.through >= which.through);
            let charge = item.kind == ar_core::document::DocumentKind::FinanceCharge;
            (&item.account, item.currency, item.side) == (&which.account, which.currency, Side::Debit)
                && item.due < which.due_before
                && item.date <= which.through
                && (which.charges || !charge)
                && (item.late || (item.open != 0 && !up_to_date))
        };
        let mut all: Vec<&ItemRow> = self.items.values().filter(wanted).collect();
        all.sort_by(|a, b| allocation_order(a, b));
        let debts = all.into_iter().take(which.limit).map(|item| {
            let mut settled: Vec<_> = self.taken(&item.item).collect();
            settled.sort_by_key(|(link, _)| link.position);
            let seen = |(link, side): (&LinkRow, &LinkSide)| Settled {
                date: link.date,
                value_date: link
                    .credit
                    .as_ref()
                    .and_then(|credit| self.items.get(&credit.item))
                    .map_or(link.date, |credit| credit.value_date),
                minor: side.amount,
                position: link.position,
                undone: link.undone,
            };
            ChargeableItem { item: item.clone(), settled: settled.into_iter().map(seen).collect() }
        });
        let debts: Vec<ChargeableItem> = debts.collect();
        let settlements: usize = debts.iter().map(|debt| debt.settled.len()).sum();
        Ok((settlements <= SETTLED_MAX).then_some(debts))
    }
    fn later_credits(&self, owner: &Owner, after: Date) -> Asked<Option<Vec<Later>>> {
        let mut sums: BTreeMap<Currency, (i64, i64)> = BTreeMap::new();
        let mut rows = 0;
        for item in self.items.values() {
            if item.side == Side::Credit && item.date > after && self.belongs(owner, &item.account) {
                sums.entry(item.currency).or_default().1 += item.open;
                rows += 1;
            }
        }
        for link in self.links.values().filter(|link| link.undone.is_none() && link.date > after) {
            let sum = sums.entry(link.currency).or_default();
            let mine = |side: &&LinkSide| self.belongs(owner, &side.account);
            let there = |side: &&LinkSide| self.items.get(&side.item).is_some_and(|item| item.date <= after);
            if let Some(side) = link.debit.as_ref().filter(mine) {
                let uncounted = self.items.get(&side.item).is_some_and(|item| !item.counts.credit);
                sum.0 += if uncounted { 0 } else { side.amount };
                rows += 1;
            }
            let allocated = link.kind == ar_core::allocation::LinkKind::Allocation;
            if let Some(side) = link.credit.as_ref().filter(mine).filter(there).filter(|_| allocated) {
                sum.1 -= side.amount;
                rows += 1;
            }
        }
        let later = |(currency, (settled, credits))| Later { currency, settled, credits };
        Ok((rows <= LATER_CREDITS_MAX).then(|| sums.into_iter().map(later).collect()))
    }
    fn open_receipt(&self, which: &OpenReceipt) -> Asked<Option<ItemId>> {
        let counts = |item: &&ItemRow| {
            let role = item.control.role;
            let waits = role == Role::Unidentified || (role == Role::Unapplied && !which.unidentified);
            let there = item.open > 0 && item.side == Side::Credit;
            waits && there && which.from <= item.date && item.date <= which.to
        };
        let first = self.items.values().filter(counts).min_by_key(|item| (item.date, &item.item));
        Ok(first.map(|item| item.item.clone()))
    }
}
