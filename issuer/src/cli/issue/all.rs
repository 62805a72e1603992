//! `hati-issuer issue --all`: a file of holder keys becomes a file of credentials, line by line and in its order.
//!
//! The file of credentials is all that tells how far it came. Each processor has a worker, and what they give is brought to the
//! disk meanwhile. What was recorded and not written when a process was killed has used up
//! indices and nothing else: nobody has those copies.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::iter;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, Scope};

use hati_issuer::home::Home;
use hati_issuer::issuance::bulk::{Bulk, Done, MAX_LINE_BYTES};
use hati_issuer::publish::newest_has;
use hati_program::files;
use indicatif::ProgressBar;

use super::{Args, PUBLISH};
use crate::cli::progress::{progress_bar, stop_when_told};
use crate::cli::{Answer, Context, Failure, actor, copies, open_home, random, unusable};

/// People in one transaction.
const CHUNK: usize = 50;

/// Chunks that wait for a worker, or for the disk.
const AHEAD: usize = 2;

/// Workers for each processor: while one waits for the disk to have what it records, the other signs.
const WORKERS: usize = 2;

const GO_ON: &str = "The same command goes on";

impl Args {
    pub(super) fn run_all(&self, context: &Context) -> Result<Answer, Failure> {
        let home = open_home(&self.dir)?;
        let types = home.types()?;
        let credential_type = types.get(&self.credential_type)?;
        home.check_listed(&credential_type.id)?;
        let bulk = Bulk {
            issuance: home.issuance(),
            signer: &home.keys.issuer,
            credential_type,
            format: self.format.into(),
            cryptosuite: self.cryptosuite.map(Into::into).unwrap_or_default(),
            actor: &actor(),
            now: context.now,
        };
        let asked = File::open(&self.holder_keys)
            .map_err(unusable(&self.holder_keys, "Name a file of JSON Lines that is there"))?;
        let bytes = asked.metadata().ok().filter(std::fs::Metadata::is_file).map(|it| it.len());
        let mut asked = Lines::new(asked, &self.holder_keys);
        let (out, earlier) = go_on(&bulk, &mut asked, &self.out)?;
        let mut work = Work {
            asked,
            stop: stop_when_told()?,
            bar: progress_bar(bytes, context),
            total: Done::default(),
            told: false,
        };
        let written = thread::scope(|scope| {
            let (to_disk, text) = sync_channel(AHEAD);
            let (give_back, written) = channel();
            let keeping = scope.spawn(move || keep(&out, &text, &give_back));
            let worked = work.through(&bulk, scope, &to_disk, &written);
            drop(to_disk);
            // What stopped the writing stopped the work too, and says why.
            keeping
                .join()
                .unwrap_or_else(|panic| resume_unwind(panic))
                .map_err(unusable(&self.out, GO_ON))?;
            worked
        });
        work.bar.finish_and_clear();
        written?;
        let total = work.total;
        if work.told {
            return Err(Failure::IssueStopped { lines: earlier + total.people + total.refused });
        }
        self.done(&home, &total, earlier)
    }

    fn done(&self, home: &Home, total: &Done, earlier: u64) -> Result<Answer, Failure> {
        let Done { people, copies: count, refused, lists, .. } = total;
        let needs_bundle = !newest_has(home, lists)?;
        let mut text = format!(
            "{} of {} in {}; people: {people}, lines refused: {refused}",
            copies(*count),
            self.credential_type,
            self.out.display(),
        );
        if earlier > 0 {
            text.push_str(&format!(", lines that were there: {earlier}"));
        }
        if needs_bundle {
            text.push_str(PUBLISH);
        }
        Ok(Answer::done(
            text,
            serde_json::json!({
                "needs_bundle": needs_bundle,
                "people": people,
                "copies": count,
                "refused": refused,
                "earlier_lines": earlier,
                "type": self.credential_type,
                "out": self.out,
            }),
        ))
    }
}

/// What is done, and how far it came.
struct Work<'a> {
    asked: Lines<'a, File>,
    stop: Arc<AtomicBool>,
    bar: ProgressBar,
    total: Done,
    told: bool,
}

/// A chunk for a processor, and what became of it.
struct Worker {
    give: SyncSender<(Vec<Vec<u8>>, String)>,
    take: Receiver<Result<Done, Failure>>,
}

impl Work<'_> {
    /// Deals chunks out to workers in turn, and takes what becomes of them in the same turn: so the lines stay in order.
    fn through<'s>(
        &mut self,
        bulk: &'s Bulk<'s>,
        scope: &'s Scope<'s, '_>,
        to_disk: &SyncSender<String>,
        written: &Receiver<String>,
    ) -> Result<(), Failure> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let workers: Vec<_> = (0..processors * WORKERS).map(|_| worker(bulk, scope)).collect();
        let mut turns = workers.iter().cycle();
        let mut waiting = VecDeque::new();
        loop {
            self.told = self.told || self.stop.load(Ordering::Relaxed);
            let chunk = if self.told { Vec::new() } else { self.asked.chunk()? };
            let is_end = chunk.is_empty();
            if let Some(worker) = turns.next().filter(|_| !is_end) {
                // Pages of memory that were written before cost nothing to get.
                let mut text = written.try_recv().unwrap_or_default();
                text.clear();
                // A worker that is gone gives nothing either, which is seen below.
                let _ = worker.give.send((chunk, text));
                waiting.push_back(worker);
            }
            if is_end || waiting.len() == workers.len() * AHEAD {
                let Some(done) = waiting.pop_front().and_then(|worker| worker.take.recv().ok()) else {
                    return Ok(());
                };
                let Done { text, people, copies, refused, lists } = done?;
                if to_disk.send(text).is_err() {
                    return Ok(());
                }
                self.total.people += people;
                self.total.copies += copies;
                self.total.refused += refused;
                self.total.lists.extend(lists);
                self.bar.set_position(self.asked.bytes);
            }
        }
    }
}

fn worker<'s>(bulk: &'s Bulk<'s>, scope: &'s Scope<'s, '_>) -> Worker {
    let (give, chunks) = sync_channel::<(Vec<Vec<u8>>, String)>(AHEAD);
    let (done, take) = sync_channel(AHEAD);
    scope.spawn(move || {
        for (chunk, text) in chunks {
            let issued =
                random().map_err(Failure::from).and_then(|mut rng| Ok(bulk.issue(&chunk, text, &mut rng)?));
            if done.send(issued).is_err() {
                break;
            }
        }
    });
    Worker { give, take }
}

/// Brings texts to the disk, one after the other, and gives their memory back.
fn keep(mut out: &File, texts: &Receiver<String>, give_back: &Sender<String>) -> io::Result<()> {
    while let Ok(first) = texts.recv() {
        // Whatever waits already is on disk with one wait.
        for text in iter::once(first).chain(texts.try_iter()) {
            out.write_all(text.as_bytes())?;
            // Nobody wants it any more at the end.
            let _ = give_back.send(text);
        }
        out.sync_data()?;
    }
    Ok(())
}

/// Opens the file to write, after whatever is in it already, and leads the lines to where that ends.
fn go_on(bulk: &Bulk<'_>, asked: &mut Lines<File>, path: &Path) -> Result<(File, u64), Failure> {
    let bad = |source| Failure::File { path: path.to_owned(), source, advice: "Name another file" };
    if std::fs::symlink_metadata(path).is_err() {
        // It holds credentials.
        files::create_secret(path, "").map_err(bad)?;
    }
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(bad)?;
    let mut given = BufReader::new(&file);
    let (mut lines, mut end) = (0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = given.read_until(b'\n', &mut line).map_err(bad)?;
        if length == 0 {
            break;
        }
        let other = || Failure::IssuedOther { path: path.to_owned(), line: lines + 1 };
        if !bulk.is_of(&line, &asked.peek()?.ok_or_else(other)?) {
            return Err(other());
        }
        // A last line without its end was being written when the process was killed: it is written anew.
        if line.last() != Some(&b'\n') {
            break;
        }
        asked.next()?;
        lines += 1;
        end += length as u64;
    }
    drop(given);
    own(&file).map_err(bad)?;
    file.set_len(end).map_err(bad)?;
    file.seek(SeekFrom::Start(end)).map_err(bad)?;
    Ok((file, lines))
}

/// Takes everybody else's rights to what was there before.
fn own(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// The lines of a file that are not empty.
struct Lines<'p, R> {
    from: BufReader<R>,
    path: &'p Path,
    number: u64,
    bytes: u64,
    ahead: Option<Vec<u8>>,
}

impl<'p, R: Read> Lines<'p, R> {
    fn new(from: R, path: &'p Path) -> Self {
        Self { from: BufReader::new(from), path, number: 0, bytes: 0, ahead: None }
    }

    /// The next line, which stays the next one.
    fn peek(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        if self.ahead.is_none() {
            self.ahead = self.next()?;
        }
        Ok(self.ahead.clone())
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        loop {
            let mut line = Vec::new();
            let mut rest = self.from.by_ref().take(MAX_LINE_BYTES as u64 + 1);
            let length = rest.read_until(b'\n', &mut line).map_err(unusable(self.path, GO_ON))?;
            self.number += 1;
            self.bytes += length as u64;
            if length > MAX_LINE_BYTES {
                let reason = format!("line {}: expected at most {MAX_LINE_BYTES} bytes", self.number);
                let path = self.path.to_owned();
                return Err(Failure::File {
                    path,
                    source: io::Error::other(reason),
                    advice: "Correct the file",
                });
            }
            if length == 0 {
                return Ok(None);
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    fn chunk(&mut self) -> Result<Vec<Vec<u8>>, Failure> {
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK
            && let Some(line) = self.next()?
        {
            chunk.push(line);
        }
        Ok(chunk)
    }
}
