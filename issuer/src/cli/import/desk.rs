//! Where an import is watched, written down and stopped.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hati_issuer::register::{Counts, Progress};
use indicatif::ProgressBar;

use super::report::Report;
use super::unfinished::Unfinished;
use crate::cli::{Answer, Failure, unusable};

pub(super) struct Desk {
    pub(super) report: Report,
    pub(super) unfinished: Unfinished,
    pub(super) bar: ProgressBar,
    pub(super) stop: Arc<AtomicBool>,
}

impl Desk {
    pub(super) fn take(&mut self, progress: Progress<'_>) -> io::Result<()> {
        match progress {
            Progress::Start(mark) => {
                self.bar.set_position(mark.offset);
                self.unfinished.go_to(mark, &mut self.report)
            }
            Progress::Row { offset } => {
                self.bar.set_position(offset);
                Ok(())
            }
            Progress::Outcome(outcome) => self.report.add(outcome),
            Progress::Chunk { end, stop } => {
                *stop = self.stop.load(Ordering::Relaxed);
                self.unfinished.advance(end, &mut self.report)
            }
        }
    }

    pub(super) fn finish(mut self, counts: Result<Counts, Failure>) -> Result<Answer, Failure> {
        self.bar.finish_and_clear();
        let counts = counts?;
        self.report.finish(&counts).map_err(unusable(&self.report.path, "Import again"))?;
        self.unfinished.remove().map_err(unusable(&self.report.path, "Import again"))?;
        Ok(answer(&counts, &self.report.shown, &self.report.path))
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
