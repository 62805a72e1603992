//! Issuing, verifiers, the audit, accounts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::qr::image;
use hati_issuer::activation::Activation;
use hati_issuer::grants::open_offer::OpenOffer;
use hati_protocol::issued::IssuedCredentials;
use hati_protocol::openid4vci::OfferLink;
use hati_store::Role;
use serde_json::{Value, json};

use super::{ACHIENG, Desk, TWIN, now};

#[test]
fn a_wallet_gets_a_copy_for_each_key() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Issuing);
    let keys = [1, 2, 3]
        .map(|seed| SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap().public().to_jwk());
    let path = format!("/people/{ACHIENG}/credentials");
    let order = json!({ "type": "maisha-id", "format": "vc+sd-jwt", "holder_keys": { "keys": keys } });
    let reply = desk.post(&path, &session, &order);
    assert_eq!(reply.status.as_u16(), 201);
    let file = IssuedCredentials::parse(reply.ok().to_string().as_bytes()).unwrap();
    assert_eq!(file.credentials.len(), 3);
    for (member, value, status, code, said) in [
        (
            "type",
            json!("passport"),
            422,
            "type_unknown",
            "maisha-id, proof-of-age; got \"passport\". Name one of them",
        ),
        ("format", json!("mso_mdoc"), 422, "format_unknown", "or ldp_vc, got \"mso_mdoc\""),
        (
            "cryptosuite",
            json!("eddsa-jcs-2022"),
            422,
            "cryptosuite_without_proof",
            "got \"eddsa-jcs-2022\" with vc+sd-jwt",
        ),
        ("holder_keys", json!({ "keys": [] }), 422, "holder_keys_refused", "got 0. Give a key for each copy"),
        ("salary", json!(1), 400, "body_malformed", "salary"),
    ] {
        let mut bad = order.clone();
        bad[member] = value;
        let detail = desk.post(&path, &session, &bad).problem(status, code);
        assert!(detail.contains(said), "{detail}");
    }
    let nobody = desk.post("/people/20480163920099/credentials", &session, &order);
    nobody.problem(404, "person_unknown");
    desk.post(&format!("/people/{TWIN}/credentials"), &session, &order).problem(409, "person_quarantined");
}

#[test]
fn verifiers_are_registered_listed_and_withdrawn() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Administering);
    let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[4; 32]).unwrap().public().to_jwk();
    let new =
        json!({ "name": "Shop", "key": key, "claims": ["given_name", "age_equal_or_over.18"], "days": 30 });
    let made = desk.post("/verifiers", &session, &new);
    assert_eq!(made.status.as_u16(), 201);
    let made = made.ok();
    assert!(made["audience"].as_str().unwrap().starts_with("hati:"));
    assert_eq!(made["until"], "2026-12-22T00:00:00Z");
    let serial = made["serial"].as_str().unwrap();
    let listed = desk.get("/verifiers", &session).ok();
    assert_eq!(
        (&listed["verifiers"][0]["serial"], &listed["verifiers"][0]["withdrawn_at"]),
        (&json!(serial), &Value::Null)
    );
    for (member, value, code) in [
        ("claims", json!(["salary"]), "claim_unknown"),
        ("claims", json!(["a..b"]), "claim_unknown"),
        ("key", json!({ "kty": "oct" }), "verifier_key_refused"),
        ("days", json!(0), "registration_malformed"),
        ("days", json!(1096), "registration_malformed"),
    ] {
        let mut bad = new.clone();
        bad[member] = value;
        let detail = desk.post("/verifiers", &session, &bad).problem(422, code);
        assert!(!detail.contains("--"), "{detail}");
    }
    let withdraw =
        |serial: &str| desk.call("DELETE", &format!("/verifiers/{serial}"), Some(&session), &Value::Null);
    assert_eq!(withdraw(serial).status.as_u16(), 204);
    let again = withdraw(serial).problem(404, "registration_not_in_force");
    assert!(again.ends_with("It was given when the verifier was registered"), "{again}");
    withdraw("x").problem(404, "registration_not_in_force");
    assert!(desk.get("/verifiers", &session).ok()["verifiers"][0]["withdrawn_at"].is_string());
}

#[test]
fn the_audit_is_read_part_by_part() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Auditing);
    let all = desk.get("/audit", &session).ok()["entries"].take();
    let part = desk.get("/audit?from=2&count=3", &session).ok()["entries"].take();
    assert_eq!(part.as_array().unwrap(), &all.as_array().unwrap()[2..5]);
    assert_eq!(all.as_array().unwrap().last().unwrap()["action"], "signed_in");
    desk.get("/audit?from=-1", &session).problem(400, "query_malformed");
    desk.get("/audit?form=1", &session).problem(400, "query_malformed");
}

#[test]
fn accounts_are_listed_without_their_secrets() {
    let desk = Desk::new();
    let listed = desk.get("/officers", &desk.sign_in(Role::Administering)).ok();
    assert_eq!(listed["officers"].as_array().unwrap().len(), 5);
    assert_eq!(
        listed["officers"][0],
        json!({ "name": "administering", "roles": ["administering"], "failures": 0, "locked_until": null, "closed": false })
    );
}

#[test]
fn a_wallet_is_offered_credentials_and_a_person_gets_a_code_for_home() {
    let desk = Desk::new();
    // The catalogue comes with the edition.
    desk.service.publish().unwrap();
    let session = desk.sign_in(Role::Issuing);
    let upi = ACHIENG;
    let order = json!({ "configurations": ["maisha-id.dc-sd-jwt"], "tx_code": true });
    let made = desk.post(&format!("/people/{upi}/offer"), &session, &order).ok();
    assert!(made["link"].as_str().unwrap().starts_with("openid-credential-offer://"), "{made}");
    assert!(made["by_reference_link"].as_str().unwrap().len() < made["link"].as_str().unwrap().len());
    assert!(made["tx_code"].as_str().unwrap().len() >= 4);
    assert_eq!(scanned(&made), made["by_reference_link"].as_str().unwrap());
    let code = desk.post(&format!("/people/{upi}/activation"), &session, &json!({})).ok();
    let activation = Activation::of(desk.service.home());
    let typed = code["activation_code"].as_str().unwrap();
    assert_eq!(activation.check(upi, typed, now()).unwrap().upi(), upi);

    let unknown = json!({ "configurations": ["army-id.dc-sd-jwt"] });
    desk.post(&format!("/people/{upi}/offer"), &session, &unknown).problem(422, "type_unknown");
    desk.post("/people/20480163920099/offer", &session, &order).problem(404, "person_unknown");
    let death = json!({ "revision": 0, "date": "2026-11-20" });
    desk.post(&format!("/people/{upi}/death"), &desk.sign_in(Role::Registering), &death).ok();
    desk.post(&format!("/people/{upi}/offer"), &session, &order).problem(409, "person_died");
    desk.post("/people/20480163920099/activation", &session, &json!({})).problem(404, "person_unknown");
    let never = json!({ "days": 0 });
    desk.post(&format!("/people/{upi}/activation"), &session, &never).problem(422, "activation_days_refused");
}

#[test]
fn an_address_for_officers_that_is_none_is_told_where_they_stand() {
    let desk = Desk::new();
    let reply = desk.call("GET", "/nothing", None, &Value::Null);
    assert_eq!(reply.status.as_u16(), 404);
    assert!(reply.body["detail"].as_str().unwrap().contains("/admin/v1/openapi.json"), "{}", reply.body);
}

/// The trust list is the operator's to renew: no officer has the issuer's folder.
#[test]
fn a_type_that_is_not_listed_names_no_folder() {
    let desk = Desk::new();
    let folder = desk.service.home().folder.join("types");
    std::fs::create_dir_all(&folder).unwrap();
    let card = json!({
        "vct": "urn:example:library-card:1",
        "claims": [{"path": ["given_name"], "sd": "always", "x-hati-source": {"field": "given_name"}}],
        "x-hati": {"id": "library-card", "vc_type": "LibraryCard", "validity_days": 90, "decoys": 0},
    });
    std::fs::write(folder.join("library-card.json"), card.to_string()).unwrap();
    let detail = desk.issue(&desk.sign_in(Role::Issuing), "library-card").problem(409, "type_not_listed");
    assert!(
        detail.contains("library-card") && detail.ends_with("Ask the operator for a new one"),
        "{detail}"
    );
    assert!(!detail.contains(&folder.parent().unwrap().display().to_string()), "{detail}");
}

/// What a phone reads of an offer's code.
fn scanned(made: &Value) -> String {
    let png = made["qr"].as_str().unwrap().strip_prefix("data:image/png;base64,").unwrap();
    image::read(&STANDARD.decode(png).unwrap()).unwrap().remove(0)
}

#[test]
fn everybody_is_offered_what_they_sign_in_for() {
    let desk = Desk::new();
    desk.service.publish().unwrap();
    let session = desk.sign_in(Role::Issuing);
    let offer = |order: Value| desk.post("/offers", &session, &order);
    let made = offer(json!({ "configurations": ["maisha-id.dc-sd-jwt"], "days": 30 })).ok();
    let link = scanned(&made);
    assert_eq!(made["link"], link.as_str());
    assert_eq!(made["expires"], now().plus_seconds(30 * 86_400).to_string());
    let OfferLink::Value(offered) = OfferLink::parse(&link).unwrap() else { panic!("{link}") };
    assert_eq!(offered.credential_configuration_ids, ["maisha-id.dc-sd-jwt"]);
    let grants = offered.grants;
    assert!(grants.pre_authorized_code.is_none());
    let state = grants.authorization_code.unwrap().issuer_state.unwrap();
    let found = OpenOffer::find(&*desk.service.home().store, &state, now().seconds()).unwrap().unwrap();
    assert_eq!(made["name"], found.name.as_str());
    let audit = desk.actions(&desk.sign_in(Role::Auditing));
    let subject = format!("anybody, maisha-id.dc-sd-jwt, offer {}", found.name);
    assert!(audit.contains(&("officer issuing".into(), "offered".into(), subject)), "{audit:?}");

    offer(json!({ "configurations": ["army-id.dc-sd-jwt"] })).problem(422, "type_unknown");
    for days in [0, 367] {
        let order = json!({ "configurations": ["maisha-id.dc-sd-jwt"], "days": days });
        offer(order).problem(422, "offer_days_refused");
    }
}
