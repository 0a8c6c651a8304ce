//! x
#[allow(unused_imports)]
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::facts::Facts;
pub(crate) fn decide_open<F: Facts>(_context: &Context<'_, F>, _c: &OpenAccount) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_amend<F: Facts>(_context: &Context<'_, F>, _c: &AmendAccount) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_hold<F: Facts>(_context: &Context<'_, F>, _c: &HoldAccount) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_release<F: Facts>(
    _context: &Context<'_, F>,
    _c: &ReleaseAccount,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_close<F: Facts>(_context: &Context<'_, F>, _c: &CloseAccount) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_reopen<F: Facts>(
    _context: &Context<'_, F>,
    _c: &ReopenAccount,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
