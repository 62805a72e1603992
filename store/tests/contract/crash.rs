//! A process is killed in the middle of writing, again and again: nothing that it acknowledged is lost, and
//! no status index is given out twice. (A killed process, not a power cut.)

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use hati_store::{
    Action, Audit, Event, Ledger, ListSize, NewCopy, OneTime, Person, Register, Seen, SledStore, Slot,
    check_chain,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const KILLS: u64 = 10;
const UPI: &str = "20480163920017";
const CHILD: &str = "HATI_CRASH_TEST_STORE";

#[test]
fn nothing_acknowledged_is_lost() {
    if let Some(folder) = std::env::var_os(CHILD) {
        write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut slots = HashSet::new();
    let mut rows = Vec::new();
    for _ in 0..KILLS {
        let lines = run_and_kill(folder.path(), 5 + rng.next_u32() % 60);
        let store = SledStore::open(folder.path()).unwrap();
        for line in lines {
            let (row, given) = read(&line);
            for slot in given {
                assert!(slots.insert(slot), "{slot:?} was given out twice");
            }
            rows.push(row);
        }
        check(&store, &slots, &rows);
    }
    println!("{KILLS} kills, {} acknowledged writes, none lost", rows.len());
    assert!(rows.len() > 50);
}

/// What was acknowledged is there; what was not is there as a whole or not at all.
fn check(store: &SledStore, slots: &HashSet<Slot>, rows: &[String]) {
    for slot in slots {
        assert!(store.entry(*slot).unwrap().is_some(), "{slot:?} is lost");
    }
    for row in rows {
        assert!(store.person(row).unwrap().is_some(), "{row} is lost");
        assert_eq!(store.remember(row.as_bytes(), 10, 0).unwrap(), Seen::Before, "{row} is forgotten");
    }
    let used: u64 = store.lists().unwrap().iter().map(|list| u64::from(list.used)).sum();
    assert_eq!(used, store.entries_of(UPI).unwrap().len() as u64);
    check_chain(None, &store.events(0, usize::MAX).unwrap()).unwrap();
}

/// Lines acknowledged by a child that is killed soon after it has printed `lines` of them.
fn run_and_kill(folder: &Path, lines: u32) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::nothing_acknowledged_is_lost", "--nocapture"])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut seen: Vec<_> = out.by_ref().filter(|line| line.starts_with("ok ")).take(lines as usize).collect();
    child.kill().unwrap();
    // A last line may be torn; only a whole one was acknowledged.
    seen.extend(out.filter(|line| line.starts_with("ok ") && line.ends_with('.')));
    assert!(!child.wait().unwrap().success());
    seen
}

fn write_until_killed(folder: &Path) -> ! {
    let store = SledStore::open(folder).unwrap();
    let start = store.population().unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(start);
    for number in start.. {
        let row = format!("{number:014}");
        let person = Person { upi: row.clone(), ..crate::person(UPI) };
        let event = |action| Event::new(0, "the child", action, row.as_str());
        let copies = vec![copy(); 1 + (number % 7) as usize];
        store.admit(&[person], &[], &event(Action::Imported)).unwrap();
        let slots = store.record(&copies, small(), &mut rng, &event(Action::Issued)).unwrap();
        store.remember(row.as_bytes(), 10, 0).unwrap();
        let slots: Vec<_> = slots.iter().map(|slot| format!("{}/{}", slot.list, slot.index)).collect();
        let mut out = std::io::stdout().lock();
        writeln!(out, "ok {row} {} .", slots.join(" ")).unwrap();
        out.flush().unwrap();
    }
    std::process::exit(3)
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
