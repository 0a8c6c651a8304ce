//! The content of a document as booked: what is printed, posted and never changed (INV-05,
//! INV-21).

use serde::{Deserialize, Serialize};

use super::{CreditedEntry, DocumentKind, LineKind, TaxMode};
use crate::book::{TaxBase, TaxBasis, TaxKind, TaxMethod, TaxResidual, TaxRounding};
use crate::values::*;

/// Lines, tax groups and totals of a document, with the methods they were computed under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Whether line prices contained tax.
    #[serde(default, skip_serializing_if = "is_exclusive")]
    pub tax_mode: TaxMode,
    /// Where tax was rounded.
    #[serde(default, skip_serializing_if = "is_per_document")]
    pub tax_rounding: TaxRounding,
    /// The lines.
    pub lines: Vec<BookedLine>,
    /// Tax by code, in code order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxGroup>,
    /// Sum of the lines' nets.
    pub net: Amount,
    /// Net, tax and what was rounded to coins.
    pub total: Amount,
    /// Which tax took the residual of several.
    #[serde(default, skip_serializing_if = "is_each")]
    pub tax_residual: TaxResidual,
    /// The early-payment discount by which the base of percent taxes was lowered from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_reduced: Option<Percent>,
    /// The discount on the whole document, already taken off the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Amount>,
    /// What rounding to coins added to the total, where it went to the rounding account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coins: Option<Amount>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_each(residual: &TaxResidual) -> bool {
    residual.is_each()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_exclusive(mode: &TaxMode) -> bool {
    *mode == TaxMode::Exclusive
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_per_document(rounding: &TaxRounding) -> bool {
    *rounding == TaxRounding::Document
}

/// A line as booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookedLine {
    /// Product, service or freight.
    #[serde(default, skip_serializing_if = "is_product")]
    pub kind: LineKind,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Quantity, when the line was priced by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Unit price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// Discount in money, already taken off the net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Amount>,
    /// The line's part of the discount on the whole document, already taken off the net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_discount: Option<Amount>,
    /// What the line came to with tax contained, in inclusive mode: tax can be computed again only
    /// from it, since several prices may leave one net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross: Option<Amount>,
    /// Net of discount and tax.
    pub net: Amount,
    /// Tax codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxCode>,
    /// The invoice line that a credit memo line credits, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_line: Option<usize>,
    /// Dimensions of the journal line.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub dimensions: Attributes,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_product(kind: &LineKind) -> bool {
    *kind == LineKind::Product
}

/// Net and tax of one tax code on a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxGroup {
    /// The code.
    pub code: TaxCode,
    /// Its rate on the day.
    pub percent: Percent,
    /// Why the rate is what it is.
    #[serde(default = "standard", skip_serializing_if = "is_standard")]
    pub kind: TaxKind,
    /// Sum of the nets of its lines.
    pub net: Amount,
    /// The tax, with what was rounded to coins on it.
    pub tax: Amount,
    /// What the tax was computed on, where that is not the net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
    /// How it follows from the lines.
    #[serde(default, skip_serializing_if = "TaxMethod::is_percent")]
    pub method: TaxMethod,
    /// What a percent is computed on.
    #[serde(default, skip_serializing_if = "TaxBase::is_net")]
    pub on: TaxBase,
    /// When it falls due.
    #[serde(default, skip_serializing_if = "TaxBasis::is_issue")]
    pub basis: TaxBasis,
    /// Why it is not taxed, as printed on the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// What rounding to coins added to the tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coins: Option<Amount>,
}

impl BookedLine {
    /// A line of a kind that comes to a net amount, without tax.
    #[must_use]
    pub fn of(kind: LineKind, net: Amount) -> Self {
        Self {
            kind,
            text: None,
            quantity: None,
            unit_price: None,
            discount: None,
            shared_discount: None,
            gross: None,
            net,
            taxes: Vec::new(),
            of_line: None,
            dimensions: Attributes::default(),
        }
    }
}

impl Content {
    /// Lines and taxes under the standard methods, without a discount on the whole or coins.
    #[must_use]
    pub fn of(lines: Vec<BookedLine>, taxes: Vec<TaxGroup>, net: Amount, total: Amount) -> Self {
        Self {
            tax_mode: TaxMode::Exclusive,
            tax_rounding: TaxRounding::Document,
            lines,
            taxes,
            net,
            total,
            tax_residual: TaxResidual::Each,
            tax_reduced: None,
            discount: None,
            coins: None,
        }
    }
}

impl TaxGroup {
    /// A percentage of a net that falls due with the document.
    #[must_use]
    pub const fn of(code: TaxCode, percent: Percent, net: Amount, tax: Amount) -> Self {
        Self {
            code,
            percent,
            kind: TaxKind::Standard,
            net,
            tax,
            base: None,
            method: TaxMethod::Percent,
            on: TaxBase::Net,
            basis: TaxBasis::Issue,
            note: None,
            coins: None,
        }
    }

    /// Whether an early-payment discount lowers it: a tax by unit or line is the same for any price.
    #[must_use]
    pub const fn discounted(&self) -> bool {
        !matches!(self.method, TaxMethod::PerUnit(_) | TaxMethod::PerLine(_))
    }
}

const fn standard() -> TaxKind {
    TaxKind::Standard
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_standard(kind: &TaxKind) -> bool {
    *kind == TaxKind::Standard
}

/// What a memo that refers to an invoice counts against the invoice's bounds: nets by line (those of
/// a debit memo are of no line, and stand together), nets and taxes by tax code, untaxed nets. A
/// credit memo counts positive, a debit memo negative.
#[must_use]
pub fn credited_entries(kind: DocumentKind, content: &Content) -> Vec<CreditedEntry> {
    let credit = kind == DocumentKind::CreditMemo;
    let mut entries: Vec<CreditedEntry> = Vec::new();
    let mut count = |key: compact_str::CompactString, amount: Amount| {
        let minor = if credit { amount.minor() } else { amount.minor().saturating_neg() };
        let exponent = amount.exponent();
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => {
                entry.amount = Amount::from_minor(entry.amount.minor().saturating_add(minor), exponent);
            }
            None => entries.push(CreditedEntry { key, amount: Amount::from_minor(minor, exponent) }),
        }
    };
    for line in &content.lines {
        match line.of_line {
            Some(of_line) => count(compact_str::format_compact!("line:{of_line}"), line.net),
            None => count(compact_str::CompactString::const_new("line:"), line.net),
        }
        if line.taxes.is_empty() {
            count(compact_str::CompactString::const_new("net:"), line.net);
        }
    }
    for group in &content.taxes {
        count(compact_str::format_compact!("net:{}", group.code), group.net);
        count(compact_str::format_compact!("tax:{}", group.code), group.tax);
    }
    if let Some(coins) = content.coins {
        count(compact_str::CompactString::const_new("coins:"), coins);
    }
    entries
}
