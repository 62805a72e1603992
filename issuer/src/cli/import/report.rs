//! The report of an import: a line of JSON for each row that was not admitted, and one with the counts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use hati_issuer::register::{Counts, Outcome};
use hati_program::files::{self, Access};

/// Lines shown to people of what was not admitted; the report has them all.
const SHOWN: usize = 10;

/// Written as rows are decided, so that it needs no memory.
pub(super) struct Report {
    pub(super) path: PathBuf,
    pub(super) shown: Vec<String>,
    file: BufWriter<File>,
    bytes: u64,
    /// Bytes that are on disk.
    kept: u64,
}

impl Report {
    /// A new file, or what is there and is no file, such as /dev/stdout. Only a report knows the rows that were
    /// refused, so none is overwritten.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) =
            path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        {
            files::make_folder(folder, Access::Private)?;
        }
        if !is_device(path) {
            // It names people.
            files::create_secret(path, "")?;
        }
        Self::open(path)
    }

    /// The report of an import that was interrupted, which is at least as long as was written down.
    pub(super) fn reopen(path: &Path, expected: u64) -> io::Result<Self> {
        if expected == 0 && !path.exists() {
            return Self::create(path);
        }
        let report = Self::open(path)?;
        let got = report.file.get_ref().metadata()?.len();
        if got < expected {
            return Err(io::Error::other(format!(
                "expected a report of {expected} bytes or more, got {got}"
            )));
        }
        Ok(report)
    }

    /// Takes back what was written after a place, but for what a terminal has shown.
    pub(super) fn cut(&mut self, bytes: u64, shown: Vec<String>) -> io::Result<()> {
        self.file.flush()?;
        let file = self.file.get_ref();
        if file.metadata()?.is_file() {
            file.set_len(bytes)?;
        }
        (self.bytes, self.kept, self.shown) = (bytes, bytes, shown);
        Ok(())
    }

    fn open(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(OpenOptions::new().append(true).open(path)?);
        Ok(Self { path: path.to_owned(), shown: Vec::new(), file, bytes: 0, kept: 0 })
    }

    pub(super) fn add(&mut self, outcome: &Outcome) -> io::Result<()> {
        if self.shown.len() < SHOWN {
            self.shown.push(outcome.to_string());
        }
        self.line(&serde_json::to_string(outcome)?)
    }

    pub(super) fn finish(&mut self, counts: &Counts) -> io::Result<()> {
        self.line(&serde_json::json!({ "outcome": "counts", "counts": counts }).to_string())?;
        self.keep().map(|_| ())
    }

    /// Brings it to the disk, and says how long it is.
    pub(super) fn keep(&mut self) -> io::Result<u64> {
        if self.kept < self.bytes {
            self.file.flush()?;
            let file = self.file.get_ref();
            // A pipe or a terminal keeps nothing that could be brought to the disk.
            if file.metadata()?.is_file() {
                file.sync_all()?;
            }
            self.kept = self.bytes;
        }
        Ok(self.bytes)
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        self.bytes += text.len() as u64 + 1;
        writeln!(self.file, "{text}")
    }
}

/// Whether something is there that is neither file nor folder.
pub(super) fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}
