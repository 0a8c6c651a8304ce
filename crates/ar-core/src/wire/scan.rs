//! The scan before the parse: depth, field names and the name of the command.
//!
//! One pass over the bytes with an explicit stack, so that no nesting can exhaust the machine's.
//! It is lenient about grammar, which the parser checks, and exact about two things that a typed
//! parser does not promise: no object at any depth, maps included, has a name twice, and nothing
//! is nested beyond the bound.

use std::borrow::Cow;

use super::{DEPTH_MAX, FIELDS_MAX};
use crate::rejection::Rejection;

/// What the scan learns about a text.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    /// The first name inside the top object's `command`.
    pub(super) command: Option<Cow<'a, str>>,
}

/// An object or array that is open at a point of the text.
enum Frame {
    /// Its names start here in the list of names; whether the next string is a name.
    Object {
        names_from: usize,
        at_name: bool,
    },
    Array {
        index: usize,
    },
}

struct Scan<'a> {
    outline: Outline<'a>,
    open: Vec<Frame>,
    /// Names of every open object, outermost first.
    names: Vec<Cow<'a, str>>,
}

/// Scans a text.
///
/// # Errors
/// `json.too_deep`, `json.duplicate_key`, and `input.too_many` for an object with more fields than
/// any type has.
pub(super) fn scan(text: &str) -> Result<Outline<'_>, Rejection> {
    let mut scan = Scan { outline: Outline::default(), open: Vec::new(), names: Vec::new() };
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' => scan.enter(Frame::Object { names_from: scan.names.len(), at_name: true })?,
            b'[' => scan.enter(Frame::Array { index: 0 })?,
            b'}' | b']' => scan.leave()?,
            b',' => scan.next_entry(),
            b'"' => {
                let mut escaped = false;
                let end = loop {
                    match bytes.next() {
                        Some((end, b'"')) => break end,
                        Some((_, b'\\')) => {
                            escaped = true;
                            bytes.next();
                        }
                        Some(_) => {}
                        // Unfinished: the parser says where.
                        None => return Ok(scan.outline),
                    }
                };
                scan.string(text, at, end, escaped)?;
            }
            _ => {}
        }
    }
    Ok(scan.outline)
}

impl<'a> Scan<'a> {
    fn enter(&mut self, frame: Frame) -> Result<(), Rejection> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Rejection::JsonTooDeep { max: DEPTH_MAX });
        }
        self.open.push(frame);
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Rejection> {
        let Some(Frame::Object { names_from, .. }) = self.open.pop() else { return Ok(()) };
        let names = self.names.get_mut(names_from..).unwrap_or_default();
        names.sort_unstable();
        let twice = names.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(one.to_string()),
            _ => None,
        });
        self.names.truncate(names_from);
        match twice {
            None => Ok(()),
            Some(name) => {
                let place = self.place();
                let within = if place.is_empty() { String::new() } else { format!(" in {place}") };
                let name: String = name.chars().take(80).collect();
                Err(Rejection::JsonDuplicateKey { problem: format!("field `{name}` is given twice{within}") })
            }
        }
    }

    fn next_entry(&mut self) {
        match self.open.last_mut() {
            Some(Frame::Object { at_name, .. }) => *at_name = true,
            Some(Frame::Array { index }) => *index = index.saturating_add(1),
            None => {}
        }
    }

    /// A string from its opening quote to its closing one: a name or a value.
    fn string(&mut self, text: &'a str, at: usize, end: usize, escaped: bool) -> Result<(), Rejection> {
        let depth = self.open.len();
        let Some(Frame::Object { names_from, at_name }) = self.open.last_mut() else { return Ok(()) };
        if !*at_name {
            return Ok(());
        }
        *at_name = false;
        let given = self.names.len().saturating_sub(*names_from).saturating_add(1);
        if given > FIELDS_MAX {
            return Err(Rejection::TooManyEntries { what: "fields in one object", given, max: FIELDS_MAX });
        }
        let first_of_command = depth == 2 && given == 1 && self.names.last().is_some_and(|n| n == "command");
        let name = if escaped {
            // One name has many spellings with escapes; compare what they say. A broken escape is
            // left as it is for the parser to refuse.
            let token = text.get(at..=end).unwrap_or_default();
            serde_json::from_str::<String>(token).map_or(Cow::Borrowed(token), Cow::Owned)
        } else {
            Cow::Borrowed(text.get(at.saturating_add(1)..end).unwrap_or_default())
        };
        if first_of_command && self.outline.command.is_none() {
            self.outline.command = Some(name.clone());
        }
        self.names.push(name);
        Ok(())
    }

    /// Where the open frames stand, like `command.issue_invoice.lines[2]`.
    fn place(&self) -> String {
        let mut place = String::new();
        let mut frames = self.open.iter().peekable();
        while let Some(frame) = frames.next() {
            match frame {
                Frame::Array { index } => place.push_str(&format!("[{index}]")),
                Frame::Object { .. } => {
                    // The name that is open in an object is the last one before the next object's.
                    let to = frames.clone().find_map(|next| match next {
                        Frame::Object { names_from, .. } => Some(*names_from),
                        Frame::Array { .. } => None,
                    });
                    let to = to.unwrap_or(self.names.len());
                    if let Some(name) = to.checked_sub(1).and_then(|last| self.names.get(last)) {
                        if !place.is_empty() {
                            place.push('.');
                        }
                        place.extend(name.chars().take(80));
                    }
                }
            }
        }
        place
    }
}
