//! Allowances for bad debt: the words of the matrix, what is open by bucket as a case gives it, and
//! the entry of a run. All figures come from [`ar_core::provision`].
//!
//! A case gives what is open by bucket; there is no book behind it, and the entry is the one that the
//! library lists for the general ledger.

use std::collections::BTreeMap;

use ar_core::provision::{Allowance, AllowanceMovement, BucketExposure, EntryAccount, Loss, Matrix, RoundOn};
use ar_core::{Amount, Currency, Date, Decimal, Money, Percent, Rounding};
use serde_json::{Value, json};

use super::fields::{Fields, Halt, Read, follows, unsupported};
use super::play::{Outcome, Play};
use super::values::{minor, text};

/// The ref of a run that names none.
const RUN: &str = "PROV";

/// What a case says is lost.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The rows of a matrix.
    matrix: Vec<Loss>,
    /// One percent for every bucket.
    flat: Option<Percent>,
    /// The forward-looking factor.
    overlay: Option<Decimal>,
    round: RoundOn,
}

/// What a case says is open and allowed for.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// What is open by bucket, from a date on.
    open: BTreeMap<Date, Vec<BucketExposure>>,
    /// What is allowed for already.
    balance: Option<Money>,
    /// The entries of the runs, by ref, with their dates.
    runs: BTreeMap<String, (Date, AllowanceMovement)>,
}

impl Given {
    /// Whether a ref is a run's.
    #[must_use]
    pub fn is_run(&self, reference: &str) -> bool {
        self.runs.contains_key(reference)
    }
}

impl Words {
    /// Reads the switches.
    ///
    /// # Errors
    /// A word that is not known.
    pub fn read(fields: &mut Fields<'_>) -> Read<Self> {
        let percent = |text: String| {
            Percent::parse(&text).map_err(|_| Halt::Unsupported(format!("policy.loss_percent={text}")))
        };
        let mut words =
            Self { flat: fields.text("loss_percent")?.map(percent).transpose()?, ..Self::default() };
        for value in fields.list("matrix")?.unwrap_or_default() {
            let mut row = Fields::of("policy.matrix", value)?;
            let (bucket, loss) = (row.need("bucket")?, percent(row.need("loss_percent")?)?);
            row.finish()?;
            words.matrix.push(Loss { bucket, percent: loss });
        }
        if words.flat.is_none() && words.matrix.is_empty() {
            return Ok(words);
        }
        if words.flat.is_some() && !words.matrix.is_empty() {
            return unsupported("policy.loss_percent beside a matrix");
        }
        let overlay = fields.text("overlay")?.map(|text| {
            Decimal::parse(&text).map_err(|_| Halt::Unsupported(format!("policy.overlay={text}")))
        });
        words.overlay = overlay.transpose()?;
        words.round = match fields.text("rounding")?.as_deref() {
            None | Some("per_bucket" | "bucket") => RoundOn::Bucket,
            Some("total" | "on_total") => RoundOn::Total,
            Some(other) => return unsupported(format!("policy.rounding={other}")),
        };
        Ok(words)
    }

    /// The matrix; one percent is that of every bucket that is given.
    fn matrix(&self, open: &[BucketExposure]) -> Read<Matrix> {
        let losses = match self.flat {
            Some(percent) => open.iter().map(|row| Loss { bucket: row.bucket.clone(), percent }).collect(),
            None if self.matrix.is_empty() => return unsupported("a provision without a matrix"),
            None => self.matrix.clone(),
        };
        Ok(Matrix { losses, overlay: self.overlay.unwrap_or(Decimal::ONE), round: self.round })
    }
}

/// What is open by bucket on a day.
pub(super) fn aging_input(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let day = play.date(fields)?;
    let currency = play.tags.base();
    let Some(Value::Object(buckets)) = fields.take("buckets") else {
        return unsupported("aging_input without buckets");
    };
    let mut open = Vec::with_capacity(buckets.len());
    for (bucket, value) in buckets {
        let given = super::fields::plain(value);
        let given = given.ok_or_else(|| Halt::Unsupported("aging_input.buckets in this form".to_owned()))?;
        open.push(BucketExposure { bucket: bucket.clone(), amount: money(&given, currency)? });
    }
    play.provision.open.insert(day, open);
    play.note("aging_input", Outcome::Done, Vec::new());
    Ok(())
}

/// What is allowed for already; a debit balance is negative.
pub(super) fn allowance_balance(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    play.date(fields)?;
    let balance = money(&fields.need("amount")?, play.tags.base())?;
    play.provision.balance = Some(balance);
    play.note("allowance_balance", Outcome::Done, Vec::new());
    Ok(())
}

/// Brings the allowance to what the matrix says on a day.
pub(super) fn provision_run(play: &mut Play<'_>, fields: &mut Fields<'_>) -> Read<()> {
    let day = play.date(fields)?;
    let reference = fields.text("ref")?.unwrap_or_else(|| RUN.to_owned());
    let target = target(play, day)?;
    let currency = target.currency;
    let target = whole(target.total, currency)?;
    let opening = play.provision.balance.unwrap_or(Money::zero(currency));
    let moved = AllowanceMovement::to(opening, Money::zero(currency), target);
    let Ok(moved) = moved else { return follows("the allowance cannot be brought to its target") };
    play.provision.balance = Some(target);
    play.provision.runs.insert(reference.clone(), (day, moved));
    play.note(&reference, Outcome::Done, Vec::new());
    Ok(())
}

/// The allowance of a day, of all or of one bucket.
pub(super) fn provision(play: &Play<'_>, reference: &str, at: Date) -> Read<Value> {
    let found = target(play, at)?;
    if reference == "TOTAL" || reference == "ALL" {
        return Ok(json!(found.total));
    }
    match found.buckets.iter().find(|row| row.bucket == reference) {
        Some(row) => Ok(json!(row.allowance)),
        None => unsupported(format!("provision of {reference}")),
    }
}

/// The allowance of a day by bucket.
pub(super) fn by_bucket(play: &Play<'_>, at: Date) -> Read<BTreeMap<String, String>> {
    let found = target(play, at)?;
    Ok(found.buckets.iter().map(|row| (row.bucket.clone(), row.allowance.to_string())).collect())
}

/// Compares the entry of a run with the lines that a case tells; the lines found, where they differ.
pub(super) fn journal(
    play: &Play<'_>,
    reference: &str,
    at: Date,
    told: &Value,
    whole: bool,
) -> Read<Result<(), Value>> {
    let currency = play.tags.base();
    let Some((day, moved)) = play.provision.runs.get(reference) else {
        return unsupported(format!("journal of {reference}"));
    };
    let entry = if *day <= at { moved.entry() } else { Vec::new() };
    let mut found: BTreeMap<&str, i64> = BTreeMap::new();
    for line in entry {
        let name = match line.account {
            EntryAccount::BadDebtExpense => "bad_debt_expense",
            EntryAccount::Allowance => "allowance",
        };
        found.insert(name, line.amount.minor());
    }
    let mut nets: BTreeMap<String, i64> = BTreeMap::new();
    let Some(list) = told.as_array() else { return unsupported("journal in this form") };
    for value in list {
        let mut line = Fields::of("journal", value)?;
        let account = line.need("account")?;
        let mut side = |key: &str| -> Read<i64> { line.text(key)?.map_or(Ok(0), |t| minor(&t, currency)) };
        let net = side("debit")?.saturating_sub(side("credit")?);
        line.finish()?;
        let sum = nets.entry(account).or_default();
        *sum = sum.saturating_add(net);
    }
    let mut equal =
        nets.iter().all(|(account, net)| found.get(account.as_str()).copied().unwrap_or(0) == *net);
    equal &= !whole || found.keys().all(|account| nets.contains_key(*account));
    let shown = |(account, net): (&&str, &i64)| {
        let side = if *net < 0 { "credit" } else { "debit" };
        json!({"account": account, side: text(net.saturating_abs(), currency)})
    };
    Ok(if equal { Ok(()) } else { Err(Value::Array(found.iter().map(shown).collect())) })
}

/// What is to be allowed for on a day, by the latest figures until then.
fn target(play: &Play<'_>, at: Date) -> Read<Allowance> {
    let Some((_, open)) = play.provision.open.range(..=at).next_back() else {
        return unsupported("a provision without aging_input");
    };
    let matrix = play.policy.provision.matrix(open)?;
    let found = matrix.allowance(play.tags.base(), open, &[], Rounding::default());
    found.map_err(|invalid| Halt::Broken(invalid.to_string()))
}

fn money(amount: &str, currency: Currency) -> Read<Money> {
    Money::new(minor(amount, currency)?, currency).map_err(|e| Halt::Broken(e.to_string()))
}

fn whole(amount: Amount, currency: Currency) -> Read<Money> {
    amount.in_currency(currency).map_err(|e| Halt::Broken(e.to_string()))
}
