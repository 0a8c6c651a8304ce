//! What came in of claims that were given up, and the tax in both (INV-37).

use std::collections::BTreeMap;

use ar_core::Event;
use ar_core::allocation::{ItemWrittenOff, LinkTaxes};
use ar_core::document::{DocumentIssued, DocumentKind};
use ar_core::journal::Role;
use ar_core::values::*;

use super::{Checked, Evidence, broken};

/// The tax that a write-off took back, by the lines that it booked against the bad debt.
pub(super) fn tax_taken_back(e: &ItemWrittenOff) -> i64 {
    of_write_off(e.taxes.as_deref()).iter().map(|(_, tax)| tax).sum()
}

/// Tax by code, without what fell due beside it.
fn of_write_off(taxes: Option<&LinkTaxes>) -> Vec<(&TaxCode, i64)> {
    let moves = taxes.into_iter().flat_map(|taxes| &taxes.moves);
    moves.filter(|moved| moved.kind.is_of_write_off()).map(|m| (&m.code, m.tax.minor())).collect()
}

/// Tax of one code that is taken back of a document.
type Taken<'a> = ((&'a DocumentId, &'a TaxCode), i64);

/// Sums by document, or by invoice with its debit memos, and code.
type Sums<'a> = BTreeMap<(&'a DocumentId, &'a TaxCode), i64>;

/// What a document billed or credited of each tax.
type OfDocument<'a> = (DocumentKind, Vec<(&'a TaxCode, i64)>);

/// A write-off with what came in of it.
#[derive(Default)]
struct GivenUp<'a> {
    minor: i64,
    from: Option<Date>,
    to: Option<Date>,
    taxes: BTreeMap<&'a TaxCode, i64>,
    recoveries: BTreeMap<&'a LinkId, Recovery<'a>>,
}

struct Recovery<'a> {
    minor: i64,
    from: Date,
    to: Option<Date>,
    taxes: Vec<(&'a TaxCode, i64)>,
}

/// What was billed and taken back of each tax, by document and by invoice with its debit memos.
#[derive(Default)]
struct Taxed<'a> {
    root: BTreeMap<&'a DocumentId, &'a DocumentId>,
    taxes: BTreeMap<&'a DocumentId, OfDocument<'a>>,
    billed: Sums<'a>,
    taken: Sums<'a>,
    given_up: Sums<'a>,
}

impl<'a> Taxed<'a> {
    fn issue(&mut self, e: &'a DocumentIssued) {
        let taxes: Vec<_> = e.content.taxes.iter().map(|group| (&group.code, group.tax.minor())).collect();
        self.root.insert(&e.document, e.invoice.as_ref().unwrap_or(&e.document));
        self.taxes.insert(&e.document, (e.kind, taxes));
        self.count(&e.document, 1);
    }

    fn void(&mut self, document: &'a DocumentId) {
        self.count(document, -1);
        self.taxes.remove(document);
    }

    fn count(&mut self, document: &'a DocumentId, sign: i64) {
        let (Some(root), Some((kind, taxes))) = (self.root.get(document), self.taxes.get(document)) else {
            return;
        };
        for (code, tax) in taxes {
            let sums = if *kind == DocumentKind::CreditMemo { &mut self.taken } else { &mut self.billed };
            *sums.entry((root, code)).or_default() += sign * tax;
        }
    }

    /// Counts what a write-off took back; what is too much by then, and of how much.
    fn give_up(&mut self, document: &'a DocumentId, code: &'a TaxCode, tax: i64) -> Option<(i64, i64)> {
        let root = self.root.get(document).copied().unwrap_or(document);
        let taken = self.taken.entry((root, code)).or_default();
        *taken += tax;
        let all = (*taken, self.billed.get(&(root, code)).copied().unwrap_or(0));
        let own = self.given_up.entry((document, code)).or_default();
        *own += tax;
        let (_, taxes) = self.taxes.get(document)?;
        let bears = taxes.iter().find(|(of, _)| *of == code).map_or(0, |(_, tax)| *tax);
        [(*own, bears), all].into_iter().find(|(sum, bears)| sum.abs() > bears.abs())
    }
}

/// INV-37: on every day what came in of a write-off is at most what was given up, and nothing counts as
/// recovered of a claim that is open; the tax given back is that of the write-off in proportion, all of it
/// with the last of the claim; of each tax of an invoice and its debit memos no more is taken back, by
/// write-offs and credit memos together, than they bear, nor of one of them more than it bears.
///
/// # Errors
/// INV-37.
pub fn recoveries_stay_within_what_was_given_up(evidence: Evidence<'_>) -> Checked {
    let mut all: BTreeMap<&LinkId, GivenUp<'_>> = BTreeMap::new();
    let mut taxed = Taxed::default();
    let mut of_link: BTreeMap<&LinkId, Vec<Taken<'_>>> = BTreeMap::new();
    for (position, event) in evidence.events() {
        match event {
            Event::DocumentIssued(e) => {
                taxed.issue(e);
            }
            Event::DocumentVoided(e) => taxed.void(&e.document),
            Event::ItemWrittenOff(e) => {
                let taxes = of_write_off(e.taxes.as_deref());
                let document = e.closed.item.document();
                let moves: Vec<_> = taxes.iter().map(|(code, tax)| ((document, *code), *tax)).collect();
                for ((document, code), tax) in moves.iter().filter(|(_, tax)| *tax != 0) {
                    if let Some((sum, bears)) = taxed.give_up(document, code, *tax) {
                        let told = format!("{position} takes {sum} of {bears} of {code} on {document}");
                        return broken("INV-37", told);
                    }
                }
                of_link.insert(&e.link, moves);
                let minor = e.closed.amount.minor();
                let taxes = taxes.into_iter().collect();
                let given_up = GivenUp { minor, from: Some(e.date), taxes, ..GivenUp::default() };
                all.insert(&e.link, given_up);
            }
            Event::WriteOffRecovered(e) => {
                let Some(of) = all.get_mut(&e.write_off) else {
                    return broken("INV-37", format!("{position} recovers {}, which is none", e.write_off));
                };
                let moves = e.taxes.iter().flat_map(|taxes| &taxes.moves);
                let taxes: Vec<_> = moves.map(|m| (&m.code, m.tax.minor())).collect();
                let minor = e.closed.amount.minor();
                let income: i64 = e.posting.iter().map(|l| (l.role, l.amount.minor())).fold(
                    0,
                    |sum, (role, m)| match role {
                        Role::BadDebtRecovered | Role::Allowance => sum - m,
                        _ => sum,
                    },
                );
                if minor <= 0 || income != minor - taxes.iter().map(|(_, tax)| tax).sum::<i64>() {
                    return broken("INV-37", format!("{position} books {income} of {minor} as recovered"));
                }
                let from = e.date;
                of.recoveries.insert(&e.link, Recovery { minor, from, to: None, taxes });
            }
            Event::SettlementUndone(e) => {
                for undone in &e.links {
                    for ((document, code), tax) in of_link.remove(&undone.link).unwrap_or_default() {
                        taxed.give_up(document, code, -tax);
                    }
                    if let Some(of) = all.get_mut(&undone.link) {
                        of.to = Some(e.date);
                    }
                    let recoveries = all.values_mut().flat_map(|of| of.recoveries.get_mut(&undone.link));
                    recoveries.for_each(|recovery| recovery.to = Some(e.date));
                }
            }
            _ => {}
        }
        within_bounds(position, &all)?;
    }
    Ok(())
}

fn within_bounds(position: u64, all: &BTreeMap<&LinkId, GivenUp<'_>>) -> Checked {
    for (link, of) in all.iter().filter(|(_, of)| !of.recoveries.is_empty()) {
        let days =
            of.recoveries.values().flat_map(|r| [Some(r.from), r.to]).chain([of.from, of.to]).flatten();
        for day in days {
            let there = |r: &&Recovery<'_>| r.from <= day && r.to.is_none_or(|to| to > day);
            let recovered: i64 = of.recoveries.values().filter(there).map(|r| r.minor).sum();
            let gone = of.from.is_none_or(|from| day < from) || of.to.is_some_and(|to| day >= to);
            if recovered > if gone { 0 } else { of.minor } {
                return broken("INV-37", format!("{position}: {recovered} of {link} is recovered on {day}"));
            }
        }
        let live = || of.recoveries.values().filter(|r| r.to.is_none());
        let recovered: i64 = live().map(|r| r.minor).sum();
        for (code, tax) in &of.taxes {
            let told = live().flat_map(|r| &r.taxes).filter(|(of, _)| of == code);
            let back: i64 = told.map(|(_, tax)| tax).sum();
            let exact = recovered == of.minor && back == *tax;
            // Each recovery rounds once.
            let should = i128::from(*tax) * i128::from(recovered);
            let off = (i128::from(back) * i128::from(of.minor) - should).abs();
            let near = off <= i128::from(of.minor) * (of.recoveries.len() as i128 + 1);
            if !exact && (recovered == of.minor || !near) {
                return broken("INV-37", format!("{position}: {back} of {tax} of {code} is back of {link}"));
            }
        }
    }
    Ok(())
}
