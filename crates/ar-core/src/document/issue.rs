//! x
#[allow(unused_imports)]
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::facts::Facts;
pub(crate) fn decide_invoice<F: Facts>(
    _context: &Context<'_, F>,
    _c: &IssueInvoice,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_debit_memo<F: Facts>(
    _context: &Context<'_, F>,
    _c: &IssueDebitMemo,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
