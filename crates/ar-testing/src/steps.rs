//! Steps: what proptest draws, small numbers that shrink to a story.
//!
//! A step names things by place ("the third credit"), modulo what exists, so that every sequence of
//! steps means something and a failing one stays failing while it shrinks. Invalid steps are part
//! of the language: too much, too early, twice, stale, another account's.

mod deducting;
mod withholding;
mod worlds;

use proptest::prelude::*;

use deducting::counting;
use withholding::withholding;

/// How much, relative to what is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// All of it, by leaving the amount out.
    Rest,
    /// All of it, named.
    Whole,
    /// What is left of it after the discount of the first tier.
    Discounted,
    /// Half.
    Half,
    /// One minor unit.
    One,
    /// One minor unit less than all.
    AlmostAll,
    /// One minor unit more than all.
    TooMuch,
    /// Nothing.
    Zero,
    /// Less than nothing.
    Negative,
}

/// An amount of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// So many minor units times 100.
    Plain(u8),
    /// So many minor units.
    Odd(u16),
    /// The largest amount there is.
    Most,
    /// Nothing.
    Zero,
    /// A deduction of so many minor units.
    Less(u8),
}

/// Terms by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermsPick {
    /// The book's.
    Default,
    /// Net days.
    Net(u8),
    /// 2 % within 10 days and 3 of grace, 1 % within 20, net 30.
    Discounts,
    /// The same, and part payments earn their share.
    SharedDiscounts,
    /// 30 % in 10 days, the rest in 60.
    TwoParts,
    /// 50 % in 10 days, 50 % in 20, the rest in 30.
    ThreeParts,
    /// Two parts with a discount on each.
    PartsWithDiscount,
}

/// How a credit is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HowPick {
    /// To items by place, each with how much.
    To(Vec<(u8, Size, bool)>),
    /// By one rule and then another.
    Rules(u8, u8, bool, Option<u8>),
}

/// One step of a story. Fields are places (modulo what exists), days from the first of 2026, sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are named after those of the act they become")]
pub enum Step {
    OpenAccount {
        parent: Option<u8>,
        limit: Option<u16>,
        same_id: bool,
    },
    Amend {
        account: u8,
        stale: bool,
        parent: Option<u8>,
        po_required: bool,
    },
    SetLimit {
        account: u8,
        stale: bool,
        limit: Option<u16>,
    },
    Hold {
        account: u8,
        day: u8,
    },
    Release {
        account: u8,
        day: u8,
    },
    Close {
        account: u8,
    },
    Reopen {
        account: u8,
    },
    Order {
        order: u8,
        account: u8,
        day: u8,
        worth: Worth,
        currency: u8,
        delivered: bool,
        vouched: bool,
    },
    Invoice(DocPick),
    DebitMemo {
        doc: DocPick,
        of: Option<u8>,
    },
    CreditAlone(DocPick),
    CreditInvoice {
        invoice: u8,
        wrong_account: bool,
        series: bool,
        day: u8,
        line: Option<(u8, Size)>,
        apply: bool,
    },
    Void {
        document: u8,
        day: u8,
    },
    Deliver {
        document: u8,
        day: u8,
    },
    Pay {
        account: Option<u8>,
        like: Option<(u8, Size)>,
        worth: Worth,
        currency: u8,
        rate: Option<u8>,
        day: u8,
        accounting: Option<u8>,
        value: Option<u8>,
        on_account: bool,
        order: Option<u8>,
        how: Option<HowPick>,
    },
    Identify {
        payment: u8,
        account: u8,
        day: u8,
        how: Option<HowPick>,
    },
    Reverse {
        payment: u8,
        day: u8,
        returned: bool,
        fee: bool,
    },
    RequestRefund {
        credit: u8,
        size: Size,
        day: u8,
    },
    PayRefund {
        refund: u8,
        day: u8,
    },
    VoidRefund {
        refund: u8,
        day: u8,
    },
    Transfer {
        credit: u8,
        to: u8,
        size: Size,
        day: u8,
    },
    Convert {
        credit: u8,
        to: u8,
        size: Size,
        gives: Option<u16>,
        day: u8,
    },
    Across {
        credit: u8,
        item: u8,
        size: Size,
        gives: Option<u16>,
        day: Option<u8>,
    },
    Revalue {
        account: u8,
        currency: u8,
        day: u8,
        reversed: bool,
    },
    Allocate {
        credit: u8,
        day: Option<u8>,
        how: HowPick,
    },
    Undo {
        link: u8,
        day: u8,
    },
    MoveDebit {
        item: u8,
        to: Option<u8>,
        size: Size,
        day: u8,
        due: Option<u8>,
        counts: (bool, bool),
    },
    Plan {
        items: Vec<u8>,
        day: u8,
        start: u8,
        months: u8,
        count: u8,
        by_amount: bool,
    },
    Agree(crate::agreeing::Agreeing),
    Provide(crate::providing::Providing),
    WriteOff {
        item: u8,
        size: Size,
        day: u8,
        because: crate::world::Because,
    },
    Recover {
        write_off: u8,
        credit: u8,
        size: Size,
        day: u8,
    },
    Assess {
        account: u8,
        fees: bool,
        currency: u8,
        day: u8,
        weeks: u8,
    },
    Waive {
        charge: u8,
        size: Size,
        day: u8,
    },
    Net {
        items: Vec<(u8, Option<Size>)>,
        size: Option<Size>,
        day: u8,
    },
    /// A payment for an open item of which part is withheld.
    PayWithheld {
        item: u8,
        tax: u8,
        size: Size,
        day: u8,
    },
    Certify {
        links: Vec<(u8, Option<Size>)>,
        number: u8,
        day: u8,
        wrong_account: bool,
        reopen: bool,
    },
    WithdrawCertificate {
        certificate: u8,
        day: u8,
    },
    ReturnWithheld {
        link: u8,
        size: Size,
        day: u8,
    },
    Rate {
        currency: u8,
        day: u8,
        rate: u8,
    },
    Periods {
        from: u8,
        to: Option<u8>,
    },
    /// A period of two weeks; shifted, it shares days with the next.
    DefinePeriod {
        period: u8,
        shift: u8,
        backwards: bool,
    },
    /// Closed hard, or softly for the areas and persons of two masks.
    ClosePeriod {
        period: u8,
        soft: Option<(u8, u8)>,
    },
    ReopenPeriod {
        period: u8,
    },
    SignOff {
        period: u8,
        line: u8,
        answer: u8,
    },
    Prove {
        period: u8,
        early: bool,
    },
    /// A proposal is approved, mostly as it was shown.
    Approve {
        proposal: u8,
        unseen: bool,
    },
    Reject {
        proposal: u8,
    },
    Withdraw {
        proposal: u8,
    },
    /// An earlier command again, as it was.
    Repeat {
        earlier: u8,
    },
    /// An earlier key with other content.
    Mutate {
        earlier: u8,
    },
}

/// An invoice or memo by small numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are named after those of the act they become")]
pub struct DocPick {
    pub account: u8,
    pub series: bool,
    pub same_number: bool,
    pub currency: u8,
    pub rate: Option<u8>,
    pub day: u8,
    pub accounting: Option<u8>,
    pub terms: TermsPick,
    pub lines: Vec<(Worth, u8, bool)>,
    pub po_number: bool,
    pub order: Option<u8>,
    pub vouched: bool,
    pub counts: (bool, bool),
}

fn days() -> impl Strategy<Value = u8> {
    // Few days, so that things meet on the same one; some far, so that periods and windows end.
    prop_oneof![6 => 0..12_u8, 3 => 12..45_u8, 1 => 45..120_u8]
}

fn now_and_then<T: std::fmt::Debug + Clone>(
    inner: impl Strategy<Value = T> + 'static,
    one_in: u32,
) -> impl Strategy<Value = Option<T>> {
    let inner = inner.boxed();
    prop_oneof![one_in.saturating_sub(1) => Just(None), 1 => inner.prop_map(Some)]
}

fn rarely(one_in: u32) -> impl Strategy<Value = bool> {
    prop_oneof![one_in.saturating_sub(1) => Just(false), 1 => Just(true)]
}

pub(crate) fn sizes() -> impl Strategy<Value = Size> {
    prop_oneof![
        6 => Just(Size::Rest),
        4 => Just(Size::Whole),
        3 => Just(Size::Half),
        2 => Just(Size::Discounted),
        2 => Just(Size::One),
        1 => Just(Size::AlmostAll),
        2 => Just(Size::TooMuch),
        1 => Just(Size::Zero),
        1 => Just(Size::Negative),
    ]
}

fn worths() -> impl Strategy<Value = Worth> {
    prop_oneof![
        10 => (1..40_u8).prop_map(Worth::Plain),
        4 => (1..3_000_u16).prop_map(Worth::Odd),
        1 => Just(Worth::Most),
        1 => Just(Worth::Zero),
    ]
}

fn currencies() -> impl Strategy<Value = u8> {
    prop_oneof![5 => Just(0_u8), 2 => Just(1_u8), 1 => Just(2_u8)]
}

fn terms() -> impl Strategy<Value = TermsPick> {
    prop_oneof![
        3 => Just(TermsPick::Default),
        2 => (0..60_u8).prop_map(TermsPick::Net),
        3 => Just(TermsPick::Discounts),
        2 => Just(TermsPick::SharedDiscounts),
        2 => Just(TermsPick::TwoParts),
        1 => Just(TermsPick::ThreeParts),
        1 => Just(TermsPick::PartsWithDiscount),
    ]
}

fn hows() -> impl Strategy<Value = HowPick> {
    prop_oneof![
        4 => proptest::collection::vec((0..60_u8, sizes(), rarely(6)), 1..4).prop_map(HowPick::To),
        2 => (0..10_u8, 0..10_u8, any::<bool>(), now_and_then(0..8_u8, 2))
            .prop_map(|(a, b, attended, named)| HowPick::Rules(a, b, attended, named)),
    ]
}

fn documents() -> impl Strategy<Value = DocPick> {
    let lines = proptest::collection::vec(
        (
            prop_oneof![12 => worths(), 1 => (1..30_u8).prop_map(Worth::Less)],
            prop_oneof![
                4 => Just(0_u8),
                2 => Just(19),
                1 => Just(7),
                1 => Just(crate::world::BOTH),
                2 => Just(crate::world::ON_PAYMENT),
                1 => Just(crate::world::MIXED),
            ],
            rarely(5),
        ),
        1..4,
    );
    let head = (0..5_u8, any::<bool>(), rarely(20), currencies(), now_and_then(0..4_u8, 6));
    let rest = (days(), now_and_then(days(), 6), terms(), lines, counting(3));
    (head, rest, any::<bool>(), now_and_then(0..9_u8, 4), rarely(6)).prop_map(
        |(
            (account, series, same_number, currency, rate),
            (day, accounting, terms, lines, counts),
            po_number,
            order,
            vouched,
        )| {
            DocPick {
                account,
                series,
                same_number,
                currency,
                rate,
                day,
                accounting,
                terms,
                lines,
                po_number,
                order,
                vouched,
                counts,
            }
        },
    )
}

fn payments() -> impl Strategy<Value = Step> {
    let money = (now_and_then((0..12_u8, sizes()), 2), worths(), currencies(), now_and_then(0..4_u8, 6));
    let dates = (days(), now_and_then(days(), 6), now_and_then(days(), 4));
    let account = prop_oneof![6 => (0..5_u8).prop_map(Some), 1 => Just(None)];
    let keep = (rarely(6), now_and_then(0..12_u8, 5));
    (account, money, dates, keep, now_and_then(hows(), 2)).prop_map(
        |(account, (like, worth, currency, rate), (day, accounting, value), (on_account, order), how)| {
            Step::Pay { account, like, worth, currency, rate, day, accounting, value, on_account, order, how }
        },
    )
}

fn master_data() -> impl Strategy<Value = Step> {
    // Mostly within reach of a few documents.
    let limit = || now_and_then(prop_oneof![2 => 40..700_u16, 1 => 0..4_000_u16], 2);
    prop_oneof![
        2 => (now_and_then(0..5_u8, 3), limit(), rarely(8))
            .prop_map(|(parent, limit, same_id)| Step::OpenAccount { parent, limit, same_id }),
        2 => (0..5_u8, rarely(3), now_and_then(0..5_u8, 2), rarely(5)).prop_map(
            |(account, stale, parent, po_required)| Step::Amend { account, stale, parent, po_required }
        ),
        3 => (0..5_u8, rarely(4), limit())
            .prop_map(|(account, stale, limit)| Step::SetLimit { account, stale, limit }),
        1 => (0..5_u8, days()).prop_map(|(account, day)| Step::Hold { account, day }),
        2 => (0..5_u8, 10..120_u8).prop_map(|(account, day)| Step::Release { account, day }),
        1 => (0..5_u8).prop_map(|account| Step::Close { account }),
        1 => (0..5_u8).prop_map(|account| Step::Reopen { account }),
        3 => ((0..3_u8, 0..5_u8, days()), worths(), currencies(), any::<bool>(), rarely(5)).prop_map(
            |((order, account, day), worth, currency, delivered, vouched)| Step::Order {
                order, account, day, worth, currency, delivered, vouched,
            }
        ),
        2 => (1..3_u8, days(), 0..4_u8).prop_map(|(currency, day, rate)| Step::Rate { currency, day, rate }),
        2 => (0..14_u8, now_and_then(30..120_u8, 3)).prop_map(|(from, to)| Step::Periods { from, to }),
    ]
}

/// Steps of the calendar: few periods, so that they meet.
fn calendar() -> impl Strategy<Value = Step> {
    let mask = prop_oneof![2 => Just((0_u8, 0_u8)), 3 => (0..64_u8, 0..8_u8)];
    prop_oneof![
        5 => (0..4_u8, now_and_then(0..14_u8, 5), rarely(15)).prop_map(|(period, shift, backwards)| {
            Step::DefinePeriod { period, shift: shift.unwrap_or(0), backwards }
        }),
        4 => (0..4_u8, mask).prop_map(|(period, mask)| Step::ClosePeriod { period, soft: Some(mask) }),
        2 => (0..3_u8).prop_map(|period| Step::ClosePeriod { period, soft: None }),
        4 => (0..4_u8).prop_map(|period| Step::ReopenPeriod { period }),
        1 => (0..4_u8, 0..3_u8, 0..3_u8)
            .prop_map(|(period, line, answer)| Step::SignOff { period, line, answer }),
        1 => (0..3_u8, rarely(4)).prop_map(|(period, early)| Step::Prove { period, early }),
    ]
}

/// One step.
pub fn step() -> impl Strategy<Value = Step> {
    let credit =
        (0..12_u8, rarely(10), any::<bool>(), days(), now_and_then((0..4_u8, sizes()), 2), any::<bool>());
    prop_oneof![
        10 => documents().prop_map(Step::Invoice),
        2 => (documents(), now_and_then(0..12_u8, 2)).prop_map(|(doc, of)| Step::DebitMemo { doc, of }),
        2 => documents().prop_map(Step::CreditAlone),
        4 => credit.prop_map(|(invoice, wrong_account, series, day, line, apply)| Step::CreditInvoice {
            invoice, wrong_account, series, day, line, apply,
        }),
        1 => (0..16_u8, days()).prop_map(|(document, day)| Step::Void { document, day }),
        1 => (0..16_u8, days()).prop_map(|(document, day)| Step::Deliver { document, day }),
        10 => payments(),
        2 => (0..8_u8, 0..5_u8, days(), now_and_then(hows(), 2))
            .prop_map(|(payment, account, day, how)| Step::Identify { payment, account, day, how }),
        3 => (0..8_u8, days(), any::<bool>(), rarely(3))
            .prop_map(|(payment, day, returned, fee)| Step::Reverse { payment, day, returned, fee }),
        3 => (0..8_u8, sizes(), days())
            .prop_map(|(credit, size, day)| Step::RequestRefund { credit, size, day }),
        1 => (0..4_u8, days()).prop_map(|(refund, day)| Step::PayRefund { refund, day }),
        1 => (0..4_u8, days()).prop_map(|(refund, day)| Step::VoidRefund { refund, day }),
        2 => (0..8_u8, 0..5_u8, sizes(), days())
            .prop_map(|(credit, to, size, day)| Step::Transfer { credit, to, size, day }),
        3 => (0..8_u8, 0..3_u8, sizes(), now_and_then(1..9_000_u16, 4), days())
            .prop_map(|(credit, to, size, gives, day)| Step::Convert { credit, to, size, gives, day }),
        4 => (0..8_u8, 0..12_u8, sizes(), now_and_then(1..9_000_u16, 5), now_and_then(days(), 2))
            .prop_map(|(credit, item, size, gives, day)| Step::Across { credit, item, size, gives, day }),
        3 => (0..4_u8, 0..3_u8, days(), any::<bool>())
            .prop_map(|(account, currency, day, reversed)| Step::Revalue { account, currency, day, reversed }),
        9 => (0..8_u8, now_and_then(days(), 2), hows())
            .prop_map(|(credit, day, how)| Step::Allocate { credit, day, how }),
        6 => (0..16_u8, days()).prop_map(|(link, day)| Step::Undo { link, day }),
        6 => (0..12_u8, sizes(), days(), proptest::sample::select(&crate::world::Because::ALL[..]))
            .prop_map(|(item, size, day, because)| Step::WriteOff { item, size, day, because }),
        4 => crate::providing::steps().prop_map(Step::Provide),
        8 => (0..6_u8, 0..6_u8, sizes(), days())
            .prop_map(|(write_off, credit, size, day)| Step::Recover { write_off, credit, size, day }),
        3 => (0..12_u8, now_and_then(0..5_u8, 2), sizes(), days(), now_and_then(days(), 3), counting(1))
            .prop_map(|(item, to, size, day, due, counts)| {
                Step::MoveDebit { item, to, size, day, due, counts }
            }),
        2 => (proptest::collection::vec(0..12_u8, 1..4), days(), days(), 0..4_u8, 0..6_u8, any::<bool>())
            .prop_map(|(items, day, start, months, count, by_amount)| {
                Step::Plan { items, day, start, months, count, by_amount }
            }),
        3 => crate::agreeing::steps().prop_map(Step::Agree),
        5 => (0..5_u8, any::<bool>(), currencies(), days(), 0..14_u8).prop_map(
            |(account, fees, currency, day, weeks)| Step::Assess { account, fees, currency, day, weeks }
        ),
        1 => (0..4_u8, sizes(), days()).prop_map(|(charge, size, day)| Step::Waive { charge, size, day }),
        8 => withholding(),
        3 => (proptest::collection::vec((0..12_u8, now_and_then(sizes(), 3)), 1..3), now_and_then(sizes(), 2), days())
            .prop_map(|(items, size, day)| Step::Net { items, size, day }),
        9 => master_data(),
        7 => calendar(),
        9 => (0..6_u8, rarely(12)).prop_map(|(proposal, unseen)| Step::Approve { proposal, unseen }),
        1 => (0..4_u8).prop_map(|proposal| Step::Reject { proposal }),
        1 => (0..4_u8).prop_map(|proposal| Step::Withdraw { proposal }),
        2 => (0..40_u8).prop_map(|earlier| Step::Repeat { earlier }),
        1 => (0..40_u8).prop_map(|earlier| Step::Mutate { earlier }),
    ]
}

/// A story: the policies of the book and its steps. A few are about deductions and little else.
pub fn story(most: usize) -> impl Strategy<Value = (crate::world::World, Vec<Step>)> {
    let any = proptest::collection::vec(step(), 1..=most);
    (worlds::worlds(), prop_oneof![6 => any.boxed(), 1 => deducting::steps(most).boxed()])
}
