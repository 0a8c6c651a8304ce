//! Reading what a general ledger exports: a journal or a trial balance as CSV, columns by their names.
//!
//! Nothing is guessed beyond the header: a `reference` and a `date` make it a journal, without them it
//! is a trial balance. Every cell is read by the grammar of its value, or the file is refused at its
//! line.

use ar_core::query::GlLine;
use ar_core::{Amount, Currency, Date, GlCode};

use super::problem::Problem;
use super::reader::{Encoding, Reader, Row, decode};

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlFile {
    /// Whether amounts are in base currency: the file has no column of currencies.
    pub in_base: bool,
    /// The content.
    pub content: GlContent,
}

/// A journal or a trial balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GlContent {
    /// Lines with what they refer to.
    Journal(Vec<GlLine>),
    /// Balances: account, currency, minor units; debit positive.
    Balances(Vec<(GlCode, Currency, i128)>),
}

/// Where the columns stand.
struct Columns {
    code: (usize, &'static str),
    currency: Option<usize>,
    /// One column, or debit and credit.
    amount: Result<(usize, &'static str), (usize, usize)>,
    journal: Option<((usize, &'static str), usize)>,
}

fn either(reader: &Reader<'_>, names: &[&'static str]) -> Option<(usize, &'static str)> {
    names.iter().find_map(|name| Some((reader.column(name).ok()?, *name)))
}

impl Columns {
    fn of(reader: &Reader<'_>) -> Result<Self, Problem> {
        // This program's own export calls the ledger account `code`, and the customer `account`.
        let code = either(reader, &["code", "account"]);
        let code = code.map_or_else(|| reader.column("code").map(|at| (at, "code")), Ok)?;
        let amount = match either(reader, &["amount", "balance"]) {
            Some(one) => Ok(one),
            None => match (reader.column("debit"), reader.column("credit")) {
                (Ok(debit), Ok(credit)) => Err((debit, credit)),
                _ => return Err(reader.column("amount").err().unwrap_or_else(no_amount)),
            },
        };
        let journal = match either(reader, &["reference", "position"]) {
            Some(reference) => Some((reference, reader.column("date")?)),
            None => None,
        };
        Ok(Self { code, currency: reader.column("currency").ok(), amount, journal })
    }
}

fn no_amount() -> Problem {
    Problem::new("csv.header", "the header has no amount").at(1)
}

/// Reads a file; `base` is the currency of amounts without one.
///
/// # Errors
/// `input.too_large`, `text.encoding`, `csv.*`, and the code of a value with its line and column.
pub fn read(bytes: &[u8], base: Currency) -> Result<GlFile, Problem> {
    let text = decode(bytes, Encoding::Utf8)?;
    let mut reader = Reader::new(&text, ',')?;
    let columns = Columns::of(&reader)?;
    let (mut lines, mut balances) = (Vec::new(), Vec::new());
    while let Some(row) = reader.next_row()? {
        let at = |problem: Problem| problem.at(row.line);
        let code = value(&row, columns.code, GlCode::parse).map_err(at)?;
        let currency = match columns.currency {
            Some(place) => value(&row, (place, "currency"), Currency::parse).map_err(at)?,
            None => base,
        };
        let minor = amount(&row, &columns, currency).map_err(at)?;
        match columns.journal {
            None => balances.push((code, currency, i128::from(minor))),
            Some((reference, date)) => {
                let date = value(&row, (date, "date"), Date::parse).map_err(at)?;
                let reference = cell(&row, reference.0).trim().to_owned();
                lines.push(GlLine { reference, code, currency, date, minor });
            }
        }
    }
    let content = match columns.journal {
        Some(_) => GlContent::Journal(lines),
        None => GlContent::Balances(balances),
    };
    Ok(GlFile { in_base: columns.currency.is_none(), content })
}

fn cell<'r>(row: &'r Row<'_>, place: usize) -> &'r str {
    row.cells.get(place).map_or("", |cell| cell.as_ref())
}

fn value<T>(
    row: &Row<'_>,
    (place, name): (usize, &str),
    parse: fn(&str) -> Result<T, ar_core::ValueError>,
) -> Result<T, Problem> {
    let text = cell(row, place).trim();
    if text.is_empty() {
        return Err(Problem::new("csv.empty", "the cell is empty and a value is needed").column(name));
    }
    parse(text).map_err(|error| Problem::from(error).column(name))
}

/// An amount in minor units, debit positive. Of debit and credit, an empty one is nothing.
fn amount(row: &Row<'_>, columns: &Columns, currency: Currency) -> Result<i64, Problem> {
    let one = |place: usize, name: &'static str| {
        let amount = value(row, (place, name), Amount::parse)?;
        let money = amount.in_currency(currency).map_err(|error| Problem::from(error).column(name))?;
        Ok::<_, Problem>(money.minor())
    };
    match columns.amount {
        Ok((place, name)) => one(place, name),
        Err((debit, credit)) => {
            let side = |place, name| match cell(row, place).trim() {
                "" => Ok(0),
                _ => one(place, name),
            };
            let (debit, credit) = (side(debit, "debit")?, side(credit, "credit")?);
            Ok(debit.saturating_sub(credit))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euro() -> Currency {
        Currency::parse("EUR").unwrap()
    }

    fn refusal(text: &str) -> (&'static str, Option<u64>, Option<String>) {
        let problem = read(text.as_bytes(), euro()).unwrap_err();
        (problem.code, problem.line, problem.column)
    }

    #[test]
    fn a_journal_and_a_trial_balance_are_told_apart_by_their_columns() {
        let journal =
            read(b"date,reference,account,debit,credit\n2026-01-31,17,1200,10.00,\n", euro()).unwrap();
        assert!(journal.in_base);
        let GlContent::Journal(lines) = journal.content else { panic!("a journal") };
        assert_eq!((lines[0].reference.as_str(), lines[0].minor), ("17", 1_000));
        let balances = read(b"account,currency,balance\n1200,USD,-3.50\n", euro()).unwrap();
        assert!(!balances.in_base);
        let code = GlCode::parse("1200").unwrap();
        let usd = Currency::parse("USD").unwrap();
        assert_eq!(balances.content, GlContent::Balances(vec![(code, usd, -350)]));
    }

    #[test]
    fn a_bad_file_is_refused_at_its_line_and_column() {
        let at = |code, line, column: &str| (code, Some(line), Some(column.to_owned()));
        assert_eq!(
            refusal("account,balance\n1200,1.00\n1300,1.001\n"),
            at("amount.too_many_decimals", 3, "balance")
        );
        assert_eq!(refusal("account,balance\n1200,1,00\n"), ("csv.row_shape", Some(2), None));
        assert_eq!(refusal("account,balance\n1200,\n"), at("csv.empty", 2, "balance"));
        assert_eq!(refusal("account,balance\n,1.00\n"), at("csv.empty", 2, "account"));
        assert_eq!(refusal("account,balance\n1200,1e3\n"), at("amount.syntax", 2, "balance"));
        assert_eq!(refusal("account,reference,amount\n"), ("csv.header", Some(1), None));
        assert_eq!(refusal("account,text\n"), ("csv.header", Some(1), None));
        assert_eq!(refusal("text,amount\n"), ("csv.header", Some(1), None));
        let day = "reference,date,account,amount\n1,31.01.2026,1200,1.00\n";
        assert_eq!(refusal(day), at("date.syntax", 2, "date"));
        assert_eq!(
            refusal("account,currency,amount\n1200,XXQ,1.00\n"),
            at("currency.unknown", 2, "currency")
        );
    }
}
