//! Rows of finance charges: how far each debt is charged, and what was forgiven (INV-46).

use super::one_sided;
use crate::allocation::LinkKind;
use crate::change::Change;
use crate::charges::{ChargeMark, ChargeWaived, ChargesAssessed, MarkMoved};
use crate::document::Side;
use crate::record::Position;

/// Every debt looked at is charged up to the day, and nothing recorded so far is news to the next
/// assessment.
pub(super) fn assessed(position: Position, e: &ChargesAssessed, out: &mut Vec<Change>) {
    out.extend(e.lines.iter().map(|line| Change::ItemCharged {
        item: line.item.clone(),
        mark: Some(ChargeMark { known: position, ..line.after.clone() }),
        late: false,
    }));
}

pub(super) fn waived(position: Position, e: &ChargeWaived, out: &mut Vec<Change>) {
    one_sided(position, &e.link, LinkKind::Waiver, Side::Debit, &e.closed, e.currency, e.date, out);
    out.extend(e.shares.iter().map(|share| Change::ItemCharged {
        item: share.item.clone(),
        mark: Some(share.after.clone()),
        late: true,
    }));
}

/// Marks that a void or an undo puts back: the debts are looked at again, whatever is open on them.
pub(super) fn marks(moved: &[MarkMoved], out: &mut Vec<Change>) {
    out.extend(moved.iter().map(|moved| Change::ItemCharged {
        item: moved.item.clone(),
        mark: moved.mark.clone(),
        late: true,
    }));
}
