//! Broken guards of approval: what a decision about a proposal reads through them.

use ar_core::allocation::LinkKind;
use ar_core::approval::ProposalState;
use ar_core::values::Date;
use ar_core::{Envelope, Event};

use super::Fault;
use crate::rows::Rows;

/// The rows as they are seen through a broken guard.
pub(super) fn seen(fault: Fault, rows: &mut Rows, envelope: &Envelope) {
    match fault {
        Fault::GivenUpNotRead => rows.links.retain(|_, row| row.kind != LinkKind::WriteOff),
        Fault::LimitsNotRead => {
            if let Some(book) = &mut rows.book {
                book.policies.approvals.clear();
            }
        }
        Fault::MakersNotCompared => {
            rows.proposals.values_mut().for_each(|row| row.maker = crate::world::id("nobody"));
        }
        Fault::DecisionsNotRead => {
            for row in rows.proposals.values_mut() {
                (row.state, row.decided, row.by) = (ProposalState::Open, None, None);
            }
        }
        Fault::DigestsNotCompared | Fault::ExpiryNotRead => {
            for record in &mut rows.records {
                let Event::Proposed(made) = &mut record.event else { continue };
                match &envelope.command {
                    ar_core::Command::Approve(c) if fault == Fault::DigestsNotCompared => {
                        made.digest = c.digest.clone();
                    }
                    _ if fault == Fault::ExpiryNotRead => made.content.expires = Date::MAX,
                    _ => {}
                }
            }
        }
        _ => {}
    }
}
