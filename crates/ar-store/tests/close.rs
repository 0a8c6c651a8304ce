//! The close on a store: the checklist, the proof, and postings that race the close.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use ar_core::period::{Check, HeadDigest};
use ar_core::query::{
    AgingBy, AsOf, CheckState, Checklist, SignedAt, aging, checklist, closing_figures, reclassification,
};
use ar_core::values::{BookId, Date, PeriodId};
use ar_core::wire::read_envelope;
use ar_store::{Failure, Ledger, Memory, Receipt};
use pollster::block_on;
use serde_json::{Value, json};

fn envelope(id: &str, command: &Value) -> ar_core::Envelope {
    let form =
        json!({"book": "B", "id": id, "actor": "ann", "at": "2026-01-02T08:00:00Z", "command": command});
    read_envelope(form.to_string().as_bytes()).unwrap()
}

fn send(ledger: &Ledger<Memory>, id: &str, command: &Value) -> Result<Receipt, Failure> {
    block_on(ledger.execute(envelope(id, command)))
}

fn invoice(number: &str, account: &str, date: &str, amount: &str) -> Value {
    json!({"issue_invoice": {"account": account, "number": {"given": number}, "date": date,
        "lines": [{"amount": amount}]}})
}

fn opened() -> Ledger<Memory> {
    let ledger = Ledger::memory(BookId::parse("B").unwrap());
    let setup = [
        json!({"open_book": {"base": "EUR"}}),
        json!({"open_account": {"account": "C-1", "date": "2026-01-01"}}),
        json!({"open_account": {"account": "C-2", "date": "2026-01-01"}}),
        json!({"define_period": {"period": "2026-01", "start": "2026-01-01", "end": "2026-01-31"}}),
        json!({"define_period": {"period": "2026-02", "start": "2026-02-01", "end": "2026-02-28"}}),
    ];
    for (n, command) in setup.iter().enumerate() {
        send(&ledger, &format!("setup-{n}"), command).unwrap();
    }
    ledger
}

fn list(ledger: &Ledger<Memory>, period: &str) -> Checklist {
    let period = PeriodId::parse(period).unwrap();
    block_on(ledger.read(move |view| checklist(view, &period, u64::MAX))).unwrap().unwrap().unwrap()
}

fn state(list: &Checklist, check: Check) -> (CheckState, usize, Vec<String>) {
    let line = list.lines.iter().find(|line| line.check == check).unwrap();
    (line.state, line.count, line.amounts.iter().map(ToString::to_string).collect())
}

fn digest(list: &Checklist, check: Check) -> HeadDigest {
    list.lines.iter().find(|line| line.check == check).unwrap().digest.clone()
}

#[test]
fn the_checklist_tells_what_is_left_and_at_which_answer_it_was_signed_off() {
    let ledger = opened();
    let rate =
        json!({"record_rate": {"currency": "USD", "date": "2026-01-05", "rate": "0.9", "source": "ECB"}});
    send(&ledger, "rate", &rate).unwrap();
    let mut foreign = invoice("INV-1", "C-1", "2026-01-05", "100.00");
    foreign["issue_invoice"]["currency"] = json!("USD");
    send(&ledger, "i1", &foreign).unwrap();
    let cash = json!({"receive_payment": {"payment": "P-1", "payer": "unidentified", "amount": "7.00",
        "date": "2026-01-20"}});
    send(&ledger, "p1", &cash).unwrap();

    let january = list(&ledger, "2026-01");
    assert_eq!(january.lines.len(), Check::ALL.len());
    let seven = || vec!["-7.00 EUR".to_owned()];
    assert_eq!(state(&january, Check::UnidentifiedCash), (CheckState::Open, 1, seven()));
    assert_eq!(state(&january, Check::UnallocatedReceipts), (CheckState::Open, 1, seven()));
    assert_eq!(state(&january, Check::Revaluation), (CheckState::Open, 1, vec!["100.00 USD".to_owned()]));
    assert_eq!(state(&january, Check::TieOut), (CheckState::Clear, 0, vec![]));
    assert_eq!(state(&january, Check::UnreconciledStatements).0, CheckState::NotKept);
    assert!(january.ready, "nothing is required, and no earlier period is open");
    assert!(!list(&ledger, "2026-02").ready, "January is open");

    // Signed off at the answer there is; another answer is told apart.
    let sign = json!({"sign_off": {"period": "2026-01", "check": "revaluation",
        "digest": digest(&january, Check::Revaluation)}});
    send(&ledger, "sign", &sign).unwrap();
    let signed = |list: &Checklist| list.lines.iter().find(|l| l.check == Check::Revaluation).unwrap().signed;
    assert_eq!(signed(&list(&ledger, "2026-01")), Some(SignedAt::ThisAnswer));
    let mut more = foreign.clone();
    more["issue_invoice"]["number"] = json!({"given": "INV-2"});
    send(&ledger, "i2", &more).unwrap();
    assert_eq!(signed(&list(&ledger, "2026-01")), Some(SignedAt::AnotherAnswer));
}

#[test]
fn inv_39_a_close_changes_no_earlier_report_and_its_proof_stands_whatever_follows() {
    let ledger = opened();
    send(&ledger, "i1", &invoice("INV-1", "C-1", "2026-01-05", "100.00")).unwrap();
    let end = Date::parse("2026-01-31").unwrap();
    let report = |known: u64| {
        let as_of = AsOf { effective: end, known };
        let found = block_on(ledger.read(move |view| aging(view, as_of, &AgingBy::default()))).unwrap();
        serde_json::to_string(&found.unwrap()).unwrap()
    };
    let before = block_on(ledger.head()).unwrap().size;
    let signed = report(before);
    send(&ledger, "close", &json!({"close_period": {"period": "2026-01", "close": "hard"}})).unwrap();
    assert_eq!(report(before), signed);

    let head = block_on(ledger.head()).unwrap();
    let as_of = AsOf { effective: end, known: head.size };
    let figures = block_on(ledger.read(move |view| closing_figures(view, as_of))).unwrap().unwrap();
    assert_eq!(figures.len(), 1);
    let prove = json!({"prove_period": {"period": "2026-01", "known": head.size, "head": head.hex(),
        "figures": figures}});
    send(&ledger, "prove", &prove).unwrap();
    assert_eq!(state(&list(&ledger, "2026-01"), Check::Proven).0, CheckState::Clear);

    // What follows is dated later, so the figures of January stay.
    send(&ledger, "i2", &invoice("INV-2", "C-1", "2026-02-05", "50.00")).unwrap();
    assert_eq!(report(before), signed);
    assert_eq!(state(&list(&ledger, "2026-01"), Check::Proven).0, CheckState::Clear);

    // Negative control: after a reopening there is no proof, and the report as known then still stands.
    send(&ledger, "reopen", &json!({"reopen_period": {"period": "2026-01", "reason": "late"}})).unwrap();
    send(&ledger, "i3", &invoice("INV-3", "C-1", "2026-01-06", "1.00")).unwrap();
    assert_eq!(state(&list(&ledger, "2026-01"), Check::Proven).0, CheckState::Open);
    assert_eq!(report(before), signed);
    assert_ne!(report(u64::MAX), signed);
}

#[test]
fn a_year_end_lists_credit_balances_and_what_is_due_after_a_year() {
    let ledger = opened();
    let mut late = invoice("INV-1", "C-1", "2026-01-05", "100.00");
    late["issue_invoice"]["terms"] = json!({"inline": {"due": {"net": {"days": 400}}}});
    send(&ledger, "i1", &late).unwrap();
    send(&ledger, "i2", &invoice("INV-2", "C-1", "2026-01-05", "30.00")).unwrap();
    send(&ledger, "r", &json!({"configure": {"reason": {"code": "r", "text": "return"}}})).unwrap();
    let memo = json!({"issue_credit_memo": {"account": "C-2", "number": {"given": "CM-1"}, "date": "2026-01-06",
        "credit": {"standalone": {"lines": [{"amount": "20.00"}]}}, "reason": "r"}});
    send(&ledger, "m", &memo).unwrap();
    let as_of = AsOf { effective: Date::parse("2026-01-31").unwrap(), known: u64::MAX };
    let found = block_on(ledger.read(move |view| reclassification(view, as_of))).unwrap().unwrap();
    let lines: Vec<String> =
        found.lines.iter().map(|l| format!("{} {:?} {}", l.account, l.kind, l.amount)).collect();
    assert_eq!(lines, ["C-1 DueAfterOneYear -100.00", "C-2 CreditBalance 20.00"]);
    assert_eq!(found.reversed_on.to_string(), "2026-02-01");
}

#[cfg(feature = "sqlite")]
#[test]
fn inv_38_a_posting_that_races_the_close_lands_on_one_side_of_it() {
    use ar_core::Event;
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open_sqlite(folder.path().join("book.db"), BookId::parse("B").unwrap()).unwrap();
    let setup = [
        json!({"open_book": {"base": "EUR"}}),
        json!({"open_account": {"account": "C-1", "date": "2026-01-01"}}),
        json!({"define_period": {"period": "2026-01", "start": "2026-01-01", "end": "2026-01-31"}}),
    ];
    for (n, command) in setup.iter().enumerate() {
        ledger.execute_blocking(envelope(&format!("setup-{n}"), command)).unwrap();
    }
    let (done, refused) = std::thread::scope(|scope| {
        let poster = |who: usize| {
            let ledger = &ledger;
            move || {
                let post = |n: usize| {
                    let command = invoice(&format!("INV-{who}-{n}"), "C-1", "2026-01-31", "1.00");
                    ledger.execute_blocking(envelope(&format!("i-{who}-{n}"), &command)).is_ok()
                };
                let answers: Vec<bool> = (0..60).map(post).collect();
                (answers.iter().filter(|ok| **ok).count(), answers.iter().filter(|ok| !**ok).count())
            }
        };
        let posters: Vec<_> = (0..3).map(|who| scope.spawn(poster(who))).collect();
        std::thread::sleep(std::time::Duration::from_millis(30));
        let close = json!({"close_period": {"period": "2026-01", "close": "hard"}});
        ledger.execute_blocking(envelope("close", &close)).unwrap();
        posters.into_iter().map(|p| p.join().unwrap()).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
    });
    assert_eq!(done + refused, 180);
    let page = block_on(ledger.events(0, 1_000)).unwrap();
    let records: Vec<_> = page.entries.iter().map(|entry| entry.record().unwrap()).collect();
    let closed = records.iter().position(|record| matches!(record.event, Event::PeriodClosed(_))).unwrap();
    let posted = |records: &[ar_core::Record]| records.iter().filter(|r| r.event.posting().is_some()).count();
    assert_eq!((posted(&records[..closed]), posted(&records[closed..])), (done, 0));
    assert!(block_on(ledger.verify()).unwrap().is_ok());
}
