//! The invariants as ordinary functions over a log and its rows.
//!
//! Each returns the number of the invariant it found broken, so that the same function serves a
//! test of the library (must be `Ok`) and its negative control (must be `Err` with that number).

mod allowance;
mod approval;
mod bad_debt;
mod cash;
mod charges;
mod currency;
mod documents;
mod ledger;
mod netting;
mod orders;
mod settling;
mod time;
mod tolerance;
mod withholding;

pub use allowance::allowances_roll_forward;
pub use approval::{approvals_bind_content, nobody_approves_alone, write_offs_alone_stay_within_limits};
pub use bad_debt::recoveries_stay_within_what_was_given_up;
pub use cash::{
    cash_is_conserved, credits_are_never_over_applied, items_are_never_over_settled, links_are_two_sided,
    refunds_stay_within_credit, returns_reinstate, undo_is_the_inverse,
};
pub use charges::charges_follow_their_workings;
pub use currency::{conversions_are_on_record, nothing_unrealised_is_left};
pub use documents::{
    content_stays_frozen, credits_stay_within_invoices, due_dates_and_parts_fit, numbers_are_gapless,
    numbers_are_unique, series_are_chronological, status_is_derived,
};
pub use ledger::{
    documents_match_postings, figures_are_sums, log_only_grows, order_is_total, postings_balance,
    reversals_are_exact_and_once, rows_equal_replay, subledger_equals_control,
    trial_balance_is_zero_at_every_prefix,
};
pub use netting::{discounts_taken_back_were_granted, nettings_are_in_the_clearing};
pub use orders::rules_keep_credits_to_their_orders;
pub use settling::{discounts_are_earned, realised_fx_closes_to_zero, write_offs_are_bounded_and_traceable};
pub use time::{
    aging_is_a_partition, commands_are_whole, keys_are_used_once, nothing_is_posted_into_closed_periods,
    partition, records_are_attributed, versions_grow_by_one,
};

pub use tolerance::differences_stay_within_limits;
pub use withholding::withheld_tax_is_a_claim;

use ar_core::Record;
use ar_core::allocation::ClosedItem;
use ar_core::values::*;
use ar_core::{Event, rows::ItemRow};

use crate::rows::Rows;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its number, like `INV-25`.
    pub invariant: &'static str,
    /// What was found.
    pub detail: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} does not hold: {}", self.invariant, self.detail)
    }
}

/// What a check says.
pub type Checked = Result<(), Violation>;

/// Says that an invariant does not hold.
///
/// # Errors
/// Always.
pub fn broken<T>(invariant: &'static str, detail: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { invariant, detail: detail.into() })
}

/// What a book shows: its log, and the rows that it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The stored bytes, in order.
    pub bytes: &'a [Vec<u8>],
    /// The same, decoded.
    pub records: &'a [Record],
    /// The rows that the book holds.
    pub rows: &'a Rows,
}

impl<'a> Evidence<'a> {
    fn events(self) -> impl Iterator<Item = (u64, &'a Event)> {
        (1..).zip(self.records.iter().map(|record| &record.event))
    }
}

/// A check over what a book shows.
pub type Check = fn(Evidence<'_>) -> Checked;

/// Every check that needs nothing but the book, in the order of their numbers.
pub const ALL: &[(&str, Check)] = &[
    ("INV-03", conversions_are_on_record),
    ("INV-08", differences_stay_within_limits),
    ("INV-09", postings_balance),
    ("INV-10", trial_balance_is_zero_at_every_prefix),
    ("INV-11", subledger_equals_control),
    ("INV-13", reversals_are_exact_and_once),
    ("INV-14", rows_equal_replay),
    ("INV-14", figures_are_sums),
    ("INV-15", documents_match_postings),
    ("INV-16", order_is_total),
    ("INV-18", numbers_are_unique),
    ("INV-19", numbers_are_gapless),
    ("INV-20", series_are_chronological),
    ("INV-21", content_stays_frozen),
    ("INV-22", status_is_derived),
    ("INV-23", credits_stay_within_invoices),
    ("INV-24", due_dates_and_parts_fit),
    ("INV-25", credits_are_never_over_applied),
    ("INV-26", items_are_never_over_settled),
    ("INV-27", cash_is_conserved),
    ("INV-28", links_are_two_sided),
    ("INV-28", withheld_tax_is_a_claim),
    ("INV-28", nettings_are_in_the_clearing),
    ("INV-29", undo_is_the_inverse),
    ("INV-30", discounts_are_earned),
    ("INV-30", discounts_taken_back_were_granted),
    ("INV-31", realised_fx_closes_to_zero),
    ("INV-31", nothing_unrealised_is_left),
    ("INV-34", refunds_stay_within_credit),
    ("INV-35", returns_reinstate),
    ("INV-36", rules_keep_credits_to_their_orders),
    ("INV-37", write_offs_are_bounded_and_traceable),
    ("INV-37", recoveries_stay_within_what_was_given_up),
    ("INV-37", write_offs_alone_stay_within_limits),
    ("INV-38", nothing_is_posted_into_closed_periods),
    ("INV-40", aging_is_a_partition),
    ("INV-46", charges_follow_their_workings),
    ("INV-47", allowances_roll_forward),
    ("INV-48", keys_are_used_once),
    ("INV-50", commands_are_whole),
    ("INV-53", versions_grow_by_one),
    ("INV-62", records_are_attributed),
    ("INV-63", nobody_approves_alone),
    ("INV-65", approvals_bind_content),
];

/// Runs every check and stops at the first that fails.
///
/// # Errors
/// The first violation.
pub fn all(evidence: Evidence<'_>) -> Checked {
    ALL.iter().try_for_each(|(_, check)| check(evidence))
}

/// What an event takes out of items or gives back to them, whatever kind of event it is: item,
/// signed minor units of the open amount, accounting date.
fn movements_of(event: &Event) -> Vec<(&ItemId, i64, Date)> {
    let gone = |closed: &'_ ClosedItem| -closed.amount.minor();
    match event {
        Event::CreditAllocated(e) => {
            let mut all = Vec::new();
            for link in &e.links {
                all.push((&e.credit, -link.amount.minor(), e.date));
                all.push((&link.debit, -link.settled_minor(), e.date));
            }
            all
        }
        Event::SettlementUndone(e) => {
            let sides = e.links.iter().flat_map(|link| link.credit.iter().chain(&link.debit));
            sides.map(|closed| (&closed.item, closed.amount.minor(), e.date)).collect()
        }
        Event::ItemWrittenOff(e) => vec![(&e.closed.item, gone(&e.closed), e.date)],
        Event::ChargeWaived(e) => vec![(&e.closed.item, gone(&e.closed), e.date)],
        Event::WriteOffRecovered(e) => vec![(&e.closed.item, gone(&e.closed), e.date)],
        Event::ItemsNetted(e) => {
            e.items.iter().map(|one| (&one.closed.item, gone(&one.closed), e.date)).collect()
        }
        Event::DiscountTakenBack(e) => vec![(&e.from.item, gone(&e.from), e.date)],
        Event::DocumentVoided(e) => e.closed.iter().map(|c| (&c.item, gone(c), e.date)).collect(),
        Event::PaymentReversed(e) => e.closed.iter().map(|c| (&c.item, gone(c), e.date)).collect(),
        Event::DebitMoved(e) => e.from.iter().map(|c| (&c.item, gone(c), e.date)).collect(),
        Event::PaymentIdentified(e) | Event::CreditTransferred(e) => {
            vec![(&e.from.item, gone(&e.from), e.date)]
        }
        Event::RefundRequested(e) => vec![(&e.from.item, gone(&e.from), e.date)],
        Event::CreditConverted(e) => vec![(&e.from.item, gone(&e.from), e.date)],
        Event::ConversionUndone(e) => vec![(&e.closed.item, gone(&e.closed), e.date)],
        Event::RefundEnded(e) => {
            let back = e.restored.iter();
            back.map(|(_, closed)| (&closed.item, closed.amount.minor(), e.date)).collect()
        }
        _ => Vec::new(),
    }
}

/// What is open on an item on a day, by adding up the events themselves.
fn open_by_events(evidence: Evidence<'_>, item: &ItemRow, day: Date) -> i64 {
    if item.date > day {
        return 0;
    }
    let all = evidence.records.iter().flat_map(|record| movements_of(&record.event));
    let counted = all.filter(|(id, _, date)| **id == item.item && *date <= day);
    item.original + counted.map(|(_, minor, _)| minor).sum::<i64>()
}
