//! The policies that stories are played under.

use proptest::prelude::*;

use super::{now_and_then, rarely};
use crate::world::{Approvals, World};

/// What needs a second person: mostly write-offs among it, with limits that stories reach.
fn approvals() -> impl Strategy<Value = Approvals> {
    let acts = prop_oneof![2 => Just(1_u8), 3 => any::<u8>(), 1 => Just(255)];
    let over_time = now_and_then(0..3_000_i64, 2);
    let months = prop_oneof![Just(1_u32), Just(3), Just(12)];
    (acts, 0..2_500_i64, over_time, months, rarely(4), prop_oneof![3 => Just(30_u16), 1 => 1..9_u16])
        .prop_map(|(acts, limit, cumulative, months, one_approver, days)| Approvals {
            acts,
            limit,
            cumulative,
            months,
            one_approver,
            days,
        })
}

/// The policies of a book.
pub(super) fn worlds() -> impl Strategy<Value = World> {
    let tolerances =
        (now_and_then(1..150_i64, 3), now_and_then(1..150_i64, 3), now_and_then(1..150_i64, 4), rarely(2));
    let close = (rarely(4), rarely(2), rarely(3));
    let coins_and_approvals = (now_and_then(2..100_i64, 3), now_and_then(approvals(), 2), any::<bool>());
    (rarely(3), rarely(3), rarely(3), tolerances, close, coins_and_approvals).prop_map(
        |(unconverted, block_invoices, move_late, (tolerance, excess, of_payment, pooled), close, rest)| {
            let (coins, approvals, memo_discounts) = rest;
            World {
                unconverted,
                block_invoices,
                move_late,
                late_on_entry: close.0,
                settle_before_close: close.1,
                one_reopener: close.2,
                tolerance,
                excess,
                of_payment,
                pooled,
                coins,
                approvals,
                memo_discounts,
            }
        },
    )
}
