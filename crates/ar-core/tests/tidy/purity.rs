//! Purity of ar-core: nothing in it can read a clock, a file, a network, an environment or chance,
//! count in floats, or depend on hash-map order (INV-02, INV-17).

use super::expect_none;
use super::manifests::{Metadata, metadata};
use super::tree::{File, code, files, has_word};

/// What ar-core depends on. A crate joins this list only with the reason that stands beside it in
/// the manifest.
const ALLOWED: [&str; 8] = [
    "chrono",
    "compact_str",
    "iso_currency",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "unicode-normalization",
];

/// Words that the code of ar-core does not contain.
const FORBIDDEN: [&str; 22] = [
    "f32",
    "f64",
    "HashMap",
    "HashSet",
    "SystemTime",
    "Instant",
    "RandomState",
    "thread_local",
    "unsafe",
    "async",
    "println",
    "eprintln",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "chrono::Local",
    "Utc::now",
    "rand",
];

/// Lines that may name a float: they take one from the JSON parser in order to refuse it, or pass
/// the parser's call through.
const FLOAT_DOORS: [&str; 4] = ["fn visit_f64", ".visit_f64(", "deserialize_f64", "u128 f32 f64 char"];

fn impure(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (n, line) in code(&file.text).lines().enumerate() {
            let door = FLOAT_DOORS.iter().any(|door| line.contains(door));
            for word in FORBIDDEN.iter().filter(|word| has_word(line, word)) {
                if !(door && matches!(*word, "f32" | "f64")) {
                    found.push(format!("{}:{}: {word}", file.path, n + 1));
                }
            }
        }
    }
    found
}

fn dependencies(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    let core = metadata.package("ar-core");
    let normal: Vec<&str> =
        core.dependencies.iter().filter(|d| d.kind == "normal").map(|d| &*d.name).collect();
    for name in &normal {
        if !ALLOWED.contains(name) {
            found.push(format!("ar-core depends on {name}, which is not on the list"));
        }
    }
    for name in ALLOWED {
        if !normal.contains(&name) {
            found.push(format!("{name} is on the list and ar-core does not depend on it"));
        }
    }
    for dependency in core.dependencies.iter().filter(|d| d.name == "chrono") {
        let clock = dependency.features.iter().any(|f| matches!(&**f, "clock" | "now" | "default"));
        if clock || dependency.default_features {
            found.push("chrono comes with its clock; take it without default features".to_owned());
        }
    }
    found
}

#[test]
fn inv_17_ar_core_reads_no_clock_no_chance_no_file_and_counts_in_no_float() {
    let all = files(&["crates/ar-core/src"], &[".rs"]);
    assert!(all.len() > 40, "the sources were not found");
    expect_none("words that ar-core may not use", &impure(&all));

    // Negative control: each word is seen in code, and only there.
    for word in FORBIDDEN {
        let broken = File::sample("x.rs", &format!("//! {word}\nfn f() {{ {word}; }}\n"));
        assert_eq!(impure(&[broken]).len(), 1, "{word}");
    }
    let innocent = File::sample("x.rs", "// f64\nlet a = \"std::time\"; let operand = 1;\n");
    assert!(impure(&[innocent]).is_empty());
    let door = File::sample("x.rs", "fn visit_f64(self, v: f64) {}\nfn g(v: f64) {}\n");
    assert_eq!(impure(&[door]), ["x.rs:2: f64"]);
}

#[test]
fn inv_17_ar_core_depends_on_what_is_listed_and_on_nothing_else() {
    let metadata = metadata();
    expect_none("dependencies of ar-core", &dependencies(metadata));

    // Negative control: a runtime, a lost crate and a clock are each seen.
    let broken = |name: &str, change: &dyn Fn(&mut super::manifests::Dependency)| {
        let mut metadata = metadata.clone();
        let core = metadata.packages.iter_mut().find(|p| p.name == "ar-core").unwrap();
        change(core.dependencies.iter_mut().find(|d| d.name == name && d.kind == "normal").unwrap());
        dependencies(&metadata)
    };
    assert_eq!(broken("sha2", &|d| d.name = "tokio".to_owned()).len(), 2);
    assert_eq!(broken("chrono", &|d| d.features.push("clock".to_owned())).len(), 1);
    assert_eq!(broken("chrono", &|d| d.default_features = true).len(), 1);
}
