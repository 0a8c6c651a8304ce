//! INV-28 for withheld tax on a fixed story: in step with the model, and with books that are really
//! broken.
#![allow(missing_docs)]

use ar_testing::books::{Books, Fault};
use ar_testing::checks::{self, Checked};
use ar_testing::playing::{checked, in_step, played};
use ar_testing::withheld::story;
use ar_testing::world::World;

fn verdict(fault: Option<Fault>) -> Checked {
    let books = fault.map_or_else(Books::honest, Books::broken);
    checked(&played(&World::plain(), story(), books), checks::withheld_tax_is_a_claim)
}

#[test]
fn inv_28_withheld_tax_goes_as_the_model_says() {
    let lockstep =
        in_step(&World::plain(), story(), Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let [accepted, refused, _] = lockstep.counts;
    // The prologue has eight commands; seven of the story are refused.
    assert_eq!((accepted, refused), (8 + story().len() - 7, 7), "{:?}", lockstep.codes);
}

#[test]
fn inv_28_a_claim_that_is_lost_booked_elsewhere_or_proven_twice_is_caught() {
    assert_eq!(verdict(None), Ok(()), "the book that works");
    for fault in [Fault::LosesClaims, Fault::BooksClaimsAsExpense, Fault::CertificatesNotRead] {
        let found = verdict(Some(fault)).expect_err(&format!("{fault:?} goes unnoticed"));
        assert_eq!(found.invariant, "INV-28", "{fault:?}: {found}");
    }
}

#[test]
fn inv_28_a_certificate_that_is_not_read_and_a_claim_that_stays_are_caught_in_step() {
    for fault in [Fault::CertificatesNotRead, Fault::ClaimsStay] {
        assert!(in_step(&World::plain(), story(), Books::broken(fault)).is_err(), "{fault:?} goes unnoticed");
    }
}
