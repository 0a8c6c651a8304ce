//! Playing a fixed story: on books alone, whose rows a check then looks at, or in step with the model.

use ar_core::Record;

use crate::act::Deed;
use crate::books::Books;
use crate::checks::{Check, Checked, Evidence, Violation};
use crate::lockstep::Lockstep;
use crate::subject::{Subject, decoded};
use crate::wire;
use crate::world::{World, prologue};

/// Plays a story on books and on the model, audited after every deed.
///
/// # Errors
/// The first invariant found broken.
pub fn in_step(world: &World, story: Vec<Deed>, books: Books) -> Result<Lockstep, Violation> {
    let mut lockstep = Lockstep::open(world, vec![Box::new(books)])?;
    for deed in story {
        lockstep.deed(&deed)?;
        lockstep.audit()?;
    }
    Ok(lockstep)
}

/// Books after a story, from the opening of the book on.
#[must_use]
pub fn played(world: &World, story: Vec<Deed>, mut books: Books) -> Books {
    books.execute(&wire::opening(world));
    for deed in prologue().into_iter().chain(story) {
        books.execute(&wire::envelope(&deed));
    }
    books
}

/// What a check says of books.
///
/// # Errors
/// What it finds broken; INV-06 when the log does not read.
pub fn checked(books: &Books, check: Check) -> Checked {
    let log = books.log();
    let records: Vec<Record> = decoded(&log)?;
    check(Evidence { bytes: &log, records: &records, rows: books.kept() })
}
