//! The case runner tells right from wrong and known from unknown, and the shared cases come out as
//! `docs/cases.md` says.

#[path = "cases/words.rs"]
mod words;

use std::collections::BTreeMap;
use std::path::Path;

use ar_core::BookId;
use ar_store::Ledger;
use ar_testing::cases::play::BOOK;
use ar_testing::cases::report::Report;
use ar_testing::cases::run::{Verdict, play, run};
use ar_testing::cases::source::{Case, cases};
use serde_json::{Value, json};

/// An invoice of 250 that is paid in part, with what the case says of it.
fn small(change: impl FnOnce(&mut Value)) -> Verdict {
    let mut form = json!({
        "id": "own/part-payment", "source": {"repo": "this test"}, "feature": "allocation",
        "policy": {"base_currency": "EUR"},
        "steps": [
            {"do": "invoice", "ref": "A", "customer": "K", "date": "2024-03-01", "currency": "EUR",
             "amount": "250.00", "due": "2024-03-31"},
            {"do": "payment", "ref": "P", "customer": "K", "date": "2024-03-10", "currency": "EUR",
             "amount": "120.00", "allocations": [{"ref": "A", "amount": "120.00"}]}
        ],
        "expect": [
            {"what": "open_balance", "ref": "A", "at": "2024-03-10", "value": "130.00"},
            {"what": "open_balance", "ref": "K", "at": "2024-03-09", "value": "250.00"},
            {"what": "status", "ref": "A", "at": "2024-03-10", "value": "partly_paid"},
            {"what": "journal", "ref": "P", "at": "2024-03-10", "value": [
                {"account": "cash", "debit": "120.00"},
                {"account": "receivable", "credit": "120.00", "against": "A"}]}
        ]
    });
    change(&mut form);
    run(&Case::of(form).expect("a case"))
}

fn unsupported(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Unsupported(word) => word,
        other => panic!("{other:?} is not unsupported"),
    }
}

/// What was told and found in the only difference.
fn difference(verdict: &Verdict) -> (Value, Value) {
    assert_eq!(verdict.word(), "failed", "{verdict:?}");
    verdict.figures()
}

#[test]
fn a_right_case_passes() {
    assert_eq!(small(|_| {}), Verdict::Passed);
}

#[test]
fn a_wrong_amount_fails_with_both_numbers() {
    let verdict = small(|case| case["expect"][0]["value"] = json!("130.01"));
    assert_eq!(difference(&verdict), (json!("130.01"), json!("130.00")));
    assert!(verdict.reason().contains("open_balance of A on 2024-03-10"), "{}", verdict.reason());
}

#[test]
fn a_wrong_journal_fails_line_or_account() {
    for (line, value) in [(0, "119.99"), (1, "120.01")] {
        let side = if line == 0 { "debit" } else { "credit" };
        let verdict = small(|case| case["expect"][3]["value"][line][side] = json!(value));
        assert_eq!(verdict.word(), "failed", "{verdict:?}");
    }
    let without_cash = small(|case| {
        case["expect"][3]["value"].as_array_mut().expect("lines").remove(0);
    });
    assert_eq!(without_cash.word(), "failed", "a whole entry names every account that moves");
    let elsewhere = small(|case| case["expect"][3]["value"][1]["against"] = json!("B"));
    assert_eq!(elsewhere.word(), "failed", "{elsewhere:?}");
}

#[test]
fn a_wrong_date_or_moment_fails() {
    let later = small(|case| case["expect"][1]["at"] = json!("2024-03-10"));
    assert_eq!(difference(&later), (json!("250.00"), json!("130.00")));
    let earlier = small(|case| case["expect"][0]["after_step"] = json!(1));
    assert_eq!(difference(&earlier), (json!("130.00"), json!("250.00")));
    let beyond = small(|case| case["expect"][0]["after_step"] = json!(3));
    assert_eq!(unsupported(&beyond), "after_step beyond the steps");
}

#[test]
fn an_unknown_word_is_unsupported_wherever_it_stands() {
    let word = |change: fn(&mut Value)| unsupported(&small(change)).to_owned();
    assert_eq!(word(|case| case["steps"][0]["colour"] = json!("red")), "invoice.colour");
    assert_eq!(word(|case| case["steps"][1]["allocations"][0]["why"] = json!("?")), "allocations.why");
    assert_eq!(word(|case| case["steps"][1]["do"] = json!("barter")), "step barter");
    assert_eq!(word(|case| case["expect"][0]["colour"] = json!("red")), "open_balance.colour");
    assert_eq!(word(|case| case["expect"][0]["what"] = json!("mood")), "expect mood");
    assert_eq!(word(|case| case["expect"][2]["value"] = json!("happy")), "status=happy");
    assert_eq!(word(|case| case["policy"]["colour"] = json!("red")), "policy.colour");
    assert_eq!(word(|case| case["expect"][3]["value"][0]["mood"] = json!("?")), "journal.mood");
    assert_eq!(word(|case| case["colour"] = json!("red")), "case.colour");
    let table = |case: &mut Value| {
        case["expect"][0]["value"] = json!({"foreign": "130.00", "base": "130.00", "other": "1"});
    };
    assert_eq!(word(table), "open_balance.other");
}

#[test]
fn an_unknown_word_wins_over_a_wrong_amount() {
    let verdict = small(|case| {
        case["expect"][0]["value"] = json!("1.00");
        case["expect"][2]["value"] = json!("happy");
    });
    assert_eq!(unsupported(&verdict), "status=happy");
}

/// A payment of more than is open.
fn too_much(case: &mut Value) {
    case["steps"][1]["amount"] = json!("300.00");
    case["steps"][1]["allocations"][0]["amount"] = json!("300.00");
    case["expect"] = json!([
        {"what": "error", "ref": "P", "at": "2024-03-10", "value": "over_allocation"},
        {"what": "open_balance", "ref": "A", "at": "2024-03-10", "value": "250.00"}
    ]);
}

#[test]
fn an_expected_refusal_must_come_and_for_its_reason() {
    assert_eq!(small(too_much), Verdict::Passed);
    let accepted = small(|case| {
        too_much(case);
        case["steps"][1]["allocations"][0]["amount"] = json!("250.00");
        case["expect"][1]["value"] = json!("0.00");
    });
    assert_eq!(difference(&accepted), (json!("over_allocation"), json!("accepted")));
    let other_reason = small(|case| {
        too_much(case);
        case["expect"][0]["value"] = json!("period_closed");
    });
    let found = json!("refused: allocation.exceeds_item");
    assert_eq!(difference(&other_reason), (json!("period_closed"), found));
    let unknown = small(|case| {
        too_much(case);
        case["expect"][0]["value"] = json!("bad_luck");
    });
    assert_eq!(unsupported(&unknown), "error=bad_luck");
}

#[test]
fn a_refusal_that_nobody_expects_fails() {
    let verdict = small(|case| {
        too_much(case);
        case["expect"].as_array_mut().expect("a list").remove(0);
    });
    assert_eq!(difference(&verdict), (json!("accepted"), json!("refused: allocation.exceeds_item")));
}

#[test]
fn the_total_that_a_step_states_is_compared_too() {
    let verdict = small(|case| {
        case["policy"]["tax_percent"] = json!("10");
        case["steps"][0]["net"] = json!("230.00");
        case["steps"][0]["tax"] = json!("20.00");
    });
    let reason = verdict.reason();
    assert_eq!(verdict.word(), "failed", "230 and 10 % are not 250");
    assert!(reason.contains("total of A: expected \"250.00\", actual \"253.00\""), "{reason}");
}

#[test]
fn the_report_counts_and_names() {
    let case = |id: &str, value: &str| {
        Case::of(json!({"id": id, "source": {"repo": "r"}, "feature": "f", "policy": {}, "steps": [
            {"do": "invoice", "ref": "A", "customer": "K", "date": "2024-03-01", "currency": "EUR",
             "amount": "1.00"}],
            "expect": [{"what": "open_balance", "ref": "A", "at": "2024-03-01", "value": value}]}))
        .expect("a case")
    };
    let mut unknown = case("c", "1.00");
    unknown.form["steps"][0]["do"] = json!("barter");
    let report = Report::of(&[case("a", "1.00"), case("b", "2.00"), unknown]);
    let form = report.json();
    assert_eq!((&form["passed"], &form["failed"], &form["unsupported"]), (&json!(1), &json!(1), &json!(1)));
    let result = |n: usize| (form["cases"][n]["result"].clone(), form["cases"][n]["reason"].clone());
    assert_eq!(result(0), (json!("passed"), json!("")));
    assert_eq!(
        (&form["cases"][1]["expected"], &form["cases"][1]["actual"]),
        (&json!("2.00"), &json!("1.00"))
    );
    assert_eq!(result(2), (json!("unsupported"), json!("step barter")));
    let text = report.text();
    assert!(text.contains("1 passed, 1 failed, 1 unsupported"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("failed") && line.contains(" b ")), "{text}");
}

/// What the program says to a folder with one file, and its exit code.
fn program(text: &str, json: bool) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("deeper");
    std::fs::create_dir(&inside).expect("a folder");
    std::fs::write(inside.join("some.json"), text).expect("a file");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cases"));
    command.arg(folder.path());
    if json {
        command.args(["--format", "json"]);
    }
    let output = command.output().expect("the program runs");
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn the_exit_code_tells_passed_from_failed_from_unreadable() {
    let with = |value: &str| {
        json!([{"id": "a", "source": {"repo": "r"}, "feature": "f", "policy": {}, "steps": [
            {"do": "invoice", "ref": "A", "customer": "K", "date": "2024-03-01", "currency": "EUR",
             "amount": "1.00"}],
            "expect": [{"what": "open_balance", "ref": "A", "at": "2024-03-01", "value": value}]}])
        .to_string()
    };
    let (code, text) = program(&with("1.00"), false);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 passed, 0 failed, 0 unsupported"), "{text}");
    let (code, text) = program(&with("2.00"), true);
    let form: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &form["failed"], &form["cases"][0]["actual"]), (Some(1), &json!(1), &json!("1.00")));
    assert_eq!(program("[{\"id\": 1}]", false).0, Some(2));
    assert_eq!(program("not JSON", true).0, Some(2));
    assert_eq!(program("[]", false).0, Some(2), "a folder without cases shows nothing");
}

/// Every figure and word in a value, by the path to it.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| leaves(v, &format!("{path}/{k}"), found)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, v)| leaves(v, &format!("{path}/{n}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

/// Another figure, another date, or a word that is none.
fn other(value: &Value) -> Value {
    match value.as_str() {
        None => json!("123456.78"),
        Some(text) if text.parse::<f64>().is_ok() => json!("123456.78"),
        Some(text) if text.len() == 10 && text.starts_with("20") => json!("1999-01-01"),
        Some(text) => json!(format!("{text}_not")),
    }
}

#[test]
fn no_shared_case_passes_with_another_figure() {
    let Some(folder) = ar_testing::shared::shared("cases") else { return };
    let all = cases(&folder).expect("cases");
    let mut tried = 0;
    for case in all.iter().filter(|case| run(case) == Verdict::Passed) {
        let mut paths = Vec::new();
        for n in 0..case.form["expect"].as_array().map_or(0, Vec::len) {
            leaves(&case.form["expect"][n]["value"], &format!("/expect/{n}/value"), &mut paths);
        }
        for path in paths {
            let mut wrong = case.clone();
            let place = wrong.form.pointer_mut(&path).expect("a value");
            *place = other(place);
            // One store is enough: that both agree is what `run` compares.
            let book = Ledger::memory(BookId::parse(BOOK).expect("an id"));
            let found = play(&book, &wrong);
            assert_ne!(found, Ok(Vec::new()), "{} passes with another {path}", case.id);
            tried += 1;
        }
    }
    assert!(tried > 200, "only {tried} figures were changed");
}

#[test]
fn a_negative_allocation_consumes_a_credit_memo() {
    let with = |cash: &str, open: &str| {
        small(|case| {
            let memo = json!({"do": "credit_memo", "ref": "M", "customer": "K", "date": "2024-03-05",
                "currency": "EUR", "amount": "30.00"});
            case["steps"].as_array_mut().expect("steps").insert(1, memo);
            case["steps"][2]["amount"] = json!(cash);
            case["steps"][2]["allocations"] =
                json!([{"ref": "A", "amount": "250.00"}, {"ref": "M", "amount": "-30.00"}]);
            case["expect"] = json!([
                {"what": "open_balance", "ref": "A", "at": "2024-03-10", "value": open},
                {"what": "open_balance", "ref": "M", "at": "2024-03-10", "value": "0.00"},
                {"what": "open_balance", "ref": "M", "at": "2024-03-09", "value": "-30.00"},
                {"what": "unapplied", "ref": "P", "at": "2024-03-10", "value": "0.00"}
            ]);
        })
    };
    assert_eq!(with("220.00", "0.00"), Verdict::Passed);
    assert_eq!(with("219.00", "0.00").word(), "failed", "the cash and the memo do not suffice");
}

/// The deliberate differences that `docs/cases.md` lists, with their reasons.
fn differences() -> BTreeMap<String, String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cases.md");
    let text = std::fs::read_to_string(page).expect("docs/cases.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.map(|(id, why)| (id.to_owned(), why.trim_matches([' ', '|']).to_owned())).collect()
}

#[test]
fn the_shared_cases_come_out_as_the_page_says() {
    let listed = differences();
    assert!(!listed.is_empty() && listed.values().all(|why| why.len() > 20), "{listed:?}");
    let Some(folder) = ar_testing::shared::shared("cases") else { return };
    let report = Report::of(&cases(&folder).expect("cases"));
    for line in &report.lines {
        let failed = line.verdict.word() == "failed";
        let known = listed.contains_key(&line.id);
        assert!(failed <= known, "{} fails and is not listed: {}", line.id, line.verdict.reason());
        assert!(known <= failed, "{} is listed in docs/cases.md and is {}", line.id, line.verdict.word());
    }
    let passed = report.counts().passed;
    assert!(passed >= 60, "only {passed} cases pass: the runner has lost words");
}

/// 100,000 of which 6 % are lost, with 300 in debit on the allowance.
fn provided(change: impl FnOnce(&mut Value)) -> Verdict {
    let mut form = json!({
        "id": "own/provision", "source": {"repo": "this test"}, "feature": "provision",
        "policy": {"loss_percent": "6"},
        "steps": [
            {"do": "aging_input", "date": "2024-12-31", "buckets": {"all": "100000.00"}},
            {"do": "allowance_balance", "amount": "-300.00"},
            {"do": "provision_run", "date": "2024-12-31"},
            {"do": "provision_run", "date": "2024-12-31", "ref": "AGAIN"}
        ],
        "expect": [
            {"what": "journal", "ref": "PROV", "at": "2024-12-31", "value": [
                {"account": "bad_debt_expense", "debit": "6300.00"},
                {"account": "allowance", "credit": "6300.00"}]},
            {"what": "journal", "ref": "AGAIN", "at": "2024-12-31", "value": []},
            {"what": "provision", "ref": "TOTAL", "at": "2024-12-31", "value": "6000.00"},
            {"what": "provision_by_bucket", "ref": "ALL", "at": "2024-12-31", "value": {"all": "6000.00"}}
        ]
    });
    change(&mut form);
    run(&Case::of(form).expect("a case"))
}

#[test]
fn a_provision_is_the_matrix_and_its_run_the_difference() {
    assert_eq!(provided(|_| {}), Verdict::Passed);
    for (n, key, value) in [
        (
            0,
            "value",
            json!([{"account": "bad_debt_expense", "debit": "6000.00"}, {"account": "allowance", "credit": "6000.00"}]),
        ),
        (0, "value", json!([{"account": "bad_debt_expense", "debit": "6300.00"}])),
        (1, "value", json!([{"account": "allowance", "credit": "6000.00"}])),
        (2, "value", json!("6300.00")),
        (3, "value", json!({"all": "6000.01"})),
    ] {
        let verdict = provided(|case| case["expect"][n][key] = value);
        assert_eq!(verdict.word(), "failed", "{verdict:?}");
    }
}

#[test]
fn a_word_of_a_provision_that_is_not_known_is_named() {
    let other = provided(|case| case["policy"]["rounding"] = json!("per_customer"));
    assert_eq!(unsupported(&other), "policy.rounding=per_customer");
    let both = provided(|case| case["policy"]["matrix"] = json!([{"bucket": "all", "loss_percent": "1"}]));
    assert_eq!(unsupported(&both), "policy.loss_percent beside a matrix");
    let extra = provided(|case| case["steps"][2]["overlay"] = json!("1.1"));
    assert_eq!(unsupported(&extra), "provision_run.overlay");
}
