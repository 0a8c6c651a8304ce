//! A stingy source of facts: it answers *missing* to every first question, as a store over a network
//! does. What `decide` decides through it proves that the law works by asking.

use ar_core::account::Account;
use ar_core::agreement::AgreementId;
use ar_core::book::BookConfig;
use ar_core::facts::{
    Asked, Chargeable, Exact, Later, Missing, OpenItems, OpenReceipt, SmallItems, WrittenOff,
};
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};
use ar_core::{Decision, Envelope, Facts, Halt, Position, Record};

use crate::rows::Rows;

/// Most rounds of asking that any command may take.
pub const ROUNDS_MAX: usize = 64;

/// Decides a command through a stingy source. Returns the answer and the rounds of asking.
///
/// # Errors
/// What is wrong: a round that asks for nothing new, or more than [`ROUNDS_MAX`] rounds.
#[allow(clippy::type_complexity, reason = "the answer of decide, and a count")]
pub fn decide(rows: &Rows, envelope: &Envelope) -> Result<(Result<Decision, Halt>, usize), String> {
    let mut facts = Stingy::new(rows);
    for round in 0..ROUNDS_MAX {
        match ar_core::decide(&facts, envelope) {
            Err(Halt::Missing(missing)) => {
                if facts.fetch(&missing) == 0 {
                    return Err(format!("round {round} asks for what is at hand: {missing:?}"));
                }
            }
            answer => return Ok((answer, round)),
        }
    }
    Err(format!("{} is still missing facts after {ROUNDS_MAX} rounds", envelope.command.name()))
}

/// A [`Facts`] that answers *missing* to every first question, as a store over a network does: what
/// was asked is handed over only for the next call of `decide`.
pub struct Stingy<'a> {
    rows: &'a Rows,
    at_hand: std::collections::BTreeSet<ar_core::Need>,
}

impl<'a> Stingy<'a> {
    /// Nothing at hand yet.
    #[must_use]
    pub fn new(rows: &'a Rows) -> Self {
        Self { rows, at_hand: std::collections::BTreeSet::new() }
    }

    /// Fetches what was found missing. Returns how much of it was new.
    pub fn fetch(&mut self, missing: &Missing) -> usize {
        missing.needs.iter().filter(|need| self.at_hand.insert((*need).clone())).count()
    }

    fn have(&self, need: ar_core::Need) -> Asked<()> {
        if self.at_hand.contains(&need) { Ok(()) } else { Err(Missing::from(need)) }
    }
}

macro_rules! stingy {
    ($($name:ident ( $($arg:ident : $ty:ty),* ) -> $answer:ty = $need:expr;)*) => {
        impl Facts for Stingy<'_> {
            $(fn $name(&self, $($arg: $ty),*) -> Asked<$answer> {
                use ar_core::Need;
                self.have($need)?;
                self.rows.$name($($arg),*)
            })*
        }
    };
}

stingy! {
    book() -> Option<&BookConfig> = Need::Book;
    key(id: &CommandId) -> Option<KeyRow> = Need::Key(id.clone());
    account(id: &AccountId) -> Option<&Account> = Need::Account(id.clone());
    totals(owner: &Owner) -> Vec<TotalsRow> = Need::Totals(owner.clone());
    document(id: &DocumentId) -> Option<&DocumentRow> = Need::Document(id.clone());
    record(position: Position) -> Option<Record> = Need::Record(position);
    item(id: &ItemId) -> Option<&ItemRow> = Need::Item(id.clone());
    link(id: &LinkId) -> Option<&LinkRow> = Need::Link(id.clone());
    live_links(item: &ItemId) -> Vec<LinkRow> = Need::LiveLinks(item.clone());
    recoveries(write_off: &LinkId) -> Vec<LinkRow> = Need::Recoveries(write_off.clone());
    small_items(which: &SmallItems) -> Vec<ItemRow> = Need::SmallItems(which.clone());
    allowance(currency: Currency, on: Date) -> Option<AllowanceRow> = Need::Allowance(currency, on);
    movements(item: &ItemId, from: Date) -> Option<Vec<Movement>> = Need::Movements(item.clone(), from);
    series(id: &SeriesId, year: i32) -> Option<SeriesRow> = Need::Series(id.clone(), year);
    open_items(which: &OpenItems) -> Vec<ItemRow> = Need::OpenItems(which.clone());
    exact(which: &Exact) -> Vec<ItemRow> = Need::Exact(which.clone());
    live_member(parent: &AccountId) -> Option<AccountId> = Need::LiveMember(parent.clone());
    any_open_item(account: &AccountId) -> Option<ItemId> = Need::AnyOpenItem(account.clone());
    credited(invoice: &DocumentId) -> Vec<CreditedRow> = Need::Credited(invoice.clone());
    rate(currency: Currency, on: Date) -> Option<RateRow> = Need::Rate(currency, on);
    order(id: &OrderId) -> Option<OrderRow> = Need::Order(id.clone());
    refund(id: &RefundId) -> Option<RefundRow> = Need::Refund(id.clone());
    agreement(id: &AgreementId) -> Option<AgreementRow> = Need::Agreement(id.clone());
    chargeable(which: &Chargeable) -> Option<Vec<ChargeableItem>> = Need::Chargeable(which.clone());
    later_credits(owner: &Owner, after: Date) -> Option<Vec<Later>> =
        Need::LaterCredits(owner.clone(), after);
    open_receipt(which: &OpenReceipt) -> Option<ItemId> = Need::OpenReceipt(*which);
    withholding(link: &LinkId) -> Option<WithholdingRow> = Need::Withholding(link.clone());
    certificate(account: &AccountId, id: &CertificateId) -> Option<CertificateRow> = Need::Certificate(account.clone(), id.clone());
    proposal(id: &CommandId) -> Option<ProposalRow> = Need::Proposal(id.clone());
    written_off(which: &WrittenOff) -> i64 = Need::WrittenOff(which.clone());
}
