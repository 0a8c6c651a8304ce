//! INV-08: differences that a settlement absorbs stay within the limits that were in force, whole or not
//! at all, and an excess is kept only of a credit that settled everything it was applied to.

use std::collections::BTreeMap;

use ar_core::Event;
use ar_core::allocation::AppliedLink;
use ar_core::book::{ForeignDust, Policies, Setting, Tolerance};
use ar_core::values::*;

use super::{Checked, Evidence, broken, movements_of};

/// The flat limit of a tolerance in a currency: stories have no percents and no limits of users.
fn limit(tolerance: Option<&Tolerance>, currency: Currency) -> i64 {
    tolerance.and_then(|t| t.amounts.get(&currency)).map_or(0, |amount| amount.minor())
}

fn pooled(tolerance: Option<&Tolerance>) -> bool {
    tolerance.is_some_and(|t| t.pooled)
}

/// What of the differences of one application is beyond its limits. Its links stand in one event for
/// each accounting date.
fn beyond(policies: &Policies, currency: Currency, links: &[&AppliedLink]) -> Option<String> {
    let part = |amount: Option<Amount>| amount.map_or(0, Amount::minor);
    let own = |short: i64| {
        let under = policies.under_tolerance.as_ref();
        short > limit(under, currency) && !pooled(under)
    };
    let (mut short, mut lacked, mut kept) = (0, 0, 0);
    for link in links {
        let (whole, of_payment) = (part(link.tolerance), part(link.of_payment));
        short += (whole - of_payment).max(0);
        lacked += of_payment;
        kept += (-whole).max(0);
        if of_payment < 0 || (whole > 0 && own(whole - of_payment)) {
            return Some(format!("{} absorbs {whole}, {of_payment} of it the payment's", link.link));
        }
    }
    let count = i64::try_from(links.len()).unwrap_or(i64::MAX);
    let (under, over) = (policies.under_tolerance.as_ref(), policies.over_tolerance.as_ref());
    let most = limit(over, currency) * if pooled(over) { count } else { 1 };
    let wrong = short > limit(under, currency) * count
        || lacked > limit(policies.payment_tolerance.as_ref(), currency)
        || kept > most
        || (kept > 0 && short + lacked > 0);
    wrong.then(|| format!("{short} short, {lacked} lacking and {kept} kept of {count} settlements"))
}

/// INV-08: every difference absorbed lies within the limits in force, and settles its item.
///
/// # Errors
/// INV-08.
pub fn differences_stay_within_limits(evidence: Evidence<'_>) -> Checked {
    let mut policies = Policies::default();
    let mut open: BTreeMap<ItemId, i64> = BTreeMap::new();
    let mut application: Vec<&AppliedLink> = Vec::new();
    for (n, record) in evidence.records.iter().enumerate() {
        let event = &record.event;
        match event {
            Event::BookOpened(e) => e.settings.iter().for_each(|setting| read(setting, &mut policies)),
            Event::BookConfigured(e) => read(&e.setting, &mut policies),
            _ => {}
        }
        for (item, minor, _) in movements_of(event) {
            *open.entry(item.clone()).or_default() += minor;
        }
        let Event::CreditAllocated(e) = event else { continue };
        // What is worth nothing in base currency has no limit where policy does not keep it.
        let dust = |link: &&AppliedLink| {
            policies.foreign_dust == ForeignDust::WriteOff && link.debit_base.is_some_and(|b| b.minor() == 0)
        };
        application.extend(e.links.iter().filter(|link| !dust(link)));
        let more = evidence.records.get(n + 1).is_some_and(|next| {
            next.command == record.command && matches!(next.event, Event::CreditAllocated(_))
        });
        if !more {
            if let Some(detail) = beyond(&policies, e.currency, &application) {
                return broken("INV-08", format!("{}: {detail}", record.command));
            }
            application.clear();
        }
        let original = |item: &ItemId| evidence.rows.items.get(item).map_or(0, |row| row.original);
        for link in e.links.iter().filter(|link| link.tolerance.is_some() && link.of_payment.is_none()) {
            let left = original(&link.debit) + open.get(&link.debit).copied().unwrap_or(0);
            if left != 0 {
                return broken(
                    "INV-08",
                    format!("{}: a difference is absorbed and {left} stay open", link.link),
                );
            }
        }
    }
    Ok(())
}

fn read(setting: &Setting, policies: &mut Policies) {
    if let Setting::Policies(now) = setting {
        *policies = (**now).clone();
    }
}
