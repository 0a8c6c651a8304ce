//! INV-28 and INV-30 on a fixed story of nettings and of memos for what was paid with a discount: in step
//! with the model, and with books that are really broken.
#![allow(missing_docs)]

use ar_testing::books::{Books, Fault};
use ar_testing::checks::{self, Check, Checked};
use ar_testing::netting::{story, world};
use ar_testing::playing::{checked, in_step, played};

fn verdict(check: Check, fault: Option<Fault>) -> Checked {
    let books = fault.map_or_else(Books::honest, Books::broken);
    checked(&played(&world(), story(), books), check)
}

#[test]
fn inv_28_nettings_and_memos_go_as_the_model_says() {
    let lockstep =
        in_step(&world(), story(), Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let [accepted, refused, _] = lockstep.counts;
    // The prologue has eight commands; three of the story are refused.
    assert_eq!((accepted, refused), (8 + story().len() - 3, 3), "{:?}", lockstep.codes);
}

#[test]
fn inv_28_a_netting_that_is_lost_or_booked_elsewhere_is_caught() {
    let check = checks::nettings_are_in_the_clearing;
    assert_eq!(verdict(check, None), Ok(()), "the book that works");
    for fault in [Fault::LosesNettings, Fault::NetsElsewhere] {
        let found = verdict(check, Some(fault)).expect_err(&format!("{fault:?} goes unnoticed"));
        assert_eq!(found.invariant, "INV-28", "{fault:?}: {found}");
    }
}

#[test]
fn inv_30_a_discount_that_is_taken_back_twice_or_stays_back_is_caught() {
    let check = checks::discounts_taken_back_were_granted;
    assert_eq!(verdict(check, None), Ok(()), "the book that works");
    for fault in [Fault::CreditedNotCounted, Fault::BacksStay] {
        let found = verdict(check, Some(fault)).expect_err(&format!("{fault:?} goes unnoticed"));
        assert_eq!(found.invariant, "INV-30", "{fault:?}: {found}");
    }
}
