//! `backup`: copies the book to a new file while others write.

use std::path::Path;

use crate::book::Book;
use crate::output::Output;
use crate::stop::Stop;

pub(crate) fn run(book: &Book, dest: &Path, out: &mut Output) -> Result<(), Stop> {
    if dest.exists() {
        return Err(Stop::Refused(format!(
            "{} exists; a backup never overwrites, name a new file",
            dest.display()
        )));
    }
    pollster::block_on(book.backup(dest))?;
    out.line(&format!("Book {} was copied to {}.", book.book(), dest.display()))
}
