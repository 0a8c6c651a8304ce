//! Tax that customers withhold: part of a debit is settled by a claim on the tax office instead of cash,
//! and a certificate proves the claim (INV-28, INV-29).
//!
//! A withheld amount is a figure of the settlement beside its discount and tolerance. It waits for its
//! certificate; what is never certified is open on the customer again, with the age the debit always had.

mod amount;
mod certificate;
mod give_back;

pub(crate) use amount::{given, of_code};
pub(crate) use certificate::{check_not_certified, decide_record_certificate, decide_withdraw_certificate};
pub(crate) use give_back::decide_return_withholding;

use serde::{Deserialize, Serialize};

use crate::record::Position;
use crate::rejection::Rejection;
use crate::values::*;

/// Most withheld amounts on one certificate.
pub const CERTIFIED_MAX: usize = 1_000;
/// Most certificates that one withheld amount ever had.
pub(crate) const CERTIFICATES_MAX: usize = 100;

/// Setting: a tax that customers withhold when they pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithholdingTax {
    /// The code; the chart may map each to its own ledger account under the role `withholding`.
    pub code: TaxCode,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// How much is withheld.
    pub percent: Percent,
    /// Of what.
    #[serde(default)]
    pub on: WithheldOn,
}

impl WithholdingTax {
    /// Checks that something is withheld and something is paid.
    ///
    /// # Errors
    /// `setting.invalid`.
    pub fn check(&self) -> Result<(), Rejection> {
        let percent = self.percent.decimal();
        let below = percent.checked_add(Decimal::whole(-100)).is_some_and(Decimal::is_negative);
        if below && !percent.is_zero() && !percent.is_negative() {
            return Ok(());
        }
        let problem = format!("{} withholds {} %; give more than 0 and less than 100", self.code, percent);
        Err(Rejection::SettingInvalid { setting: "withholding", problem })
    }
}

/// What a withholding tax is a percent of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithheldOn {
    /// What is settled without its taxes: the share that the document's net has in its total.
    #[default]
    Net,
    /// All that is settled.
    Gross,
}

/// Tax that the customer withheld of a settlement: an amount, or a code that says how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// The tax; without an amount, its rate says how much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<TaxCode>,
    /// How much, in the currency of the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

/// How a settlement's withheld tax was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithheldAs {
    /// The tax, where it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<TaxCode>,
    /// The ledger account of the claim.
    pub posted: GlCode,
}

/// Records the certificate for amounts that a customer withheld.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordCertificate {
    /// The account that paid and withheld.
    pub account: AccountId,
    /// The number of the certificate; an account has each number once.
    pub certificate: CertificateId,
    /// The day it was issued.
    pub issued: Date,
    /// Accounting date: from this day the amounts are certified.
    pub date: Date,
    /// The withheld amounts it certifies.
    pub withheld: Vec<CertifiedLink>,
    /// What happens where it certifies less than was withheld.
    #[serde(default)]
    pub shortfall: Shortfall,
}

/// One withheld amount on a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifiedLink {
    /// The settlement that has it.
    pub link: LinkId,
    /// How much of it is certified; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

/// What happens where a certificate proves less than was withheld.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// It is refused.
    #[default]
    Refuse,
    /// The difference is open on the item again.
    Reopen,
}

/// Takes a recorded certificate back: what it certified waits for one again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawCertificate {
    /// The account.
    pub account: AccountId,
    /// The certificate.
    pub certificate: CertificateId,
    /// Accounting date.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// Gives a withheld amount that was never certified back to the customer's debts: it is open on its item
/// again, which ages as it always did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnWithholding {
    /// The settlement that has it.
    pub link: LinkId,
    /// How much; absent means all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Accounting date; in a closed period it moves to the first open day.
    pub date: Date,
    /// Why.
    pub reason: Text,
}

/// Event: withheld amounts were certified. Nothing is posted: the claim stays what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRecorded {
    /// The account.
    pub account: AccountId,
    /// The certificate.
    pub certificate: CertificateId,
    /// The day it was issued.
    pub issued: Date,
    /// Accounting date.
    pub date: Date,
    /// What it certifies, each whole.
    pub withheld: Vec<Certified>,
}

/// A withheld amount that a certificate proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certified {
    /// The settlement.
    pub link: LinkId,
    /// The item it settles.
    pub item: ItemId,
    /// How much.
    pub amount: Amount,
}

/// Event: a certificate was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateWithdrawn {
    /// The account.
    pub account: AccountId,
    /// The certificate.
    pub certificate: CertificateId,
    /// Accounting date.
    pub date: Date,
    /// The settlements it certified.
    pub links: Vec<LinkId>,
    /// Why.
    pub reason: Text,
}

/// Row: tax withheld in one settlement, with the certificates it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithholdingRow {
    /// The settlement.
    pub link: LinkId,
    /// The account that paid and withheld.
    pub account: AccountId,
    /// The item.
    pub item: ItemId,
    /// The currency.
    pub currency: Currency,
    /// How much, in minor units.
    pub amount: i64,
    /// The tax and the ledger account of the claim.
    pub withheld: WithheldAs,
    /// Accounting date of the settlement.
    pub date: Date,
    /// Where its event stands in the log.
    pub position: Position,
    /// Its certificates in the order they were recorded; none but the last counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateSpan>,
    /// Accounting date and position of the settlement's undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<(Date, Position)>,
}

/// From when to when a certificate counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateSpan {
    /// The certificate.
    pub certificate: CertificateId,
    /// The day it was issued.
    pub issued: Date,
    /// Accounting date.
    pub date: Date,
    /// Where its event stands in the log.
    pub position: Position,
    /// Accounting date and position of its withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<(Date, Position)>,
}

/// What happened to a withheld amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WithholdingMove {
    /// Its settlement was undone.
    Undone(Date, Position),
    /// It was certified.
    Certified(CertificateSpan),
    /// Its certificate was taken back.
    Withdrawn(Date, Position),
}

impl WithholdingRow {
    /// Takes over what happened to it.
    pub fn moved(&mut self, by: WithholdingMove) {
        match by {
            WithholdingMove::Undone(date, position) => self.undone = Some((date, position)),
            WithholdingMove::Certified(span) => self.certificates.push(span),
            WithholdingMove::Withdrawn(date, position) => {
                if let Some(last) = self.certificates.last_mut() {
                    last.withdrawn = Some((date, position));
                }
            }
        }
    }

    /// The certificate that counts now.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateSpan> {
        self.certificates.last().filter(|span| span.withdrawn.is_none())
    }

    /// Whether its settlement counts on a day as known at a position.
    #[must_use]
    pub fn counts_on(&self, day: Date, known: Position) -> bool {
        self.date <= day && self.position <= known && !before(self.undone, day, known)
    }

    /// The certificate that counts on a day as known at a position.
    #[must_use]
    pub fn certificate_on(&self, day: Date, known: Position) -> Option<&CertificateSpan> {
        let there = |span: &&CertificateSpan| span.date <= day && span.position <= known;
        let counts = |span: &&CertificateSpan| !before(span.withdrawn, day, known);
        self.certificates.iter().rev().filter(there).find(counts)
    }
}

fn before(end: Option<(Date, Position)>, day: Date, known: Position) -> bool {
    end.is_some_and(|(date, position)| date <= day && position <= known)
}

/// Row: the number of a certificate that an account gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRow {
    /// The account.
    pub account: AccountId,
    /// The number.
    pub certificate: CertificateId,
    /// Accounting date.
    pub date: Date,
    /// Where its event stands in the log.
    pub position: Position,
    /// Whether it was taken back; its number may then be given again.
    pub withdrawn: bool,
}
