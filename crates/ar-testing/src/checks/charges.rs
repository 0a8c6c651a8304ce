//! INV-46: charges recomputed from their own workings, and no day of a debt charged twice.

use std::collections::BTreeMap;

use ar_core::Event;
use ar_core::charges::{ChargeLine, ChargeMark, Segment};
use ar_core::values::*;

use super::{Checked, Evidence, broken};

/// A day's share of a percent of a percent, fine enough for every day count and twelve decimals.
const FINE: i128 = 360 * 73 * 61 * 100_000_000;

/// Interest of a stretch in fractions of [`FINE`], written down a second time.
fn worth(segment: &Segment) -> i128 {
    let Some(percent) = segment.percent else {
        return i128::from(segment.amount.map_or(0, Amount::minor)) * FINE;
    };
    let scale = 100 * 10_i128.pow(percent.scale().into());
    let per = i128::from(segment.balance.minor()) * i128::from(percent.mantissa()) * i128::from(segment.days);
    per * (FINE / scale) / i128::from(segment.of)
}

fn rounded(fine: i128) -> i64 {
    let half = if fine < 0 { -FINE / 2 } else { FINE / 2 };
    i64::try_from((fine + half) / FINE).unwrap_or(i64::MAX)
}

fn sum(segments: &[Segment]) -> i128 {
    segments.iter().map(worth).sum()
}

/// INV-46: every line is its workings, rounded once; a document is the sum of its lines; the days
/// charged on a debt follow one another; the mark of a debt is that of its last assessment.
///
/// # Errors
/// INV-46.
pub fn charges_follow_their_workings(evidence: Evidence<'_>) -> Checked {
    let mut marks: BTreeMap<&ItemId, ChargeMark> = BTreeMap::new();
    let mut lines_of: BTreeMap<&DocumentId, i64> = BTreeMap::new();
    for (position, event) in evidence.events() {
        match event {
            Event::ChargesAssessed(e) => {
                for line in &e.lines {
                    let before = marks.get(&line.item);
                    line_fits(position, line, before)?;
                    marks.insert(&line.item, ChargeMark { known: position, ..line.after.clone() });
                    let total = line.interest.minor() + line.fee.minor();
                    let document = if total < 0 { &e.credit } else { &e.document };
                    if let Some(document) = document {
                        *lines_of.entry(document).or_default() += total;
                    }
                }
            }
            Event::DocumentIssued(e) => {
                if let Some(total) = lines_of.get(&e.document)
                    && total.abs() != e.content.total.minor()
                {
                    let detail = format!("{} is {}, its lines {total}", e.document, e.content.total);
                    return broken("INV-46", detail);
                }
            }
            Event::DocumentVoided(e) => {
                for moved in &e.charges {
                    match &moved.mark {
                        Some(mark) => marks.insert(&moved.item, mark.clone()),
                        None => marks.remove(&moved.item),
                    };
                }
            }
            Event::ChargeWaived(e) => {
                marks.extend(e.shares.iter().map(|share| (&share.item, share.after.clone())));
            }
            Event::SettlementUndone(e) => {
                for moved in e.links.iter().flat_map(|link| &link.charges) {
                    marks.extend(moved.mark.clone().map(|mark| (&moved.item, mark)));
                }
            }
            _ => {}
        }
    }
    for row in evidence.rows.items.values() {
        if row.charged.as_ref() != marks.get(&row.item) {
            let detail =
                format!("{} keeps {:?}, its log says {:?}", row.item, row.charged, marks.get(&row.item));
            return broken("INV-46", detail);
        }
    }
    Ok(())
}

fn line_fits(position: u64, line: &ChargeLine, before: Option<&ChargeMark>) -> Checked {
    let says = |what: &str| broken("INV-46", format!("{position}: {what}: {line:?}"));
    if line.before.as_ref() != before {
        return says("a line begins where no other ended");
    }
    if let (Some(mark), Some(first)) = (&line.before, line.segments.first())
        && first.from < mark.through
    {
        return says("a day is charged twice");
    }
    let mut fine = sum(&line.segments);
    if let Some(correction) = &line.correction {
        fine += sum(&correction.now) - sum(&correction.was);
    }
    let all_back = line.before.as_ref().is_some_and(|mark| line.interest == mark.interest.negated());
    if line.bound.is_none() && !all_back && line.interest.minor() != rounded(fine) {
        return says("a line is not its workings, rounded once");
    }
    let kept = line.before.as_ref().map_or((0, 0), |mark| (mark.interest.minor(), mark.fees.minor()));
    let after = (line.after.interest.minor(), line.after.fees.minor());
    if after != (kept.0 + line.interest.minor(), kept.1 + line.fee.minor()) || after.0 < 0 || after.1 < 0 {
        return says("more is given back than was charged");
    }
    Ok(())
}
