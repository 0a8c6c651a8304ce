//! Documents: every page is in the table of contents, every link leads somewhere, and every code
//! that the program can say is explained.

use std::collections::BTreeSet;

use ar_core::Rejection;

use super::expect_none;
use super::tree::{File, code, documents, files, root};

/// Targets of the links in a text, without those that leave the tree or stay on the page.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split(')').next().unwrap_or("");
            let target = target.split('#').next().unwrap_or("");
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push(target);
            }
        }
    }
    found
}

/// A path seen from the folder of another, `..` resolved.
fn join(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn dead_links(files: &[File], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for target in links(&file.text) {
            let path = join(&file.path, target);
            if !exists(&path) {
                found.push(format!("{} links to {path}, which is not there", file.path));
            }
        }
    }
    found
}

fn not_listed(summary: &File, pages: &[File]) -> Vec<String> {
    let listed: BTreeSet<String> = links(&summary.text).into_iter().map(|l| join(&summary.path, l)).collect();
    let inside = pages.iter().filter(|page| page.path.starts_with("docs/") && page.path != summary.path);
    let lost = inside.filter(|page| !listed.contains(&page.path));
    lost.map(|page| format!("{} is in no table of contents", page.path)).collect()
}

/// Texts in code that look like stable codes: `subject.what`, in lower case.
fn codes_in(file: &File) -> BTreeSet<String> {
    let plain = code(&file.text);
    let mut found = BTreeSet::new();
    for (line, bare) in file.text.lines().zip(plain.lines()) {
        if !bare.contains('"') {
            continue;
        }
        let texts = line.split('"').skip(1).step_by(2);
        found.extend(texts.filter(|text| is_code(text)).map(str::to_owned));
    }
    found
}

fn is_code(text: &str) -> bool {
    let word = |word: &str| word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.split_once('.').is_some_and(|(subject, what)| word(subject) && word(what))
        && !["toml", "jsonl", "csv", "json", "book"]
            .iter()
            .any(|ending| text.ends_with(&format!(".{ending}")))
}

fn unexplained(codes: &BTreeSet<String>, page: &str) -> Vec<String> {
    let unknown = codes.iter().filter(|code| !page.contains(&format!("`{code}`")));
    unknown.map(|code| format!("{code} is not explained")).collect()
}

#[test]
fn every_page_is_listed_and_every_link_leads_somewhere() {
    let pages = documents();
    let root = root();
    expect_none("links", &dead_links(&pages, |path| root.join(path).exists()));
    let summary = pages.iter().find(|page| page.path == "docs/SUMMARY.md").expect("docs/SUMMARY.md");
    expect_none("table of contents", &not_listed(summary, &pages));

    // Negative control: a dead link, and a page that nobody lists.
    let page = File::sample("docs/guide/x.md", "[a](../b.md#c) [d](https://e) [f](#g)\n```\n[h](i)\n```\n");
    let summary = File::sample("docs/SUMMARY.md", "[b](b.md)");
    let pages = [page, File::sample("docs/b.md", ""), summary.clone()];
    assert!(dead_links(&pages, |path| path == "docs/b.md").is_empty());
    assert_eq!(dead_links(&pages, |_| false).len(), 2);
    assert_eq!(not_listed(&summary, &pages), ["docs/guide/x.md is in no table of contents"]);
}

#[test]
fn every_code_is_explained_where_people_look() {
    let page = |path: &str| std::fs::read_to_string(root().join(path)).unwrap_or_default();
    let codes: BTreeSet<String> =
        Rejection::CODES.iter().chain(Rejection::VALUE_CODES).map(|c| c.0.into()).collect();
    let codes = &codes - &BTreeSet::from(["value.invalid".to_owned()]);
    expect_none("codes of refusals in docs/rejections.md", &unexplained(&codes, &page("docs/rejections.md")));
    for (sources, document) in [
        ("crates/ar-store/src/failure.rs", "docs/failure-modes.md"),
        ("crates/ar-core/src/query", "docs/guide/queries.md"),
        ("crates/ar-cli/src/import", "docs/guide/import.md"),
    ] {
        let mut said: BTreeSet<String> = files(&[sources], &[".rs"]).iter().flat_map(codes_in).collect();
        said.retain(|code| !codes.contains(code));
        expect_none(&format!("codes of {sources} in {document}"), &unexplained(&said, &page(document)));
    }

    // Negative control: a code that no page names is seen; a text that is no code is not.
    let file =
        File::sample("x.rs", "// \"a.comment\"\nlet a = (\"csv.header\", \"b.toml\", \"No code.\");\n");
    assert_eq!(codes_in(&file), BTreeSet::from(["csv.header".to_owned()]));
    assert_eq!(unexplained(&codes_in(&file), "csv.header").len(), 1);
    assert!(unexplained(&codes_in(&file), "`csv.header`").is_empty());
}
