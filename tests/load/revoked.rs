//! How soon a revocation is out: from the answer to the officer until another status list is served, on a store that has many
//! statuses.

use std::path::Path;
use std::time::{Duration, Instant};

use hati_issuer::actor::Actor;
use hati_issuer::home::Home;
use hati_issuer::officers::{Accounts, SEALING};
use hati_program::system::clock;
use hati_store::{Action, Change, Event, ListSize, NewCopies, NewCopy, Role, UsedUp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use ureq::Agent;

use crate::issuer::{Issuer, Running, upi};
use crate::{Args, Store};

/// Copies that were issued before to each of so many people, every fifth of whom has had theirs revoked.
const PEOPLE: usize = 100;
const COPIES: usize = 1_000;

const PASSWORD: &str = "seven green umbrellas";

pub(crate) fn table(args: &Args, tries: usize) {
    println!("| store | copies | revoked before | ms until it is out: best | median | worst | goal |");
    println!("|---|---|---|---|---|---|---|");
    for store in [Store::Sled, Store::Postgres] {
        if args.store.is_none_or(|only| only == store) {
            let database = (store == Store::Postgres).then(hati_test_postgres::database);
            let issuer = Issuer::make(database.as_deref(), PEOPLE + tries);
            let code = fill(&issuer.path(), tries);
            let mut took = measure(&issuer.serve(&args.issuer), &code, tries);
            took.sort();
            let ms = |at: usize| took[at].as_secs_f64() * 1_000.0;
            let (best, median, worst) = (ms(0), ms(tries / 2), ms(tries - 1));
            println!(
                "| {} | {} | {} | {best:.0} | {median:.0} | {worst:.0} | 1000 |",
                store.name(),
                PEOPLE * COPIES,
                PEOPLE / 5 * COPIES,
            );
        }
    }
}

/// Issues, revokes, and makes an officer: gives what their second factor shows.
fn fill(folder: &Path, tries: usize) -> String {
    let home = Home::open(folder).unwrap();
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    for person in 0..PEOPLE + tries {
        let copy = NewCopy {
            upi: upi(person),
            revision: 0,
            credential_type: "maisha-id".into(),
            holder_key: [0; 32],
            valid_from: 0,
            valid_until: 1,
        };
        let copies = vec![copy; if person < PEOPLE { COPIES } else { 20 }];
        let new = NewCopies {
            copies: &copies,
            list_size: ListSize::DEFAULT,
            once: UsedUp::default(),
            grant: None,
            pace: None,
        };
        home.store.record(&new, rng, &[]).unwrap();
    }
    for person in (0..PEOPLE).step_by(5) {
        let event = Event::new(0, "load", Action::Revoked, "many");
        home.store.change_status(&upi(person), None, Change::Revoke, &event).unwrap();
    }
    let seal = home.keys.sectors.derive(SEALING);
    let accounts = Accounts { store: &*home.store, seal: &seal };
    let made =
        accounts.add(("wanjiku", PASSWORD), &[Role::Revoking], "Hati", (&Actor::Init, clock()), rng).unwrap();
    let secret = made.uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let secret: [u8; 20] = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap().try_into().unwrap();
    let factor = totp_rs::Builder::new().with_secret(totp_rs::Secret::new_stack(secret)).build().unwrap();
    factor.generate(clock().seconds().unsigned_abs()).to_string()
}

fn measure(running: &Running, code: &str, tries: usize) -> Vec<Duration> {
    let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
    let url = format!("http://{}", running.address);
    let shown = json!({ "name": "wanjiku", "password": PASSWORD, "code": code });
    let request = agent.post(format!("{url}/admin/v1/session")).header("content-type", "application/json");
    let response = request.send(shown.to_string()).unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let session: Value = serde_json::from_str(&response.into_body().read_to_string().unwrap()).unwrap();
    let etag = || {
        let response = agent.head(format!("{url}/status/0")).call().unwrap();
        response.headers().get("etag").map(|it| it.to_str().unwrap().to_owned())
    };
    let revoke = |person: usize| {
        let before = etag();
        let request = agent.post(format!("{url}/admin/v1/people/{}/credentials/revoke", upi(person)));
        let request = request.header("content-type", "application/json").header("cookie", &cookie);
        let request = request.header("x-csrf-token", session["csrf_token"].as_str().unwrap());
        let said = request.send("{}").unwrap().into_body().read_to_string().unwrap();
        let answered = Instant::now();
        assert!(said.contains("\"changed\":20"), "{said}");
        while etag() == before {
            std::thread::yield_now();
        }
        answered.elapsed()
    };
    (PEOPLE..PEOPLE + tries).map(revoke).collect()
}
