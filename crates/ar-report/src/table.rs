//! Tables: rows of typed cells under named columns, in the form that was asked for.

use std::io;

use comfy_table::{CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, TableStyle};
use serde::Serialize;

use crate::cell::Cell;

/// The form a report is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A table for people.
    #[default]
    Table,
    /// Comma-separated values for spreadsheets.
    Csv,
    /// JSON for programs.
    Json,
}

/// A column: its heading for people and its name for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Heading in a table.
    pub heading: String,
    /// Name in CSV.
    pub name: String,
}

/// A table of typed cells.
///
/// ```
/// use ar_core::Amount;
/// use ar_report::{Cell, Table};
/// let mut table = Table::new(&[("Account", "account"), ("Open", "open")]);
/// table.row(vec![Cell::text("C-1"), Cell::Amount(Amount::parse("1234.50")?)]);
/// assert!(table.to_text().contains("1,234.50"));
/// assert_eq!(table.to_csv(), "account,open\r\nC-1,1234.50\r\n");
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    footer: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table of columns given as heading and name.
    #[must_use]
    pub fn new(columns: &[(&str, &str)]) -> Self {
        let columns = columns
            .iter()
            .map(|(heading, name)| Column { heading: (*heading).to_owned(), name: (*name).to_owned() })
            .collect();
        Self { columns, rows: Vec::new(), footer: Vec::new() }
    }

    /// Adds a column on the right.
    pub fn column(&mut self, heading: impl Into<String>, name: impl Into<String>) {
        self.columns.push(Column { heading: heading.into(), name: name.into() });
    }

    /// Adds a row; missing cells are empty.
    pub fn row(&mut self, mut cells: Vec<Cell>) {
        cells.resize(self.columns.len(), Cell::Empty);
        self.rows.push(cells);
    }

    /// Adds a row of totals. It is shown to people under a rule, and left out of CSV, where every
    /// row is one thing.
    pub fn total(&mut self, mut cells: Vec<Cell>) {
        cells.resize(self.columns.len(), Cell::Empty);
        self.footer.push(cells);
    }

    /// The number of rows, totals not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table for people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut table = comfy_table::Table::new();
        let style = TableStyle::new()
            .header_separator(LineStyle::none().fill('-').junction('-'))
            .content_lines(ContentLineStyle::none());
        table.load_style(style).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.columns.iter().map(|column| column.heading.as_str()));
        for row in self.rows.iter().chain(&self.footer) {
            table.add_row(row.iter().map(Cell::shown));
        }
        let last = self.columns.len().saturating_sub(1);
        for (n, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, u16::from(n != last)));
            if self.is_numeric(n) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut lines: Vec<String> = table.to_string().lines().map(|l| l.trim_end().to_owned()).collect();
        if !self.footer.is_empty()
            && let Some(rule) = lines.get(1).cloned()
        {
            lines.insert(lines.len() - self.footer.len(), rule);
        }
        lines.join("\n") + "\n"
    }

    /// The table as CSV with a header of names (RFC 4180, text cells inert).
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut bytes = Vec::new();
        // Writing into memory does not fail.
        let _ = self.write_csv(&mut bytes);
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// Writes the table as CSV.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_csv<W: io::Write>(&self, out: W) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record(self.columns.iter().map(|column| column.name.as_str()))?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| cell.csv().into_owned()))?;
        }
        writer.flush()
    }

    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().chain(&self.footer).filter_map(|row| row.get(column));
        cells.any(Cell::is_number)
    }
}

/// A heading for people with a rule under it.
#[must_use]
pub fn ruled(heading: &str) -> String {
    format!("{heading}\n{}\n", "=".repeat(heading.chars().count()))
}

/// Writes any query result as one line of JSON.
///
/// # Errors
/// What the writer says.
pub fn write_json<T: Serialize + ?Sized>(value: &T, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
