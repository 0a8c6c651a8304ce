//! INV-28 for what is set off against another ledger, and INV-30 for what memos take back of a discount.

use std::collections::BTreeMap;

use ar_core::Event;
use ar_core::allocation::LinkKind;
use ar_core::journal::Role;
use ar_core::values::*;

use super::{Checked, Evidence, broken};

/// INV-28: the clearing account between the ledgers holds exactly what live nettings took from items.
///
/// # Errors
/// INV-28.
pub fn nettings_are_in_the_clearing(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let mut live: BTreeMap<Currency, i128> = BTreeMap::new();
    let netted = rows.links.values().filter(|link| link.kind == LinkKind::Netting && link.undone.is_none());
    for link in netted {
        let of =
            |side: &Option<ar_core::rows::LinkSide>| side.as_ref().map_or(0, |side| i128::from(side.amount));
        *live.entry(link.currency).or_default() += of(&link.debit) - of(&link.credit);
    }
    let mut booked: BTreeMap<Currency, i128> = BTreeMap::new();
    for line in rows.lines.iter().filter(|line| line.line.role == Role::Netting) {
        *booked.entry(line.currency).or_default() += i128::from(line.line.amount.minor());
    }
    live.retain(|_, sum| *sum != 0);
    booked.retain(|_, sum| *sum != 0);
    if live == booked {
        return Ok(());
    }
    broken("INV-28", format!("nettings come to {live:?}, the journal says {booked:?}"))
}

/// INV-30: memos take no more of a discount back than is granted on their invoice, and what is counted of
/// it is what live settlements of memos took.
///
/// # Errors
/// INV-30.
pub fn discounts_taken_back_were_granted(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let mut live: BTreeMap<&DocumentId, i64> = BTreeMap::new();
    for (position, event) in evidence.events() {
        let Event::DiscountTakenBack(e) = event else { continue };
        let link = e.from.link.as_ref().and_then(|link| rows.links.get(link));
        let Some(link) = link else {
            return broken("INV-30", format!("{position} takes a discount back without a settlement"));
        };
        if link.undone.is_none() {
            *live.entry(&e.counts.invoice).or_default() += e.from.amount.minor();
        }
    }
    for (invoice, back) in live {
        let items = rows.items.values().filter(|item| item.item.document() == invoice);
        let granted: i64 = items.map(|item| item.discount_taken).sum();
        let mine = rows.credited.values().filter(|row| row.invoice == *invoice);
        let counted: i64 =
            mine.filter(|row| row.key.starts_with("discount_back:")).map(|row| row.minor).sum();
        if back > granted || back != counted {
            return broken(
                "INV-30",
                format!("memos took {back} back of {granted} on {invoice}, counted is {counted}"),
            );
        }
    }
    Ok(())
}
