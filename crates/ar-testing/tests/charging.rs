//! INV-46 on a fixed story: in step with the model that counts days one by one, and with books that
//! are really broken.
#![allow(missing_docs)]

use ar_testing::books::{Books, Fault};
use ar_testing::charging::story;
use ar_testing::checks::{self, Checked};
use ar_testing::playing::{checked, in_step, played};
use ar_testing::world::World;

fn verdict(fault: Option<Fault>) -> Checked {
    let books = fault.map_or_else(Books::honest, Books::broken);
    checked(&played(&World::plain(), story(), books), checks::charges_follow_their_workings)
}

#[test]
fn inv_46_charges_go_as_the_model_counts_them_day_by_day() {
    let lockstep =
        in_step(&World::plain(), story(), Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let [accepted, refused, _] = lockstep.counts;
    // The prologue has eight commands; six of the story are refused.
    assert_eq!((accepted, refused), (8 + story().len() - 6, 6), "{:?}", lockstep.codes);
}

#[test]
fn inv_46_a_day_charged_twice_a_cent_added_and_a_mark_that_is_lost_are_caught() {
    assert_eq!(verdict(None), Ok(()), "the book that works");
    for fault in [Fault::ForgetsMarks, Fault::RaisesInterest, Fault::LosesChargeLines] {
        let found = verdict(Some(fault)).expect_err(&format!("{fault:?} goes unnoticed"));
        assert_eq!(found.invariant, "INV-46", "{fault:?}: {found}");
    }
}

#[test]
fn inv_46_a_payment_known_later_that_corrects_nothing_is_caught_in_step() {
    for fault in [Fault::HidesNews, Fault::ForgetsMarks] {
        assert!(in_step(&World::plain(), story(), Books::broken(fault)).is_err(), "{fault:?} goes unnoticed");
    }
}
