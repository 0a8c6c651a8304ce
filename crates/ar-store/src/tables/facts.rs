//! Facts from the tables: everything is at hand, nothing is ever missing.

use std::convert::Infallible;

use ar_core::account::Account;
use ar_core::agreement::AgreementId;
use ar_core::allocation::LIVE_LINKS_MAX;
use ar_core::book::BookConfig;
use ar_core::document::Side;
use ar_core::facts::{
    ALLOWANCE_LATER_MAX, Asked, Chargeable, Cover, EXACT_MAX, Exact, LATER_CREDITS_MAX, Later, MOVEMENTS_MAX,
    OpenItems, OpenReceipt, RECOVERIES_MAX, SETTLED_MAX, SmallItems, WrittenOff,
};
use ar_core::journal::Role;
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};
use ar_core::{Facts, Position, Record};

use super::account::{ExactKey, Lowering, OpenKey, QuoteKey};
use super::{AccountEntry, ItemEntry, Tables, covering, index};

impl Facts for Tables {
    fn book(&self) -> Asked<Option<&BookConfig>> {
        Ok(self.config.as_ref())
    }

    fn key(&self, id: &CommandId) -> Asked<Option<KeyRow>> {
        let Some(first) = self.log.key(id) else { return Ok(None) };
        let record = self.log.record(first).ok().flatten();
        Ok(record.map(|record| KeyRow { digest: record.digest, first, count: record.part.1 }))
    }

    fn account(&self, id: &AccountId) -> Asked<Option<&Account>> {
        Ok(self.accounts.get(id).and_then(|entry| entry.row.as_deref()))
    }

    fn totals(&self, owner: &Owner) -> Asked<Vec<TotalsRow>> {
        let (Owner::Account(id) | Owner::Group(id)) = owner;
        let figures = self.accounts.get(id).map(|entry| entry.figures(owner));
        Ok(figures.into_iter().flatten().map(|f| f.row(owner)).collect())
    }

    fn document(&self, id: &DocumentId) -> Asked<Option<&DocumentRow>> {
        Ok(self.document_entry(id).map(|entry| &*entry.row))
    }

    fn record(&self, position: Position) -> Asked<Option<Record>> {
        Ok(self.log.record(position).ok().flatten())
    }

    fn item(&self, id: &ItemId) -> Asked<Option<&ItemRow>> {
        Ok(self.item_entry(id).map(|entry| &*entry.row))
    }

    fn link(&self, id: &LinkId) -> Asked<Option<&LinkRow>> {
        Ok(self.link_row(id))
    }

    fn live_links(&self, item: &ItemId) -> Asked<Vec<LinkRow>> {
        let links = self.item_links(item).filter(|row| row.undone.is_none());
        Ok(links.take(LIVE_LINKS_MAX.saturating_add(1)).cloned().collect())
    }

    fn allowance(&self, currency: Currency, on: Date) -> Asked<Option<AllowanceRow>> {
        let row = self.allowances.get(&currency).copied().unwrap_or(AllowanceRow::empty(currency));
        let after = on.add_days(1).map_or_else(
            |_| Vec::new(),
            |day| {
                let from = (currency, day, 0, AllowanceKind::Run);
                let later = self.allowance_moves.range(from..).take_while(|(key, _)| key.0 == currency);
                later.map(|(_, by)| *by).take(ALLOWANCE_LATER_MAX.saturating_add(1)).collect()
            },
        );
        Ok(allowance_before(row, after.iter()))
    }

    fn small_items(&self, which: &SmallItems) -> Asked<Vec<ItemRow>> {
        let Some(account) = self.accounts.get(&which.account) else { return Ok(Vec::new()) };
        let small = account.exact.range(ExactKey::first(which.currency, 1)..);
        let small = small.take_while(|key| key.currency == which.currency && key.amount <= which.most);
        let rows = small.filter_map(|key| self.items.get(index(key.number))).map(|entry| &*entry.row);
        Ok(rows.filter(|row| which.takes(row)).take(which.limit).cloned().collect())
    }

    fn recoveries(&self, write_off: &LinkId) -> Asked<Vec<LinkRow>> {
        let numbers = self.recoveries.get(write_off).map(Vec::as_slice).unwrap_or_default();
        let rows = numbers.iter().filter_map(|number| self.links.get(index(*number)));
        Ok(rows.take(RECOVERIES_MAX.saturating_add(1)).map(|row| (**row).clone()).collect())
    }

    fn movements(&self, item: &ItemId, from: Date) -> Asked<Option<Vec<Movement>>> {
        Ok(movements(item, from, self.item_links(item)))
    }

    fn series(&self, id: &SeriesId, year: i32) -> Asked<Option<SeriesRow>> {
        Ok(self.series.get(&(id.clone(), year)).cloned())
    }

    fn open_items(&self, which: &OpenItems) -> Asked<Vec<ItemRow>> {
        let cover = match &which.cover {
            Cover::Amount(amount) => Some(*amount),
            Cover::RestOf(item) => Some(self.item_entry(item).map_or(0, |entry| entry.row.open)),
            Cover::All => None,
        };
        let Some(account) = self.accounts.get(&which.account) else { return Ok(Vec::new()) };
        let keys = account.open_of(which.currency, which.side, which.order.as_ref());
        let rows = keys
            .filter_map(|key| self.items.get(index(key.number)))
            .filter(|entry| entry.row.date <= which.dated_to)
            .map(|entry| Ok::<ItemRow, Infallible>((*entry.row).clone()));
        match covering(rows, cover, which.limit) {
            Ok(items) => Ok(items),
        }
    }

    fn exact(&self, which: &Exact) -> Asked<Vec<ItemRow>> {
        let Some(account) = self.accounts.get(&which.account) else { return Ok(Vec::new()) };
        let (currency, amount) = (which.currency, which.amount);
        if which.order.is_some() {
            // An order has few items; they are looked through.
            let keys = account.open_of(currency, Side::Debit, which.order.as_ref());
            let rows = keys.filter_map(|key| self.items.get(index(key.number))).map(|entry| &*entry.row);
            let found = rows.filter(|row| row.date <= which.dated_to && which.fits(row));
            return Ok(found.take(EXACT_MAX).cloned().collect());
        }
        let dated = |number: u32| {
            self.items.get(index(number)).map(|entry| &entry.row).filter(|row| row.date <= which.dated_to)
        };
        let whole = account.exact.range(ExactKey::first(currency, amount)..);
        let whole = whole.take_while(|key| key.currency == currency && key.amount == amount);
        let mut found: Vec<&ItemRow> =
            whole.filter_map(|key| dated(key.number)).map(|row| &**row).take(EXACT_MAX).collect();
        let until = |until, number| QuoteKey { currency, amount, until, number };
        let quotes = account.quotes.range(until(which.value_date, 0)..=until(Date::MAX, u32::MAX));
        found.extend(
            quotes.filter_map(|key| dated(key.number)).map(|row| &**row).filter(|row| which.fits(row)),
        );
        found.sort_by(|a, b| (a.due, a.document_date, &a.item).cmp(&(b.due, b.document_date, &b.item)));
        found.dedup_by(|a, b| a.item == b.item);
        Ok(found.into_iter().take(EXACT_MAX).cloned().collect())
    }

    fn any_open_item(&self, account: &AccountId) -> Asked<Option<ItemId>> {
        let key = self.accounts.get(account).and_then(|entry| entry.open.first());
        Ok(key.and_then(|key| self.items.get(index(key.number))).map(|entry| entry.row.item.clone()))
    }

    fn live_member(&self, parent: &AccountId) -> Asked<Option<AccountId>> {
        let live = |entry: &AccountEntry| entry.row.as_ref().is_some_and(|row| row.closed.is_none());
        Ok(self.children(parent).into_iter().find(|(_, entry)| live(entry)).map(|(id, _)| id.clone()))
    }

    fn credited(&self, invoice: &DocumentId) -> Asked<Vec<CreditedRow>> {
        let bounds = self.credited.get(invoice).into_iter().flatten();
        Ok(bounds
            .map(|(key, minor)| CreditedRow {
                invoice: invoice.clone(),
                key: key.as_str().into(),
                minor: *minor,
            })
            .collect())
    }

    fn rate(&self, currency: Currency, on: Date) -> Asked<Option<RateRow>> {
        let mut rates = self.rates.range((currency, Date::MIN)..=(currency, on));
        Ok(rates.next_back().map(|(_, row)| row.clone()))
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
        // A proposal is the first event of its command.
        let row = self.log.key(id).and_then(|at| self.proposals.get(&at));
        Ok(row.cloned())
    }

    fn written_off(&self, which: &WrittenOff) -> Asked<i64> {
        let key = |month| (which.account.clone(), which.currency, month);
        let months = self.written_off.range(key(which.from)..=key(which.to));
        Ok(months.fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor)))
    }

    fn agreement(&self, id: &AgreementId) -> Asked<Option<AgreementRow>> {
        Ok(self.agreements.get(id).cloned())
    }

    fn chargeable(&self, which: &Chargeable) -> Asked<Option<Vec<ChargeableItem>>> {
        let Some(account) = self.accounts.get(&which.account) else { return Ok(Some(Vec::new())) };
        let first = OpenKey::first(which.currency, Side::Debit);
        let due = |key: &&OpenKey| {
            key.currency == which.currency && key.side == Side::Debit && key.due < which.due_before
        };
        let entry = |key: &'_ OpenKey| {
            let entry = self.items.get(index(key.number)).filter(|entry| which.takes(&entry.row));
            entry.map(|entry| (key.clone(), entry))
        };
        let open = account.open.range(first.clone()..).take_while(due).filter_map(entry);
        let mut found: Vec<(OpenKey, &ItemEntry)> = open.take(which.limit).collect();
        for charges in [false, true].into_iter().filter(|charges| which.charges || !charges) {
            let late = account.late.range((charges, first.clone())..).take_while(|(of, _)| *of == charges);
            let late = late.map(|(_, key)| key).take_while(due).filter_map(entry);
            found.extend(late.take(which.limit));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let mut settlements = 0_usize;
        let mut all = Vec::new();
        for (_, entry) in found.into_iter().take(which.limit) {
            settlements = settlements.saturating_add(entry.links.len());
            if settlements > SETTLED_MAX {
                return Ok(None);
            }
            let links = entry.links.iter().filter_map(|number| self.links.get(index(*number)));
            let settled = links.map(|link| self.settled(&entry.row.item, link)).collect();
            all.push(ChargeableItem { item: (*entry.row).clone(), settled });
        }
        Ok(Some(all))
    }

    fn later_credits(&self, owner: &Owner, after: Date) -> Asked<Option<Vec<Later>>> {
        let accounts: Vec<(&AccountId, &AccountEntry)> = match owner {
            Owner::Account(id) => self.accounts.get_key_value(id).into_iter().collect(),
            Owner::Group(group) => self.children(group),
        };
        let mut sums = LaterCredits::default();
        for (id, account) in accounts {
            for (day, all) in account.lowering.range(after..) {
                for what in all.iter().filter(|_| *day > after) {
                    for row in self.lowering(id, *what, after).into_iter().flatten() {
                        if !sums.add(row) {
                            return Ok(None);
                        }
                    }
                }
            }
        }
        Ok(Some(sums.into_vec()))
    }

    fn open_receipt(&self, which: &OpenReceipt) -> Asked<Option<ItemId>> {
        let first = |role: &Role| {
            let mut days = self.receipts.range((*role, which.from)..=(*role, which.to));
            days.next().and_then(|((_, date), items)| Some((*date, items.first()?)))
        };
        Ok(which.roles().iter().filter_map(first).min().map(|(_, item)| item.clone()))
    }
}

impl Tables {
    /// A settlement of a debt as an assessment sees it.
    fn settled(&self, item: &ItemId, link: &LinkRow) -> Settled {
        let credit = link.credit.as_ref().and_then(|side| self.item_entry(&side.item));
        let debit = link.debit.as_ref().filter(|side| side.item == *item);
        Settled {
            date: link.date,
            value_date: credit.map_or(link.date, |entry| entry.row.value_date),
            minor: debit.map_or(0, |side| side.amount),
            position: link.position,
            undone: link.undone,
        }
    }

    /// Settlements that touch an item, in the order of the log.
    pub(crate) fn item_links(&self, item: &ItemId) -> impl Iterator<Item = &LinkRow> {
        let numbers = self.item_entry(item).map(|entry| entry.links.as_slice()).unwrap_or_default();
        numbers.iter().filter_map(|number| self.links.get(index(*number))).map(|row| &**row)
    }

    /// Accounts whose parent a group is now.
    fn children(&self, group: &AccountId) -> Vec<(&AccountId, &AccountEntry)> {
        let members = self.accounts.get(group).into_iter().flat_map(|entry| &entry.members);
        let child = |(_, entry): &(&AccountId, &AccountEntry)| {
            entry.row.as_ref().is_some_and(|row| row.profile.parent.as_ref() == Some(group))
        };
        members.filter_map(|id| self.accounts.get_key_value(id)).filter(child).collect()
    }

    /// By how much something dated after a day lowers an account's exposure only then: what is open
    /// of a credit; what a live settlement took from a debit that counts for credit, less what it took from a credit that
    /// was there on that day.
    fn lowering(&self, account: &AccountId, what: Lowering, after: Date) -> [Option<Later>; 2] {
        match what {
            Lowering::Credit(number) => {
                let row = self.items.get(index(number)).map(|entry| &entry.row);
                [row.map(|row| Later { currency: row.currency, settled: 0, credits: row.open }), None]
            }
            Lowering::Settled(number) => {
                let live = self.links.get(index(number)).filter(|row| row.undone.is_none());
                let Some(row) = live else { return [None, None] };
                let mine = |side: &&LinkSide| side.account == *account;
                let there = |side: &&LinkSide| {
                    self.item_entry(&side.item).is_some_and(|entry| entry.row.date <= after)
                };
                let later = |settled, credits| Later { currency: row.currency, settled, credits };
                let counts =
                    |side: &LinkSide| self.item_entry(&side.item).is_none_or(|entry| !entry.row.uncounted());
                let debit = row.debit.as_ref().filter(mine);
                let debit = debit.map(|side| later(if counts(side) { side.amount } else { 0 }, 0));
                let credit = row.credit.as_ref().filter(|_| row.debit.is_some()).filter(mine).filter(there);
                [debit, credit.map(|side| later(0, side.amount.saturating_neg()))]
            }
        }
    }
}

/// Sums by currency over at most [`LATER_CREDITS_MAX`] rows.
#[derive(Default)]
pub(crate) struct LaterCredits {
    rows: usize,
    sums: std::collections::BTreeMap<Currency, Later>,
}

impl LaterCredits {
    /// Counts a row; `false` when there are too many.
    pub(crate) fn add(&mut self, row: Later) -> bool {
        self.rows = self.rows.saturating_add(1);
        let nothing = Later { currency: row.currency, settled: 0, credits: 0 };
        let sum = self.sums.entry(row.currency).or_insert(nothing);
        sum.settled = sum.settled.saturating_add(row.settled);
        sum.credits = sum.credits.saturating_add(row.credits);
        self.rows <= LATER_CREDITS_MAX
    }

    pub(crate) fn into_vec(self) -> Vec<Later> {
        self.sums.into_values().collect()
    }
}

/// What settlements and their undoing did to an item from a date on, in the order of the log;
/// `None` beyond [`MOVEMENTS_MAX`].
pub(crate) fn movements<'a>(
    item: &ItemId,
    from: Date,
    links: impl Iterator<Item = &'a LinkRow>,
) -> Option<Vec<Movement>> {
    let mut all: Vec<Movement> = Vec::new();
    for row in links {
        let sides = [&row.credit, &row.debit].into_iter().flatten().filter(|side| side.item == *item);
        let (mut minor, mut base, mut revalued) = (0_i64, 0_i64, 0_i64);
        for side in sides {
            minor = minor.saturating_add(side.amount);
            base = base.saturating_add(side.base.unwrap_or(0));
            revalued = revalued.saturating_add(side.revalued);
        }
        if row.date >= from {
            all.push(Movement {
                date: row.date,
                minor: minor.saturating_neg(),
                base: base.saturating_neg(),
                revalued: revalued.saturating_neg(),
            });
        }
        if let Some((date, _)) = row.undone
            && date >= from
        {
            all.push(Movement { date, minor, base, revalued });
        }
        if all.len() > MOVEMENTS_MAX {
            return None;
        }
    }
    Some(all)
}

/// A head figure without what moved it after a day; `None` when that is too much.
pub(crate) fn allowance_before<'a>(
    head: AllowanceRow,
    later: impl Iterator<Item = &'a AllowanceMove>,
) -> Option<AllowanceRow> {
    let (mut row, mut read) = (head, 0_usize);
    for by in later {
        read = read.saturating_add(1);
        row.minor = row.minor.saturating_sub(by.minor);
        row.base = row.base.saturating_sub(by.base);
    }
    (read <= ALLOWANCE_LATER_MAX).then_some(row)
}
