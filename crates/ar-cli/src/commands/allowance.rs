//! `allowance` and `loss-rates`: what is to be allowed for bad debt by pools, and what was lost of earlier
//! debts by the buckets that they reached. Both only ask.

use std::path::Path;

use serde::{Deserialize, Serialize};

use ar_core::provision::{Matrix, Pool, RoundOn};
use ar_core::query::{self, AgingBy, Buckets, LossRatesBy, LossRatesCurrency, PooledBy};
use ar_core::values::{Amount, Attributes, Currency, Decimal, ItemId, Money, Rounding, Text};
use ar_report::{Form, allowance_table, loss_rates_table};

use super::aging::scope;
use crate::args::{Allowance, LossRates};
use crate::book::{Book, as_of, ask};
use crate::output::{Output, counted};
use crate::stop::Stop;

/// The file of an allowance: one matrix for all accounts, or pools.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scheme {
    /// Upper edges of the buckets in days; 30, 60 and 90 unless given.
    #[serde(default)]
    edges: Option<Vec<u16>>,
    /// From which date days are counted.
    #[serde(default)]
    basis: query::Basis,
    /// How a fraction of a minor unit becomes a whole one.
    #[serde(default)]
    rounding: Rounding,
    /// Items that were assessed by themselves.
    #[serde(default)]
    assessed: Vec<Assessed>,
    /// One matrix for everything.
    #[serde(default)]
    matrix: Option<Matrix>,
    /// Pools; the last one holds what fits no other.
    #[serde(default)]
    pools: Vec<Pool>,
}

/// An item with an amount of its own.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Assessed {
    item: ItemId,
    currency: Currency,
    allowance: Amount,
}

impl Scheme {
    fn read(file: &Path) -> Result<PooledBy, Stop> {
        let text = std::fs::read_to_string(file).map_err(|error| Stop::file(file, &error))?;
        let toml = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        let wrong = |problem: String| Stop::Refused(format!("{}: {}", file.display(), problem.trim_end()));
        let scheme: Self = match toml {
            true => toml::from_str(&text).map_err(|error| wrong(error.to_string()))?,
            false => serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?,
        };
        scheme.by().map_err(wrong)
    }

    fn by(self) -> Result<PooledBy, String> {
        let buckets = match &self.edges {
            None => Buckets::default(),
            Some(edges) => Buckets::new(edges).map_err(|reason| format!("[query.buckets] {reason}"))?,
        };
        let pools = match (self.matrix, self.pools) {
            (Some(matrix), pools) if pools.is_empty() => vec![all(matrix)?],
            (None, pools) if !pools.is_empty() => pools,
            _ => return Err("[allowance.pools] give one matrix, or pools with a matrix each".to_owned()),
        };
        let mut assessed = Vec::with_capacity(self.assessed.len());
        for Assessed { item, currency, allowance } in self.assessed {
            let money: Money =
                allowance.in_currency(currency).map_err(|error| format!("[{}] {error}", error.code()))?;
            assessed.push((item, money));
        }
        let aging = AgingBy { buckets, basis: self.basis, ..AgingBy::default() };
        Ok(PooledBy { aging, pools, assessed, rounding: self.rounding })
    }
}

/// The one pool of a matrix for everything.
fn all(matrix: Matrix) -> Result<Pool, String> {
    let name = Text::parse("all").map_err(|error| error.to_string())?;
    Ok(Pool { name, accounts: None, matrix })
}

pub(crate) fn allowance(book: &Book, asked: &Allowance, out: &mut Output) -> Result<(), Stop> {
    let by = Scheme::read(&asked.matrix)?;
    let when = asked.when;
    let found = ask(book, move |view| query::allowance_by_pools(view, as_of(when, view)?, &by))?;
    let table = allowance_table(&found);
    out.report(Form::from(asked.output.format), &found, &table, |out| {
        out.line(&out.bold(&format!("Allowance as of {}", found.as_of)))?;
        out.line("")?;
        if table.is_empty() {
            return out.line("Nothing is open.");
        }
        out.text(&table.to_text())?;
        out.line("Nothing was written.")
    })
}

pub(crate) fn loss_rates(book: &Book, asked: LossRates, out: &mut Output) -> Result<(), Stop> {
    let mut attributes = Attributes::default();
    for (key, value) in &asked.attribute {
        attributes.set(key, Text::parse(value)?)?;
    }
    let by = LossRatesBy {
        from: asked.from,
        to: asked.to,
        buckets: match &asked.edges {
            None => Buckets::default(),
            Some(edges) => Buckets::new(edges).map_err(|reason| Stop::Usage(reason.to_string()))?,
        },
        basis: asked.basis.into(),
        scope: scope(asked.account),
        attributes,
        left_out: asked.leave_out.into_iter().collect(),
    };
    let when = asked.when;
    let found = ask(book, move |view| query::loss_rates(view, as_of(when, view)?, &by))?;
    if let Some(currency) = asked.matrix {
        return matrix(&found, currency, asked.overlay, out);
    }
    let table = loss_rates_table(&found);
    out.report(Form::from(asked.output.format), &found, &table, |out| {
        let title = format!("Debts of {} to {}, as observed on {}", found.from, found.to, found.as_of);
        out.line(&out.bold(&title))?;
        out.line("")?;
        if table.is_empty() {
            return out.line("There is no debt of these days.");
        }
        out.text(&table.to_text())?;
        found.currencies.iter().try_for_each(|of| out.line(&told(of)))
    })
}

/// Whether a history is final, in words.
fn told(of: &LossRatesCurrency) -> String {
    let debts = counted(of.debts, "debt");
    match (of.run_off, of.open_debts) {
        (true, _) => format!("{}: {debts}; nothing is open, the history is final.", of.currency),
        (false, 0) => format!("{}: {debts}; the days are not over, more may come.", of.currency),
        (false, open) => {
            format!(
                "{}: {debts}, {open} of them open with {}; the history is not final.",
                of.currency, of.open
            )
        }
    }
}

/// The history as the file that `allowance` reads.
fn matrix(
    found: &query::LossRates,
    currency: Currency,
    overlay: Option<Decimal>,
    out: &mut Output,
) -> Result<(), Stop> {
    #[derive(Serialize)]
    struct File {
        edges: Vec<u16>,
        basis: query::Basis,
        matrix: Matrix,
    }
    let Some(of) = found.currencies.iter().find(|of| of.currency == currency) else {
        return Err(Stop::Refused(format!("there is no debt of these days in {currency}")));
    };
    if let Some(row) = of.buckets.iter().find(|row| row.nothing_reached) {
        let problem = "nothing ever reached the bucket";
        return Err(Stop::Refused(format!(
            "{problem} {}; ask for more days, or for fewer edges",
            row.bucket
        )));
    }
    let made = of.matrix(overlay.unwrap_or(Decimal::ONE), RoundOn::Bucket);
    let matrix = made.map_err(|invalid| Stop::Refused(invalid.to_string()))?;
    out.json(&File { edges: found.edges.clone(), basis: found.basis, matrix })
}
