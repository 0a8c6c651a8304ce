//! Documents of acts, in plain values.

use ar_core::values::*;

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// The series of that name.
    Series(SeriesId),
    /// Given.
    Given(DocumentId),
}

/// An invoice, a debit memo or a credit memo with lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: Number,
    /// Its currency.
    pub currency: Currency,
    /// A rate given with it.
    pub rate: Option<Rate>,
    /// Document date.
    pub date: Date,
    /// Accounting date.
    pub accounting: Option<Date>,
    /// Terms; the book's when absent.
    pub terms: Option<Terms>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The customer's purchase order number.
    pub po_number: bool,
    /// The order it bills.
    pub order: Option<OrderId>,
    /// For debit memos: the invoice it adds to.
    pub invoice: Option<DocumentId>,
    /// Whether its reason counts for credit and for dunning.
    pub counts: (bool, bool),
    /// Whether somebody vouches for it beyond the limit.
    pub vouched: bool,
}

/// Payment terms, as far as stories vary them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Net days of the last instalment.
    pub days: u16,
    /// Percent and net days of the instalments before the last, which takes the remainder.
    pub before: Vec<(u8, u16)>,
    /// Early-payment discounts: percent, days, days of grace.
    pub discounts: Vec<(u8, u16, u16)>,
    /// Whether part payments earn their share of them.
    pub shared: bool,
    /// The number of their name, where they have one: then they are one due date and nothing else.
    pub name: Option<u8>,
}

/// A line with an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its amount, without tax.
    pub amount: Money,
    /// Percent of its tax code (0: no code), or the number of several codes.
    pub tax: u8,
    /// Freight instead of goods.
    pub freight: bool,
}

/// Which part of an invoice is credited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was not credited before.
    Whole,
    /// A line, counted from 1, wholly or by a net amount.
    Line(usize, Option<Money>),
}
