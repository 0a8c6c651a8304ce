//! x
#[allow(unused_imports)]
use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::facts::Facts;
pub(crate) fn decide_void<F: Facts>(_context: &Context<'_, F>, _c: &VoidDocument) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_annotate<F: Facts>(
    _context: &Context<'_, F>,
    _c: &AnnotateDocument,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
pub(crate) fn decide_delivery<F: Facts>(
    _context: &Context<'_, F>,
    _c: &RecordDelivery,
) -> Result<Decision, Halt> {
    Err(crate::rejection::Rejection::ReasonMissing { what: "stub" }.into())
}
