//! `account`: accounts with what they owe, and one account with its history.

use serde::Serialize;

use ar_core::AccountId;
use ar_core::account::Account;
use ar_core::query::{
    self, AccountFilter, AccountSummary, AsOf, HistoryEntry, PAGE_MAX, QueryError, Scope, View,
};
use ar_report::{Cell, Form, accounts_table, history_table};
use ar_store::Failure;

use crate::args::{Output as Chosen, When};
use crate::book::{Book, Snapshot, as_of, ask, names};
use crate::output::{Output, counted};
use crate::stop::Stop;

/// Entries of history shown to people.
const HISTORY_SHOWN: usize = 20;

pub(crate) fn list(book: &Book, when: When, chosen: Chosen, out: &mut Output) -> Result<(), Stop> {
    let (accounts, names) = ask(book, move |view| {
        let as_of = as_of(when, view)?;
        let accounts = all(view, as_of, &AccountFilter::default())?;
        let ids = accounts.iter().map(|account| account.account.clone()).collect();
        let names = names(view, as_of.known, &ids)?;
        Ok::<_, QueryError<Failure>>((accounts, names))
    })?;
    let table = accounts_table(&accounts, &names);
    out.report(Form::from(chosen.format), &accounts, &table, |out| {
        out.text(&table.to_text())?;
        out.line(&counted(accounts.len(), "account"))
    })
}

/// Every page of accounts.
fn all(
    view: &Snapshot,
    as_of: AsOf,
    filter: &AccountFilter,
) -> Result<Vec<AccountSummary>, QueryError<Failure>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = query::accounts(view, as_of, filter, after.as_ref(), PAGE_MAX)?;
        all.extend(page.accounts);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// One account.
#[derive(Serialize)]
struct Shown {
    account: Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    balances: Vec<query::Balance>,
    history: Vec<HistoryEntry>,
}

pub(crate) fn show(
    book: &Book,
    id: AccountId,
    when: When,
    chosen: Chosen,
    out: &mut Output,
) -> Result<(), Stop> {
    let shown = ask(book, move |view| shown(view, &id, when))?;
    let table = history_table(&shown.history);
    out.report(Form::from(chosen.format), &shown, &table, |out| people(&shown, out))
}

fn shown(view: &Snapshot, id: &AccountId, when: When) -> Result<Shown, QueryError<Failure>> {
    let as_of = as_of(when, view)?;
    let ids = [id.clone()].into();
    let found = view.accounts_by_id(as_of.known, &ids).map_err(QueryError::Store)?;
    let account = found.into_iter().next().ok_or_else(|| QueryError::Account(id.clone()))?;
    let filter = AccountFilter::scope(Scope::account(id));
    let balances = all(view, as_of, &filter)?.into_iter().flat_map(|summary| summary.balances).collect();
    let name = names(view, as_of.known, &ids)?.remove(id);
    let (mut history, mut after) = (Vec::new(), Some(0));
    while let Some(position) = after {
        let page = query::history(view, as_of, id, position, PAGE_MAX)?;
        history.extend(page.entries);
        after = page.next;
    }
    Ok(Shown { account, name, balances, history })
}

fn people(shown: &Shown, out: &mut Output) -> Result<(), Stop> {
    let Shown { account, name, balances, history } = shown;
    let name = name.as_deref().unwrap_or("(no name on record)");
    out.line(&out.bold(&format!("{}  {name}", account.id)))?;
    out.line(&format!("opened {}, version {}", account.opened, account.version))?;
    if let Some(hold) = &account.hold {
        out.line(&format!("on hold since {}: {}", hold.since, hold.reason))?;
    }
    if let Some(closed) = account.closed {
        out.line(&format!("closed on {closed}"))?;
    }
    for (key, value) in account.profile.attributes.iter() {
        out.line(&format!("{key}: {value}"))?;
    }
    out.line("")?;
    for balance in balances {
        out.line(&format!(
            "{} owes {} on {}, {} of it overdue; {} unapplied; balance {}",
            balance.currency,
            Cell::Amount(balance.debit).shown(),
            counted(balance.open_items, "item"),
            Cell::Amount(balance.overdue).shown(),
            Cell::Amount(balance.unapplied).shown(),
            Cell::Amount(balance.balance).shown()
        ))?;
    }
    if balances.is_empty() {
        out.line("Nothing is open.")?;
    }
    out.line("")?;
    let older = history.len().saturating_sub(HISTORY_SHOWN);
    if older > 0 {
        out.line(&format!("the last {HISTORY_SHOWN} of {} events", history.len()))?;
    }
    out.text(&history_table(history.get(older..).unwrap_or_default()).to_text())
}
