//! Mapping files: what a CSV file holds and how it says it, in TOML. Unknown keys are refused, so
//! that a typing error cannot silently leave a column out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};

use ar_core::payment::Method;

use super::formats::{DateFormat, NumberFormat};
use super::problem::Problem;
use super::reader::{Encoding, Reader, Row};

/// A mapping file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What one row is.
    pub rows: Rows,
    /// Separator and encoding.
    #[serde(default)]
    pub file: FileForm,
    /// How dates are written.
    pub dates: String,
    /// How amounts are written.
    #[serde(default)]
    pub numbers: NumberFormat,
    /// Policies that the book must have for this file.
    #[serde(default)]
    pub policies: NeededPolicies,
    /// The customer's account.
    pub account: AccountFields,
    /// The invoice in a row.
    #[serde(default)]
    pub invoice: Option<InvoiceFields>,
    /// The payment in a row; beside an invoice, its settlement.
    #[serde(default)]
    pub payment: Option<PaymentFields>,
}

/// What one row of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// A customer's account.
    Accounts,
    /// An invoice, perhaps with its settlement.
    Invoices,
    /// A payment, perhaps with the invoice it settles.
    Payments,
}

/// Separator and encoding of a file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileForm {
    /// Between fields.
    pub delimiter: char,
    /// How bytes are text.
    pub encoding: Encoding,
}

impl Default for FileForm {
    fn default() -> Self {
        Self { delimiter: ',', encoding: Encoding::Utf8 }
    }
}

/// Policies that the book must have for a file; put in force before its first command.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NeededPolicies {
    /// Items in a currency without a rate are kept with no base amount.
    pub unconverted: bool,
}

/// Where a value comes from: a column by its name, or a fixed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    source: Source,
    trim: bool,
    strip_prefix: String,
    strip_suffix: String,
    prefix: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Column(String),
    Fixed(String),
}

/// The long form of a [`Field`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldForm {
    column: Option<String>,
    value: Option<String>,
    /// Takes spaces off both ends.
    #[serde(default)]
    trim: bool,
    /// Takes this off the front, where it stands there.
    #[serde(default)]
    strip_prefix: String,
    /// Takes this off the end, where it stands there, like the `.0` of ids written as floats.
    #[serde(default)]
    strip_suffix: String,
    /// Puts this in front.
    #[serde(default)]
    prefix: String,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;
        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = Field;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column name, or a table with column or value")
            }
            fn visit_str<E: serde::de::Error>(self, column: &str) -> Result<Field, E> {
                Ok(Field::of(Source::Column(column.to_owned())))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
                let form = FieldForm::deserialize(MapAccessDeserializer::new(map))?;
                let source = match (form.column, form.value) {
                    (Some(column), None) => Source::Column(column),
                    (None, Some(value)) => Source::Fixed(value),
                    _ => return Err(serde::de::Error::custom("give either column or value")),
                };
                let FieldForm { trim, strip_prefix, strip_suffix, prefix, .. } = form;
                Ok(Field { source, trim, strip_prefix, strip_suffix, prefix })
            }
        }
        deserializer.deserialize_any(FieldVisitor)
    }
}

impl Field {
    fn of(source: Source) -> Self {
        let none = String::new();
        Self { source, trim: false, strip_prefix: none.clone(), strip_suffix: none.clone(), prefix: none }
    }

    /// Finds the column in a file.
    ///
    /// # Errors
    /// `csv.header`.
    pub fn bind(&self, reader: &Reader<'_>) -> Result<Bound, Problem> {
        let place = match &self.source {
            Source::Column(name) => Some(reader.column(name)?),
            Source::Fixed(_) => None,
        };
        Ok(Bound { field: self.clone(), place })
    }
}

/// A field with its place in one file.
#[derive(Clone, Debug)]
pub struct Bound {
    field: Field,
    place: Option<usize>,
}

impl Bound {
    /// The column's name, for refusals.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.field.source {
            Source::Column(name) => name,
            Source::Fixed(_) => "(fixed value)",
        }
    }

    /// The value in a row, transformed as declared; an empty cell is empty text.
    #[must_use]
    pub fn text<'r>(&'r self, row: &'r Row<'_>) -> Cow<'r, str> {
        let mut text = match (&self.field.source, self.place) {
            (Source::Fixed(value), _) => value.as_str(),
            (_, Some(place)) => row.cells.get(place).map_or("", |cell| cell.as_ref()),
            (_, None) => "",
        };
        if self.field.trim {
            text = text.trim();
        }
        text = text.strip_prefix(self.field.strip_prefix.as_str()).unwrap_or(text);
        text = text.strip_suffix(self.field.strip_suffix.as_str()).unwrap_or(text);
        if text.is_empty() || self.field.prefix.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(format!("{}{text}", self.field.prefix))
    }
}

/// Fields of a customer's account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountFields {
    /// Its id.
    pub id: Field,
    /// The day it is opened; absent means the date of its first document in the file.
    pub date: Option<Field>,
    /// Legal name. The first one wins; other spellings are reported.
    pub name: Option<Field>,
    /// Tax registration number.
    pub tax_id: Option<Field>,
    /// Terms of new invoices, set up in the book.
    pub terms: Option<Field>,
    /// Currency of new documents.
    pub currency: Option<Field>,
    /// Free pairs.
    #[serde(default)]
    pub attributes: BTreeMap<String, Field>,
}

/// Fields of an invoice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceFields {
    /// Its number.
    pub number: Field,
    /// Document date.
    pub date: Field,
    /// Accounting date; absent means the document date.
    pub accounting_date: Option<Field>,
    /// Due date.
    pub due: Option<Field>,
    /// Why a due date lies before the document date.
    pub due_reason: Option<String>,
    /// Its total.
    pub amount: Field,
    /// Its currency.
    pub currency: Field,
    /// What was sold.
    pub text: Option<Field>,
    /// The customer's purchase order number.
    pub po_number: Option<Field>,
    /// Free pairs.
    #[serde(default)]
    pub attributes: BTreeMap<String, Field>,
}

/// Fields of a payment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentFields {
    /// Its id; beside an invoice usually the invoice number with a prefix.
    pub id: Field,
    /// The day it came. Beside an invoice, an empty cell means not settled.
    pub date: Field,
    /// Value date; absent means the same day.
    pub value_date: Option<Field>,
    /// How much; beside an invoice, absent means the whole invoice.
    pub amount: Option<Field>,
    /// Its currency; beside an invoice, absent means the invoice's.
    pub currency: Option<Field>,
    /// How it came.
    #[serde(default)]
    pub method: Method,
    /// Bank reference or cheque number.
    pub reference: Option<Field>,
    /// The invoice it settles; an empty cell leaves it unapplied. Beside an invoice it is that one.
    pub settles: Option<Field>,
    /// Free pairs.
    #[serde(default)]
    pub attributes: BTreeMap<String, Field>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// `mapping.invalid` with what the TOML reader found, or what contradicts itself.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mapping: Self =
            toml::from_str(text).map_err(|error| Problem::new("mapping.invalid", error.to_string()))?;
        mapping.check()?;
        Ok(mapping)
    }

    /// The date format.
    ///
    /// # Errors
    /// `mapping.invalid`.
    pub fn date_format(&self) -> Result<DateFormat, Problem> {
        DateFormat::parse(&self.dates)
    }

    fn check(&self) -> Result<(), Problem> {
        let invalid = |message: &str| Err(Problem::new("mapping.invalid", message));
        self.date_format()?;
        self.numbers.check()?;
        if self.file.delimiter == '"' || matches!(self.file.delimiter, '\r' | '\n') {
            return invalid("file: a quote or a line end cannot separate fields");
        }
        match (self.rows, &self.invoice, &self.payment) {
            (Rows::Accounts, None, None) if self.account.date.is_some() => Ok(()),
            (Rows::Accounts, None, None) => {
                invalid("rows of accounts need account.date, a column or a fixed value")
            }
            (Rows::Accounts, ..) => invalid("rows of accounts have no [invoice] and no [payment]"),
            (Rows::Invoices, Some(_), Some(payment)) if payment.settles.is_some() => {
                invalid("a payment beside an invoice settles that invoice; leave payment.settles out")
            }
            (Rows::Invoices, Some(_), _) => Ok(()),
            (Rows::Invoices, None, _) => invalid("rows of invoices need [invoice]"),
            (Rows::Payments, None, Some(payment))
                if payment.amount.is_none() || payment.currency.is_none() =>
            {
                invalid("rows of payments need payment.amount and payment.currency")
            }
            (Rows::Payments, None, Some(_)) => Ok(()),
            (Rows::Payments, ..) => invalid("rows of payments need [payment] and have no [invoice]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVOICES: &str = r#"
        rows = "invoices"
        dates = "M/D/YYYY"
        [account]
        id = "customer"
        [invoice]
        number = { column = "doc", strip_suffix = ".0", prefix = "INV-", trim = true }
        date = "date"
        amount = "amount"
        currency = { value = "USD" }
    "#;

    #[test]
    fn a_field_is_a_column_or_a_fixed_value_with_declared_transformations() {
        let mapping = Mapping::parse(INVOICES).unwrap();
        let mut reader = Reader::new("doc,x\n 0012.0 ,1\n,2\n", ',').unwrap();
        let invoice = mapping.invoice.unwrap();
        let (number, currency) =
            (invoice.number.bind(&reader).unwrap(), invoice.currency.bind(&reader).unwrap());
        let row = reader.next_row().unwrap().unwrap();
        assert_eq!((number.text(&row), currency.text(&row)), ("INV-0012".into(), "USD".into()));
        let row = reader.next_row().unwrap().unwrap();
        assert_eq!(number.text(&row), "", "an empty cell stays empty");
        assert_eq!(invoice.date.bind(&reader).unwrap_err().code, "csv.header");
    }

    #[test]
    fn a_mapping_that_contradicts_itself_is_refused() {
        for (from, to) in [
            ("rows = \"invoices\"", "rows = \"payments\""),
            ("rows = \"invoices\"", "rows = \"accounts\""),
            ("amount = \"amount\"", "ammount = \"amount\""),
            ("{ value = \"USD\" }", "{ value = \"USD\", column = \"c\" }"),
            ("{ value = \"USD\" }", "{ valeu = \"USD\" }"),
            ("M/D/YYYY", "M/D"),
            ("[account]", "[numbers]\ndecimal = \",\"\nthousands = \",\"\n[account]"),
            ("[account]", "[file]\ndelimiter = \"\\\"\"\n[account]"),
        ] {
            let text = INVOICES.replace(from, to);
            assert_ne!(text, INVOICES);
            assert_eq!(Mapping::parse(&text).unwrap_err().code, "mapping.invalid", "{to}");
        }
    }
}
