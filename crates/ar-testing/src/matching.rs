//! Matching seen from beside: a source of facts that counts what it hands over and may have a bad
//! habit, and the checks of INV-36 on what the rules propose.

use std::cell::Cell;

use ar_core::account::Account;
use ar_core::allocation::{Allocate, How, Rule};
use ar_core::book::BookConfig;
use ar_core::document::DocumentKind;
use ar_core::facts::{
    Asked, Chargeable, Cover, EXACT_MAX, Exact, Later, OPEN_ITEMS_MAX, OpenItems, OpenReceipt, SmallItems,
    WrittenOff,
};
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};
use ar_core::{Command, Envelope, Event, Explanation, Facts, Halt, Position, Record};

use crate::checks::{Checked, broken};
use crate::rows::Rows;
use crate::wire::instant;
use crate::world::{BOOK, day, id};

/// Most lists that one proposal may ask for, and most items it may be handed in all of them.
pub const ASKS_MAX: usize = 16;
/// See [`ASKS_MAX`].
pub const ITEMS_MAX: usize = 3 * OPEN_ITEMS_MAX;

/// How a source of facts answers questions about open items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// As it should.
    Honest,
    /// In the order in which items were stored, not in that of allocation.
    AsStored,
    /// With the first item that an amount settles, and no rival of it.
    FirstRival,
    /// With everything there is, whatever limit was asked for.
    Unlimited,
    /// With no more than the first three open items.
    Short,
}

/// Rows with a habit, and a count of what they handed over.
struct Witness<'a> {
    rows: &'a Rows,
    habit: Habit,
    asks: Cell<usize>,
    items: Cell<usize>,
    longest: Cell<(usize, usize)>,
}

impl Witness<'_> {
    fn handed(&self, items: &[ItemRow], exact: bool) {
        self.asks.set(self.asks.get() + 1);
        self.items.set(self.items.get() + items.len());
        let (listed, found) = self.longest.get();
        let len = items.len();
        self.longest.set(if exact { (listed, found.max(len)) } else { (listed.max(len), found) });
    }

    fn stored_first(&self, items: &mut [ItemRow]) {
        if self.habit == Habit::AsStored {
            items.sort_by_key(|item| item.position);
        }
    }
}

macro_rules! handed_on {
    ($($name:ident ( $($arg:ident : $ty:ty),* ) -> $answer:ty;)*) => {
        impl Facts for Witness<'_> {
            $(fn $name(&self, $($arg: $ty),*) -> Asked<$answer> {
                self.rows.$name($($arg),*)
            })*

            fn open_items(&self, which: &OpenItems) -> Asked<Vec<ItemRow>> {
                let limit = if self.habit == Habit::Unlimited { usize::MAX } else { which.limit };
                let all = OpenItems { limit: usize::MAX, cover: Cover::All, ..which.clone() };
                let mut found = self.rows.open_items(&all)?;
                self.stored_first(&mut found);
                let enough = match (&which.cover, self.habit) {
                    (Cover::All, _) | (_, Habit::Unlimited) => i64::MAX,
                    (Cover::Amount(minor), _) => *minor,
                    (Cover::RestOf(item), _) => self.rows.items.get(item).map_or(0, |row| row.open),
                };
                let mut covered = 0;
                found.truncate(if self.habit == Habit::Short { 3 } else { limit });
                found.retain(|item| {
                    let wanted = covered < enough;
                    covered += item.open;
                    wanted
                });
                self.handed(&found, false);
                Ok(found)
            }

            fn exact(&self, which: &Exact) -> Asked<Vec<ItemRow>> {
                let mut found = self.rows.exact(which)?;
                self.stored_first(&mut found);
                if self.habit == Habit::FirstRival {
                    found.truncate(1);
                }
                self.handed(&found, true);
                Ok(found)
            }
        }
    };
}

handed_on! {
    book() -> Option<&BookConfig>;
    key(id: &CommandId) -> Option<KeyRow>;
    account(id: &AccountId) -> Option<&Account>;
    totals(owner: &Owner) -> Vec<TotalsRow>;
    document(id: &DocumentId) -> Option<&DocumentRow>;
    record(position: Position) -> Option<Record>;
    item(id: &ItemId) -> Option<&ItemRow>;
    link(id: &LinkId) -> Option<&LinkRow>;
    live_links(item: &ItemId) -> Vec<LinkRow>;
    recoveries(write_off: &LinkId) -> Vec<LinkRow>;
    small_items(which: &SmallItems) -> Vec<ItemRow>;
    allowance(currency: Currency, on: Date) -> Option<AllowanceRow>;
    movements(item: &ItemId, from: Date) -> Option<Vec<Movement>>;
    series(id: &SeriesId, year: i32) -> Option<SeriesRow>;
    live_member(parent: &AccountId) -> Option<AccountId>;
    any_open_item(account: &AccountId) -> Option<ItemId>;
    credited(invoice: &DocumentId) -> Vec<CreditedRow>;
    rate(currency: Currency, on: Date) -> Option<RateRow>;
    order(id: &OrderId) -> Option<OrderRow>;
    refund(id: &RefundId) -> Option<RefundRow>;
    agreement(id: &ar_core::agreement::AgreementId) -> Option<AgreementRow>;
    chargeable(which: &Chargeable) -> Option<Vec<ChargeableItem>>;
    later_credits(owner: &Owner, after: Date) -> Option<Vec<Later>>;
    open_receipt(which: &OpenReceipt) -> Option<ItemId>;
    withholding(link: &LinkId) -> Option<WithholdingRow>;
    certificate(account: &AccountId, id: &CertificateId) -> Option<CertificateRow>;
    proposal(id: &CommandId) -> Option<ProposalRow>;
    written_off(which: &WrittenOff) -> i64;
}

/// What the rules propose, and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Items with what they take of the credit and the discount they earn.
    pub links: Vec<(ItemId, i64, i64)>,
    /// Why; in the refusal's words where nothing was found.
    pub explanation: Result<Explanation, String>,
    /// Lists asked for, items handed over, and the longest list of open and of exact items.
    pub work: (usize, usize, (usize, usize)),
}

/// Applies the one open payment of a book by rules, or by the book's own.
///
/// # Panics
/// When the book has no open payment, or the law answers neither with a plan nor with a refusal.
#[must_use]
pub fn propose(rows: &Rows, habit: Habit, rules: Option<Vec<Rule>>, attended: bool) -> Proposal {
    let open = |item: &&ItemRow| item.kind == DocumentKind::Payment && item.open > 0;
    let credit = rows.items.values().find(open).expect("a payment").item.clone();
    let how = How::ByPolicy { references: vec![], rules, attended };
    let envelope = Envelope {
        book: id(BOOK),
        id: id("propose"),
        actor: id("clerk-0"),
        at: instant(9_999),
        command: Command::Allocate(Allocate { credit, date: Some(day(100)), how }),
    };
    let (asks, items, longest) = (Cell::new(0), Cell::new(0), Cell::new((0, 0)));
    let witness = Witness { rows, habit, asks, items, longest };
    let mut links = Vec::new();
    let explanation = match ar_core::decide(&witness, &envelope) {
        Ok(decision) => {
            let mut why = Explanation::default();
            for record in decision.records(&envelope).0 {
                let Event::CreditAllocated(e) = record.event else { continue };
                let discount = |d: Option<Amount>| d.map_or(0, Amount::minor);
                links.extend(
                    e.links.iter().map(|l| (l.debit.clone(), l.amount.minor(), discount(l.discount))),
                );
                why = e.explanation;
            }
            Ok(why)
        }
        Err(Halt::Refused(refusal)) => Err(refusal.to_string()),
        Err(other) => panic!("neither a plan nor a refusal: {other:?}"),
    };
    Proposal { links, explanation, work: (witness.asks.get(), witness.items.get(), witness.longest.get()) }
}

/// INV-36: books that hold the same items in another order get the same proposal.
///
/// # Errors
/// INV-36.
pub fn same_in_any_order(books: &[Rows], habit: Habit, rules: &[Rule], attended: bool) -> Checked {
    let mut all = books.iter().map(|rows| propose(rows, habit, Some(rules.to_vec()), attended));
    let first = all.next();
    match all.find(|other| {
        Some((&other.links, &other.explanation)) != first.as_ref().map(|f| (&f.links, &f.explanation))
    }) {
        Some(other) => broken("INV-36", format!("{rules:?}: {first:?} in one order, {other:?} in another")),
        None => Ok(()),
    }
}

/// INV-36: unattended, by rules or by the book's own, nothing is booked where these items are each
/// settled by exactly the payment, and two of them are named.
///
/// # Errors
/// INV-36.
pub fn nothing_against_a_rival(
    rows: &Rows,
    habit: Habit,
    rules: Option<Vec<Rule>>,
    rivals: &[ItemId],
) -> Checked {
    match propose(rows, habit, rules, false).explanation {
        Err(why) if rivals.iter().filter(|rival| why.contains(&rival.to_string())).count() >= 2 => Ok(()),
        other => broken("INV-36", format!("{rivals:?} are rivals, and the rules say {other:?}")),
    }
}

/// INV-36: a proposal names its rule and what it read, and took no more than the stated work.
///
/// # Errors
/// INV-36.
pub fn explained_within_limits(proposal: &Proposal, rule: &str) -> Checked {
    let (asks, items, (open, exact)) = proposal.work;
    if asks > ASKS_MAX || items > ITEMS_MAX || open > OPEN_ITEMS_MAX || exact > EXACT_MAX {
        return broken("INV-36", format!("{rule} took {:?}", proposal.work));
    }
    match &proposal.explanation {
        Ok(why) if why.rule == rule && !why.inputs.is_empty() => Ok(()),
        other => broken("INV-36", format!("{rule} explains itself as {other:?}")),
    }
}
