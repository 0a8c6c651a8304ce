//! Rows of certificates: which withheld amounts are proven, and which wait again (INV-14, INV-28).

use crate::change::Change;
use crate::record::Position;
use crate::withholding::{
    CertificateRecorded, CertificateRow, CertificateSpan, CertificateWithdrawn, WithholdingMove,
};

pub(super) fn recorded(position: Position, e: &CertificateRecorded, out: &mut Vec<Change>) {
    out.push(Change::Certificate(Box::new(CertificateRow {
        account: e.account.clone(),
        certificate: e.certificate.clone(),
        date: e.date,
        position,
        withdrawn: false,
    })));
    out.extend(e.withheld.iter().map(|proven| Change::WithholdingMoved {
        link: proven.link.clone(),
        by: WithholdingMove::Certified(CertificateSpan {
            certificate: e.certificate.clone(),
            issued: e.issued,
            date: e.date,
            position,
            withdrawn: None,
        }),
    }));
}

pub(super) fn withdrawn(position: Position, e: &CertificateWithdrawn, out: &mut Vec<Change>) {
    out.push(Change::Certificate(Box::new(CertificateRow {
        account: e.account.clone(),
        certificate: e.certificate.clone(),
        date: e.date,
        position,
        withdrawn: true,
    })));
    out.extend(e.links.iter().map(|link| Change::WithholdingMoved {
        link: link.clone(),
        by: WithholdingMove::Withdrawn(e.date, position),
    }));
}
