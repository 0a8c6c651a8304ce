//! Steps of withholding.

use proptest::prelude::*;

use super::{Step, days, now_and_then, rarely, sizes};

/// Certificates for withheld tax: few numbers, so that one comes twice.
pub(super) fn withholding() -> impl Strategy<Value = Step> {
    let links = proptest::collection::vec((0..6_u8, now_and_then(sizes(), 3)), 1..3);
    prop_oneof![
        4 => (0..12_u8, 0..8_u8, sizes(), days())
            .prop_map(|(item, tax, size, day)| Step::PayWithheld { item, tax, size, day }),
        4 => (links, 0..4_u8, days(), rarely(10), any::<bool>()).prop_map(
            |(links, number, day, wrong_account, reopen)| {
                Step::Certify { links, number, day, wrong_account, reopen }
            }
        ),
        1 => (0..4_u8, days()).prop_map(|(certificate, day)| Step::WithdrawCertificate { certificate, day }),
        2 => (0..6_u8, sizes(), days())
            .prop_map(|(link, size, day)| Step::ReturnWithheld { link, size, day }),
    ]
}
