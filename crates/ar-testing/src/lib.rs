//! Proof that the library keeps its promises.
//!
//! - [`model`]: what the books must say, counted the naive way from a list of dated facts.
//! - [`steps`]: stories as shrinkable steps; [`resolve`] gives them meaning, [`act`] is the plain
//!   form, [`wire`] turns it into commands.
//! - [`script`]: one fixed story with an opportunity for every broken variant.
//! - [`settling`]: another, of discounts, exchange differences and write-offs.
//! - [`agreeing`]: promises, and plans called in.
//! - [`playing`]: fixed stories played on books, alone or in step with the model.
//! - [`matching`]: what the rules of allocation propose, counted and compared.
//! - [`rows`]: the fold written a second time, with a source of facts that looks at everything.
//! - [`stingy`]: the same facts, none of them handed over on the first question.
//! - [`checks`]: the invariants as functions over a log and its rows.
//! - [`books`]: stores broken on purpose, each of which some check must catch.
//! - [`kept`]: a real store seen through its public trait.
//! - `crash`: killing a process that writes.
//! - [`conformance`]: the suite that every implementor of a store can run.
//! - `cases`: worked cases of other systems in neutral words, played on every store.
//! - [`lockstep`]: one story on the model and on any number of stores at once.
//!
//! Never a normal dependency: it panics freely where a test should stop.

pub mod act;
pub mod agreeing;
pub mod approving;
pub mod books;
#[cfg(feature = "sqlite")]
pub mod cases;
pub mod charging;
pub mod checks;
pub mod conformance;
#[cfg(feature = "sqlite")]
pub mod crash;
pub mod deductions;
pub mod kept;
pub mod lockstep;
pub mod losing;
pub mod matching;
pub mod model;
pub mod netting;
pub mod playing;
pub mod prepaying;
pub mod providing;
pub mod resolve;
pub mod rows;
pub mod script;
pub mod settling;
pub mod shared;
pub mod steps;
pub mod stingy;
pub mod subject;
pub mod wire;
pub mod withheld;
pub mod world;
