//! `allocate` and `what-if`: runs over many credits, shown before anything is written, and compared
//! with the same run under other settings.

use ar_core::allocation::{Allocate, How};
use ar_core::query::{AsOf, QueryError, Scope, View, applicable_credits};
use ar_core::values::{ActorId, CommandId, Date};
use ar_core::what_if::{Comparison, Outcome};
use ar_core::{Command, Envelope, Event};
use ar_report::{Form, comparison_table, outcome_table, verdicts_table};
use ar_store::{Failure, Preview};

use super::apply::commands_of;
use crate::args::{AllocateRun, WhatIf};
use crate::book::{Book, Sender, ask};
use crate::output::{Output, counted, note};
use crate::stop::Stop;

/// Applies every open credit by the book's rules for unattended allocation, or shows what that would do.
pub(crate) fn allocate(
    book: &Book,
    actor: &ActorId,
    asked: &AllocateRun,
    out: &mut Output,
) -> Result<(), Stop> {
    let run = open_credits(book, actor, asked.on)?;
    let mut outcome = Outcome::default();
    let mut answered = 0_u64;
    if asked.write {
        for (id, answer) in ids(&run).into_iter().zip(book.execute_each_blocking(run)) {
            answered += u64::from(add(&mut outcome, &id, answer.map(|receipt| receipt.events))?);
        }
    } else {
        let ids = ids(&run);
        let answers = pollster::block_on(book.trial(run))?;
        for (id, answer) in ids.into_iter().zip(answers) {
            answered += u64::from(add(&mut outcome, &id, answer.map(|preview| preview.events))?);
        }
    }
    let comes_to = compared(&Outcome::default(), &outcome)?;
    let table = outcome_table(&comes_to);
    out.report(Form::from(asked.output.format), &comes_to, &table, |out| {
        if !table.is_empty() {
            out.text(&table.to_text())?;
            out.line("")?;
        }
        let credits = counted(answered, "credit");
        out.line(&if asked.write {
            format!("{credits} applied.")
        } else {
            format!("{credits} would be applied. Nothing was written.")
        })
    })
}

/// Plays a run as the book is and under other settings, and tells where the two differ.
pub(crate) fn what_if(book: &Book, actor: &ActorId, asked: &WhatIf, out: &mut Output) -> Result<(), Stop> {
    let run = match (&asked.run, asked.on) {
        (Some(file), _) => commands_of(book, file)?,
        (None, on) => open_credits(book, actor, on)?,
    };
    let as_it_is = played(book, Vec::new(), run.clone())?;
    let (one, other) = match &asked.under {
        Some(settings) => (as_it_is, played(book, commands_of(book, settings)?, run)?),
        None => (Outcome::default(), as_it_is),
    };
    let found = compared(&one, &other)?;
    let alone = asked.under.is_none();
    let table = if alone { outcome_table(&found) } else { comparison_table(&found) };
    let verdicts = verdicts_table(&found);
    out.report(Form::from(asked.output.format), &found, &table, |out| {
        if found.is_empty() {
            return out.line("Both runs come to the same. Nothing was written.");
        }
        if !table.is_empty() {
            out.text(&table.to_text())?;
        }
        if !verdicts.is_empty() && !alone {
            out.line("")?;
            out.text(&verdicts.to_text())?;
        }
        out.line("")?;
        out.line("Nothing was written.")
    })
}

/// What a run comes to after commands that have to be accepted.
fn played(book: &Book, before: Vec<Envelope>, run: Vec<Envelope>) -> Result<Outcome, Stop> {
    let (first, ids) = (before.len(), ids(&run));
    let mut all = before;
    all.extend(run);
    let mut answers = pollster::block_on(book.trial(all))?.into_iter();
    for (n, answer) in answers.by_ref().take(first).enumerate() {
        if let Err(failure) = answer {
            note(&format!("command {} of the settings is refused", n + 1));
            return Err(failure.into());
        }
    }
    let mut outcome = Outcome::default();
    for (id, answer) in ids.into_iter().zip(answers) {
        add(&mut outcome, &id, answer.map(|preview: Preview| preview.events))?;
    }
    Ok(outcome)
}

/// Adds an answer; whether it settled anything.
fn add(outcome: &mut Outcome, id: &CommandId, answer: Result<Vec<Event>, Failure>) -> Result<bool, Stop> {
    match answer {
        Ok(events) => {
            outcome.accepted(id, &events);
            Ok(events.iter().any(|event| matches!(event, Event::CreditAllocated(_))))
        }
        Err(Failure::Refused(rejection)) => {
            outcome.refused(id, rejection.code());
            Ok(false)
        }
        Err(failure) => Err(failure.into()),
    }
}

fn ids(run: &[Envelope]) -> Vec<CommandId> {
    run.iter().map(|envelope| envelope.id.clone()).collect()
}

fn compared(one: &Outcome, other: &Outcome) -> Result<Comparison, Stop> {
    one.compared_with(other)
        .ok_or_else(|| Stop::Refused("a sum of the run goes beyond what can be shown; split it".to_owned()))
}

/// A command for every open credit, oldest first. Day, position and credit make its id: the same run on
/// the same book is done once, and a later one looks again at what is left.
fn open_credits(book: &Book, actor: &ActorId, on: Option<Date>) -> Result<Vec<Envelope>, Stop> {
    let on = on.map_or_else(crate::book::today, Ok)?;
    let sender = Sender::new(book.book(), actor)?;
    let (known, credits) = ask(book, move |view| {
        let known = view.head();
        let credits = applicable_credits(view, AsOf { effective: on, known }, &Scope::All)?;
        Ok::<_, QueryError<Failure>>((known, credits))
    })?;
    let mut run = Vec::with_capacity(credits.len());
    for credit in credits {
        let id = CommandId::parse(&format!("allocate-{on}-{known}-{credit}"))
            .map_err(|error| Failure::from(ar_core::Rejection::value("id", &error)))?;
        let how = How::ByPolicy { references: Vec::new(), rules: None, attended: false };
        run.push(sender.envelope(id, Command::Allocate(Allocate { credit, date: Some(on), how })));
    }
    Ok(run)
}
