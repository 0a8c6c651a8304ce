//! Rows of promises (INV-22).

use crate::agreement::{Agreed, AgreementId, PromiseMade, PromiseWithdrawn};
use crate::change::Change;
use crate::record::Position;
use crate::rows::AgreementRow;

pub(super) fn promise_made(position: Position, e: &PromiseMade, out: &mut Vec<Change>) {
    out.push(Change::Agreement(Box::new(AgreementRow {
        id: AgreementId::Promise(e.promise.clone()),
        account: e.account.clone(),
        currency: e.currency,
        date: e.date,
        position,
        agreed: Agreed::Pay { item: e.item.clone(), minor: e.amount.minor(), by: e.by },
        ended: None,
    })));
}

pub(super) fn promise_withdrawn(position: Position, e: &PromiseWithdrawn, out: &mut Vec<Change>) {
    let id = AgreementId::Promise(e.promise.clone());
    out.push(Change::AgreementEnded { id, date: e.date, position });
}
