//! Currencies of a case. A tag that is no ISO code (`BASE`, `F`, `LCY`) gets a currency of two
//! decimals that the case does not name; the figures do not depend on which.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::Currency;
use serde_json::Value;

use super::fields::{Read, unsupported};

/// What stands in for tags that are no ISO code.
const STAND_INS: [&str; 9] = ["CHF", "SEK", "NOK", "DKK", "CAD", "AUD", "NZD", "SGD", "HKD"];
/// The tag of a base currency that a case leaves unnamed.
const BASE: &str = "BASE";

/// Tags and what they mean in one case.
#[derive(Clone, Debug)]
pub struct Tags {
    tags: BTreeMap<String, Currency>,
    base: Currency,
}

impl Tags {
    /// Reads every currency that a case names, and which of them is the base currency.
    ///
    /// The base currency is the one declared; else `BASE` where amounts are converted or that tag
    /// is named; else the only one there is.
    ///
    /// # Errors
    /// When several are named and none is the base.
    pub fn of(case: &Value) -> Read<Self> {
        let mut seen = Seen::default();
        // An expectation names currencies; that it names a rate says nothing about amounts.
        case.get("expect").iter().for_each(|value| seen.look(value));
        seen.converts = false;
        ["policy", "steps"].iter().filter_map(|key| case.get(key)).for_each(|value| seen.look(value));
        let base = match (seen.base, seen.converts || seen.named.contains(BASE)) {
            (Some(base), _) => base,
            (None, true) => BASE.to_owned(),
            (None, false) if seen.named.len() > 1 => return unsupported("several currencies without a base"),
            (None, false) => seen.named.first().cloned().unwrap_or_else(|| BASE.to_owned()),
        };
        seen.named.insert(base.clone());
        let mut free = STAND_INS.iter().filter(|code| !seen.named.contains(**code));
        let mut tags = BTreeMap::new();
        for tag in &seen.named {
            let own = Currency::parse(tag).ok();
            let other = || free.next().and_then(|code| Currency::parse(code).ok());
            match own.or_else(other) {
                Some(currency) => tags.insert(tag.clone(), currency),
                None => return unsupported("more neutral currencies than there are stand-ins"),
            };
        }
        match tags.get(&base).copied() {
            Some(base) => Ok(Self { tags, base }),
            None => unsupported("base currency"),
        }
    }

    /// The currency of a control account that is named by it: `AR-USD`.
    #[must_use]
    pub fn control_account(&self, name: &str) -> Option<Currency> {
        self.tags.get(name.strip_prefix("AR-")?).copied()
    }

    /// The base currency.
    #[must_use]
    pub const fn base(&self) -> Currency {
        self.base
    }

    /// The currency of a tag.
    ///
    /// # Errors
    /// For a tag that stands where no currency was looked for.
    pub fn currency(&self, tag: &str) -> Read<Currency> {
        self.tags.get(tag).copied().map_or_else(|| unsupported(format!("currency {tag}")), Ok)
    }

    /// What the case calls a currency.
    #[must_use]
    pub fn tag(&self, currency: Currency) -> String {
        let tag = self.tags.iter().find(|(_, known)| **known == currency);
        tag.map_or_else(|| currency.to_string(), |(tag, _)| tag.clone())
    }

    /// All currencies but the base.
    pub fn foreign(&self) -> impl Iterator<Item = Currency> + '_ {
        self.tags.values().copied().filter(|currency| *currency != self.base)
    }
}

#[derive(Default)]
struct Seen {
    named: BTreeSet<String>,
    base: Option<String>,
    converts: bool,
}

impl Seen {
    fn look(&mut self, value: &Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|value| self.look(value)),
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                self.key(key, value);
                self.look(value);
            }),
            _ => {}
        }
    }

    fn key(&mut self, key: &str, value: &Value) {
        self.converts |= matches!(key, "rate" | "base_amount" | "foreign_per_base" | "base_per_foreign");
        let Some(text) = value.as_str() else { return };
        match key {
            "currency" => {
                self.named.insert(text.to_owned());
            }
            "base_currency" | "functional_currency" => {
                self.named.insert(text.to_owned());
                self.base = Some(text.to_owned());
            }
            "pair" => self.named.extend(text.split('/').map(str::to_owned)),
            _ => {}
        }
    }
}
