//! How a file writes dates and numbers. Declared by the mapping, never guessed: `1.234` is a
//! thousand or a fraction by declaration only.

use ar_core::{Amount, Date};

use super::problem::Problem;

/// A date format in a small strict language.
///
/// `YYYY` is a year of four digits, `MM` and `DD` have two digits, `M` and `D` one or two without
/// a leading zero, `MMM` is an English month of three letters; `*` at the end skips the rest (a time of
/// day). Everything else stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Year,
    Month { padded: bool },
    MonthName,
    Day { padded: bool },
    Literal(char),
    Rest,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl DateFormat {
    /// Reads a format.
    ///
    /// # Errors
    /// `mapping.invalid` when year, month and day are not each there once, or when a part of
    /// changing width runs into digits.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let invalid = |why: &str| {
            Problem::new(
                "mapping.invalid",
                format!("date format {text:?}: {why}; write it like \"YYYY-MM-DD\" or \"M/D/YYYY\""),
            )
        };
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let run = rest.chars().take_while(|c| *c == first).count();
            let token = match (first, run) {
                ('Y', 4) => Token::Year,
                ('M', 1) => Token::Month { padded: false },
                ('M', 2) => Token::Month { padded: true },
                ('M', 3) => Token::MonthName,
                ('D', 1) => Token::Day { padded: false },
                ('D', 2) => Token::Day { padded: true },
                ('*', 1) if rest.len() == 1 => Token::Rest,
                ('Y' | 'M' | 'D', _) => {
                    return Err(invalid("years have four digits, months and days one or two"));
                }
                (c, _) if c.is_ascii_alphanumeric() || c == '*' => {
                    return Err(invalid("letters and digits stand for nothing else"));
                }
                (c, _) => {
                    tokens.push(Token::Literal(c));
                    rest = rest.get(c.len_utf8()..).unwrap_or("");
                    continue;
                }
            };
            tokens.push(token);
            rest = rest.get(run..).unwrap_or("");
        }
        let count = |wanted: fn(&Token) -> bool| tokens.iter().filter(|token| wanted(token)).count();
        let months = count(|t| matches!(t, Token::Month { .. } | Token::MonthName));
        if count(|t| *t == Token::Year) != 1 || months != 1 || count(|t| matches!(t, Token::Day { .. })) != 1
        {
            return Err(invalid("year, month and day must each stand in it once"));
        }
        let digits = |t: &Token| matches!(t, Token::Year | Token::Month { .. } | Token::Day { .. });
        let open = |t: &Token| matches!(t, Token::Month { padded: false } | Token::Day { padded: false });
        if tokens.windows(2).any(|pair| matches!(pair, [a, b] if open(a) && digits(b))) {
            return Err(invalid("M and D need a separator after them"));
        }
        Ok(Self { text: text.to_owned(), tokens })
    }

    /// Reads a date.
    ///
    /// # Errors
    /// `date.syntax` for another form, `date.invalid`, `date.out_of_range`.
    pub fn read(&self, text: &str) -> Result<Date, Problem> {
        let syntax = || {
            Problem::new("date.syntax", format!("{:?} is not a date of the form {}", cut(text), self.text))
        };
        let (mut year, mut month, mut day) = (0, 0, 0);
        let mut rest = text;
        for token in &self.tokens {
            match token {
                Token::Year => (year, rest) = number(rest, 4, 4).ok_or_else(syntax)?,
                Token::Month { padded: true } => (month, rest) = number(rest, 2, 2).ok_or_else(syntax)?,
                Token::Month { padded: false } => (month, rest) = number(rest, 1, 2).ok_or_else(syntax)?,
                Token::Day { padded: true } => (day, rest) = number(rest, 2, 2).ok_or_else(syntax)?,
                Token::Day { padded: false } => (day, rest) = number(rest, 1, 2).ok_or_else(syntax)?,
                Token::MonthName => {
                    let (name, after) = rest.split_at_checked(3).ok_or_else(syntax)?;
                    let place =
                        MONTHS.iter().position(|m| m.eq_ignore_ascii_case(name)).ok_or_else(syntax)?;
                    month = u32::try_from(place + 1).map_err(|_| syntax())?;
                    rest = after;
                }
                Token::Literal(c) => rest = rest.strip_prefix(*c).ok_or_else(syntax)?,
                Token::Rest => rest = "",
            }
        }
        if !rest.is_empty() {
            return Err(syntax());
        }
        Ok(Date::new(i32::try_from(year).map_err(|_| syntax())?, month, day)?)
    }
}

/// A number of `min` to `max` digits; one of changing width has no leading zero.
fn number(text: &str, min: usize, max: usize) -> Option<(u32, &str)> {
    let width = text.bytes().take(max).take_while(u8::is_ascii_digit).count();
    if width < min || (min != max && text.starts_with('0')) {
        return None;
    }
    let (digits, rest) = text.split_at_checked(width)?;
    Some((digits.parse().ok()?, rest))
}

/// How a file writes amounts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NumberFormat {
    /// The decimal sign: `.` or `,`.
    pub decimal: char,
    /// The thousands separator; absent means that none may stand in a number.
    pub thousands: Option<char>,
    /// How a negative amount is marked.
    pub negative: Negative,
}

/// How a negative amount is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Negative {
    /// `-1.00`.
    #[default]
    Leading,
    /// `1.00-`, as SAP writes it.
    Trailing,
    /// `(1.00)`, as accountants write it.
    Parentheses,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self { decimal: '.', thousands: None, negative: Negative::Leading }
    }
}

impl NumberFormat {
    /// Checks the declaration.
    ///
    /// # Errors
    /// `mapping.invalid`.
    pub fn check(&self) -> Result<(), Problem> {
        let decimal = matches!(self.decimal, '.' | ',');
        let thousands =
            self.thousands.is_none_or(|c| matches!(c, '.' | ',' | ' ' | '\'' | '\u{a0}' | '\u{202f}'));
        if !decimal || !thousands || Some(self.decimal) == self.thousands {
            return Err(Problem::new(
                "mapping.invalid",
                "numbers: decimal is \".\" or \",\"; thousands is one of . , ' or a space, and not the decimal sign",
            ));
        }
        Ok(())
    }

    /// Reads an amount.
    ///
    /// # Errors
    /// `amount.syntax`, `amount.out_of_range`, `input.too_long`.
    pub fn read(&self, text: &str) -> Result<Amount, Problem> {
        let syntax = || {
            Problem::new(
                "amount.syntax",
                format!("{:?} is not an amount as the mapping declares them", cut(text)),
            )
        };
        if text.len() > 64 {
            return Err(Problem::new(
                "input.too_long",
                format!("the amount has {} bytes; at most 64 are read", text.len()),
            ));
        }
        let (negative, digits) = self.sign(text);
        let (whole, fraction) = match digits.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let mut plain = String::from(if negative { "-" } else { "" });
        match self.thousands {
            Some(separator) if whole.contains(separator) => {
                let groups: Vec<&str> = whole.split(separator).collect();
                let fits = groups.iter().enumerate().all(|(n, group)| match n {
                    0 => (1..=3).contains(&group.len()),
                    _ => group.len() == 3,
                });
                if !fits {
                    return Err(syntax());
                }
                plain.push_str(&groups.concat());
            }
            _ => plain.push_str(whole),
        }
        if let Some(fraction) = fraction {
            plain.push('.');
            plain.push_str(fraction);
        }
        // A second sign or a second decimal sign fails the amount's own grammar.
        Amount::parse(&plain).map_err(|error| match error.code() {
            "amount.syntax" => syntax(),
            _ => error.into(),
        })
    }

    fn sign<'a>(&self, text: &'a str) -> (bool, &'a str) {
        let stripped = match self.negative {
            Negative::Leading => text.strip_prefix('-'),
            Negative::Trailing => text.strip_suffix('-'),
            Negative::Parentheses => text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')),
        };
        match stripped {
            Some(rest) if !rest.starts_with('-') => (true, rest),
            Some(_) => (false, "?"),
            None if self.negative != Negative::Leading && text.starts_with('-') => (false, "?"),
            None => (false, text),
        }
    }
}

/// Cuts what is echoed.
fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_declared_and_in_no_other_way() {
        for (format, good, date) in [
            ("M/D/YYYY", "1/2/2013", "2013-01-02"),
            ("M/D/YYYY", "12/31/2013", "2013-12-31"),
            ("YYYY-MM-DD", "2020-02-29", "2020-02-29"),
            ("DD.MM.YYYY", "03.04.2020", "2020-04-03"),
            ("YYYYMMDD", "20200403", "2020-04-03"),
            ("D MMM YYYY", "3 apr 2020", "2020-04-03"),
            ("YYYY-MM-DD*", "2020-04-10 00:00:00.000000000", "2020-04-10"),
        ] {
            let read = DateFormat::parse(format).unwrap().read(good).unwrap();
            assert_eq!(read.to_string(), date, "{good} as {format}");
        }
        for (format, bad, code) in [
            ("M/D/YYYY", "01/02/2013", "date.syntax"),
            ("M/D/YYYY", "13/1/2013", "date.invalid"),
            ("M/D/YYYY", "1/2/13", "date.syntax"),
            ("M/D/YYYY", "1/2/2013 ", "date.syntax"),
            ("YYYY-MM-DD", "2020-2-3", "date.syntax"),
            ("YYYY-MM-DD", "2020-02-30", "date.invalid"),
            ("YYYY-MM-DD", "1980-02-03", "date.out_of_range"),
            ("YYYY-MM-DD", "２０２０-02-03", "date.syntax"),
            ("YYYY-MM-DD", "", "date.syntax"),
        ] {
            let problem = DateFormat::parse(format).unwrap().read(bad).unwrap_err();
            assert_eq!(problem.code, code, "{bad} as {format}");
        }
    }

    #[test]
    fn a_format_that_could_be_read_in_two_ways_is_refused() {
        for format in [
            "",
            "YYYY-MM",
            "MD/YYYY",
            "DYYYY/M",
            "YY-MM-DD",
            "YYYY-MM-DD DD",
            "MMMM D YYYY",
            "YYYY-MM-DDTHH",
            "*YYYY-MM-DD",
        ] {
            assert_eq!(DateFormat::parse(format).unwrap_err().code, "mapping.invalid", "{format}");
        }
    }

    #[test]
    fn amounts_are_read_as_declared_and_in_no_other_way() {
        let point = NumberFormat::default();
        let german = NumberFormat { decimal: ',', thousands: Some('.'), negative: Negative::Trailing };
        let ledger = NumberFormat { decimal: '.', thousands: Some(','), negative: Negative::Parentheses };
        for (format, good, amount) in [
            (&point, "55.94", "55.94"),
            (&point, "-12.5", "-12.5"),
            (&german, "1.234,50", "1234.50"),
            (&german, "1234,50", "1234.50"),
            (&german, "1.234.567,00-", "-1234567.00"),
            (&ledger, "(1,234.50)", "-1234.50"),
        ] {
            assert_eq!(format.read(good).unwrap().to_string(), amount, "{good}");
        }
        for (format, bad) in [
            (&point, "1,234.50"),
            (&point, "1.234,50"),
            (&point, "--1"),
            (&point, "1e5"),
            (&point, " 1"),
            (&point, ""),
            (&german, "1,234.50"),
            (&german, "12.34,50"),
            (&german, "-1,00"),
            (&german, "-1,00-"),
            (&german, "1.23"),
            (&ledger, "-1.00"),
            (&ledger, "(-1.00)"),
        ] {
            assert_eq!(format.read(bad).unwrap_err().code, "amount.syntax", "{bad}");
        }
        assert_eq!(point.read(&"1".repeat(80_000)).unwrap_err().code, "input.too_long");
        assert_eq!(point.read("99999999999999999999").unwrap_err().code, "amount.out_of_range");
    }
}
