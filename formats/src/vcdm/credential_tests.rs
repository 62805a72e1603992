use super::*;
use crate::vcdm::CONTEXT;
use proptest::prelude::*;
use serde_json::json;

fn credential() -> Value {
    json!({
        "@context": [CONTEXT, "https://id.example/contexts/maisha-id/v1", {"upi": "https://id.example/vocab#upi"}],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "MaishaIdCredential"],
        "name": "Maisha ID",
        "description": [{"@value": "Kitambulisho", "@language": "sw", "@direction": "ltr"}, "Identity card"],
        "issuer": {"id": "did:web:id.example", "name": "Registrar"},
        "validFrom": "2026-11-22T00:00:00Z",
        "validUntil": "2031-11-22T03:00:00.5+03:00",
        "credentialSubject": {"id": "did:jwk:abc", "given_name": "Achieng"},
        "credentialStatus": {"id": "https://id.example/status/1#5", "type": "BitstringStatusListEntry"},
        "credentialSchema": [{"id": "https://id.example/schema/1", "type": "JsonSchema"}],
        "refreshService": {"type": "Refresh"},
        "termsOfUse": [{"type": "Policy", "id": "https://id.example/terms"}],
        "evidence": {"type": ["Evidence", "Interview"]},
        "relatedResource": [{"id": "https://id.example/logo", "digestSRI": "sha384-x"}],
        "proof": {"type": "DataIntegrityProof"},
    })
}

fn refused(pointer: &str, value: Value) -> VcdmError {
    let mut credential = credential();
    *credential.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    validate(credential.as_object().unwrap()).expect_err(pointer)
}

fn accepted(pointer: &str, value: Value) {
    let mut credential = credential();
    *credential.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    validate(credential.as_object().unwrap()).unwrap_or_else(|error| panic!("{pointer}: {error}"));
}

#[test]
fn a_credential_is_read() {
    let object = credential();
    let read = validate(object.as_object().unwrap()).unwrap();
    assert_eq!(read.id(), Some("urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"));
    assert_eq!(read.types(), ["VerifiableCredential", "MaishaIdCredential"]);
    assert_eq!(read.issuer(), "did:web:id.example");
    assert_eq!(read.valid_from().unwrap().to_string(), "2026-11-22T00:00:00Z");
    assert_eq!(read.valid_until().unwrap().to_string(), "2031-11-22T00:00:00Z");
    assert_eq!(read.subjects()[0]["given_name"], "Achieng");
    assert_eq!(read.statuses().count(), 1);
}

#[test]
fn only_what_is_required_is_required() {
    for (member, needed) in [
        ("@context", true),
        ("id", false),
        ("type", true),
        ("name", false),
        ("description", false),
        ("issuer", true),
        ("validFrom", false),
        ("validUntil", false),
        ("credentialSubject", true),
        ("credentialStatus", false),
        ("credentialSchema", false),
        ("refreshService", false),
        ("termsOfUse", false),
        ("evidence", false),
        ("relatedResource", false),
        ("proof", false),
    ] {
        let mut credential = credential();
        credential.as_object_mut().unwrap().remove(member);
        match validate(credential.as_object().unwrap()) {
            Ok(_) => assert!(!needed, "{member}"),
            Err(VcdmError::Missing { member: missing, .. }) => assert!(needed && missing == member),
            Err(other) => panic!("{member}: {other}"),
        }
    }
}

#[test]
fn contexts_that_are_wrong_are_refused() {
    assert!(matches!(refused("/@context", json!(CONTEXT)), VcdmError::Kind { member: "@context", .. }));
    assert!(matches!(refused("/@context", json!([])), VcdmError::Empty { member: "@context", .. }));
    for first in [json!("https://www.w3.org/2018/credentials/v1"), json!({}), json!(1)] {
        assert!(matches!(refused("/@context/0", first), VcdmError::Context { expected: CONTEXT, .. }));
    }
    assert!(matches!(refused("/@context/1", json!("not a url")), VcdmError::Url { member: "@context", .. }));
    assert!(matches!(refused("/@context/2", json!(1)), VcdmError::Kind { got: "a number", .. }));
}

#[test]
fn types_that_are_wrong_are_refused() {
    accepted("/type", json!("VerifiableCredential"));
    let expected = "VerifiableCredential";
    assert_eq!(refused("/type", json!(["MaishaIdCredential"])), VcdmError::Type { expected });
    assert!(matches!(refused("/type", json!([])), VcdmError::Empty { member: "type", .. }));
    assert!(matches!(refused("/type/1", json!("")), VcdmError::Empty { member: "type", .. }));
    assert!(matches!(refused("/type/1", json!(4)), VcdmError::Kind { member: "type", .. }));
    assert!(matches!(refused("/type", json!({})), VcdmError::Kind { member: "type", .. }));
}

#[test]
fn identifiers_must_be_single_urls() {
    for (pointer, member) in [
        ("/id", "id"),
        ("/issuer", "issuer"),
        ("/issuer/id", "issuer"),
        ("/credentialSubject/id", "credentialSubject.id"),
        ("/credentialStatus/id", "credentialStatus.id"),
        ("/credentialSchema/0/id", "credentialSchema.id"),
        ("/termsOfUse/0/id", "termsOfUse.id"),
        ("/relatedResource/0/id", "relatedResource.id"),
    ] {
        for bad in ["", "Achieng", "/relative", "no scheme:x", "https://a b.example"] {
            let got = bad.to_owned();
            assert_eq!(refused(pointer, json!(bad)), VcdmError::Url { member, got }, "{pointer}");
        }
        for bad in [json!(["urn:a:b"]), json!(1), Value::Null] {
            let error = refused(pointer, bad);
            assert!(matches!(error, VcdmError::Kind { member: m, .. } if m == member), "{pointer}: {error}");
        }
        accepted(pointer, json!("urn:example:1"));
        accepted(pointer, json!("did:web:id.example#key-1"));
    }
    for member in ["refreshService", "evidence", "proof"] {
        let error = refused(&format!("/{member}"), json!({"type": "T", "id": "no url"}));
        assert!(matches!(error, VcdmError::Url { .. }), "{member}: {error}");
    }
}

#[test]
fn an_issuer_object_needs_an_id() {
    assert!(matches!(refused("/issuer", json!({"name": "R"})), VcdmError::Missing { member: "issuer", .. }));
}

#[test]
fn dates_must_be_xsd_date_time_stamps() {
    for member in ["validFrom", "validUntil"] {
        for bad in [
            "2026-11-22",
            "2026-11-22T00:00:00",
            "2026-11-22 00:00:00Z",
            "2026-11-22t00:00:00z",
            "2026-11-22T23:59:60Z",
            "2026-02-30T00:00:00Z",
            "",
        ] {
            let error = refused(&format!("/{member}"), json!(bad));
            assert!(matches!(error, VcdmError::Date { member: m, .. } if m == member), "{bad}: {error}");
        }
        let error = refused(&format!("/{member}"), json!(1_800_000_000));
        assert!(matches!(error, VcdmError::Kind { member: m, .. } if m == member));
    }
}

#[test]
fn validity_never_ends_before_it_starts() {
    accepted("/validUntil", json!("2026-11-22T00:00:00Z"));
    let error = refused("/validUntil", json!("2026-11-22T02:59:59+03:00"));
    assert!(matches!(error, VcdmError::Period { valid_from, valid_until } if valid_until < valid_from));
}

#[test]
fn subjects_must_have_claims() {
    for empty in [json!({}), json!([]), json!([{"a": 1}, {}])] {
        let error = refused("/credentialSubject", empty);
        assert!(matches!(error, VcdmError::Empty { member: "credentialSubject", .. }), "{error}");
    }
    for kind in [json!("did:jwk:abc"), json!(["did:jwk:abc"]), Value::Null] {
        let error = refused("/credentialSubject", kind);
        assert!(matches!(error, VcdmError::Kind { member: "credentialSubject", .. }), "{error}");
    }
    accepted("/credentialSubject", json!([{"a": 1}, {"id": "urn:example:1", "b": 2}]));
}

#[test]
fn typed_members_must_be_objects_with_types() {
    for rule in &TYPED {
        let pointer = format!("/{}", rule.member);
        let error = refused(&pointer, json!([]));
        assert!(matches!(error, VcdmError::Empty { member, .. } if member == rule.member), "{error}");
        for kind in [json!("https://id.example"), json!([1]), Value::Null] {
            let error = refused(&pointer, kind);
            assert!(matches!(error, VcdmError::Kind { member, .. } if member == rule.member), "{error}");
        }
        let error = refused(&pointer, json!({"id": "urn:example:1"}));
        assert!(matches!(error, VcdmError::Missing { member, .. } if member == rule.kind), "{error}");
        let without_id = json!([{"type": "T"}]);
        if rule.id_required {
            let error = refused(&pointer, without_id);
            assert!(matches!(error, VcdmError::Missing { member, .. } if member == rule.id), "{error}");
        } else {
            accepted(&pointer, without_id);
        }
    }
}

#[test]
fn names_must_be_texts_or_language_values() {
    for member in ["name", "description"] {
        let pointer = format!("/{member}");
        for bad in [
            json!({"@language": "sw"}),
            json!({"@value": 1}),
            json!({"@value": "x", "url": "y"}),
            json!([{}]),
        ] {
            assert_eq!(refused(&pointer, bad), VcdmError::Language { member });
        }
        assert!(matches!(refused(&pointer, json!(3)), VcdmError::Kind { .. }));
        assert!(matches!(refused(&pointer, json!([])), VcdmError::Empty { .. }));
    }
}

#[test]
fn related_resources_must_be_checkable() {
    let resource = || json!({"id": "https://id.example/logo", "digestMultibase": "z1"});
    accepted("/relatedResource", resource());
    let id = "https://id.example/logo".to_owned();
    let twice = refused("/relatedResource", json!([resource(), resource()]));
    assert_eq!(twice, VcdmError::DuplicateResource { id: id.clone() });
    assert_eq!(refused("/relatedResource", json!({"id": id})), VcdmError::NoDigest { id });
    let nameless = refused("/relatedResource", json!({"digestSRI": "sha384-x"}));
    assert!(matches!(nameless, VcdmError::Missing { member: "relatedResource.id", .. }));
}

/// Any value, with names in it that the data model gives a meaning.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "urn:[a-z]{2,5}:[a-z]{1,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("id|type|@value|@language|digestSRI|a", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn hostile_members_never_panic(at in any::<prop::sample::Index>(), value in any_value()) {
        let mut credential = credential();
        let object = credential.as_object_mut().unwrap();
        let name = object.keys().nth(at.index(object.len())).unwrap().clone();
        object.insert(name, value);
        if let Ok(read) = validate(object) {
            prop_assert!(!read.subjects().is_empty() && !read.types().is_empty());
            prop_assert!(read.statuses().all(|status| status.contains_key("type")));
        }
    }
}
