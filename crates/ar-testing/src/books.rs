//! Books in plain maps: the simplest thing that keeps a book, and the saboteurs.
//!
//! Without a fault it is one more store to compare with. With a fault it is a store broken on
//! purpose, in one of the ways that stores and laws really break: a guard that reads a stale figure, a
//! change that is lost or made twice, a key that is forgotten, an answer given too early.

mod approval;
mod bad_debt;
mod rates;

use std::sync::atomic::{AtomicI64, Ordering};

use ar_core::allocation::LinkKind;
use ar_core::book::Periods;
use ar_core::change::Change;
use ar_core::journal::Role;
use ar_core::rows::AllowanceKind;
use ar_core::values::*;
use ar_core::withholding::WithholdingMove;
use ar_core::{Decision, Envelope, Event, Halt, Record};

use crate::checks::{Checked, broken};
use crate::rows::Rows;
use crate::subject::{Answer, Report, Subject, decoded, root_of};

/// How a book is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it; the comment says what real bug it stands for")]
pub enum Fault {
    // Guards that read something other than the book: read-check-write without a lock.
    StaleOpenDebits,
    StaleOpenCredits,
    HidesReinstatement,
    PeriodsAlwaysOpen,
    SoftClosesNotRead,
    EverybodyAdmitted,
    HardClosesNotRead,
    KeysNotRead,
    VersionsNotCompared,
    CreditedNotCounted,
    NumbersNotRead,
    CounterReadTwice,
    ChronologyNotRead,
    LiveLinksNotRead,
    RefundsNotRead,
    UndoneNotRead,
    HoldsNotRead,
    DiscountsByPostingDate,
    DiscountsOneDayLate,
    MemosNotDeducted,
    GrantedNotRead,
    ReasonsNotRead,
    TolerancesWidened,
    // Rows that part from the log.
    MovesItemsTwice,
    LosesLinks,
    LosesLines,
    PostsByHand,
    PaidFlagSurvives,
    DiscountStays,
    LosesRestOfReturns,
    ShortensDebitSide,
    ReagesReturned,
    EditsDocuments,
    LosesWriteOffs,
    /// What was recovered of a write-off is not read: it comes in twice.
    RecoveriesNotRead,
    /// What was given up of debit memos is not read beside their invoice.
    MemosApart,
    /// A recovery keeps the tax that the write-off took back.
    KeepsReliefOfRecoveries,
    DropsWrittenOff,
    // The log itself.
    EditsRecords,
    DropsTail,
    SwapsRecords,
    HalfCommands,
    DoublesDocuments,
    UnbalancesPostings,
    LosesInstalments,
    NamesSystem,
    SkipsNumbers,
    ClockInRecords,
    UndoesOnAnotherDate,
    DiscountsParts,
    HidesGrants,
    HidesExceptions,
    RaisesShares,
    KeepsCents,
    KeepsExchange,
    /// An undo leaves the tax due that its link had made due.
    KeepsTaxDue,
    HidesExchange,
    LeavesResidue,
    GivesMore,
    LeavesOnClearing,
    ForgetsUnrealised,
    RestoresWithoutUnrealised,
    UndoesElsewhere,
    // Charges.
    ForgetsMarks,
    HidesNews,
    RaisesInterest,
    LosesChargeLines,
    // Approval.
    GivenUpNotRead,
    LimitsNotRead,
    LosesGivenUp,
    MakersNotCompared,
    DigestsNotCompared,
    ExpiryNotRead,
    DecisionsNotRead,
    ExecutesMore,
    // Answers.
    AcknowledgesRefusals,
    CountsRefusals,
    AnswersReplaysAnew,
    ReportsOnlyToday,
    RoundsByFloat,
    // Claims on the tax office.
    LosesClaims,
    ClaimsStay,
    BooksClaimsAsExpense,
    CertificatesNotRead,
    // Nettings, and discounts taken back.
    LosesNettings,
    NetsElsewhere,
    BacksStay,
    // What a deduction counts for.
    /// The limit is compared with what does not count, too.
    CountsDeductions,
    /// The undo of a settlement brings the debt back, and not that it does not count.
    ForgetsUncounted,
    // What a credit is kept for.
    /// The rules do not see that a credit is kept for an order.
    OrdersNotRead,
    // Allowances.
    AllowsMore,
    UsesStay,
    UsesNotRead,
}

/// A book in plain maps.
#[derive(Clone, Debug, Default)]
pub struct Books {
    rows: Rows,
    log: Vec<Vec<u8>>,
    fault: Option<Fault>,
}

impl Books {
    /// A book that works.
    #[must_use]
    pub fn honest() -> Self {
        Self::default()
    }

    /// A book that is broken.
    #[must_use]
    pub fn broken(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// Takes over a record of another book, as it is.
    ///
    /// # Panics
    /// Never for a record that was decoded.
    pub fn adopt(&mut self, record: Record) {
        self.log.push(record.encode().expect("a record encodes"));
        self.rows.append(record);
    }

    /// The rows it keeps.
    #[must_use]
    pub const fn kept(&self) -> &Rows {
        &self.rows
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// The rows as the decision sees them: through a broken guard, where there is one.
    fn seen(&self, envelope: &Envelope) -> Rows {
        let mut rows = self.rows.clone();
        let Some(fault) = self.fault else { return rows };
        match fault {
            Fault::StaleOpenDebits => stale(&mut rows, ar_core::document::Side::Debit),
            Fault::StaleOpenCredits => stale(&mut rows, ar_core::document::Side::Credit),
            Fault::HidesReinstatement => rows.items.values_mut().for_each(|item| item.reinstated = None),
            Fault::PeriodsAlwaysOpen => {
                if let Some(book) = &mut rows.book {
                    book.periods = Periods::all();
                    book.accounting = ar_core::period::AccountingPeriods::default();
                }
            }
            // The check reads the state as it was before the close that is just committed.
            Fault::SoftClosesNotRead => {
                let periods = rows.book.iter_mut().flat_map(|book| &mut book.accounting.list);
                periods.filter(|_| posts(envelope)).for_each(|period| period.soft = None);
            }
            Fault::EverybodyAdmitted => {
                let periods = rows.book.iter_mut().flat_map(|book| &mut book.accounting.list);
                for soft in periods.filter_map(|period| period.soft.as_mut()).filter(|_| posts(envelope)) {
                    soft.admit.insert(envelope.actor.clone());
                }
            }
            Fault::HardClosesNotRead => {
                if let Some(book) = rows.book.as_mut().filter(|_| posts(envelope)) {
                    book.accounting.closed_through = None;
                }
            }
            Fault::KeysNotRead => rows.keys.clear(),
            Fault::VersionsNotCompared => {
                use ar_core::Command::{AmendAccount, SetCreditLimit};
                let claimed = match &envelope.command {
                    AmendAccount(c) => Some((&c.account, c.version)),
                    SetCreditLimit(c) => Some((&c.account, c.version)),
                    _ => None,
                };
                if let Some((id, version)) = claimed
                    && let Some(account) = rows.accounts.get_mut(id)
                {
                    account.version = version;
                }
            }
            Fault::CreditedNotCounted => rows.credited.clear(),
            Fault::NumbersNotRead => rows.documents.clear(),
            Fault::CounterReadTwice => {
                rows.documents.clear();
                rows.series.values_mut().for_each(|row| row.last = row.last.saturating_sub(1));
            }
            Fault::ChronologyNotRead => rows.series.values_mut().for_each(|row| row.last_date = Date::MIN),
            Fault::LiveLinksNotRead => rows.links.clear(),
            Fault::RefundsNotRead => rows.refunds.values_mut().for_each(|row| {
                row.state = ar_core::payment::RefundState::Requested;
            }),
            Fault::UndoneNotRead => rows.links.values_mut().for_each(|row| row.undone = None),
            Fault::DiscountsByPostingDate => {
                rows.items.values_mut().for_each(|item| item.value_date = item.document_date);
            }
            Fault::DiscountsOneDayLate => {
                for tier in rows.items.values_mut().flat_map(|item| &mut item.discounts) {
                    tier.until = tier.until.add_days(1).unwrap_or(tier.until);
                }
            }
            Fault::MemosNotDeducted => rows.items.values_mut().for_each(|item| item.credited = 0),
            Fault::GrantedNotRead => rows.items.values_mut().for_each(|item| item.discount_taken = 0),
            Fault::ReasonsNotRead => {
                if let (ar_core::Command::WriteOff(c), Some(book)) = (&envelope.command, &mut rows.book)
                    && let Some(reason) = book.reasons.values().next().cloned()
                {
                    book.reasons.insert(c.reason.clone(), reason);
                }
            }
            Fault::TolerancesWidened => {
                if let Some(book) = &mut rows.book {
                    let policies = &mut book.policies;
                    let all = [
                        &mut policies.under_tolerance,
                        &mut policies.over_tolerance,
                        &mut policies.payment_tolerance,
                    ];
                    for (currency, amount) in all.into_iter().flatten().flat_map(|t| t.amounts.iter_mut()) {
                        *amount = crate::world::money(amount.minor() * 10, *currency).amount();
                    }
                }
            }
            Fault::HidesNews => {
                rows.items
                    .values_mut()
                    .filter_map(|item| item.charged.as_mut())
                    .for_each(|m| m.known = u64::MAX);
            }
            Fault::CertificatesNotRead => {
                rows.certificates.clear();
                rows.withholdings.values_mut().for_each(|row| row.certificates.clear());
            }
            Fault::RecoveriesNotRead => {
                let all = rows.links.values_mut().filter_map(|link| link.bad_debt.as_mut());
                all.for_each(|bad_debt| bad_debt.write_off = None);
            }
            Fault::MemosApart => rows.credited.retain(|(_, key), _| !key.starts_with("memo_relieved:")),
            Fault::OrdersNotRead => rows
                .items
                .values_mut()
                .filter(|item| item.side == ar_core::document::Side::Credit)
                .for_each(|item| item.order = None),
            Fault::CountsDeductions => rows.totals.values_mut().for_each(|row| row.uncounted = 0),
            Fault::HoldsNotRead => rows.accounts.values_mut().for_each(|row| row.hold = None),
            other => approval::seen(other, &mut rows, envelope),
        }
        rows
    }

    fn commit(&mut self, envelope: &Envelope, decision: Decision) -> Vec<Record> {
        let (mut records, _) = decision.records(envelope);
        if self.has(Fault::HalfCommands) {
            records.truncate(1);
        }
        if self.has(Fault::DoublesDocuments)
            && matches!(records.first().map(|record| &record.event), Some(Event::DocumentIssued(_)))
        {
            records.push(records[0].clone());
        }
        for record in &mut records {
            self.distort(record);
            let position = self.rows.note(record.clone());
            let mut changes = Vec::new();
            ar_core::changes(position, &record.event, &mut changes);
            for change in changes {
                self.apply(change);
            }
            self.log.push(record.encode().expect("a record encodes"));
        }
        if self.has(Fault::EditsRecords) && self.log.len() > 4 {
            let text = String::from_utf8_lossy(&self.log[3]).replace("clerk", "klerc");
            self.log[3] = text.into_bytes();
        }
        if self.has(Fault::DropsTail) && self.log.len() == 8 {
            self.log.truncate(6);
        }
        if self.has(Fault::SwapsRecords) && self.log.len() == 15 {
            self.log.swap(12, 13);
            self.rows.records.swap(12, 13);
        }
        records
    }

    /// What a broken law or store writes instead of what was decided.
    fn distort(&self, record: &mut Record) {
        let later = record.part.0 > 1;
        match (self.fault, &mut record.event) {
            (Some(Fault::ExecutesMore), Event::ItemWrittenOff(e)) if later => {
                e.closed.amount = crate::world::money(e.closed.amount.minor() + 1, e.currency).amount();
            }
            (Some(Fault::HidesExceptions), _) => record.warnings.clear(),
            (Some(Fault::NamesSystem), _) => record.actor = crate::world::id("system"),
            (Some(Fault::ClockInRecords), _) => {
                // Any state of the process does: here, how often it was asked.
                static ASKED: AtomicI64 = AtomicI64::new(0);
                record.at = crate::wire::instant(ASKED.fetch_add(1, Ordering::Relaxed));
            }
            (Some(Fault::UnbalancesPostings), Event::DocumentIssued(e)) => {
                if let Some(line) = e.posting.first_mut() {
                    line.amount = crate::world::money(line.amount.minor() + 1, e.currency).amount();
                }
            }
            (Some(Fault::LosesInstalments), Event::DocumentIssued(e)) if e.items.len() > 1 => {
                e.items.pop();
            }
            (Some(Fault::SkipsNumbers), Event::DocumentIssued(e)) => {
                if let Some(row) = &mut e.series {
                    row.last += 1;
                }
            }
            (Some(Fault::UndoesOnAnotherDate), Event::SettlementUndone(e)) => {
                e.date = e.date.add_days(-40).unwrap_or(Date::MIN);
            }
            (Some(Fault::DiscountsParts), Event::CreditAllocated(e)) => {
                for link in e.links.iter_mut().filter(|link| link.discount.is_none()) {
                    link.discount = Some(crate::world::money(link.amount.minor() / 50, e.currency).amount());
                }
            }
            (Some(Fault::HidesGrants), Event::CreditAllocated(e)) => {
                e.links.iter_mut().for_each(|link| link.unearned = None);
            }
            (Some(Fault::RaisesShares), Event::CreditAllocated(e)) => {
                // A cent for the customer wherever an item stays open.
                let open = |item: &ItemId| self.rows.items.get(item).map_or(0, |row| row.open);
                for link in e.links.iter_mut().filter(|link| link.settled_minor() < open(&link.debit)) {
                    let more = |a: Amount| crate::world::money(a.minor() + 1, e.currency).amount();
                    link.discount = link.discount.map(more);
                }
            }
            (Some(Fault::KeepsCents), Event::CreditAllocated(e)) => {
                // Another cent for the house on everything that a payment settles.
                for link in &mut e.links {
                    let minor = link.tolerance.map_or(0, Amount::minor);
                    link.tolerance = Some(crate::world::money(minor - 1, e.currency).amount());
                    link.amount = crate::world::money(link.amount.minor() + 1, e.currency).amount();
                }
            }
            (Some(Fault::KeepsExchange), Event::CreditAllocated(e)) => {
                e.posting.retain(|line| !matches!(line.role, Role::FxGain | Role::FxLoss));
            }
            (Some(Fault::KeepsTaxDue), Event::SettlementUndone(e)) => {
                e.posting.retain(|line| !matches!(line.role, Role::Tax | Role::DeferredTax));
            }
            (Some(Fault::BooksClaimsAsExpense), Event::CreditAllocated(e)) => {
                let claims = e.posting.iter_mut().filter(|line| line.role == Role::Withholding);
                claims.for_each(|line| line.role = Role::SmallDifference);
            }
            (Some(fault @ (Fault::AllowsMore | Fault::UsesStay | Fault::KeepsReliefOfRecoveries)), event) => {
                bad_debt::distort(fault, event);
            }
            (Some(Fault::NetsElsewhere), Event::ItemsNetted(e)) => {
                let clearing = e.posting.iter_mut().filter(|line| line.role == Role::Netting);
                clearing.for_each(|line| line.role = Role::SmallDifference);
            }
            (Some(Fault::BacksStay), Event::SettlementUndone(e)) => {
                // What memos took back is forgotten with the discount.
                e.links.retain(|link| link.released.is_none());
            }
            (Some(Fault::HidesExchange), Event::CreditAllocated(e)) => {
                let exchange = e.posting.iter_mut().filter(|l| matches!(l.role, Role::FxGain | Role::FxLoss));
                exchange.for_each(|line| line.role = Role::SmallDifference);
            }
            (Some(Fault::LeavesResidue), Event::CreditAllocated(e)) => self.by_first_rate(e),
            (Some(Fault::GivesMore), Event::CreditConverted(e)) => {
                e.gives = crate::world::money(e.gives.minor() + 1, e.gives.currency());
            }
            (Some(Fault::LeavesOnClearing), Event::CreditConverted(e)) => {
                // What was realised stays between the currencies.
                let exchange = e.posting.iter_mut().filter(|l| matches!(l.role, Role::FxGain | Role::FxLoss));
                exchange.for_each(|line| line.role = Role::FxClearing);
            }
            (Some(Fault::ForgetsUnrealised), Event::CreditAllocated(e)) => {
                for link in &mut e.links {
                    (link.credit_revalued, link.debit_revalued) = (None, None);
                }
            }
            (Some(Fault::RestoresWithoutUnrealised), Event::SettlementUndone(e)) => {
                let sides = e.links.iter_mut().flat_map(|link| link.credit.iter_mut().chain(&mut link.debit));
                sides.for_each(|side| side.revalued = None);
            }
            (Some(Fault::ForgetsUncounted), Event::SettlementUndone(e)) => {
                e.links.iter_mut().filter_map(|link| link.debit.as_mut()).for_each(|d| d.uncounted = false);
            }
            (Some(Fault::UndoesElsewhere), Event::SettlementUndone(e)) => {
                let losses = e.posting.iter_mut().filter(|line| line.role == Role::FxLoss);
                losses.for_each(|line| line.role = Role::SmallDifference);
            }
            (Some(Fault::RaisesInterest), Event::ChargesAssessed(e)) => {
                for line in e.lines.iter_mut().filter(|line| line.interest.minor() > 0) {
                    line.interest = crate::world::money(line.interest.minor() + 1, e.currency).amount();
                }
            }
            (Some(Fault::LosesChargeLines), Event::ChargesAssessed(e)) if e.lines.len() > 1 => {
                e.lines.pop();
            }
            (Some(Fault::RoundsByFloat), Event::CreditAllocated(e)) => {
                for link in &mut e.links {
                    // 2 % of an amount, cut where it should be rounded.
                    let less = |a: Amount| crate::world::money(a.minor() - 1, e.currency).amount();
                    link.discount = link.discount.map(less);
                }
            }
            _ => {}
        }
    }

    fn apply(&mut self, change: Change) {
        let Some(fault) = self.fault else { return self.rows.apply(change) };
        match (fault, change) {
            (Fault::MovesItemsTwice, Change::ItemMoved(delta)) => {
                self.rows.apply(Change::ItemMoved(delta.clone()));
                self.rows.apply(Change::ItemMoved(delta));
            }
            (Fault::LosesGivenUp, Change::WrittenOff(_)) => {}
            (Fault::LosesLinks, Change::Link(_)) | (Fault::ForgetsMarks, Change::ItemCharged { .. }) => {}
            (Fault::LosesClaims, Change::Withholding(_)) => {}
            (Fault::UsesNotRead, Change::Allowance(by)) if by.kind == AllowanceKind::Used => {}
            (Fault::LosesNettings, Change::Link(row)) if row.kind == LinkKind::Netting => {}
            (Fault::ClaimsStay, Change::WithholdingMoved { by: WithholdingMove::Undone(..), .. }) => {}
            (Fault::LosesWriteOffs, Change::Link(row)) if row.kind == LinkKind::WriteOff => {}
            (Fault::DropsWrittenOff, Change::Link(row)) if row.kind == LinkKind::WriteOff => {
                if let Some(side) = row.debit {
                    self.rows.items.remove(&side.item);
                }
            }
            (Fault::LosesLines, Change::Line(row)) if row.line.role == Role::Revenue => {}
            (Fault::PostsByHand, Change::Line(row)) if row.line.role == Role::Receivable => {
                let mut other = row.clone();
                other.line.amount = other.line.amount.negated();
                other.line.account = None;
                self.rows.apply(Change::Line(row));
                self.rows.apply(Change::Line(other));
            }
            (Fault::PaidFlagSurvives, Change::ItemMoved(mut delta)) => {
                delta.open = delta.open.min(0);
                self.rows.apply(Change::ItemMoved(delta));
            }
            (Fault::DiscountStays, Change::ItemMoved(mut delta)) => {
                delta.discount = delta.discount.max(0);
                self.rows.apply(Change::ItemMoved(delta));
            }
            (Fault::LosesRestOfReturns, Change::Link(row)) if row.kind == LinkKind::Reversal => {}
            (Fault::ShortensDebitSide, Change::Link(mut row)) => {
                if let (Some(_), Some(debit)) = (&row.credit, &mut row.debit) {
                    debit.amount -= 2;
                }
                self.rows.apply(Change::Link(row));
            }
            (Fault::ReagesReturned, Change::ItemMoved(delta)) => {
                if let (Some(on), Some(item)) = (delta.reinstated, self.rows.items.get_mut(&delta.item)) {
                    item.due = item.due.max(on);
                }
                self.rows.apply(Change::ItemMoved(delta));
            }
            (Fault::EditsDocuments, Change::DocumentDelivered { document, date }) => {
                if let Some(row) = self.rows.documents.get_mut(&document) {
                    row.document_date = date;
                }
                self.rows.apply(Change::DocumentDelivered { document, date });
            }
            (_, change) => self.rows.apply(change),
        }
    }

    fn replayed(&self, first: u64, count: u16) -> Answer {
        let from = usize::try_from(first).unwrap_or(1).saturating_sub(1);
        let records = self.rows.records.iter().skip(from).take(count.into());
        done(first, true, &records.cloned().collect::<Vec<_>>())
    }
}

/// Whether a command may post: what only moves the calendar reads it as it is.
fn posts(envelope: &Envelope) -> bool {
    use ar_core::Command::{ClosePeriod, DefinePeriod, ProvePeriod, ReopenPeriod, SignOff};
    !matches!(
        envelope.command,
        DefinePeriod(_) | ClosePeriod(_) | ReopenPeriod(_) | SignOff(_) | ProvePeriod(_)
    )
}

fn stale(rows: &mut Rows, side: ar_core::document::Side) {
    for item in rows.items.values_mut().filter(|item| item.side == side) {
        item.open = item.original;
        item.reinstated = None;
    }
}

fn done(first: u64, replayed: bool, records: &[Record]) -> Answer {
    let warnings = records.iter().flat_map(|record| &record.warnings);
    let events: Vec<&Event> = records.iter().map(|record| &record.event).collect();
    Answer::Done {
        at: (first, records.len() as u16),
        replayed,
        warnings: warnings.map(|warning| warning.code.to_string()).collect(),
        events: serde_json::to_string(&events).expect("events encode"),
    }
}

impl Subject for Books {
    fn name(&self) -> String {
        self.fault.map_or_else(|| "plain maps".to_owned(), |fault| format!("plain maps, {fault:?}"))
    }

    fn execute(&mut self, envelope: &Envelope) -> Answer {
        let facts = self.seen(envelope);
        match ar_core::decide(&facts, envelope) {
            Ok(decision) => {
                let first = self.rows.records.len() as u64 + 1;
                let records = self.commit(envelope, decision);
                done(first, false, &records)
            }
            Err(Halt::Replayed { first, count }) if self.has(Fault::AnswersReplaysAnew) => {
                self.replayed(first + 1, count)
            }
            Err(Halt::Replayed { first, count }) => self.replayed(first, count),
            Err(Halt::Refused(_)) if self.has(Fault::AcknowledgesRefusals) => {
                done(self.rows.records.len() as u64 + 1, false, &[])
            }
            Err(Halt::Refused(refusal)) => {
                if self.has(Fault::CountsRefusals) {
                    self.rows.series.values_mut().for_each(|row| row.last += 1);
                }
                Answer::Refused(refusal.code(), refusal.to_string())
            }
            Err(Halt::Corrupt { invariant, detail }) => Answer::Failed(format!("{invariant}: {detail}")),
            Err(Halt::Missing(missing)) => Answer::Failed(format!("nothing can be missing: {missing:?}")),
        }
    }

    fn log(&self) -> Vec<Vec<u8>> {
        self.log.clone()
    }

    fn root(&self) -> Option<String> {
        Some(root_of(&self.log))
    }

    fn rows(&self) -> Option<Rows> {
        Some(self.rows.clone())
    }

    fn report(&self, day: Date, known: u64) -> Option<Report> {
        let known = if self.has(Fault::ReportsOnlyToday) { u64::MAX } else { known };
        let records: Vec<Record> =
            self.rows.records.iter().take(usize::try_from(known).unwrap_or(usize::MAX)).cloned().collect();
        Some(Report::of(&Rows::of(&records), day))
    }

    fn verify(&self) -> Checked {
        let told = Rows::of(&decoded(&self.log)?);
        if told == self.rows { Ok(()) } else { broken("INV-14", "rows differ from the log") }
    }
}
