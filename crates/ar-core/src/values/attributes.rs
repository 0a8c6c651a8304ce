//! Attributes: free key-value pairs on accounts and documents (sales rep, project, territory, PO
//! number), filterable in every query.

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

use super::{Text, ValueError, excerpt};

/// Most attributes on one thing.
pub const ATTRIBUTES_MAX: usize = 32;

/// Free key-value pairs in key order. Keys are 1 to 32 of `a-z`, `0-9` and `_`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Attributes(BTreeMap<CompactString, Text>);

impl Attributes {
    /// Sets one attribute.
    ///
    /// # Errors
    /// `id.invalid` for a key outside its grammar, `attributes.too_many` beyond
    /// [`ATTRIBUTES_MAX`].
    pub fn set(&mut self, key: &str, value: Text) -> Result<(), ValueError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if key.is_empty() || key.len() > 32 || !key.bytes().all(allowed) {
            return Err(ValueError::IdInvalid { text: excerpt(key), max: 32 });
        }
        if self.0.len() >= ATTRIBUTES_MAX && !self.0.contains_key(key) {
            return Err(ValueError::TooManyAttributes { max: ATTRIBUTES_MAX });
        }
        self.0.insert(CompactString::new(key), value);
        Ok(())
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Text> {
        self.0.get(key)
    }

    /// All pairs in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> serde::de::Visitor<'de> for PairsVisitor {
            type Value = Attributes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of texts")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                use serde::de::Error;
                let mut all = Attributes::default();
                while let Some((key, value)) = map.next_entry::<std::borrow::Cow<'de, str>, Text>()? {
                    if all.get(&key).is_some() {
                        return Err(A::Error::custom(format_args!(
                            "[json.duplicate_key] duplicate field `{key}`"
                        )));
                    }
                    all.set(&key, value).map_err(|e| A::Error::custom(format_args!("[{}] {e}", e.code())))?;
                }
                Ok(all)
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}
