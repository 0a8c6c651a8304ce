//! INV-47 on a fixed story of runs, write-offs against the allowance and what came back to it: in step with
//! the model, and with books that are really broken.
#![allow(missing_docs)]

use ar_testing::books::{Books, Fault};
use ar_testing::checks::{self, Checked};
use ar_testing::playing::{checked, in_step, played};
use ar_testing::providing::story;
use ar_testing::world::World;

fn verdict(fault: Option<Fault>) -> Checked {
    let books = fault.map_or_else(Books::honest, Books::broken);
    checked(&played(&World::plain(), story(), books), checks::allowances_roll_forward)
}

#[test]
fn inv_47_runs_and_what_uses_the_allowance_go_as_the_model_says() {
    let played =
        in_step(&World::plain(), story(), Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let codes: Vec<_> = played.codes.keys().copied().collect();
    assert_eq!(codes, ["allowance.invalid", "allowance.later_run", "rate.missing"]);
}

#[test]
fn inv_47_an_allowance_beyond_rates_times_exposure_or_that_forgets_what_used_it_is_caught() {
    assert_eq!(verdict(None), Ok(()), "the book that works");
    for fault in [Fault::AllowsMore, Fault::UsesStay, Fault::UsesNotRead] {
        let found = verdict(Some(fault)).expect_err(&format!("{fault:?} goes unnoticed"));
        assert_eq!(found.invariant, "INV-47", "{fault:?}: {found}");
    }
}
