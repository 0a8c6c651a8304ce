//! Taxes and rounding to coins as a case tells them, in the words of the library's settings.

use ar_core::Currency;
use serde_json::{Value, json};

use super::fields::{Fields, Read, decimal, plain, unsupported};

/// A tax: everything that the setting of a code says beside its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxWord {
    setting: Value,
    included: bool,
    /// Whether it says itself when it falls due.
    based: bool,
}

impl TaxWord {
    /// A percentage of the net.
    #[must_use]
    pub fn percent(percent: &str) -> Self {
        Self { setting: json!({"percent": percent, "kind": "standard"}), included: false, based: false }
    }

    /// Reads one: a percent, or an object that names the method, the base and the basis.
    ///
    /// # Errors
    /// Any other kind of tax.
    pub fn read(what: &str, word: &Value, currencies: &[Currency]) -> Read<Self> {
        if let Some(text) = plain(word) {
            return Ok(Self::percent(decimal(&text)?.to_string().as_str()));
        }
        let mut fields = Fields::of(what, word)?;
        let each = |amount: String| -> Value {
            currencies
                .iter()
                .map(|currency| (currency.to_string(), json!(amount)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let ways = ["percent", "percent_of_gross", "fixed", "per_unit"];
        let mut told = Vec::new();
        for way in ways {
            told.extend(fields.text(way)?.map(|text| (way, text)));
        }
        let [(way, text)] = told.as_slice() else {
            return unsupported(format!("{what} without one percent or amount"));
        };
        let mut setting = json!({"percent": "0", "kind": "standard"});
        match *way {
            "percent" => setting["percent"] = json!(decimal(text)?.to_string()),
            "percent_of_gross" => {
                setting["percent"] = json!(decimal(text)?.to_string());
                setting["method"] = json!("percent_of_gross");
            }
            "fixed" => setting["method"] = json!({"per_line": each(text.clone())}),
            _ => setting["method"] = json!({"per_unit": each(text.clone())}),
        }
        match fields.text("on")?.as_deref() {
            None | Some("net") => {}
            Some("net_and_taxes" | "previous_total" | "previous_row_total") => {
                setting["on"] = json!("net_and_taxes");
            }
            Some("previous_tax" | "previous_amount" | "previous_row_amount") => {
                setting["on"] = json!("tax_before");
            }
            Some(other) => return unsupported(format!("{what}.on={other}")),
        }
        let basis = fields.text("basis")?;
        match basis.as_deref() {
            None | Some("accrual" | "invoice") => {}
            Some("cash" | "payment") => setting["basis"] = json!({"payment": "percentage"}),
            Some(other) => return unsupported(format!("{what}.basis={other}")),
        }
        let included = fields.flag("included")?.unwrap_or(false);
        fields.finish()?;
        Ok(Self { setting, included, based: basis.is_some() })
    }

    /// Whether prices contain it.
    #[must_use]
    pub const fn included(&self) -> bool {
        self.included
    }

    /// The setting of a code. A tax that does not say when it falls due does so as the case says of
    /// all.
    #[must_use]
    pub fn setting(&self, code: &str, recognition: Option<&str>) -> Value {
        let mut tax = self.setting.clone();
        tax["code"] = json!(code);
        if let (Some(word), false) = (recognition, self.based) {
            tax["basis"] = json!({"payment": word});
        }
        tax
    }
}

/// How tax falls due with payment, where a case says it of all taxes.
///
/// # Errors
/// A word that is not known.
pub fn recognition(fields: &mut Fields<'_>) -> Read<Option<&'static str>> {
    let point = match fields.text("tax_point")?.as_deref() {
        None | Some("on_invoice") => None,
        Some("on_payment") => Some("percentage"),
        Some(other) => return unsupported(format!("policy.tax_point={other}")),
    };
    Ok(match fields.text("unrealized_tax")?.as_deref() {
        None => point,
        Some("none" | "") => None,
        Some("percentage") => Some("percentage"),
        Some("first") => Some("first"),
        Some("last") => Some("last"),
        Some("first_fully_paid") => Some("first_fully_paid"),
        Some("last_fully_paid") => Some("last_fully_paid"),
        Some(other) => return unsupported(format!("policy.unrealized_tax={other}")),
    })
}

/// Rounding to coins: a step alone rounds every instalment to the nearest; with a mode, the document.
///
/// # Errors
/// A word that is not known.
pub fn cash_rounding(value: &Value) -> Read<Value> {
    if let Some(step) = plain(value) {
        return Ok(json!({"step": step, "per": "instalment"}));
    }
    let mut fields = Fields::of("policy.cash_rounding", value)?;
    let step = fields.need("step")?;
    let mode = match fields.text("mode")?.as_deref() {
        None | Some("half_up" | "nearest") => "half_away_from_zero",
        Some("down") => "toward_zero",
        Some("up") => "away_from_zero",
        Some(other) => return unsupported(format!("policy.cash_rounding.mode={other}")),
    };
    let difference = match fields.text("strategy")?.as_deref() {
        None | Some("add_line" | "rounding_line" | "rounding_account" | "add_invoice_line") => "account",
        Some("biggest_tax") => "biggest_tax",
        Some(other) => return unsupported(format!("policy.cash_rounding.strategy={other}")),
    };
    let per = match fields.text("per")?.as_deref() {
        None | Some("document" | "total") => "document",
        Some("instalment") => "instalment",
        Some(other) => return unsupported(format!("policy.cash_rounding.per={other}")),
    };
    fields.finish()?;
    Ok(json!({"step": step, "mode": mode, "per": per, "difference": difference}))
}

/// Which tax takes what rounding several together leaves.
///
/// # Errors
/// A word that is not known.
pub fn residual(word: &str) -> Read<&'static str> {
    Ok(match word {
        "first" | "first tax of the line takes it" => "first",
        "last" | "last tax of the line takes it" => "last",
        "largest" | "largest tax of the line takes it" => "largest",
        _ => return unsupported(format!("policy.residual={word}")),
    })
}
