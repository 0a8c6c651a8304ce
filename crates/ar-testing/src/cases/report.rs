//! Counts and tables over the verdicts of many cases.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::run::Verdict;
use super::source::Case;

/// A case and what it came to.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    pub source: String,
    /// What it is about.
    pub feature: String,
    /// What it came to.
    pub verdict: Verdict,
}

/// The verdicts of a folder.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In the order of the files.
    pub lines: Vec<Line>,
}

/// Passed, failed, unsupported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Every expectation holds.
    pub passed: usize,
    /// Something is not as told.
    pub failed: usize,
    /// A word is not known.
    pub unsupported: usize,
}

impl Counts {
    const fn add(&mut self, verdict: &Verdict) {
        let count = match verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Failed(_) | Verdict::Broken(_) => &mut self.failed,
            Verdict::Unsupported(_) => &mut self.unsupported,
        };
        *count = count.saturating_add(1);
    }
}

impl Report {
    /// Plays cases.
    #[must_use]
    pub fn of(cases: &[Case]) -> Self {
        let line = |case: &Case| Line {
            id: case.id.clone(),
            source: case.source.clone(),
            feature: case.feature.clone(),
            verdict: super::run::run(case),
        };
        Self { lines: cases.iter().map(line).collect() }
    }

    /// All of them.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.lines.iter().for_each(|line| counts.add(&line.verdict));
        counts
    }

    fn by(&self, key: impl Fn(&Line) -> &str) -> BTreeMap<String, Counts> {
        let mut all: BTreeMap<String, Counts> = BTreeMap::new();
        for line in &self.lines {
            all.entry(key(line).to_owned()).or_default().add(&line.verdict);
        }
        all
    }

    /// Tables by feature and by source, then every case that did not pass, one a line.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        table(&mut out, "feature", &self.by(|line| &line.feature));
        table(&mut out, "source", &self.by(|line| &line.source));
        for line in &self.lines {
            let reason = line.verdict.reason();
            let word = line.verdict.word();
            if word != "passed" {
                // Writing to a string does not fail.
                let _ = writeln!(out, "{word:<12} {}  {reason}", line.id);
            }
        }
        let Counts { passed, failed, unsupported } = self.counts();
        let _ = writeln!(out, "\n{passed} passed, {failed} failed, {unsupported} unsupported");
        out
    }

    /// The same as one JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        let case = |line: &Line| {
            let (expected, actual) = line.verdict.figures();
            json!({"id": line.id, "feature": line.feature, "source": line.source,
                "result": line.verdict.word(), "expected": expected, "actual": actual,
                "reason": line.verdict.reason()})
        };
        let Counts { passed, failed, unsupported } = self.counts();
        json!({"passed": passed, "failed": failed, "unsupported": unsupported,
            "cases": self.lines.iter().map(case).collect::<Vec<Value>>()})
    }
}

impl Verdict {
    /// `passed`, `failed` or `unsupported`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) | Self::Broken(_) => "failed",
            Self::Unsupported(_) => "unsupported",
        }
    }

    /// Why, in one line; empty when it passed.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Passed => String::new(),
            Self::Broken(problem) | Self::Unsupported(problem) => problem.clone(),
            Self::Failed(mismatches) => {
                let one = |m: &super::play::Mismatch| {
                    format!("{}: expected {}, actual {}", m.what, m.expected, m.actual)
                };
                mismatches.iter().map(one).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// What was told and what was found, by what was looked at; one difference stands alone.
    #[must_use]
    pub fn figures(&self) -> (Value, Value) {
        let Self::Failed(mismatches) = self else { return (Value::Null, Value::Null) };
        if let [one] = mismatches.as_slice() {
            return (one.expected.clone(), one.actual.clone());
        }
        let (mut expected, mut actual) = (Map::new(), Map::new());
        for mismatch in mismatches {
            expected.insert(mismatch.what.clone(), mismatch.expected.clone());
            actual.insert(mismatch.what.clone(), mismatch.actual.clone());
        }
        (Value::Object(expected), Value::Object(actual))
    }
}

fn table(out: &mut String, title: &str, rows: &BTreeMap<String, Counts>) {
    let wide = rows.keys().map(String::len).chain([title.len()]).max().unwrap_or(0);
    // Writing to a string does not fail.
    let _ = writeln!(out, "{title:<wide$}  passed  failed  unsupported");
    for (name, Counts { passed, failed, unsupported }) in rows {
        let _ = writeln!(out, "{name:<wide$}  {passed:>6}  {failed:>6}  {unsupported:>11}");
    }
    out.push('\n');
}
