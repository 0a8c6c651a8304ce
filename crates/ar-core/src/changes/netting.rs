//! Rows of nettings (INV-26).

use super::{one_sided, settlement::counted};
use crate::allocation::LinkKind;
use crate::change::Change;
use crate::netting::ItemsNetted;
use crate::record::Position;

pub(super) fn netted(position: Position, e: &ItemsNetted, out: &mut Vec<Change>) {
    for item in &e.items {
        if let Some(link) = &item.closed.link {
            one_sided(position, link, LinkKind::Netting, e.side, &item.closed, e.currency, e.date, out);
        }
        counted(item.closed.item.document(), item.taxes.as_deref(), 1, out);
    }
}
