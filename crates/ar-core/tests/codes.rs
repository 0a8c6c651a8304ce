//! Refusal codes are a public format: append-only, and every one is documented.
//!
//! `codes.txt` holds every code there ever was; `docs/rejections.md` is rendered from the source.
//! `UPDATE_DOCS=1 cargo test -p ar-core --test codes` writes the document anew and appends new
//! codes to the list; nothing ever leaves it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ar_core::Rejection;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

const EVER: &str = include_str!("codes.txt");
const EVER_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/codes.txt");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rejections.md");

/// Every code that can be given, with when it is and its message. `value.invalid` stands for the
/// codes of values, which come under their own.
fn codes() -> BTreeMap<&'static str, (String, Option<&'static str>)> {
    let mut all = BTreeMap::new();
    for ((code, message), (_, meaning)) in Rejection::CODES.iter().zip(Rejection::MEANINGS) {
        if *code != "value.invalid" {
            let before = all.insert(*code, (meaning.trim().to_owned(), Some(*message)));
            assert!(before.is_none(), "{code} is given twice");
        }
    }
    for (code, meaning) in Rejection::VALUE_CODES {
        let entry = all.entry(code).or_insert_with(|| (String::new(), None));
        let gap = if entry.0.is_empty() { "" } else { " " };
        entry.0 = format!("{}{gap}{meaning}", entry.0);
    }
    all
}

/// What is missing from a list of codes that may only grow, and what is not in it yet.
fn compare<'a>(ever: &'a str, now: &BTreeSet<&'a str>) -> (Vec<&'a str>, Vec<&'a str>) {
    let ever: BTreeSet<&str> = ever.lines().filter(|l| !l.is_empty()).collect();
    (ever.difference(now).copied().collect(), now.difference(&ever).copied().collect())
}

#[test]
fn codes_are_append_only_and_every_one_is_on_the_list() {
    let all = codes();
    let now: BTreeSet<&str> = all.keys().copied().collect();
    let (lost, new) = compare(EVER, &now);
    assert!(lost.is_empty(), "codes that were given away must stay: {lost:?}");
    if std::env::var_os("UPDATE_DOCS").is_some() && !new.is_empty() {
        std::fs::write(EVER_PATH, format!("{EVER}{}\n", new.join("\n"))).unwrap();
        panic!("appended {} codes; run again", new.len());
    }
    assert!(new.is_empty(), "append these to tests/codes.txt: {new:?}");
    let unique: BTreeSet<&str> = EVER.lines().collect();
    assert_eq!(unique.len(), EVER.lines().count(), "a code is on the list twice");
    // Negative control: a renamed code is seen from both sides.
    let renamed = EVER.replace("allocation.exceeds_item", "allocation.over");
    assert_eq!(compare(&renamed, &now), (vec!["allocation.over"], vec!["allocation.exceeds_item"]));
}

#[test]
fn codes_are_lower_case_words_with_one_dot() {
    for code in codes().keys() {
        let (subject, what) = code.split_once('.').unwrap();
        for word in [subject, what] {
            let fine = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && !word.is_empty();
            assert!(fine, "{code}");
        }
    }
}

#[test]
fn every_message_ends_with_the_next_step() {
    for (code, message) in Rejection::CODES {
        if *code != "value.invalid" {
            let step = message.split_once("; ").map(|(_, step)| step);
            assert!(step.is_some_and(|step| !step.trim().is_empty()), "{code}: {message}");
        }
    }
}

#[test]
fn every_meaning_is_a_sentence_for_people() {
    for (code, (meaning, _)) in codes() {
        assert!(
            meaning.ends_with('.') && !meaning.contains('`') || meaning.contains(' '),
            "{code}: {meaning}"
        );
        assert!(!meaning.contains(code), "{code}: say when, not the code again");
    }
}

fn render() -> String {
    let mut page = String::from(
        "# Refusals\n\n\
         A refused command changes nothing. The answer bears a stable code, one sentence with the fact, the\n\
         cause and the next step, and the facts as typed values:\n\n\
         ```json\n\
         {\"code\": \"…\", \"message\": \"…\", \"facts\": {…}}\n\
         ```\n\n\
         Codes are append-only: none changes its meaning, none is used again for anything else. Checks run in\n\
         one order (shape, retry, authority, context, references, limits), so one bad input always gets one\n\
         code. This page is rendered from the source and compared with it by a test.\n",
    );
    let mut subject = "";
    for (code, (meaning, message)) in codes() {
        let (prefix, _) = code.split_once('.').unwrap();
        if prefix != subject {
            subject = prefix;
            write!(page, "\n## {subject}\n").unwrap();
        }
        write!(page, "\n### `{code}`\n\n{meaning}\n").unwrap();
        match message {
            Some(message) => {
                let (fact, step) = message.split_once("; ").unwrap_or((message, ""));
                write!(page, "\n- Says: `{fact}`\n- Next step: {step}\n").unwrap();
            }
            None => page.push_str(
                "\n- Says: the field, what stands there and what the field takes\n\
                 - Next step: correct the field\n",
            ),
        }
    }
    page
}

#[test]
fn the_page_of_refusals_says_what_the_source_says() {
    let page = render();
    let path = Path::new(DOCUMENT);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == page, "docs/rejections.md is not up to date; run with UPDATE_DOCS=1");
}
