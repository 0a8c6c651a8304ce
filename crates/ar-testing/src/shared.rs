//! Material that is shared between projects and lies beside this one, where it lies at all.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A path inside the shared material: `$ARLEDGER_SHARED`, else `../shared` beside the workspace.
///
/// Where there is none the test says so on the real standard error, which a test runner does not
/// swallow, and is skipped. With `ARLEDGER_REQUIRE_SHARED=1` that is a failure.
///
/// # Panics
/// When the material is required and is not there.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("ARLEDGER_SHARED").map_or(beside, PathBuf::from);
    let wanted = root.join(path);
    if wanted.exists() {
        return Some(wanted);
    }
    let required = std::env::var_os("ARLEDGER_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!required, "{} is required and is not there", wanted.display());
    // A broken standard error is no reason to fail a test that is skipped anyway.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {} is not there", wanted.display());
    None
}
