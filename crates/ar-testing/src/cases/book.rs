//! One book as the runner sees it, whatever store is under it: commands in, rows and query results
//! out. Every question is answered from one snapshot.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ar_core::query::*;
use ar_core::rows::{DocumentRow, ItemRow, LinkRow};
use ar_core::{AccountId, Date, DocumentId, Envelope, Event, ItemId};
use ar_store::{Failure, Ledger, Receipt, Store};
use pollster::block_on;

use super::fields::{Halt, Read};

/// A book on some store.
pub trait Book {
    /// Executes commands, all or none.
    ///
    /// # Errors
    /// Why the first one that was refused was.
    fn run(&self, commands: Vec<Envelope>) -> Result<Vec<Receipt>, Failure>;

    /// What a command would come to.
    ///
    /// # Errors
    /// Its refusal.
    fn preview(&self, command: Envelope) -> Result<Vec<Event>, Failure>;

    /// Items with something open on a day, by due date.
    ///
    /// # Errors
    /// The store's.
    fn open_items(&self, on: Date, filter: &ItemFilter) -> Read<Vec<OpenItem>>;

    /// The row of a document.
    ///
    /// # Errors
    /// The store's.
    fn document(&self, id: &DocumentId) -> Read<Option<DocumentRow>>;

    /// The items of a document in order.
    ///
    /// # Errors
    /// The store's.
    fn items(&self, id: &DocumentId) -> Read<Vec<ItemRow>>;

    /// Settlements that touch an item.
    ///
    /// # Errors
    /// The store's.
    fn links(&self, item: &ItemId) -> Read<Vec<LinkRow>>;

    /// Aging by account.
    ///
    /// # Errors
    /// The store's.
    fn aging(&self, on: Date, by: &AgingBy) -> Read<Aging>;

    /// Exposure of an account.
    ///
    /// # Errors
    /// The store's.
    fn exposure(&self, on: Date, account: &AccountId) -> Read<Exposure>;

    /// The account's version, which a change of it names.
    ///
    /// # Errors
    /// The store's.
    fn version(&self, account: &AccountId) -> Read<u32>;

    /// The statement of open items.
    ///
    /// # Errors
    /// The store's.
    fn open_statement(&self, on: Date, account: &AccountId) -> Read<OpenItemStatement>;

    /// The statement of movements.
    ///
    /// # Errors
    /// The store's.
    fn forward_statement(&self, from: Date, to: Date, account: &AccountId) -> Read<BalanceForwardStatement>;

    /// How an accounting period stands, where it is defined.
    ///
    /// # Errors
    /// The store's.
    fn period_state(&self, period: &str) -> Read<Option<&'static str>>;
    /// How a promise stands on a day.
    ///
    /// # Errors
    /// The store's.
    fn promise(&self, on: Date, promise: &str) -> Read<Option<PromiseState>>;

    /// Every event so far, in the order of the log.
    ///
    /// # Errors
    /// The store's.
    fn events(&self) -> Read<Vec<Event>>;

    /// Whether the log and the rows agree.
    ///
    /// # Errors
    /// The first difference.
    fn verify(&self) -> Read<()>;
}

fn broken(problem: impl std::fmt::Debug) -> Halt {
    Halt::Broken(format!("{problem:?}"))
}

/// Asks one snapshot.
fn ask<S: Store, T: Send + 'static>(
    ledger: &Ledger<S>,
    question: impl FnOnce(&S::View) -> Result<T, String> + Send + 'static,
) -> Read<T> {
    block_on(ledger.read(question)).map_err(broken)?.map_err(Halt::Broken)
}

fn words(problem: impl std::fmt::Debug) -> String {
    format!("{problem:?}")
}

impl<S: Store> Book for Ledger<S>
where
    S::View: View,
    <S::View as View>::Error: std::fmt::Debug,
{
    fn run(&self, commands: Vec<Envelope>) -> Result<Vec<Receipt>, Failure> {
        block_on(self.execute_all(commands)).map_err(|batch| batch.failure)
    }

    fn preview(&self, command: Envelope) -> Result<Vec<Event>, Failure> {
        block_on(Self::preview(self, command)).map(|preview| preview.events)
    }

    fn open_items(&self, on: Date, filter: &ItemFilter) -> Read<Vec<OpenItem>> {
        let filter = filter.clone();
        let page = ask(self, move |view| {
            open_items(view, AsOf::head(view, on), &filter, ItemOrder::Due, None, PAGE_MAX).map_err(words)
        })?;
        match page.next {
            None => Ok(page.items),
            Some(_) => Err(Halt::Broken("a case has more open items than one page".to_owned())),
        }
    }

    fn document(&self, id: &DocumentId) -> Read<Option<DocumentRow>> {
        let ids = BTreeSet::from([id.clone()]);
        ask(self, move |view| view.documents_by_id(&ids).map_err(words)).map(|mut rows| rows.pop())
    }

    fn items(&self, id: &DocumentId) -> Read<Vec<ItemRow>> {
        let Some(row) = self.document(id)? else { return Ok(Vec::new()) };
        let ids: BTreeSet<ItemId> = (1..=row.parts).map(|part| ItemId::new(id.clone(), part)).collect();
        ask(self, move |view| view.items_by_id(&ids).map_err(words))
    }

    fn links(&self, item: &ItemId) -> Read<Vec<LinkRow>> {
        let item = item.clone();
        ask(self, move |view| view.links(&item).map_err(words))
    }

    fn aging(&self, on: Date, by: &AgingBy) -> Read<Aging> {
        let by = by.clone();
        ask(self, move |view| aging_by_account(view, AsOf::head(view, on), &by).map_err(words))
    }

    fn exposure(&self, on: Date, account: &AccountId) -> Read<Exposure> {
        let account = account.clone();
        ask(self, move |view| exposure(view, AsOf::head(view, on), &account).map_err(words))
    }

    fn version(&self, account: &AccountId) -> Read<u32> {
        let ids = BTreeSet::from([account.clone()]);
        let rows = ask(self, move |view| view.accounts_by_id(view.head(), &ids).map_err(words))?;
        Ok(rows.first().map_or(0, |account| account.version))
    }

    fn open_statement(&self, on: Date, account: &AccountId) -> Read<OpenItemStatement> {
        let account = account.clone();
        ask(self, move |view| open_item_statement(view, AsOf::head(view, on), &account, None).map_err(words))
    }

    fn forward_statement(&self, from: Date, to: Date, account: &AccountId) -> Read<BalanceForwardStatement> {
        let account = account.clone();
        ask(self, move |view| {
            balance_forward_statement(view, from, AsOf::head(view, to), &account, None).map_err(words)
        })
    }

    fn promise(&self, on: Date, promise: &str) -> Read<Option<PromiseState>> {
        let found = ask(self, move |view| promises(view, AsOf::head(view, on), &Scope::All).map_err(words))?;
        Ok(found.into_iter().find(|row| row.promise.as_str() == promise).map(|row| row.state))
    }

    fn period_state(&self, period: &str) -> Read<Option<&'static str>> {
        let id = ar_core::PeriodId::parse(period).map_err(broken)?;
        let config =
            ask(self, |view| view.config().map_err(words).map(|config| config.map(Cow::into_owned)))?;
        Ok(config.and_then(|config| config.accounting.get(&id).map(|period| period.state())))
    }

    fn events(&self) -> Read<Vec<Event>> {
        let records = ask(self, |view| view.records(0, PAGE_MAX).map_err(words))?;
        Ok(records.into_iter().map(|(_, record)| record.event).collect())
    }

    fn verify(&self) -> Read<()> {
        let verdict = block_on(Self::verify(self)).map_err(broken)?;
        if verdict.is_ok() { Ok(()) } else { Err(broken(verdict)) }
    }
}
