//! Claims that were given up stay in sight (INV-37), the roll-forward foots with what came in of them
//! (INV-42), and credits that have not moved are listed: the same from memory and from SQLite (INV-56).
#![cfg(feature = "sqlite")]
#![allow(missing_docs)]

use ar_core::query::{
    AccountFilter, AsOf, Claims, Dormant, RollForward, Scope, claims, dormant, roll_forward,
};
use ar_core::values::{BookId, Date};
use ar_core::wire::read_envelope;
use ar_store::{Ledger, Memory, Sqlite, Store};
use pollster::block_on;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

const COMMANDS: [&str; 10] = [
    r#"{"open_book":{"base":"EUR","settings":[{"reason":{"code":"bankrupt","text":"bankrupt","tax_relief":true}},{"tax":{"code":"V","percent":"20","kind":"standard"}}]}}"#,
    r#"{"open_account":{"account":"C-1","date":"2026-01-01","profile":{"attributes":{"state":"DE-BY"}}}}"#,
    r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-1"},"date":"2026-01-05","lines":[{"amount":"100.00","taxes":["V"]}]}}"#,
    r#"{"write_off":{"item":"INV-1","date":"2026-03-31","reason":"bankrupt"}}"#,
    r#"{"receive_payment":{"payment":"P-1","payer":{"account":"C-1"},"amount":"70.00","date":"2026-05-04"}}"#,
    r#"{"recover":{"write_off":"k3.0","credit":"P-1","amount":"60.00","date":"2026-05-10"}}"#,
    r#"{"receive_payment":{"payment":"P-2","payer":{"account":"C-1"},"amount":"7.00","date":"2026-05-20"}}"#,
    r#"{"receive_payment":{"payment":"P-3","payer":"unidentified","amount":"3.00","date":"2026-01-02"}}"#,
    r#"{"undo":{"link":"k5.0","date":"2026-06-30","reason":"meant for another claim"}}"#,
    r#"{"recover":{"write_off":"k3.0","credit":"P-1","amount":"36.00","date":"2026-07-01"}}"#,
];

fn played<S: Store>(ledger: Ledger<S>) -> Ledger<S> {
    for (n, command) in COMMANDS.iter().enumerate() {
        let envelope = format!(
            r#"{{"book":"B","id":"k{n}","actor":"ann","at":"2026-01-01T00:00:00Z","command":{command}}}"#
        );
        block_on(ledger.execute(read_envelope(envelope.as_bytes()).unwrap())).unwrap();
    }
    assert!(block_on(ledger.verify()).unwrap().is_ok());
    ledger
}

fn books() -> (Ledger<Memory>, Ledger<Sqlite>, tempfile::TempDir) {
    let id = || BookId::parse("B").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Ledger::open_sqlite(dir.path().join("book"), id()).unwrap();
    (played(Ledger::memory(id())), played(sqlite), dir)
}

fn claims_of<S: Store>(ledger: &Ledger<S>, on: &str, known: u64) -> Claims
where
    S::View: ar_core::query::View,
{
    let as_of = AsOf { effective: day(on), known };
    block_on(ledger.read(move |view| claims(view, as_of, &Scope::All).map_err(|_| ()))).unwrap().unwrap()
}

fn figures(claims: &Claims) -> Vec<[String; 5]> {
    let all = claims.currencies.iter().flat_map(|currency| &currency.claims);
    all.map(|claim| {
        let f = claim.figures;
        [f.given_up, f.relieved, f.recovered, f.given_back, f.left].map(|amount| amount.to_string())
    })
    .collect()
}

fn told(texts: [&str; 5]) -> Vec<[String; 5]> {
    vec![texts.map(str::to_owned)]
}

#[test]
fn inv_37_a_claim_given_up_is_told_with_what_came_in_of_it_on_any_day_as_known_then() {
    let (memory, sqlite, _dir) = books();
    for (on, known, wanted) in [
        ("2026-03-30", u64::MAX, vec![]),
        ("2026-03-31", u64::MAX, told(["120.00", "20.00", "0.00", "0.00", "120.00"])),
        ("2026-05-10", u64::MAX, told(["120.00", "20.00", "60.00", "10.00", "60.00"])),
        ("2026-06-30", u64::MAX, told(["120.00", "20.00", "0.00", "0.00", "120.00"])),
        ("2026-06-30", 8, told(["120.00", "20.00", "60.00", "10.00", "60.00"])),
        ("2026-07-01", u64::MAX, told(["120.00", "20.00", "36.00", "6.00", "84.00"])),
    ] {
        let found = claims_of(&memory, on, known);
        assert_eq!(figures(&found), wanted, "on {on}");
        assert_eq!(found, claims_of(&sqlite, on, known), "on {on}");
    }
}

fn rolled<S: Store>(ledger: &Ledger<S>) -> RollForward
where
    S::View: ar_core::query::View,
{
    let (from, as_of) = (day("2026-01-01"), AsOf { effective: day("2026-12-31"), known: u64::MAX });
    let told = ledger.read(move |view| roll_forward(view, from, as_of, &Scope::All).map_err(|_| ()));
    block_on(told).unwrap().unwrap()
}

#[test]
fn inv_42_what_was_recovered_has_a_column_of_its_own_and_the_schedule_foots() {
    let (memory, sqlite, _dir) = books();
    let schedule = rolled(&memory).currencies[0].total;
    let of = |amount: ar_core::Amount| amount.to_string();
    assert_eq!([of(schedule.write_offs), of(schedule.recoveries)], ["-120.00", "36.00"]);
    assert_eq!([of(schedule.closing), of(schedule.unexplained)], ["-44.00", "0.00"]);
    assert_eq!(rolled(&memory), rolled(&sqlite));
}

fn idle<S: Store>(ledger: &Ledger<S>, days: u32, all: bool) -> Dormant
where
    S::View: ar_core::query::View,
{
    let as_of = AsOf { effective: day("2026-12-31"), known: u64::MAX };
    let mut filter = AccountFilter::default();
    if !all {
        filter.attributes.set("state", ar_core::values::Text::parse("DE-BY").unwrap()).unwrap();
    }
    let told = ledger.read(move |view| dormant(view, as_of, days, &filter).map_err(|_| ()));
    block_on(told).unwrap().unwrap()
}

#[test]
fn inv_34_credits_that_have_not_moved_are_listed_with_the_law_they_fall_under() {
    let (memory, sqlite, _dir) = books();
    let items = |found: &Dormant| -> Vec<String> {
        let credits = found.currencies.iter().flat_map(|currency| &currency.credits);
        credits
            .map(|c| format!("{} {} {} {}", c.item, c.open, c.last_moved, c.attributes.iter().count()))
            .collect()
    };
    let found = idle(&memory, 183, true);
    // P-1 moved on 1 July, 183 days before the year's end.
    assert_eq!(
        items(&found),
        ["P-1 -34.00 2026-07-01 1", "P-2 -7.00 2026-05-20 1", "P-3 -3.00 2026-01-02 0"]
    );
    assert_eq!(found, idle(&sqlite, 183, true));
    assert_eq!(items(&idle(&memory, 184, true)).len(), 2);
    assert_eq!(items(&idle(&memory, 183, false)).len(), 2, "nobody's cash falls under no state");
}
