//! Verification of the file: its log is replayed, then every row of every table is compared with
//! what the log comes to (INV-14).

use std::collections::BTreeMap;

use ar_core::account::Account;
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};

use super::rows;
use super::view::{SqliteView, entry};
use crate::failure::{Corruption, Failure};
use crate::verify::{Replay, Rows, Verdict};

/// What a verification found; a failure only when the storage does not answer.
pub(crate) fn verify(book: &BookId, view: &SqliteView) -> Result<Verdict, Failure> {
    match check(book, view) {
        Ok(head) => Ok(Verdict::Sound(head)),
        Err(Failure::Corrupt(corruption)) => Ok(Verdict::Broken(corruption)),
        Err(other) => Err(other),
    }
}

fn check(book: &BookId, view: &SqliteView) -> Result<crate::receipt::Head, Failure> {
    intact(view)?;
    let mut replay = Replay::new(book);
    let log = "SELECT position, bytes, leaf FROM log ORDER BY position";
    view.each(log, [], entry, |entry| Ok(replay.push(&entry)?))?;
    replay.finish()?;
    let head = replay.head();
    if view.log_head()? != head {
        let detail = "the stored head is not that of the log";
        return Err(Corruption::new("INV-60", Some(head.size), detail).into());
    }
    keys(view, &replay)?;
    accounts(view, &replay)?;
    documents(view, &replay)?;
    settlements(view, &replay)?;
    rest(view, &replay)?;
    Ok(head)
}

/// What SQLite itself can tell: pages, indexes and constraints.
fn intact(view: &SqliteView) -> Result<(), Failure> {
    let found: Vec<String> = view.get(|f| f.many("PRAGMA integrity_check(1)", [], |row| row.get(0)))?;
    match found.first() {
        Some(ok) if ok == "ok" => Ok(()),
        Some(problem) => Err(Corruption::new("INV-14", None, problem.clone()).into()),
        None => Ok(()),
    }
}

fn keys(view: &SqliteView, replay: &Replay) -> Result<(), Failure> {
    let mut rows = Rows::of("key");
    let sql = "SELECT position, command FROM log WHERE command IS NOT NULL ORDER BY position";
    view.each(
        sql,
        [],
        |row| {
            let mut c = rows::Cells::of(row);
            Ok((c.position()?, c.parse(CommandId::parse)?))
        },
        |(position, command)| {
            let replayed = replay.tables().log().key(&command);
            Ok(rows.same(&position, replayed.as_ref(), Some(position))?)
        },
    )?;
    Ok(rows.count(replay.tables().log().keys())?)
}

fn accounts(view: &SqliteView, replay: &Replay) -> Result<(), Failure> {
    let tables = replay.tables();
    let mut all = Rows::of("account");
    view.each(
        "SELECT changed, account FROM account WHERE account IS NOT NULL",
        [],
        |row| {
            let mut c = rows::Cells::of(row);
            Ok((c.position()?, c.json::<Account>()?))
        },
        |(changed, row)| {
            let entry = tables.accounts.get(&row.id);
            let then = entry.and_then(|entry| Some((*entry.changed.last()?, entry.row.as_deref()?)));
            Ok(all.same(&(changed, &row), then.as_ref(), Some(changed))?)
        },
    )?;
    all.count(tables.opened.len())?;
    let mut all = Rows::of("totals");
    let expected: BTreeMap<(Owner, Currency), TotalsRow> =
        replay.totals_rows().into_iter().map(|row| ((row.owner.clone(), row.currency), row)).collect();
    view.each(&format!("SELECT {}", rows::TOTALS), [], rows::totals, |row| {
        Ok(all.same(&row, expected.get(&(row.owner.clone(), row.currency)), None)?)
    })?;
    all.count(expected.len())?;
    let mut all = Rows::of("member");
    view.each(
        "SELECT p.code, a.code FROM member m JOIN account p ON p.id = m.parent JOIN account a ON a.id = m.account",
        [],
        |row| {
            let mut c = rows::Cells::of(row);
            Ok((c.parse(AccountId::parse)?, c.parse(AccountId::parse)?))
        },
        |(parent, account)| {
            let members = tables.accounts.get(&parent).map(|entry| &entry.members);
            Ok(all.same(&account, members.and_then(|members| members.get(&account)), None)?)
        },
    )?;
    all.count(tables.accounts.values().map(|entry| entry.members.len()).fold(0, usize::saturating_add))?;
    let mut all = Rows::of("touched");
    view.each(
        "SELECT a.code, t.position FROM touched t JOIN account a ON a.id = t.account",
        [],
        |row| {
            let mut c = rows::Cells::of(row);
            Ok((c.parse(AccountId::parse)?, c.position()?))
        },
        |(account, position)| {
            let touched = tables.accounts.get(&account).map(|entry| &entry.touched);
            let found = touched.filter(|all| all.binary_search(&position).is_ok()).map(|_| position);
            Ok(all.same(&position, found.as_ref(), Some(position))?)
        },
    )?;
    Ok(all.count(tables.accounts.values().map(|entry| entry.touched.len()).fold(0, usize::saturating_add))?)
}

fn documents(view: &SqliteView, replay: &Replay) -> Result<(), Failure> {
    let tables = replay.tables();
    let mut all = Rows::of("document");
    view.each(&format!("SELECT {}", rows::DOCUMENT), [], rows::document, |row| {
        let replayed = tables.document_entry(&row.document).map(|entry| &*entry.row);
        Ok(all.same(&row, replayed, Some(row.position))?)
    })?;
    all.count(tables.documents.len())?;
    let mut all = Rows::of("item");
    let mut quotes = 0_usize;
    view.each(&format!("SELECT {}", rows::ITEM), [], rows::item, |row| {
        quotes = quotes.saturating_add(quotes_of(&row).len());
        let replayed = tables.item_entry(&row.item).map(|entry| &*entry.row);
        Ok(all.same(&row, replayed, Some(row.position))?)
    })?;
    all.count(tables.items.len())?;
    discounts(view, replay, quotes)?;
    let mut all = Rows::of("note");
    view.each(&format!("SELECT {}", rows::NOTE), [], rows::note, |row| {
        let notes = tables.notes.get(&row.document).into_iter().flatten();
        let replayed = notes.into_iter().find(|note| note.position == row.position);
        Ok(all.same(&row, replayed, Some(row.position))?)
    })?;
    Ok(all.count(tables.notes.values().map(Vec::len).fold(0, usize::saturating_add))?)
}

/// What settles an item under its discounts, each once.
fn quotes_of(row: &ItemRow) -> Vec<(Date, i64)> {
    if row.side == ar_core::document::Side::Credit {
        return Vec::new();
    }
    let mut quotes = ar_core::allocation::quotes(row);
    quotes.sort_unstable();
    quotes.dedup();
    quotes
}

fn discounts(view: &SqliteView, replay: &Replay, expected: usize) -> Result<(), Failure> {
    let mut all = Rows::of("quote");
    view.each(
        "SELECT i.number, q.item, q.until, q.amount, a.code, q.currency
         FROM quote q JOIN item i ON i.id = q.item JOIN account a ON a.id = q.account",
        [],
        |row| {
            let mut c = rows::Cells::of(row);
            let (item, until, amount) = (c.item_reversed()?, c.date()?, c.get::<i64>()?);
            Ok((item, until, amount, c.parse(AccountId::parse)?, c.currency()?))
        },
        |(item, until, amount, account, currency)| {
            let replayed = replay.tables().item_entry(&item).map(|entry| &entry.row);
            let same = replayed.is_some_and(|row| {
                row.account == account
                    && row.currency == currency
                    && quotes_of(row).contains(&(until, amount))
            });
            let stored = (item, until, amount);
            Ok(all.same(&stored, same.then_some(&stored), None)?)
        },
    )?;
    Ok(all.count(expected)?)
}

fn settlements(view: &SqliteView, replay: &Replay) -> Result<(), Failure> {
    let tables = replay.tables();
    let mut all = Rows::of("link");
    view.each(&format!("SELECT {}", rows::LINK), [], rows::link, |row| {
        Ok(all.same(&row, tables.link_row(&row.link), Some(row.position))?)
    })?;
    all.count(tables.links.len())?;
    let mut all = Rows::of("journal");
    let mut n = 0_usize;
    let base = view.base();
    view.each(
        &format!("SELECT {} ORDER BY j.id", rows::LINE),
        [],
        |row| rows::line(row, base),
        |row| {
            let replayed = tables.journal().row(n);
            n = n.saturating_add(1);
            Ok(all.same(&row, replayed.as_ref(), Some(row.position))?)
        },
    )?;
    all.count(tables.journal().len())?;
    let mut all = Rows::of("agreement");
    view.each(&format!("SELECT {}", rows::AGREEMENT), [], rows::agreement, |row| {
        Ok(all.same(&row, tables.agreements.get(&row.id), None)?)
    })?;
    all.count(tables.agreements.len())?;
    let mut all = Rows::of("refund");
    view.each(
        "SELECT refund FROM refund",
        [],
        |row| rows::Cells::of(row).json::<RefundRow>(),
        |row| Ok(all.same(&row, tables.refunds.get(&row.refund), None)?),
    )?;
    all.count(tables.refunds.len())?;
    let mut all = Rows::of("withholding");
    view.each(
        "SELECT withholding FROM withholding",
        [],
        |row| rows::Cells::of(row).json::<WithholdingRow>(),
        |row| Ok(all.same(&row, tables.withholdings.get(&row.link), None)?),
    )?;
    all.count(tables.withholdings.len())?;
    let mut all = Rows::of("certificate");
    view.each(
        "SELECT certificate FROM certificate",
        [],
        |row| rows::Cells::of(row).json::<CertificateRow>(),
        |row| {
            let key = (row.account.clone(), row.certificate.clone());
            Ok(all.same(&row, tables.certificates.get(&key), None)?)
        },
    )?;
    all.count(tables.certificates.len())?;
    let mut all = Rows::of("proposal");
    view.each(
        "SELECT proposal FROM proposal",
        [],
        |row| rows::Cells::of(row).json::<ProposalRow>(),
        |row| Ok(all.same(&row, tables.proposals.get(&row.position), Some(row.position))?),
    )?;
    all.count(tables.proposals.len())?;
    let mut all = Rows::of("written_off");
    view.each(&format!("SELECT {}", rows::WRITTEN_OFF), [], rows::written_off, |row| {
        let key = (row.account, row.currency, row.month);
        Ok(all.same(&row.minor, tables.written_off.get(&key), None)?)
    })?;
    Ok(all.count(tables.written_off.len())?)
}

fn rest(view: &SqliteView, replay: &Replay) -> Result<(), Failure> {
    let tables = replay.tables();
    Rows::of("settings").same(&view.get(|f| f.settings())?.as_ref(), Some(&tables.config.as_ref()), None)?;
    let mut all = Rows::of("series");
    view.each(&format!("SELECT {}", rows::SERIES), [], rows::series, |row| {
        Ok(all.same(&row, tables.series.get(&(row.series.clone(), row.year)), None)?)
    })?;
    all.count(tables.series.len())?;
    let mut all = Rows::of("rate");
    view.each(&format!("SELECT {}", rows::RATE), [], rows::rate, |row| {
        Ok(all.same(&row, tables.rates.get(&(row.currency, row.date)), None)?)
    })?;
    all.count(tables.rates.len())?;
    let mut all = Rows::of("allowance");
    view.each(&format!("SELECT {}", rows::ALLOWANCE), [], rows::allowance, |row| {
        Ok(all.same(&row, tables.allowances.get(&row.currency), None)?)
    })?;
    all.count(tables.allowances.len())?;
    let mut all = Rows::of("allowance_move");
    view.each(&format!("SELECT {}", rows::ALLOWANCE_MOVE), [], rows::allowance_move, |row| {
        let key = (row.currency, row.date, row.position, row.kind);
        Ok(all.same(&row, tables.allowance_moves.get(&key), Some(row.position))?)
    })?;
    all.count(tables.allowance_moves.len())?;
    let mut all = Rows::of("order");
    view.each(&format!("SELECT {}", rows::ORDER), [], rows::order, |row| {
        Ok(all.same(&row, tables.orders.get(&row.order), None)?)
    })?;
    all.count(tables.orders.len())?;
    let mut all = Rows::of("credited");
    view.each(&format!("SELECT {}", rows::CREDITED), [], rows::credited, |row| {
        let bounds = tables.credited.get(&row.invoice);
        let replayed = bounds.and_then(|bounds| bounds.get(row.key.as_str()));
        Ok(all.same(&row.minor, replayed, None)?)
    })?;
    all.count(tables.credited.values().map(BTreeMap::len).fold(0, usize::saturating_add))?;
    let stored = view.get(|f| f.many(&format!("SELECT {}", rows::VAULT), [], rows::vault))?;
    Ok(replay.compare_vault(&stored)?)
}
