//! The JSON boundary: the one door through which commands come in (INV-68).
//!
//! Nothing is read that is not understood. Before the parser sees a byte, the size, the encoding,
//! the depth and the field names are checked by a scan that neither recurses nor allocates beyond
//! its bounds; then the typed parse refuses unknown fields, wrong case, positional arrays for
//! objects and data after the end. Every refusal names the field or the place.

mod scan;
mod strict;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::command::Envelope;
use crate::rejection::Rejection;
use strict::{Strict, Trail};

/// Most bytes of a command.
pub const COMMAND_BYTES_MAX: usize = 1024 * 1024;
/// Most bytes of a command that brings open documents forward in bulk.
pub const BULK_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most levels of objects and arrays within each other.
pub const DEPTH_MAX: usize = 64;
/// Most fields of one object.
pub const FIELDS_MAX: usize = 1_000;

/// Most characters of the parser's words in a refusal.
const TOLD_MAX: usize = 1_000;

/// Reads one command.
///
/// ```
/// use ar_core::wire::read_envelope;
/// let command = br#"{"book":"US","id":"c-1","actor":"ann","at":"2026-01-31T09:00:00Z",
///     "command":{"write_off":{"item":"INV-1","amount":0.1,"date":"2026-01-31","reason":"small"}}}"#;
/// let refusal = read_envelope(command).unwrap_err();
/// assert_eq!(refusal.code(), "amount.must_be_string");
/// assert!(refusal.to_string().starts_with("amount: "));
/// ```
///
/// # Errors
/// `input.too_large`, `text.encoding`, `json.*`, or the code of the value that is not one, with
/// the field it stands in. Fields of the command are named from the command on.
pub fn read_envelope(bytes: &[u8]) -> Result<Envelope, Rejection> {
    let text = decode(bytes, BULK_BYTES_MAX)?;
    let outline = scan::scan(text)?;
    if bytes.len() > COMMAND_BYTES_MAX && outline.command.as_deref() != Some("bring_forward") {
        return Err(Rejection::InputTooLarge { bytes: bytes.len(), max: COMMAND_BYTES_MAX });
    }
    let Some(command) = outline.command else { return parse(text, "") };
    parse(text, &format!("command.{command}."))
}

/// Reads one value of any type that has a JSON form, of at most `bytes_max` bytes.
///
/// # Errors
/// As [`read_envelope`].
pub fn read<T: DeserializeOwned>(bytes: &[u8], bytes_max: usize) -> Result<T, Rejection> {
    let text = decode(bytes, bytes_max)?;
    scan::scan(text)?;
    parse(text, "")
}

/// Writes the canonical form: fields in the order of the type, no spaces.
///
/// # Errors
/// Never for the types of this crate; what the encoder says is passed on.
pub fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(value)
}

/// Bytes to text: bounded, UTF-8, no byte order mark, no NUL (which is how UTF-16 looks).
fn decode(bytes: &[u8], bytes_max: usize) -> Result<&str, Rejection> {
    if bytes.len() > bytes_max {
        return Err(Rejection::InputTooLarge { bytes: bytes.len(), max: bytes_max });
    }
    if bytes.starts_with(b"\xef\xbb\xbf") || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
    {
        return Err(Rejection::TextEncoding { offset: 0, problem: "a byte order mark" });
    }
    let (text, valid) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, bytes.len()),
        Err(error) => ("", error.valid_up_to()),
    };
    if let Some(offset) = bytes.iter().take(valid).position(|byte| *byte == 0) {
        return Err(Rejection::TextEncoding { offset, problem: "a NUL byte" });
    }
    if valid < bytes.len() {
        return Err(Rejection::TextEncoding { offset: valid, problem: "a byte that is not UTF-8" });
    }
    Ok(text)
}

/// The typed parse. `prefix` is left out of the names of fields in refusals.
fn parse<T: DeserializeOwned>(text: &str, prefix: &str) -> Result<T, Rejection> {
    let trail = Trail::default();
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(Strict::new(&mut parser, &trail)).and_then(|value| {
        parser.end()?;
        Ok(value)
    });
    value.map_err(|error| {
        let path = trail.path();
        refusal(&error, text, path.strip_prefix(prefix).unwrap_or(&path))
    })
}

/// The refusal of a parse error at a path.
fn refusal(error: &serde_json::Error, input: &str, path: &str) -> Rejection {
    let (line, column) = (error.line(), error.column());
    let told = error.to_string();
    let told = told.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&told);
    // The parser quotes what it found; a refusal stays short whatever was sent.
    let text: &str = &told.chars().take(TOLD_MAX).collect::<String>();
    let field = if path.is_empty() { "the object" } else { path };
    let problem = || format!("{field}: {text}");
    if !error.is_data() {
        return match misplaced(input, line, column).filter(|_| text == "expected value") {
            Some(Misplaced::SecondName) => Rejection::JsonUnknownField {
                problem: format!("{field}: a choice has one name and two are given"),
            },
            Some(Misplaced::NoName) => Rejection::JsonWrongType {
                problem: format!("{field}: a choice is a name as text, or an object with one name"),
            },
            None => Rejection::JsonSyntax { line, column, problem: text.to_owned() },
        };
    }
    if let Some((code, told)) = text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        return coded(field, code, told);
    }
    if text.starts_with("unknown field") || text.starts_with("unknown variant") {
        return Rejection::JsonUnknownField { problem: problem() };
    }
    if text.starts_with("duplicate field") {
        return Rejection::JsonDuplicateKey { problem: problem() };
    }
    if text.starts_with("missing field") {
        return Rejection::JsonMissingField { problem: problem() };
    }
    if text.starts_with("invalid value: integer") {
        // Terms have a code of their own for what is beyond their bounds.
        if path.split('.').any(|part| matches!(part, "terms" | "default_terms")) {
            return Rejection::TermsOutOfRange { problem: problem() };
        }
        return Rejection::NumberOutOfRange { problem: problem() };
    }
    Rejection::JsonWrongType { problem: problem() }
}

/// What the parser calls a syntax error and is well-formed JSON in the place of a choice.
enum Misplaced {
    /// A comma after the whole content of a choice: an object with two names.
    SecondName,
    /// A number, `null`, `true`, `false` or an array.
    NoName,
}

fn misplaced(input: &str, line: usize, column: usize) -> Option<Misplaced> {
    let start: usize = input.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let after = start.saturating_add(column);
    let mut before = input.get(..after)?.trim_end().bytes().rev();
    let last = before.next()?;
    let token =
        before.find(|byte| !byte.is_ascii_whitespace()).is_some_and(|b| matches!(b, b':' | b'[' | b','));
    match last {
        b'[' | b'-' | b'0'..=b'9' | b'n' | b't' | b'f' if token => Some(Misplaced::NoName),
        b':' | b'[' | b'{' | b',' => None,
        _ if token => None,
        _ => (input.as_bytes().get(after) == Some(&b',')).then_some(Misplaced::SecondName),
    }
}

/// The refusal behind a message that begins with its code (see `values::from_json_text`).
fn coded(field: &str, code: &str, told: &str) -> Rejection {
    match code {
        "json.unknown_field" => Rejection::JsonUnknownField { problem: format!("{field}: {told}") },
        "json.duplicate_key" => Rejection::JsonDuplicateKey { problem: format!("{field}: {told}") },
        _ => match Rejection::VALUE_CODES.iter().find(|(known, _)| *known == code) {
            Some((code, _)) => Rejection::Value { field: field.to_owned(), code, problem: told.to_owned() },
            None => Rejection::JsonWrongType { problem: format!("{field}: {told}") },
        },
    }
}
