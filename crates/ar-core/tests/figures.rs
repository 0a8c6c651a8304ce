//! Figures of accounts and groups end where they can no longer be kept exactly: what would pass the
//! end is a refusal and leaves nothing behind (INV-02).
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake;

use ar_core::rows::{Owner, TotalsRow};
use ar_core::*;
use fake::*;

const END: i64 = 1_000_000_000_000_000_000;
const LARGEST: &str = "10000000000000.00";
const LARGEST_MINOR: i64 = 1_000_000_000_000_000;

fn command(json: serde_json::Value) -> Command {
    serde_json::from_value(json).unwrap()
}

fn account(name: &str, parent: Option<&str>) -> Command {
    let profile = parent.map_or(serde_json::json!({}), |parent| serde_json::json!({ "parent": parent }));
    command(serde_json::json!({"open_account": {"account": name, "date": "2024-01-01", "profile": profile}}))
}

fn order(name: &str, amount: &str) -> Command {
    command(serde_json::json!({"report_order": {
        "order": name, "account": "C-1", "date": "2024-01-02", "amount": amount, "stage": "ordered"}}))
}

/// A book in which C-1 stands under H, and an owner has ordered so much.
fn ordered(owner: Owner, orders: i64) -> Fake {
    let mut fake = Fake::open(Vec::new());
    fake.run(account("H", None)).unwrap();
    fake.run(account("C-1", Some("H"))).unwrap();
    let currency = currency("EUR");
    let row = TotalsRow { orders, ..TotalsRow::empty(owner.clone(), currency) };
    fake.totals.insert((owner, currency), row);
    fake
}

#[test]
fn inv_02_figures_reach_their_end_and_do_not_pass_it() {
    for owner in [Owner::Account(id("C-1")), Owner::Group(id("H"))] {
        let mut fake = ordered(owner.clone(), END - LARGEST_MINOR);
        fake.run(order("O-1", LARGEST)).unwrap();
        assert_eq!(fake.totals[&(owner.clone(), currency("EUR"))].orders, END);
        assert_eq!(fake.refused(order("O-2", LARGEST)), "amount.figures_out_of_range", "{owner:?}");
        // What lowers them always passes, and so does an amount too small to matter.
        fake.run(order("O-1", "0.00")).unwrap();
        fake.run(order("O-3", "1.00")).unwrap();
    }
}

#[test]
fn inv_02_figures_beyond_one_amount_do_not_follow_an_account_into_a_group() {
    let amend =
        || command(serde_json::json!({"amend_account": {"account": "C-1", "version": 1, "profile": {}}}));
    let owner = Owner::Account(id("C-1"));
    assert_eq!(ordered(owner.clone(), LARGEST_MINOR + 1).refused(amend()), "amount.out_of_range");
    // One less is one amount, and goes.
    let mut fake = ordered(owner, LARGEST_MINOR);
    let group = (Owner::Group(id("H")), currency("EUR"));
    fake.totals.insert(
        group.clone(),
        TotalsRow { owner: group.0.clone(), ..fake.totals.values().next().unwrap().clone() },
    );
    fake.run(amend()).unwrap();
    assert_eq!(fake.totals[&group].orders, 0);
}
