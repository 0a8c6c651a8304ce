//! What a refusal is called in a case and which of the library's codes fit that name. A step that
//! is refused for any other reason is no expected refusal.

use ar_core::Rejection;

use super::fields::{Read, unsupported};

/// Why a step was refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// The typed refusal, where the law gave it.
    pub rejection: Option<Box<Rejection>>,
}

impl Refusal {
    /// A refusal of a query.
    #[must_use]
    pub fn query(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), rejection: None }
    }

    /// Whether the refusal is what a case calls by this word.
    ///
    /// # Errors
    /// A word that no refusal of the library answers to.
    pub fn fits(&self, word: &str) -> Read<bool> {
        let codes = codes(word)?;
        let settled = matches!(
            self.rejection.as_deref(),
            Some(Rejection::ItemSide { problem, .. }) if problem.starts_with("nothing ")
        );
        Ok(codes.contains(&self.code.as_str()) || (word == "over_allocation" && settled))
    }
}

/// The codes that fit a word.
///
/// # Errors
/// A word that no refusal of the library answers to.
pub fn codes(word: &str) -> Read<&'static [&'static str]> {
    Ok(match word {
        "over_allocation" => &["allocation.exceeds_item", "allocation.exceeds_payment"],
        "credit_limit_exceeded" => &["credit.limit_exceeded"],
        "customer_on_hold" | "customer_blocked" | "customer_frozen" => &["account.on_hold"],
        "portions_not_100" | "payment_terms_do_not_cover_total" => &["terms.instalments"],
        "discount_needs_single_term" => &["terms.discount_with_instalments"],
        "bucket_limit_not_positive" => &["query.buckets"],
        "duplicate_term" => &["terms.instalments"],
        "period_closed" | "closed_period" | "period_locked" | "date_locked" => {
            &["period.closed", "period.soft_closed"]
        }
        "period_overlap" | "overlapping_periods" => &["period.overlap"],
        "unallocated_receipts" => &["close.unallocated_receipt"],
        "unidentified_cash" => &["close.unidentified_cash"],
        "period_not_closed" | "period_already_closed" => &["period.state"],
        "earlier_period_open" | "later_period_closed" => &["period.order"],
        "currency_mismatch" => &["currency.mismatch"],
        "credit_exceeds_invoice" | "over_credit" | "deposit_exceeded" => &["credit.exceeds_invoice"],
        "refund_exceeds_credit" | "over_refund" => &["refund.exceeds_unapplied"],
        "write_off_exceeds_open" => &["write_off.exceeds_item"],
        "already_cancelled" | "already_reversed" => {
            &["payment.already_reversed", "reversal.already_reversed", "document.state"]
        }
        "has_payments" | "has_allocations" => &["document.state"],
        "duplicate_number" | "number_taken" => &["number.taken"],
        "due_before_document_date" => &["date.due_before_issue"],
        "amount_not_positive" => &["amount.not_positive", "allocation.not_positive", "amount.negative"],
        "missing_rate" | "no_rate" => &["rate.missing", "charge.rate_missing"],
        "consumer" => &["charge.consumer"],
        "wrong_customer" | "customer_mismatch" => {
            &["allocation.account_mismatch", "document.account_mismatch"]
        }
        other => return unsupported(format!("error={other}")),
    })
}
