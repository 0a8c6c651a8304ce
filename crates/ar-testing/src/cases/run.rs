//! A case on every store: what it came to, and that the stores agree about it.

use ar_core::BookId;
use ar_store::Ledger;
use serde_json::Value;

use super::book::Book;
use super::expect;
use super::fields::{Fields, Halt, Read, plain, unsupported};
use super::play::{Applied, BOOK, Mismatch, Play};
use super::policy::Policy;
use super::source::Case;
use super::steps;
use super::tags::Tags;

/// What a case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every expectation was compared and holds.
    Passed,
    /// Something is not as the case says.
    Failed(Vec<Mismatch>),
    /// A store failed, or two stores disagree.
    Broken(String),
    /// It uses this word, which is not known or cannot be done.
    Unsupported(String),
}

/// Plays a case on the memory store and on SQLite. A case that stops the library does not stop the
/// cases after it.
#[must_use]
pub fn run(case: &Case) -> Verdict {
    let both = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| on_both(case)));
    both.unwrap_or_else(|_| Verdict::Broken("the library stopped in the middle of it".to_owned()))
}

fn on_both(case: &Case) -> Verdict {
    let Ok(book) = BookId::parse(BOOK) else { return Verdict::Broken("no id for a book".to_owned()) };
    let memory = verdict(play(&Ledger::memory(book.clone()), case));
    if matches!(memory, Verdict::Unsupported(_)) {
        return memory;
    }
    match on_sqlite(&book, case) {
        Ok(sqlite) if sqlite == memory => memory,
        Ok(sqlite) => Verdict::Broken(format!("memory: {memory:?}; SQLite: {sqlite:?}")),
        Err(problem) => Verdict::Broken(problem),
    }
}

fn on_sqlite(book: &BookId, case: &Case) -> Result<Verdict, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let ledger =
        Ledger::open_sqlite(folder.path().join("case.db"), book.clone()).map_err(|e| e.to_string())?;
    Ok(verdict(play(&ledger, case)))
}

fn verdict(found: Read<Vec<Mismatch>>) -> Verdict {
    match found {
        Ok(mismatches) if mismatches.is_empty() => Verdict::Passed,
        Ok(mismatches) => Verdict::Failed(mismatches),
        Err(Halt::Unsupported(word)) => Verdict::Unsupported(word),
        Err(Halt::Broken(problem)) => Verdict::Broken(problem),
    }
}

/// Plays a case on one book and gives everything that is not as it says.
///
/// # Errors
/// The first word that is not supported, or a store that fails.
pub fn play(book: &dyn Book, case: &Case) -> Read<Vec<Mismatch>> {
    let (mut switches, steps, expectations) = case.parts()?;
    // A switch that stands at nothing is none.
    if let Some(map) = switches.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    let tags = Tags::of(&case.form)?;
    let policy = Policy::read(&switches, &tags)?;
    let mut play = Play::open(book, policy, tags)?;
    look_ahead(&mut play, steps, expectations)?;
    match through(&mut play, steps, expectations) {
        // What stopped it follows from what was different before.
        Err(Halt::Broken(problem)) if !play.mismatches.is_empty() => {
            let (expected, actual) = ("every step".into(), problem.into());
            play.mismatches.push(Mismatch { what: "the case".to_owned(), expected, actual });
        }
        Err(halt) => return Err(halt),
        Ok(()) => book.verify()?,
    }
    Ok(play.mismatches)
}

/// Plays the steps and compares each expectation at its moment.
fn through(play: &mut Play<'_>, steps: &[Value], expectations: &[Value]) -> Read<()> {
    let mut looked_at = 0_usize;
    for (n, value) in (1_usize..).zip(steps) {
        steps::step(play, value)?;
        if play.events.len() != n {
            return Err(Halt::Broken(format!("step {n} noted nothing")));
        }
        for value in expectations {
            if expect::moment(value)? == Some(n) {
                expect::check(play, value)?;
                looked_at = looked_at.saturating_add(1);
            }
        }
    }
    for value in expectations {
        if expect::moment(value)?.is_none() {
            expect::check(play, value)?;
            looked_at = looked_at.saturating_add(1);
        }
    }
    if looked_at != expectations.len() {
        return unsupported("after_step beyond the steps");
    }
    Ok(())
}

/// What the case says later about its steps: which are refused, and which credits are applied by a
/// step of their own.
fn look_ahead(play: &mut Play<'_>, steps: &[Value], expectations: &[Value]) -> Read<()> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    for value in expectations {
        if text(value, "what").as_deref() == Some("error")
            && let Some(reference) = text(value, "ref")
        {
            play.expected_errors.entry(reference).or_default().extend(text(value, "value"));
        }
    }
    for value in steps {
        let verb = text(value, "do");
        if matches!(verb.as_deref(), Some("allocate" | "allocate_max" | "auto_allocate"))
            && let Some(credit) = text(value, "from").or_else(|| text(value, "ref"))
        {
            let to = Fields::of("step", value)?.names("to")?;
            let amount = value.get("amount").and_then(plain);
            play.applied_later.entry(credit).or_default().push(Applied { to, amount });
        }
        if verb.as_deref() == Some("payment") {
            for (credit, applied) in consumed(value) {
                play.applied_later.entry(credit).or_default().push(applied);
            }
        }
    }
    Ok(())
}

/// The credits that a payment consumes beside its cash, with a negative amount, and where they go.
fn consumed(payment: &Value) -> Vec<(String, Applied)> {
    let list = payment.get("allocations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let parts: Vec<(String, String)> = list
        .iter()
        .filter_map(|part| Some((part.get("ref").and_then(plain)?, part.get("amount").and_then(plain)?)))
        .collect();
    let to: Vec<String> =
        parts.iter().filter(|(_, amount)| !amount.starts_with('-')).map(|(to, _)| to.clone()).collect();
    let taken = parts.iter().filter_map(|(credit, amount)| Some((credit, amount.strip_prefix('-')?)));
    taken
        .map(|(credit, amount)| (credit.clone(), Applied { to: to.clone(), amount: Some(amount.to_owned()) }))
        .collect()
}
