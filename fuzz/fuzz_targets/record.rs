//! Stored records: bytes that are accepted are exactly the encoding of what they say, and folding
//! them never panics (INV-06, INV-12).
#![no_main]

use ar_core::{Record, changes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = Record::decode_strict(bytes) else { return };
    assert_eq!(record.encode().expect("a record encodes"), bytes);
    let mut out = Vec::new();
    changes(1, &record.event, &mut out);
});
