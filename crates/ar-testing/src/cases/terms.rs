//! Payment terms of a case as terms of the library: when, in how many parts, and what an early
//! payment earns.

use std::collections::BTreeMap;

use ar_core::{Date, Money, Percent, Rounding};
use serde_json::{Value, json};

use super::fields::{Fields, Halt, Read, decimal, quotient, unsupported};

/// The terms that documents without their own have.
#[derive(Clone, Debug, Default)]
pub struct HouseTerms {
    due: Option<Value>,
    parts: Vec<Line>,
    /// Discounts of every document.
    pub windows: Vec<Window>,
    /// The discount of a document that has its own.
    pub by_document: BTreeMap<String, Window>,
    /// Whether part payments earn their share.
    pub partial: bool,
    /// What a discount does to tax.
    pub tax: &'static str,
    /// Whether cash from before a document earns its discount.
    pub advance: bool,
    /// Days of grace on every window.
    pub grace: u16,
    /// Days after a window in which a discount may still be accepted.
    pub late: u16,
    /// On which documents it is.
    pub accept: Accept,
}

/// A line of terms: how much and when.
#[derive(Clone, Debug)]
struct Line {
    portion: Value,
    due: Due,
}

/// When a line is due: by a rule of the library's, or months, then a day of the month, then days after
/// the document.
#[derive(Clone, Debug)]
enum Due {
    Rule(Value),
    Offset { day: Option<u16>, months: u16, days: u16 },
}

impl Line {
    /// In the library's terms, for a document of a date.
    fn on(&self, date: Date) -> Read<Value> {
        let due = match &self.due {
            Due::Rule(rule) => rule.clone(),
            Due::Offset { day, months, days } => {
                let day = day.map_or_else(|| date.day(), u32::from);
                let out = |_| Halt::Unsupported("a due date beyond the calendar".into());
                let due = date.day_of_month(i32::from(*months), day).map_err(out)?;
                net(days_between(date, due.add_days(i32::from(*days)).map_err(out)?)?)
            }
        };
        Ok(json!({"portion": self.portion, "due": due}))
    }
}

/// On which documents a late discount is accepted.
#[derive(Clone, Debug, Default)]
pub enum Accept {
    /// On none.
    #[default]
    None,
    /// On all.
    All,
    /// On these.
    Some(Vec<String>),
}

/// A discount and its last day.
#[derive(Clone, Debug)]
pub struct Window {
    percent: Option<String>,
    amount: Option<String>,
    days: Option<u16>,
    until: Option<Date>,
}

impl Window {
    /// Reads one.
    ///
    /// # Errors
    /// A word that is not known.
    pub fn read(what: &str, value: &Value) -> Read<Self> {
        let mut fields = Fields::of(what, value)?;
        let window = Self {
            percent: fields.text("percent")?,
            amount: fields.text("amount")?,
            days: fields.count("days")?,
            until: fields.date("until")?,
        };
        fields.finish()?;
        Ok(window)
    }

    /// The discount in the library's terms. An amount becomes the percent that gives it back.
    fn tier(&self, date: Date, total: Option<Money>, grace: u16, house: &HouseTerms) -> Read<Value> {
        let percent = match (&self.percent, &self.amount, total) {
            (Some(percent), None, _) => percent.clone(),
            (None, Some(amount), Some(total)) => percent_of(amount, total)?,
            _ => return unsupported("a discount without a percent, or an amount of no total"),
        };
        let days = match (self.days, self.until) {
            (Some(days), None) => days,
            (None, Some(until)) => days_between(date, until)?,
            _ => return unsupported("a discount without its last day"),
        };
        let mut tier = json!({"percent": percent, "days": days, "grace_days": grace});
        tier["partial"] = json!(house.partial);
        if !house.tax.is_empty() {
            tier["tax"] = json!(house.tax);
        }
        tier["advance"] = json!(house.advance);
        Ok(tier)
    }

    /// The last day without any grace.
    #[must_use]
    pub fn last_day(&self, date: Date) -> Option<Date> {
        self.until.or_else(|| date.add_days(i32::from(self.days?)).ok())
    }
}

fn percent_of(amount: &str, total: Money) -> Read<String> {
    let whole = decimal(&total.amount().to_string())?;
    let text = quotient(decimal(amount)?, 100, whole);
    let gives_back = |text: &String| {
        let back = total.percent(Percent::parse(text).ok()?, Rounding::HalfAwayFromZero)?;
        (decimal(&back.amount().to_string()) == decimal(amount)).then_some(())
    };
    match text {
        Some(text) if gives_back(&text).is_some() => Ok(text),
        _ => unsupported(format!("a discount of {amount} that is no percent of {total}")),
    }
}

fn days_between(from: Date, to: Date) -> Read<u16> {
    u16::try_from(from.days_until(to)).map_err(|_| Halt::Unsupported("a due date before the document".into()))
}

/// What a document says about its own terms.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its ref.
    pub document: &'a str,
    /// Its date.
    pub date: Date,
    /// Its due date.
    pub due: Option<Date>,
    /// Its total, where it is known before it is priced.
    pub total: Option<Money>,
    /// Its own terms.
    pub terms: Option<&'a Value>,
}

impl HouseTerms {
    /// Reads the switches about terms.
    ///
    /// # Errors
    /// A word that is not known, or a rule that the library does not have.
    pub fn read(&mut self, fields: &mut Fields<'_>) -> Read<()> {
        let rule = fields.text("rule")?;
        let days = fields.count("days")?;
        let months = fields.count("months")?;
        let day = fields.count("day_of_month")?;
        self.due = match (rule, days, day, months) {
            (None, None, None, None) => None,
            (None, Some(days), None, None) => Some(net(days)),
            (Some(rule), days, day, months) => Some(due_rule(&rule, days, months, day)?),
            _ => return unsupported("policy.day_of_month without rule"),
        };
        for value in fields.list("lines")?.unwrap_or_default() {
            self.parts.push(plain_line(value)?);
        }
        // Beside fixed lines the last one takes what is left.
        let fixed = self.parts.iter().any(|line| line.portion.get("fixed").is_some());
        if let Some(last) = self.parts.last_mut().filter(|_| fixed) {
            last.portion = json!("remainder");
        }
        for value in fields.list("payment_terms")?.unwrap_or_default() {
            self.parts.push(typed_line(value)?);
        }
        if fields.has("discount_percent") || fields.has("discount_days") {
            let (percent, days) = (Some(fields.need("discount_percent")?), fields.count("discount_days")?);
            self.windows.push(Window { percent, amount: None, days, until: None });
        }
        Ok(())
    }

    /// Days of grace belong to a discount.
    ///
    /// # Errors
    /// When there is none.
    pub fn check(&self) -> Read<()> {
        let graced = self.grace > 0 || self.late > 0 || !matches!(self.accept, Accept::None);
        if graced && self.windows.is_empty() && self.by_document.is_empty() {
            return unsupported("days of grace without a discount");
        }
        Ok(())
    }

    /// The terms that a document is issued with; `None` leaves them to the book.
    ///
    /// # Errors
    /// What the library's terms cannot say.
    pub fn choice(&self, asked: &Asked<'_>) -> Read<Option<Value>> {
        if let Some(name) = asked.terms.and_then(Value::as_str) {
            return self.named(asked, name).map(Some);
        }
        if let Some(terms) = asked.terms {
            return self.own_terms(asked, terms).map(Some);
        }
        let windows = match self.by_document.get(asked.document) {
            Some(window) => std::slice::from_ref(window),
            None => &self.windows,
        };
        let grace = self.grace.saturating_add(if self.accepts(asked.document) { self.late } else { 0 });
        let tiers: Vec<Value> = windows
            .iter()
            .map(|window| window.tier(asked.date, asked.total, grace, self))
            .collect::<Read<_>>()?;
        let due = match (asked.due, &self.due) {
            (Some(_), _) if !self.parts.is_empty() => return unsupported("a due date beside instalments"),
            (Some(due), _) if tiers.is_empty() => return Ok(Some(due_on(asked.date, due))),
            (Some(due), _) => net(days_between(asked.date, due)?),
            (None, Some(due)) => due.clone(),
            (None, None) if tiers.is_empty() && self.parts.is_empty() => return Ok(None),
            (None, None) => net(0),
        };
        let parts: Vec<Value> = self.parts.iter().map(|line| line.on(asked.date)).collect::<Read<_>>()?;
        Ok(Some(json!({"inline": {"due": due, "instalments": parts, "discounts": tiers}})))
    }

    /// Terms of which the name and the due date are told.
    fn named(&self, asked: &Asked<'_>, name: &str) -> Read<Value> {
        let plain = self.windows.is_empty() && self.by_document.is_empty() && self.parts.is_empty();
        let Some(due) = asked.due.filter(|_| plain) else {
            return unsupported("invoice.terms by name without a due date");
        };
        let mut terms = due_on(asked.date, due);
        terms["due"]["terms"] = json!(name);
        Ok(terms)
    }

    /// The terms on a document: a list of parts with their due dates and discounts.
    fn own_terms(&self, asked: &Asked<'_>, terms: &Value) -> Read<Value> {
        let Some(list) = terms.as_array() else { return unsupported("invoice.terms in this form") };
        let mut parts = Vec::with_capacity(list.len());
        for value in list {
            parts.push(own_line(self, asked, value, list.len() == 1)?);
        }
        Ok(json!({"inline": {"due": net(0), "instalments": parts}}))
    }

    fn accepts(&self, document: &str) -> bool {
        match &self.accept {
            Accept::None => false,
            Accept::All => true,
            Accept::Some(list) => list.iter().any(|name| name == document),
        }
    }
}

fn net(days: u16) -> Value {
    json!({"net": {"days": days}})
}

fn due_on(date: Date, due: Date) -> Value {
    if due < date {
        return json!({"due": {"date": due, "reason": "as the case says"}});
    }
    json!({"due": {"date": due}})
}

fn due_rule(rule: &str, days: Option<u16>, months: Option<u16>, day: Option<u16>) -> Read<Value> {
    let days_after = days.unwrap_or(0);
    let end_of_month = |months: u16| json!({"end_of_month": {"months": months, "days": days_after}});
    Ok(match (rule, day, months) {
        ("days_after_invoice_date", None, None) => net(days_after),
        ("days_after_end_of_invoice_month", None, None) => end_of_month(0),
        ("days_after_end_of_next_month", None, None) => end_of_month(1),
        ("days_then_end_of_month", None, None) => json!({"end_of_month": {"after_days": days_after}}),
        ("months_after_invoice_date", None, Some(months)) if days.is_none() => {
            json!({"months": {"months": months}})
        }
        ("months_after_end_of_invoice_month", None, Some(months)) => end_of_month(months),
        ("next_day_of_month_after_days", Some(day), None) => {
            json!({"day_of_month": {"after_days": days_after, "day": day}})
        }
        // The day before the first of the next month is the last of this one.
        ("days_then_end_of_month_then_day_of_next_month", Some(0), None) => {
            json!({"end_of_month": {"after_days": days_after}})
        }
        ("days_then_end_of_month_then_day_of_next_month", Some(day), None) => {
            json!({"day_of_month": {"after_days": days_after, "day": day, "months": 1}})
        }
        (_, Some(_), _) if days_after > 0 => return unsupported(format!("policy.rule={rule} after days")),
        _ => return unsupported(format!("policy.rule={rule}")),
    })
}

/// `{percent | fixed, days}`.
fn plain_line(value: &Value) -> Read<Line> {
    let mut fields = Fields::of("policy.lines", value)?;
    let days = fields.count("days")?.unwrap_or(0);
    let portion = match fields.text("fixed")? {
        Some(amount) => json!({"fixed": amount}),
        None => json!({"percent": fields.need("percent")?}),
    };
    fields.finish()?;
    Ok(Line { portion, due: Due::Rule(net(days)) })
}

/// `{type, percent | amount, offset}`.
fn typed_line(value: &Value) -> Read<Line> {
    let mut fields = Fields::of("policy.payment_terms", value)?;
    let kind = fields.need("type")?;
    let portion = match kind.as_str() {
        "percent_of_total" => json!({"percent": fields.need("percent")?}),
        "percent_of_remainder" => json!({"percent_of_remainder": fields.need("percent")?}),
        "fixed" => json!({"fixed": fields.need("amount")?}),
        "remainder" => json!("remainder"),
        _ => return unsupported(format!("policy.payment_terms.type={kind}")),
    };
    let due = match fields.take("offset") {
        None => Due::Rule(net(0)),
        Some(offset) => {
            let mut fields = Fields::of("policy.payment_terms.offset", offset)?;
            let (day, months) = (fields.count("set_day")?, fields.count("months")?);
            let days = fields.count("days")?;
            fields.finish()?;
            match (day, months.unwrap_or(0), days.unwrap_or(0)) {
                (None, 0, days) => Due::Rule(net(days)),
                (None, months, 0) => Due::Rule(json!({"months": {"months": months}})),
                (Some(31), months, days) => {
                    Due::Rule(json!({"end_of_month": {"months": months, "days": days}}))
                }
                (Some(day), months, 0) if months > 0 => {
                    Due::Rule(json!({"day_of_month": {"day": day, "months": months}}))
                }
                (day, months, days) => Due::Offset { day, months, days },
            }
        }
    };
    fields.finish()?;
    Ok(Line { portion, due })
}

fn own_line(house: &HouseTerms, asked: &Asked<'_>, value: &Value, alone: bool) -> Read<Value> {
    let mut fields = Fields::of("invoice.terms", value)?;
    let percent = fields.need("percent")?;
    let days = match (fields.count("days")?, fields.date("due")?) {
        (Some(days), None) => days,
        (None, Some(due)) => days_between(asked.date, due)?,
        (None, None) => 0,
        _ => return unsupported("invoice.terms with days and a due date"),
    };
    let window = Window {
        percent: fields.text("discount_percent")?,
        amount: fields.text("discount_amount")?,
        days: fields.count("discount_days")?,
        until: None,
    };
    fields.finish()?;
    let mut part = json!({"portion": {"percent": percent}, "due": net(days)});
    if window.percent.is_some() || window.amount.is_some() {
        let total = asked.total.filter(|_| alone);
        part["discounts"] =
            json!([window.tier(asked.date, total, 0, &HouseTerms { partial: false, ..house.clone() })?]);
    }
    Ok(part)
}

/// A template on its own, as a setting of the book.
///
/// # Errors
/// A word that is not known.
pub fn template(fields: &mut Fields<'_>, id: &str) -> Read<Value> {
    let mut parts = Vec::new();
    for value in fields.list("lines")?.unwrap_or_default() {
        let Line { portion, due: Due::Rule(due) } = plain_line(value)? else {
            return unsupported("policy.lines in this form");
        };
        parts.push(json!({"portion": portion, "due": due}));
    }
    let mut terms = json!({"due": net(0), "instalments": parts});
    if fields.has("discount_percent") {
        // A template that names no last day is about the discount alone.
        let (percent, days) = (fields.need("discount_percent")?, fields.count("discount_days")?);
        terms["discounts"] = json!([{"percent": percent, "days": days.unwrap_or(0)}]);
    }
    Ok(json!({"terms": {"id": id, "terms": terms}}))
}
