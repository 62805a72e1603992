//! How fast the stores on disk are, beside what the disk and the database do at best. Not a test of anything:
//! `cargo test -p hati-store --test contract measure -- --ignored --nocapture`

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hati_store::{Action, ListSize, NewCopy, Person, Portrait, PostgresStore, SledStore, Store};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{event, person};
use hati_test_postgres as server;

const PEOPLE: usize = 50_000;
const PEOPLE_AT_ONCE: usize = 1_000;
const COPIES_AT_ONCE: usize = 10;
const SPELL: Duration = Duration::from_secs(4);

#[test]
#[ignore = "measures for a minute"]
fn measure() {
    let folder = tempfile::tempdir().unwrap();
    println!("| fdatasync of 8 kB, a second | {:.0} |", syncs(folder.path()));
    let sled = SledStore::open(&folder.path().join("store")).unwrap();
    table("sled", &sled);
    let address = server::database();
    let postgres = PostgresStore::open(&address).unwrap();
    table("PostgreSQL", &postgres);
    for (what, table) in [("person", "people"), ("copy", "ledger"), ("index given out", "slots")] {
        println!("| bytes a {what}, keys included | {} |", bytes_a_row(&address, table));
    }
    println!("| COPY and nothing else, people a second | {:.0} |", copy_alone(&address));
}

fn table<S: Store + Sync>(name: &str, store: &S) {
    let people: Vec<_> = (0..PEOPLE).map(|number| with_portrait(&format!("{number:014}"))).collect();
    let start = Instant::now();
    for some in people.chunks(PEOPLE_AT_ONCE) {
        store.admit(some, &[], &event(Action::Imported)).unwrap();
    }
    println!("| {name}: people admitted a second, {PEOPLE_AT_ONCE} at once | {:.0} |", rate(PEOPLE, start));
    let start = Instant::now();
    for some in people.chunks(PEOPLE_AT_ONCE) {
        store.admit(some, &[], &event(Action::Imported)).unwrap();
    }
    println!("| {name}: the same people again | {:.0} |", rate(PEOPLE, start));
    for threads in [1, 4, 16] {
        let recorded = in_threads(threads, |thread, round| {
            let mut rng = ChaCha20Rng::seed_from_u64(thread << 32 | round);
            let upi = format!("{:014}", (thread * 1_000 + round) % PEOPLE as u64);
            let copies = vec![copy(&upi); COPIES_AT_ONCE];
            crate::record(store, &copies, ListSize::DEFAULT, &mut rng).len()
        });
        println!(
            "| {name}: copies recorded a second, {COPIES_AT_ONCE} at once, {threads} threads | {recorded:.0} |"
        );
        let remembered = in_threads(threads, |thread, round| {
            store.remember(format!("{threads} {thread} {round}").as_bytes(), 10, 0).unwrap();
            1
        });
        println!("| {name}: one-time values a second, {threads} threads | {remembered:.0} |");
    }
}

/// What is done a second by so many threads that do something again and again.
fn in_threads(threads: u64, work: impl Fn(u64, u64) -> usize + Sync) -> f64 {
    let done = AtomicU64::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (done, work) = (&done, &work);
            scope.spawn(move || {
                for round in (0..).take_while(|_| start.elapsed() < SPELL) {
                    done.fetch_add(work(thread, round) as u64, Ordering::Relaxed);
                }
            });
        }
    });
    rate(done.load(Ordering::Relaxed) as usize, start)
}

/// The same rows by COPY alone, from one table to another in one transaction: what the database takes in.
fn copy_alone(address: &str) -> f64 {
    let mut client = server::client(address);
    client.batch_execute("CREATE TABLE limits (LIKE people INCLUDING ALL)").unwrap();
    let mut rows = Vec::new();
    let mut out = client.copy_out("COPY people TO STDOUT (FORMAT binary)").unwrap();
    std::io::copy(&mut out, &mut rows).unwrap();
    drop(out);
    let start = Instant::now();
    let mut copy = client.copy_in("COPY limits FROM STDIN (FORMAT binary)").unwrap();
    copy.write_all(&rows).unwrap();
    rate(copy.finish().unwrap() as usize, start)
}

fn bytes_a_row(address: &str, table: &str) -> i64 {
    let size = format!("SELECT pg_total_relation_size('{table}') / count(*) FROM {table}");
    server::client(address).query_one(&size, &[]).unwrap().get(0)
}

fn syncs(folder: &std::path::Path) -> f64 {
    let mut file = std::fs::File::create(folder.join("syncs")).unwrap();
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < Duration::from_secs(1) {
        file.write_all(&[1; 8192]).unwrap();
        file.sync_data().unwrap();
        done += 1;
    }
    rate(done, start)
}

fn rate(done: usize, since: Instant) -> f64 {
    done as f64 / since.elapsed().as_secs_f64()
}

/// A person as the register has them, with a portrait of the usual kilobyte.
fn with_portrait(upi: &str) -> Person {
    let bytes = upi.bytes().cycle().take(1_000).collect();
    let portrait = Portrait { media_type: "image/webp".into(), bytes, source_digest: [7; 32] };
    Person { portrait: Some(portrait), ..person(upi) }
}

fn copy(upi: &str) -> NewCopy {
    NewCopy {
        upi: upi.into(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [1; 32],
        valid_from: 1_790_000_000,
        valid_until: 1_800_000_000,
    }
}
