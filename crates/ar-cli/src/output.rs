//! What leaves the program: reports on standard output, progress and problems on standard error.

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use ar_report::{Form, Table, write_json};

use crate::stop::Stop;

/// Standard output, with colours only where a person sees them.
pub(crate) struct Output {
    stream: BufWriter<StdoutLock<'static>>,
    colour: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        let colour =
            stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { stream: BufWriter::new(stdout.lock()), colour }
    }

    /// Bold text, on a terminal.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Green or red text, on a terminal.
    pub(crate) fn verdict(&self, good: bool, text: &str) -> String {
        let colour = if good { 32 } else { 31 };
        if self.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// One line.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Stop> {
        writeln!(self.stream, "{text}").map_err(Stop::from)
    }

    /// Text that ends its own lines.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Stop> {
        self.stream.write_all(text.as_bytes()).map_err(Stop::from)
    }

    /// One line of JSON.
    pub(crate) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        write_json(value, &mut self.stream).map_err(Stop::from)
    }

    /// A report in the form asked for: `value` for programs, `table` for spreadsheets, and for
    /// people whatever `people` writes.
    pub(crate) fn report<T: Serialize + ?Sized>(
        &mut self,
        form: Form,
        value: &T,
        table: &Table,
        people: impl FnOnce(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        match form {
            Form::Json => self.json(value),
            Form::Csv => table.write_csv(&mut self.stream).map_err(Stop::from),
            Form::Table => people(self),
        }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        self.stream.flush().map_err(Stop::from)
    }
}

/// `1 item`, `2 items`.
pub(crate) fn counted(count: impl TryInto<u64>, what: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A note for people on standard error. That it cannot be written is no reason to stop.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A progress bar on standard error; it shows nothing unless that is a terminal.
pub(crate) fn progress(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg:<12} [{bar:30}] {human_pos}/{human_len}  {elapsed}");
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar
}
