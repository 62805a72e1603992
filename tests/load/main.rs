//! How many credentials a second an issuer gives to wallets that ask as wallets do: with a DPoP key and proofs of their
//! own, over connections that stay open. The generator runs on the same processors as the service.
//!
//! `cargo run --release -p hati-tests --bin load -- --help`
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a generator of load: what it cannot do ends it"
)]

mod bulk;
mod issuer;
mod killed;
mod limits;
mod revoked;
mod timing;
mod wallet;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Parser;

use self::issuer::Issuer;
use self::limits::Signatures;
use self::timing::{Spell, Timings};
use self::wallet::Wallet;

/// Load on an issuer's service, beside what the processor and the disk do at best
#[derive(Parser)]
#[command(after_help = "Example, as in spec/performance.md:
  cargo build --release -p hati-issuer
  cargo run --release -p hati-tests --bin load -- --issuer target/release/hati-issuer")]
struct Args {
    /// The program
    #[arg(long)]
    issuer: PathBuf,
    /// Wallets, each of which redeems an offer, asks for a batch, refreshes, and asks for another
    #[arg(long, default_value_t = 1000)]
    wallets: usize,
    /// Copies in a batch
    #[arg(long, default_value_t = 10)]
    batch: usize,
    /// Wallets at a time, each with a connection
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// People in the register; one list for each number
    #[arg(long, default_values_t = [10_000])]
    people: Vec<usize>,
    /// Issue to so many people at once instead, by `issue --all`
    #[arg(long)]
    bulk: Option<usize>,
    /// Kill the service so often while wallets ask it, and look for what was lost
    #[arg(long)]
    kills: Option<usize>,
    /// Revoke so often, and see how soon each is out
    #[arg(long)]
    revocations: Option<usize>,
    /// Only this store: sled or postgres
    #[arg(long)]
    store: Option<Store>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Store {
    Sled,
    Postgres,
}

fn main() {
    let args = Args::parse();
    if let Some(kills) = args.kills {
        return killed::table(&args, kills);
    }
    if let Some(tries) = args.revocations {
        return revoked::table(&args, tries.max(1));
    }
    let folder = tempfile::tempdir().unwrap();
    println!("| limits | a second |\n|---|---|");
    let raw = limits::signatures();
    for (by, rate) in [("ed25519-dalek", raw.dalek), ("AWS-LC, as the issuer signs", raw.ours)] {
        println!("| raw Ed25519 signatures of 1.3 kB on every processor, by {by} | {:.0} |", rate.clock);
        println!("| the same in a second of one processor's time | {:.0} |", rate.processor);
    }
    println!("| writes of 8 kB, each on disk | {:.0} |", limits::syncs(folder.path()));
    println!();
    if let Some(people) = args.bulk {
        return in_bulk(&args, people, &raw);
    }
    println!("| store | people | credentials a second | requests | p50 ms | p95 ms | p99 ms | errors |");
    println!("|---|---|---|---|---|---|---|---|");
    for store in [Store::Sled, Store::Postgres] {
        if args.store.is_none_or(|only| only == store) {
            for people in &args.people {
                load(&args, store, *people);
            }
        }
    }
}

fn in_bulk(args: &Args, people: usize, raw: &Signatures) {
    println!(
        "| issue --all | people | credentials | a second | processor time of each, µs | of raw signatures by ed25519-dalek, \
         clock / processor time | by AWS-LC | bytes of each |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for store in [Store::Sled, Store::Postgres] {
        if args.store.is_none_or(|only| only == store) {
            let database = (store == Store::Postgres).then(hati_test_postgres::database);
            let issuer = Issuer::make(database.as_deref(), people);
            bulk::issue_all(&args.issuer, store.name(), &issuer, people, args.batch, raw);
        }
    }
}

impl Store {
    fn name(self) -> &'static str {
        match self {
            Self::Sled => "sled",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Prints a line of the table.
fn load(args: &Args, store: Store, people: usize) {
    let database = (store == Store::Postgres).then(hati_test_postgres::database);
    let issuer = Issuer::make(database.as_deref(), people);
    let offers = issuer.offers(args.wallets.min(people));
    let running = issuer.serve(&args.issuer);
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    let all = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..args.connections.max(1))
            .map(|worker| {
                let (next, offers, running) = (&next, &offers, &running);
                scope.spawn(move || {
                    let agent = wallet::agent();
                    let mut timings = Timings::default();
                    while let Some(code) = offers.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let seed = (worker as u64) << 32 | next.load(Ordering::Relaxed) as u64;
                        let mut wallet = Wallet::new(&agent, running.address, seed);
                        wallet.use_offer(code, args.batch, &mut timings);
                    }
                    timings
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).fold(Timings::default(), Timings::and)
    });
    let spell = Spell { all, took: start.elapsed() };
    println!("| {} | {people} | {} |", store.name(), spell.line());
    if let Some(first) = spell.first_error() {
        println!("\nThe first error: {first}\n");
    }
}
