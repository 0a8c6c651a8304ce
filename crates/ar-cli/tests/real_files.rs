//! Real files through the program: the figures they must come to, and journals that other programs
//! accept and add up alike.
#![allow(missing_docs)]

mod support;

use std::ffi::OsStr;

use serde_json::{Value, json};
use support::{Books, mapping, shared, tool};

fn import(books: &Books, book: &str, map: &str, file: &std::path::Path) -> support::Ran {
    let map = mapping(map);
    let arguments: [&OsStr; 5] =
        [OsStr::new("import"), OsStr::new("csv"), OsStr::new("--mapping"), map.as_os_str(), file.as_os_str()];
    books.run(book, &arguments)
}

fn aging(books: &Books, book: &str, day: &str) -> Value {
    books.run(book, &["aging", "--as-of", day, "--format", "json"]).json()
}

fn bucket(label: &str, from: Option<i32>, to: Option<i32>, amount: &str) -> Value {
    json!({"label": label, "from": from, "to": to, "amount": amount})
}

#[test]
fn the_late_payment_file_ages_to_the_cent_on_two_days() {
    let Some(file) = shared("data/ibm-late-payment/WA_Fn-UseC_-Accounts-Receivable.csv") else { return };
    let books = Books::new();
    books.init("book");
    let done = import(&books, "book", "ibm-late-payment.toml", &file).ok();
    assert!(done.contains("new: 100 accounts, 2466 invoices, 2466 payments"), "{done}");

    let june = aging(&books, "book", "2013-06-30");
    let known = june["known"].clone();
    let expected = json!({"as_of": "2013-06-30", "known": known, "basis": "due", "currencies": [{
        "currency": "USD", "open_items": 84,
        "buckets": [
            bucket("current", None, Some(0), "4284.29"),
            bucket("1-30", Some(1), Some(30), "835.56"),
            bucket("31-60", Some(31), Some(60), "0.00"),
            bucket("61-90", Some(61), Some(90), "0.00"),
            bucket("91+", Some(91), None, "0.00"),
        ],
        "unapplied": "0.00", "total": "5119.85"}]});
    assert_eq!(june, expected);
    let march = aging(&books, "book", "2012-03-31");
    assert_eq!(march["currencies"][0]["open_items"], 107);
    assert_eq!(march["currencies"][0]["total"], "6183.10");

    let verdict = books.run("book", &["verify", "--format", "json"]).json();
    assert_eq!(verdict["ok"], true);
    let again = import(&books, "book", "ibm-late-payment.toml", &file).ok();
    assert!(again.contains("already there: 100 accounts, 2466 invoices, 2466 payments"), "{again}");
    assert_eq!(books.run("book", &["verify", "--format", "json"]).json(), verdict, "nothing was added");
    journals(&books);
}

/// hledger and beancount accept the journal, and their receivable account agrees with the aging.
fn journals(books: &Books) {
    let journal = |format: &str| {
        let arguments = ["journal", "--format", format, "--to", "2013-06-30"];
        let text = books.run("book", &arguments).ok();
        books.file(&format!("journal.{format}"), text).display().to_string()
    };
    let hledger = journal("hledger");
    if let Some((ok, said)) = tool("hledger", &["-f", &hledger, "check", "--strict"]) {
        assert!(ok, "{said}");
        let arguments = ["-f", &hledger, "balance", "assets:receivable", "--output-format", "csv"];
        let (_, said) = tool("hledger", &arguments).unwrap();
        assert!(said.contains("\"5119.85 USD\""), "{said}");
    }
    let beancount = journal("beancount");
    if let Some((ok, said)) = tool("bean-check", &[&beancount]) {
        assert!(ok, "{said}");
        let query = "SELECT account, sum(position) WHERE account ~ 'Receivable' GROUP BY account";
        let (_, said) = tool("bean-query", &[&beancount, query]).unwrap();
        assert!(said.contains("5119.85 USD"), "{said}");
    }
}

#[test]
fn the_open_item_file_keeps_its_currencies_apart() {
    let Some(file) = shared("data/highradius-ar/open_items_with_predictions.csv") else { return };
    let books = Books::new();
    books.init("book");
    let done = import(&books, "book", "highradius.toml", &file).ok();
    assert!(done.contains("new: 664 accounts, 9700 invoices, 0 payments"), "{done}");
    assert!(done.contains("accounts have other spellings of their name; the first was taken"), "{done}");
    let all = aging(&books, "book", "2020-12-31");
    let figures = |n: usize| {
        let totals = &all["currencies"][n];
        (totals["currency"].clone(), totals["open_items"].clone(), totals["total"].clone())
    };
    assert_eq!(figures(0), (json!("CAD"), json!(747), json!("44471009.08")));
    assert_eq!(figures(1), (json!("USD"), json!(8953), json!("275113716.83")));
    assert_eq!(all["currencies"].as_array().map(Vec::len), Some(2), "never summed together");
    let accounts =
        books.run("book", &["account", "list", "--as-of", "2020-12-31", "--format", "json"]).json();
    assert_eq!(accounts.as_array().map(Vec::len), Some(664));
    let tie = books.run("book", &["tie-out", "--as-of", "2020-12-31", "--format", "json"]).json();
    assert_eq!(tie["ties"], true);
    assert_eq!(books.run("book", &["verify", "--format", "json"]).json()["ok"], true);
    for format in ["hledger", "beancount"] {
        let text = books.run("book", &["journal", "--format", format]).ok();
        let path = books.file(&format!("journal.{format}"), text).display().to_string();
        let checked = match format {
            "hledger" => tool("hledger", &["-f", &path, "check", "--strict"]),
            _ => tool("bean-check", &[&path]),
        };
        if let Some((ok, said)) = checked {
            assert!(ok, "{said}");
        }
    }
}
