//! The JSON boundary: what is not understood is not read, at any depth of any command.
//!
//! `wire/commands.jsonl` holds every command with every field it has; the tests spoil each object
//! of each line in turn. The negative controls show that the plain parser would have let it pass.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice
)]

use ar_core::wire::{BULK_BYTES_MAX, COMMAND_BYTES_MAX, FIELDS_MAX, read, read_envelope, write};
use ar_core::{Envelope, Rejection};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const COMMANDS: &str = include_str!("wire/commands.jsonl");

/// Names of objects whose fields are free: their names are checked as values.
const FREE: [&str; 3] = ["attributes", "dimensions", "amounts"];

fn refused(text: &str) -> Rejection {
    read_envelope(text.as_bytes()).expect_err(text)
}

/// Calls `spoil` with a copy of the line for every object in it and a pointer to that object.
fn for_every_object(mut check: impl FnMut(&Value, &str)) {
    fn walk(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                found.push(pointer.to_owned());
                for (name, inner) in map {
                    walk(inner, &format!("{pointer}/{name}"), found);
                }
            }
            Value::Array(list) => {
                for (n, inner) in list.iter().enumerate() {
                    walk(inner, &format!("{pointer}/{n}"), found);
                }
            }
            _ => {}
        }
    }
    for line in COMMANDS.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let mut found = Vec::new();
        walk(&value, "", &mut found);
        for pointer in found {
            check(&value, &pointer);
        }
    }
}

fn object<'a>(value: &'a mut Value, pointer: &str) -> &'a mut Map<String, Value> {
    value.pointer_mut(pointer).unwrap().as_object_mut().unwrap()
}

fn is_free(pointer: &str) -> bool {
    FREE.iter().any(|name| pointer.ends_with(&format!("/{name}")))
}

#[test]
fn every_command_reads_and_its_canonical_form_reads_again_as_the_same() {
    let mut names = std::collections::BTreeSet::new();
    for line in COMMANDS.lines() {
        let envelope = read_envelope(line.as_bytes()).unwrap_or_else(|e| panic!("{line}: {e}"));
        let canonical = write(&envelope).unwrap();
        assert_eq!(read_envelope(&canonical).unwrap(), envelope);
        assert_eq!(write(&read_envelope(&canonical).unwrap()).unwrap(), canonical);
        let value: Value = serde_json::from_str(line).unwrap();
        let name = value["command"].as_object().unwrap().keys().next().unwrap().clone();
        assert_eq!(name, envelope.command.name());
        names.insert(name);
    }
    let error = refused(&COMMANDS.lines().next().unwrap().replace("open_book", "no_such")).to_string();
    let (_, known) = error.split_once("expected one of ").unwrap();
    let known: std::collections::BTreeSet<String> = known
        .split(';')
        .next()
        .unwrap()
        .split(',')
        .map(|name| name.trim().trim_matches('`').to_owned())
        .collect();
    assert_eq!(names, known, "commands.jsonl has every command");
}

#[test]
fn inv_68_an_unknown_field_is_refused_in_every_object_of_every_command() {
    let mut ignored_by_serde = 0;
    for_every_object(|value, pointer| {
        let mut spoilt = value.clone();
        object(&mut spoilt, pointer).insert("ammount".to_owned(), json!("1"));
        if is_free(pointer) && !pointer.ends_with("amounts") {
            assert!(read_envelope(spoilt.to_string().as_bytes()).is_ok(), "{spoilt}");
            return;
        }
        let code = refused(&spoilt.to_string()).code();
        let expected = if pointer.ends_with("amounts") { "currency.unknown" } else { "json.unknown_field" };
        assert_eq!(code, expected, "{pointer} of {spoilt}");
        ignored_by_serde += usize::from(serde_json::from_value::<Envelope>(spoilt).is_ok());
    });
    assert!(ignored_by_serde > 0, "negative control: serde alone ignores some of them");
}

#[test]
fn inv_68_a_field_in_the_wrong_case_is_refused_in_every_object_of_every_command() {
    for_every_object(|value, pointer| {
        if is_free(pointer) {
            return;
        }
        for name in value.pointer(pointer).unwrap().as_object().unwrap().keys() {
            let mut spoilt = value.clone();
            let fields = object(&mut spoilt, pointer);
            let inner = fields.remove(name).unwrap();
            fields.insert(name.to_uppercase(), inner);
            let code = refused(&spoilt.to_string()).code();
            assert_eq!(code, "json.unknown_field", "{pointer}/{name} of {spoilt}");
        }
    });
}

#[test]
fn inv_68_a_field_given_twice_is_refused_in_every_object_of_every_command() {
    let mut kept_by_serde = 0;
    for_every_object(|value, pointer| {
        let Some(name) = value.pointer(pointer).unwrap().as_object().unwrap().keys().next() else { return };
        let mut spoilt = value.clone();
        let fields = object(&mut spoilt, pointer);
        let inner = fields[name].clone();
        fields.insert("~twice~".to_owned(), inner);
        for spelling in [name.clone(), name.bytes().map(|b| format!("\\u{b:04x}")).collect()] {
            let text = spoilt.to_string().replace("~twice~", &spelling);
            assert_eq!(refused(&text).code(), "json.duplicate_key", "{pointer} of {text}");
            kept_by_serde += usize::from(serde_json::from_str::<Envelope>(&text).is_ok());
        }
    });
    assert!(kept_by_serde > 0, "negative control: serde alone keeps the last of some of them");
}

#[test]
fn an_array_never_stands_for_an_object() {
    let mut taken_by_serde = 0;
    for_every_object(|value, pointer| {
        let mut spoilt = value.clone();
        let fields = spoilt.pointer_mut(pointer).unwrap();
        *fields = Value::Array(fields.as_object().unwrap().values().cloned().collect());
        let code = refused(&spoilt.to_string()).code();
        assert!(code.starts_with("json."), "{code} for {spoilt}");
        // In the order of the type, so that the plain parser has its chance.
        if let Ok(envelope) = serde_json::from_value::<Envelope>(value.clone())
            && pointer.is_empty()
        {
            let e = serde_json::to_value(&envelope).unwrap();
            let listed = json!([e["book"], e["id"], e["actor"], e["at"], e["command"]]);
            assert_eq!(refused(&listed.to_string()).code(), "json.wrong_type");
            taken_by_serde += usize::from(serde_json::from_value::<Envelope>(listed).is_ok());
        }
    });
    assert!(taken_by_serde > 0, "negative control: serde alone reads a struct from an array");
}

#[test]
fn inv_68_an_amount_as_a_number_is_refused_with_its_field() {
    fn walk(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(n, v)| walk(v, &format!("{pointer}/{n}"), found)),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(n, v)| walk(v, &format!("{pointer}/{n}"), found));
            }
            Value::String(_) => {
                let money = ["amount", "net", "open", "fee", "fixed", "EUR", "USD"];
                let last = pointer.rsplit('/').next().unwrap();
                if money.contains(&last) && !pointer.ends_with("limit/amount") {
                    found.push(pointer.to_owned());
                }
            }
            _ => {}
        }
    }
    let mut seen = 0;
    for line in COMMANDS.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let mut found = Vec::new();
        walk(&value, "", &mut found);
        for pointer in found {
            for number in [json!(0.1), json!(9_007_199_254_740_993_u64), json!(-1)] {
                let mut spoilt = value.clone();
                *spoilt.pointer_mut(&pointer).unwrap() = number;
                let refusal = refused(&spoilt.to_string());
                assert_eq!(refusal.code(), "amount.must_be_string", "{pointer} of {spoilt}");
                let Rejection::Value { field, .. } = refusal else { panic!() };
                let parts: Vec<&str> = pointer.split('/').skip(3).collect();
                assert_eq!(field.replace(['[', ']'], ".").replace("..", "."), parts.join("."));
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn a_refusal_names_the_field_from_the_command_on() {
    let line = |n: usize| COMMANDS.lines().nth(n).unwrap();
    let invoice = line(20);
    for (good, bad, expected) in [
        ("\"12.50\"", "\"12,50\"", "lines[1].amount: \"12,50\" is not an amount"),
        ("\"19.995\"", "\"1e3\"", "lines[0].unit_price: \"1e3\" is not a decimal"),
        ("\"2026-01-10\"", "\"2026-02-30\"", "date: 2026-02-30 does not exist"),
        ("\"id\":\"cmd-20\"", "\"id\":\"\"", "id: \"\" is not an id"),
        ("\"id\":\"cmd-20\"", "\"id\":7", "id: invalid type: integer `7`, expected a command id as text"),
        ("\"actor\":\"ann\",", "", "the object: missing field `actor`; give it"),
        ("\"account\":\"C-1001\",", "", "command.issue_invoice: missing field `account`; give it"),
        ("\"tax_mode\"", "\"tax_mod\"", "tax_mod: unknown field `tax_mod`, expected one of"),
        ("\"inclusive\"", "\"Inclusive\"", "tax_mode: unknown variant `Inclusive`, expected"),
    ] {
        let text = invoice.replacen(good, bad, 1);
        assert_ne!(text, invoice);
        let refusal = refused(&text).to_string();
        assert!(refusal.starts_with(expected), "{refusal}");
    }
    let twice = line(3).replace("\"EUR\":\"0.05\"", "\"EUR\":\"0.05\",\"EUR\":\"9.99\"");
    assert_eq!(
        refused(&twice).to_string(),
        "field `EUR` is given twice in command.configure.policies.under_tolerance.amounts; give each field once"
    );
}

#[test]
fn whatever_follows_the_object_is_refused_and_so_is_every_truncation() {
    for line in COMMANDS.lines() {
        for tail in ["{}", "x", ",", "]", "}", "null", line] {
            let code = refused(&format!("{line}{tail}")).code();
            assert_eq!(code, "json.syntax", "{tail}");
        }
        assert!(read_envelope(format!(" {line}\r\n").as_bytes()).is_ok());
        for end in (0..line.len()).step_by(7) {
            let refusal = read_envelope(&line.as_bytes()[..end]).unwrap_err();
            assert!(matches!(refusal.code(), "json.syntax" | "text.encoding"), "{refusal} at {end}");
        }
    }
}

#[test]
fn syntax_errors_say_line_and_column() {
    let refusal = refused("{\"book\":\"US\",\n \"id\":tru}");
    assert!(matches!(refusal, Rejection::JsonSyntax { line: 2, column: 10, .. }), "{refusal:?}");
    for text in [
        "",
        " ",
        "{",
        "nul",
        "{\"book\":\"US\",}",
        "{book:1}",
        "{'book':1}",
        "// no\n{}",
        "\"\\ud800\"",
        "{\"book\":1e999}",
    ] {
        assert_eq!(refused(text).code(), "json.syntax", "{text}");
    }
    for text in ["[]", "1", "null", "\"x\"", "true"] {
        assert_eq!(refused(text).code(), "json.wrong_type", "{text}");
    }
}

#[test]
fn nesting_beyond_the_bound_is_refused_before_the_parser_sees_it() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for levels in [65, 10_000, 170_000] {
            assert_eq!(refused(&open.repeat(levels)).code(), "json.too_deep");
        }
        let legal = format!("{}1{}", open.repeat(64), close.repeat(64));
        assert_ne!(refused(&legal).code(), "json.too_deep");
    }
    let closed = "]".repeat(100_000);
    assert_eq!(refused(&closed).code(), "json.syntax");
    let in_text = format!("{{\"book\":\"{}\"}}", "[".repeat(100));
    assert_eq!(refused(&in_text).code(), "id.invalid", "brackets in a string are text");
}

#[test]
fn size_and_number_of_fields_are_bounded_and_only_bulk_may_be_large() {
    let pad = |text: &str, to: usize| format!("{text}{}", " ".repeat(to - text.len()));
    let small = COMMANDS.lines().find(|l| l.contains("write_off\":{")).unwrap();
    let bulk = COMMANDS.lines().find(|l| l.contains("bring_forward")).unwrap();
    assert!(read_envelope(pad(small, COMMAND_BYTES_MAX).as_bytes()).is_ok());
    assert_eq!(refused(&pad(small, COMMAND_BYTES_MAX + 1)).code(), "input.too_large");
    assert!(read_envelope(pad(bulk, COMMAND_BYTES_MAX + 1).as_bytes()).is_ok());
    assert_eq!(refused(&pad(bulk, BULK_BYTES_MAX + 1)).code(), "input.too_large");
    // Naming the bulk command somewhere else does not raise the bound.
    let disguised = small.replacen("{", "{\"bring_forward\":{\"bring_forward\":{}},", 1);
    assert_eq!(refused(&pad(&disguised, COMMAND_BYTES_MAX + 1)).code(), "input.too_large");
    let many: String = (0..=FIELDS_MAX).map(|n| format!("\"f{n}\":1,")).collect();
    assert_eq!(refused(&format!("{{{many}\"z\":1}}")).code(), "input.too_many");
}

#[test]
fn a_refusal_stays_short_whatever_was_sent() {
    let line = COMMANDS.lines().find(|l| l.contains("write_off\":{")).unwrap();
    let long = "x".repeat(500_000);
    for (good, bad) in [
        ("write_off", long.clone()),
        ("\"date\"", format!("\"{long}\"")),
        ("\"cmd-43\"", format!("\"{long}\"")),
        ("\"0.50\"", format!("\"{long}\"")),
        ("\"2026-01-31\"", format!("\"{long}\"")),
        ("\"2026-01-31\"", format!("{{\"{long}\":1}}")),
        ("\"date\":", format!("\"{long}\":1,\"{long}\":1,\"date\":")),
    ] {
        let text = line.replacen(good, &bad, 1);
        assert_ne!(text, line, "{good}");
        let form = serde_json::to_string(&refused(&text).form()).unwrap();
        assert!(form.len() < 4_000, "{good}: {} bytes", form.len());
    }
}

#[test]
fn other_encodings_are_refused_at_the_byte_where_they_show() {
    let line = COMMANDS.lines().find(|l| l.contains("Müller")).unwrap();
    let at = |bytes: &[u8]| match read_envelope(bytes).unwrap_err() {
        Rejection::TextEncoding { offset, .. } => offset,
        other => panic!("{other}"),
    };
    let latin1: Vec<u8> = line.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(at(&latin1), line.find('ü').unwrap());
    let utf16: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(at(&utf16), 1);
    assert_eq!(at(&[b"\xff\xfe", &utf16[..]].concat()), 0);
    assert_eq!(at(&[b"\xef\xbb\xbf", line.as_bytes()].concat()), 0);
    assert_eq!(at(b"{\"book\":\"\x00\"}"), 9);
    assert_eq!(at(b"{\"book\":\"\xc0\xaf\"}"), 9);
}

#[test]
fn a_number_beyond_its_type_says_so_and_terms_have_their_own_code() {
    for line in COMMANDS.lines() {
        for (name, number) in [("days", "2000000000"), ("months", "70000"), ("days", "-1"), ("day", "256")] {
            let Some(at) = line.find(&format!("\"{name}\":")) else { continue };
            let from = at + name.len() + 3;
            let to = from + line[from..].find([',', '}']).unwrap();
            let text = format!("{}{number}{}", &line[..from], &line[to..]);
            assert_eq!(refused(&text).code(), "terms.out_of_range", "{text}");
        }
    }
    let level = COMMANDS.replace("\"dunning_level\":1", "\"dunning_level\":256");
    let bulk = level.lines().find(|l| l.contains("bring_forward")).unwrap();
    assert_eq!(refused(bulk).code(), "number.out_of_range");
}

#[test]
fn any_type_with_a_json_form_reads_through_the_same_door() {
    use ar_core::terms::Terms;
    let terms: Terms = read(br#"{"due":{"net":{"days":30}}}"#, 100).unwrap();
    assert_eq!(terms, Terms::net(30));
    let code = |text: &[u8], max| read::<Terms>(text, max).unwrap_err().code();
    assert_eq!(code(br#"{"due":{"net":{"days":30}}}"#, 10), "input.too_large");
    assert_eq!(code(br#"{"due":{"net":{"days":30,"weeks":1}}}"#, 100), "json.unknown_field");
    assert_eq!(code(br#"{"due":{"net":[30]}}"#, 100), "json.wrong_type");
    assert_eq!(code(br#"{"due":{"net":{"days":30},"months":{"months":1}}}"#, 100), "json.unknown_field");
}

proptest! {
    #[test]
    fn no_bytes_make_the_boundary_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_envelope(&bytes);
    }

    #[test]
    fn no_json_like_text_makes_the_boundary_panic(text in r#"([\{\}\[\],:"\\]|\\u00[0-9a-f]{2}|[a-z]{1,4}|-?[0-9.e]{1,6}| ){0,80}"#) {
        let _ = read_envelope(text.as_bytes());
    }

    #[test]
    fn a_spoilt_command_is_refused_or_reads_again_as_the_same(
        line in 0..COMMANDS.lines().count(),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = COMMANDS.lines().nth(line).unwrap().as_bytes().to_vec();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(envelope) = read_envelope(&bytes) {
            prop_assert_eq!(read_envelope(&write(&envelope).unwrap()).unwrap(), envelope);
        }
    }
}
