//! What OpenID4VP 1.0, section 6, refuses in a query, rule by rule; and that every query survives writing.

use crate::dcql::{
    ClaimsQuery, CredentialQuery, CredentialSetQuery, DcqlError, Expected, Id, MAX_ITEMS, Meta, Query,
    TrustedAuthorities,
};
use hati_formats::sd_jwt::{ClaimPath, PathSegment};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A query that is right, in which each test spoils one thing.
fn right() -> Value {
    json!({ "credentials": [{
        "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:id"] },
        "claims": [{ "id": "a", "path": ["given_name"] }, { "id": "b", "path": ["nationalities", 0] }],
        "claim_sets": [["a", "b"], ["a"]],
    }] })
}

/// What is said of [`right`] with the value at a JSON pointer replaced, or taken out for `None`.
fn refused(pointer: &str, value: Option<Value>) -> DcqlError {
    let mut query = right();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = query.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => drop(members.insert(name.to_owned(), value)),
        None => drop(members.remove(name).unwrap()),
    }
    Query::from_json(&query).unwrap_err()
}

#[test]
fn required_members_are_required() {
    let c = "/credentials/0";
    for (pointer, at) in [
        ("/credentials", "credentials"),
        (&*format!("{c}/id"), "credentials[0].id"),
        (&*format!("{c}/format"), "credentials[0].format"),
        (&*format!("{c}/meta"), "credentials[0].meta"),
        (&*format!("{c}/claims/0/path"), "credentials[0].claims[0].path"),
    ] {
        assert_eq!(refused(pointer, None), DcqlError::Missing { at: at.to_owned() });
    }
    let missing = |pointer, value, at: &str| {
        assert_eq!(refused(pointer, Some(value)), DcqlError::Missing { at: at.to_owned() });
    };
    missing("/credential_sets", json!([{ "required": true }]), "credential_sets[0].options");
    let authorities = "/credentials/0/trusted_authorities";
    missing(authorities, json!([{ "type": "aki" }]), "credentials[0].trusted_authorities[0].values");
    missing(authorities, json!([{ "values": ["x"] }]), "credentials[0].trusted_authorities[0].type");
}

#[test]
fn empty_arrays_are_refused_where_the_standard_wants_elements() {
    for (pointer, value, at) in [
        ("/credentials", json!([]), "credentials"),
        ("/credential_sets", json!([]), "credential_sets"),
        ("/credential_sets", json!([{ "options": [] }]), "credential_sets[0].options"),
        ("/credential_sets", json!([{ "options": [[]] }]), "credential_sets[0].options[0]"),
        ("/credentials/0/format", json!(""), "credentials[0].format"),
        ("/credentials/0/meta", json!({ "vct_values": [] }), "credentials[0].meta.vct_values"),
        ("/credentials/0/claims", json!([]), "credentials[0].claims"),
        ("/credentials/0/claim_sets", json!([]), "credentials[0].claim_sets"),
        ("/credentials/0/trusted_authorities", json!([]), "credentials[0].trusted_authorities"),
        (
            "/credentials/0/trusted_authorities",
            json!([{ "type": "aki", "values": [] }]),
            "credentials[0].trusted_authorities[0].values",
        ),
        ("/credentials/0/claims/0/path", json!([]), "credentials[0].claims[0].path"),
        ("/credentials/0/claims/0/values", json!([]), "credentials[0].claims[0].values"),
    ] {
        assert_eq!(refused(pointer, Some(value)), DcqlError::Empty { at: at.to_owned() });
    }
    let w3c = json!({ "credentials": [{ "id": "c", "format": "ldp_vc", "meta": { "type_values": [[]] } }] });
    assert!(matches!(Query::from_json(&w3c), Err(DcqlError::Empty { .. })));
}

#[test]
fn values_of_another_type_are_refused_null_included() {
    let claim = "/credentials/0/claims/0";
    for (pointer, value) in [
        ("/credentials", json!({})),
        ("/credential_sets", Value::Null),
        ("/credentials/0/id", json!(7)),
        ("/credentials/0/multiple", json!("true")),
        ("/credentials/0/multiple", Value::Null),
        ("/credentials/0/require_cryptographic_holder_binding", json!(1)),
        ("/credentials/0/meta", json!([])),
        ("/credentials/0/meta", json!({ "vct_values": "urn:id" })),
        ("/credentials/0/claims", Value::Null),
        (&*format!("{claim}/path"), json!("given_name")),
        (&*format!("{claim}/path"), json!(["a", -1])),
        (&*format!("{claim}/path"), json!(["a", 1.5])),
        (&*format!("{claim}/path"), json!(["a", true])),
        (&*format!("{claim}/values"), json!([1.5])),
        (&*format!("{claim}/values"), json!([null])),
        (&*format!("{claim}/values"), json!([["a"]])),
        ("/credential_sets", json!([{ "options": [["pid"]], "required": "no" }])),
    ] {
        let error = refused(pointer, Some(value.clone()));
        assert!(matches!(error, DcqlError::Type { .. }), "{pointer} = {value}: {error}");
    }
    assert!(matches!(Query::parse(b"[]"), Err(DcqlError::Type { .. })));
}

#[test]
fn identifiers_are_unique_known_and_of_their_characters() {
    for id in ["", "a b", "a.b", "é", "a\n", &"x".repeat(Id::MAX_LENGTH + 1)] {
        assert!(matches!(refused("/credentials/0/id", Some(json!(id))), DcqlError::Id { .. }), "{id}");
        assert!(
            matches!(refused("/credentials/0/claims/0/id", Some(json!(id))), DcqlError::Id { .. }),
            "{id}"
        );
    }
    assert!(matches!(refused("/credentials/0/claims/0/id", Some(json!("b"))), DcqlError::DuplicateId { .. }));
    let sets = Some(json!([["a", "c"]]));
    assert!(
        matches!(refused("/credentials/0/claim_sets", sets), DcqlError::UnknownId { id, .. } if id == "c")
    );
    let sets = Some(json!([{ "options": [["pid"], ["other"]] }]));
    assert!(matches!(refused("/credential_sets", sets), DcqlError::UnknownId { id, .. } if id == "other"));
    let credential = right()["credentials"][0].clone();
    let twice = Some(json!([credential.clone(), credential]));
    assert!(matches!(refused("/credentials", twice), DcqlError::DuplicateId { id, .. } if id == "pid"));
}

#[test]
fn claim_sets_need_claims_with_ids() {
    let error = refused("/credentials/0/claims", None);
    assert_eq!(error, DcqlError::ClaimSetsWithoutClaims { at: "credentials[0].claim_sets".into() });
    let error = refused("/credentials/0/claims/1/id", None);
    assert_eq!(error, DcqlError::ClaimWithoutId { at: "credentials[0].claims[1]".into() });
}

#[test]
fn a_path_into_an_mdoc_is_namespace_and_element() {
    for path in [json!(["ns"]), json!(["ns", "a", "b"]), json!(["ns", null]), json!(["ns", 0])] {
        let query = json!({ "credentials": [{
            "id": "mdl", "format": "mso_mdoc", "meta": { "doctype_value": "d" }, "claims": [{ "path": path }],
        }] });
        assert!(matches!(Query::from_json(&query), Err(DcqlError::MdocPath { .. })), "{path}");
    }
}

#[test]
fn what_is_built_keeps_the_rules_too() {
    let id = || Id::new("c").unwrap();
    let wrong = CredentialQuery::new(id(), "ldp_vc", Meta::VctValues(vec!["urn:id".into()]));
    assert!(matches!(Query::new(vec![wrong], vec![]), Err(DcqlError::MetaFormat { .. })));
    assert!(matches!(Query::new(vec![], vec![]), Err(DcqlError::Empty { .. })));
    let claims = vec![ClaimsQuery::new(ClaimPath::names(["a"])); MAX_ITEMS + 1];
    let many = CredentialQuery { claims, ..CredentialQuery::new(id(), "dc+sd-jwt", Meta::Any) };
    assert!(matches!(Query::new(vec![many], vec![]), Err(DcqlError::TooMany { got: 65, limit: 64, .. })));
}

#[test]
fn strict_json_and_bounded_arrays() {
    let twice = br#"{"credentials": [{"id": "a", "id": "b", "format": "ldp_vc", "meta": {}}]}"#;
    assert!(matches!(Query::parse(twice), Err(DcqlError::Json(_))));
    let path = Some(json!(vec!["a"; MAX_ITEMS + 1]));
    assert!(matches!(refused("/credentials/0/claims/0/path", path), DcqlError::TooMany { .. }));
}

#[test]
fn unknown_members_are_ignored() {
    let mut query = right();
    for pointer in ["", "/credentials/0", "/credentials/0/meta", "/credentials/0/claims/0"] {
        let members = query.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        members.insert("x-new".into(), json!({ "a": [] }));
    }
    assert_eq!(Query::from_json(&query).unwrap().to_json(), right());
}

#[test]
fn meta_of_an_unknown_format_is_kept() {
    let query = json!({ "credentials": [{ "id": "c", "format": "x+cwt", "meta": { "x": [1] } }] });
    assert_eq!(Query::from_json(&query).unwrap().to_json(), query);
}

fn id() -> impl Strategy<Value = Id> {
    "[A-Za-z0-9_-]{1,12}".prop_map(|text| Id::new(&text).unwrap())
}

fn segment() -> impl Strategy<Value = PathSegment> {
    prop_oneof![
        ".{0,9}".prop_map(PathSegment::Name),
        any::<u32>().prop_map(|index| PathSegment::Index(index as usize)),
        Just(PathSegment::All),
    ]
}

fn expected() -> impl Strategy<Value = Expected> {
    prop_oneof![
        ".{0,9}".prop_map(Expected::Text),
        any::<i64>().prop_map(Expected::Integer),
        any::<bool>().prop_map(Expected::Boolean),
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(".{0,12}", 1..4)
}

fn kind() -> impl Strategy<Value = (&'static str, Meta)> {
    prop_oneof![
        prop::sample::select(vec!["dc+sd-jwt", "vc+sd-jwt", "jwt_vc_json", "mso_mdoc", "x+cwt"])
            .prop_map(|format| (format, Meta::Any)),
        texts().prop_map(|values| ("dc+sd-jwt", Meta::VctValues(values))),
        prop::collection::vec(texts(), 1..3).prop_map(|values| ("ldp_vc", Meta::TypeValues(values))),
    ]
}

prop_compose! {
    fn credential()(
        (format, meta) in kind(),
        multiple in any::<bool>(),
        binding in any::<bool>(),
        ids in prop::collection::btree_set(id(), 1..5),
        paths in prop::collection::vec(prop::collection::vec(segment(), 1..4), 5),
        values in prop::collection::vec(expected(), 0..3),
        retain in any::<Option<bool>>(),
        authorities in prop::collection::vec((".{1,9}", texts()), 0..2),
    ) -> CredentialQuery {
        let ids: Vec<Id> = ids.into_iter().collect();
        let mdoc = format == "mso_mdoc";
        let claims = ids.iter().zip(paths).map(|(id, path)| ClaimsQuery {
            id: Some(id.clone()),
            path: if mdoc { ClaimPath::names(["ns", id.as_str()]) } else { ClaimPath(path) },
            values: values.clone(),
            intent_to_retain: retain,
        });
        CredentialQuery {
            multiple,
            require_cryptographic_holder_binding: binding,
            claims: claims.collect(),
            claim_sets: vec![ids.clone(), ids[..1].to_vec(), vec![]],
            trusted_authorities: authorities.into_iter().map(|(kind, values)| TrustedAuthorities { kind, values }).collect(),
            ..CredentialQuery::new(ids[0].clone(), format, meta)
        }
    }
}

proptest! {
    #[test]
    fn every_query_survives_writing_and_reading(credential in credential(), required in any::<bool>()) {
        let sets = vec![CredentialSetQuery { options: vec![vec![credential.id.clone()]], required }];
        let query = Query::new(vec![credential], sets).unwrap();
        let text = query.to_json().to_string();
        prop_assert_eq!(Query::parse(text.as_bytes()).unwrap(), query);
    }

    #[test]
    fn no_input_panics(text in r#"[\[\]{}:,"a-z0-9 ]{0,60}"#) {
        let _ = Query::parse(text.as_bytes());
    }
}
