//! Bad inputs against a book at work: each is refused with its code, and the book is as before.
//!
//! One line of `bad_inputs/table.jsonl` per input. What is refused before any book is asked (texts that are not values, JSON
//! that is not understood) stands in `ar-core`; what a file brings in stands with its reader.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use ar_core::wire::read_envelope;
use ar_core::{BookId, Envelope, Event};
use ar_store::{Failure, Head, Ledger, Receipt, Store};

fn envelope(id: &str, command: &str) -> Envelope {
    let text = format!(
        r#"{{"book":"B-1","id":"{id}","actor":"ann","at":"2026-05-31T09:00:00Z","command":{command}}}"#
    );
    read_envelope(text.as_bytes()).unwrap_or_else(|refusal| panic!("{command}: {refusal}"))
}

fn run<S: Store>(ledger: &Ledger<S>, id: &str, command: &str) -> Result<Receipt, Failure> {
    pollster::block_on(ledger.execute(envelope(id, command)))
}

#[track_caller]
fn accepted<S: Store>(ledger: &Ledger<S>, id: &str, command: &str) -> Receipt {
    run(ledger, id, command).unwrap_or_else(|failure| panic!("{command}: {failure}"))
}

/// All that is stored: the head stands for every record, and the rows follow from the records.
fn state<S: Store>(ledger: &Ledger<S>) -> (Head, usize) {
    let head = pollster::block_on(ledger.head()).unwrap();
    let page = pollster::block_on(ledger.events(0, 100_000)).unwrap();
    (head, page.entries.len())
}

#[track_caller]
fn assert_sound<S: Store>(ledger: &Ledger<S>) {
    let verdict = pollster::block_on(ledger.verify()).unwrap();
    assert!(verdict.is_ok(), "{verdict:?}");
}

/// A book with something of everything: open from January to June, a foreign currency with a rate,
/// limits, settled and void documents.
const BOOK: &str = include_str!("bad_inputs/book.jsonl");

/// The inputs: the number and name of each, the command, and the code it is refused with.
const TABLE: &str = include_str!("bad_inputs/table.jsonl");

/// One line of the table.
struct Row {
    number: u64,
    what: String,
    command: String,
    code: String,
}

fn lines(text: &str) -> impl Iterator<Item = serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")))
}

fn table() -> Vec<Row> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let rows = lines(TABLE).map(|line| Row {
        number: line["row"].as_u64().unwrap(),
        what: text(&line["what"]),
        command: line["command"].to_string(),
        code: text(&line["code"]),
    });
    rows.collect()
}

fn set_up<S: Store>(ledger: &Ledger<S>) {
    for line in lines(BOOK) {
        accepted(ledger, line["id"].as_str().unwrap(), &line["command"].to_string());
    }
}

/// Two invoices of one amount, for the row about rivals.
fn rivals<S: Store>(ledger: &Ledger<S>) {
    for number in ["RENT-1", "RENT-2"] {
        let command = format!(
            r#"{{"issue_invoice":{{"account":"C-1","number":{{"given":"{number}"}},"date":"2026-03-01","lines":[{{"amount":"40.00"}}]}}}}"#
        );
        accepted(ledger, number, &command);
    }
}

/// What is wrong with the answers to one row: nothing, when it is refused with its code in the
/// preview and in earnest and the book is as before.
fn complaints<S: Store>(ledger: &Ledger<S>, id: &str, row: &Row, before: &(Head, usize)) -> Vec<String> {
    let Row { number, what, command, code: expected } = row;
    let preview = pollster::block_on(ledger.preview(envelope(id, command)));
    let previewed = preview.as_ref().map_or_else(Failure::code, |_| "accepted");
    let answer = run(ledger, id, command);
    let code = answer.as_ref().map_or_else(Failure::code, |_| "accepted");
    let mut wrong = Vec::new();
    if code != expected {
        let told = answer.as_ref().map_or_else(ToString::to_string, |r| format!("{:?}", r.events));
        wrong.push(format!("row {number}, {what}: {code} instead of {expected}: {told}"));
    }
    if previewed != code {
        wrong.push(format!("row {number}, {what}: previewed as {previewed}, answered {code}"));
    }
    if state(ledger) != *before {
        wrong.push(format!("row {number}, {what}: the book changed"));
    }
    wrong
}

fn refuse_all<S: Store>(ledger: &Ledger<S>) {
    set_up(ledger);
    rivals(ledger);
    let before = state(ledger);
    let rows = table();
    let rows = rows.iter().enumerate();
    let wrong: Vec<String> =
        rows.flat_map(|(n, row)| complaints(ledger, &format!("bad-{n}"), row, &before)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_sound(ledger);
    // Negative control: a command that should be refused and is not is seen twice, by its code and
    // by what it leaves. Its id was used for a bad one: a refusal leaves no key behind.
    let slipped = Row {
        number: 0,
        what: "a good one".to_owned(),
        command: r#"{"receive_payment":{"payment":"PAY-9","payer":{"account":"C-1"},"amount":"5.00","date":"2026-03-01"}}"#.to_owned(),
        code: "amount.syntax".to_owned(),
    };
    assert_eq!(complaints(ledger, "bad-0", &slipped, &before).len(), 2);
}

#[test]
fn inv_69_every_bad_input_is_refused_with_its_code_and_changes_nothing_in_memory() {
    refuse_all(&Ledger::memory(BookId::parse("B-1").unwrap()));
}

#[cfg(feature = "sqlite")]
#[test]
fn inv_69_every_bad_input_is_refused_with_its_code_and_changes_nothing_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.db");
    refuse_all(&Ledger::open_sqlite(&path, BookId::parse("B-1").unwrap()).unwrap());
}

fn book() -> Ledger<ar_store::Memory> {
    let ledger = Ledger::memory(BookId::parse("B-1").unwrap());
    set_up(&ledger);
    ledger
}

#[test]
fn commands_for_another_book_or_before_the_first_are_refused() {
    let other = Ledger::memory(BookId::parse("B-2").unwrap());
    let first = Ledger::memory(BookId::parse("B-1").unwrap());
    let command = &lines(BOOK).last().unwrap()["command"].to_string();
    assert_eq!(run(&other, "x", command).unwrap_err().code(), "book.mismatch");
    assert_eq!(run(&first, "x", command).unwrap_err().code(), "book.missing");
    assert_eq!(state(&first).1, 0);
}

// Row 11: a tiny price times a huge quantity is exact.
#[test]
fn a_tiny_price_times_a_huge_quantity_is_exact_and_rounded_once() {
    let receipt = accepted(
        &book(),
        "x",
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"N"},"date":"2026-03-01","lines":[{"quantity":"1000000000000","unit_price":"0.00000001"},{"quantity":"3","unit_price":"0.005"},{"quantity":"-3","unit_price":"0.005"}]}}"#,
    );
    let Some(Event::DocumentIssued(issued)) = receipt.events.first() else { panic!("{receipt:?}") };
    let nets: Vec<String> = issued.content.lines.iter().map(|line| line.net.to_string()).collect();
    assert_eq!(nets, ["10000.00", "0.02", "-0.02"]);
    assert_eq!(issued.content.total.to_string(), "10000.00");
}

// Rows 12 and 13: a negative line is a discount, a total of zero is an invoice that is settled.
#[test]
fn negative_lines_and_totals_of_zero_are_booked() {
    let ledger = book();
    let invoice = |id: &str, lines: &str| {
        let command = format!(
            r#"{{"issue_invoice":{{"account":"C-2","number":{{"given":"{id}"}},"date":"2026-03-01","lines":{lines}}}}}"#
        );
        let receipt = accepted(&ledger, id, &command);
        match receipt.events.into_iter().next() {
            Some(Event::DocumentIssued(issued)) => issued,
            other => panic!("{other:?}"),
        }
    };
    let discounted = invoice("N-1", r#"[{"amount":"50.00"},{"amount":"-20.00"}]"#);
    assert_eq!(discounted.content.total.to_string(), "30.00");
    let nothing = invoice("N-2", r#"[{"amount":"50.00"},{"amount":"-50.00"}]"#);
    assert_eq!(nothing.content.total.to_string(), "0.00");
    let open: Vec<String> = nothing.items.iter().map(|item| item.amount.to_string()).collect();
    assert_eq!(open, ["0.00"]);
    let pays = r#"{"allocate":{"credit":"PAY-1","how":{"explicit":[{"item":"N-2"}]}}}"#;
    assert!(run(&ledger, "pays", pays).is_err(), "nothing is open on it");
    assert_sound(&ledger);
}

// Rows 28, 29, 30 and 32: a key has one effect, for as long as the book lives.
#[test]
fn a_key_has_one_effect_even_after_its_period_was_closed() {
    let ledger = book();
    let command = r#"{"receive_payment":{"payment":"PAY-9","payer":{"account":"C-1"},"amount":"5.00","date":"2026-03-01"}}"#;
    let first = accepted(&ledger, "key", command);
    let before = state(&ledger);
    let again = accepted(&ledger, "key", command);
    assert!(again.replayed && !first.replayed);
    assert_eq!((again.positions, &again.events), (first.positions, &first.events));
    assert_eq!(state(&ledger), before);

    let other = command.replace("5.00", "5.01");
    assert_eq!(run(&ledger, "key", &other).unwrap_err().code(), "idempotency.conflict");
    let mut by_another = envelope("key", command);
    by_another.actor = ar_core::ActorId::parse("bob").unwrap();
    let failure = pollster::block_on(ledger.execute(by_another)).unwrap_err();
    assert_eq!(failure.code(), "idempotency.conflict");
    assert_eq!(state(&ledger), before);

    // Both in one batch: the second is the answer to the first.
    let twice = vec![envelope("both", &command.replace("PAY-9", "PAY-10")); 2];
    let answers = pollster::block_on(ledger.execute_each(twice));
    let replayed: Vec<bool> = answers.into_iter().map(|a| a.unwrap().replayed).collect();
    assert_eq!(replayed, [false, true]);

    accepted(
        &ledger,
        "close",
        r#"{"configure":{"periods":{"open_from":"2026-04-01","open_to":"2026-06-30"}}}"#,
    );
    assert_eq!(run(&ledger, "late", &other.replace("PAY-9", "PAY-11")).unwrap_err().code(), "period.closed");
    assert!(accepted(&ledger, "key", command).replayed);
    assert_sound(&ledger);
}

// Row 30 and 37: at the same moment.
#[test]
fn two_sessions_at_once_have_one_effect_by_key_and_never_apply_a_payment_twice() {
    let ledger = book();
    let pay = r#"{"receive_payment":{"payment":"PAY-9","payer":{"account":"C-1"},"amount":"5.00","date":"2026-03-01"}}"#;
    let apply = |item: &str| {
        format!(
            r#"{{"allocate":{{"credit":"PAY-1","how":{{"explicit":[{{"item":"{item}","amount":"60.00"}}]}}}}}}"#
        )
    };
    std::thread::scope(|scope| {
        let sessions: Vec<_> = (0..4).map(|_| scope.spawn(|| run(&ledger, "same", pay).unwrap())).collect();
        let receipts = sessions.into_iter().map(|session| session.join().unwrap());
        assert_eq!(receipts.filter(|receipt| !receipt.replayed).count(), 1);
        // 80 are unapplied: 60 for one of them, not for both.
        let sessions: Vec<_> = ["INV-1", "INV-2"]
            .into_iter()
            .map(|item| (item, apply(item)))
            .map(|(item, command)| {
                scope.spawn({
                    let ledger = &ledger;
                    move || run(ledger, item, &command)
                })
            })
            .collect();
        let answers: Vec<_> = sessions.into_iter().map(|s| s.join().unwrap()).collect();
        assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{answers:?}");
        let refused = answers.iter().find_map(|a| a.as_ref().err()).unwrap();
        assert_eq!(refused.code(), "allocation.exceeds_payment");
    });
    assert_sound(&ledger);
}

// Row 43: two orders that fit one by one and not together.
#[test]
fn of_two_orders_at_the_limit_one_passes() {
    let ledger = book();
    let order = |id: &str| {
        format!(
            r#"{{"report_order":{{"order":"{id}","account":"C-3","date":"2026-03-01","amount":"20.00"}}}}"#
        )
    };
    let both = ["A", "B"].map(|id| envelope(id, &order(id))).to_vec();
    let answers = pollster::block_on(ledger.execute_each(both));
    assert!(answers.first().unwrap().is_ok());
    assert_eq!(answers.last().unwrap().as_ref().unwrap_err().code(), "credit.limit_exceeded");
    // What lowers the exposure always passes.
    accepted(
        &ledger,
        "less",
        r#"{"report_order":{"order":"SO-1","account":"C-3","date":"2026-03-01","amount":"79.99"}}"#,
    );
}

// Row 71: the answer names the rivals.
#[test]
fn two_rents_and_one_unreferenced_payment_settle_nothing_and_the_answer_says_why() {
    let ledger = book();
    rivals(&ledger);
    let pay = r#"{"receive_payment":{"payment":"PAY-9","payer":{"account":"C-1"},"amount":"40.00","date":"2026-03-05","allocate":{"by_policy":{}}}}"#;
    let receipt = accepted(&ledger, "x", pay);
    let [Event::PaymentReceived(received)] = receipt.events.as_slice() else { panic!("{receipt:?}") };
    let why = serde_json::to_string(&received.explanation).unwrap();
    assert!(why.contains("RENT-1") && why.contains("RENT-2"), "{why}");
    let named = r#"{"allocate":{"credit":"PAY-9","how":{"by_policy":{"references":["RENT-2"]}}}}"#;
    let receipt = accepted(&ledger, "y", named);
    assert!(matches!(receipt.events.as_slice(), [Event::CreditAllocated(_)]), "{receipt:?}");
}

// Row 72: a cent short is absorbed inside the tolerance; a cent over stays the customer's.
#[test]
fn a_cent_short_is_absorbed_by_policy_and_a_cent_over_stays_unapplied() {
    let ledger = book();
    let pay = |id: &str, amount: &str, item: &str| {
        let command = format!(
            r#"{{"receive_payment":{{"payment":"{id}","payer":{{"account":"C-2"}},"amount":"{amount}","date":"2026-03-05","allocate":{{"explicit":[{{"item":"{item}"}}]}}}}}}"#
        );
        let receipt = accepted(&ledger, id, &command);
        match receipt.events.into_iter().nth(1) {
            Some(Event::CreditAllocated(allocated)) => allocated,
            other => panic!("{other:?}"),
        }
    };
    let short = pay("P-1", "69.99", "INV-3");
    let link = short.links.first().unwrap();
    assert_eq!(link.tolerance.map(|t| t.to_string()).as_deref(), Some("0.01"));
    assert_eq!(link.settled_minor(), 7_000);
    let more = r#"{"issue_invoice":{"account":"C-2","number":{"given":"N-9"},"date":"2026-03-01","lines":[{"amount":"70.00"}]}}"#;
    accepted(&ledger, "n9", more);
    let over = pay("P-2", "70.01", "N-9");
    assert_eq!(over.links[0].tolerance, None, "off unless policy says so");
    assert_eq!(over.links.first().unwrap().amount.to_string(), "70.00");
    let rest = r#"{"request_refund":{"refund":"RF-9","credit":"P-2","amount":"0.01","date":"2026-03-06","reason":"PRICE"}}"#;
    accepted(&ledger, "rest", rest);
    assert_sound(&ledger);
}

// Row 73: cash is never refused and never vanishes.
#[test]
fn cash_without_a_known_payer_stays_visible_and_finds_its_payer_later() {
    let ledger = book();
    let found = accepted(
        &ledger,
        "x",
        r#"{"identify_payment":{"payment":"PAY-3","account":"C-2","date":"2026-03-01"}}"#,
    );
    assert!(matches!(found.events.as_slice(), [Event::PaymentIdentified(_)]), "{found:?}");
    let again =
        run(&ledger, "y", r#"{"identify_payment":{"payment":"PAY-3","account":"C-1","date":"2026-03-01"}}"#);
    assert_eq!(again.unwrap_err().code(), "payment.already_identified");
    assert_sound(&ledger);
}

// Row 74: a returned payment that was refunded in part is owed again.
#[test]
fn a_returned_payment_that_was_refunded_is_owed_by_the_customer() {
    let ledger = book();
    let receipt = accepted(
        &ledger,
        "x",
        r#"{"reverse_payment":{"payment":"PAY-4","date":"2026-03-01","cause":"returned","reason":"no funds"}}"#,
    );
    let Some(Event::PaymentReversed(reversed)) = receipt.events.last() else { panic!("{receipt:?}") };
    let owed: Vec<String> = reversed.owed.iter().map(|owed| owed.new.amount.to_string()).collect();
    assert_eq!(owed, ["10.00"]);
    assert_sound(&ledger);
}
