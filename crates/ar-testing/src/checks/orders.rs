//! INV-36 for credits that are kept for an order.

use std::collections::BTreeMap;

use ar_core::Event;
use ar_core::document::NewItem;
use ar_core::values::*;

use super::{Checked, Evidence, broken};

/// INV-36: what a rule settles with a credit that is kept for an order bills that order. Both sides are read
/// from the events alone; what a person names is not looked at.
///
/// # Errors
/// INV-36.
pub fn rules_keep_credits_to_their_orders(evidence: Evidence<'_>) -> Checked {
    let mut orders: BTreeMap<ItemId, &OrderId> = BTreeMap::new();
    for (position, event) in evidence.events() {
        match event {
            Event::PaymentReceived(e) => {
                orders.extend(e.order.as_ref().map(|order| (ItemId::from(e.payment.clone()), order)));
            }
            Event::DocumentIssued(e) => orders.extend(billing(&e.document, &e.items)),
            Event::DebitMoved(e) => orders.extend(billing(&e.document, &e.items)),
            Event::CreditAllocated(e) if e.explanation.rule != "explicit" => {
                let Some(order) = orders.get(&e.credit) else { continue };
                let other = e.links.iter().find(|link| orders.get(&link.debit) != Some(order));
                if let Some(link) = other {
                    let detail = format!("{} is kept for {order} and went to {}", e.credit, link.debit);
                    return broken("INV-36", format!("record {position}: {detail}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn billing<'a>(
    document: &'a DocumentId,
    items: &'a [NewItem],
) -> impl Iterator<Item = (ItemId, &'a OrderId)> + 'a {
    let parts = (1..).zip(items);
    parts.filter_map(|(part, new)| Some((ItemId::new(document.clone(), part), new.order.as_ref()?)))
}
