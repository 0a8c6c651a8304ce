//! INV-30, INV-31 and INV-37: discounts, realised exchange differences, write-offs.
//!
//! All three follow the log in the order of its records: what an event may do depends on what stood
//! before it, on whatever date it is booked.

use std::collections::BTreeMap;

use ar_core::allocation::{ClosedItem, CreditAllocated, LinkKind};
use ar_core::document::Side;
use ar_core::journal::{JournalLine, Role};
use ar_core::terms::DiscountTier;
use ar_core::values::*;
use ar_core::{Event, document::NewItem};

use super::{Checked, Evidence, broken, movements_of, open_by_events};

/// What the log has said so far about discounts.
#[derive(Default)]
struct Discounts<'a> {
    /// Document date and tiers of debit items, by their documents.
    terms: BTreeMap<ItemId, (Date, &'a [DiscountTier])>,
    /// Value dates of credits that came as cash.
    cash: BTreeMap<ItemId, Date>,
    /// What moved on an item since it was made.
    moved: BTreeMap<ItemId, i64>,
    /// Credit memos on an item.
    credited: BTreeMap<ItemId, i64>,
    /// Discount granted on an item.
    granted: BTreeMap<ItemId, i64>,
    /// Live settlements: item, discount, and what of it is a credit memo's.
    live: BTreeMap<&'a LinkId, (&'a ItemId, i64, i64)>,
}

fn percent_of(percent: Percent, basis: i64) -> i128 {
    let scale = 100 * 10_i128.pow(u32::from(percent.decimal().scale()));
    let product = i128::from(percent.decimal().mantissa()) * i128::from(basis);
    // Half away from zero, on amounts that are not negative.
    (2 * product + scale) / (2 * scale)
}

/// What cash settles beyond itself when it is paid less this percent.
fn share_of(percent: Percent, cash: i64) -> i128 {
    let mantissa = i128::from(percent.decimal().mantissa());
    let paid = 100 * 10_i128.pow(u32::from(percent.decimal().scale())) - mantissa;
    if paid <= 0 { 0 } else { (2 * mantissa * i128::from(cash) + paid) / (2 * paid) }
}

impl<'a> Discounts<'a> {
    fn sum(map: &BTreeMap<ItemId, i64>, item: &ItemId) -> i64 {
        map.get(item).copied().unwrap_or(0)
    }

    fn made(&mut self, document: &DocumentId, date: Date, items: &'a [NewItem]) {
        for (part, new) in (1..).zip(items) {
            self.terms.insert(ItemId::new(document.clone(), part), (date, &new.discounts));
        }
    }

    /// Why a discount of an allocation is none that was earned.
    fn unearned(
        &self,
        evidence: Evidence<'_>,
        e: &CreditAllocated,
        debit: &ItemId,
        settled: i64,
        (minor, cash): (i64, i64),
    ) -> Option<String> {
        let Some(value_date) = self.cash.get(&e.credit) else {
            return Some(format!("{} is no cash", e.credit));
        };
        let Some((document_date, tiers)) = self.terms.get(debit) else {
            return Some(format!("{debit} has no terms"));
        };
        let in_time = |tier: &&DiscountTier| *document_date <= *value_date && *value_date <= tier.until;
        let original = evidence.rows.items.get(debit).map_or(0, |item| item.original);
        let open = original + Self::sum(&self.moved, debit);
        let basis = original - Self::sum(&self.credited, debit);
        let before = i128::from(Self::sum(&self.granted, debit));
        let most = |tier: &DiscountTier| match (tier.partial, settled == open) {
            (false, true) => percent_of(tier.percent, basis) - before,
            (true, true) => percent_of(tier.percent, open),
            (true, false) => share_of(tier.percent, cash),
            (false, false) => 0,
        };
        let most = tiers.iter().filter(in_time).map(most).max().unwrap_or(0);
        (i128::from(minor) > most).then(|| {
            format!(
                "{minor} on {debit} of value date {value_date}, {settled} of {open} settled, earned is {most}"
            )
        })
    }
}

/// INV-30: a discount is earned only by cash whose value date lies from the document date to the tier's
/// last day: when it settles the item, never above the rate on the original amount less credit memos less
/// what was granted before, or under terms with shares on what is open; else never above the share of
/// the cash. What is granted beyond is named. It goes with its undo, and the journal holds no other.
///
/// # Errors
/// INV-30.
pub fn discounts_are_earned(evidence: Evidence<'_>) -> Checked {
    let mut so_far = Discounts::default();
    for (position, event) in evidence.events() {
        match event {
            Event::DocumentIssued(e) => so_far.made(&e.document, e.document_date, &e.items),
            Event::OpeningLoaded(e) => {
                e.documents.iter().for_each(|d| so_far.made(&d.document, d.document_date, &d.items));
            }
            Event::PaymentReceived(e) => {
                so_far.cash.insert(ItemId::from(e.payment.clone()), e.value_date);
            }
            Event::DebitMoved(e) => so_far.made(&e.document, e.document_date, &e.items),
            Event::PaymentIdentified(e) | Event::CreditTransferred(e) => {
                if let Some(date) = so_far.cash.get(&e.from.item).copied() {
                    so_far.cash.insert(e.to.clone(), date);
                }
            }
            Event::ConversionIssued(e) => {
                if let Some(date) = so_far.cash.get(&e.from).copied() {
                    so_far.cash.insert(ItemId::from(e.conversion.clone()), date);
                }
            }
            Event::CreditAllocated(e) => {
                for link in &e.links {
                    let minor = link.discount.map_or(0, Amount::minor);
                    let settled = link.settled_minor();
                    // What a person granted beyond is said, with a reason.
                    let beyond = link.unearned.as_ref().map_or(0, |unearned| unearned.amount.minor());
                    // Tax withheld counts like cash.
                    let paid = link.amount.minor() + link.withholding.map_or(0, Amount::minor);
                    let earned = (minor - beyond, paid);
                    if !(0..=minor).contains(&beyond) {
                        return broken("INV-30", format!("{position} calls {beyond} of {minor} unearned"));
                    }
                    if earned.0 != 0
                        && let Some(why) = so_far.unearned(evidence, e, &link.debit, settled, earned)
                    {
                        return broken("INV-30", format!("{position} grants a discount: {why}"));
                    }
                    let memo = if e.memo { link.amount.minor() } else { 0 };
                    so_far.live.insert(&link.link, (&link.debit, minor, memo));
                    *so_far.granted.entry(link.debit.clone()).or_default() += minor;
                    *so_far.credited.entry(link.debit.clone()).or_default() += memo;
                }
            }
            Event::SettlementUndone(e) => {
                for undone in &e.links {
                    let Some((debit, minor, memo)) = so_far.live.remove(&undone.link) else { continue };
                    let back = undone.discount.map_or(0, Amount::minor);
                    if back != minor {
                        let detail = format!("{position} takes back {back} of {minor} with {}", undone.link);
                        return broken("INV-30", detail);
                    }
                    *so_far.granted.entry(debit.clone()).or_default() -= minor;
                    *so_far.credited.entry(debit.clone()).or_default() -= memo;
                }
            }
            _ => {}
        }
        for (item, minor, _) in movements_of(event) {
            *so_far.moved.entry(item.clone()).or_default() += minor;
        }
    }
    discounts_kept(evidence, &so_far)
}

/// Items and journal hold the discounts of live settlements and no others.
fn discounts_kept(evidence: Evidence<'_>, so_far: &Discounts<'_>) -> Checked {
    let rows = evidence.rows;
    let mut live: BTreeMap<Currency, i128> = BTreeMap::new();
    for item in rows.items.values() {
        let granted = Discounts::sum(&so_far.granted, &item.item);
        if item.side == Side::Debit && item.discount_taken != granted {
            let kept = item.discount_taken;
            return broken("INV-30", format!("{} keeps a discount of {kept}, live is {granted}", item.item));
        }
        *live.entry(item.currency).or_default() += i128::from(granted);
    }
    // Memos took some of them back.
    let back = rows.links.values().filter(|link| link.kind == LinkKind::DiscountReversal);
    for link in back.filter(|link| link.undone.is_none()) {
        let minor = link.credit.as_ref().map_or(0, |side| i128::from(side.amount));
        *live.entry(link.currency).or_default() -= minor;
    }
    let mut booked: BTreeMap<Currency, i128> = BTreeMap::new();
    for row in rows.lines.iter().filter(|row| row.line.role == Role::Discount) {
        *booked.entry(row.currency).or_default() += i128::from(row.line.amount.minor());
    }
    live.retain(|_, sum| *sum != 0);
    booked.retain(|_, sum| *sum != 0);
    if live == booked {
        return Ok(());
    }
    broken("INV-30", format!("live discounts are {live:?}, the journal says {booked:?}"))
}

/// What an event moves on items: the item, minor units and units of base currency, both signed.
fn legs_of(event: &Event) -> Vec<(&ItemId, i64, i64)> {
    let base = |amount: Option<Amount>| amount.map_or(0, Amount::minor);
    let leg = |sign: i64| {
        move |c: &'_ ClosedItem| (sign * c.amount.minor(), sign * c.base.map_or(0, Amount::minor))
    };
    match event {
        Event::CreditAllocated(e) => {
            let mut all = Vec::new();
            for link in &e.links {
                all.push((&e.credit, -link.amount.minor(), -base(link.credit_base)));
                all.push((&link.debit, -link.settled_minor(), -base(link.debit_base)));
            }
            all
        }
        _ => {
            let back = matches!(event, Event::SettlementUndone(_) | Event::RefundEnded(_));
            let sides: Vec<&ClosedItem> = match event {
                Event::SettlementUndone(e) => {
                    e.links.iter().flat_map(|link| link.credit.iter().chain(&link.debit)).collect()
                }
                Event::ItemWrittenOff(e) => vec![&e.closed],
                Event::ChargeWaived(e) => vec![&e.closed],
                Event::ItemsNetted(e) => e.items.iter().map(|one| &one.closed).collect(),
                Event::DiscountTakenBack(e) => vec![&e.from],
                Event::DocumentVoided(e) => e.closed.iter().collect(),
                Event::PaymentReversed(e) => e.closed.iter().collect(),
                Event::DebitMoved(e) => e.from.iter().collect(),
                Event::PaymentIdentified(e) | Event::CreditTransferred(e) => vec![&e.from],
                Event::RefundRequested(e) => vec![&e.from],
                Event::CreditConverted(e) => vec![&e.from],
                Event::ConversionUndone(e) => vec![&e.closed],
                Event::RefundEnded(e) => e.restored.iter().map(|(_, closed)| closed).collect(),
                _ => Vec::new(),
            };
            let sign = if back { 1 } else { -1 };
            sides.into_iter().map(|c| (&c.item, leg(sign)(c).0, leg(sign)(c).1)).collect()
        }
    }
}

/// INV-31: whenever nothing is open on an item, nothing of it is left in base currency; and each
/// settlement posts the difference of its sides' carrying amounts as exchange gain or loss, on no
/// other account.
///
/// # Errors
/// INV-31.
pub fn realised_fx_closes_to_zero(evidence: Evidence<'_>) -> Checked {
    let mut left: BTreeMap<&ItemId, (i64, i64)> = BTreeMap::new();
    for (position, event) in evidence.events() {
        let legs = legs_of(event);
        for (item, minor, base) in &legs {
            let Some(row) = evidence.rows.items.get(*item) else { continue };
            let Some(original) = row.base_original else { continue };
            let sum = left.entry(*item).or_insert((row.original, original));
            *sum = (sum.0 + minor, sum.1 + base);
        }
        for (item, ..) in &legs {
            if let Some((0, base @ (..=-1 | 1..))) = left.get(*item) {
                return broken("INV-31", format!("{position} closes {item} and leaves {base} in base"));
            }
        }
        if let Event::CreditAllocated(e) = event {
            difference_is_posted(position, e)?;
        }
    }
    for item in evidence.rows.items.values() {
        if item.open == 0 && item.base_open.is_some_and(|base| base != 0) {
            return broken(
                "INV-31",
                format!("{} is closed and keeps {:?} in base", item.item, item.base_open),
            );
        }
    }
    Ok(())
}

/// Gain and loss are the debits' carrying amounts less the credits' less deductions at the rate of
/// the credit, and stand on lines without an amount in the currency itself.
fn difference_is_posted(position: u64, e: &CreditAllocated) -> Checked {
    let base = |amount: Option<Amount>| i128::from(amount.map_or(0, Amount::minor));
    let exchange = |role: Role| matches!(role, Role::FxGain | Role::FxLoss);
    // Two sides on one control account are one line, whose amounts may cancel.
    for line in e.posting.iter().filter(|line| !line.role.is_control()) {
        let nothing = line.amount.minor() == 0 && base(line.base) != 0;
        let unrealised = matches!(line.role, Role::UnrealisedGain | Role::UnrealisedLoss);
        if nothing != ((exchange(line.role) || unrealised) && base(line.base) != 0) {
            return broken(
                "INV-31",
                format!("{position} books {:?} of a difference as {}", line.base, line.role),
            );
        }
    }
    let mut expected = 0;
    let mut parts = 0;
    for link in &e.links {
        // What was withheld leaves at what the debit was carried at.
        let withheld = link.withholding.map_or(0, Amount::minor);
        let claim = (base(link.debit_base) * i128::from(withheld)) / i128::from(link.settled_minor().max(1));
        let deducted = link.settled_minor() - link.amount.minor() - withheld;
        let (of, whole) = match link.amount.minor() {
            0 => (link.settled_minor(), base(link.debit_base)),
            cash => (cash, base(link.credit_base)),
        };
        let share = (whole * i128::from(deducted)).checked_div(i128::from(of)).unwrap_or(0);
        expected += base(link.debit_base) - base(link.credit_base) - share - claim;
        parts += i128::from(deducted != 0) * 3 + i128::from(withheld != 0);
    }
    let booked: i128 = e.posting.iter().filter(|l| exchange(l.role)).map(|l| base(l.base)).sum();
    if (booked - expected).abs() > parts {
        return broken("INV-31", format!("{position} books {booked} of a difference of {expected}"));
    }
    Ok(())
}

/// INV-37: a write-off takes no more than is open, on any date; its reason is one of the book's; the
/// item and the settlement stay in sight, with what was given up; its undo gives exactly that back.
///
/// # Errors
/// INV-37.
pub fn write_offs_are_bounded_and_traceable(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let mut left: BTreeMap<&ItemId, i64> = BTreeMap::new();
    let mut given_up: BTreeMap<&LinkId, (&ItemId, i64)> = BTreeMap::new();
    for (position, event) in evidence.events() {
        for (item, minor, _) in movements_of(event) {
            *left.entry(item).or_default() += minor;
        }
        match event {
            Event::ItemWrittenOff(e) => {
                let (item, minor) = (&e.closed.item, e.closed.amount.minor());
                let Some(row) = rows.items.get(item) else {
                    return broken("INV-37", format!("{position} gave up {item}, which is gone"));
                };
                let open = row.original + left.get(item).copied().unwrap_or(0) + minor;
                if minor <= 0 || minor > open {
                    return broken("INV-37", format!("{position} gives up {minor} of {open} on {item}"));
                }
                let before = &evidence.records[..usize::try_from(position).unwrap_or(0)];
                let then = Evidence { records: before, ..evidence };
                let dates = rows.dates().into_iter().filter(|day| *day >= e.date).chain([e.date]);
                if let Some(day) = dates.into_iter().find(|day| open_by_events(then, row, *day) < 0) {
                    return broken("INV-37", format!("{position} gives up more of {item} than on {day}"));
                }
                if !rows.book.as_ref().is_some_and(|book| book.reasons.contains_key(&e.reason)) {
                    return broken("INV-37", format!("{position} gives no reason of the book: {}", e.reason));
                }
                // Beside the tax of several codes, each rounded once over all that was given up, a cent
                // of a debt may be income.
                let booked = |l: &&JournalLine| match row.side {
                    Side::Debit => matches!(l.role, Role::BadDebt | Role::Allowance),
                    Side::Credit => l.role == Role::SmallDifference,
                };
                let booked: i64 = e.posting.iter().filter(booked).map(|l| l.amount.minor()).sum();
                let booked = if row.side == Side::Debit { booked } else { -booked };
                if booked + super::bad_debt::tax_taken_back(e) != minor {
                    return broken("INV-37", format!("{position} gives up {minor} and books {booked}"));
                }
                given_up.insert(&e.link, (item, minor));
            }
            Event::SettlementUndone(e) => {
                for link in &e.links {
                    let Some((item, minor)) = given_up.get(&link.link) else { continue };
                    let back: Vec<_> = link.credit.iter().chain(&link.debit).collect();
                    if !matches!(back[..], [c] if c.item == **item && c.amount.minor() == *minor) {
                        return broken("INV-37", format!("{position} gives back {back:?} for {minor}"));
                    }
                }
            }
            _ => {}
        }
    }
    for (link, (item, minor)) in given_up {
        let told = rows.links.get(link).filter(|row| row.kind == LinkKind::WriteOff);
        let side = told.and_then(|row| row.debit.as_ref().or(row.credit.as_ref()));
        if side.is_none_or(|side| side.item != *item || side.amount != minor) {
            return broken("INV-37", format!("{link} gave up {minor} of {item} and cannot be traced"));
        }
        let row = &rows.items[item];
        let open = row.original + left.get(item).copied().unwrap_or(0);
        if row.open != open {
            return broken("INV-37", format!("{item} has {} open, {open} by what was given up", row.open));
        }
    }
    Ok(())
}
