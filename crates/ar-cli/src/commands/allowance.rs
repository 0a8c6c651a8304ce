//! `allowance` and `loss-rates`: what is to be allowed for bad debt by pools, and what was lost of earlier
//! debts by the buckets that they reached. Both only ask, unless the first is told to write.

use std::path::Path;

use serde::{Deserialize, Serialize};

use ar_core::provision::{Matrix, Pool, Provide, RoundOn};
use ar_core::query::{
    self, AgingBy, Buckets, LossRatesBy, LossRatesCurrency, PooledAllowances, PooledBy, QueryError, View,
};
use ar_core::values::{
    ActorId, Amount, Attributes, CommandId, Currency, Decimal, ItemId, Money, Rounding, Text,
};
use ar_core::{Command, Event, Rejection};
use ar_report::{Form, allowance_table, loss_rates_table};
use ar_store::Failure;

use super::aging::scope;
use crate::args::{Allowance, LossRates};
use crate::book::{Book, Sender, as_of, ask};
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
    /// How a fraction of a minor unit becomes a whole one; as the book rounds unless given.
    #[serde(default)]
    rounding: Option<Rounding>,
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
    fn read(file: &Path) -> Result<(PooledBy, Option<Rounding>), Stop> {
        let text = std::fs::read_to_string(file).map_err(|error| Stop::file(file, &error))?;
        let toml = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        let wrong = |problem: String| Stop::Refused(format!("{}: {}", file.display(), problem.trim_end()));
        let scheme: Self = match toml {
            true => toml::from_str(&text).map_err(|error| wrong(error.to_string()))?,
            false => serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?,
        };
        let rounding = scheme.rounding;
        Ok((scheme.by().map_err(wrong)?, rounding))
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
        Ok(PooledBy { aging, pools, assessed, rounding: self.rounding.unwrap_or_default() })
    }
}

/// The one pool of a matrix for everything.
fn all(matrix: Matrix) -> Result<Pool, String> {
    let name = Text::parse("all").map_err(|error| error.to_string())?;
    Ok(Pool { name, accounts: None, matrix })
}

/// What a run in one currency comes to.
#[derive(Serialize)]
struct Run {
    currency: Currency,
    /// What was allowed for before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    opening: Option<Amount>,
    /// What is charged; negative when it is released.
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<Amount>,
    /// Whether it is on the books now.
    written: bool,
    /// Why it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// The answer with what runs make of it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    found: &'a PooledAllowances,
    runs: &'a [Run],
}

pub(crate) fn allowance(
    book: &Book,
    actor: &ActorId,
    asked: &Allowance,
    out: &mut Output,
) -> Result<(), Stop> {
    let (by, rounding) = Scheme::read(&asked.matrix)?;
    let when = asked.when;
    // Table and run are of one position and one rounding.
    let (found, run, own) = ask(book, move |view| {
        let when = as_of(when, view)?;
        let own = view.config().map_err(QueryError::Store)?.map(|config| config.policies.rounding);
        let by = PooledBy { rounding: rounding.or(own).unwrap_or_default(), ..by };
        let found = query::allowance_by_pools(view, when, &by)?;
        let run = query::provision_run(view, when, &by)?;
        Ok::<_, QueryError<Failure>>((found, run, own))
    })?;
    if asked.write && rounding.is_some_and(|rounding| Some(rounding) != own) {
        let problem = "the book rounds otherwise than the file; leave rounding out of the file to write";
        return Err(Stop::Refused(format!("{}: {problem}", asked.matrix.display())));
    }
    let sender = Sender::new(book.book(), actor)?;
    let mut runs = Vec::with_capacity(run.len());
    for command in run {
        runs.push(provided(book, &sender, command, asked.write)?);
    }
    let table = allowance_table(&found);
    out.report(Form::from(asked.output.format), &Told { found: &found, runs: &runs }, &table, |out| {
        out.line(&out.bold(&format!("Allowance as of {}", found.as_of)))?;
        out.line("")?;
        if table.is_empty() {
            return out.line("Nothing is open.");
        }
        out.text(&table.to_text())?;
        runs.iter().try_for_each(|run| out.line(&run.said()))?;
        if asked.write { Ok(()) } else { out.line("Nothing was written.") }
    })
}

/// Sends a run, or looks at what it would come to.
fn provided(book: &Book, sender: &Sender, command: Provide, write: bool) -> Result<Run, Stop> {
    let currency = command.currency;
    let id = CommandId::parse(&format!("provide-{}-{currency}-{}", command.date, command.known))
        .map_err(|error| Failure::from(Rejection::value("id", &error)))?;
    let envelope = sender.envelope(id, Command::Provide(Box::new(command)));
    let answer = match write {
        true => book.execute_blocking(envelope).map(|receipt| receipt.events),
        false => pollster::block_on(book.preview(envelope)).map(|preview| preview.events),
    };
    let nothing = Run { currency, opening: None, charge: None, written: false, refused: None };
    match answer {
        Ok(events) => Ok(events.into_iter().fold(nothing, |run, event| match event {
            Event::AllowanceProvided(e) => {
                Run { opening: Some(e.opening), charge: Some(e.charge), written: write, ..run }
            }
            _ => run,
        })),
        // A question is answered although the run would not be.
        Err(Failure::Refused(refused)) if !write => {
            Ok(Run { refused: Some(format!("[{}] {refused}", refused.code())), ..nothing })
        }
        Err(failure) => Err(failure.into()),
    }
}

impl Run {
    fn said(&self) -> String {
        let of = self.currency;
        if let Some(refused) = &self.refused {
            return format!("{of}: providing would be refused: {refused}");
        }
        let (Some(opening), Some(charge)) = (self.opening, self.charge) else {
            return format!("{of}: so much is allowed for already.");
        };
        let verb = if self.written { "are" } else { "would be" };
        match charge.minor() < 0 {
            true => format!("{of}: {} of {opening} {verb} released.", charge.negated()),
            false => format!("{of}: {charge} {verb} charged, beside {opening} allowed for before."),
        }
    }
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
