//! What is written down of an import before each chunk, so that the same command goes on after a kill.
//!
//! It lies beside the reports, and goes when the import is at its end.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hati_formats::encoding::b64url;
use hati_issuer::register::Mark;
use hati_program::files::{self, Access};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::report::Report;

/// Bytes of the longest record: two places, each with ten lines of a report.
const MAX_BYTES: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unfinished {
    /// The file that is imported, from the root of the file system.
    file: PathBuf,
    /// Its length.
    pub(super) bytes: u64,
    pub(super) report: PathBuf,
    /// What is in the register for certain.
    pub(super) done: Place,
    /// The end of the chunk on its way there.
    pub(super) next: Place,
    /// Where this is written down; nowhere for what could not go on, of a pipe or with a report to a terminal.
    #[serde(skip)]
    path: Option<PathBuf>,
}

/// A place in the file, and the report up to it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) mark: Mark,
    report_bytes: u64,
    shown: Vec<String>,
}

impl Unfinished {
    /// What an import begins with.
    pub(super) fn new(
        folder: &Path,
        file: &Path,
        bytes: u64,
        report: &Path,
        start: Mark,
    ) -> io::Result<Self> {
        let path = Self::path(folder, file)?;
        let start = Place { mark: start, report_bytes: 0, shown: Vec::new() };
        let (file, report) = (file.canonicalize()?, std::path::absolute(report)?);
        Ok(Self { file, bytes, report, done: start.clone(), next: start, path: Some(path) })
    }

    /// The same of an import that could not go on: nothing is written down.
    pub(super) fn unwritten(file: &Path, report: &Path, start: Mark) -> Self {
        let start = Place { mark: start, report_bytes: 0, shown: Vec::new() };
        let (file, report) = (file.to_owned(), report.to_owned());
        Self { file, bytes: 0, report, done: start.clone(), next: start, path: None }
    }

    /// What was written down of an import of this file, if it did not come to its end.
    pub(super) fn read(folder: &Path, file: &Path) -> io::Result<Option<Self>> {
        let path = Self::path(folder, file)?;
        let bytes = match files::read(&path, MAX_BYTES) {
            Ok(bytes) => bytes.unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let read: Self = serde_json::from_slice(&bytes)?;
        Ok(Some(Self { path: Some(path), ..read }))
    }

    /// Everything up to the end of the chunk before is on disk, and the next one is about to be.
    pub(super) fn advance(&mut self, end: &Mark, report: &mut Report) -> io::Result<()> {
        let report_bytes = report.keep()?;
        let next = Place { mark: end.clone(), report_bytes, shown: report.shown.clone() };
        self.done = std::mem::replace(&mut self.next, next);
        self.write()
    }

    pub(super) fn write(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            files::make_folder(folder, Access::Private)?;
        }
        files::replace(path, &serde_json::to_vec(self)?, Access::Private)
    }

    /// The report as far as it was written down.
    pub(super) fn report(&self) -> io::Result<Report> {
        Report::reopen(&self.report, self.next.report_bytes)
    }

    /// The import goes on here, at one of the two places. Written down before the report is cut: after a kill in between it
    /// is longer than it has to be, and never shorter.
    pub(super) fn go_to(&mut self, start: &Mark, report: &mut Report) -> io::Result<()> {
        let place = if *start == self.next.mark { &self.next } else { &self.done }.clone();
        (self.done, self.next) = (place.clone(), place.clone());
        self.write()?;
        report.cut(place.report_bytes, place.shown)
    }

    /// The import begins anew, whatever was written down.
    pub(super) fn forget(folder: &Path, file: &Path) -> io::Result<()> {
        match fs::remove_file(Self::path(folder, file)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The import is at its end.
    pub(super) fn remove(&self) -> io::Result<()> {
        self.path.as_ref().map_or(Ok(()), fs::remove_file)
    }

    /// A file has one place, whatever it is called on the command line.
    fn path(folder: &Path, file: &Path) -> io::Result<PathBuf> {
        let digest = Sha256::digest(file.canonicalize()?.as_os_str().as_encoded_bytes());
        let name = b64url(digest.get(..12).unwrap_or_default());
        Ok(folder.join(format!("{name}.unfinished")))
    }
}
