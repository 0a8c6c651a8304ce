//! INV-37, INV-63 and INV-65 on a fixed story: in step with the model, and with books that are really
//! broken.
#![allow(missing_docs)]

use ar_testing::approving::{as_shown, story, world};
use ar_testing::books::{Books, Fault};
use ar_testing::checks::{self, Check, Checked, Violation};
use ar_testing::lockstep::Lockstep;
use ar_testing::playing;
use ar_testing::subject::Subject;
use ar_testing::wire;
use ar_testing::world::prologue;

fn in_step(books: Books) -> Result<Lockstep, Violation> {
    let mut lockstep = Lockstep::open(&world(), vec![Box::new(books)])?;
    for deed in story() {
        let deed = as_shown(&deed, lockstep.rows());
        lockstep.deed(&deed)?;
        lockstep.audit()?;
    }
    Ok(lockstep)
}

fn checked(fault: Option<Fault>, check: Check) -> Checked {
    let mut books = fault.map_or_else(Books::honest, Books::broken);
    books.execute(&wire::opening(&world()));
    for deed in prologue().into_iter().chain(story()) {
        let deed = as_shown(&deed, books.kept());
        books.execute(&wire::envelope(&deed));
    }
    playing::checked(&books, check)
}

fn caught(check: Check, invariant: &str, faults: &[Fault]) {
    assert_eq!(checked(None, check), Ok(()), "the book that works");
    for fault in faults {
        let found = checked(Some(*fault), check).expect_err(&format!("{fault:?} goes unnoticed"));
        assert_eq!(found.invariant, invariant, "{fault:?}: {found}");
        assert!(in_step(Books::broken(*fault)).is_err(), "{fault:?} goes unnoticed in step");
    }
}

#[test]
fn inv_65_proposals_go_as_the_model_says() {
    let lockstep = in_step(Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let refused: Vec<(&str, usize)> = lockstep.codes.iter().map(|(code, n)| (*code, *n)).collect();
    let told = [
        ("approval.decided", 2),
        ("approval.digest_differs", 1),
        ("approval.expired", 1),
        ("approval.same_actor", 1),
        ("approval.stale", 1),
    ];
    assert_eq!(refused, told);
}

#[test]
fn inv_37_a_limit_over_time_that_is_not_read_or_lost_is_caught() {
    let check = checks::write_offs_alone_stay_within_limits;
    caught(check, "INV-37", &[Fault::GivenUpNotRead, Fault::LimitsNotRead, Fault::LosesGivenUp]);
}

#[test]
fn inv_63_a_maker_who_approves_an_own_proposal_is_caught() {
    caught(checks::nobody_approves_alone, "INV-63", &[Fault::MakersNotCompared]);
}

#[test]
fn inv_65_other_content_a_late_approval_and_a_second_decision_are_caught() {
    let faults =
        [Fault::DigestsNotCompared, Fault::ExpiryNotRead, Fault::DecisionsNotRead, Fault::ExecutesMore];
    caught(checks::approvals_bind_content, "INV-65", &faults);
}
