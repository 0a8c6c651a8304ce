//! Rows of settlements: allocations, their undo, and what is given up (INV-25, INV-26, INV-29).

use super::charges::marks;
use super::{By, Moved, one_sided, totals};
use crate::allocation::{
    AppliedLink, ClosedItem, CreditAllocated, ItemWrittenOff, LinkKind, LinkTaxes, SettlementUndone,
    TaxMoveKind, UndoneLink, WriteOffRecovered,
};
use crate::approval::Span;
use crate::change::{Change, ItemDelta};
use crate::document::{DiscountTakenBack, Side};
use crate::record::Position;
use crate::rows::*;
use crate::values::*;
use crate::withholding::{WithholdingMove, WithholdingRow};

pub(super) fn credit_allocated(position: Position, e: &CreditAllocated, out: &mut Vec<Change>) {
    let mut taken = 0_i64;
    let mut taken_base = 0_i64;
    let mut taken_revalued = 0_i64;
    for applied in &e.links {
        taken = taken.saturating_add(applied.amount.minor());
        taken_base = taken_base.saturating_add(applied.credit_base.map_or(0, Amount::minor));
        taken_revalued = taken_revalued.saturating_add(applied.credit_revalued.map_or(0, Amount::minor));
        applied_link(position, e, applied, out);
    }
    out.push(Change::ItemMoved(ItemDelta {
        open: taken.saturating_neg(),
        base: taken_base.saturating_neg(),
        revalued: taken_revalued.saturating_neg(),
        links: i32::try_from(e.links.len()).unwrap_or(i32::MAX),
        ..ItemDelta::of(e.credit.clone())
    }));
    let by = By::credit(taken.saturating_neg());
    totals(&e.account, e.group.as_ref(), e.currency, by, Some(e.date), out);
}

fn applied_link(position: Position, e: &CreditAllocated, applied: &AppliedLink, out: &mut Vec<Change>) {
    let settled = applied.settled_minor();
    let (account, group) = match &applied.account {
        Some(account) => (account, applied.group.as_ref()),
        None => (&e.account, e.group.as_ref()),
    };
    let minor = |part: Option<Amount>| part.map_or(0, Amount::minor);
    out.push(Change::Link(Box::new(LinkRow {
        link: applied.link.clone(),
        kind: LinkKind::Allocation,
        currency: e.currency,
        date: e.date,
        position,
        credit: Some(LinkSide {
            item: e.credit.clone(),
            account: e.account.clone(),
            amount: applied.amount.minor(),
            base: applied.credit_base.map(Amount::minor),
            revalued: minor(applied.credit_revalued),
        }),
        debit: Some(LinkSide {
            item: applied.debit.clone(),
            account: account.clone(),
            amount: settled,
            base: applied.debit_base.map(Amount::minor),
            revalued: minor(applied.debit_revalued),
        }),
        discount: minor(applied.discount),
        tolerance: minor(applied.tolerance),
        withholding: minor(applied.withholding),
        memo: e.memo,
        undone: None,
        bad_debt: None,
    })));
    withheld(position, e, applied, out);
    out.push(Change::ItemMoved(ItemDelta {
        open: settled.saturating_neg(),
        base: minor(applied.debit_base).saturating_neg(),
        revalued: minor(applied.debit_revalued).saturating_neg(),
        credited: if e.memo { applied.amount.minor() } else { 0 },
        discount: minor(applied.discount),
        links: 1,
        date: Some(e.date),
        ..ItemDelta::of(applied.debit.clone())
    }));
    let by = By::debit(settled.saturating_neg(), applied.uncounted);
    totals(account, group, e.currency, by, Some(e.date), out);
    counted(applied.debit.document(), applied.taxes.as_deref(), 1, out);
}

/// Tax withheld in a link waits for its certificate.
fn withheld(position: Position, e: &CreditAllocated, applied: &AppliedLink, out: &mut Vec<Change>) {
    let Some((amount, withheld)) = applied.withholding.zip(applied.withheld.as_deref()) else { return };
    out.push(Change::Withholding(Box::new(WithholdingRow {
        link: applied.link.clone(),
        account: e.account.clone(),
        item: applied.debit.clone(),
        currency: e.currency,
        amount: amount.minor(),
        withheld: withheld.clone(),
        date: e.date,
        position,
        certificates: Vec::new(),
        undone: None,
    })));
}

/// What a link counts against its document, and against the invoice of a debit memo.
pub(super) fn counted(document: &DocumentId, taxes: Option<&LinkTaxes>, sign: i64, out: &mut Vec<Change>) {
    let entries = taxes.map_or_else(Vec::new, |taxes| taxes.entries(sign));
    if !entries.is_empty() {
        out.push(Change::Credited { invoice: document.clone(), entries });
    }
    if let Some((taxes, invoice)) = taxes.and_then(|taxes| Some((taxes, taxes.invoice.as_ref()?))) {
        out.push(Change::Credited { invoice: invoice.clone(), entries: taxes.invoice_entries(sign) });
    }
}

pub(super) fn settlement_undone(position: Position, e: &SettlementUndone, out: &mut Vec<Change>) {
    let (currency, date, sign) = (e.currency, e.date, 1);
    for undone in &e.links {
        let UndoneLink {
            link,
            credit,
            debit,
            discount,
            withholding,
            memo,
            charges,
            taxes,
            claim,
            written_off,
            released,
        } = undone;
        marks(charges, out);
        out.push(Change::LinkUndone { link: link.clone(), date, position });
        if let Some(released) = released {
            let (invoice, entries) = (released.invoice.clone(), released.entries.clone());
            out.push(Change::Credited { invoice, entries });
        }
        if withholding.is_some() {
            let by = WithholdingMove::Undone(date, position);
            out.push(Change::WithholdingMoved { link: link.clone(), by });
        }
        if let Some(closed) = credit {
            Moved {
                side: Side::Credit,
                closed,
                currency,
                date,
                sign,
                credited: 0,
                discount: 0,
                linked: true,
            }
            .push(out);
        }
        if let (Some(given_up), Some(closed)) = (written_off, debit) {
            out.push(Change::WrittenOff(of_month(closed, currency, *given_up, -1)));
        }
        if let Some(closed) = debit {
            let credited = match (memo, credit) {
                (true, Some(credit)) => credit.amount.minor().saturating_neg(),
                _ => 0,
            };
            let discount = discount.map_or(0, Amount::minor).saturating_neg();
            Moved { side: Side::Debit, closed, currency, date, sign, credited, discount, linked: true }
                .push(out);
            counted(closed.item.document(), taxes.as_deref(), -1, out);
        } else if let Some(claim) = claim {
            counted(claim.document(), taxes.as_deref(), -1, out);
        }
    }
}

pub(super) fn discount_taken_back(position: Position, e: &DiscountTakenBack, out: &mut Vec<Change>) {
    if let Some(link) = &e.from.link {
        let kind = LinkKind::DiscountReversal;
        one_sided(position, link, kind, Side::Credit, &e.from, e.currency, e.date, out);
    }
    let (invoice, entries) = (e.counts.invoice.clone(), e.counts.entries.clone());
    out.push(Change::Credited { invoice, entries });
}

pub(super) fn item_written_off(position: Position, e: &ItemWrittenOff, out: &mut Vec<Change>) {
    let bad_debt = BadDebt {
        item: e.closed.item.clone(),
        reason: e.reason.clone(),
        write_off: None,
        taxes: taxes(e.taxes.as_deref()),
    };
    let of = (&e.link, LinkKind::WriteOff, e.side);
    given_up(position, of, (&e.closed, e.currency, e.date), bad_debt, out);
    counted(e.closed.item.document(), e.taxes.as_deref(), 1, out);
    if e.side == Side::Debit {
        out.push(Change::WrittenOff(of_month(&e.closed, e.currency, e.date, 1)));
    }
}

pub(super) fn write_off_recovered(position: Position, e: &WriteOffRecovered, out: &mut Vec<Change>) {
    let bad_debt = BadDebt {
        item: e.item.clone(),
        reason: e.reason.clone(),
        write_off: Some(e.write_off.clone()),
        taxes: taxes(e.taxes.as_deref()),
    };
    let of = (&e.link, LinkKind::Recovery, Side::Credit);
    given_up(position, of, (&e.closed, e.currency, e.date), bad_debt, out);
    counted(e.item.document(), e.taxes.as_deref(), 1, out);
}

fn given_up(
    position: Position,
    (link, kind, side): (&LinkId, LinkKind, Side),
    (closed, currency, date): (&ClosedItem, Currency, Date),
    bad_debt: BadDebt,
    out: &mut Vec<Change>,
) {
    let from = out.len();
    one_sided(position, link, kind, side, closed, currency, date, out);
    for change in out.iter_mut().skip(from) {
        if let Change::Link(row) = change {
            row.bad_debt = Some(Box::new(bad_debt.clone()));
        }
    }
}

/// The tax of a bad debt by code, as far as it is tax in what is given up or recovered.
fn taxes(taxes: Option<&LinkTaxes>) -> Vec<BadDebtTax> {
    let moves = taxes.into_iter().flat_map(|taxes| &taxes.moves);
    let mine = moves.filter(|moved| moved.kind != TaxMoveKind::FellDue);
    mine.map(|moved| BadDebtTax { code: moved.code.clone(), tax: moved.tax, base: moved.base }).collect()
}

/// What a write-off of a debt counts in its month. `sign` is -1 when it is undone.
fn of_month(closed: &ClosedItem, currency: Currency, date: Date, sign: i64) -> WrittenOffRow {
    let (month, _) = Span::Month.months(date);
    let minor = closed.amount.minor().saturating_mul(sign);
    WrittenOffRow { account: closed.account.clone(), currency, month, minor }
}
