//! x
#[allow(unused_imports)]
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::facts::Facts;
pub(crate) fn decide_credit_memo<F: Facts>(
    _context: &Context<'_, F>,
    _c: &IssueCreditMemo,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
