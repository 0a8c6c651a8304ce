//! What the guide says of the program is so: its first story, its mapping, its exit codes.
#![allow(missing_docs)]

use std::path::Path;
use std::process::{Command, Output};

use ar_cli::import::mapping::Mapping;

const START: &str = include_str!("../../../docs/guide/start.md");
const IMPORT: &str = include_str!("../../../docs/guide/import.md");
const EXIT_CODES: &str = include_str!("../../../docs/exit-codes.md");

/// The first block of a page in a language.
fn block<'a>(page: &'a str, language: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("\n```{language}\n")).expect("the block");
    rest.split_once("\n```").expect("its end").0
}

fn arledger(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arledger")).args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_first_story_of_the_guide_goes_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = arledger(folder.path(), &[&["--book", "us.book"], arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        said(&output)
    };
    std::fs::write(folder.path().join("first.jsonl"), block(START, "jsonl")).unwrap();
    run(&["init", "--currency", "USD"]);
    let receipts = run(&["apply", "first.jsonl"]);
    assert_eq!(receipts.lines().count(), 4);
    assert!(receipts.contains(r#""rule":"exact_item""#), "{receipts}");
    let again = run(&["apply", "first.jsonl"]);
    assert_eq!(again.matches(r#""replayed":true"#).count(), 4);
    for (day, total) in [("2026-03-01", "80.00"), ("2026-02-11", "200.00")] {
        let aging = run(&["aging", "--as-of", day, "--format", "json"]);
        assert!(aging.contains(&format!(r#""total":"{total}""#)), "{aging}");
    }
    run(&["statement", "C-1", "--as-of", "2026-03-01"]);
    assert!(run(&["journal"]).contains("receivable"));
    run(&["verify"]);
}

#[test]
fn the_mapping_of_the_guide_is_one() {
    let mapping = block(IMPORT, "toml");
    Mapping::parse(mapping).unwrap();
    // Negative control: a key that does not exist is refused, so the page cannot name one.
    assert!(Mapping::parse(&mapping.replace("strip_suffix", "cut_suffix")).is_err());
}

#[test]
fn the_exit_codes_of_the_help_are_those_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let help = said(&arledger(folder.path(), &["--help"]));
    let (_, codes) = help.split_once("Exit codes:").expect("exit codes in the help");
    let first = |line: &str| line.trim_matches(['|', ' ']).chars().next().filter(char::is_ascii_digit);
    let of_help: Vec<char> = codes.lines().filter(|line| line.starts_with("  ")).filter_map(first).collect();
    let of_page: Vec<char> =
        EXIT_CODES.lines().filter(|line| line.starts_with("| ")).filter_map(first).collect();
    assert_eq!(of_help, ['0', '1', '2', '3', '4']);
    assert_eq!(of_help, of_page);

    let code = |arguments: &[&str]| arledger(folder.path(), arguments).status.code();
    std::fs::write(folder.path().join("bad.jsonl"), "{\"id\":\"x\"}\n").unwrap();
    std::fs::write(folder.path().join("strange.book"), "no book\n").unwrap();
    assert_eq!(code(&["--book", "us.book", "init", "--currency", "USD"]), Some(0));
    assert_eq!(code(&["--book", "us.book", "apply", "bad.jsonl"]), Some(1));
    assert_eq!(code(&["--book", "us.book", "aging", "--buckets", "5,3"]), Some(2));
    assert_eq!(code(&["--book", "nowhere.book", "aging"]), Some(4));
    assert_eq!(code(&["--book", "strange.book", "verify"]), Some(4));
}
