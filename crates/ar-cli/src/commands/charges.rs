//! `charges`: what an account's late debts cost, with the workings; previewed, or assessed.

use ar_core::charges::{AssessCharges, ChargesAssessed};
use ar_core::values::{ActorId, CommandId};
use ar_core::{Command, Event, Rejection, Warning};
use ar_report::{Form, charges_table};
use ar_store::Failure;

use crate::args::Charges;
use crate::book::{Book, Sender};
use crate::output::{Output, note};
use crate::stop::Stop;

pub(crate) fn run(book: &Book, actor: &ActorId, asked: Charges, out: &mut Output) -> Result<(), Stop> {
    let sender = Sender::new(book.book(), actor)?;
    let id = match asked.id {
        Some(id) => id,
        // The same question on the same day is the same command: asked twice, it charges once.
        None => {
            let text = format!("charges-{}-{}-{}", asked.account, asked.policy, asked.through);
            CommandId::parse(&text).map_err(|error| Failure::from(Rejection::value("id", &error)))?
        }
    };
    let command = AssessCharges {
        account: asked.account,
        policy: asked.policy,
        currency: asked.currency,
        through: asked.through,
        date: asked.date.unwrap_or(asked.through),
        accounting_date: None,
        number: None,
        credit_number: None,
        items_max: None,
    };
    let envelope = sender.envelope(id, Command::AssessCharges(Box::new(command)));
    let (events, warnings) = if asked.assess {
        let receipt = book.execute_blocking(envelope)?;
        (receipt.events, receipt.warnings)
    } else {
        let preview = pollster::block_on(book.preview(envelope))?;
        (preview.events, preview.warnings)
    };
    let assessed = events.into_iter().find_map(|event| match event {
        Event::ChargesAssessed(assessed) => Some(*assessed),
        _ => None,
    });
    let Some(assessed) = assessed else {
        return Err(Stop::Refused("the command id was used for something else".to_owned()));
    };
    warnings.iter().for_each(|Warning { message, .. }| note(message));
    let table = charges_table(&assessed);
    out.report(Form::from(asked.output.format), &assessed, &table, |out| {
        out.line(&out.bold(&heading(&assessed)))?;
        out.line("")?;
        out.text(&table.to_text())?;
        out.line("")?;
        out.line(&outcome(&assessed, asked.assess))
    })
}

fn heading(assessed: &ChargesAssessed) -> String {
    format!("Charges on {} by {} through {}", assessed.account, assessed.policy, assessed.through)
}

/// Which documents came of it, or would.
fn outcome(assessed: &ChargesAssessed, done: bool) -> String {
    let documents: Vec<String> =
        assessed.document.iter().chain(&assessed.credit).map(ToString::to_string).collect();
    match (documents.is_empty(), done) {
        (true, true) => "Nothing is to be charged or credited; the days are marked.".to_owned(),
        (true, false) => "Nothing would be charged or credited. Nothing was written.".to_owned(),
        (false, true) => format!("Issued {}.", documents.join(" and ")),
        (false, false) => format!("Would issue {}. Nothing was written.", documents.join(" and ")),
    }
}
