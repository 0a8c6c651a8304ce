//! Rows of allowances: what runs charge and write-offs use (INV-47).

use crate::change::Change;
use crate::event::Event;
use crate::journal::Role;
use crate::record::Position;
use crate::rows::{AllowanceKind, AllowanceMove};
use crate::values::*;

/// What an event moves of an allowance: a run says it itself, of others the journal lines do.
pub(super) fn moved(position: Position, event: &Event, out: &mut Vec<Change>) {
    let kind = match event {
        Event::AllowanceProvided(e) => {
            let of = |kind, minor, base: Option<Amount>| AllowanceMove {
                position,
                kind,
                currency: e.currency,
                date: e.date,
                minor,
                base: base.map_or(0, Amount::minor),
            };
            out.push(Change::Allowance(of(AllowanceKind::Run, e.charge.minor(), e.charge_base)));
            if e.exchange.is_some() {
                out.push(Change::Allowance(of(AllowanceKind::Exchange, 0, e.exchange)));
            }
            return;
        }
        Event::ItemWrittenOff(_) => AllowanceKind::Used,
        Event::WriteOffRecovered(_) => AllowanceKind::Recovered,
        Event::SettlementUndone(e) if e.links.iter().any(|link| link.claim.is_some()) => {
            AllowanceKind::Recovered
        }
        Event::SettlementUndone(_) => AllowanceKind::Used,
        _ => return,
    };
    let Some((date, currency, lines)) = event.posting() else { return };
    let (mut minor, mut base, mut any) = (0_i64, 0_i64, false);
    for line in lines.iter().filter(|line| line.role == Role::Allowance) {
        any = true;
        minor = minor.saturating_sub(line.amount.minor());
        base = base.saturating_sub(line.base.map_or(0, Amount::minor));
    }
    if any {
        out.push(Change::Allowance(AllowanceMove { position, kind, currency, date, minor, base }));
    }
}
