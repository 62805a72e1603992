//! A revocation is out soon after its answer and not with the next hour's edition. How soon: `load --revocations 20`.

use std::path::Path;

use hati_formats::keys::Algorithm;
use hati_issuer::config::Config;
use hati_issuer::home::Home;
use hati_program::system::clock;
use hati_store::{Action, Change, Event, ListSize, NewCopies, NewCopy, SledStore, Store, UsedUp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use ureq::Agent;

use super::program::{done, serve};
use super::{PASSWORD, Totp};

/// Copies that were issued before, and how many of them are revoked.
const COPIES: usize = 10_000;
const REVOKED: usize = 2_000;

/// People whose copies are revoked, one after the other.
const TRIES: usize = 5;

#[test]
fn a_revocation_is_out_unasked_on_sled() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "init --dir issuer --issuer-url https://id.example.go.ke");
    fill(&SledStore::open(&folder.path().join("issuer/store")).unwrap());
    check(folder.path());
}

#[test]
fn a_revocation_is_out_unasked_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new("https://id.example.go.ke", "Issuer", "Mtoaji").unwrap();
    let config = config.with_database(Some(hati_test_postgres::database()));
    let rng = &mut ChaCha20Rng::seed_from_u64(2);
    let home = Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, clock(), rng).unwrap();
    fill(&*home.store);
    check(folder.path());
}

fn upi(number: usize) -> String {
    format!("2048016392{number:04}")
}

fn fill(store: &dyn Store) {
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    let copies = |upi: String, count: usize| {
        let (credential_type, holder_key) = ("maisha-id".to_owned(), [0; 32]);
        vec![NewCopy { upi, revision: 0, credential_type, holder_key, valid_from: 0, valid_until: 1 }; count]
    };
    let mut record = |copies: &[NewCopy]| {
        let new = NewCopies { copies, list_size: ListSize::DEFAULT, once: UsedUp::default(), grant: None };
        store.record(&new, rng, &[]).unwrap();
    };
    // Of many people, of whom every fifth has had theirs revoked.
    for person in 0..100 {
        record(&copies(upi(1_000 + person), COPIES / 100));
    }
    for person in 0..REVOKED * 100 / COPIES {
        let event = Event::new(0, "test", Action::Revoked, "many");
        store.change_status(&upi(1_000 + person), None, Change::Revoke, &event).unwrap();
    }
    for person in 0..TRIES {
        record(&copies(upi(person), 20));
    }
}

fn check(at: &Path) {
    let made = done(at, "officer add --dir issuer --name wanjiku --roles revoking");
    let factor = Totp::of(made["otpauth"].as_str().unwrap());
    let (_service, url, _log) = serve(at);
    let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
    let shown = json!({ "name": "wanjiku", "password": PASSWORD, "code": factor.code(clock()) });
    let request = agent.post(format!("{url}/admin/v1/session")).header("content-type", "application/json");
    let response = request.send(shown.to_string()).unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let session: Value = serde_json::from_str(&response.into_body().read_to_string().unwrap()).unwrap();

    let etag = || {
        let response = agent.head(format!("{url}/status/0")).call().unwrap();
        response.headers().get("etag").map(|it| it.to_str().unwrap().to_owned())
    };
    for person in 0..TRIES {
        let before = etag();
        let request = agent.post(format!("{url}/admin/v1/people/{}/credentials/revoke", upi(person)));
        let request = request.header("content-type", "application/json").header("cookie", &cookie);
        let request = request.header("x-csrf-token", session["csrf_token"].as_str().unwrap());
        let said = request.send("{}").unwrap().into_body().read_to_string().unwrap();
        assert!(said.contains("\"changed\":20"), "{said}");
        while etag() == before {
            std::thread::yield_now();
        }
    }
}
