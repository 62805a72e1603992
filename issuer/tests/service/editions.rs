//! Editions that follow one another: what changed is out at once, here and at the other processes, and a delta leads there.

use std::num::NonZeroU32;
use std::path::Path;

use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::time::Timestamp;
use hati_formats::trust::Bundle;
use hati_issuer::actor::Actor;
use hati_issuer::chronology::check_clock;
use hati_issuer::config::Config;
use hati_issuer::home::Home;
use hati_issuer::issuance::{HolderKeys, Issuance, Order};
use hati_issuer::service::{Limits, Settings};
use hati_issuer::status::{StatusOrder, change};
use hati_store::{Action, Change, Event, Person, Publications, Sex, SledStore, Store};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

use super::{Running, header, now, text};

const UPI: &str = "20480163920017";

/// A test asks until it sees what it waits for.
pub(super) fn settings() -> Settings {
    let often = NonZeroU32::new(1_000_000).unwrap();
    let limits = Limits { requests_per_second: often, burst: often, ..Limits::default() };
    Settings { limits, ..super::settings() }
}

#[test]
fn every_list_is_named_in_one_place() {
    let running = Running::of(folder_with_somebody(None), settings());
    let response = running.get("/status-lists");
    assert_eq!(header(&response, "content-type"), "application/json");
    let lists: Value = serde_json::from_str(&text(response)).unwrap();
    let url = super::URL;
    // The second will be opened next.
    let expected = serde_json::json!([format!("{url}/status/0"), format!("{url}/status/1")]);
    assert_eq!(lists["status_lists"], expected);
    let token = text(running.get("/status/0"));
    let token = hati_formats::jws::Unverified::parse(&token).unwrap();
    let claims: Value = serde_json::from_slice(token.payload_unverified()).unwrap();
    assert_eq!(claims["status_list"]["aggregation_uri"], format!("{url}/status-lists"));
}

#[test]
fn a_list_is_signed_anew_when_something_changed_in_it() {
    let running = Running::of(folder_with_somebody(None), settings());
    let etags = || ["/status/0", "/status/1"].map(|path| header(&running.get(path), "etag").to_owned());
    let before = etags();
    running.service.publish().unwrap();
    assert_eq!(etags(), before);
    suspend(&*running.service.home().store);
    running.service.publish().unwrap();
    let after = etags();
    assert_ne!(after[0], before[0]);
    assert_eq!(after[1], before[1]);
}

#[test]
fn an_edition_is_out_when_it_was_announced() {
    let running = Running::of(folder_with_somebody(None), settings());
    let root = root(running.folder.path());
    let version = || {
        let bytes = running.get("/bundle").into_body().read_to_vec().unwrap();
        Bundle::verify(&bytes, &root, None).unwrap().content().version
    };
    let before = version();
    // Nothing changed, so that nobody publishes it unasked.
    running.service.announce();
    while version() == before {}
}

#[test]
fn a_delta_leads_from_a_bundle_that_many_have_to_the_newest() {
    let running = Running::of(folder_with_somebody(None), settings());
    let root = root(running.folder.path());
    let bundle = || running.get("/bundle").into_body().read_to_vec().unwrap();
    let first = bundle();
    let old = Bundle::verify(&first, &root, None).unwrap();
    for _ in 0..2 {
        suspend(&*running.service.home().store);
        running.service.publish().unwrap();
    }
    let response = running.get(&format!("/deltas/{}", old.content().version));
    assert_eq!(header(&response, "content-type"), "application/cose");
    let delta = response.into_body().read_to_vec().unwrap();
    assert!(delta.len() < first.len());
    let newest = Bundle::verify(&bundle(), &root, None).unwrap();
    assert_eq!(old.apply(&delta).unwrap().as_bytes(), newest.as_bytes());
    assert_eq!(running.get(&format!("/deltas/{}", newest.content().version)).status().as_u16(), 404);
}

/// Of two processes on one database, one suspends, and the other serves it without being told.
#[test]
fn what_one_process_publishes_the_other_serves() {
    let address = hati_test_postgres::database();
    let one = Running::of(folder_with_somebody(Some(&address)), settings());
    let folder = tempfile::tempdir().unwrap();
    copy(&one.folder.path().join("issuer"), &folder.path().join("issuer"));
    let other = Running::of(folder, settings());
    let root = root(one.folder.path());
    let list = |running: &Running| {
        let bytes = running.get("/bundle").into_body().read_to_vec().unwrap();
        Bundle::verify(&bytes, &root, None).unwrap().content().status_lists[0].list.clone()
    };
    let before = list(&other);
    suspend(&*one.service.home().store);
    one.service.announce();
    // Each publishes at its own start too, so it is the list that tells.
    while list(&other) == before {}
    while list(&one) != list(&other) {}
}

/// Others would have to wait for a clock that is ahead, and lose what it takes for expired.
#[test]
fn a_clock_that_differs_from_the_databases_is_refused() {
    let address = hati_test_postgres::database();
    let store = hati_store::PostgresStore::open(&address).unwrap();
    let shared = Publications::shared_clock(&store).unwrap().unwrap();
    let check = |seconds| check_clock(&store, Timestamp::from_seconds(shared + seconds));
    assert!(check(0).is_ok());
    // Some seconds may have passed since.
    for seconds in [-120, 180, i64::from(u32::MAX)] {
        assert_eq!(check(seconds).unwrap_err().code(), "clock_differs");
    }
    let here = SledStore::open(&tempfile::tempdir().unwrap().path().join("store")).unwrap();
    assert!(check_clock(&here, Timestamp::from_seconds(0)).is_ok());
}

/// An issuer who has issued one credential.
fn folder_with_somebody(database: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(super::URL, "Issuer", "Mtoaji").unwrap();
    let config = config.with_database(database.map(str::to_owned));
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    let home = Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), rng).unwrap();
    home.store.admit(&[person()], &[], &Event::new(0, "test", Action::Imported, "people.csv")).unwrap();
    let key = hati_formats::keys::SoftwareKey::generate(Algorithm::EdDsa, rng);
    let keys = serde_json::json!({ "keys": [key.public().to_jwk()] });
    let issuance = Issuance {
        store: &*home.store,
        config: &home.config,
        key: home.keys.issuer.public(),
        sectors: &home.keys.sectors,
    };
    let types = home.types().unwrap();
    let order = Order {
        upi: UPI,
        credential_type: types.get("maisha-id").unwrap(),
        format: hati_formats::credential::Format::VcSdJwt,
        cryptosuite: hati_formats::data_integrity::Cryptosuite::default(),
        holder_keys: &HolderKeys::parse(keys.to_string().as_bytes()).unwrap(),
        actor: &Actor::officer("wanjiku"),
        once: &[],
        grant: None,
        pace: None,
        now: now(),
    };
    issuance.prepare(&order, rng).unwrap();
    folder
}

/// Suspends, or reinstates what is suspended.
fn suspend(store: &dyn Store) {
    let entry = store.entries_of(UPI).unwrap().remove(0);
    let wanted = if entry.status == hati_store::Status::Valid { Change::Suspend } else { Change::Reinstate };
    let order = StatusOrder {
        upi: UPI,
        credential_type: None,
        types: &[],
        change: wanted,
        actor: &Actor::officer("wanjiku"),
        now: now(),
    };
    change(store, order).unwrap();
}

fn root(folder: &Path) -> PublicKey {
    let jwk = std::fs::read(folder.join("issuer/root.jwk")).unwrap();
    PublicKey::from_jwk(&serde_json::from_slice::<Value>(&jwk).unwrap()).unwrap()
}

/// As an operator brings an issuer to a second machine: rights are kept.
fn copy(from: &Path, to: &Path) {
    let done = std::process::Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(done.success());
}

fn person() -> Person {
    Person {
        upi: UPI.into(),
        id_number: None,
        given_name: "Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: 9_862,
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: None,
        portrait: None,
    }
}
