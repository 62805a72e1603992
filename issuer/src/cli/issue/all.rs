//! `hati-issuer issue --all`: a file of holder keys becomes a file of credentials, line by line and in its order.
//!
//! The file of credentials is all that tells how far it came. A round takes a chunk for each processor; while they are issued,
//! what the round before gave is brought to the disk. What was recorded and not written when a process was killed has used up
//! indices and nothing else: nobody has those copies.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;

use hati_issuer::home::Home;
use hati_issuer::issuance::bulk::{Bulk, Done, MAX_LINE_BYTES};
use hati_issuer::publish::newest_has;
use hati_program::files;

use super::{Args, PUBLISH};
use crate::cli::progress::{progress_bar, stop_when_told};
use crate::cli::{Answer, Context, Failure, actor, copies, open_home, random, unusable};

/// People in one transaction.
const CHUNK: usize = 100;

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
        let stop = stop_when_told()?;
        let bar = progress_bar(bytes, context);
        let mut total = Done::default();
        let mut waiting = Vec::new();
        loop {
            bar.set_position(asked.bytes);
            let told = stop.load(Ordering::Relaxed);
            let chunks = if told { Vec::new() } else { asked.chunks()? };
            let (kept, done) = round(&bulk, &chunks, &out, &waiting);
            kept.map_err(unusable(&self.out, GO_ON))?;
            waiting.clear();
            let mut failed = None;
            for done in done {
                match done {
                    // What came before it in the file is good.
                    Ok(done) if failed.is_none() => {
                        waiting.extend_from_slice(done.text.as_bytes());
                        add(&mut total, done);
                    }
                    Ok(_) => {}
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            if let Some(error) = failed {
                keep(&out, &waiting).map_err(unusable(&self.out, GO_ON))?;
                return Err(error);
            }
            if chunks.is_empty() {
                bar.finish_and_clear();
                let lines = earlier + total.people + total.refused;
                return if told {
                    Err(Failure::IssueStopped { lines })
                } else {
                    self.done(&home, &total, earlier)
                };
            }
        }
    }

    fn done(&self, home: &Home, total: &Done, earlier: u64) -> Result<Answer, Failure> {
        let Done { people, copies: count, refused, lists, .. } = total;
        let needs_bundle = !newest_has(home, lists)?;
        let mut text = format!(
            "{} of {} for {people} people in {}, {refused} lines refused",
            copies(*count),
            self.credential_type,
            self.out.display(),
        );
        if earlier > 0 {
            text.push_str(&format!(", after {earlier} lines that were there"));
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

fn add(total: &mut Done, done: Done) {
    total.people += done.people;
    total.copies += done.copies;
    total.refused += done.refused;
    total.lists.extend(done.lists);
}

/// Issues a chunk on each processor, and writes what the round before gave meanwhile.
fn round(
    bulk: &Bulk<'_>,
    chunks: &[Vec<Vec<u8>>],
    out: &File,
    before: &[u8],
) -> (io::Result<()>, Vec<Result<Done, Failure>>) {
    thread::scope(|scope| {
        let kept = scope.spawn(|| keep(out, before));
        let issue = |chunk: &[Vec<u8>]| Ok(bulk.issue(chunk, &mut random()?)?);
        let issuing: Vec<_> = chunks.iter().map(|chunk| scope.spawn(move || issue(chunk))).collect();
        let done = issuing.into_iter().map(|it| it.join().unwrap_or_else(|panic| resume_unwind(panic)));
        let done = done.collect();
        (kept.join().unwrap_or_else(|panic| resume_unwind(panic)), done)
    })
}

fn keep(mut out: &File, text: &[u8]) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    out.write_all(text)?;
    out.sync_data()
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
        // A last line without its end was being written when the process was killed.
        if line.last() != Some(&b'\n') {
            break;
        }
        lines += 1;
        let other = || Failure::IssuedOther { path: path.to_owned(), line: lines };
        let asked = asked.next()?.ok_or_else(other)?;
        if !bulk.is_of(&line, &asked) {
            return Err(other());
        }
        end += length as u64;
    }
    drop(given);
    file.set_len(end).map_err(bad)?;
    file.seek(SeekFrom::Start(end)).map_err(bad)?;
    Ok((file, lines))
}

/// The lines of a file that are not empty.
struct Lines<'p, R> {
    from: BufReader<R>,
    path: &'p Path,
    number: u64,
    bytes: u64,
}

impl<'p, R: Read> Lines<'p, R> {
    fn new(from: R, path: &'p Path) -> Self {
        Self { from: BufReader::new(from), path, number: 0, bytes: 0 }
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
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

    /// A chunk for each processor, as far as there are lines.
    fn chunks(&mut self) -> Result<Vec<Vec<Vec<u8>>>, Failure> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let mut chunks = Vec::new();
        for _ in 0..processors {
            let mut chunk = Vec::new();
            while chunk.len() < CHUNK
                && let Some(line) = self.next()?
            {
                chunk.push(line);
            }
            if chunk.is_empty() {
                break;
            }
            chunks.push(chunk);
        }
        Ok(chunks)
    }
}
