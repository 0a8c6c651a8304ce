//! `claims`, `dormant` and `small-balances`: what was given up, what has not moved, and small rests that
//! could be given up.

use std::collections::BTreeSet;

use serde::Serialize;

use ar_core::allocation::WriteOffSmall;
use ar_core::query::{self, AccountFilter, AsOf, ItemFilter, ItemOrder, PAGE_MAX, QueryError, Scope, View};
use ar_core::values::{AccountId, ActorId, Amount, Attributes, Currency, ItemId, Money, Text};
use ar_core::{Command, CommandId, Event, Rejection};
use ar_report::{Cell, Form, Table, claims_table, dormant_table};
use ar_store::Failure;

use super::aging::scope;
use crate::args::{Dormant, SmallBalances, TieOut};
use crate::book::{Book, Sender, as_of, ask};
use crate::output::{Output, counted};
use crate::stop::Stop;

pub(crate) fn claims(book: &Book, asked: &TieOut, out: &mut Output) -> Result<(), Stop> {
    let when = asked.when;
    let found = ask(book, move |view| query::claims(view, as_of(when, view)?, &Scope::All))?;
    let table = claims_table(&found);
    out.report(Form::from(asked.output.format), &found, &table, |out| {
        out.line(&out.bold(&format!("Claims given up by {}", found.as_of)))?;
        out.line("")?;
        out.text(&table.to_text())
    })
}

pub(crate) fn dormant(book: &Book, asked: Dormant, out: &mut Output) -> Result<(), Stop> {
    let mut attributes = Attributes::default();
    for (key, value) in &asked.attribute {
        attributes.set(key, Text::parse(value)?)?;
    }
    let filter = AccountFilter { scope: scope(asked.account), attributes, ..AccountFilter::default() };
    let (when, days) = (asked.when, asked.days);
    let found = ask(book, move |view| query::dormant(view, as_of(when, view)?, days, &filter))?;
    let table = dormant_table(&found);
    out.report(Form::from(asked.output.format), &found, &table, |out| {
        let title = format!("Credits that have not moved for {} days by {}", found.days, found.as_of);
        out.line(&out.bold(&title))?;
        out.line("")?;
        out.text(&table.to_text())
    })
}

/// A rest that was given up, or would be.
#[derive(Serialize)]
struct Rest {
    account: AccountId,
    item: ItemId,
    currency: Currency,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<Amount>,
}

/// Every account in turn, each as often as there is more; a preview looks at the first command of each.
pub(crate) fn small(
    book: &Book,
    actor: &ActorId,
    asked: &SmallBalances,
    out: &mut Output,
) -> Result<(), Stop> {
    let sender = Sender::new(book.book(), actor)?;
    let due_to = asked.on.add_days(-i32::from(asked.overdue)).map_err(|e| Rejection::value("overdue", &e));
    let due_to = due_to.map_err(Failure::from)?;
    let mut rests: Vec<Rest> = Vec::new();
    for account in accounts(book, asked)? {
        let mut more = true;
        while more {
            let command = WriteOffSmall {
                account: account.clone(),
                currency: Some(asked.most.currency()),
                most: asked.most.amount(),
                due_to: Some(due_to),
                date: asked.on,
                reason: asked.reason.clone(),
                items_max: None,
            };
            let head = pollster::block_on(book.head())?.size;
            // The log's length sets apart one run of an account from the next.
            let id = CommandId::parse(&format!("small:{account}:{}:{head}", asked.on));
            let id = id.map_err(|error| Failure::from(Rejection::value("id", &error)))?;
            let envelope = sender.envelope(id, Command::WriteOffSmall(command));
            let answered = if asked.write {
                book.execute_blocking(envelope).map(|receipt| (receipt.events, receipt.warnings))
            } else {
                pollster::block_on(book.preview(envelope)).map(|preview| (preview.events, preview.warnings))
            };
            let (events, warnings) = match answered {
                Ok(answer) => answer,
                Err(Failure::Refused(refused)) if refused.code() == "write_off.nothing_small" => break,
                Err(failure) => return Err(failure.into()),
            };
            rests.extend(events.into_iter().filter_map(rest));
            more = asked.write && warnings.iter().any(|warning| warning.code == "write_off.more");
        }
    }
    told(asked, &rests, out)
}

/// Accounts with small rests, as far as a query tells; the law looks at each again.
fn accounts(book: &Book, asked: &SmallBalances) -> Result<BTreeSet<AccountId>, Stop> {
    if let Some(account) = &asked.account {
        return Ok(BTreeSet::from([account.clone()]));
    }
    let (on, most) = (asked.on, asked.most);
    ask(book, move |view| {
        let as_of = AsOf { effective: on, known: view.head() };
        let (mut ids, mut after) = (BTreeSet::new(), None);
        loop {
            let filter = ItemFilter::default();
            let page = query::open_items(view, as_of, &filter, ItemOrder::Due, after.as_ref(), PAGE_MAX)?;
            let small = page.items.iter().filter(|item| {
                let open = item.open.minor();
                item.currency == most.currency() && open > 0 && open <= most.minor()
            });
            ids.extend(small.map(|item| item.account.clone()));
            after = page.next;
            if after.is_none() {
                return Ok::<_, QueryError<Failure>>(ids);
            }
        }
    })
}

fn rest(event: Event) -> Option<Rest> {
    let Event::ItemWrittenOff(e) = event else { return None };
    let taxes = e.taxes.as_ref().map(|taxes| taxes.moves.iter().map(|moved| moved.tax.minor()));
    let tax = taxes.map(|minors| minors.fold(0_i64, i64::saturating_add));
    Some(Rest {
        tax: tax.and_then(|minor| Money::new(minor, e.currency).ok()).map(Money::amount),
        account: e.closed.account,
        item: e.closed.item,
        currency: e.currency,
        amount: e.closed.amount,
    })
}

fn told(asked: &SmallBalances, rests: &[Rest], out: &mut Output) -> Result<(), Stop> {
    let mut table = Table::new(&[
        ("Account", "account"),
        ("Item", "item"),
        ("Currency", "currency"),
        ("Given up", "amount"),
        ("Tax in it", "tax"),
    ]);
    for rest in rests {
        table.row(vec![
            Cell::text(&rest.account),
            Cell::text(&rest.item),
            Cell::text(rest.currency),
            Cell::Amount(rest.amount),
            rest.tax.map_or(Cell::Empty, Cell::Amount),
        ]);
    }
    out.report(Form::from(asked.output.format), &rests, &table, |out| {
        out.text(&table.to_text())?;
        let count = counted(rests.len(), "small rest");
        out.line(&match asked.write {
            true => format!("{count} given up."),
            false => format!("{count} could be given up. Nothing was written."),
        })
    })
}
