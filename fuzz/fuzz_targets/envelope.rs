//! Commands: no bytes make the boundary panic, what is accepted has one canonical form, and what
//! has a shape gets an answer (INV-06, INV-68).
#![no_main]

use ar_core::wire::{read_envelope, write};
use ar_core::{Halt, decide, first_ask};
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/ar-core/tests/nothing/mod.rs"]
mod nothing;

fuzz_target!(|bytes: &[u8]| {
    let envelope = match read_envelope(bytes) {
        Ok(envelope) => envelope,
        Err(refusal) => {
            assert!(!refusal.form().message.is_empty());
            return;
        }
    };
    let canonical = write(&envelope).expect("a command has a JSON form");
    let again = read_envelope(&canonical).expect("the canonical form reads");
    assert_eq!(again, envelope);
    assert_eq!(write(&again).expect("as before"), canonical);
    assert!(first_ask(&envelope).len() < 100_000);
    match decide(&nothing::Nothing, &envelope) {
        Ok(decision) => assert!(!decision.events.is_empty()),
        Err(Halt::Refused(_)) => {}
        Err(other) => panic!("nothing is missing and nothing can be corrupt: {other:?}"),
    }
});
