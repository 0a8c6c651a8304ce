//! The book that stories play in: currencies, tax codes, reasons and the policies that vary.

use ar_core::values::*;

use crate::act::{Act, Deed, Limit, Profile};

/// What varies between books, in plain values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// Whether items in a currency without a rate are kept without a base amount.
    pub unconverted: bool,
    /// Whether an invoice beyond the credit limit is refused; otherwise it holds the account.
    pub block_invoices: bool,
    /// Whether a late document moves to the first open day; otherwise it is refused.
    pub move_late: bool,
    /// Whether a late document moves to the day it is entered; goes before the first open day.
    pub late_on_entry: bool,
    /// Whether a period is closed only without cash that settles nothing.
    pub settle_before_close: bool,
    /// Whether only `clerk-1` reopens.
    pub one_reopener: bool,
    /// Largest shortfall absorbed, in minor units of every currency.
    pub tolerance: Option<i64>,
    /// Largest excess kept, likewise.
    pub excess: Option<i64>,
    /// What a payment may lack of all that it is to settle, likewise.
    pub of_payment: Option<i64>,
    /// Whether the allowances of all items of one application count together.
    pub pooled: bool,
    /// The coin that documents are rounded to, in minor units of every currency.
    pub coins: Option<i64>,
    /// What needs a second person.
    pub approvals: Option<Approvals>,
    /// Whether memos take back their share of a discount that was taken.
    pub memo_discounts: bool,
}

/// What of a book needs a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvals {
    /// Which acts, one bit each in the order of [`Kept::ALL`].
    pub acts: u8,
    /// What one person does alone, in minor units of every currency.
    pub limit: i64,
    /// What one person gives up alone over time, likewise.
    pub cumulative: Option<i64>,
    /// Over how many months: 1, 3 or 12.
    pub months: u32,
    /// Whether only `clerk-2` approves.
    pub one_approver: bool,
    /// Days that a proposal waits.
    pub days: u16,
}

/// An act that may need a second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kept {
    WriteOff,
    CreditMemo,
    Refund,
    Limit,
    Release,
    Override,
    Waiver,
    Reopen,
}

impl Kept {
    /// Every act.
    pub const ALL: [Self; 8] = [
        Self::WriteOff,
        Self::CreditMemo,
        Self::Refund,
        Self::Limit,
        Self::Release,
        Self::Override,
        Self::Waiver,
        Self::Reopen,
    ];
}

impl Approvals {
    /// Whether an act is among them.
    #[must_use]
    pub fn keeps(&self, kept: Kept) -> bool {
        Kept::ALL.iter().position(|known| *known == kept).is_some_and(|n| self.acts & (1 << n) != 0)
    }
}

impl World {
    /// The book with every policy at its default.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            unconverted: false,
            block_invoices: false,
            move_late: false,
            late_on_entry: false,
            settle_before_close: false,
            one_reopener: false,
            tolerance: None,
            excess: None,
            of_payment: None,
            pooled: false,
            coins: None,
            approvals: None,
            memo_discounts: false,
        }
    }
}

/// The one book of all stories.
pub const BOOK: &str = "B";
/// The reason code of all memos and write-offs.
pub const REASON: &str = "WHY";
/// The reason that takes back the tax in what is given up.
pub const RELIEF: &str = "BAD-DEBT";
/// What counts only in part beyond the ledger: whether for credit and for dunning, and its reason.
pub const PARTLY: [((bool, bool), &str); 3] =
    [((false, true), "NO-CREDIT"), ((true, false), "NO-DUNNING"), ((false, false), "NOWHERE")];
/// The reason of what counts for credit and for dunning as told.
#[must_use]
pub fn reason_that(counts: (bool, bool)) -> ReasonCode {
    id(PARTLY.iter().find(|(partly, _)| *partly == counts).map_or(REASON, |(_, code)| code))
}

/// Why something is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The common reason: a loss.
    Common,
    /// The tax in it is taken back.
    Relief,
    /// It was allowed for.
    Allowed,
    /// It was allowed for, and the tax in it is taken back.
    AllowedRelief,
}

impl Because {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Common, Self::Relief, Self::Allowed, Self::AllowedRelief];

    /// The code of the reason.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Common => REASON,
            Self::Relief => RELIEF,
            Self::Allowed => "ALLOWED",
            Self::AllowedRelief => "ALLOWED-TAX",
        }
    }

    /// Whether it takes back the tax.
    #[must_use]
    pub const fn relief(self) -> bool {
        matches!(self, Self::Relief | Self::AllowedRelief)
    }

    /// Whether it uses the allowance.
    #[must_use]
    pub const fn allowed(self) -> bool {
        matches!(self, Self::Allowed | Self::AllowedRelief)
    }
}
/// The policy of interest alone, for debts in any currency.
pub const CHARGE_POLICY: &str = "LATE";
/// The same with fixed sums, for debts in base currency.
pub const FEE_POLICY: &str = "LATE-FEES";
/// Rates of interest: from which day of the stories, and hundredths of a percent by the year.
pub const CHARGE_RATES: [(i32, i64); 3] = [(-400, 925), (20, 1_250), (61, 1_100)];
/// Fixed sums: for debts from so many minor units on, so many.
pub const FEES: [(i64, i64); 2] = [(0, 40), (1_000, 70)];
/// Days that a rate stays good for.
pub const RATE_DAYS: i32 = 7;
/// Net days of an account without terms.
pub const DEFAULT_DAYS: u16 = 30;

/// Taxes that customers withhold, by the number of their codes: percent, and whether of the net.
pub const WITHHELD: [(u8, bool); 2] = [(10, false), (15, true)];
/// Both taxes on one line.
pub const BOTH: u8 = 26;
/// The tax that falls due with payment.
pub const ON_PAYMENT: u8 = 5;
/// A tax that falls due at once beside it on one line.
pub const MIXED: u8 = 24;

/// The percents of the codes that a line bears, by its number.
#[must_use]
pub fn codes_of(tax: u8) -> &'static [u8] {
    match tax {
        7 => &[7],
        19 => &[19],
        ON_PAYMENT => &[ON_PAYMENT],
        BOTH => &[19, 7],
        MIXED => &[19, ON_PAYMENT],
        _ => &[],
    }
}

/// A currency of the stories: the base currency first.
///
/// # Panics
/// Never: the codes are ISO 4217.
#[must_use]
pub fn currency(n: u8) -> Currency {
    let code = ["EUR", "USD", "JPY"][usize::from(n % 3)];
    Currency::parse(code).expect("an ISO 4217 code")
}

/// The base currency.
#[must_use]
pub fn base() -> Currency {
    currency(0)
}

/// A day of the stories, counted from 2026-01-01.
///
/// # Panics
/// Never within the business range.
#[must_use]
pub fn day(n: i32) -> Date {
    Date::new(2026, 1, 1).and_then(|d| d.add_days(n)).expect("in the business range")
}

/// An id that is known to be one.
///
/// # Panics
/// When the text is no id: a mistake in the story, not in the law.
pub fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("an id")
}

/// Money of minor units, cut to the range that money has.
#[must_use]
pub fn money(minor: i64, currency: Currency) -> Money {
    let most = AMOUNT_MINOR_MAX;
    Money::new(minor.clamp(-most, most), currency).unwrap_or(Money::zero(currency))
}

/// What every story begins with: three accounts (the third with a credit limit), a member of the
/// first one's group, and rates for some days.
#[must_use]
pub fn prologue() -> Vec<Deed> {
    let open = |n: u8, parent: Option<&str>, limit: Limit| Act::OpenAccount {
        account: id(&format!("C-{n}")),
        date: day(0),
        profile: Profile { parent: parent.map(id), po_required: false },
        limit,
    };
    let rate = |c: u8, on: i32, text: &str| Act::Rate {
        currency: currency(c),
        date: day(on),
        rate: Rate::parse(text).unwrap_or(Rate::ONE),
    };
    let acts = [
        open(0, None, Limit::None),
        open(1, None, Limit::None),
        open(2, None, Limit::Amount(money(30_000, base()))),
        open(3, Some("C-0"), Limit::None),
        rate(1, 0, "0.9"),
        rate(1, 8, "0.92"),
        rate(2, 0, "0.0061"),
        rate(2, 6, "0.006"),
    ];
    let deed = |(n, act)| Deed {
        key: id(&format!("pro{n}")),
        actor: id("clerk-0"),
        at: crate::wire::instant(n as i64),
        act,
    };
    acts.into_iter().enumerate().map(deed).collect()
}
