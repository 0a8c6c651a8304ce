//! Identifiers: short printable ASCII, chosen by the caller; one type per kind of thing.
//!
//! ASCII keeps look-alikes, bidirectional overrides and normal forms out of keys; names of people
//! and companies are free text and live elsewhere.

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use super::{ValueError, excerpt, from_json_text};

fn check(text: &str, max: usize) -> Result<CompactString, ValueError> {
    let allowed = |b: u8| b.is_ascii_graphic() && !matches!(b, b'#' | b'"' | b'\\');
    if text.is_empty() || text.len() > max || !text.bytes().all(allowed) {
        return Err(ValueError::IdInvalid { text: excerpt(text), max });
    }
    Ok(CompactString::new(text))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(CompactString);

        impl $name {
            /// Most characters.
            pub const LENGTH_MAX: usize = $max;

            /// Reads printable ASCII without space, `#`, `"` and `\`.
            ///
            /// # Errors
            /// `id.invalid`.
            pub fn parse(text: &str) -> Result<Self, ValueError> {
                check(text, $max).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                from_json_text(deserializer, stringify!($name), Self::parse)
            }
        }
        impl std::str::FromStr for $name {
            type Err = ValueError;
            fn from_str(text: &str) -> Result<Self, ValueError> {
                Self::parse(text)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

ids! {
    /// A book: one legal entity, or a slice of one.
    BookId 64;
    /// A customer's account in a book.
    AccountId 64;
    /// A document: invoice, memo, payment. One namespace per book.
    DocumentId 64;
    /// A number series.
    SeriesId 32;
    /// A tax code of the book.
    TaxCode 32;
    /// A reason for a memo, a write-off, an override.
    ReasonCode 32;
    /// One of the book's own bank accounts.
    BankId 32;
    /// A sales order reported by the order system.
    OrderId 64;
    /// A refund.
    RefundId 64;
    /// Named payment terms of the book.
    TermsId 32;
    /// A business-day calendar.
    CalendarId 32;
    /// Who acts: a person, or a process by its own name.
    ActorId 64;
    /// An account code of the general ledger.
    GlCode 32;
    /// A person or company whose data lives beside the log.
    SubjectId 64;
    /// An accounting period of the book.
    PeriodId 32;
    /// A customer's promise to pay.
    PromiseId 64;
    /// A policy for finance charges.
    ChargePolicyId 32;
    /// A table of published reference rates.
    RateTableId 32;
    /// The number of a certificate about withheld tax.
    CertificateId 64;
    /// One settlement link: the command's key, a dot and a number.
    LinkId 140;
}

impl AccountId {
    /// An id of the book's own, like the suspense account's.
    pub(crate) const fn reserved(id: &'static str) -> Self {
        Self(CompactString::const_new(id))
    }
}

/// The caller's key of a command: 1 to 128 printable ASCII characters. It makes the command
/// idempotent for as long as the book lives.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct CommandId(CompactString);

impl CommandId {
    /// Most characters.
    pub const LENGTH_MAX: usize = 128;

    /// Reads a key.
    ///
    /// # Errors
    /// `idempotency.key_invalid`, as [`crate::Rejection`] says; here [`ValueError::IdInvalid`].
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        check(text, Self::LENGTH_MAX).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the `n`th settlement link that this command makes, counted from 0.
    #[must_use]
    pub fn link(&self, n: usize) -> LinkId {
        LinkId(compact_str::format_compact!("{}.{n}", self.0))
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for CommandId {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for CommandId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl serde::de::Visitor<'_> for KeyVisitor {
            type Value = CommandId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command id as text")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CommandId, E> {
                CommandId::parse(text).map_err(|e| E::custom(format_args!("[idempotency.key_invalid] {e}")))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// One open position of a document: `INV-1` is the first (often only) instalment, `INV-1#2` the
/// second.
///
/// ```
/// use ar_core::ItemId;
/// assert_eq!(ItemId::parse("INV-1")?.part(), 1);
/// assert_eq!(ItemId::parse("INV-1#2")?.to_string(), "INV-1#2");
/// assert!(ItemId::parse("INV-1#1").is_err(), "one item has one spelling");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId {
    document: DocumentId,
    part: u16,
}

impl ItemId {
    /// The `part`th item of a document, counted from 1.
    #[must_use]
    pub fn new(document: DocumentId, part: u16) -> Self {
        Self { document, part: part.max(1) }
    }

    /// Reads `DOCUMENT` or `DOCUMENT#n` with n from 2.
    ///
    /// # Errors
    /// `id.invalid`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let invalid = || ValueError::IdInvalid { text: excerpt(text), max: DocumentId::LENGTH_MAX };
        let Some((document, part)) = text.split_once('#') else {
            return Ok(Self { document: DocumentId::parse(text)?, part: 1 });
        };
        if part.len() > 5 || part.starts_with('0') || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid());
        }
        let part: u16 = part.parse().map_err(|_| invalid())?;
        if part < 2 {
            return Err(invalid());
        }
        Ok(Self { document: DocumentId::parse(document)?, part })
    }

    /// The document.
    #[must_use]
    pub const fn document(&self) -> &DocumentId {
        &self.document
    }

    /// Which instalment, from 1.
    #[must_use]
    pub const fn part(&self) -> u16 {
        self.part
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.part == 1 {
            f.pad(self.document.as_str())
        } else {
            f.pad(&compact_str::format_compact!("{}#{}", self.document.as_str(), self.part))
        }
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<DocumentId> for ItemId {
    fn from(document: DocumentId) -> Self {
        Self { document, part: 1 }
    }
}

impl std::str::FromStr for ItemId {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

impl Serialize for ItemId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.part == 1 {
            serializer.serialize_str(self.document.as_str())
        } else {
            serializer.collect_str(self)
        }
    }
}

impl<'de> Deserialize<'de> for ItemId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_json_text(deserializer, "an item", Self::parse)
    }
}
