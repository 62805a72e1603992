//! Reads rows of a register's file, one at a time and each of a bounded size.

mod csv;
mod json;
mod lines;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use self::csv::Csv;
pub(super) use self::json::Object;
use self::lines::Lines;
use super::portrait::MAX_SOURCE_BYTES;
use super::record::{FieldError, shown};
use super::{Counts, ImportError, Mark};

/// The columns of the file, or the members of its objects. The last two may be missing, and then nothing is said
/// about them; the order is free.
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

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// RFC 4180, the first line naming the columns.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl FileFormat {
    /// The format that a file's name promises: JSON Lines for `.jsonl` and `.ndjson`, and CSV for any other.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if extension == "jsonl" || extension == "ndjson" { Self::JsonLines } else { Self::Csv }
    }

    /// Bytes of the longest row. Fields add up to less than 2 KiB; an object may have a picture in it, which base64 makes a
    /// third longer, and some write its `/` as `\/`.
    #[must_use]
    pub const fn max_row_bytes(self) -> u64 {
        match self {
            Self::Csv => 64 << 10,
            Self::JsonLines => MAX_SOURCE_BYTES / 2 * 3,
        }
    }

    /// Its name on a command line.
    const fn option(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

impl std::fmt::Display for FileFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.option())
    }
}

/// Rows of a file whose beginning was checked.
pub struct Rows<R> {
    lines: Lines<R>,
    fields: Fields,
}

/// One row: where it stands, and its fields, unless it is too long to be read.
pub(super) struct Row<'a> {
    pub(super) fields: Result<&'a Fields, FieldError>,
    pub(super) line: u64,
    /// Byte of the file at which the row begins.
    pub(super) offset: u64,
}

/// The fields of one row, whatever it was written in: what [`super::record`] validates.
pub(super) enum Fields {
    Csv(Box<Csv>),
    Json(Object),
}

/// A field that is no text at all.
pub(super) struct Unreadable {
    pub(super) expected: &'static str,
    pub(super) got: &'static str,
    pub(super) advice: &'static str,
}

/// A picture in a row, or where it is.
#[derive(Clone, Copy)]
pub(super) enum Picture<'a> {
    File(&'a str),
    Base64(&'a str),
}

impl<R: Read> Rows<BufReader<R>> {
    /// Reads the beginning of a file.
    ///
    /// # Errors
    ///
    /// [`ImportError::Header`] if the first line of CSV does not name the columns;
    /// [`ImportError::OtherFormat`] if the file is plainly not of this format.
    pub fn new(file: R, format: FileFormat) -> Result<Self, ImportError> {
        let mut lines = Lines::new(BufReader::new(file), format);
        let object_first = lines.first_byte()? == Some(b'{');
        let fields = match format {
            FileFormat::Csv if object_first => {
                return Err(ImportError::OtherFormat { expected: format, got: FileFormat::JsonLines });
            }
            FileFormat::Csv => {
                lines.next_line()?;
                Fields::Csv(Box::new(Csv::new(&mut lines.line)?))
            }
            FileFormat::JsonLines if object_first => Fields::Json(Object::read(b"")),
            FileFormat::JsonLines => {
                lines.next_line()?;
                return Err(ImportError::NoObject { got: shown(&String::from_utf8_lossy(&lines.line)) });
            }
        };
        Ok(Self { lines, fields })
    }
}

impl<R: BufRead> Rows<R> {
    /// The place before the first row.
    #[must_use]
    pub fn start(&self) -> Mark {
        self.mark(Counts::default())
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>, ImportError> {
        loop {
            if !self.lines.next_line()? {
                return Ok(None);
            }
            let (line, offset) = (self.lines.number, self.lines.start);
            if let Some(error) = self.lines.too_long() {
                return Ok(Some(Row { fields: Err(error), line, offset }));
            }
            match &mut self.fields {
                Fields::Csv(csv) => csv.read(&mut self.lines.line),
                Fields::Json(_) if self.lines.line.trim_ascii().is_empty() => continue,
                Fields::Json(object) => *object = Object::read(&self.lines.line),
            }
            return Ok(Some(Row { fields: Ok(&self.fields), line, offset }));
        }
    }

    /// The line that was read last.
    pub(super) fn line(&self) -> u64 {
        self.lines.number
    }

    /// The place after the row that was read last; `counts` is what the rows up to there became.
    pub(super) fn mark(&self, counts: Counts) -> Mark {
        Mark { line: self.lines.number, offset: self.lines.next, digest: self.lines.digest(), counts }
    }

    /// Goes to a place, and checks that everything before it is what was read then.
    pub(super) fn go_to(&mut self, mark: &Mark) -> Result<(), ImportError> {
        self.lines.skip_to(mark.offset, mark.line)?;
        self.check(mark)
    }

    /// Checks that the rows up to here are those that were read before.
    pub(super) fn check(&self, mark: &Mark) -> Result<(), ImportError> {
        let same = self.lines.next == mark.offset && self.lines.digest() == mark.digest;
        if same { Ok(()) } else { Err(ImportError::FileChanged { line: mark.line }) }
    }

    /// Whether everything before a place was read.
    pub(super) fn is_past(&self, mark: &Mark) -> bool {
        self.lines.next >= mark.offset
    }
}

impl<R> std::fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows up to line {}", self.lines.number)
    }
}

impl Fields {
    /// What is wrong with the row as a whole.
    pub(super) fn damage(&self) -> Option<FieldError> {
        match self {
            Self::Csv(csv) => csv.damage(),
            Self::Json(object) => object.damage(),
        }
    }

    /// Whether the row says anything of a field, and be it that there is none.
    pub(super) fn has(&self, field: &str) -> bool {
        match self {
            Self::Csv(csv) => csv.header.contains(&field),
            Self::Json(object) => object.has(field),
        }
    }

    /// The text of a field, empty if the row does not have it.
    pub(super) fn text(&self, field: &str) -> Result<&str, Unreadable> {
        match self {
            Self::Csv(csv) => csv.text(field),
            Self::Json(object) => object.text(field),
        }
    }

    /// The texts of a field that has several: an array, or text with semicolons.
    pub(super) fn list(&self, field: &str) -> Result<Vec<&str>, Unreadable> {
        match self {
            Self::Csv(csv) => csv.text(field).map(|text| text.split(';').collect()),
            Self::Json(object) => object.list(field),
        }
    }

    /// The picture of the person, if there is one.
    pub(super) fn picture(&self) -> Result<Option<Picture<'_>>, Unreadable> {
        match self {
            Self::Csv(csv) => csv.text("portrait").map(Picture::at),
            Self::Json(object) => object.picture(),
        }
    }
}

impl<'a> Picture<'a> {
    fn at(path: &'a str) -> Option<Self> {
        Some(path.trim()).filter(|path| !path.is_empty()).map(Self::File)
    }
}
