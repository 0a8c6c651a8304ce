//! The lines of a document from a case: given one by one, or as one amount that may be split into
//! net and tax.

use ar_core::{Currency, Percent, Rounding};
use serde_json::{Value, json};

use crate::cases::fields::{Fields, Read, decimal, quotient, unsupported};
use crate::cases::play::Play;
use crate::cases::taxes::TaxWord;
use crate::cases::values::{minor, text};

/// Lines of a document, and the total they must come to where the case says it.
pub(super) struct Lines {
    pub(super) lines: Vec<Value>,
    pub(super) total: Option<String>,
}

/// Reads `lines`, or `amount` with `net`, `tax` and `taxes`.
pub(super) fn lines(play: &mut Play<'_>, fields: &mut Fields<'_>, currency: Currency) -> Read<Lines> {
    if let Some(parts) = fields.take("components") {
        return components(play, fields, parts, currency);
    }
    let amount = fields.text("amount")?;
    let (net, tax) = (fields.text("net")?, fields.text("tax")?);
    let own_taxes = fields.list("taxes")?;
    if let Some(list) = fields.list("lines")? {
        if net.is_some() || tax.is_some() || own_taxes.is_some() {
            return unsupported(format!("{} with lines and a net amount", fields.what()));
        }
        let mut lines = Vec::with_capacity(list.len());
        for value in list {
            line(play, value, currency, &mut lines)?;
        }
        return Ok(Lines { lines, total: None });
    }
    let Some(amount) = amount else {
        return unsupported(format!("{} without amount", fields.what()));
    };
    let whole = minor(&amount, currency)?;
    let split = match (net, tax) {
        (None, None) => None,
        (Some(net), Some(tax)) => Some((minor(&net, currency)?, minor(&tax, currency)?)),
        (Some(net), None) => minor(&net, currency).map(|net| Some((net, whole.saturating_sub(net))))?,
        (None, Some(tax)) => minor(&tax, currency).map(|tax| Some((whole.saturating_sub(tax), tax)))?,
    };
    let taxes = match own_taxes {
        Some(list) => list.iter().map(|word| stated_tax(play, word)).collect::<Read<Vec<TaxWord>>>()?,
        None => play.policy.taxes.clone(),
    };
    let line = match split {
        None | Some((_, 0)) if own_taxes.is_none() => json!({"amount": amount}),
        None => return unsupported(format!("{}.taxes without net", fields.what())),
        Some((net, tax)) => {
            let taxes = if taxes.is_empty() { vec![rate_of(net, tax, currency)?] } else { taxes };
            json!({"amount": text(net, currency), "taxes": codes(play, &taxes)?})
        }
    };
    Ok(Lines { lines: vec![line], total: Some(amount) })
}

/// A document told by what it was charged for: goods, the tax on them, freight, charges.
fn components(
    play: &mut Play<'_>,
    fields: &mut Fields<'_>,
    parts: &Value,
    currency: Currency,
) -> Read<Lines> {
    let mut words = Fields::of("components", parts)?;
    let goods = words.need("lines")?;
    let mut line = json!({"amount": goods});
    if let Some(tax) = words.text("tax")? {
        let percent = rate_of(minor(&goods, currency)?, minor(&tax, currency)?, currency)?;
        line["taxes"] = json!(codes(play, &[percent])?);
    }
    let mut lines = vec![line];
    for (word, kind) in [("freight", "freight"), ("late_charges", "interest")] {
        if let Some(amount) = words.text(word)? {
            lines.push(json!({"kind": kind, "amount": amount}));
        }
    }
    words.finish()?;
    Ok(Lines { lines, total: fields.text("amount")? })
}

/// A tax on a document with the amount it must come to; the total says whether it did.
fn stated_tax(play: &Play<'_>, word: &Value) -> Read<TaxWord> {
    let mut copy = word.clone();
    if let Some(map) = copy.as_object_mut() {
        map.remove("amount");
    }
    own_tax(play, "invoice.taxes", &copy)
}

fn own_tax(play: &Play<'_>, what: &str, word: &Value) -> Read<TaxWord> {
    let currencies: Vec<Currency> = play.tags.foreign().chain([play.tags.base()]).collect();
    TaxWord::read(what, word, &currencies)
}

/// The percent that gives a tax back from its net.
fn rate_of(net: i64, tax: i64, currency: Currency) -> Read<TaxWord> {
    let (whole, part) = (decimal(&text(net, currency))?, decimal(&text(tax, currency))?);
    let Some(percent) = quotient(part, 100, whole) else { return unsupported("a tax of nothing") };
    let back = Percent::parse(&percent)
        .ok()
        .and_then(|percent| percent.decimal().times(i128::from(net), 100, Rounding::HalfAwayFromZero));
    if back == Some(i128::from(tax)) {
        Ok(TaxWord::percent(&percent))
    } else {
        unsupported("a tax that is no percent of its net")
    }
}

fn codes(play: &mut Play<'_>, taxes: &[TaxWord]) -> Read<Vec<String>> {
    let mut codes = Vec::with_capacity(taxes.len());
    for (n, tax) in taxes.iter().enumerate() {
        let same = taxes.iter().take(n).filter(|other| *other == tax).count();
        codes.push(play.tax_code(tax, same)?);
    }
    Ok(codes)
}

fn line(play: &mut Play<'_>, value: &Value, currency: Currency, lines: &mut Vec<Value>) -> Read<()> {
    let mut fields = Fields::of("lines", value)?;
    // A line's own name stands on it as its text.
    let name = fields.text("id")?;
    let mut line = match (fields.text("qty")?, fields.text("price")?) {
        (None, None) => {
            let (net, amount) = (fields.text("net")?, fields.text("amount")?);
            match net.or(amount) {
                Some(amount) => json!({"amount": amount}),
                None => return unsupported("lines without amount"),
            }
        }
        (quantity, Some(price)) => {
            json!({"quantity": quantity.unwrap_or_else(|| "1".to_owned()), "unit_price": price})
        }
        (Some(_), None) => return unsupported("lines.qty without price"),
    };
    let taxes = match (fields.list("taxes")?, fields.text("tax")?) {
        (Some(_), Some(_)) => return unsupported("lines.tax beside taxes"),
        (Some(list), None) => {
            list.iter().map(|word| own_tax(play, "lines.taxes", word)).collect::<Read<Vec<TaxWord>>>()?
        }
        (None, Some(tax)) => match line["amount"].as_str() {
            Some(net) => vec![rate_of(minor(net, currency)?, minor(&tax, currency)?, currency)?],
            None => return unsupported("lines.tax beside a price"),
        },
        (None, None) => play.policy.taxes.clone(),
    };
    if !taxes.is_empty() {
        line["taxes"] = json!(codes(play, &taxes)?);
    }
    if let Some(name) = name {
        line["text"] = json!(name);
    }
    let times = fields.count("repeat")?.unwrap_or(1);
    fields.finish()?;
    lines.extend((0..times).map(|_| line.clone()));
    Ok(())
}
