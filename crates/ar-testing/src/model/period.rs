//! Accounting periods in the model: whether a day is open is asked of all periods, day by day.

use std::collections::BTreeSet;

use ar_core::values::*;

use super::{Model, Refusal, Why, no};
use crate::act::{Act, Area};

/// An accounting period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its name.
    pub id: PeriodId,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// What is closed and who may post all the same.
    pub soft: Option<(BTreeSet<Area>, BTreeSet<ActorId>)>,
    /// Closed for everybody.
    pub hard: bool,
    /// Lines signed off: the line and which answer.
    pub signed: BTreeSet<(u8, u8)>,
    /// The position whose figures were proven.
    pub proven: Option<u64>,
}

impl Period {
    fn bars(&self, day: Date, area: Area, actor: &ActorId) -> bool {
        let inside = self.start <= day && day <= self.end;
        inside
            && self
                .soft
                .as_ref()
                .is_some_and(|(areas, admitted)| areas.contains(&area) && !admitted.contains(actor))
    }
}

/// What is closed when nothing is named: everything.
fn closed(areas: &BTreeSet<Area>) -> BTreeSet<Area> {
    if areas.is_empty() { Area::ALL.into_iter().collect() } else { areas.clone() }
}

impl Model {
    /// The last day that nobody posts on any more.
    fn shut(&self) -> Option<Date> {
        let hard = self.periods.iter().filter(|period| period.hard).map(|period| period.end);
        hard.chain(self.kept_shut).max()
    }

    /// Whether nobody posts on a day any more.
    pub(super) fn is_shut(&self, day: Date) -> bool {
        day < self.open_from || self.shut().is_some_and(|last| day <= last)
    }

    pub(super) fn open_day(&self, area: Area, day: Date) -> Result<Date, Refusal> {
        if self.is_shut(day) {
            // With no open day left at all, the refusal says that instead.
            return if self.moved_day(&[area], day).is_ok() {
                no("period.closed")
            } else {
                no("period.not_open")
            };
        }
        if day > self.open_to {
            return no("period.not_open");
        }
        if self.periods.iter().any(|period| period.bars(day, area, &self.actor)) {
            return if self.moved_day(&[area], day).is_ok() {
                no("period.soft_closed")
            } else {
                no("period.not_open")
            };
        }
        Ok(day)
    }

    fn is_open(&self, areas: &[Area], day: Date) -> bool {
        let barred = |area: &Area| self.periods.iter().any(|period| period.bars(day, *area, &self.actor));
        day >= self.open_from && self.shut().is_none_or(|last| day > last) && !areas.iter().any(barred)
    }

    /// A closed day becomes the first open one.
    pub(super) fn moved_day(&self, areas: &[Area], day: Date) -> Result<Date, Refusal> {
        let mut day = day.max(self.open_from);
        while day <= self.open_to && !self.is_open(areas, day) {
            let Ok(next) = day.add_days(1) else { break };
            day = next;
        }
        if day > self.open_to || !self.is_open(areas, day) { no("period.not_open") } else { Ok(day) }
    }

    /// The accounting date of a document.
    pub(super) fn posting_day(
        &self,
        area: Area,
        document: Date,
        asked: Option<Date>,
    ) -> Result<Date, Refusal> {
        match asked {
            None if self.world.late_on_entry => {
                let first = self.moved_day(&[area], document)?;
                if first == document {
                    return Ok(first);
                }
                self.moved_day(&[area], document.max(self.entered))
            }
            None if self.world.move_late => self.moved_day(&[area], document),
            _ => self.open_day(area, asked.unwrap_or(document)),
        }
    }

    /// The first day on which a payment can be taken back with all that it settled: cash and
    /// settlements are open, and so is the own day of whatever was settled later.
    pub(super) fn reversal_day(&self, settled: &[Date], date: Date) -> Result<Date, Refusal> {
        let both = [Area::Cash, Area::Settlement];
        let mut day = self.moved_day(&both, date)?;
        loop {
            let own = settled.iter().map(|on| day.max(*on));
            let mut late = Vec::new();
            for on in own {
                if self.moved_day(&[Area::Settlement], on)? != on {
                    late.push(on);
                }
            }
            if late.is_empty() {
                return Ok(day);
            }
            let Ok(next) = day.add_days(1) else { return no("period.not_open") };
            day = self.moved_day(&both, next)?;
        }
    }

    /// Plays an act of the calendar.
    pub(super) fn period_act(&mut self, act: &Act) -> Result<(), Refusal> {
        match act {
            Act::DefinePeriod { period, start, end } => self.define(period, *start, *end),
            Act::ClosePeriod { period, soft } => self.close(period, soft.as_ref()),
            Act::ReopenPeriod { period } => self.reopen(period),
            Act::SignOff { period, line, answer } => {
                let period = self.period(period)?;
                if period.hard {
                    return no("period.state");
                }
                period.signed.retain(|(known, _)| known != line);
                period.signed.insert((*line, *answer));
                Ok(())
            }
            Act::Prove { period, known } => {
                let period = self.period(period)?;
                if !period.hard {
                    return no("period.state");
                }
                // A position before the close is known by being tiny.
                if *known < 5 {
                    return no("close.figures_stale");
                }
                if period.proven.is_some_and(|before| before != *known) {
                    return no("period.state");
                }
                period.proven = Some(*known);
                Ok(())
            }
            other => unreachable!("{other:?} is no act of the calendar"),
        }
    }

    fn period(&mut self, id: &PeriodId) -> Result<&mut Period, Refusal> {
        match self.periods.iter_mut().find(|period| period.id == *id) {
            Some(period) => Ok(period),
            None => no("period.unknown"),
        }
    }

    fn define(&mut self, id: &PeriodId, start: Date, end: Date) -> Result<(), Refusal> {
        if end < start {
            return no("setting.invalid");
        }
        if let Some(known) = self.periods.iter().find(|period| period.id == *id) {
            return if (known.start, known.end) == (start, end) { Ok(()) } else { no("period.exists") };
        }
        let mut why = Why::default();
        let shares = |known: &Period| {
            let mut day = start;
            while day <= end {
                if known.start <= day && day <= known.end {
                    return true;
                }
                let Ok(next) = day.add_days(1) else { return false };
                day = next;
            }
            false
        };
        why.when(self.periods.iter().any(shares), "period.overlap");
        why.when(self.shut().is_some_and(|last| start <= last), "period.closed");
        why.stop()?;
        let (soft, hard, signed, proven) = (None, false, BTreeSet::new(), None);
        self.periods.push(Period { id: id.clone(), start, end, soft, hard, signed, proven });
        Ok(())
    }

    fn close(
        &mut self,
        id: &PeriodId,
        soft: Option<&(BTreeSet<Area>, BTreeSet<ActorId>)>,
    ) -> Result<(), Refusal> {
        let known = self.period(id)?.clone();
        if let Some((areas, admitted)) = soft {
            let areas = closed(areas);
            if known.hard {
                return no("period.state");
            }
            let opens = |(before, admits): &(BTreeSet<Area>, BTreeSet<ActorId>)| {
                before.iter().any(|area| !areas.contains(area))
                    || admitted.iter().any(|actor| !admits.contains(actor))
            };
            if known.soft.as_ref().is_some_and(opens) {
                return no("period.state");
            }
            self.period(id)?.soft = Some((areas, admitted.clone()));
            return Ok(());
        }
        if known.hard {
            return Ok(());
        }
        let mut why = Why::default();
        let open_before = |other: &Period| !other.hard && other.end < known.start;
        why.when(self.periods.iter().any(open_before), "period.order");
        if self.world.settle_before_close {
            let waits = self.items.iter().filter(|item| {
                matches!(item.control, "unapplied" | "unidentified")
                    && !item.debit
                    && known.start <= item.date
                    && item.date <= known.end
                    && self.open_in_the_end(item) > 0
            });
            why.when(waits.count() > 0, "close.unallocated_receipt");
        }
        why.stop()?;
        let period = self.period(id)?;
        (period.hard, period.soft) = (true, None);
        Ok(())
    }

    fn reopen(&mut self, id: &PeriodId) -> Result<(), Refusal> {
        let mut why = Why::default();
        why.when(self.world.one_reopener && self.actor.as_str() != "clerk-1", "authority.refused");
        let known = why.take(self.period(id)).cloned();
        if let Some(known) = &known {
            why.when(!known.hard && known.soft.is_none(), "period.state");
            let closed_after = |other: &Period| other.hard && other.start > known.end;
            why.when(known.hard && self.periods.iter().any(closed_after), "period.order");
        }
        why.stop()?;
        let known = known.expect("nothing offends");
        if known.hard {
            self.kept_shut = known.start.add_days(-1).ok();
        }
        let period = self.period(id)?;
        *period = Period { soft: None, hard: false, signed: BTreeSet::new(), proven: None, ..known };
        Ok(())
    }
}
