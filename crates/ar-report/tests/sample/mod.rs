//! A small journal with what is awkward: foreign currency, an exchange gain, codes and ids with
//! characters that other formats reserve.
#![allow(missing_docs, unreachable_pub, dead_code)]

use ar_core::journal::{JournalLine, Role};
use ar_core::{AccountId, Amount, Currency, Date, GlCode};
use ar_report::Entry;

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn line(role: Role, code: &str, units: &str, base: Option<&str>, account: Option<&str>) -> JournalLine {
    JournalLine {
        role,
        code: GlCode::parse(code).unwrap(),
        amount: amount(units),
        base: base.map(amount),
        account: account.map(|a| AccountId::parse(a).unwrap()),
        partner: None,
        dimensions: ar_core::Attributes::default(),
    }
}

fn entry(position: u64, date: &str, currency: &str, event: &'static str, about: &[&str]) -> Entry {
    Entry {
        position,
        date: Date::parse(date).unwrap(),
        currency: Currency::parse(currency).unwrap(),
        event,
        about: about.iter().map(|a| (*a).to_owned()).collect(),
        account: Some("C-1".to_owned()),
        lines: Vec::new(),
    }
}

pub fn entries() -> Vec<Entry> {
    let mut paid = entry(7, "2026-02-01", "EUR", "credit_allocated", &["PMT-1", "INV(1);x"]);
    paid.lines = vec![
        line(Role::Unapplied, "2300", "100.00", Some("112.00"), Some("C-1")),
        line(Role::Receivable, "12.00", "-100.00", Some("-110.00"), Some("C-2")),
        line(Role::FxGain, "7800", "0.00", Some("-2.00"), None),
    ];
    let mut issued = entry(3, "2026-01-01", "USD", "document_issued", &["INV-1"]);
    issued.lines = vec![
        line(Role::Receivable, "12-00", "1190.00", None, Some("C-1")),
        line(Role::Revenue, "4000", "-1000.00", None, None),
        line(Role::Tax, "2200", "-190.00", None, None),
    ];
    let mut yen = entry(4, "2026-01-01", "JPY", "document_issued", &["INV\"2"]);
    yen.lines = vec![
        line(Role::Receivable, "12-00", "5000", None, Some("C-1")),
        line(Role::Revenue, "4000", "-5000", None, None),
    ];
    vec![paid, issued, yen]
}
