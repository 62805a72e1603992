//! Processes that write, and are killed in the middle of it: nothing that one acknowledged is lost, and no status
//! index is given out twice. (A killed process, not a power cut.)

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use hati_store::{Action, Event, ListSize, NewCopies, NewCopy, Seen, Slot, Store, UsedUp, check_chain};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

const UPI: &str = "20480163920017";
const STORE: &str = "HATI_CRASH_TEST_STORE";
const WRITER: &str = "HATI_CRASH_TEST_WRITER";

/// How often a test kills; `HATI_KILLS` asks for more or less.
pub(crate) fn kills() -> u64 {
    std::env::var("HATI_KILLS").map_or(200, |number| number.parse().expect("HATI_KILLS is a number"))
}

/// Where the store is, in a process that was started by [`Writer::start`].
pub(crate) fn store_to_write() -> Option<String> {
    std::env::var(STORE).ok()
}

/// Writes so many rounds, and acknowledges each with a line. Then the process ends, as its test must not go on.
pub(crate) fn write(store: &dyn Store, rounds: u64) -> ! {
    let writer = std::env::var(WRITER).unwrap();
    let start = store.population().unwrap();
    // Writers that start at once draw the same indices.
    let mut rng = ChaCha20Rng::seed_from_u64(start);
    for number in start..start.saturating_add(rounds) {
        let row = format!("{writer}{number:013}");
        let person = crate::person(&row);
        let event = |action| Event::new(0, "the child", action, row.as_str());
        let copies = vec![copy(); 1 + (number % 7) as usize];
        store.admit(&[person], &[], &event(Action::Imported)).unwrap();
        let slots = store
            .record(
                &NewCopies {
                    copies: &copies,
                    list_size: small(),
                    grant: None,
                    once: UsedUp::default(),
                    pace: None,
                },
                &mut rng,
                &[event(Action::Issued)],
            )
            .unwrap();
        store.remember(row.as_bytes(), 10, 0).unwrap();
        let slots: Vec<_> = slots.iter().map(|slot| format!("{}/{}", slot.list, slot.index)).collect();
        let mut out = std::io::stdout().lock();
        writeln!(out, "ok {row} {} .", slots.join(" ")).unwrap();
        out.flush().unwrap();
    }
    std::process::exit(0)
}

/// A process that writes.
pub(crate) struct Writer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Writer {
    /// Starts one, which runs the test of this name, and it alone.
    pub(crate) fn start(test: &str, store: &str, writer: u8) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(STORE, store)
            .env(WRITER, writer.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What it acknowledged before it was killed, soon after `lines` lines.
    pub(crate) fn kill_after(mut self, lines: u32) -> Vec<String> {
        let mut seen: Vec<_> = self.acknowledged().take(lines as usize).collect();
        self.child.kill().unwrap();
        seen.extend(self.acknowledged());
        assert!(!self.child.wait().unwrap().success());
        seen
    }

    /// What it acknowledged when it has done all its rounds.
    pub(crate) fn finish(mut self) -> Vec<String> {
        let seen = self.acknowledged().collect();
        assert!(self.child.wait().unwrap().success());
        seen
    }

    /// A last line may be torn; only a whole one was acknowledged.
    fn acknowledged(&mut self) -> impl Iterator<Item = String> {
        let lines = self.lines.by_ref().map(Result::unwrap);
        lines.filter(|line| line.starts_with("ok ") && line.ends_with('.'))
    }
}

/// All that was ever acknowledged.
#[derive(Default)]
pub(crate) struct Acknowledged {
    pub(crate) slots: HashSet<Slot>,
    pub(crate) rows: Vec<String>,
    unchecked: Vec<(String, Vec<Slot>)>,
}

impl Acknowledged {
    pub(crate) fn add(&mut self, lines: Vec<String>) {
        for line in lines {
            let (row, given) = read(&line);
            for slot in &given {
                assert!(self.slots.insert(*slot), "{slot:?} was given out twice");
            }
            self.rows.push(row.clone());
            self.unchecked.push((row, given));
        }
    }

    /// What was acknowledged since the last check is there; what was not is there as a whole or not at all.
    pub(crate) fn check(&mut self, store: &dyn Store) {
        let there: HashSet<_> = store.entries_of(UPI).unwrap().iter().map(|entry| entry.slot).collect();
        for (row, slots) in self.unchecked.drain(..) {
            is_there(store, &row);
            assert!(slots.iter().all(|slot| there.contains(slot)), "of {slots:?} one is lost");
        }
        let used: u64 = store.lists().unwrap().iter().map(|list| u64::from(list.used)).sum();
        assert_eq!(used, there.len() as u64);
        check_chain(None, &store.events(0, usize::MAX).unwrap()).unwrap();
    }

    /// All that was ever acknowledged is there at the end.
    pub(crate) fn check_all(&self, store: &dyn Store) {
        for row in &self.rows {
            is_there(store, row);
        }
        let entries = store.entries_of(UPI).unwrap();
        let there: HashSet<_> = entries.iter().map(|entry| entry.slot).collect();
        assert_eq!(self.slots.difference(&there).count(), 0, "a slot is lost");
    }
}

fn is_there(store: &dyn Store, row: &str) {
    assert!(store.person(row).unwrap().is_some(), "{row} is lost");
    assert_eq!(store.remember(row.as_bytes(), 10, 0).unwrap(), Seen::Before, "{row} is forgotten");
}

fn read(line: &str) -> (String, Vec<Slot>) {
    let mut words = line.split(' ').skip(1).take_while(|word| *word != ".");
    let row = words.next().unwrap().to_owned();
    let slots = words.map(|word| {
        let (list, index) = word.split_once('/').unwrap();
        Slot { list: list.parse().unwrap(), index: index.parse().unwrap() }
    });
    (row, slots.collect())
}

fn copy() -> NewCopy {
    NewCopy {
        upi: UPI.into(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [1; 32],
        valid_from: 0,
        valid_until: 1,
    }
}

/// The smallest list, so that drawing meets taken indices and lists fill.
fn small() -> ListSize {
    ListSize::new(ListSize::MIN).unwrap()
}
