//! Files of cases: JSON arrays in a folder and its subfolders, in the order of their paths.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::fields::{Fields, Read, unsupported};

/// One case as it stands in its file.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// Where it comes from: a repository, else a system or a document.
    pub source: String,
    /// What it is about.
    pub feature: String,
    /// All of it.
    pub form: Value,
}

/// A file that cannot be read as cases.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Unreadable {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// What it lacks to be one.
    pub fn of(form: Value) -> Result<Self, String> {
        let text = |key: &str| form.get(key).and_then(Value::as_str).map(str::to_owned);
        let id = text("id").ok_or("a case without id")?;
        let feature = text("feature").ok_or_else(|| format!("{id} has no feature"))?;
        for key in ["steps", "expect"] {
            if !form.get(key).is_some_and(Value::is_array) {
                return Err(format!("{id} has no list of {key}"));
            }
        }
        let source = form.get("source").map_or_else(String::new, origin);
        Ok(Self { id, source, feature, form })
    }

    /// The switches, the steps and the expectations; nothing else in a case has a meaning.
    ///
    /// # Errors
    /// A key of the case that is not known.
    pub fn parts(&self) -> Read<(Value, &[Value], &[Value])> {
        let mut fields = Fields::of("case", &self.form)?;
        for key in ["id", "source", "feature", "note"] {
            fields.take(key);
        }
        let policy = fields.take("policy").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let (steps, expect) = (fields.list("steps")?, fields.list("expect")?);
        fields.finish()?;
        match (steps, expect) {
            (Some(steps), Some(expect)) if !expect.is_empty() => Ok((policy, steps, expect)),
            _ => unsupported("a case that expects nothing"),
        }
    }
}

/// The name that sources are counted by.
fn origin(source: &Value) -> String {
    let names = ["repo", "repo or url", "system", "name", "publisher", "url", "title"];
    let found = names.iter().find_map(|key| source.get(key)?.as_str());
    found.or(source.as_str()).unwrap_or_default().to_owned()
}

/// Every case of a folder and its subfolders, or of one file.
///
/// # Errors
/// The first file that is no array of cases, or a folder without any.
pub fn cases(folder: &Path) -> Result<Vec<Case>, Unreadable> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let problem = |problem: String| Unreadable { path: path.clone(), problem };
        let text = std::fs::read_to_string(&path).map_err(|e| problem(e.to_string()))?;
        let forms: Vec<Value> = serde_json::from_str(&text).map_err(|e| problem(e.to_string()))?;
        for form in forms {
            cases.push(Case::of(form).map_err(problem)?);
        }
    }
    if cases.is_empty() {
        return Err(Unreadable { path: folder.to_path_buf(), problem: "no cases are in it".to_owned() });
    }
    Ok(cases)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Unreadable> {
    if folder.is_file() {
        files.push(folder.to_path_buf());
        return Ok(());
    }
    let problem = |e: std::io::Error| Unreadable { path: folder.to_path_buf(), problem: e.to_string() };
    for entry in std::fs::read_dir(folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}
