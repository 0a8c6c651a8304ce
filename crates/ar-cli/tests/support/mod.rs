//! What the tests of the program share: the binary, books in temporary folders, and the data that
//! lies beside the workspace and is not part of it.
#![allow(missing_docs, unreachable_pub, dead_code)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

/// A file of the shared folder: `$ARLEDGER_SHARED`, else `../shared` beside the workspace. Absent,
/// the test says so and passes, unless `ARLEDGER_REQUIRE_SHARED=1`.
pub fn shared(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ARLEDGER_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var("ARLEDGER_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!required, "{} is required and not there", path.display());
    skipped(&format!("{} is not there", path.display()));
    None
}

/// Says that something was not tested, past the harness that swallows what passing tests print.
pub fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
}

/// A mapping of the project.
pub fn mapping(name: &str) -> PathBuf {
    root().join("testdata/mappings").join(name)
}

/// A book in a folder of its own.
pub struct Books {
    folder: tempfile::TempDir,
}

impl Books {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A file in the folder, with this content.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program on the book `name`.
    pub fn run<I: AsRef<std::ffi::OsStr>>(&self, name: &str, arguments: &[I]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_arledger"));
        command.arg("--book").arg(self.path(name)).args(arguments).stdin(Stdio::null());
        Ran(command.output().unwrap())
    }

    /// A new book in US dollars.
    pub fn init(&self, name: &str) {
        self.run(name, &["init", "--currency", "USD"]).ok();
    }
}

/// What a run said.
#[derive(Debug)]
pub struct Ran(Output);

impl Ran {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// Its output, when it ended well.
    pub fn ok(self) -> String {
        assert_eq!(self.code(), 0, "{}\n{}", self.out(), self.err());
        self.out()
    }

    /// Its output as JSON, when it ended well.
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).unwrap()
    }
}

/// Runs a program on a file; `None` when it is not installed and need not be.
pub fn tool(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).stdin(Stdio::null()).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Err(error) => {
            let required = std::env::var("ARLEDGER_REQUIRE_LEDGER_TOOLS").is_ok_and(|value| value == "1");
            assert!(!required, "{program}: {error}");
            skipped(&format!("{program} is not installed"));
            None
        }
    }
}
