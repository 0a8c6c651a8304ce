//! `init`: makes a book. The same again changes nothing.

use std::path::Path;

use ar_core::book::OpenBook;
use ar_core::values::{ActorId, CommandId};
use ar_core::{Command, Rejection};
use ar_store::Failure;

use crate::args::{Format, Init};
use crate::book::{Sender, create};
use crate::output::Output;
use crate::stop::Stop;

pub(crate) fn run(path: &Path, actor: &ActorId, init: &Init, out: &mut Output) -> Result<(), Stop> {
    let book = create(path, init.book_id.clone())?;
    let sender = Sender::new(book.book(), actor)?;
    let id = CommandId::parse("init").map_err(|error| Failure::from(Rejection::value("id", &error)))?;
    let open = OpenBook { base: init.currency, settings: Vec::new() };
    let receipt = book.execute_blocking(sender.envelope(id, Command::OpenBook(open)))?;
    match init.output.format {
        Format::Table => {
            let state = if receipt.replayed { "was there already" } else { "is ready" };
            out.line(&format!("Book {} in {} {state}: {}.", book.book(), init.currency, path.display()))
        }
        Format::Json | Format::Csv => out.json(&receipt),
    }
}
