//! INV-36 on a fixed story of payments that are kept for an order: in step with the model, and with a book
//! that is really broken.
#![allow(missing_docs)]

use ar_testing::books::{Books, Fault};
use ar_testing::checks;
use ar_testing::playing::{checked, in_step, played};
use ar_testing::prepaying::story;
use ar_testing::world::World;

#[test]
fn inv_36_what_is_kept_for_an_order_goes_as_the_model_says() {
    let lockstep =
        in_step(&World::plain(), story(), Books::honest()).unwrap_or_else(|violation| panic!("{violation}"));
    let [_, refused, _] = lockstep.counts;
    let of = |code: &str| lockstep.codes.get(code).copied().unwrap_or(0);
    assert_eq!(
        (
            of("order.unknown"),
            of("order.account_mismatch"),
            of("currency.mismatch"),
            of("allocation.nothing")
        ),
        (1, 2, 1, 3),
        "{:?}",
        lockstep.codes
    );
    assert_eq!(refused, 7, "{:?}", lockstep.codes);
}

#[test]
fn inv_36_a_rule_that_spends_what_is_kept_for_an_order_elsewhere_is_caught() {
    let verdict =
        |books| checked(&played(&World::plain(), story(), books), checks::rules_keep_credits_to_their_orders);
    assert_eq!(verdict(Books::honest()), Ok(()), "the book that works");
    let found = verdict(Books::broken(Fault::OrdersNotRead)).expect_err("it goes unnoticed");
    assert_eq!(found.invariant, "INV-36", "{found}");
    let found = in_step(&World::plain(), story(), Books::broken(Fault::OrdersNotRead));
    assert!(found.is_err(), "it goes unnoticed in step");
}
