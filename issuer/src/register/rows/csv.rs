//! Rows of CSV (RFC 4180).
//!
//! No field of a register has a line break, so every line is a row of its own, and a quote that is not closed
//! costs its own row and none of those after it.

use super::{COLUMNS, OPTIONAL_COLUMNS, Unreadable};
use crate::register::ImportError;
use crate::register::record::{FieldError, shown};

/// The columns that a file's first line names, and the row that was read last.
pub(in crate::register) struct Csv {
    pub(super) header: Vec<&'static str>,
    record: Record,
}

impl Csv {
    pub(super) fn new(first_line: &mut Vec<u8>) -> Result<Self, ImportError> {
        let mut record = Record::new();
        record.read(first_line);
        Ok(Self { header: check_header(&record)?, record })
    }

    pub(super) fn read(&mut self, line: &mut Vec<u8>) {
        self.record.read(line);
    }

    pub(super) fn damage(&self) -> Option<FieldError> {
        if self.record.open_quote {
            return Some(FieldError {
                field: "row",
                expected: "every quote closed on its line".to_owned(),
                got: "a quote that is still open at the end of the line".to_owned(),
                advice: "Close the quote, or take it out; no field has a line break in it.",
            });
        }
        let (expected, got) = (self.header.len(), self.record.fields().count());
        (expected != got).then(|| FieldError {
            field: "row",
            expected: format!("{expected} fields, as in the header"),
            got: format!("{got} fields"),
            advice: "Look for a missing or an unquoted comma.",
        })
    }

    /// The text of a column, empty if the file does not have the column.
    pub(super) fn text(&self, column: &str) -> Result<&str, Unreadable> {
        let place = self.header.iter().position(|name| *name == column);
        let bytes = place.and_then(|place| self.record.fields().nth(place)).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| Unreadable {
            expected: "UTF-8 text",
            got: "other bytes",
            advice: "Save the file as UTF-8.",
        })
    }
}

fn check_header(header: &Record) -> Result<Vec<&'static str>, ImportError> {
    let wrong = || ImportError::Header {
        expected: COLUMNS.join(","),
        got: shown(&header.fields().map(String::from_utf8_lossy).collect::<Vec<_>>().join(",")),
    };
    let known = |name: &[u8]| COLUMNS.iter().copied().find(|column| column.as_bytes() == name);
    let names: Vec<_> = header.fields().map(known).collect::<Option<_>>().ok_or_else(wrong)?;
    let required = COLUMNS.iter().filter(|column| !OPTIONAL_COLUMNS.contains(column));
    let twice = names.iter().enumerate().any(|(place, name)| names.iter().take(place).any(|n| n == name));
    if header.open_quote || twice || !required.into_iter().all(|column| names.contains(column)) {
        return Err(wrong());
    }
    Ok(names)
}

/// The fields of a line.
struct Record {
    csv: csv_core::Reader,
    text: Vec<u8>,
    /// Where in the text each field ends, and then unused room.
    ends: Vec<usize>,
    count: usize,
    open_quote: bool,
}

impl Record {
    fn new() -> Self {
        // Not its default, which reads nothing: `new` builds the table that it reads by.
        let csv = csv_core::Reader::new();
        Self { csv, text: Vec::new(), ends: Vec::new(), count: 0, open_quote: false }
    }

    /// Reads a line without its end, which it is given here: a reader that goes on after it is inside a quote.
    fn read(&mut self, line: &mut Vec<u8>) {
        line.push(b'\n');
        // A field for each byte, none longer than all: whatever the line, there is room.
        self.text.resize(self.text.len().max(line.len()), 0);
        self.ends.resize(self.ends.len().max(line.len()), 0);
        self.csv.reset();
        let (state, _, _, count) = self.csv.read_record(line, &mut self.text, &mut self.ends);
        self.count = count;
        self.open_quote = state != csv_core::ReadRecordResult::Record;
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.get(..self.count).unwrap_or_default();
        let starts = std::iter::once(&0).chain(ends);
        starts.zip(ends).map(|(start, end)| self.text.get(*start..*end).unwrap_or_default())
    }
}
