//! One key follows another, and nothing stops verifying in between.

use hati_formats::jws;
use hati_formats::keys::PublicKey;
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, KeyId};
use serde_json::Value;

use crate::{NOW, Office, code};

const DAY_1: &str = "2026-11-23T09:00:00Z";
const DAY_8: &str = "2026-11-30T09:00:00Z";
const AFTER: &str = "2027-03-01T09:00:00Z";
const URL: &str = "https://id.example.go.ke";

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// Whether a device with this bundle finds the key of a credential, and the signature holds.
fn verifies(bundle: &Bundle, credential: &str, now: &str) -> bool {
    let issuer_jwt = credential.split('~').next().unwrap();
    let token = jws::Unverified::parse(issuer_jwt).unwrap();
    let kid = token.header().kid.clone().unwrap();
    let issuer = bundle.trust().issuer(URL).unwrap();
    issuer.key(&kid, time(now)).is_ok_and(|key| token.verify(key).is_ok())
}

fn published(office: &Office, path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(office.path("issuer/public").join(path)).unwrap()).unwrap()
}

#[test]
fn there_is_no_gap() {
    let office = Office::new(&[], &[]);
    let root = office.root();
    let before = office.bundle(NOW, &root);
    let first = office.issue(NOW);
    assert!(verifies(&before, &first, NOW));

    office.done_at(NOW, &["keys", "announce", "--dir", "issuer"]);
    office.done_at(DAY_1, &["trust-list", "--dir", "issuer"]);
    let announced = office.bundle(DAY_1, &root);
    // Online too, both are known before the second one signs.
    let keys = published(&office, ".well-known/jwt-vc-issuer")["jwks"]["keys"].as_array().unwrap().len();
    let methods = published(&office, ".well-known/did.json")["assertionMethod"].as_array().unwrap().len();
    assert_eq!((keys, methods), (2, 4));
    assert!(verifies(&announced, &office.issue(DAY_1), DAY_1));

    office.done_at(DAY_8, &["keys", "activate", "--dir", "issuer"]);
    let second = office.issue(DAY_8);
    assert!(!verifies(&before, &second, DAY_8), "a bundle from before it was announced does not know it");
    assert!(verifies(&announced, &second, DAY_8), "one from before it signed does");
    assert!(verifies(&announced, &first, DAY_8));

    // The lists are signed by the key that signs now, and whoever knows it from before believes them.
    let newest = office.bundle(DAY_8, &root);
    for path in ["issuer/public/status/0.jwt", "issuer/public/status/1.jwt"] {
        let list = std::fs::read_to_string(office.path(path)).unwrap();
        assert!(verifies(&announced, &list, DAY_8), "{path}");
    }

    office.done_at(DAY_8, &["keys", "retire", "--dir", "issuer"]);
    office.done_at(AFTER, &["trust-list", "--dir", "issuer"]);
    let later = office.bundle(AFTER, &root);
    for credential in [&first, &second] {
        assert!(verifies(&newest, credential, AFTER) && verifies(&later, credential, AFTER));
    }
    assert_eq!((office.listed("issuer", "active").len(), office.listed("issuer", "past").len()), (1, 1));
}

#[test]
fn a_past_key_leaves_the_list_when_its_time_is_over() {
    let office = Office::new(&[], &[]);
    office.bundle(NOW, &office.root());
    rotate(&office, "issuer");
    let keys = |now: &str| {
        office.done_at(now, &["trust-list", "--dir", "issuer"]);
        let bundle = office.bundle(now, &office.root());
        bundle.trust().issuer(URL).unwrap().keys.len()
    };
    assert_eq!(keys("2029-11-20T00:00:00Z"), 2);
    // Three years after the day on which it was first listed.
    assert_eq!(keys("2029-11-21T00:00:00Z"), 1);
}

#[test]
fn an_operator_learns_when_a_key_is_to_be_replaced() {
    let office = Office::new(&[], &[]);
    // Three years, less the two of the longest credential.
    assert_eq!(office.done(&["keys", "list", "--dir", "issuer"])["replace_by"], "2027-11-22T00:00:00Z");
}

#[test]
fn the_registrar_is_rotated_with_deltas_and_checkpoints_going_on() {
    let office = Office::new(&[], &[]);
    let root = office.root();
    let old = office.bundle(NOW, &root);
    let bytes = std::fs::read(office.path("bundle.hati")).unwrap();
    std::fs::write(office.path("old.hati"), &bytes).unwrap();
    std::fs::copy(office.path("issuer/public/audit-checkpoint"), office.path("kept.jwt")).unwrap();

    rotate(&office, "registrar");
    let since = ["bundle", "--dir", "issuer", "--out", "new.delta", "--since", "old.hati"];
    assert_eq!(office.done_at(DAY_8, &since)["delta"], true);
    let delta = std::fs::read(office.path("new.delta")).unwrap();
    let new = old.apply(&delta).unwrap();
    assert_ne!(new.signer(), old.signer());
    assert_eq!(office.listed("registrar", "active"), [new.signer().to_string()]);
    assert_eq!(office.listed("registrar", "past"), [old.signer().to_string()]);
    let kept = ["audit", "verify", "--dir", "issuer", "--checkpoint", "kept.jwt", "--checkpoint"];
    let kept = [&kept[..], &["issuer/public/audit-checkpoint"]].concat();
    assert_eq!(office.done(&kept)["checkpoints"], 2);
}

/// The whole way, a day after [`NOW`] and a week after that.
fn rotate(office: &Office, key: &str) {
    office.done_at(NOW, &["keys", "announce", "--dir", "issuer", "--key", key]);
    office.done_at(DAY_1, &["trust-list", "--dir", "issuer"]);
    office.bundle(DAY_1, &office.root());
    office.done_at(DAY_8, &["keys", "activate", "--dir", "issuer", "--key", key]);
    office.done_at(DAY_8, &["keys", "retire", "--dir", "issuer", "--key", key]);
}

#[test]
fn the_steps_have_an_order() {
    let office = Office::new(&[], &[]);
    let step = |step: &'static str| ["keys", step, "--dir", "issuer"];
    assert_eq!(office.refused(&step("activate")), "rotation_not_under_way");
    assert_eq!(office.refused(&step("retire")), "rotation_not_under_way");
    office.done(&step("announce"));
    assert_eq!(office.refused(&step("announce")), "rotation_under_way");
    assert_eq!(office.refused(&step("retire")), "rotation_not_under_way");
    // Not in the trust list, not in a bundle, not for long enough.
    assert_eq!(office.refused(&step("activate")), "key_not_known");
    office.bundle(NOW, &office.root());
    office.done_at(DAY_1, &["trust-list", "--dir", "issuer"]);
    assert_eq!(office.refused_at(DAY_8, &step("activate")), "key_not_known");
    office.bundle(DAY_1, &office.root());
    assert_eq!(office.refused_at("2026-11-29T23:59:59Z", &step("activate")), "key_not_known");
    let active = office.listed("issuer", "active");
    office.done_at("2026-11-30T00:00:00Z", &step("activate"));
    assert_eq!(office.listed("issuer", "past"), active);
    assert_eq!(office.refused(&step("announce")), "rotation_under_way");
    office.done(&step("retire"));
    assert!(!office.path("issuer/keys/issuer.old.jwk").exists());
    office.done(&step("announce"));
}

#[test]
fn an_activation_that_was_interrupted_is_ended_by_doing_it_again() {
    let office = Office::new(&[], &[]);
    let keys = office.path("issuer/keys");
    office.done(&["keys", "announce", "--dir", "issuer"]);
    office.done(&["trust-list", "--dir", "issuer"]);
    office.bundle(NOW, &office.root());
    // The key that signs was kept as the old one, and then the power was cut.
    std::fs::copy(keys.join("issuer.jwk"), keys.join("issuer.old.jwk")).unwrap();
    let active = office.listed("issuer", "active");
    office.issue(NOW);
    assert_eq!(office.refused(&["keys", "retire", "--dir", "issuer"]), "rotation_not_under_way");
    office.done(&["keys", "activate", "--dir", "issuer", "--wait-days", "0"]);
    assert_eq!(office.listed("issuer", "past"), active);
    let retired = office.done(&["keys", "retire", "--dir", "issuer"]);
    assert_eq!(retired["id"], active[0].as_str());
}

#[test]
fn a_stolen_key_is_withdrawn() {
    let office = Office::new(&[], &[]);
    office.bundle(NOW, &office.root());
    let stolen = office.issue(NOW);
    let id = office.listed("issuer", "active").remove(0);
    let withdraw = ["keys", "withdraw", "--dir", "issuer", "--id", &id];
    assert_eq!(office.refused(&withdraw), "key_not_withdrawable");
    let unknown = ["keys", "withdraw", "--dir", "issuer", "--id", "0011223344556677"];
    assert_eq!(office.refused(&unknown), "key_not_withdrawable");
    rotate(&office, "issuer");
    assert!(verifies(&office.bundle(DAY_8, &office.root()), &stolen, DAY_8));
    office.done(&withdraw);
    assert_eq!(office.listed("issuer", "withdrawn"), [id]);
    office.done_at(DAY_8, &["trust-list", "--dir", "issuer"]);
    let bundle = office.bundle(DAY_8, &office.root());
    assert!(!verifies(&bundle, &stolen, DAY_8));
    assert!(verifies(&bundle, &office.issue(DAY_8), DAY_8));
    let audit = office.done(&["audit", "list", "--dir", "issuer"]);
    let events = audit["entries"].as_array().unwrap().iter();
    let keys: Vec<_> = events
        .filter(|event| event["action"] == "key_changed")
        .map(|event| event["subject"].as_str().unwrap().rsplit_once(", ").unwrap().1)
        .collect();
    assert_eq!(keys, ["announced", "activated", "retired", "withdrawn"]);
    // Online too.
    let keys = published(&office, ".well-known/jwt-vc-issuer")["jwks"]["keys"].as_array().unwrap().clone();
    let shown: Vec<_> =
        keys.iter().map(|key| KeyId::of(&PublicKey::from_jwk(key).unwrap()).to_string()).collect();
    assert_eq!(shown, office.listed("issuer", "active"));
    let checked = office.command(&["keys", "announce", "--dir", "issuer", "--in", "token"]).output().unwrap();
    assert_eq!(code(&checked), "token_not_configured");
}
