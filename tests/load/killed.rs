//! The service is killed again and again while wallets ask it: whatever a wallet has received is in the ledger, no index
//! was given twice, and no code, refresh token or nonce is taken twice. On PostgreSQL two processes serve, and are killed in turn.

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hati_formats::keys::PublicKey;
use hati_formats::sd_jwt::Unverified;
use hati_issuer::home::Home;
use hati_store::Slot;

use crate::issuer::{Issuer, Running, upi};
use crate::timing::Timings;
use crate::wallet::{self, Wallet};
use crate::{Args, Store};

/// Wallets at a time.
const WALLETS: usize = 6;

/// In the register.
const PEOPLE: usize = 2_000;

/// A kill comes after so many answers at most.
const BETWEEN: usize = 12;

pub(crate) fn table(args: &Args, kills: usize) {
    println!("| store | processes | kills | copies received | lost | indices given twice | taken twice |");
    println!("|---|---|---|---|---|---|---|");
    for store in [Store::Sled, Store::Postgres] {
        if args.store.is_none_or(|only| only == store) {
            run(args, store, kills);
        }
    }
}

/// A process and where it serves. Whoever finds it dead waits for the lock.
struct Process {
    folder: PathBuf,
    running: Mutex<Running>,
}

impl Process {
    /// Kills it, and has another serve in its place.
    fn kill(&self, args: &Args) {
        let mut running = self.running.lock().unwrap();
        running.kill();
        let address = running.address;
        *running = Issuer::serve_at(&args.issuer, &self.folder, address);
    }
}

fn run(args: &Args, store: Store, kills: usize) {
    let database = (store == Store::Postgres).then(hati_test_postgres::database);
    let issuer = Issuer::make(database.as_deref(), PEOPLE);
    // More than wallets can use up between so many kills.
    let offers = issuer.offers(kills * BETWEEN + 200);
    let count = if database.is_some() { 2 } else { 1 };
    let processes: Vec<_> = (0..count).map(|number| process(args, &issuer, number)).collect();
    let (next, answers, is_over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let (received, mut used): (Vec<_>, Vec<_>) = std::thread::scope(|scope| {
        let wallets: Vec<_> = (0..WALLETS)
            .map(|number| {
                let (process, next, answers) = (&processes[number % count], &next, &answers);
                let (offers, is_over) = (&offers, &is_over);
                scope.spawn(move || {
                    let (mut all, mut used) = (Timings::keeping(), Vec::new());
                    while !is_over.load(Ordering::Relaxed)
                        && let Some(code) = offers.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let seed = 1 << 48 | next.load(Ordering::Relaxed) as u64;
                        let address = process.running.lock().unwrap().address;
                        let mut wallet = Wallet::new(&wallet::agent(), address, seed);
                        wallet.use_offer(code, args.batch, &mut all);
                        wallet.go_on(&mut all);
                        used.push(wallet);
                        answers.fetch_add(1, Ordering::Relaxed);
                    }
                    (all.kept.unwrap_or_default(), used)
                })
            })
            .collect();
        for kill in 0..kills {
            // Not always after as many answers, so not always at the same place.
            let wanted = answers.load(Ordering::Relaxed) + 1 + kill * 7 % BETWEEN;
            while answers.load(Ordering::Relaxed) < wanted && next.load(Ordering::Relaxed) < offers.len() {
                std::thread::yield_now();
            }
            processes[kill % count].kill(args);
        }
        is_over.store(true, Ordering::Relaxed);
        wallets.into_iter().map(|it| it.join().unwrap()).unzip()
    });
    let received: Vec<_> = received.into_iter().flatten().collect();
    // Once more, so that all that was shown was shown to another process.
    processes.iter().for_each(|process| process.kill(args));
    let taken_twice: usize = used.iter_mut().flatten().map(Wallet::show_again).sum();
    drop(processes);

    let home = Home::open(&issuer.path()).unwrap();
    let there: HashMap<_, _> = (0..PEOPLE)
        .flat_map(|number| home.store.entries_of(&upi(number)).unwrap())
        .map(|entry| (entry.slot, entry.holder_key))
        .collect();
    let mut slots = HashSet::new();
    let (mut lost, mut twice) = (0, 0);
    for copy in &received {
        let (slot, holder) = read(&home, copy);
        twice += usize::from(!slots.insert(slot));
        lost += usize::from(there.get(&slot) != Some(&holder));
    }
    let received = received.len();
    println!("| {} | {count} | {kills} | {received} | {lost} | {twice} | {taken_twice} |", store.name());
    assert!(received > 0 && lost == 0 && twice == 0 && taken_twice == 0);
}

fn process(args: &Args, issuer: &Issuer, number: usize) -> Process {
    let folder = if number == 0 { issuer.path() } else { issuer.copy(number) };
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    Process { running: Mutex::new(Issuer::serve_at(&args.issuer, &folder, address)), folder }
}

/// Where a copy stands in the status lists, and the thumbprint of its holder's key.
fn read(home: &Home, copy: &str) -> (Slot, [u8; 32]) {
    let verified = Unverified::parse(copy).unwrap().verify_issuer(home.keys.issuer.public()).unwrap();
    let claims = verified.into_claims();
    let status = &claims["status"]["status_list"];
    let list = status["uri"].as_str().unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let index = status["idx"].as_u64().unwrap().try_into().unwrap();
    (Slot { list, index }, PublicKey::from_jwk(&claims["cnf"]["jwk"]).unwrap().thumbprint())
}
