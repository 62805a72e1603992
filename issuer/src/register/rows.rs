//! Reads rows of the register's CSV, one at a time and each of a bounded size.

use std::io::{self, BufRead, BufReader, Read};

use super::ImportError;

/// The columns of the file. The last two may be missing; the order is free.
pub const COLUMNS: [&str; 12] = [
    "upi",
    "id_number",
    "given_name",
    "family_name",
    "birthdate",
    "sex",
    "nationalities",
    "county",
    "place_of_birth",
    "country",
    "phone",
    "portrait",
];

const OPTIONAL_COLUMNS: [&str; 2] = ["phone", "portrait"];

/// Bytes of the longest row. Fields add up to less than 2 KiB.
pub const MAX_ROW_BYTES: u64 = 64 << 10;

/// Rows of a file whose header was checked.
///
/// No field of a register has a line break, so every line is a row of its own, and a quote that is not closed
/// costs its own row and none of those after it.
pub struct Rows<R> {
    lines: Lines<R>,
    header: Vec<&'static str>,
    record: Record,
}

/// One row: where it stands and the text of each column.
pub(super) struct Row<'a> {
    header: &'a [&'static str],
    record: &'a Record,
    pub(super) line: u64,
    /// Byte of the file at which the row begins.
    pub(super) offset: u64,
}

impl<R: Read> Rows<BufReader<R>> {
    /// Reads the header of a file.
    ///
    /// # Errors
    ///
    /// [`ImportError::Header`] if it does not name the columns.
    pub fn new(file: R) -> Result<Self, ImportError> {
        let mut lines = Lines::new(BufReader::new(file));
        let mut record = Record::new();
        lines.next_line()?;
        record.read(&mut lines.line);
        let header = check_header(&record)?;
        Ok(Self { lines, header, record })
    }
}

impl<R: BufRead> Rows<R> {
    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>, ImportError> {
        if !self.lines.next_line()? {
            return Ok(None);
        }
        let (line, offset) = (self.lines.number, self.lines.start);
        self.record.read(&mut self.lines.line);
        Ok(Some(Row { header: &self.header, record: &self.record, line, offset }))
    }
}

impl<R> std::fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows of {:?}, up to line {}", self.header, self.lines.number)
    }
}

impl Row<'_> {
    /// The text of a column, empty if the file does not have the column; `None` if it is not UTF-8.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| *name == column);
        let bytes = place.and_then(|place| self.record.field(place)).unwrap_or_default();
        std::str::from_utf8(bytes).ok()
    }

    /// Fields expected and got, if the two differ.
    pub(super) fn wrong_width(&self) -> Option<(usize, usize)> {
        let (expected, got) = (self.header.len(), self.record.fields().count());
        (expected != got).then_some((expected, got))
    }

    /// Whether a quote is not closed on its line.
    pub(super) fn open_quote(&self) -> bool {
        self.record.open_quote
    }
}

fn check_header(header: &Record) -> Result<Vec<&'static str>, ImportError> {
    let wrong = || ImportError::Header {
        expected: COLUMNS.join(","),
        got: super::record::shown(
            &header.fields().map(String::from_utf8_lossy).collect::<Vec<_>>().join(","),
        ),
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

/// The fields of a line (RFC 4180).
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

    fn field(&self, place: usize) -> Option<&[u8]> {
        self.fields().nth(place)
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.get(..self.count).unwrap_or_default();
        let starts = std::iter::once(&0).chain(ends);
        starts.zip(ends).map(|(start, end)| self.text.get(*start..*end).unwrap_or_default())
    }
}

/// Lines that are not empty, each of a bounded size. They end in LF, CRLF or CR.
struct Lines<R> {
    file: R,
    line: Vec<u8>,
    number: u64,
    /// Byte of the file at which the line begins.
    start: u64,
    /// Byte of the file that is read next.
    next: u64,
    /// Whether the last line ended in CR, to which an LF may belong.
    after_cr: bool,
}

impl<R: BufRead> Lines<R> {
    fn new(file: R) -> Self {
        Self { file, line: Vec::new(), number: 0, start: 0, next: 0, after_cr: false }
    }

    /// Reads the next line that is not empty; whether there is one.
    fn next_line(&mut self) -> Result<bool, ImportError> {
        loop {
            self.number += 1;
            self.line.clear();
            self.start = self.next;
            let more = self.read_line()?;
            if !self.line.is_empty() || !more {
                return Ok(!self.line.is_empty());
            }
        }
    }

    /// Reads up to the end of a line; whether there is one before the end of the file.
    fn read_line(&mut self) -> Result<bool, ImportError> {
        loop {
            let mut bytes = match self.file.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(ImportError::Read { line: self.number, source }),
            };
            if bytes.is_empty() {
                return Ok(false);
            }
            let skipped = usize::from(std::mem::take(&mut self.after_cr) && bytes.first() == Some(&b'\n'));
            bytes = bytes.get(skipped..).unwrap_or_default();
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let content = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            if (self.line.len() + content.len()) as u64 > MAX_ROW_BYTES {
                return Err(ImportError::RowTooLong { line: self.number, expected: MAX_ROW_BYTES });
            }
            self.line.extend_from_slice(content);
            self.after_cr = end.is_some_and(|end| bytes.get(end) == Some(&b'\r'));
            let used = skipped + content.len() + usize::from(end.is_some());
            self.file.consume(used);
            self.next += used as u64;
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}
