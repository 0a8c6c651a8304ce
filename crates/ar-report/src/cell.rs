//! Cells: typed values of a table. A number stays a number in every form; a text can never become
//! a formula in the reader's spreadsheet.

use std::borrow::Cow;

use ar_core::{Amount, Date, Money};

/// One value of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text that came from people or other systems.
    Text(String),
    /// An amount; its currency stands in another cell or in the heading.
    Amount(Amount),
    /// A count or a number of days.
    Number(i64),
    /// A date.
    Date(Date),
}

impl Cell {
    /// Text of anything that can be written.
    #[must_use]
    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// Text, or nothing.
    #[must_use]
    pub fn maybe<T: ToString>(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Self::text)
    }

    /// Whether it is shown flush right.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Amount(_) | Self::Number(_))
    }

    /// The form for people: amounts with their thousands grouped.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Amount(amount) => grouped(&amount.to_string()),
            Self::Number(number) => grouped(&number.to_string()),
            Self::Date(date) => date.to_string(),
        }
    }

    /// The form for CSV: numbers and dates as they are, text made inert.
    #[must_use]
    pub fn csv(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => inert(text),
            Self::Amount(amount) => Cow::Owned(amount.to_string()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Date(date) => Cow::Owned(date.to_string()),
        }
    }
}

impl From<Money> for Cell {
    fn from(money: Money) -> Self {
        Self::Amount(money.amount())
    }
}

impl From<Date> for Cell {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

/// Makes a text inert for spreadsheets: one that a spreadsheet could take for a formula gets a
/// quote in front. One that looks like such a text already gets another, so that no two texts become
/// the same cell and [`text_of`] gives back every one (INV-67).
///
/// ```
/// assert_eq!(ar_report::inert("=cmd()"), "'=cmd()");
/// assert_eq!(ar_report::inert("'=cmd()"), "''=cmd()");
/// assert_eq!(ar_report::inert("＝cmd()"), "'＝cmd()");
/// assert_eq!(ar_report::inert("ACME + Sons"), "ACME + Sons");
/// assert_eq!(ar_report::inert("'t Hooft"), "'t Hooft");
/// ```
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    if opens_formula(text.trim_start_matches('\'')) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`inert`] made a cell of.
///
/// ```
/// assert_eq!(ar_report::text_of("'=cmd()"), "=cmd()");
/// assert_eq!(ar_report::text_of("'t Hooft"), "'t Hooft");
/// ```
#[must_use]
pub fn text_of(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if opens_formula(cell.trim_start_matches('\'')) => text,
        _ => cell,
    }
}

/// Whether a spreadsheet could take a text for a formula, or cut off what makes it one.
fn opens_formula(text: &str) -> bool {
    text.chars().next().is_some_and(|first| {
        matches!(
            first,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        )
    })
}

/// Groups the digits before the decimal point in threes.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_for_people_only() {
        let amount = |text: &str| Cell::Amount(Amount::parse(text).unwrap());
        for (plain, shown) in [
            ("0.00", "0.00"),
            ("999.99", "999.99"),
            ("1000.00", "1,000.00"),
            ("-1234567.89", "-1,234,567.89"),
            ("100000", "100,000"),
            ("-100", "-100"),
        ] {
            assert_eq!(amount(plain).shown(), shown);
            assert_eq!(amount(plain).csv(), plain);
        }
    }

    #[test]
    fn every_formula_opener_is_neutralised_in_text_and_never_in_numbers() {
        for opener in ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"] {
            let text = format!("{opener}1+1");
            assert_eq!(Cell::text(&text).csv(), format!("'{text}"));
        }
        assert_eq!(Cell::Amount(Amount::parse("-12.50").unwrap()).csv(), "-12.50");
        assert_eq!(Cell::Number(-3).csv(), "-3");
    }
}
