//! What is allowed for losses that are expected, by adding up every run and every use (INV-47).

use super::{Model, Refusal, Why, no};
use crate::act::Area;
use crate::providing::Provided;
use crate::world::base;
use ar_core::values::*;

impl Model {
    /// What is allowed for in a currency at the end of a day, in minor units: negative where more was
    /// used.
    #[must_use]
    pub fn allowed_on(&self, currency: Currency, day: Date) -> i128 {
        let runs = self.charges_of_runs.iter().filter(|(of, on, _)| *of == currency && *on <= day);
        let charged: i128 = runs.map(|(_, _, minor)| i128::from(*minor)).sum();
        let mut used = 0;
        for link in self.links.iter().filter(|link| link.allowed && link.counts_on(day)) {
            let net = |minor: i64| i128::from(minor - link.relief.values().sum::<i64>());
            let (item, signed) = match (&link.debit, &link.credit) {
                (Some((item, minor)), _) => (item, net(*minor)),
                (None, Some((item, minor))) => (item, -net(*minor)),
                (None, None) => continue,
            };
            if self.item(item).is_some_and(|item| item.currency == currency) {
                used += signed;
            }
        }
        charged - used
    }

    pub(super) fn provide(&mut self, run: &Provided) -> Result<(), Refusal> {
        let mut why = Why::default();
        why.take(self.open_day(Area::Adjustment, run.date));
        why.when(
            run.currency != base() && self.recorded_rate(run.currency, run.date).is_none(),
            "rate.missing",
        );
        let ran = self.charges_of_runs.iter().filter(|(of, ..)| *of == run.currency);
        why.when(ran.map(|(_, on, _)| *on).max().is_some_and(|last| run.date < last), "allowance.later_run");
        if let Some((item, exposure, allowance)) = &run.assessed {
            let debt = self.item(item);
            why.when(debt.is_none(), "item.unknown");
            let fits = debt.is_none_or(|debt| {
                debt.debit
                    && debt.currency == run.currency
                    && debt.date <= run.date
                    && *exposure <= debt.original
            });
            why.when(!fits || *exposure < 0 || *allowance < 0 || allowance > exposure, "allowance.invalid");
        }
        why.when(run.twice && run.assessed.is_some(), "allowance.invalid");
        why.when(run.stray, "allowance.invalid");
        why.when(run.overlay_tenths > 1_000, "allowance.invalid");
        let all = run.exposures.iter().map(|minor| i128::from(*minor)).sum::<i128>()
            + run.assessed.as_ref().map_or(0, |(_, exposure, _)| i128::from(*exposure));
        why.when(all > i128::from(AMOUNT_MINOR_MAX), "amount.out_of_range");
        why.stop()?;
        let target = run.target();
        let opening = self.allowed_on(run.currency, run.date);
        let most = i128::from(AMOUNT_MINOR_MAX);
        if [target, opening, target - opening].iter().any(|minor| minor.abs() > most) {
            return no("amount.out_of_range");
        }
        let Ok(charge) = i64::try_from(target - opening) else { return no("amount.out_of_range") };
        for minor in [target, i128::from(charge)] {
            let minor = i64::try_from(minor).unwrap_or(i64::MAX);
            let rate = (run.currency != base()).then(|| self.recorded_rate(run.currency, run.date)).flatten();
            super::converted(Money::clamped(minor, run.currency), rate)?;
        }
        self.charges_of_runs.push((run.currency, run.date, charge));
        Ok(())
    }
}
