//! Why an import stopped.

use std::io;

use hati_store::StoreError;

use super::FileFormat;

/// Why an import stopped. The chunks before the row are in the register, and importing the file again
/// is safe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The first line does not name the columns.
    #[error(
        "the header is {got}, expected {expected} (any order; phone and portrait may be left out). Correct the first line"
    )]
    Header {
        /// Every column.
        expected: String,
        /// What came, shortened.
        got: String,
    },
    /// The file begins like one of another format.
    #[error("expected {expected}, got what looks like {got}. Say --format {got}")]
    OtherFormat {
        /// The format it was to have.
        expected: FileFormat,
        /// The format it seems to have.
        got: FileFormat,
    },
    /// The first line of JSON Lines is no object.
    #[error("the first line is {got}, expected a JSON object. Write one object a line, or say --format csv")]
    NoObject {
        /// What came, shortened.
        got: String,
    },
    /// The file is not the one whose import was interrupted.
    #[error(
        "the file is not the one whose import was interrupted at line {line}. Import it --from-start: what is in the \
         register already is then unchanged"
    )]
    FileChanged {
        /// The line up to which it was read.
        line: u64,
    },
    /// The file cannot be read on.
    #[error(
        "line {line}: the file cannot be read ({source}). Copy it anew; nothing after this line was read"
    )]
    Read {
        /// Where reading stopped.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The report cannot be written.
    #[error("the report cannot be written ({0}). Check the disk, and import again")]
    Report(#[source] io::Error),
    /// Somebody asked to stop.
    #[error(
        "stopped after line {line}, as asked. Everything before is in the register; the same command goes on"
    )]
    Stopped {
        /// The last line whose row was decided.
        line: u64,
    },
    /// Others change the register all the time.
    #[error(
        "stopped after line {line}: the rows after it met other changes of the register again and again. Import the \
         file again when less is going on; the same command goes on"
    )]
    Busy {
        /// The last line whose row is in the register.
        line: u64,
    },
    /// The register cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(ImportError {
    Self::Header { .. } => "csv_header",
    Self::OtherFormat { .. } | Self::NoObject { .. } => "import_other_format",
    Self::FileChanged { .. } => "import_file_changed",
    Self::Read { .. } | Self::Report(_) => "file_unusable",
    Self::Stopped { .. } => "import_stopped",
    Self::Busy { .. } => "import_busy",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(StoreError::Importing { .. }) => "import_under_way",
    Self::Store(_) => "store_failed",
});
