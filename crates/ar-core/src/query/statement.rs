//! Statements of an account: what is open, or what moved in a period (INV-43).
//!
//! Invariant: both forms close on the same number for the same day and position. A statement names
//! the position and the head of the log that it was made from.

use serde::Serialize;

use super::aging::{AgingBy, AgingTotals, aging_of};
use super::class::{Class, classes};
use super::fold::{add, amount, currency, open_on, original};
use super::open_items::{Settlement, Status, status};
use super::{AsOf, Columns, Day, QueryError, Scope, View};
use crate::document::{DocumentKind, Side};
use crate::record::Position;
use crate::values::*;

/// What every statement says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementSource {
    /// The account.
    pub account: AccountId,
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// The head of the log at that position, as the store gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
}

/// A statement of open items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenItemStatement {
    /// What it was made from.
    pub source: StatementSource,
    /// In the order of currency codes.
    pub currencies: Vec<OpenItemCurrency>,
}

/// What is open in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenItemCurrency {
    /// The currency.
    pub currency: Currency,
    /// Open items by due date, document date and id, with the balance after each.
    pub items: Vec<StatementItem>,
    /// What is open in sum.
    pub closing: Amount,
    /// How it ages.
    pub aging: AgingTotals,
}

/// An open item on a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementItem {
    /// The item.
    pub item: ItemId,
    /// Its document's kind.
    pub kind: DocumentKind,
    /// Document date.
    pub document_date: Date,
    /// Due date.
    pub due: Date,
    /// Original amount; credits negative.
    pub original: Amount,
    /// What is open of it; credits negative.
    pub open: Amount,
    /// How far it is settled.
    pub status: Settlement,
    /// Whether it is a debit beyond its due date.
    pub overdue: bool,
    /// The sum of what is open up to here.
    pub balance: Amount,
}

/// A statement of movements in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BalanceForwardStatement {
    /// What it was made from; its day is the last of the period.
    pub source: StatementSource,
    /// First day of the period.
    pub from: Date,
    /// In the order of currency codes.
    pub currencies: Vec<BalanceForwardCurrency>,
}

/// What moved in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BalanceForwardCurrency {
    /// The currency.
    pub currency: Currency,
    /// The balance before the first day.
    pub opening: Amount,
    /// Movements by accounting date and position, with the balance after each. Credit applied to
    /// debit of the account itself moves nothing and is left out.
    pub movements: Vec<StatementMovement>,
    /// The balance at the end of the last day.
    pub closing: Amount,
    /// How it ages.
    pub aging: AgingTotals,
}

/// A movement on a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementMovement {
    /// Accounting date.
    pub date: Date,
    /// Where its event stands in the log.
    pub position: Position,
    /// The item it moved.
    pub item: ItemId,
    /// What it was.
    pub class: Class,
    /// Signed amount.
    pub amount: Amount,
    /// The balance after it.
    pub balance: Amount,
}

/// The open-item statement of an account. `head` is the head of the log at the known position, for
/// the holder to keep.
///
/// # Errors
/// The store's, [`QueryError::Account`], [`QueryError::OutOfRange`].
pub fn open_item_statement<V: View>(
    view: &V,
    as_of: AsOf,
    account: &AccountId,
    head: Option<String>,
) -> Result<OpenItemStatement, QueryError<V::Error>> {
    let (scope, as_of) = asked(view, as_of, account)?;
    let columns = view.columns(&scope).map_err(QueryError::Store)?;
    let source =
        StatementSource { account: account.clone(), as_of: as_of.effective, known: as_of.known, head };
    let open = open_on(&columns, as_of);
    let mut currencies = Vec::new();
    for aging in ages(&columns, as_of, scope)? {
        let (currency, mut balance) = (aging.currency, 0_i128);
        let mut items = Vec::new();
        for item in in_order(&columns, &open, account, currency) {
            let minor = open.get(item).copied().unwrap_or(0);
            add(&mut balance, minor);
            let balance = amount(balance, currency, "a statement")?;
            items.extend(statement_item(&columns, item, minor, balance, as_of));
        }
        let closing = amount(balance, currency, "a statement")?;
        currencies.push(OpenItemCurrency { currency, items, closing, aging });
    }
    Ok(OpenItemStatement { source, currencies })
}

/// The balance-forward statement of an account for the days from `from` to `as_of.effective`.
///
/// # Errors
/// The store's, [`QueryError::Period`], [`QueryError::Account`], [`QueryError::OutOfRange`].
pub fn balance_forward_statement<V: View>(
    view: &V,
    from: Date,
    as_of: AsOf,
    account: &AccountId,
    head: Option<String>,
) -> Result<BalanceForwardStatement, QueryError<V::Error>> {
    if from > as_of.effective {
        return Err(QueryError::Period { from, to: as_of.effective });
    }
    let (scope, as_of) = asked(view, as_of, account)?;
    let columns = view.columns(&scope).map_err(QueryError::Store)?;
    let source =
        StatementSource { account: account.clone(), as_of: as_of.effective, known: as_of.known, head };
    let mut currencies = Vec::new();
    for aging in ages(&columns, as_of, scope)? {
        currencies.push(forward(&columns, from, as_of, account, aging)?);
    }
    Ok(BalanceForwardStatement { source, from, currencies })
}

fn asked<V: View>(view: &V, as_of: AsOf, account: &AccountId) -> Result<(Scope, AsOf), QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let scope = Scope::account(account);
    let suspense = account.as_str() == crate::payment::SUSPENSE;
    if let Scope::Accounts(ids) = &scope
        && !suspense
        && view.accounts_by_id(as_of.known, ids).map_err(QueryError::Store)?.is_empty()
    {
        return Err(QueryError::Account(account.clone()));
    }
    Ok((scope, as_of))
}

fn ages<E>(columns: &Columns, as_of: AsOf, scope: Scope) -> Result<Vec<AgingTotals>, QueryError<E>> {
    let by = AgingBy { scope, ..AgingBy::default() };
    Ok(aging_of(columns, as_of, &by)?.currencies)
}

/// Items of an account with something open in a currency, in statement order.
fn in_order(columns: &Columns, open: &[i64], of: &AccountId, in_currency: Currency) -> Vec<usize> {
    let all = columns.items();
    let Some(number) = columns.account(of) else { return Vec::new() };
    let mut items: Vec<usize> = (0..open.len())
        .filter(|item| open.get(*item).is_some_and(|open| *open != 0))
        .filter(|item| {
            all.account.get(*item) == Some(&number) && currency(columns, *item) == Some(in_currency)
        })
        .collect();
    items.sort_by_key(|item| (all.due.get(*item), all.document_date.get(*item), columns.ids().get(*item)));
    items
}

fn statement_item(
    columns: &Columns,
    item: usize,
    open: i64,
    balance: Amount,
    as_of: AsOf,
) -> Option<StatementItem> {
    let items = columns.items();
    let (due, side) = (items.due.get(item)?.date(), *items.side.get(item)?);
    let original = original(columns, item)?;
    let exponent = currency(columns, item)?.exponent();
    let Status { settlement, overdue } = status(open, original, due, as_of.effective);
    let signed = if side == Side::Credit { original.saturating_neg() } else { original };
    Some(StatementItem {
        item: columns.ids().get(item)?.clone(),
        kind: *items.kind.get(item)?,
        document_date: items.document_date.get(item)?.date(),
        due,
        original: Amount::from_minor(signed, exponent),
        open: Amount::from_minor(open, exponent),
        status: settlement,
        overdue: overdue && side == Side::Debit,
        balance,
    })
}

fn forward<E>(
    columns: &Columns,
    from: Date,
    as_of: AsOf,
    of: &AccountId,
    aging: AgingTotals,
) -> Result<BalanceForwardCurrency, QueryError<E>> {
    let (from, to, in_currency) = (Day::from(from), Day::from(as_of.effective), aging.currency);
    let (all, number) = (columns.movements(), columns.account(of));
    let mut opening = 0_i128;
    let mut rows: Vec<(Day, Position, &ItemId, Class, i64)> = Vec::new();
    for at in 0..all.known(as_of.known) {
        let (Some(item), Some(date)) = (all.item.get(at), all.date.get(at)) else { continue };
        let Ok(item) = usize::try_from(*item) else { continue };
        let here = *date <= to && columns.items().account.get(item) == number.as_ref();
        if !here || currency(columns, item) != Some(in_currency) {
            continue;
        }
        if *date < from {
            add(&mut opening, all.minor.get(at).copied().unwrap_or(0));
            continue;
        }
        let (Some(position), Some(id)) = (all.position.get(at), columns.ids().get(item)) else { continue };
        let parts = classes(columns, at).into_iter().flatten();
        let shown = parts.filter(|(class, minor)| *class != Class::Applied && *minor != 0);
        rows.extend(shown.map(|(class, minor)| (*date, *position, id, class, minor)));
    }
    rows.sort();
    let mut balance = opening;
    let mut movements = Vec::with_capacity(rows.len());
    for (date, position, item, class, minor) in rows {
        add(&mut balance, minor);
        movements.push(StatementMovement {
            date: date.date(),
            position,
            item: item.clone(),
            class,
            amount: amount(i128::from(minor), in_currency, "a statement")?,
            balance: amount(balance, in_currency, "a statement")?,
        });
    }
    Ok(BalanceForwardCurrency {
        currency: in_currency,
        opening: amount(opening, in_currency, "a statement")?,
        movements,
        closing: amount(balance, in_currency, "a statement")?,
        aging,
    })
}
