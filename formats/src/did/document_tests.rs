use super::*;
use crate::{
    did::{did_key, multikey},
    keys::{Algorithm, SoftwareKey},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

const DID: &str = "did:web:id.example";
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn key(algorithm: Algorithm) -> PublicKey {
    SoftwareKey::generate(algorithm, &mut ChaCha20Rng::seed_from_u64(7)).public().clone()
}

fn published() -> Map<String, Value> {
    Document::new(DID)
        .with_key("ed", &key(Algorithm::EdDsa), KeyForm::Multikey, &[Relationship::AssertionMethod])
        .with_key("ec", &key(Algorithm::Es256), KeyForm::JsonWebKey, &Relationship::ALL)
        .to_json()
}

fn changed(change: impl FnOnce(&mut Value)) -> Result<Document, DidError> {
    let mut document = Value::Object(published());
    change(&mut document);
    Document::parse(document.as_object().unwrap(), DID)
}

fn find(document: &Document, id: &str) -> Result<PublicKey, DidError> {
    document.method(id, Relationship::AssertionMethod, NOW).map(|method| method.key().clone())
}

#[test]
fn what_is_published_is_read_back() {
    let document = changed(|_| ()).unwrap();
    assert_eq!(document.to_json(), published());
    assert_eq!(document.id(), DID);
    assert_eq!(find(&document, "did:web:id.example#ed"), Ok(key(Algorithm::EdDsa)));
    assert_eq!(find(&document, "#ec"), Ok(key(Algorithm::Es256)));
    let method = document.method("#ec", Relationship::Authentication, NOW).unwrap();
    assert_eq!((method.id(), method.controller()), ("did:web:id.example#ec", DID));
    assert_eq!(method, VerificationMethod::new("did:web:id.example#ec", DID, key(Algorithm::Es256)));
}

#[test]
fn relative_identifiers_and_embedded_methods_are_read() {
    let document = changed(|d| {
        d["verificationMethod"][0]["id"] = "#ed".into();
        d["assertionMethod"] = json!(["#ed", {
            "id": "#own", "type": "Multikey", "controller": DID, "publicKeyMultibase": multikey::encode(&key(Algorithm::Es256)),
        }]);
    })
    .unwrap();
    assert_eq!(find(&document, "#ed"), Ok(key(Algorithm::EdDsa)));
    assert_eq!(find(&document, "#own"), Ok(key(Algorithm::Es256)));
    let elsewhere = document.method("#own", Relationship::Authentication, NOW);
    assert!(matches!(elsewhere, Err(DidError::NotAuthorized { expected: "authentication", .. })));
}

#[test]
fn a_document_of_someone_else_is_refused() {
    let result = changed(|d| d["id"] = "did:web:other.example".into());
    let got = "did:web:other.example".to_owned();
    assert_eq!(result, Err(DidError::WrongSubject { expected: DID.to_owned(), got }));
    assert!(matches!(changed(|d| d["id"] = json!(1)), Err(DidError::Malformed { member: "id", .. })));
}

#[test]
fn a_method_of_someone_else_is_refused() {
    let other = did_key(&key(Algorithm::EdDsa));
    let by_id = changed(|d| d["verificationMethod"][0]["id"] = format!("{other}#x").into());
    assert!(matches!(by_id, Err(DidError::ForeignMethod { got, .. }) if got == other));
    let by_controller = changed(|d| d["verificationMethod"][0]["controller"] = other.clone().into());
    assert!(matches!(by_controller, Err(DidError::ForeignMethod { got, .. }) if got == other));
}

#[test]
fn a_reference_to_another_document_adds_no_key() {
    let document = changed(|d| d["assertionMethod"] = json!(["did:web:other.example#ed"])).unwrap();
    assert!(matches!(find(&document, "did:web:other.example#ed"), Err(DidError::UnknownMethod { .. })));
    assert!(matches!(find(&document, "#ed"), Err(DidError::NotAuthorized { .. })));
}

#[test]
fn an_unknown_method_is_refused() {
    let document = changed(|_| ()).unwrap();
    for id in ["#none", "ed", "", "did:web:id.example", "did:web:id.example#ed#ed"] {
        assert!(matches!(find(&document, id), Err(DidError::UnknownMethod { .. })), "{id}");
    }
}

#[test]
fn a_method_listed_twice_is_refused() {
    let result = changed(|d| d["verificationMethod"][1]["id"] = "#ed".into());
    assert_eq!(result, Err(DidError::DuplicateMethod { id: "did:web:id.example#ed".to_owned() }));
}

#[test]
fn too_many_methods_are_refused() {
    let result = changed(|d| {
        let methods = (0..=MAX_METHODS).map(|n| json!({"id": format!("#{n}"), "controller": DID}));
        d["verificationMethod"] = methods.collect();
    });
    assert_eq!(result, Err(DidError::TooManyMethods { limit: MAX_METHODS }));
}

#[test]
fn a_key_type_that_is_not_supported_is_refused_only_when_asked_for() {
    let document = changed(|d| {
        d["verificationMethod"][0]["type"] = "Ed25519VerificationKey2020".into();
        d["assertionMethod"] = json!(["#ed", "#ec"]);
    })
    .unwrap();
    assert!(
        matches!(find(&document, "#ed"), Err(DidError::UnsupportedMethodType { got, .. }) if got == "Ed25519VerificationKey2020")
    );
    assert_eq!(find(&document, "#ec"), Ok(key(Algorithm::Es256)));
}

#[test]
fn a_method_without_its_key_is_refused() {
    for (index, member, id) in
        [(0, "publicKeyMultibase", "#ed"), (1, "publicKeyJwk", "#ec"), (0, "type", "#ed")]
    {
        let document = changed(|d| {
            d["verificationMethod"][index].as_object_mut().unwrap().remove(member);
        });
        let result = find(&document.unwrap(), id);
        assert!(
            matches!(result, Err(DidError::Malformed { .. } | DidError::UnsupportedMethodType { .. })),
            "{member}: {result:?}"
        );
    }
}

#[test]
fn a_method_that_ended_is_refused() {
    for member in ["expires", "revoked"] {
        let ended_at = |at: Timestamp| {
            let document = changed(|d| d["verificationMethod"][0][member] = at.to_string().into());
            find(&document.unwrap(), "#ed")
        };
        assert!(ended_at(NOW.plus_seconds(1)).is_ok());
        assert!(matches!(ended_at(NOW), Err(DidError::MethodEnded { since: NOW, .. })), "{member}");
        let unreadable = changed(|d| d["verificationMethod"][0][member] = "soon".into());
        assert!(matches!(find(&unreadable.unwrap(), "#ed"), Err(DidError::Date { .. })));
        let number = changed(|d| d["verificationMethod"][0][member] = json!(5));
        assert!(matches!(find(&number.unwrap(), "#ed"), Err(DidError::Malformed { .. })));
    }
}

#[test]
fn members_of_another_shape_are_refused() {
    for (pointer, value) in [
        ("/verificationMethod", json!({})),
        ("/verificationMethod/0", json!("#ed")),
        ("/verificationMethod/0/id", json!(1)),
        ("/verificationMethod/0/controller", json!(null)),
        ("/assertionMethod", json!("#ed")),
        ("/assertionMethod/0", json!(1)),
        ("/authentication", json!({})),
    ] {
        let result = changed(|d| *d.pointer_mut(pointer).unwrap() = value);
        assert!(matches!(result, Err(DidError::Malformed { .. })), "{pointer}: {result:?}");
    }
}
