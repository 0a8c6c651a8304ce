//! Shape: what can be checked of a command without the book, and what it surely needs.
use crate::command::{Command, Envelope};
use crate::facts::Need;
use crate::rejection::Rejection;
/// Checks bounds that follow from the command alone.
pub(crate) fn check(_envelope: &Envelope) -> Result<(), Rejection> {
    Ok(())
}
/// The facts a command surely needs.
pub(crate) fn needs(_command: &Command, _needs: &mut Vec<Need>) {}
