//! Tax that moves with a settlement: deferred tax that falls due when a document is paid, the tax in an
//! early-payment discount, and the tax in what is given up or recovered (INV-29, INV-30, INV-37).
//!
//! Only items of documents with deferred tax, or with a discount that adjusts tax, cost more than
//! others: their document's content and what was counted of it are read. What a link moved stands in
//! its event with the accounts, and its undo moves exactly that back.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::apply::Planned;
use super::counts;
use super::posting::Figures;
use crate::book::{ChartContext, Recognition, TaxBasis};
use crate::decide::{Context, Halt};
use crate::document::{Content, CreditedEntry, DocumentIssued, DocumentKind, TaxGroup};
use crate::event::Event;
use crate::fx::base_of;
use crate::journal::{Posting, Role};
use crate::record::Position;
use crate::rejection::Rejection;
use crate::rows::ItemRow;
use crate::values::*;

/// What a link moved of its document's taxes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkTaxes {
    /// What counts as paid of a document with deferred tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Amount>,
    /// What it took off the worth of a document with deferred tax, by a discount that adjusts tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<Amount>,
    /// By tax code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<TaxMove>,
    /// What was given up of a document with the tax in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<Amount>,
    /// Whether the bad debt beside it stands on the allowance.
    #[serde(default, skip_serializing_if = "is_no")]
    pub allowance: bool,
    /// The invoice that the document is a debit memo of: the tax that goes with what is given up of the
    /// memo counts among what was billed and credited of the two together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<DocumentId>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

/// How tax moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaxMoveKind {
    /// Deferred tax fell due: from the account of deferred tax to that of tax.
    FellDue,
    /// Tax in a discount: it lowers the tax, and by so much less the discount is an expense.
    Discounted,
    /// The same for tax that had not fallen due.
    DiscountedDeferred,
    /// Tax in what is given up: it lowers the tax, and by so much less it is a bad debt.
    Relieved,
    /// The same for tax that had not fallen due and now never will.
    GivenUp,
    /// Tax relieved earlier that is owed again because of what was recovered.
    GivenBack,
    /// The same for tax given up before it fell due.
    DueAfterAll,
}

impl TaxMoveKind {
    /// The roles that are debited and credited.
    const fn roles(self) -> (Role, Role) {
        match self {
            Self::FellDue => (Role::DeferredTax, Role::Tax),
            Self::Discounted => (Role::Tax, Role::Discount),
            Self::DiscountedDeferred => (Role::DeferredTax, Role::Discount),
            Self::Relieved => (Role::Tax, Role::BadDebt),
            Self::GivenUp => (Role::DeferredTax, Role::BadDebt),
            Self::GivenBack | Self::DueAfterAll => (Role::BadDebtRecovered, Role::Tax),
        }
    }

    /// Whether it takes tax that waited for payment off its document.
    const fn takes_off(self) -> bool {
        matches!(self, Self::DiscountedDeferred | Self::GivenUp)
    }

    /// Whether a write-off made it.
    #[must_use]
    pub const fn is_of_write_off(self) -> bool {
        matches!(self, Self::Relieved | Self::GivenUp)
    }
}

/// Tax of one code that moved from one account to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxMove {
    /// The code.
    pub code: TaxCode,
    /// How.
    pub kind: TaxMoveKind,
    /// The net that the tax belongs to.
    pub net: Amount,
    /// The tax.
    pub tax: Amount,
    /// The tax in base currency, at the document's rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Amount>,
    /// The ledger account debited.
    pub from: GlCode,
    /// The ledger account credited.
    pub to: GlCode,
}

impl LinkTaxes {
    /// Adds the journal lines; `sign` is 1 when the link is made and -1 when it is undone.
    pub(crate) fn post(&self, posting: &mut Posting<'_>, sign: i64) {
        for moved in &self.moves {
            let (debit, credit) = moved.kind.roles();
            let (debit, credit) = (self.stands_on(debit), self.stands_on(credit));
            let minor = moved.tax.minor().saturating_mul(sign);
            let base = moved.base.map(|base| base.minor().saturating_mul(sign));
            posting.code(debit, &moved.from, minor, base);
            posting.code(credit, &moved.to, minor.saturating_neg(), base.map(i64::saturating_neg));
        }
    }

    /// The role that a bad debt stands on.
    const fn stands_on(&self, role: Role) -> Role {
        match role {
            Role::BadDebt | Role::BadDebtRecovered if self.allowance => Role::Allowance,
            role => role,
        }
    }

    /// The account that stands beside the tax under a role.
    pub(super) fn account_of(&self, role: Role) -> Option<GlCode> {
        self.moves.iter().find_map(|moved| match moved.kind.roles() {
            (debit, _) if self.stands_on(debit) == role => Some(moved.from.clone()),
            (_, credit) if self.stands_on(credit) == role => Some(moved.to.clone()),
            _ => None,
        })
    }

    /// What counts against the document, as `counts` says. `sign` as for the posting.
    #[must_use]
    pub fn entries(&self, sign: i64) -> Vec<CreditedEntry> {
        let mut all = Vec::new();
        let mut add = |key: CompactString, amount: Amount, by: i64| {
            if amount.minor() != 0 {
                let minor = amount.minor().saturating_mul(sign).saturating_mul(by);
                all.push(CreditedEntry { key, amount: Amount::from_minor(minor, amount.exponent()) });
            }
        };
        self.paid.into_iter().for_each(|paid| add(counts::PAID, paid, 1));
        self.off.into_iter().for_each(|off| add(counts::OFF, off, 1));
        self.given_up.into_iter().for_each(|minor| add(counts::GIVEN_UP, minor, 1));
        for moved in &self.moves {
            let code = &moved.code;
            let mut both = |key: CompactString, base_key: CompactString, by: i64| {
                add(key, moved.tax, by);
                moved.base.into_iter().for_each(|base| add(base_key.clone(), base, by));
            };
            match moved.kind {
                TaxMoveKind::FellDue => both(counts::due(code), counts::due_base(code), 1),
                TaxMoveKind::DiscountedDeferred => both(counts::off(code), counts::off_base(code), 1),
                TaxMoveKind::Discounted => {}
                TaxMoveKind::Relieved => both(counts::relieved(code), counts::relieved_base(code), 1),
                TaxMoveKind::GivenUp => {
                    both(counts::relieved(code), counts::relieved_base(code), 1);
                    both(counts::off(code), counts::off_base(code), 1);
                }
                TaxMoveKind::GivenBack => both(counts::back(code), counts::back_base(code), 1),
                TaxMoveKind::DueAfterAll => {
                    both(counts::back(code), counts::back_base(code), 1);
                    both(counts::off(code), counts::off_base(code), -1);
                    both(counts::due(code), counts::due_base(code), 1);
                }
            }
            if matches!(moved.kind, TaxMoveKind::FellDue | TaxMoveKind::DueAfterAll) {
                add(counts::due_net(code), moved.net, 1);
            }
        }
        all
    }

    /// What counts against the invoice of a debit memo. `sign` as for the posting.
    #[must_use]
    pub fn invoice_entries(&self, sign: i64) -> Vec<CreditedEntry> {
        let signed = |moved: &TaxMove| match moved.kind {
            TaxMoveKind::Relieved | TaxMoveKind::GivenUp => sign,
            TaxMoveKind::GivenBack | TaxMoveKind::DueAfterAll => sign.saturating_neg(),
            TaxMoveKind::FellDue | TaxMoveKind::Discounted | TaxMoveKind::DiscountedDeferred => 0,
        };
        let counted = self.moves.iter().filter(|moved| signed(moved) != 0 && moved.tax.minor() != 0);
        let entry = |moved: &TaxMove| CreditedEntry {
            key: counts::memo_relieved(&moved.code),
            amount: Amount::from_minor(moved.tax.minor().saturating_mul(signed(moved)), moved.tax.exponent()),
        };
        counted.map(entry).collect()
    }
}

/// How a credit memo stands to the invoice it refers to: links between the two take nothing but what
/// the memo did not take off the deferred tax when it was issued.
#[derive(Clone, Debug)]
pub(crate) struct OwnMemo {
    invoice: DocumentId,
    /// Deferred tax codes of the memo: what it credits of them, and what of that it took off.
    tax: i64,
    off: i64,
    /// What the memo counts against its invoice, where it is of the same command and not yet counted.
    pending: Vec<CreditedEntry>,
}

impl OwnMemo {
    /// From the event of a memo; `None` when it refers to no invoice.
    pub(crate) fn of(memo: &DocumentIssued) -> Option<Self> {
        let invoice = memo.invoice.clone().filter(|_| memo.kind == DocumentKind::CreditMemo)?;
        let tax = sum(deferred(&memo.content).map(|group| group.tax.minor()));
        let off = sum(memo.set_off.iter().flat_map(|off| &off.taxes).map(|entry| entry.tax.minor()));
        Some(Self { invoice, tax, off, pending: Vec::new() })
    }

    /// From the event of a memo of the same command.
    pub(crate) fn of_now(memo: &DocumentIssued) -> Option<Self> {
        Some(Self { pending: memo.bounds(), ..Self::of(memo)? })
    }

    /// What of a settlement of its invoice counts as paid.
    fn paid(&self, settled: i64) -> i64 {
        if self.tax == 0 {
            return 0;
        }
        share(settled, self.tax.saturating_sub(self.off), self.tax)
    }
}

/// Tax groups that fall due with payment.
pub(crate) fn deferred(content: &Content) -> impl Iterator<Item = &TaxGroup> {
    content.taxes.iter().filter(|group| matches!(group.basis, TaxBasis::Payment(_)) && group.tax.minor() != 0)
}

pub(super) fn sum(parts: impl Iterator<Item = i64>) -> i64 {
    parts.fold(0, i64::saturating_add)
}

/// `minor × part / whole`, rounded once; all of it when nothing is the whole.
pub(super) fn share(minor: i64, part: i64, whole: i64) -> i64 {
    let product = i128::from(minor).saturating_mul(i128::from(part));
    let rounded = div_round(product, i128::from(whole), Rounding::HalfAwayFromZero);
    rounded.and_then(|share| i64::try_from(share).ok()).unwrap_or(minor)
}

/// Reads what the links of one command need, each document once, and keeps what they add.
#[derive(Default)]
pub(crate) struct Desk {
    own: Option<OwnMemo>,
    files: BTreeMap<DocumentId, File>,
}

/// A document with what was counted of it, links of this command included.
pub(super) struct File {
    pub(super) issued: Box<DocumentIssued>,
    counted: BTreeMap<CompactString, i64>,
    /// The account of the discount or of the bad debt, as the settlement posts it.
    expense: GlCode,
}

impl File {
    /// `None` for an item without content, as one brought forward: there is no tax to adjust.
    pub(super) fn read(
        context: &Context<'_>,
        (document, position): (&DocumentId, Position),
        expense: impl FnOnce() -> Result<GlCode, Halt>,
    ) -> Result<Option<Self>, Halt> {
        let record = context.facts.record(position)?;
        let Some(record) = record else {
            let detail = format!("{document} has no record at {position}");
            return Err(Halt::Corrupt { invariant: "INV-15", detail });
        };
        let Event::DocumentIssued(issued) = record.event else { return Ok(None) };
        let rows = context.facts.credited(document)?;
        let counted = rows.into_iter().map(|row| (row.key, row.minor)).collect();
        Ok(Some(Self { issued, counted, expense: expense()? }))
    }

    pub(super) fn counted(&self, key: &str) -> i64 {
        self.counted.get(key).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, taxes: &LinkTaxes) {
        taxes.entries(1).iter().for_each(|entry| self.count(entry));
    }

    /// Counts what a debit memo of the document gave up.
    pub(super) fn add_of_memo(&mut self, taxes: &LinkTaxes) {
        taxes.invoice_entries(1).iter().for_each(|entry| self.count(entry));
    }

    fn count(&mut self, entry: &CreditedEntry) {
        let sum = self.counted.entry(entry.key.clone()).or_default();
        *sum = sum.saturating_add(entry.amount.minor());
    }

    /// What memos took off the total so far.
    pub(super) fn credited(&self) -> i64 {
        let bound = |key: &str| ["line:", "tax:", "coins:"].iter().any(|bound| key.starts_with(bound));
        sum(self.counted.iter().filter(|(key, _)| bound(key)).map(|(_, minor)| *minor))
    }

    pub(super) fn amount(&self, minor: i64) -> Amount {
        Amount::from_minor(minor, self.issued.currency.exponent())
    }

    /// A tax in base currency at the document's rate. With the last of its code, all that is left: what
    /// the same link took off before is given there.
    fn base(
        &self,
        context: &Context<'_>,
        group: &TaxGroup,
        tax: i64,
        last: Option<i64>,
    ) -> Result<Option<Amount>, Halt> {
        let whole = |minor: i64| -> Result<Option<i64>, Halt> {
            let money = Money::new(minor, self.issued.currency)
                .map_err(|_| Rejection::AmountOutOfRange { what: "the tax" })?;
            Ok(base_of(context, money, self.issued.rate)?.map(Money::minor))
        };
        let minor = match last {
            Some(now) => {
                let off = match group.basis {
                    TaxBasis::Payment(_) => counts::off_base(&group.code),
                    TaxBasis::Issue => counts::relieved_base(&group.code),
                };
                let counted = [counts::due_base(&group.code), off];
                let gone = sum(counted.iter().map(|key| self.counted(key)).chain([now]));
                whole(group.tax.minor())?.map(|all| all.saturating_sub(gone))
            }
            None => whole(tax)?,
        };
        Ok(minor.map(|minor| Amount::from_minor(minor, context.book.base.exponent())))
    }
}

/// The file of an item's document, read once.
fn file<'d>(
    files: &'d mut BTreeMap<DocumentId, File>,
    context: &Context<'_>,
    credit: &ItemRow,
    item: &ItemRow,
) -> Result<Option<&'d mut File>, Halt> {
    let document = item.item.document();
    if !files.contains_key(document) {
        let expense = || {
            let chart = ChartContext {
                class: Some(context.account(&credit.account)?.profile.class),
                document: Some(credit.kind),
                ..ChartContext::default()
            };
            Ok(context.book.chart.code(Role::Discount, &chart)?)
        };
        let Some(read) = File::read(context, (document, item.position), expense)? else { return Ok(None) };
        files.insert(document.clone(), read);
    }
    Ok(files.get_mut(document))
}

impl Desk {
    /// For links of a credit: a memo in the same command says whose it is.
    pub(super) fn new(own: Option<OwnMemo>) -> Self {
        Self { own, files: BTreeMap::new() }
    }

    /// What a planned link moves of its document's taxes.
    pub(super) fn taxes(
        &mut self,
        context: &Context<'_>,
        credit: &ItemRow,
        plan: &Planned,
    ) -> Result<Option<LinkTaxes>, Halt> {
        let item = &plan.item;
        let adjusts = plan.discount != 0 && item.discounts.iter().any(|tier| tier.tax.adjusts());
        if !item.deferred && !adjusts {
            return Ok(None);
        }
        let own = if item.deferred { self.own(context, credit)?.cloned() } else { None };
        let document = item.item.document();
        let Some(file) = file(&mut self.files, context, credit, item)? else { return Ok(None) };
        if let Some(own) = own.as_ref().filter(|own| own.invoice == *document) {
            // Counted once: the desk keeps the memo for the links that follow.
            own.pending.iter().for_each(|entry| file.count(entry));
            self.own.iter_mut().for_each(|own| own.pending.clear());
        }
        let mut taxes = LinkTaxes::default();
        if adjusts {
            file.discount(context, plan, &mut taxes)?;
        }
        if item.deferred {
            let off = if adjusts { plan.discount } else { 0 };
            let settled = plan.settled().saturating_sub(off);
            let paid = match own.filter(|own| own.invoice == *document) {
                Some(own) => own.paid(settled),
                None => settled,
            };
            taxes.paid = (paid != 0).then(|| file.amount(paid));
            taxes.off = (off != 0).then(|| file.amount(off));
            file.fall_due(context, &mut taxes)?;
        }
        file.add(&taxes);
        Ok((taxes != LinkTaxes::default()).then_some(taxes))
    }

    /// What a link moves that takes the place of one that the same command undoes.
    pub(crate) fn taxes_again(
        &mut self,
        context: &Context<'_>,
        (credit, item): (&ItemRow, &ItemRow),
        figures: &Figures,
        undone: Option<&LinkTaxes>,
    ) -> Result<Option<LinkTaxes>, Halt> {
        let entries = undone.map_or_else(Vec::new, |undone| undone.entries(-1));
        if !entries.is_empty()
            && let Some(file) = file(&mut self.files, context, credit, item)?
        {
            entries.iter().for_each(|entry| file.count(entry));
        }
        let (tolerance, withheld) = (figures.tolerance, figures.withholding);
        let plan = Planned { tolerance, withheld, ..Planned::new(item, figures.cash, figures.discount) };
        self.taxes(context, credit, &plan)
    }

    fn own(&mut self, context: &Context<'_>, credit: &ItemRow) -> Result<Option<&OwnMemo>, Halt> {
        if self.own.is_none() && credit.kind == DocumentKind::CreditMemo {
            let record = context.facts.record(credit.position)?;
            if let Some(Event::DocumentIssued(memo)) = record.map(|r| r.event) {
                self.own = OwnMemo::of(&memo);
            }
        }
        Ok(self.own.as_ref())
    }
}

impl File {
    /// The tax in a discount: its share of the discount among net and discounted taxes.
    fn discount(&self, context: &Context<'_>, plan: &Planned, taxes: &mut LinkTaxes) -> Result<(), Halt> {
        let content = &self.issued.content;
        let groups: Vec<&TaxGroup> = content.taxes.iter().filter(|group| group.discounted()).collect();
        let mut weights = vec![content.net.minor().unsigned_abs()];
        weights.extend(groups.iter().map(|group| group.tax.minor().unsigned_abs()));
        let parts = split(plan.discount, &weights).map_err(|e| Rejection::value("discount", &e))?;
        let (net, parts) = parts.split_first().map_or((0, &[][..]), |(net, parts)| (*net, parts));
        for (group, part) in groups.into_iter().zip(parts).filter(|(_, part)| **part != 0) {
            let deferred = matches!(group.basis, TaxBasis::Payment(_));
            let rest = self.left(group);
            let (kind, tax) = match deferred {
                true if rest >= *part => (TaxMoveKind::DiscountedDeferred, *part),
                _ => (TaxMoveKind::Discounted, *part),
            };
            let last = (kind == TaxMoveKind::DiscountedDeferred && tax == rest).then_some(0);
            let moved = self.moved(context, group, kind, (net, tax), last)?;
            taxes.moves.push(moved);
        }
        Ok(())
    }

    /// Deferred tax of a group that neither fell due nor was taken off.
    pub(super) fn left(&self, group: &TaxGroup) -> i64 {
        let gone = [counts::due(&group.code), counts::off(&group.code)];
        group.tax.minor().saturating_sub(sum(gone.iter().map(|key| self.counted(key))))
    }

    /// What of the deferred tax falls due once a link is counted: as much as should have by then, less
    /// what did.
    pub(super) fn fall_due(&self, context: &Context<'_>, taxes: &mut LinkTaxes) -> Result<(), Halt> {
        let minor = |amount: Option<Amount>| amount.map_or(0, Amount::minor);
        let total = self.issued.content.total.minor().saturating_sub(self.counted(&counts::OFF));
        let total = total.saturating_sub(minor(taxes.off));
        let paid = self.counted(&counts::PAID).saturating_add(minor(taxes.paid));
        let off_now = |code: &TaxCode, of: fn(&TaxMove) -> i64| {
            let mine = taxes.moves.iter().filter(|moved| moved.code == *code);
            sum(mine.filter(|moved| moved.kind.takes_off()).map(of))
        };
        let mut worth: Vec<(&TaxGroup, i64)> = Vec::new();
        for group in deferred(&self.issued.content) {
            let off = self.counted(&counts::off(&group.code));
            let off = off.saturating_add(off_now(&group.code, |moved| moved.tax.minor()));
            worth.push((group, group.tax.minor().saturating_sub(off)));
        }
        let all = sum(worth.iter().map(|(_, tax)| *tax));
        let mut moves = Vec::new();
        for (group, tax) in worth {
            let TaxBasis::Payment(how) = group.basis else { continue };
            let (part, whole) = recognised(how, paid, total, all);
            let due = self.counted(&counts::due(&group.code));
            let delta = share(tax, part, whole).saturating_sub(due);
            let rest = tax.saturating_sub(due);
            let delta = if rest >= 0 { delta.clamp(0, rest) } else { delta.clamp(rest, 0) };
            if delta == 0 {
                continue;
            }
            let net = share(group.net.minor(), tax, group.tax.minor());
            let net_due = self.counted(&counts::due_net(&group.code));
            let net = share(net, part, whole).saturating_sub(net_due);
            let base_now = off_now(&group.code, |moved| moved.base.map_or(0, Amount::minor));
            let last = (delta == rest).then_some(base_now);
            moves.push(self.moved(context, group, TaxMoveKind::FellDue, (net, delta), last)?);
        }
        taxes.moves.extend(moves);
        Ok(())
    }

    pub(super) fn moved(
        &self,
        context: &Context<'_>,
        group: &TaxGroup,
        kind: TaxMoveKind,
        (net, tax): (i64, i64),
        last: Option<i64>,
    ) -> Result<TaxMove, Halt> {
        let account = context.account(&self.issued.account)?;
        let chart = ChartContext {
            class: Some(account.profile.class),
            document: Some(self.issued.kind),
            tax: Some(&group.code),
            ..ChartContext::default()
        };
        let (debit, credit) = kind.roles();
        let to = match credit {
            // The account that the whole discount or bad debt stands on.
            Role::Discount | Role::BadDebt => self.expense.clone(),
            role => context.book.chart.code(role, &chart)?,
        };
        Ok(TaxMove {
            code: group.code.clone(),
            kind,
            net: self.amount(net),
            tax: self.amount(tax),
            base: self.base(context, group, tax, last)?,
            from: context.book.chart.code(debit, &chart)?,
            to,
        })
    }
}

/// How much of a deferred tax should have fallen due, as a fraction, once `paid` of `total` is paid,
/// `tax` of which is deferred tax. A document that is paid to the end leaves nothing.
fn recognised(how: Recognition, paid: i64, total: i64, tax: i64) -> (i64, i64) {
    if paid >= total {
        return (1, 1);
    }
    let whole = |covered: bool| if covered { (1, 1) } else { (0, 1) };
    match how {
        Recognition::Percentage => (paid, total),
        Recognition::First if tax > 0 => (paid.min(tax), tax),
        Recognition::Last if tax > 0 => (paid.saturating_sub(total.saturating_sub(tax)).max(0), tax),
        Recognition::FirstFullyPaid => whole(paid >= tax),
        Recognition::First | Recognition::Last | Recognition::LastFullyPaid => (0, 1),
    }
}
