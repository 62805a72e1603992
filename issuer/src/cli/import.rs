//! `hati-issuer import`: a file into the register.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use hati_issuer::home::Home;
use hati_issuer::register::{Counts, Import, Outcome, Progress, Rules, import};
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
line of JSON for each row that was not admitted and a last one with the counts.")]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The CSV file
    #[arg(value_name = "F.csv")]
    file: PathBuf,
    /// Where to write the report [default: D/reports/F.jsonl]
    #[arg(long, value_name = "R.jsonl")]
    report: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = Home::open(&self.dir)?;
        let file = File::open(&self.file).map_err(unusable(&self.file, "Name a CSV file that is there"))?;
        let bytes = file.metadata().map(|data| data.len()).unwrap_or(0);
        let path = self.report_path();
        let mut report = Report::create(&path).map_err(unusable(&path, "Name another report"))?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let how = Import {
            register: &home.store,
            rules: Rules { upi_digits: home.config.upi_digits(), today: context.now.date() },
            source: &name,
            pictures: self.folder(),
            actor: &actor(),
            now: context.now,
        };
        let bar = progress_bar(bytes, context);
        let outcome = import(file, how, &mut |progress| match progress {
            Progress::Row { offset } => {
                bar.set_position(offset);
                Ok(())
            }
            Progress::Outcome(outcome) => report.add(outcome),
        });
        bar.finish_and_clear();
        let counts = outcome.map_err(|source| Failure::Import { path: self.file.clone(), source })?;
        report.finish(&counts).map_err(unusable(&path, "Import again"))?;
        Ok(answer(&counts, &report.shown, &path))
    }

    /// The folder that the paths of portraits start from.
    fn folder(&self) -> &Path {
        let parent = self.file.parent().unwrap_or(Path::new(""));
        if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
    }

    fn report_path(&self) -> PathBuf {
        let named = self.report.clone();
        named.unwrap_or_else(|| {
            let stem = self.file.file_stem().unwrap_or_default();
            self.dir.join("reports").join(stem).with_extension("jsonl")
        })
    }
}

/// Writes the report as rows are decided, so that it needs no memory.
struct Report {
    file: BufWriter<File>,
    shown: Vec<String>,
}

impl Report {
    fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) =
            path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        {
            files::make_folder(folder, Access::Private)?;
        }
        // It names people.
        Ok(Self { file: BufWriter::new(files::create(path)?), shown: Vec::new() })
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
        self.file.get_ref().sync_all()
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
