//! INV-08 on a fixed story of differences, each way and in every scope, with books that are really
//! broken.

use ar_testing::act::{Act, Deed};
use ar_testing::books::{Books, Fault};
use ar_testing::checks::{Checked, Evidence, differences_stay_within_limits};
use ar_testing::script::{given, invoice, pay};
use ar_testing::subject::{Subject, decoded};
use ar_testing::wire::{envelope, instant, opening};
use ar_testing::world::{World, id, prologue};

/// Three pairs of invoices of 100.00; each pair is paid with one payment.
fn story(world: &World, paid: [i64; 3]) -> Vec<ar_core::Envelope> {
    let mut acts: Vec<(String, Act)> = Vec::new();
    for (n, minor) in paid.into_iter().enumerate() {
        let (one, other) = (format!("A-{n}"), format!("B-{n}"));
        for number in [&one, &other] {
            acts.push((number.to_lowercase(), invoice("C-0", given(number), 0, None, &[(10_000, 0)])));
        }
        acts.push((format!("p{n}"), pay(&format!("P-{n}"), "C-0", minor, 5, &[&one, &other])));
    }
    let mut all = vec![opening(world)];
    all.extend(prologue().iter().map(envelope));
    for (n, (key, act)) in acts.into_iter().enumerate() {
        let at = instant(1_000 + i64::try_from(n).expect("few"));
        all.push(envelope(&Deed { key: id(&key), actor: id("clerk-0"), at, act }));
    }
    all
}

/// What is open after the story, and what the check says of the log.
fn played(mut books: Books, world: &World, paid: [i64; 3]) -> (i64, Checked) {
    for envelope in story(world, paid) {
        books.execute(&envelope);
    }
    let open = |item: &ar_core::rows::ItemRow| match item.side {
        ar_core::document::Side::Debit => item.open,
        ar_core::document::Side::Credit => -item.open,
    };
    let left = books.kept().items.values().map(open).sum();
    let log = books.log();
    let records = decoded(&log).expect("the log decodes");
    let found =
        differences_stay_within_limits(Evidence { bytes: &log, records: &records, rows: books.kept() });
    (left, found)
}

fn world(pooled: bool) -> World {
    World { tolerance: Some(500), excess: Some(500), of_payment: None, pooled, ..World::plain() }
}

#[test]
fn inv_08_a_difference_beyond_its_limit_stays_open_and_a_book_that_absorbs_it_is_caught() {
    // 5.01 short and 5.01 too much on two invoices, and an exact payment.
    let paid = [19_499, 20_501, 20_000];
    let (left, found) = played(Books::honest(), &world(false), paid);
    assert_eq!((left, found), (501 - 501, Ok(())), "each stands where it arose");
    let (_, found) = played(Books::broken(Fault::TolerancesWidened), &world(false), paid);
    assert_eq!(found.map_err(|v| v.invariant), Err("INV-08"), "limits ten times as wide");
    let (_, found) = played(Books::broken(Fault::KeepsCents), &world(false), [19_500, 20_500, 20_000]);
    assert_eq!(found.map_err(|v| v.invariant), Err("INV-08"), "a cent more on everything");
}

#[test]
fn inv_08_pooled_allowances_absorb_as_much_as_all_items_together_may() {
    let paid = [19_000, 21_000, 20_000];
    assert_eq!(played(Books::honest(), &world(true), paid), (0, Ok(())));
    let beyond = [18_999, 21_001, 20_000];
    let (left, found) = played(Books::honest(), &world(true), beyond);
    assert_eq!((left, found), (1_001 - 1_001, Ok(())));
    let (_, found) = played(Books::broken(Fault::TolerancesWidened), &world(true), beyond);
    assert_eq!(found.map_err(|v| v.invariant), Err("INV-08"));
}

#[test]
fn inv_08_what_a_payment_lacks_has_a_limit_of_its_own() {
    let world = World { of_payment: Some(700), ..World::plain() };
    assert_eq!(played(Books::honest(), &world, [19_300, 20_000, 20_000]), (0, Ok(())));
    let (left, found) = played(Books::honest(), &world, [19_299, 20_000, 20_000]);
    assert_eq!((left, found), (701, Ok(())));
    let (_, found) = played(Books::broken(Fault::TolerancesWidened), &world, [19_299, 20_000, 20_000]);
    assert_eq!(found.map_err(|v| v.invariant), Err("INV-08"));
}
