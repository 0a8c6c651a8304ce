//! Is the day open? One function for every posting: the span of open days, what is closed hard, and
//! what is closed softly for an area and a person (INV-38).

use super::{Area, Period};
use crate::book::BookConfig;
use crate::rejection::Rejection;
use crate::values::*;

impl BookConfig {
    /// The first day that is neither before the span of open days nor closed hard.
    fn floor(&self) -> Result<Date, Rejection> {
        let from = self.periods.open_from;
        match self.accounting.closed_through {
            None => Ok(from),
            Some(last) => match last.add_days(1) {
                Ok(next) => Ok(from.max(next)),
                Err(_) => Err(Rejection::PeriodNotOpen { date: last, last_open: last }),
            },
        }
    }

    /// The soft-closed period that keeps this person from posting on a day.
    fn barred(&self, actor: &ActorId, areas: &[Area], day: Date) -> Option<(&Period, Area)> {
        let period = self.accounting.of(day)?;
        let soft = period.soft.as_ref()?;
        let area = areas.iter().copied().find(|area| soft.closes(*area))?;
        (!soft.admit.contains(actor)).then_some((period, area))
    }

    /// The day itself or, when it is closed for one of the areas, the first day after it that is
    /// open for all of them. Days that a person is admitted to are open.
    ///
    /// # Errors
    /// `period.not_open` when there is none.
    pub fn first_open(&self, actor: &ActorId, areas: &[Area], date: Date) -> Result<Date, Rejection> {
        let mut day = date.max(self.floor()?);
        // Each turn leaves one period behind, so there are no more turns than periods.
        while let Some((period, _)) = self.barred(actor, areas, day) {
            let not_open = |_| Rejection::PeriodNotOpen { date, last_open: self.periods.open_to };
            day = period.end.add_days(1).map_err(not_open)?;
        }
        self.periods.check(day)?;
        Ok(day)
    }

    /// Whether a day is inside the span of open days and not closed hard.
    ///
    /// # Errors
    /// `period.closed`, `period.not_open`.
    pub fn check_day(&self, actor: &ActorId, date: Date) -> Result<(), Rejection> {
        if date < self.floor()? {
            let next_open = self.first_open(actor, &[], date)?;
            return Err(Rejection::PeriodClosed { date, next_open });
        }
        self.periods.check(date)
    }

    /// Whether a person may post in an area on a day. The answer names the soft-closed period that
    /// admits the posting as an exception.
    ///
    /// # Errors
    /// `period.closed`, `period.soft_closed` with the next open day, `period.not_open`.
    pub fn check_open(
        &self,
        actor: &ActorId,
        area: Area,
        date: Date,
    ) -> Result<Option<&PeriodId>, Rejection> {
        self.check_day(actor, date)?;
        if let Some((period, area)) = self.barred(actor, &[area], date) {
            let next_open = self.first_open(actor, &[area], date)?;
            let period = period.id.clone();
            return Err(Rejection::PeriodSoftClosed { date, period, area, next_open });
        }
        let soft = |period: &&Period| period.soft.as_ref().is_some_and(|soft| soft.closes(area));
        Ok(self.accounting.of(date).filter(soft).map(|period| &period.id))
    }
}
