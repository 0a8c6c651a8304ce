//! Words for what a step did: names of settlements, and the invariant that a wrong answer breaks.

use crate::model::Refusal;

/// The name of a settlement in rows.
pub(super) fn kind_name(kind: crate::model::LinkKind) -> &'static str {
    use crate::model::LinkKind::{
        Allocation, Conversion, DiscountReversal, Move, Netting, Recovery, Refund, Revaluation, Reversal,
        Void, Waiver, WriteOff,
    };
    match kind {
        Allocation => "allocation",
        WriteOff => "write_off",
        Void => "void",
        Reversal => "reversal",
        Refund => "refund",
        Move => "move",
        Conversion => "conversion",
        Revaluation => "revaluation",
        Waiver => "waiver",
        Recovery => "recovery",
        Netting => "netting",
        DiscountReversal => "discount_reversal",
    }
}

/// Which invariant a wrong answer breaks, by the refusal that was due.
pub(super) fn invariant_of(codes: &Refusal) -> &'static str {
    let of = |code: &str| match code {
        "allocation.exceeds_payment" => "INV-25",
        "withholding.certified" | "withholding.exceeds_pending" | "certificate.taken" => "INV-28",
        "allocation.exceeds_item" | "write_off.exceeds_item" => "INV-26",
        "allocation.account_mismatch" | "allocation.item_state" => "INV-28",
        "write_off.nothing_small" | "recovery.exceeds_write_off" | "write_off.recovered" => "INV-37",
        "credit.tax_relieved" => "INV-23",
        "refund.exceeds_unapplied" | "refund.state" => "INV-34",
        "period.closed" | "period.not_open" | "period.soft_closed" => "INV-38",
        "conflict.version" => "INV-53",
        "credit.exceeds_invoice" => "INV-23",
        "approval.same_actor" | "approval.not_approver" | "approval.not_maker" => "INV-63",
        "approval.digest_differs" | "approval.stale" | "approval.expired" | "approval.decided" => "INV-65",
        "number.taken" => "INV-18",
        "series.chronology" => "INV-20",
        "charge.nothing" => "INV-46",
        "document.state" => "INV-21",
        "reversal.already_reversed" | "payment.already_reversed" => "INV-13",
        "credit.limit_exceeded" | "account.on_hold" | "credit.rate_missing" | "credit.too_far_back" => {
            "INV-52"
        }
        "currency.mismatch" => "INV-03",
        "idempotency.conflict" => "INV-48",
        _ => "INV-69",
    };
    codes.iter().map(|code| of(code)).find(|invariant| *invariant != "INV-69").unwrap_or("INV-69")
}
