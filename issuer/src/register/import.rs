//! Reads a file into the register, chunk by chunk.

use crate::actor::Actor;
use std::io::{self, BufRead};
use std::path::Path;

use hati_formats::time::Timestamp;
use hati_store::{Register, Turn};

use super::batch::{Batch, Decision};
use super::outcome::{Counts, Outcome};
use super::record::Rules;
use super::rows::Rows;
use super::{Checkpoint, ImportError, Mark};

/// Rows decided before they are written in one transaction: enough that flushing costs nothing, and few enough
/// that they stay under 3 MiB.
const CHUNK: usize = 1000;

/// How often a chunk is decided again because somebody else changed the register meanwhile.
const CHANGED_MEANWHILE: u32 = 8;

/// Where a file goes, and under which rules.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    /// The register.
    pub register: &'a dyn Register,
    /// The turn to import into it: another import would go on in the same report.
    pub turn: &'a Turn<'a>,
    /// What the register takes.
    pub rules: Rules,
    /// Name of the file, for the audit and the quarantine.
    pub source: &'a str,
    /// The folder that the paths of portraits start from.
    pub pictures: &'a Path,
    /// Who imports.
    pub actor: &'a Actor,
    /// The time of the import.
    pub now: Timestamp,
}

/// What an import tells while it runs.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The import begins, or goes on, here. Of what was told before, what came after this place is void: the import was
    /// interrupted, or its chunk met another change of the register and is decided again.
    Start(&'a Mark),
    /// The row that begins at this byte of the file was decided.
    Row {
        /// The byte.
        offset: u64,
    },
    /// A row was not admitted.
    Outcome(&'a Outcome),
    /// Every row up to here was told, and is about to be written. The chunk before is on disk.
    Chunk {
        /// The place after the chunk.
        end: &'a Mark,
        /// Set it, and the import stops once the chunk is on disk.
        stop: &'a mut bool,
    },
}

/// Who is told. An error ends the import.
type Watch<'a> = &'a mut dyn FnMut(Progress<'_>) -> io::Result<()>;

/// Imports the rows of a file and counts what became of them.
///
/// Every row that is not admitted is told to `watch`. Importing the same file again changes nothing: what is registered is
/// found so, what waits goes on waiting, and what an officer dismissed stays dismissed.
///
/// # Errors
///
/// [`ImportError`] says at which line the import stopped.
pub fn import(
    rows: Rows<impl BufRead>,
    how: Import<'_>,
    watch: &mut dyn FnMut(Progress<'_>) -> io::Result<()>,
) -> Result<Counts, ImportError> {
    let start = rows.start();
    tell(watch, Progress::Start(&start))?;
    Run { rows, batch: Batch::new(how)?, counts: start.counts, done: start, watch }.run()
}

/// Goes on with an import that was interrupted, so that all that is told and counted is as if it had not been.
///
/// # Errors
///
/// [`ImportError::FileChanged`] if the rows before are others by now.
pub fn resume(
    mut rows: Rows<impl BufRead>,
    how: Import<'_>,
    from: Checkpoint<'_>,
    watch: &mut dyn FnMut(Progress<'_>) -> io::Result<()>,
) -> Result<Counts, ImportError> {
    rows.go_to(from.done)?;
    let mut batch = Batch::new(how)?;
    let mut decisions = Vec::new();
    while !rows.is_past(from.next) {
        let Some(row) = rows.next_row()? else { break };
        decisions.push(batch.decide(&row)?);
    }
    rows.check(from.next)?;
    // The chunk is on disk as a whole or not at all. If it is, or if there was nothing to write, its rows leave nothing
    // to write now, and what was told of them then is what counts.
    if batch.is_empty() {
        tell(watch, Progress::Start(from.next))?;
        let (batch, done) = (Batch::new(how)?, from.next.clone());
        return Run { rows, batch, counts: done.counts, done, watch }.run();
    }
    tell(watch, Progress::Start(from.done))?;
    let mut run = Run { rows, batch, counts: from.done.counts, done: from.done.clone(), watch };
    for decision in decisions {
        run.count(decision)?;
    }
    run.run()
}

struct Run<'a, R> {
    rows: Rows<R>,
    batch: Batch<'a>,
    counts: Counts,
    /// Everything before is in the register.
    done: Mark,
    watch: Watch<'a>,
}

impl<R: BufRead> Run<'_, R> {
    fn run(mut self) -> Result<Counts, ImportError> {
        loop {
            if self.batch.rows() >= CHUNK && self.write()? {
                return Err(ImportError::Stopped { line: self.rows.line() });
            }
            let Some(row) = self.rows.next_row()? else { break };
            let offset = row.offset;
            let decision = self.batch.decide(&row)?;
            self.count(decision)?;
            tell(self.watch, Progress::Row { offset })?;
        }
        if self.batch.rows() > 0 {
            self.write()?;
        }
        Ok(self.counts)
    }

    fn count(&mut self, decision: Decision) -> Result<(), ImportError> {
        match decision.count(&mut self.counts) {
            Some(outcome) => tell(self.watch, Progress::Outcome(&outcome)),
            None => Ok(()),
        }
    }

    /// Writes the chunk; whether to stop then.
    fn write(&mut self) -> Result<bool, ImportError> {
        let mut stop = false;
        for _ in 0..=CHANGED_MEANWHILE {
            let end = self.rows.mark(self.counts);
            tell(self.watch, Progress::Chunk { end: &end, stop: &mut stop })?;
            if self.batch.write()? {
                self.done = end;
                return Ok(stop);
            }
            self.decide_again()?;
        }
        Err(ImportError::Busy { line: self.done.line })
    }

    fn decide_again(&mut self) -> Result<(), ImportError> {
        tell(self.watch, Progress::Start(&self.done))?;
        self.counts = self.done.counts;
        for decision in self.batch.decide_again()? {
            self.count(decision)?;
        }
        Ok(())
    }
}

fn tell(watch: Watch<'_>, progress: Progress<'_>) -> Result<(), ImportError> {
    watch(progress).map_err(ImportError::Report)
}
