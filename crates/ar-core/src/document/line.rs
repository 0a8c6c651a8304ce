//! Lines of a document as asked for: what, how much, and which taxes.

use serde::{Deserialize, Serialize};

use crate::values::*;

/// What a document line is for; revenue and freight post to their own roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LineKind {
    /// Goods.
    #[default]
    Product,
    /// Services.
    Service,
    /// Freight.
    Freight,
    /// A deposit: owed back until it is consumed, and no revenue.
    Deposit,
    /// Interest on late debts.
    Interest,
    /// A fixed sum on a late debt.
    Fee,
}

/// Whether line prices contain tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// Tax comes on top.
    #[default]
    Exclusive,
    /// Tax is contained.
    Inclusive,
}

/// Most lines on a document.
pub const LINES_MAX: usize = 1_000;

/// A line as asked for: an amount, or a quantity and a unit price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Product, service or freight.
    #[serde(default)]
    pub kind: LineKind,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// The line's amount before discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Quantity; with `unit_price` instead of `amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// Line discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<LineDiscount>,
    /// Tax codes in the order in which they are computed, at most four.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxCode>,
    /// Dimensions of the journal line: cost centre, project, ...
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub dimensions: Attributes,
}

/// A discount on a line, or on all lines of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineDiscount {
    /// Percent of the amount.
    Percent(Percent),
    /// An amount.
    Amount(Amount),
}
