//! Taxes of lines, on top of their prices or out of them (INV-05, INV-07).
//!
//! Tax is rounded at one named point: per line and code, or per document and code. A tax on other
//! taxes needs their amounts, so it is rounded once for all lines with the same codes in the same
//! order; so are taxes of which one takes the residual of the others, and taxes contained in prices.

use std::collections::BTreeMap;

use crate::book::{Tax, TaxBase, TaxMethod, TaxResidual};
use crate::values::*;

/// A line after extension and discounts, before tax is added or taken out.
pub(super) struct Untaxed<'a> {
    /// With tax in inclusive mode, without it in exclusive mode; minor units.
    pub(super) amount: i64,
    /// How many units a tax per unit counts.
    pub(super) units: Decimal,
    /// Its taxes in the order of the line.
    pub(super) taxes: Vec<&'a Tax>,
}

/// What came of one tax code, in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Due {
    pub(super) tax: i128,
    /// What it was computed on.
    pub(super) base: i128,
}

/// Nets by line and taxes by code.
#[derive(Default)]
pub(super) struct Taxed<'a> {
    pub(super) nets: Vec<i128>,
    pub(super) taxes: BTreeMap<&'a TaxCode, Due>,
}

impl<'a> Taxed<'a> {
    fn add(&mut self, code: &'a TaxCode, due: Due) -> Option<()> {
        let sum = self.taxes.entry(code).or_default();
        sum.tax = sum.tax.checked_add(due.tax)?;
        sum.base = sum.base.checked_add(due.base)?;
        Some(())
    }
}

/// Where tax is rounded, and how.
#[derive(Clone, Copy)]
pub(super) struct Method {
    pub(super) currency: Currency,
    pub(super) rounding: Rounding,
    pub(super) per_line: bool,
    pub(super) residual: TaxResidual,
    /// The early-payment discount by which the base of percents is lowered from the start.
    pub(super) reduced: Option<Percent>,
}

/// Lines that are taxed together, with their positions.
struct Set<'l, 'a> {
    members: Vec<(usize, &'l Untaxed<'a>)>,
    taxes: Vec<&'a Tax>,
}

/// A fraction in lowest terms.
#[derive(Clone, Copy)]
struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    const ZERO: Self = Self { num: 0, den: 1 };
    const ONE: Self = Self { num: 1, den: 1 };

    fn new(num: i128, den: i128) -> Option<Self> {
        if den == 1 {
            return Some(Self { num, den });
        }
        let by = gcd(num, den);
        Some(Self { num: num.checked_div(by)?, den: den.checked_div(by)? })
    }

    fn of(decimal: Decimal, divisor: i128) -> Option<Self> {
        let scale = 10_i128.checked_pow(u32::from(decimal.scale()))?;
        Self::new(i128::from(decimal.mantissa()), scale.checked_mul(divisor)?)
    }

    fn plus(self, other: Self) -> Option<Self> {
        let num = self.num.checked_mul(other.den)?.checked_add(other.num.checked_mul(self.den)?)?;
        Self::new(num, self.den.checked_mul(other.den)?)
    }

    fn times(self, other: Self) -> Option<Self> {
        Self::new(self.num.checked_mul(other.num)?, self.den.checked_mul(other.den)?)
    }

    fn by(self, value: i128) -> Option<Self> {
        Self::new(self.num.checked_mul(value)?, self.den)
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.saturating_abs(), b.saturating_abs());
    // Nearly every fraction fits a machine word, where a division costs a tenth.
    if let (Ok(mut a), Ok(mut b)) = (u64::try_from(a), u64::try_from(b)) {
        while b != 0 {
            (a, b) = (b, a.checked_rem(b).unwrap_or(0));
        }
        return i128::from(a.max(1));
    }
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a.max(1)
}

impl Method {
    /// Tax on top of the lines.
    pub(super) fn exclusive<'a>(self, lines: &[Untaxed<'a>]) -> Option<Taxed<'a>> {
        let mut taxed =
            Taxed { nets: lines.iter().map(|line| i128::from(line.amount)).collect(), ..Taxed::default() };
        let by_code = !self.per_line && self.residual.is_each();
        let cascades = |line: &Untaxed<'_>| line.taxes.iter().any(|tax| tax.cascades());
        let together = if by_code && !lines.iter().any(cascades) {
            Vec::new()
        } else {
            sets(lines, |_| self.per_line, |line| !by_code || cascades(line))
        };
        for set in together {
            for (tax, due) in set.taxes.iter().zip(self.chain(&set)?) {
                if !by_code || tax.cascades() {
                    taxed.add(&tax.code, due)?;
                }
            }
        }
        if by_code {
            for set in codes(lines) {
                for (tax, due) in set.taxes.iter().zip(self.chain(&set)?) {
                    taxed.add(&tax.code, due)?;
                }
            }
        }
        Some(taxed)
    }

    /// Tax out of the lines. A set with a tax per unit or line is taken apart line by line.
    pub(super) fn inclusive<'a>(self, lines: &[Untaxed<'a>]) -> Option<Taxed<'a>> {
        let mut taxed = Taxed { nets: vec![0; lines.len()], taxes: BTreeMap::new() };
        let alone = |line: &Untaxed<'_>| self.per_line || line.taxes.iter().any(|tax| tax.by_count());
        let ordered =
            |line: &Untaxed<'_>| !self.residual.is_each() || line.taxes.iter().any(|t| t.cascades());
        for set in sets(lines, alone, ordered) {
            let contained = self.contained(&set)?;
            let gross = sum(set.members.iter().map(|(_, line)| i128::from(line.amount)))?;
            let tax = div_round(contained.exact_tax(gross)?, contained.whole, self.rounding)?;
            let net = gross.checked_sub(tax)?;
            let amounts: Vec<i64> = set.members.iter().map(|(_, line)| line.amount).collect();
            for ((position, _), part) in set.members.iter().zip(contained.nets(net, &amounts)?) {
                *taxed.nets.get_mut(*position)? = part;
            }
            let (nums, den) = contained.exact_shares(gross)?;
            let shares = self.share_out(tax, &nums, den)?;
            let mut earlier: Vec<i128> = Vec::with_capacity(shares.len());
            for (tax, share) in set.taxes.iter().zip(shares) {
                let base = self.base(tax, net, &earlier)?;
                taxed.add(&tax.code, Due { tax: share, base })?;
                earlier.push(share);
            }
        }
        Some(taxed)
    }

    /// The part of the net that percents are computed on.
    fn keep(self) -> Option<Ratio> {
        let Some(reduced) = self.reduced else { return Some(Ratio::ONE) };
        let off = Ratio::of(reduced.decimal(), 100)?;
        Ratio::new(off.den.checked_sub(off.num)?, off.den)
    }

    /// What a tax is computed on, rounded.
    fn base(self, tax: &Tax, net: i128, earlier: &[i128]) -> Option<i128> {
        let kept = || match self.keep()? {
            Ratio { num: 1, den: 1 } => Some(net),
            keep => div_round(net.checked_mul(keep.num)?, keep.den, self.rounding),
        };
        match (tax.by_count(), tax.on) {
            (true, _) => Some(net),
            (false, TaxBase::Net) => kept(),
            (false, TaxBase::NetAndTaxes) => kept()?.checked_add(sum(earlier.iter().copied())?),
            (false, TaxBase::TaxBefore) => Some(earlier.last().copied().unwrap_or(0)),
        }
    }

    /// The taxes of a set one after the other, each on the amounts of those before it.
    fn chain(self, set: &Set<'_, '_>) -> Option<Vec<Due>> {
        let net = sum(set.members.iter().map(|(_, line)| i128::from(line.amount)))?;
        let keep = self.keep()?;
        let (mut dues, mut earlier, mut all) = (Vec::new(), Vec::<i128>::new(), Ratio::ZERO);
        for tax in &set.taxes {
            let exact = match (counted(tax, set, self.currency)?, tax.on) {
                (Some(counted), _) => counted,
                (None, TaxBase::Net) => rate(tax)?.times(keep)?.by(net)?,
                (None, TaxBase::NetAndTaxes) => {
                    keep.by(net)?.plus(Ratio::new(sum(earlier.iter().copied())?, 1)?)?.times(rate(tax)?)?
                }
                (None, TaxBase::TaxBefore) => rate(tax)?.by(earlier.last().copied().unwrap_or(0))?,
            };
            let rounded = div_round(exact.num, exact.den, self.rounding)?;
            dues.push(Due { tax: rounded, base: self.base(tax, net, &earlier)? });
            earlier.push(rounded);
            if !self.residual.is_each() {
                all = all.plus(exact)?;
            }
        }
        if !self.residual.is_each() {
            let together = div_round(all.num, all.den, self.rounding)?;
            let taken = self.settle(together, earlier)?;
            dues.iter_mut().zip(taken).for_each(|(due, tax)| due.tax = tax);
        }
        Some(dues)
    }

    /// Gives what rounding each by itself left of a total to the tax that policy names.
    fn settle(self, total: i128, mut parts: Vec<i128>) -> Option<Vec<i128>> {
        let left = total.checked_sub(sum(parts.iter().copied())?)?;
        let largest = || {
            let sized = parts.iter().enumerate().max_by_key(|(n, part)| (part.abs(), std::cmp::Reverse(*n)));
            sized.map_or(0, |(n, _)| n)
        };
        let place = match self.residual {
            TaxResidual::Each | TaxResidual::First => 0,
            TaxResidual::Last => parts.len().saturating_sub(1),
            TaxResidual::Largest => largest(),
        };
        if let Some(part) = parts.get_mut(place) {
            *part = part.checked_add(left)?;
        }
        Some(parts)
    }

    /// A contained tax shared among its codes.
    fn share_out(self, total: i128, nums: &[i128], den: i128) -> Option<Vec<i128>> {
        if self.residual.is_each() {
            return largest_remainder(total, nums, den);
        }
        let rounded =
            nums.iter().map(|num| div_round(*num, den, self.rounding)).collect::<Option<Vec<i128>>>()?;
        self.settle(total, rounded)
    }

    /// How much of the gross of a set each of its taxes is.
    fn contained(self, set: &Set<'_, '_>) -> Option<Contained> {
        let keep = self.keep()?;
        let none = Ratio::ZERO;
        let (mut of_net, mut fixed): (Vec<Ratio>, Vec<Ratio>) = (Vec::new(), Vec::new());
        for tax in &set.taxes {
            let total = |parts: &[Ratio]| parts.iter().try_fold(none, |sum, part| sum.plus(*part));
            let (share, flat) = match (counted(tax, set, self.currency)?, tax.on) {
                (Some(counted), _) => {
                    (none, Ratio::new(div_round(counted.num, counted.den, self.rounding)?, 1)?)
                }
                (None, TaxBase::Net) => (rate(tax)?.times(keep)?, none),
                (None, TaxBase::NetAndTaxes) => {
                    (rate(tax)?.times(keep.plus(total(&of_net)?)?)?, rate(tax)?.times(total(&fixed)?)?)
                }
                (None, TaxBase::TaxBefore) => {
                    let last = |parts: &[Ratio]| parts.last().copied().unwrap_or(none);
                    (rate(tax)?.times(last(&of_net))?, rate(tax)?.times(last(&fixed))?)
                }
            };
            of_net.push(share);
            fixed.push(flat);
        }
        Contained::of(&of_net, &fixed)
    }
}

/// The rate of a percent as a fraction of its base.
fn rate(tax: &Tax) -> Option<Ratio> {
    let plain = Ratio::of(tax.percent.decimal(), 100)?;
    match tax.method {
        TaxMethod::PercentOfGross => Ratio::new(plain.num, plain.den.checked_sub(plain.num)?),
        _ => Some(plain),
    }
}

/// A tax that counts units or lines, in minor units; `None` inside for a percent.
fn counted(tax: &Tax, set: &Set<'_, '_>, currency: Currency) -> Option<Option<Ratio>> {
    let minor = 10_i128.checked_pow(u32::from(currency.exponent()))?;
    let mut units = Ratio::ZERO;
    let price = match &tax.method {
        TaxMethod::Percent | TaxMethod::PercentOfGross => return Some(None),
        TaxMethod::PerUnit(prices) => {
            for (_, line) in &set.members {
                units = units.plus(Ratio::of(line.units, 1)?)?;
            }
            Ratio::of(*prices.get(&currency)?, 1)?.by(minor)?
        }
        TaxMethod::PerLine(amounts) => {
            for (_, line) in &set.members {
                let back = line.units.is_negative();
                units = units.plus(Ratio::new(if back { -1 } else { 1 }, 1)?)?;
            }
            Ratio::new(i128::from(amounts.get(&currency)?.in_currency(currency).ok()?.minor()), 1)?
        }
    };
    Some(Some(price.times(units)?))
}

/// Lines with the same taxes, or each by itself. Where the order of the codes matters, they must
/// stand in the same order.
fn sets<'l, 'a>(
    lines: &'l [Untaxed<'a>],
    alone: impl Fn(&Untaxed<'a>) -> bool,
    ordered: impl Fn(&Untaxed<'a>) -> bool,
) -> Vec<Set<'l, 'a>> {
    let mut sets: BTreeMap<(Vec<&TaxCode>, Option<usize>), Set<'l, 'a>> = BTreeMap::new();
    for (position, line) in lines.iter().enumerate() {
        let mut taxes = line.taxes.clone();
        if !ordered(line) {
            taxes.sort_by(|a, b| a.code.cmp(&b.code));
        }
        let key = (taxes.iter().map(|tax| &tax.code).collect(), alone(line).then_some(position));
        let set = sets.entry(key).or_insert_with(|| Set { members: Vec::new(), taxes });
        set.members.push((position, line));
    }
    sets.into_values().collect()
}

/// For each tax that depends on no other, all lines that bear it.
fn codes<'l, 'a>(lines: &'l [Untaxed<'a>]) -> Vec<Set<'l, 'a>> {
    let mut sets: BTreeMap<&TaxCode, Set<'l, 'a>> = BTreeMap::new();
    for (position, line) in lines.iter().enumerate() {
        for tax in line.taxes.iter().filter(|tax| !tax.cascades()) {
            let set = sets.entry(&tax.code).or_insert_with(|| Set { members: Vec::new(), taxes: vec![*tax] });
            set.members.push((position, line));
        }
    }
    sets.into_values().collect()
}

fn sum(parts: impl Iterator<Item = i128>) -> Option<i128> {
    parts.into_iter().try_fold(0_i128, i128::checked_add)
}

/// Tax contained in a price. With net `n` each tax is `(of_net × n + fixed) / den`, so the gross is
/// `(whole × n + Σ fixed) / den`.
struct Contained {
    den: i128,
    whole: i128,
    of_net: Vec<i128>,
    fixed: Vec<i128>,
}

impl Contained {
    /// From shares of the net and amounts, brought to one denominator.
    fn of(of_net: &[Ratio], fixed: &[Ratio]) -> Option<Self> {
        let mut den: i128 = 1;
        for part in of_net.iter().chain(fixed) {
            den = den.checked_mul(part.den.checked_div(gcd(den, part.den))?)?;
        }
        let lift = |part: &Ratio| part.num.checked_mul(den.checked_div(part.den)?);
        let of_net = of_net.iter().map(lift).collect::<Option<Vec<i128>>>()?;
        let fixed = fixed.iter().map(lift).collect::<Option<Vec<i128>>>()?;
        Some(Self { den, whole: den.checked_add(sum(of_net.iter().copied())?)?, of_net, fixed })
    }

    /// The tax in a gross amount, times `whole`: `gross × rate / (100 + rate)` for plain rates.
    fn exact_tax(&self, gross: i128) -> Option<i128> {
        let shares = sum(self.of_net.iter().copied())?;
        gross.checked_mul(shares)?.checked_add(sum(self.fixed.iter().copied())?)
    }

    /// Each tax in a gross amount, as numerators of one denominator.
    fn exact_shares(&self, gross: i128) -> Option<(Vec<i128>, i128)> {
        let flat = sum(self.fixed.iter().copied())?;
        if flat == 0 {
            let nums = self.of_net.iter().map(|share| share.checked_mul(gross)).collect::<Option<_>>()?;
            return Some((nums, self.whole));
        }
        let net = gross.checked_mul(self.den)?.checked_sub(flat)?;
        let num = |(share, fixed): (&i128, &i128)| {
            share.checked_mul(net)?.checked_add(fixed.checked_mul(self.whole)?)
        };
        let nums = self.of_net.iter().zip(&self.fixed).map(num).collect::<Option<_>>()?;
        Some((nums, self.den.checked_mul(self.whole)?))
    }

    /// The net of a set shared among its lines: each gets its exact net without the fraction, and
    /// the units that are left go to the largest fractions. Lines may be negative.
    fn nets(&self, net: i128, amounts: &[i64]) -> Option<Vec<i128>> {
        if amounts.len() == 1 {
            return Some(vec![net]);
        }
        let nums = amounts.iter().map(|amount| i128::from(*amount).checked_mul(self.den));
        largest_remainder(net, &nums.collect::<Option<Vec<i128>>>()?, self.whole)
    }
}

/// A total shared in the ratio of exact parts `num / den`, which round to it together: each gets its
/// part without the fraction, and the units that are left go to the largest fractions, then to the
/// largest parts, then to the first.
fn largest_remainder(total: i128, nums: &[i128], den: i128) -> Option<Vec<i128>> {
    let mut parts = Vec::with_capacity(nums.len());
    let mut rests = Vec::with_capacity(nums.len());
    let mut left = total;
    for (position, num) in nums.iter().enumerate() {
        let part = num.checked_div_euclid(den)?;
        let rest = num.checked_rem_euclid(den)?;
        left = left.checked_sub(part)?;
        parts.push(part);
        rests.push((std::cmp::Reverse(rest), std::cmp::Reverse(*num), position));
    }
    rests.sort_unstable();
    let left = usize::try_from(left).ok()?;
    for (_, _, position) in rests.into_iter().take(left) {
        let part = parts.get_mut(position)?;
        *part = part.checked_add(1)?;
    }
    Some(parts)
}
