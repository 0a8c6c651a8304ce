//! INV-28 for tax that customers withheld: what settles an item beside the cash is a claim that is on
//! record, on its own ledger account, and proven by one certificate at most.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::Event;
use ar_core::journal::Role;
use ar_core::values::*;

use super::{Checked, Evidence, broken};

/// Currency and base amounts by currency and ledger account.
type Claims = BTreeMap<(Currency, GlCode), (i128, i128)>;

/// INV-28: every withheld amount is a claim of the account that paid, for as long as its settlement
/// stands; the ledger accounts of the role hold exactly the live claims, each at its share of what the
/// item was carried at; and no claim is proven twice at once.
///
/// # Errors
/// INV-28.
pub fn withheld_tax_is_a_claim(evidence: Evidence<'_>) -> Checked {
    let rows = evidence.rows;
    let mut claims = 0;
    let mut expected = Claims::new();
    for (position, event) in evidence.events() {
        let Event::CreditAllocated(e) = event else { continue };
        for link in e.links.iter().filter(|link| link.withholding.is_some() || link.withheld.is_some()) {
            let (Some(amount), Some(withheld)) = (link.withholding, &link.withheld) else {
                return broken("INV-28", format!("{position} withholds without saying what or where"));
            };
            claims += 1;
            let (Some(row), Some(kept)) = (rows.withholdings.get(&link.link), rows.links.get(&link.link))
            else {
                return broken("INV-28", format!("{} withholds {amount} and keeps no claim", link.link));
            };
            let told = (amount.minor(), &e.account, &link.debit, kept.undone);
            if (row.amount, &row.account, &row.item, row.undone) != told {
                return broken("INV-28", format!("{} keeps {row:?}, on record is {told:?}", link.link));
            }
            if kept.undone.is_none() {
                let sum = expected.entry((e.currency, withheld.posted.clone())).or_default();
                sum.0 += i128::from(amount.minor());
                let settled = i128::from(link.settled_minor());
                let base = link.debit_base.map_or(0, |base| i128::from(base.minor()));
                let product = 2 * base * i128::from(amount.minor());
                sum.1 += (product + settled) / (2 * settled);
            }
        }
    }
    if claims != rows.withholdings.len() {
        return broken("INV-28", format!("{} claims are kept, {claims} on record", rows.withholdings.len()));
    }
    let mut booked = Claims::new();
    for line in rows.lines.iter().filter(|line| line.line.role == Role::Withholding) {
        let sum = booked.entry((line.currency, line.line.code.clone())).or_default();
        sum.0 += i128::from(line.line.amount.minor());
        sum.1 += line.line.base.map_or(0, |base| i128::from(base.minor()));
    }
    expected.retain(|_, sum| *sum != (0, 0));
    booked.retain(|_, sum| *sum != (0, 0));
    if expected != booked {
        return broken("INV-28", format!("claims come to {expected:?}, the journal says {booked:?}"));
    }
    proven_once(evidence)
}

fn proven_once(evidence: Evidence<'_>) -> Checked {
    let mut live: BTreeMap<(&AccountId, &CertificateId), BTreeSet<&LinkId>> = BTreeMap::new();
    for (position, event) in evidence.events() {
        match event {
            Event::CertificateRecorded(e) => {
                let links: BTreeSet<&LinkId> = e.withheld.iter().map(|proven| &proven.link).collect();
                let proven = live.values().flatten().any(|link| links.contains(link));
                let short = e.withheld.iter().any(|proven| {
                    let row = evidence.rows.withholdings.get(&proven.link);
                    row.is_none_or(|row| row.amount != proven.amount.minor() || row.account != e.account)
                });
                let again = live.insert((&e.account, &e.certificate), links).is_some();
                if proven || again || short {
                    return broken(
                        "INV-28",
                        format!("{position} proves what is proven or is not there: {e:?}"),
                    );
                }
            }
            Event::CertificateWithdrawn(e) if live.remove(&(&e.account, &e.certificate)).is_none() => {
                return broken(
                    "INV-28",
                    format!("{position} takes back {}, which is not there", e.certificate),
                );
            }
            _ => {}
        }
    }
    Ok(())
}
