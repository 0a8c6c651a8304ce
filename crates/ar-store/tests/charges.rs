//! Charges in reports: the roll-forward has columns for them and foots (INV-42), and charging a debt
//! does not make it younger (INV-41).
#![allow(missing_docs)]

use ar_core::query::{AgingBy, AsOf, Scope, aging_by_item, roll_forward};
use ar_core::values::{BookId, Date};
use ar_core::wire::read_envelope;
use ar_store::{Ledger, Memory};
use pollster::block_on;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// A debt of 10,000.00 due at the end of May, charged to the end of July with a fixed sum, of which ten
/// are waived in August.
fn charged(until: usize) -> Ledger<Memory> {
    let ledger = Ledger::memory(BookId::parse("B").unwrap());
    let commands = [
        r#"{"open_book":{"base":"EUR","settings":[{"reason":{"code":"goodwill","text":"goodwill"}},{"charge_policy":{"id":"LATE","interest":{"rate":{"rates":{"fixed":"10.15"}}},"currency":"EUR","fixed_sums":[{"from":"0","amount":"40"}]}}]}}"#,
        r#"{"open_account":{"account":"C-1","date":"2026-01-01"}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-1"},"date":"2026-05-01","terms":{"due":{"date":"2026-05-31"}},"lines":[{"amount":"10000.00"}]}}"#,
        r#"{"assess_charges":{"account":"C-1","policy":"LATE","through":"2026-07-31","date":"2026-07-31"}}"#,
        r#"{"waive_charge":{"item":"FC-2026-00001","amount":"10.00","date":"2026-08-05","reason":"goodwill"}}"#,
        r#"{"waive_charge":{"item":"FC-2026-00001#2","date":"2026-08-05","reason":"goodwill"}}"#,
    ];
    for (n, command) in commands.iter().take(until).enumerate() {
        let envelope = format!(
            r#"{{"book":"B","id":"k{n}","actor":"ann","at":"2026-01-01T00:00:00Z","command":{command}}}"#
        );
        block_on(ledger.execute(read_envelope(envelope.as_bytes()).unwrap())).unwrap();
    }
    assert!(block_on(ledger.verify()).unwrap().is_ok());
    ledger
}

#[test]
fn inv_42_interest_and_fees_have_columns_of_their_own_and_waivers_lower_them() {
    let ledger = charged(6);
    let schedule = |from: &str, to: &str| {
        let (from, as_of) = (day(from), AsOf { effective: day(to), known: u64::MAX });
        let told = block_on(ledger.read(move |view| roll_forward(view, from, as_of, &Scope::All)));
        told.unwrap().unwrap().currencies[0].total
    };
    let july = schedule("2026-07-01", "2026-07-31");
    // 10000 x 10.15 % x 61/365 = 169.6301...
    assert_eq!((july.opening.to_string(), july.interest.to_string()), ("10000.00".into(), "169.63".into()));
    assert_eq!((july.fees.to_string(), july.closing.to_string()), ("40.00".into(), "10209.63".into()));
    let august = schedule("2026-08-01", "2026-08-31");
    assert_eq!(august.opening, july.closing);
    assert_eq!((august.interest.to_string(), august.fees.to_string()), ("-10.00".into(), "-40.00".into()));
    assert_eq!(august.closing.to_string(), "10159.63");
    for schedule in [july, august] {
        assert_eq!((schedule.unexplained.minor(), schedule.write_offs.minor()), (0, 0));
    }
}

#[test]
fn inv_41_charging_a_debt_does_not_make_it_younger() {
    let bucket = |until| {
        let as_of = AsOf { effective: day("2026-08-31"), known: u64::MAX };
        let ledger = charged(until);
        let aging = block_on(ledger.read(move |view| aging_by_item(view, as_of, &AgingBy::default())));
        let items = aging.unwrap().unwrap().currencies.remove(0).items.unwrap();
        let debt = items.iter().find(|line| line.item.to_string() == "INV-1").cloned();
        format!("{:?}", debt.unwrap())
    };
    assert_eq!(bucket(3), bucket(6));
}
