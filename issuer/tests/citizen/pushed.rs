//! `POST /par`.

use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_issuer::actor::Actor;
use hati_issuer::catalogue::Catalogue;
use hati_issuer::grants::open_offer::{OpenOffer, WantedOpen};
use hati_issuer::home::Home;
use hati_protocol::oauth::REQUEST_URI_PREFIX;
use hati_protocol::oauth::dpop::{self, Claims};
use hati_protocol::openid4vci::OfferLink;

use super::{Answer, CLIENT, Office, REDIRECT, URL, now, rng, two_days_later};

/// RFC 7636 appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A push that is accepted, with other values for some members; without those that are empty.
pub(crate) fn fields<'a>(others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "s"),
        ("scope", "maisha-id.dc-sd-jwt"),
    ];
    fields.retain(|(name, _)| others.iter().all(|(other, _)| other != name));
    fields.extend(others);
    fields
}

fn push(office: &Office, others: &[(&str, &str)]) -> Answer {
    office.post_form("/par", &[], &fields(others))
}

#[test]
fn a_push_is_answered_with_a_reference_for_a_while() {
    let office = Office::open();
    let [one, other] = [(); 2].map(|()| push(&office, &[]));
    assert_eq!((one.status.as_u16(), one.header("cache-control")), (201, "no-store"));
    assert_eq!(one.header("content-type"), "application/json");
    let uri = one.json()["request_uri"].as_str().unwrap().to_owned();
    assert!(uri.starts_with(REQUEST_URI_PREFIX) && uri.len() >= REQUEST_URI_PREFIX.len() + 43, "{uri}");
    assert_eq!(one.json()["expires_in"], 120);
    assert_ne!(other.json()["request_uri"], uri.as_str());
}

#[test]
fn every_way_to_name_a_credential_is_taken() {
    let office = Office::open();
    let details =
        |id: &str| format!(r#"[{{"type":"openid_credential","credential_configuration_id":"{id}"}}]"#);
    let known = details("proof-of-age.vc-sd-jwt");
    for others in [
        vec![("scope", "openid maisha-id.dc-sd-jwt proof-of-age.ldp-vc")],
        vec![("scope", ""), ("authorization_details", known.as_str())],
        vec![("authorization_details", known.as_str())],
        vec![("redirect_uri", "ke.go.hati.wallet:/signed-in")],
        vec![("redirect_uri", "http://127.0.0.1:51004/cb")],
    ] {
        assert_eq!(push(&office, &others).status.as_u16(), 201, "{others:?}");
    }
}

#[test]
fn every_refusal_has_its_code() {
    let office = Office::open();
    let elsewhere = r#"[{"type":"openid_credential","credential_configuration_id":"maisha-id.ldp-vc","locations":["https://other.example"]}]"#;
    let unknown = r#"[{"type":"openid_credential","credential_configuration_id":"passport.ldp-vc"}]"#;
    let long = "s".repeat(2_049);
    for (member, value, status, code) in [
        ("client_id", "stranger", 400, "invalid_client"),
        ("response_mode", "fragment", 400, "invalid_request"),
        ("client_id", "", 400, "invalid_request"),
        ("redirect_uri", "https://wallet.example/signed-in/", 400, "invalid_request"),
        ("redirect_uri", "https://evil.example/signed-in", 400, "invalid_request"),
        ("redirect_uri", "https://wallet.example/signed-in?x", 400, "invalid_request"),
        ("redirect_uri", "http://wallet.example/signed-in", 400, "invalid_request"),
        ("redirect_uri", "javascript:alert(1)", 400, "invalid_request"),
        ("redirect_uri", "http://127.0.0.1.evil.example/cb", 400, "invalid_request"),
        ("redirect_uri", "", 400, "invalid_request"),
        ("response_type", "token", 400, "unsupported_response_type"),
        ("code_challenge", "", 400, "invalid_request"),
        ("code_challenge", "short", 400, "invalid_request"),
        ("code_challenge_method", "", 400, "invalid_request"),
        ("code_challenge_method", "plain", 400, "invalid_request"),
        ("scope", "", 400, "invalid_scope"),
        ("scope", "openid", 400, "invalid_scope"),
        ("scope", "a  b", 400, "invalid_scope"),
        ("authorization_details", elsewhere, 400, "invalid_authorization_details"),
        ("authorization_details", unknown, 400, "invalid_authorization_details"),
        ("authorization_details", "[", 400, "invalid_authorization_details"),
        ("request", "eyJ", 400, "request_not_supported"),
        ("request_uri", "urn:x", 400, "invalid_request"),
        ("state", &long, 400, "invalid_request"),
        ("dpop_jkt", "short", 400, "invalid_request"),
    ] {
        let refused = push(&office, &[(member, value)]);
        assert_eq!(refused.status.as_u16(), status, "{member} {value}");
        assert_eq!(refused.json()["error"], code, "{member} {value}");
        assert_eq!(refused.header("cache-control"), "no-store");
    }
    let twice = [fields(&[]), vec![("state", "t")]].concat();
    assert_eq!(office.post_form("/par", &[], &twice).json()["error"], "invalid_request");
    let json =
        office.request(axum::http::Method::POST, "/par", &[("content-type", "application/json")], "{}");
    assert_eq!((json.status.as_u16(), &json.json()["error"]), (400, &"invalid_request".into()));
    let large = office.post_form("/par", &[], &fields(&[("state", &"s".repeat(100_000))]));
    assert_eq!(large.status.as_u16(), 413);
    assert_eq!(office.get("/par", &[]).status.as_u16(), 405);
}

/// A DPoP proof for a `POST`.
pub(crate) fn proof(key: &SoftwareKey, url: &str, jti: &str) -> String {
    let claims = Claims { method: "POST", url, jti, now: now(), nonce: None, access_token: None };
    let unsigned = dpop::prepare(key.public(), &claims).unwrap();
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

/// RFC 9449 section 10.1.
#[test]
fn a_proof_binds_the_code_to_its_key_and_is_taken_once() {
    let office = Office::open();
    let key = SoftwareKey::generate(Algorithm::Es256, &mut rng());
    let jkt = hati_formats::encoding::b64url(&key.public().thumbprint());
    let par = format!("{URL}/par");
    let send = |proof: &str, others: &[(&str, &str)]| {
        let answer = office.post_form("/par", &[("DPoP", proof)], &fields(others));
        (answer.status.as_u16(), answer.json()["error"].as_str().unwrap_or_default().to_owned())
    };
    let refused = (400, "invalid_dpop_proof".to_owned());
    let first = proof(&key, &par, "1");
    assert_eq!(send(&first, &[]).0, 201);
    assert_eq!(send(&first, &[]), refused);
    assert_eq!(send(&proof(&key, &par, "2"), &[("dpop_jkt", &jkt)]).0, 201);
    let other = SoftwareKey::generate(Algorithm::EdDsa, &mut rng());
    assert_eq!(send(&proof(&other, &par, "3"), &[("dpop_jkt", &jkt)]), refused);
    assert_eq!(send(&proof(&key, &format!("{URL}/token"), "4"), &[]), refused);
    assert_eq!(send("nonsense", &[]), refused);
}

/// OpenID4VCI 1.0 section 5.1.3.
#[test]
fn an_issuer_state_is_of_an_offer_that_holds_and_names_what_is_asked_for() {
    let (office, state) = with_offer(Office::open());
    let asked = |office: &Office, state: &str, scope: &str| {
        let answer = push(office, &[("issuer_state", state), ("scope", scope)]);
        (answer.status.as_u16(), answer.json()["error"].as_str().unwrap_or_default().to_owned())
    };
    let refused = (400, "invalid_request".to_owned());
    // As often as people come.
    for _ in 0..2 {
        assert_eq!(asked(&office, &state, "maisha-id.dc-sd-jwt").0, 201);
    }
    assert_eq!(asked(&office, &state, "proof-of-age.dc-sd-jwt"), refused);
    assert_eq!(asked(&office, &state, "maisha-id.dc-sd-jwt proof-of-age.dc-sd-jwt"), refused);
    for unknown in ["from an offer", &state[1..]] {
        assert_eq!(asked(&office, unknown, "maisha-id.dc-sd-jwt"), refused, "{unknown}");
    }
    let office = office.later(two_days_later);
    assert_eq!(asked(&office, &state, "maisha-id.dc-sd-jwt"), refused);
    assert_eq!(push(&office, &[]).status.as_u16(), 201);
}

/// An offer of two days, and its `issuer_state`.
pub(crate) fn with_offer(office: Office) -> (Office, String) {
    let make = |home: &Home| {
        let wanted = WantedOpen {
            configurations: &["maisha-id.dc-sd-jwt".to_owned()],
            days: 2,
            actor: &Actor::officer("wanjiku"),
            now: now(),
        };
        let catalogue = Catalogue::of(home).unwrap();
        let made = OpenOffer::make(&*home.store, &home.config, &catalogue, &wanted, &mut rng()).unwrap();
        match OfferLink::parse(&made.link).unwrap() {
            OfferLink::Value(offer) => offer.grants.authorization_code.unwrap().issuer_state.unwrap(),
            OfferLink::Reference(uri) => panic!("{uri}"),
        }
    };
    office.with_home(now, make)
}
