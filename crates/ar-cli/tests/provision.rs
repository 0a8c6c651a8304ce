//! The program on bad debt: the history of losses, and the allowance from it, by pools.
#![allow(missing_docs)]

mod support;

use support::Books;

/// The book of the page about bad debt, with a history: two hundred past due, fifty of them lost.
fn lost(books: &Books, name: &str) {
    books.init(name);
    let lines = [
        r#"{"configure":{"reason":{"code":"LOST","text":"insolvent"}}}"#,
        r#"{"open_account":{"account":"C-1","date":"2026-01-02","profile":{"attributes":{"segment":"retail"}}}}"#,
        r#"{"open_account":{"account":"C-2","date":"2026-01-02"}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"I-1"},"date":"2026-01-05","terms":{"due":{"date":"2026-01-31"}},"lines":[{"amount":"800.00"}]}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"I-2"},"date":"2026-01-06","terms":{"due":{"date":"2026-01-31"}},"lines":[{"amount":"150.00"}]}}"#,
        r#"{"issue_invoice":{"account":"C-2","number":{"given":"I-3"},"date":"2026-01-07","terms":{"due":{"date":"2026-01-31"}},"lines":[{"amount":"50.00"}]}}"#,
        r#"{"receive_payment":{"payment":"P-1","payer":{"account":"C-1"},"amount":"800.00","date":"2026-01-31","allocate":{"explicit":[{"item":"I-1"}]}}}"#,
        r#"{"receive_payment":{"payment":"P-2","payer":{"account":"C-1"},"amount":"150.00","date":"2026-02-15","allocate":{"explicit":[{"item":"I-2"}]}}}"#,
        r#"{"write_off":{"item":"I-3","date":"2026-05-31","reason":"LOST"}}"#,
        r#"{"issue_invoice":{"account":"C-1","number":{"given":"I-4"},"date":"2026-06-01","terms":{"due":{"date":"2026-06-30"}},"lines":[{"amount":"1000.00"}]}}"#,
        r#"{"issue_invoice":{"account":"C-2","number":{"given":"I-5"},"date":"2026-06-01","terms":{"due":{"date":"2026-06-15"}},"lines":[{"amount":"2000.00"}]}}"#,
    ];
    let line = |(n, command)| {
        format!(r#"{{"id":"k-{n}","actor":"ann","at":"2026-01-02T08:00:00Z","command":{command}}}"#)
    };
    let file: Vec<String> = lines.into_iter().enumerate().map(line).collect();
    let file = books.file("lost.jsonl", file.join("\n")).display().to_string();
    books.run(name, &["apply", &file]).ok();
}

const HISTORY: [&str; 7] =
    ["loss-rates", "--from", "2026-01-01", "--to", "2026-01-31", "--as-of", "2026-06-30"];

#[test]
fn inv_47_a_history_becomes_the_matrix_of_an_allowance() {
    let books = Books::new();
    lost(&books, "book");
    let before = books.run("book", &["verify", "--format", "json"]).json();
    let shown = books.run("book", &HISTORY).ok();
    let open = [&HISTORY[..6], &["2026-02-20", "--edges", "14"]].concat();
    let early = books.run("book", &open).ok();
    insta::assert_snapshot!("loss_rates", format!("{shown}\n---\n{early}"));
    let json = books.run("book", &[&HISTORY[..], &["--format", "json"]].concat()).json();
    let bucket = &json["currencies"][0]["buckets"][1];
    assert_eq!([&bucket["reached"], &bucket["lost"], &bucket["percent"]], ["200.00", "50.00", "25"]);
    assert_eq!([&json["from"], &json["as_of"], &json["basis"]], ["2026-01-01", "2026-06-30", "due"]);

    let file = books.run("book", &[&HISTORY[..], &["--matrix", "USD", "--overlay", "1.2"]].concat()).ok();
    let file = books.file("matrix.json", file).display().to_string();
    let asked = ["allowance", "--matrix", &file, "--as-of", "2026-06-30"];
    insta::assert_snapshot!("allowance", books.run("book", &asked).ok());
    assert_eq!(books.run("book", &["verify", "--format", "json"]).json(), before, "nothing was written");
}

const POOLS: &str = r#"
edges = [30]
[[assessed]]
item = "I-5"
currency = "USD"
allowance = "500.00"

[[pools]]
name = "retail"
accounts = { attribute = "segment", values = ["retail", "online"] }
matrix = { losses = [{ bucket = "all", percent = "1.5" }] }

[[pools]]
name = "others"
matrix = { overlay = "1.1", losses = [
    { bucket = "current", percent = "2" },
    { bucket = "1-30", percent = "10" },
    { bucket = "31+", percent = "60" },
] }
"#;

#[test]
fn inv_47_an_allowance_by_pools_is_shown_and_says_why_it_is_not() {
    let books = Books::new();
    lost(&books, "book");
    let file = books.file("pools.toml", POOLS).display().to_string();
    let asked = ["allowance", "--matrix", &file, "--as-of", "2026-06-20"];
    insta::assert_snapshot!("allowance_by_pools", books.run("book", &asked).ok());
    let json = books.run("book", &[&asked[..], &["--format", "json"]].concat()).json();
    let of = &json["currencies"][0];
    assert_eq!((&of["exposure"], &of["total"]), (&"3000.00".into(), &"515.00".into()));

    for (name, text, code) in [
        ("none.json", "{}".to_owned(), "[allowance.pools]"),
        ("odd.json", r#"{"matrix":{"losses":[],"colour":"red"}}"#.to_owned(), "unknown field"),
        ("empty.json", r#"{"matrix":{"losses":[]}}"#.to_owned(), "[allowance.matrix]"),
        ("edges.json", r#"{"edges":[3,2],"matrix":{"losses":[]}}"#.to_owned(), "[query.buckets]"),
        ("rest.toml", POOLS.replace("name = \"others\"", "name = \"retail\""), "[allowance.pools]"),
        ("item.toml", POOLS.replace("I-5", "I-1"), "[allowance.item_not_open]"),
    ] {
        let file = books.file(name, text).display().to_string();
        let ran = books.run("book", &["allowance", "--matrix", &file, "--as-of", "2026-06-20"]);
        assert!(ran.code() == 1 && ran.err().contains(code), "{name}: {}", ran.err());
    }
    let gone = books.run("book", &["allowance", "--matrix", "gone.json"]);
    assert_eq!(gone.code(), 4, "{}", gone.err());
}

#[test]
fn a_history_that_cannot_be_told_says_why() {
    let books = Books::new();
    lost(&books, "book");
    let run = |more: &[&str]| {
        let ran = books.run("book", &[&HISTORY[..], more].concat());
        (ran.code(), ran.err())
    };
    let (code, said) = run(&["--leave-out", "LOSS"]);
    assert!(code == 1 && said.contains("[query.reason]"), "{said}");
    let (code, said) = run(&["--matrix", "USD", "--edges", "30,60,90,120,150"]);
    assert!(code == 1 && said.contains("nothing ever reached the bucket 121-150"), "{said}");
    assert_eq!(run(&["--matrix", "EUR"]).0, 1);
    assert_eq!(run(&["--edges", "30,30"]).0, 2);
    assert_eq!(run(&["--overlay", "2"]).0, 2);
    assert_eq!(books.run("book", &["loss-rates", "--from", "2026-02-01", "--to", "2026-01-31"]).code(), 2);
}

/// A matrix for everything.
const MATRIX: &str = r#"{"matrix":{"losses":[{"bucket":"current","percent":"5"},{"bucket":"1-30","percent":"25"},
    {"bucket":"31-60","percent":"50"},{"bucket":"61-90","percent":"75"},{"bucket":"91+","percent":"100"}]}}"#;

#[test]
fn inv_47_an_allowance_is_written_once_and_the_close_knows_of_it() {
    let books = Books::new();
    lost(&books, "book");
    let file = books.file("matrix.json", MATRIX).display().to_string();
    let on = |day: &str, more: &[&str]| {
        let asked = ["allowance", "--matrix", &file, "--as-of", day];
        books.run("book", &[&asked[..], more].concat())
    };
    let period = r#"{"id":"m","actor":"ann","at":"2026-07-01T08:00:00Z","command":{"define_period":{"period":"2026-06","start":"2026-06-01","end":"2026-06-30"}}}"#;
    let period = books.file("period.jsonl", period).display().to_string();
    books.run("book", &["apply", &period]).ok();
    let check = || {
        let list = books.run("book", &["period", "check", "2026-06", "--format", "json"]).json();
        let lines = list["lines"].as_array().cloned().unwrap_or_default();
        lines.into_iter().find(|line| line["check"] == "allowance").map(|line| line["state"].clone())
    };
    let last = |text: String, n: usize| {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[lines.len() - n..].join("\n")
    };
    assert_eq!(check().unwrap(), "open");
    assert_eq!(
        last(on("2026-06-30", &[]).ok(), 2),
        "USD: 550.00 would be charged, beside 0.00 allowed for before.\nNothing was written."
    );
    assert_eq!(
        last(on("2026-06-30", &["--write"]).ok(), 1),
        "USD: 550.00 are charged, beside 0.00 allowed for before."
    );
    assert_eq!(check().unwrap(), "clear");
    assert_eq!(last(on("2026-06-30", &["--write"]).ok(), 1), "USD: so much is allowed for already.");
    let early = on("2026-06-20", &[]).ok();
    assert!(early.contains("USD: providing would be refused: [allowance.later_run]"), "{early}");
    let refused = on("2026-06-20", &["--write"]);
    assert!(refused.err().contains("allowance.later_run"), "{}", refused.err());
    let july = on("2026-07-31", &["--write", "--format", "json"]).json();
    assert_eq!([&july["runs"][0]["opening"], &july["runs"][0]["charge"]], ["550.00", "950.00"]);
    let verdict = books.run("book", &["verify", "--format", "json"]).json();
    assert_eq!(verdict["ok"], true);
}

#[test]
fn a_file_that_rounds_otherwise_than_the_book_is_shown_and_not_written() {
    let books = Books::new();
    lost(&books, "book");
    let other = MATRIX.replacen('{', r#"{"rounding":"half_even","#, 1);
    let file = books.file("matrix.json", other).display().to_string();
    let asked = ["allowance", "--matrix", &file, "--as-of", "2026-06-30"];
    assert!(books.run("book", &asked).ok().contains("550.00"));
    let refused = books.run("book", &[&asked[..], &["--write"]].concat());
    assert!(refused.err().contains("rounds otherwise"), "{}", refused.err());
}
