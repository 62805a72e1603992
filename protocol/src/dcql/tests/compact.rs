//! The subset of DCQL that a QR request holds: both ways, and what it cannot say.

use crate::dcql::{CompactError, CompactQuery, DcqlError, MAX_ITEMS, Query};
use hati_formats::credential::{CredentialType, Format};
use hati_formats::names;
use hati_formats::qr::request::TypeId;
use proptest::prelude::*;
use serde_json::{Value, json};

const MAISHA_ID: &str = "https://www.w3.org/ns/credentials/undefined-term#MaishaId";

fn types() -> Vec<CredentialType> {
    CredentialType::shipped().unwrap()
}

fn compact(claims: &[&str]) -> CompactQuery {
    let claims = claims.iter().map(|claim| names::ClaimPath::parse(claim).unwrap()).collect();
    CompactQuery { credential_type: TypeId::parse("maisha-id").unwrap(), claims }
}

#[test]
fn becomes_the_query_of_each_envelope() {
    let asks = compact(&["given_name", "age_equal_or_over.18", "identifiers.upi"]);
    assert_eq!(
        asks.to_dcql(Format::DcSdJwt, &types()[0]).unwrap().to_json(),
        json!({ "credentials": [{
            "id": "credential", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:hati:maisha-id:1"] },
            "claims": [{ "path": ["given_name"] }, { "path": ["age_equal_or_over", "18"] }, { "path": ["identifiers", "upi"] }],
        }] })
    );
    assert_eq!(
        asks.to_dcql(Format::VcSdJwt, &types()[0]).unwrap().to_json(),
        json!({ "credentials": [{
            "id": "credential", "format": "vc+sd-jwt",
            "meta": { "type_values": [[MAISHA_ID]] },
            "claims": [
                { "path": ["credentialSubject", "given_name"] },
                { "path": ["credentialSubject", "age_equal_or_over", "18"] },
                { "path": ["credentialSubject", "identifiers", "upi"] },
            ],
        }] })
    );
}

#[test]
fn too_many_claims_are_refused() {
    let refused = compact(&["sex"; MAX_ITEMS + 1]).to_dcql(Format::DcSdJwt, &types()[0]);
    assert!(matches!(refused, Err(DcqlError::TooMany { .. })));
}

/// What is said of a query that fits, with a member of its credential query set.
fn refused(member: &str, value: Value) -> CompactError {
    let mut query = compact(&["given_name"]).to_dcql(Format::VcSdJwt, &types()[0]).unwrap().to_json();
    query["credentials"][0][member] = value;
    CompactQuery::from_dcql(&Query::from_json(&query).unwrap(), &types()).unwrap_err()
}

#[test]
fn names_what_cannot_be_said() {
    let claim = |more: Value| json!([{ "id": "a", "path": ["credentialSubject", "sex"], "values": more }]);
    for (member, value) in [
        ("multiple", json!(true)),
        ("require_cryptographic_holder_binding", json!(false)),
        ("trusted_authorities", json!([{ "type": "aki", "values": ["k"] }])),
    ] {
        assert_eq!(refused(member, value), CompactError::Member { member });
    }
    assert_eq!(refused("claims", claim(json!(["F"]))), CompactError::Member { member: "values" });
    for path in [
        json!(["credentialSubject", "origin", "nationalities", 0]),
        json!(["credentialSubject", "origin", "nationalities", null]),
        json!(["credentialSubject"]),
        json!(["credentialSubject", "a.b"]),
        json!(["issuer"]),
        json!([0]),
    ] {
        let error = refused("claims", json!([{ "path": path }]));
        assert!(matches!(error, CompactError::Path { .. }), "{path}: {error}");
    }
    for types in [
        json!([["Other"]]),
        json!([["VerifiableCredential"]]),
        json!([["VerifiableCredential", "MaishaId", "X"]]),
        json!([["MaishaId"], ["ProofOfAge"]]),
    ] {
        assert_eq!(refused("meta", json!({ "type_values": types })), CompactError::Type);
    }
    assert_eq!(refused("meta", json!({})), CompactError::Type);
}

#[test]
fn names_what_the_whole_query_cannot_be() {
    let from =
        |query: Value| CompactQuery::from_dcql(&Query::from_json(&query).unwrap(), &types()).unwrap_err();
    let credential = |id: &str| {
        let meta = json!({ "vct_values": ["urn:hati:maisha-id:1"] });
        json!({ "id": id, "format": "dc+sd-jwt", "meta": meta, "claims": [{ "id": "s", "path": ["sex"] }] })
    };
    let two = json!({ "credentials": [credential("a"), credential("b")] });
    assert_eq!(from(two), CompactError::Credentials { got: 2 });
    let sets = json!({ "credentials": [credential("a")], "credential_sets": [{ "options": [["a"]] }] });
    assert_eq!(from(sets), CompactError::Member { member: "credential_sets" });
    let mut with_sets = credential("a");
    with_sets["claim_sets"] = json!([["s"]]);
    assert_eq!(from(json!({ "credentials": [with_sets] })), CompactError::Member { member: "claim_sets" });
    let mut bare = credential("a");
    bare.as_object_mut().unwrap().remove("claims");
    assert_eq!(from(json!({ "credentials": [bare] })), CompactError::NoClaims);
    let ldp = json!({ "credentials": [{ "id": "a", "format": "ldp_vc", "meta": {} }] });
    assert_eq!(from(ldp), CompactError::Format { got: "ldp_vc".to_owned() });
}

#[test]
fn a_type_is_known_by_its_short_name_too() {
    for set in [json!(["MaishaId"]), json!([MAISHA_ID]), json!(["VerifiableCredential", "MaishaId"])] {
        let path = json!(["credentialSubject", "sex"]);
        let meta = json!({ "type_values": [set] });
        let query = json!({ "credentials": [{ "id": "a", "format": "vc+sd-jwt", "meta": meta, "claims": [{ "path": path }] }] });
        let asks = CompactQuery::from_dcql(&Query::from_json(&query).unwrap(), &types());
        assert_eq!(asks, Ok(compact(&["sex"])), "{set}");
    }
}

proptest! {
    #[test]
    fn survives_both_envelopes(
        claims in prop::collection::btree_set("[a-z_0-9]{1,12}(\\.[a-z_0-9]{1,12}){0,3}", 1..9),
        kind in 0..2_usize,
    ) {
        let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
        let asks = CompactQuery { credential_type: TypeId::parse(&types()[kind].id).unwrap(), ..compact(&claims) };
        for format in [Format::VcSdJwt, Format::DcSdJwt] {
            let query = asks.to_dcql(format, &types()[kind]).unwrap();
            prop_assert_eq!(CompactQuery::from_dcql(&query, &types()), Ok(asks.clone()));
        }
    }
}
