//! The program as people and scripts meet it: forms, answers, exit codes.
#![allow(missing_docs)]

mod support;

use serde_json::{Value, json};
use support::{Books, root};

fn data(name: &str) -> String {
    root().join("crates/ar-cli/tests/data").join(name).display().to_string()
}

/// A book with the story in it; one of its commands is refused.
fn story(books: &Books, name: &str) {
    books.init(name);
    let ran = books.run(name, &["apply", &data("story.jsonl")]);
    assert_eq!(ran.code(), 1, "{}", ran.err());
}

/// The state of a book: its head.
fn head(books: &Books, name: &str) -> Value {
    books.run(name, &["verify", "--format", "json"]).json()
}

/// Cuts the hash out of what people read: it covers the time of `init`.
fn without_head(text: &str) -> String {
    let cut = |word: &str| {
        let hash = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hash { "(hash)".to_owned() } else { word.to_owned() }
    };
    text.split(' ')
        .map(|word| match word.strip_suffix('\n') {
            Some(word) => cut(word) + "\n",
            None => cut(word),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn one_refusal_does_not_stop_the_rest_and_each_line_has_one_answer() {
    let books = Books::new();
    books.init("book");
    let ran = books.run("book", &["apply", &data("story.jsonl")]);
    assert_eq!(ran.code(), 1);
    let answers: Vec<Value> = ran.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 12);
    let refused: Vec<&Value> = answers.iter().filter(|answer| answer.get("refused").is_some()).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["line"], 9, "empty lines count as lines of the file");
    assert_eq!(refused[0]["command"], "s-08");
    assert_eq!(refused[0]["refused"]["code"], "account.unknown");
    assert_eq!(answers[0]["replayed"], false);

    let before = head(&books, "book");
    let again = books.run("book", &["apply", &data("story.jsonl")]);
    let replayed = again.out().lines().filter(|line| line.contains("\"replayed\":true")).count();
    assert_eq!(replayed, 11, "the same file again changes nothing");
    assert_eq!(head(&books, "book"), before);
}

#[test]
fn atomic_means_all_or_nothing() {
    let books = Books::new();
    books.init("book");
    let before = head(&books, "book");
    let ran = books.run("book", &["apply", "--atomic", &data("story.jsonl")]);
    assert_eq!(ran.code(), 1);
    let answer: Value = serde_json::from_str(&ran.out()).unwrap();
    assert_eq!((&answer["line"], &answer["refused"]["code"]), (&json!(9), &json!("account.unknown")));
    assert_eq!(head(&books, "book"), before, "nothing was done");
}

#[test]
fn a_line_that_is_no_command_is_answered_with_its_code() {
    let books = Books::new();
    books.init("book");
    let good = r#"{"id":"a","actor":"ann","at":"2026-01-02T09:00:00Z","command":{"open_account":{"account":"C-1","date":"2026-01-02"}}}"#;
    let lines = [
        good.replace("C-1\"", "C-1\",\"colour\":\"red\""),
        good.replace("\"id\":\"a\",", "\"id\":\"a\",\"id\":\"a\","),
        good.replace("{\"id\"", "{\"book\":\"other\",\"id\""),
        good.replace("\"id\":\"a\",", ""),
        "nonsense".to_owned(),
        good.to_owned(),
    ];
    let file = books.file("lines.jsonl", lines.join("\n"));
    let ran = books.run("book", &["apply".as_ref(), file.as_os_str()]);
    assert_eq!(ran.code(), 1);
    let codes: Vec<Value> = ran
        .out()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["refused"]["code"].clone())
        .collect();
    let expected =
        ["json.unknown_field", "json.duplicate_key", "book.mismatch", "json.missing_field", "json.syntax"];
    assert_eq!(codes, expected.map(Value::from).into_iter().chain([Value::Null]).collect::<Vec<_>>());
}

#[test]
fn reports_for_people_read_like_this() {
    let books = Books::new();
    story(&books, "book");
    let shown = |arguments: &[&str]| without_head(&books.run("book", arguments).ok());
    insta::assert_snapshot!("aging", shown(&["aging", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!(
        "aging_by_account",
        shown(&["aging", "--as-of", "2026-03-31", "--by", "account", "--buckets", "14,28"])
    );
    insta::assert_snapshot!(
        "aging_by_item",
        shown(&["aging", "--as-of", "2026-01-31", "--by", "item", "--basis", "document"])
    );
    insta::assert_snapshot!("items", shown(&["items", "--as-of", "2026-01-31"]));
    insta::assert_snapshot!("statement", shown(&["statement", "C-1", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!(
        "statement_forward",
        shown(&["statement", "C-1", "--from", "2026-01-10", "--as-of", "2026-03-31"])
    );
    insta::assert_snapshot!("account_list", shown(&["account", "list", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!("account_show", shown(&["account", "show", "C-1", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!("journal", shown(&["journal"]));
    insta::assert_snapshot!("tie_out", shown(&["tie-out", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!("trial_balance", shown(&["trial-balance", "--as-of", "2026-03-31"]));
    insta::assert_snapshot!("verify", shown(&["verify"]));
}

#[test]
fn reports_for_spreadsheets_keep_numbers_and_disarm_text() {
    let books = Books::new();
    story(&books, "book");
    let csv =
        books.run("book", &["aging", "--as-of", "2026-03-31", "--by", "account", "--format", "csv"]).ok();
    assert!(csv.contains("C-1,'=Ant & Söhne,USD,1,0.00,299.99,"), "{csv}");
    assert!(csv.contains("~unidentified,,USD,0,0.00,0.00,0.00,0.00,0.00,-80.00,-80.00"), "{csv}");
}

#[test]
fn reports_for_programs_name_their_axes() {
    let books = Books::new();
    story(&books, "book");
    let aging = books.run("book", &["aging", "--as-of", "2026-01-31", "--format", "json"]).json();
    assert_eq!(aging["as_of"], "2026-01-31");
    assert_eq!(aging["basis"], "due");
    assert_eq!(aging["currencies"][0]["currency"], "EUR");
    assert_eq!(aging["currencies"][0]["total"], "500.00");
    let earlier = books.run("book", &["aging", "--as-of", "2026-03-31", "--known", "8", "--format", "json"]);
    assert_eq!(earlier.json()["known"], 8);
    let verify = head(&books, "book");
    assert_eq!(verify["ok"], true);
    assert_eq!(verify["head"].as_str().unwrap().len(), 64);
}

#[test]
fn exit_codes_tell_wrong_input_from_a_wrong_command_line_and_a_missing_file() {
    let books = Books::new();
    let code = |arguments: &[&str]| books.run("none", arguments).code();
    assert_eq!(code(&["aging", "--as-of", "2026-02-30"]), 2, "no such day");
    assert_eq!(code(&["nonsense"]), 2);
    assert_eq!(code(&["verify"]), 4, "no such file");
    assert!(!books.path("none").exists(), "a question makes no book");
    books.init("book");
    assert_eq!(books.run("book", &["statement", "C-9"]).code(), 1, "no such account");
    assert_eq!(books.run("book", &["apply", "missing.jsonl"]).code(), 4);
    assert_eq!(books.run("book", &["init", "--currency", "EUR"]).code(), 1, "open in another currency");
    books.run("book", &["init", "--currency", "USD"]).ok();
    let junk = books.file("junk", "not a database, not at all");
    assert_eq!(books.run("junk", &["verify"]).code(), 4, "{}", junk.display());
}

#[test]
fn a_bad_file_changes_nothing_and_names_every_bad_row() {
    let books = Books::new();
    books.init("book");
    let before = head(&books, "book");
    let mapping = data("mapping.toml");
    let import = |content: &[u8]| {
        let file = books.file("invoices.csv", content);
        let arguments = ["import", "csv", "--mapping", &mapping].map(std::ffi::OsStr::new);
        books.run("book", &[arguments.as_slice(), &[file.as_os_str()]].concat())
    };
    let good = b"customer,number,date,amount\nC-1,I-1,2026-01-05,10.00\n".to_vec();
    let with = |row: &[u8]| [good.as_slice(), row].concat();
    for (content, code) in [
        (with(b"C-1,I-2,2026-01-05\n"), "csv.row_shape] line 3"),
        (with(b"C-1,I-2,2026-01-05,ten\n"), "amount.syntax] line 3, column amount"),
        (with(b"C-1,I-2,05.01.2026,10.00\n"), "date.syntax] line 3, column date"),
        (with(b"C-1,I-1,2026-01-05,10.00\n"), "csv.duplicate_id] line 3"),
        (with(b"C-1,I-2,2026-01-05,-10.00\n"), "document.negative_total] line 3"),
        (with(b"~C,I-2,2026-01-05,10.00\n"), "account.reserved] line 3"),
        (with(b"C-1,I\xff2,2026-01-05,10.00\n"), "text.encoding] at byte"),
        (b"customer,number,date\n".to_vec(), "csv.header] line 1"),
    ] {
        let ran = import(&content);
        assert_eq!(ran.code(), 1, "{code}");
        assert!(ran.err().contains(code), "{}", ran.err());
        assert_eq!(head(&books, "book"), before, "{code}");
    }
    let done = import(&[b"\xef\xbb\xbf".as_slice(), &good].concat()).ok();
    assert!(done.contains("new: 1 account, 1 invoice, 0 payments"), "{done}");
}

#[test]
fn the_same_file_again_is_already_there_and_a_longer_one_adds_what_is_new() {
    let books = Books::new();
    books.init("book");
    let mapping = data("mapping.toml");
    let import = |content: &str, more: &[&str]| {
        let file = books.file("invoices.csv", content).display().to_string();
        books.run("book", &[["import", "csv", "--mapping", &mapping, &file].as_slice(), more].concat())
    };
    let first = "customer,number,date,amount\nC-1,I-1,2026-01-05,10.00\n";
    import(first, &[]).ok();
    let before = head(&books, "book");
    let again = import(first, &[]).ok();
    assert!(again.contains("already there: 1 account, 1 invoice, 0 payments"), "{again}");
    assert_eq!(head(&books, "book"), before);
    let longer = import(&format!("{first}C-2,I-2,2026-01-06,5.00\n"), &[]).ok();
    assert!(longer.contains("new: 1 account, 1 invoice, 0 payments"), "{longer}");
    let changed = import(&first.replace("10.00", "11.00"), &[]);
    assert_eq!(changed.code(), 1, "the same number with another amount");
    assert!(changed.err().contains("idempotency.conflict"), "{}", changed.err());
    let totals = ["--expect-rows", "2", "--expect-sum", "USD=15.00"];
    let missed = import(first, &totals);
    assert_eq!(missed.code(), 1);
    assert!(missed.err().contains("file.control_total"), "{}", missed.err());
}

#[test]
fn a_backup_is_a_book_and_a_tampered_one_is_found_out() {
    let books = Books::new();
    story(&books, "book");
    let copy = books.path("copy").display().to_string();
    books.run("book", &["backup", &copy]).ok();
    assert_eq!(books.run("book", &["backup", &copy]).code(), 1, "a backup never overwrites");
    assert_eq!(head(&books, "copy"), head(&books, "book"));
    let mut bytes = std::fs::read(&copy).unwrap();
    let needle = b"\"unit_price\":\"99.995\"";
    let at = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    bytes[at + needle.len() - 2] = b'6';
    std::fs::write(&copy, bytes).unwrap();
    let ran = books.run("copy", &["verify", "--format", "json"]);
    assert_eq!(ran.code(), 3);
    let verdict: Value = serde_json::from_str(&ran.out()).unwrap();
    assert_eq!(verdict["ok"], false);
    assert!(verdict["invariant"].is_string() && verdict["detail"].is_string(), "{verdict}");
}

#[test]
fn open_credits_are_applied_after_they_were_shown_and_two_policies_are_compared() {
    let books = Books::new();
    books.init("book");
    let lines = [
        r#"{"open_account":{"account":"C-1","date":"2026-01-02"}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-1"},"date":"2026-01-05","lines":[{"amount":"100.00"}]}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-2"},"date":"2026-01-06","lines":[{"amount":"50.00"}]}}"#,
        r#"{"receive_payment":{"payment":"P-1","payer":{"account":"C-1"},"amount":"50.00","date":"2026-01-20"}}"#,
        r#"{"receive_payment":{"payment":"P-2","payer":{"account":"C-1"},"amount":"99.95","date":"2026-01-21"}}"#,
        r#"{"receive_payment":{"payment":"P-3","payer":"unidentified","amount":"7.00","date":"2026-01-21"}}"#,
    ];
    let file: Vec<String> = (0..)
        .zip(lines)
        .map(|(n, command)| {
            format!(r#"{{"id":"k-{n}","actor":"ann","at":"2026-01-02T08:00:00Z","command":{command}}}"#)
        })
        .collect();
    let file = books.file("credits.jsonl", file.join("\n")).display().to_string();
    books.run("book", &["apply", &file]).ok();
    let settings = r#"{"id":"s-1","actor":"ann","at":"2026-01-22T08:00:00Z","command":{"configure":{"policies":{"under_tolerance":{"amounts":{"USD":"0.10"}},"unattended":["exact_item",{"oldest_due_first":{"partial":true}}]}}}}"#;
    let settings = books.file("settings.jsonl", settings).display().to_string();
    let before = head(&books, "book");
    let shown = books.run("book", &["allocate", "--on", "2026-01-31"]).ok();
    let compared = books.run("book", &["what-if", "--on", "2026-01-31", "--under", &settings]).ok();
    assert_eq!(head(&books, "book"), before, "a run that is shown writes nothing");
    insta::assert_snapshot!("what_if", format!("{shown}\n---\n{compared}"));
    // Settings that are refused are no other case to compare with.
    let wrong = r#"{"id":"s-2","actor":"ann","at":"2026-01-22T08:00:00Z","command":{"configure":{"policies":{"under_tolerance":{"amounts":{"USD":"-0.10"}}}}}}"#;
    let wrong = books.file("wrong.jsonl", wrong).display().to_string();
    let refused = books.run("book", &["what-if", "--under", &wrong]);
    assert!(refused.code() == 1 && refused.err().contains("setting.invalid"), "{}", refused.err());
    let done = books.run("book", &["allocate", "--on", "2026-01-31", "--write"]).ok();
    assert!(done.contains("1 credit applied."), "{done}");
    // What was applied in part is looked at again when there is more to settle on the same day.
    let more = [
        (1, r#"{"configure":{"policies":{"unattended":[{"oldest_due_first":{"partial":true}}]}}}"#),
        (
            2,
            r#"{"receive_payment":{"payment":"P-4","payer":{"account":"C-1"},"amount":"120.00","date":"2026-01-22"}}"#,
        ),
        (
            3,
            r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-3"},"date":"2026-01-23","lines":[{"amount":"25.00"}]}}"#,
        ),
    ];
    for (n, command) in more {
        let line =
            format!(r#"{{"id":"m-{n}","actor":"ann","at":"2026-01-24T08:00:00Z","command":{command}}}"#);
        let file = books.file("more.jsonl", line).display().to_string();
        books.run("book", &["apply", &file]).ok();
        books.run("book", &["allocate", "--on", "2026-01-31", "--write"]).ok();
    }
    let open = books.run("book", &["items", "--as-of", "2026-01-31", "--format", "csv"]).ok();
    assert!(!open.contains("INV-3"), "{open}");
    assert!(books.run("book", &["verify"]).ok().contains("sound"));
}

#[test]
fn charges_are_shown_with_their_workings_and_issued_once() {
    let books = Books::new();
    books.init("book");
    let lines = [
        r#"{"configure":{"charge_policy":{"id":"LATE","interest":{"rate":{"rates":{"dated":[{"from":"2026-01-01","percent":"9"},{"from":"2026-03-01","percent":"12"}]}}},"currency":"USD","fixed_sums":[{"from":"0","amount":"40"}]}}}"#,
        r#"{"open_account":{"account":"C-1","date":"2026-01-02"}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-1"},"date":"2026-01-05","terms":{"due":{"date":"2026-01-31"}},"lines":[{"amount":"1000.00"}]}}"#,
        r#"{"receive_payment":{"payment":"P-1","payer":{"account":"C-1"},"amount":"400.00","date":"2026-02-20","allocate":{"explicit":[{"item":"INV-1"}]}}}"#,
    ];
    let file: Vec<String> = (0..)
        .zip(lines)
        .map(|(n, command)| {
            format!(r#"{{"id":"k-{n}","actor":"ann","at":"2026-01-02T08:00:00Z","command":{command}}}"#)
        })
        .collect();
    let file = books.file("late.jsonl", file.join("\n")).display().to_string();
    books.run("book", &["apply", &file]).ok();
    let asked = ["charges", "C-1", "--policy", "LATE", "--through", "2026-03-31"];
    let before = head(&books, "book");
    let shown = books.run("book", &asked).ok();
    insta::assert_snapshot!("charges", shown);
    assert_eq!(head(&books, "book"), before, "a preview writes nothing");

    let assess = [&asked[..], &["--assess", "--format", "json"]].concat();
    let first = books.run("book", &assess).json();
    assert_eq!(first["document"], "FC-2026-00001");
    let after = head(&books, "book");
    assert_eq!(books.run("book", &assess).json(), first, "asked twice, charged once");
    assert_eq!(head(&books, "book"), after);
    let later = books.run("book", &[&asked[..], &["--id", "again"]].concat());
    assert_eq!(later.code(), 1, "{}", later.out());
    assert!(later.err().contains("late and uncharged"), "{}", later.err());
}

#[test]
fn open_items_say_what_they_are_left_out_of() {
    let books = Books::new();
    books.init("book");
    let lines = [
        r#"{"configure":{"reason":{"code":"DISPUTE","text":"in dispute","counts_for_credit":false}}}"#,
        r#"{"configure":{"reason":{"code":"RETAINED","text":"retained","counts_for_dunning":false}}}"#,
        r#"{"open_account":{"account":"C-1","date":"2026-01-02"}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-1"},"date":"2026-01-05","lines":[{"amount":"900.00"}]}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-2"},"date":"2026-01-05","reason":"RETAINED","lines":[{"amount":"50.00"}]}}"#,
        r#"{"charge_back":{"chargeback":"CB-1","item":"INV-1","amount":"300.00","date":"2026-01-10","reason":{"code":"DISPUTE"}}}"#,
    ];
    let line = |(n, command): (usize, &str)| {
        format!(r#"{{"id":"k-{n}","actor":"ann","at":"2026-01-12T08:00:00Z","command":{command}}}"#)
    };
    let file: Vec<String> = lines.into_iter().enumerate().map(line).collect();
    let file = books.file("claims.jsonl", file.join("\n")).display().to_string();
    books.run("book", &["apply", &file]).ok();
    let listed = |out_of: &[&str]| {
        let asked =
            ["items", "--as-of", "2026-01-31", "--format", "csv"].into_iter().chain(out_of.iter().copied());
        let text = books.run("book", &asked.collect::<Vec<_>>()).ok();
        let row = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            let left_out_of = cells.iter().rev().nth(1).unwrap_or(&"");
            format!("{} {left_out_of}", cells.first().unwrap_or(&"")).trim_end().to_owned()
        };
        text.lines().map(row).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["item left_out_of", "CB-1 credit", "INV-1", "INV-2 dunning"]);
    assert_eq!(listed(&["--left-out-of", "credit"]), ["item left_out_of", "CB-1 credit"]);
    assert_eq!(listed(&["--left-out-of", "dunning"]), ["item left_out_of", "INV-2 dunning"]);
    assert_eq!(listed(&["--left-out-of", "credit", "--left-out-of", "dunning"]), ["item left_out_of"]);
}

#[test]
fn what_is_kept_for_an_order_is_listed_and_a_run_applies_it_to_that_order_alone() {
    let books = Books::new();
    books.init("book");
    let lines = [
        r#"{"open_account":{"account":"C-1","date":"2026-01-02"}}"#,
        r#"{"report_order":{"order":"O-1","account":"C-1","date":"2026-01-02","amount":"300.00","stage":"ordered"}}"#,
        r#"{"receive_payment":{"payment":"P-1","payer":{"account":"C-1"},"amount":"300.00","date":"2026-01-05","order":"O-1"}}"#,
        r#"{"receive_payment":{"payment":"P-2","payer":{"account":"C-1"},"amount":"300.00","date":"2026-01-05","keep":"on_account"}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-1"},"date":"2026-01-06","lines":[{"amount":"300.00"}]}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"INV-2"},"date":"2026-01-07","order":"O-1","lines":[{"amount":"300.00"}]}}"#,
    ];
    let line = |(n, command): (usize, &str)| {
        format!(r#"{{"id":"k-{n}","actor":"ann","at":"2026-01-12T08:00:00Z","command":{command}}}"#)
    };
    let file: Vec<String> = lines.into_iter().enumerate().map(line).collect();
    let file = books.file("orders.jsonl", file.join("\n")).display().to_string();
    books.run("book", &["apply", &file]).ok();
    let listed = |of: &[&str]| {
        let asked =
            ["items", "--as-of", "2026-01-31", "--format", "csv"].into_iter().chain(of.iter().copied());
        let text = books.run("book", &asked.collect::<Vec<_>>()).ok();
        let row = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {}", cells.first().unwrap_or(&""), cells.last().unwrap_or(&"")).trim_end().to_owned()
        };
        text.lines().map(row).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["item order", "P-1 O-1", "P-2", "INV-1", "INV-2 O-1"]);
    assert_eq!(listed(&["--order", "O-1"]), ["item order", "P-1 O-1", "INV-2 O-1"]);
    books.run("book", &["allocate", "--on", "2026-01-12", "--write"]).ok();
    assert_eq!(listed(&[]), ["item order", "P-2", "INV-1"]);
}
