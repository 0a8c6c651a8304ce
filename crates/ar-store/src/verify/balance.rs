//! The tie-out: open items against control accounts, by role, ledger account and currency
//! (INV-11).

use std::collections::BTreeMap;

use ar_core::Position;
use ar_core::document::Side;
use ar_core::journal::Role;
use ar_core::values::{Currency, GlCode};

use crate::failure::Corruption;
use crate::tables::Tables;

/// Checks that the sub-ledger equals its control accounts.
pub(super) fn check(tables: &Tables) -> Result<(), Corruption> {
    let mut difference: BTreeMap<(Role, &GlCode, Currency), (i128, i128)> = BTreeMap::new();
    for item in tables.all_items() {
        let sign = match item.side {
            Side::Debit => 1,
            Side::Credit => -1,
        };
        let key = (item.control.role, &item.control.code, item.currency);
        let sum = difference.entry(key).or_default();
        let signed = |minor: i64| i128::from(minor).saturating_mul(sign);
        sum.0 = sum.0.saturating_add(signed(item.open));
        sum.1 = sum.1.saturating_add(signed(item.base_open.unwrap_or(0)));
        sum.1 = sum.1.saturating_add(signed(item.revalued));
        if item.open == 0 && item.revalued != 0 {
            let detail = format!("{} is closed and keeps {} unrealised", item.item, item.revalued);
            return Err(Corruption::new("INV-31", None, detail));
        }
    }
    for line in tables.journal().iter(Position::MAX) {
        if line.role.is_control() {
            let sum = difference.entry((line.role, line.code, line.currency)).or_default();
            sum.0 = sum.0.saturating_sub(i128::from(line.minor));
            let base = line.base.map_or(0, |base| base.minor());
            sum.1 = sum.1.saturating_sub(i128::from(base));
        }
    }
    let base = tables.config.as_ref().map(|config| config.base);
    for ((role, code, currency), (minor, base_minor)) in difference {
        if minor != 0 {
            return Err(broken(format!(
                "open items on {role} {code} in {currency} differ from the control account by {minor} minor units"
            )));
        }
        if base_minor != 0 && Some(currency) != base {
            return Err(broken(format!(
                "open items on {role} {code} in {currency} differ from the control account by {base_minor} minor units of base currency"
            )));
        }
    }
    Ok(())
}

fn broken(detail: String) -> Corruption {
    Corruption::new("INV-11", None, detail)
}
