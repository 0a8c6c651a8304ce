//! Tax that customers withheld: what waits for its certificate, what is certified, and certificates whose
//! settlement is no longer there (INV-28).

use serde::Serialize;
use std::collections::BTreeMap;

use super::fold::{add, amount};
use super::{AsOf, QueryError, Scope, View};
use crate::record::Position;
use crate::values::*;
use crate::withholding::WithholdingRow;

/// How withheld tax stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WithholdingState {
    /// Its certificate has not come.
    Pending,
    /// A certificate proves it.
    Certified,
    /// A certificate proves it, and its settlement was taken back: a returned payment.
    Released,
}

impl WithholdingState {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Certified => "certified",
            Self::Released => "released",
        }
    }
}

/// Withheld tax of one settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WithholdingLine {
    /// The account that paid and withheld.
    pub account: AccountId,
    /// The settlement.
    pub link: LinkId,
    /// The item it settles.
    pub item: ItemId,
    /// Accounting date of the settlement.
    pub date: Date,
    /// Days since then.
    pub days: i32,
    /// The currency.
    pub currency: Currency,
    /// How much.
    pub amount: Amount,
    /// The tax, where it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<TaxCode>,
    /// How it stands.
    pub state: WithholdingState,
    /// Its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateId>,
    /// The day the certificate was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<Date>,
}

/// What withheld tax comes to in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WithholdingTotal {
    /// The currency.
    pub currency: Currency,
    /// Waiting for certificates.
    pub pending: Amount,
    /// Certified.
    pub certified: Amount,
}

/// Withheld tax on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Withholdings {
    /// The day.
    pub as_of: Date,
    /// The position.
    pub known: Position,
    /// In the order of currency codes.
    pub totals: Vec<WithholdingTotal>,
    /// By account, the oldest first.
    pub lines: Vec<WithholdingLine>,
}

/// Tax that these accounts withheld, as of a day.
///
/// # Errors
/// The store's, [`QueryError::OutOfRange`].
pub fn withholdings<V: View>(
    view: &V,
    as_of: AsOf,
    scope: &Scope,
) -> Result<Withholdings, QueryError<V::Error>> {
    let as_of = as_of.within(view);
    let rows = view.withholdings(scope).map_err(QueryError::Store)?;
    let mut lines: Vec<WithholdingLine> = rows.iter().filter_map(|row| line(row, as_of)).collect();
    lines.sort_by(|a, b| (&a.account, a.date, &a.item, &a.link).cmp(&(&b.account, b.date, &b.item, &b.link)));
    let mut sums: BTreeMap<Currency, (i128, i128)> = BTreeMap::new();
    for line in &lines {
        let (pending, certified) = sums.entry(line.currency).or_default();
        match line.state {
            WithholdingState::Pending => add(pending, line.amount.minor()),
            WithholdingState::Certified => add(certified, line.amount.minor()),
            WithholdingState::Released => {}
        }
    }
    let what = "withheld tax";
    let total = |(currency, (pending, certified))| {
        let (pending, certified) = (amount(pending, currency, what)?, amount(certified, currency, what)?);
        Ok(WithholdingTotal { currency, pending, certified })
    };
    let totals = sums.into_iter().map(total).collect::<Result<_, QueryError<V::Error>>>()?;
    Ok(Withholdings { as_of: as_of.effective, known: as_of.known, totals, lines })
}

fn line(row: &WithholdingRow, as_of: AsOf) -> Option<WithholdingLine> {
    let AsOf { effective, known } = as_of;
    let span = row.certificate_on(effective, known);
    let state = match (row.counts_on(effective, known), span.is_some()) {
        (true, false) => WithholdingState::Pending,
        (true, true) => WithholdingState::Certified,
        (false, true) if row.date <= effective && row.position <= known => WithholdingState::Released,
        (false, _) => return None,
    };
    Some(WithholdingLine {
        account: row.account.clone(),
        link: row.link.clone(),
        item: row.item.clone(),
        date: row.date,
        days: row.date.days_until(effective),
        currency: row.currency,
        amount: Amount::from_minor(row.amount, row.currency.exponent()),
        code: row.withheld.code.clone(),
        state,
        certificate: span.map(|span| span.certificate.clone()),
        issued: span.map(|span| span.issued),
    })
}
