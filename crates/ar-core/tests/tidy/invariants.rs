//! Invariants: every number that is cited exists, and what `docs/invariants.md` says is kept is
//! proven by a test that carries its number.
//!
//! The table of tests in that document is written by this test: `UPDATE_DOCS=1 cargo test -p
//! ar-core --test tidy`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::expect_none;
use super::tree::{File, code, documents, root, sources};

const DOCUMENT: &str = "docs/invariants.md";
const BEGIN: &str = "<!-- table of tests: begin -->";
const END: &str = "<!-- table of tests: end -->";

/// How far an invariant is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Kept,
    InPart,
    Unproven,
    NotBuilt,
}

#[derive(Clone, Debug)]
struct Invariant {
    number: u32,
    title: String,
    state: State,
}

/// `### INV-04 Split conservation` and, somewhere under it, `**State:** kept`.
fn listed(text: &str) -> Result<Vec<Invariant>, String> {
    let mut all = Vec::new();
    for section in text.split("\n### INV-").skip(1) {
        let (head, rest) = section.split_once('\n').unwrap_or((section, ""));
        let (number, title) = head.split_once(' ').ok_or_else(|| format!("INV-{head} has no title"))?;
        let number = number.parse().map_err(|_| format!("INV-{number} is no number"))?;
        let state = rest.lines().find_map(|line| line.strip_prefix("**State:** ")).unwrap_or_default();
        let state = match state.split([',', ';', '.', ':']).next().unwrap_or_default() {
            "kept" => State::Kept,
            "kept in part" => State::InPart,
            "unproven" | "unproven in part" => State::Unproven,
            "not built" => State::NotBuilt,
            other => return Err(format!("INV-{number:02} has the state {other:?}")),
        };
        all.push(Invariant { number, title: title.to_owned(), state });
    }
    let wanted: Vec<u32> = (1..=70).collect();
    let found: Vec<u32> = all.iter().map(|i| i.number).collect();
    if found == wanted { Ok(all) } else { Err(format!("the numbers are not 1 to 70 in order: {found:?}")) }
}

/// What a file says to its readers: comments and checks that name an invariant in a source, prose in
/// a document. Invoices are called `INV-77` too, in samples and examples.
fn spoken(file: &File) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in file.text.lines() {
        if file.path.ends_with(".rs") {
            let names_one =
                line.contains("corrupt") || line.contains("Corrupt") || line.contains("invariant");
            let comment = line.find("//").map_or("", |at| &line[at..]);
            out += if names_one { line } else { comment };
        } else {
            fenced ^= line.starts_with("```");
            let prose = line.split('`').step_by(2);
            out.extend(prose.filter(|_| !fenced));
        }
        out.push('\n');
    }
    out
}

/// Numbers of two digits behind every `INV-` of a text.
fn cited(text: &str) -> BTreeSet<u32> {
    let number = |rest: &str| {
        let word: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        (word.len() == 2).then(|| word.parse().ok()).flatten()
    };
    text.match_indices("INV-").filter_map(|(at, _)| number(&text[at + 4..])).collect()
}

fn unknown_numbers(files: &[File], listed: &[Invariant]) -> Vec<String> {
    let known: BTreeSet<u32> = listed.iter().map(|i| i.number).collect();
    let per_file = files.iter().map(|file| (file, cited(&spoken(file))));
    let unknown = per_file.flat_map(|(file, all)| all.into_iter().map(move |n| (file, n)));
    let unknown = unknown.filter(|(_, n)| !known.contains(n));
    unknown.map(|(file, n)| format!("{} cites INV-{n:02}, which is not listed", file.path)).collect()
}

/// Tests by the numbers in their names (`inv_12_...`, or several: `inv_12_inv_25_...`), each with its
/// file.
fn tests(files: &[File]) -> BTreeMap<u32, Vec<(String, String)>> {
    let mut all: BTreeMap<u32, Vec<(String, String)>> = BTreeMap::new();
    for file in files {
        for line in code(&file.text).lines() {
            let Some(name) = line.trim_start().trim_start_matches("async ").strip_prefix("fn inv_") else {
                continue;
            };
            let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let mut rest = name.as_str();
            while let Some((number, after)) = rest.split_once('_')
                && let Ok(number) = number.parse()
            {
                all.entry(number).or_default().push((file.path.clone(), format!("inv_{name}")));
                rest = after.strip_prefix("inv_").unwrap_or("");
            }
        }
    }
    all
}

fn contradictions(listed: &[Invariant], tests: &BTreeMap<u32, Vec<(String, String)>>) -> Vec<String> {
    let mut found = Vec::new();
    for Invariant { number, state, .. } in listed {
        let proven = tests.contains_key(number);
        match state {
            State::Kept | State::InPart if !proven => {
                found.push(format!(
                    "INV-{number:02} is said to be kept and no test inv_{number:02}_... exists"
                ));
            }
            State::Unproven if proven => {
                found.push(format!("INV-{number:02} is said to be unproven and has tests: mark it kept"));
            }
            State::NotBuilt if proven => {
                found.push(format!(
                    "INV-{number:02} is said to be not built and has tests: mark it kept in part"
                ));
            }
            _ => {}
        }
    }
    for number in tests.keys().filter(|n| !listed.iter().any(|i| i.number == **n)) {
        found.push(format!("a test is named inv_{number:02}_ and the number is not listed"));
    }
    found
}

/// The table of the document.
fn table(listed: &[Invariant], tests: &BTreeMap<u32, Vec<(String, String)>>) -> String {
    let mut out = String::from("| number | invariant | state | tests |\n| --- | --- | --- | --- |\n");
    for Invariant { number, title, state } in listed {
        let state = match state {
            State::Kept => "kept",
            State::InPart => "in part",
            State::Unproven => "unproven",
            State::NotBuilt => "not built",
        };
        let files: BTreeSet<&str> =
            tests.get(number).map_or(&[][..], Vec::as_slice).iter().map(|(path, _)| path.as_str()).collect();
        let cell = files.into_iter().collect::<Vec<_>>().join("<br>");
        writeln!(out, "| INV-{number:02} | {title} | {state} | {cell} |").unwrap();
    }
    out
}

fn between(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (inside, after) = rest.split_once(END)?;
    Some((before, inside.trim(), after))
}

/// The sections with `unproven` turned into `kept` where there are tests now.
fn proven(sections: &str, tests: &BTreeMap<u32, Vec<(String, String)>>) -> String {
    let mut parts = sections.split("\n### INV-");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number: u32 = part.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let part = if tests.contains_key(&number) {
            part.replacen("**State:** unproven", "**State:** kept", 1)
        } else {
            part.to_owned()
        };
        out += "\n### INV-";
        out += &part;
    }
    out
}

#[test]
fn every_invariant_that_is_cited_is_listed() {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let listed = listed(&text).unwrap();
    let mut all = sources();
    all.extend(documents());
    // This file's own samples cite numbers that do not exist.
    all.retain(|file| !file.path.ends_with("tests/tidy/invariants.rs"));
    expect_none("citations", &unknown_numbers(&all, &listed));

    // Negative control.
    let seen = |path: &str, text: &str| unknown_numbers(&[File::sample(path, text)], &listed).len();
    assert_eq!(seen("x.rs", "//! INV-14 and INV-71 and INV-2026-0001\n"), 1);
    assert_eq!(seen("x.rs", "Failure::corrupt(\"INV-72\", detail)"), 1);
    assert_eq!(seen("x.rs", "let invoice = \"INV-77\";"), 0);
    assert_eq!(seen("x.md", "As INV-73 says of `INV-77`.\n```\nINV-78\n```\n"), 1);
}

#[test]
fn what_is_said_to_be_kept_has_tests_and_the_table_names_them() {
    let path = root().join(DOCUMENT);
    let text = std::fs::read_to_string(&path).unwrap();
    let tests = tests(&sources());
    let updating = std::env::var_os("UPDATE_DOCS").is_some();
    let wanted = if updating { proven(&text, &tests) } else { text.clone() };
    let listed = listed(&wanted).unwrap();
    let table = table(&listed, &tests);
    let (before, inside, after) = between(&wanted).expect("the marks of the table");
    if updating {
        let written = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
        if written != text {
            std::fs::write(&path, written).unwrap();
            panic!("{DOCUMENT} was written anew; run again");
        }
    }
    expect_none("states in docs/invariants.md", &contradictions(&listed, &tests));
    // What is built is proven: no number may be kept by code alone.
    let unproven: Vec<String> = listed
        .iter()
        .filter(|i| i.state == State::Unproven)
        .map(|i| format!("INV-{:02} is built and proven by no test", i.number))
        .collect();
    expect_none("unproven invariants", &unproven);
    assert!(
        inside == table.trim(),
        "the table of tests is not this tree's; run UPDATE_DOCS=1 cargo test -p ar-core --test tidy"
    );
}

#[test]
fn a_state_that_the_tests_contradict_is_seen() {
    let one = |state| [Invariant { number: 4, title: String::new(), state }];
    let several = tests(&[File::sample("a.rs", "fn inv_12_inv_25_raw_sql_in_2_ways() {}\n")]);
    assert_eq!(several.keys().collect::<Vec<_>>(), [&12, &25]);
    let some = tests(&[File::sample("a.rs", "#[test]\nfn inv_04_parts_sum() {}\n// fn inv_05_no() {}\n")]);
    assert_eq!(some.keys().collect::<Vec<_>>(), [&4]);
    let none = BTreeMap::new();
    for (state, with, without) in
        [(State::Kept, 0, 1), (State::InPart, 0, 1), (State::Unproven, 1, 0), (State::NotBuilt, 1, 0)]
    {
        assert_eq!(contradictions(&one(state), &some).len(), with, "{state:?}");
        assert_eq!(contradictions(&one(state), &none).len(), without, "{state:?}");
    }
    assert_eq!(contradictions(&[], &some).len(), 1, "a test of an unlisted number");
    assert!(listed("\n### INV-01 A\n**State:** kept\n").is_err(), "69 numbers are lost");
    assert!(listed("\n### INV-01 A\n**State:** splendid\n").unwrap_err().contains("splendid"));
}
