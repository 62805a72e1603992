//! Keys are rotated beside a running service on PostgreSQL, without a gap.

use hati_formats::keys::PublicKey;
use hati_issuer::actor::Actor;
use hati_issuer::config::Config;
use hati_issuer::home::{Home, Operator};
use hati_issuer::keys::Role;
use hati_issuer::publish::Edition;
use hati_store::{Action, Event};
use serde_json::Value;

use super::vci::{MAISHA, UPI, Wallet, keys, opened, person, rng};
use super::*;

/// As another command of the operator's, in the same folder and on the same database.
fn operator(running: &Running) -> Home {
    Home::open(&running.folder.path().join("issuer")).unwrap()
}

fn by() -> Operator<'static> {
    Operator { actor: &Actor::Service, now: now() }
}

fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        std::thread::yield_now();
    }
}

fn published(running: &Running) -> Vec<PublicKey> {
    let said: Value = serde_json::from_str(&text(running.get("/.well-known/jwt-vc-issuer"))).unwrap();
    let keys = said["jwks"]["keys"].as_array().unwrap().clone();
    let bare = |key: &Value| {
        let mut key = key.clone();
        key.as_object_mut().unwrap().retain(|member, _| !["kid", "use", "alg"].contains(&member.as_str()));
        PublicKey::from_jwk(&key).unwrap()
    };
    keys.iter().map(bare).collect()
}

#[test]
fn a_running_service_takes_over_the_keys_that_are_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(URL, "Issuer", "Mtoaji").unwrap();
    let config = config.with_database(Some(hati_test_postgres::database()));
    let home =
        Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), &mut rng()).unwrap();
    home.store.admit(&[person(UPI)], &[], &Event::new(0, "test", Action::Imported, "people.csv")).unwrap();
    let old = home.keys.issuer.public().clone();
    drop(home);
    let many = std::num::NonZeroU32::new(1_000_000).unwrap();
    let mut settings = settings();
    (settings.limits.requests_per_second, settings.limits.burst) = (many, many);
    let running = Running::of(folder, settings);
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    let copy = || wallet.copies(&token, MAISHA, &keys(1)).0.remove(0);
    let before = copy();
    let (_, disclosures) = opened(&running, &before);
    assert!(disclosures.contains("Achieng"));

    let mut home = operator(&running);
    let new = home.announce_key(Role::Issuer, None, None, by(), &mut rng()).unwrap();
    until(|| published(&running).contains(&new));
    home.sign_trust_list(now(), &Actor::officer("wanjiku")).unwrap();
    let (trust, types) = (home.trust().unwrap(), home.types().unwrap());
    let edition = Edition {
        entries: 0,
        home: &home,
        trust: &trust,
        types: &types,
        actor: &Actor::officer("wanjiku"),
        now: now(),
        next_update: now().plus_seconds(86_400),
        previous: None,
    };
    edition.publish().unwrap();
    home.activate_key(Role::Issuer, 0, by(), &mut rng()).unwrap();
    until(|| running.service.home().keys.issuer.public() == &new);

    // It signs, without having been started again, and so do the status lists; both keys verify.
    let after = copy();
    opened(&running, &after);
    until(|| [&old, &new].iter().all(|key| published(&running).contains(key)));
    let list = || {
        let token = text(running.get("/status/0"));
        hati_formats::jws::Unverified::parse(&token).unwrap().verify(&new).is_ok()
    };
    until(list);
    let verified = |copy: &Value, key: &PublicKey| {
        let jwt = copy.as_str().unwrap().split('~').next().unwrap().to_owned();
        hati_formats::jws::Unverified::parse(&jwt).unwrap().verify(key).is_ok()
    };
    assert!(verified(&before, &old) && verified(&after, &new) && !verified(&after, &old));
    home.retire_key(Role::Issuer, by()).unwrap();
    assert!(verified(&copy(), &new));
}

/// A folder that cannot be read any more stops nobody.
#[test]
fn keys_that_cannot_be_loaded_leave_those_that_sign() {
    let mut running = Running::start(settings());
    let folder = running.folder.path().join("issuer/keys");
    let kept = std::fs::read(folder.join("issuer.jwk")).unwrap();
    std::fs::write(folder.join("issuer.jwk"), "{").unwrap();
    assert!(!running.service.renew_keys());
    let key = running.service.home().keys.issuer.public().clone();
    running.service.publish().unwrap();
    assert!(published(&running).contains(&key));
    std::fs::write(folder.join("issuer.jwk"), kept).unwrap();
    running.stop().unwrap();
}

/// What stood in the way is gone, and the folder looks as before: rights leave no trace in it.
#[cfg(unix)]
#[test]
fn keys_that_could_not_be_loaded_are_tried_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let running = Running::start(settings());
    let folder = running.folder.path().join("issuer/keys");
    let old = running.service.home().keys.issuer.public().clone();
    let key = SoftwareKey::generate(Algorithm::EdDsa, &mut rng());
    let path = folder.join("issuer.jwk");
    std::fs::write(&path, key.to_jwk().as_bytes()).unwrap();
    let rights = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    rights(0o644);
    assert!(!running.service.renew_keys());
    assert_eq!(running.service.home().keys.issuer.public(), &old);
    rights(0o600);
    until(|| running.service.home().keys.issuer.public() == key.public());
}
