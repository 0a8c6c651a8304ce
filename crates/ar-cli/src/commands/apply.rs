//! `apply`: commands as JSON lines in, one line of answer for each out.
//!
//! An accepted command is answered with its receipt, a refused one with
//! `{"line": …, "command": …, "refused": {"code": …, "message": …, "facts": {…}}}`. A refusal does
//! not stop the rest, unless all or none was asked for.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Serialize;

use ar_core::values::{BookId, CommandId};
use ar_core::wire::{BULK_BYTES_MAX, read_envelope};
use ar_core::{Envelope, RefusalForm, Rejection};
use ar_store::{BatchFailure, Failure, Receipt};

use crate::args::Apply;
use crate::book::Book;
use crate::output::{Output, note, progress};
use crate::stop::Stop;

/// Commands sent together; they share commits.
const CHUNK: usize = 500;

/// The answer to a command that was refused.
#[derive(Serialize)]
struct Refused<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a CommandId>,
    refused: RefusalForm,
}

/// One line of the file: a command, or why it is none.
type Read = (u64, Result<Envelope, Rejection>);

pub(crate) fn run(book: &Book, apply: &Apply, out: &mut Output) -> Result<(), Stop> {
    let (mut lines, bytes) = Lines::of(&apply.file)?;
    if apply.atomic {
        return all_or_none(book, &mut lines, out);
    }
    let bar = progress(bytes, "Applying");
    let mut refused = 0_u64;
    loop {
        let mut chunk: Vec<Read> = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK
            && let Some(read) = lines.next(book.book()).map_err(|error| Stop::file(&apply.file, &error))?
        {
            bar.inc(u64::try_from(lines.buffer.len()).unwrap_or(0));
            chunk.push(read);
        }
        if chunk.is_empty() {
            break;
        }
        refused += each(book, chunk, out)?;
        out.flush()?;
    }
    bar.finish_and_clear();
    match refused {
        0 => Ok(()),
        1 => Err(Stop::Refused("1 command was refused".to_owned())),
        _ => Err(Stop::Refused(format!("{refused} commands were refused"))),
    }
}

/// Sends commands one by one and answers in the order of the lines. Says how many were refused.
fn each(book: &Book, chunk: Vec<Read>, out: &mut Output) -> Result<u64, Stop> {
    let (lines, reads): (Vec<u64>, Vec<Result<Envelope, Rejection>>) = chunk.into_iter().unzip();
    let commands: Vec<Envelope> = reads.iter().filter_map(|read| read.as_ref().ok().cloned()).collect();
    let mut answers = book.execute_each_blocking(commands).into_iter();
    let mut refused = 0;
    for (line, read) in lines.into_iter().zip(reads) {
        let (id, answer) = match read {
            Ok(envelope) => match answers.next() {
                Some(answer) => (Some(envelope.id), answer),
                None => return Err(Stop::Unavailable("the store gave no answer".to_owned())),
            },
            Err(rejection) => (None, Err(rejection.into())),
        };
        match answer {
            Ok(receipt) => out.json(&receipt)?,
            Err(Failure::Refused(rejection)) => {
                refused += 1;
                out.json(&Refused { line, command: id.as_ref(), refused: rejection.form() })?;
            }
            Err(failure) => {
                note(&format!("stopped at line {line}; what was answered before it is done"));
                return Err(failure.into());
            }
        }
    }
    Ok(refused)
}

/// Sends all commands as one.
fn all_or_none(book: &Book, lines: &mut Lines, out: &mut Output) -> Result<(), Stop> {
    let mut places = Vec::new();
    let mut commands = Vec::new();
    while let Some((line, read)) = lines.next(book.book()).map_err(Stop::from)? {
        match read {
            Ok(envelope) => {
                places.push(line);
                commands.push(envelope);
            }
            Err(rejection) => {
                out.json(&Refused { line, command: None, refused: rejection.form() })?;
                return Err(Stop::Refused(format!("line {line} was refused; nothing was done")));
            }
        }
    }
    match book.execute_all_blocking(commands) {
        Ok(receipts) => receipts.iter().try_for_each(|receipt: &Receipt| out.json(receipt)),
        Err(BatchFailure { index, command, failure: Failure::Refused(rejection) }) => {
            let line = places.get(index).copied().unwrap_or(0);
            out.json(&Refused { line, command: Some(&command), refused: rejection.form() })?;
            Err(Stop::Refused(format!("line {line} was refused; nothing was done")))
        }
        Err(BatchFailure { failure, .. }) => Err(failure.into()),
    }
}

/// All commands of a file. One line that is none refuses the file.
pub(super) fn commands_of(book: &Book, path: &Path) -> Result<Vec<Envelope>, Stop> {
    let (mut lines, _) = Lines::of(path)?;
    let mut commands = Vec::new();
    while let Some((line, read)) = lines.next(book.book()).map_err(|error| Stop::file(path, &error))? {
        commands.push(read.map_err(|rejection| {
            note(&format!("line {line} of {} is no command", path.display()));
            Failure::from(rejection)
        })?);
    }
    Ok(commands)
}

/// The lines of a file as commands; empty lines are passed over.
struct Lines {
    input: Box<dyn BufRead>,
    line: u64,
    buffer: Vec<u8>,
}

impl Lines {
    /// The lines of a file, or of standard input, and how many bytes it has.
    fn of(path: &Path) -> Result<(Self, u64), Stop> {
        let (input, bytes): (Box<dyn BufRead>, u64) = if path.as_os_str() == "-" {
            (Box::new(BufReader::new(io::stdin())), 0)
        } else {
            let file = File::open(path).map_err(|error| Stop::file(path, &error))?;
            let bytes = file.metadata().map_or(0, |meta| meta.len());
            (Box::new(BufReader::new(file)), bytes)
        };
        Ok((Self { input, line: 0, buffer: Vec::new() }, bytes))
    }

    fn next(&mut self, book: &BookId) -> io::Result<Option<Read>> {
        loop {
            self.buffer.clear();
            // One byte more than a command may have is enough to refuse it; the rest of so long a
            // line is read and dropped.
            let limit = u64::try_from(BULK_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(2);
            let mut taken = io::Read::take(&mut self.input, limit);
            if taken.read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if !self.buffer.ends_with(b"\n") {
                self.input.skip_until(b'\n')?;
            }
            let text = self.buffer.trim_ascii();
            if !text.is_empty() {
                return Ok(Some((self.line, envelope(text, book))));
            }
        }
    }
}

/// Reads an envelope; one that names no book is for the book of the file.
fn envelope(text: &[u8], book: &BookId) -> Result<Envelope, Rejection> {
    match read_envelope(text) {
        Err(Rejection::JsonMissingField { problem }) if problem.ends_with("missing field `book`") => {
            let rest = text.strip_prefix(b"{").unwrap_or(text);
            read_envelope(&[format!("{{\"book\":\"{book}\",").as_bytes(), rest].concat())
        }
        read => read,
    }
}
