//! The tax in what is given up (INV-37).
//!
//! Where the reason of a write-off takes tax back, what is given up is split between net and tax by the
//! taxes stored on its document: of each code the share of all that was given up so far, rounded once,
//! less what earlier write-offs took. So parts never take more than the document's tax, and the last
//! takes what rounding left. Tax that has fallen due is relieved; tax that waits for payment is given up
//! with the claim, because it will never fall due.
//!
//! Debit memos raise what can be credited of their invoice, so the two bear their tax together: of each
//! code no more is taken back, by write-offs of either and by credit memos, than both billed.

use super::Explanation;
use super::counts;
use super::tax::{File, LinkTaxes, TaxMoveKind, share, sum};
use crate::book::{ChartContext, TaxBasis};
use crate::decide::{Context, Halt};
use crate::document::{DocumentIssued, DocumentKind, TaxGroup};
use crate::journal::Role;
use crate::record::Position;
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
        of: Billed<'_>,
        reason: &ReasonCode,
    ) -> Result<Option<&mut File>, Halt> {
        if !self.files.contains_key(of.document) {
            let file = file(context, of, reason)?;
            self.files.insert(of.document.clone(), file);
        }
        Ok(self.files.get_mut(of.document).and_then(Option::as_mut))
    }

    /// The invoice of a debit memo, where its taxes are known.
    fn invoice(
        &mut self,
        context: &Context<'_>,
        memo: &DocumentIssued,
        reason: &ReasonCode,
    ) -> Result<Option<DocumentId>, Halt> {
        let of = memo.invoice.as_ref().filter(|_| memo.kind == DocumentKind::DebitMemo);
        let Some(invoice) = of else { return Ok(None) };
        let row = context.document(invoice)?;
        let (position, account, kind) = (row.position, &row.account, row.kind);
        let known = self.file(context, Billed { document: invoice, position, account, kind }, reason)?;
        Ok(known.map(|_| invoice.clone()))
    }

    /// Counts a write-off for those that follow in the same command.
    fn count(&mut self, document: &DocumentId, taxes: &LinkTaxes) {
        if let Some(file) = self.files.get_mut(document).and_then(Option::as_mut) {
            file.add(taxes);
        }
        let of = taxes.invoice.as_ref().and_then(|invoice| self.files.get_mut(invoice));
        if let Some(file) = of.and_then(Option::as_mut) {
            file.add_of_memo(taxes);
        }
    }

    fn read(&self, document: Option<&DocumentId>) -> Option<&File> {
        self.files.get(document?).and_then(Option::as_ref)
    }
}

/// A document, where it stands in the log and what its chart looks at.
#[derive(Clone, Copy)]
struct Billed<'a> {
    document: &'a DocumentId,
    position: Position,
    account: &'a AccountId,
    kind: DocumentKind,
}

fn file(context: &Context<'_>, of: Billed<'_>, reason: &ReasonCode) -> Result<Option<File>, Halt> {
    File::read(context, (of.document, of.position), || {
        let chart = ChartContext {
            class: Some(context.account(of.account)?.profile.class),
            document: Some(of.kind),
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
    let (document, position) = (item.item.document(), item.position);
    let of = Billed { document, position, account: &item.account, kind: item.kind };
    let Some(issued) = desk.file(context, of, reason)?.map(|file| file.issued.clone()) else {
        let why = why.reject("split", "the item came without the taxes of a document");
        return Ok((None, Some(why)));
    };
    let invoice = desk.invoice(context, &issued, reason)?;
    let (Some(file), of) = (desk.read(Some(document)), desk.read(invoice.as_ref())) else {
        return Ok((None, Some(why)));
    };
    // Debit memos raise what can be credited, not what the document itself came to.
    let total = issued.content.total.minor().saturating_sub(file.credited().max(0));
    let before = file.counted(&counts::GIVEN_UP);
    let why =
        why.input("document less memos", file.amount(total)).input("given up before", file.amount(before));
    let so_far = before.saturating_add(money.minor());
    let allowance = bad_debt_role(context, reason) == Role::Allowance;
    let mut taxes = LinkTaxes { allowance, ..LinkTaxes::default() };
    let mut why = why;
    for group in issued.content.taxes.iter().filter(|group| group.tax.minor() != 0) {
        let own = file.own(group, of);
        if own != group.tax.minor() {
            why = why.input(&format!("{} that is left", group.code), file.amount(own));
        }
        let (kind, tax, last) = file.given_up(group, own, (so_far, total));
        if tax != 0 {
            let net = share(group.net.minor(), tax, group.tax.minor());
            taxes.moves.push(file.moved(context, group, kind, (net, tax), last)?);
        }
    }
    if issued.content.taxes.iter().all(|group| group.tax.minor() == 0) {
        return Ok((None, Some(why.reject("split", "the document bears no tax"))));
    }
    let why = taxes.moves.iter().fold(why, |why, moved| why.input(&moved.code.to_string(), moved.tax));
    taxes.given_up = Some(money.amount());
    if item.deferred {
        taxes.off = Some(money.amount());
        file.fall_due(context, &mut taxes)?;
    }
    taxes.invoice = invoice.filter(|_| !taxes.moves.is_empty());
    desk.count(document, &taxes);
    Ok((Some(taxes), Some(why)))
}

impl File {
    /// Tax of a code that write-offs took back and recoveries did not give again.
    fn relieved(&self, code: &TaxCode) -> i64 {
        self.counted(&counts::relieved(code)).saturating_sub(self.counted(&counts::back(code)))
    }

    /// Tax of a code that credit memos and write-offs left of an invoice and its debit memos together.
    fn family(&self, code: &TaxCode) -> i64 {
        let group = self.issued.content.taxes.iter().find(|group| group.code == *code);
        let gone = [self.counted(&format!("tax:{code}")), self.relieved(code), self.of_memos(code)];
        group.map_or(0, |group| group.tax.minor()).saturating_sub(sum(gone.into_iter()))
    }

    /// What write-offs of its debit memos took back.
    fn of_memos(&self, code: &TaxCode) -> i64 {
        self.counted(&counts::memo_relieved(code))
    }

    /// How much of a code's tax is the document's to be given up, what was given up included: what
    /// others left of it and of its `invoice`. A debit memo that lowers a tax lowers it whatever is left.
    fn own(&self, group: &TaxGroup, invoice: Option<&Self>) -> i64 {
        let (tax, relieved) = (group.tax.minor(), self.relieved(&group.code));
        match invoice {
            Some(invoice) if tax > 0 => within(invoice.family(&group.code).saturating_add(relieved), tax),
            Some(_) => tax,
            None => within(self.family(&group.code).saturating_add(relieved), tax),
        }
    }

    /// What of a code's tax, of which `own` is the document's, goes with the next write-off, once
    /// `so_far` of `total` is given up; and where it is the last of the code, what the same link moved
    /// before.
    fn given_up(
        &self,
        group: &TaxGroup,
        own: i64,
        (so_far, total): (i64, i64),
    ) -> (TaxMoveKind, i64, Option<i64>) {
        let tax = group.tax.minor();
        let before = self.counted(&counts::relieved(&group.code));
        let should = if so_far >= total { own } else { share(own, so_far, total) };
        // What was recovered and then credited is no tax to be owed again.
        let rest = within(own.saturating_sub(before), tax);
        let wanted = within(should.saturating_sub(before), rest);
        match group.basis {
            TaxBasis::Payment(_) => {
                let left = self.left(group);
                let given = within(wanted, left);
                (TaxMoveKind::GivenUp, given, (given == left).then_some(0))
            }
            // What memos took of it stands in their own postings.
            TaxBasis::Issue => {
                let last = wanted == rest && own == tax;
                (TaxMoveKind::Relieved, wanted, last.then_some(0))
            }
        }
    }
}

/// An amount between nothing and `most`, of the same sign.
fn within(minor: i64, most: i64) -> i64 {
    if most >= 0 { minor.clamp(0, most) } else { minor.clamp(most, 0) }
}

/// What a recovery gives back of one tax of its write-off: the share of all that was recovered so far,
/// less what earlier recoveries gave, and with the last of the claim the last of the tax.
pub(super) fn given_back(tax: i64, before: i64, recovered: i64, written_off: i64) -> i64 {
    let should = if recovered >= written_off { tax } else { share(tax, recovered, written_off) };
    let rest = tax.saturating_sub(before);
    within(should.saturating_sub(before), rest)
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
