//! `period`: the accounting periods, the checklist of one, and its close in stages that can be sent
//! again.

use serde::Serialize;

use ar_core::book::BookConfig;
use ar_core::period::{Close, ClosePeriod, HeadDigest, ProvePeriod};
use ar_core::query::{self, AsOf, Checklist, QueryError, Scope, View};
use ar_core::values::{ActorId, CommandId, PeriodId};
use ar_core::{Command, Position};
use ar_report::{Form, checklist_table, periods_table, reclassification_table, withholdings_table};
use ar_store::{Failure, Receipt};

use crate::args::{Checked, ClosePeriod as Asked, Output as Written, TieOut, Withheld};
use crate::book::{Book, Sender, as_of, ask};
use crate::output::Output;
use crate::stop::Stop;

fn config(book: &Book) -> Result<BookConfig, Stop> {
    let config = ask(book, |view| view.config().map(|config| config.map(std::borrow::Cow::into_owned)))?;
    config.ok_or_else(|| Stop::Refused("[book.missing] the book is not open; run init first".to_owned()))
}

pub(crate) fn list(book: &Book, written: Written, out: &mut Output) -> Result<(), Stop> {
    let config = config(book)?;
    let table = periods_table(&config);
    out.report(Form::from(written.format), &config.accounting, &table, |out| out.text(&table.to_text()))
}

/// The checklist of a period that must be defined.
fn checklist(book: &Book, period: &PeriodId, known: Option<Position>) -> Result<Checklist, Stop> {
    let wanted = period.clone();
    let found = ask(book, move |view| query::checklist(view, &wanted, known.unwrap_or_else(|| view.head())))?;
    found.ok_or_else(|| {
        Stop::Refused(format!("[period.unknown] period {period} is not defined; define it first"))
    })
}

pub(crate) fn check(book: &Book, asked: &Checked, out: &mut Output) -> Result<(), Stop> {
    let list = checklist(book, &asked.period, asked.known)?;
    let table = checklist_table(&list);
    out.report(Form::from(asked.output.format), &list, &table, |out| people(&list, out))?;
    if list.ready || list.state == "closed" { Ok(()) } else { Err(Stop::Said) }
}

fn people(list: &Checklist, out: &mut Output) -> Result<(), Stop> {
    let title = format!("Checklist of {}, {} to {}, {}", list.period, list.start, list.end, list.state);
    out.line(&out.bold(&title))?;
    out.line("")?;
    out.text(&checklist_table(list).to_text())?;
    let (good, verdict) = match (list.state, list.ready) {
        ("closed", _) => (true, "Closed."),
        (_, true) => (true, "Nothing stops the close."),
        (_, false) => (false, "SOMETHING STOPS THE CLOSE."),
    };
    let verdict = out.verdict(good, verdict);
    out.line(&verdict)
}

/// A stage of a close and what it came to.
#[derive(Serialize)]
struct Stage {
    stage: &'static str,
    /// `done`, `known` where it was done before, or `nothing to do here`.
    came_to: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
}

impl Stage {
    fn of(stage: &'static str, receipt: &Receipt) -> Self {
        let changed = receipt.events.iter().any(|event| event.name() != "nothing_changed");
        let came_to = if changed && !receipt.replayed { "done" } else { "known" };
        Self { stage, came_to, position: Some(receipt.positions.first) }
    }
}

/// The close: freeze, then prove. Each stage that was done before changes nothing, so that a close
/// that was interrupted is sent again as it was.
pub(crate) fn close(book: &Book, actor: &ActorId, asked: &Asked, out: &mut Output) -> Result<(), Stop> {
    let sender = Sender::new(book.book(), actor)?;
    let period = &asked.period;
    // The log's length sets apart the close after a reopening from the one before.
    let size = pollster::block_on(book.head())?.size;
    let key = |stage: &str| CommandId::parse(&format!("close:{period}:{stage}:{size}"));
    let mut stages = Vec::new();
    for hook in ["revalue", "provide"] {
        stages.push(Stage { stage: hook, came_to: "nothing to do here", position: None });
    }
    let freeze = Command::ClosePeriod(ClosePeriod { period: period.clone(), close: Close::Hard });
    let receipt = book.execute_blocking(sender.envelope(key("freeze")?, freeze))?;
    stages.push(Stage::of("freeze", &receipt));
    let proven = config(book)?.accounting.get(period).is_some_and(|period| period.proven.is_some());
    if proven {
        stages.push(Stage { stage: "prove", came_to: "known", position: None });
    } else {
        let receipt = book.execute_blocking(sender.envelope(key("prove")?, prove(book, period)?))?;
        stages.push(Stage::of("prove", &receipt));
    }
    if Form::from(asked.output.format) != Form::Table {
        return out.json(&stages);
    }
    for stage in stages {
        let at = stage.position.map_or_else(String::new, |at| format!(" at position {at}"));
        out.line(&format!("{:<8} {}{at}", stage.stage, stage.came_to))?;
    }
    Ok(())
}

/// The proof of a closed period: its figures as the log has them now, under the head of the log.
fn prove(book: &Book, period: &PeriodId) -> Result<Command, Stop> {
    let head = pollster::block_on(book.head())?;
    let (id, known) = (period.clone(), head.size);
    let figures = ask(book, move |view| {
        let config = view.config().map_err(QueryError::<Failure>::Store)?;
        let end = config.as_ref().and_then(|config| Some(config.accounting.get(&id)?.end));
        let as_of = AsOf { effective: end.unwrap_or(ar_core::Date::MAX), known };
        query::closing_figures(view, as_of)
    })?;
    let head = HeadDigest::parse(&head.hex())?;
    Ok(Command::ProvePeriod(Box::new(ProvePeriod { period: period.clone(), known, head, figures })))
}

pub(crate) fn reclassify(book: &Book, asked: &TieOut, out: &mut Output) -> Result<(), Stop> {
    let when = asked.when;
    let result = ask(book, move |view| query::reclassification(view, as_of(when, view)?))?;
    let table = reclassification_table(&result);
    out.report(Form::from(asked.output.format), &result, &table, |out| {
        out.line(&out.bold(&format!(
            "Reclassification as of {}, reversed on {}; not posted here",
            result.as_of, result.reversed_on
        )))?;
        out.line("")?;
        out.text(&table.to_text())
    })
}

pub(crate) fn withholdings(book: &Book, asked: &Withheld, out: &mut Output) -> Result<(), Stop> {
    let when = asked.when;
    let scope = asked.account.as_ref().map_or(Scope::All, Scope::account);
    let result = ask(book, move |view| query::withholdings(view, as_of(when, view)?, &scope))?;
    let table = withholdings_table(&result);
    out.report(Form::from(asked.output.format), &result, &table, |out| {
        out.line(&out.bold(&format!("Tax withheld by customers as of {}", result.as_of)))?;
        out.line("")?;
        out.text(&table.to_text())
    })
}
