//! Bad inputs that are refused before any book is asked: texts that are not values, JSON that is
//! not understood, and commands that contradict themselves. One entry per input.
//!
//! Every refusal here comes from the wire or from the shape of the command, so it is the same for
//! every book and for every retry. The inputs that need a book stand in `ar-store`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod nothing;

use ar_core::wire::read_envelope;
use ar_core::{Envelope, Halt, Rejection, decide, first_ask};
use nothing::Nothing;

/// A payment with one thing spoilt. `AMOUNT`, `DATE` and the like are replaced.
const PAYMENT: &str = r#"{"receive_payment":{"payment":"PAY-1","payer":{"account":"C-1"},"currency":"EUR","amount":"100.00","date":"2026-01-20","allocate":{"explicit":[{"item":"INV-1","amount":"60.00"},{"item":"INV-2"}]}}}"#;
const INVOICE: &str = r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-1"},"date":"2026-01-20","terms":{"inline":{"due":{"net":{"days":30}}}},"lines":[{"amount":"10.00"}]}}"#;

fn envelope(id: &str, command: &str) -> String {
    format!(r#"{{"book":"B-1","id":"{id}","actor":"ann","at":"2026-01-31T09:00:00Z","command":{command}}}"#)
}

/// The refusal of a text, or none when it got as far as the book.
fn refusal(text: &str) -> Option<Rejection> {
    match read_envelope(text.as_bytes()) {
        Err(refusal) => Some(refusal),
        Ok(envelope) => match decide(&Nothing, &envelope) {
            Err(Halt::Refused(refusal)) if refusal.code() != "book.missing" => Some(*refusal),
            Err(Halt::Refused(_)) => None,
            other => panic!("no book, no answer but a refusal: {other:?}"),
        },
    }
}

#[track_caller]
fn check(row: u32, text: &str, expected: &str) {
    let found = refusal(text);
    let code = found.as_ref().map_or("accepted", Rejection::code);
    let start: String = text.chars().take(400).collect();
    assert_eq!(code, expected, "row {row}: {start}: {found:?}");
}

/// Replaces one thing in a template, which must be there.
#[track_caller]
fn spoil(template: &str, good: &str, bad: &str) -> String {
    assert!(template.contains(good), "{good} in {template}");
    envelope("c-1", &template.replacen(good, bad, 1))
}

#[test]
fn the_templates_themselves_are_accepted() {
    for template in [PAYMENT, INVOICE] {
        check(0, &envelope("c-1", template), "accepted");
    }
}

#[test]
fn amounts_that_are_not_one_are_refused() {
    let amount = |row, text: &str, code| {
        check(row, &spoil(PAYMENT, r#""amount":"100.00""#, &format!(r#""amount":{text}"#)), code);
    };
    amount(1, r#""12.345""#, "amount.too_many_decimals");
    let yen = PAYMENT.replace("EUR", "JPY").replace("60.00", "60");
    check(2, &spoil(&yen, "100.00", "0.5"), "amount.too_many_decimals");
    for text in ["1e5", "1_000", "+5", ".5", "5.", "--5", "- 5", "5 ", " 5", "0x10", "١٢"] {
        amount(3, &format!("{text:?}"), "amount.syntax");
    }
    for text in ["1,234.50", "1.234,50", "1234,50", "1'000", "100.00 EUR", "€5"] {
        amount(4, &format!("{text:?}"), "amount.syntax");
    }
    for text in [r#""NaN""#, r#""Infinity""#, r#""-inf""#, "null", "true", "[]", "{}", r#""""#, r#"["1"]"#] {
        amount(5, text, "amount.syntax");
    }
    for text in ["NaN", "Infinity", "-", "01"] {
        amount(5, text, "json.syntax");
    }
    for text in ["0.1", "9007199254740993", "100", "-1", "1e2", "18446744073709551616"] {
        amount(6, text, "amount.must_be_string");
    }
    amount(7, &format!("\"1{}1\"", "_".repeat(80_000)), "input.too_long");
    amount(8, &format!("\"{}1\"", "0".repeat(20_000)), "input.too_long");
    amount(9, &format!("\"{}\"", "9".repeat(30)), "amount.out_of_range");
    amount(9, r#""10000000000000000""#, "amount.out_of_range");
    amount(9, r#""1000000000000000""#, "amount.out_of_range");
    amount(10, r#""10000000000000.00""#, "accepted");
    amount(10, r#""10000000000000.01""#, "amount.out_of_range");
    amount(14, r#""-0.00""#, "amount.not_positive");
    amount(92, r#""-9223372036854775808""#, "amount.out_of_range");
    for text in ["0", "0.00", "-5.00"] {
        amount(35, &format!("{text:?}"), "amount.not_positive");
    }
}

#[test]
fn negative_zero_is_zero() {
    let order = |amount: &str| {
        let command = format!(
            r#"{{"report_order":{{"order":"O-1","account":"C-1","date":"2026-01-20","amount":"{amount}"}}}}"#
        );
        read_envelope(envelope("c-1", &command).as_bytes()).unwrap()
    };
    assert_eq!(order("-0.00"), order("0.00"));
    assert!(serde_json::to_string(&order("-0.00")).unwrap().contains(r#""amount":"0.00""#));
}

#[test]
fn decimals_and_numbers_beyond_their_range_are_refused() {
    let line = |row, text: &str, code| check(row, &spoil(INVOICE, r#"{"amount":"10.00"}"#, text), code);
    line(10, r#"{"quantity":"1","unit_price":"1234567890123456789"}"#, "decimal.out_of_range");
    line(11, r#"{"quantity":"1000000000000","unit_price":"0.0000000000001"}"#, "decimal.out_of_range");
    line(11, r#"{"quantity":"1000000000000","unit_price":"0.00000001"}"#, "accepted");
    line(3, r#"{"quantity":"1e3","unit_price":"1"}"#, "decimal.syntax");
    line(6, r#"{"quantity":3,"unit_price":"1"}"#, "json.wrong_type");
    line(7, &format!(r#"{{"quantity":"{}","unit_price":"1"}}"#, "1".repeat(80_000)), "input.too_long");
    line(12, r#"{"amount":"10.00","discount":{"percent":"101"}}"#, "percent.out_of_range");
    line(12, r#"{"amount":"10.00","discount":{"percent":"-1"}}"#, "percent.out_of_range");
    line(92, r#"{"amount":"10.00","line":-1}"#, "json.unknown_field");
    check(12, &spoil(INVOICE, r#"[{"amount":"10.00"}]"#, "[]"), "document.empty");
    let many = format!("[{}]", vec![r#"{"amount":"1"}"#; 1_001].join(","));
    check(12, &spoil(INVOICE, r#"[{"amount":"10.00"}]"#, &many), "input.too_many");
    let version = |text: &str| {
        format!(r#"{{"set_credit_limit":{{"account":"C-1","version":{text},"limit":"none","reason":"x"}}}}"#)
    };
    for text in ["-1", "4294967296", "-9223372036854775808", "18446744073709551615"] {
        check(92, &envelope("c-1", &version(text)), "number.out_of_range");
    }
    for text in ["\"1\"", "1.0", "null"] {
        check(92, &envelope("c-1", &version(text)), "json.wrong_type");
    }
}

#[test]
fn currencies_that_are_not_one_are_refused() {
    for text in ["usd", "US$", "XXX", "XAU", "DEM", "", "EURO", "EU", "€€€"] {
        let spoilt = spoil(PAYMENT, r#""currency":"EUR""#, &format!(r#""currency":"{text}""#));
        check(15, &spoilt, "currency.unknown");
    }
}

#[test]
fn rates_that_are_not_one_are_refused() {
    let rate = |text: &str, code| {
        let command = format!(
            r#"{{"record_rate":{{"currency":"USD","date":"2026-01-20","rate":{text},"source":"ECB"}}}}"#
        );
        check(17, &envelope("c-1", &command), code);
    };
    rate(r#""0""#, "rate.out_of_band");
    rate(r#""-1.1""#, "rate.out_of_band");
    rate(r#""1000000000000000000""#, "decimal.out_of_range");
    rate("1.1", "json.wrong_type");
    rate(r#""1.1""#, "accepted");
}

#[test]
fn dates_that_are_not_one_are_refused() {
    let date = |row, text: &str, code| {
        check(row, &spoil(PAYMENT, r#""date":"2026-01-20""#, &format!(r#""date":"{text}""#)), code);
    };
    for text in ["2026-02-30", "0000-00-00", "2026-13-01", "2026-00-10", "2025-02-29", "2026-01-00"] {
        date(19, text, "date.invalid");
    }
    for text in [
        "2026-2-3",
        " 2026-02-03",
        "+12026-02-03",
        "26-02-03",
        "2026-02-03T00:00:00Z",
        "03.02.2026",
        "",
        "2026/02/03",
        "20260203",
    ] {
        date(20, text, "date.syntax");
    }
    for text in ["1989-12-31", "2101-01-01", "0026-02-03", "9999-12-31"] {
        date(20, text, "date.out_of_range");
    }
    date(21, "310169", "date.syntax");
    date(21, &"9".repeat(1_000), "input.too_long");
    for text in ["2024-02-29", "2026-01-31", "1990-01-01", "2100-12-31"] {
        date(26, text, "accepted");
    }
    for (text, code) in [
        ("2026-06-30T23:59:60Z", "timestamp.syntax"),
        ("2026-03-29T02:30:00+02:00", "timestamp.syntax"),
        ("2026-03-29 02:30:00Z", "timestamp.syntax"),
        ("2026-02-30T02:30:00Z", "date.invalid"),
        ("2026-03-29T02:30:00Z", "accepted"),
    ] {
        check(26, &envelope("c-1", PAYMENT).replace("2026-01-31T09:00:00Z", text), code);
    }
}

#[test]
fn terms_beyond_their_bounds_are_refused() {
    let terms = |text: &str, code| check(22, &spoil(INVOICE, r#"{"due":{"net":{"days":30}}}"#, text), code);
    terms(r#"{"due":{"net":{"days":2000000000}}}"#, "terms.out_of_range");
    terms(r#"{"due":{"net":{"days":3651}}}"#, "terms.out_of_range");
    terms(r#"{"due":{"net":{"days":3650}}}"#, "accepted");
    terms(r#"{"due":{"net":{"days":-1}}}"#, "terms.out_of_range");
    terms(r#"{"due":{"months":{"months":121}}}"#, "terms.out_of_range");
    terms(r#"{"due":{"day_of_month":{"day":32,"months":1}}}"#, "terms.out_of_range");
    terms(r#"{"due":{"net":{"days":30}},"instalments":[{"portion":{"percent":"60"}}]}"#, "terms.instalments");
    let due = |date: &str, code| {
        let text = format!(r#"{{"due":{{"date":{date}}}}}"#);
        check(23, &spoil(INVOICE, r#"{"inline":{"due":{"net":{"days":30}}}}"#, &text), code);
    };
    due(r#""2026-01-19""#, "date.due_before_issue");
    due(r#""2026-01-19","reason":"""#, "date.due_before_issue");
    due(r#""2026-01-19","reason":"\u200b""#, "date.due_before_issue");
    due(r#""2026-01-19","reason":"billed again""#, "accepted");
    due(r#""2026-01-20""#, "accepted");
}

#[test]
fn keys_that_are_not_one_are_refused() {
    for id in ["", "a b", "\\u0000", "\\n", "ключ", "a#1", &"k".repeat(129), &"k".repeat(10_240)] {
        check(31, &envelope(id, PAYMENT), "idempotency.key_invalid");
    }
    check(31, &envelope(&"k".repeat(128), PAYMENT), "accepted");
}

#[test]
fn allocations_that_contradict_themselves_are_refused() {
    let target = |row, text: &str, code| {
        check(row, &spoil(PAYMENT, r#"[{"item":"INV-1","amount":"60.00"},{"item":"INV-2"}]"#, text), code);
    };
    for amount in ["0", "0.00", "-0.00", "-1.00"] {
        let text = format!(r#"[{{"item":"INV-1","amount":"{amount}"}}]"#);
        target(35, &text, "allocation.not_positive");
    }
    target(1, r#"[{"item":"INV-1","amount":"1.001"}]"#, "amount.too_many_decimals");
    target(35, r#"[{"item":"INV-1"},{"item":"INV-2"},{"item":"INV-1"}]"#, "allocation.repeated_item");
    target(35, r#"[{"item":"INV-1"},{"item":"INV-1#2"}]"#, "accepted");
    target(35, "[]", "allocation.nothing");
    target(92, r#"[{"item":"INV-1#1"}]"#, "id.invalid");
    target(92, r#"[{"item":"INV-1#65536"}]"#, "id.invalid");
    target(92, r#"[{"item":"INV-1#-1"}]"#, "id.invalid");
    let many: Vec<String> = (0..=1_000).map(|n| format!(r#"{{"item":"INV-{n}"}}"#)).collect();
    target(92, &format!("[{}]", many.join(",")), "input.too_many");
}

#[test]
fn a_document_that_refers_to_itself_is_refused() {
    let memo = r#"{"issue_credit_memo":{"account":"C-1","number":{"given":"CM-1"},"date":"2026-01-20","credit":{"invoice":{"document":"CM-1","part":"whole"}},"reason":"PRICE"}}"#;
    check(40, &envelope("c-1", memo), "reference.cycle");
    let memo = r#"{"issue_debit_memo":{"account":"C-1","number":{"given":"DM-1"},"date":"2026-01-20","lines":[{"amount":"1"}],"reason":"PRICE","invoice":"DM-1"}}"#;
    check(40, &envelope("c-1", memo), "reference.cycle");
}

#[test]
fn a_credit_limit_is_none_zero_or_an_amount_greater_than_zero() {
    let limit = |text: &str, code| {
        let command = format!(
            r#"{{"set_credit_limit":{{"account":"C-1","version":1,"limit":{text},"reason":"insured"}}}}"#
        );
        check(44, &envelope("c-1", &command), code);
    };
    limit(r#"{"amount":"-5.00 EUR"}"#, "credit.limit_invalid");
    limit(r#"{"amount":"0.00 EUR"}"#, "credit.limit_invalid");
    limit(r#"{"amount":"5.001 EUR"}"#, "amount.too_many_decimals");
    limit(r#"{"amount":"5.00"}"#, "amount.syntax");
    limit(r#"{"amount":5}"#, "json.wrong_type");
    for text in ["null", "5", "-5", "true", "[]", "[\"zero\"]"] {
        limit(text, "json.wrong_type");
    }
    limit(r#"{"zero":null,"amount":"5.00 EUR"}"#, "json.unknown_field");
    for text in ["", "zero", "x", "}"] {
        limit(text, "json.syntax");
    }
    limit(r#""unlimited""#, "json.unknown_field");
    for good in [r#""none""#, r#""zero""#, r#"{"amount":"5.00 EUR"}"#] {
        limit(good, "accepted");
    }
}

#[test]
fn text_in_another_encoding_is_refused_and_what_cannot_be_seen_is_left_out() {
    let code = |bytes: &[u8]| read_envelope(bytes).unwrap_err().code();
    let text = envelope("c-1", PAYMENT);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(code(&utf16), "text.encoding");
    assert_eq!(code(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), "text.encoding");
    assert_eq!(
        code(text.replace("PAY-1", "PAY-\u{fc}").replace('\u{fc}', "\u{fffd}").as_bytes()),
        "id.invalid"
    );
    let latin1: Vec<u8> = text.bytes().map(|b| if b == b'P' { 0xfc } else { b }).collect();
    assert_eq!(code(&latin1), "text.encoding");

    let name = |name: &str| {
        let command = format!(
            r#"{{"open_account":{{"account":"C-1","date":"2026-01-02","party":{{"salt":"00112233445566778899aabbccddeeff","name":"{name}"}}}}}}"#
        );
        read_envelope(envelope("c-1", &command).as_bytes()).unwrap()
    };
    // 64: one name, two spellings; 66 and 67: nothing that turns a line or forges one.
    assert_eq!(name("Mu\\u0308ller"), name("M\\u00fcller"));
    assert_eq!(name("ACME\\u202e\\u200b\\u2066\\r\\n GmbH"), name("ACME GmbH"));
    for id in ["C\\u200b1", "C\\u202e1", "\\u0421-1", "C\\u00001", "C\\n1"] {
        check(66, &spoil(PAYMENT, r#""account":"C-1""#, &format!(r#""account":"{id}""#)), "id.invalid");
    }
    let long = format!(r#""reference":"{}","amount""#, "x".repeat(501));
    check(53, &spoil(PAYMENT, r#""amount""#, &long), "text.too_long");
}

#[test]
fn json_that_is_not_understood_is_refused() {
    let whole = envelope("c-1", PAYMENT);
    check(62, &format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)), "json.too_deep");
    check(62, &format!("{whole}{}", " ".repeat(1024 * 1024)), "input.too_large");
    check(63, &whole.replacen(r#""amount""#, r#""ammount""#, 1), "json.unknown_field");
    check(63, &whole.replacen(r#""amount""#, r#""Amount""#, 1), "json.unknown_field");
    check(63, &whole.replacen("receive_payment", "ReceivePayment", 1), "json.unknown_field");
    check(63, &whole.replacen(r#""amount":"#, r#""amount":"1","amount":"#, 1), "json.duplicate_key");
    check(63, &whole.replacen(r#""amount":"#, r#""\u0061mount":"1","amount":"#, 1), "json.duplicate_key");
    check(63, &format!("{whole} {whole}"), "json.syntax");
    check(63, "", "json.syntax");
    let pairs = r#""attributes":{"rep":"kim","rep":"lee"},"amount":"#;
    check(63, &whole.replacen(r#""amount":"#, pairs, 1), "json.duplicate_key");
}

#[test]
fn attributes_are_bounded() {
    let with = |pairs: &str| spoil(PAYMENT, r#""amount""#, &format!(r#""attributes":{{{pairs}}},"amount""#));
    let many: Vec<String> = (0..33).map(|n| format!(r#""k{n}":"v""#)).collect();
    check(66, &with(&many.join(",")), "attributes.too_many");
    check(66, &with(r#""Sales Rep":"kim""#), "id.invalid");
    check(66, &with(r#""sales_rep":"kim""#), "accepted");
}

#[test]
fn a_reason_that_says_nothing_is_none() {
    for command in [
        r#"{"hold_account":{"account":"C-1","date":"2026-01-20","reason":""}}"#,
        r#"{"release_account":{"account":"C-1","date":"2026-01-20","reason":"\u200b"}}"#,
        r#"{"reopen_account":{"account":"C-1","date":"2026-01-20","reason":""}}"#,
        r#"{"reverse_payment":{"payment":"P-1","date":"2026-01-20","cause":"returned","reason":""}}"#,
        r#"{"void_refund":{"refund":"R-1","date":"2026-01-20","reason":""}}"#,
        r#"{"undo":{"link":"c-1.0","date":"2026-01-20","reason":""}}"#,
        r#"{"set_credit_limit":{"account":"C-1","version":1,"limit":"none","reason":""}}"#,
        r#"{"report_order":{"order":"O-1","account":"C-1","date":"2026-01-20","amount":"1","credit_override":""}}"#,
    ] {
        check(41, &envelope("c-1", command), "reason.missing");
    }
}

#[test]
fn amounts_of_zero_or_less_are_refused_wherever_they_mean_nothing() {
    for (command, code) in [
        (
            r#"{"write_off":{"item":"I-1","amount":"0.00","date":"2026-01-20","reason":"X"}}"#,
            "amount.not_positive",
        ),
        (
            r#"{"request_refund":{"refund":"R-1","credit":"P-1","amount":"-1","date":"2026-01-20","reason":"X"}}"#,
            "amount.not_positive",
        ),
        (
            r#"{"transfer_credit":{"transfer":"T-1","credit":"P-1","to":"C-2","amount":"0","date":"2026-01-20","reason":"X"}}"#,
            "amount.not_positive",
        ),
        (
            r#"{"reverse_payment":{"payment":"P-1","date":"2026-01-20","cause":"returned","reason":"r","fee":"0"}}"#,
            "amount.not_positive",
        ),
        (
            r#"{"report_order":{"order":"O-1","account":"C-1","date":"2026-01-20","amount":"-1"}}"#,
            "amount.negative",
        ),
        (
            r#"{"allocate":{"credit":"P-1","how":{"explicit":[{"item":"I-1","amount":"0"}]}}}"#,
            "allocation.not_positive",
        ),
        (r#"{"open_account":{"account":"~own","date":"2026-01-20"}}"#, "account.reserved"),
    ] {
        check(35, &envelope("c-1", command), code);
    }
}

#[test]
fn a_cut_over_is_checked_document_by_document() {
    let good = r#"{"bring_forward":{"date":"2026-01-01","documents":[{"document":"O-1","side":"debit","account":"C-1","currency":"EUR","document_date":"2025-12-01","items":[{"due":"2025-12-31","open":"10.00"}]}],"edges":[30,60],"control":[{"currency":"EUR","amount":"10.00"}]}}"#;
    check(0, &envelope("c-1", good), "accepted");
    for (from, to, code) in [
        (r#""open":"10.00""#, r#""open":"0.00""#, "amount.not_positive"),
        ("2025-12-01", "2026-01-02", "date.before_start"),
        ("[30,60]", "[30,-1]", "number.out_of_range"),
        (r#"[{"due":"2025-12-31","open":"10.00"}]"#, "[]", "document.empty"),
    ] {
        check(48, &spoil(good, from, to), code);
    }
    let envelope_of = |text: &str| read_envelope(text.as_bytes()).unwrap();
    let mut twice = envelope_of(&envelope("c-1", good));
    if let ar_core::Command::BringForward(c) = &mut twice.command {
        c.documents.push(c.documents[0].clone());
    }
    check(46, &serde_json::to_string(&twice).unwrap(), "number.taken");
}

#[test]
fn every_command_of_good_shape_gets_as_far_as_the_book_and_asks_for_each_fact_once() {
    for line in include_str!("wire/commands.jsonl").lines() {
        let envelope: Envelope = read_envelope(line.as_bytes()).unwrap();
        let opens = envelope.command.name() == "open_book";
        match decide(&Nothing, &envelope) {
            Err(Halt::Refused(refusal)) => assert_eq!(refusal.code(), "book.missing", "{line}: {refusal}"),
            other => assert!(opens, "{line}: {other:?}"),
        }
        let needs = first_ask(&envelope);
        let once: std::collections::BTreeSet<_> = needs.iter().collect();
        assert_eq!(once.len(), needs.len(), "{line}: {needs:?}");
        // Settings and periods stand in the book's own row.
        let own = ["configure", "define_period", "close_period", "reopen_period", "sign_off", "prove_period"];
        assert!(needs.len() > 2 || opens || own.contains(&envelope.command.name()), "{line}");
    }
}
