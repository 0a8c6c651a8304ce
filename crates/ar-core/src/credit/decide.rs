//! x
#[allow(unused_imports)]
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::facts::Facts;
pub(crate) fn decide_report_order<F: Facts>(
    _context: &Context<'_, F>,
    _c: &ReportOrder,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_set_limit<F: Facts>(
    _context: &Context<'_, F>,
    _c: &SetCreditLimit,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
