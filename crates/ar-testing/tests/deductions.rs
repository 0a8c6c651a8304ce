//! INV-14 and INV-52 on a fixed story of deductions that count for no credit limit: in step with the model,
//! and with books that are really broken.
#![allow(missing_docs)]

use ar_testing::books::{Books, Fault};
use ar_testing::checks;
use ar_testing::deductions::{story, world};
use ar_testing::playing::{checked, in_step, played};

#[test]
fn inv_52_deductions_that_do_not_count_go_as_the_model_says() {
    let lockstep =
        in_step(&world(), story(), Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let beyond = lockstep.codes.get("credit.limit_exceeded").copied();
    let [_, refused, _] = lockstep.counts;
    // Whatever is refused is refused for the limit.
    assert_eq!((beyond, refused), (Some(refused), 7), "{:?}", lockstep.codes);
}

#[test]
fn inv_52_a_limit_that_is_compared_with_what_does_not_count_is_caught_in_step() {
    let found = in_step(&world(), story(), Books::broken(Fault::CountsDeductions));
    let found = found.err().expect("it goes unnoticed");
    assert!(found.detail.contains("is fine and was answered"), "{found}");
    assert!(found.detail.contains("credit.limit_exceeded"), "{found}");
}

#[test]
fn inv_14_an_undo_that_forgets_what_does_not_count_is_caught() {
    let verdict = |books| checked(&played(&world(), story(), books), checks::figures_are_sums);
    assert_eq!(verdict(Books::honest()), Ok(()), "the book that works");
    let found = verdict(Books::broken(Fault::ForgetsUncounted)).expect_err("it goes unnoticed");
    assert_eq!(found.invariant, "INV-14", "{found}");
    // What it lets pass or refuses is wrong from then on.
    let found = in_step(&world(), story(), Books::broken(Fault::ForgetsUncounted));
    assert!(found.is_err(), "it goes unnoticed in step");
}
