//! Pricing lines: from what was asked for to what is booked (INV-05).
//!
//! `total = sum of line nets + sum of group taxes`, whatever the mode and the method. A fraction
//! becomes a whole minor unit at named points only: the extended line, the line discount, and the
//! tax per document and code or per line and code.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::book::{BookConfig, Tax, TaxRounding};
use crate::rejection::Rejection;

/// Most tax codes on one line.
pub const LINE_TAXES_MAX: usize = 4;

/// Prices lines: extends, discounts, taxes and totals them under the book's methods.
///
/// In inclusive mode the tax is taken out of each group of lines with the same codes (or out of
/// each line, as the book's method says); several codes on one line share it by largest remainder,
/// and so do the lines of a group share its net.
///
/// # Errors
/// `document.empty`, `input.too_many`, `document.line_price`, `document.line_invalid`,
/// `document.negative_total`, `tax.unknown`, `amount.too_many_decimals`, `amount.out_of_range`.
pub fn price(
    lines: &[Line],
    mode: TaxMode,
    currency: Currency,
    book: &BookConfig,
) -> Result<Content, Rejection> {
    if lines.is_empty() {
        return Err(Rejection::DocumentEmpty { document: "the document" });
    }
    if lines.len() > LINES_MAX {
        return Err(Rejection::TooManyEntries { what: "lines", given: lines.len(), max: LINES_MAX });
    }
    let priced = (1_usize..)
        .zip(lines)
        .map(|(n, line)| price_line(n, line, currency, book))
        .collect::<Result<Vec<_>, _>>()?;
    let out = || Rejection::AmountOutOfRange { what: "the document" };
    let policies = &book.policies;
    let method = Method { rounding: policies.rounding, per_line: policies.tax_rounding == TaxRounding::Line };
    let taxed = match mode {
        TaxMode::Exclusive => method.exclusive(&priced),
        TaxMode::Inclusive => method.inclusive(&priced),
    }
    .ok_or_else(out)?;
    assemble(lines, &priced, &taxed, mode, currency, book)
}

/// A line after extension and discount, before tax is added or taken out.
struct Priced<'a> {
    /// With tax in inclusive mode, without it in exclusive mode.
    amount: i64,
    discount: Option<Amount>,
    /// Tax codes in code order.
    taxes: BTreeMap<&'a TaxCode, &'a Tax>,
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
    Ok(Priced {
        amount: amount.minor(),
        discount: discount.map(Money::amount),
        taxes: taxes_of(n, line, book)?,
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
    book: &'a BookConfig,
) -> Result<BTreeMap<&'a TaxCode, &'a Tax>, Rejection> {
    if line.taxes.len() > LINE_TAXES_MAX {
        return Err(Rejection::TooManyEntries {
            what: "tax codes on one line",
            given: line.taxes.len(),
            max: LINE_TAXES_MAX,
        });
    }
    let mut taxes = BTreeMap::new();
    for code in &line.taxes {
        let (code, tax) =
            book.taxes.get_key_value(code).ok_or_else(|| Rejection::TaxUnknown { tax: code.clone() })?;
        if taxes.insert(code, tax).is_some() {
            return Err(Rejection::LineInvalid { line: n, problem: format!("tax code {code} stands twice") });
        }
    }
    Ok(taxes)
}

/// Nets by line and taxes by code.
#[derive(Default)]
struct Taxed<'a> {
    nets: Vec<i128>,
    taxes: BTreeMap<&'a TaxCode, i128>,
}

/// Where tax is rounded, and how.
#[derive(Clone, Copy)]
struct Method {
    rounding: Rounding,
    per_line: bool,
}

impl Method {
    /// Tax on top of the lines.
    fn exclusive<'a>(self, lines: &[Priced<'a>]) -> Option<Taxed<'a>> {
        let mut taxed = Taxed::default();
        let mut bases: BTreeMap<&TaxCode, (i128, &Tax)> = BTreeMap::new();
        for line in lines {
            let net = i128::from(line.amount);
            taxed.nets.push(net);
            for (code, tax) in &line.taxes {
                if self.per_line {
                    let sum = taxed.taxes.entry(code).or_default();
                    *sum = sum.checked_add(tax.percent.decimal().times(net, 100, self.rounding)?)?;
                } else {
                    let (base, _) = bases.entry(code).or_insert((0, tax));
                    *base = base.checked_add(net)?;
                }
            }
        }
        for (code, (base, tax)) in bases {
            taxed.taxes.insert(code, tax.percent.decimal().times(base, 100, self.rounding)?);
        }
        Some(taxed)
    }

    /// Tax out of the lines.
    fn inclusive<'a>(self, lines: &[Priced<'a>]) -> Option<Taxed<'a>> {
        let mut taxed = Taxed { nets: vec![0; lines.len()], taxes: BTreeMap::new() };
        for members in groups(lines, self.per_line) {
            let Some(taxes) = members.first().map(|(_, line)| &line.taxes) else { continue };
            let contained = Contained::of(taxes)?;
            let mut gross: i128 = 0;
            for (_, line) in &members {
                gross = gross.checked_add(i128::from(line.amount))?;
            }
            let tax = contained.tax(gross, self.rounding)?;
            let net = gross.checked_sub(tax)?;
            let amounts: Vec<i64> = members.iter().map(|(_, line)| line.amount).collect();
            for ((position, _), part) in members.iter().zip(contained.nets(net, &amounts)?) {
                *taxed.nets.get_mut(*position)? = part;
            }
            let shares = split(i64::try_from(tax).ok()?, &contained.weights).ok()?;
            for (code, share) in taxes.keys().zip(shares) {
                let sum = taxed.taxes.entry(code).or_default();
                *sum = sum.checked_add(i128::from(share))?;
            }
        }
        Some(taxed)
    }
}

/// Lines with the same tax codes, or every line by itself, with their positions.
fn groups<'l, 'a>(lines: &'l [Priced<'a>], per_line: bool) -> Vec<Vec<(usize, &'l Priced<'a>)>> {
    if per_line {
        return lines.iter().enumerate().map(|member| vec![member]).collect();
    }
    let mut groups: BTreeMap<Vec<&TaxCode>, Vec<(usize, &Priced<'a>)>> = BTreeMap::new();
    for (position, line) in lines.iter().enumerate() {
        groups.entry(line.taxes.keys().copied().collect()).or_default().push((position, line));
    }
    groups.into_values().collect()
}

/// Tax contained in a price: of `whole` parts, `tax` are tax.
struct Contained {
    tax: i128,
    whole: i128,
    /// The rates as whole numbers of one scale.
    weights: Vec<u64>,
}

impl Contained {
    /// Percents have at most 12 decimals.
    const SCALE: u32 = 12;

    fn of(taxes: &BTreeMap<&TaxCode, &Tax>) -> Option<Self> {
        let mut weights = Vec::with_capacity(taxes.len());
        let mut tax: i128 = 0;
        for rate in taxes.values().map(|tax| tax.percent.decimal()) {
            let lift = 10_i64.checked_pow(Self::SCALE.checked_sub(u32::from(rate.scale()))?)?;
            let weight = rate.mantissa().checked_mul(lift)?;
            tax = tax.checked_add(i128::from(weight))?;
            weights.push(u64::try_from(weight).ok()?);
        }
        let hundred = 10_i128.checked_pow(Self::SCALE)?.checked_mul(100)?;
        Some(Self { tax, whole: hundred.checked_add(tax)?, weights })
    }

    /// `gross × rate / (100 + rate)`, rounded once. A named rounding point.
    fn tax(&self, gross: i128, rounding: Rounding) -> Option<i128> {
        div_round(gross.checked_mul(self.tax)?, self.whole, rounding)
    }

    /// The group's net shared among its lines: each gets its exact net without the fraction, and
    /// the units that are left go to the largest fractions. Lines may be negative, so this is
    /// [`split`] with shares of either sign.
    fn nets(&self, net: i128, amounts: &[i64]) -> Option<Vec<i128>> {
        let keep = self.whole.checked_sub(self.tax)?;
        let mut parts = Vec::with_capacity(amounts.len());
        let mut rests = Vec::with_capacity(amounts.len());
        let mut left = net;
        for (position, amount) in amounts.iter().enumerate() {
            let exact = i128::from(*amount).checked_mul(keep)?;
            let part = exact.checked_div_euclid(self.whole)?;
            let rest = exact.checked_rem_euclid(self.whole)?;
            left = left.checked_sub(part)?;
            parts.push(part);
            rests.push((std::cmp::Reverse(rest), std::cmp::Reverse(*amount), position));
        }
        rests.sort_unstable();
        let left = usize::try_from(left).ok()?;
        for (_, _, position) in rests.into_iter().take(left) {
            let part = parts.get_mut(position)?;
            *part = part.checked_add(1)?;
        }
        Some(parts)
    }
}

fn assemble(
    lines: &[Line],
    priced: &[Priced<'_>],
    taxed: &Taxed<'_>,
    mode: TaxMode,
    currency: Currency,
    book: &BookConfig,
) -> Result<Content, Rejection> {
    let money = |minor: Option<i128>| {
        minor
            .and_then(|m| i64::try_from(m).ok())
            .and_then(|m| Money::new(m, currency).ok())
            .ok_or(Rejection::AmountOutOfRange { what: "the document" })
    };
    let mut booked = Vec::with_capacity(lines.len());
    let mut net: Option<i128> = Some(0);
    let mut untaxed: i128 = 0;
    let mut group_nets: BTreeMap<&TaxCode, i128> = BTreeMap::new();
    for ((line, priced), line_net) in lines.iter().zip(priced).zip(&taxed.nets) {
        net = net.and_then(|sum| sum.checked_add(*line_net));
        if priced.taxes.is_empty() {
            untaxed = untaxed.saturating_add(*line_net);
        }
        for code in priced.taxes.keys() {
            let sum = group_nets.entry(code).or_default();
            *sum = sum.saturating_add(*line_net);
        }
        booked.push(BookedLine {
            kind: line.kind,
            text: line.text.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            discount: priced.discount,
            gross: match mode {
                TaxMode::Exclusive => None,
                TaxMode::Inclusive => Some(money(Some(i128::from(priced.amount)))?.amount()),
            },
            net: money(Some(*line_net))?.amount(),
            taxes: line.taxes.clone(),
            of_line: None,
            dimensions: line.dimensions.clone(),
        });
    }
    // What is untaxed is kept with the bounds of credit memos, as the groups are.
    money(Some(untaxed))?;
    let mut taxes = Vec::with_capacity(group_nets.len());
    let mut total = net;
    for (code, group_net) in group_nets {
        let Some(tax) = book.taxes.get(code) else { continue };
        let amount = taxed.taxes.get(code).copied().unwrap_or(0);
        total = total.and_then(|sum| sum.checked_add(amount));
        taxes.push(TaxGroup {
            code: code.clone(),
            percent: tax.percent,
            kind: tax.kind,
            net: money(Some(group_net))?.amount(),
            tax: money(Some(amount))?.amount(),
        });
    }
    let (net, total) = (money(net)?, money(total)?);
    if total.is_negative() {
        return Err(Rejection::NegativeTotal { total });
    }
    let tax_rounding = book.policies.tax_rounding;
    Ok(Content {
        tax_mode: mode,
        tax_rounding,
        lines: booked,
        taxes,
        net: net.amount(),
        total: total.amount(),
    })
}

impl Content {
    /// Whether the figures add up: the total is the lines' nets and the groups' taxes, every
    /// group's net is that of its lines, and in inclusive mode the total is the sum of the prices
    /// (INV-05).
    #[must_use]
    pub fn foots(&self) -> bool {
        fn sum(amounts: impl Iterator<Item = Amount>) -> i128 {
            amounts.fold(0, |sum, a| sum.saturating_add(i128::from(a.minor())))
        }
        let net = sum(self.lines.iter().map(|line| line.net));
        let total = net.saturating_add(sum(self.taxes.iter().map(|group| group.tax)));
        let coded: BTreeSet<&TaxCode> = self.lines.iter().flat_map(|line| &line.taxes).collect();
        let grouped: BTreeSet<&TaxCode> = self.taxes.iter().map(|group| &group.code).collect();
        let groups = self.taxes.iter().all(|group| {
            let members = self.lines.iter().filter(|line| line.taxes.contains(&group.code));
            sum(members.map(|line| line.net)) == i128::from(group.net.minor())
        });
        let priced = self.lines.iter().map(|line| line.gross).collect::<Option<Vec<_>>>();
        let contained = match priced {
            Some(grosses) if self.tax_mode == TaxMode::Inclusive => sum(grosses.into_iter()) == total,
            _ => true,
        };
        net == i128::from(self.net.minor())
            && total == i128::from(self.total.minor())
            && coded.is_subset(&grouped)
            && groups
            && contained
    }
}
