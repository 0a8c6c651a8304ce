//! x
#[allow(unused_imports)]
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::facts::Facts;
pub(crate) fn decide_request_refund<F: Facts>(
    _context: &Context<'_, F>,
    _c: &RequestRefund,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_pay_refund<F: Facts>(
    _context: &Context<'_, F>,
    _c: &PayRefund,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_void_refund<F: Facts>(
    _context: &Context<'_, F>,
    _c: &VoidRefund,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
