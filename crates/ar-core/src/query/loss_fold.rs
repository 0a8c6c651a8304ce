//! Debts as they flow through the buckets: what of each stood unpaid in a bucket, and what was given up
//! of it there (INV-47).
//!
//! A debt is a debit item with everything it became by transfer, deduction or plan: the claim stays one,
//! whoever owes it and in however many parts. The columns are read twice, whatever the number of debts.

use std::collections::BTreeMap;

use super::{AsOf, Basis, Cause, Columns, Day};
use crate::allocation::LinkKind;
use crate::document::{DocumentKind, Side};
use crate::payment::SUSPENSE;
use crate::record::Position;
use crate::rows::{BadDebt, LinkRow};
use crate::values::*;

/// A debit item of a debt.
struct Member {
    debt: usize,
    item: usize,
    /// The day on which its age is zero.
    base: i32,
}

/// A change of what is unpaid on an item, at the start of a day.
struct Change {
    debt: usize,
    item: usize,
    from: i32,
    minor: i64,
}

/// What a write-off gave up.
struct GivenUp {
    debt: usize,
    item: usize,
    day: i32,
    undone: Option<i32>,
    minor: i64,
    /// The tax in it that stays taken back.
    tax: i64,
    recovered: i64,
    /// Whether its reason makes it a loss.
    loss: bool,
}

/// The debts of a book that somebody asks for.
pub(super) struct Debts {
    members: Vec<Member>,
    changes: Vec<Change>,
    given_up: Vec<GivenUp>,
    /// By debt, the day on which it was brought in with an age, where it was.
    brought_in: BTreeMap<usize, i32>,
    /// Debit items that were voided.
    pub(super) voided: Vec<usize>,
    today: i32,
}

/// One debt.
pub(super) struct Debt<'a> {
    /// Its oldest item: the cohort and the account it belongs to are those of this one.
    pub(super) head: usize,
    /// Whether it, or part of it, was brought in at a cut-over.
    pub(super) brought_in: Option<i32>,
    members: &'a [Member],
    changes: &'a [Change],
    given_up: &'a [GivenUp],
    today: i32,
}

/// What flowed through one bucket.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    pub(super) reached: i128,
    pub(super) given_up: i128,
    pub(super) tax: i128,
    pub(super) recovered: i128,
    pub(super) open: i128,
}

impl Debts {
    /// The debts whose oldest item is wanted, with what is known of them on a day.
    pub(super) fn of(
        columns: &Columns,
        as_of: AsOf,
        basis: Basis,
        losses: &Losses<'_>,
        wanted: impl Fn(usize) -> bool,
    ) -> Self {
        let families = Families::of(columns, as_of);
        let heads = families.heads(columns);
        let asked: Vec<bool> = heads.iter().map(|head| head.is_some_and(&wanted)).collect();
        let chosen = |debt: usize| asked.get(debt).copied().unwrap_or(false);
        let items = columns.items();
        let bases = match basis {
            Basis::Due => &items.aged_from,
            Basis::AgreedDue => &items.due,
            Basis::Document => &items.document_date,
            Basis::Accounting => &items.date,
        };
        let mut debts = Self {
            members: Vec::new(),
            changes: Vec::new(),
            given_up: Vec::new(),
            brought_in: BTreeMap::new(),
            voided: families.voided.iter().copied().filter(|item| wanted(*item)).collect(),
            today: number(Day::from(as_of.effective)),
        };
        for (item, debt) in families.live().filter(|(_, debt)| chosen(*debt)) {
            let (Some(base), Some(made)) = (bases.get(item), items.date.get(item)) else { continue };
            debts.members.push(Member { debt, item, base: number(*base) });
            if items.kind.get(item) == Some(&DocumentKind::OpeningDebit) {
                let day = debts.brought_in.entry(debt).or_insert(i32::MIN);
                *day = (*day).max(number(*made));
            }
        }
        debts.read(columns, as_of, &families, &chosen);
        debts.given_up = losses.of(columns, as_of, |item| families.debt(item).filter(|debt| chosen(*debt)));
        debts.members.sort_unstable_by_key(|member| (member.debt, member.item));
        debts.changes.sort_unstable_by_key(|change| change.debt);
        debts.given_up.sort_by_key(|given_up| given_up.debt);
        debts
    }

    /// What moved the items, without write-offs: whether those end a flow depends on the bucket.
    fn read(&mut self, columns: &Columns, as_of: AsOf, families: &Families, chosen: &impl Fn(usize) -> bool) {
        let day = Day::from(as_of.effective);
        let movements = columns.movements();
        let rows = movements.item.iter().zip(&movements.date).zip(&movements.minor).zip(&movements.cause);
        for (((item, date), minor), cause) in rows.take(movements.known(as_of.known)) {
            let Some(item) = usize::try_from(*item).ok().filter(|_| *date <= day) else { continue };
            if matches!(cause, Cause::Settled { kind: LinkKind::WriteOff, .. }) || *minor == 0 {
                continue;
            }
            let Some(debt) = families.debt(item).filter(|debt| chosen(*debt)) else { continue };
            // What a debt becomes takes the place of the old item the morning after, when that has gone.
            let at_once = *cause == Cause::Made && !columns.items().kind.get(item).is_some_and(became);
            let from = number(*date).saturating_add(i32::from(!at_once));
            self.changes.push(Change { debt, item, from, minor: *minor });
        }
    }

    /// Calls `tell` with each debt.
    pub(super) fn each(&self, columns: &Columns, mut tell: impl FnMut(&Debt<'_>)) {
        for members in self.members.chunk_by(|a, b| a.debt == b.debt) {
            let (Some(first), Some(head)) = (members.first(), oldest(columns, members)) else { continue };
            tell(&Debt {
                head,
                brought_in: self.brought_in.get(&first.debt).copied(),
                members,
                changes: of_debt(&self.changes, first.debt, |change| change.debt),
                given_up: of_debt(&self.given_up, first.debt, |given_up| given_up.debt),
                today: self.today,
            });
        }
    }
}

impl Debt<'_> {
    /// What is open on it.
    pub(super) fn open(&self) -> i128 {
        let changed = self.changes.iter().map(|change| change.minor);
        let in_force = self.given_up.iter().filter(|given_up| given_up.undone.is_none());
        let minors = changed.chain(in_force.map(|given_up| given_up.minor.saturating_neg()));
        minors.fold(0, |sum, minor| sum.saturating_add(i128::from(minor)))
    }

    /// What flowed through the bucket that begins at an age; the first one begins before every age.
    pub(super) fn flow(&self, lower: Option<i32>, sweep: &mut Sweep) -> Flow {
        sweep.begin(self.members.len());
        for (place, member) in self.members.iter().enumerate() {
            if let Some(day) = self.enters(member, lower).filter(|day| *day <= self.today) {
                sweep.steps.push((day, place, None));
            }
        }
        for change in self.changes {
            sweep.step(self.place(change.item), change.from, change.minor);
        }
        let mut flow = Flow::default();
        for given_up in self.given_up {
            let place = self.place(given_up.item);
            let member = place.and_then(|place| self.members.get(place));
            let there = member
                .and_then(|member| self.enters(member, lower))
                .is_some_and(|entered| entered <= given_up.day);
            if !there || !given_up.loss {
                let minor = given_up.minor;
                sweep.step(place, given_up.day.saturating_add(1), minor.saturating_neg());
                if let Some(day) = given_up.undone {
                    sweep.step(place, day.saturating_add(1), minor);
                }
            } else if given_up.undone.is_none() {
                for (sum, minor) in [
                    (&mut flow.given_up, given_up.minor),
                    (&mut flow.tax, given_up.tax),
                    (&mut flow.recovered, given_up.recovered),
                ] {
                    *sum = sum.saturating_add(i128::from(minor));
                }
            }
        }
        let (most, last) = sweep.run();
        Flow { reached: most, open: last.saturating_sub(flow.given_up), ..flow }
    }

    /// The day on which an item enters a bucket. What was brought in at a cut-over counts in the buckets
    /// that it enters afterwards: what else had reached the others and was paid is not in the log.
    fn enters(&self, member: &Member, lower: Option<i32>) -> Option<i32> {
        let day = lower.map_or(i32::MIN, |days| member.base.saturating_add(days));
        self.brought_in.is_none_or(|brought_in| day > brought_in).then_some(day)
    }

    fn place(&self, item: usize) -> Option<usize> {
        self.members.binary_search_by_key(&item, |member| member.item).ok()
    }
}

/// The part of a list in the order of debts that is about one.
fn of_debt<T>(all: &[T], debt: usize, of: impl Fn(&T) -> usize) -> &[T] {
    let from = all.partition_point(|one| of(one) < debt);
    let rest = all.get(from..).unwrap_or_default();
    rest.get(..rest.partition_point(|one| of(one) == debt)).unwrap_or_default()
}

/// Room for sweeping over the days of one debt after another.
#[derive(Default)]
pub(super) struct Sweep {
    /// Day, item, and what changes on it; nothing where it enters the bucket.
    steps: Vec<(i32, usize, Option<i64>)>,
    /// What is unpaid on each item, and whether it is in the bucket or beyond.
    items: Vec<(i64, bool)>,
}

impl Sweep {
    fn begin(&mut self, items: usize) {
        self.steps.clear();
        self.items.clear();
        self.items.resize(items, (0, false));
    }

    fn step(&mut self, place: Option<usize>, day: i32, minor: i64) {
        self.steps.extend(place.map(|place| (day, place, Some(minor))));
    }

    /// The most that stood in the bucket or beyond at the start of any day, and what does in the end.
    fn run(&mut self) -> (i128, i128) {
        let (mut most, mut total) = (0_i128, 0_i128);
        self.steps.sort_unstable_by_key(|(day, ..)| *day);
        for steps in self.steps.chunk_by(|a, b| a.0 == b.0) {
            for (_, place, minor) in steps {
                let Some((unpaid, there)) = self.items.get_mut(*place) else { continue };
                match minor {
                    None => {
                        *there = true;
                        total = total.saturating_add(i128::from(*unpaid));
                    }
                    Some(minor) => {
                        *unpaid = unpaid.saturating_add(*minor);
                        total = total.saturating_add(if *there { i128::from(*minor) } else { 0 });
                    }
                }
            }
            most = most.max(total);
        }
        (most, total)
    }
}

/// Write-offs and recoveries as a store has them, and the reasons that make no loss.
pub(super) struct Losses<'a> {
    pub(super) rows: &'a [LinkRow],
    pub(super) left_out: &'a std::collections::BTreeSet<ReasonCode>,
}

impl Losses<'_> {
    fn of(&self, columns: &Columns, as_of: AsOf, debt: impl Fn(usize) -> Option<usize>) -> Vec<GivenUp> {
        let counts = |(date, position): (Date, Position)| date <= as_of.effective && position <= as_of.known;
        let ended = |row: &LinkRow| row.undone.filter(|undone| counts(*undone)).map(|(date, _)| date);
        let told = || self.rows.iter().filter(|row| counts((row.date, row.position)));
        let mut back: BTreeMap<&LinkId, (i64, i64)> = BTreeMap::new();
        for row in told().filter(|row| row.kind == LinkKind::Recovery && ended(row).is_none()) {
            let (Some(credit), Some(bad_debt)) = (&row.credit, &row.bad_debt) else { continue };
            let Some(write_off) = &bad_debt.write_off else { continue };
            let (recovered, tax) = back.entry(write_off).or_default();
            *recovered = recovered.saturating_add(credit.amount);
            *tax = tax.saturating_add(tax_in(bad_debt));
        }
        let mut all = Vec::new();
        for row in told().filter(|row| row.kind == LinkKind::WriteOff) {
            let (Some(side), Some(bad_debt)) = (&row.debit, &row.bad_debt) else { continue };
            let Some(item) = columns.item(&side.item) else { continue };
            let Some(debt) = debt(item) else { continue };
            let (recovered, given_back) = back.get(&row.link).copied().unwrap_or_default();
            all.push(GivenUp {
                debt,
                item,
                day: number(Day::from(row.date)),
                undone: ended(row).map(|date| number(Day::from(date))),
                minor: side.amount,
                tax: tax_in(bad_debt).saturating_sub(given_back),
                recovered,
                loss: !self.left_out.contains(&bad_debt.reason),
            });
        }
        all
    }
}

fn tax_in(bad_debt: &BadDebt) -> i64 {
    bad_debt.taxes.iter().fold(0_i64, |sum, tax| sum.saturating_add(tax.tax.minor()))
}

/// Which debit items are one debt. Every item is led by the first of its debt.
struct Families {
    /// By item, the first item of its debt; nothing for what is no debit of a customer on the day.
    leader: Vec<Option<usize>>,
    voided: Vec<usize>,
}

impl Families {
    fn of(columns: &Columns, as_of: AsOf) -> Self {
        let items = columns.items();
        let suspense = AccountId::parse(SUSPENSE).ok().and_then(|id| columns.account(&id));
        let mut all = Self { leader: vec![None; columns.len()], voided: Vec::new() };
        let movements = columns.movements();
        let rows = movements.item.iter().zip(&movements.date).zip(&movements.position).zip(&movements.cause);
        let mut at = None;
        let mut one: Vec<usize> = Vec::new();
        for (((item, date), position), cause) in rows.take(movements.known(as_of.known)) {
            if at != Some(*position) {
                all.join(&mut one);
                at = Some(*position);
            }
            let Some(item) = usize::try_from(*item).ok() else { continue };
            let debit = items.side.get(item) == Some(&Side::Debit);
            if !debit || *date > Day::from(as_of.effective) || items.account.get(item).copied() == suspense {
                continue;
            }
            match cause {
                Cause::Made => {
                    if let Some(leader) = all.leader.get_mut(item) {
                        *leader = Some(item);
                    }
                    one.extend(items.kind.get(item).is_some_and(became).then_some(item));
                }
                // The debts that leave and the items that come of them stand in one event.
                Cause::Settled { kind: LinkKind::Move, undo: false, .. } => one.push(item),
                Cause::Settled { kind: LinkKind::Void, undo: false, .. } => all.voided.push(item),
                Cause::Settled { .. } => {}
            }
        }
        all.join(&mut one);
        all.flatten();
        all
    }

    /// Makes items one debt.
    fn join(&mut self, items: &mut Vec<usize>) {
        let first = items.iter().filter_map(|item| self.lead(*item)).min();
        for item in items.drain(..) {
            if let Some(leader) = self.lead(item).and_then(|leader| self.leader.get_mut(leader)) {
                *leader = first;
            }
        }
    }

    /// The first item of an item's debt, as far as it is known.
    fn lead(&self, mut item: usize) -> Option<usize> {
        loop {
            match self.leader.get(item).copied().flatten()? {
                up if up == item => return Some(item),
                up => item = up,
            }
        }
    }

    /// A leader comes before those it leads, so that one pass is enough. What was voided was never owed.
    fn flatten(&mut self) {
        for item in 0..self.leader.len() {
            let top = self.lead(item);
            if let Some(leader) = self.leader.get_mut(item) {
                *leader = top;
            }
        }
        for item in &self.voided {
            if let Some(leader) = self.leader.get_mut(*item) {
                *leader = None;
            }
        }
    }

    fn debt(&self, item: usize) -> Option<usize> {
        self.leader.get(item).copied().flatten()
    }

    /// Items with their debts.
    fn live(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.leader.iter().enumerate().filter_map(|(item, debt)| Some((item, (*debt)?)))
    }

    /// By debt, its oldest item.
    fn heads(&self, columns: &Columns) -> Vec<Option<usize>> {
        let mut heads: Vec<Option<usize>> = vec![None; self.leader.len()];
        for (item, debt) in self.live() {
            let Some(head) = heads.get_mut(debt) else { continue };
            if head.is_none_or(|head| age(columns, item) < age(columns, head)) {
                *head = Some(item);
            }
        }
        heads
    }
}

/// The oldest of the items of a debt.
fn oldest(columns: &Columns, members: &[Member]) -> Option<usize> {
    members.iter().map(|member| member.item).min_by_key(|item| age(columns, *item))
}

/// What makes an item older than another: its document date, then its place in the log.
fn age(columns: &Columns, item: usize) -> (Option<Day>, usize) {
    (columns.items().document_date.get(item).copied(), item)
}

/// Whether a kind of debit takes the place of earlier ones.
const fn became(kind: &DocumentKind) -> bool {
    matches!(kind, DocumentKind::Transfer | DocumentKind::Chargeback | DocumentKind::Plan)
}

fn number(day: Day) -> i32 {
    i32::from(day.number())
}
