//! How acts settle items, in plain values.

use ar_core::values::*;

/// How a credit is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// To these items, each with what it takes of the credit (as much as settles it when absent)
    /// and whether a discount may be taken.
    Explicit(Vec<Target>),
    /// By rules.
    Rules(Rules),
}

/// Instalments of a plan, at equal distances in months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The first due date.
    pub start: Date,
    /// Months between two.
    pub months: u16,
    /// The amount of each; else `count` equal shares.
    pub each: Option<Money>,
    /// How many.
    pub count: u16,
    /// How many days one may be late before the plan is in default.
    pub default_after: Option<u16>,
}

/// What rules go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Documents the payer named.
    pub references: Vec<DocumentId>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Whether a person looks on.
    pub attended: bool,
}

/// One item to settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The item.
    pub item: ItemId,
    /// What it takes of the credit.
    pub amount: Option<Money>,
    /// Whether a discount may be taken.
    pub discount: bool,
    /// A discount that is granted, earned or not: the best of the terms, or this amount.
    pub grant: Option<Option<Money>>,
    /// Tax withheld.
    pub withheld: Option<Withheld>,
}

/// How much tax is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// So much.
    Amount(Money),
    /// What a code says, by its number.
    Code(u8),
}

/// A rule of finding items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The documents the payer named.
    References,
    /// The one item that the credit settles exactly.
    ExactItem,
    /// The whole account, when the credit settles it exactly.
    ExactTotal,
    /// All that is past due, when the credit settles it exactly.
    PastDueTotal,
    /// What is past due under terms of one name, when the credit settles it exactly.
    PastDueByTerms,
    /// The fewest items that the credit settles exactly.
    Combination {
        /// Most items.
        most: u8,
    },
    /// By due date.
    Oldest {
        /// Whether the last item may be settled in part.
        partial: bool,
    },
    /// In proportion.
    ProRata,
    /// Costs, then interest, then debts.
    ChargesFirst,
}
