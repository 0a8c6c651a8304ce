//! Manifests: one Rust version, the highest any dependency asks for; no unsafe code anywhere.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::expect_none;
use super::tree::{File, files, root};

/// What cargo says about the workspace and everything it is built from on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
}

#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) ours: bool,
    pub(crate) rust_version: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `normal`, `dev` or `build`.
    pub(crate) kind: String,
    pub(crate) features: Vec<String>,
    pub(crate) default_features: bool,
}

impl Metadata {
    pub(crate) fn package(&self, name: &str) -> &Package {
        self.packages.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no package {name}"))
    }
}

/// Reads the metadata once. Only this machine's platform is asked for: what other platforms need
/// was never downloaded.
pub(crate) fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = output(Command::new(rustc).arg("-vV"));
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let arguments =
            ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let json = output(Command::new(cargo).args(arguments).current_dir(root()));
        let value: Value = serde_json::from_str(&json).unwrap();
        Metadata { packages: list(&value["packages"]).iter().map(package).collect() }
    })
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn package(value: &Value) -> Package {
    Package {
        name: text(&value["name"]),
        ours: value["source"].is_null(),
        rust_version: value["rust_version"].as_str().map(str::to_owned),
        dependencies: list(&value["dependencies"]).iter().map(dependency).collect(),
    }
}

fn dependency(value: &Value) -> Dependency {
    Dependency {
        name: text(&value["name"]),
        kind: value["kind"].as_str().unwrap_or("normal").to_owned(),
        features: list(&value["features"]).iter().map(text).collect(),
        default_features: value["uses_default_features"].as_bool().unwrap_or(true),
    }
}

/// `1.88` and `1.88.0` as numbers.
fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
    parts.resize(3, 0);
    parts
}

fn rust_version(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    let asked = metadata.packages.iter().filter(|p| !p.ours);
    let asked = asked.filter_map(|p| Some((version(p.rust_version.as_deref()?), p.name.as_str())));
    let Some((highest, asker)) = asked.max() else { return vec!["no dependency names a version".to_owned()] };
    for ours in metadata.packages.iter().filter(|p| p.ours) {
        match ours.rust_version.as_deref() {
            None => found.push(format!("{} names no rust-version", ours.name)),
            Some(given) if version(given) != highest => found.push(format!(
                "{} has rust-version {given}, and {asker} asks for {highest:?}, the highest of all",
                ours.name
            )),
            Some(_) => {}
        }
    }
    found
}

/// Every member forbids unsafe code, by itself or by the workspace's lints.
fn unsafe_code(root_manifest: &str, manifests: &[File]) -> Vec<String> {
    let forbids = |text: &str| text.lines().any(|line| line.trim() == "unsafe_code = \"forbid\"");
    let inherits = |text: &str| {
        let mut lines = text.lines().map(str::trim).skip_while(|line| *line != "[lints]");
        lines.any(|line| line == "workspace = true")
    };
    let safe = |text: &str| forbids(text) || (inherits(text) && forbids(root_manifest));
    let bad = manifests.iter().filter(|file| !safe(&file.text));
    bad.map(|file| format!("{} does not forbid unsafe code", file.path)).collect()
}

#[test]
fn the_rust_version_is_the_highest_that_a_dependency_asks_for() {
    let metadata = metadata();
    expect_none("rust-version", &rust_version(metadata));

    // Negative control: too low, too high and absent are each seen.
    for wrong in [Some("1.70"), Some("1.999"), None] {
        let mut metadata = metadata.clone();
        metadata.packages.iter_mut().find(|p| p.ours).unwrap().rust_version = wrong.map(str::to_owned);
        assert_eq!(rust_version(&metadata).len(), 1, "{wrong:?}");
    }
    assert_eq!(version("1.88"), version("1.88.0"));
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let root_manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifests = files(&["crates", "benches"], &["Cargo.toml"]);
    assert!(manifests.len() >= 2, "the manifests were not found");
    expect_none("unsafe code", &unsafe_code(&root_manifest, &manifests));

    // Negative control: a member without lints, and a workspace that allows it.
    let inheriting = [File::sample("a", "[package]\n[lints]\nworkspace = true\n")];
    assert!(unsafe_code(&root_manifest, &inheriting).is_empty());
    assert_eq!(unsafe_code("unsafe_code = \"warn\"", &inheriting).len(), 1);
    assert_eq!(unsafe_code(&root_manifest, &[File::sample("a", "[package]\nworkspace = true\n")]).len(), 1);
}
