use hati_formats::credential::{CredentialType, Format};
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::names;
use hati_formats::qr::request::{KnownPurpose, Nonce, Purpose, TypeId};
use hati_formats::sd_jwt::ClaimPath;
use hati_formats::time::Timestamp;
use hati_formats::trust::audience;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::dcql::{CompactQuery, Mismatch};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn key() -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[3; 32]).unwrap()
}

fn pending(profile: &str) -> PendingRequest {
    let profile = RequestProfile::shipped(profile).unwrap();
    PendingRequest::new(profile, key().public(), Nonce::from_bytes([9; 16]), NOW)
}

fn paths(claims: &[&str]) -> Vec<names::ClaimPath> {
    claims.iter().map(|claim| claim.parse().unwrap()).collect()
}

fn query(claims: &[&str]) -> CompactQuery {
    CompactQuery { credential_type: TypeId::parse("maisha-id").unwrap(), claims: paths(claims) }
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("an object") };
    members
}

#[test]
fn the_profiles_that_ship_ask_for_claims_their_types_have() {
    let types = CredentialType::shipped().unwrap();
    let ages = SHIPPED_PROFILES.map(|(id, _)| {
        let profile = RequestProfile::shipped(id).unwrap();
        assert_eq!(profile.id, id);
        let kind = types.iter().find(|kind| kind.id == profile.query.credential_type.as_str()).unwrap();
        for claim in &profile.query.claims {
            let known = kind.claims.iter().any(|known| known.path.join(".") == claim.as_str());
            assert!(known, "{id}: {claim}");
        }
        // A screenshot of a single scan passes for a minute, so it is enough for an age only.
        assert_eq!(profile.single_scan, profile.query.credential_type.as_str() == TypeId::PROOF_OF_AGE);
        (profile.policy, profile.max_status_age_days)
    });
    let expected = [("merchant", 7), ("merchant", 7), ("officer", 3), ("border", 1)];
    assert_eq!(ages, expected.map(|(policy, days)| (policy.to_owned(), days)));
    let unknown = RequestProfile::shipped("police").unwrap_err();
    assert!(
        unknown.to_string().contains("merchant-age, merchant-name, officer-identity, border"),
        "{unknown}"
    );
}

#[test]
fn profiles_are_refused_with_the_member_that_is_wrong() {
    let refused = |member: &str, value: Value| {
        let mut file: Value = serde_json::from_str(SHIPPED_PROFILES[0].1).unwrap();
        file[member] = value;
        RequestProfile::parse(file.to_string().as_bytes()).unwrap_err()
    };
    for member in ["id", "type", "policy"] {
        let error = refused(member, json!("Not an id"));
        assert!(matches!(error, ProfileError::Id { member: wrong, .. } if wrong == member), "{error}");
    }
    assert!(matches!(refused("claims", json!(["a..b"])), ProfileError::Claim { .. }));
    assert!(matches!(refused("claims", json!([])), ProfileError::Claims { .. }));
    assert!(matches!(
        refused("claims", json!(["sex", "sex"])),
        ProfileError::Claims { listed: 2, got: 1, .. }
    ));
    let many: Vec<String> = (0..33).map(|at| format!("c{at}")).collect();
    assert!(matches!(refused("claims", json!(many)), ProfileError::Claims { .. }));
    assert!(matches!(refused("purpose", json!("curiosity")), ProfileError::Purpose { .. }));
    for days in [0, 366] {
        assert!(matches!(refused("max_status_age_days", json!(days)), ProfileError::StatusAge { .. }));
    }
    for (member, value) in
        [("single_scan", json!("no")), ("extra", json!(1)), ("names", json!({ "en": "x" }))]
    {
        assert!(matches!(refused(member, value), ProfileError::Shape { .. }), "{member}");
    }
    let own_words = json!({ "text": "Library card" });
    let mut file: Value = serde_json::from_str(SHIPPED_PROFILES[0].1).unwrap();
    file["purpose"] = own_words;
    let profile = RequestProfile::parse(file.to_string().as_bytes()).unwrap();
    assert_eq!(profile.purpose, Purpose::Text("Library card".into()));
}

#[test]
fn a_pending_request_says_what_its_code_says() {
    let pending = pending("officer-identity");
    assert_eq!(pending.audience, audience(key().public()));
    assert_eq!(pending.expires_at(), NOW.plus_seconds(120));
    let content = pending.content(Some("Gate 2".into()));
    assert_eq!((content.nonce, content.issued_at), (pending.nonce, NOW));
    assert_eq!(content.claims, paths(&["given_name", "family_name", "birthdate", "sex", "id_number"]));
    assert_eq!(content.purpose, Purpose::Known(KnownPurpose::IdentityCheck));
    assert!(content.prepare(key().public(), None).is_ok());
}

#[test]
fn a_state_is_refused_with_the_member_that_is_wrong() {
    let refused = |member: &str, value: Value| {
        let mut state = pending("border").to_json();
        state[member] = value;
        PendingRequest::parse(state.to_string().as_bytes()).unwrap_err()
    };
    assert!(matches!(refused("version", json!(2)), PendingError::Version { expected: 1, .. }));
    assert!(matches!(refused("version", Value::Null), PendingError::Version { .. }));
    assert!(matches!(refused("nonce", json!("AAAA")), PendingError::Member { member: "nonce", .. }));
    assert!(matches!(refused("audience", json!(1)), PendingError::Member { member: "audience", .. }));
    assert!(matches!(refused("issued_at", json!("now")), PendingError::Member { member: "issued_at", .. }));
    assert!(matches!(refused("profile", json!({})), PendingError::Profile(_)));
    assert!(matches!(PendingRequest::parse(b"{"), Err(PendingError::Json(_))));
}

fn shown() -> Map<String, Value> {
    object(json!({
        "type": ["VerifiableCredential", "MaishaId"], "cnf": { "jwk": {} },
        "credentialSubject": {
            "given_name": "Wanjiru", "sex": "female", "origin": { "nationalities": ["KE"] }, "identifiers": {},
            "age_equal_or_over": { "18": true }, "birthdate": null,
        },
    }))
}

fn subject(path: &[&str]) -> ClaimPath {
    ClaimPath::names(["credentialSubject"].into_iter().chain(path.iter().copied()))
}

#[test]
fn missing_and_surplus_are_findings_of_their_own() {
    let of = |claims: &[&str], disclosed: &[ClaimPath]| {
        Answer::of(&query(claims), Format::VcSdJwt, &shown(), disclosed)
    };
    // The parent of a claim that was asked for is no surplus, nor is what lies inside one.
    let disclosed = [subject(&["given_name"]), subject(&["origin"]), subject(&["origin", "nationalities"])];
    assert_eq!(of(&["given_name", "origin.nationalities"], &disclosed), Answer::default());
    assert_eq!(of(&["given_name", "origin"], &disclosed), Answer::default());

    let answer = of(&["given_name", "family_name"], &disclosed[..1]);
    assert!(!answer.is_complete() && answer.surplus.is_empty());
    assert_eq!(answer.missing, paths(&["family_name"]));

    let answer = of(&["given_name"], &disclosed);
    assert!(answer.is_complete());
    assert_eq!(answer.surplus, disclosed[1..]);
    // A sibling of what was asked for is surplus.
    let answer = of(&["age_equal_or_over.18"], &[subject(&["age_equal_or_over", "21"])]);
    assert_eq!(answer.surplus, [subject(&["age_equal_or_over", "21"])]);
    // As is what stands beside the subject.
    assert_eq!(of(&["given_name"], &[ClaimPath::names(["given_name"])]).surplus.len(), 1);
}

#[test]
fn a_claim_of_which_nothing_is_shown_is_missing() {
    let claims = ["identifiers", "identifiers.upi", "birthdate", "sex"];
    let answer = Answer::of(&query(&claims), Format::VcSdJwt, &shown(), &[]);
    assert_eq!(answer.missing, paths(&claims[..3]));
}

#[test]
fn the_wallet_finds_the_claims_of_its_credential() {
    let kind = &CredentialType::shipped().unwrap()[0];
    let find = |claims: &[&str], held: &Map<String, Value>, format| {
        claims_to_disclose(&query(claims), kind, format, held)
    };
    let held = shown();
    let found = find(&["given_name", "origin.nationalities"], &held, Format::VcSdJwt);
    assert_eq!(found, Ok(vec![subject(&["given_name"]), subject(&["origin", "nationalities"])]));
    let missing = vec![subject(&["portrait"])];
    assert_eq!(find(&["sex", "portrait"], &held, Format::VcSdJwt), Err(Mismatch::Claims { missing }));
    assert_eq!(find(&["given_name"], &held, Format::DcSdJwt), Err(Mismatch::Type));
    let other = object(json!({ "vct": "urn:hati:proof-of-age:1", "cnf": {}, "sex": "male" }));
    assert_eq!(find(&["sex"], &other, Format::DcSdJwt), Err(Mismatch::Type));
    let unbound = object(json!({ "vct": "urn:hati:maisha-id:1", "sex": "male" }));
    assert_eq!(find(&["sex"], &unbound, Format::DcSdJwt), Err(Mismatch::HolderBinding));
}

prop_compose! {
    fn profile()(
        id in "[a-z0-9-]{1,64}", policy in "[a-z0-9-]{1,20}", kind in "[a-z0-9-]{1,64}",
        names in (".{0,20}", ".{0,20}"),
        claims in prop::collection::btree_set("[a-z_0-9]{1,20}(\\.[a-z_0-9]{1,20}){0,5}", 1..=32),
        purpose in prop_oneof![
            prop::sample::select(&KnownPurpose::ALL).prop_map(Purpose::Known),
            ".{0,20}".prop_map(Purpose::Text),
        ],
        max_status_age_days in 1..=MAX_STATUS_AGE_DAYS,
        single_scan in any::<bool>(),
    ) -> RequestProfile {
        let claims = claims.iter().map(|claim| claim.parse().unwrap()).collect();
        let query = CompactQuery { credential_type: TypeId::parse(&kind).unwrap(), claims };
        let (name_en, name_sw) = names;
        RequestProfile { id, name_en, name_sw, query, purpose, policy, max_status_age_days, single_scan }
    }
}

proptest! {
    #[test]
    fn every_state_and_profile_survives(profile in profile(), nonce in any::<[u8; 16]>(), at in any::<i64>()) {
        let text = serde_json::to_string(&profile).unwrap();
        prop_assert_eq!(&RequestProfile::parse(text.as_bytes()).unwrap(), &profile);
        let now = Timestamp::from_seconds(at);
        let pending = PendingRequest::new(profile, key().public(), Nonce::from_bytes(nonce), now);
        let text = pending.to_json().to_string();
        prop_assert_eq!(PendingRequest::parse(text.as_bytes()).unwrap(), pending);
    }

    #[test]
    fn no_text_panics(text in r#"[\[\]{}:,"a-z0-9 ]{0,60}"#) {
        let _ = PendingRequest::parse(text.as_bytes());
        let _ = RequestProfile::parse(text.as_bytes());
    }
}
