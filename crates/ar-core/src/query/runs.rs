//! What a run over a whole book works on, in the order in which it works.

use super::fold::{Mask, open_on};
use super::{AsOf, Day, QueryError, Scope, View};
use crate::document::Side;
use crate::journal::Role;
use crate::values::*;

/// Open credits that a run may apply on a day, oldest first: payments and memos whose customer is known.
/// What was put on account stays where the customer wanted it, unless it is kept for an order: then it
/// may settle what bills that order. Unidentified cash is nobody's yet.
/// A credit that is open on the day and was used later is left out.
///
/// # Errors
/// The store's.
pub fn applicable_credits<V: View>(
    view: &V,
    as_of: AsOf,
    scope: &Scope,
) -> Result<Vec<ItemId>, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let columns = view.columns(scope).map_err(QueryError::Store)?;
    let on_the_day = open_on(&columns, as_of);
    let at_last = open_on(&columns, AsOf { effective: Date::MAX, ..as_of });
    let (mask, items) = (Mask::of(&columns, scope), columns.items());
    let key = |item: usize| -> Option<(Day, Day, &ItemId)> {
        let control = columns.controls().get(usize::from(*items.control.get(item)?))?;
        let free = matches!(control.role, Role::Unapplied | Role::Receivable) || items.order(item).is_some();
        let mine = mask.has(*items.account.get(item)?);
        let wanted = *items.side.get(item)? == Side::Credit && free && mine;
        wanted.then_some((*items.date.get(item)?, *items.document_date.get(item)?, columns.ids().get(item)?))
    };
    let open = on_the_day.iter().zip(&at_last).enumerate();
    let open = open.filter(|(_, (day, last))| **day != 0 && **last != 0);
    let mut found: Vec<_> = open.filter_map(|(item, _)| key(item)).collect();
    found.sort_unstable();
    Ok(found.into_iter().map(|(.., id)| id.clone()).collect())
}
