//! `hati-issuer import`: a file into the register.

mod desk;
mod report;
mod unfinished;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hati_formats::time::Timestamp;
use hati_issuer::register::{Checkpoint, FileFormat, Import, ImportError, Mark, Rows, Rules, import, resume};

use self::desk::Desk;
use self::report::{Report, is_device};
use self::unfinished::Unfinished;
use super::progress::{progress_bar, stop_when_told};
use super::{Answer, CHECK_FOLDER, Context, Failure, actor, open_home, unusable};

/// Import people from a file. Importing a file again changes nothing, whatever officers decided meanwhile
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer import --dir issuer people.csv

The first line of CSV names its columns:
  upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country,phone,portrait
JSON Lines have an object a line, with members of these names: nationalities as an array, and portrait as the path of a \
picture or as {\"base64\": PICTURE}.
The columns phone and portrait may be left out, and in JSON id_number too: what is registered then stays. An empty field, \
or null in JSON, says that there is none.

Every row is admitted, unchanged, quarantined (for an officer to decide) or refused. The report says why, a
line of JSON for each row that was not admitted and a last one with the counts. A report is never overwritten.
Unchanged is what is registered so, and what an officer dismissed. While a row of a UPI waits, every other row of that
UPI waits too, and nothing is issued under it.

Ctrl-C stops after the rows at hand. The same command goes on where an import was stopped or killed, in the same report.")]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The file
    #[arg(value_name = "F")]
    file: PathBuf,
    /// How the file is written [default: jsonl if it is called .jsonl or .ndjson, else csv]
    #[arg(long)]
    format: Option<Format>,
    /// Where to write the report, a new file [default: D/reports/TIME-F.jsonl]
    #[arg(long, value_name = "R.jsonl")]
    report: Option<PathBuf>,
    /// Begin anew with a file whose import was interrupted, and with a new report
    #[arg(long)]
    from_start: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = open_home(&self.dir)?;
        // Before anything that was written down of an import is read: it may be going on.
        let turn = home.store.take_turn().map_err(ImportError::from).map_err(self.failed())?;
        let file = File::open(&self.file)
            .map_err(unusable(&self.file, "Name a CSV or JSON Lines file that is there"))?;
        // Before a report is made: a file that is no register leaves none.
        let rows = Rows::new(file, self.format()).map_err(self.failed())?;
        let name = self.name().to_string_lossy();
        let how = Import {
            register: &*home.store,
            turn: &turn,
            rules: Rules { upi_digits: home.config.upi_digits(), today: context.now.date() },
            source: &name,
            pictures: self.folder(),
            actor: &actor(),
            now: context.now,
        };
        let stop = stop_when_told()?;
        let bar = progress_bar(self.file_bytes(), context);
        match self.unfinished()? {
            Some(unfinished) => {
                let (done, next) = (unfinished.done.mark.clone(), unfinished.next.mark.clone());
                let report = unfinished.report().map_err(unusable(&unfinished.report, GO_ON))?;
                let mut desk = Desk { report, unfinished, bar, stop };
                let from = Checkpoint { done: &done, next: &next };
                let counts = resume(rows, how, from, &mut |progress| desk.take(progress));
                desk.finish(counts.map_err(self.failed()))
            }
            None => {
                let (report, unfinished) = self.begin(&rows.start(), context.now)?;
                let mut desk = Desk { report, unfinished, bar, stop };
                let counts = import(rows, how, &mut |progress| desk.take(progress));
                desk.finish(counts.map_err(self.failed()))
            }
        }
    }

    fn failed(&self) -> impl FnOnce(ImportError) -> Failure + use<> {
        let path = self.file.clone();
        move |source| Failure::Import { path, source }
    }

    fn format(&self) -> FileFormat {
        match self.format {
            Some(Format::Csv) => FileFormat::Csv,
            Some(Format::Jsonl) => FileFormat::JsonLines,
            None => FileFormat::of(&self.file),
        }
    }

    fn name(&self) -> &OsStr {
        self.file.file_name().unwrap_or_default()
    }

    /// The folder that the paths of portraits start from.
    fn folder(&self) -> &Path {
        let parent = self.file.parent().unwrap_or(Path::new(""));
        if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
    }

    fn reports(&self) -> PathBuf {
        self.dir.join("reports")
    }

    /// The length of the file; of what is none, such as a pipe, nothing is known, and no import of it goes on.
    fn file_bytes(&self) -> Option<u64> {
        fs::metadata(&self.file).ok().filter(fs::Metadata::is_file).map(|data| data.len())
    }

    /// The import of this file that did not come to its end.
    fn unfinished(&self) -> Result<Option<Unfinished>, Failure> {
        let Some(bytes) = self.file_bytes() else { return Ok(None) };
        if self.from_start {
            Unfinished::forget(&self.reports(), &self.file).map_err(unusable(&self.file, CHECK_FOLDER))?;
            return Ok(None);
        }
        let read = Unfinished::read(&self.reports(), &self.file).map_err(unusable(&self.file, GO_ON))?;
        let Some(unfinished) = read else { return Ok(None) };
        if unfinished.bytes != bytes {
            return Err(self.failed()(ImportError::FileChanged { line: unfinished.done.mark.line }));
        }
        match self.report.as_deref().map(std::path::absolute).transpose() {
            Ok(Some(other)) if other != unfinished.report => {
                Err(Failure::ReportOther { path: unfinished.report, got: other })
            }
            _ => Ok(Some(unfinished)),
        }
    }

    /// Makes the report, and before it what an import goes on from.
    fn begin(&self, start: &Mark, now: Timestamp) -> Result<(Report, Unfinished), Failure> {
        let path = self.report_path(now)?;
        let unfinished = match self.file_bytes() {
            Some(bytes) if !is_device(&path) => {
                Unfinished::new(&self.reports(), &self.file, bytes, &path, start.clone())
                    .map_err(unusable(&self.file, CHECK_FOLDER))?
            }
            _ => Unfinished::unwritten(&self.file, &path, start.clone()),
        };
        unfinished.write().map_err(unusable(&self.reports(), CHECK_FOLDER))?;
        match Report::create(&path) {
            Ok(report) => Ok((report, unfinished)),
            Err(source) => {
                // What is not begun has nothing to go on from.
                let _ = unfinished.remove();
                Err(Failure::File { path, source, advice: "Name another report" })
            }
        }
    }

    /// Where the report goes: no file that is there, and never the register itself, by whatever path or link.
    fn report_path(&self, now: Timestamp) -> Result<PathBuf, Failure> {
        let Some(path) = self.report.clone() else { return Ok(self.default_report(now)) };
        // A device, such as a terminal, may well be both.
        if is_device(&path) {
            return Ok(path);
        }
        if same_file::is_same_file(&path, &self.file).unwrap_or(false) {
            return Err(Failure::ReportIsInput { path });
        }
        if fs::symlink_metadata(&path).is_ok() { Err(Failure::ReportExists { path }) } else { Ok(path) }
    }

    /// The time and the whole name of the file; of several imports in one second, a number too.
    fn default_report(&self, now: Timestamp) -> PathBuf {
        // ISO 8601 basic format: no file system minds it.
        let time = now.to_string().replace(['-', ':'], "");
        let name = |again: u32| {
            let mut name = std::ffi::OsString::from(format!("{time}-"));
            name.push(self.name());
            if again > 1 {
                name.push(format!("-{again}"));
            }
            name.push(".jsonl");
            self.reports().join(name)
        };
        // One import at a time has its turn, so nobody takes the name in between.
        (1..u32::MAX).map(name).find(|path| fs::symlink_metadata(path).is_err()).unwrap_or_default()
    }
}

const GO_ON: &str = "Put it back as the interrupted import left it, or say --from-start";
