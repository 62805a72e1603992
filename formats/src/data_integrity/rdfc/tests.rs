use proptest::prelude::*;

use super::*;
use crate::data_integrity::{
    self, Controller, Cryptosuite, DataIntegrityError, Expected, ProofOptions, Unverified,
};
use crate::did::{Relationship, VerificationMethod};
use crate::json;
use crate::keys::{Algorithm, SoftwareKey};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ISSUER: &str = "did:web:id.example";
const METHOD: &str = "did:web:id.example#di-1";
const CREDENTIALS: &str = "https://www.w3.org/ns/credentials/v2";
const OWN: &str = "https://id.example/contexts/hati-v1";

fn document() -> Value {
    json!({
        "@context": [CREDENTIALS, OWN],
        "type": ["VerifiableCredential", "MaishaId"],
        "issuer": {"id": ISSUER, "name": {"@value": "Idara ya Usajili", "@language": "sw"}},
        "validFrom": "2026-11-22T00:00:00Z",
        "credentialStatus": {
            "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7",
            "statusListCredential": "https://id.example/status/0/revocation",
        },
        "credentialSubject": {
            "id": "did:key:z6MkfBadhz7t4AzkG3DjChbq3ALKQwpA1HPJMJr6wXF3YNPo",
            "given_name": "Wanjirũ", "family_name": "Kamau",
            "age_equal_or_over": {"18": true, "21": false},
            "origin": {"nationalities": ["KE", "UG"], "place_of_birth": {"locality": "Lodwar", "country": "KE"}},
        },
    })
}

fn key() -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[3; 32]).unwrap()
}

fn options() -> ProofOptions {
    ProofOptions { cryptosuite: Cryptosuite::EddsaRdfc2022, ..ProofOptions::assertion(METHOD, NOW) }
}

fn sign(document: &Value, options: &ProofOptions) -> Result<Value, DataIntegrityError> {
    let unsigned = data_integrity::prepare(document.as_object().unwrap(), options)?;
    let signature = key().sign(&unsigned.to_be_signed());
    Ok(Value::Object(unsigned.finish(&signature)))
}

fn secured() -> Value {
    sign(&document(), &options()).unwrap()
}

fn check(secured: &Value) -> Result<data_integrity::Verified, DataIntegrityError> {
    let method = VerificationMethod::new(METHOD, ISSUER, key().public().clone());
    let expected = Expected::assertion(Controller::Issuer, NOW);
    Unverified::parse(secured.as_object().unwrap())?.verify(&method, &expected)
}

fn altered(change: impl FnOnce(&mut Value)) -> DataIntegrityError {
    let mut secured = secured();
    change(&mut secured);
    check(&secured).unwrap_err()
}

/// Refused by the verifier, and by the issuer before it signs.
fn not_signable(change: impl Fn(&mut Value)) -> RdfcError {
    let mut unsigned = document();
    change(&mut unsigned);
    let Err(DataIntegrityError::Rdfc(error)) = sign(&unsigned, &options()) else {
        panic!("signed: {unsigned}")
    };
    assert_eq!(altered(change), DataIntegrityError::Rdfc(error.clone()));
    error
}

fn form(member: &str, got: &'static str) -> RdfcError {
    RdfcError::Form { member: member.to_owned(), got }
}

fn undefined(got: &str) -> RdfcError {
    RdfcError::Undefined { got: got.to_owned() }
}

fn text(document: &Value) -> Result<String, RdfcError> {
    let document = document.as_object().unwrap();
    canonicalize(document, &Contexts::of(document)?)
}

#[test]
fn what_is_signed_is_verified() {
    let verified = check(&secured()).unwrap();
    assert_eq!(verified.document(), document().as_object().unwrap());
    assert_eq!(verified.proof().options(), &options());
    assert!(secured()["proof"].get("@context").is_none());
}

#[test]
fn every_claim_is_in_what_is_signed() {
    let lines = text(&document()).unwrap();
    for line in [
        "<did:key:z6MkfBadhz7t4AzkG3DjChbq3ALKQwpA1HPJMJr6wXF3YNPo> <urn:hati:claim:given_name> \"Wanjirũ\" .",
        "<urn:hati:claim:age_equal_or_over:21> \"false\"^^<http://www.w3.org/2001/XMLSchema#boolean> .",
        "<urn:hati:claim:nationalities> \"UG\" .",
        "<did:web:id.example> <https://schema.org/name> \"Idara ya Usajili\"@sw .",
        "<https://www.w3.org/ns/credentials/status#statusListIndex> \"7\" .",
    ] {
        assert!(lines.contains(line), "{lines}");
    }
    assert!(lines.lines().is_sorted());
}

#[test]
fn a_tampered_claim_or_proof_is_refused() {
    let changes: [fn(&mut Value); 9] = [
        |d| d["credentialSubject"]["given_name"] = "Wanjiru".into(),
        |d| d["credentialSubject"]["age_equal_or_over"]["21"] = true.into(),
        // An equal text that is no boolean.
        |d| d["credentialSubject"]["age_equal_or_over"]["18"] = "true".into(),
        |d| d["credentialSubject"]["origin"]["nationalities"][1] = "TZ".into(),
        |d| d["credentialSubject"]["id"] = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2".into(),
        |d| d["credentialStatus"]["statusListIndex"] = "8".into(),
        |d| d["issuer"]["name"]["@language"] = "en".into(),
        |d| d["type"][1] = "ProofOfAge".into(),
        |d| {
            let value = d["proof"]["proofValue"].as_str().unwrap();
            let mut signature = data_integrity::proof::decode_value(value).unwrap();
            signature.0[9] ^= 1;
            d["proof"]["proofValue"] = data_integrity::proof::encode_value(&signature).into();
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let error = altered(change);
        assert!(matches!(error, DataIntegrityError::Signature(_)), "{number}: {error}");
    }
}

#[test]
fn an_added_or_removed_term_is_refused() {
    let added = altered(|d| d["credentialSubject"]["sex"] = "F".into());
    assert!(matches!(added, DataIntegrityError::Signature(_)));
    for (parent, name) in [("credentialSubject", "family_name"), ("", "credentialStatus"), ("", "validFrom")]
    {
        let removed = altered(|d| {
            let parent = if parent.is_empty() { d } else { &mut d[parent] };
            parent.as_object_mut().unwrap().remove(name).unwrap();
        });
        assert!(matches!(removed, DataIntegrityError::Signature(_)), "{name}: {removed}");
    }
}

#[test]
fn a_term_that_no_context_defines_is_an_error() {
    assert_eq!(not_signable(|d| d["credentialSubject"]["rank"] = "general".into()), undefined("rank"));
    assert_eq!(not_signable(|d| d["rank"] = json!({"rank": true})), undefined("rank"));
    assert_eq!(not_signable(|d| d["type"][1] = "Passport".into()), undefined("Passport"));
    let other_place = not_signable(|d| d["credentialSubject"]["age_equal_or_over"]["19"] = true.into());
    assert_eq!(other_place, undefined("19"));
    assert_eq!(not_signable(|d| d["credentialSubject"]["18"] = true.into()), undefined("18"));
    for relative in ["neighbour", "/neighbour", "//else.example/neighbour", ""] {
        let error = not_signable(|d| d["credentialSubject"]["id"] = relative.into());
        assert!(matches!(error, RdfcError::Undefined { .. }), "{relative}: {error}");
    }
}

#[test]
fn what_rdf_would_drop_is_an_error() {
    assert_eq!(not_signable(|d| d["credentialSubject"]["sex"] = Value::Null), form("sex", "null"));
    assert_eq!(not_signable(|d| d["credentialSubject"]["sex"] = json!([])), form("sex", "an empty list"));
    assert_eq!(not_signable(|d| d["credentialSubject"]["sex"] = json!({})), form("sex", "an empty object"));
    assert_eq!(
        not_signable(|d| d["credentialSubject"]["sex"] = json!([["F"]])),
        form("sex", "a list in a list")
    );
    for (pointer, value) in [
        ("/credentialSubject/id", json!("did:key:z 6")),
        ("/issuer/name/@language", json!("s w")),
        ("/credentialSubject/origin/nationalities/1", json!("KE")),
        ("/type/1", json!("VerifiableCredential")),
    ] {
        let error = not_signable(|d| *d.pointer_mut(pointer).unwrap() = value.clone());
        assert!(
            matches!(error, RdfcError::Statements { expected, got } if expected > got),
            "{pointer}: {error}"
        );
    }
}

/// The signature would hold for each of these: the same RDF in a JSON in which a reader does not find the member.
#[test]
fn the_same_statement_in_another_form_is_an_error() {
    let renamed = |from: &'static str, to: &'static str| {
        not_signable(move |d| {
            let value = d.as_object_mut().unwrap().remove(from).unwrap();
            d[to] = value;
        })
    };
    let status = "https://www.w3.org/2018/credentials#credentialStatus";
    assert_eq!(renamed("credentialStatus", status), form(status, "an IRI as its name"));
    assert_eq!(renamed("type", "@type"), form("@type", "the name of a keyword"));
    let labelled = not_signable(|d| d["id"] = "_:b0".into());
    assert_eq!(labelled, form("id", "the label of a blank node"));
    let typed = not_signable(|d| d["credentialSubject"]["sex"] = json!({"@value": "F"}));
    assert_eq!(typed, form("@value", "the name of a keyword"));
    assert_eq!(not_signable(|d| d["id"] = json!(["urn:a:1"])), form("id", "something else than a string"));
    assert_eq!(not_signable(|d| d[""] = json!("x")), form("", "no name"));
    for number in [json!(u64::MAX), json!(-0.0), json!(0.123_456_789_012_345_67), json!(9.9e20)] {
        let error = not_signable(|d| d["credentialSubject"]["sex"] = number.clone());
        assert_eq!(error, form("sex", "a number that is not written in one way alone"));
    }
    let split = altered(|d| {
        let id = d["credentialSubject"]["id"].clone();
        let name = d["credentialSubject"].as_object_mut().unwrap().remove("given_name").unwrap();
        d["credentialSubject"] = json!([d["credentialSubject"], {"id": id, "given_name": name}]);
    });
    assert!(matches!(split, DataIntegrityError::Rdfc(RdfcError::Statements { .. })), "{split}");
}

#[test]
fn other_contexts_are_refused() {
    let unknown = |got: &str| RdfcError::UnknownContext { got: got.to_owned() };
    let first = |got: &str| RdfcError::FirstContext { expected: CREDENTIALS, got: got.to_owned() };
    // Nothing is fetched, and the profile's own context is known at its issuer alone.
    for remote in ["https://evil.example/contexts/hati-v1", "http://id.example/contexts/hati-v1", "file:///x"]
    {
        assert_eq!(not_signable(|d| d["@context"][1] = remote.into()), unknown(remote));
    }
    let inline = not_signable(|d| d["@context"][1] = json!({"given_name": "urn:hati:claim:family_name"}));
    assert_eq!(inline, RdfcError::InlineContext { got: "an object" });
    assert_eq!(not_signable(|d| d["@context"].as_array_mut().unwrap().reverse()), first(OWN));
    assert_eq!(not_signable(|d| d["@context"] = OWN.into()), first(OWN));
    assert_eq!(not_signable(|d| d["@context"] = json!([])), first(""));
    assert_eq!(not_signable(|d| d["@context"] = Value::Null), first(""));
    let many = not_signable(|d| d["@context"] = vec![CREDENTIALS; 9].into());
    assert_eq!(many, RdfcError::TooMany { what: "contexts", got: 9, limit: 8 });
    let nested = not_signable(|d| d["credentialSubject"]["@context"] = CREDENTIALS.into());
    assert_eq!(nested, form("@context", "the name of a keyword"));
}

#[test]
fn relabelled_contexts_are_refused() {
    let terms = "https://www.w3.org/ns/credentials/undefined-terms/v2";
    // Every term has a definition again, but another one.
    let relabelled = altered(|d| d["@context"][1] = terms.into());
    assert!(matches!(relabelled, DataIntegrityError::Signature(_)), "{relabelled}");
    let taken_away = altered(|d| {
        d["@context"].as_array_mut().unwrap().pop();
    });
    assert!(matches!(taken_away, DataIntegrityError::Rdfc(RdfcError::Undefined { .. })), "{taken_away}");
    // One that is not needed changes no meaning, and so no signature.
    let mut added = secured();
    added["@context"].as_array_mut().unwrap().push(terms.into());
    assert!(check(&added).is_ok());
    added["credentialSubject"]["rank"] = "general".into();
    assert!(matches!(check(&added), Err(DataIntegrityError::Signature(_))));
}

#[test]
fn a_changed_proof_option_is_refused() {
    let changes: [fn(&mut Value); 7] = [
        |p| p["created"] = NOW.plus_seconds(-1).to_string().into(),
        |p| p["expires"] = NOW.plus_seconds(9).to_string().into(),
        |p| p["nonce"] = "n".into(),
        |p| p["id"] = "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33".into(),
        |p| p["created"] = NOW.to_string().replace('Z', "+00:00").into(),
        |p| {
            p.as_object_mut().unwrap().remove("created");
        },
        |p| p["@context"] = CREDENTIALS.into(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let error = altered(|d| change(&mut d["proof"]));
        let undefined = matches!(error, DataIntegrityError::Rdfc(RdfcError::Undefined { .. }));
        assert!(undefined == (number == 6), "{number}: {error}");
        assert!(undefined || matches!(error, DataIntegrityError::Signature(_)), "{number}: {error}");
    }
    let method = altered(|d| d["proof"]["verificationMethod"] = "did:web:id.example#di-2".into());
    assert!(matches!(method, DataIntegrityError::VerificationMethod { .. }));
    let purpose = altered(|d| d["proof"]["proofPurpose"] = "authentication".into());
    assert!(matches!(purpose, DataIntegrityError::Purpose { .. }));
    let unknown = altered(|d| d["proof"]["rank"] = "general".into());
    assert_eq!(unknown, DataIntegrityError::Rdfc(undefined("rank")));
}

/// The verifier expects what the attacker says, so that the signature alone is between them.
#[test]
fn method_and_purpose_are_signed() {
    let mut document = secured();
    document["proof"]["proofPurpose"] = "authentication".into();
    document["proof"]["verificationMethod"] = "did:web:id.example#di-2".into();
    let method = VerificationMethod::new("did:web:id.example#di-2", ISSUER, key().public().clone());
    let purpose = Relationship::Authentication;
    let expected = Expected { purpose, ..Expected::assertion(Controller::Issuer, NOW) };
    let error = Unverified::parse(document.as_object().unwrap()).unwrap().verify(&method, &expected);
    assert!(matches!(error, Err(DataIntegrityError::Signature(_))));
}

#[test]
fn another_cryptosuite_is_refused() {
    let relabelled = altered(|d| d["proof"]["cryptosuite"] = "eddsa-jcs-2022".into());
    assert!(matches!(relabelled, DataIntegrityError::Signature(_)), "{relabelled}");
    let unknown = altered(|d| d["proof"]["cryptosuite"] = "ecdsa-rdfc-2019".into());
    assert!(matches!(unknown, DataIntegrityError::Cryptosuite { got, .. } if got == "ecdsa-rdfc-2019"));
    let mut jcs = sign(&document(), &ProofOptions::assertion(METHOD, NOW)).unwrap();
    assert!(check(&jcs).is_ok());
    jcs["proof"]["cryptosuite"] = "eddsa-rdfc-2022".into();
    assert!(matches!(check(&jcs), Err(DataIntegrityError::Signature(_))));
}

#[test]
fn duplicate_members_are_refused_before_anything_else() {
    let text = secured().to_string().replace("\"given_name\":", "\"given_name\":\"Eve\",\"given_name\":");
    assert!(json::parse_object(text.as_bytes()).unwrap_err().to_string().contains("appears twice"));
}

#[test]
fn a_poison_document_is_refused() {
    let terms = "https://www.w3.org/ns/credentials/undefined-terms/v2";
    let parent = json!({"child": vec![json!({"age": 1}); 10]});
    let poison = not_signable(|d| {
        d["@context"] = json!([CREDENTIALS, OWN, terms]);
        d["credentialSubject"] = json!([parent, parent]);
    });
    assert_eq!(poison, RdfcError::TooMany { what: "nodes that look alike", got: 22, limit: 6 });
    let names: Vec<_> = (0..2048).map(|number| format!("name {number}")).collect();
    let long = not_signable(|d| d["credentialSubject"]["given_name"] = json!(names));
    assert!(matches!(long, RdfcError::TooMany { what: "statements", got, limit: 2048 } if got > 2048));
}

#[test]
fn nodes_that_look_alike_have_one_canonical_form() {
    let terms = "https://www.w3.org/ns/credentials/undefined-terms/v2";
    let pair = |first: u8, second: u8| {
        let mut document = document();
        document["@context"][1] = terms.into();
        let child = |age| json!({"child": {"child": {"age": age}}});
        document["credentialSubject"] = json!([child(first), child(second)]);
        text(&document).unwrap()
    };
    assert_eq!(pair(1, 2), pair(2, 1));
    assert_eq!(pair(1, 1), pair(1, 1));
    assert_ne!(pair(1, 1), pair(1, 2));
}

/// Terms of both contexts, and some of none.
const NAMES: [&str; 16] = [
    "given_name",
    "origin",
    "nationalities",
    "age_equal_or_over",
    "18",
    "credentialStatus",
    "statusListCredential",
    "id",
    "type",
    "name",
    "proof",
    "jsonSchema",
    "verifiableCredential",
    "evidence",
    "rank",
    "@value",
];

fn any_value() -> impl Strategy<Value = Value> {
    const TEXTS: [&str; 9] = [
        "x",
        "_:b",
        "urn:a:1",
        "VerifiablePresentation",
        "JsonSchema",
        "BitstringStatusListEntry",
        "@id",
        "1 2",
        "",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(TEXTS.as_slice()).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop::sample::select(NAMES.as_slice()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn never_panics(value in any_value(), name in prop::sample::select(NAMES.as_slice()), at_top: bool) {
        let mut document = document();
        let place = if at_top { &mut document } else { &mut document["credentialSubject"] };
        place[name] = value;
        let _ = text(&document);
    }

    #[test]
    fn the_order_of_members_does_not_matter(names in prop::sample::subsequence(vec!["given_name", "family_name", "sex", "upi"], 1..=3), value: String) {
        prop_assume!(!value.starts_with("_:"));
        let with = |names: &mut dyn Iterator<Item = &&str>| {
            let mut document = document();
            document["@context"][1] = "https://www.w3.org/ns/credentials/undefined-terms/v2".into();
            document["credentialSubject"] = names.map(|name| ((*name).to_owned(), value.clone().into())).collect::<Map<_, _>>().into();
            text(&document)
        };
        prop_assert_eq!(with(&mut names.iter()).unwrap(), with(&mut names.iter().rev()).unwrap());
    }

    #[test]
    fn another_text_is_another_canonical_text(one: String, other: String) {
        prop_assume!(one != other && !one.starts_with("_:") && !other.starts_with("_:"));
        let with = |value: &str| {
            let mut document = document();
            document["credentialSubject"]["given_name"] = value.into();
            text(&document).unwrap()
        };
        prop_assert_ne!(with(&one), with(&other));
    }
}
