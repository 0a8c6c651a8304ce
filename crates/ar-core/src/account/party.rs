//! Persons' data: kept beside the log, bound to it by a salted digest, erasable without changing a
//! single event (INV-66).

use serde::{Deserialize, Serialize};

use crate::record::sha256_hex;
use crate::rejection::Rejection;
use crate::values::*;

/// Who an account holder is. Lives beside the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The person or company; one subject may hold several accounts.
    pub subject: Option<SubjectId>,
    /// 32 to 128 hexadecimal digits drawn by the caller: it keeps the digest from being guessed.
    pub salt: Text,
    /// Legal name.
    pub name: Text,
    /// Tax registration number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<Text>,
    /// Postal addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// People to write to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Accounts the holder pays from and is refunded to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub banks: Vec<BankDetails>,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// What it is for, like `billing`.
    pub purpose: Text,
    /// Lines as printed, the country last.
    pub lines: Vec<Text>,
    /// ISO 3166 country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Text>,
}

/// A person to write to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// What they are asked about, like `billing` or `disputes`.
    pub purpose: Text,
    /// Name.
    pub name: Text,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Text>,
}

/// A bank account of the holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankDetails {
    /// Holder as the bank knows it.
    pub holder: Text,
    /// IBAN or account number.
    pub number: Text,
    /// BIC or routing number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<Text>,
}

/// What an event says about a person: a subject and a salted digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyRef {
    /// The subject.
    pub subject: SubjectId,
    /// SHA-256 over the canonical JSON of the party, salt included, in hexadecimal.
    pub digest: Text,
}

/// A row beside the log: one version of a subject's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultEntry {
    /// The subject.
    pub subject: SubjectId,
    /// The digest that the event carries.
    pub digest: Text,
    /// The data.
    pub party: Party,
}

/// Most addresses, contacts or bank accounts of one party, and most lines of one address.
pub const PARTY_ENTRIES_MAX: usize = 50;

impl Party {
    /// Checks bounds: a name, country codes of two capitals, and lists of reasonable size.
    ///
    /// # Errors
    /// `setting.invalid`, `input.too_many`.
    pub fn check(&self) -> Result<(), Rejection> {
        let invalid = |problem: String| Rejection::SettingInvalid { setting: "party", problem };
        if self.name.is_empty() {
            return Err(invalid("the name is empty".to_owned()));
        }
        let lines = self.addresses.iter().map(|address| ("lines of one address", address.lines.len()));
        let lists = [
            ("addresses", self.addresses.len()),
            ("contacts", self.contacts.len()),
            ("bank accounts", self.banks.len()),
        ];
        for (what, given) in lists.into_iter().chain(lines) {
            if given > PARTY_ENTRIES_MAX {
                return Err(Rejection::TooManyEntries { what, given, max: PARTY_ENTRIES_MAX });
            }
        }
        for country in self.addresses.iter().filter_map(|address| address.country.as_ref()) {
            let code = country.as_str();
            if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
                return Err(invalid(format!("{code} is not a country; write two capitals, like DE")));
            }
        }
        Ok(())
    }

    /// The reference that goes into the event and the row that goes beside it. A party without a
    /// subject gets the account's own id as its subject.
    ///
    /// # Errors
    /// `id.invalid` for a salt that is not 32 to 128 hexadecimal digits.
    pub fn sealed(&self, account: &AccountId) -> Result<(PartyRef, VaultEntry), ValueError> {
        let salt = self.salt.as_str();
        if !(32..=128).contains(&salt.len()) || !salt.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ValueError::IdInvalid { text: "salt".to_owned(), max: 128 });
        }
        let subject = match &self.subject {
            Some(subject) => subject.clone(),
            None => SubjectId::parse(account.as_str())?,
        };
        let party = Self { subject: Some(subject.clone()), ..self.clone() };
        let digest = Text::parse(&sha256_hex(&party))?;
        Ok((
            PartyRef { subject: subject.clone(), digest: digest.clone() },
            VaultEntry { subject, digest, party },
        ))
    }
}
