//! Files: how long they are, how they begin, and which words do not stand in them.

use super::expect_none;
use super::tree::{File, documents, files, has_word, sources};

/// Most lines of a file.
const LINES_MAX: usize = 600;
/// Beyond this a file is named, so that somebody looks whether it is still one thing.
const LINES_WATCHED: usize = 350;

/// Words about how the work is done rather than about what it is. Written in two parts, so that
/// this list does not find itself.
const PROCESS_WORDS: [(&str, &str); 12] = [
    ("TO", "DO"),
    ("FIX", "ME"),
    ("X", "XX:"),
    ("HA", "CK"),
    ("W", "IP"),
    ("pha", "se"),
    ("spr", "int"),
    ("mile", "stone"),
    ("follow", "-up"),
    ("for ", "now"),
    ("as of this ", "writing"),
    ("work in ", "progress"),
];

fn too_long(files: &[File], max: usize) -> Vec<String> {
    let lines = files.iter().map(|file| (file, file.text.lines().count()));
    lines.filter(|(_, n)| *n > max).map(|(file, n)| format!("{} has {n} lines", file.path)).collect()
}

fn headless(files: &[File]) -> Vec<String> {
    let says =
        |file: &File| file.text.lines().next().and_then(|line| line.strip_prefix("//! ")).map(str::len);
    let bad = files.iter().filter(|file| says(file).is_none_or(|length| length < 10));
    bad.map(|file| format!("{} does not begin with //! and what it is", file.path)).collect()
}

fn process_words(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (n, line) in file.text.lines().enumerate() {
            let words = PROCESS_WORDS.map(|(a, b)| format!("{a}{b}"));
            let small = line.to_lowercase();
            let hit = |word: &String| {
                let mixed = word.chars().any(char::is_lowercase);
                has_word(if mixed { &small } else { line }, word)
            };
            let numbered = ["round"].iter().any(|word| counted(&small, word));
            if let Some(word) = words.iter().find(|word| hit(word)) {
                found.push(format!("{}:{}: {word}", file.path, n + 1));
            } else if numbered {
                found.push(format!("{}:{}: a numbered round", file.path, n + 1));
            }
        }
    }
    found
}

/// Whether a word stands there with a number after it, like the third round of something.
fn counted(line: &str, word: &str) -> bool {
    let after = |at: usize| line[at + word.len()..].strip_prefix(' ').unwrap_or("");
    line.match_indices(word).any(|(at, _)| {
        let begins = !line[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        begins && after(at).starts_with(|c: char| c.is_ascii_digit())
    })
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let all = sources();
    assert!(all.len() > 50, "the sources were not found");
    for watched in too_long(&all, LINES_WATCHED) {
        println!("long: {watched}");
    }
    expect_none("files over the limit", &too_long(&all, LINES_MAX));

    // Negative control.
    assert_eq!(too_long(&[File::sample("x.rs", &"\n".repeat(601))], LINES_MAX).len(), 1);
    assert!(too_long(&[File::sample("x.rs", &"\n".repeat(600))], LINES_MAX).is_empty());
}

#[test]
fn every_source_begins_with_what_it_is() {
    expect_none("files without a header", &headless(&sources()));

    // Negative control: no header, a header after an attribute, a header that says nothing.
    for text in ["use x;\n", "#![allow(x)]\n//! What it is.\n", "//! x\n", ""] {
        assert_eq!(headless(&[File::sample("x.rs", text)]).len(), 1, "{text}");
    }
}

#[test]
fn no_source_and_no_document_speaks_of_how_the_work_is_done() {
    let mut all = sources();
    all.extend(documents());
    all.extend(files(&["Cargo.toml", "crates", ".ci/run"], &[".toml", "run"]));
    expect_none("words about the work", &process_words(&all));

    // Negative control: each is seen, and none inside another word.
    for (a, b) in PROCESS_WORDS {
        assert_eq!(process_words(&[File::sample("x", &format!("so {a}{b} it is"))]).len(), 1, "{a}{b}");
    }
    assert_eq!(process_words(&[File::sample("x", &format!("Round {} begins", 2))]).len(), 1);
    assert!(
        process_words(&[File::sample("x", "round half up, phased, emphases, around 2 o'clock")]).is_empty()
    );
}
