//! Which credential answers a query and what is disclosed (OpenID4VP 1.0, section 6.4).

use crate::dcql::{Authority, Candidate, Match, Mismatch, Query, Unanswerable};
use hati_formats::sd_jwt::{ClaimPath, PathSegment};
use serde_json::{Map, Value, json};

struct Held {
    format: &'static str,
    types: Vec<String>,
    claims: Map<String, Value>,
    authorities: Vec<Authority>,
    holder_bound: bool,
}

impl Held {
    fn new(format: &'static str, kind: &str, claims: Value) -> Self {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        Self { format, types: vec![kind.to_owned()], claims, authorities: vec![], holder_bound: true }
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            format: self.format,
            types: &self.types,
            claims: &self.claims,
            holder_bound: self.holder_bound,
            authorities: &self.authorities,
        }
    }
}

fn pid() -> Held {
    Held::new(
        "dc+sd-jwt",
        "urn:pid",
        json!({
            "given_name": "Wanjiru", "family_name": "Mwangi", "age": 31, "resident": true,
            "address": { "locality": "Nyeri", "postal_code": "10100" },
            "degrees": [{ "type": "BSc", "year": 2016 }, { "type": "MSc" }],
            "nationalities": ["KE", "UG"], "empty": [],
        }),
    )
}

fn query(credentials: Value) -> Query {
    Query::from_json(&json!({ "credentials": credentials })).unwrap()
}

/// What is disclosed of [`pid`] for these claims.
fn disclosed(claims: Value, sets: Option<Value>) -> Result<Vec<String>, Mismatch> {
    let mut credential = json!({ "id": "c", "format": "dc+sd-jwt", "meta": {}, "claims": claims });
    if let Some(sets) = sets {
        credential["claim_sets"] = sets;
    }
    let paths = query(json!([credential])).credentials()[0].disclose(&pid().candidate())?;
    assert!(paths.iter().all(|ClaimPath(path)| !path.contains(&PathSegment::All)));
    Ok(paths.iter().map(ToString::to_string).collect())
}

fn path(path: Value) -> Result<Vec<String>, Mismatch> {
    disclosed(json!([{ "path": path }]), None)
}

#[test]
fn pointers_select_names_positions_and_all() {
    assert_eq!(path(json!(["given_name"])).unwrap(), ["given_name"]);
    assert_eq!(path(json!(["address"])).unwrap(), ["address"]);
    assert_eq!(path(json!(["address", "locality"])).unwrap(), ["address.locality"]);
    assert_eq!(path(json!(["nationalities", 1])).unwrap(), ["nationalities.1"]);
    assert_eq!(path(json!(["nationalities", null])).unwrap(), ["nationalities.0", "nationalities.1"]);
    assert_eq!(path(json!(["degrees", null, "type"])).unwrap(), ["degrees.0.type", "degrees.1.type"]);
    // Section 7.1.1, step 2.1: an element without the key leaves the selection.
    assert_eq!(path(json!(["degrees", null, "year"])).unwrap(), ["degrees.0.year"]);
}

#[test]
fn pointers_that_select_nothing_are_missing_claims() {
    for wrong in [
        json!(["middle_name"]),
        json!(["given_name", "x"]),
        json!(["given_name", null]),
        json!(["address", 0]),
        json!(["nationalities", 2]),
        json!(["nationalities", "KE"]),
        json!(["empty", null]),
        json!([null]),
        json!([0]),
    ] {
        assert!(
            matches!(path(wrong.clone()), Err(Mismatch::Claims { missing }) if missing.len() == 1),
            "{wrong}"
        );
    }
}

#[test]
fn a_claim_of_another_value_counts_as_absent() {
    let with = |path: Value, values: Value| disclosed(json!([{ "path": path, "values": values }]), None);
    assert!(with(json!(["family_name"]), json!(["Otieno", "Mwangi"])).is_ok());
    assert!(with(json!(["family_name"]), json!(["mwangi"])).is_err());
    assert!(with(json!(["age"]), json!([31])).is_ok());
    assert!(with(json!(["age"]), json!(["31"])).is_err(), "the type has to match too");
    assert!(with(json!(["resident"]), json!([true])).is_ok());
    assert!(with(json!(["resident"]), json!([1])).is_err());
    // Of an array, only what matches is shown.
    assert_eq!(with(json!(["nationalities", null]), json!(["UG"])).unwrap(), ["nationalities.1"]);
}

#[test]
fn all_claims_or_none_and_each_once() {
    let claims = json!([{ "path": ["given_name"] }, { "path": ["middle_name"] }]);
    let missing = vec![ClaimPath::names(["middle_name"])];
    assert_eq!(disclosed(claims, None), Err(Mismatch::Claims { missing }));
    let twice = json!([{ "path": ["nationalities", null] }, { "path": ["nationalities", 0] }]);
    assert_eq!(disclosed(twice, None).unwrap(), ["nationalities.0", "nationalities.1"]);
    // Section 6.4.1: without `claims`, nothing that is selectively disclosable.
    let bare = query(json!([{ "id": "c", "format": "dc+sd-jwt", "meta": {} }]));
    assert_eq!(bare.credentials()[0].disclose(&pid().candidate()), Ok(vec![]));
}

#[test]
fn the_first_claim_set_that_can_be_satisfied_is_taken() {
    let claims = json!([
        { "id": "a", "path": ["middle_name"] }, { "id": "b", "path": ["given_name"] }, { "id": "c", "path": ["age"] },
    ]);
    assert_eq!(disclosed(claims.clone(), Some(json!([["a"], ["c"], ["b"]]))).unwrap(), ["age"]);
    assert_eq!(disclosed(claims.clone(), Some(json!([["a", "b"], []]))).unwrap(), [] as [&str; 0]);
    let missing = vec![ClaimPath::names(["middle_name"])];
    assert_eq!(disclosed(claims, Some(json!([["a", "b"], ["c", "a"]]))), Err(Mismatch::Claims { missing }));
}

#[test]
fn format_type_binding_and_authority_have_to_match() {
    let one = |change: &dyn Fn(&mut Value)| {
        let mut credential =
            json!({ "id": "c", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:x", "urn:pid"] } });
        change(&mut credential);
        query(json!([credential])).credentials()[0].clone()
    };
    let mut held = pid();
    assert!(one(&|_| {}).disclose(&held.candidate()).is_ok());
    let other = one(&|c| c["format"] = json!("x+sd-jwt")).disclose(&held.candidate());
    assert!(matches!(other, Err(Mismatch::Format { .. })));
    let other = one(&|c| c["meta"] = json!({ "vct_values": ["urn:x"] })).disclose(&held.candidate());
    assert_eq!(other, Err(Mismatch::Type));
    let by = one(&|c| c["trusted_authorities"] = json!([{ "type": "aki", "values": ["k1", "k2"] }]));
    assert_eq!(by.disclose(&held.candidate()), Err(Mismatch::Authority));
    held.authorities = vec![Authority { kind: "etsi_tl".into(), value: "k2".into() }];
    assert_eq!(by.disclose(&held.candidate()), Err(Mismatch::Authority));
    held.authorities = vec![Authority { kind: "aki".into(), value: "k2".into() }];
    assert!(by.disclose(&held.candidate()).is_ok());
    held.holder_bound = false;
    assert_eq!(one(&|_| {}).disclose(&held.candidate()), Err(Mismatch::HolderBinding));
    let without = one(&|c| c["require_cryptographic_holder_binding"] = json!(false));
    assert!(without.disclose(&held.candidate()).is_ok());
}

#[test]
fn w3c_types_are_sets_and_short_names_stand_for_iris() {
    let mut held = Held::new("vc+sd-jwt", "VerifiableCredential", json!({}));
    held.types.push("MaishaId".to_owned());
    let asks = |types: Value| {
        let query = query(json!([{ "id": "c", "format": "vc+sd-jwt", "meta": { "type_values": types } }]));
        query.credentials()[0].disclose(&held.candidate())
    };
    assert!(asks(json!([["MaishaId"]])).is_ok());
    assert!(
        asks(json!([["Other"], ["MaishaId", "https://www.w3.org/2018/credentials#VerifiableCredential"]]))
            .is_ok()
    );
    assert!(asks(json!([["https://www.w3.org/ns/credentials/undefined-term#MaishaId"]])).is_ok());
    assert_eq!(asks(json!([["MaishaId", "Other"]])), Err(Mismatch::Type));
    assert_eq!(asks(json!([["https://other.example#MaishaId"]])), Err(Mismatch::Type));
}

#[test]
fn mdoc_matches_its_document_type_and_unknown_formats_match_nothing_they_constrain() {
    let held = Held::new("mso_mdoc", "org.iso.18013.5.1.mDL", json!({ "ns": { "given_name": "W" } }));
    let asks = |doctype: &str| {
        let meta = json!({ "doctype_value": doctype });
        let claims = json!([{ "path": ["ns", "given_name"] }]);
        let query = query(json!([{ "id": "c", "format": "mso_mdoc", "meta": meta, "claims": claims }]));
        query.credentials()[0].disclose(&held.candidate())
    };
    assert!(asks("org.iso.18013.5.1.mDL").is_ok());
    assert_eq!(asks("other"), Err(Mismatch::Type));
    let held = Held::new("x+cwt", "t", json!({}));
    let unknown = query(json!([{ "id": "c", "format": "x+cwt", "meta": { "x": 1 } }]));
    assert_eq!(unknown.credentials()[0].disclose(&held.candidate()), Err(Mismatch::Type));
}

fn match_of(id: &str, candidate: usize) -> (String, usize) {
    (id.to_owned(), candidate)
}

fn pairs(matches: &[Match]) -> Vec<(String, usize)> {
    matches.iter().map(|one| (one.id.to_string(), one.candidate)).collect()
}

#[test]
fn without_credential_sets_every_query_is_answered() {
    let (first, second) = (pid(), pid());
    let held = [first.candidate(), second.candidate()];
    let asks = |multiple: bool, name: &str| {
        let claims = json!([{ "path": [name] }]);
        query(json!([
            { "id": "a", "format": "dc+sd-jwt", "meta": {} },
            { "id": "b", "format": "dc+sd-jwt", "meta": {}, "multiple": multiple, "claims": claims },
        ]))
    };
    let chosen = asks(false, "given_name").evaluate(&held).unwrap();
    assert_eq!(pairs(&chosen.required), [match_of("a", 0), match_of("b", 0)]);
    let chosen = asks(true, "given_name").evaluate(&held).unwrap();
    assert_eq!(pairs(&chosen.required), [match_of("a", 0), match_of("b", 0), match_of("b", 1)]);
    let none = asks(true, "middle_name").evaluate(&held).unwrap_err();
    assert!(matches!(none, Unanswerable::Credential { id } if id.as_str() == "b"));
}

#[test]
fn credential_sets_choose_the_first_option_and_offer_the_optional() {
    let credential =
        |id: &str, vct: &str| json!({ "id": id, "format": "dc+sd-jwt", "meta": { "vct_values": [vct] } });
    let query = Query::from_json(&json!({
        "credentials": [
            credential("passport", "urn:passport"), credential("name", "urn:name"), credential("home", "urn:home"),
            credential("points", "urn:points"),
        ],
        "credential_sets": [
            { "options": [["passport"], ["name", "home"]] },
            { "options": [["home"]] },
            { "required": false, "options": [["points"]] },
        ],
    }))
    .unwrap();
    let of = |kind: &str| Held::new("dc+sd-jwt", kind, json!({}));
    let (name, home, points, passport) =
        (of("urn:name"), of("urn:home"), of("urn:points"), of("urn:passport"));

    let held = [home.candidate(), points.candidate(), name.candidate()];
    let chosen = query.evaluate(&held).unwrap();
    assert_eq!(pairs(&chosen.required), [match_of("name", 2), match_of("home", 0)]);
    assert_eq!(chosen.optional.iter().map(|set| pairs(set)).collect::<Vec<_>>(), [[match_of("points", 1)]]);

    let held = [passport.candidate(), home.candidate(), name.candidate()];
    let chosen = query.evaluate(&held).unwrap();
    assert_eq!(pairs(&chosen.required), [match_of("passport", 0), match_of("home", 1)]);
    assert_eq!(chosen.optional, [] as [Vec<Match>; 0]);

    let none = query.evaluate(&[passport.candidate(), points.candidate()]);
    assert_eq!(none, Err(Unanswerable::CredentialSet { index: 1 }));
}
