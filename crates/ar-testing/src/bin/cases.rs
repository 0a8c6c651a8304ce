//! Plays a folder of worked cases on the memory store and on SQLite, and reports what each came to.
//!
//! `cases DIR [--format json]`. Exit code 0 when nothing failed, 1 when something failed, 2 when
//! the folder cannot be read as cases.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ar_testing::cases::report::Report;
use ar_testing::cases::source::cases;

fn main() -> ExitCode {
    match arguments().and_then(|(folder, json)| report(&folder, json)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(problem) => {
            // Nothing can be said about a broken standard error.
            let _ = writeln!(std::io::stderr(), "{problem}");
            ExitCode::from(2)
        }
    }
}

/// The folder, and whether the report is JSON.
fn arguments() -> Result<(PathBuf, bool), String> {
    const USAGE: &str = "usage: cases DIR [--format text|json]";
    let (mut folder, mut json) = (None, false);
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--format") => match arguments.next().as_deref().and_then(std::ffi::OsStr::to_str) {
                Some("json") => json = true,
                Some("text") => json = false,
                _ => return Err(USAGE.to_owned()),
            },
            Some("--format=json") => json = true,
            _ if folder.is_none() => folder = Some(PathBuf::from(argument)),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok((folder.ok_or(USAGE)?, json))
}

/// Prints the report and gives the number of cases that failed.
fn report(folder: &Path, json: bool) -> Result<usize, String> {
    let cases = cases(folder).map_err(|e| e.to_string())?;
    let report = Report::of(&cases);
    let text = if json { format!("{:#}\n", report.json()) } else { report.text() };
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| e.to_string())?;
    Ok(report.counts().failed)
}
