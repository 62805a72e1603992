//! The W3C's VC API: another system has credentials issued, and a verifier takes them.

use hati_formats::credential::multikey_kid;
use hati_formats::data_integrity::{self, Controller, Expected};
use hati_formats::did::{VerificationMethod, did_jwk, did_key};
use hati_formats::json;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::sd_jwt::Unverified;
use hati_issuer::service::Caller;
use hati_store::{Action, Amendment, Change, Event, Person, Quarantined, Reason, RegisterChange, Sex};
use serde_json::{Map, Value, json};
use ureq::Body;
use ureq::http::Response;

use super::{Running, URL, agent, header, home, now, settings, text};

const UPI: &str = "20480163920017";
const CHILD: &str = "20480163920018";
/// Who looks like the grown-up, and waits for an officer.
const WAITING: &str = "20480163920021";
/// Who died on 2024-10-04.
const DEAD: &str = "20480163920022";
const TOKEN: &str = "county-desk-0123456789";
const DID: &str = "did:web:id.example.go.ke";

fn person(upi: &str, birthdate: i32) -> Person {
    Person {
        upi: upi.into(),
        id_number: None,
        given_name: "Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate,
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: None,
        portrait: None,
    }
}

/// An issuer with a grown-up and a child, whose settings name one caller.
fn office() -> Running {
    let folder = tempfile::tempdir().unwrap();
    let new = home(&folder);
    let event = Event::new(0, "test", Action::Imported, "people.csv");
    let people = [person(UPI, 9_862), person(CHILD, 20_000), person(DEAD, 3_000)];
    let waiting = Quarantined {
        person: person(WAITING, 9_862),
        reason: Reason::LikelyDuplicate { of: UPI.into(), likeness: 990 },
        at: 0,
        source: "people.csv, line 7".into(),
    };
    new.store.admit(&people, &[waiting], &event).unwrap();
    let death = Amendment {
        person: person(DEAD, 3_000),
        died: Some(20_000),
        revision: 0,
        revoke: Vec::new(),
        withdraw: Vec::new(),
        is_another: false,
    };
    new.store.apply(&[RegisterChange::Amend(death)], &[]).unwrap();
    drop(new);
    let mut settings = settings();
    let caller = json!({ "name": "county-desk", "token": TOKEN, "types": ["maisha-id", "proof-of-age"] });
    let other = json!({ "name": "bank", "token": "bank-0123456789-0123456789", "types": ["proof-of-age"] });
    settings.vc_api = [caller, other].map(|it| serde_json::from_value::<Caller>(it).unwrap()).into();
    Running::of(folder, settings)
}

fn holder(algorithm: Algorithm) -> SoftwareKey {
    SoftwareKey::from_secret_bytes(algorithm, &[7; 32]).unwrap()
}

/// A request for a credential of a type, with more members of the subject and of the credential.
pub(super) fn body(vc_type: &str, upi: &str, subject: &Value, options: &Value) -> Value {
    let mut claims = json!({ "id": did_key(holder(Algorithm::EdDsa).public()), "upi": upi });
    claims.as_object_mut().unwrap().extend(subject.as_object().unwrap().clone());
    let credential = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", vc_type],
        "credentialSubject": claims,
    });
    json!({ "credential": credential, "options": options })
}

fn ask(running: &Running, token: &str, body: &Value) -> Response<Body> {
    let request = agent().post(running.url("/vc-api/credentials/issue"));
    let request = request.header("authorization", format!("Bearer {token}"));
    request.content_type("application/json").send(body.to_string()).unwrap()
}

fn issued(running: &Running, body: &Value) -> Value {
    let response = ask(running, TOKEN, body);
    assert_eq!(response.status().as_u16(), 201, "{}", text(response));
    assert_eq!(header(&response, "cache-control"), "no-store");
    let answer: Value = serde_json::from_str(&text(response)).unwrap();
    answer["verifiableCredential"].clone()
}

#[test]
fn a_caller_gets_no_more_copies_for_a_person_than_their_wallet() {
    let running = office();
    super::vci::pace::leave(&running, UPI, 1);
    let body = body("MaishaId", UPI, &json!({}), &json!({}));
    issued(&running, &body);
    let response = ask(&running, TOKEN, &body);
    assert_eq!(header(&response, "retry-after"), "1800");
    refused(response, 429, "too_many_copies");
}

/// Checks that it is this problem, and gives its detail.
#[track_caller]
fn refused(response: Response<Body>, status: u16, code: &str) -> String {
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    let got = response.status().as_u16();
    let said: Value = serde_json::from_str(&text(response)).unwrap();
    assert_eq!((got, &said["code"]), (status, &json!(code)), "{said}");
    for personal in ["Achieng", "Odhiambo", TOKEN] {
        assert!(!said.to_string().contains(personal), "{said}");
    }
    said["detail"].as_str().unwrap().to_owned()
}

/// The claims of a credential that an issuer's key secured.
fn opened(running: &Running, credential: &Value) -> Map<String, Value> {
    let key = running.service.home().keys.issuer.public();
    let Some(token) = credential["id"].as_str().and_then(|id| id.split_once(',')) else {
        let method = format!("{DID}#{}", multikey_kid(key));
        let method = VerificationMethod::new(method, DID, key.clone());
        let secured = json::parse_object(credential.to_string().as_bytes()).unwrap();
        let expected = Expected::assertion(Controller::Issuer, now());
        let unverified = data_integrity::Unverified::parse(&secured).unwrap();
        return unverified.verify(&method, &expected).unwrap().document().clone();
    };
    assert_eq!(credential["@context"], "https://www.w3.org/ns/credentials/v2");
    assert_eq!(credential["type"], "EnvelopedVerifiableCredential");
    Unverified::parse(token.1).unwrap().verify_issuer(key).unwrap().into_claims()
}

#[test]
fn every_format_comes_from_the_register_and_is_bound_to_the_holder() {
    let running = office();
    let key = holder(Algorithm::EdDsa);
    for (options, media_type) in [
        (json!({}), ""),
        (json!({ "format": "ldp_vc", "cryptosuite": "eddsa-rdfc-2022" }), ""),
        (json!({ "format": "vc+sd-jwt" }), "data:application/vc+sd-jwt,"),
        (json!({ "format": "dc+sd-jwt" }), "data:application/dc+sd-jwt,"),
    ] {
        let credential =
            issued(&running, &body("MaishaId", UPI, &json!({ "given_name": "Achieng" }), &options));
        let claims = opened(&running, &credential);
        if media_type.is_empty() {
            assert_eq!(claims["issuer"], DID);
            assert_eq!(claims["type"], json!(["VerifiableCredential", "MaishaId"]));
            assert_eq!(claims["credentialSubject"]["id"], did_key(key.public()));
            assert_eq!(claims["credentialSubject"]["given_name"], "Achieng");
        } else {
            assert!(credential["id"].as_str().unwrap().starts_with(media_type), "{credential}");
            assert_eq!(claims["cnf"]["jwk"], key.public().to_jwk());
        }
    }
    let audit = running.service.home().store.events(0, 100).unwrap();
    let mine = audit.iter().filter(|it| it.event.actor == "vc-api county-desk").count();
    assert_eq!(mine, 4);
}

#[test]
fn a_holder_may_be_any_key_that_is_its_own_did() {
    let running = office();
    let key = holder(Algorithm::Es256);
    for did in [did_key(key.public()), did_jwk(key.public())] {
        let body = body("ProofOfAge", UPI, &json!({ "id": did }), &json!({ "format": "dc+sd-jwt" }));
        assert_eq!(opened(&running, &issued(&running, &body))["cnf"]["jwk"], key.public().to_jwk());
        // An ldp_vc is bound to the DID itself.
        let mut body = body;
        body["options"] = json!({});
        assert_eq!(opened(&running, &issued(&running, &body))["credentialSubject"]["id"], did);
    }
}

#[test]
fn nobody_issues_without_a_token_that_the_settings_name() {
    let running = office();
    let asked = body("MaishaId", UPI, &json!({}), &json!({}));
    for token in ["", "county-desk", "bank-0123456789-012345678"] {
        let response = ask(&running, token, &asked);
        assert!(header(&response, "www-authenticate").starts_with("Bearer"));
        refused(response, 401, "caller_unknown");
    }
    let bare = agent().post(running.url("/vc-api/credentials/issue")).send(asked.to_string()).unwrap();
    refused(bare, 401, "caller_unknown");
    let basic = agent().post(running.url("/vc-api/credentials/issue"));
    let basic = basic.header("authorization", format!("Basic {TOKEN}")).send(asked.to_string()).unwrap();
    refused(basic, 401, "caller_unknown");
}

#[test]
fn a_caller_has_the_types_that_the_settings_give_it() {
    let running = office();
    let bank = "bank-0123456789-0123456789";
    refused(ask(&running, bank, &body("MaishaId", UPI, &json!({}), &json!({}))), 403, "caller_not_allowed");
    refused(
        ask(&running, TOKEN, &body("LibraryCard", UPI, &json!({}), &json!({}))),
        403,
        "caller_not_allowed",
    );
    let allowed = ask(&running, bank, &body("ProofOfAge", UPI, &json!({}), &json!({})));
    assert_eq!(allowed.status().as_u16(), 201);
}

#[test]
fn nothing_is_signed_because_a_caller_states_it() {
    let running = office();
    for (subject, member) in [
        (json!({ "given_name": "Atieno" }), "credentialSubject.given_name"),
        (json!({ "is_president": true }), "credentialSubject.is_president"),
    ] {
        let detail = refused(
            ask(&running, TOKEN, &body("MaishaId", UPI, &subject, &json!({}))),
            422,
            "vc_api_differs",
        );
        assert!(detail.starts_with(member), "{detail}");
    }
    let mut later = body("MaishaId", UPI, &json!({}), &json!({}));
    later["credential"]["validUntil"] = json!("2099-01-01T00:00:00Z");
    refused(ask(&running, TOKEN, &later), 422, "vc_api_differs");
    let mut right = body("MaishaId", UPI, &json!({}), &json!({}));
    right["credential"]["issuer"] = json!(DID);
    right["credential"]["validFrom"] = json!("2026-11-22T00:00:00Z");
    assert_eq!(issued(&running, &right)["issuer"], DID);
    assert_eq!(running.service.home().config.issuer_url(), URL);
}

/// The caller learns the code: not who else looks like the person, from which file, and not when somebody died.
#[test]
fn a_refusal_tells_nothing_about_anybody_else() {
    let running = office();
    let told = |vc_type: &str, upi: &str, status: u16, code: &str| {
        let stated = json!({ "given_name": "Achieng" });
        let details = [json!({}), stated].map(|subject| {
            refused(ask(&running, TOKEN, &body(vc_type, upi, &subject, &json!({}))), status, code)
        });
        for detail in &details {
            // No UPI, no line and no date.
            assert!(!detail.contains(|c: char| c.is_ascii_digit()), "{detail}");
        }
        let [detail, _] = details;
        detail
    };
    let waits = told("MaishaId", WAITING, 409, "person_quarantined");
    assert_eq!(waits, "The record waits for an officer's decision. Send the person to a service centre");
    told("MaishaId", DEAD, 409, "person_died");
    told("MaishaId", "20480163920099", 404, "person_unknown");
    told("ProofOfAge", CHILD, 422, "not_entitled");
}

#[test]
fn what_cannot_be_issued_says_why() {
    let running = office();
    let ask = |body: &Value| ask(&running, TOKEN, body);
    refused(ask(&body("ProofOfAge", CHILD, &json!({}), &json!({}))), 422, "not_entitled");
    refused(ask(&body("MaishaId", "20480163920019", &json!({}), &json!({}))), 404, "person_unknown");
    refused(ask(&body("MaishaId", "2048", &json!({}), &json!({}))), 404, "person_unknown");
    refused(ask(&json!({ "credential": {} })), 400, "vc_api_malformed");
    refused(
        ask(&body("MaishaId", UPI, &json!({ "id": "did:web:a.example" }), &json!({}))),
        400,
        "vc_api_malformed",
    );
    let suspended = Event::new(0, "test", Action::Suspended, UPI);
    let store = &running.service.home().store;
    store.change_status(UPI, Some("maisha-id"), Change::Suspend, &suspended).unwrap();
    refused(ask(&body("MaishaId", UPI, &json!({}), &json!({}))), 409, "credential_withheld");
    let form = agent().post(running.url("/vc-api/credentials/issue"));
    let form = form.header("authorization", format!("Bearer {TOKEN}")).content_type("text/plain");
    refused(form.send("{}").unwrap(), 415, "body_not_json");
}
