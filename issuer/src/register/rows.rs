//! Reads rows of the register's CSV, one at a time and each of a bounded size.

use std::io::{self, Read};

use csv::ByteRecord;

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

/// Bytes of the longest row. Fields add up to less than 2 KiB; a quote that is never closed swallows the rows
/// after it and is stopped here.
pub const MAX_ROW_BYTES: u64 = 64 << 10;

/// Rows of a file whose header was checked.
pub(super) struct Rows<R> {
    csv: csv::Reader<Bounded<R>>,
    header: Vec<&'static str>,
    record: ByteRecord,
}

/// One row: where it stands and the text of each column.
pub(super) struct Row<'a> {
    header: &'a [&'static str],
    record: &'a ByteRecord,
    pub(super) line: u64,
    /// Byte of the file at which the row begins.
    pub(super) offset: u64,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(file: R) -> Result<Self, ImportError> {
        let bounded = Bounded { inner: file, left: MAX_ROW_BYTES };
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(bounded);
        let header = csv.byte_headers().map_err(|error| reading(error, 1))?;
        let header = check_header(header)?;
        Ok(Self { csv, header, record: ByteRecord::new() })
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>, ImportError> {
        let line = self.csv.position().line();
        self.csv.get_mut().left = MAX_ROW_BYTES;
        let more = self.csv.read_byte_record(&mut self.record).map_err(|error| reading(error, line))?;
        let start = self.record.position();
        let (line, offset) = start.map_or((line, 0), |start| (start.line(), start.byte()));
        Ok(more.then_some(Row { header: &self.header, record: &self.record, line, offset }))
    }
}

impl Row<'_> {
    /// The text of a column, empty if the file does not have the column; `None` if it is not UTF-8.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| *name == column);
        let bytes = place.and_then(|place| self.record.get(place)).unwrap_or_default();
        std::str::from_utf8(bytes).ok()
    }

    /// Fields expected and got, if the two differ.
    pub(super) fn wrong_width(&self) -> Option<(usize, usize)> {
        (self.header.len() != self.record.len()).then_some((self.header.len(), self.record.len()))
    }
}

fn check_header(header: &ByteRecord) -> Result<Vec<&'static str>, ImportError> {
    let wrong = || ImportError::Header {
        expected: COLUMNS.join(","),
        got: super::record::shown(&header.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(",")),
    };
    let known = |name: &[u8]| COLUMNS.iter().copied().find(|column| column.as_bytes() == name);
    let names: Vec<_> = header.iter().map(known).collect::<Option<_>>().ok_or_else(wrong)?;
    let required = COLUMNS.iter().filter(|column| !OPTIONAL_COLUMNS.contains(column));
    let twice = names.iter().enumerate().any(|(place, name)| names.iter().take(place).any(|n| n == name));
    if twice || !required.into_iter().all(|column| names.contains(column)) {
        return Err(wrong());
    }
    Ok(names)
}

fn reading(error: csv::Error, line: u64) -> ImportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            ImportError::RowTooLong { line, expected: MAX_ROW_BYTES }
        }
        csv::ErrorKind::Io(source) => ImportError::Read { line, source },
        other => ImportError::Read { line, source: io::Error::other(format!("{other:?}")) },
    }
}

/// Stops a read once a row has used up its bytes. The CSV reader itself would grow without an end.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}
