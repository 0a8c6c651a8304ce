//! Invoices and memos: issued, posted from a draft, cancelled.

use ar_core::document::{Content, DocumentKind};
use ar_core::{Amount, Date, Event};
use serde_json::{Value, json};

use super::lines::{Lines, lines};
use crate::cases::fields::{Fields, Read, decimal, follows, unsupported};
use crate::cases::play::{Mismatch, Outcome, Play, REASON, Thing};
use crate::cases::terms::Asked;
use crate::cases::values::{document_id, minor, text};

/// An invoice; a note of interest is a debit memo.
pub(super) fn invoice(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    match fields.text("kind")?.as_deref() {
        None => debit(play, fields, "issue_invoice"),
        // Its order tells what an advance and a final invoice belong to.
        Some("advance" | "final") if fields.has("order") => debit(play, fields, "issue_invoice"),
        Some("deposit") => {
            play.deposit = true;
            debit(play, fields, "issue_invoice")
        }
        Some("interest_note") => debit(play, fields, "issue_debit_memo"),
        Some(other) => unsupported(format!("invoice.kind={other}")),
    }
}

/// A debit memo.
pub(super) fn debit_memo(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    debit(play, fields, "issue_debit_memo")
}

fn debit(play: &mut Play<'_>, fields: &mut Fields<'_>, verb: &str) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let document_date = fields.date("document_date")?.unwrap_or(date);
    recorded(play, fields)?;
    let customer = play.customer(fields)?;
    // Who pays for another is who owes it.
    let customer = match fields.text("payer")? {
        Some(payer) => {
            play.open_account(&payer)?;
            payer
        }
        None => customer,
    };
    let currency = play.currency(fields)?;
    if let Some(name) = fields.text("control_account")? {
        match play.tags.control_account(&name) {
            Some(of) if of == currency || of == play.tags.base() => {
                play.control_accounts.insert(reference.clone(), of);
            }
            _ => return unsupported(format!("control_account {name}")),
        }
    }
    let Lines { mut lines, total } = lines(play, fields, currency)?;
    if std::mem::take(&mut play.deposit) {
        lines.iter_mut().for_each(|line| line["kind"] = json!("deposit"));
    }
    let rate = play.rate(fields, currency, total.as_deref())?;
    let due = fields.date("due")?;
    let money = total.as_deref().map(|total| Amount::parse(total).and_then(|a| a.in_currency(currency)));
    let asked = Asked {
        document: &reference,
        date: document_date,
        due,
        total: money.and_then(Result::ok),
        terms: fields.take("terms"),
    };
    let terms = play.policy.terms.choice(&asked)?;
    let mut form = json!({"account": customer, "number": {"given": reference}, "currency": currency,
        "date": document_date, "lines": lines});
    set(&mut form, "rate", rate.map(Value::from));
    set(&mut form, "terms", terms);
    set(&mut form, "discount", play.policy.document_discount.clone());
    set(&mut form, "tax_mode", price_mode(play)?);
    set(&mut form, "accounting_date", (document_date != date).then(|| json!(date)));
    if verb == "issue_debit_memo" {
        form["reason"] = json!(REASON);
    }
    if let Some(ledger) = fields.text("ledger")?
        && let Some(reason) = play.ledger(&ledger)?
    {
        form["reason"] = json!(reason);
    }
    let order = match fields.text("from_order")? {
        Some(order) => Some(order),
        None => fields.text("order")?,
    };
    if let Some(order) = order {
        form["order"] = json!(order);
    }
    issue(play, fields, &reference, json!({verb: form}), currency, total.as_deref())
}

/// The day a document was entered, where it is not its own: the recorded time of the command.
pub(super) fn recorded(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    if let Some(day) = fields.date("posted_on")? {
        play.recorded_on(day);
    }
    Ok(())
}

/// Prices contain the taxes of a case, or they come on top.
fn price_mode(play: &Play<'_>) -> Read<Option<Value>> {
    let contained = play.policy.taxes.iter().filter(|tax| tax.included()).count();
    match contained {
        0 => Ok(None),
        all if all == play.policy.taxes.len() => Ok(Some(json!("inclusive"))),
        _ => unsupported("prices that contain some of their taxes"),
    }
}

fn set(form: &mut Value, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        form[key] = value;
    }
}

/// Issues a document, or looks at what a draft of it would meet.
fn issue(
    play: &mut Play<'_>,
    fields: &mut Fields<'_>,
    reference: &str,
    command: Value,
    currency: ar_core::Currency,
    total: Option<&str>,
) -> Read<()> {
    play.things.insert(reference.to_owned(), Thing::Document(currency));
    if fields.flag("draft")? == Some(true) {
        draft(play, reference, vec![command])?;
        return foots(play, reference, total);
    }
    if play.perform(reference, vec![command])? {
        foots(play, reference, total)?;
    }
    Ok(())
}

/// Keeps the commands of a draft and notes what they would meet.
pub(super) fn draft(play: &mut Play<'_>, reference: &str, commands: Vec<Value>) -> Read<()> {
    let [command] = commands.as_slice() else {
        return unsupported(format!("a draft of several commands ({reference})"));
    };
    let (outcome, events) = match play.foresee(command)? {
        Ok(events) => (Outcome::Done, events),
        Err(refusal) => (Outcome::Refused(refusal), Vec::new()),
    };
    play.previews.insert(reference.to_owned(), events);
    play.drafts.insert(reference.to_owned(), commands);
    play.note(reference, outcome, Vec::new());
    Ok(())
}

/// Whether a document came to the total that the case states, before it was rounded to coins.
fn foots(play: &mut Play<'_>, reference: &str, total: Option<&str>) -> Read<()> {
    let (Some(total), Some(content)) = (total, shown(play, reference)?) else { return Ok(()) };
    let coins = content.coins.into_iter().chain(content.taxes.iter().filter_map(|group| group.coins));
    let rounded = coins.fold(0_i64, |sum, part| sum.saturating_add(part.minor()));
    let found = text(content.total.minor().saturating_sub(rounded), play.document(reference)?);
    if decimal(&found)? != decimal(total)? {
        play.mismatches.push(Mismatch {
            what: format!("total of {reference}"),
            expected: json!(total),
            actual: json!(found),
        });
    }
    Ok(())
}

/// What a document was issued with.
pub(in crate::cases) fn content(play: &Play<'_>, reference: &str) -> Read<Option<Content>> {
    of_document(play.events.iter().flatten(), reference)
}

/// The same; of a draft, what it would be issued with.
pub(in crate::cases) fn shown(play: &Play<'_>, reference: &str) -> Read<Option<Content>> {
    match play.previews.get(reference).filter(|_| play.drafts.contains_key(reference)) {
        Some(events) => of_document(events.iter(), reference),
        None => content(play, reference),
    }
}

fn of_document<'e>(
    events: impl DoubleEndedIterator<Item = &'e Event>,
    reference: &str,
) -> Read<Option<Content>> {
    let id = document_id(reference)?;
    Ok(events
        .filter_map(|event| match event {
            Event::DocumentIssued(issued) if issued.document == id => Some(issued.content.clone()),
            _ => None,
        })
        .next_back())
}

/// A credit memo: for an invoice (`of` or `against`), or standing alone.
pub(super) fn credit_memo(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    recorded(play, fields)?;
    let customer = play.customer(fields)?;
    let currency = play.currency(fields)?;
    if fields.date("due")?.is_some_and(|due| due != date) {
        return unsupported("credit_memo.due");
    }
    let mode = fields.text("mode")?;
    if mode.as_deref().is_some_and(|mode| mode != "cancel") {
        return unsupported("credit_memo.mode in this word");
    }
    let invoice = match (fields.text("of")?, fields.text("against")?) {
        (Some(_), Some(_)) => return unsupported("credit_memo of and against"),
        (of, against) => of.or(against),
    };
    let Lines { lines, total } = lines(play, fields, currency)?;
    let apply = match fields.text("apply")?.as_deref() {
        None => at_once(play, &reference, invoice.as_deref(), total.as_deref())?,
        Some("invoice") => true,
        Some("standalone") => false,
        Some(other) => return unsupported(format!("credit_memo.apply={other}")),
    };
    let basis = match &invoice {
        Some(invoice) => {
            let part = part_of(play, invoice, &lines, total.as_deref())?;
            // A memo that cancels is one of the whole, applied at once.
            if mode.is_some() {
                if part != json!("whole") || !apply {
                    return unsupported("credit_memo.mode=cancel of a part");
                }
                play.cancelled.insert(invoice.clone(), reference.clone());
            }
            json!({"invoice": {"document": invoice, "part": part, "apply": apply}})
        }
        None => {
            let rate = play.rate(fields, currency, total.as_deref())?;
            let mut basis = json!({"currency": currency, "lines": lines});
            set(&mut basis, "rate", rate.map(Value::from));
            set(&mut basis, "discount", play.policy.document_discount.clone());
            set(&mut basis, "tax_mode", price_mode(play)?);
            json!({"standalone": basis})
        }
    };
    let form = json!({"account": customer, "number": {"given": reference}, "date": date, "credit": basis,
        "reason": REASON});
    issue(play, fields, &reference, json!({"issue_credit_memo": form}), currency, total.as_deref())
}

/// Whether a memo is applied to its invoice when it is issued. It is not where a later step applies it
/// there, where one applies it by rule, and where later steps take more of it than that would leave.
fn at_once(play: &Play<'_>, memo: &str, invoice: Option<&str>, total: Option<&str>) -> Read<bool> {
    let (Some(later), Some(invoice)) = (play.applied_later.get(memo), invoice) else {
        return Ok(!play.applied_later.contains_key(memo));
    };
    let there = |to: &[String]| to.is_empty() || to.iter().any(|document| document == invoice);
    let Some(total) = total.filter(|_| !later.iter().any(|step| there(&step.to))) else {
        return Ok(false);
    };
    let currency = play.document(invoice)?;
    let open = play.items(invoice)?.iter().fold(0_i64, |sum, row| sum.saturating_add(row.open));
    let left = minor(total, currency)?.saturating_sub(open);
    let mut taken = 0_i64;
    for step in later {
        // What is left is something.
        let part = step.amount.as_deref().map_or(Ok(1), |amount| minor(amount, currency))?;
        taken = taken.saturating_add(part);
    }
    Ok(taken <= left)
}

/// Which part of an invoice an amount is: the whole, or a net amount of its only line.
fn part_of(play: &Play<'_>, invoice: &str, lines: &[Value], total: Option<&str>) -> Read<Value> {
    let currency = play.document(invoice)?;
    let Some(content) = content(play, invoice)? else {
        return follows(format!("a credit memo of {invoice}, which was not issued"));
    };
    let Some(total) = total else { return unsupported("a credit memo of an invoice by lines") };
    if minor(total, currency)? == content.total.minor() {
        return Ok(json!("whole"));
    }
    let net = lines.first().and_then(|line| line["amount"].as_str());
    let stated = lines.first().is_some_and(|line| line.get("taxes").is_some());
    match (content.lines.len(), net) {
        (1, Some(net)) if content.taxes.is_empty() || stated => {
            Ok(json!({"lines": [{"line": 1, "net": net}]}))
        }
        _ => unsupported("a credit memo of part of an invoice with taxes or several lines"),
    }
}

/// A whole credit memo for an invoice, under its own ref.
pub(super) fn reverse(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let (reference, invoice) = (fields.need("ref")?, fields.need("of")?);
    let date = play.date(fields)?;
    let currency = play.document(&invoice)?;
    let Some(row) = play.book.document(&document_id(&invoice)?)? else {
        return follows(format!("a reversal of {invoice}, which was not issued"));
    };
    let basis = json!({"invoice": {"document": invoice, "part": "whole", "apply": true}});
    let form = json!({"account": row.account, "number": {"given": reference}, "date": date,
        "credit": basis, "reason": REASON});
    issue(play, fields, &reference, json!({"issue_credit_memo": form}), currency, None)
}

/// Takes a document back: a payment is reversed as entered in error, an invoice or memo is voided,
/// an order ends. What a memo settled is taken back before it is.
pub(super) fn cancel(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let commands = match play.things.get(&reference) {
        Some(Thing::Document(_)) => {
            let kind = play.book.document(&document_id(&reference)?)?.map(|row| row.kind);
            let mut commands = Vec::new();
            if kind == Some(DocumentKind::CreditMemo) {
                commands.extend(super::cash::undone(play, &reference, None, date)?.commands);
            }
            commands.push(cancelling(&reference, kind, date));
            commands
        }
        Some(Thing::Order(order)) => vec![super::credit::report(order, "0", date)],
        Some(Thing::Deed | Thing::Period(_)) | None => return unsupported(format!("cancel of {reference}")),
    };
    play.perform(&reference, commands).map(|_| ())
}

fn cancelling(reference: &str, kind: Option<DocumentKind>, date: Date) -> Value {
    let why = "as the case says";
    if kind == Some(DocumentKind::Payment) {
        return json!({"reverse_payment": {"payment": reference, "date": date,
            "cause": "entered_in_error", "reason": why}});
    }
    json!({"void_document": {"document": reference, "date": date, "reason": REASON}})
}

/// Does what a draft said.
pub(super) fn post(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let reference = fields.need("ref")?;
    let date = play.date(fields)?;
    let Some(commands) = play.drafts.remove(&reference) else {
        return unsupported(format!("{} of {reference}, which is no draft", fields.what()));
    };
    let mut forms = commands.iter().filter_map(Value::as_object).flat_map(|command| command.values());
    if forms.any(|form| form["date"] != json!(date)) {
        return unsupported(format!("{} on another day", fields.what()));
    }
    play.perform(&reference, commands).map(|_| ())
}
