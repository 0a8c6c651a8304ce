//! The tax in what is given up (INV-37).
//!
//! Where the reason of a write-off takes tax back, what is given up is split between net and tax by the
//! taxes stored on its document: of each code the share of all that was given up so far, rounded once,
//! less what earlier write-offs took. So parts never take more than the document's tax, and the last
//! takes what rounding left. Tax that has fallen due is relieved; tax that waits for payment is given up
//! with the claim, because it will never fall due.

use super::Explanation;
use super::tax::{File, LinkTaxes, TaxMoveKind, counts, share, sum};
use crate::book::{ChartContext, TaxBasis};
use crate::decide::{Context, Halt};
use crate::document::TaxGroup;
use crate::journal::Role;
use crate::rows::ItemRow;
use crate::values::*;
use std::collections::BTreeMap;

/// What a write-off for a reason stands on: a loss of its own, or the allowance.
pub(super) fn bad_debt_role(context: &Context<'_>, reason: &ReasonCode) -> Role {
    match context.book.reasons.get(reason).is_some_and(|reason| reason.against_allowance) {
        true => Role::Allowance,
        false => Role::BadDebt,
    }
}

/// The documents that the write-offs of one command stand on, each read once, with what they add.
#[derive(Default)]
pub(super) struct Desk {
    files: BTreeMap<DocumentId, Option<File>>,
}

impl Desk {
    fn file(
        &mut self,
        context: &Context<'_>,
        item: &ItemRow,
        reason: &ReasonCode,
    ) -> Result<Option<&mut File>, Halt> {
        let document = item.item.document();
        if !self.files.contains_key(document) {
            let file = file(context, item, reason)?;
            self.files.insert(document.clone(), file);
        }
        Ok(self.files.get_mut(document).and_then(Option::as_mut))
    }
}

fn file(context: &Context<'_>, item: &ItemRow, reason: &ReasonCode) -> Result<Option<File>, Halt> {
    File::read(context, item, || {
        let chart = ChartContext {
            class: Some(context.account(&item.account)?.profile.class),
            document: Some(item.kind),
            reason: Some(reason),
            ..ChartContext::default()
        };
        Ok(context.book.chart.code(bad_debt_role(context, reason), &chart)?)
    })
}

/// What a write-off moves of its document's taxes, and why; nothing for a reason that takes none back.
pub(super) fn relief(
    context: &Context<'_>,
    desk: &mut Desk,
    (item, money): (&ItemRow, Money),
    reason: &ReasonCode,
    why: Option<Explanation>,
) -> Result<(Option<LinkTaxes>, Option<Explanation>), Halt> {
    if !context.book.reasons.get(reason).is_some_and(|reason| reason.tax_relief) {
        return Ok((None, why));
    }
    let why = why.unwrap_or_else(|| Explanation::rule("tax_relief"));
    let why = why.input("reason", reason).input("given up", money);
    let Some(file) = desk.file(context, item, reason)? else {
        let why = why.reject("split", "the item came without the taxes of a document");
        return Ok((None, Some(why)));
    };
    let total = file.issued.content.total.minor().saturating_sub(file.credited());
    let before = file.counted(&counts::GIVEN_UP);
    let why =
        why.input("document less memos", file.amount(total)).input("given up before", file.amount(before));
    let so_far = before.saturating_add(money.minor());
    let allowance = bad_debt_role(context, reason) == Role::Allowance;
    let mut taxes = LinkTaxes { allowance, ..LinkTaxes::default() };
    for group in file.issued.content.taxes.iter().filter(|group| group.tax.minor() != 0) {
        let (kind, tax, last) = file.given_up(group, so_far, total);
        if tax != 0 {
            let net = share(group.net.minor(), tax, group.tax.minor());
            taxes.moves.push(file.moved(context, group, kind, (net, tax), last)?);
        }
    }
    if file.issued.content.taxes.iter().all(|group| group.tax.minor() == 0) {
        return Ok((None, Some(why.reject("split", "the document bears no tax"))));
    }
    let why = taxes.moves.iter().fold(why, |why, moved| why.input(&moved.code.to_string(), moved.tax));
    taxes.given_up = Some(money.amount());
    if item.deferred {
        taxes.off = Some(money.amount());
        file.fall_due(context, &mut taxes)?;
    }
    file.add(&taxes);
    Ok((Some(taxes), Some(why)))
}

impl File {
    /// What of a code's tax goes with the next write-off, once `so_far` of `total` is given up; and
    /// where it is the last of the code, what the same link moved before.
    fn given_up(&self, group: &TaxGroup, so_far: i64, total: i64) -> (TaxMoveKind, i64, Option<i64>) {
        let tax = group.tax.minor();
        let within =
            |minor: i64, most: i64| if most >= 0 { minor.clamp(0, most) } else { minor.clamp(most, 0) };
        let memos = self.counted(&format!("tax:{}", group.code));
        let own = within(tax.saturating_sub(memos), tax);
        let before = self.counted(&counts::relieved(&group.code));
        let should = if so_far >= total { own } else { share(own, so_far, total) };
        let rest = own.saturating_sub(before);
        let wanted = within(should.saturating_sub(before), rest);
        match group.basis {
            TaxBasis::Payment(_) => {
                let left = self.left(group);
                let given = within(wanted, left);
                (TaxMoveKind::GivenUp, given, (given == left).then_some(0))
            }
            // What memos took of it stands in their own postings.
            TaxBasis::Issue => {
                let last = wanted == rest && memos == 0;
                (TaxMoveKind::Relieved, wanted, last.then_some(0))
            }
        }
    }
}

/// What a recovery gives back of one tax of its write-off: the share of all that was recovered so far,
/// less what earlier recoveries gave, and with the last of the claim the last of the tax.
pub(super) fn given_back(tax: i64, before: i64, recovered: i64, written_off: i64) -> i64 {
    let should = if recovered >= written_off { tax } else { share(tax, recovered, written_off) };
    let rest = tax.saturating_sub(before);
    let wanted = should.saturating_sub(before);
    if rest >= 0 { wanted.clamp(0, rest) } else { wanted.clamp(rest, 0) }
}

/// The sum of what recoveries gave back of a code, in minor units and in base currency.
pub(super) fn given_before<'a>(
    recoveries: impl Iterator<Item = &'a crate::rows::BadDebtTax> + Clone,
    code: &TaxCode,
) -> (i64, i64) {
    let mine = recoveries.filter(|tax| tax.code == *code);
    let base = |tax: &crate::rows::BadDebtTax| tax.base.map_or(0, Amount::minor);
    (sum(mine.clone().map(|tax| tax.tax.minor())), sum(mine.map(base)))
}
