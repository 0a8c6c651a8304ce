//! The tree as the rules see it: files with their texts, and sources without comments and texts.

use std::path::{Path, PathBuf};

/// A file: its path from the root of the workspace, and its text.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// A file that exists only in a test.
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All files under some folders (or the files themselves) whose names end so, in order of path.
/// Build output, hidden folders and links are left out; a folder that does not exist is empty.
pub(crate) fn files(starts: &[&str], endings: &[&str]) -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    for start in starts {
        collect(&root, &root.join(start), endings, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, at: &Path, endings: &[&str], found: &mut Vec<File>) {
    let Ok(kind) = at.symlink_metadata() else { return };
    let name = at.file_name().unwrap().to_string_lossy().into_owned();
    if kind.is_dir() {
        if name == "target" || (name.starts_with('.') && name != ".ci") {
            return;
        }
        for entry in at.read_dir().unwrap() {
            collect(root, &entry.unwrap().path(), endings, found);
        }
    } else if kind.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
        let path = at.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(at).unwrap_or_else(|error| panic!("{path}: {error}"));
        found.push(File { path, text });
    }
}

/// Every Rust source of the workspace.
pub(crate) fn sources() -> Vec<File> {
    files(&["crates", "fuzz", "benches"], &[".rs"])
}

/// Every document for people.
pub(crate) fn documents() -> Vec<File> {
    files(&["docs", "README.md", "CHANGELOG.md"], &[".md"])
}

/// The code of a source: comments gone, the content of text and character literals blanked, lines
/// kept.
pub(crate) fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        at = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => skip_to(&chars, at, |c, _| c == '\n'),
            ('/', Some('*')) => block_comment(&chars, at, &mut out),
            ('"', _) => literal(&chars, at, 0, &mut out),
            ('r', Some('"' | '#')) if !in_word(&chars, at) => raw_literal(&chars, at, &mut out),
            ('\'', _) => character(&chars, at, &mut out),
            (c, _) => {
                out.push(c);
                at + 1
            }
        };
    }
    out
}

fn in_word(chars: &[char], at: usize) -> bool {
    at > 0 && chars[at - 1] != 'b' && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn skip_to(chars: &[char], from: usize, end: impl Fn(char, usize) -> bool) -> usize {
    (from..chars.len()).find(|at| end(chars[*at], *at)).unwrap_or(chars.len())
}

fn block_comment(chars: &[char], from: usize, out: &mut String) -> usize {
    let (mut at, mut depth) = (from + 2, 1);
    while at < chars.len() && depth > 0 {
        match (chars[at], chars.get(at + 1)) {
            ('*', Some('/')) => (at, depth) = (at + 2, depth - 1),
            ('/', Some('*')) => (at, depth) = (at + 2, depth + 1),
            (c, _) => {
                if c == '\n' {
                    out.push('\n');
                }
                at += 1;
            }
        }
    }
    at
}

/// A text literal that begins at `from`; raw ones end with `hashes` hash signs and have no escapes.
fn literal(chars: &[char], from: usize, hashes: usize, out: &mut String) -> usize {
    out.push('"');
    let mut at = from + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' if hashes == 0 => at += 1,
            '"' if (1..=hashes).all(|n| chars.get(at + n) == Some(&'#')) => break,
            '\n' => out.push('\n'),
            _ => {}
        }
        at += 1;
    }
    out.push('"');
    at + 1 + hashes
}

fn raw_literal(chars: &[char], from: usize, out: &mut String) -> usize {
    let quote = skip_to(chars, from + 1, |c, _| c != '#');
    if chars.get(quote) != Some(&'"') {
        out.push('r');
        return from + 1;
    }
    let hashes = quote - from - 1;
    // Without hash signs a raw text still has no escapes; none of ours ends with a backslash.
    literal(chars, quote, hashes, out)
}

fn character(chars: &[char], from: usize, out: &mut String) -> usize {
    let end = match chars.get(from + 1) {
        Some('\\') => skip_to(chars, from + 3, |c, _| c == '\''),
        Some(_) if chars.get(from + 2) == Some(&'\'') => from + 2,
        _ => {
            // A lifetime.
            out.push('\'');
            return from + 1;
        }
    };
    out.push_str("' '");
    end + 1
}

/// Where a word stands in a line, not as part of a longer one.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word)
        .any(|(at, _)| !part(line[..at].chars().next_back()) && !part(line[at + word.len()..].chars().next()))
}

#[test]
fn comments_and_texts_are_no_code() {
    let text = "let a = \"f64 \\\" f64\"; // f64\nlet b = r#\"f64 \" f64\"#; /* f64\n/* f64 */ f64 */ let c = 'f'; \
                fn d<'f64x>() {} let e = '\\''; let f = f64::MAX;";
    let code = code(text);
    assert_eq!(code.matches("f64").count(), 2, "{code}");
    assert_eq!(code.lines().count(), text.lines().count());
    assert!(has_word(&code, "f64") && !has_word("let xf64 = 1;", "f64"));
}
