//! Cells to values: each read by the mapping's formats, each problem under its column's name.

use std::collections::BTreeMap;

use ar_core::payment::Method;
use ar_core::{Attributes, Currency, Date, Money, Text, ValueError};

use super::formats::{DateFormat, NumberFormat};
use super::mapping::{AccountFields, Bound, Field, InvoiceFields, Mapping, PaymentFields};
use super::problem::Problem;
use super::reader::{Reader, Row};

/// Writes money without its currency, which stands beside it.
pub(super) fn plain<S: serde::Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&money.amount())
}

/// The formats of one mapping.
pub(super) struct Cells<'m> {
    dates: DateFormat,
    numbers: &'m NumberFormat,
}

impl<'m> Cells<'m> {
    pub(super) fn new(mapping: &'m Mapping) -> Result<Self, Problem> {
        Ok(Self { dates: mapping.date_format()?, numbers: &mapping.numbers })
    }

    /// A value that must be there.
    pub(super) fn id<T>(
        &self,
        field: &Bound,
        row: &Row<'_>,
        parse: fn(&str) -> Result<T, ValueError>,
    ) -> Result<T, Problem> {
        let text = field.text(row);
        if text.is_empty() {
            return Err(missing(field));
        }
        parse(&text).map_err(|error| Problem::from(error).column(field.name()))
    }

    /// A value that may be left out.
    pub(super) fn maybe<T>(
        &self,
        field: Option<&Bound>,
        row: &Row<'_>,
        parse: fn(&str) -> Result<T, ValueError>,
    ) -> Result<Option<T>, Problem> {
        match field {
            Some(field) if !field.text(row).is_empty() => self.id(field, row, parse).map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn date(&self, field: &Bound, row: &Row<'_>) -> Result<Date, Problem> {
        let text = field.text(row);
        if text.is_empty() {
            return Err(missing(field));
        }
        self.dates.read(&text).map_err(|problem| problem.column(field.name()))
    }

    pub(super) fn maybe_date(&self, field: Option<&Bound>, row: &Row<'_>) -> Result<Option<Date>, Problem> {
        match field {
            Some(field) if !field.text(row).is_empty() => self.date(field, row).map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn money(&self, field: &Bound, row: &Row<'_>, currency: Currency) -> Result<Money, Problem> {
        let text = field.text(row);
        if text.is_empty() {
            return Err(missing(field));
        }
        let amount = self.numbers.read(&text).map_err(|problem| problem.column(field.name()))?;
        amount.in_currency(currency).map_err(|error| Problem::from(error).column(field.name()))
    }

    pub(super) fn attributes(
        &self,
        fields: &[(String, Bound)],
        row: &Row<'_>,
    ) -> Result<Attributes, Problem> {
        let mut all = Attributes::default();
        for (key, field) in fields {
            let Some(value) = self.maybe(Some(field), row, Text::parse)? else { continue };
            all.set(key, value).map_err(|error| Problem::from(error).column(field.name()))?;
        }
        Ok(all)
    }
}

fn missing(field: &Bound) -> Problem {
    Problem::new("csv.empty", "the cell is empty and a value is needed").column(field.name())
}

fn bind(field: Option<&Field>, reader: &Reader<'_>) -> Result<Option<Bound>, Problem> {
    field.map(|field| field.bind(reader)).transpose()
}

fn bind_all(fields: &BTreeMap<String, Field>, reader: &Reader<'_>) -> Result<Vec<(String, Bound)>, Problem> {
    fields.iter().map(|(key, field)| Ok((key.clone(), field.bind(reader)?))).collect()
}

/// [`AccountFields`] with their places in one file.
pub(super) struct AccountBound {
    pub(super) id: Bound,
    pub(super) date: Option<Bound>,
    pub(super) name: Option<Bound>,
    pub(super) tax_id: Option<Bound>,
    pub(super) terms: Option<Bound>,
    pub(super) currency: Option<Bound>,
    pub(super) attributes: Vec<(String, Bound)>,
}

impl AccountBound {
    pub(super) fn new(fields: &AccountFields, reader: &Reader<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: fields.id.bind(reader)?,
            date: bind(fields.date.as_ref(), reader)?,
            name: bind(fields.name.as_ref(), reader)?,
            tax_id: bind(fields.tax_id.as_ref(), reader)?,
            terms: bind(fields.terms.as_ref(), reader)?,
            currency: bind(fields.currency.as_ref(), reader)?,
            attributes: bind_all(&fields.attributes, reader)?,
        })
    }
}

/// [`InvoiceFields`] with their places in one file.
pub(super) struct InvoiceBound {
    pub(super) number: Bound,
    pub(super) date: Bound,
    pub(super) accounting_date: Option<Bound>,
    pub(super) due: Option<Bound>,
    pub(super) amount: Bound,
    pub(super) currency: Bound,
    pub(super) text: Option<Bound>,
    pub(super) po_number: Option<Bound>,
    pub(super) attributes: Vec<(String, Bound)>,
}

impl InvoiceBound {
    pub(super) fn new(fields: &InvoiceFields, reader: &Reader<'_>) -> Result<Self, Problem> {
        Ok(Self {
            number: fields.number.bind(reader)?,
            date: fields.date.bind(reader)?,
            accounting_date: bind(fields.accounting_date.as_ref(), reader)?,
            due: bind(fields.due.as_ref(), reader)?,
            amount: fields.amount.bind(reader)?,
            currency: fields.currency.bind(reader)?,
            text: bind(fields.text.as_ref(), reader)?,
            po_number: bind(fields.po_number.as_ref(), reader)?,
            attributes: bind_all(&fields.attributes, reader)?,
        })
    }
}

/// [`PaymentFields`] with their places in one file.
pub(super) struct PaymentBound {
    pub(super) id: Bound,
    pub(super) date: Bound,
    pub(super) value_date: Option<Bound>,
    pub(super) amount: Option<Bound>,
    pub(super) currency: Option<Bound>,
    pub(super) method: Method,
    pub(super) reference: Option<Bound>,
    pub(super) settles: Option<Bound>,
    pub(super) attributes: Vec<(String, Bound)>,
}

impl PaymentBound {
    pub(super) fn new(fields: &PaymentFields, reader: &Reader<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: fields.id.bind(reader)?,
            date: fields.date.bind(reader)?,
            value_date: bind(fields.value_date.as_ref(), reader)?,
            amount: bind(fields.amount.as_ref(), reader)?,
            currency: bind(fields.currency.as_ref(), reader)?,
            method: fields.method,
            reference: bind(fields.reference.as_ref(), reader)?,
            settles: bind(fields.settles.as_ref(), reader)?,
            attributes: bind_all(&fields.attributes, reader)?,
        })
    }
}
