//! An import that was interrupted anywhere ends as one that was not.

use std::io;
use std::path::Path;

use hati_issuer::register::sample::write_sample;
use hati_issuer::register::{
    Checkpoint, Counts, FileFormat, ImportError, Mark, Outcome, Progress, Rows, import, resume,
};
use hati_store::{MemoryStore, QuarantineId, Quarantined, Register};

use crate::{HEADER, how};

/// 3,500 rows, every seventh of them refused or in quarantine.
fn file() -> Vec<u8> {
    let mut file = Vec::new();
    write_sample(3000, 5, 0, &mut file, &mut |_, _| Ok(())).unwrap();
    let text = String::from_utf8(file).unwrap();
    let mut rows = String::new();
    for (number, row) in text.lines().enumerate() {
        rows.push_str(row);
        rows.push_str(if number % 2 == 0 { "\r\n" } else { "\n" });
        match number % 14 {
            7 => rows.push_str("1,2\n"),
            // Longer than a row may be.
            8 if number == 1000 => rows.push_str(&"1".repeat(1 << 17)),
            13 => rows.push_str(&format!("9{}\n\n", &row[1..])),
            _ => {}
        }
    }
    rows.into_bytes()
}

/// What a program writes down: two places, and the report with its length at each.
#[derive(Default)]
struct Desk {
    done: Option<(Mark, usize)>,
    next: Option<(Mark, usize)>,
    report: Vec<Outcome>,
    /// Chunks until the power goes: before a chunk is written, or after.
    left: Option<(u32, Power)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Power {
    BeforeTheChunk,
    AfterTheChunk,
    Asked,
}

impl Desk {
    fn take(&mut self, progress: Progress<'_>) -> io::Result<()> {
        match progress {
            Progress::Start(mark) => {
                let at = [&self.next, &self.done].into_iter().flatten().find(|(known, _)| known == mark);
                let place = at.cloned().unwrap_or((mark.clone(), 0));
                self.report.truncate(place.1);
                (self.done, self.next) = (Some(place.clone()), Some(place));
            }
            Progress::Outcome(outcome) => self.report.push(outcome.clone()),
            // The chunk before is on disk, and the row told of after it.
            Progress::Row { .. } => {
                if let Some((0, Power::AfterTheChunk)) = self.left {
                    return Err(io::ErrorKind::Other.into());
                }
            }
            Progress::Chunk { end, stop } => {
                self.done = self.next.take();
                self.next = Some((end.clone(), self.report.len()));
                match &mut self.left {
                    Some((0, Power::BeforeTheChunk)) => return Err(io::ErrorKind::Other.into()),
                    Some((0, Power::Asked)) => *stop = true,
                    Some((left, _)) => *left -= 1,
                    None => {}
                }
            }
        }
        Ok(())
    }

    fn go_on(&mut self, store: &MemoryStore, file: &[u8]) -> Result<Counts, ImportError> {
        let rows = Rows::new(file, FileFormat::Csv).unwrap();
        let turn = store.take_turn().unwrap();
        let how = how(store, &turn, Path::new("/nowhere"));
        match (self.done.clone(), self.next.clone()) {
            (Some((done, _)), Some((next, _))) => {
                resume(rows, how, Checkpoint { done: &done, next: &next }, &mut |progress| {
                    self.take(progress)
                })
            }
            _ => import(rows, how, &mut |progress| self.take(progress)),
        }
    }
}

type Everything = (Counts, Vec<Outcome>, Vec<(QuarantineId, Quarantined)>, u64);

fn everything(counts: Counts, report: Vec<Outcome>, store: &MemoryStore) -> Everything {
    (counts, report, store.quarantine(None, 10_000).unwrap(), store.population().unwrap())
}

#[test]
fn interrupted_anywhere_it_ends_the_same() {
    let file = file();
    let store = MemoryStore::default();
    let mut desk = Desk::default();
    let counts = desk.go_on(&store, &file).unwrap();
    assert!(counts.read > 3400 && counts.quarantined > 150 && counts.refused > 200, "{counts:?}");
    let undisturbed = everything(counts, desk.report, &store);

    for power in [Power::BeforeTheChunk, Power::AfterTheChunk, Power::Asked] {
        for every in 0..4 {
            let store = MemoryStore::default();
            let mut desk = Desk::default();
            let mut interrupted = 0;
            let counts = loop {
                // Chunk after chunk the power goes once, and then comes back.
                desk.left = (interrupted < 5).then_some((every, power));
                match desk.go_on(&store, &file) {
                    Ok(counts) => break counts,
                    Err(ImportError::Report(_)) if power != Power::Asked => interrupted += 1,
                    Err(ImportError::Stopped { line }) if power == Power::Asked => {
                        assert!(line > 1000);
                        interrupted += 1;
                    }
                    Err(other) => panic!("{other}"),
                }
            };
            assert!(interrupted > 0 || every == 3);
            assert!(
                everything(counts, desk.report, &store) == undisturbed,
                "after {interrupted} interruptions"
            );
        }
    }
}

#[test]
fn only_the_same_file_goes_on() {
    let file = file();
    let store = MemoryStore::default();
    let mut desk = Desk { left: Some((1, Power::Asked)), ..Desk::default() };
    assert!(matches!(desk.go_on(&store, &file), Err(ImportError::Stopped { .. })));
    desk.left = None;
    let (done, next) = (desk.done.clone().unwrap().0, desk.next.clone().unwrap().0);
    let at = |offset: u64| usize::try_from(offset).unwrap();
    let changed = |place: usize| {
        let mut changed = file.clone();
        changed[place] ^= 1;
        changed
    };
    for other in [
        changed(at(done.offset) - 20),
        changed(at(next.offset) - 20),
        file[..at(done.offset) - 1].to_vec(),
        HEADER.into(),
    ] {
        let refused = desk.go_on(&store, &other).unwrap_err();
        assert!(matches!(refused, ImportError::FileChanged { .. }), "{refused}");
        assert!(refused.to_string().contains("--from-start"), "{refused}");
    }
    assert!(desk.go_on(&store, &file).is_ok());
}
