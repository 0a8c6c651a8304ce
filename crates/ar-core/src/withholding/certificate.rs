//! Certificates: recorded once for an account, each withheld amount proven whole, taken back by name
//! (INV-13, INV-28).

use std::collections::BTreeSet;

use super::give_back::{Keeping, give_back};
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::period::Area;
use crate::rows::LinkRow;

/// A withheld amount with its settlement, both as they stand.
pub(super) fn withheld_in(context: &Context<'_>, id: &LinkId) -> Result<(LinkRow, WithholdingRow), Halt> {
    let link = context.facts.link(id)?.ok_or_else(|| Rejection::LinkUnknown { link: id.clone() })?;
    if link.withholding == 0 {
        return Err(Rejection::WithholdingNone { link: id.clone() }.into());
    }
    if link.undone.is_some() {
        return Err(Rejection::LinkUndone { link: id.clone() }.into());
    }
    let row = context.facts.withholding(id)?;
    let missing =
        || Halt::Corrupt { invariant: "INV-14", detail: format!("{id} has no row of its withholding") };
    Ok((link.clone(), row.ok_or_else(missing)?))
}

/// Refuses to touch what a certificate proves.
pub(crate) fn check_not_certified(context: &Context<'_>, link: &LinkRow) -> Result<(), Halt> {
    if link.withholding == 0 {
        return Ok(());
    }
    let row = context.facts.withholding(&link.link)?;
    pending(row.as_ref())
}

pub(super) fn pending(row: Option<&WithholdingRow>) -> Result<(), Halt> {
    let Some((row, span)) = row.and_then(|row| Some((row, row.certificate()?))) else { return Ok(()) };
    let (link, certificate) = (row.link.clone(), span.certificate.clone());
    Err(Rejection::WithholdingCertified { link, certificate }.into())
}

/// Decides `record_certificate`.
pub(crate) fn decide_record_certificate(
    context: &Context<'_>,
    command: &RecordCertificate,
) -> Result<Decision, Halt> {
    context.check_open(Area::Settlement, command.date)?;
    context.account(&command.account)?;
    let (account, certificate) = (command.account.clone(), command.certificate.clone());
    let known = context.facts.certificate(&account, &certificate)?;
    if known.is_some_and(|row| !row.withdrawn) {
        return Err(Rejection::CertificateTaken { account, certificate }.into());
    }
    let mut short: Vec<Keeping> = Vec::new();
    let mut withheld = Vec::with_capacity(command.withheld.len());
    for line in &command.withheld {
        let (link, row) = withheld_in(context, &line.link)?;
        let (proven, keeping) = proven(command, line, link, row)?;
        withheld.push(proven);
        short.extend(keeping);
    }
    let (mut events, made) = give_back(context, &short, command.date, &reason(command))?;
    // What is left of a settlement of which part was given back stands in a new one.
    for (before, after) in &made {
        withheld.iter_mut().filter(|proven| proven.link == *before).for_each(|p| p.link = after.clone());
    }
    let (issued, date) = (command.issued, command.date);
    let recorded = CertificateRecorded { account, certificate, issued, date, withheld };
    events.push(Event::CertificateRecorded(Box::new(recorded)));
    Ok(Decision::many(events))
}

/// What a certificate proves of one withheld amount, and what is given back of it.
fn proven(
    command: &RecordCertificate,
    line: &CertifiedLink,
    link: LinkRow,
    row: WithholdingRow,
) -> Result<(Certified, Option<Keeping>), Halt> {
    if row.account != command.account {
        let (account, given) = (row.account, command.account.clone());
        return Err(Rejection::CertificateAccount { link: row.link, account, given }.into());
    }
    pending(Some(&row))?;
    if row.certificates.len() >= CERTIFICATES_MAX {
        let (what, given) = ("certificates of one withheld amount", CERTIFICATES_MAX.saturating_add(1));
        return Err(Rejection::TooManyEntries { what, given, max: CERTIFICATES_MAX }.into());
    }
    let since = row.certificates.last().and_then(|span| span.withdrawn).map_or(row.date, |(day, _)| day);
    if command.date < since.max(row.date) {
        let (what, not_before) = ("the date of the certificate", since.max(row.date));
        return Err(Rejection::DateOrder { what, date: command.date, not_before }.into());
    }
    let pending = Money::clamped(row.amount, row.currency);
    let certified = match line.amount {
        None => pending,
        Some(amount) => amount.in_currency(row.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    if certified.minor() > pending.minor() {
        return Err(Rejection::WithholdingExceeds { link: row.link, pending, requested: certified }.into());
    }
    let short = certified.minor() < pending.minor();
    if short && command.shortfall == Shortfall::Refuse {
        return Err(Rejection::CertificateShort { link: row.link, pending, certified }.into());
    }
    let keeping = short.then(|| Keeping { link, row: row.clone(), keeps: certified.minor() });
    Ok((Certified { link: row.link, item: row.item, amount: certified.amount() }, keeping))
}

fn reason(command: &RecordCertificate) -> Text {
    let told = format!("certificate {} proves less", command.certificate);
    Text::parse(&told).unwrap_or_default()
}

/// Decides `withdraw_certificate`.
pub(crate) fn decide_withdraw_certificate(
    context: &Context<'_>,
    command: &WithdrawCertificate,
) -> Result<Decision, Halt> {
    context.check_open(Area::Settlement, command.date)?;
    let (account, certificate) = (command.account.clone(), command.certificate.clone());
    let known = context.facts.certificate(&account, &certificate)?;
    let Some(row) = known.filter(|row| !row.withdrawn) else {
        return Err(Rejection::CertificateUnknown { account, certificate }.into());
    };
    if command.date < row.date {
        let what = "the day the certificate is taken back";
        return Err(Rejection::DateOrder { what, date: command.date, not_before: row.date }.into());
    }
    let record = context.facts.record(row.position)?;
    let Some(Event::CertificateRecorded(recorded)) = record.map(|record| record.event) else {
        let detail = format!("no certificate {certificate} at {}", row.position);
        return Err(Halt::Corrupt { invariant: "INV-15", detail });
    };
    let links: BTreeSet<LinkId> = recorded.withheld.into_iter().map(|proven| proven.link).collect();
    Ok(Decision::one(Event::CertificateWithdrawn(Box::new(CertificateWithdrawn {
        account,
        certificate,
        date: command.date,
        links: links.into_iter().collect(),
        reason: command.reason.clone(),
    }))))
}
