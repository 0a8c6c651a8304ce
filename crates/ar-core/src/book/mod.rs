//! The book: base currency, chart, series, periods and policies; everything that is set up once
//! and changed by a recorded event (INV-07, INV-12, INV-38).

mod calendar;
mod cash_rounding;
mod chart;
mod check;
mod config;
mod counts;
mod decide;
mod periods;
mod policy;
mod series;
mod tax;

pub use calendar::{BUILT_IN_CALENDARS, Calendar, CalendarRef, DayName, HOLIDAYS_MAX};
pub use cash_rounding::{CashRounding, RoundedPart, RoundingDifference};
pub use chart::{Chart, ChartContext, ChartRule, FormerCode};
pub use check::{CHART_RULES_MAX, ENTRIES_MAX};
pub use config::{Bank, BookConfig, Reason, Setting};
pub use counts::Counts;
pub(crate) use decide::{decide_configure, decide_open_book, decide_record_rate};
pub use periods::Periods;
pub use policy::{
    CreditPolicy, ForeignDust, InstalmentDiscounts, InvoiceCheck, LatePosting, Policies, TaxResidual,
    TaxRounding, Tolerance,
};
pub use series::{NextNumber, Series, YearPrefix};
pub use tax::{Recognition, Tax, TaxBase, TaxBasis, TaxKind, TaxMethod};

use serde::{Deserialize, Serialize};

use crate::values::*;

/// Most settings given when a book is opened.
pub const SETTINGS_MAX: usize = 1_000;

/// Opens a book. Sending it again with the same content changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenBook {
    /// The currency of the general ledger.
    pub base: Currency,
    /// Settings beside the standard ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
}

/// Records an exchange rate: units of the base currency for one unit of `currency`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRate {
    /// The foreign currency.
    pub currency: Currency,
    /// The day the rate is for.
    pub date: Date,
    /// Base units per foreign unit.
    pub rate: Rate,
    /// Where the rate comes from, like `ECB`.
    pub source: Text,
}

/// Event: a book was opened with these settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookOpened {
    /// The base currency.
    pub base: Currency,
    /// Every setting in force, the standard ones included.
    pub settings: Vec<Setting>,
}

/// Event: a setting got a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookConfigured {
    /// The setting, whole.
    pub setting: Setting,
    /// The version of the book's settings after it.
    pub version: u32,
}
