//! `hati-issuer import`: a file into the register.

mod report;
mod unfinished;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use hati_formats::time::Timestamp;
use hati_issuer::home::Home;
use hati_issuer::register::{
    Checkpoint, Counts, FileFormat, Import, ImportError, Mark, Progress, Rows, Rules, import, resume,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::report::{Report, is_device};
use self::unfinished::Unfinished;
use super::serve::told_to_stop;
use super::{Answer, CHECK_FOLDER, Context, Failure, actor, unusable};

/// The exit status of a program that was told twice to stop: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// Import people from a file. Importing a file again changes nothing
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer import --dir issuer people.csv

The first line of CSV names its columns:
  upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country,phone,portrait
JSON Lines have an object a line, with members of these names: nationalities as an array, and portrait as the path of a \
picture or as {\"base64\": PICTURE}.

Every row is admitted, unchanged, quarantined (for an officer to decide) or refused. The report says why, a
line of JSON for each row that was not admitted and a last one with the counts. A report is never overwritten.

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
        let home = Home::open(&self.dir)?;
        let file = File::open(&self.file)
            .map_err(unusable(&self.file, "Name a CSV or JSON Lines file that is there"))?;
        // Before a report is made: a file that is no register leaves none.
        let rows = Rows::new(file, self.format()).map_err(self.failed())?;
        let name = self.name().to_string_lossy();
        let how = Import {
            register: &*home.store,
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
                let mut desk = Desk { report, unfinished: Some(unfinished), bar, stop };
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
    fn begin(&self, start: &Mark, now: Timestamp) -> Result<(Report, Option<Unfinished>), Failure> {
        let path = self.report_path(now)?;
        let unfinished = match self.file_bytes() {
            Some(bytes) if !is_device(&path) => {
                let unfinished = Unfinished::new(&self.reports(), &self.file, bytes, &path, start.clone());
                let unfinished = unfinished.map_err(unusable(&self.file, CHECK_FOLDER))?;
                unfinished.write().map_err(unusable(&self.reports(), CHECK_FOLDER))?;
                Some(unfinished)
            }
            _ => None,
        };
        let report = Report::create(&path).map_err(unusable(&path, "Name another report"))?;
        Ok((report, unfinished))
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
        // One process at a time has the register open, so nobody takes the name in between.
        (1..u32::MAX).map(name).find(|path| fs::symlink_metadata(path).is_err()).unwrap_or_default()
    }
}

const GO_ON: &str = "Put it back as the interrupted import left it, or say --from-start";

/// Where an import is watched, written down and stopped.
struct Desk {
    report: Report,
    /// None where nothing could go on: of a pipe, or with a report to a terminal.
    unfinished: Option<Unfinished>,
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Desk {
    fn take(&mut self, progress: Progress<'_>) -> io::Result<()> {
        match progress {
            Progress::Start(mark) => {
                self.bar.set_position(mark.offset);
                self.unfinished.as_mut().map_or(Ok(()), |unfinished| unfinished.go_to(mark, &mut self.report))
            }
            Progress::Row { offset } => {
                self.bar.set_position(offset);
                Ok(())
            }
            Progress::Outcome(outcome) => self.report.add(outcome),
            Progress::Chunk { end, stop } => {
                *stop = self.stop.load(Ordering::Relaxed);
                self.unfinished
                    .as_mut()
                    .map_or(Ok(()), |unfinished| unfinished.advance(end, &mut self.report))
            }
        }
    }

    fn finish(mut self, counts: Result<Counts, Failure>) -> Result<Answer, Failure> {
        self.bar.finish_and_clear();
        let counts = counts?;
        self.report.finish(&counts).map_err(unusable(&self.report.path, "Import again"))?;
        if let Some(unfinished) = self.unfinished {
            unfinished.remove().map_err(unusable(&self.report.path, "Import again"))?;
        }
        Ok(answer(&counts, &self.report.shown, &self.report.path))
    }
}

/// Set when Ctrl-C is pressed or a supervisor says so. Said twice, the program ends at once, which loses nothing either.
fn stop_when_told() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().map_err(|source| Failure::Runtime { source })?;
    std::thread::spawn(move || {
        runtime.block_on(told_to_stop());
        told.store(true, Ordering::Relaxed);
        runtime.block_on(told_to_stop());
        std::process::exit(INTERRUPTED)
    });
    Ok(stop)
}

/// A bar on standard error, where a person can see it.
fn progress_bar(bytes: Option<u64>, context: &Context) -> ProgressBar {
    if context.json {
        return ProgressBar::hidden();
    }
    // Draws only on a terminal.
    let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr());
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
