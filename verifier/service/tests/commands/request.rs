//! `register` and `request`, seen from the wallet's side.

use hati_formats::keys::Algorithm;
use hati_formats::qr::image;
use hati_formats::qr::request::{Request, Requester, Unverified};
use hati_formats::qr::text::{self, Kind};
use hati_formats::trust::{Registration, Withdrawn};
use hati_protocol::exchange::PendingRequest;

use super::country::{DAY, at, key};
use super::scene::Scene;

const OFFICER: [&str; 5] = ["given_name", "family_name", "birthdate", "sex", "id_number"];

/// Reads the picture, as a wallet does.
fn scanned(scene: &Scene) -> Request {
    let texts = image::read(&scene.read("request.png")).unwrap();
    let (kind, bytes) = text::decode(&texts[0]).unwrap();
    assert_eq!((kind, texts.len()), (Kind::Request, 1));
    let trust = scene.country.trust_list().unwrap();
    Unverified::parse(&bytes).unwrap().verify(&trust, &Withdrawn::default(), at(0)).unwrap()
}

#[test]
fn an_unregistered_verifier_asks_for_proof_of_age() {
    let scene = Scene::new();
    let made = scene.request("merchant-age").ok();
    let request = scanned(&scene);
    assert_eq!(request.requester(), &Requester::Unregistered(scene.verifier_key().public().clone()));
    let pending = PendingRequest::parse(&scene.read("state")).unwrap();
    assert_eq!(request.content(), &pending.content(None));
    assert_eq!(request.audience(), pending.audience);
    assert_eq!(made["audience"], pending.audience);

    let text = &image::read(&scene.read("request.png")).unwrap()[0];
    assert_eq!((&made["text"], &made["characters"]), (&text.as_str().into(), &text.len().into()));
    assert!(made["version"].as_u64().is_some_and(|version| version < 12), "{made}");
    assert_eq!((&made["registered_as"], &made["out"]), (&serde_json::Value::Null, &"request.png".into()));

    let again = scene.request("merchant-age").ok();
    assert_ne!(again["text"], made["text"], "a nonce was used twice");
}

#[test]
fn an_unregistered_verifier_is_refused_early_what_wallets_refuse() {
    let scene = Scene::new();
    for profile in ["merchant-name", "officer-identity", "border"] {
        let message = scene.request(profile).refused("request_unregistered_beyond_age");
        assert!(message.contains("every wallet would refuse"), "{message}");
    }
    let place = [
        "request",
        "--dir",
        "v",
        "--bundle",
        "b1",
        "--profile",
        "merchant-age",
        "--place",
        "Police",
        "--out",
        "request.png",
        "--state",
        "state",
    ];
    scene.run(&place).refused("request_unregistered_wording");
    assert!(!scene.path("request.png").exists() && !scene.path("state").exists());
}

#[test]
fn a_registered_verifier_is_named_and_asks_for_what_it_is_registered_for() {
    let scene = Scene::new();
    assert_eq!(scene.register(&OFFICER).ok()["verified"], false);
    let request = [
        "request",
        "--dir",
        "v",
        "--bundle",
        "b1",
        "--profile",
        "officer-identity",
        "--place",
        "Counter 4",
        "--out",
        "request.png",
        "--state",
        "state",
    ];
    let made = scene.run(&request).ok();
    assert_eq!(made["registered_as"], "Lodwar Corner Shop");
    let request = scanned(&scene);
    assert!(
        matches!(request.requester(), Requester::Registered(r) if r.content().names.sw() == "Duka la Kona Lodwar")
    );
    assert_eq!(request.content().place.as_deref(), Some("Counter 4"));

    let message = scene.request("border").refused("request_beyond_registration");
    assert!(message.contains("origin.nationalities, portrait"), "{message}");
    // Now that a bundle was seen, the registrar's signature is checked at once.
    let answer = scene.register(&OFFICER).ok();
    assert_eq!((&answer["verified"], &answer["name"]["sw"]), (&true.into(), &"Duka la Kona Lodwar".into()));
    assert!(scene.text(&["register", "--dir", "v", "registration"]).contains("until 2027-11-22"));
}

#[test]
fn a_registration_of_somebody_else_is_refused() {
    let scene = Scene::new();
    let other = key(Algorithm::EdDsa, 30).unwrap();
    scene.write("other", &scene.country.register(&other, &OFFICER).unwrap());
    scene.run(&["register", "--dir", "v", "other"]).refused("registration_of_another_key");
    scene.write("other", b"nothing");
    scene.run(&["register", "--dir", "v", "other"]).refused("registration_malformed");
    assert!(!scene.path("v/registration.cose").exists());
}

#[test]
fn a_registration_by_a_stranger_is_refused_as_soon_as_a_bundle_was_seen() {
    let mut scene = Scene::new();
    let registrar = std::mem::replace(&mut scene.country.registrar, key(Algorithm::EdDsa, 66).unwrap());
    assert_eq!(scene.register(&OFFICER).ok()["verified"], false);
    scene.request("officer-identity").refused("registration_registrar_unknown");
    scene.register(&OFFICER).refused("registration_registrar_unknown");
    scene.country.registrar = registrar;
    assert_eq!(scene.register(&OFFICER).ok()["verified"], true);
    scene.request("officer-identity").ok();
}

#[test]
fn a_registration_that_is_over_or_withdrawn_makes_no_request() {
    let mut scene = Scene::new();
    scene.register(&OFFICER).ok();
    let request = [
        "request",
        "--dir",
        "v",
        "--bundle",
        "b1",
        "--profile",
        "officer-identity",
        "--out",
        "request.png",
        "--state",
        "state",
    ];
    scene.run_at(at(365 * DAY), &request).refused("registration_expired");
    scene.run_at(at(-2 * DAY), &request).refused("registration_not_yet_valid");

    let trust = scene.country.trust_list().unwrap();
    let registration =
        Registration::verify(&scene.read("registration"), &trust, &Withdrawn::default(), at(0)).unwrap();
    scene.country.bundle.withdrawn = [registration.serial()].into_iter().collect();
    scene.next_bundle("b1");
    scene.request("officer-identity").refused("registration_withdrawn");
}

#[test]
fn a_profile_is_an_id_or_a_file() {
    let scene = Scene::new();
    let shipped = hati_protocol::exchange::SHIPPED_PROFILES[0].1;
    scene.write("adult.json", shipped.replace(".18", ".21").as_bytes());
    scene.request("adult.json").ok();
    assert_eq!(scanned(&scene).content().claims[0].as_str(), "age_equal_or_over.21");
    assert!(scene.request("nightclub").refused("profile_refused").contains("merchant-age, merchant-name"));
    scene.write("bad.json", b"{}");
    scene.request("bad.json").refused("profile_refused");
}

#[test]
fn a_request_that_no_wallet_reads_is_not_made() {
    let scene = Scene::new();
    scene.register(&["origin"]).ok();
    let claims: Vec<String> = (0..32).map(|n| format!("\"origin.{n:02}{}\"", "x".repeat(60))).collect();
    let profile = hati_protocol::exchange::SHIPPED_PROFILES[0].1;
    scene.write("long.json", profile.replace("\"age_equal_or_over.18\"", &claims.join(",")).as_bytes());
    scene.request("long.json").refused("request_too_long");
}
