//! Pricing lines: from what was asked for to what is booked (INV-05).
//!
//! `total = sum of line nets + sum of group taxes + cash rounding`, whatever the mode and the method.
//! A fraction becomes a whole minor unit at named points only: the extended line, the line discount,
//! the document discount, the tax ([`super::taxes`]) and the coins ([`super::coins`]).

use std::collections::{BTreeMap, BTreeSet};

use super::taxes::{Method, Taxed, Untaxed};
use super::*;
use crate::book::{BookConfig, Tax, TaxMethod, TaxRounding};
use crate::rejection::Rejection;

/// Most tax codes on one line.
pub const LINE_TAXES_MAX: usize = 4;

/// Lines to be priced, and what holds for all of them.
#[derive(Clone, Copy, Debug)]
pub struct Pricing<'a> {
    /// The lines.
    pub lines: &'a [Line],
    /// Whether their prices contain tax.
    pub mode: TaxMode,
    /// A discount on all of them before tax, spread by largest remainder over the lines above zero.
    pub discount: Option<LineDiscount>,
    /// An early-payment discount by which the base of percent taxes is lowered from the start,
    /// whether or not it is taken.
    pub reduced: Option<Percent>,
}

/// Prices lines: extends, discounts, taxes and totals them under the book's methods.
///
/// In inclusive mode the tax is taken out of each group of lines with the same codes (or out of
/// each line, as the book's method says); several codes on one line share it by largest remainder,
/// and so do the lines of a group share its net.
///
/// # Errors
/// As [`Pricing::content`].
pub fn price(
    lines: &[Line],
    mode: TaxMode,
    currency: Currency,
    book: &BookConfig,
) -> Result<Content, Rejection> {
    Pricing { lines, mode, discount: None, reduced: None }.content(currency, book)
}

impl Pricing<'_> {
    /// The content of a document with these lines, before any rounding to coins.
    ///
    /// # Errors
    /// `document.empty`, `input.too_many`, `document.line_price`, `document.line_invalid`,
    /// `document.discount_invalid`, `document.negative_total`, `tax.unknown`,
    /// `amount.too_many_decimals`, `amount.out_of_range`.
    pub fn content(&self, currency: Currency, book: &BookConfig) -> Result<Content, Rejection> {
        let lines = self.lines;
        if lines.is_empty() {
            return Err(Rejection::DocumentEmpty { document: "the document" });
        }
        if lines.len() > LINES_MAX {
            return Err(Rejection::TooManyEntries { what: "lines", given: lines.len(), max: LINES_MAX });
        }
        let mut priced = (1_usize..)
            .zip(lines)
            .map(|(n, line)| price_line(n, line, currency, book))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(discount) = self.discount {
            spread_discount(discount, &mut priced, currency, book.policies.rounding)?;
        }
        let out = || Rejection::AmountOutOfRange { what: "the document" };
        let policies = &book.policies;
        let method = Method {
            currency,
            rounding: policies.rounding,
            per_line: policies.tax_rounding == TaxRounding::Line,
            residual: policies.tax_residual,
            reduced: self.reduced,
        };
        let untaxed: Vec<Untaxed<'_>> = priced.iter().map(Priced::untaxed).collect();
        let taxed = match self.mode {
            TaxMode::Exclusive => method.exclusive(&untaxed),
            TaxMode::Inclusive => method.inclusive(&untaxed),
        }
        .ok_or_else(out)?;
        self.assemble(&priced, &taxed, currency, book)
    }

    fn assemble(
        &self,
        priced: &[Priced<'_>],
        taxed: &Taxed<'_>,
        currency: Currency,
        book: &BookConfig,
    ) -> Result<Content, Rejection> {
        let money = |minor: i128| {
            let minor = i64::try_from(minor).ok().and_then(|m| Money::new(m, currency).ok());
            minor.ok_or(Rejection::AmountOutOfRange { what: "the document" })
        };
        let mut booked = Vec::with_capacity(self.lines.len());
        let (mut net, mut untaxed, mut off) = (0_i128, 0_i128, 0_i64);
        let mut group_nets: BTreeMap<&TaxCode, i128> = BTreeMap::new();
        for ((line, priced), line_net) in self.lines.iter().zip(priced).zip(&taxed.nets) {
            net = net.saturating_add(*line_net);
            off = off.saturating_add(priced.shared);
            if priced.taxes.is_empty() {
                untaxed = untaxed.saturating_add(*line_net);
            }
            for tax in &priced.taxes {
                let sum = group_nets.entry(&tax.code).or_default();
                *sum = sum.saturating_add(*line_net);
            }
            booked.push(self.booked(line, priced, money(*line_net)?, currency));
        }
        // What is untaxed is kept with the bounds of credit memos, as the groups are.
        money(untaxed)?;
        let mut taxes = Vec::with_capacity(group_nets.len());
        let mut total = net;
        for (code, group_net) in group_nets {
            let Some(tax) = book.taxes.get(code) else { continue };
            let due = taxed.taxes.get(code).copied().unwrap_or_default();
            total = total.saturating_add(due.tax);
            let (net, base) = (money(group_net)?.amount(), money(due.base)?.amount());
            taxes.push(TaxGroup {
                code: code.clone(),
                percent: tax.percent,
                kind: tax.kind,
                net,
                tax: money(due.tax)?.amount(),
                base: (base != net).then_some(base),
                method: tax.method.in_currency(currency),
                on: tax.on,
                basis: tax.basis,
                note: tax.note.clone().filter(|_| tax.kind != TaxKind::Standard),
                coins: None,
            });
        }
        let (net, total) = (money(net)?, money(total)?);
        if total.is_negative() {
            return Err(Rejection::NegativeTotal { total });
        }
        let off = Amount::from_minor(off, currency.exponent());
        Ok(Content {
            tax_mode: self.mode,
            tax_rounding: book.policies.tax_rounding,
            tax_residual: book.policies.tax_residual,
            tax_reduced: self.reduced,
            lines: booked,
            discount: self.discount.map(|_| off),
            taxes,
            net: net.amount(),
            coins: None,
            total: total.amount(),
        })
    }

    fn booked(&self, line: &Line, priced: &Priced<'_>, net: Money, currency: Currency) -> BookedLine {
        let amount = |minor: i64| Amount::from_minor(minor, currency.exponent());
        BookedLine {
            kind: line.kind,
            text: line.text.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            discount: priced.discount,
            shared_discount: (priced.shared != 0).then(|| amount(priced.shared)),
            gross: (self.mode == TaxMode::Inclusive).then(|| amount(priced.amount)),
            net: net.amount(),
            taxes: line.taxes.clone(),
            of_line: None,
            dimensions: line.dimensions.clone(),
        }
    }
}

/// A line after extension and discounts, before tax is added or taken out.
struct Priced<'a> {
    /// With tax in inclusive mode, without it in exclusive mode.
    amount: i64,
    units: Decimal,
    discount: Option<Amount>,
    /// Its part of the document's discount, in minor units.
    shared: i64,
    /// Taxes in the order of the line.
    taxes: Vec<&'a Tax>,
}

impl<'a> Priced<'a> {
    fn untaxed(&self) -> Untaxed<'a> {
        Untaxed { amount: self.amount, units: self.units, taxes: self.taxes.clone() }
    }
}

/// Takes a discount on the whole document off its lines.
fn spread_discount(
    discount: LineDiscount,
    lines: &mut [Priced<'_>],
    currency: Currency,
    rounding: Rounding,
) -> Result<(), Rejection> {
    let invalid = |problem: String| Rejection::DocumentDiscount { problem };
    let out = || Rejection::AmountOutOfRange { what: "the document" };
    let all = lines.iter().fold(0_i128, |sum, line| sum.saturating_add(i128::from(line.amount)));
    let whole = i64::try_from(all).ok().and_then(|minor| Money::new(minor, currency).ok()).ok_or_else(out)?;
    let off = match discount {
        LineDiscount::Percent(percent) => whole.percent(percent, rounding).ok_or_else(out)?,
        LineDiscount::Amount(amount) => {
            amount.in_currency(currency).map_err(|e| Rejection::value("the document discount", &e))?
        }
    };
    if off.is_negative() {
        return Err(invalid(format!("{off} is negative; write a surcharge as a line")));
    }
    if off.minor() > whole.minor().max(0) {
        return Err(invalid(format!("{off} is more than the lines' {whole}")));
    }
    let weights: Vec<u64> = lines.iter().map(|line| u64::try_from(line.amount).unwrap_or(0)).collect();
    let parts = split(off.minor(), &weights).map_err(|e| Rejection::value("the document discount", &e))?;
    for (line, part) in lines.iter_mut().zip(parts) {
        line.shared = part;
        line.amount = line.amount.saturating_sub(part);
    }
    Ok(())
}

fn price_line<'a>(
    n: usize,
    line: &Line,
    currency: Currency,
    book: &'a BookConfig,
) -> Result<Priced<'a>, Rejection> {
    let rounding = book.policies.rounding;
    let out = || Rejection::value(format!("line {n}"), &ValueError::AmountOutOfRange);
    let full = match (line.amount, line.quantity, line.unit_price) {
        (Some(amount), None, None) => {
            amount.in_currency(currency).map_err(|e| Rejection::value(format!("line {n} amount"), &e))?
        }
        (None, Some(quantity), Some(price)) => {
            Money::extended(quantity, price, currency, rounding).ok_or_else(out)?
        }
        _ => return Err(Rejection::LinePrice { line: n }),
    };
    let discount = line.discount.map(|d| discount_of(n, d, full, rounding)).transpose()?;
    let amount = match discount {
        None => full,
        Some(discount) => full.checked_sub(discount).ok_or_else(out)?,
    };
    let one = if amount.is_negative() { Decimal::whole(-1) } else { Decimal::ONE };
    Ok(Priced {
        amount: amount.minor(),
        units: line.quantity.unwrap_or(one),
        discount: discount.map(Money::amount),
        shared: 0,
        taxes: taxes_of(n, line, currency, book)?,
    })
}

/// The discount in money. On a line that takes something back a percentage takes back less.
fn discount_of(
    n: usize,
    discount: LineDiscount,
    full: Money,
    rounding: Rounding,
) -> Result<Money, Rejection> {
    let invalid = |problem: String| Rejection::LineInvalid { line: n, problem };
    match discount {
        LineDiscount::Percent(percent) => full
            .percent(percent, rounding)
            .ok_or_else(|| Rejection::value(format!("line {n}"), &ValueError::AmountOutOfRange)),
        LineDiscount::Amount(amount) => {
            let money = amount
                .in_currency(full.currency())
                .map_err(|e| Rejection::value(format!("line {n} discount"), &e))?;
            if money.is_negative() {
                return Err(invalid(format!(
                    "the discount of {money} is negative; write a surcharge as a line"
                )));
            }
            if money.is_positive() && money.minor() > full.minor() {
                return Err(invalid(format!("the discount of {money} is more than the line's {full}")));
            }
            Ok(money)
        }
    }
}

fn taxes_of<'a>(
    n: usize,
    line: &Line,
    currency: Currency,
    book: &'a BookConfig,
) -> Result<Vec<&'a Tax>, Rejection> {
    if line.taxes.len() > LINE_TAXES_MAX {
        return Err(Rejection::TooManyEntries {
            what: "tax codes on one line",
            given: line.taxes.len(),
            max: LINE_TAXES_MAX,
        });
    }
    let mut taxes: Vec<&Tax> = Vec::with_capacity(line.taxes.len());
    for code in &line.taxes {
        let tax = book.taxes.get(code).ok_or_else(|| Rejection::TaxUnknown { tax: code.clone() })?;
        let invalid = |problem: String| Rejection::LineInvalid { line: n, problem };
        if taxes.iter().any(|other| other.code == *code) {
            return Err(invalid(format!("tax code {code} stands twice")));
        }
        if tax.cascades() && taxes.is_empty() {
            return Err(invalid(format!("tax code {code} is on the taxes before it, and there is none")));
        }
        let priced = match &tax.method {
            TaxMethod::PerUnit(prices) => prices.contains_key(&currency),
            TaxMethod::PerLine(amounts) => amounts.contains_key(&currency),
            _ => true,
        };
        if !priced {
            return Err(invalid(format!("tax code {code} has no amount in {currency}")));
        }
        taxes.push(tax);
    }
    Ok(taxes)
}

impl Content {
    /// Whether the figures add up: the total is the lines' nets and the groups' taxes, every
    /// group's net is that of its lines, and in inclusive mode the total is the sum of the prices
    /// (INV-05). What was rounded to coins stands beside them.
    #[must_use]
    pub fn foots(&self) -> bool {
        fn sum(amounts: impl Iterator<Item = Amount>) -> i128 {
            amounts.fold(0, |sum, a| sum.saturating_add(i128::from(a.minor())))
        }
        let net = sum(self.lines.iter().map(|line| line.net));
        let taxed = net.saturating_add(sum(self.taxes.iter().map(|group| group.tax)));
        let total = taxed.saturating_add(sum(self.coins.into_iter()));
        let on_taxes = sum(self.taxes.iter().filter_map(|group| group.coins));
        let coded: BTreeSet<&TaxCode> = self.lines.iter().flat_map(|line| &line.taxes).collect();
        let grouped: BTreeSet<&TaxCode> = self.taxes.iter().map(|group| &group.code).collect();
        let groups = self.taxes.iter().all(|group| {
            let members = self.lines.iter().filter(|line| line.taxes.contains(&group.code));
            sum(members.map(|line| line.net)) == i128::from(group.net.minor())
        });
        let priced = self.lines.iter().map(|line| line.gross).collect::<Option<Vec<_>>>();
        let contained = match priced {
            Some(grosses) if self.tax_mode == TaxMode::Inclusive => {
                sum(grosses.into_iter()) == taxed.saturating_sub(on_taxes)
            }
            _ => true,
        };
        net == i128::from(self.net.minor())
            && total == i128::from(self.total.minor())
            && coded.is_subset(&grouped)
            && groups
            && contained
    }
}
