//! Steps of stories about deductions: few accounts with limits within reach, claims that count only in
//! part, and what settles them and is undone.

use proptest::prelude::*;

use super::{DocPick, HowPick, Size, Step, Worth, days, documents, now_and_then, sizes};

/// Whether a claim counts for credit and for dunning; for everything `mostly` times as often as not.
pub(super) fn counting(mostly: u32) -> impl Strategy<Value = (bool, bool)> {
    prop_oneof![mostly => Just((true, true)), 1 => (any::<bool>(), any::<bool>())]
}

/// Days close together, so that what is dated earlier and later meets.
fn near() -> impl Strategy<Value = u8> {
    prop_oneof![9 => 0..8_u8, 1 => days()]
}

/// Documents in base currency of a few accounts; three in eight count only in part.
fn claims() -> impl Strategy<Value = DocPick> {
    let lines = proptest::collection::vec(((1..40_u8).prop_map(Worth::Plain), Just(0), Just(false)), 1..3);
    (documents(), 1..4_u8, near(), lines, counting(1), now_and_then(0..3_u8, 4)).prop_map(
        |(plain, account, day, lines, counts, order)| DocPick {
            account,
            day,
            lines,
            counts,
            order,
            currency: 0,
            rate: None,
            accounting: None,
            po_number: true,
            vouched: false,
            ..plain
        },
    )
}

fn how() -> impl Strategy<Value = HowPick> {
    proptest::collection::vec((0..8_u8, sizes(), Just(false)), 1..3).prop_map(HowPick::To)
}

fn limits() -> impl Strategy<Value = Step> {
    let limit = prop_oneof![7 => (40..700_u16).prop_map(Some), 1 => Just(None)];
    (0..4_u8, limit).prop_map(|(account, limit)| Step::SetLimit { account, stale: false, limit })
}

/// The steps of a story: limits first.
pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let first = proptest::collection::vec(limits(), 2..5);
    let then = proptest::collection::vec(step(), most / 2..=most);
    (first, then).prop_map(|(first, then)| first.into_iter().chain(then).collect())
}

fn step() -> impl Strategy<Value = Step> {
    let pay = (1..4_u8, (1..40_u8).prop_map(Worth::Plain), near(), how());
    prop_oneof![
        8 => claims().prop_map(Step::Invoice),
        2 => claims().prop_map(|doc| Step::DebitMemo { doc, of: None }),
        7 => (0..8_u8, now_and_then(0..4_u8, 3), sizes(), near(), counting(1)).prop_map(
            |(item, to, size, day, counts)| Step::MoveDebit { item, to, size, day, due: None, counts }
        ),
        6 => pay.prop_map(|(account, worth, day, how)| Step::Pay {
            account: Some(account),
            like: None,
            worth,
            currency: 0,
            rate: None,
            day,
            accounting: None,
            value: None,
            on_account: false,
            order: None,
            how: Some(how),
        }),
        4 => (0..8_u8, now_and_then(near(), 2), how())
            .prop_map(|(credit, day, how)| Step::Allocate { credit, day, how }),
        6 => (0..12_u8, near()).prop_map(|(link, day)| Step::Undo { link, day }),
        2 => (0..8_u8, sizes(), near(), proptest::sample::select(&crate::world::Because::ALL[..]))
            .prop_map(|(item, size, day, because)| Step::WriteOff { item, size, day, because }),
        3 => limits(),
        7 => ((0..3_u8, 1..4_u8, near()), (1..40_u8).prop_map(Worth::Plain), any::<bool>()).prop_map(
            |((order, account, day), worth, delivered)| Step::Order {
                order, account, day, worth, currency: 0, delivered, vouched: false,
            }
        ),
        2 => (0..5_u8, 0..40_u8).prop_map(|(account, day)| Step::Release { account, day }),
        1 => (proptest::collection::vec(0..8_u8, 1..4), near(), near(), 1..4_u8).prop_map(
            |(items, day, start, count)| Step::Plan { items, day, start, months: 1, count, by_amount: false }
        ),
        1 => (1..4_u8, now_and_then(0..2_u8, 2)).prop_map(|(account, parent)| Step::Amend {
            account, stale: false, parent, po_required: false,
        }),
        1 => (0..8_u8, near()).prop_map(|(document, day)| Step::Void { document, day }),
        1 => (proptest::collection::vec((0..8_u8, Just(Some(Size::Half))), 1..3), near())
            .prop_map(|(items, day)| Step::Net { items, size: None, day }),
    ]
}
