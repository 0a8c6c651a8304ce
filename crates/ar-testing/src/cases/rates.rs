//! Rates of a case: quoted for a day, given with a document, or implied by its base amount.

use ar_core::{Amount, Currency, Date, Decimal, Rate, Rounding};
use serde_json::json;

use super::fields::{Fields, Read, decimal, quotient, unsupported};
use super::play::Play;

impl Play<'_> {
    /// Records the rates that the case quotes for a day.
    ///
    /// # Errors
    /// When there are several foreign currencies.
    pub fn rates_of(&mut self, day: Date) -> Read<()> {
        let Some((_, quote)) = self.policy.quotes.range(..=day).next_back() else { return Ok(()) };
        let rate = quote.base_per_foreign();
        let foreign: Vec<Currency> = self.tags.foreign().collect();
        if foreign.len() > 1 {
            return unsupported("one rate for several currencies");
        }
        for currency in foreign {
            if self.rates.insert((currency, day)) {
                let command = json!({"record_rate": {"currency": currency, "date": day, "rate": rate,
                    "source": "case"}});
                self.must(command)?;
            }
        }
        Ok(())
    }

    /// The rate that the case quotes for a day; none for the base currency.
    ///
    /// # Errors
    /// When it quotes none.
    pub fn recorded_rate(&self, currency: Currency, on: Date) -> Read<Option<Rate>> {
        if currency == self.tags.base() {
            return Ok(None);
        }
        let quote = self.policy.quotes.range(..=on).next_back();
        let rate =
            quote.and_then(|(_, quote)| quote.base_per_foreign()).and_then(|text| Rate::parse(&text).ok());
        rate.map_or_else(
            || unsupported("an amount in another currency without a rate"),
            |rate| Ok(Some(rate)),
        )
    }

    /// The rate of a document from its words `rate` and `base_amount`; `None` leaves it to the
    /// book.
    ///
    /// # Errors
    /// When the two contradict each other, the base amount follows from no rate, or nothing says a
    /// rate.
    pub fn rate(
        &self,
        fields: &mut Fields<'_>,
        currency: Currency,
        amount: Option<&str>,
    ) -> Read<Option<String>> {
        let given = fields.text("rate")?;
        let base = fields.text("base_amount")?;
        if currency == self.tags.base() {
            let same = |base: &String| amount.is_some_and(|amount| decimal(base) == decimal(amount));
            return match (given, base) {
                (None, None) => Ok(None),
                (None, Some(base)) if same(&base) => Ok(None),
                (Some(rate), None) if decimal(&rate)? == Decimal::ONE => Ok(None),
                _ => unsupported("a rate in base currency"),
            };
        }
        let given = match given {
            Some(text) if self.policy.foreign_per_base == Some(true) => {
                quotient(Decimal::ONE, 1, decimal(&text)?)
            }
            other => other,
        };
        let quoted = self.policy.quotes.range(..=self.day).next().is_some();
        let Some(base) = base else {
            return match given {
                // That none is there is for the library to say.
                None if !quoted && self.expects(&self.reference, &["missing_rate", "no_rate"]) => Ok(None),
                None if !quoted => {
                    unsupported(format!("{} in foreign currency without a rate", fields.what()))
                }
                given => Ok(given),
            };
        };
        let Some(amount) = amount else { return unsupported("a base amount without an amount") };
        // Any rate small enough gives nothing back; zero itself is none.
        let derived = || {
            let base = decimal(&base).ok()?;
            if base.is_zero() {
                Some("0.000001".to_owned())
            } else {
                quotient(base, 1, decimal(amount).ok()?)
            }
        };
        let rate = given.or_else(derived).filter(|rate| decimal(rate).is_ok_and(|rate| !rate.is_zero()));
        let gives_back = |rate: &String| {
            let money = Amount::parse(amount).ok()?.in_currency(currency).ok()?;
            let rate = Rate::parse(rate).ok()?;
            let back = money.converted(rate, self.tags.base(), Rounding::HalfAwayFromZero)?;
            (decimal(&back.amount().to_string()) == decimal(&base)).then_some(())
        };
        match rate {
            Some(rate) if gives_back(&rate).is_some() => Ok(Some(rate)),
            _ => unsupported("a base amount that follows from no rate"),
        }
    }
}
