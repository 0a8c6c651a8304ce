//! What a credit memo takes off the deferred tax of its invoice (INV-23, INV-29).
//!
//! A memo takes back first what has not fallen due; only the rest lowers the tax that has. So a memo of
//! an unpaid invoice touches deferred tax alone, and a memo of a paid one gives tax back.

use serde::{Deserialize, Serialize};

use super::credit_memo::Left;
use super::*;
use crate::allocation::{counts, deferred};
use crate::decide::{Context, Halt};
use crate::fx::base_of;
use crate::rejection::Rejection;

/// What of a memo had not fallen due as tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetOff {
    /// How much of the memo's total goes with it: all, when all its deferred tax is taken off.
    pub total: Amount,
    /// By tax code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxSetOff>,
}

/// Deferred tax of one code that a memo takes off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxSetOff {
    /// The code.
    pub code: TaxCode,
    /// How much.
    pub tax: Amount,
    /// In base currency, as it was booked with the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
}

impl SetOff {
    /// What of a group is taken off deferred tax, in minor units and in base currency.
    pub(super) fn of(&self, code: &TaxCode) -> Option<&TaxSetOff> {
        self.taxes.iter().find(|entry| entry.code == *code)
    }

    fn entries(&self) -> Vec<CreditedEntry> {
        let mut all = vec![CreditedEntry { key: counts::OFF, amount: self.total }];
        for entry in &self.taxes {
            all.push(CreditedEntry { key: counts::off(&entry.code), amount: entry.tax });
            let base = |amount| CreditedEntry { key: counts::off_base(&entry.code), amount };
            all.extend(entry.base.map(base));
        }
        all.retain(|entry| entry.amount.minor() != 0);
        all
    }
}

impl DocumentIssued {
    /// What a memo counts against its invoice: the bounds of what can be credited, and what it takes
    /// off deferred tax.
    #[must_use]
    pub fn bounds(&self) -> Vec<CreditedEntry> {
        let mut entries = credited_entries(self.kind, &self.content);
        entries.extend(self.set_off.iter().flat_map(|set_off| set_off.entries()));
        entries
    }
}

/// What a memo takes off the deferred tax of its invoice; `None` where the invoice has none.
pub(super) fn set_off(
    context: &Context<'_>,
    left: &Left<'_>,
    rate: Option<Rate>,
    memo: &Content,
) -> Result<Option<Box<SetOff>>, Halt> {
    let currency = left.invoice.currency;
    let exponent = currency.exponent();
    let mut groups = deferred(&left.content).peekable();
    if groups.peek().is_none() {
        return Ok(None);
    }
    let (mut taxes, mut credited, mut off) = (Vec::new(), 0_i64, 0_i64);
    for billed in groups {
        let Some(group) = memo.taxes.iter().find(|group| group.code == billed.code) else { continue };
        let code = &billed.code;
        let gone = left.counted(&counts::due(code)).saturating_add(left.counted(&counts::off(code)));
        let rest = billed.tax.minor().saturating_sub(gone);
        let wanted = group.tax.minor();
        let tax = if rest >= 0 { wanted.clamp(0, rest) } else { wanted.clamp(rest, 0) };
        credited = credited.saturating_add(wanted);
        off = off.saturating_add(tax);
        if tax == 0 {
            continue;
        }
        let whole = |minor: i64| -> Result<Option<i64>, Halt> {
            let money =
                Money::new(minor, currency).map_err(|_| Rejection::AmountOutOfRange { what: "the tax" })?;
            Ok(base_of(context, money, rate)?.map(Money::minor))
        };
        let gone_base =
            left.counted(&counts::due_base(code)).saturating_add(left.counted(&counts::off_base(code)));
        let base = match tax == rest {
            true => whole(billed.tax.minor())?.map(|all| all.saturating_sub(gone_base)),
            false => whole(tax)?,
        };
        let base = base.map(|minor| Amount::from_minor(minor, context.book.base.exponent()));
        taxes.push(TaxSetOff { code: code.clone(), tax: Amount::from_minor(tax, exponent), base });
    }
    let total = memo.total.minor();
    let product = i128::from(total).saturating_mul(i128::from(off));
    let part = div_round(product, i128::from(credited), Rounding::HalfAwayFromZero);
    let part = part.and_then(|part| i64::try_from(part).ok()).unwrap_or(total);
    Ok(Some(Box::new(SetOff { total: Amount::from_minor(part, exponent), taxes })))
}

/// Refuses to void a memo when its invoice was paid for as much as the memo left of it: tax that is
/// deferred again would never fall due.
pub(super) fn check_not_relied_on(memo: &DocumentIssued, left: &Left<'_>) -> Result<(), Halt> {
    let Some(set_off) = &memo.set_off else { return Ok(()) };
    let worth = left.content.total.minor().saturating_sub(left.counted(&counts::OFF));
    let none = set_off.taxes.is_empty() && set_off.total.minor() == 0;
    if none || left.counted(&counts::PAID) <= worth {
        return Ok(());
    }
    let problem = "its invoice was paid beyond what it left of it; undo that payment first";
    Err(Rejection::DocumentState { document: memo.document.clone(), problem }.into())
}
