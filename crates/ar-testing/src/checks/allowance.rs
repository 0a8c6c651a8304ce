//! What is allowed for losses that are expected, by the journal lines of its account (INV-47).

use std::collections::BTreeMap;

use ar_core::Event;
use ar_core::journal::{JournalLine, Role};
use ar_core::provision::{AllowanceProvided, ProvidedPool, RoundOn};
use ar_core::values::*;

use super::{Checked, Evidence, broken};

/// INV-47: every run brings the allowance of its day from what the journal says to rates times exposure,
/// rounded where the matrix says, beside the items assessed by themselves, never below nothing or above
/// what is open; in base currency it is worth the target at the rate of the run; and what a write-off used
/// is there again once it is undone.
///
/// # Errors
/// INV-47.
pub fn allowances_roll_forward(evidence: Evidence<'_>) -> Checked {
    let base = evidence.rows.book.as_ref().map(|book| book.base);
    let mut moves: Vec<(Currency, Date, i128, i128)> = Vec::new();
    let mut used: BTreeMap<&LinkId, i128> = BTreeMap::new();
    for (position, event) in evidence.events() {
        let Some((date, currency, lines)) = event.posting() else { continue };
        let (minor, worth) = on_the_allowance(lines);
        match event {
            Event::AllowanceProvided(e) => {
                let before = |day: Date| {
                    let mine = moves.iter().filter(|(of, on, ..)| *of == e.currency && *on <= day);
                    mine.fold((0, 0), |(a, b), (_, _, minor, base)| (a + minor, b + base))
                };
                let (opening, opening_base) = before(e.date);
                run_is_right(position, e, opening, minor)?;
                if base != Some(e.currency) {
                    worth_at_the_rate(position, e, opening_base + worth, base)?;
                }
            }
            Event::ItemWrittenOff(e) => drop(used.insert(&e.link, minor)),
            Event::WriteOffRecovered(e) => drop(used.insert(&e.link, minor)),
            Event::SettlementUndone(e) => {
                let back: i128 = e.links.iter().filter_map(|link| used.get(&link.link)).sum();
                if minor != -back {
                    return broken("INV-47", format!("{position} gives {minor} back of {back}"));
                }
            }
            _ if minor != 0 => {
                return broken("INV-47", format!("{position}: {} moves the allowance", event.name()));
            }
            _ => {}
        }
        moves.push((currency, date, minor, worth));
    }
    Ok(())
}

/// What lines add to the allowance, in minor units and in base currency.
fn on_the_allowance(lines: &[JournalLine]) -> (i128, i128) {
    let mine = lines.iter().filter(|line| line.role == Role::Allowance);
    mine.fold((0, 0), |(minor, base), line| {
        let own = line.base.map_or(0, Amount::minor);
        (minor - i128::from(line.amount.minor()), base - i128::from(own))
    })
}

fn run_is_right(position: u64, e: &AllowanceProvided, opening: i128, booked: i128) -> Checked {
    let [told, target, charge, exposure] =
        [e.opening, e.target, e.charge, e.exposure].map(|amount| i128::from(amount.minor()));
    let should: i128 = e.pools.iter().map(target_of).sum();
    let open: i128 = e.pools.iter().map(exposure_of).sum();
    let right = told == opening
        && target == should
        && charge == target - opening
        && booked == charge
        && exposure == open
        && (0..=exposure).contains(&target);
    if right {
        return Ok(());
    }
    let detail = format!(
        "{position}: {told} + {charge} = {target} of {exposure}, booked {booked}; \
         it was {opening}, and {should} of {open} is to be allowed for"
    );
    broken("INV-47", detail)
}

fn exposure_of(pool: &ProvidedPool) -> i128 {
    let buckets = pool.exposures.iter().map(|row| i128::from(row.amount.minor()));
    buckets.chain(pool.assessed.iter().map(|one| i128::from(one.exposure.minor()))).sum()
}

/// Rates times exposure, exactly: in parts of a minor unit, 10^16 of them.
fn target_of(pool: &ProvidedPool) -> i128 {
    let one: i128 = 10_i128.pow(16);
    let decimal = |value: Decimal, places: u32| {
        i128::from(value.mantissa()) * 10_i128.pow(places - u32::from(value.scale()))
    };
    let exact = pool.matrix.losses.iter().map(|loss| {
        let mine = pool.exposures.iter().filter(|row| row.bucket == loss.bucket);
        let open: i128 = mine.map(|row| i128::from(row.amount.minor())).sum();
        // A percent is a hundredth.
        let rate = decimal(loss.percent.decimal(), 10) * decimal(pool.matrix.overlay, 4);
        open * rate.min(one)
    });
    let rounded = |parts: i128| (parts + one / 2).div_euclid(one);
    let buckets = match pool.matrix.round {
        RoundOn::Bucket => exact.map(rounded).sum(),
        RoundOn::Total => rounded(exact.sum()),
    };
    buckets + pool.assessed.iter().map(|one| i128::from(one.allowance.minor())).sum::<i128>()
}

/// In base currency the allowance is what its target is worth at the rate of the run.
fn worth_at_the_rate(position: u64, e: &AllowanceProvided, worth: i128, base: Option<Currency>) -> Checked {
    let rate = e.explanation.inputs.iter().find(|(name, _)| name == "rate");
    let rate = rate.and_then(|(_, text)| Rate::parse(text).ok());
    let told = rate.zip(base).and_then(|(rate, base)| {
        let target = e.target.in_currency(e.currency).ok()?;
        target.converted(rate, base, Rounding::HalfAwayFromZero)
    });
    if told.map(|money| i128::from(money.minor())) == Some(worth) {
        return Ok(());
    }
    broken("INV-47", format!("{position}: the allowance is carried at {worth}, and worth {told:?}"))
}
