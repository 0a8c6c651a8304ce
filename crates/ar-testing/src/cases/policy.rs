//! The switches of a case, mapped onto the settings of a book. A switch that is not listed here,
//! or a position of it that the library does not have, makes the case unsupported.

use std::collections::BTreeMap;

use ar_core::query::StatementBasis;
use ar_core::{Currency, Date, Decimal};
use serde_json::{Value, json};

use super::columns::Columns;
use super::fields::{Fields, Halt, Read, date, decimal, off, only, plain, quotient, unsupported};
use super::provision;
use super::tags::Tags;
use super::taxes::{TaxWord, cash_rounding, recognition, residual};
use super::terms::{Accept, HouseTerms, Window};

/// What a case decides differently.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Payment terms and discounts.
    pub terms: HouseTerms,
    /// The taxes on every line that names none.
    pub taxes: Vec<TaxWord>,
    /// How all taxes fall due with payment, where they do.
    pub recognition: Option<&'static str>,
    /// A discount on every whole document before tax.
    pub document_discount: Option<Value>,
    /// Foreign units per base unit or the reverse, from a date on.
    pub quotes: BTreeMap<Date, Quote>,
    /// How rates of steps are quoted, where the case says it: foreign units per base unit, or the
    /// reverse. Unsaid, a rate of a document counts base units.
    pub foreign_per_base: Option<bool>,
    /// Rules of an allocation that names no item.
    pub rules: Option<Value>,
    /// Whether the best discount of a document is granted to every payment, earned or not.
    pub always_discount: bool,
    /// Whether no discount is taken, earned or not.
    pub never_discount: bool,
    /// Whether a payment is applied as soon as it comes.
    pub apply_on_receipt: bool,
    /// What the unapplied rest of a payment is kept as.
    pub keep: Option<&'static str>,
    /// Whether the rest of a memo counts as kept on account.
    pub memos_on_account: bool,
    /// Whether documents are shown in the currency of the control account that they name.
    pub by_control_account: bool,
    /// Whether the day after a revaluation takes it back.
    pub reverse_next_day: bool,
    /// The credit limit of every customer, where the case has one.
    pub limit: Option<String>,
    /// Last closed day.
    pub locked_to: Option<Date>,
    /// How what was settled is told by the parts of a document, and by its lines in order.
    pub components: ar_core::query::ComponentRule,
    /// Whether lines are settled one after the other.
    pub lines_in_order: bool,
    /// The instalments of a payment plan.
    pub plan: Option<Value>,
    /// The day that a step without a date happens on.
    pub today: Option<Date>,
    /// How an aging is cut and counted.
    pub columns: Columns,
    /// The kind of statement and its span.
    pub statement: StatementWords,
    /// What is lost of receivables.
    pub provision: provision::Words,
    /// Settings of finance charges, where the case has any.
    pub charges: Vec<Value>,
    /// The parts of the book's policies that are set.
    settings: serde_json::Map<String, Value>,
}

/// A rate as a case quotes it.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    /// The number.
    pub number: Decimal,
    /// Whether it counts foreign units per base unit.
    pub foreign_per_base: bool,
}

impl Quote {
    /// Base units for one foreign unit, as text.
    #[must_use]
    pub fn base_per_foreign(self) -> Option<String> {
        if self.foreign_per_base {
            quotient(Decimal::ONE, 1, self.number)
        } else {
            Some(self.number.to_string())
        }
    }
}

/// What a case says about statements.
#[derive(Clone, Debug, Default)]
pub struct StatementWords {
    /// Movements or open items.
    pub forward: bool,
    /// How the days are chosen where none is named.
    pub basis: Option<StatementBasis>,
    /// First day of the movements.
    pub from: Option<Date>,
    /// Last day, where the case names one.
    pub to: Option<Date>,
    /// The customers that get one; none named means all.
    pub customers: Option<Vec<String>>,
}

impl Policy {
    /// Reads the switches of a case.
    ///
    /// # Errors
    /// The first one that is not supported.
    pub fn read(value: &Value, tags: &Tags) -> Read<Self> {
        let mut fields = Fields::of("policy", value)?;
        let mut policy = Self::default();
        policy.settings.insert("default_terms".into(), json!({"due": {"net": {"days": 0}}}));
        policy.charges = super::charges::read(&mut fields, tags.base())?;
        policy.fx(&mut fields, tags)?;
        policy.taxes(&mut fields, tags)?;
        policy.tolerances(&mut fields, tags.base(), &tags.foreign().collect::<Vec<_>>())?;
        policy.applying(&mut fields)?;
        policy.credit(&mut fields)?;
        policy.periods(&mut fields)?;
        policy.reports(&mut fields)?;
        policy.discounts(&mut fields)?;
        policy.plans(&mut fields)?;
        policy.components(&mut fields)?;
        // Cases that a source shows on the payables side have their signs turned already.
        only(&mut fields, "ledger", &["payable", "receivable"])?;
        policy.terms.read(&mut fields)?;
        policy.terms.check()?;
        policy.columns = Columns::read(&mut fields)?;
        policy.provision = provision::Words::read(&mut fields)?;
        fields.finish()?;
        Ok(policy)
    }

    /// The setting that puts the policies of a book in force.
    #[must_use]
    pub fn setting(&self) -> Value {
        json!({"policies": Value::Object(self.settings.clone())})
    }

    fn fx(&mut self, fields: &mut Fields<'_>, tags: &Tags) -> Read<()> {
        // Which currency is the base was read with the currencies themselves.
        fields.take("base_currency");
        fields.take("functional_currency");
        match fields.text("revaluation")?.as_deref() {
            None | Some("reverse_on_settlement") => {}
            Some("reverse_next_day" | "reverse_next_period") => self.reverse_next_day = true,
            Some(other) => return unsupported(format!("policy.revaluation={other}")),
        }
        match fields.text("revaluation_method")?.as_deref() {
            None => {}
            Some(word @ ("standard" | "minimum" | "lowest_value" | "invoice_rate")) => {
                self.settings.insert("revaluation".into(), json!(word));
            }
            Some(other) => return unsupported(format!("policy.revaluation_method={other}")),
        }
        match fields.text("foreign_dust")?.as_deref() {
            None => {}
            Some(word @ ("keep" | "write_off")) => {
                self.settings.insert("foreign_dust".into(), json!(word));
            }
            Some(other) => return unsupported(format!("policy.foreign_dust={other}")),
        }
        if let Some(quote) = fields.text("rate_quote")? {
            let Some((counted, one)) = quote.split_once(" per ") else {
                return unsupported(format!("policy.rate_quote={quote}"));
            };
            self.foreign_per_base = match (tags.currency(counted)?, tags.currency(one)?) {
                (foreign, base) if base == tags.base() && foreign != base => Some(true),
                (base, foreign) if base == tags.base() && foreign != base => Some(false),
                _ => return unsupported(format!("policy.rate_quote={quote}")),
            };
        }
        for (key, foreign_per_base) in [("foreign_per_base", true), ("base_per_foreign", false)] {
            match fields.take(key) {
                None => {}
                Some(Value::Object(by_date)) => {
                    for (from, number) in by_date {
                        self.quote(date(from)?, number, foreign_per_base)?;
                    }
                }
                Some(number) => self.quote(Date::MIN, number, foreign_per_base)?,
            }
        }
        if let Some(number) = fields.take("rate") {
            self.quote(Date::MIN, number, self.foreign_per_base == Some(true))?;
        }
        Ok(())
    }

    fn quote(&mut self, from: Date, number: &Value, foreign_per_base: bool) -> Read<()> {
        let text = plain(number).ok_or_else(|| Halt::Unsupported("policy rate in this form".into()))?;
        self.quotes.insert(from, Quote { number: decimal(&text)?, foreign_per_base });
        Ok(())
    }

    fn taxes(&mut self, fields: &mut Fields<'_>, tags: &Tags) -> Read<()> {
        let currencies: Vec<Currency> = tags.foreign().chain([tags.base()]).collect();
        self.taxes.extend(fields.text("tax_percent")?.map(|percent| TaxWord::percent(&percent)));
        for key in ["tax", "taxes"] {
            for word in fields.list(key)?.unwrap_or_default() {
                self.taxes.push(TaxWord::read("policy.tax", word, &currencies)?);
            }
        }
        match fields.text("tax_rounding")?.as_deref() {
            None => {}
            Some(word @ ("line" | "document")) => {
                self.settings.insert("tax_rounding".into(), json!(word));
            }
            Some(other) => return unsupported(format!("policy.tax_rounding={other}")),
        }
        if let Some(word) = fields.text("residual")? {
            self.settings.insert("tax_residual".into(), json!(residual(&word)?));
        }
        if let Some(value) = fields.take("cash_rounding") {
            let coins = cash_rounding(value)?;
            let each = currencies.iter().map(|currency| (currency.to_string(), coins.clone()));
            self.settings.insert("cash_rounding".into(), each.collect::<serde_json::Map<_, _>>().into());
        }
        if let Some(value) = fields.take("document_discount") {
            let mut words = Fields::of("policy.document_discount", value)?;
            let (amount, percent) = (words.text("amount")?, words.text("percent")?);
            only(&mut words, "on", &["net"])?;
            words.finish()?;
            self.document_discount = Some(match (amount, percent) {
                (Some(amount), None) => json!({"amount": amount}),
                (None, Some(percent)) => json!({"percent": percent}),
                _ => return unsupported("policy.document_discount without one amount or percent"),
            });
        }
        self.recognition = recognition(fields)?;
        Ok(())
    }

    fn tolerances(&mut self, fields: &mut Fields<'_>, base: Currency, foreign: &[Currency]) -> Read<()> {
        let mut both = |amount: &str, percent: Option<String>, pooled: bool, keys: &[&str]| {
            let amounts: BTreeMap<String, &str> =
                foreign.iter().chain([&base]).map(|c| (c.to_string(), amount)).collect();
            let mut tolerance = json!({"amounts": amounts});
            if let Some(percent) = percent {
                tolerance["percent"] = json!(percent);
            }
            if pooled {
                tolerance["pooled"] = json!(true);
            }
            for key in keys {
                self.settings.insert((*key).to_owned(), tolerance.clone());
            }
        };
        // The most that each document of a payment tolerates; their sum stands against the difference.
        if let Some(amount) = fields.text("max_payment_tolerance")? {
            both(&amount, None, true, &["under_tolerance", "over_tolerance"]);
        }
        if let Some(amount) = fields.text("max_over_under")? {
            both(&amount, None, false, &["under_tolerance", "over_tolerance"]);
        }
        if let Some(amount) = fields.text("underpay_tolerance_invoice")? {
            both(&amount, None, false, &["under_tolerance"]);
        }
        if let Some(amount) = fields.text("underpay_tolerance_receipt")? {
            both(&amount, None, false, &["payment_tolerance"]);
        }
        if let Some(value) = fields.take("tolerance") {
            let mut words = Fields::of("policy.tolerance", value)?;
            let (amount, percent) = (words.need("amount")?, words.text("percent")?);
            only(&mut words, "combine", &["lower"])?;
            words.finish()?;
            both(&amount, percent, false, &["under_tolerance", "over_tolerance"]);
        }
        only(fields, "difference", &["keep_open"])
    }

    fn applying(&mut self, fields: &mut Fields<'_>) -> Read<()> {
        let partial = fields.flag("apply_partial")?.unwrap_or(true);
        let oldest = json!({"oldest_due_first": {"partial": partial}});
        let mut rules = Vec::new();
        for (n, word) in fields.names("strategy")?.iter().enumerate() {
            match (n, word.as_str()) {
                (0, "due_date_asc") => rules.push(oldest.clone()),
                // The last tie among equal due dates goes by the document's id anyway.
                (_, "voucher") if n > 0 => {}
                _ => return unsupported(format!("policy.strategy={word}")),
            }
        }
        for word in fields.names("autocash")? {
            rules.push(match word.as_str() {
                "match_single" => json!("exact_item"),
                "clear_account" => json!("exact_account_total"),
                "clear_past_due" => json!("exact_past_due_total"),
                "clear_past_due_by_terms" => json!("exact_past_due_by_terms"),
                "combo" => json!({"combination": {"most": ar_core::allocation::COMBINATION_MAX}}),
                "oldest_first" => oldest.clone(),
                _ => return unsupported(format!("policy.autocash={word}")),
            });
        }
        if rules.is_empty() && !partial {
            return unsupported("policy.apply_partial without rules");
        }
        self.rules = (!rules.is_empty()).then_some(Value::Array(rules));
        self.keep = match fields.text("remainder")?.as_deref() {
            None | Some("unapplied") => None,
            Some("on_account") => Some("on_account"),
            Some(other) => return unsupported(format!("policy.remainder={other}")),
        };
        self.apply_on_receipt = match fields.text("on_receipt_post")?.as_deref() {
            None => false,
            Some("auto_allocate") => true,
            Some(other) => return unsupported(format!("policy.on_receipt_post={other}")),
        };
        // Both name what a document's own number does here: the limit holds for the whole
        // document, and its instalments are filled in order.
        fields.flag("allocate_by_term")?;
        off(fields, "past_due_credits")?;
        // A promise is broken by its day alone; nothing has to be run.
        if fields.flag("update_collection_status")? == Some(false) {
            return unsupported("policy.update_collection_status=false");
        }
        only(fields, "include_discounts", &["earned"])?;
        self.memos_on_account = fields.has("credit_note_excess");
        only(fields, "credit_note_excess", &["customer_balance"])
    }

    fn credit(&mut self, fields: &mut Fields<'_>) -> Read<()> {
        for key in ["limit", "credit_limit"] {
            self.limit = fields.text(key)?.or(self.limit.take());
        }
        let individual = fields.text("individual")?;
        match (individual, fields.flag("unlimited")?) {
            (_, Some(true)) => self.limit = None,
            (Some(amount), Some(false)) => self.limit = Some(amount),
            (None, None) => {}
            _ => return unsupported("policy.individual without unlimited"),
        }
        match fields.text("on_breach")?.as_deref() {
            None => {}
            Some("block") => {
                self.settings.insert("credit".into(), json!({"invoices": "block"}));
            }
            Some(other) => return unsupported(format!("policy.on_breach={other}")),
        }
        Ok(())
    }

    fn periods(&mut self, fields: &mut Fields<'_>) -> Read<()> {
        self.locked_to = fields.date("lock_date")?;
        self.today = fields.date("today")?;
        match fields.text("closed_period")?.as_deref() {
            None | Some("refuse" | "reject" | "error") => {}
            // The accounting date becomes the day of entry; the document keeps its own.
            Some("shift_posting_date") => {
                self.settings.insert("late_posting".into(), json!("entry_day"));
            }
            Some("first_open_day" | "shift_to_first_open_day") => {
                self.settings.insert("late_posting".into(), json!("first_open_day"));
            }
            Some(other) => return unsupported(format!("policy.closed_period={other}")),
        }
        // What stands in brackets says why, and asks for nothing.
        let requires = fields.text("close_requires")?;
        match requires.as_deref().map(|words| words.split(" (").next().unwrap_or(words)) {
            None => {}
            Some("no unallocated receipts in period" | "no_unallocated_receipts") => {
                self.settings.insert("close".into(), json!({"requires": ["no_unallocated_receipts"]}));
            }
            Some("no unidentified cash in period" | "no_unidentified_cash") => {
                self.settings.insert("close".into(), json!({"requires": ["no_unidentified_cash"]}));
            }
            Some(other) => return unsupported(format!("policy.close_requires={other}")),
        }
        Ok(())
    }

    fn reports(&mut self, fields: &mut Fields<'_>) -> Read<()> {
        // The journal is always at hand to compare with.
        fields.flag("compare_with_gl")?;
        // So are the settlements of later days.
        fields.flag("show_future_payments")?;
        match fields.text("view")?.as_deref() {
            None => {}
            Some("control_account_currency") => self.by_control_account = true,
            Some(other) => return unsupported(format!("policy.view={other}")),
        }
        self.statement.basis = match fields.text("aging")?.as_deref() {
            None => None,
            Some("days") => Some(StatementBasis::Days),
            Some("months") => Some(StatementBasis::Months),
            Some(other) => return unsupported(format!("policy.aging={other}")),
        };
        let words = [fields.text("statement")?, fields.text("style")?];
        if words.iter().all(Option::is_none) {
            // Spans and customers mean something only where a statement is asked for.
            return Ok(());
        }
        for word in words.into_iter().flatten() {
            self.statement.forward = match word.as_str() {
                "balance_forward" => true,
                "open_item" => false,
                _ => return unsupported(format!("policy.statement={word}")),
            };
        }
        self.statement.from = fields.date("from")?;
        self.statement.to = fields.date("to")?.or(fields.date("as_of")?);
        self.statement.customers = fields.has("customers").then(|| fields.names("customers")).transpose()?;
        Ok(())
    }

    fn components(&mut self, fields: &mut Fields<'_>) -> Read<()> {
        use ar_core::query::ComponentRule::{LinesThenTax, LinesWithTax, ProrateAll};
        self.components = match fields.text("component_rule")?.as_deref() {
            None | Some("prorate_all") => ProrateAll,
            Some("line_first_tax_after") => LinesThenTax,
            Some("line_and_tax_prorate") => LinesWithTax,
            Some(other) => return unsupported(format!("policy.component_rule={other}")),
        };
        self.lines_in_order = match fields.text("item_rule")?.as_deref() {
            None | Some("proration") => false,
            Some("fifo") => true,
            Some(other) => return unsupported(format!("policy.item_rule={other}")),
        };
        Ok(())
    }

    fn plans(&mut self, fields: &mut Fields<'_>) -> Read<()> {
        // How much an invoice of an advance comes to is said by the invoice.
        fields.text("advance_percent")?;
        let months = fields.count("every_months")?;
        only(fields, "month_end", &["keep day, clip"])?;
        let Some(every_months) = months else { return Ok(()) };
        let start = fields.date("start")?;
        let count = fields.count("instalments")?.or(fields.count("number")?);
        let amount = fields.text("instalment")?;
        self.plan = match (start, amount, count) {
            (Some(start), Some(amount), None) => {
                Some(json!({"amount": {"start": start, "every_months": every_months, "amount": amount}}))
            }
            (Some(start), None, Some(count)) => {
                Some(json!({"count": {"start": start, "every_months": every_months, "count": count}}))
            }
            _ => return unsupported("policy.every_months without a start and an instalment"),
        };
        Ok(())
    }

    fn discounts(&mut self, fields: &mut Fields<'_>) -> Read<()> {
        // What a step grants without its being earned is allowed; that none is granted unasked is so.
        fields.flag("unearned_discounts")?;
        only(fields, "discount_override", &["allowed"])?;
        // Cash named for an item is all taken; a discount gives way to it.
        only(fields, "overpay_mode", &["unspecific"])?;
        match fields.text("use_discount")?.as_deref() {
            None | Some("normal") => {}
            Some("always") => self.always_discount = true,
            Some("never") => self.never_discount = true,
            Some(other) => return unsupported(format!("policy.use_discount={other}")),
        }
        let mode = match fields.text("tax_mode")?.as_deref() {
            None => None,
            Some("included") => Some("adjusted"),
            Some("mixed") => Some("reduced"),
            Some("excluded") => Some("net"),
            Some(other) => return unsupported(format!("policy.tax_mode={other}")),
        };
        let split = fields.flag("split_tax")?.unwrap_or(false);
        let base = fields.text("discount_base")?;
        self.terms.tax = match (mode, split, base.as_deref()) {
            (None, false, None | Some("gross")) => "gross",
            (None, false, Some("net")) => "net",
            (None, true, None | Some("gross")) => "adjusted",
            (Some(mode), false, None) => mode,
            _ => return unsupported("policy.tax_mode beside split_tax or discount_base"),
        };
        self.terms.advance = match fields.text("discount_before_document_date")?.as_deref() {
            None | Some("refused" | "not_allowed") => false,
            Some("allowed") => true,
            Some(other) => return unsupported(format!("policy.discount_before_document_date={other}")),
        };
        if fields.flag("discount_on_credit_memos")? == Some(true) {
            self.settings.insert("discount_on_credit_memos".into(), json!(true));
        }
        // What is set off is the lesser of both sides; the other side stands outside the book.
        only(fields, "netting", &["min(AR,AP)"])?;
        match fields.text("discount_with_instalments")?.as_deref() {
            None | Some("allow" | "allowed") => {}
            Some("refuse" | "refused") => {
                self.settings.insert("discount_with_instalments".into(), json!("refuse"));
            }
            Some(other) => return unsupported(format!("policy.discount_with_instalments={other}")),
        }
        only(fields, "stacking", &["only one applies"])?;
        let terms = &mut self.terms;
        terms.partial = fields.flag("discount_on_partial")?.unwrap_or(false);
        terms.grace = fields.count("grace_days")?.unwrap_or(0);
        terms.late = fields.count("discount_grace_days")?.unwrap_or(0);
        terms.accept = match fields.take("accept_late_discount") {
            None | Some(Value::Null | Value::Bool(false)) => Accept::None,
            Some(Value::Bool(true)) => Accept::All,
            Some(list) => {
                let names = list.as_array().map(|l| l.iter().filter_map(plain).collect());
                Accept::Some(names.ok_or_else(|| Halt::Unsupported("policy.accept_late_discount".into()))?)
            }
        };
        if let Some(value) = fields.take("discount") {
            terms.windows.push(Window::read("policy.discount", value)?);
        }
        match fields.take("discounts") {
            None => {}
            Some(Value::Object(by_document)) => {
                for (document, value) in by_document {
                    terms.by_document.insert(document.clone(), Window::read("policy.discounts", value)?);
                }
            }
            Some(value) => {
                for value in value.as_array().into_iter().flatten() {
                    terms.windows.push(Window::read("policy.discounts", value)?);
                }
            }
        }
        Ok(())
    }
}
