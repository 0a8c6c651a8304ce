//! Free text: one normal form, no invisible characters, bounded length.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

use super::{ValueError, from_json_text};

/// Free text of at most 500 characters in Unicode normal form C.
///
/// Control characters, zero-width and other invisible characters and bidirectional overrides are
/// left out, so that a name cannot forge a line in a log, turn a line on a page, or differ from
/// another by what nobody sees.
///
/// ```
/// use ar_core::Text;
/// assert_eq!(Text::parse("Mu\u{308}ller")?.as_str(), "Müller");
/// assert_eq!(Text::parse("ACME\u{202e}\u{200b}\nGmbH")?.as_str(), "ACMEGmbH");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text(String);

impl Text {
    /// Most characters.
    pub const LENGTH_MAX: usize = 500;
    /// Most bytes looked at.
    const BYTES_MAX: usize = 4096;

    /// Normalises and bounds a text.
    ///
    /// # Errors
    /// `text.too_long`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if text.len() > Self::BYTES_MAX {
            return Err(ValueError::TextTooLong { length: text.len(), max: Self::LENGTH_MAX });
        }
        if text.is_ascii() && text.len() <= Self::LENGTH_MAX && !text.bytes().any(|b| b.is_ascii_control()) {
            return Ok(Self(text.to_owned()));
        }
        let clean: String = text.chars().filter(|c| !is_invisible(*c)).nfc().collect();
        let length = clean.chars().count();
        if length > Self::LENGTH_MAX {
            return Err(ValueError::TextTooLong { length, max: Self::LENGTH_MAX });
        }
        Ok(Self(clean))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_json_text(deserializer, "text", Self::parse)
    }
}
