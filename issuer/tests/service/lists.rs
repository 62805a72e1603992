//! Whoever is shown a copy finds its status list: one that is handed out names a list that is published.

use hati_issuer::actor::Actor;
use hati_issuer::config::Config;
use hati_issuer::home::Home;
use hati_store::{Action, Change, Event, Ledger as _, ListSize, NewCopies, NewCopy, Store, UsedUp};
use serde_json::{Value, json};

use super::vci::{MAISHA, UPI, Wallet, keys, opened, person, rng};
use super::*;

/// As small as a list may be: 240 indices are given out of it.
const SIZE: u32 = 256;
const ROOM: u32 = 240;

/// An issuer of small lists.
fn office(database: Option<&str>) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(URL, "Issuer", "Mtoaji").unwrap();
    let config =
        config.with_database(database.map(str::to_owned).or_else(hati_test_postgres::database_if_wanted));
    let mut config = serde_json::to_value(config).unwrap();
    config["list_size"] = json!(SIZE);
    let config: Config = serde_json::from_value(config).unwrap();
    let home =
        Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), &mut rng()).unwrap();
    let event = Event::new(0, "test", Action::Imported, "people.csv");
    home.store.admit(&[person(UPI)], &[], &event).unwrap();
    drop(home);
    let many = std::num::NonZeroU32::new(1_000_000).unwrap();
    let mut settings = settings();
    (settings.limits.requests_per_second, settings.limits.burst) = (many, many);
    Running::of(folder, settings)
}

/// As another process of the issuer records copies: nobody tells the service.
fn record(store: &dyn Store, count: u32) {
    let copy = NewCopy {
        upi: UPI.into(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [0; 32],
        valid_from: 0,
        valid_until: 9,
    };
    let copies = vec![copy; count as usize];
    let new = NewCopies {
        copies: &copies,
        list_size: ListSize::new(SIZE).unwrap(),
        once: UsedUp::default(),
        grant: None,
        pace: None,
    };
    store.record(&new, &mut rng(), &[]).unwrap();
}

/// The numbers of the lists that copies are in, each published.
fn published_lists(running: &Running, copies: &[Value]) -> Vec<u32> {
    let lists = copies.iter().map(|copy| {
        let (claims, _) = opened(running, copy);
        let uri = claims["status"]["status_list"]["uri"].as_str().unwrap().to_owned();
        let path = uri.strip_prefix(URL).unwrap();
        assert_eq!(running.get(path).status().as_u16(), 200, "{path}");
        path.rsplit('/').next().unwrap().parse().unwrap()
    });
    lists.collect()
}

#[test]
fn a_wallets_copies_name_published_lists_however_many_are_opened() {
    let running = office(None);
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    let keys = keys(10);
    let mut newest = 0;
    // As many as one person gets.
    for _ in 0..51 {
        let (copies, _) = wallet.copies(&token, MAISHA, &keys);
        newest = newest.max(published_lists(&running, &copies).into_iter().max().unwrap());
    }
    assert_eq!(newest, 2);
}

/// More lists than are ahead are filled in one go, as no edition could follow: the answer waits for its own.
#[test]
fn an_answer_waits_for_the_edition_that_has_its_list() {
    let running = office(None);
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    record(&*running.service.home().store, 20 * ROOM);
    let (copies, _) = wallet.copies(&token, MAISHA, &keys(10));
    assert!(published_lists(&running, &copies).into_iter().all(|list| list == 20));
}

/// Two lists are full of copies that ended long ago; the third is open.
#[test]
fn a_list_whose_copies_have_all_ended_is_gone() {
    let running = office(None);
    let file = |number: u32| running.folder.path().join(format!("issuer/public/status/{number}.jwt"));
    assert!(file(0).exists());
    record(&*running.service.home().store, 2 * ROOM + 1);
    running.service.publish().unwrap();
    let statuses = [0, 1, 2, 3].map(|number| running.get(&format!("/status/{number}")).status().as_u16());
    assert_eq!(statuses, [404, 404, 200, 200]);
    assert_eq!([0, 1, 2, 3].map(|number| file(number).exists()), [false, false, true, true]);
    // Nothing lacks them.
    assert!(!running.service.follow().unwrap());
}

/// `hati-issuer revoke` beside the service, on one database.
#[test]
fn what_a_command_revokes_is_published_unasked() {
    is_published_unasked(&Actor::Operator { uid: 1000, name: "wanjiku".to_owned() });
}

/// Another service of the issuer answers an officer, and dies before it has published.
#[test]
fn what_another_service_does_not_publish_is_published_unasked() {
    is_published_unasked(&Actor::officer("wanjiku"));
}

fn is_published_unasked(actor: &Actor) {
    let address = hati_test_postgres::database();
    let running = office(Some(&address));
    let other = hati_store::PostgresStore::open(&address).unwrap();
    record(&other, 1);
    let list = || text(running.get("/status/0"));
    let before = list();
    let event = Event::new(0, actor, Action::Revoked, UPI);
    other.change_status(UPI, None, Change::Revoke, &event).unwrap();
    while list() == before {
        std::thread::yield_now();
    }
}

/// `issue --all` beside the service, on one database.
#[test]
fn lists_that_another_process_opened_are_published_unasked() {
    let address = hati_test_postgres::database();
    let running = office(Some(&address));
    let other = hati_store::PostgresStore::open(&address).unwrap();
    record(&other, 20 * ROOM);
    while running.get("/status/19").status().as_u16() != 200 {
        std::thread::yield_now();
    }
}
