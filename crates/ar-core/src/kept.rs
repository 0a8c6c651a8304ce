//! What a store keeps as JSON text beside its columns.
//!
//! Reading it is compiled here, once, and not again in every store.

use crate::account::{Account, Party};
use crate::book::BookConfig;
use crate::rows::{AgreementRow, BadDebt, ProposalRow, RefundRow};
use crate::terms::DiscountTier;
use crate::values::Attributes;
use crate::withholding::{CertificateRow, WithholdingRow};

/// A value that stores keep as JSON text, in the form that serde gives it.
///
/// ```
/// use ar_core::kept::Kept;
/// use ar_core::values::Attributes;
///
/// assert!(Attributes::from_text(r#"{"po":"4711"}"#).is_ok());
/// assert!(Attributes::from_text("[]").is_err());
/// ```
pub trait Kept: Sized {
    /// Reads the text back.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    fn from_text(text: &str) -> Result<Self, String>;
}

macro_rules! kept {
    ($($kept:ty),*) => {$(
        impl Kept for $kept {
            fn from_text(text: &str) -> Result<Self, String> {
                serde_json::from_slice(text.as_bytes()).map_err(|e| e.to_string())
            }
        }
    )*};
}

kept!(
    Account,
    AgreementRow,
    Attributes,
    BadDebt,
    BookConfig,
    Party,
    CertificateRow,
    ProposalRow,
    RefundRow,
    WithholdingRow,
    Vec<DiscountTier>
);

impl<T: Kept> Kept for Option<Box<T>> {
    fn from_text(text: &str) -> Result<Self, String> {
        T::from_text(text).map(|kept| Some(Box::new(kept)))
    }
}
