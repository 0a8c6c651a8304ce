//! Reading CSV strictly (RFC 4180): declared encoding, header by name, every row of the header's
//! shape. Nothing is guessed and nothing is skipped; limits hold before anything is kept.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::problem::Problem;

/// Most bytes of a file.
pub const FILE_BYTES_MAX: usize = 1 << 30;
/// Most bytes of a field.
pub const FIELD_BYTES_MAX: usize = 1 << 20;
/// Most columns.
pub const COLUMNS_MAX: usize = 1_000;

/// How the bytes of a file are text. Declared by the mapping; a UTF-8 byte order mark is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1.
    #[serde(rename = "iso-8859-1")]
    Latin1,
    /// Windows code page 1252.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// The characters of bytes 0x80 to 0x9f in code page 1252; 0 where there is none.
const WINDOWS_1252: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
    0x0153, 0, 0x017e, 0x0178,
];

/// The file as text.
///
/// # Errors
/// `input.too_large`, or `text.encoding` with the offset of the first byte that is not text in
/// the declared encoding.
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, Problem> {
    if bytes.len() > FILE_BYTES_MAX {
        let message =
            format!("the file has {} bytes and at most {FILE_BYTES_MAX} are read; split it", bytes.len());
        return Err(Problem::new("input.too_large", message));
    }
    let bad = |offset: usize, what: &str| {
        Problem::new(
            "text.encoding",
            format!("at byte {offset}: {what}; declare the encoding in the mapping, or convert the file"),
        )
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(bad(0, "the file is in UTF-16"));
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        return Err(bad(offset, "a zero byte is not text"));
    }
    match encoding {
        Encoding::Utf8 => {
            let (start, rest) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
                Some(rest) => (3, rest),
                None => (0, bytes),
            };
            match std::str::from_utf8(rest) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => Err(bad(start + error.valid_up_to(), "the bytes are not UTF-8")),
            }
        }
        Encoding::Latin1 => Ok(Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect())),
        Encoding::Windows1252 => {
            let mut text = String::with_capacity(bytes.len());
            for (offset, byte) in bytes.iter().enumerate() {
                let code = match byte {
                    0x80..=0x9f => WINDOWS_1252.get(usize::from(byte - 0x80)).copied().unwrap_or(0),
                    other => u16::from(*other),
                };
                match char::from_u32(u32::from(code)) {
                    Some(c) if c != '\0' => text.push(c),
                    _ => return Err(bad(offset, "the byte is no character of code page 1252")),
                }
            }
            Ok(Cow::Owned(text))
        }
    }
}

/// One row with the line it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Line of the file, from 1.
    pub line: u64,
    /// The cells, verbatim.
    pub cells: Vec<Cow<'a, str>>,
}

/// A file with a header, read row by row.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rows: Rows<'a>,
    columns: BTreeMap<String, usize>,
    width: usize,
}

impl<'a> Reader<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// `csv.header` when there is none or a name stands in it twice, `csv.row_shape`.
    pub fn new(text: &'a str, delimiter: char) -> Result<Self, Problem> {
        let mut rows = Rows { rest: text, line: 1, delimiter };
        let header = rows
            .next_row()?
            .ok_or_else(|| Problem::new("csv.header", "the file is empty; a header is needed"))?;
        let mut columns = BTreeMap::new();
        for (n, name) in header.cells.iter().enumerate() {
            if columns.insert(name.clone().into_owned(), n).is_some() {
                let message =
                    format!("column {name:?} stands in the header twice; give each column one name");
                return Err(Problem::new("csv.header", message).at(header.line));
            }
        }
        Ok(Self { rows, columns, width: header.cells.len() })
    }

    /// The place of a column.
    ///
    /// # Errors
    /// `csv.header` when the file has no such column.
    pub fn column(&self, name: &str) -> Result<usize, Problem> {
        self.columns.get(name).copied().ok_or_else(|| {
            let has: Vec<&str> = self.columns.keys().map(String::as_str).take(40).collect();
            let message = format!("the header has no column {name:?}; it has {}", has.join(", "));
            Problem::new("csv.header", message).at(1)
        })
    }

    /// The next row.
    ///
    /// # Errors
    /// `csv.row_shape` with the line.
    pub fn next_row(&mut self) -> Result<Option<Row<'a>>, Problem> {
        let Some(row) = self.rows.next_row()? else { return Ok(None) };
        if row.cells.len() != self.width {
            let message = format!(
                "the row has {} fields and the header {}; check for a missing quote or an extra separator",
                row.cells.len(),
                self.width
            );
            return Err(Problem::new("csv.row_shape", message).at(row.line));
        }
        Ok(Some(row))
    }
}

#[derive(Clone, Debug)]
struct Rows<'a> {
    rest: &'a str,
    line: u64,
    delimiter: char,
}

/// What stands after a field.
enum After {
    Field,
    Row,
    File,
}

impl<'a> Rows<'a> {
    fn next_row(&mut self) -> Result<Option<Row<'a>>, Problem> {
        // Empty lines at the very end are no rows; anywhere else they have the wrong shape.
        if self.rest.chars().all(|c| matches!(c, '\r' | '\n')) {
            return Ok(None);
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            let (cell, after) = self.next_field()?;
            if cell.len() > FIELD_BYTES_MAX {
                let size = cell.len();
                let message = format!("a field has {size} bytes; at most {FIELD_BYTES_MAX} are read");
                return Err(self.shape(message).at(line));
            }
            cells.push(cell);
            if cells.len() > COLUMNS_MAX {
                return Err(self.shape(format!("the row has more than {COLUMNS_MAX} fields")).at(line));
            }
            match after {
                After::Field => {}
                After::Row | After::File => return Ok(Some(Row { line, cells })),
            }
        }
    }

    fn shape(&self, message: impl Into<String>) -> Problem {
        Problem::new("csv.row_shape", message).at(self.line)
    }

    fn next_field(&mut self) -> Result<(Cow<'a, str>, After), Problem> {
        match self.rest.strip_prefix('"') {
            Some(rest) => self.quoted(rest),
            None => self.plain(),
        }
    }

    fn plain(&mut self) -> Result<(Cow<'a, str>, After), Problem> {
        let end = self.rest.find([self.delimiter, '"', '\r', '\n']);
        let (cell, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if rest.starts_with('"') {
            return Err(
                self.shape("a quote stands inside a field; quote the whole field and double the quote")
            );
        }
        self.rest = rest;
        Ok((Cow::Borrowed(cell), self.after()?))
    }

    fn quoted(&mut self, mut rest: &'a str) -> Result<(Cow<'a, str>, After), Problem> {
        let opened = self.line;
        let mut cell = Cow::Borrowed("");
        loop {
            let Some(end) = rest.find('"') else {
                return Err(
                    Problem::new("csv.row_shape", "a quoted field never ends; close its quote").at(opened)
                );
            };
            let (part, after) = rest.split_at(end);
            self.line += part.bytes().map(|byte| u64::from(byte == b'\n')).sum::<u64>();
            let after = after.strip_prefix('"').unwrap_or(after);
            if cell.is_empty() {
                cell = Cow::Borrowed(part)
            } else {
                cell.to_mut().push_str(part)
            }
            match after.strip_prefix('"') {
                Some(more) => {
                    cell.to_mut().push('"');
                    rest = more;
                }
                None => {
                    self.rest = after;
                    return Ok((cell, self.after()?));
                }
            }
        }
    }

    /// Takes the separator, the line end or the end of the file.
    fn after(&mut self) -> Result<After, Problem> {
        if self.rest.is_empty() {
            return Ok(After::File);
        }
        if let Some(rest) = self.rest.strip_prefix(self.delimiter) {
            self.rest = rest;
            return Ok(After::Field);
        }
        let rest = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n'));
        match rest {
            Some(rest) => {
                self.rest = rest;
                self.line += 1;
                Ok(After::Row)
            }
            None if self.rest.starts_with('\r') => {
                Err(self.shape("a carriage return stands alone; end lines with LF or CR LF"))
            }
            None => Err(self.shape("text stands after a closing quote; put a separator there")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, Problem> {
        let mut reader = Reader::new(text, ',')?;
        let mut all = Vec::new();
        while let Some(row) = reader.next_row()? {
            all.push(row.cells.into_iter().map(Cow::into_owned).collect());
        }
        Ok(all)
    }

    fn refusal(text: &str) -> (&'static str, Option<u64>) {
        let problem = rows(text).unwrap_err();
        (problem.code, problem.line)
    }

    #[test]
    fn quotes_line_ends_and_empty_fields_are_read_as_rfc_4180_says() {
        let text = "a,b\r\n1,\"x, \"\"y\"\"\nz\"\n,\r\n\"\",\"\"\"\"\n\n";
        assert_eq!(rows(text).unwrap(), [["1", "x, \"y\"\nz"], ["", ""], ["", "\""]]);
    }

    #[test]
    fn a_row_of_another_shape_is_refused_at_its_line() {
        assert_eq!(refusal("a,b\n1,2\n3\n"), ("csv.row_shape", Some(3)));
        assert_eq!(refusal("a,b\n1,2\n3,4,5\n"), ("csv.row_shape", Some(3)));
        assert_eq!(refusal("a,b\n1,2\n\n3,4\n"), ("csv.row_shape", Some(3)));
        assert_eq!(refusal("a,b\n\"1\n1\",2\n3\n"), ("csv.row_shape", Some(4)), "lines inside quotes count");
        assert_eq!(refusal("a,b\n1\"1,2\n"), ("csv.row_shape", Some(2)));
        assert_eq!(refusal("a,b\n\"1\"1,2\n"), ("csv.row_shape", Some(2)));
        assert_eq!(refusal("a,b\n\"1,2\n"), ("csv.row_shape", Some(2)));
        assert_eq!(refusal("a,b\r1,2\n"), ("csv.row_shape", Some(1)));
    }

    #[test]
    fn fields_and_columns_have_limits() {
        let long = format!("a\n{}\n", "x".repeat(FIELD_BYTES_MAX + 1));
        assert_eq!(refusal(&long), ("csv.row_shape", Some(2)));
        assert_eq!(refusal(&",".repeat(100_000)), ("csv.row_shape", Some(1)));
    }

    #[test]
    fn a_header_that_is_missing_or_has_a_name_twice_is_refused() {
        assert_eq!(refusal(""), ("csv.header", None));
        assert_eq!(refusal("a,b,a\n"), ("csv.header", Some(1)));
        let reader = Reader::new("b,a\n1,2\n", ',').unwrap();
        assert_eq!(reader.column("a").unwrap(), 1, "columns may come in any order");
        assert_eq!(reader.column("c").unwrap_err().code, "csv.header");
    }

    #[test]
    fn bytes_that_are_not_text_are_named_by_their_offset() {
        assert_eq!(decode(b"\xef\xbb\xbfa,b", Encoding::Utf8).unwrap(), "a,b");
        let problem = decode(b"\xef\xbb\xbfab\xe4c", Encoding::Utf8).unwrap_err();
        assert_eq!(problem.code, "text.encoding");
        assert!(problem.message.starts_with("at byte 5:"), "{problem}");
        for bytes in [b"\xff\xfea\0".as_slice(), b"\xfe\xff\0a", b"a\0b"] {
            assert_eq!(decode(bytes, Encoding::Utf8).unwrap_err().code, "text.encoding");
        }
        assert_eq!(decode(b"M\xfcller", Encoding::Latin1).unwrap(), "Müller");
        assert_eq!(decode(b"\x80 5", Encoding::Windows1252).unwrap(), "€ 5");
        assert_eq!(decode(b"a\x81", Encoding::Windows1252).unwrap_err().code, "text.encoding");
    }
}
