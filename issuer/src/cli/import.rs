//! `hati-issuer import`: a file into the register.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use hati_formats::time::Timestamp;
use hati_issuer::home::Home;
use hati_issuer::register::{Counts, Import, Outcome, Progress, Rows, Rules, import};
use hati_program::files::{self, Access};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Answer, Context, Failure, actor, unusable};

/// Lines shown to people of what was not admitted; the report has them all.
const SHOWN: usize = 10;

/// Import people from a CSV file. Importing a file again changes nothing
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer import --dir issuer people.csv

The first line of the file names its columns:
  upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country,phone,portrait

Every row is admitted, unchanged, quarantined (for an officer to decide) or refused. The report says why, a
line of JSON for each row that was not admitted and a last one with the counts. A report is never overwritten.")]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The CSV file
    #[arg(value_name = "F.csv")]
    file: PathBuf,
    /// Where to write the report, a new file [default: D/reports/TIME-F.csv.jsonl]
    #[arg(long, value_name = "R.jsonl")]
    report: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = Home::open(&self.dir)?;
        let file = File::open(&self.file).map_err(unusable(&self.file, "Name a CSV file that is there"))?;
        let bytes = file.metadata().map(|data| data.len()).unwrap_or(0);
        let failed = |source| Failure::Import { path: self.file.clone(), source };
        // Before a report is made: a file that is no register leaves none.
        let rows = Rows::new(file).map_err(failed)?;
        let mut report = self.report(context.now)?;
        let name = self.name().to_string_lossy();
        let how = Import {
            register: &*home.store,
            rules: Rules { upi_digits: home.config.upi_digits(), today: context.now.date() },
            source: &name,
            pictures: self.folder(),
            actor: &actor(),
            now: context.now,
        };
        let bar = progress_bar(bytes, context);
        let outcome = import(rows, how, &mut |progress| match progress {
            Progress::Row { offset } => {
                bar.set_position(offset);
                Ok(())
            }
            Progress::Outcome(outcome) => report.add(outcome),
        });
        bar.finish_and_clear();
        let counts = outcome.map_err(failed)?;
        report.finish(&counts).map_err(unusable(&report.path, "Import again"))?;
        Ok(answer(&counts, &report.shown, &report.path))
    }

    fn name(&self) -> &OsStr {
        self.file.file_name().unwrap_or_default()
    }

    /// The folder that the paths of portraits start from.
    fn folder(&self) -> &Path {
        let parent = self.file.parent().unwrap_or(Path::new(""));
        if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
    }

    fn report(&self, now: Timestamp) -> Result<Report, Failure> {
        let made = match &self.report {
            Some(path) => {
                self.check_report(path)?;
                Report::create(path)
            }
            None => self.report_by_default(now),
        };
        made.map_err(|(path, source)| match source.kind() {
            io::ErrorKind::AlreadyExists => Failure::ReportExists { path },
            _ => Failure::File { path, source, advice: "Name another report" },
        })
    }

    /// Refuses to take the register itself for its report, by whatever path or link.
    fn check_report(&self, path: &Path) -> Result<(), Failure> {
        // A device, such as a terminal, may well be both.
        let is_file = fs::metadata(path).is_ok_and(|there| there.is_file());
        if is_file && same_file::is_same_file(path, &self.file).unwrap_or(false) {
            return Err(Failure::ReportIsInput { path: path.to_owned() });
        }
        Ok(())
    }

    /// The time and the whole name of the file; of several imports in one second, a number too.
    fn report_by_default(&self, now: Timestamp) -> Result<Report, (PathBuf, io::Error)> {
        // ISO 8601 basic format: no file system minds it.
        let time = now.to_string().replace(['-', ':'], "");
        let mut again = 1_u32;
        loop {
            let mut name = std::ffi::OsString::from(format!("{time}-"));
            name.push(self.name());
            if again > 1 {
                name.push(format!("-{again}"));
            }
            name.push(".jsonl");
            match Report::create(&self.dir.join("reports").join(name)) {
                Err((_, source)) if source.kind() == io::ErrorKind::AlreadyExists => again += 1,
                made => return made,
            }
        }
    }
}

/// Writes the report as rows are decided, so that it needs no memory.
struct Report {
    path: PathBuf,
    file: BufWriter<File>,
    shown: Vec<String>,
}

impl Report {
    /// A new file, or what is there and is no file, such as /dev/stdout. Only a report knows the rows that were
    /// refused, so none is overwritten.
    fn create(path: &Path) -> Result<Self, (PathBuf, io::Error)> {
        Self::open(path)
            .map(|file| Self { path: path.to_owned(), file: BufWriter::new(file), shown: Vec::new() })
            .map_err(|source| (path.to_owned(), source))
    }

    fn open(path: &Path) -> io::Result<File> {
        if let Some(folder) =
            path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        {
            files::make_folder(folder, Access::Private)?;
        }
        if !fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
            // It names people.
            files::create_secret(path, "")?;
        }
        OpenOptions::new().append(true).open(path)
    }

    fn add(&mut self, outcome: &Outcome) -> io::Result<()> {
        if self.shown.len() < SHOWN {
            self.shown.push(outcome.to_string());
        }
        writeln!(self.file, "{}", serde_json::to_string(outcome)?)
    }

    fn finish(&mut self, counts: &Counts) -> io::Result<()> {
        writeln!(self.file, "{}", serde_json::json!({ "outcome": "counts", "counts": counts }))?;
        self.file.flush()?;
        let file = self.file.get_ref();
        // A pipe or a terminal keeps nothing that could be brought to the disk.
        if file.metadata()?.is_file() { file.sync_all() } else { Ok(()) }
    }
}

/// A bar on standard error, where a person can see it.
fn progress_bar(bytes: u64, context: &Context) -> ProgressBar {
    if context.json {
        return ProgressBar::hidden();
    }
    // Draws only on a terminal.
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn answer(counts: &Counts, shown: &[String], report: &Path) -> Answer {
    let Counts { read, added, unchanged, quarantined, already_quarantined, refused } = counts;
    let mut text = format!(
        "{read} rows read: {added} added, {unchanged} unchanged, {quarantined} quarantined, \
         {already_quarantined} in quarantine already, {refused} refused"
    );
    for line in shown {
        text.push_str("\n  ");
        text.push_str(line);
    }
    let more = (quarantined + already_quarantined + refused).saturating_sub(shown.len() as u64);
    if more > 0 {
        text.push_str(&format!("\n  and {more} more"));
    }
    text.push_str(&format!("\nThe report is {}", report.display()));
    Answer::done(text, serde_json::json!({ "counts": counts, "report": report }))
}
